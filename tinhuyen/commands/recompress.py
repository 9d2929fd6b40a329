"""``tinhuyen recompress``: what was received, written anew so that it takes less."""

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from archive import Archive, LockedError
from curation.recompress import Done, recompress, remove_former
from tinhuyen.bar import bars
from tinhuyen.cli import db_option, require_sites
from tinhuyen.errors import Refused
from tinhuyen.terminal import err

_NICE = 19


@dataclass(slots=True)
class _Tally:
    """What came of all."""

    steps: list[Done] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    """The sites that a crawl or an import has."""
    removed: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    """Why old files stay, in words."""

    @property
    def left(self) -> list[str]:
        """Why files were left as they are that should not be, in words."""
        return [line for step in self.steps for line in step.left]


@click.command("recompress")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--dry-run", is_flag=True, help="Tell what it would win; write nothing.")
@click.option(
    "--without",
    multiple=True,
    metavar="DEST",
    help="A place of backups that is no more: wait for none there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what came of it for a program.")
def command(
    sites: tuple[str, ...], db: Path, dry_run: bool, without: tuple[str, ...], as_json: bool
) -> None:
    """Write the files of what was received anew, so that they take less.

    The records stay as they are, byte for byte, and are read again before the archive goes by the
    new files. The old ones are removed by a later call, or by tinhuyen backup: a day later at the
    earliest, when each place of backups has a new one. It may be ended at any time and begun again.

    \b
    Examples:
      tinhuyen recompress --dry-run
      tinhuyen recompress chodon

    \b
    Exit codes:
      0   done
      1   files were left as they are, since they are damaged; or there is no room
      2   wrong usage, or an archive that is gone or damaged
      75  a crawl or an import has a site, or a backup is being made
    """
    require_sites(sites)
    tally = _Tally()
    with Archive.open(db, read_only=dry_run) as archive:
        keys = _known(archive, sites)
        if not dry_run:
            archive.ensure_writable()
            os.nice(_NICE)
            tally.removed, tally.staying = remove_former(archive, datetime.now(UTC), without)
        with bars(err()) as tell:
            for key in keys:
                try:
                    for done in recompress(archive, key, _now, tell, dry_run=dry_run):
                        tally.steps.append(done)
                        if not as_json:
                            _print(done, dry_run=dry_run)
                except LockedError:
                    tally.busy.append(key)
    if as_json:
        click.echo(json.dumps(asdict(tally), ensure_ascii=False, indent=2))
    else:
        _print_tally(tally, db, dry_run=dry_run)
    if tally.busy or tally.left:
        raise SystemExit(os.EX_TEMPFAIL if tally.busy else 1)


def _now() -> datetime:
    return datetime.now(UTC)


def _known(archive: Archive, sites: tuple[str, ...]) -> list[str]:
    """Return the sites to work on, by key: those of which something was received."""
    keys = [*dict.fromkeys(file.name.partition("/")[0] for file in archive.captures.files())]
    for key in sites:
        if key not in keys:
            raise Refused(f"{key}: nothing was received of it; see tinhuyen status")
    return [key for key in keys if not sites or key in sites]


def _print(done: Done, *, dry_run: bool) -> None:
    for line in done.left:
        click.echo(line, err=True)
    if not done.files:
        return
    files = "1 file" if len(done.files) == 1 else f"{len(done.files)} files"
    what = f"{done.site}: {files}, {done.captures} captures, {done.before:,} bytes"
    if done.after is not None:
        click.echo(f"{what}; now {done.after:,} in {done.name}")
    elif done.settled:
        click.echo(f"{what}; stay, for they were written anew before, and too little came since")
    elif not done.is_worth_it:
        click.echo(f"{what}; stay, for anew they would take about {done.expected:,}")
    elif dry_run:
        click.echo(f"{what}; anew about {done.expected:,}")


def _print_tally(tally: _Tally, db: Path, *, dry_run: bool) -> None:
    for key in tally.busy:
        click.echo(f"{key}: another crawl or import has it; try again later", err=True)
    for file in tally.removed:
        click.echo(f"{file} was replaced before, and is removed.")
    for line in tally.staying:
        click.echo(f"{line}.")
    wins = [step for step in tally.steps if (step.is_worth_it if dry_run else step.after)]
    before = sum(step.before for step in wins)
    after = sum(step.expected if dry_run else step.after or 0 for step in wins)
    if dry_run:
        click.echo(f"Would save about {before - after:,} of {_all(tally):,} bytes.")
    elif wins:
        option = "" if db == Path("archive.db") else f" --db {db}"
        click.echo(
            f"Saved {before - after:,} of {_all(tally):,} bytes, once the old files are removed; "
            f"they are by a later backup, or a later: tinhuyen recompress{option}"
        )
    else:
        click.echo("Nothing to be saved.")


def _all(tally: _Tally) -> int:
    return sum(step.before for step in tally.steps)
