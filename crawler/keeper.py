"""What keeps a crawl: how the spider and the middlewares find it, and what it asks of a spider."""

from typing import Protocol, runtime_checkable

from crawler.exchange import Capture, Exchange
from crawler.frontier import Frontier


class Keeper:
    """The pipeline that keeps what a crawl finds, and knows what is open.

    Scrapy finds it by its class: ``crawler.get_item_pipeline(Keeper)``. A crawl without one keeps
    nothing.
    """

    frontier: Frontier
    """What is open; there as soon as the spider is opened."""

    def record(self, exchange: Exchange) -> Capture:
        """Keep an exchange, in the order in which they take place; return where."""
        raise NotImplementedError


class Portal(Protocol):
    """What a keeper writes down of a portal, beside what the archive has columns for."""

    @property
    def key(self) -> str:
        """The site's key."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def base_url(self) -> str:
        """Its start page."""


@runtime_checkable
class Kept(Protocol):
    """A spider whose crawl is kept."""

    site: Portal
    substitute: str | None
    """The address of whoever is asked in the portal's place, None if the portal itself is."""
