"""One job: a district's archive from the store, its crawl, and back again, under its lease."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from curation.backup.manifest import DamagedBackupError
from fleet import districts
from fleet.crawling import Crawl, begun, database_in
from fleet.database import Database, when_there
from fleet.errors import HandedBackError, LostLeaseError, NotDoneError
from fleet.keeping import PASSING, Keeping
from fleet.leases import Lease, leased
from fleet.result import last_run, result_of
from fleet.scratch import Scratch
from fleet.task import Task

logger = logging.getLogger(__name__)

_SHARE = 9
"""How many times as long as it took to make a snapshot nothing is done before the next."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds after which the last snapshot of a job is tried again."""


@dataclass(frozen=True)
class Pace:
    """How often what is done, in seconds."""

    lease: float = 60.0
    """For how long a lease holds: how long a district waits for a worker that was killed."""
    snapshot: float = 60.0
    """Between two snapshots: how much a kill undoes."""
    patience: float = 600.0
    """For how long the last snapshot of a job is tried, while the store is gone."""


@dataclass(frozen=True)
class Jobs:
    """What does the jobs of a worker."""

    database: Database
    store: str
    worker: str
    scratch: Scratch
    pace: Pace
    stopping: asyncio.Event
    """Whether the worker is to end in order."""
    give_up: Callable[[LostLeaseError], None]
    """Ends this worker at once; it does not come back."""

    async def do(self, task: Task, job: int) -> None:
        """Crawl a district, and have what was held in the store.

        Raises `BusyError` if another worker has it or a host of it, `HandedBackError` if the worker
        is to end, `NotDoneError` if the crawl did not come to its end.
        """
        site = task.site.key
        try:
            async with leased(
                self.database, site, task.hosts,
                worker=self.worker, job=job, seconds=self.pace.lease,
            ) as lease:  # fmt: skip
                with self.scratch.for_job(site, lease.token) as folder:
                    await self._under(lease, task, folder)
        except LostLeaseError as error:
            self.give_up(error)
            raise
        except (DamagedBackupError, *PASSING) as error:
            raise await self._not_done(site, str(error)) from error

    async def _under(self, lease: Lease, task: Task, folder: Path) -> None:
        site, db = task.site.key, database_in(folder)
        keeping = Keeping(self.database, self.store, site, lease, self.worker, folder)
        await keeping.begin()
        before = await asyncio.to_thread(last_run, db, site)
        async with begun(task, folder, lease) as crawl:
            await self._follow(crawl, keeping)
            told = crawl.last_words
        lease.require()
        await self._keep(keeping)
        result = await asyncio.to_thread(result_of, db, site, before)
        if self.stopping.is_set() and not result.is_done:
            raise HandedBackError(site)
        if lease.has_lapsed or not result.is_done:
            why = "the lease lapsed" if lease.has_lapsed else result.outcome or told
            raise await self._not_done(site, f"the crawl was broken off: {why}")
        await when_there(lambda: districts.ended(self.database, lease, site, result))
        logger.info("%s: %s: %s", site, result.outcome, result.told)

    async def _follow(self, crawl: Crawl, keeping: Keeping) -> None:
        """Keep what is crawled, now and then, until the crawl has ended."""
        end = asyncio.create_task(crawl.ended())
        stop = asyncio.create_task(self.stopping.wait())
        pause = self.pace.snapshot
        try:
            while not end.done():
                await asyncio.wait({end, stop}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if end.done():
                    break
                if stop.done():
                    await crawl.stop()
                    break
                began = time.monotonic()
                try:
                    await keeping.snapshot()
                except PASSING as error:
                    logger.warning("no snapshot now: %s", error)
                pause = max(self.pace.snapshot, _SHARE * (time.monotonic() - began))
        finally:
            stop.cancel()
            end.cancel()

    async def _keep(self, keeping: Keeping) -> None:
        """Keep all that was crawled. Raises what hindered it for too long."""
        ends = time.monotonic() + self.pace.patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return await keeping.snapshot(is_last=True)
            except PASSING as error:
                if time.monotonic() > ends:
                    raise
                logger.warning("the last snapshot is tried again: %s", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _not_done(self, site: str, why: str) -> NotDoneError:
        logger.warning("%s: %s", site, why)
        failures = await when_there(lambda: districts.failed(self.database, site, why))
        return NotDoneError(f"{site}: {why}", failures)
