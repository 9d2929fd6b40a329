"""Ask no host when the leash has ended."""

from pathlib import Path
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler import leash
from crawler.failures import NotNowError
from crawler.middlewares.turns import NOT_NOW

_WHY = "whoever has begun this crawl does not say any more that hosts may be asked"


class LeashMiddleware:
    """Lets every request fail with `NotNowError` once the leash in the file ``LEASH`` has ended:
    the last look before it is sent. Without the setting there is no leash.
    """

    def __init__(self, crawler: Crawler, file: Path) -> None:
        self.crawler = crawler
        self.file = file

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl, unless it has no leash."""
        if not (file := crawler.settings["LEASH"]):
            raise NotConfigured
        return cls(crawler, Path(file))

    def process_request(self, request: Request) -> None:
        """Raise `NotNowError` if nothing may be asked any more."""
        if leash.has_ended(self.file):
            self.crawler.stats.set_value(NOT_NOW, _WHY)
            raise NotNowError(_WHY)
