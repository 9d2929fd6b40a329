"""A worker: does jobs until it is told to end, and ends by itself when it has lost what it had."""

import asyncio
import logging
import os
import platform
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException

from crawler.sites import Site
from fleet.database import Database, Dsn, opened
from fleet.errors import LostLeaseError, NotDoneError
from fleet.job import Jobs, Pace
from fleet.leases import end_all
from fleet.queue import queue_of, take_again
from fleet.schema import require_tables
from fleet.scratch import Scratch, scratch_in
from fleet.task import Task

logger = logging.getLogger(__name__)

_SEEN_EACH = 10.0
"""Seconds after which a worker says that it is there, at the latest."""
_SEEN = """
INSERT INTO fleet.workers (name, host, process, slots) VALUES (%s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE SET seen_at = clock_timestamp()"""
_GONE = """
DELETE FROM fleet.workers
WHERE name = %s OR seen_at < clock_timestamp() - interval '7 days'"""


async def work(
    dsn: Dsn, named: str | None, sites: Mapping[str, Site], scratch: Path, slots: int, pace: Pace
) -> None:
    """Do jobs, *slots* at a time, until SIGTERM or SIGINT ends them in order; where somebody has
    *named* the store of the fleet, only if it is that.

    Raises `DatabaseError`, `FleetRefusedError`, OSError if it cannot begin.
    """
    name = f"{platform.node()}-{uuid4().hex[:8]}"
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with opened(dsn) as database:
        store = await require_tables(database, named)
        with scratch_in(scratch, name) as room:
            jobs = Jobs(database, store, name, room, pace, stopping, _gives_up(room))
            await _work(jobs, sites, slots)


async def _work(jobs: Jobs, sites: Mapping[str, Site], slots: int) -> None:
    database, pace = jobs.database, jobs.pace

    async def do(site: str, archives: Sequence[str], job: int) -> None:
        if site not in sites:
            raise NotDoneError(f"{site}: this worker knows no such site", sys.maxsize)
        await jobs.do(Task(sites[site], tuple(archives)), job)

    app = await queue_of(database, do, pause=pace.lease / 6)
    row = [jobs.worker, platform.node(), os.getpid(), slots]
    await database.write(_SEEN, row)
    watching = asyncio.create_task(_watch(database, row, pace.lease), name="watch")
    running = asyncio.create_task(_run(app, slots, jobs.stopping), name="queue")
    stop = asyncio.create_task(jobs.stopping.wait())
    logger.info("%s: at work, %s jobs at a time", jobs.worker, slots)
    try:
        await asyncio.wait({running, stop, watching}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()  # which lets the jobs end that were begun
        with suppress(asyncio.CancelledError):
            await running
        if watching.done():  # by a mishap: else it would seem to be gone, and take no job again
            watching.result()
    finally:
        watching.cancel()
        stop.cancel()
        with suppress(psycopg.Error):
            await database.write(_GONE, [jobs.worker])


async def _run(app: App, slots: int, stopping: asyncio.Event) -> None:
    """Do what is in the queue; where its loop ends by a mishap, begin it again."""
    while not stopping.is_set():
        try:
            await app.run_worker_async(
                concurrency=slots, install_signal_handlers=False, listen_notify=False,
                fetch_job_polling_interval=1.0,
            )  # fmt: skip
        except ConnectorException as error:
            logger.warning("the queue is opened again: %s", error.__cause__ or error)
        await asyncio.sleep(1.0)


async def _watch(database: Database, row: list[object], lease: float) -> None:
    """Say that we are there, and take jobs again of workers who are not."""
    while True:
        await asyncio.sleep(min(_SEEN_EACH, lease / 4))
        with suppress(psycopg.OperationalError):
            await database.write(_SEEN, row)
            for job in await take_again(database, lease):
                logger.warning("job %s is done again: nobody is at it", job)


def _gives_up(room: Scratch) -> Callable[[LostLeaseError], None]:
    def give_up(error: LostLeaseError) -> None:
        """End this process, its crawls first, and acknowledge nothing.

        What it was at is somebody else's by now, the rows of its jobs, too; and who lost one lease
        was away for so long that all others may be lost.
        """
        logger.error("%s: this worker ends, and is to be begun anew", error)
        end_all()
        room.remove()
        logging.shutdown()
        os._exit(os.EX_TEMPFAIL)

    return give_up
