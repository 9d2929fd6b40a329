"""Portals of which another body seems to have taken over the host, and whose that is."""

from datetime import datetime

from archive.connection import Connection, Row
from archive.times import utc
from crawler.text.dates import VIET_NAM

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
        return takeover if takeover and _is_in_force(takeover) else None


def may_be_another_s(site: Row, takeover: Row | None, at: datetime) -> bool:
    """Whether at a time the host of a *site* was, or may have been, another body's: somebody seems
    to have taken it over, or its own body was no more, and no person has said that it is its yet.

    *takeover* is the last one that was noticed.
    """
    if takeover and takeover["since"] <= utc(at):
        return _is_in_force(takeover)
    last = site["active_to"]
    return bool(last and at.astimezone(VIET_NAM).date().isoformat() > last)


def _is_in_force(takeover: Row) -> bool:
    return takeover["answered_at"] is None or takeover["successor"] is not None


class Takeovers(TakeoverQueries):
    """Reads and writes ``takeovers``. Whoever writes has begun the transaction."""

    def add(self, row: Row) -> int:
        """Add a takeover, and return its number."""
        return self._db.insert("takeovers", row)

    def answer(self, takeover: int, successor: str | None, at: datetime) -> None:
        """Note whose the host is: a *successor*'s, or with None the site's own as before."""
        row = {"successor": successor, "answered_at": utc(at)}
        self._db.update("takeovers", row, id=takeover)
