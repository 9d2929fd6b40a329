"""What keeps a crawl: how the spider and the middlewares find it, and what it asks of a spider."""

from typing import Protocol, runtime_checkable

from crawler.exchange import Capture, Exchange
from crawler.frontier import Frontier
from crawler.lessons import Lessons
from crawler.mementos import KeptMementos
from crawler.turn import Asker, Turn


class Turns(Protocol):
    """Who may ask a host when: one rule for all who ask it, in this crawl and beside it.

    A host is named as `crawler.text.addresses.host_of` does.
    """

    def take(self, host: str, asker: Asker) -> Turn:
        """Take a turn if there is one now, else return how long to wait. Never blocks.

        IgnoreRequest if nothing is to be asked for any more.
        """

    def done(self, host: str, count: int) -> None:
        """Note that a host has sent so many bytes more."""

    def leave_alone(self, host: str, seconds: float) -> None:
        """Note that a host is to be left alone from now on for so many seconds."""

    def obey(self, host: str, crawl_delay: float | None) -> None:
        """Note the seconds between two requests that its robots.txt asks for, None if none."""


class KeepsTurns:
    """The pipeline that keeps who may ask a host when, found by its class as `Keeper` is."""

    turns: Turns | None = None
    """There as soon as the spider is opened; without it, a crawl keeps to the rule by itself."""


class Keeper(KeepsTurns):
    """The pipeline that keeps what a crawl finds, and knows what is open.

    Scrapy finds it by its class: ``crawler.get_item_pipeline(Keeper)``. A crawl without one keeps
    nothing.
    """

    frontier: Frontier
    """What is open; there as soon as the spider is opened."""
    lessons: Lessons
    """How the site's pages are read, and what that may be learnt from; there likewise."""
    mementos: KeptMementos
    """What web archives have of the site; there likewise."""

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
