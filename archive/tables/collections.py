"""What was collected from a fleet: of each district which generation; and how the fleet was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archive.connection import Connection, Row
from archive.times import utc


class CollectionQueries:
    """Reads ``collections`` and ``fleets``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def all(self) -> list[Row]:
        """Return what was collected last of each district, by key."""
        return self._db.select("collections", order="site")

    def fleet(self) -> Row | None:
        """Return how the fleet was when it was last collected, None if it never was."""
        rows = self._db.select("fleets")
        return rows[0] if rows else None


class Collections(CollectionQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def put(self, site: str, generation: int, made_at: datetime, at: datetime) -> None:
        """Note which generation of a district was collected *at* a time, and when it was made."""
        row = {"site": site, "generation": generation, "made_at": utc(made_at)}
        self._db.upsert("collections", row | {"collected_at": utc(at)}, key=["site"])

    def put_fleet(self, state: Mapping[str, Any], at: datetime) -> None:
        """Note how the fleet is, in the columns of ``fleets``."""
        self._db.upsert("fleets", {"is_only": 1, "at": utc(at), **state}, key=["is_only"])
