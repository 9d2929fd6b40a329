"""What a crawl that learns asks of the archive: what was received, and how it is read since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crawler.exchange import Capture
from crawler.visit import Origin, Visit
from crawler.vocabulary import Sign


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProfile:
    """A profile of a site as the archive keeps it."""

    name: str
    """Each profile of a site has its own; ``articles.profile`` names it."""
    since: str | None
    """From when on the site's pages look so, ISO 8601, UTC; None if they always did."""
    rules: str
    """`crawler.profiles.profile.Profile` as TOML."""
    support: int = 0
    """From how many pages it was learnt; 0 if a person wrote it."""
    known: int = 0
    """How many pages of the site were at hand when it was learnt."""
    learnt_at: datetime | None = None
    """When it was learnt, UTC; None if a person wrote it."""
    is_applied: bool = False
    """Whether all that was received before has been read by it since."""


@dataclass(frozen=True, slots=True)
class Received:
    """A page that was received some time ago."""

    url: str
    """Its address, as the ledger has it."""
    origin: Origin
    """How its address became known."""
    capture: Capture
    body: bytes
    parts: tuple[tuple[Capture, bytes], ...] = ()
    """The further parts of the article that it begins, in order."""
    is_text: bool = False
    """Whether a text of an article was read from it."""


class Lessons(Protocol):
    """What is known of how the pages of one site are read, and what that may be learnt from."""

    def profiles(self) -> tuple[KeptProfile, ...]:
        """Return the profiles of the site, oldest first."""

    def write(self, profiles: Sequence[KeptProfile]) -> None:
        """Put these in the place of the profiles that a person wrote."""

    def learn(self, profiles: Sequence[KeptProfile]) -> None:
        """Put these in the place of the profiles that were learnt."""

    def signs(self) -> frozenset[Sign]:
        """Return what speaks for it that the site's pages are read badly."""

    def known(self) -> int:
        """Return how many pages of the site were received."""

    def last(self, url: str, before: datetime) -> Received | None:
        """Return a page as it was received last *before* a time, None if it was not."""

    def unread(self) -> int:
        """Return how many articles of the site were read by no profile."""

    async def settled(self) -> None:
        """Wait until the archive has what was received until now."""

    def samples(self, most: int) -> Iterator[Received]:
        """Yield no more than so many pages of the site: the newest, and some of all times, such as
        were received one after another, since these lead to each other.
        """

    def to_read_again(self) -> Iterator[Received]:
        """Yield the pages from which articles were read, and those that were read as none."""

    def read_again(self, visit: Visit) -> None:
        """Store how a page reads that was received before."""

    def applied(self) -> None:
        """Note that all that was received has been read by the profiles that there are."""
