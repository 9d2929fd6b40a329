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
from crawler.turn import Asker, HostState, Turn, Use, comes_before, seconds_to_midnight

_BUSY = 0.02
"""Seconds after which to try again where another writer holds the archive, or another site is to
have the turn."""
_BELIEVED = 3.0
"""Seconds behind a turn for which a site is believed to wait for it, though it may be killed."""
_RENEWED = 1.0
"""Seconds before the end of that at which it says so again."""


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

    Sites that wait for a host have their turns round and round, and what it bears a day in equal
    shares (``host_sites``): of those that wait the one goes first whose last turn is longest ago.
    Who waits says until when that is to be believed, so that nobody waits for a crawl that is gone.

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
        self._sites: dict[str, str] = {}
        """For which site each host was last asked."""
        self._wishes: dict[tuple[str, str | None], float] = {}
        """Until when others believe that a site waits for a host."""
        self._cut: set[tuple[str, str | None]] = set()
        """The hosts that gave less than was wanted of them, each with the site."""
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

        Where another writer holds the archive, or another site comes first, that is a moment.
        """
        try:
            turn = self._take(host, asker)
        except sqlite3.OperationalError as error:
            self._bear(error)
            return Turn(_BUSY)
        self._busy_since = None
        return turn

    def _take(self, host: str, asker: Asker) -> Turn:
        now = self._clock()
        known = self._hosts.state(host)
        if used_up := self._used_up_of_all(asker, now):
            self._cut.add((host, asker.site))
            return Turn(seconds_to_midnight(now), used_up=used_up)
        turn, _ = self._state(host, known, now).turn(asker, now)
        if turn.is_now and self._is_another_s(host, asker.site, now):
            turn = Turn(_BUSY)
        place = host, asker.site
        is_told = turn.used_up is None or place in self._cut
        wishes = asker.site is None or self._wishes.get(place, 0.0) > now + turn.wait + _RENEWED
        is_set_back = known is not None and known.noted_at > now
        if turn.is_now or is_set_back or not (is_told and (wishes or turn.used_up)):
            turn = self._write(host, asker)
        return turn

    def _used_up_of_all(self, asker: Asker, now: float) -> str | None:
        if not asker.is_bound_for_all:
            return None
        requests, received = self._hosts.today(now)
        news = sum(news.received for news in self._news.values())
        return asker.used_up_of_all(requests, received + news)

    def _is_another_s(self, host: str, site: str | None, now: float) -> bool:
        """Whether a turn is another site's, which waits for it."""
        waiting = self._hosts.waiting(host, site, now) if site else []
        if not site or not waiting:
            return False
        mine = self._hosts.use(host, site, now)
        return any(comes_before(other, mine, now) for other in waiting)

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
            for host in [*self._news]:
                self._write(host, None)
            for host, site in self._wishes:
                if site:
                    self._end(host, site)
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
        if asker and asker.site:
            self._sites[host] = asker.site
        site = self._sites.get(host)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            now = self._clock()
            known = self._hosts.state(host)
            turn, state = Turn(), self._state(host, known, now)
            mine = self._use(host, site, now) if site else None
            if known and known.noted_at > now:
                self._hosts.forget_wishes(host)
            if asker:
                turn, after = state.turn(asker, now)
                if turn.is_now and (used_up := self._used_up_of_all(asker, now)):
                    turn = Turn(seconds_to_midnight(now), used_up=used_up)
                if turn.is_now and asker.site and mine:
                    turn = self._in_turn(host, asker, state, mine, now)
                state = after if turn.is_now else state
            self._hosts.put(host, state)
            if site and mine:
                self._hosts.put_use(host, site, _wishing(mine, turn, asker, now))
            self._db.commit()
        except BaseException:
            self._db.rollback()
            raise
        self._news.pop(host, None)
        if asker:
            wish = 0.0 if turn.is_now else now + turn.wait + _BELIEVED
            self._wishes[host, asker.site] = wish
            if turn.used_up or turn.is_asked:
                self._cut.add((host, asker.site))
            elif turn.is_now:
                self._cut.discard((host, asker.site))
        return turn

    def _in_turn(self, host: str, asker: Asker, state: HostState, mine: Use, now: float) -> Turn:
        """Return what comes of wanting to ask a host, which may be asked, beside other sites."""
        assert asker.site
        if self._is_another_s(host, asker.site, now):
            return Turn(_BUSY)
        if asker.requests_a_day or asker.bytes_a_day:
            others = self._hosts.others(host, asker.site)
            if used_up := state.shared(asker, mine, others, now):
                return Turn(seconds_to_midnight(now), used_up=used_up)
        return Turn()

    def _use(self, host: str, site: str, now: float) -> Use:
        """Return what a site has had of a host, with what is not in the table yet."""
        use = self._hosts.use(host, site, now).at(now)
        received = self._news[host].received if host in self._news else 0
        return replace(use, bytes=use.bytes + received)

    def _end(self, host: str, site: str) -> None:
        """Write that a site's crawl has ended: it wants more only where it was cut short."""
        self._db.execute("BEGIN IMMEDIATE")
        now = self._clock()
        use = self._hosts.use(host, site, now)
        is_open = (host, site) in self._cut
        until = min(use.wants_until, now)
        self._hosts.put_use(host, site, replace(use, wants_until=until, is_open=is_open))
        self._db.commit()

    def _state(self, host: str, known: HostState | None, now: float) -> HostState:
        """Return the state of a host as it is in the table, and what is not in it yet."""
        state = (known or HostState.unknown(now)).at(now)
        return self._news[host].in_state(state, now) if host in self._news else state


def _wishing(mine: Use, turn: Turn, asker: Asker | None, now: float) -> Use:
    """Return what a site has had after it wanted to ask a host."""
    if asker is None:
        return mine
    if turn.is_now:
        return replace(mine, last_at=now, wants_until=now, requests=mine.requests + 1, is_open=True)
    # One that is cut short does not wait, but was heard of.
    until = now if turn.used_up else now + turn.wait + _BELIEVED
    return replace(mine, wants_until=until, is_open=True)
