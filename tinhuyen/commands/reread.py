"""``tinhuyen reread``: every article again with today's readers."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinhuyen.bar import Tell, bars
from tinhuyen.cli import db_option, known_sites, require_sites
from tinhuyen.cores import processes_option
from tinhuyen.terminal import err, out

if TYPE_CHECKING:
    from archive import Archive
    from curation.reread import Reread


_MOST_SHOWN = 20


@dataclass(slots=True)
class _Tally:
    """What came of all articles."""

    read: int = 0
    changed: int = 0
    merged: int = 0
    """Earlier texts that turned out to be no change."""
    unreadable: int = 0
    without_capture: int = 0
    pages: int = 0
    """Pages about pictures that say otherwise."""

    def add(self, done: "Reread") -> None:
        self.read += 1
        self.changed += bool(done.changes)
        self.merged += done.merged
        self.unreadable += bool(done.problems)
        self.without_capture += done.underived


@click.command("reread")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--dry-run", is_flag=True, help="Show what would change; store nothing.")
@click.option("--reindex", is_flag=True, help="Make the full-text index anew afterwards.")
@processes_option("Read pages in so many processes; auto: one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it for a program.")
def command(
    sites: tuple[str, ...], db: Path, dry_run: bool, reindex: bool, processes: int, as_json: bool
) -> None:
    """Derive every article again from its captures, without asking a portal.

    When Tin Huyện has learnt to read pages better, so that what was crawled before gains by it. A
    better reading is no new revision; one that only a counter made goes. It may be ended at any
    time and begun again.

    \b
    Examples:
      tinhuyen reread --dry-run
      tinhuyen reread chodon
      tinhuyen reread --processes 1

    \b
    Exit codes:
      0   done
      1   done, but some articles cannot be read any more; they stay as they are
      2   wrong usage, or an archive that is gone or damaged
    """
    from archive import Archive
    from curation import picture_pages
    from curation.parallel import Workers
    from curation.reread import reread

    require_sites(sites)
    tally, shown = _Tally(), []
    with (
        Workers(processes) as workers,  # before there is an archive or a thread
        Archive.open(db, read_only=dry_run) as archive,
        bars(err()) as tell,
    ):
        if not dry_run:
            archive.ensure_writable()
        ids = archive.articles.ids(sites)
        work = reread(archive, known_sites(), ids, dry_run=dry_run, workers=workers)
        for number, done in enumerate(work, 1):
            tell("articles", number, len(ids))
            tally.add(done)
            if as_json and (done.changes or done.problems):
                shown.append(asdict(done))
            elif not as_json:
                _print(done, dry_run and tally.changed <= _MOST_SHOWN)
        tally.pages = picture_pages.reread(archive, archive.media.pages(sites), dry_run=dry_run)
        if reindex and not dry_run:
            _reindex(archive, tell)
    if as_json:
        click.echo(json.dumps(asdict(tally) | {"articles": shown}, ensure_ascii=False, indent=2))
    else:
        _print_tally(tally, dry_run=dry_run)
    if tally.unreadable:
        raise SystemExit(1)


def _reindex(archive: "Archive", tell: Tell) -> None:
    total = len(archive.articles.ids())
    archive.articles.rebuild_index(lambda done: tell("index", done, total))


def _print(done: "Reread", with_changes: bool) -> None:
    from curation.reread import describe_change

    console = out()
    for problem in done.problems:
        line = f"{done.record}: cannot be read any more, and stays as it is: {problem}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if done.strangers:
        line = (
            f"{done.record}: its last texts ({done.strangers}) are another article, of whoever has "
            "its host since, and are set aside: see tinhuyen quarantine"
        )
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if with_changes and done.changes:
        console.print(done.record, style="bold", markup=False, soft_wrap=True)
        for change in done.changes:
            line = f"  revision {change.revision}, {change.column}: {describe_change(change)}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_tally(tally: _Tally, *, dry_run: bool) -> None:
    console = out()
    if dry_run and tally.changed > _MOST_SHOWN:
        console.print(f"and {tally.changed - _MOST_SHOWN} more articles")
    verb = "would change" if dry_run else "changed"
    console.print(f"{tally.read} articles read again; {tally.changed} {verb}.")
    if tally.pages:
        console.print(f"{tally.pages} pages about pictures {verb}.")
    if tally.merged:
        console.print(f"{tally.merged} earlier revisions were no change of an article, and went.")
    if tally.unreadable:
        console.print(f"{tally.unreadable} articles cannot be read any more.")
    if tally.without_capture:
        console.print(f"{tally.without_capture} articles have no capture to be read from.")
