"""The connection of an archive."""

from collections.abc import Generator, Sequence
from typing import Any

import sqlite3

from sqlite_utils import Database

Parameters = Sequence[Any] | dict[str, Any]


class Connection(Database):
    """A database whose every statement is one statement.

    sqlite-utils guards each query with a savepoint and looks whether a statement began a
    transaction by itself. Ours are begun and ended by the archive alone, and a crawl makes some
    twenty queries a page: the guards took longer than they.
    """

    def execute(self, sql: str, parameters: Parameters | None = None) -> sqlite3.Cursor:
        """Execute a statement."""
        return self.conn.execute(sql, () if parameters is None else parameters)

    def query(
        self, sql: str, params: Parameters | None = None
    ) -> Generator[dict[str, Any], None, None]:
        """Return the rows of a query, as dictionaries by column; it has ended when this returns."""
        cursor = self.execute(sql, params)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
