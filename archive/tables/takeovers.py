"""Portals of which another body seems to have taken over the host, and whose that is."""

from datetime import datetime

from archive.connection import Connection, Row
from archive.times import utc

IN_FORCE = "(answered_at IS NULL OR successor IS NOT NULL)"
"""What makes a row one by which a host is, or may be, another's."""


class TakeoverQueries:
    """Reads ``takeovers``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, site: str) -> Row | None:
        """Return the takeover of a site's host that was noticed last, None if there was none."""
        rows = self._db.select("takeovers", site=site, order="id")
        return rows[-1] if rows else None

    def in_force(self, site: str) -> Row | None:
        """Return the last takeover of a site's host if by it the host is, or may be, another's."""
        takeover = self.of(site)
        is_over = takeover is None or (takeover["answered_at"] and takeover["successor"] is None)
        return None if is_over else takeover


class Takeovers(TakeoverQueries):
    """Reads and writes ``takeovers``. Whoever writes has begun the transaction."""

    def add(self, row: Row) -> int:
        """Add a takeover, and return its number."""
        return self._db.insert("takeovers", row)

    def answer(self, takeover: int, successor: str | None, at: datetime) -> None:
        """Note whose the host is: a *successor*'s, or with None the site's own as before."""
        row = {"successor": successor, "answered_at": utc(at)}
        self._db.update("takeovers", row, id=takeover)
