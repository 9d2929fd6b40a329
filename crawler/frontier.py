"""What a spider asks of the archive: what is open, and how far the second routes were walked."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from crawler.page import Found, RoutePage
from crawler.visit import Link, Origin, RouteState, Sought
from crawler.vocabulary import Discovery, ListState, ProblemKind, State


class Frontier(Protocol):
    """The open ends of one site. The archive is the frontier; nothing else remembers."""

    def next(self, *, full: bool) -> tuple[str, Origin] | None:
        """Return an address to ask for, not handed out yet in this crawl, and how it became known.

        None if there is none now: what is being asked for may still reveal more.
        """

    def has_open(self, *, full: bool) -> bool:
        """Whether `next` would return something."""

    def next_media(self) -> str | None:
        """Return the address of a picture or a file to ask for, None if there is none now."""

    def has_media(self) -> bool:
        """Whether `next_media` would return something."""

    def sought(self, url: str) -> Sought | None:
        """Return what is sought at an address that `next_media` has returned, None of a picture or
        file of an article.
        """

    def next_requisite(self) -> str | None:
        """Return the address of a style sheet, a font or a theme picture to ask for.

        None if there is none now, or as many were asked for as a day may have.
        """

    def take(self, url: str) -> Origin | None:
        """Take an address to start from, whatever is known of it; `next` returns it no more.

        Return how it became known, None if it is being asked for or was in this crawl.
        """

    def version(self, url: str) -> tuple[str | None, str | None]:
        """Return what the portal called the version of an address that `next` has just returned,
        ``ETag`` and ``Last-Modified``, if it is asked for again only because time has passed.
        """

    def was_asked(self, url: str) -> bool:
        """Whether an address that is being asked for was in an earlier crawl, too."""

    def asked_at(self, url: str) -> datetime | None:
        """Return when an address was last asked for, UTC; None if it never was."""

    def know(self, url: str) -> None:
        """Note an address to start from, to be asked for if nothing is known of it."""

    def put_off(self, url: str) -> None:
        """Ask for an address no more in this crawl, though nothing came of it: it stays open."""

    def leave(self, host: str) -> str | None:
        """Hand out nothing of a host any more (`host_of`), and take back what was: it stays open.

        Return an address of it that is missing thereby, None if nothing is: it would have been
        asked for again, and is held.
        """

    def recheck_heads(self) -> None:
        """Open the articles that had no newer neighbour when last seen: the news starts there."""

    def doubt_lists(self) -> tuple[int, str | None]:
        """Have lists of all prove nothing where the portal shows articles that none of them names;
        return how many these are, and one of them.
        """

    def is_all_known(self) -> bool:
        """Whether nothing speaks of more at the portal than is known."""

    def routes(self) -> dict[Discovery, RouteState]:
        """Return what is known of the second routes, by name."""

    def begin_route(self, route: Discovery, url: str) -> None:
        """Note that a walk of a route begins at an address."""

    def note_route(self, route: Discovery, **columns: Any) -> None:
        """Note what is known of a route: its state, its validators."""

    def list_route(self, route: Discovery, url: str, found: Sequence[Found]) -> bool:
        """Store some of what one answer of a route lists, before `store_route` is told of the rest;
        return whether any of it is news.
        """

    def store_route(
        self, route: Discovery, url: str, page: RoutePage, *, has_news: bool = False
    ) -> RouteState:
        """Store what one answer of a route lists; return how the walk goes on.

        *has_news* says that something of the answer that was stored before is news.
        """

    def meet_list(self, url: str, page: RoutePage, *, to_end: bool) -> bool:
        """Note what the page at *url* of a list for people tells of it, which no route asked for;
        return whether it is to be walked on: *to_end*, or since it never was.
        """

    def settle_list(
        self, url: str, state: ListState, *, status: int | None, reason: str | None = None
    ) -> None:
        """Note of what was named as a list that it is none, or not there."""

    def links(self) -> Sequence[Link]:
        """Return what articles link to and nothing else names, the oldest first."""

    def count_links(self) -> int:
        """Return how many of these there are, judged or not."""

    def has_links_to_judge(self) -> bool:
        """Whether there are any of which it was not decided whether they are asked for."""

    def articles(self) -> Iterator[Sequence[str]]:
        """Yield the addresses of all articles that are held, some at a time."""

    def linked(self) -> Sequence[tuple[str, State]]:
        """Return what became of the links that were asked for."""

    def judge_links(self, asked: Sequence[Link], others: Sequence[Link]) -> None:
        """Have some asked for, as addresses of articles, and note of *others* that they are not."""

    def is_another_s(self) -> bool:
        """Whether a person has said that the host of the site is another body's by now."""

    def is_in_question(self) -> bool:
        """Whether it is not known whose the host is, and a person is to say."""

    def doubted(self) -> list[tuple[str, Origin]]:
        """Take articles that are held, to be asked for at once, where it is doubtful whether the
        portal is still there; return them, and how each became known. It is done once.
        """

    def question(self) -> str | None:
        """Return why another body seems to have taken over the host, in words, and note it for a
        person to say whose it is; None if it does not seem so.
        """

    def known(self) -> int:
        """Return how many addresses are known of the site."""

    def tell(self, kind: ProblemKind, message: str, url: str | None = None) -> None:
        """Note something that went wrong, for the summary of the run and whoever reads it."""
