"""Tidy every article that was read: the one list of the steps, in their order.

A step is a pure function in a file of its own, named by its verb: it returns another article and
what it changed, by rule. A new one is that file and a line in `STEPS`.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from crawler.page import Article, Page
from crawler.visit import Visit
from pipelines.clean import clean, clean_about
from pipelines.dedupe import dedupe

if TYPE_CHECKING:
    from scrapy.crawler import Crawler  # those who read again need no Scrapy for it

_LONG = 1 << 18
"""Characters of an article for which nothing else waits."""
Step = Callable[[Article], tuple[Article, Counter[str]]]

STEPS: dict[str, Step] = {
    "clean": clean,
    "dedupe": dedupe,  # compares texts, which must be clean
}
"""The steps by the name under which their changes are counted."""


def tidy(page: Page) -> tuple[Page, Counter[str]]:
    """Return the page with its article as it is to be stored, and what was changed.

    The changes are counted by step and rule: ``clean/share``. A page without an article stays as it
    is. Whoever puts articles into an archive, or compares them with those in it, calls this.
    """
    article, changes = page.article, Counter[str]()
    if article is None:
        return page, changes
    for name, step in STEPS.items():
        article, changed = step(article)
        changes.update({f"{name}/{rule}": count for rule, count in changed.items()})
    return replace(page, article=article), changes


class TidyPipeline:
    """Tidies the article of every visit that brought one; counts under the name of each step."""

    def __init__(self, crawler: "Crawler") -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Create the pipeline for one crawl."""
        return cls(crawler)

    def process_item(self, visit: Visit) -> Visit | Awaitable[Visit]:
        """Return the visit with its article tidied, a long one in another thread; or with what it
        says about a picture in clean text.
        """
        page = visit.page
        if visit.about:
            return replace(visit, about=clean_about(visit.about))
        if page is None or page.article is None:
            return visit
        if sum(len(block.html) for block in page.article.blocks) >= _LONG:
            return self._aside(visit, page)
        return self._with(visit, *tidy(page))

    async def _aside(self, visit: Visit, page: Page) -> Visit:
        return self._with(visit, *await asyncio.to_thread(tidy, page))

    def _with(self, visit: Visit, page: Page, changes: Counter[str]) -> Visit:
        for rule, count in changes.items():
            self.stats.inc_value(rule, count)
        return replace(visit, page=page)
