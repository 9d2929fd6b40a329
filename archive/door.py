"""What the rest of the project may use of the archive; it is had from ``archive`` itself."""

from archive.alarms import Finding
from archive.archive import Archive
from archive.disk import sync_folder, sync_log, write_whole
from archive.errors import (
    ArchiveError,
    LockedError,
    RefusedError,
    explain,
    explain_os,
    is_passing,
)
from archive.facts import RUNS_LOOKED_AT, ArchiveFacts, BackupFacts, RunFacts, SiteFacts
from archive.freshness import Activity, Freshness, archives_of, next_at
from archive.merging.source import Source, opened_source
from archive.owners import Question
from archive.reviewed import Sampled
from archive.tables.articles import columns_today, hash_of, places_today, text_sha256
from archive.tables.collections import Held
from archive.tables.media import PicturePage
from archive.tables.parts import Parts, parts_of
from archive.tables.runs import Traffic
from archive.tables.sites import SITE_COLUMNS
from archive.tables.urls import Agenda, agenda_of, origin_of
from archive.times import utc
from archive.turns import HostTurns
from archive.verdict import Judgement, verdict_on
from archive.withholding import NotHiddenError, Takedown

__all__ = [
    "RUNS_LOOKED_AT",
    "SITE_COLUMNS",
    "Activity",
    "Agenda",
    "Archive",
    "ArchiveError",
    "ArchiveFacts",
    "BackupFacts",
    "Finding",
    "Freshness",
    "Held",
    "HostTurns",
    "Judgement",
    "LockedError",
    "NotHiddenError",
    "Parts",
    "PicturePage",
    "Question",
    "RefusedError",
    "RunFacts",
    "Sampled",
    "SiteFacts",
    "Source",
    "Takedown",
    "Traffic",
    "agenda_of",
    "archives_of",
    "columns_today",
    "explain",
    "explain_os",
    "hash_of",
    "is_passing",
    "next_at",
    "opened_source",
    "origin_of",
    "parts_of",
    "places_today",
    "sync_folder",
    "sync_log",
    "text_sha256",
    "utc",
    "verdict_on",
    "write_whole",
]
