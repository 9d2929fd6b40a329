"""What differs between the Datasettes that the room runs on, 0.65 and 1.0: all of it is here.

Only one of them is installed, so that what belongs to the other has no type.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import fields, is_dataclass
from importlib import import_module
from sqlite3 import Connection
from typing import Any, NamedTuple

import datasette
from datasette import Forbidden
from datasette.utils.asgi import Request
from jinja2 import Environment

from reading_room.metadata import metadata

IS_OLD = datasette.__version__.startswith("0.")
"""Whether this is Datasette 0.65, and not 1.0."""


class Question(NamedTuple):
    """A canned query; Datasette 1.0 calls it a stored one."""

    name: str
    title: str | None


def given() -> dict[str, Any]:
    """Return ``metadata.yaml`` as keywords of `Datasette`.

    Datasette 1.0 takes queries for configuration, and writes all that is said of a table or column
    into a database, which takes seconds; pages have that from `context`.
    """
    if IS_OLD:
        return {"metadata": deepcopy(metadata())}  # it adds to what it is given
    tables, queries = (
        {
            database: {kind: {name: _unsaid(each) for name, each in told[kind].items()}}
            for database, told in metadata()["databases"].items()
        }
        for kind in ("tables", "queries")
    )
    return {"metadata": {"databases": tables}, "config": {"databases": queries}}


def _unsaid(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what metadata sets of a table or query, without what it says of it."""
    return {key: value for key, value in told.items() if not isinstance(value, Mapping)}


cut: ContextVar[bool] = ContextVar("cut", default=False)
"""Whether a query's answer is cut short that is being shown: 1.0 does not tell its pages."""
mistaken: ContextVar[bool] = ContextVar("mistaken", default=False)
"""Whether the page that is being answered tells of a mistake in SQL: 1.0 answers it with 200."""


def context(given: Any, view: str | None, request: Request) -> Any:
    """Return what a page of Datasette's is drawn from, in the words of 0.65.

    What is said of a table or a query comes from ``metadata.yaml``, for 1.0 knows it in no two
    languages.
    """
    if IS_OLD or view not in ("database", "table", "row"):
        return given
    values = (
        {field.name: getattr(given, field.name) for field in fields(given)}
        if is_dataclass(given)
        else dict(given)
    )
    archive = metadata()["databases"].get(values.get("database"), {})
    color = values.get("database_color")
    values["database_color"] = lambda _: color
    values["metadata"] = _said_of(values, archive)
    values["table_columns"] = {}  # they would stand in an inline script, which may not run
    if view == "table":
        values |= {
            "table_actions": values["actions"],
            "filtered_table_rows_count": values["count"],
            "search": request.args.get("_search") or "",
            "facet_results": values["facet_results"]["results"],
        }
    elif "stored_query" in values:
        mistaken.set(bool(values["error"]))
        values |= {
            "canned_query": values["stored_query"],
            "canned_write": values["stored_query_write"],
            "query_error": values["error"],
            "truncated": cut.get(),
        }
    elif view == "database":
        values["queries"] = [
            {"name": name} | told for name, told in archive.get("queries", {}).items()
        ]
    for column in values.get("display_columns", ()):
        column["description"] = values["metadata"].get("columns", {}).get(column["name"])
    return values


def _said_of(values: Mapping[str, Any], archive: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of the table, query or database of a page."""
    if query := values.get("stored_query"):
        return {**archive.get("queries", {}).get(query, {})}
    table = values.get("table")
    told = archive.get("tables", {}).get(table, {}) if table else archive
    return {"source": metadata()["source"], "license": metadata()["license"], **told}


def keep(database: Any, connection: Connection) -> None:
    """Have a connection closed with its database."""
    (database._all_file_connections if IS_OLD else database._all_connections).append(connection)


def template_environment(room: Any) -> Environment:
    """Return what templates are drawn with."""
    environment: Environment = room.jinja_env if IS_OLD else room._jinja_env
    return environment


async def require_archive(room: Any, request: Request) -> None:
    """Raise Datasette's `Forbidden` if who asks may not see the archive."""
    if IS_OLD:
        await room.ensure_permissions(
            request.actor, [("view-database", "archive"), "view-instance"]
        )
        return
    resource = import_module("datasette.resources").DatabaseResource(database="archive")
    if not await room.allowed(action="view-database", resource=resource, actor=request.actor):
        raise Forbidden("view-database")


async def questions(room: Any, actor: Mapping[str, Any] | None) -> list[Question]:
    """Return the canned queries of the archive that somebody may ask."""
    if IS_OLD:
        queries = (await room.get_canned_queries("archive", actor)).values()
        return [Question(query["name"], query.get("title")) for query in queries]
    page = await room.list_queries("archive", actor=actor, limit=1000)
    told = metadata()["databases"]["archive"]["queries"]
    permitted = {query.name for query in page.queries}
    return [Question(name, told[name]["title"]) for name in told if name in permitted]
