"""What pipelines have in common that put another article in the place of the one that was read."""

from collections import Counter
from typing import ClassVar, Self

from scrapy.crawler import Crawler

from crawler.page import Article
from crawler.visit import Visit


class RewritePipeline:
    """Rewrites the article of every visit that brought one, and counts what was changed."""

    counted_under: ClassVar[str]
    """Where the crawl's stats count the changes."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline for one crawl."""
        return cls(crawler)

    @staticmethod
    def rewrite(article: Article) -> tuple[Article, Counter[str]]:
        """Return the article as it is to be, and what was changed, by rule."""
        raise NotImplementedError

    def process_item(self, visit: Visit) -> Visit:
        """Put the rewritten article in the place of the one that was read."""
        if visit.page and visit.page.article:
            visit.page.article, changes = self.rewrite(visit.page.article)
            for rule, count in changes.items():
                self.stats.inc_value(f"{self.counted_under}/{rule}", count)
        return visit
