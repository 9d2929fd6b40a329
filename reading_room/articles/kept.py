"""What is kept of an article: the captures behind it."""

from typing import Any

from datasette.database import Database

from reading_room.asking.queries import rows

AT_A_GLANCE = 5
"""Captures that the page of an article names."""


async def kept(db: Database, article_id: int) -> dict[str, Any]:
    """Return what is kept of an article: its newest ``captures``, how many there are, ``read_from``
    the number of that which its text was read from, and ``set_aside``, the newest quarantined one
    if the article was not seen since. Empty for an archive of an older version.
    """
    if "captures" not in await db.table_names():
        return {}
    found = await rows(
        db, "SELECT site, url, capture_id, last_seen_at FROM articles WHERE id = ?", article_id
    )
    if not found:
        return {}
    article = found[0]
    site, url, capture_id = article["site"], article["url"], article["capture_id"]
    captures = await rows(
        db,
        "SELECT * FROM captures WHERE url = ? AND site = ?"
        " ORDER BY fetched_at DESC, id DESC LIMIT ?",
        url,
        site,
        AT_A_GLANCE,
    )
    if capture_id and capture_id not in [capture["id"] for capture in captures]:
        captures += await rows(db, "SELECT * FROM captures WHERE id = ?", capture_id)
    suspicious = await rows(
        db,
        "SELECT * FROM quarantine WHERE url = ? AND site = ? AND fetched_at > ?"
        " ORDER BY fetched_at DESC LIMIT 1",
        url,
        site,
        article["last_seen_at"],
    )
    counted = await rows(
        db, "SELECT count(*) AS n FROM captures WHERE url = ? AND site = ?", url, site
    )
    return {
        "captures": captures,
        "count": counted[0]["n"],
        "read_from": capture_id,
        "set_aside": suspicious[0] if suspicious else None,
    }
