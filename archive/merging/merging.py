"""What is merged: site by site, each whole or not at all."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive.connection import Connection
from archive.errors import ArchiveError
from archive.merging.codes import Codes
from archive.merging.memory import Memory
from archive.merging.originals import Brought, Originals
from archive.merging.rows import Rows
from archive.merging.rules import Rules
from archive.merging.site import SiteMerged, SiteMerging
from archive.merging.source import Source
from archive.merging.takedowns import Takedowns
from archive.tables import Tables
from archive.tables.captures import CaptureQueries
from archive.transactions import Transactions


@dataclass(slots=True)
class SiteJoined:
    """What a merge did of one site."""

    merged: SiteMerged
    brought: Brought = field(default_factory=Brought)


class Merging:
    """Joins other archives with this one."""

    def __init__(
        self, db: Connection, tables: Tables, transactions: Transactions, folder: Path
    ) -> None:
        self._db = db
        self._tables = tables
        self._transactions = transactions
        self._folder = folder

    @contextmanager
    def of(self, source: Source) -> Iterator["Joining"]:
        """Give the joining of one archive; its tables are at hand meanwhile."""
        # Each number is looked up in what was matched, so that none can lead nowhere; SQLite would
        # look for the rows of others that name a run in all captures, again and again.
        self._db.execute("PRAGMA foreign_keys = OFF")
        try:
            with source.attached(self._db):
                yield Joining(self._db, self._tables, self._transactions, self._folder, source)
        finally:
            self._db.execute("PRAGMA foreign_keys = ON")


class Joining:
    """Joins one other archive."""

    def __init__(
        self,
        db: Connection,
        tables: Tables,
        transactions: Transactions,
        folder: Path,
        source: Source,
    ) -> None:
        self._db = db
        self._transactions = transactions
        self._path = source.path
        self._memory = Memory(db, source.identity)
        captures = CaptureQueries(source.db)
        self._originals = Originals(db, captures, folder, source.folder)
        self._site = SiteMerging(db, tables, source.tables, self._memory)
        self._takedowns = Takedowns(db, tables, source.tables)
        self._codes = Codes(db, tables)

    def is_known(self, site: str) -> bool:
        """Whether all that the other archive says of a site was taken already."""
        return self._memory.is_known(site)

    def check(self, site: str) -> None:
        """Read what would be brought. Raises `ArchiveError` if it is not as it was written."""
        self._originals.check(site)

    def begin(self) -> int:
        """Take over what is withheld, and what people found who held articles against their pages;
        return how many takedowns were not known.
        """
        # What is cut out is overwritten at once, as far as it lies where it was.
        self._db.execute("PRAGMA secure_delete = ON")
        with self._transactions.begin():
            new = self._takedowns.join()
            for rule in Rules.logs:
                if not rule.is_of_sites:
                    Rows(self._db).join_log(rule, "")
        if not self._takedowns.are_any():
            self._db.execute("PRAGMA secure_delete = OFF")
        return new

    def join(self, site: str, tell: Callable[[int], None]) -> SiteJoined:
        """Join a site of which nobody else writes, in one transaction."""
        brought = self._originals.bring(site)
        try:
            with self._transactions.begin():
                return SiteJoined(self._site.join(site, tell), brought)
        except sqlite3.IntegrityError as error:
            raise ArchiveError(
                f"{self._path}: says something of {site!r} that no archive may say ({error}); see: "
                f"tinhuyen verify --db {self._path}"
            ) from error

    def end(self) -> None:
        """Note what else leads nowhere."""
        with self._transactions.begin():
            self._codes.lead_nowhere()
