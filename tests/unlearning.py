"""A crawl as an older version made it, which learns nothing."""

from typing import Self

from scrapy.settings import BaseSettings

from crawler.loader import SiteSpiderLoader
from crawler.spiders.learning import SiteLearning


class Loader(SiteSpiderLoader):
    """Makes the sites of a process whose spiders do not learn."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read the sites."""
        SiteLearning.saw = lambda *arguments, **more: None  # type: ignore[method-assign]
        return super().from_settings(settings)
