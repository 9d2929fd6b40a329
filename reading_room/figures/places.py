"""Places by how many articles there are of them: on no map, since its tiles would come from
elsewhere, and neither its old borders nor its new ones are both right."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from datasette.database import Database

from crawler.vocabulary import PlaceKind
from reading_room.charts import Category, Chart, Series, Shape
from reading_room.charts.scales import told_number
from reading_room.figures.asked import Asked, counted, name_asked, time_of
from reading_room.language import gettext as _
from reading_room.language import ngettext
from reading_room.subjects.places import place_of, with_capital

MOST_ROWS = 25
"""Places that are drawn, of more those with the most articles."""


class Parts(NamedTuple):
    """The places that lie in one, with their articles."""

    kind: PlaceKind
    sql: str


_OF_SITES = "coalesce(sum((SELECT count(*) FROM articles WHERE articles.site = sites.key)), 0)"
_PROVINCES = Parts(
    PlaceKind.PROVINCE,
    f"""
    SELECT provinces.code, provinces.type || ' ' || provinces.name AS name, {_OF_SITES} AS articles
    FROM sites JOIN districts ON districts.code = sites.district
    JOIN provinces ON provinces.code = districts.province GROUP BY 1, 2""",  # noqa: S608
)
_WITHIN = {
    PlaceKind.PROVINCE: Parts(
        PlaceKind.DISTRICT,
        f"""
        SELECT districts.code, districts.name, {_OF_SITES} AS articles
        FROM districts JOIN sites ON sites.district = districts.code
        WHERE districts.province = :code GROUP BY 1, 2""",  # noqa: S608
    ),
    PlaceKind.PROVINCE_SINCE: Parts(
        PlaceKind.DISTRICT,
        f"""
        SELECT districts.code, districts.name, {_OF_SITES} AS articles
        FROM provinces JOIN districts ON districts.province = provinces.code
        JOIN sites ON sites.district = districts.code
        WHERE code_after = :code GROUP BY 1, 2""",  # noqa: S608
    ),
    PlaceKind.DISTRICT: Parts(
        PlaceKind.COMMUNE,
        """
        SELECT communes.code, communes.type || ' ' || communes.name AS name,
               (SELECT count(*) FROM places
                WHERE kind = 'commune' AND places.code = communes.code) AS articles
        FROM communes WHERE district = :code""",
    ),
    PlaceKind.UNIT: Parts(
        PlaceKind.COMMUNE,
        """
        SELECT communes.code, communes.type || ' ' || communes.name AS name,
               (SELECT count(*) FROM places
                WHERE kind = 'commune' AND places.code = communes.code) AS articles
        FROM communes
        WHERE communes.code IN (SELECT commune FROM successors WHERE unit = :code)""",
    ),
}


async def places(db: Database, asked: Asked) -> Chart | None:
    """Return how many articles there are of each province, or of each place that lies in one."""
    if "units" not in await db.table_names():
        return None
    place = place_of(asked.place)
    parts = _WITHIN.get(place[0]) if place else _PROVINCES
    if parts is None:
        return None
    values = {"code": place[1]} if place else {}
    kept = await counted(db, parts.sql, **values)
    found = [row for row in kept.value if row["articles"]]
    found.sort(key=lambda row: (-row["articles"], row["code"]))
    shown = found[:MOST_ROWS]
    return Chart(
        name="places",
        title=_titles()[parts.kind],
        of=await name_asked(db, asked),
        told=_told(shown),
        shape=Shape.ROWS,
        heading=_("Place"),
        categories=tuple(
            Category(f"{parts.kind}:{row['code']}", with_capital(row["name"])) for row in shown
        ),
        series=(Series("articles", _("Articles"), tuple(row["articles"] for row in shown)),),
        notes=_notes(len(found) - len(shown)),
        at=time_of(kept),
    )


def _titles() -> Mapping[PlaceKind, str]:
    return {
        PlaceKind.PROVINCE: _("Articles of the portals of each province"),
        PlaceKind.DISTRICT: _("Articles of the portals of each district"),
        PlaceKind.COMMUNE: _("Articles that name each commune"),
    }


def _told(shown: list[dict[str, Any]]) -> str:
    if not shown:
        return _("There is nothing to draw yet.")
    return _("Most are of %(name)s: %(number)s.") % {
        "name": with_capital(shown[0]["name"]),
        "number": told_number(shown[0]["articles"]),
    }


def _notes(more: int) -> tuple[str, ...]:
    if more <= 0:
        return ()
    told = ngettext(
        "%(number)s more place with fewer articles is not shown.",
        "%(number)s more places with fewer articles are not shown.",
        more,
    )
    return (told % {"number": told_number(more)},)
