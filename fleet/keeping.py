"""What a job has crawled, kept where no worker's end loses it: snapshots that become generations.

A snapshot is a backup of the archive as it is while the crawl goes on. What lies in the store is of
use to nobody until it is registered; a snapshot that could not be, since PostgreSQL was gone, is
made good by the next one.
"""

import asyncio
import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from archive import Archive, ArchiveError
from curation.backup.making import Made, make_next
from curation.backup.manifest import DamagedBackupError, Manifest
from curation.backup.restoring import restore
from curation.backup.store import MANIFESTS, Store, StoreError
from curation.backup.succession import remove, sweep
from fleet import generations
from fleet.crawling import database_in
from fleet.database import Database, when_there
from fleet.generations import Generation, Registered
from fleet.leases import Lease
from fleet.places import LeasedPlace

logger = logging.getLogger(__name__)

PASSING = (StoreError, ArchiveError, psycopg.OperationalError, sqlite3.Error, OSError)
"""What may hinder one snapshot and not the next."""


class Keeping:
    """The generations that come of one job."""

    def __init__(
        self, database: Database, store: str, site: str, lease: Lease, worker: str, folder: Path
    ) -> None:
        self.generation: Generation | None = None
        """The newest one, which is registered."""
        self.problems: list[str] = []
        """What is damaged of the archive, in words."""
        self._database = database
        self._place: Store = LeasedPlace(store, site, lease)
        self._site = site
        self._lease = lease
        self._worker = worker
        self._folder = folder
        self._before: Manifest | None = None
        """What lies in the store for certain: the newest one that was made, be it registered or
        not. Nobody removes it while the lease is ours."""
        self._registered: Manifest | None = None
        """What `generation` holds."""
        self._is_swept = False

    async def begin(self) -> None:
        """Bring the newest generation into the folder of the job, if there is one.

        Raises `DamagedBackupError` if it is not as it was written; `StoreError`.
        """
        self.generation = await when_there(lambda: generations.newest(self._database, self._site))
        archive = database_in(self._folder).parent
        if self.generation is None:
            archive.mkdir(mode=0o700)
            return
        name = self.generation.name
        self._before = await asyncio.to_thread(restore, self._place, name, archive, _nobody)
        self._registered = self._before

    async def snapshot(self, *, is_last: bool = False) -> None:
        """Make what the archive holds by now the newest generation, unless nothing has changed, or
        no crawl has begun yet.

        Raises `LostLeaseError` if another worker took over, and one of `PASSING`.
        """
        db = database_in(self._folder)
        if not db.exists() or not db.stat().st_size:
            return
        made = await asyncio.to_thread(self._make, is_last)
        if made is None:
            return
        self._lease.require()
        if self._registered and made.manifest.files == self._registered.files:
            # Two of the same second that hold the same are one, which is registered.
            if self.generation and made.name != self.generation.name:
                await asyncio.to_thread(self._place.remove, f"{MANIFESTS}/{made.name}")
            return
        self._before = made.manifest
        done = await generations.register(
            self._database, self._lease, self._site, made, self.generation, self._worker
        )
        self.generation, self._registered = done.generation, made.manifest
        self.problems = [*made.damaged]
        logger.info(
            "%s: generation %s: %s articles, %s bytes new",
            self._site, done.generation.number, made.manifest.articles, f"{made.written:,}",
        )  # fmt: skip
        await asyncio.to_thread(self._tidy, done)

    def _make(self, is_last: bool) -> Made | None:
        at = datetime.now(UTC).replace(microsecond=0)
        with Archive.open(database_in(self._folder)) as archive:
            if not archive.runs.last():
                return None  # an archive that knows no site, and nothing to collect
            writer = str(self._lease.token)
            return make_next(
                archive, self._place, at, self._before, writer, _nobody, reads_again=is_last
            )

    def _tidy(self, done: Registered) -> None:
        """Remove what belongs to no generation any more; what hinders that is told."""
        try:
            remove(self._place, done.dropped, done.staying)
            if not self._is_swept:
                sweep(self._place, done.staying, str(self._lease.token))
                self._is_swept = True
        except (StoreError, DamagedBackupError) as error:
            logger.warning("%s: what is not needed any more stays: %s", self._site, error)


def _nobody(what: str, done: int, total: int) -> None:
    """Nobody waits before a screen."""
