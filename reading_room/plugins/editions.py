"""Datasette 1.0 as the room knows 0.65: SQL is answered at the address of the database, and pages
that are for whoever writes, or looks at the machine, are not there. Under 0.65 it does nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    Scope,
)
from datasette import NotFound, hookimpl

from reading_room.editions import IS_OLD, mistaken

UNOFFERED = (
    r"^/-/(?:actions|allowed|api|check|create-token|debug/.+|jump|queries|rules|schema|tasks)"
    r"(?:\.\w+)?$",
    r"^/archive/-/(?!query(?:\.\w+)?$).*$",
    r"^/archive/[^/]+/(?:[^/]+/)?-/.*$",
)
"""The routes of 1.0 for which the room has no page of its own."""


def path_of_sql(path: str, query: str) -> str | None:
    """Return where 1.0 answers the SQL that an address of the database brings; None if it brings
    none.
    """
    base, dot, form = path.partition(".")
    if base != "/archive" or not parse_qs(query).get("sql", [""])[0].strip():
        return None
    return f"/archive/-/query{dot}{form}"


@hookimpl(tryfirst=True)  # inside the others, to which an address is what was asked for
def asgi_wrapper() -> Callable[[ASGI3Application], ASGI3Application]:
    """Answer SQL at the address where it is quoted, to which 1.0 would lead on; and a mistake in it
    by 400.
    """

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def with_sql(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            leads_to = path_of_sql(scope["path"], scope["query_string"].decode("latin-1"))
            if leads_to:
                scope["path"], scope["raw_path"] = leads_to, leads_to.encode()
            mistaken.set(False)

            async def send_of_either(message: ASGISendEvent) -> None:
                if message["type"] == "http.response.start" and mistaken.get():
                    message["status"] = 400
                await send(message)

            await app(scope, receive, send_of_either)

        return app if IS_OLD else with_sql

    return wrap


async def nothing_here() -> None:
    """Answer a page that is not offered."""
    raise NotFound("This page was not found")


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Take pages of 1.0 away."""
    return [] if IS_OLD else [(route, nothing_here) for route in UNOFFERED]
