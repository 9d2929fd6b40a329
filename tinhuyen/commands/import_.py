"""``tinhuyen import``: from the archives of others to ours."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.vocabulary import Skipped
from tinhuyen.cli import db_option, known_sites, require_sites
from tinhuyen.cores import processes_option
from tinhuyen.terminal import err, out, print_counts, typed

if TYPE_CHECKING:
    from crawler.sites import Site
    from curation.importing.inventory import Advance, Inventory
    from curation.importing.run import SiteResult


_COLUMNS = ("PAGES", "NEW", "CHANGED", "UNCHANGED", "KNOWN", "OTHER", "FAILED", "UNREADABLE")
_MOST_TOLD = 5


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option(
    "--site", "keys", multiple=True, metavar="KEY", help="Take the pages of this site only."
)
@db_option
@click.option("--salvage", is_flag=True, help="Take what is whole out of a damaged file.")
@processes_option("Read pages in so many processes; auto: one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary for a program.")
def command(
    files: tuple[Path, ...],
    keys: tuple[str, ...],
    db: Path,
    salvage: bool,
    processes: int,
    as_json: bool,
) -> None:
    """Import pages of known sites from WARC, ARC and WACZ files.

    A page becomes what it would be had a crawl seen it on the day of its capture: a new article,
    an earlier or later revision, or one more capture of what is held. All files are read to their
    ends before anything is stored. What was imported before is passed over.

    \b
    Examples:
      tinhuyen import chodon-2019.warc.gz
      tinhuyen import --site chodon --db bac_kan.db *.warc.gz crawl.wacz
      tinhuyen import --salvage torn.warc.gz
      tinhuyen import --processes 1 chodon-2019.warc.gz

    \b
    Exit codes:
      0   done
      1   ended, but a file has no page of a known site, or something of it could not be read; or a
          process that read pages was killed
      2   wrong usage, or a file that cannot be imported; nothing was changed
      75  a crawl of a site is running; nothing was done
    """
    from curation.importing.run import Import, check
    from curation.parallel import Workers

    sites = require_sites(keys) if keys else _undoubted(known_sites())
    others = known_sites().keys() if keys else ()
    console = err()
    size = sum(_size(file) for file in files)
    with Workers(processes) as workers:  # before there is an archive or a thread
        with _progress(console, "Checking", size) as advance:
            inventories = check(
                files, sites, salvage=salvage, advance=advance, others=others, workers=workers
            )
        importing = Import(db, sites, inventories, salvage=salvage, others=others, workers=workers)
        with _progress(console, "Importing", size) as advance:
            results = importing.run(advance)
    if as_json:
        click.echo(json.dumps(_for_a_program(inventories, results), ensure_ascii=False, indent=2))
    else:
        _print(inventories, results, db)
    if not all(map(_is_read, inventories)) or any(result.unreadable for result in results):
        raise SystemExit(1)


def _undoubted(sites: "dict[str, Site]") -> "dict[str, Site]":
    """Return the sites but for those whose hosts may be somebody else's, unless they are named."""
    return {key: site for key, site in sites.items() if not site.doubt}


def _is_read(of: "Inventory") -> bool:
    """Whether a file has pages, and nothing in it that cannot be read."""
    return bool(of.pages) and not of.damaged and not of.skipped[Skipped.UNREADABLE]


def _size(file: Path) -> int:
    with suppress(OSError):
        return file.stat().st_size
    return 0


@contextmanager
def _progress(console: Console, what: str, size: int) -> "Iterator[Advance]":
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    disabled = not console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=disabled) as progress:
        task = progress.add_task(what, total=size)
        yield lambda read: progress.advance(task, read)


def _for_a_program(inventories: "list[Inventory]", results: "list[SiteResult]") -> dict[str, Any]:
    return {
        "files": [
            {
                "file": str(s.path),
                "records": s.records,
                "pages": dict(s.pages),
                "skipped": dict(s.skipped),
                "other_hosts": dict(s.hosts.most_common()),
                "damaged": s.damaged,
                "damages": s.damages,
                "unreadable": s.unreadable,
            }
            for s in inventories
        ],
        "sites": [result.as_dict() for result in results],
    }


def _say_some(say: Callable[[str], None], what: str, named: list[str], count: int) -> None:
    """Say what was left, the first of it by name."""
    for name in named[:_MOST_TOLD]:
        say(f"  {what}: {name}")
    if (more := count - _MOST_TOLD) > 0:
        say(f"  {what}: {more} more")


def _print(inventories: "list[Inventory]", results: "list[SiteResult]", db: Path) -> None:
    console = out()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    for s in inventories:
        skipped = ", ".join(f"{count} {why}" for why, count in sorted(s.skipped.items()))
        pages = sum(s.pages.values())
        say(f"{s.path}: {s.records} records, {pages} pages; passed over: {skipped or 'none'}")
        if not pages:
            hosts = f"it has {s.hosts_named}" if s.hosts else "it names no host at all"
            say(f"  no page of a known site; {hosts}. See: tinhuyen sites")
        _say_some(say, "left out", s.damages, s.damaged)
        _say_some(say, "cannot be read", s.unreadable, s.skipped[Skipped.UNREADABLE])
    for result in results:
        _say_some(say, f"{result.site}: cannot be read", result.unread, result.unreadable)
        for told in result.mended:
            say(f"  {result.site}: {told}")
    if not results:
        return
    print_counts("SITE", _COLUMNS, [(result.site, result) for result in results])
    say(f"\nRead and search it: {typed('serve', db=db)}   then open http://127.0.0.1:8001/")
