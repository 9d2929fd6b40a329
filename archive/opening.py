"""Opening an ``archive.db``: what is refused, what is made, what is brought up to date."""

import sqlite3
from pathlib import Path
from time import monotonic, sleep

from archive.connection import Connection
from archive.errors import ANOTHER, ArchiveError, explain
from archive.reading import reading_address
from archive.schema import APPLICATION_ID, migrations
from archive.tables.country import is_map_older, write_map
from archive.vault import Vault, vault_of
from archive.warc import files_beside, folder_of
from crawler.vocabulary.soundness import DatabaseTrouble, Said

LOCK_SECONDS = 60  # how long another writer is waited for
_STATEMENTS = 1024
"""How many statements are kept prepared: a merge has more than the 128 that Python would keep."""


def opened(
    path: Path, *, read_only: bool = False, create: bool = False, from_captures: bool = False
) -> Connection:
    """Open the file of an archive, and bring its schema up to date.

    With *create* it is made if it is missing: that is for what fills it, a crawl or an import; but
    beside captures of one that is gone only *from_captures*, by whoever reads them. If
    *read_only* nothing else is written, and one of this version may lie where nothing can be.
    Raises `ArchiveError` if it is missing, no archive of ours, from a newer version, broken, or
    cannot be written.
    """
    if path.is_dir():
        raise ArchiveError(f"{path}: a folder; name a file in it with --db")
    if not path.parent.is_dir() and (create or path.exists()):
        raise ArchiveError(f"{path}: its folder does not exist; make it first")
    if not path.exists():
        _refuse_missing(path, "no such archive", create=create, from_captures=from_captures)
    try:
        db = _connected(path, read_only=read_only)
        require_ours(db, path)
        if not db.table_names():
            _refuse_missing(path, "an empty file", create=create, from_captures=from_captures)
        if not read_only:
            _prepare(db)
        elif migrations.pending(db):
            db.conn.close()
            db = _brought_up_to_date(path)
    except sqlite3.Error as error:
        raise ArchiveError(Said.OF.of(record=path, what=explain(error))) from error
    return db


def _connected(path: Path, *, read_only: bool) -> Connection:
    # As a URI in both cases, so that another archive may be attached to be read only.
    address = reading_address(path) if read_only else path.resolve().as_uri()
    # Autocommit: transactions are begun and ended by `archive.transactions` alone.
    return Connection(
        sqlite3.connect(
            address,
            timeout=LOCK_SECONDS,
            isolation_level=None,
            uri=True,
            cached_statements=_STATEMENTS,
        )
    )


def _brought_up_to_date(path: Path) -> Connection:
    """Open to be read what an older version made: its schema has to be that of this one."""
    try:
        db = _connected(path, read_only=False)
        _prepare(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.conn.close()
    except sqlite3.OperationalError as error:
        told = explain(error)
        if told in (DatabaseTrouble.NOT_OPENED, DatabaseTrouble.NOT_WRITABLE.of(instead=ANOTHER)):
            told = DatabaseTrouble.OUTDATED.of(why=told)
        raise ArchiveError(Said.OF.of(record=path, what=told)) from error
    return _connected(path, read_only=True)


def require_ours(db: Connection, path: Path, instead: str = ANOTHER) -> None:
    """Raise `ArchiveError` if a database is no archive of ours, or from a newer version; *instead*
    says how to name another one.
    """
    tables = db.table_names()
    if tables and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise ArchiveError(
            f"{path}: a database, but no archive of Tin Huyện (it has the table "
            f"{tables[0]!r}); {instead}"
        )
    newer = {*migrations.applied(db)} - migrations.names
    if newer:
        raise ArchiveError(
            f"{path}: made by a newer version of Tin Huyện (it has {min(newer)!r}); "
            "use that version, or a newer one"
        )


def _refuse_missing(path: Path, told: str, *, create: bool, from_captures: bool) -> None:
    """Refuse an archive that is not there: to be read, or to be made where one is gone."""
    if Vault(path).ids():
        raise ArchiveError(
            f"{path}: {told}, but {vault_of(path).name} holds texts that one withholds. Restore it "
            "from a backup; without one see docs/keeping.md"
        )
    if (files := files_beside(path)) and not from_captures:
        folder = folder_of(path)
        raise ArchiveError(
            f"{path}: {told}, but {folder.name}/ holds {files} files of what one has received. "
            f"Restore it from a backup, or make it again from them: tinhuyen import{_option(path)} "
            f"{folder}/*/*.warc.zst; to begin anew, move the folder away"
        )
    if not create:
        raise ArchiveError(f"{path}: {told}; make one with: tinhuyen crawl demo{_option(path)}")


def _prepare(db: Connection) -> None:
    _enable_wal(db)
    if migrations.pending(db) or is_map_older(db):
        db.execute("PRAGMA foreign_keys = OFF")  # a table that is made anew is gone for a moment
        db.execute("BEGIN IMMEDIATE")  # two crawls may make the same archive
        try:
            migrations.apply(db)
            if is_map_older(db):
                write_map(db)
            db.commit()
        except BaseException:
            db.rollback()
            raise
    db.execute("PRAGMA foreign_keys = ON")
    # What was reported as stored must survive a power cut: it is never asked for again.
    db.execute("PRAGMA synchronous = FULL")


def _enable_wal(db: Connection) -> None:
    deadline = monotonic() + LOCK_SECONDS
    while True:
        try:
            if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Of two that do this at once SQLite tells one "locked", and heeds no timeout.
            if "locked" not in str(error) or monotonic() > deadline:
                raise
        sleep(0.05)


def _option(path: Path) -> str:
    return "" if path == Path("archive.db") else f" --db {path}"
