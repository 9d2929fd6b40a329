"""The crawls and imports, how each ended, and how much came of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from archive.connection import Connection, Row, composed, name, one_of
from crawler.vocabulary import Outcome, RunOutcome


class Traffic(NamedTuple):
    """What a run has asked for and received."""

    requests: int
    bytes: int


class Runs:
    """Reads and writes ``runs``. Whoever writes has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def begin(self, site: str, started_at: str) -> int:
        """Add a run, and return its number; one of the same site that has no end was killed."""
        self.end_killed(site)
        return self._db.insert("runs", {"site": site, "started_at": started_at})

    def end_killed(self, site: str) -> None:
        """Write of a run of a site that has no end that it was killed: of what it received there
        is at least what it kept.
        """
        kept = "SELECT coalesce(sum(bytes), 0) FROM captures WHERE run_id = runs.id"
        sql = composed(
            "UPDATE runs SET outcome = ?, bytes = max(bytes, ({kept})) "
            "WHERE site = ? AND outcome IS NULL",
            kept=kept,
        )
        self._db.execute(sql, [RunOutcome.KILLED, site])

    def update(self, run_id: int, row: Mapping[str, Any]) -> None:
        """Write columns of a run."""
        self._db.update("runs", row, id=run_id)

    def left(self, site: str) -> Row:
        """Return how many articles are held of a site, and how much is missing."""
        return next(
            self._db.query(
                """
            SELECT (SELECT count(*) FROM articles WHERE site = :site) AS held,
                   (SELECT count(*) FROM gaps WHERE site = :site) AS missing""",
                {"site": site},
            )
        )

    def note_traffic(self, run_id: int, traffic: Traffic) -> None:
        """Write what a run has asked for and received until now."""
        self.update(run_id, traffic._asdict())

    def count(self, run_id: int, outcome: Outcome, times: int = 1) -> None:
        """Count more visits that came to an outcome: the name of a column."""
        sql = "UPDATE runs SET {outcome} = {outcome} + ? WHERE id = ?"
        self._db.execute(composed(sql, outcome=name(outcome)), [times, run_id])

    def begun_before(self, run_id: int, site: str) -> str | None:
        """Return when the last run of a site before this one began that came to its end."""
        sql = composed(
            "SELECT max(started_at) FROM runs WHERE site = ? AND id < ? AND outcome IN ({ended})",
            ended=one_of([RunOutcome.FINISHED, RunOutcome.LIMIT]),
        )
        begun: str | None = self._db.execute(sql, [site, run_id]).fetchone()[0]
        return begun

    def find(self, run_id: int, site: str) -> Row | None:
        """Return the row of a run of a site, None if there is none."""
        return next(iter(self._db.select("runs", id=run_id, site=site)), None)

    def last(self) -> dict[str, Row]:
        """Return the row of the last run of each site, by its key."""
        sql = "SELECT * FROM runs WHERE id IN (SELECT max(id) FROM runs GROUP BY site)"
        return {row["site"]: row for row in self._db.query(sql)}

    def row(self, run_id: int) -> Row:
        """Return the row of a run. Raises KeyError if there is none."""
        for row in self._db.select("runs", id=run_id):
            return row
        raise KeyError(run_id)
