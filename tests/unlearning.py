"""A crawl as an older version made it, which learns nothing."""

from scrapy import Spider

from crawler.loader import SiteSpiderLoader
from crawler.spiders.learning import SiteLearning


class Loader(SiteSpiderLoader):
    """Makes spiders that do not learn."""

    def load(self, spider_name: str) -> type[Spider]:
        """Return the spider class of a site."""
        SiteLearning.saw = lambda *arguments, **more: None  # type: ignore[method-assign]
        return super().load(spider_name)
