"""Places by what a person types: "chợ đồn", "Huyện Chợ Đồn", "cho don 2021"."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from crawler.country import (
    REFORM,
    communes,
    districts,
    provinces,
    provinces_since,
    units,
)
from crawler.country.names import bare_name
from crawler.text.fold import fold
from crawler.vocabulary import PlaceKind

_YEAR = re.compile(r"[\s,(]+((?:19|20)\d\d)\)?\s*$")
_SINCE = (PlaceKind.UNIT, PlaceKind.PROVINCE_SINCE)
_ORDER = [
    PlaceKind.DISTRICT,
    PlaceKind.UNIT,
    PlaceKind.PROVINCE,
    PlaceKind.PROVINCE_SINCE,
    PlaceKind.COMMUNE,
]


class Called(NamedTuple):
    """A place of a name."""

    kind: PlaceKind
    code: str
    name: str
    """Its name with what it is: "Xã Nghĩa Tá"."""
    within: str
    """The names of what it lies in: "Huyện Chợ Đồn, Bắc Kạn"."""


def places_called(words: str) -> list[Called]:
    """Return the places of a name, with or without marks and what they are: districts first.

    A year behind it says by which map: until 2024 that of then, from 2026 on that since.
    """
    year = _YEAR.search(words)
    found = _by_name().get(_typed(words[: year.start()] if year else words), ())
    of = int(year[1]) if year else REFORM.year
    return [
        place
        for place in found
        if of == REFORM.year or (of > REFORM.year) == (place.kind in _SINCE)
    ]


def _typed(words: str) -> str:
    return " ".join(re.findall(r"\w+", fold(words).lower()))


@cache
def _by_name() -> Mapping[str, tuple[Called, ...]]:
    found: dict[str, list[Called]] = defaultdict(list)
    for place, bare in _all():
        for typed in {_typed(place.name), _typed(bare)}:
            if not typed.isdigit():  # who types 8 means no ward
                found[typed].append(place)
    return MappingProxyType(
        {
            name: tuple(sorted(places, key=lambda place: _ORDER.index(place.kind)))
            for name, places in found.items()
        }
    )


def _all() -> list[tuple[Called, str]]:
    """Return all places of the map, each with its name without what it is."""
    before, now = provinces(), provinces_since()
    kinds = PlaceKind
    found = [
        (Called(kinds.PROVINCE, p.code, f"{p.type.capitalize()} {p.name}", ""), p.name)
        for p in before.values()
    ]
    found += [(Called(kinds.PROVINCE_SINCE, code, name, ""), name) for code, name in now.items()]
    for district in districts().values():
        within = before[district.province].name
        called = Called(kinds.DISTRICT, district.code, district.name, within)
        found.append((called, bare_name(district)))
    for c in communes().values():
        within = f"{districts()[c.district].name}, {before[districts()[c.district].province].name}"
        full = f"{c.type.capitalize()} {c.name}"
        found.append((Called(kinds.COMMUNE, c.code, full, within), c.name))
    for u in units().values():
        found.append((Called(kinds.UNIT, u.code, u.full_name, now[u.province]), u.name))
    return found
