"""What the rest of the project may use of the archive; it is had from ``archive`` itself."""

from archive.archive import SITE_COLUMNS, Archive
from archive.errors import ArchiveError, explain, explain_os
from archive.tables.articles import (
    Parts,
    columns_of,
    hash_of,
    parts_of,
    text_sha256,
)
from archive.times import utc

__all__ = [
    "SITE_COLUMNS",
    "Archive",
    "ArchiveError",
    "Parts",
    "columns_of",
    "explain",
    "explain_os",
    "hash_of",
    "parts_of",
    "text_sha256",
    "utc",
]
