"""Tables as readers want them: of wide ones a few columns first, all of them on request; and no
count of what a value has on a page after the first, where Datasette would count the rest only.

``templates/_table.html`` draws the rows.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

SHOWN = {
    "articles": ("title", "site", "category", "author", "published_at", "words"),
    "captures": ("url", "fetched_at", "status", "content_type", "bytes", "source", "flags"),
    "media": ("url", "kind", "state", "content_type", "bytes", "reason"),
    "urls": ("url", "site", "state", "reason", "found_by", "tried_at"),
    "coverage": ("site", "verdict", "articles", "missing", "oldest", "newest", "as_of", "stale"),
    "history": ("title", "article_id", "revision", "seen_at", "last_seen_at", "is_newest"),
    "revisions": ("title", "seen_at", "last_seen_at", "author", "published_at"),
    "sites": ("name", "province", "cms", "base_url", "active_to"),
    "surveys": ("site", "host", "asked_at", "says", "evidence", "status"),
    "last_surveys": ("site", "host", "asked_at", "says", "evidence", "is_dead"),
    "lists": ("url", "site", "state", "reason", "walked_at"),
    "mementos": ("url", "site", "web_archive", "at", "status", "content_type"),
}
"""The columns of wide tables that are shown unless an address asks for others."""

ALL = ("_columns", "all")
"""What an address asks all columns by."""

_FOLLOWING = ("_nofacet", "following")
"""What is added where an address asks for a page after the first: any value does."""

_TABLE_PAGE = re.compile(rb"/archive/([a-z_]+)")
"""The path of a table's page, once the prefix of the room is taken off."""

Query = list[tuple[str, str]]


def shown_query(table: str, query: Query) -> Query:
    """Return what a page of a *table* is asked for by an address with this *query*."""
    names = {name for name, _ in query}
    asked = [pair for pair in query if pair != _FOLLOWING]
    if "_next" in names and not names & {"_facet", "_nofacet"}:
        asked.append(_FOLLOWING)
    if not {"_col", "_nocol"} & names and ALL not in query:
        asked += [("_col", column) for column in SHOWN.get(table, ())]
    return asked


def other_columns(table: str, query: Query) -> tuple[Query, bool] | None:
    """Return the query that asks for all columns of a *table* instead of the few that are shown
    first, or for these instead of all, and whether it is for all; None if others are shown.
    """
    without = [pair for pair in query if pair[0] not in ("_col", ALL[0]) and pair != _FOLLOWING]
    chosen = [value for name, value in query if name == "_col"]
    if table not in SHOWN or "_nocol" in {name for name, _ in query}:
        return None
    if ALL in query and not chosen:
        return without, False
    return ([*without, ALL], True) if sorted(chosen) == sorted(SHOWN[table]) else None


def _parsed(query: str) -> Query:
    return parse_qsl(query, keep_blank_values=True)


@hookimpl(tryfirst=True)  # inside that of the language, which leads back to what was asked for
def asgi_wrapper() -> Callable[[ASGI3Application], ASGI3Application]:
    """Have an address of a table that says nothing of columns mean the few that are shown."""

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def with_columns(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
                path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
                if found := _TABLE_PAGE.fullmatch(path):
                    query = scope["query_string"].decode("latin-1")
                    asked = shown_query(found[1].decode(), before := _parsed(query))
                    if asked != before:
                        scope["query_string"] = urlencode(asked).encode()
            await app(scope, receive, send)

        return with_columns

    return wrap


@hookimpl
def extra_template_vars(
    table: str | None, columns: Sequence[str] | None, request: Request, datasette: Datasette
) -> dict[str, Any] | None:
    """Tell the page of a table how the other columns are had: ``other_columns``."""
    if table is None or columns is None or not request:
        return None
    found = other_columns(table, _parsed(request.query_string))
    if found is None:
        return None
    query, is_all = found
    return {
        "other_columns": {
            "address": datasette.urls.path(
                f"{request.path}?{urlencode(query)}" if query else request.path
            ),
            "is_all": is_all,
        }
    }
