"""Changes of a schema that are applied once each, in order, and noted in the database itself.

The table of what was applied is that of sqlite-utils, which kept it for older versions, so that its
``sqlite-utils migrate`` and theirs read the same. The library itself takes a tenth of a second to
import, and with pandas at hand half a second: more than most commands have to do.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.connection import Connection

_TABLE = """
    CREATE TABLE IF NOT EXISTS "_sqlite_migrations" (
       "id" INTEGER PRIMARY KEY,
       "migration_set" TEXT,
       "name" TEXT,
       "applied_at" TEXT
    )"""
_INDEX = """
    CREATE UNIQUE INDEX IF NOT EXISTS "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name")"""

Change = Callable[[Connection], None]
"""Brings a schema from one version to the next."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of a schema."""

    name: str
    """That of its function, which is never changed once released."""
    fn: Change


class Migrations:
    """The changes of one schema; a function becomes the next one by ``@migrations()``."""

    def __init__(self, name: str) -> None:
        self._set = name
        self._migrations: dict[str, Migration] = {}

    def __call__(self) -> Callable[[Change], Change]:
        """Return what adds a function as the next change."""

        def add(function: Change) -> Change:
            name = function.__name__
            if name in self._migrations:
                raise ValueError(f"two migrations are called {name!r}")
            self._migrations[name] = Migration(name, function)
            return function

        return add

    @property
    def names(self) -> frozenset[str]:
        """What the changes are called."""
        return frozenset(self._migrations)

    def applied(self, db: Connection) -> list[str]:
        """Return the names of what a database notes as applied, by this version or another one."""
        if "_sqlite_migrations" not in db.table_names():
            return []
        noted = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid"
        return [name for (name,) in db.execute(noted, [self._set])]

    def pending(self, db: Connection) -> list[Migration]:
        """Return what a database has yet to be brought up to date by."""
        applied = {*self.applied(db)}
        return [each for name, each in self._migrations.items() if name not in applied]

    def apply(self, db: Connection, *, stop_before: str | None = None) -> None:
        """Apply what is pending, each change with its note or not at all.

        *stop_before* makes a database as an older version left it.
        """
        db.execute(_TABLE)
        db.execute(_INDEX)
        for migration in self.pending(db):
            if migration.name == stop_before:
                return
            with _whole(db):
                migration.fn(db)
                db.execute(
                    "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
                    "VALUES (?, ?, ?)",
                    [self._set, migration.name, str(datetime.now(UTC))],
                )


@contextmanager
def _whole(db: Connection) -> Iterator[None]:
    """Do all or nothing, within a transaction or where there is none."""
    db.execute("SAVEPOINT migration")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk may have undone all of it already
            db.execute("ROLLBACK TO migration")
            db.execute("RELEASE migration")
        raise
    db.execute("RELEASE migration")
