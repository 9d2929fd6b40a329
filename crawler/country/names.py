"""Names of the map, as texts write them: in any case, with either placement of a tone mark.

"Hoà Bình" and "HÒA BÌNH" are one name, and so are "Mỹ Phương" and "Mĩ Phương". Names that differ in
more than that are told apart: nothing is folded to letters without marks, but for names of the
highlands. What these sound like is no syllable of Vietnamese, and even the official lists write
them now so and now so: "Đắk Long" and "Đăk Long", "Ea KNuec" and "Ea Knuếc", "KDang" and "K' Dang".
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from crawler.country import (
    District,
    communes,
    districts,
    provinces,
    provinces_since,
    units,
)
from crawler.text.fold import fold
from crawler.vocabulary import BodyType, PlaceKind

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE = re.compile(f"[{_TONES}]")
_APOSTROPHE = re.compile("['’‘´`] ?")
_APART = re.compile(r"[\W_]+")
_OTHERWISE = {"đắc": "đắk", "đăc": "đăk", "cạn": "kạn", "nt": "nông trường"}
"""Syllables that are written so, too: "Đắc Lắc", "Bắc Cạn", and "NT Liên Sơn" in the lists."""
_Y = re.compile(r"(?<=^[hklmstv])y$|(?<=^qu)y$")
_VIETNAMESE = re.compile(
    r"""(?: b | c(?![eiy]) | ch | d | g(?![eiy]) | gh(?=[eiy]) | gi? | h | k(?=[eiy]) | kh | l | m
    | n | ng(?![eiy]) | ngh(?=[eiy]) | nh | ph? | qu? | r | s | th? | tr | v | x )?
    (?: [aeiouy] | a[iouy] | eo | eu | i[aeu] | ieu | o[aeio] | oa[ioy] | oeo
    | u[aeiouy] | uai | uay | uoi | uou | u?ye | uy[au] | ya | yeu )
    (?: c | ch | m | n | ng | nh | p | t )?
    | [bcpstvx]""",
    re.VERBOSE,
)
"""A syllable without its marks, or a letter that stands behind a name: "Bình An B"."""
_ROMAN = re.compile(r"[ivx]+")
_C_AT_THE_END = re.compile(r"(?<=[aeiouy])c$")
_OF_DISTRICT = re.compile(r"(?:Huyện|Quận|Thị xã|Thành phố) ")


class Body(NamedTuple):
    """A commune, or a unit since."""

    kind: PlaceKind
    code: str
    type: BodyType
    district: str | None
    """The code of a commune's district."""
    province: str
    """The code of its province: of a unit that since."""
    spelling: str
    """`spelling_of` its name, which tells two apart that share a key: "Ia Băng", "Ia Bang"."""


class Area(NamedTuple):
    """What a portal is at home in: its districts, and the units that came of them."""

    districts: frozenset[str]
    units: frozenset[str]
    provinces: frozenset[str]
    """Codes of the provinces of its districts."""

    def has(self, body: Body) -> bool:
        """Whether a commune or unit lies in it."""
        if body.kind == PlaceKind.UNIT:
            return body.code in self.units
        return body.district in self.districts


@lru_cache(maxsize=1 << 15)
def key_of(name: str) -> str:
    """Return what all spellings of a name share."""
    syllables = " ".join(_OTHERWISE.get(one, one) for one in _syllables(name)).split()
    if any(map(_is_of_the_highlands, syllables)):
        return "".join(_C_AT_THE_END.sub("k", fold(one)) for one in syllables)
    return " ".join(map(_syllable, syllables))


@lru_cache(maxsize=1 << 15)
def spelling_of(name: str) -> str:
    """Return what all texts share that spell a name alike."""
    return " ".join(map(_syllable, _syllables(name)))


@lru_cache(maxsize=1024)  # of a name of the map it is asked twice, for its key and its spelling
def _syllables(name: str) -> tuple[str, ...]:
    return tuple(_APART.sub(" ", _APOSTROPHE.sub("", name.lower().replace("n.t", "nt"))).split())


@lru_cache(maxsize=1 << 13)  # the names of the map are 32,000 syllables, but of some 3,000 kinds
def _syllable(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    tone = "".join(_TONE.findall(letters))
    bare = unicodedata.normalize("NFC", _TONE.sub("", letters))
    return (_Y.sub("i", bare).lstrip("0") or "0") + tone


@lru_cache(maxsize=1 << 14)
def _is_of_the_highlands(syllable: str) -> bool:
    """Whether a syllable is none of Vietnamese, by its letters without marks."""
    letters = fold(syllable)
    if letters.isdigit() or _ROMAN.fullmatch(letters):
        return False
    return letters == "ia" or not _VIETNAMESE.fullmatch(letters)


def bare_name(district: District) -> str:
    """Return the name of a district without what it is: "Chợ Đồn"; "8" of "Quận 8"."""
    return _OF_DISTRICT.sub("", district.name, count=1)


@cache
def bodies() -> Mapping[str, tuple[Body, ...]]:
    """Return all communes and units by the keys of their names."""
    found: dict[str, list[Body]] = defaultdict(list)
    for c in communes().values():
        province = districts()[c.district].province
        kind, spelling = PlaceKind.COMMUNE, spelling_of(c.name)
        body = Body(kind, c.code, c.type, c.district, province, spelling)
        found[key_of(c.name)].append(body)
    for u in units().values():
        body = Body(PlaceKind.UNIT, u.code, u.type, None, u.province, spelling_of(u.name))
        found[key_of(u.name)].append(body)
    return MappingProxyType({key: tuple(each) for key, each in found.items()})


@cache
def districts_by_name() -> Mapping[str, tuple[District, ...]]:
    """Return the districts, those dissolved before the last day among them, by the keys of their
    bare names.
    """
    found: dict[str, list[District]] = defaultdict(list)
    for district in districts().values():
        found[key_of(bare_name(district))].append(district)
    return MappingProxyType({key: tuple(each) for key, each in found.items()})


@cache
def provinces_by_name() -> Mapping[str, str]:
    """Return the codes of the provinces before the reform by the keys of their names."""
    return MappingProxyType({key_of(p.name): p.code for p in provinces().values()})


@cache
def provinces_since_by_name() -> Mapping[str, str]:
    """Return the codes of the provinces since by the keys of their names."""
    return MappingProxyType({key_of(name): code for code, name in provinces_since().items()})


@lru_cache(maxsize=1024)
def area_of(district: str | None, unit: str | None = None) -> Area:
    """Return where the portal of a district, or that of a unit or a province since, is at home."""
    own = {district} if district else _districts_of(unit) if unit else set()
    heirs = {code for c in communes().values() if c.district in own for code in c.units}
    heirs |= {u.code for u in units().values() if u.district in own}
    return Area(
        frozenset(own), frozenset(heirs), frozenset(districts()[code].province for code in own)
    )


def _districts_of(unit: str) -> set[str]:
    if unit in provinces_since():
        return {d.code for d in districts().values() if provinces()[d.province].code_after == unit}
    whole = units()[unit].district
    return {c.district for c in communes().values() if unit in c.units} | (
        {whole} if whole else set()
    )


def only(found: Collection[Body]) -> Body | None:
    """Return the one of several that there is; None of homonyms."""
    return next(iter(found)) if len(found) == 1 else None
