"""What the map tells of the body of a site: facts, under those that a TOML table has."""

from collections.abc import Mapping
from typing import Any

from crawler.country import (
    REFORM,
    District,
    Portal,
    bodies_since,
    districts,
    portals,
    provinces,
    provinces_since,
    told_of_former,
)
from crawler.sites.entries import SitesError
from crawler.vocabulary import Confidence


def check_body(where: str, facts: Mapping[str, Any], district: District | None) -> None:
    """Raise `SitesError`, which begins with *where*, for a body that is none of the map.

    *district* is the one that a site has by its key.
    """
    code, unit = facts.get("district"), facts.get("unit")
    if code is not None and code not in districts():
        raise SitesError(f"{where} has district = {code!r}; no district has this code")
    if unit is not None and unit not in bodies_since():
        why = told_of_former(unit) or "no unit has this code"
        raise SitesError(f"{where} has unit = {unit!r}; {why}")
    if district and code not in (None, district.code):
        raise SitesError(f"{where} has district = {code!r}, but by its key it is {district.code!r}")
    if unit is not None and (code is not None or district):
        raise SitesError(f"{where} has a district and a unit; a body is one of them")


def facts_of_body(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the map tells of the district or the unit that a table names."""
    if "unit" in table:
        return _facts_of_unit(table["unit"])
    return _facts_of(districts()[table["district"]]) if "district" in table else {}


def _facts_of(district: District) -> dict[str, Any]:
    facts = {
        "name": district.name,
        "province": provinces()[district.province].name,
        "district": district.code,
    }
    return facts | ({"active_to": district.active_to} if district.active_to else {})


def _facts_of_unit(code: str) -> dict[str, Any]:
    unit = bodies_since()[code]
    return {
        "name": unit.full_name,
        "province": provinces_since()[unit.province],
        "active_from": REFORM.isoformat(),
    }


def facts_of_district(district: District) -> dict[str, Any]:
    """Return what the map tells of a district and of its portal.

    Hosts of which it is doubtful whether they are its own are no places of its site; but where it
    has no others, its start page is one of them.
    """
    known = portals().get(district.code, ())
    if not known:
        return _facts_of(district)
    doubtful = [p for p in known if p.confidence == Confidence.LOW]
    base, *others = [p for p in known if p not in doubtful] or known[:1]
    cms = next((p.cms for p in (base, *others) if p.cms), None)
    return {
        **_facts_of(district),
        "base_url": _place(base),
        "hosts": tuple(map(_place, others)),
        "doubtful": tuple(map(_place, doubtful)),
        "note": " ".join(map(_told, known)),
        **({"cms": cms} if cms else {}),
    }


def _place(portal: Portal) -> str:
    """Return a host's start page; where nobody knows how it is asked, as browsers ask first."""
    return f"{portal.scheme or 'https'}://{portal.host}/"


def _told(portal: Portal) -> str:
    because = f"{portal.host}: {portal.confidence} confidence, by {', '.join(portal.evidence)}"
    return f"{because}; {portal.note}." if portal.note else f"{because}."
