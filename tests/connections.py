"""An extension of Scrapy's that writes down whom a crawl connects to, and which names it looks up.

``-s EXTENSIONS={"tests.connections.Log": 1}``; it is written to the file that ``CONNECTIONS``
names, a line each. Python itself tells of them (its audit events), whoever in the process asks.
"""

import os
import sys
from pathlib import Path
from typing import Any, Self

from scrapy.crawler import Crawler

_LOOKED_UP = ("socket.getaddrinfo", "socket.gethostbyname")


class Log:
    """Writes down from when it is made until the process ends."""

    def __init__(self, file: Path) -> None:
        self.file = file
        sys.addaudithook(self.happened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the extension of one crawl."""
        return cls(Path(os.environ["CONNECTIONS"]))

    def happened(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Write down what is a connection or the question for a name."""
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            self._write("connect", *arguments[1][:2])
        elif event in _LOOKED_UP and arguments[0] is not None:
            self._write("look up", arguments[0])

    def _write(self, *words: object) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.write(" ".join(map(str, words)) + "\n")
