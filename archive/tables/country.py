"""The map, as the package has it: provinces, districts, communes, and the units since July 2025."""

from collections.abc import Iterable
from typing import Any

from archive.connection import Connection, composed, marks, name
from archive.tables.articles import words_of
from archive.tables.places import places_of
from crawler.country import (
    FACTS_OF,
    communes,
    district_at,
    districts,
    provinces,
    provinces_since,
    successions,
    units,
)

_VERSION = int(FACTS_OF.strftime("%Y%m%d"))
_TABLES = ("successors", "communes", "units", "districts", "provinces")
"""Those that name others stand before these."""


def is_map_older(db: Connection) -> bool:
    """Whether an archive has older facts of the map than the package, or none yet.

    Its ``PRAGMA user_version`` tells the day of its facts.
    """
    return bool(db.execute("PRAGMA user_version").fetchone()[0] < _VERSION)


def write_map(db: Connection) -> None:
    """Write the map in the place of an older one. Whoever calls has begun the transaction.

    What articles name is found anew by it, but of texts that are withheld, which lie elsewhere.
    Nobody looks at foreign keys meanwhile, since the rows that others name are gone for a moment.
    """
    assert not db.execute("PRAGMA foreign_keys").fetchone()[0], "the rows of sites name districts"
    for table in _TABLES:
        db.execute(composed("DELETE FROM {table}", table=name(table)))
    _write(db, "provinces", provinces().values())
    _write(db, "districts", ((*d[:1], *d[2:]) for d in districts().values()))
    _write(db, "units", ((*u[:4], provinces_since()[u.province]) for u in units().values()))
    _write(db, "communes", (commune[:4] for commune in communes().values()))
    _write(db, "successors", successions())
    _tell_districts(db)
    _name_places(db)
    db.execute(f"PRAGMA user_version = {_VERSION}")


def _write(db: Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = [column for _, column, *_ in db.execute(f"PRAGMA table_info({name(table)})")]
    sql = composed("INSERT INTO {table} VALUES ({marks})", table=name(table), marks=marks(columns))
    db.conn.executemany(sql, rows)


def _tell_districts(db: Connection) -> None:
    """Tell of the sites that an older version crawled whose portals they are.

    A site is a district's if it has its key and lies on a host that is known to be the district's.
    """
    unknown = "SELECT key, base_url FROM sites WHERE district IS NULL AND unit IS NULL"
    for key, base_url in db.execute(unknown).fetchall():
        if district := district_at(key, base_url):
            db.execute("UPDATE sites SET district = ? WHERE key = ?", [district.code, key])


def _name_places(db: Connection) -> None:
    """Find in all texts which communes and units they name."""
    taken_out = "(SELECT article_id FROM withheld WHERE document IS NOT NULL)"
    db.execute(f"DELETE FROM places WHERE article_id NOT IN {taken_out}")  # noqa: S608
    texts = db.execute(
        f"""
        SELECT id, title, lead, body, published_at, district, unit
        FROM articles JOIN sites ON sites.key = site
        WHERE id NOT IN {taken_out} ORDER BY id"""  # noqa: S608
    )
    columns = [name for name, *_ in texts.description]
    for values in texts:
        row = dict(zip(columns, values, strict=True))
        found = places_of(words_of(row), row, row["published_at"])
        db.conn.executemany(
            "INSERT INTO places VALUES (:article_id, :kind, :code, :name, :position, :how)",
            [{"article_id": row["id"]} | place for place in found],
        )
