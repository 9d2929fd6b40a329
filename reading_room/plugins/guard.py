"""At the door: requests for another host, by other methods, or too many of them, go no further;
and ``/robots.txt`` says what programs are asked to leave alone.

What is asked of the archive in a visitor's own words is sent down the visitors' lane
(`reading_room.asking.lanes`). A room that was not opened by rules, as by ``datasette`` itself, has
none.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from math import ceil
from typing import Any

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPScope,
    Scope,
)
from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Response

from reading_room.asking.bounds import bound
from reading_room.asking.lanes import visitors_lane
from reading_room.visitors.guard import (
    Allowance,
    Turnstile,
    asks_archive,
    is_host_known,
    neighbourhood,
    robots_txt,
)
from reading_room.visitors.rules import rules_of

METHODS = ("GET", "HEAD")
_FREE = (
    *("static/", "-/static/", "-/static-plugins/", "media/"),
    *("favicon.ico", "robots.txt", "health"),
)
"""What a page brings along, and what watches the room: asked as often as one likes. A captured page
may bring a hundred pictures.
"""

MISDIRECTED = (
    "400: địa chỉ này không phải của kho này. Misdirected: this reading room is not known by the"
    " name that was asked for; whoever runs it names it with --allow-host.\n"
)
NO_METHOD = "405: chỉ có thể đọc. This room can only be read: GET or HEAD.\n"
TOO_MANY = "429: quá nhiều yêu cầu; xin chờ. Too many requests of your address; please wait.\n"
BUSY = "503: đang có nhiều người tra cứu; xin thử lại. Many are asking at once; please try again.\n"


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Bound what a question by this connection may take, however the room was opened."""
    bound(conn)


@hookimpl(tryfirst=True)  # inside the others, which send their headers with its answers, too
def asgi_wrapper(datasette: Datasette) -> Callable[[ASGI3Application], ASGI3Application]:
    """Stand at the door."""
    rules = rules_of(datasette)
    allowance = Allowance(rules.requests_a_minute) if rules.requests_a_minute else None
    turnstile = Turnstile()

    def refusal(scope: HTTPScope) -> Response | None:
        headers = dict(scope["headers"])
        if not is_host_known(headers.get(b"host", b"").decode("latin-1"), rules.hosts):
            return _plain(MISDIRECTED, status=400)
        if rules.hosts is not None and scope["method"] not in METHODS:
            return _plain(NO_METHOD, status=405, headers={"allow": ", ".join(METHODS)})
        client = neighbourhood((scope["client"] or ("", None))[0])
        if allowance and client and not _path(scope).startswith(_FREE):
            wait = allowance.wait(client)
            if wait:
                return _plain(TOO_MANY, status=429, headers={"retry-after": str(ceil(wait))})
        return None

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def guarded(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            if refused := refusal(scope):
                await refused.asgi_send(send)
                return
            if not asks_archive(_path(scope)):
                await app(scope, receive, send)
                return
            client = neighbourhood((scope["client"] or ("", None))[0])
            place = turnstile.passed(client) if client else nullcontext(True)
            with place as has_place, visitors_lane():
                if has_place:
                    await app(scope, receive, send)
                else:
                    busy = _plain(BUSY, status=503, headers={"retry-after": "5"})
                    await busy.asgi_send(send)

        return guarded

    return wrap


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    answer: Response = Response.text(text, status=status, headers=headers)
    return answer


def _path(scope: HTTPScope) -> str:
    """Return the path of a request without its first slash, as Datasette reads it."""
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    return raw.partition("?")[0].lstrip("/")


async def robots(datasette: Datasette) -> Response:
    """Answer ``/robots.txt``."""
    rules = rules_of(datasette)
    return _plain(robots_txt(rules.robots, rules.prefix), status=200)


async def nothing_here() -> None:
    """Answer pages of Datasette that tell of the machine, or are for whoever writes plugins."""
    raise NotFound("This page was not found")


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the page, and take others away."""
    machine = "databases|threads|actor|permissions|allow-debug|messages|auth-token|logout|patterns"
    return [
        (r"^/robots\.txt$", robots),
        (rf"^/-/(?:{machine})(?:\.json)?$", nothing_here),
    ]
