"""An ``archive.db`` and the files beside it: one door, behind it a module for each thing."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self

from archive.alarms import AlarmBook
from archive.collected import CollectionBook
from archive.connection import Connection
from archive.copies import Copies
from archive.errors import ArchiveError, explain
from archive.freshness import Freshness, freshness_of, freshness_query
from archive.holdings import Holdings
from archive.ledger import Ledger
from archive.lessons import LessonBook
from archive.linked import Linked
from archive.mementos import MementoBook
from archive.merging.merging import Merging
from archive.noise import NoiseLearning
from archive.opening import opened
from archive.owners import Owners
from archive.pushes import PushBook
from archive.received import Received
from archive.recompressed import Recompressed
from archive.reviews import ReviewBook
from archive.runs import RunLog
from archive.schema import missing_from
from archive.surveys import SurveyBook
from archive.tables import Tables
from archive.tables.changes import ChangeQueries
from archive.tables.media import MediaQueries
from archive.transactions import Transactions
from archive.visits import Visits
from archive.walks import Walks
from archive.warc import folder_of
from archive.withholding import Withholding
from crawler.vocabulary.soundness import DatabaseTrouble, Record

_MOMENT = 500
"""Milliseconds for which somebody who reads is waited for, where nothing depends on it."""


class Archive:
    """An ``archive.db``. One connection, one thread; many may have the file open at once.

    What is asked of it is asked of one of its parts, by a verb: ``archive.runs.start(…)``. What a
    verb writes it writes whole, in a transaction of its own.
    """

    def __init__(self, db: Connection, path: Path) -> None:
        tables = Tables(db)
        self._db = db
        self._transactions = transactions = Transactions(db, tables, path)
        self.path = path
        self.folder = folder_of(path)
        """Where the files with what was received lie."""
        self.alarms = AlarmBook(db, tables, transactions)
        self.collected = CollectionBook(db, tables, transactions)
        self.runs = RunLog(tables, transactions)
        self.captures = Received(db, tables, transactions, self.folder)
        self.recompressed = Recompressed(db, tables, transactions, self.folder)
        self.routes = Walks(tables, transactions)
        self.visits = Visits(tables, transactions)
        self.articles = Holdings(db, tables, transactions, self.visits)
        self.lessons = LessonBook(db, tables, transactions, self.articles, self.visits, self.folder)
        self.ledger = Ledger(db, tables, transactions)
        self.linked = Linked(db, tables, transactions)
        self.media = MediaQueries(db)
        self.mementos = MementoBook(db, tables, transactions)
        self.merging = Merging(db, tables, transactions, self.folder)
        self.noise = NoiseLearning(db, tables, transactions)
        self.owners = Owners(db, tables, transactions)
        self.pushes = PushBook(db, tables, transactions)
        self.surveys = SurveyBook(db, tables, transactions)
        self.changes = ChangeQueries(db)
        self.copies = Copies(db, tables, transactions, path)
        self.reviews = ReviewBook(db, tables, transactions, self.articles)
        self.withheld = Withholding(db, tables, transactions, path)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        read_only: bool = False,
        create: bool = False,
        from_captures: bool = False,
    ) -> Self:
        """Open the archive *path* and bring its schema up to date.

        With *create* it is made if it is missing: that is for what fills it, a crawl or an import.
        Beside captures of one that is gone it is made only *from_captures*, by whoever reads them.
        If *read_only* nothing else is written, and one of this version may lie where nothing can
        be. Raises `ArchiveError` if it is missing, no archive of ours, from a newer version,
        broken, or cannot be written.
        """
        path = Path(path)
        db = opened(path, read_only=read_only, create=create, from_captures=from_captures)
        archive = cls(db, path)
        if not read_only:
            archive.withheld.resume()
        return archive

    def ensure_writable(self) -> None:
        """Raise `ArchiveError` if nothing can be written to the archive."""
        try:
            with self._transactions.begin():
                pass
        except sqlite3.Error as error:
            raise ArchiveError(f"{self.path}: {explain(error)}") from error

    def is_free(self) -> bool:
        """Whether it could be written now, without waiting for another process that does."""
        return self._transactions.is_free()

    def sync_later(self) -> None:
        """Let no commit wait for the disk from now on; whoever asks for this does (`sync_log`).

        After a power cut the archive is as some commit left it, and the later ones are gone whole.
        """
        self._db.execute("PRAGMA synchronous = NORMAL")

    def freshness(self, now: datetime, site: str | None = None) -> list[Freshness]:
        """Return how fresh each site is that the archive knows, or *site* alone, by key."""
        return [*map(freshness_of, self._db.query(*freshness_query(site, now)))]

    def snapshot(self) -> AbstractContextManager[None]:
        """Read the archive as it is now, whatever is written to it meanwhile."""
        return self._transactions.snapshot()

    def damage(self, *, quick: bool = False) -> Iterator[tuple[str, str]]:
        """Yield what SQLite finds wrong with the file, each with what it concerns.

        If *quick*, indexes are not held against their tables.
        """
        for what in missing_from(self._db):
            yield self.path.name, what
        check = "quick_check" if quick else "integrity_check"
        for (message,) in self._db.execute(f"PRAGMA {check}"):
            if message != "ok":
                yield self.path.name, message
        for table, row, parent, _ in self._db.execute("PRAGMA foreign_key_check"):
            yield Record.ROW.of(table=table, code=row), DatabaseTrouble.NAMES_NONE.of(table=parent)

    def close(self) -> None:
        """Close the archive, folding its write-ahead log into the one file.

        Whoever reads on keeps the log, which is no harm: that is not waited for.
        """
        self.captures.close()
        with suppress(sqlite3.Error):
            self._db.execute(f"PRAGMA busy_timeout = {_MOMENT}")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.withheld.close()
        self._db.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
