"""Search in SQL and in tables, as ``/search`` understands it: `archive.search.asked` says what is
meant by what is typed.

SQL has ``search(words)``, the numbers of the articles that it finds, the best first, for
``json_each``; ``escape_fts(words)``, the FTS5 expression for them, which ``?_search=`` calls; and
``fold(text)``. Whoever searches the table of articles, and asks for nothing that ``/search`` does
not know, is led there, where all that matches is ranked.
"""

import sqlite3
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Response

from archive.search.asked import understood
from archive.search.fallback import expression
from crawler.text.fold import fold
from reading_room.search.addresses import FILTERS
from reading_room.search.answers import searcher_of

NOTHING = '""'
"""The FTS5 expression that matches no row."""

_TABLE = "/archive/articles"
_OF_SHOWING = ("_col", "_nocol", "_columns", "_size", "_facet", "_nofacet")
"""What an address of the table says of how it is shown, and not of which rows."""


def match_expression(query: str | None) -> str:
    """Return the FTS5 expression for what a person typed; it is valid whatever was typed, and finds
    nothing where there is no word to find.
    """
    asked = understood(query)
    return expression(asked, exact=False) if asked.wanted else NOTHING


# Datasette registers its own escape_fts in the same hook: the last to register wins.
@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Give SQL ``search(words)``, ``escape_fts(words)`` and ``fold(text)``."""
    conn.create_function(
        "fold", 1, lambda text: None if text is None else fold(str(text)), deterministic=True
    )
    if database == "archive":
        conn.create_function("escape_fts", 1, match_expression, deterministic=True)
        searcher = searcher_of(datasette.get_database("archive"))
        conn.create_function("search", 1, searcher.ids)


def led_on(path: str, query: str) -> str | None:
    """Return the address of the search that the address of a table asks for; None if it asks for
    none, or for more than a search knows.
    """
    asked = parse_qsl(query)
    words = [value for name, value in asked if name == "_search" and value.strip()]
    others = [one for one in asked if one[0] != "_search" and one[0] not in _OF_SHOWING]
    if path != _TABLE or len(words) != 1 or any(name not in FILTERS for name, _ in others):
        return None
    return "/search?" + urlencode([("q", words[0]), *others])


def without_blank_search(query: bytes) -> bytes:
    """Return a query string without an empty ``_search``: a table's form sends it with every
    filter.
    """
    return b"&".join(part for part in query.split(b"&") if part != b"_search=")


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[ASGI3Application], ASGI3Application]:
    """Take an empty ``_search=`` out of the address, and lead searches of the table on."""

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def searching(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            if scope["type"] == "http":
                scope["query_string"] = without_blank_search(scope["query_string"])
                leads_to = led_on(scope["path"], scope["query_string"].decode("latin-1"))
                if leads_to:
                    await Response.redirect(datasette.urls.path(leads_to)).asgi_send(send)
                    return
            await app(scope, receive, send)

        return searching

    return wrap
