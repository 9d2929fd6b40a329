"""The districts of a fleet: how each was crawled last, and when it is due."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from fleet.database import Database
from fleet.leases import Lease
from fleet.result import Result

MOST_FAILURES = 5
"""Crawls of a district that fail in a row, after which the next one waits for a day."""
_ENTER = """
INSERT INTO fleet.districts (site, archives) VALUES (%s, %s)
ON CONFLICT (site) DO UPDATE SET archives = excluded.archives"""
_ENDED = """
UPDATE fleet.districts
SET ended_at = clock_timestamp(), outcome = %(outcome)s, verdict = %(verdict)s, told = %(told)s,
    due_at = %(due_at)s, failures = 0
WHERE site = %(site)s"""
_FAILED = """
UPDATE fleet.districts
SET told = %(told)s, failures = failures + 1,
    due_at = CASE WHEN failures + 1 < %(most)s THEN due_at
                  ELSE clock_timestamp() + interval '1 day' END
WHERE site = %(site)s RETURNING failures"""
_DUE = """
SELECT site, archives FROM fleet.districts
WHERE (due_at IS NULL OR due_at <= %s)
  AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs
                  WHERE lock = site AND status IN ('todo', 'doing'))
ORDER BY due_at NULLS FIRST, site"""


async def enter(database: Database, site: str, archives: Sequence[str]) -> None:
    """Have a district in the fleet: from then on it is crawled whenever it is due."""
    await database.write(_ENTER, [site, [*archives]])


async def ended(database: Database, lease: Lease, site: str, result: Result) -> None:
    """Note what came of a crawl that came to its end. Raises `LostLeaseError`."""
    values = {
        "site": site, "outcome": result.outcome, "verdict": result.verdict, "told": result.told,
        "due_at": result.due_at,
    }  # fmt: skip
    async with database.transaction() as connection:
        await lease.renewed_in(connection)
        await connection.execute(_ENDED, values)


async def failed(database: Database, site: str, told: str) -> int:
    """Note why a crawl did not; return how many in a row did not by now."""
    rows = await database.rows(_FAILED, {"told": told, "site": site, "most": MOST_FAILURES})
    return int(rows[0]["failures"]) if rows else 1


async def due(database: Database, now: datetime) -> list[tuple[str, list[str]]]:
    """Return the districts that are due and have no job, those that wait longest first, each with
    the web archives from which it is crawled.
    """
    return [(row["site"], row["archives"]) for row in await database.rows(_DUE, [now])]


async def all_of(database: Database) -> Sequence[DictRow]:
    """Return the rows of all districts, by key."""
    return await database.rows("SELECT * FROM fleet.districts ORDER BY site")
