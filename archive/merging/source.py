"""Another archive, opened to be merged: nothing is ever written to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.connection import Connection
from archive.errors import ArchiveError, explain
from archive.opening import opened, require_ours
from archive.reading import reading_address
from archive.schema import migrations, missing_from
from archive.tables import Tables
from archive.vault import Vault, vault_of
from archive.warc import folder_of
from crawler.vocabulary.soundness import DatabaseTrouble, Said

_PAGES = 4096
_INSTEAD = "name an archive.db that was made by tinhuyen crawl, or the folder that holds it"


class Source:
    """An archive of this version, that nobody has to write to."""

    def __init__(self, db: Connection, path: Path, read: Path) -> None:
        self.db = db
        self.path = path
        self._read = read
        """The database that is read: a copy, if it was made by an older version."""
        self.folder = folder_of(path)
        """Of its files of captures."""
        self.tables = Tables(db)

    @property
    def identity(self) -> str:
        """What tells this archive from others, and is the same in its copies."""
        sql = "SELECT min(applied_at) FROM _sqlite_migrations WHERE migration_set = 'tinhuyen'"
        return str(self.db.execute(sql).fetchone()[0])

    def sites(self) -> list[str]:
        """Return the keys of its sites."""
        return [key for (key,) in self.db.execute("SELECT key FROM sites ORDER BY key")]

    def require_sound(self) -> None:
        """Raise `ArchiveError` if something is wrong with its files, as SQLite sees them."""
        try:
            found = missing_from(self.db)
            found += [said for (said,) in self.db.execute("PRAGMA quick_check") if said != "ok"]
        except sqlite3.Error as error:
            raise ArchiveError(f"{self.path}: {explain(error, _INSTEAD)}") from error
        vault = Vault(self._read)
        for path, wrong in ((self.path, found), (vault.path, [*vault.damage(), *vault.altered()])):
            if wrong:
                said = " ".join(wrong[0].split())
                raise ArchiveError(
                    Said.OF.of(record=path, what=DatabaseTrouble.DAMAGED.of(error=said))
                )
        if self.tables.takedowns.documents() and not vault.exists:
            raise vault.missing()

    @contextmanager
    def attached(self, to: Connection) -> Iterator[None]:
        """Have its tables in a connection to another archive, as the schema ``source``."""
        address = reading_address(self._read)
        to.execute("ATTACH ? AS source", [address])
        try:
            yield
        finally:
            to.execute("DETACH source")


@contextmanager
def opened_source(path: Path, beside: Path) -> Iterator[Source]:
    """Open the archive at *path* to be merged; one that an older version made is brought up to date
    in a copy, in a folder *beside* another one.

    Raises `ArchiveError` if it is missing, no archive of ours, from a newer version, or broken.
    """
    with ExitStack() as stack:
        if not path.exists() or path.is_dir():
            raise ArchiveError(f"{path}: no such archive; {_INSTEAD}")
        read = path
        try:
            with closing(_connected(path)) as db:
                require_ours(db, path, _INSTEAD)
                if not db.table_names():
                    raise ArchiveError(f"{path}: an empty file; {_INSTEAD}")
                is_older = bool(migrations.pending(db))
                if is_older:
                    folder = stack.enter_context(
                        TemporaryDirectory(
                            prefix=".merging-", dir=beside, ignore_cleanup_errors=True
                        )
                    )
                    read = _copied(db, path, Path(folder))
            if is_older:
                opened(read).close()
            db = stack.enter_context(closing(_connected(read)))
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise ArchiveError(f"{path}: {explain(error, _INSTEAD)}") from error
        yield Source(db, path, read)


def _copied(db: Connection, path: Path, folder: Path) -> Path:
    """Copy an archive and what is withheld of it into a folder, and return the copy."""
    copy = folder / path.name
    with closing(sqlite3.connect(copy)) as target:
        db.conn.backup(target, pages=_PAGES)
    if (vault := Vault(path)).exists:
        vault.copy_to(vault_of(copy))
    return copy


def _connected(path: Path) -> Connection:
    return Connection(
        sqlite3.connect(reading_address(path), timeout=60, isolation_level=None, uri=True)
    )
