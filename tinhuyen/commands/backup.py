"""``tinhuyen backup``: an archive as it is now, in another place."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive import Archive, ArchiveError, LockedError, explain, utc
from crawler.vocabulary.soundness import BackupNote
from curation.backup import manifest as manifests
from curation.backup.generations import Keep
from curation.backup.making import Made, make
from curation.backup.manifest import DamagedBackupError
from curation.backup.places import store_at
from curation.backup.restoring import faults
from curation.backup.store import Store, StoreError
from curation.recompress import remove_former
from tinhuyen.bar import bars
from tinhuyen.cli import db_option
from tinhuyen.errors import Refused
from tinhuyen.terminal import err

_USUAL = Keep()


def _keep(name: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        f"--keep-{name}", type=click.IntRange(min=0), default=getattr(_USUAL, name),
        show_default=True, help=f"Of so many {what} the newest backup is kept.",
    )  # fmt: skip


@click.command("backup")
@click.argument("dest")
@db_option
@_keep("daily", "days")
@_keep("weekly", "weeks")
@_keep("monthly", "months")
@click.option("--check", is_flag=True, help="Make none; read all that there are, and compare.")
@click.option("--list", "as_list", is_flag=True, help="Make none; list those that there are.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done for a program.")
def command(
    dest: str,
    db: Path,
    keep_daily: int,
    keep_weekly: int,
    keep_monthly: int,
    check: bool,
    as_list: bool,
    as_json: bool,
) -> None:
    """Copy the archive as it is now to DEST, also while a crawl is running.

    DEST is a folder of its own, best on another disk, s3://BUCKET/PREFIX or
    az://CONTAINER/PREFIX. The archive, what is withheld of it and what was received are copied; of
    that only what is new is written. All of it is read back. tinhuyen restore brings it back.

    \b
    Examples:
      tinhuyen backup /mnt/backup/tinhuyen
      tinhuyen backup s3://my-bucket/tinhuyen --keep-daily 14
      tinhuyen backup --check /mnt/backup/tinhuyen
      tinhuyen backup --list /mnt/backup/tinhuyen

    \b
    Exit codes:
      0   done
      1   it could not be made, or something in it is damaged
      2   wrong usage, or an archive that is gone or damaged
      75  another backup is being made
    """
    if check and as_list:
        raise Refused("--check and --list are two things; ask for one of them")
    store = store_at(dest)
    if check:
        _check(store, as_json)
    elif as_list:
        _list(store, as_json)
    else:
        with Archive.open(db) as archive:
            _require_apart(dest, archive)
            _make(archive, store, Keep(keep_daily, keep_weekly, keep_monthly), as_json)


def _require_apart(dest: str, archive: Archive) -> None:
    place, folder = Path(dest).resolve(), archive.folder.resolve()
    if "://" not in dest and (place == folder or folder in place.parents):
        raise Refused(f"{dest}: a part of the archive; name another folder")


def _make(archive: Archive, store: Store, keep: Keep, as_json: bool) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    try:
        with bars(err()) as tell:
            made = make(archive, store, at, keep, tell)
    except (StoreError, ArchiveError, DamagedBackupError, OSError) as error:
        _note(archive, store, at, ok=False, size=None, message=str(error))
        raise
    except sqlite3.Error as error:
        _note(archive, store, at, ok=False, size=None, message=explain(error))
        raise
    said = _said(made)
    message = "; ".join([said, *made.damaged])
    _note(archive, store, at, ok=made.ok, size=made.manifest.bytes, message=message)
    removed = _without_former(archive)
    if as_json:
        report = _for_a_program(made) | {"former_files_removed": removed}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{store.name}: {said}.")
        for file in removed:
            click.echo(f"{file} was replaced by tinhuyen recompress, and is removed.")
        for line in made.damaged:
            click.echo(f"  damaged: {line}", err=True)
    if not made.ok:
        raise SystemExit(1)


def _without_former(archive: Archive) -> list[str]:
    """Remove the files of captures that others have replaced, if all backups have these; what
    hinders that is told, and the next backup tries again.
    """
    try:
        return remove_former(archive, datetime.now(UTC))[0]
    except (sqlite3.Error, OSError, LockedError) as error:
        click.echo(f"{archive.path}: old files could not be removed: {error}", err=True)
        return []


def _note(
    archive: Archive, store: Store, at: datetime, *, ok: bool, size: int | None, message: str
) -> None:
    """Note what came of it; what hinders that is told, and is no reason to tell nothing else."""
    try:
        archive.copies.note(at, store.name, ok=ok, size=size, message=message)
    except (sqlite3.Error, OSError) as error:
        click.echo(f"{archive.path}: the backup could not be noted: {error}", err=True)


def _said(made: Made) -> str:
    manifest = made.manifest
    told = [
        BackupNote.MADE.of(
            number=manifest.articles, most=manifest.captures,
            size=f"{manifest.bytes:,}", least=f"{made.written:,}",
        )
    ]  # fmt: skip
    if made.mended:
        told.append(BackupNote.MENDED.of(number=made.mended))
    if made.removed:
        told.append(BackupNote.REMOVED.of(number=len(made.removed)))
    return ", ".join(told)


def _for_a_program(made: Made) -> dict[str, Any]:
    return {
        "name": made.name,
        "at": utc(made.manifest.made_at),
        "ok": made.ok,
        "articles": made.manifest.articles,
        "captures": made.manifest.captures,
        "bytes": made.manifest.bytes,
        "new_bytes": made.written,
        "mended_blocks": made.mended,
        "removed": made.removed,
        "damaged": made.damaged,
    }


def _check(store: Store, as_json: bool) -> None:
    backups = manifests.names(store)
    with bars(err()) as tell:
        found = [*faults(store, tell)]
    if as_json:
        report = {"backups": len(backups), "faults": found}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for fault in found:
            click.echo(fault)
        click.echo(f"{store.name}: {len(backups)} backups, {len(found)} faults")
    if found or not backups:
        raise SystemExit(1)


def _list(store: Store, as_json: bool) -> None:
    rows = []
    for name in manifests.names(store):
        row: dict[str, Any] = {"name": name, "at": utc(manifests.time_of(name))}
        try:
            manifest = manifests.read(store, name)
            row |= {"articles": manifest.articles, "captures": manifest.captures}
            row |= {"bytes": manifest.bytes, "damaged": [*manifest.damaged]}
        except DamagedBackupError as error:
            row["damaged"] = [str(error)]
        rows.append(row)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        if "bytes" in row:
            counts = f"{row['articles']} articles, {row['captures']} captures"
            click.echo(f"{row['at']}  {counts}, {row['bytes']:,} bytes")
        else:
            click.echo(row["at"])
        for line in row["damaged"]:
            click.echo(f"  damaged: {line}")
    if not rows:
        click.echo(f"{store.name}: has no backup")
