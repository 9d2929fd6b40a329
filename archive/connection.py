"""The connection of an archive, and the statements in which names of columns vary.

A value is always a parameter. A name cannot be one, so that each is looked at here, and nowhere
else is a statement put together.
"""

import re
import sqlite3
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any, Self, TypeVar

Parameters = Sequence[Any] | dict[str, Any]
Row = dict[str, Any]

_NAME = re.compile(r"(?:temp\.)?[a-z][a-z0-9_]*")
_MOST_VALUES = 900  # SQLite before 3.32 takes 999 parameters a statement

_LISTS = (list, tuple, set, frozenset)

T = TypeVar("T")


class Connection:
    """A connection whose every statement is one statement.

    Libraries put a savepoint around each query, or look whether a statement began a transaction by
    itself. Here the archive alone begins and ends them, and a crawl asks more than ten times a
    page: the guards took as long as the answers.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn

    @classmethod
    def in_memory(cls) -> Self:
        """Return a new database that is nowhere else, and gone when it is closed."""
        return cls(sqlite3.connect(":memory:", isolation_level=None))

    def table_names(self) -> list[str]:
        """Return the names of the tables, in the order in which they were made."""
        return [
            name for (name,) in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]

    def commit(self) -> None:
        """End the transaction; no error if there is none."""
        if self.conn.in_transaction:
            self.conn.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction; no error if there is none."""
        if self.conn.in_transaction:
            self.conn.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()

    def execute(self, sql: str, parameters: Parameters | None = None) -> sqlite3.Cursor:
        """Execute a statement."""
        try:
            return self.conn.execute(sql, () if parameters is None else parameters)
        except UnicodeDecodeError as error:  # SQLite's message quotes a schema that is damaged
            raise sqlite3.DatabaseError(f"database disk image is malformed: {error}") from error

    def query(self, sql: str, params: Parameters | None = None) -> Generator[Row, None, None]:
        """Return the rows of a query as dictionaries; they have all been read when it returns."""
        cursor = self.execute(sql, params)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())

    def select(self, table: str, *, order: str = "rowid", **wanted: Any) -> list[Row]:
        """Return the rows whose columns are what is *wanted*: a value, or one of a list of them.
        If nothing is, all there are.

        One of a list that is longer than a statement takes is in the order of its batches.
        """
        rows: list[Row] = []
        for some in _in_batches(wanted):
            conditions, parameters = _conditions(some)
            sql = composed(
                "SELECT * FROM {table} WHERE {conditions} ORDER BY {order}",
                table=name(table), conditions=conditions or "1", order=name(order),
            )  # fmt: skip
            rows += self.query(sql, parameters)
        return rows

    def insert(self, table: str, row: Mapping[str, Any]) -> int:
        """Add a row, and return its number."""
        return int(self._insert(table, [row]).lastrowid or 0)

    def insert_all(
        self, table: str, rows: Sequence[Mapping[str, Any]], *, if_new: bool = False
    ) -> int:
        """Add rows of the same columns, and return how many; *if_new*, those that are no double."""
        most = _MOST_VALUES // max(1, len(rows[0])) if rows else 1
        ending = "ON CONFLICT DO NOTHING" if if_new else ""
        return sum(self._insert(table, some, ending).rowcount for some in batches(rows, most))

    def upsert(self, table: str, row: Mapping[str, Any], *, key: Collection[str]) -> None:
        """Add a row, or write its columns into the one that has the same *key*."""
        changes = ", ".join(f"{name(column)} = excluded.{column}" for column in row)
        self._insert(table, [row], f"ON CONFLICT ({names(key)}) DO UPDATE SET {changes}")

    def update(self, table: str, row: Mapping[str, Any], **wanted: Any) -> int:
        """Write columns of the rows whose columns are what is *wanted*; return how many."""
        conditions, parameters = _conditions(wanted)
        sql = composed(
            "UPDATE {table} SET {changes} WHERE {conditions}",
            table=name(table), conditions=conditions,
            changes=", ".join(f"{name(column)} = ?" for column in row),
        )  # fmt: skip
        return self.execute(sql, [*row.values(), *parameters]).rowcount

    def delete(self, table: str, **wanted: Any) -> None:
        """Delete the rows whose columns are what is *wanted*."""
        conditions, parameters = _conditions(wanted)
        sql = composed(
            "DELETE FROM {table} WHERE {conditions}", table=name(table), conditions=conditions
        )
        self.execute(sql, parameters)

    def _insert(
        self, table: str, rows: Sequence[Mapping[str, Any]], ending: str = ""
    ) -> sqlite3.Cursor:
        sql = composed(
            "INSERT INTO {table} ({columns}) VALUES {rows} {ending}",
            table=name(table), columns=names(rows[0]), ending=ending,
            rows=", ".join([f"({marks(rows[0])})"] * len(rows)),
        )  # fmt: skip
        return self.execute(sql, [value for row in rows for value in row.values()])


def composed(template: str, **parts: str) -> str:
    """Return a statement with its *parts* in place: what `name`, `names` and `marks` return, and
    conditions that are written in this package. No part may be, or hold, a value.
    """
    return template.format(**parts)


@cache
def name(word: str) -> str:
    """Return the name of a table or column. Raises ValueError if it is something else."""
    if not _NAME.fullmatch(word):
        raise ValueError(f"{word!r} is no name of a table or a column")
    return word


def names(words: Iterable[str]) -> str:
    """Return names as a statement lists them."""
    return ", ".join(map(name, words))


def one_of(words: Iterable[StrEnum]) -> str:
    """Return words as the list that follows IN, without its parentheses."""
    return ", ".join(f"'{word}'" for word in words)


def marks(values: Collection[Any]) -> str:
    """Return a place for each of these values."""
    return ", ".join("?" * len(values))


def batches(of: Iterable[T], most: int = _MOST_VALUES) -> Iterator[list[T]]:
    """Yield them in lists of so many, as many as a statement takes unless *most* says another."""
    remaining = iter(of)
    while some := list(islice(remaining, most)):
        yield some


def _in_batches(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is wanted, a list that is too long for one statement in parts."""
    for column, value in wanted.items():
        if isinstance(value, _LISTS) and len(value) > _MOST_VALUES:
            for some in batches(value):
                yield from _in_batches({**wanted, column: some})
            return
    yield {**wanted}


def _conditions(wanted: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return what a row must fulfil, and its parameters."""
    parts: list[str] = []
    parameters: list[Any] = []
    for column, value in wanted.items():
        if isinstance(value, _LISTS):
            parts.append(f"{name(column)} IN ({marks(value)})")
            parameters += value
        else:
            parts.append(f"{name(column)} = ?")
            parameters.append(value)
    return " AND ".join(parts), parameters
