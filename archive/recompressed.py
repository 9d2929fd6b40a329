"""Finished files of captures that are replaced by smaller ones, and when the old ones may go.

What is begun is noted before the first byte: until the one transaction that moves the captures,
the old files are the archive's, and a new one is nobody's; after it, the new one is, and the old
ones stay until backups hold what has come in their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from archive.connection import Connection
from archive.disk import sync_folder
from archive.tables import Tables
from archive.tables.former_warcs import FormerWarcQueries
from archive.transactions import Transactions
from archive.warc import Rewritten, Source

REST: Final = timedelta(days=1)
"""How long an old file stays at least: whoever reads the archive may have begun before."""


@dataclass(frozen=True, slots=True)
class Former:
    """A file in whose place another one stands, and which is still there."""

    file: str
    bytes: int
    place: str
    """The file that stands in its place today."""
    rests_until: datetime
    awaited: tuple[str, ...]
    """The places of which the newest sound backup is older than the new file."""


class Recompressed(FormerWarcQueries):
    """The old files of an archive. Whoever replaces one holds the lock of its site."""

    def __init__(
        self, db: Connection, tables: Tables, transactions: Transactions, folder: Path
    ) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions
        self._folder = folder

    def sources(self, site: str) -> list[Source]:
        """Return the files of a site with what is in each, oldest first."""
        captures = self._tables.captures
        return [Source(file, [*captures.in_file(file.name)]) for file in captures.files(site)]

    def begin(self, site: str, sources: Sequence[Source], name: str) -> None:
        """Note that the file *name* is being written in the place of others."""
        files = [(source.file.name, source.file.end) for source in sources]
        with self._transactions.begin():
            self._tables.former_warcs.begin(site, files, name)

    def replace(self, site: str, sources: Sequence[Source], by: Rewritten, at: datetime) -> None:
        """Let a file that is on the disk stand in the place of others, in one transaction."""
        sync_folder((self._folder / by.file.name).parent)
        earlier = [capture for source in sources for capture in source.captures]
        with self._transactions.begin():
            self._tables.captures.begin_file(site, by.file, at)
            for before, now in zip(earlier, by.captures, strict=True):
                self._tables.captures.move(before, now)
            for source in sources:
                self._tables.captures.end_file(source.file.name)
            self._tables.former_warcs.end(by.file.name, at)

    def abandon(self, site: str) -> list[str]:
        """Remove what was begun of a site and not ended; return the files. Raises OSError."""
        return abandon(self._folder, self._tables, self._transactions, site)

    def former(self, without: Sequence[str] = ()) -> list[Former]:
        """Return the old files that are still there, oldest first; backups in the places *without*
        are not waited for.
        """
        newest = {dest: at for dest, at in self._tables.backups.newest() if dest not in without}
        return [
            Former(
                row["file"],
                row["bytes"],
                self.place_of(row["file"]),
                datetime.fromisoformat(row["replaced_at"]) + REST,
                tuple(dest for dest, at in newest.items() if at <= row["replaced_at"]),
            )
            for row in self.there()
            if row["replaced_at"]
        ]

    def remove(self, former: Former, at: datetime) -> None:
        """Remove an old file. Raises OSError if it cannot be."""
        (self._folder / former.file).unlink(missing_ok=True)
        with self._transactions.begin():
            self._tables.former_warcs.removed(former.file, at)

    def files(self) -> set[str]:
        """Return the files that are none of the archive's and that it knows of: old ones that are
        still there, and new ones that are being written or were left.
        """
        there = self.there()
        begun = {row["replaced_by"] for row in there if row["replaced_at"] is None}
        return {row["file"] for row in there if row["replaced_at"]} | begun


def abandon(folder: Path, tables: Tables, transactions: Transactions, site: str) -> list[str]:
    """Remove what was begun of a site in the place of other files and not ended, as one that was
    killed leaves it; return the files. Whoever calls it holds the site's lock. Raises OSError.
    """
    unfinished = tables.former_warcs.unfinished(site)
    for name in unfinished:
        (folder / name).unlink(missing_ok=True)
        with transactions.begin():
            tables.former_warcs.undo(name)
    return unfinished
