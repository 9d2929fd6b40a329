"""What the pages have in common: how the archive is asked, and how an address names a page of it.

Plugins are loaded by their path and cannot import each other; what several need stands here.
"""

from typing import Any

from datasette import NotFound
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request


async def rows(db: Database, sql: str, *values: object, **named: object) -> list[dict[str, Any]]:
    """Return the rows of a query, the parameters of which are given in order or by name."""
    return [dict(row) for row in (await db.execute(sql, named or values)).rows]


async def permitted_archive(datasette: Datasette, request: Request) -> Database:
    """Return the archive, for a page of its own; raise `NotFound` where none is open.

    Raises Datasette's `Forbidden` if who asks may not see it.
    """
    await datasette.ensure_permissions(
        request.actor, [("view-database", "archive"), "view-instance"]
    )
    if "archive" not in datasette.databases:
        raise NotFound("No archive is open")
    archive: Database = datasette.get_database("archive")
    return archive


def page_number(text: str | None) -> int:
    """Return the page that an address asks for; 1 for what is no page number."""
    return max(1, int(text)) if text and text.isdecimal() and len(text) < 7 else 1
