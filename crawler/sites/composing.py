"""What the map tells of the body of a site: facts, under those that a TOML table has."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from crawler.country import REFORM, District, Portal, districts, portals, provinces, units
from crawler.sites.entries import SitesError
from crawler.vocabulary import Confidence


@cache
def by_key() -> Mapping[str, District]:
    """Return the districts that were there on the last day, by the keys of their sites."""
    return {district.key: district for district in districts().values() if district.key}


def facts_of_body(where: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the map tells of the district or the unit that a table names.

    Raises `SitesError`, which begins with *where*, for a code that the map does not have.
    """
    code = table.get("district")
    if code is not None and code not in districts():
        raise SitesError(f"{where} has district = {code!r}; no district has this code")
    unit = table.get("unit")
    if unit is not None and unit not in units():
        raise SitesError(f"{where} has unit = {unit!r}; no unit has this code")
    return _facts_of_unit(unit) if unit else _facts_of(districts()[code]) if code else {}


def _facts_of(district: District) -> dict[str, Any]:
    facts = {
        "name": district.name,
        "province": provinces()[district.province].name,
        "district": district.code,
    }
    return facts | ({"active_to": district.active_to} if district.active_to else {})


def _facts_of_unit(code: str) -> dict[str, Any]:
    unit = units()[code]
    (name,) = {p.name_after for p in provinces().values() if p.code_after == unit.province}
    return {"name": unit.full_name, "province": name, "active_from": REFORM.isoformat()}


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
