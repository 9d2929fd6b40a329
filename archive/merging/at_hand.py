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


def take(db: Connection, sites: Iterable[str]) -> None:
    """Have these sites at hand, and no others."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS at_hand (site TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute("DELETE FROM temp.at_hand")
    db.conn.executemany("INSERT INTO temp.at_hand VALUES (?)", ((site,) for site in sites))
