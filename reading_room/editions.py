"""What differs between the Datasettes that the room runs on, 0.65 and 1.0: all of it is here.

Only one of them is installed, so that what belongs to the other has no type.
"""

from collections.abc import Mapping
from importlib import import_module
from sqlite3 import Connection
from typing import Any, NamedTuple

import datasette
from datasette import Forbidden
from datasette.utils.asgi import Request
from jinja2 import Environment

IS_OLD = datasette.__version__.startswith("0.")
"""Whether this is Datasette 0.65, and not 1.0."""


class Question(NamedTuple):
    """A canned query; Datasette 1.0 calls it a stored one."""

    name: str
    title: str | None


def given(metadata: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a metadata file as keywords of `Datasette`: 1.0 takes queries for configuration."""
    if IS_OLD:
        return {"metadata": metadata}
    databases = metadata["databases"]
    queries = {name: {"queries": told["queries"]} for name, told in databases.items()}
    described = {
        name: {key: value for key, value in told.items() if key != "queries"}
        for name, told in databases.items()
    }
    return {
        "metadata": {**metadata, "databases": described},
        "config": {"databases": queries},
    }


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
    return [Question(query.name, query.title) for query in page.queries]
