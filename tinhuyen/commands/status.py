"""``tinhuyen status``: how fresh what is held of each site is, and when it is crawled again."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from babel.dates import format_timedelta
from rich.table import Table

from archive import Archive, Freshness, Sampled
from operation.alarms.wording import alarm_line
from tinhuyen.cli import db_option, require_sites
from tinhuyen.terminal import out, print_table, typed

COLUMNS = (
    *("SITE", "LAST SUCCESS", "NEWEST", "RUNS", "REQUESTS", "NEW", "FAILED", "EVERY", "NEXT"),
    "OUTCOME",
)
"""The columns of the table; the figures are those of the last seven days."""
_NUMBERS = ("RUNS", "REQUESTS", "NEW", "FAILED")


@click.command("status")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
def command(sites: tuple[str, ...], db: Path, as_json: bool) -> None:
    """Say how fresh what is held is: the last success, news, what runs did, and the next run.

    The figures are those of the last seven days. What is stale is told with since when and why;
    what is missing, "tinhuyen gaps" says. Where people have held articles against their pages
    ("tinhuyen review"), it says what share is read rightly. How often a site is crawled is learnt
    from its history.

    \b
    Examples:
      tinhuyen status
      tinhuyen status chodon babe
      tinhuyen status --json

    \b
    Exit codes:
      0   nothing is stale
      1   something is stale, or a site was never crawled
      2   wrong usage, or an archive that is gone or damaged
    """
    require_sites(sites)
    now = datetime.now(UTC)
    with Archive.open(db, read_only=True) as archive:
        found = [each for each in archive.freshness(now) if not sites or each.site in sites]
        alarms = [row for row in archive.alarms.current() if not sites or row["site"] in sites]
        reviewed = {each.site: each for each in archive.reviews.sampled()}
    if as_json:
        told = [each.as_dict() | {"reviews": _of_reviews(each, reviewed)} for each in found]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(found, now)
        _print_reviews(found, reviewed)
        for alarm in alarms:
            out().print(alarm_line(alarm), markup=False, highlight=False, soft_wrap=True)
    known = {each.site for each in found if each.begun}
    uncrawled = [site for site in sites if site not in known]
    for site in uncrawled:
        crawl = typed("crawl", site, db=db)
        out().print(f"{site}: not crawled yet: {crawl}", markup=False, soft_wrap=True)
    if uncrawled or any(each.staleness for each in found):
        raise SystemExit(1)


def _print(found: list[Freshness], now: datetime) -> None:
    console = out()
    table = Table(box=None, pad_edge=False)
    for heading in COLUMNS:
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left")
    for each in found:
        table.add_row(*_row(each, now))
    if found:
        print_table(table)
    else:
        console.print("Nothing was crawled yet.")
    stale = [f"  {each.site}: {told}" for each in found if (told := each.why_stale("en"))]
    if stale:
        console.print("\n".join(stale), markup=False, soft_wrap=True)


def _print_reviews(found: list[Freshness], reviewed: Mapping[str | None, Sampled]) -> None:
    for each in found:
        if sampled := reviewed.get(each.site):
            told = f"  {each.site}: {sampled.in_words()}"
            out().print(told, markup=False, highlight=False, soft_wrap=True)


def _of_reviews(fresh: Freshness, reviewed: Mapping[str | None, Sampled]) -> dict[str, Any] | None:
    sampled = reviewed.get(fresh.site)
    return sampled.as_dict() if sampled else None


def _row(fresh: Freshness, now: datetime) -> tuple[str, ...]:
    week = fresh.last_week
    counts = (week.runs, week.requests, week.new, week.failed)
    due = "due" if fresh.next_at is None or fresh.is_due(now) else _in(fresh.next_at - now)
    never = "never" if fresh.begun is None else "under way"
    return (
        fresh.site,
        f"{fresh.last_success:%Y-%m-%d %H:%M}" if fresh.last_success else "-",
        (fresh.newest or "-")[:10],
        *map(str, counts),
        _lasting(fresh.cadence),
        due,
        fresh.outcome or never,
    )


def _in(wait: timedelta) -> str:
    return f"in {_lasting(wait)}"


def _lasting(duration: timedelta) -> str:
    return format_timedelta(duration, locale="en")
