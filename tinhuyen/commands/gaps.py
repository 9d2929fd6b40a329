"""``tinhuyen gaps``: the ledger of what is missing, and why."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from archive import Archive, verdict_on
from crawler.vocabulary import GapState
from crawler.vocabulary.words import at_length
from tinhuyen.cli import db_option, require_sites
from tinhuyen.terminal import out


@click.command("gaps")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--json", "as_json", is_flag=True, help="Print the ledger for a program.")
def command(sites: tuple[str, ...], db: Path, as_json: bool) -> None:
    """Say what is missing from the archive, and why.

    For each site a verdict: complete, or incomplete because of so many addresses, and these by
    name. What the portal itself claims to have is set against what is held.

    \b
    Examples:
      tinhuyen gaps
      tinhuyen gaps chodon --json
    """
    require_sites(sites)
    with Archive.open(db, read_only=True) as archive:
        rows = [row for row in archive.ledger.all_coverage() if not sites or row["site"] in sites]
        ledgers = [
            row
            | {
                "verdict": verdict_on(row).in_words("en"),
                "gaps": archive.ledger.gaps(row["site"]),
            }
            for row in rows
        ]
    if as_json:
        click.echo(json.dumps(ledgers, ensure_ascii=False, indent=2))
        return
    console = out()
    for ledger in ledgers:
        _print(console, ledger)
    crawled = {ledger["site"] for ledger in ledgers}
    for site in sites:
        if site not in crawled:
            console.print(f"{site}: not crawled yet: tinhuyen crawl {site}", markup=False)
    if not sites and not ledgers:
        console.print("Nothing was crawled yet: tinhuyen crawl")


def _print(console: Console, ledger: dict[str, Any]) -> None:
    console.print(f"{ledger['site']}: {ledger['verdict']}", style="bold", markup=False)
    claimed = "" if ledger["claimed"] is None else f"; the portal counts {ledger['claimed']}"
    span = f", {ledger['oldest'][:10]} to {ledger['newest'][:10]}" if ledger["oldest"] else ""
    console.print(f"  {ledger['articles']} articles held{span}{claimed}", markup=False)
    for gap in ledger["gaps"]:
        reason = gap["reason"] or at_length(GapState(gap["state"]), "en")
        by = "the next older one held is" if gap["state"] == GapState.BROKEN else "named by"
        named = f"{by} {gap['found_on']}" if gap["found_on"] else ""
        # Each on a line of its own, however long: an address must be whole to be copied.
        for line in (
            f"  {gap['state']:8} {gap['url']}",
            f"           {reason}",
            f"           {named}",
        ):
            if line.strip():
                console.print(line, markup=False, highlight=False, soft_wrap=True)
