"""What the crawl asks of whoever keeps what was received."""

from typing import Protocol

from crawler.exchange import Capture, Exchange


class Recorder(Protocol):
    """Keeps every exchange of one crawl in the order in which they took place."""

    def record(self, exchange: Exchange) -> Capture:
        """Keep an exchange; return where."""
