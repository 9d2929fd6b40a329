"""The page of search results: its pages, its exports, its list of portals and its places.

``templates/query-archive-search.html`` draws it around the canned query ``search``.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from crawler.country.gazetteer import places_called
from reading_room.places import name_of, place_of
from reading_room.queries import page_number

PAGE_SIZE = 20
"""Results on a page, as the canned query ``search`` has it."""
PLACES = 5
"""Places of the name that was typed, to which the page leads."""


def page_link(arguments: Mapping[str, str], page: int) -> str:
    """Return the query string of another page of the same search."""
    kept = {name: value for name, value in arguments.items() if value and name != "page"}
    return "?" + urlencode(kept | ({"page": str(page)} if page > 1 else {}))


def export_query(arguments: Mapping[str, str]) -> str:
    """Return the same search as a query string of the table ``articles``: all rows and columns."""
    asked = {
        "_search": arguments.get("q"),
        "site": arguments.get("site"),
        "year__gte": arguments.get("from_year"),
        "year__lte": arguments.get("to_year"),
        "_sort": "id",  # which leads from page to page the fastest
    }
    if place := place_of(arguments.get("place")):
        kind, code = place
        asked["_where"] = (
            "id IN (SELECT article_id FROM place_articles"  # noqa: S608 - of the vocabulary, digits
            f" WHERE kind = '{kind}' AND code = '{code}')"
        )
    return urlencode({name: value for name, value in asked.items() if value})


@hookimpl
def extra_template_vars(
    template: str, database: str | None, request: Request, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    """Give its variables to the template of the page of search results."""
    if template != "query-archive-search.html":
        return None

    async def variables() -> dict[str, Any]:
        arguments = {name: request.args.get(name) for name in request.args}
        portals = await datasette.execute(database, "SELECT key, name FROM sites ORDER BY name")
        place = place_of(arguments.get("place"))
        name = await name_of(datasette.get_database(database), *place) if place else None
        meant = places_called(arguments.get("q") or "")
        return {
            "place": {"kind": place[0], "code": place[1], "name": name} if place and name else None,
            "without_place": page_link({**arguments, "place": ""}, 1),
            "places": meant[:PLACES],
            "more_places": max(0, len(meant) - PLACES),
            "portals": [dict(row) for row in portals.rows],
            "page": page_number(arguments.get("page")),
            "page_size": PAGE_SIZE,
            "page_link": lambda page: page_link(arguments, page),
            "export_query": export_query(arguments),
        }

    return variables
