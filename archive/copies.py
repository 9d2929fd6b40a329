"""Copying the databases of an archive while others write, and the log of backups."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from archive.connection import Connection, composed, name
from archive.errors import ArchiveError
from archive.reading import reading_address
from archive.tables import Tables
from archive.tables.articles_fts import Index
from archive.tables.backups import BackupQueries
from archive.transactions import Transactions
from archive.vault import Vault, vault_of
from crawler.vocabulary.soundness import DatabaseTrouble, Said

_PAGES = 4096
"""Pages that are copied at a time, 16 MB: as often it is told how far it has come."""

_ON_DISK = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_IOERR: errno.EIO}
"""What SQLite says of the disk, by which the copies are meant: the archive could be opened."""
_OF_THIS_MACHINE = (
    *("alarms", "backups", "collections", "fleets", "former_warcs", "host_sites", "hosts"),
    *("merges", "tellings"),
)
"""The tables that say how an archive is run, and of what it was put together."""


class Copies(BackupQueries):
    """The copies of an archive."""

    def __init__(
        self, db: Connection, tables: Tables, transactions: Transactions, path: Path
    ) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions
        self._path = path

    @property
    def identity(self) -> str:
        """What tells this archive from all others, and is the same in its copies: the time, with
        its fractions, at which it was made.
        """
        sql = "SELECT min(applied_at) FROM _sqlite_migrations WHERE migration_set = 'tinhuyen'"
        return str(self._db.execute(sql).fetchone()[0])

    def articles(self) -> int:
        """Return how many articles the archive has."""
        return int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])

    def note(self, at: datetime, dest: str, *, ok: bool, size: int | None, message: str) -> None:
        """Note what came of a backup that was begun *at* a time."""
        with self._transactions.begin():
            self._tables.backups.add(at, dest, ok=ok, size=size, message=message)

    def copy_to(self, folder: Path, tell: Callable[[int, int], None]) -> list[Path]:
        """Copy ``archive.db`` and ``withheld.db`` into a folder, both as they are at one moment.

        Others are kept from writing only while the second is copied, which is short. *tell* is told
        how many pages were copied, and of how many. Returns the copies, that of the archive first.
        Raises `ArchiveError` if the archive is damaged, sqlite3.Error if it cannot be read,
        OSError if there is no room for the copies.
        """
        try:
            return self._copied(folder, tell)
        except sqlite3.OperationalError as error:
            number = _ON_DISK.get(error.sqlite_errorcode & 0xFF)
            if number is None:
                raise
            raise OSError(number, os.strerror(number), str(folder)) from error

    def _copied(self, folder: Path, tell: Callable[[int, int], None]) -> list[Path]:
        copy = folder / self._path.name
        copies = [copy]
        with closing(self._reader()) as source:
            with self._transactions.begin():  # nobody writes to either of them meanwhile
                vault = Vault(self._path)
                if vault.exists:
                    copies.append(vault_of(copy))
                    vault.copy_to(copies[-1])
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            copied = Vault(copy)
            _require_sound(vault.path, [*copied.damage()] or [*copied.altered()])
            with closing(sqlite3.connect(copy, isolation_level=None)) as target:
                # From the moment that BEGIN has fixed, whatever is written meanwhile.
                source.backup(
                    target, pages=_PAGES, sleep=0,
                    progress=lambda _, left, total: tell(total - left, total),
                )  # fmt: skip
                _require_sound(self._path, _wrong_with(target))
        return copies

    def publish(self, path: Path) -> None:
        """Write the archive to *path* as one file that can be given to anybody: what is withheld is
        in no byte of it, nor what only this machine's crawls are concerned with.

        Whoever calls it has begun a snapshot, which it shows. The same archive gives the same
        bytes, with the same SQLite. Raises sqlite3.Error.
        """
        draft = path.with_name(f".{path.name}.draft")
        try:
            with closing(Connection(sqlite3.connect(draft, isolation_level=None))) as copy:
                self._db.conn.backup(copy.conn)
                copy.execute("PRAGMA journal_mode = MEMORY")
                copy.execute("BEGIN")
                for table in sorted({*_OF_THIS_MACHINE} & {*copy.table_names()}):
                    copy.execute(composed("DELETE FROM {table}", table=name(table)))
                Index(copy).rebuild(lambda _: None)  # as it grew, it tells what was in it
                copy.commit()
                copy.execute("VACUUM INTO ?", [str(path)])
        finally:
            draft.unlink(missing_ok=True)

    def _reader(self) -> sqlite3.Connection:
        return sqlite3.connect(
            reading_address(self._path), timeout=60, isolation_level=None, uri=True
        )


def _wrong_with(copy: sqlite3.Connection) -> list[str]:
    try:
        return [said for (said,) in copy.execute("PRAGMA quick_check") if said != "ok"]
    except sqlite3.DatabaseError as error:
        return [str(error)]


def _require_sound(path: Path, wrong: list[str]) -> None:
    """Raise `ArchiveError` if something was found *wrong* with the copy of a database."""
    if wrong:
        said = " ".join(wrong[0].split())  # SQLite says it in several lines
        raise ArchiveError(Said.OF.of(record=path, what=DatabaseTrouble.NOT_COPIED.of(error=said)))
