"""The connection of an archive."""

import sqlite3
from collections.abc import Generator, Sequence
from typing import Any

from sqlite_utils import Database

Parameters = Sequence[Any] | dict[str, Any]


class Connection(Database):
    """A database whose every statement is one statement.

    sqlite-utils puts a savepoint around each query, and looks whether a statement began a
    transaction by itself. Here the archive alone begins and ends them, and a crawl asks some
    twenty times a page: the guards took as long as the answers.
    """

    def execute(self, sql: str, parameters: Parameters | None = None) -> sqlite3.Cursor:
        """Execute a statement."""
        return self.conn.execute(sql, () if parameters is None else parameters)

    def query(
        self, sql: str, params: Parameters | None = None
    ) -> Generator[dict[str, Any], None, None]:
        """Return the rows of a query as dictionaries; they have all been read when it returns."""
        cursor = self.execute(sql, params)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
