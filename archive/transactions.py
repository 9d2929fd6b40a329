"""The transactions of an archive."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.connection import Connection
from archive.opening import LOCK_SECONDS
from archive.settling import settle
from archive.tables import Tables


class Transactions:
    """Begins and ends the transactions of a connection; nobody else does."""

    def __init__(self, db: Connection, tables: Tables, path: Path) -> None:
        self._db = db
        self._tables = tables
        self._path = path
        self._file = path.stat()
        self.first: Callable[[bool], None] = lambda _: None
        """What each transaction does first; it is told whether it may wait for the disk."""
        self.last: Callable[[], None] = lambda: None
        """What is done when one is stored."""

    @contextmanager
    def begin(self, *, sync: bool = True) -> Iterator[None]:
        """All or nothing. IMMEDIATE: one that reads first and then writes would lose to others.

        Unless it may *sync*, it notes no captures but those that are on the disk. Raises OSError
        (ESTALE) if the file is not there any more: what is written to one that was deleted is lost.
        """
        self._require_there()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._tables.begun()
            self.first(sync)
            yield
            settle(self._tables)
            self._tables.indexing.write()
            self._tables.withheld.save()
            self._db.commit()
        except BaseException:
            self._db.rollback()
            self._tables.undone()
            raise
        self._tables.withheld.stored()
        self.last()

    def is_free(self) -> bool:
        """Whether one could begin now, without waiting for another connection that writes."""
        self._db.execute("PRAGMA busy_timeout = 0")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.rollback()
        except sqlite3.OperationalError as error:
            return (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_BUSY  # else it is told there
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}")
        return True

    def _require_there(self) -> None:
        try:
            is_it = os.path.samestat(self._path.stat(), self._file)
        except FileNotFoundError:
            is_it = False
        if not is_it:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(self._path))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read the archive as it is now, whatever is written to it meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.rollback()
