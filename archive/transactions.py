"""The transactions of an archive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive.connection import Connection
from archive.tables import Tables


class Transactions:
    """Begins and ends the transactions of a connection; nobody else does."""

    def __init__(self, db: Connection, tables: Tables) -> None:
        self._db = db
        self._tables = tables
        self.first: Callable[[], None] = _nothing
        """What each transaction does first."""
        self.last: Callable[[], None] = _nothing
        """What is done when one is stored."""

    @contextmanager
    def begin(self) -> Iterator[None]:
        """All or nothing. IMMEDIATE: one that reads first and then writes would lose to others."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._tables.begun()
            self.first()
            yield
            self._db.commit()
        except BaseException:
            self._db.rollback()
            self._tables.undone()
            raise
        self.last()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read the archive as it is now, whatever is written to it meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.rollback()


def _nothing() -> None:
    pass
