"""The archive: the one package that writes SQL. Everything else calls it by a verb."""

from pipelines.archive.articles import Outcome, ReadFrom, text_sha256
from pipelines.archive.file import SITE_COLUMNS, Archive, ArchiveError, explain, explain_os
from pipelines.archive.times import utc

__all__ = [
    "SITE_COLUMNS",
    "Archive",
    "ArchiveError",
    "Outcome",
    "ReadFrom",
    "explain",
    "explain_os",
    "text_sha256",
    "utc",
]
