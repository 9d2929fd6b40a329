"""``tinhuyen sites``: the districts that can be crawled."""

import json
from dataclasses import asdict

import click
from rich.table import Table

from tinhuyen.cli import known_sites
from tinhuyen.terminal import out


@click.command("sites")
@click.option("--json", "as_json", is_flag=True, help="Print all facts, for a program.")
def command(as_json: bool) -> None:
    """List the districts that can be crawled.

    The first column is the name that other commands take. An address that nobody has seen
    answering is marked "unverified". Where a portal lies or lay at several addresses, the first is
    that of today.

    \b
    Examples:
      tinhuyen sites
      tinhuyen sites --json
    """
    sites = known_sites().values()
    if as_json:
        click.echo(json.dumps([asdict(site) for site in sites], ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("SITE", "NAME", "PROVINCE", "ADDRESS", "CMS", ""):
        table.add_column(heading, overflow="fold")
    for site in sites:
        mark = "demo" if site.demo else "" if site.verified else "unverified"
        places = "\n".join(site.places)
        table.add_row(site.key, site.name, site.province or "", places, site.cms, mark)
    out().print(table)
