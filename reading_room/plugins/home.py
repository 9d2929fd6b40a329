"""The home page: what the archive holds, at a glance. ``templates/index.html`` draws it.

It is no page of Datasette's, which asks for each table whether it may be seen, and copies all
metadata for each answer: that took six times as long as all that is shown.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from archive.reading import BYTES_KEPT
from crawler.text.fold import fold
from crawler.vocabulary import PlaceKind
from reading_room import editions
from reading_room.asking.queries import html_answer, permitted_archive, rows
from reading_room.asking.shelf import derived
from reading_room.subjects.places import with_capital

NEWEST = 8
"""Articles listed as the newest."""
PORTALS = 20
"""Portals listed at most: of more, those that hold most, and all of them by province."""


async def overview(datasette: Datasette) -> dict[str, Any] | None:
    """Return the figures, portals, provinces, years and newest articles; None if no archive is
    open. As ``counted`` it says of when the figures are.
    """
    if "archive" not in datasette.databases:
        return None
    db = datasette.get_database("archive")
    if not {"articles", "sites"} <= {*await db.table_names()}:
        return None
    counted = await derived(db, "home", lambda: _holdings(db))
    code = "code" if "code" in await db.table_columns("articles") else "NULL AS code"
    return {
        **counted.value,
        "counted": counted,
        "newest": await rows(
            db,
            f"SELECT articles.id, {code}, called(title, lead, body) AS title, lead, published_at,"  # noqa: S608
            " category, sites.name AS site_name"
            " FROM articles JOIN sites ON sites.key = site WHERE published_at IS NOT NULL"
            " ORDER BY published_at DESC LIMIT ?",
            NEWEST,
        ),
    }


async def _holdings(db: Database) -> dict[str, Any]:
    """Return what is held, counted: of each portal it is a few looks into indexes."""
    tables = {*await db.table_names()}
    years = await rows(
        db,
        "SELECT year, count(*) AS articles FROM articles WHERE year IS NOT NULL"
        " GROUP BY year ORDER BY year",
    )
    portals = await rows(
        db,
        "SELECT key, name, province,"
        " (SELECT count(*) FROM articles WHERE site = key) AS articles,"
        " (SELECT min(published_at) FROM articles WHERE site = key) AS oldest,"
        " (SELECT max(published_at) FROM articles WHERE site = key) AS newest"
        " FROM sites ORDER BY province, name",
    )
    largest = sorted(portals, key=lambda portal: -portal["articles"])[:PORTALS]
    is_mapped = "provinces" in tables
    return {
        "articles": sum(portal["articles"] for portal in portals),
        "kept": await _kept(db) if "captures" in tables else None,
        "last_crawl": await _last_crawl(db) if "runs" in tables else None,
        "years": years,
        "portals": len(portals),
        "with_articles": sum(portal["articles"] > 0 for portal in portals),
        "districts": portals if len(portals) <= PORTALS else largest,
        "provinces": await _provinces(db, portals) if is_mapped else [],
        "provinces_since": await _provinces_since(db, portals) if is_mapped else [],
    }


async def _kept(db: Database) -> dict[str, Any]:
    counted = await rows(db, "SELECT count(*) AS captures FROM captures")
    return counted[0] | (await rows(db, BYTES_KEPT, site=None))[0]


async def _last_crawl(db: Database) -> str | None:
    last = await rows(
        db, "SELECT max(finished_at) AS at FROM runs WHERE outcome IN ('finished', 'limit')"
    )
    return str(last[0]["at"]) if last[0]["at"] else None


Rows = list[dict[str, Any]]


async def _provinces(db: Database, portals: Rows) -> Rows:
    """Return all provinces of then, each with the portals of its districts, and those of none at
    the end under no name."""
    of = await rows(
        db,
        "SELECT key, province FROM districts JOIN"
        " (SELECT key, district FROM sites) ON district = code",
    )
    places = await rows(
        db,
        "SELECT code, type || ' ' || name AS called, name, code_after FROM provinces"
        " ORDER BY fold(name)",
    )
    by_name = {place["name"]: place["code"] for place in places}
    code_of = {row["key"]: row["province"] for row in of}
    grouped: dict[str | None, Rows] = {}
    for portal in portals:
        code = code_of.get(portal["key"]) or by_name.get(portal["province"] or "")
        grouped.setdefault(code, []).append(portal)
    found = [
        {
            "kind": PlaceKind.PROVINCE,
            "code": place["code"],
            "name": with_capital(place["called"]),
            "code_after": place["code_after"],
            **_of_portals(grouped.get(place["code"], [])),
        }
        for place in places
    ]
    if None in grouped:
        found.append({"name": None, "code_after": None, **_of_portals(grouped[None])})
    return found


def _of_portals(portals: Rows) -> dict[str, Any]:
    return {
        "portals": sorted(portals, key=lambda portal: fold(portal["name"])),
        "articles": sum(portal["articles"] for portal in portals),
    }


async def _provinces_since(db: Database, portals: Rows) -> Rows:
    """Return the provinces since, each with how many portals and articles of its area there are."""
    of = await rows(
        db,
        "SELECT key, coalesce(code_after, (SELECT province FROM units WHERE code = unit), unit)"
        " AS code FROM sites LEFT JOIN districts ON districts.code = district"
        " LEFT JOIN provinces ON provinces.code = districts.province",
    )
    code_of = {row["key"]: row["code"] for row in of}
    articles = {portal["key"]: portal["articles"] for portal in portals}
    named = await rows(
        db,
        "SELECT code_after AS code, name_after AS name FROM provinces"
        " GROUP BY code_after ORDER BY fold(name_after)",
    )
    keys: dict[str, list[str]] = {}
    ordered = sorted(code_of, key=lambda key: code_of[key] or "")
    for code, of_code in groupby(ordered, key=lambda key: code_of[key] or ""):
        keys[code] = [*of_code]
    return [
        {
            "kind": PlaceKind.PROVINCE_SINCE,
            **place,
            "portals": len(keys.get(place["code"], ())),
            "articles": sum(articles[key] for key in keys.get(place["code"], ())),
        }
        for place in named
    ]


async def home(request: Request, datasette: Datasette) -> Response:
    """Answer ``/``: what is held, all portals, and the canned queries."""
    questions: Sequence[editions.Question] = ()
    if "archive" in datasette.databases:
        await permitted_archive(datasette, request)
        questions = await editions.questions(datasette, request.actor)
    values = {
        "overview": await overview(datasette),
        "questions": [question for question in questions if question.name not in _ELSEWHERE],
    }
    return await html_answer(datasette, request, "index.html", values)


_ELSEWHERE = {"search", "articles_citing", "documents_most_cited"}
"""The canned queries that have pages of their own."""


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the page."""
    return [(r"^/$", home)]
