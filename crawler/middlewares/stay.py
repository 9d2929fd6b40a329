"""Never leave the site, or the web archive that is asked in its place."""

from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.text.addresses import on_same_host
from crawler.web_archives.wayback import WebArchive


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
        archive: WebArchive | None = spider.web_archive
        if archive and _is_archives_own(request, archive):
            return
        memento = archive and archive.original(request.url)
        url = memento.url if memento else request.url
        if request.meta.get("dont_obey_robotstxt") or request.meta.get("media"):
            allowed = on_same_host(url, spider.site.base_url)
        else:
            allowed = spider.site.owns(url)
        if not allowed or (archive and not memento):
            raise IgnoreRequest(f"off the site: {url}")


def _is_archives_own(request: Request, archive: WebArchive) -> bool:
    """Whether a request is for a web archive's robots.txt or its lists."""
    if request.meta.get("dont_obey_robotstxt"):
        return on_same_host(request.url, archive.root)
    return archive.lists(request.url)
