"""The map in time: ``/places``, and a page for each place, as HTML and as JSON.

It says what a place was and became, which portals were its own, and what the archive holds of it:
of provinces and districts what their portals published, of communes and units what names them.
``templates/places.html`` and ``place.html`` draw it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, NamedTuple

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from crawler.country import REFORM
from crawler.country.gazetteer import places_called
from crawler.vocabulary import PlaceKind, Went
from crawler.vocabulary.words import words_of
from reading_room.asking.queries import (
    address,
    html_answer,
    json_answer,
    page_number,
    permitted_archive,
    rows,
)
from reading_room.asking.shelf import derived
from reading_room.ledger import ledgers
from reading_room.subjects.documents import briefly
from reading_room.subjects.places import SITES, name_of, place_path, with_capital

ARTICLES_A_PAGE = 20
DOCUMENTS = 10
"""Documents that the page of a place lists: those that most of its articles cite."""
MOST_CALLED = 100
"""Places of one name that are listed."""

_LAST_DAY = (REFORM - timedelta(1)).isoformat()


class Related(NamedTuple):
    """Places that have to do with one: their kind, and the query for them, by ``:code``."""

    kind: PlaceKind
    sql: str


WITHIN = {
    PlaceKind.DISTRICT: [
        Related(
            PlaceKind.PROVINCE,
            """
            SELECT provinces.code, provinces.type || ' ' || provinces.name AS name
            FROM districts JOIN provinces ON provinces.code = districts.province
            WHERE districts.code = :code""",
        )
    ],
    PlaceKind.COMMUNE: [
        Related(
            PlaceKind.DISTRICT,
            """
            SELECT districts.code, districts.name
            FROM communes JOIN districts ON districts.code = district
            WHERE communes.code = :code""",
        ),
        Related(
            PlaceKind.PROVINCE,
            """
            SELECT provinces.code, provinces.type || ' ' || provinces.name AS name
            FROM communes JOIN districts ON districts.code = district
            JOIN provinces ON provinces.code = province
            WHERE communes.code = :code""",
        ),
    ],
    PlaceKind.UNIT: [
        Related(
            PlaceKind.PROVINCE_SINCE,
            "SELECT province AS code, province_name AS name FROM units WHERE code = :code",
        )
    ],
}
"""What a place lies in, the innermost first."""
BECAME = {
    PlaceKind.PROVINCE: Related(
        PlaceKind.PROVINCE_SINCE,
        "SELECT code_after AS code, name_after AS name FROM provinces WHERE code = :code",
    ),
    PlaceKind.DISTRICT: Related(
        PlaceKind.UNIT,
        """
        SELECT code, type || ' ' || name AS name, province_name AS within FROM units
        WHERE code IN (SELECT unit FROM successors WHERE district = :code)
        ORDER BY fold(units.name)""",
    ),
    PlaceKind.COMMUNE: Related(
        PlaceKind.UNIT,
        """
        SELECT code, type || ' ' || name AS name, province_name AS within, went
        FROM successors JOIN units ON code = unit WHERE commune = :code
        ORDER BY fold(units.name)""",
    ),
}
WAS = {
    PlaceKind.UNIT: Related(
        PlaceKind.COMMUNE,
        """
        SELECT communes.code, communes.type || ' ' || communes.name AS name,
               districts.name AS within, went
        FROM successors JOIN communes ON communes.code = commune
        JOIN districts ON districts.code = communes.district
        WHERE unit = :code ORDER BY fold(districts.name), fold(communes.name)""",
    ),
    PlaceKind.PROVINCE_SINCE: Related(
        PlaceKind.PROVINCE,
        """
        SELECT code, type || ' ' || name AS name FROM provinces
        WHERE code_after = :code ORDER BY fold(provinces.name)""",
    ),
}
DISTRICTS = {
    PlaceKind.UNIT: Related(
        PlaceKind.DISTRICT,
        """
        SELECT districts.code, districts.name, provinces.name AS within
        FROM districts JOIN provinces ON provinces.code = province
        WHERE districts.code IN (SELECT district FROM successors WHERE unit = :code)
        ORDER BY fold(districts.name)""",
    )
}
"""The districts in which a unit lies."""
PARTS = {
    PlaceKind.PROVINCE: Related(
        PlaceKind.DISTRICT,
        """
        SELECT code, name FROM districts
        WHERE province = :code AND merged_into IS NULL ORDER BY fold(name)""",
    ),
    PlaceKind.DISTRICT: Related(
        PlaceKind.COMMUNE,
        """
        SELECT code, type || ' ' || name AS name,
               (SELECT count(*) FROM places
                WHERE kind = 'commune' AND places.code = communes.code) AS articles
        FROM communes WHERE district = :code ORDER BY fold(communes.name)""",
    ),
    PlaceKind.PROVINCE_SINCE: Related(
        PlaceKind.UNIT,
        """
        SELECT code, type || ' ' || name AS name FROM units
        WHERE province = :code ORDER BY fold(units.name)""",
    ),
}

_ARTICLES = "SELECT article_id FROM place_articles WHERE kind = :kind AND code = :code"


async def place(
    db: Database, kind: PlaceKind, code: str, year: str, page: int
) -> dict[str, Any] | None:
    """Gather what the page of a place shows, with a page of its articles, of one *year* or, if that
    is "", of all; None where there is no such place.
    """
    name = await name_of(db, kind, code)
    if name is None:
        return None

    async def asked(*related: Related | None) -> list[dict[str, Any]]:
        return [
            row | {"kind": each.kind, "name": with_capital(row["name"])}
            for each in related
            if each
            for row in await rows(db, each.sql, code=code)
        ]

    told = {
        "kind": kind,
        "code": code,
        "name": name,
        "within": await asked(*WITHIN.get(kind, ())),
        "became": await asked(BECAME.get(kind)),
        "was": await asked(WAS.get(kind)),
        "districts": await asked(DISTRICTS.get(kind)),
        "parts": await asked(PARTS.get(kind)),
        "days": await _days(db, kind, code),
        "portals": await _portals(db, kind, code),
    }
    return told | await _held(db, kind, code, year, page)


async def _portals(db: Database, kind: PlaceKind, code: str) -> list[dict[str, Any]]:
    """Return the portals of a place, each with what is held of it and the verdict on it."""
    known = await rows(
        db,
        "SELECT key AS site, sites.name, base_url, active_to,"  # noqa: S608
        " (SELECT count(*) FROM articles WHERE site = key) AS articles,"
        " (SELECT min(published_at) FROM articles WHERE site = key) AS oldest,"
        " (SELECT max(published_at) FROM articles WHERE site = key) AS newest"
        f" FROM sites WHERE {SITES[kind]} ORDER BY fold(sites.name)",
        code=code,
    )
    if not known or "coverage" not in await db.view_names():  # an archive of an older version
        return known
    ledger = (await ledgers(db)).value
    judged = {row["site"]: row for row in ledger}
    unjudged = dict.fromkeys(("verdict", "as_of", "stale"))
    return [
        row | {name: judged.get(row["site"], unjudged)[name] for name in unjudged} for row in known
    ]


async def _days(db: Database, kind: PlaceKind, code: str) -> dict[str, Any]:
    """Return the first day of a place or its last, as far as they are known, and what it went into
    where that was before the reform."""
    if kind in (PlaceKind.UNIT, PlaceKind.PROVINCE_SINCE):
        return {"since": REFORM.isoformat(), "until": None, "merged_into": None}
    days: dict[str, Any] = {"since": None, "until": _LAST_DAY, "merged_into": None}
    if kind == PlaceKind.DISTRICT:
        (merged,) = await rows(
            db, "SELECT merged_into FROM districts WHERE code = :code", code=code
        )
        if merged["merged_into"]:
            into = merged["merged_into"]
            name = await name_of(db, kind, into)
            days |= {"until": None, "merged_into": {"kind": kind, "code": into, "name": name}}
    return days


async def _held(db: Database, kind: PlaceKind, code: str, year: str, page: int) -> dict[str, Any]:
    """Return a page of the articles of a place, how many there are, by year, and what they cite."""
    of = {"kind": kind.value, "code": code}
    counted = await derived(db, f"place {kind} {code}", lambda: _counted(db, of))
    articles = await rows(
        db,
        "SELECT articles.id, code, called(title, lead, body) AS title, published_at, category,"  # noqa: S608
        " site, sites.name AS site_name"
        f" FROM (SELECT id AS article_id FROM articles WHERE id IN ({_ARTICLES})"
        "  AND (:year = '' OR year = CAST(:year AS INTEGER))"
        "  ORDER BY published_at DESC, id DESC LIMIT :size OFFSET :size * (:page - 1))"
        " JOIN articles ON articles.id = article_id LEFT JOIN sites ON sites.key = site"
        " ORDER BY published_at DESC, articles.id DESC",
        **of,
        year=year,
        size=ARTICLES_A_PAGE,
        page=page,
    )
    years, documents = counted.value
    found = sum(row["articles"] for row in years if year in ("", str(row["year"])))
    return {
        "found": found,
        "years": years,
        "articles": articles,
        "documents": documents,
        "page": page,
        "counted": counted,
    }


Rows = list[dict[str, Any]]


async def _counted(db: Database, of: dict[str, str]) -> tuple[Rows, Rows]:
    """Return how many articles of a place there are by year, and what most of them cite."""
    years = await rows(
        db,
        "SELECT year, count(*) AS articles FROM articles"  # noqa: S608
        f" WHERE id IN ({_ARTICLES}) GROUP BY year ORDER BY year",
        **of,
    )
    documents = await rows(
        db,
        "SELECT key, count(DISTINCT article_id) AS articles FROM citations"  # noqa: S608
        f" WHERE article_id IN ({_ARTICLES}) GROUP BY key ORDER BY articles DESC, key LIMIT :size",
        **of,
        size=DOCUMENTS,
    )
    return years, await briefly(db, documents)


async def one_place(datasette: Datasette, request: Request) -> Response:
    """Answer with the page of a place, as HTML or as JSON."""
    db = await permitted_archive(datasette, request)
    kind, code = request.url_vars["kind"], request.url_vars["code"]
    page, year = page_number(request.args.get("page")), request.args.get("year") or ""
    told = await place(db, PlaceKind(kind), code, year, page) if kind in {*PlaceKind} else None
    if told is None:
        raise NotFound(f"No such place: {kind} {code}")
    counted = told.pop("counted")
    if request.url_vars["json"]:
        return json_answer(told | counted.dated)
    path = place_path(kind, code)

    def link(number: int, path: str = path, year: object = year) -> str:
        return str(datasette.urls.path(address(path, year=year, page=number)))

    values = {
        "place": told,
        "year": year,
        "counted": counted,
        "page_size": ARTICLES_A_PAGE,
        "link": link,
        "alternate_url_json": link(page, f"{path}.json"),
    }
    return await html_answer(datasette, request, "place.html", values)


async def all_places(datasette: Datasette, request: Request) -> Response:
    """Answer with the places of a name, or with the districts whose portals the archive has."""
    db = await permitted_archive(datasette, request)
    name = request.args.get("name") or ""
    places = [place._asdict() for place in places_called(name)]
    counted = await derived(db, "places", lambda: _provinces(db))
    known = counted.value
    if request.url_vars["json"]:
        told = {"name": name, "places": places, "provinces": known}
        return json_answer(told | counted.dated)
    values = {
        "name": name,
        "places": places[:MOST_CALLED],
        "more": max(0, len(places) - MOST_CALLED),
        "provinces": known,
        "counted": counted,
        "alternate_url_json": datasette.urls.path(address("/places.json", name=name)),
    }
    return await html_answer(datasette, request, "places.html", values)


async def _provinces(db: Database) -> list[dict[str, Any]]:
    """Return the provinces of then of whose districts there are portals, with these districts."""
    if "districts" not in await db.table_names():  # an archive of an older version
        return []
    known = await rows(
        db,
        """
        SELECT provinces.code AS province, provinces.type || ' ' || provinces.name AS called,
               code_after, name_after, districts.code, districts.name,
               (SELECT count(*) FROM articles WHERE site = key) AS articles
        FROM sites JOIN districts ON districts.code = sites.district
        JOIN provinces ON provinces.code = districts.province
        ORDER BY fold(provinces.name), provinces.code, fold(districts.name)""",
    )
    found = []
    for code, of in groupby(known, key=lambda row: row["province"]):
        rows_ = list(of)
        found.append({
            "kind": PlaceKind.PROVINCE,
            "code": code,
            "name": with_capital(rows_[0]["called"]),
            "since": {
                "kind": PlaceKind.PROVINCE_SINCE,
                "code": rows_[0]["code_after"],
                "name": rows_[0]["name_after"],
            },
            "districts": [
                {"kind": PlaceKind.DISTRICT}
                | {name: row[name] for name in ("code", "name", "articles")}
                for row in rows_
            ],
        })  # fmt: skip
    return found


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the pages."""
    return [
        (r"^/places(?P<json>\.json)?$", all_places),
        (r"^/places/(?P<kind>[a-z-]+)/(?P<code>\d{2,5})(?P<json>\.json)?$", one_place),
    ]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates how places are called and where their pages are."""
    env.globals.update(
        place_path=place_path, place_kinds=words_of(PlaceKind), place_went=words_of(Went)
    )
