"""What was wrong, from when to when, and who was told of it."""

from collections.abc import Collection
from datetime import datetime

from archive.connection import Connection, Row
from archive.times import utc


class AlarmQueries:
    """Reads ``alarms``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def current(self) -> list[Row]:
        """Return the alarms that have not ended, the oldest first."""
        return [*self._db.query("SELECT * FROM alarms WHERE until IS NULL ORDER BY since, id")]

    def ended(self, since: datetime) -> list[Row]:
        """Return the alarms that ended at a time or later, the oldest first."""
        sql = "SELECT * FROM alarms WHERE until >= ? ORDER BY until, id"
        return [*self._db.query(sql, [utc(since)])]

    def untold(self, since: datetime) -> list[Row]:
        """Return the alarms of which not all senders have told the last that there is to tell, the
        oldest first: the end of those that ended since a time; the beginning of the others, but
        for those of which a person knows.
        """
        sql = """
            SELECT * FROM alarms
            WHERE (told_at IS NULL OR (until IS NOT NULL AND end_told_at IS NULL))
            AND (until >= ? AND end_told_at IS NULL OR until IS NULL AND acknowledged_by IS NULL)
            ORDER BY since, id"""
        return [*self._db.query(sql, [utc(since)])]

    def told_to(self, alarm: int, *, is_end: bool) -> set[str]:
        """Return the senders that have told of the beginning of an alarm, or of its end."""
        rows = self._db.select("tellings", alarm_id=alarm, is_end=int(is_end), order="sender")
        return {row["sender"] for row in rows}

    def last_telling(self, sender: str, now: datetime) -> str | None:
        """Return when a sender last told anything, None if it never did; what a clock noted that
        was ahead is not looked at.
        """
        sql = "SELECT max(at) FROM tellings WHERE sender = ? AND at <= ?"
        at: str | None = self._db.execute(sql, [sender, utc(now)]).fetchone()[0]
        return at


class Alarms(AlarmQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def begin(self, row: Row) -> None:
        """Add an alarm."""
        self._db.insert("alarms", row)

    def update(self, alarms: Collection[int], row: Row) -> int:
        """Write columns of some alarms, and return of how many."""
        return self._db.update("alarms", row, id=[*alarms])

    def note_telling(self, alarm: int, sender: str, at: datetime, *, is_end: bool) -> None:
        """Note that a sender has told of the beginning of an alarm, or of its end."""
        row = {"alarm_id": alarm, "is_end": int(is_end), "sender": sender, "at": utc(at)}
        self._db.insert_all("tellings", [row], if_new=True)
