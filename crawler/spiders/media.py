"""Taking the pictures and files that articles name, after the articles."""

from functools import cached_property
from typing import Any

from scrapy import Request

from crawler.spiders.arguments import is_true
from crawler.spiders.district import DistrictSpider
from crawler.spiders.taking import MediaTaking


class MediaSpider(DistrictSpider):
    """Crawls a portal, and takes the pictures and files of its articles after them.

    Argument beside those of `DistrictSpider`: *media*, yes.
    """

    def __init__(self, media: str | bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        is_true("media", media)  # refuses what is neither yes nor no

    @cached_property
    def media(self) -> MediaTaking:
        """The taking of this crawl."""
        return MediaTaking(self.site, self.frontier, self)

    def _has_more(self) -> bool:
        return super()._has_more() or self.frontier.has_media()

    def _next_open(self) -> Request | None:
        return super()._next_open() or self.media.next_request()
