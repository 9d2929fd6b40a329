"""The frontier of a crawl: what the archive knows of and has not got."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from scrapy.settings import BaseSettings

from archive import Agenda, Archive, origin_of
from archive.warc import WarcError, read_record
from crawler.cadence import rechecks
from crawler.page import Found, RoutePage
from crawler.text.addresses import host_of, urlkey
from crawler.text.pixels import Size, size_of
from crawler.visit import Link, Origin, RouteState, Sought, Visit
from crawler.vocabulary import (
    Discovery,
    ListState,
    Outcome,
    ProblemKind,
    ReadFrom,
    State,
)
from pipelines.continuity import Continuity


class Store(Protocol):
    """What the frontier needs of the pipeline that stores."""

    failure: str | None
    """Why nothing more can be stored."""

    def stop(self, error: Exception) -> None:
        """End the crawl, since something could not be stored."""

    def hurry(self) -> None:
        """Store soon what waits to be: it may say what else is to be asked for."""

    def storing(self) -> AbstractContextManager[None]:
        """Write something beside the visits; end the crawl where nothing can be written."""


class ArchiveFrontier:
    """The open ends of one site, as the archive knows them (`crawler.frontier.Frontier`)."""

    def __init__(
        self,
        store: Store,
        archive: Archive,
        site: str,
        run_id: int,
        agenda: Agenda,
        settings: BaseSettings,
    ) -> None:
        self.store = store
        self.agenda = agenda
        self.archive = archive
        self.site = site
        self.run_id = run_id
        self.started = datetime.now(UTC)
        self.out: dict[str, int] = {}
        """The rows that are being asked for, by urlkey."""
        self.validators: dict[str, tuple[str | None, str | None]] = {}
        """Of the address that was returned last, by urlkey."""
        self.asked_before: set[str] = set()
        """The keys of the addresses that this crawl asks for, and an earlier one did."""
        self.media_out: set[str] = set()
        """The pictures and files that are being asked for."""
        self.seen: dict[str, int] = {}
        """The rows that were asked for and wait for what came of it to be stored, by urlkey."""
        self.media_seen: set[str] = set()
        """The pictures and files that do."""
        self.waiting = 0
        """How many visits wait to be stored."""
        self.asked_again = 0
        """The last row that was settled before and asked for again, in the order of rows."""
        self.revisits = settings.getint("REVISIT_BUDGET")
        if self.revisits:
            since = archive.runs.since_last(run_id, site, self.started)
            due = archive.ledger.due_again(site, self.started)
            self.revisits = max(self.revisits, rechecks(due, since))
        self.most_out = settings.getint("CONCURRENT_REQUESTS")
        today = self.started.replace(hour=0, minute=0, second=0, microsecond=0)
        asked, received = archive.media.requisites_since(site, today)
        self.requisites = settings.getint("REQUISITES_A_DAY") - asked
        """How many style sheets, fonts and theme pictures may be asked for yet."""
        self.requisite_bytes = settings.getint("REQUISITE_BYTES_A_DAY") - received
        self.requisites_out: set[str] = set()
        self.left: set[str] = set()
        """The hosts that are not asked any more."""
        self.asked: str | None = None
        """Why another body seems to have taken over the host."""
        self.continuity = Continuity(
            archive, site, self.started, asks_portal=not agenda.web_archives
        )

    def next(self, *, full: bool) -> tuple[str, Origin] | None:
        """Return an address to ask for and how it became known, None if there is none now."""
        row = self._due(full=full)
        if row is None:
            if len(self.out) < self.most_out:
                self.store.hurry()
            return None
        self.out[urlkey(row["url"])] = row["id"]
        if row["why"] != "waiting":
            self.asked_before.add(urlkey(row["url"]))
        if row["why"] == "revisit":
            self.revisits -= 1
            self.validators = {urlkey(row["url"]): (row["etag"], row["last_modified"])}
        if row["why"] == "full":
            self.asked_again = row["id"]
        return row["url"], origin_of(row)

    def has_open(self, *, full: bool) -> bool:
        """Whether `next` would return something, or may when what waits to be stored is."""
        return self._due(full=full) is not None or self._is_to_be_stored()

    def _is_to_be_stored(self) -> bool:
        return bool(self.waiting) and not self.store.failure

    def _due(self, *, full: bool) -> dict[str, Any] | None:
        # Answers wait to be read and stored: without a limit, a kill would lose them all.
        if self.store.failure or len(self.out) >= self.most_out:
            return None
        try:
            told = bool(self.revisits) and self.archive.routes.tell_changes(self.site)
            return self.archive.ledger.due(
                self.site, self.run_id, self.started, self.agenda,
                full=full, revisits=self.revisits, changes_told=told,
                skip={*self.out.values(), *self.seen.values()},
                after=self.asked_again, left=self.left,
            )  # fmt: skip
        except sqlite3.Error as error:
            self.store.stop(error)
            return None

    def next_media(self) -> str | None:
        """Return the address of a picture or a file to ask for, None if there is none now."""
        url = self._due_media()
        if url:
            self.media_out.add(url)
        return url

    def has_media(self) -> bool:
        """Whether `next_media` would return something, or may when what waits to be stored is."""
        return self._due_media() is not None or self._is_to_be_stored()

    def sought(self, url: str) -> Sought | None:
        """Return what is sought at an address that `next_media` has returned, None of a picture or
        file of an article.
        """
        try:
            sought = self.archive.media.sought(self.site, url)
            return replace(sought, size=self._size_of(sought.form)) if sought else None
        except sqlite3.Error as error:
            self.store.stop(error)
            return None

    def _size_of(self, picture: str) -> Size | None:
        """Return how large a picture is that is held; None if it is not, or cannot be read."""
        held = self.archive.media.held(self.site, picture)
        capture = self.archive.captures.get(held) if held else None
        try:
            return size_of(read_record(self.archive.folder, capture).body) if capture else None
        except (WarcError, OSError):
            return None  # `verify` tells of it

    def _due_media(self) -> str | None:
        if self.store.failure or len(self.out) + len(self.media_out) >= self.most_out:
            return None
        try:
            skip = self.media_out | self.media_seen
            return self.archive.media.due(self.site, self.run_id, skip, self.left)
        except sqlite3.Error as error:
            self.store.stop(error)
            return None

    def next_requisite(self) -> str | None:
        """Return the address of a style sheet, a font or a theme picture to ask for.

        None if there is none now, or as many were asked for as a day may have.
        """
        if self.store.failure or self.requisites <= 0 or self.requisite_bytes <= 0:
            return None
        try:
            skip = self.requisites_out | self.media_seen
            url = self.archive.media.due_requisite(self.site, self.run_id, skip, self.left)
        except sqlite3.Error as error:
            self.store.stop(error)
            return None
        if url:
            self.requisites -= 1
            self.requisites_out.add(url)
        return url

    def take(self, url: str) -> Origin | None:
        """Take an address to start from, and return how it became known; None if it is being asked
        for or was in this crawl.
        """
        with self.store.storing():
            row = self.archive.ledger.seed(self.site, url)
        if row["id"] in self.out.values() or row["run_id"] == self.run_id:
            return None
        self.out[urlkey(row["url"])] = row["id"]
        if row["run_id"] is not None:
            self.asked_before.add(urlkey(row["url"]))
        return origin_of(row)

    def version(self, url: str) -> tuple[str | None, str | None]:
        """Return what the portal called the version of an address that `next` has just returned,
        ``ETag`` and ``Last-Modified``, if it is asked for again only because time has passed.
        """
        return self.validators.get(urlkey(url), (None, None))

    def was_asked(self, url: str) -> bool:
        """Whether an address that is being asked for was in an earlier crawl, too."""
        return urlkey(url) in self.asked_before

    def asked_at(self, url: str) -> datetime | None:
        """Return when an address was last asked for."""
        row = self.archive.ledger.known(self.site, url)
        return datetime.fromisoformat(row["tried_at"]) if row and row["tried_at"] else None

    def know(self, url: str) -> None:
        """Note an address to start from, to be asked for if nothing is known of it."""
        with self.store.storing():
            self.archive.ledger.seed(self.site, url)

    def put_off(self, url: str) -> None:
        """Ask for an address no more in this crawl: it stays open."""
        if (key := urlkey(url)) in self.out:
            self.seen[key] = self.out.pop(key)

    def leave(self, host: str) -> str | None:
        """Hand out nothing of a host any more; return an address that is missing thereby."""
        self.left.add(host)
        self.out = {
            key: number for key, number in self.out.items() if not key.startswith(_key_of(host))
        }
        self.media_out = {url for url in self.media_out if host_of(url) != host}
        self.requisites_out = {url for url in self.requisites_out if host_of(url) != host}
        try:
            return self.archive.ledger.missing(self.site, host, {*self.seen.values()})
        except sqlite3.Error as error:
            self.store.stop(error)
            return None

    def visited(self, visit: Visit) -> None:
        """Note that an address is not being asked for any more, but its visit is to be stored."""
        self.waiting += 1
        if visit.url in self.requisites_out:
            self.requisites_out.remove(visit.url)
            self.requisite_bytes -= visit.capture.bytes if visit.capture else 0
            self.media_seen.add(visit.url)
        elif visit.is_media:
            if visit.url in self.media_out:
                self.media_out.remove(visit.url)
                self.media_seen.add(visit.url)
        elif visit.read_from == ReadFrom.PAGE and (key := urlkey(visit.url)) in self.out:
            self.seen[key] = self.out.pop(key)

    def stored(self, visit: Visit, outcome: Outcome | None) -> None:
        """Note that a visit is in the archive, and what it meant; None if it cannot be stored: then
        it is not asked for again now.
        """
        self.waiting -= 1
        self.continuity.stored(visit, outcome)
        if outcome is None:
            return
        if visit.is_media:
            self.media_seen.discard(visit.url)
        elif visit.read_from == ReadFrom.PAGE:
            self.seen.pop(urlkey(visit.url), None)

    def recheck_heads(self) -> None:
        """Have the articles asked for again that had no newer neighbour when last seen."""
        with self.store.storing():
            self.archive.ledger.recheck_heads(self.site)

    def doubt_lists(self) -> tuple[int, str | None]:
        """Have lists of all prove nothing that do not name what the portal shows."""
        with self.store.storing():
            return self.archive.routes.doubt(self.site)
        return 0, None

    def is_all_known(self) -> bool:
        """Whether nothing speaks of more at the portal than is known."""
        return self.archive.ledger.is_all_known(self.site)

    def routes(self) -> dict[Discovery, RouteState]:
        """Return what is known of the second routes, by name."""
        return self.archive.routes.states(self.site)

    def begin_route(self, route: Discovery, url: str) -> None:
        """Note that a walk of a route begins at an address."""
        with self.store.storing():
            self.archive.routes.begin(self.run_id, self.site, route, url)

    def note_route(self, route: Discovery, **columns: Any) -> None:
        """Write what is known of a route."""
        with self.store.storing():
            self.archive.routes.note(self.site, route, **columns)

    def list_route(self, route: Discovery, url: str, found: Sequence[Found]) -> bool:
        """Store some of what one answer of a route lists; return whether any of it is news."""
        self.continuity.named(one.url for one in found)
        with self.store.storing():
            return self.archive.routes.list(self.run_id, self.site, route, url, found)
        return False

    def store_route(
        self, route: Discovery, url: str, page: RoutePage, *, has_news: bool = False
    ) -> RouteState:
        """Store what one answer of a route lists; return how the walk goes on."""
        self.continuity.named(one.url for one in page.found)
        with self.store.storing():
            self.archive.routes.store(self.run_id, self.site, route, url, page, has_news=has_news)
        return self.routes()[route]

    def meet_list(self, url: str, page: RoutePage, *, to_end: bool) -> bool:
        """Note what the page at *url* of a list for people tells of it, which no route asked for;
        return whether it is to be walked on: *to_end*, or since it never was.
        """
        with self.store.storing():
            return self.archive.routes.meet_list(self.run_id, self.site, url, page, to_end=to_end)
        return False

    def settle_list(
        self, url: str, state: ListState, *, status: int | None, reason: str | None = None
    ) -> None:
        """Note of what was named as a list that it is none, or not there."""
        with self.store.storing():
            self.archive.routes.settle_list(
                self.run_id, self.site, url, state, status=status, reason=reason
            )

    def links(self) -> Sequence[Link]:
        """Return what articles link to and nothing else names, the oldest first."""
        with self.store.storing():
            return self.archive.linked.unknown(self.site)
        return []

    def count_links(self) -> int:
        """Return how many of these there are, judged or not."""
        return self.archive.linked.count(self.site)

    def has_links_to_judge(self) -> bool:
        """Whether there are any of which it was not decided whether they are asked for."""
        return self.archive.linked.are_unjudged(self.site)

    def articles(self) -> Iterator[Sequence[str]]:
        """Yield the addresses of all articles that are held, some at a time."""
        return self.archive.linked.articles(self.site)

    def linked(self) -> Sequence[tuple[str, State]]:
        """Return what became of the links that were asked for."""
        return self.archive.linked.proved(self.site)

    def judge_links(self, asked: Sequence[Link], others: Sequence[Link]) -> None:
        """Have some asked for, as addresses of articles, and note of *others* that they are not."""
        with self.store.storing():
            self.archive.linked.judge(self.site, asked, others)

    def is_another_s(self) -> bool:
        """Whether a person has said that the host of the site is another body's by now."""
        takeover = self.archive.owners.of(self.site)
        return takeover is not None and takeover["successor"] is not None

    def is_in_question(self) -> bool:
        """Whether it is not known whose the host is, and a person is to say."""
        takeover = self.archive.owners.of(self.site)
        return takeover is not None and takeover["answered_at"] is None

    def doubted(self) -> list[tuple[str, Origin]]:
        """Take articles that are held, to be asked for at once, to know whether the portal is still
        there; return them, and how each became known.
        """
        asked = []
        for url, origin in self.continuity.ask():
            if host_of(url) not in self.left and self.take(url):
                asked.append((url, origin))
            else:
                self.continuity.is_not_asked(url)
        return asked

    def question(self) -> str | None:
        """Return why another body seems to have taken over the host, and note it."""
        if self.asked is None and (question := self.continuity.question()):
            with self.store.storing():
                self.archive.owners.notice(self.run_id, self.site, question)
            self.asked = question.message
        return self.asked

    def known(self) -> int:
        """Return how many addresses are known of the site."""
        return sum(self.archive.ledger.counts(self.site).values())

    def tell(self, kind: ProblemKind, message: str, url: str | None = None) -> None:
        """Note something that went wrong."""
        with self.store.storing():
            self.archive.runs.note_problem(self.run_id, kind, message, url)


def _key_of(host: str) -> str:
    """Return how the ``urlkey`` of every address of a host begins."""
    return urlkey(f"http://{host}/").partition(")")[0] + ")"
