"""What web archives say that they have of a site, and what a crawl asks of whoever keeps that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crawler.vocabulary import RouteStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """An answer of a portal that a web archive says it has."""

    web_archive: str
    """By the address that names it everywhere."""
    url: str
    """As it was archived, absolute."""
    at: datetime
    """UTC."""
    status: int = 200
    content_type: str = "text/html"
    digest: str | None = None
    """Of the body, as the archive writes it: only whether two are the same is of use."""
    place: str | None = None
    """Where its record lies, of an archive that gives parts of files: name, offset, length."""
    is_cut: bool = False
    """Whether the archive says that it did not keep all of it."""
    alike: int = 1
    """At how many addresses of the site the archives have the same body."""
    asked_at: datetime | None = None
    """When it was asked for, UTC, if it ever was."""
    reason: str | None = None
    """Why it was not taken then; None if it was."""


@dataclass(frozen=True, slots=True)
class AskedMemento:
    """A capture of a web archive that was asked for, and what came of it."""

    web_archive: str
    at: datetime
    reason: str | None = None
    """Why it was not taken, in words; None if it was."""


class KeptMementos(Protocol):
    """What is kept of what the web archives have of one site."""

    def of(self, url: str) -> Sequence[Archived]:
        """Return what they list of an address, in whatever form it is written."""

    def exhausted(self, url: str) -> Collection[str]:
        """Return the web archives that have given all that they have of an address."""

    def note(self, captures: Sequence[Archived], lists: Collection[Archived]) -> None:
        """Write down what a web archive lists; what is known of it already stays. *lists* are those
        of it that are for programs.
        """

    def lists_for_programs(self, web_archives: Collection[str]) -> Sequence[Archived]:
        """Return the feeds, sitemaps and answers of REST that were not asked for, newest first."""

    def note_asked(self, url: str, asked: AskedMemento) -> None:
        """Write down that one was asked for that is no page, and what came of it."""

    def walks(self) -> Mapping[str, tuple[str, RouteStatus, datetime]]:
        """Return the lists of web archives that were asked for, by address: whose, what came of
        that, and when it was asked last.
        """

    def note_list(self, web_archive: str, url: str, state: RouteStatus) -> None:
        """Write down what came of a list of a web archive."""

    def forget_failures(self) -> None:
        """Forget the lists that could not be had, since all are asked for again."""
