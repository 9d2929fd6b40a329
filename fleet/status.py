"""How a fleet is: its workers, its jobs, and what of it an archive has not yet."""

from dataclasses import dataclass
from typing import Any

from archive import Held
from fleet.collecting import behind_of
from fleet.database import Database
from fleet.queue import is_draining

_SILENT = 60.0
"""Seconds after which a worker that has said nothing is gone; it says that it is there each ten."""

_WORKERS = """
SELECT name, host, process, slots,
       extract(epoch FROM clock_timestamp() - seen_at)::float AS silent_for,
       (SELECT count(*) FROM fleet.leases
        WHERE worker = name AND kind = 'district' AND until > clock_timestamp()) AS at_work
FROM fleet.workers ORDER BY name"""
_JOBS = """
SELECT status::text AS status, count(*) AS jobs FROM procrastinate_jobs
WHERE task_name = 'crawl' GROUP BY status ORDER BY status"""
_FAILING = "SELECT site, failures, told FROM fleet.districts WHERE failures > 0 ORDER BY site"
_TOTALS = """
SELECT count(*) AS districts, count(generation) AS held, coalesce(sum(articles), 0)::bigint AS
       articles, coalesce(sum(bytes), 0)::bigint AS bytes
FROM fleet.districts LEFT JOIN fleet.generations USING (site)
WHERE generation IS NULL OR number = generation"""


@dataclass(frozen=True)
class Status:
    """A fleet at one moment."""

    draining: bool
    """Whether no job is begun."""
    workers: list[dict[str, Any]]
    """All that did not end in order, too, for some days."""
    jobs: dict[str, int]
    """How many there are, by Procrastinate's words."""
    districts: int
    held: int
    """Districts that have a generation."""
    articles: int
    bytes: int
    """As they lie in the store, of the newest generations."""
    failing: list[dict[str, Any]]
    """Districts whose last crawl was broken off, and why."""
    behind: list[str] | None
    """Districts of which an archive has not the newest generation; None where none was named."""

    @property
    def there(self) -> list[dict[str, Any]]:
        """The workers that are not gone."""
        return [each for each in self.workers if each["silent_for"] <= _SILENT]

    def lines(self) -> list[str]:
        """Return it for a person."""
        there, at_work = len(self.there), sum(each["at_work"] for each in self.there)
        gone = len(self.workers) - there
        jobs = ", ".join(f"{number} {status}" for status, number in self.jobs.items())
        found = [
            f"{there} workers, at work on {at_work} districts"
            + (f"; {gone} not heard of for a minute" if gone else "")
            + ("; drained: no job is begun" if self.draining else ""),
            f"jobs: {jobs or 'none'}",
            f"{self.districts} districts, {self.held} of them held: "
            f"{self.articles:,} articles, {self.bytes:,} bytes in the store",
        ]
        found += [
            f"  {each['name']} on {each['host']}: {each['at_work']} of {each['slots']}, "
            f"last heard of {each['silent_for']:.0f} s ago"
            for each in self.workers
        ]
        found += [
            f"  {each['site']}: broken off {each['failures']} times: {each['told']}"
            for each in self.failing
        ]
        if self.behind is not None:
            names = f": {', '.join(self.behind)}" if self.behind else ""
            found.append(f"{len(self.behind)} districts have newer than the archive{names}")
        return found


async def status_of(database: Database, held: Held | None) -> Status:
    """Return how a fleet is; *held* is what the archive has of it that it is collected into."""
    totals = (await database.rows(_TOTALS))[0]
    behind = None if held is None else await behind_of(database, held)
    return Status(
        draining=await is_draining(database),
        workers=[dict(row) for row in await database.rows(_WORKERS)],
        jobs={row["status"]: row["jobs"] for row in await database.rows(_JOBS)},
        districts=totals["districts"],
        held=totals["held"],
        articles=totals["articles"],
        bytes=totals["bytes"],
        failing=[dict(row) for row in await database.rows(_FAILING)],
        behind=None if behind is None else [each.site for each in behind],
    )
