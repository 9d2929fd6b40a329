"""What a crawl did, for the person who ran it."""

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from filelock import Timeout
from rich.table import Table
from scrapy.crawler import Crawler

from archive import Archive, ArchiveError, Judgement, utc, verdict_on
from archive.locks import site_lock
from crawler.middlewares.turns import NOT_NOW
from crawler.sites import Site
from crawler.spiders.district import DistrictSpider
from crawler.text.addresses import urlkey
from crawler.vocabulary import Lack, Outcome, ProblemKind, RunOutcome, Sign, State, Verdict
from crawler.vocabulary.words import sentence_or_as_it_stands
from pipelines.store import traffic_of
from tinhuyen.terminal import out, print_table, typed

COLUMNS = (
    *("SITE", "NEW", "CHANGED", "UNCHANGED", "GONE", "FAILED", "WAITING", "HELD", "REQUESTS"),
    "OUTCOME",
)
"""The columns of the table that a crawl ends with."""

_MOST_PROBLEMS = 5
_NO_VERDICT = "the archive cannot be read any more, so that nothing is known of what it holds"
_STANDING = (State.FAILED, State.HELD, State.WAITING, State.REFUSED)
_UNREAD = (ProblemKind.ROUTE, ProblemKind.BOUND)
_LOOK_AT_A_PAGE = (
    "Look at what is read of a page: tinhuyen inspect URL; or have it learnt: tinhuyen learn URL. "
    "The site's entry may name another cms, or start_urls that list its articles."
)
_AN_ARCHIVE = "--wayback https://web.archive.org/"
_ADVICE: dict[Lack | Sign, str] = {
    Lack.WAITING: "Run the same command again to go on.",
    Lack.FAILED: "The problems below say why; run the same command again later, or ask a web "
    f"archive for it: {_AN_ARCHIVE}",
    Lack.REFUSED: "The portal lets nobody like us in. Ask its staff, or a web archive: "
    f"{_AN_ARCHIVE}",
    Lack.GONE: f"The portal is not there any more. Ask a web archive for it: {_AN_ARCHIVE}",
    Lack.ELSEWHERE: "The portal has moved. See where it leads (the table urls, column reason), "
    "and write that address into the site's entry.",
}
"""What to try, by the chief reason of the verdict."""
_OF_ARCHIVES: dict[Lack | Sign, str] = {
    Lack.FAILED: "The problems below say why; run the same command again later, or ask another "
    "web archive, too: docs/wayback.md",
}
"""Likewise, where web archives were asked and not the portal."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One site's crawl: what it found, and what it left."""

    site: str
    run_id: int | None
    outcome: str
    requests: int
    new: int
    changed: int
    unchanged: int
    gone: int
    failed: int
    held: int
    waiting: int
    refused: int
    shut_out: bool
    """Whether the page to start from was refused, by the portal or its robots.txt."""
    media: dict[str, int]
    """How many pictures and files were asked for, by what came of it."""
    uploads: dict[str, int]
    """How many pictures were as they were uploaded, of which pages name smaller forms alone."""
    picture_pages: dict[str, int]
    """How many pages about pictures were, to which galleries lead."""
    requisites: dict[str, int]
    """How many style sheets, fonts and theme pictures were."""
    damaged: bool
    """Whether something that was kept is gone."""
    unread: bool
    """Whether a list of articles could not be read as far as it goes, or a bound was reached."""
    readable: bool
    """Whether the archive could be read after the crawl; else nothing is known of what it holds."""
    stored: bool
    """Whether the archive took all that there was to store, the end of the run included."""
    problems: list[str]
    judgement: Judgement
    """The verdict on the site after the crawl."""

    @classmethod
    def of_crawl(cls, crawler: Crawler, db: Path) -> Self:
        """Read the summary of a crawl that has ended from the archive."""
        stats = crawler.stats
        failure = stats.get_value("archive/failure")
        site = crawler.spidercls.name
        run_id = stats.get_value("archive/run_id")
        ending = stats.get_value("finish_reason")
        problems = [told for told in (failure, stats.get_value(NOT_NOW)) if told]
        with suppress(ArchiveError, sqlite3.Error), Archive.open(db) as archive:  # it was told
            known = archive.runs.find(run_id, site) if run_id else None
            if known and known["outcome"] is None:  # it did not wind up, or could not
                ending = ending or RunOutcome.SHUTDOWN
                archive.runs.finish(run_id, ending, *traffic_of(crawler))
        return cls._of_run(
            site, run_id, ending or RunOutcome.NOT_STARTED, db, problems,
            start=_start(crawler) if run_id else "", requests=traffic_of(crawler).requests,
            stored=failure is None,
        )  # fmt: skip

    @classmethod
    def of_killed(cls, site: Site, db: Path, since: datetime, why: str) -> Self:
        """Read the summary of a crawl, begun *since* then, whose process is gone: the archive has
        what came until it was; *why* says what became of it.
        """
        run: dict[str, Any] | None = None
        with suppress(ArchiveError, sqlite3.Error, Timeout), Archive.open(db) as archive:  # below
            with site_lock(db, site.key):
                archive.runs.note_killed(site.key)
            last = archive.runs.last().get(site.key)
            run = last if last and last["started_at"] >= utc(since) else None
        return cls._of_run(
            site.key, run["id"] if run else None, RunOutcome.KILLED, db, [why],
            start=site.base_url, requests=run["requests"] or 0 if run else 0, stored=True,
        )  # fmt: skip

    @classmethod
    def _of_run(
        cls,
        site: str,
        run_id: int | None,
        outcome: str,
        db: Path,
        problems: list[str],
        *,
        start: str,
        requests: int,
        stored: bool,
    ) -> Self:
        """Return what the archive says after a run of a site that asked for *start* first."""
        run: dict[str, Any] = {}
        counts: dict[str, int] = {}
        media: dict[str, int] = {}
        uploads: dict[str, int] = {}
        picture_pages: dict[str, int] = {}
        requisites: dict[str, int] = {}
        shut_out = damaged = unread = False
        readable = True
        judgement = Judgement(Verdict.UNKNOWN)
        try:
            with Archive.open(db) as archive:
                counts = archive.ledger.counts(site)
                if run_id and archive.runs.find(run_id, site):
                    run = archive.runs.get(run_id)
                    media = archive.media.counts(run_id)
                    uploads = archive.media.upload_counts(run_id)
                    picture_pages = archive.media.page_counts(run_id)
                    requisites = archive.media.requisite_counts(run_id)
                    rows = archive.runs.problems(run_id)
                    problems += [_told(p) for p in rows]
                    damaged = any(p["kind"] == ProblemKind.CAPTURES for p in rows)
                    unread = any(p["kind"] in _UNREAD for p in rows)
                    refused = {urlkey(p["url"]) for p in rows if p["kind"] == ProblemKind.REFUSED}
                    shut_out = urlkey(start) in refused
                judgement = _judgement(archive, site)
        except ArchiveError as error:
            problems.append(str(error))
            stored = readable = False
        return cls(
            site=site,
            run_id=run_id,
            outcome=outcome,
            requests=requests,
            new=run.get(Outcome.NEW, 0),
            changed=run.get(Outcome.CHANGED, 0),
            unchanged=run.get(Outcome.UNCHANGED, 0),
            gone=run.get(Outcome.GONE, 0),
            # An article held stays held though it failed in this crawl: both numbers count.
            failed=max(counts.get(State.FAILED, 0), run.get(Outcome.FAILED, 0)),
            held=counts.get(State.HELD, 0),
            waiting=counts.get(State.WAITING, 0),
            refused=counts.get(State.REFUSED, 0),
            shut_out=shut_out,
            media=media,
            uploads=uploads,
            picture_pages=picture_pages,
            requisites=requisites,
            damaged=damaged,
            unread=unread,
            readable=readable,
            stored=stored,
            problems=problems,
            judgement=judgement,
        )

    @classmethod
    def not_started(cls, site: str, db: Path) -> Self:
        """Return the summary of a site whose crawl was not begun: what the archive has of it."""
        counts: dict[str, int] = {}
        problems = []
        judgement = Judgement(Verdict.UNKNOWN)
        try:
            with Archive.open(db) as archive:
                counts = archive.ledger.counts(site)
                judgement = _judgement(archive, site)
        except ArchiveError as error:
            problems.append(str(error))
        standing = {state: counts.get(state, 0) for state in _STANDING}
        nothing = dict.fromkeys(("requests", "new", "changed", "unchanged", "gone"), 0)
        return cls(
            site=site, run_id=None, outcome=RunOutcome.NOT_STARTED, **nothing, **standing,
            shut_out=False, media={}, uploads={}, picture_pages={}, requisites={}, damaged=False,
            unread=False, readable=not problems, stored=not problems, problems=problems,
            judgement=judgement,
        )  # fmt: skip

    @property
    def complete(self) -> bool:
        """Whether the crawl did what it was asked, and nothing failed; not that all is held."""
        verdict = self.judgement.verdict
        if self.outcome == RunOutcome.LIMIT:  # it was asked to leave more open
            whole = verdict != Verdict.UNREAD
        else:
            whole = self.outcome == RunOutcome.FINISHED and not self.judgement.leaves_open
        shut_out = self.shut_out or self.refused > self.held
        left = self.failed or shut_out or self.damaged or self.unread
        return whole and self.stored and not left

    @property
    def told(self) -> str:
        """The verdict in words, or that there is none."""
        return self.judgement.in_words("en") if self.readable else _NO_VERDICT

    def as_dict(self) -> dict[str, Any]:
        """Return the summary for a program."""
        return (
            {k: v for k, v in asdict(self).items() if k != "judgement"}
            | self.judgement.as_dict()
            | {"told": self.told, "complete": self.complete}
        )

    def row(self) -> tuple[str, ...]:
        """Return what the table shows of it, by `COLUMNS`; "?" for what cannot be known."""
        numbers = (
            self.new, self.changed, self.unchanged, self.gone, self.failed, self.waiting, self.held,
        )  # fmt: skip
        counts = (str(number) if self.readable else "?" for number in numbers)
        return (self.site, *counts, str(self.requests), self.outcome)


