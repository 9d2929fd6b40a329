"""``tinhuyen quarantine``: the pages that were set aside."""

import json
from pathlib import Path

import click

from archive import Archive
from tinhuyen.cli import db_option, require_sites
from tinhuyen.terminal import out


@click.command("quarantine")
@click.argument("site", required=False)
@db_option
@click.option("--json", "as_json", is_flag=True, help="Print the list for a program.")
def command(site: str | None, db: Path, as_json: bool) -> None:
    """List the pages that were set aside because they seem to be none of the portal's own.

    Each with the number of its capture, when it was received, its address, its site, and why. It is
    kept, but not shown; "tinhuyen accept" makes it the article of its address.

    \b
    Examples:
      tinhuyen quarantine
      tinhuyen quarantine chodon --json

    \b
    Exit codes: 0 done, whether or not there are any; 2 wrong usage, or an archive that is gone or
    damaged.
    """
    require_sites((site,) if site else ())
    with Archive.open(db, read_only=True) as archive:
        rows = archive.captures.quarantine(site)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    console = out()
    for row in rows:
        for line in (
            f"{row['capture_id']:>8}  {row['fetched_at']}  {row['flags']:9}  {row['url']}",
            f"          {row['site']}: {row['reason'] or ''}",
        ):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    if rows:
        console.print("\nTo show one as the article that it is: tinhuyen accept NUMBER")
    else:
        console.print("Nothing is in quarantine.")
