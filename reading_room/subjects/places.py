"""Places as addresses name them, and what the archive calls them."""

import re
from collections.abc import Mapping
from typing import Any

from datasette.database import Database

from crawler.vocabulary import PlaceKind
from reading_room.asking.queries import rows

_PLACE = re.compile(rf"({'|'.join(PlaceKind)}):(\d{{2,5}})")
_NAMED = {
    PlaceKind.PROVINCE: "SELECT type || ' ' || name FROM provinces WHERE code = :code",
    PlaceKind.DISTRICT: "SELECT name FROM districts WHERE code = :code",
    PlaceKind.COMMUNE: "SELECT type || ' ' || name FROM communes WHERE code = :code",
    PlaceKind.UNIT: "SELECT type || ' ' || name FROM units WHERE code = :code",
    PlaceKind.PROVINCE_SINCE: "SELECT name_after FROM provinces WHERE code_after = :code",
}

_OF_PROVINCE = "district IN (SELECT code FROM districts WHERE province = :code)"
_OF_SINCE = (
    "district IN (SELECT districts.code FROM districts"
    " JOIN provinces ON provinces.code = districts.province WHERE code_after = :code)"
    " OR sites.unit = :code OR sites.unit IN (SELECT code FROM units WHERE province = :code)"
)
SITES = {
    PlaceKind.PROVINCE: _OF_PROVINCE,
    PlaceKind.DISTRICT: "district = :code",
    PlaceKind.COMMUNE: "district = (SELECT district FROM communes WHERE code = :code)",
    PlaceKind.UNIT: "sites.unit = :code"
    " OR district IN (SELECT district FROM successors WHERE unit = :code)",
    PlaceKind.PROVINCE_SINCE: _OF_SINCE,
}
"""The conditions of the portals of a place: those of its district, where it had none itself."""


def place_of(text: str | None) -> tuple[PlaceKind, str] | None:
    """Return the kind and code of a place that an address names: "district:064"."""
    found = _PLACE.fullmatch(text or "")
    return (PlaceKind(found[1]), found[2]) if found else None


def place_path(kind: str, code: str) -> str:
    """Return the address of the page of a place, below that of the reading room."""
    return f"/places/{kind}/{code}"


async def name_of(db: Database, kind: PlaceKind, code: str) -> str | None:
    """Return what a place is called, "Xã Nghĩa Tá"; None if the archive knows none."""
    if "units" not in await db.table_names():  # an archive of an older version
        return None
    found: list[dict[str, Any]] = await rows(db, f"{_NAMED[kind]} LIMIT 1", code=code)
    return with_capital(next(iter(found[0].values()))) if found else None


async def place_of_site(db: Database, site: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the place whose portal a site is, by its row in ``sites``; None if that is unknown."""
    unit, district = site.get("unit"), site.get("district")
    for kind, code in (
        (PlaceKind.UNIT, unit),
        (PlaceKind.PROVINCE_SINCE, unit),
        (PlaceKind.DISTRICT, district),
    ):
        if code and (name := await name_of(db, kind, code)):
            return {"kind": kind, "code": code, "name": name}
    return None


def with_capital(name: str) -> str:
    """Return a name with a capital first: "Xã Nghĩa Tá"."""
    return name[:1].upper() + name[1:]
