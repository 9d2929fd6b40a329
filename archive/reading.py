"""What whoever only reads an archive may use of it: the reading room.

It imports nothing of what writes, so that a reading room starts without it.
"""

import os
from pathlib import Path

from archive.freshness import Freshness, ages_query, freshness_of, freshness_query
from archive.health import LAST_RUN, Report, health_of
from archive.reviewed import LAST_REVIEWS, Sampled, sampled_of_each
from archive.verdict import Judgement, verdict_on

__all__ = [
    "BYTES_KEPT",
    "COLLECTED",
    "CURRENT_ALARMS",
    "LAST_FLEET",
    "LAST_REVIEWS",
    "LAST_RUN",
    "Freshness",
    "Judgement",
    "Report",
    "Sampled",
    "ages_query",
    "freshness_of",
    "freshness_query",
    "health_of",
    "reading_address",
    "sampled_of_each",
    "verdict_on",
]

BYTES_KEPT = """
    SELECT sum((SELECT warc_offset + warc_length + request_length FROM captures
                WHERE warc_file = file ORDER BY warc_offset DESC LIMIT 1)) AS bytes
    FROM warcs WHERE :site IS NULL OR site = :site"""
"""The query for the bytes of the files with what was received from a site, or from all of them.

A file ends where the last capture in it does.
"""

COLLECTED = """
    SELECT site, name, generation, made_at, collected_at
    FROM collections JOIN sites ON key = site ORDER BY made_at, site"""
"""The query for what was collected last of each district of a fleet, the oldest first."""

LAST_FLEET = """
    SELECT at, workers, at_work, is_draining, waiting, districts, held, failing, behind
    FROM fleets"""
"""The query for how the fleet was when it was last collected: one row, or none."""

CURRENT_ALARMS = """
    SELECT id, site, kind, since, told_at, acknowledged_by, message FROM alarms
    WHERE until IS NULL AND (:site IS NULL OR site = :site) ORDER BY since, id"""
"""The query for what is wrong with a site, or with all of them and the archive itself."""


def reading_address(path: Path) -> str:
    """Return the SQLite URI by which the archive at *path* is opened to be read.

    In WAL mode even a reader needs to write a file beside the archive, unless it is told that
    nobody writes. So it is told, of a preservation copy in a folder that cannot be written; but not
    if somebody else writes there, or left articles in the WAL: they would silently be missing.
    """
    path = path.resolve()
    wal, shm = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    in_use = shm.exists() or (wal.exists() and wal.stat().st_size > 0)
    readable_only = not os.access(path.parent, os.W_OK)
    return f"{path.as_uri()}?{'immutable=1' if readable_only and not in_use else 'mode=ro'}"
