"""What a spider asks of the archive: which addresses are known, and which are still open."""

from collections.abc import Iterable
from typing import Protocol

from crawler.items import Origin


class Frontier(Protocol):
    """The open ends of one site. The archive is the frontier; nothing else remembers."""

    def waiting(self) -> Iterable[tuple[str, Origin]]:
        """Return the addresses that are known and not settled, and how each became known."""

    def heads(self) -> Iterable[str]:
        """Return the articles that had no newer neighbour when last seen: the news starts there."""

    def held(self) -> Iterable[str]:
        """Return the addresses of all articles held."""

    def is_open(self, url: str) -> bool:
        """Whether an address is unknown or not settled, and so is worth a request."""


class NoFrontier:
    """The frontier of a crawl without an archive: everything is new."""

    def waiting(self) -> Iterable[tuple[str, Origin]]:
        """Return nothing."""
        return ()

    def heads(self) -> Iterable[str]:
        """Return nothing."""
        return ()

    def held(self) -> Iterable[str]:
        """Return nothing."""
        return ()

    def is_open(self, url: str) -> bool:
        """Return True."""
        return True
