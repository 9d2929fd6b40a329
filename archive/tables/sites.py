"""The portals, as they were described when they were last crawled."""

from collections.abc import Mapping
from typing import Any

from archive.connection import Connection, Row

SITE_COLUMNS = (
    "key", "name", "province", "cms", "base_url", "active_from", "active_to", "note",
)  # fmt: skip


class Sites:
    """Reads and writes ``sites``. Whoever writes has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._rows: dict[str, Row] = {}
        """What was read; whoever writes of a site, and so of its row, holds its lock."""

    def forget(self) -> None:
        """Forget what was read, since a transaction came to nothing."""
        self._rows.clear()

    def put(self, site: Mapping[str, Any]) -> None:
        """Write how a portal is described (`SITE_COLUMNS`)."""
        self._rows.pop(site["key"], None)
        self._db.upsert("sites", {column: site[column] for column in SITE_COLUMNS}, key=["key"])

    def row(self, key: str) -> Row:
        """Return the row of a portal. Raises KeyError if there is none."""
        if key not in self._rows:
            for row in self._db.select("sites", key=key):
                self._rows[key] = row
        return self._rows[key]
