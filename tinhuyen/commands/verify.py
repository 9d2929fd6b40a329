"""``tinhuyen verify``: is everything as it was written?"""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.vocabulary import FaultKind
from crawler.vocabulary.soundness import DatabaseTrouble, Said
from tinhuyen.bar import bars
from tinhuyen.cli import db_option, known_sites, require_sites
from tinhuyen.cores import processes_option
from tinhuyen.errors import in_a_line
from tinhuyen.offers import FEW
from tinhuyen.terminal import err, out

if TYPE_CHECKING:
    from archive import Archive
    from curation.verify import Fault, Verification


_MAGIC = b"SQLite format 3\x00"


@click.command("verify")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@db_option
@click.option("--fast", is_flag=True, help=f"Look at {FEW} captures and articles only.")
@click.option("--anew", is_flag=True, help="Derive also what was derived before and is unchanged.")
@processes_option("Look at captures and articles in so many processes; auto: one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print what is wrong for a program.")
def command(
    sites: tuple[str, ...], db: Path, fast: bool, anew: bool, processes: int, as_json: bool
) -> None:
    """Check database, index, captures and texts against each other.

    Whether SQLite finds its file whole, the index finds every article by exactly its words, every
    byte of the captures is the one that was written, and every text can be derived again from
    its capture. What is wrong is printed, a line each. Nothing is written but the alarm that
    something is, or is no more (docs/alarms.md), and beside the archive which texts were derived:
    where all that decides how they read is unchanged, to the byte, they are not derived again.

    \b
    Examples:
      tinhuyen verify
      tinhuyen verify --fast
      tinhuyen verify --anew
      tinhuyen verify chodon --json
      tinhuyen verify --processes 1

    \b
    Exit codes:
      0   everything is as it was written
      1   something is not; docs/keeping.md tells what to do
      2   wrong usage, or no archive at all
    """
    from curation.parallel import Workers
    from curation.verified import Verified, verified_of
    from curation.verify import Verification
    from tinhuyen.alarms import note_verified

    require_sites(sites)
    with (
        Workers(processes) as workers,  # before there is an archive or a thread
        _opened(db) as archive,
        bars(err()) as tell,
    ):
        sample = FEW if fast else None
        verified = Verified(verified_of(archive.path), anew=anew)
        verification = Verification(archive, known_sites(), sites, sample, tell, workers, verified)
        faults = []
        for fault in _until_it_breaks(verification, db):
            faults.append(fault)
            if not as_json:
                click.echo(str(fault))
        verified.keep(whole=not fast and not sites)
    if as_json:
        click.echo(_as_json(verification, faults))
    else:
        _print(verification, faults)
    told = [Said.OF.of(record=db.name, what=fault) for fault in faults]
    note_verified(db, told, err(), whole=not fast and not sites)
    if faults:
        raise SystemExit(1)


def _opened(db: Path) -> "Archive":
    from archive import Archive, ArchiveError
    from tinhuyen.alarms import note_verified

    try:
        return Archive.open(db, read_only=True)
    except ArchiveError as error:
        if isinstance(error.__cause__, sqlite3.DatabaseError) and _is_archive(db):
            note_verified(db, [str(error)], err(), whole=False)
            raise click.ClickException(str(error)) from error  # a fault, and no mistake in usage
        raise


def _is_archive(db: Path) -> bool:
    """Whether a file begins as one of SQLite's does, so that it must be a damaged one."""
    with suppress(OSError), db.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
    return False


def _until_it_breaks(verification: "Verification", db: Path) -> "Iterator[Fault]":
    """Yield what is wrong, up to a database in which nothing more can be read."""
    from archive import explain
    from curation.verify import Fault

    try:
        yield from verification.faults()
    except BrokenProcessPool:
        yield Fault(FaultKind.DATABASE, str(db), DatabaseTrouble.KILLED)
    except sqlite3.Error as error:
        message = DatabaseTrouble.NOT_ALL.of(why=explain(error))
        yield Fault(FaultKind.DATABASE, str(db), message)
    except Exception as error:  # a value that is none: nobody can say where a damage shows
        message = DatabaseTrouble.NOT_ALL.of(why=in_a_line(error))
        yield Fault(FaultKind.DATABASE, str(db), message)


def _print(verification: "Verification", faults: "list[Fault]") -> None:
    console = out()
    checked, total = verification.checked, verification.total
    of = ", ".join(f"{checked[what]} of {total[what]} {what}" for what in total)
    console.print(f"Checked {of}.", markup=False)
    derived = checked["articles"] - verification.unchanged
    console.print(
        f"The texts of {derived} articles were derived again; "
        f"those of {verification.unchanged} are unchanged since they were."
    )
    for trouble in verification.verified.troubles if verification.verified else ():
        console.print(trouble, markup=False)
    if verification.lost:
        console.print(f"{verification.lost} captures are known to be lost.")
    if verification.underived:
        console.print(f"{verification.underived} texts have no capture to be derived from.")
    count = "1 fault." if len(faults) == 1 else f"{len(faults)} faults."
    console.print(count if faults else "Everything is as it was written.")


def _as_json(verification: "Verification", faults: "list[Fault]") -> str:
    return json.dumps(
        {
            "checked": dict(verification.checked),
            "total": dict(verification.total),
            "known_lost": verification.lost,
            "without_capture": verification.underived,
            "unchanged": verification.unchanged,
            "troubles": verification.verified.troubles if verification.verified else [],
            "faults": [asdict(fault) for fault in faults],
        },
        ensure_ascii=False,
        indent=2,
    )
