"""What came of a crawl, told by the archive itself: exit codes and processes prove nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive import Archive, Judgement, verdict_on
from crawler.vocabulary import RunOutcome, Verdict

_BROKEN_OFF = {
    RunOutcome.SHUTDOWN, RunOutcome.KILLED, RunOutcome.STUCK, RunOutcome.ARCHIVE,
    RunOutcome.NO_CONTACT, RunOutcome.LOCKED, RunOutcome.NOT_STARTED,
}  # fmt: skip
"""How a run ends of which it says nothing about the portal: it is to be tried again."""


@dataclass(frozen=True)
class Result:
    """A district after a crawl."""

    is_run: bool
    """Whether there is a run that was not there before."""
    outcome: str | None
    """How it ended, None if it did not."""
    verdict: Verdict
    told: str
    """The verdict in words."""
    due_at: datetime | None
    """From when on the district is to be crawled again; None for at once."""

    @property
    def is_done(self) -> bool:
        """Whether the crawl came to an end of its own, whatever the portal had."""
        return self.is_run and self.outcome is not None and self.outcome not in _BROKEN_OFF


def last_run(db: Path, site: str) -> int | None:
    """Return the number of the last run of a site, None before there was one."""
    if not db.exists():
        return None
    with Archive.open(db) as archive:
        run = archive.runs.last().get(site)
    return int(run["id"]) if run else None


def result_of(db: Path, site: str, before: int | None) -> Result:
    """Return what an archive says of a site after a crawl, *before* which its last run was that."""
    if not db.exists():
        return Result(False, None, Verdict.UNKNOWN, "nothing was crawled", None)
    with Archive.open(db) as archive:
        run = archive.runs.last().get(site)
        row = archive.ledger.coverage(site)
        fresh = archive.freshness(datetime.now(UTC), site)
    judgement = verdict_on(row) if row else Judgement(Verdict.UNKNOWN)
    return Result(
        is_run=bool(run and run["id"] != before),
        outcome=run["outcome"] if run else None,
        verdict=judgement.verdict,
        told=judgement.in_words("en"),
        due_at=fresh[0].next_at if fresh else None,
    )
