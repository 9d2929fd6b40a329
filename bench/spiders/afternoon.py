"""The yardstick: what a competent developer writes in an afternoon for one such portal.

::

    scrapy runspider bench/spiders/afternoon.py -a url=URL -a db=FILE
"""

from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from scrapy import Request, Spider
from scrapy.http import Response
from sqlite_utils import Database


class AfternoonPipeline:
    """Writes every item to the table ``articles``."""

    def __init__(self, path: str) -> None:
        self.db = Database(path)

    @classmethod
    def from_crawler(cls, crawler: Any) -> "AfternoonPipeline":
        """Open the spider's database."""
        return cls(crawler.spider.db)

    def process_item(self, item: dict[str, str | None]) -> dict[str, str | None]:
        """Insert the item."""
        self.db.table("articles").insert(item, pk="url", replace=True)
        return item


class AfternoonSpider(Spider):
    """Walks from the article *url* to both ends of the chain and keeps what it sees in *db*."""

    name = "afternoon"
    custom_settings = {"ITEM_PIPELINES": {AfternoonPipeline: 300}}  # noqa: RUF012 - as Scrapy has it

    def __init__(self, url: str, db: str) -> None:
        super().__init__()
        self.start_urls = [url]
        self.db = db

    def parse(self, response: Response) -> Iterator[dict[str, str | None] | Request]:
        """Read the article and go on to its neighbours."""
        soup = BeautifulSoup(response.text, "html.parser")
        yield {
            "url": response.url,
            "title": _text(soup, ".td-post-header h1.entry-title"),
            "author": _text(soup, ".td-post-header .td-post-author-name a"),
            "date": _text(soup, ".td-post-header .td-post-date time"),
            "body": "\n\n".join(p.get_text(" ", strip=True) for p in soup.select(_PARAGRAPHS)),
        }
        for link in soup.select(".td-post-next-prev a[href]"):
            yield response.follow(str(link["href"]))


_PARAGRAPHS = ".td-post-content > p, .td-post-content > ul > li"


def _text(soup: BeautifulSoup, selector: str) -> str | None:
    element = soup.select_one(selector)
    return element.get_text(" ", strip=True) if element else None
