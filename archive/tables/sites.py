"""The portals, as they were described when they were last crawled."""

import json
from collections.abc import Mapping
from typing import Any

from archive.connection import Connection, Row

SITE_COLUMNS = (
    "key", "name", "province", "district", "unit", "cms", "base_url", "hosts", "active_from",
    "active_to", "note", "cadence", "is_doubtful",
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
        hosts = {"hosts": json.dumps([*(site.get("hosts") or ())])}
        row = {column: site.get(column) for column in SITE_COLUMNS} | hosts
        row["is_doubtful"] = bool(row["is_doubtful"])
        self._db.upsert("sites", row, key=["key"])

    def row(self, key: str) -> Row:
        """Return the row of a portal, its hosts as they were put. KeyError if there is none."""
        if key not in self._rows:
            for row in self._db.select("sites", key=key):
                self._rows[key] = row | {"hosts": tuple(json.loads(row["hosts"]))}
        return self._rows[key]

    def is_known(self, key: str) -> bool:
        """Whether there is a row of a portal."""
        return bool(self._db.select("sites", key=key))

    def places(self, key: str) -> tuple[str, ...]:
        """Return the start pages of a portal, that of today first. KeyError if there is none."""
        row = self.row(key)
        return (row["base_url"], *row["hosts"])
