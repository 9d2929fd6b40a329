"""Never leave the site."""

from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.text.addresses import on_same_host


class StayMiddleware:
    """Refuses every request off the spider's site, wherever it came from.

    The host's robots.txt may lie above the site, and so may pictures and files.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest for an address that the site does not own."""
        spider: Any = self.crawler.spider
        if request.meta.get("dont_obey_robotstxt") or request.meta.get("media"):
            allowed = on_same_host(request.url, spider.site.base_url)
        else:
            allowed = spider.site.owns(request.url)
        if not allowed:
            raise IgnoreRequest(f"off the site: {request.url}")
