"""What went wrong in each run."""

from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from archive.times import utc
from crawler.vocabulary import ProblemKind


class Problems:
    """Reads and writes ``problems``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def note(self, run_id: int, kind: ProblemKind, message: str, url: str | None = None) -> None:
        """Add a row."""
        self.db.execute(
            "INSERT INTO problems (run_id, url, at, kind, message) VALUES (?, ?, ?, ?, ?)",
            [run_id, url, utc(datetime.now(UTC)), kind, message],
        )

    def is_noted(self, url: str, kind: ProblemKind, message: str) -> bool:
        """Whether any run has noted just this of an address."""
        sql = "SELECT 1 FROM problems WHERE url = ? AND kind = ? AND message = ? LIMIT 1"
        return self.db.execute(sql, [url, kind, message]).fetchone() is not None

    def of_run(self, run_id: int) -> list[dict[str, Any]]:
        """Return the rows of a run, oldest first."""
        return list(self.db.query("SELECT * FROM problems WHERE run_id = ? ORDER BY id", [run_id]))
