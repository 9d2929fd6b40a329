"""What is merged: sites by portions, each whole or not at all."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive.connection import Connection
from archive.errors import ArchiveError
from archive.merging.codes import Codes
from archive.merging.memory import Memory
from archive.merging.originals import Brought, Originals
from archive.merging.rows import Rows
from archive.merging.site import SiteMerging, SitesMerged
from archive.merging.source import Source
from archive.merging.takedowns import Takedowns
from archive.tables import Tables
from archive.tables.captures import CaptureQueries
from archive.transactions import Transactions

MOST_SITES, MOST_ARTICLES = 64, 5_000
"""Of a portion. The first is how many locks are held at a time, the second how long others wait who
write to the archive; a site that is larger is a portion by itself."""

_SIZES = "SELECT site, count(*) FROM source.articles GROUP BY site"


@dataclass(slots=True)
class SitesJoined:
    """What a merge did of a portion."""

    merged: SitesMerged
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

    def known(self, sites: Collection[str]) -> set[str]:
        """Return the sites of which all that the other archive says was taken already."""
        return self._memory.known(sites)

    def portions(self, sites: Collection[str]) -> Iterator[list[str]]:
        """Yield the sites by portions, of which each is joined in one transaction."""
        sizes = dict(self._db.execute(_SIZES).fetchall())
        portion: list[str] = []
        articles = 0
        for site in sites:
            size = sizes.get(site, 0)
            if portion and (len(portion) == MOST_SITES or articles + size > MOST_ARTICLES):
                yield portion
                portion, articles = [], 0
            portion.append(site)
            articles += size
        if portion:
            yield portion

    def check(self, sites: Collection[str]) -> None:
        """Read what would be brought. Raises `ArchiveError` if it is not as it was written."""
        self._originals.check(sites)

    def begin(self) -> int:
        """Take over what is withheld, and what people found who held articles against their pages;
        return how many takedowns were not known.
        """
        # What is cut out is overwritten at once, as far as it lies where it was.
        self._db.execute("PRAGMA secure_delete = ON")
        with self._transactions.begin():
            new = self._takedowns.join()
            Rows(self._db).join_whole()
        if not self._takedowns.are_any():
            self._db.execute("PRAGMA secure_delete = OFF")
        return new

    def join(self, sites: Collection[str], tell: Callable[[int], None]) -> SitesJoined:
        """Join sites of which nobody else writes, in one transaction. Raises `ArchiveError` if one
        of them is not as an archive may be: then those before it are joined, and no other.
        """
        brought = self._originals.bring(sites)
        try:
            with self._transactions.begin():
                return SitesJoined(self._site.join(sites, tell), brought)
        except sqlite3.IntegrityError as error:
            if len(sites) > 1:
                return self._join_each(sites, tell)  # which tells the one that it is
            (site,) = sites
            raise ArchiveError(
                f"{self._path}: says something of {site!r} that no archive may say ({error}); see: "
                f"tinhuyen verify --db {self._path}"
            ) from error

    def _join_each(self, sites: Collection[str], tell: Callable[[int], None]) -> SitesJoined:
        joined = [self.join([site], tell) for site in sites]
        merged = sum((each.merged for each in joined), SitesMerged())
        return SitesJoined(merged, sum((each.brought for each in joined), Brought()))

    def end(self) -> None:
        """Note what else leads nowhere."""
        with self._transactions.begin():
            self._codes.lead_nowhere()
