"""The archive: the one package that writes SQL. Everything else calls it by a verb."""

from pipelines.archive.articles import Outcome, text_sha256
from pipelines.archive.file import SITE_COLUMNS, Archive, ArchiveError, explain
from pipelines.archive.times import utc

__all__ = ["SITE_COLUMNS", "Archive", "ArchiveError", "Outcome", "explain", "text_sha256", "utc"]
