"""What is worked out of a whole archive: once for all who ask, and kept until the archive changes,
for an hour at most.

To count a million articles takes a second, and a crawl changes the archive every second. So of a
large archive a reader may be shown what was worked out up to a minute ago, with the time of it,
while it is worked out anew; of a small one only what is so now. What is kept is in no language.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from datasette.database import Database

from reading_room.asking.queries import BusyError, rows

LARGE = 20_000
"""Articles from which on a reader may be shown what was so a little earlier."""
MOST_BEHIND = 60.0
"""Seconds that this may be ago."""
LONGEST = 3600.0
"""Seconds for which something is kept of an archive that does not change: what is stale, some of it
says, and nothing is written to an archive for becoming so."""
KEPT = 500
"""Different things that are kept of an archive; of more, those that were asked for last."""
_TICK = 0.05
"""Seconds within which the clock of a file may not tell two changes apart."""
_EVERY = 10
"""What took a second is worked out anew no sooner than so many seconds later, unasked."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Derived(Generic[T]):
    """Something worked out, and of when it is."""

    value: T
    at: datetime
    """When it was begun to be worked out: nothing later is in it, and all that is earlier."""
    is_current: bool
    """Whether the archive has not changed since."""

    @property
    def dated(self) -> dict[str, str]:
        """What a program is told of when it is, beside the value; nothing if that is now."""
        return {} if self.is_current else {"counted_at": self.at.isoformat(timespec="seconds")}


@dataclass(slots=True)
class _Kept:
    value: Any
    state: tuple[object, ...]
    at: datetime
    began: float
    took: float


class Shelf:
    """What is kept of one archive."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[_Kept]] = {}

    async def get(self, db: Database, name: str, work: Callable[[], Awaitable[T]]) -> Derived[T]:
        """Return what *work* yields, which is the same for all who ask by this *name*.

        What is under way is waited for, not begun again. Raises what *work* raises, but where
        the room is too busy for it, what was worked out earlier is returned, if there is any.
        """
        kept = self._kept.get(name)
        if kept is not None:
            self._kept.move_to_end(name)
            age = time.monotonic() - kept.began
            if age < LONGEST and kept.state == _state(Path(db.path)):
                return Derived(kept.value, kept.at, is_current=True)
            if age < MOST_BEHIND and await _is_large(db):
                if age > _EVERY * kept.took:
                    self._begin(db, name, work)
                return Derived(kept.value, kept.at, is_current=False)
        # Whoever is gone meanwhile leaves the work to those who wait with him.
        try:
            found = await asyncio.shield(self._begin(db, name, work))
        except BusyError:
            if kept is None:
                raise
            return Derived(kept.value, kept.at, is_current=False)
        return Derived(found.value, found.at, is_current=True)

    def _begin(
        self, db: Database, name: str, work: Callable[[], Awaitable[T]]
    ) -> "asyncio.Task[_Kept]":
        task = self._under_way.get(name)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.ensure_future(self._work_out(db, name, work))
            self._under_way[name] = task
            task.add_done_callback(lambda done: self._ended(name, done))
        return task

    async def _work_out(self, db: Database, name: str, work: Callable[[], Awaitable[T]]) -> _Kept:
        at, began, wall = datetime.now(UTC), time.monotonic(), time.time()
        state = _state(Path(db.path))
        value = await work()
        if wall - _changed_at(state) < _TICK:
            state = ()  # it may have changed since without a sign
        kept = _Kept(value, state, at, began, time.monotonic() - began)
        self._kept[name] = kept
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return kept

    def _ended(self, name: str, task: "asyncio.Task[_Kept]") -> None:
        if self._under_way.get(name) is task:
            del self._under_way[name]
        if not task.cancelled():
            task.exception()  # whoever waits for it is told; where nobody does, it is tried again


_shelves: WeakKeyDictionary[Database, Shelf] = WeakKeyDictionary()


async def derived(db: Database, name: str, work: Callable[[], Awaitable[T]]) -> Derived[T]:
    """Return what *work* yields of an archive, kept by a *name* that says all it depends on."""
    return await _shelves.setdefault(db, Shelf()).get(db, name, work)


def _state(path: Path) -> tuple[object, ...]:
    """Return what differs whenever something was written to an archive: SQLite writes to one of
    these files for each commit.
    """
    state: list[object] = []
    for file in (path, path.with_name(f"{path.name}-wal")):
        try:
            told = file.stat()
        except OSError:
            state += (0, 0, 0)
        else:
            state += (told.st_mtime_ns, told.st_size, told.st_ino)
    return tuple(state)


def _changed_at(state: tuple[object, ...]) -> float:
    return max(int(str(state[0])), int(str(state[3]))) / 1e9


async def _is_large(db: Database) -> bool:
    (last,) = await rows(db, "SELECT max(id) AS id FROM articles")
    return (last["id"] or 0) >= LARGE
