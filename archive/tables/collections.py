"""What was collected from a fleet: of each district which generation; and how the fleet was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archive.connection import Connection
from archive.times import utc

Held = Mapping[str, tuple[int, str]]
"""Of districts, by key: the number of a generation, and when it was made. A fleet that began anew
gives the same numbers to others."""


class CollectionQueries:
    """Reads ``collections``; whoever only reads an archive has `archive.reading`."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def held(self) -> Held:
        """Return which generation of each district was collected last."""
        rows = self._db.select("collections")
        return {row["site"]: (row["generation"], row["made_at"]) for row in rows}


class Collections(CollectionQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def put(self, site: str, generation: int, made_at: datetime, at: datetime) -> None:
        """Note which generation of a district was collected *at* a time, and when it was made."""
        row = {"site": site, "generation": generation, "made_at": utc(made_at)}
        self._db.upsert("collections", row | {"collected_at": utc(at)}, key=["site"])

    def put_fleet(self, state: Mapping[str, Any], at: datetime) -> None:
        """Note how the fleet is, in the columns of ``fleets``."""
        self._db.upsert("fleets", {"is_only": 1, "at": utc(at), **state}, key=["is_only"])
