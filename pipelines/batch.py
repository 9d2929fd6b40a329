"""The visits of a crawl, stored together: once a second, or sooner where many or one is waited for.

A disk may take its time: what was received waits for it in another thread, and the crawl goes on.
What a visit received is on the disk before the archive says that it is there.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

from archive import Archive, Traffic, sync_log
from crawler.visit import Visit
from crawler.vocabulary import Outcome, Reason, State

logger = logging.getLogger(__name__)

MOST_VISITS = 64
"""How many may wait to be stored, and are asked for again if the crawl is killed."""
SECONDS = 1.0
"""How long one waits at most until it begins to be stored."""
_ENOUGH = 48
"""How many are worth a transaction; what is left of `MOST_VISITS` comes while the disk is waited
for."""
_PAUSE, _LOOKS = 0.005, 1000
"""Seconds between two looks whether another process has done writing, and how often it is looked.
"""
_MOST_LETTERS = 1 << 19
"""Of the articles that are stored in one transaction, but for the last of them."""


class Storing(Protocol):
    """Whoever has a batch stored."""

    def stored(self, visits: Sequence[Visit], outcomes: Sequence[Outcome | None]) -> None:
        """Take note of what visits meant that are in the archive now; None if one cannot be."""

    def stop(self, error: Exception) -> None:
        """End the crawl, since something could not be stored."""

    def traffic(self) -> Traffic:
        """Return what the crawl has asked for and received until now."""

    def is_in_doubt(self) -> bool:
        """Whether nothing was seen yet by which the portal is the one whose articles are held."""


class Batch:
    """What one crawl has received and seen, and the archive does not say yet.

    Many crawls in a process have each their own. No transaction is open while anything is waited
    for, so that they do not wait for each other.
    """

    def __init__(self, archive: Archive, run_id: int, site: str, store: Storing) -> None:
        self.archive = archive
        self.run_id = run_id
        self.site = site
        self.store = store
        self.log = _log_of(archive.path)
        self.visits: list[Visit] = []
        self.stored = 0
        """How many were stored before those."""
        self.is_unsynced = False
        """Whether something was committed that may not be on the disk."""
        self.is_broken = False
        """Whether something could not be stored, so that nothing more may be."""
        self.is_closing = False
        self.timer: asyncio.TimerHandle | None = None
        self.tasks: dict[str, asyncio.Task[None]] = {}
        archive.sync_later()

    def add(self, visit: Visit) -> None:
        """Have a visit stored. Raises sqlite3.Error and OSError if those that wait cannot be."""
        self.visits.append(visit)
        if len(self.visits) >= MOST_VISITS:
            self.flush()  # the disk is slower than the portal, which has to wait for it
        elif len(self.visits) >= _ENOUGH:
            self.hurry()
        else:
            self._wait()

    def kept(self) -> None:
        """Have it noted that an answer was kept, even if no visit comes of it."""
        if self.archive.captures.has_begun_file():
            self.hurry()
        else:
            self._wait()

    def hurry(self) -> None:
        """Begin to store what waits, if anything does."""
        if self.visits or self.archive.captures.unnoted():
            self._begin("store", self._store_soon)

    async def settled(self) -> None:
        """Wait until what waits now is stored, bit by bit, so that others go on meanwhile."""
        self.hurry()
        if storing := self.tasks.get("store"):
            await asyncio.wait([storing])

    def flush(self) -> None:
        """Store all that waits, before this returns. Raises sqlite3.Error and OSError."""
        if self.visits or self.archive.captures.unnoted():
            self._store(len(self.visits), sync=True)

    def wrote(self) -> None:
        """Have on the disk, too, what somebody else has just committed."""
        self.is_unsynced = True
        self._wait()

    async def settle(self) -> None:
        """Wait for what is under way; begin nothing more by yourself."""
        self.is_closing = True
        if self.timer:
            self.timer.cancel()
        while self.tasks:
            await asyncio.wait(self.tasks.values())

    def close(self) -> None:
        """Store all that waits, and no more after that. Raises sqlite3.Error and OSError."""
        self.is_closing = True
        if self.timer:
            self.timer.cancel()
        try:
            if not self.is_broken:
                self.flush()
        finally:
            self.is_broken = True

    def _wait(self) -> None:
        """Have what waits stored at the next full second, when that of other crawls is, too."""
        if self.timer is None and not self.is_closing:
            loop = asyncio.get_running_loop()
            self.timer = loop.call_later(SECONDS - loop.time() % SECONDS, self._second_is_over)

    def _second_is_over(self) -> None:
        self.timer = None
        self.hurry()
        if self.is_unsynced:
            self._begin("sync", self._sync_log)

    def _begin(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Begin to do something unless it is under way, or no more may be stored."""
        if not (what in self.tasks or self.is_broken or self.is_closing):
            task = self.tasks[what] = asyncio.ensure_future(self._guarded(work))
            task.add_done_callback(lambda _: self.tasks.pop(what))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            self.is_broken = True
            self.store.stop(error)

    async def _store_soon(self) -> None:
        """Store what waits now, as soon as the disk has what it received."""
        last, captures = self.stored + len(self.visits), self.archive.captures
        unsynced = captures.unsynced()
        await asyncio.to_thread(unsynced.sync)
        await self._until_free()
        if self.is_broken:
            return
        captures.is_synced(unsynced)
        self._store(self._first(last), sync=False)
        while self.stored < last:
            await asyncio.sleep(0)  # long articles are stored one by one, and others are waited for
            await self._until_free()
            if self.is_broken:
                return
            self._store(self._first(last), sync=False)
        self._begin("sync", self._sync_log)
        self._wait()

    async def _until_free(self) -> None:
        """Wait for another process that writes to the archive, so that crawls of this one go on
        meanwhile; one that takes long is waited for as SQLite waits.
        """
        for _ in range(_LOOKS):
            if self.is_broken or self.archive.is_free():
                return
            await asyncio.sleep(_PAUSE)

    def _first(self, last: int) -> int:
        """Return how many of the visits up to the number *last* are stored at once: not more than
        hold up everything else.
        """
        letters = 0
        visits = self.visits[: max(0, last - self.stored)]
        for count, visit in enumerate(visits, 1):
            letters += _letters(visit)
            if letters >= _MOST_LETTERS:
                return count
        return len(visits)

    async def _sync_log(self) -> None:
        self.is_unsynced = False
        await self.log.sync()

    def _store(self, count: int, *, sync: bool) -> None:
        """Store the first of the visits that wait, and what was received."""
        visits = self.visits[:count]
        try:
            outcomes = self._recorded(visits, sync=sync)
        except (sqlite3.Error, OSError):
            self.is_broken = True
            raise
        del self.visits[:count]
        self.stored += count
        self.is_unsynced = True
        self.store.stored(visits, outcomes)

    def _recorded(self, visits: Sequence[Visit], *, sync: bool) -> Sequence[Outcome | None]:
        record_all = self.archive.visits.record_all
        try:
            return record_all(
                self.run_id, self.site, visits, sync=sync, traffic=self.store.traffic(),
                in_doubt=self.store.is_in_doubt(),
            )  # fmt: skip
        except (sqlite3.Error, OSError):
            raise
        except Exception as error:
            if not visits:
                raise
            if len(visits) == 1:
                logger.error("%s: %s", visits[0].url, Reason.BROKE_PIPELINE, exc_info=error)
                return [self._broken(visits[0], sync=sync)]
        # One of them broke it: the others must not be lost by that.
        return [one for visit in visits for one in self._recorded([visit], sync=sync)]

    def _broken(self, visit: Visit, *, sync: bool) -> Outcome | None:
        """Store that a page cannot be stored; None if not even that can be."""
        failed = replace(
            visit, state=State.FAILED, reason=Reason.BROKE_PIPELINE, page=None, flag=None
        )
        try:
            record_all = self.archive.visits.record_all
            return record_all(self.run_id, self.site, [failed], sync=sync)[0]
        except (sqlite3.Error, OSError):
            raise
        except Exception:
            logger.exception("%s: %s", visit.url, Reason.BROKE_PIPELINE)
            return None


def _letters(visit: Visit) -> int:
    article = visit.page.article if visit.page else None
    return sum(len(block.html) for block in article.blocks) if article else 0


class _Log:
    """The write-ahead log of an archive, for which the crawls of a process wait together."""

    def __init__(self, db: Path) -> None:
        self.db = db
        self.running: asyncio.Task[None] | None = None
        self.following: asyncio.Task[None] | None = None

    async def sync(self) -> None:
        """Wait until all that was committed before is on the disk. Raises OSError."""
        if self.following is None:
            self.following = asyncio.ensure_future(self._sync_after(self.running))
        await asyncio.shield(self.following)

    async def _sync_after(self, running: asyncio.Task[None] | None) -> None:
        if running:
            await asyncio.wait([running])
        self.running, self.following = self.following, None
        await asyncio.to_thread(sync_log, self.db)


_logs: "WeakValueDictionary[Path, _Log]" = WeakValueDictionary()


def _log_of(db: Path) -> _Log:
    """Return the log of an archive, whichever of its crawls asks."""
    return _logs.setdefault(db.resolve(), _Log(db))