def _judgement(archive: Archive, site: str) -> Judgement:
    row = archive.ledger.coverage(site)
    return verdict_on(row) if row else Judgement(Verdict.UNKNOWN)


def _told(problem: dict[str, Any]) -> str:
    """Return a row of ``problems`` as a line; what is wrong with a file has no address."""
    message = sentence_or_as_it_stands(problem["message"], "en")
    return ": ".join(filter(None, (problem["url"], message)))


def _start(crawler: Crawler) -> str:
    assert isinstance(crawler.spider, DistrictSpider)
    return crawler.spider.first_url or crawler.spider.site.base_url


def _advice(judgement: Judgement, *, of_archives: bool) -> str | None:
    """Return what to try where a crawl held nothing, or cannot read what it holds."""
    if judgement.verdict not in (Verdict.EMPTY, Verdict.UNREAD):
        return None
    most, _ = max(judgement.reasons, key=lambda why: (why[1], why[0] == Lack.NOT_ARTICLE))
    advice = _ADVICE | _OF_ARCHIVES if of_archives else _ADVICE
    return advice.get(most, _LOOK_AT_A_PAGE)


def print_summaries(summaries: list[Summary], db: Path, of_archives: Collection[str]) -> None:
    """Print the summaries as a table, the first problems, and what to do next; *of_archives* are
    the sites that were crawled from web archives.
    """
    console = out()
    table = Table(box=None, pad_edge=False)
    for heading in COLUMNS:
        is_number = heading not in ("SITE", "OUTCOME")
        table.add_column(heading, justify="right" if is_number else "left")
    for s in summaries:
        table.add_row(*s.row())
    print_table(table)
    for s in summaries:
        console.print(f"  {s.site}: {s.told}", markup=False, soft_wrap=True)
        if advice := _advice(s.judgement, of_archives=s.site in of_archives):
            console.print(f"  {advice}", markup=False, soft_wrap=True)
        for what, counts in (
            ("pictures and files", s.media),
            ("pictures as uploaded, where pages name smaller forms", s.uploads),
            ("pages about pictures", s.picture_pages),
            ("style sheets, fonts, theme pictures and thumbnails", s.requisites),
        ):
            if counts:
                told = ", ".join(f"{count} {state}" for state, count in counts.items())
                console.print(f"  {s.site}: {what}: {told}")
        for problem in s.problems[:_MOST_PROBLEMS]:
            console.print(f"  {s.site}: {problem}", markup=False, soft_wrap=True)
        if (more := len(s.problems) - _MOST_PROBLEMS) > 0:
            console.print(f"  {s.site}: and {more} more, in the table problems, run {s.run_id}")
    if any(summary.waiting and summary.outcome != RunOutcome.LIMIT for summary in summaries):
        console.print("\nSome addresses are still waiting: run the same command again to go on.")
    if any(summary.held for summary in summaries):
        command = typed("serve", db=db)
        console.print(
            f"\nRead and search it: {command}   then open http://127.0.0.1:8001/",
            markup=False, soft_wrap=True,
        )  # fmt: skip
