"""The floor: Scrapy as it comes, which fetches addresses and does nothing with the pages.

::

    scrapy runspider bench/spiders/plain.py -a addresses=FILE
"""

from pathlib import Path

from scrapy import Spider
from scrapy.http import Response


class PlainSpider(Spider):
    """Fetches every address of the file *addresses*, which has one a line."""

    name = "plain"

    def __init__(self, addresses: str) -> None:
        super().__init__()
        self.start_urls = Path(addresses).read_text(encoding="utf-8").split()

    def parse(self, response: Response) -> None:
        """Do nothing."""
