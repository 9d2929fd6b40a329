"""The queue: jobs of Procrastinate's, one a district at a time.

Its ``lock`` keeps two jobs of a district apart, its ``queueing_lock`` keeps doubles out of the
queue. Whether somebody is at a job is told by the job's lease, which lives as long as the work
does; a heartbeat of Procrastinate's says only that the loop of a worker runs.
"""

import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from fleet import districts
from fleet.database import Database, T, when_there
from fleet.errors import BusyError, HandedBackError, NotDoneError

logger = logging.getLogger(__name__)

CRAWL = "crawl"
Do = Callable[[str, Sequence[str], int], Awaitable[None]]
"""Does a job: of a district, from these web archives, with this number."""

_STALLED = """
SELECT id, EXISTS (SELECT 1 FROM procrastinate_jobs AS others
                   WHERE others.queueing_lock = jobs.queueing_lock AND status = 'todo') AS is_double
FROM procrastinate_jobs AS jobs
WHERE status = 'doing' AND task_name = %(task)s
  AND NOT EXISTS (SELECT 1 FROM fleet.leases WHERE job = jobs.id AND until > clock_timestamp())
  AND (SELECT max(at) FROM procrastinate_events WHERE job_id = jobs.id AND type = 'started')
      < clock_timestamp() - make_interval(secs => %(grace)s)
FOR UPDATE SKIP LOCKED"""
_AGAIN = "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)"
_FAILED = "SELECT procrastinate_finish_job_v1(%s, 'failed', false)"


class _Patient(PsycopgConnector):
    """Waits for a PostgreSQL that is gone, so that a worker need not begin anew.

    What was asked for as it went may have been done. To ask again does no harm: of a job that was
    fetched and not heard of nobody takes the lease, so that it is taken again.
    """

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        ask = super().execute_query_async
        await when_there(lambda: _plainly(ask(query, **arguments)))

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        ask = super().execute_query_one_async
        return await when_there(lambda: _plainly(ask(query, **arguments)))

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        ask = super().execute_query_all_async
        return await when_there(lambda: _plainly(ask(query, **arguments)))


async def _plainly(asked: Awaitable[T]) -> T:
    """Return what was asked for; raise the driver's own error if the server is gone."""
    try:
        return await asked
    except ConnectorException as error:
        if isinstance(error.__cause__, psycopg.OperationalError):
            raise error.__cause__ from None
        raise


class _Queue(JobManager):
    """Gives out no job while the fleet is drained."""

    def __init__(self, connector: PsycopgConnector, database: Database) -> None:
        super().__init__(connector)
        self._database = database

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Return the next job, which is ours from now on; None if there is none."""
        if await when_there(lambda: is_draining(self._database)):
            return None
        return await super().fetch_job(queues, worker_id)


class _Again(BaseRetryStrategy):
    """When a job that was not done is tried again."""

    def __init__(self, pause: float) -> None:
        self._pause = pause

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when: at once, soon, or, where it failed again and again, when it is due."""
        match exception:
            case HandedBackError():
                seconds = 0.0
            case BusyError():
                seconds = self._pause * random.uniform(0.5, 1.5)  # noqa: S311 - not all at once
            case NotDoneError() if exception.failures < districts.MOST_FAILURES:
                seconds = self._pause * 2**exception.failures
            case _:
                return None
        return RetryDecision(retry_in={"milliseconds": int(1000 * seconds)})


async def queue_of(database: Database, do: Do | None = None, *, pause: float = 10.0) -> App:
    """Return the queue in a PostgreSQL, whose jobs are done by *do*; without it none are.

    *pause* is after how many seconds a job is tried again of which another worker has a host.
    """
    connector = _Patient()
    pool: Any = database.pool  # whose rows it has as it wants them
    await connector.open_async(pool)
    app = App(connector=connector)
    app.job_manager = _Queue(connector, database)

    @app.task(name=CRAWL, pass_context=True, retry=_Again(pause))
    async def crawl(context: JobContext, site: str, archives: list[str]) -> None:
        assert do
        assert context.job.id
        await do(site, archives, context.job.id)

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="enqueue_due", queueing_lock="enqueue_due")
    async def enqueue_due(timestamp: int) -> None:
        for site, archives in await districts.due(database, datetime.now(UTC)):
            await enqueue(app, site, archives)

    @app.periodic(cron="23 3 * * *")
    @app.task(name="forget_old", queueing_lock="forget_old")
    async def forget_old(timestamp: int) -> None:
        await app.job_manager.delete_old_jobs(
            nb_hours=30 * 24, include_failed=True, include_cancelled=True, include_aborted=True
        )

    return app


async def enqueue(app: App, site: str, archives: Sequence[str] = ()) -> bool:
    """Have a district crawled; return whether that is new, since it does not wait already."""
    task = app.configure_task(CRAWL, lock=site, queueing_lock=site)
    try:
        await task.defer_async(site=site, archives=[*archives])
    except AlreadyEnqueued:
        return False
    return True


async def take_again(database: Database, grace: float) -> list[int]:
    """Have the jobs done again that nobody is at, though somebody began them more than *grace*
    seconds ago; return their numbers. One that waits in the queue anyway is not put there twice.
    """
    async with database.transaction() as connection:
        values = {"task": CRAWL, "grace": grace}
        stalled = await (await connection.execute(_STALLED, values)).fetchall()
        for job in stalled:
            await connection.execute(_FAILED if job["is_double"] else _AGAIN, [job["id"]])
    return [job["id"] for job in stalled]


async def is_draining(database: Database) -> bool:
    """Whether no worker is to begin a job."""
    rows = await database.rows("SELECT draining FROM fleet.state")
    return bool(rows[0]["draining"])


async def drain(database: Database, *, draining: bool) -> None:
    """Have no worker begin a job any more, or have them begin jobs again."""
    await database.write("UPDATE fleet.state SET draining = %s", [draining])


async def at_work(database: Database) -> int:
    """Return how many jobs somebody is at."""
    sql = "SELECT count(*) AS jobs FROM procrastinate_jobs WHERE status = 'doing'"
    return int((await database.rows(sql))[0]["jobs"])
