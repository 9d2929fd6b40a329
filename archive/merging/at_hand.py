"""The sites that are at hand: a temporary table, which statements name instead of one site.

So a statement is the same for one site and for many, and many sites cost what their rows do.
"""

from collections.abc import Iterable

from archive.connection import Connection

AT_HAND = "(SELECT site FROM temp.at_hand)"
"""Behind IN, in a condition."""

EACH = "temp.at_hand CROSS JOIN source.{table} AS theirs ON theirs.site = at_hand.site"
"""Behind FROM: the rows that the other archive has of the sites at hand. CROSS JOIN, so that they
are looked up by site, however few rows SQLite believes that the table has."""


_MAKE = "CREATE TEMP TABLE at_hand (site TEXT PRIMARY KEY) WITHOUT ROWID"
_IS_MADE = "SELECT 1 FROM temp.sqlite_master WHERE name = 'at_hand'"


def take(db: Connection, sites: Iterable[str]) -> None:
    """Have these sites at hand, and no others."""
    is_made = db.execute(_IS_MADE).fetchone()
    db.execute("DELETE FROM temp.at_hand" if is_made else _MAKE)
    db.conn.executemany("INSERT INTO temp.at_hand VALUES (?)", ((site,) for site in sites))
    if not is_made:
        # Of a table that it knows nothing of SQLite believes that it has a million rows. For these
        # it would index all that the other archive has, in each statement of each portion.
        db.execute("ANALYZE temp.at_hand")
