"""The turns at which hosts are asked, as all crawls of an archive share them."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, time
from typing import Self

from archive.connection import Connection
from archive.opening import LOCK_SECONDS, opened
from archive.tables.hosts import Hosts
from crawler.turn import Asker, HostState, Turn

_BUSY = 0.02
"""Seconds after which to try again where another writer holds the archive."""


@dataclass(frozen=True, slots=True)
class _News:
    """What has become known of a host and is not in the table yet."""

    received: int = 0
    until: float | None = None
    robots: tuple[float | None] | None = None
    """The delay that robots.txt asks for, if it was read."""

    def in_state(self, state: HostState, now: float) -> HostState:
        if self.received:
            state = state.received(self.received, now)
        if self.until is not None:
            state = state.left_alone(self.until, now)
        return state if self.robots is None else state.asked_by_robots(*self.robots, now)


class HostTurns:
    """Reads and writes ``hosts``, over a connection of its own, in transactions of a row.

    Such a transaction is not synced, and never folds the write-ahead log: a turn that a power cut
    takes back was had before the machine came up again, and the next synced transaction of a crawl
    takes all before it along. Nothing here waits for another writer.

    Bytes received are written with the next turn, or when it is closed.
    """

    def __init__(self, db: Connection, clock: Callable[[], float]) -> None:
        self._db = db
        self._hosts = Hosts(db)
        self._clock = clock
        self._news: dict[str, _News] = {}
        self._noted: set[tuple[str, str]] = set()
        """The hosts and sites that are known to be written down as belonging together."""
        self._busy_since: float | None = None
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("PRAGMA busy_timeout = 0")

    @classmethod
    def open(cls, path: Path | str, clock: Callable[[], float] = time) -> Self:
        """Open the turns of an archive; *clock* tells the seconds since 1970.

        Raises `ArchiveError` as `Archive.open` does.
        """
        return cls(opened(Path(path)), clock)

    def take(self, host: str, asker: Asker) -> Turn:
        """Take a turn if there is one now, else return how long to wait.

        Where another writer holds the archive, that is a moment.
        """
        try:
            now = self._clock()
            known = self._hosts.state(host)
            turn, _ = self._state(host, known, now).turn(asker, now)
            if turn.is_now or (known and known.noted_at > now):  # or the clock was set back
                turn = self._write(host, asker)
        except sqlite3.OperationalError as error:
            self._bear(error)
            return Turn(_BUSY)
        self._busy_since = None
        return turn

    def done(self, host: str, count: int) -> None:
        """Note that a host has sent so many bytes more."""
        news = self._news.get(host, _News())
        self._news[host] = replace(news, received=news.received + count)

    def leave_alone(self, host: str, seconds: float) -> None:
        """Note that a host is to be left alone from now on for so many seconds."""
        news = self._news.get(host, _News())
        until = max(self._clock() + seconds, news.until or 0.0)
        self._tell(host, replace(news, until=until))

    def obey(self, host: str, crawl_delay: float | None) -> None:
        """Note the seconds between two requests that its robots.txt asks for, None if none."""
        self._tell(host, replace(self._news.get(host, _News()), robots=(crawl_delay,)))

    def close(self) -> None:
        """Write what is new, waiting for others, and close the connection."""
        try:
            self._db.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}")
            for host in list(self._news):
                self._write(host, None)
        finally:
            self._db.conn.close()

    def _tell(self, host: str, news: _News) -> None:
        self._news[host] = news
        try:
            self._write(host, None)
        except sqlite3.OperationalError as error:
            self._bear(error)  # it holds for this crawl, and is written with its next turn

    def _bear(self, error: sqlite3.OperationalError) -> None:
        """Raise an error unless it only says that another is writing, and not for too long."""
        self._busy_since = self._busy_since or monotonic()
        is_busy = (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY
        if not is_busy or monotonic() - self._busy_since > LOCK_SECONDS:
            raise error

    def _write(self, host: str, asker: Asker | None) -> Turn:
        """Write all that is new of a host, and what comes of wanting to ask it."""
        site = asker.site if asker else None
        self._db.execute("BEGIN IMMEDIATE")
        try:
            now = self._clock()
            turn, state = Turn(), self._state(host, self._hosts.state(host), now)
            if asker:
                turn, state = state.turn(asker, now)
            self._hosts.put(host, state)
            if site and (host, site) not in self._noted:
                self._hosts.add_site(host, site)
            self._db.commit()
        except BaseException:
            self._db.rollback()
            raise
        self._news.pop(host, None)
        if site:
            self._noted.add((host, site))
        return turn

    def _state(self, host: str, known: HostState | None, now: float) -> HostState:
        """Return the state of a host as it is in the table, and what is not in it yet."""
        state = (known or HostState.unknown(now)).at(now)
        return self._news[host].in_state(state, now) if host in self._news else state
