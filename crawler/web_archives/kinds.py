"""What every kind of web archive can be asked, and which kind an address is of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, Self

from crawler.exchange import Exchange
from crawler.mementos import Archived
from crawler.page import RoutePage
from crawler.survey import WEB_ARCHIVES
from crawler.web_archives.common_crawl import CommonCrawl
from crawler.web_archives.wayback import Memento, WebArchive

DEFAULTS = (*WEB_ARCHIVES,)
"""What the word "default" stands for."""


class AnyWebArchive(Protocol):
    """A web archive, from which one portal is crawled. Its list is a route (`crawler.routes`)."""

    @property
    def root(self) -> str:
        """The address by which it is named in the archive's tables."""

    @property
    def address(self) -> str:
        """The address by which it is named to a crawl or a survey."""

    @property
    def wanted(self) -> datetime:
        """The time next to which mementos are wanted, UTC."""

    @property
    def store(self) -> str:
        """An address on the host that gives the mementos."""

    @property
    def finds_by_address(self) -> bool:
        """Whether it may be asked for an address that it has not listed."""

    def asked_for(self, places: tuple[str, ...]) -> Self:
        """Return it as it is asked for a portal at some start pages."""

    def start_urls(self, base_url: str) -> list[str]:
        """Return where it lists what it has below *base_url*, the likeliest first."""

    def further_lists(self, place: str, answered: str) -> list[str]:
        """Return where it lists what it has below a further start page of the site, where the list
        at *answered* is its own or another archive's.
        """

    def alternative(self, url: str) -> str | None:
        """Return where a list may be instead that is not at *url*."""

    def captures_of(self, url: str) -> list[str]:
        """Return where it lists the captures of one address, the likeliest first."""

    def lists(self, url: str) -> bool:
        """Whether an address is one of its lists."""

    def is_for_ever(self, url: str) -> bool:
        """Whether a list says the same for ever, so that it need not be asked for again."""

    def says_later(self, status: int, url: str) -> bool:
        """Whether an answer of the archive itself asks to come again later."""

    def is_empty(self, status: int, body: bytes) -> bool:
        """Whether an answer that is none of a list says that there is nothing."""

    def read(self, body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
        """Read a list, as a `CapturesPage`; None if it is none."""

    def captures_in(self, body: bytes, url: str) -> list[Archived] | None:
        """Return all captures of pages that a list at *url* names; None if it is no list."""

    def request(self, url: str, at: datetime, place: str | None) -> tuple[str, dict[str, str]]:
        """Return where the memento of an address and time is asked for, and with which header."""

    def original(self, url: str) -> Memento | None:
        """Return of what an address in the archive is a memento, None if of nothing."""

    def gives(self, asked: str, url: str) -> bool:
        """Whether *asked* is an address at which it gives a memento of *url*."""

    def unpacked(self, exchange: Exchange, url: str) -> Exchange | None:
        """Return a memento as the portal's own answer, where the archive gives a record of it;
        None where it answers in the portal's place. Raises ValueError, in words.
        """


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for, and of whom."""

    archive: AnyWebArchive
    at: datetime
    place: str | None = None
    is_listed: bool = False
    """Whether the archive has listed it; else the one nearest to the time is asked for."""


def web_archive_at(
    url: str, wanted: datetime, places: tuple[str, ...] = (), since: str | None = None
) -> AnyWebArchive:
    """Return the web archive at *url*, which has a portal at *places*.

    *since* is the first day of the body, ISO 8601. Raises ValueError, which says what is wrong with
    the address.
    """
    if CommonCrawl.is_at(url):
        return CommonCrawl.at(url, wanted, places, since)
    return WebArchive.at(url, wanted)


def addresses(told: str) -> tuple[str, ...]:
    """Return the addresses of web archives in a text, where they stand one after another.

    The word "default" stands for `DEFAULTS`.
    """
    named = (DEFAULTS if word == "default" else (word,) for word in told.split())
    return tuple(dict.fromkeys(url for urls in named for url in urls))


def address_of(url: str) -> str:
    """Return the address of a web archive as the archive's tables have it. Raises ValueError."""
    return web_archive_at(url, datetime.now(UTC)).address
