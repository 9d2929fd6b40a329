"""What the columns of a query's answer are: as the tables say of which they are.

``templates/_described.html`` draws it beneath the answer, as table pages do of their own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from datasette import hookimpl
from datasette.utils.asgi import Request

from reading_room.metadata import metadata

_WORD = re.compile(r"[a-z_]+")


class Described(NamedTuple):
    """A column of an answer, the table that has it, and what is said of it there."""

    name: str
    table: str
    told: Any


def described(columns: Sequence[str], sql: str) -> Iterator[Described]:
    """Yield the columns that are those of a table which the query names; of several tables that
    have one of a name, the first that is named.
    """
    tables: Mapping[str, Mapping[str, Any]] = metadata()["databases"]["archive"]["tables"]
    named = [name for name in dict.fromkeys(_WORD.findall(sql)) if name in tables]
    for column in dict.fromkeys(columns):
        for table in named:
            if told := tables[table].get("columns", {}).get(column):
                yield Described(column, table, told)
                break


@hookimpl
def extra_template_vars(
    view_name: str, columns: Sequence[str] | None, request: Request
) -> dict[str, Any] | None:
    """Give ``described`` to the pages of queries."""
    if request is None or not columns or view_name not in ("database", "table", "query"):
        return None
    question = metadata()["databases"]["archive"]["queries"].get(request.url_vars.get("table"))
    sql = question["sql"] if question else request.args.get("sql")
    return {"described": [*described(columns, sql)]} if sql else None
