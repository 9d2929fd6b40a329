"""How much one question may take of the machine: SQLite's own limits, and that of an answer.

A time limit ends no ``randomblob(1000000000)``, since SQLite looks at the clock only between two
steps of a query. So the steps are made small: no value is longer than `LIMITS` say.
"""

import sqlite3
from typing import Any

MIB = 2**20

LIMITS = {
    # The longest text of an archive is that of a page of 4 MiB, twice as long in UTF-8; the index
    # has the title, the lead and the text in one value.
    sqlite3.SQLITE_LIMIT_LENGTH: 32 * MIB,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 256 * 1024,
    sqlite3.SQLITE_LIMIT_COLUMN: 256,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 5000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
"""SQLite's run-time limits: https://www.sqlite.org/limits.html"""

LONGEST_ANSWER = 64 * MIB
"""Letters and bytes of all values of an answer together."""

HEAP = 256 * MIB
"""Bytes that SQLite may take in a process that answers visitors, sorting and grouping included."""


MISTAKES = (sqlite3.Error, sqlite3.Warning, MemoryError, OverflowError, ValueError)
"""What `sqlite3` raises for a question that is wrong, or takes more than there is for it."""


class BoundedCursor(sqlite3.Cursor):
    """A cursor that gives up an answer that is longer than `LONGEST_ANSWER`."""

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Return the next *size* rows; raise `sqlite3.OperationalError` if they are too long."""
        found: list[Any] = []
        most, length = self.arraysize if size is None else size, 0
        while len(found) < most and (row := self.fetchone()) is not None:
            length += sum(len(value) for value in row if isinstance(value, (str, bytes)))
            if length > LONGEST_ANSWER:
                raise sqlite3.OperationalError(
                    f"the answer is larger than {LONGEST_ANSWER // MIB} MiB; ask for fewer rows"
                    " or columns"
                )
            found.append(row)
        return found

    def fetchall(self) -> list[Any]:
        """Return the rows that are left; raise `sqlite3.OperationalError` if they are too long."""
        return self.fetchmany(2**63)


class BoundedConnection(sqlite3.Connection):
    """A connection whose answers are bounded."""

    def cursor(self, factory: Any = BoundedCursor) -> Any:
        """Return a cursor whose answers are bounded."""
        return super().cursor(factory)


def bound(connection: sqlite3.Connection) -> None:
    """Set the limits of a connection."""
    for category, limit in LIMITS.items():
        connection.setlimit(category, limit)


def bound_heap(connection: sqlite3.Connection) -> None:
    """Bound what SQLite takes in this whole process, and let it sort there rather than on a disk
    that the crawl needs."""
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP}").close()
    connection.execute("PRAGMA temp_store = MEMORY").close()
