"""Never leave what the spider may ask."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.scope import Scope, Scoped
from crawler.vocabulary import Reason


class StayMiddleware:
    """Refuses every request outside the spider's scope, wherever it came from."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl."""
        spider: object = crawler.spider
        assert isinstance(spider, Scoped)
        return cls(spider.scope)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest for an address that is not the site's."""
        if url := self.scope.stray(request):
            raise IgnoreRequest(Reason.ELSEWHERE.of(url=url))
