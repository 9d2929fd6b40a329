"""What went wrong in each run."""

from datetime import UTC, datetime

from archive.connection import Connection, Row
from archive.times import utc
from crawler.vocabulary import ProblemKind


class Problems:
    """Reads and writes ``problems``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def note(self, run_id: int, kind: ProblemKind, message: str, url: str | None = None) -> None:
        """Add a row."""
        at = utc(datetime.now(UTC))
        row = {"run_id": run_id, "url": url, "at": at, "kind": kind, "message": message}
        self._db.insert("problems", row)

    def take_back(self, run_id: int, kind: ProblemKind, url: str) -> None:
        """Remove what a run noted of an address and what turned out to be none."""
        self._db.delete("problems", run_id=run_id, kind=kind, url=url)

    def is_noted(self, site: str, url: str, kind: ProblemKind, message: str) -> bool:
        """Whether any run of a site has noted just this of an address."""
        sql = """
            SELECT 1 FROM problems CROSS JOIN runs ON runs.id = run_id
            WHERE url = ? AND kind = ? AND message = ? AND site = ? LIMIT 1"""
        return self._db.execute(sql, [url, kind, message, site]).fetchone() is not None

    def of_run(self, run_id: int) -> list[Row]:
        """Return the rows of a run, oldest first."""
        return self._db.select("problems", run_id=run_id, order="id")
