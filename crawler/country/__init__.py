"""The map as data: the provinces, districts and communes before 1 July 2025, the units since.

Facts lie beside this module, one CSV file a thing; ``docs/country.md`` says where each is from. A
file is read when it is first asked for. Codes are those of the statistics office, as texts: two
digits for a province, three for a district, five for a commune or a unit since.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler.vocabulary import BodyType, Confidence, Went

FACTS_OF = date(2026, 11, 29)
"""The day of which the facts are. An archive with older ones takes these when it is opened."""
REFORM = date(2025, 7, 1)
"""The first day without districts."""

_FOLDER = Path(__file__).parent


class Province(NamedTuple):
    """A province of before the reform."""

    code: str
    name: str
    type: BodyType
    iso_3166_2: str
    code_after: str
    """The province since; it has the code of one of those that went into it."""
    name_after: str


class District(NamedTuple):
    """A district, with its full name: "Huyện Chợ Đồn"."""

    code: str
    key: str | None
    """What its site is called; None for one that was dissolved before the reform."""
    name: str
    type: BodyType
    province: str
    dissolved_on: str
    """The first day without it, ISO 8601; of one dissolved before the reform, at the latest."""
    merged_into: str | None
    """The district that it went into, where it was dissolved before the reform."""
    note: str | None

    @property
    def active_to(self) -> str | None:
        """The last day of the body, ISO 8601, where it is known."""
        if self.merged_into:
            return None
        return (date.fromisoformat(self.dissolved_on) - timedelta(1)).isoformat()


class Commune(NamedTuple):
    """A commune of before the reform, with its bare name: "Nghĩa Tá"."""

    code: str
    name: str
    type: BodyType
    district: str
    went: Went
    units: tuple[str, ...]
    """The units since that it went into."""


class Unit(NamedTuple):
    """A unit or a province since the reform, with its bare name: "Nghĩa Tá"."""

    code: str
    name: str
    type: BodyType
    province: str
    """The code of the province since; a province's own."""
    district: str | None
    """The district that it was, where that had no communes."""

    @property
    def full_name(self) -> str:
        """Its name with what it is: "Xã Nghĩa Tá"."""
        return f"{self.type.capitalize()} {self.name}"


class Portal(NamedTuple):
    """A host on which the portal of a district lies, lay, or may have lain."""

    district: str
    host: str
    """Its name, or with what follows it where the portal lies below a path."""
    confidence: Confidence
    """How sure it is that it is, or was, the district's own."""
    scheme: str | None
    """``https`` where that was seen, or a certificate was logged."""
    evidence: tuple[str, ...]
    """What names it: the sources that ``docs/country.md`` tells of."""
    cms: str | None
    """What it seems to be made with: a name that a site's ``cms`` may have."""
    note: str | None


class Succession(NamedTuple):
    """A unit since, and what went into it."""

    unit: str
    district: str
    commune: str | None
    """None for a district without communes."""
    went: Went


@cache
def provinces() -> Mapping[str, Province]:
    """Return the 63 provinces of before the reform, by code."""
    return MappingProxyType(
        {
            code: Province(code, name, BodyType(kind), *rest)
            for code, name, kind, *rest in _rows("provinces")
        }
    )


@cache
def provinces_since() -> Mapping[str, str]:
    """Return the names of the 34 provinces since the reform, by code."""
    return MappingProxyType({p.code_after: p.name_after for p in provinces().values()})


@cache
def districts() -> Mapping[str, District]:
    """Return the 696 districts of the last day, and 19 dissolved from 2019 on, by code."""
    return MappingProxyType(
        {
            code: District(
                code, key or None, name, BodyType(kind), province, day, into or None, note or None
            )
            for code, key, name, kind, province, day, into, note in _rows("districts")
        }
    )


@cache
def communes() -> Mapping[str, Commune]:
    """Return the 10,047 communes of before the reform, by code."""
    return MappingProxyType(
        {
            code: Commune(code, name, BodyType(kind), district, Went(went), tuple(units.split()))
            for code, name, kind, district, went, units in _rows("communes")
        }
    )


@cache
def units() -> Mapping[str, Unit]:
    """Return the 3,321 units since the reform, by code."""
    return MappingProxyType(
        {
            code: Unit(code, name, BodyType(kind), province, district or None)
            for code, name, kind, province, district in _rows("units")
        }
    )


@cache
def bodies_since() -> Mapping[str, Unit]:
    """Return whose portals there are since the reform, by code: the units and the provinces."""
    provinces_ = {
        code: Unit(code, name, provinces()[code].type, code, None)
        for code, name in provinces_since().items()
    }
    return MappingProxyType({**units(), **provinces_})


def told_of_former(code: str) -> str | None:
    """Return what became of the province of before the reform that a code is of, if there is none
    of that code since.
    """
    former = provinces().get(code)
    if former is None or code in provinces_since():
        return None
    return f"{former.name} went into {former.name_after}, which is {former.code_after}"


@cache
def portals() -> Mapping[str, tuple[Portal, ...]]:
    """Return the hosts of each district, by its code: that of today first, as far as is known."""
    found: dict[str, list[Portal]] = {}
    for district, host, confidence, scheme, evidence, cms, note in _rows("portals"):
        portal = Portal(
            district, host, Confidence(confidence), scheme or None, tuple(evidence.split()),
            cms or None, note or None,
        )  # fmt: skip
        found.setdefault(district, []).append(portal)
    return MappingProxyType({district: tuple(hosts) for district, hosts in found.items()})


def district_at(key: str, url: str) -> District | None:
    """Return the district whose site is called *key*, if an address lies on one of its hosts."""
    district = by_key().get(key)
    known = portals().get(district.code, ()) if district else ()
    host = _without_www(urlsplit(url).hostname or "")
    return district if host in {_without_www(p.host.partition("/")[0]) for p in known} else None


@cache
def by_key() -> Mapping[str, District]:
    """Return the districts that were there on the last day, by the keys of their sites."""
    return MappingProxyType({d.key: d for d in districts().values() if d.key})


def successions() -> Iterator[Succession]:
    """Yield who went into whom, sorted by commune; last the districts without communes."""
    for commune in communes().values():
        for code in commune.units:
            yield Succession(code, commune.district, commune.code, commune.went)
    for unit in units().values():
        if unit.district:
            yield Succession(unit.code, unit.district, None, Went.WHOLE)


def _without_www(host: str) -> str:
    return host.removeprefix("www.")


def _rows(name: str) -> Iterator[list[str]]:
    """Yield the rows of a file of facts but for its header."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows
