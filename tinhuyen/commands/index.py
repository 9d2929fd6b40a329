"""``tinhuyen index``: the index of ranked search, brought up to the archive."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinhuyen.bar import bars
from tinhuyen.cli import db_option
from tinhuyen.errors import Busy, Refused
from tinhuyen.terminal import err, out

if TYPE_CHECKING:
    from archive.search.writing import Brought, Tell


_PATIENCE = 5.0


@click.command("index")
@db_option
@click.option("--rebuild", is_flag=True, help="Make it anew from the texts of the archive.")
@click.option("--check", is_flag=True, help="Hold it against the archive; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it for a program.")
def command(db: Path, rebuild: bool, check: bool, as_json: bool) -> None:
    """Bring the index of ranked search up to the archive.

    Crawls, imports and the reading room do so by themselves; this is for an archive that other
    means have written, or to repair the index. It lies beside the archive, archive.index beside
    archive.db, and follows from it alone: it may be deleted, and is made again. Whoever reads goes
    on meanwhile, in the old one.

    \b
    Examples:
      tinhuyen index
      tinhuyen index --rebuild
      tinhuyen index --check --db bac_kan.db

    \b
    Exit codes:
      0   done, or nothing is wrong
      1   --check has found something wrong, or the index cannot be written
      2   wrong usage, or an archive that is gone or damaged
      75  another process is writing to it
    """
    from archive import Archive

    if rebuild and check:
        raise Refused("--rebuild or --check: it is one or the other")
    with Archive.open(db, read_only=True):
        pass  # what an older version made is brought up to date, what is no archive refused
    with bars(err()) as tell:
        if check:
            _check(db, lambda done, of: tell("articles", done, of), as_json=as_json)
            return
        brought = _brought(db, lambda done, of: tell("articles", done, of), rebuild=rebuild)
    if as_json:
        click.echo(json.dumps(brought._asdict(), ensure_ascii=False, indent=2))
    else:
        _print(brought, db)


def _brought(db: Path, tell: "Tell", *, rebuild: bool) -> "Brought":
    from archive.search.folder import IndexBusyError, index_of, is_of_index
    from archive.search.writing import bring_up

    folder = index_of(db)
    try:
        return bring_up(db, rebuild=rebuild, thorough=True, wait=_PATIENCE, tell=tell)
    except IndexBusyError:
        raise Busy(f"{folder}: another process is writing to it; try again later") from None
    except BaseException as error:
        if not is_of_index(error):
            raise
        raise click.ClickException(
            f"{folder}: cannot be written ({error}); search works without it, but slower"
        ) from error


def _print(brought: "Brought", db: Path) -> None:
    from archive.search.folder import index_of

    console = out()
    took = f"{brought.seconds:.1f} s"
    if brought.rebuilt:
        line = f"Made anew ({brought.rebuilt}): {brought.articles} articles in {took}."
    elif brought.changes:
        line = f"{brought.changes} changes taken in, of {brought.articles} articles, in {took}."
    else:
        line = f"Nothing has changed: {brought.articles} articles."
    console.print(f"{index_of(db)}: {line}", markup=False, highlight=False, soft_wrap=True)


def _check(db: Path, tell: "Tell", *, as_json: bool) -> None:
    from archive.search.checking import faults
    from archive.search.folder import index_of

    found = [
        {"article": article_id, "message": message} for article_id, message in faults(db, tell=tell)
    ]
    if as_json:
        click.echo(json.dumps({"faults": found}, ensure_ascii=False, indent=2))
    else:
        for fault in found:
            which = f"article {fault['article']}" if fault["article"] else str(index_of(db))
            click.echo(f"{which}: {fault['message']}")
        if not found:
            click.echo("The index holds what the archive does.")
    if found:
        raise SystemExit(1)
