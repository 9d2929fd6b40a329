"""The frontier of a crawl: what the archive knows of and has not got."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from scrapy.exceptions import CloseSpider
from scrapy.settings import BaseSettings

from archive import Agenda, Archive
from crawler.page import RoutePage
from crawler.text.addresses import urlkey
from crawler.visit import Origin, RouteState, Visit
from crawler.vocabulary import Discovery, ReadFrom, RunOutcome


class Store(Protocol):
    """What the frontier needs of the pipeline that stores: whether it can still, and to end it."""

    failure: str | None

    def stop(self, error: sqlite3.Error | OSError) -> None:
        """End the crawl, since something could not be stored."""


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
        self.media_out: set[str] = set()
        """The pictures and files that are being asked for."""
        self.asked_again = 0
        """The last row that was settled before and asked for again, in the order of rows."""
        self.revisits = settings.getint("REVISIT_BUDGET")
        self.most_out = settings.getint("CONCURRENT_REQUESTS")

    def next(self, *, full: bool) -> tuple[str, Origin] | None:
        """Return an address to ask for and how it became known, None if there is none now."""
        row = self._due(full=full)
        if row is None:
            return None
        self.out[urlkey(row["url"])] = row["id"]
        self.revisits -= row["why"] == "revisit"
        if row["why"] == "full":
            self.asked_again = row["id"]
        return row["url"], Origin(Discovery(row["found_by"]), row["found_on"])

    def has_open(self, *, full: bool) -> bool:
        """Whether `next` would return something."""
        return self._due(full=full) is not None

    def _due(self, *, full: bool) -> dict[str, Any] | None:
        # Answers wait to be read and stored: without a limit, a kill would lose them all.
        if self.store.failure or len(self.out) >= self.most_out:
            return None
        revisits = self.revisits
        try:
            if revisits and self.archive.routes.tell_changes(self.site):
                revisits = 0
            return self.archive.ledger.due(
                self.site, self.run_id, self.started, self.agenda,
                full=full, revisits=revisits, skip=set(self.out.values()), after=self.asked_again,
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
        """Whether `next_media` would return something."""
        return self._due_media() is not None

    def _due_media(self) -> str | None:
        if self.store.failure or len(self.out) + len(self.media_out) >= self.most_out:
            return None
        try:
            return self.archive.media.due(self.site, self.run_id, self.media_out)
        except sqlite3.Error as error:
            self.store.stop(error)
            return None

    def take(self, url: str) -> bool:
        """Take an address to start from; False if it is being asked for or was in this crawl."""
        with self._storing():
            row = self.archive.ledger.seed(self.site, url)
        if row["id"] in self.out.values() or row["run_id"] == self.run_id:
            return False
        self.out[urlkey(row["url"])] = row["id"]
        return True

    def visited(self, visit: Visit) -> None:
        """Note that an address is not being asked for any more."""
        if visit.is_media:
            self.media_out.discard(visit.url)
        elif visit.read_from == ReadFrom.PAGE:
            self.out.pop(urlkey(visit.url), None)

    def recheck_heads(self) -> None:
        """Have the articles asked for again that had no newer neighbour when last seen."""
        with self._storing():
            self.archive.ledger.recheck_heads(self.site)

    def is_whole(self) -> bool:
        """Whether nothing says that the portal has more than is known: its own count, its chain."""
        return self.archive.ledger.is_whole(self.site)

    def routes(self) -> dict[Discovery, RouteState]:
        """Return what is known of the second routes, by name."""
        return self.archive.routes.states(self.site)

    def begin_route(self, route: Discovery, url: str) -> None:
        """Note that a walk of a route begins at an address."""
        with self._storing():
            self.archive.routes.begin(self.run_id, self.site, route, url)

    def note_route(self, route: Discovery, **columns: Any) -> None:
        """Write what is known of a route."""
        with self._storing():
            self.archive.routes.note(self.site, route, **columns)

    def store_route(self, route: Discovery, url: str, page: RoutePage) -> RouteState:
        """Store what one answer of a route lists; return how the walk goes on."""
        with self._storing():
            self.archive.routes.store(self.run_id, self.site, route, url, page)
        return self.routes()[route]

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """End the crawl where the archive cannot be written; write nothing after that."""
        if self.store.failure:
            raise CloseSpider(RunOutcome.ARCHIVE)
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.store.stop(error)
            raise CloseSpider(RunOutcome.ARCHIVE) from error
