"""``tinhuyen merge``: several archives become one."""

import json
from pathlib import Path

import click

from curation.merging import Merged, merge
from tinhuyen.bar import bars
from tinhuyen.cli import db_option
from tinhuyen.terminal import err, print_counts

LEFT = (
    "{db}: bytes of what is hidden may be left in it, for somebody reads or writes, or the disk "
    "has no room for it twice; to try again: tinhuyen hide --clear"
)
"""What is told where a merge could not clear away what it has taken out."""
_COLUMNS = ("SITES", "MERGED", "NEW", "CHANGED", "SAME", "CAPTURES", "LINKED", "COPIED")


@click.command("merge")
@click.argument(
    "sources", nargs=-1, required=True, metavar="FROM...", type=click.Path(path_type=Path)
)
@db_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done for a program.")
def command(sources: tuple[Path, ...], db: Path, as_json: bool) -> None:
    """Merge other archives into this one, which is made if it is missing.

    FROM is an archive.db with its captures beside it, or a folder that holds both; nothing is
    written to it. What several have crawled becomes what one would have: each address, text and
    capture once, in order of time. What is hidden in any of them is hidden. What was merged before
    is passed over.

    \b
    Examples:
      tinhuyen merge /mnt/usb/archive.db
      tinhuyen merge --db tay_bac.db son_la/ lai_chau/ dien_bien.db

    \b
    Exit codes:
      0   done
      1   it could not be written; the same command again goes on. Or bytes of what is hidden
          may be left in the archive's file or in the index of search
      2   wrong usage, or an archive that is missing, damaged or from a newer version
      75  one of them is being crawled
    """
    results = []
    for source in sources:
        with bars(err()) as tell:
            results.append(merge(db, source, tell))
    if as_json:
        report = [merged.as_dict() for merged in results]
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _print(results)
    if not all(merged.is_cleared for merged in results):
        click.echo(LEFT.format(db=db), err=True)
        raise SystemExit(1)


def _print(results: list[Merged]) -> None:
    print_counts("FROM", _COLUMNS, [(merged.source, merged) for merged in results])
    takedowns = sum(merged.takedowns for merged in results)
    if takedowns:
        click.echo(f"{takedowns} takedowns were taken over; see: tinhuyen hide")
    for merged in results:
        if merged.returned:
            click.echo(
                f"{merged.source}: {merged.returned} articles that were withdrawn here, as their "
                "pages turned out to be none, are here again: it holds them; see: docs/merging.md"
            )
