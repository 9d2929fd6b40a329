"""Bodies of administration as texts name them: "huyện Chợ Đồn", "UBND TP. BẮC KẠN", "xa Nghia Ta".

A body is a word for what it is, and a name that the map knows for such a body, or that is expected.
Names are told apart by their marks, wherever in a syllable these stand (hoà, hòa); a text without
any is compared without.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from crawler.country import bodies_since, communes, districts, provinces, units
from crawler.text.fold import fold
from crawler.text.normalise import normalise
from crawler.vocabulary import BodyType


class Level(IntEnum):
    """How small a body is: of those that a line names, the smallest is the one it is of."""

    PROVINCE = 1
    DISTRICT = 2
    COMMUNE = 3
    """Communes and their like, before July 2025 and since."""


class Body(NamedTuple):
    """A body as a text names it."""

    type: BodyType
    name: str
    """As names are compared (`spelled`), without the word for what it is."""
    level: Level


_LEVELS = {
    BodyType.PROVINCE: Level.PROVINCE,
    BodyType.RURAL_DISTRICT: Level.DISTRICT,
    BodyType.URBAN_DISTRICT: Level.DISTRICT,
    BodyType.TOWN: Level.DISTRICT,
    BodyType.CITY: Level.DISTRICT,
    BodyType.COMMUNE: Level.COMMUNE,
    BodyType.WARD: Level.COMMUNE,
    BodyType.TOWNSHIP: Level.COMMUNE,
    BodyType.SPECIAL_ZONE: Level.COMMUNE,
}
_ABBREVIATED = {"tp": BodyType.CITY, "tx": BodyType.TOWN}
_LONGEST_NAME = 6
"""Syllables."""
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_WORD = re.compile(r"[^\W_]+")


def spelled(text: str) -> list[str]:
    """Return the words of a text as names are compared: in small letters, the tone of each at its
    end. Of a text without marks they are as in `plain`.
    """
    words = _WORD.findall(normalise(text).casefold())
    return [_spelled(word) for word in words]


def _spelled(word: str) -> str:
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFD", word)
    tones = "".join(letter for letter in letters if letter in _TONES)
    return "".join(letter for letter in letters if letter not in _TONES) + tones


def plain(words: list[str]) -> list[str]:
    """Return words without their marks."""
    return [fold(word) for word in words]


def bare_name(name: str) -> str:
    """Return the name of a district without the word for what it is: "Chợ Đồn"."""
    words = name.split()
    for length in (2, 1):
        if _type_of(spelled(" ".join(words[:length]))) and words[length:]:
            return " ".join(words[length:])
    return name


def body_of(name: str) -> Body | None:
    """Return the body that a full name is of, known or not: "Huyện Chợ Đồn"."""
    words = spelled(name)
    for length in (2, 1):
        if (kind := _type_of(words[:length])) and words[length:]:
            return Body(kind, " ".join(words[length:]), _LEVELS[kind])
    return None


@cache
def _types() -> Mapping[tuple[str, ...], BodyType]:
    types = {tuple(spelled(kind)): kind for kind in _LEVELS}
    types |= {tuple(plain([*words])): kind for words, kind in types.items()}
    return MappingProxyType(types | {(short,): kind for short, kind in _ABBREVIATED.items()})


def _type_of(words: list[str]) -> BodyType | None:
    return _types().get(tuple(words))


@cache
def _known() -> Mapping[BodyType, frozenset[str]]:
    """Return the names that the map has of bodies of each kind, with marks and without."""
    found: defaultdict[BodyType, set[str]] = defaultdict(set)
    for province in provinces().values():
        for name in (province.name, province.name_after):
            found[BodyType.PROVINCE].add(name)
            found[BodyType.CITY].add(name)
    for district in districts().values():
        if body := body_of(district.name):
            found[body.type].add(bare_name(district.name))
    for commune in communes().values():
        found[commune.type].add(commune.name)
    for unit in units().values():
        found[unit.type].add(unit.name)
    known = {}
    for kind, names in found.items():
        exact = [spelled(name) for name in names]
        known[kind] = frozenset(" ".join(each) for words in exact for each in (words, plain(words)))
    return MappingProxyType(known)


def units_named(kind: BodyType, name: str) -> tuple[str, ...]:
    """Return the codes of units and provinces since July 2025, of a kind and a name (`spelled`)."""
    return _units().get((kind, name), ())


@cache
def _units() -> Mapping[tuple[BodyType, str], tuple[str, ...]]:
    found: defaultdict[tuple[BodyType, str], list[str]] = defaultdict(list)
    for unit in bodies_since().values():
        for name in dict.fromkeys(_spellings(unit.name)):
            found[unit.type, name].append(unit.code)
    return MappingProxyType({of: tuple(codes) for of, codes in found.items()})


@cache
def _spellings(name: str) -> tuple[str, str]:
    words = spelled(name)
    return " ".join(words), " ".join(plain(words))


def is_named(body: Body, other: Body) -> bool:
    """Whether a text that names *body* means the name of the *other*, with its marks or without."""
    return body.name in (other.name, fold(other.name))


def body_at(words: list[str], at: int, expected: Body | None) -> tuple[Body, int] | None:
    """Return the body that stands at a place of some words (`spelled`), and where it ends.

    Its name is one that the map knows, or that of the *expected* one.
    """
    for length in (2, 1):
        kind = _type_of(words[at : at + length])
        if kind is None:
            continue
        start = at + length
        start += words[start : start + 1] in (["đao\u0309"], ["dao"])  # huyện đảo Lý Sơn
        for end in range(min(len(words), start + _LONGEST_NAME), start, -1):
            name = " ".join(words[start:end])
            body = Body(kind, name, _level(kind, name))
            if name in _known()[kind] or (expected and _is_same(body, expected)):
                return body, end
    return None


def _is_same(body: Body, expected: Body) -> bool:
    return body.level == expected.level and is_named(body, expected)


@cache
def _level(kind: BodyType, name: str) -> Level:
    """Return the level of a body; a city is a province's or a district's by its name."""
    if kind == BodyType.CITY and name in _first_cities():
        return Level.PROVINCE
    return _LEVELS[kind]


@cache
def _first_cities() -> frozenset[str]:
    """Return the names of the cities that are, or were, provinces."""
    names = {p.name for p in provinces().values() if p.type == BodyType.CITY} | {"Huế"}
    return frozenset(each for name in names for each in _spellings(name))


def bodies_in(words: list[str], expected: Body | None) -> Iterator[tuple[Body, int, int]]:
    """Yield the bodies that words name, each with where it begins and ends."""
    at = 0
    while at < len(words):
        if found := body_at(words, at, expected):
            body, end = found
            yield body, at, end
            at = end
        else:
            at += 1
