"""The home page: what the archive holds, at a glance. ``templates/index.html`` draws it."""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request

from archive.reading import BYTES_KEPT
from reading_room import editions
from reading_room.queries import rows

NEWEST = 8
"""Articles listed as the newest."""
PORTALS = 20
"""Portals listed at most: of more, those that hold most."""


async def overview(datasette: Datasette) -> dict[str, Any] | None:
    """Return the figures, districts, years and newest articles; None if no archive is open."""
    if "archive" not in datasette.databases:
        return None
    db = datasette.get_database("archive")
    tables = set(await db.table_names())
    if not {"articles", "sites"} <= tables:
        return None

    years = await rows(
        db,
        "SELECT year, count(*) AS articles FROM articles WHERE year IS NOT NULL"
        " GROUP BY year ORDER BY year",
    )
    districts = await rows(
        db,
        "SELECT key, name, province, articles, oldest, newest FROM sites LEFT JOIN ("
        " SELECT site, count(*) AS articles, min(published_at) AS oldest,"
        " max(published_at) AS newest FROM articles GROUP BY site"
        ") ON site = key ORDER BY province, name",
    )
    largest = sorted(districts, key=lambda district: -(district["articles"] or 0))[:PORTALS]
    return {
        "articles": (await rows(db, "SELECT count(*) AS n FROM articles"))[0]["n"],
        "kept": await _kept(db) if "captures" in tables else None,
        "years": years,
        "busiest": max((year["articles"] for year in years), default=0),
        "portals": len(districts),
        "districts": districts if len(districts) <= PORTALS else largest,
        "newest": await rows(
            db,
            "SELECT articles.id, called(title, lead, body) AS title, lead, published_at, category,"
            " sites.name AS site_name"
            " FROM articles JOIN sites ON sites.key = site WHERE published_at IS NOT NULL"
            " ORDER BY published_at DESC LIMIT ?",
            NEWEST,
        ),
    }


async def _kept(db: Database) -> dict[str, Any]:
    counted = await rows(db, "SELECT count(*) AS captures FROM captures")
    return counted[0] | (await rows(db, BYTES_KEPT, site=None))[0]


@hookimpl
def extra_template_vars(
    template: str, request: Request, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    """Give ``overview`` and ``questions``, the canned queries, to the home page."""
    if template != "index.html":
        return None

    async def variables() -> dict[str, Any]:
        questions = await editions.questions(datasette, request.actor)
        return {
            "overview": await overview(datasette),
            "questions": [question for question in questions if question.name != "search"],
        }

    return variables
