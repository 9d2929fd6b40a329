"""Which backups were tried, and what came of each."""

from datetime import datetime

from archive.connection import Connection, Row
from archive.times import utc


class BackupQueries:
    """Reads ``backups``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def all(self) -> list[Row]:
        """Return the rows, oldest first."""
        return self._db.select("backups", order="id")

    def newest(self) -> list[tuple[str, str]]:
        """Return the places that have a sound backup, each with when its newest was begun."""
        sql = "SELECT dest, max(at) FROM backups WHERE ok = 1 GROUP BY dest ORDER BY dest"
        return [(dest, at) for dest, at in self._db.execute(sql)]


class Backups(BackupQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def add(self, at: datetime, dest: str, *, ok: bool, size: int | None, message: str) -> None:
        """Add what came of a backup; *size* is that of what it holds, in bytes, if it was made."""
        row = {"at": utc(at), "dest": dest, "ok": int(ok), "bytes": size, "message": message}
        self._db.insert("backups", row)
