"""Collecting: what all workers hold, brought into one archive that is served.

Each district's newest generation that the archive has not yet is restored beside it and merged,
one after another. A merge is whole or goes on when it is done again, and what was merged is noted
only then, in the archive itself: so whatever ends a collection, the next one goes on, and an
archive that was restored from a backup goes on from there.
"""

import asyncio
import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from archive import Archive, ArchiveError, Held, LockedError, utc
from curation.backup.manifest import DamagedBackupError
from curation.backup.restoring import restore
from curation.backup.store import StoreError
from curation.merging import merge
from curation.progress import Tell
from fleet import generations
from fleet.database import Database
from fleet.generations import Generation
from fleet.places import place_at

logger = logging.getLogger(__name__)

_TRIES = 3
"""How often the newest generation of a district is asked for, while a newer one takes its place."""


@dataclass
class Collected:
    """What came of a collection."""

    districts: int = 0
    """Of which a newer generation was brought in."""
    new: int = 0
    """Articles that were not in the archive."""
    changed: int = 0
    problems: list[str] = field(default_factory=list)
    """What could not be brought in, and why; the next collection tries again."""
    is_cleared: bool = True
    """Whether nothing that is withheld is left in the bytes of the file that is served."""


async def collect(database: Database, store: str, db: Path, tell: Tell) -> Collected:
    """Bring into the archive *db*, which is made if it is missing, what it has not of any district.

    A district that cannot be merged, since it is crawled there or is damaged, holds up no other.

    Raises `LockedError` if another collection is under way, `ArchiveError` if the archive cannot be
    opened, sqlite3.Error, OSError if it cannot be written.
    """
    collected = Collected()
    with ExitStack() as stack:
        with Archive.open(db, create=True) as archive:  # first: beside what is none lies no lock
            folder = stack.enter_context(_alone(db))
            held = archive.collected.held()
        behind = await behind_of(database, held)
        for number, generation in enumerate(behind, 1):
            try:
                await _bring(database, store, db, generation, folder, collected)
            except (StoreError, DamagedBackupError, ArchiveError, LockedError) as error:
                collected.problems.append(f"{generation.site}: {error}")
            tell("districts", number, len(behind))
    return collected


async def behind_of(database: Database, held: Held) -> list[Generation]:
    """Return the newest generations of districts that an archive has not, which says what it
    *held* (`CollectionQueries.held`).
    """
    newest = await generations.all_newest(database)
    return [
        each for each in newest if held.get(each.site) != (each.number, utc(each.registered_at))
    ]


async def _bring(
    database: Database,
    store: str,
    db: Path,
    behind: Generation,
    folder: Path,
    collected: Collected,
) -> None:
    """Merge a generation of a district, or one that takes its place meanwhile."""
    source = folder / behind.site
    try:
        brought = await _restored(database, store, behind, source)
        merged = await asyncio.to_thread(merge, db, source)
    finally:
        shutil.rmtree(source, ignore_errors=True)
    with Archive.open(db) as archive:
        archive.collected.note(brought.site, brought.number, brought.registered_at)
    collected.districts += 1
    collected.new += merged.new
    collected.changed += merged.changed
    collected.is_cleared = merged.is_cleared  # of all that was taken out by then


async def _restored(database: Database, store: str, generation: Generation, to: Path) -> Generation:
    """Restore a generation, or the one that has taken its place meanwhile; return which it was."""
    for left in reversed(range(_TRIES)):
        place = place_at(store, generation.site)
        try:
            await asyncio.to_thread(restore, place, generation.name, to, _nobody)
        except (StoreError, DamagedBackupError):
            newest = await generations.newest(database, generation.site)
            if not left or newest is None or newest == generation:
                raise
            generation = newest  # what the other was made of has been removed
        else:
            break
    return generation


@contextmanager
def _alone(db: Path) -> Iterator[Path]:
    """Give an empty folder beside an archive to whoever collects into it; to one at a time."""
    folder = db.absolute().with_name(f".{db.name}.collecting")
    lock = FileLock(f"{db}.collecting.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(f"{db}: another collection into it is under way") from None
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _nobody(what: str, done: int, total: int) -> None:
    """Districts are what is counted."""
