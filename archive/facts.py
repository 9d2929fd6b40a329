"""What alarms are judged by: read once of all sites, and nothing of each article."""

import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.connection import Connection, composed
from archive.flags import carries
from archive.freshness import Freshness, freshness_of, freshness_query, latest_run
from archive.tables.takeovers import IN_FORCE
from archive.times import utc
from crawler.vocabulary import Flag, Outcome

RUNS_LOOKED_AT = 12
"""How many of its last runs a site is judged by."""
SET_ASIDE_WITHIN = timedelta(days=30)
"""How long ago a page was set aside that is still told of."""

_RUNS = """
    SELECT runs.* FROM sites CROSS JOIN runs ON runs.id IN (
        SELECT id FROM runs AS last WHERE last.site = sites.key AND started_at <= :latest
        ORDER BY started_at DESC, id DESC LIMIT :most)
    ORDER BY runs.site, started_at DESC, id DESC"""
_SUSPICIOUS = " OR ".join(carries(flag, "{of}") for flag in Flag if flag.is_suspicion)
_SET_ASIDE = composed(
    """
    SELECT aside.site, count(DISTINCT aside.url) AS number, min(aside.url) AS url
    FROM captures AS aside
    WHERE aside.flags <> '' AND ({aside}) AND NOT {accepted} AND aside.fetched_at >= :since
    AND NOT EXISTS (SELECT 1 FROM captures AS later
                    WHERE later.url = aside.url AND later.site = aside.site
                    AND later.fetched_at > aside.fetched_at AND NOT ({later}))
    GROUP BY aside.site""",
    aside=_SUSPICIOUS.replace("{of}", "aside"),
    later=_SUSPICIOUS.replace("{of}", "later"),
    accepted=carries(Flag.ACCEPTED, "aside"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run of a site."""

    begun: datetime
    outcome: str | None
    """How it ended (`RunOutcome`); None while it is under way."""
    requests: int = 0
    seen: int = 0
    """Articles that it found: new, changed, or as they were."""
    gone: int = 0
    failed: int = 0
    held: int | None = None
    """Articles that were held when it ended; None where an older version did not count them."""
    missing: int | None = None
    """What was missing then, by the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What the alarms of a site are judged by."""

    fresh: Freshness
    active_to: str | None = None
    """The last day of its body, ISO 8601."""
    runs: tuple[RunFacts, ...] = ()
    """Its last runs, the newest first."""
    set_aside: int = 0
    """Addresses whose last page was set aside within a month, and that nobody has accepted."""
    example: str | None = None
    """One of these."""
    question: str | None = None
    """What speaks for it that its host is another's, and how to answer, while nobody has said whose
    it is."""
    is_taken: bool = False
    """Whether its host is, or may be, another body's: crawls ask it nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """The backups of an archive."""

    succeeded_at: datetime | None
    """When one last succeeded, wherever to."""
    failed_at: datetime | None = None
    """When one last failed after which none to the same place succeeded; None if none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFacts:
    """What all alarms of an archive are judged by."""

    at: datetime
    sites: tuple[SiteFacts, ...] = ()
    free_disk: int | None = None
    """Bytes that are free on its disk; None where that is not known."""
    backup: BackupFacts | None = None
    """None where there never was one."""


def read_facts(db: Connection, now: datetime) -> ArchiveFacts:
    """Read what alarms are judged by."""
    runs: dict[str, list[RunFacts]] = defaultdict(list)
    for row in db.query(_RUNS, {"most": RUNS_LOOKED_AT, "latest": latest_run(now)}):
        runs[row["site"]].append(_run(row))
    aside = {
        row["site"]: row for row in db.query(_SET_ASIDE, {"since": utc(now - SET_ASIDE_WITHIN)})
    }
    taken = f"SELECT site, message, answered_at FROM takeovers WHERE {IN_FORCE}"  # noqa: S608
    takeovers = {row["site"]: row for row in db.query(taken)}
    questions = {
        site: row["message"] for site, row in takeovers.items() if row["answered_at"] is None
    }
    last_days = {
        row["key"]: row["active_to"] for row in db.query("SELECT key, active_to FROM sites")
    }
    sites = tuple(
        SiteFacts(
            fresh=fresh,
            active_to=last_days[fresh.site],
            runs=tuple(runs[fresh.site]),
            set_aside=aside[fresh.site]["number"] if fresh.site in aside else 0,
            example=aside[fresh.site]["url"] if fresh.site in aside else None,
            question=questions.get(fresh.site),
            is_taken=fresh.site in takeovers,
        )
        for fresh in map(freshness_of, db.query(*freshness_query(None, now)))
    )
    return ArchiveFacts(at=now, sites=sites, free_disk=_free_disk(db), backup=_backup(db))


def _run(row: Mapping[str, Any]) -> RunFacts:
    return RunFacts(
        begun=_moment(row["started_at"]),
        outcome=row["outcome"],
        requests=row["requests"],
        seen=row[Outcome.NEW] + row[Outcome.CHANGED] + row[Outcome.UNCHANGED],
        gone=row[Outcome.GONE],
        failed=row[Outcome.FAILED],
        held=row["held"],
        missing=row["missing"],
    )


def _free_disk(db: Connection) -> int | None:
    (file,) = (row["file"] for row in db.query("PRAGMA database_list") if row["name"] == "main")
    return shutil.disk_usage(Path(file).parent).free if file else None


def _backup(db: Connection) -> BackupFacts | None:
    sql = "SELECT max(at) AS last, max(iif(ok, at, NULL)) AS whole FROM backups GROUP BY dest"
    places = [*db.query(sql)]
    if not places:
        return None
    newest = max(place["last"] for place in places)
    whole = max((place["whole"] for place in places if place["whole"]), default=None)
    # A place that never took one is none, such as a mistyped one, once another has.
    failed = [
        place["last"]
        for place in places
        if place["last"] != place["whole"] and (place["whole"] or place["last"] == newest)
    ]
    return BackupFacts(
        succeeded_at=_moment(whole) if whole else None,
        failed_at=_moment(max(failed)) if failed else None,
    )


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)
