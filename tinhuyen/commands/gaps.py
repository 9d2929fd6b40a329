"""``tinhuyen gaps``: the ledger of what is missing, and why."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from archive import Archive, verdict_on
from crawler.vocabulary import GapState
from crawler.vocabulary.words import at_length, sentence_or_as_it_stands
from tinhuyen.cli import db_option, require_sites
from tinhuyen.terminal import plain, typed


@click.command("gaps")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--json", "as_json", is_flag=True, help="Print the ledger for a program.")
def command(sites: tuple[str, ...], db: Path, as_json: bool) -> None:
    """Say what is missing from the archive, and why.

    For each site a verdict with its day, and what is missing by name. "complete" is said only where
    a list of what the portal has was walked to its end, and all that it names is held or settled;
    where nothing but the chain of articles could be had, it is "unproven".

    \b
    Examples:
      tinhuyen gaps
      tinhuyen gaps chodon --json

    \b
    Exit codes:
      0   everything that was to be had is held, as far as that day
      1   something is missing, or it is not proved that nothing is
      2   wrong usage, or an archive that is gone or damaged
    """
    require_sites(sites)
    with Archive.open(db, read_only=True) as archive:
        rows = [row for row in archive.ledger.all_coverage() if not sites or row["site"] in sites]
        ledgers = [
            row
            | verdict_on(row).as_dict()
            | {
                "media": archive.media.tally(row["site"]),
                "gaps": archive.ledger.gaps(row["site"]),
            }
            for row in rows
        ]
    crawled = {ledger["site"] for ledger in ledgers}
    uncrawled = [site for site in sites if site not in crawled]
    if as_json:
        click.echo(json.dumps(ledgers, ensure_ascii=False, indent=2))
    else:
        for ledger in ledgers:
            _print(ledger)
        for site in uncrawled:
            click.echo(f"{site}: not crawled yet: {typed('crawl', site, db=db)}")
        if not sites and not ledgers:
            click.echo(f"Nothing was crawled yet: {typed('crawl', db=db)}")
    if uncrawled or not ledgers or not all(ledger["complete"] for ledger in ledgers):
        raise SystemExit(1)


def _print(ledger: dict[str, Any]) -> None:
    """Print what is said of a site. Without Rich, which takes four times as long for lines of which
    it changes nothing.
    """
    click.secho(plain(f"{ledger['site']}: {ledger['told']}"), bold=True)
    claimed = "" if ledger["claimed"] is None else f"; the portal counts {ledger['claimed']}"
    span = f", {ledger['oldest'][:10]} to {ledger['newest'][:10]}" if ledger["oldest"] else ""
    lines = [f"  {ledger['articles']} articles held{span}{_beside(ledger)}{claimed}"]
    if media := ledger["media"]:
        told = ", ".join(f"{count} {state}" for state, count in media.items())
        lines.append(f"  pictures and files, apart from that: {told}")
    lines += (line for gap in ledger["gaps"] for line in _lines(gap))
    click.echo(plain("\n".join(lines)))


def _lines(gap: dict[str, Any]) -> Iterator[str]:
    """Yield what is said of a gap: each on a line of its own, however long, since an address must
    be whole to be copied.
    """
    kept, state = gap["reason"], GapState(gap["state"])
    reason = sentence_or_as_it_stands(kept, "en") if kept else at_length(state, "en")
    yield f"  {state:8} {gap['url']}"
    yield f"           {reason}"
    if gap["found_on"]:
        by = "the next older one held is" if state == GapState.BROKEN else "named by"
        yield f"           {by} {gap['found_on']}"


def _beside(ledger: dict[str, Any]) -> str:
    """Return what stands between the articles that are held and those that the portal counts."""
    lost = ledger["tombstones"]
    of_them = {
        "the portal has no more": lost,
        "are of another body": ledger["others"],
        "are attributed to nobody": ledger["unattributed"],
    }
    those = ", ".join(f"{number} of them {what}" for what, number in of_them.items() if number)
    told = f" ({those})" if those else ""
    others = {
        "waiting": ledger["waiting"],
        "failed": ledger["failed"],
        "refused": ledger["refused"],
        "gone": ledger["gone"] - lost,
        "named by nothing": ledger["unnamed"],
    }
    beside = ", ".join(f"{number} {what}" for what, number in others.items() if number > 0)
    return f"{told}; beside them {beside}" if beside else told
