"""The communes and units that a text names, found by type and name, each with its evidence.

A name alone is none: "Nghĩa Tá" may be a bridge, a school or a family. What counts is the type with
the name ("xã Nghĩa Tá", "TT. Bằng Lũng", "các xã Nghĩa Tá, Bình Trung và Lương Bằng") of a commune
of the portal's own district, or of a unit that came of it. Of other districts' communes, most of
which have homonyms, only those count that the text itself places: "xã Hà Hiệu, huyện Ba Bể".

On which map a name stands, that of before July 2025 or that since, is told by the day of the
article, and by what the text says: a district or a province that is no more, "cũ". Where neither
decides between a commune and a unit of the same name, nothing is named.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import NamedTuple

from crawler.country import REFORM, District, districts, provinces
from crawler.country.names import (
    Area,
    Body,
    area_of,
    bodies,
    districts_by_name,
    key_of,
    only,
    provinces_by_name,
    provinces_since_by_name,
    spelling_of,
)
from crawler.text.patterns import lazily
from crawler.vocabulary import BodyType, Naming, PlaceKind


class Place(NamedTuple):
    """A commune or unit that a text names, where it first does."""

    kind: PlaceKind
    code: str
    name: str
    """The words as they are written: "Nghĩa Tá", without the type."""
    position: int
    """Where they stand: an offset in the text, in NFC."""
    how: Naming


def places(
    words: str, district: str | None, unit: str | None = None, day: date | None = None
) -> list[Place]:
    """Return the communes and units that a text names, each once, in the order of the text.

    *district* and *unit* are codes: whose portal it stands on. *day* is that of the article.
    """
    text = unicodedata.normalize("NFC", words)
    named: dict[tuple[PlaceKind, str], Place] = {}
    reading = _Reading(text, area_of(district, unit), day)
    for place in reading.places():
        named.setdefault((place.kind, place.code), place)
    return list(named.values())


_TYPES = {
    "t.t": BodyType.TOWNSHIP,
    "xã": BodyType.COMMUNE, "phường": BodyType.WARD, "thị trấn": BodyType.TOWNSHIP,
    "đặc khu": BodyType.SPECIAL_ZONE, "tt": BodyType.TOWNSHIP, "p": BodyType.WARD,
    "x": BodyType.COMMUNE,
}  # fmt: skip
_TYPE = lazily(
    r"""[XxPpTtĐđ](?<![\w-].)  # first a letter of a set, for which alone a text is run through in C
    (?: (?P<word>(?:(?<=[Xx])ã|(?<=X)Ã|(?<=[Pp])hường|(?<=P)HƯỜNG|(?<=[Tt])hị[ ][Tt]rấn
          |(?<=T)HỊ[ ]TRẤN|(?<=[Đđ])ặc[ ][Kk]hu|(?<=Đ)ẶC[ ]KHU)(?!\w))
      | (?P<short>(?:(?<=T)[Tt]|(?<=[PX]))(?:\.[ ]?|[ ])(?=[A-ZÀ-ỸĐ\d]))
      | (?P<dotted>(?:(?<=T)\.T|(?<=t)t|(?<=[px]))\.[ ]?(?=[A-ZÀ-ỸĐ])) )""",
    re.VERBOSE,
)
_NOT_BEFORE = lazily(r"(?:thị|hợp tác)[ ]$", re.IGNORECASE)  # "thị xã", "hợp tác xã"
_AND_TYPE = lazily(r"[ ]*(?:,|và|/|-)?[ ]*", re.IGNORECASE)
_SEVERAL = lazily(
    r"(?<!\w)(?:các|những|nhiều|một số|liên|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|\d+)[ ]$",
    re.IGNORECASE,
)
_SUCH_AS = lazily(
    r"(?:[ ](?:vùng (?:cao|sâu|xa)|biên giới|đảo|miền núi|bãi ngang|ven biển"
    r"|(?:nông thôn mới|NTM)(?: nâng cao| kiểu mẫu)?|ATK|an toàn khu|(?:đặc biệt )?khó khăn"
    r"|điểm|nghèo|kết nghĩa|anh hùng))+(?= )",
    re.IGNORECASE,
)
"""What a commune is beside being one: "xã vùng cao Xuân Lạc"."""
_INTRODUCED = lazily(
    r"[ ]*(?:[:(]|(?:bao gồm|gồm có|gồm|như|là|từ)(?!\w)[ ]*:?)[ ]*(?:từ(?!\w)[ ]*)?"
)
_WORDS_BETWEEN = 8
_WORD = lazily(r"[ ]?\w+")
_OPENS = lazily(r"[ ]*[:]?[ ]*[\"“(]?[ ]*")
_TOKEN = lazily(r"Nông[ ]trường(?!\w)|\w{1,2}['’‘´`][ ]?\w+|\w+(?:['’‘´`]\w+)*")
_BETWEEN_TOKENS = lazily(r"[ ](?:[-–][ ])?|[-‐‑–](?=\w)")
_HYPHENS = ("-", "‐", "‑", "–")  # the third does not break lines
_TOKENS = 6
_NEXT = lazily(
    r"[ ]*[\"”]?(?:[ ]*[,;][ ]*(?:(?:và|cùng|với)(?!\w)[ ]*)?"
    r"|[ ]+(?:và|cùng|với|hoặc|hay)[ ]+)[\"“]?",
    re.IGNORECASE,
)
_NEXT_ON_THE_WAY = lazily(r"[ ]*[-–][ ]*|[ ]+(?:đến|tới)[ ]+")
"""What parts names where several are said to come: "liên xã Nghĩa Tá - Lương Bằng"."""
_ASIDE = lazily(
    r"[ ]*\([^()\n]{1,60}\)|(?:[ ]*:)?[ ]+\d[\d.,]*(?:[ ](?!(?:và|cùng|với)(?!\w))\w+){0,3}",
    re.IGNORECASE,
)
"""What is told of each of several: "Nghĩa Tá (15 hộ), Bình Trung (12 hộ)"."""
_FORMER = lazily(r"[ ]?\(?(?:cũ|trước đây)(?!\w)\)?", re.IGNORECASE)
_CONTINUES = {
    *("đông", "tây", "nam", "bắc", "trung", "thượng", "hạ", "nội", "ngoại"),
    *("a", "b", "c", "d", "i", "ii", "iii", "iv", "v", *map(str, range(1, 10))),
}
"""What makes another name of a name: "Bình Trung Đông"."""
_COUNTED = lazily(
    r"[ ](?:hộ|người|tổ|khu|em|đồng|triệu|tỷ|cán|suất|học|ca|nhà|căn|tuyến|km|ha|cháu|xã|phường)"
    r"(?!\w)"
)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it stands in a text."""

    start: int
    end: int
    key: str
    is_known: bool
    """Whether any commune or unit of the country has it."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is named beside a commune: a district, a province, or both."""

    end: int
    district: District | None = None
    province: str | None = None
    """The key of its name."""
    is_unknown: bool = False
    """Whether it is a district that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """A name behind a type, and what is said with it."""

    start: int
    """Where its type begins, or itself where that is said of several."""
    name: _Name
    types: tuple[BodyType, ...]
    beside: _Beside | None
    before: District | None
    """The district that is named before the type."""
    is_former: bool
    how: Naming


_LEVELS = {
    "huyện": (BodyType.RURAL_DISTRICT,), "h": (BodyType.RURAL_DISTRICT,),
    "quận": (BodyType.URBAN_DISTRICT,), "q": (BodyType.URBAN_DISTRICT,),
    "thị xã": (BodyType.TOWN,), "tx": (BodyType.TOWN,),
    "thành phố": (BodyType.CITY, BodyType.CITY_IN_CITY),
    "tp": (BodyType.CITY, BodyType.CITY_IN_CITY),
}  # fmt: skip
_LEVEL = (
    r"(?P<level>huyện(?!\w)|quận(?!\w)|thị xã(?!\w)|thành phố(?!\w)|TX|TP|H\.|Q\.|TX\.|TP\.)\.?[ ]*"
)
_OF_A_DISTRICT = lazily(
    rf"[ ]*(?P<lead>[,(–-]|thuộc|của)?[ ]*{_LEVEL}", re.IGNORECASE
)  # " (huyện "
_OF_A_PROVINCE = lazily(
    r"[ ]*(?P<lead>[,(–-]|thuộc|của)?[ ]*(?P<level>tỉnh(?!\w)|thành phố(?!\w)|TP\.?|T\.)[ ]*",
    re.IGNORECASE,
)
_BARELY = lazily(r"[ ]*(?P<lead>[,(–-])[ ]*")
_CLOSES = lazily(r"[ ]*\)")
_DISTRICT_BEFORE = lazily(rf"(?<!\w){_LEVEL}", re.IGNORECASE)
_BEFORE_WITHIN = 60
_THEN = lazily(
    r"[ ]*(?:[:,(–-]|bao gồm|gồm có|gồm|có|với)?[ ]*(?:ở|tại)?[ ]*"
    r"(?:(?:các|những|hai|ba|bốn|\d+)[ ])?",
    re.IGNORECASE,
)


class _Reading:
    """A text that is read from one end to the other, for a portal and a day."""

    def __init__(self, text: str, area: Area, day: date | None) -> None:
        self.text = text
        self.area = area
        self.day = day

    def places(self) -> Iterator[Place]:
        """Yield what is named, in the order of the text, as often as it is.

        What stands behind a name is said of those before it, too, that are nowhere to be found
        without it: "xã Phúc Lộc và xã Ba Bể, tỉnh Thái Nguyên".
        """
        open_: list[_Mention] = []
        for mention in self._mentions():
            if open_ and not _NEXT.fullmatch(self.text, open_[-1].name.end, mention.start):
                open_ = []
            if body := self._meant(mention):
                for before in open_ if mention.beside else ():
                    if other := self._meant(replace(before, beside=mention.beside)):
                        yield self._place(before, other)
                yield self._place(mention, body)
                open_ = []
            elif mention.name.is_known and not mention.beside and not mention.is_former:
                open_.append(mention)
            else:
                open_ = []

    def _place(self, mention: _Mention, body: Body) -> Place:
        how = mention.how if self.area.has(body) else Naming.BESIDE
        name = mention.name
        return Place(body.kind, body.code, self.text[name.start : name.end], name.start, how)

    def _mentions(self) -> Iterator[_Mention]:
        """Yield the names behind types, in the order of the text."""
        end = 0
        for found in _TYPE.finditer(self.text):
            if found.start() >= end and not self._is_other(found):
                types, end = self._types(found)
                yield from self._behind(found, types, end)

    def _is_other(self, found: re.Match[str]) -> bool:
        return _NOT_BEFORE.search(self.text, max(0, found.start() - 8), found.start()) is not None

    def _types(self, found: re.Match[str]) -> tuple[list[BodyType], int]:
        """Return what "xã, thị trấn" says, and where it ends."""
        types, end = [_type_of(found)], found.end()
        while more := _AND_TYPE.match(self.text, end):
            another = _TYPE.match(self.text, more.end())
            if more.end() == end or another is None:
                break
            types.append(_type_of(another))
            end = another.end()
        return types, end

    def _behind(self, found: re.Match[str], types: list[BodyType], end: int) -> Iterator[_Mention]:
        """Yield what is named behind a type: one name, or several."""
        start = found.start()
        several = len(types) > 1 or _SEVERAL.search(self.text, max(0, start - 9), start) is not None
        if kind := _SUCH_AS.match(self.text, end):
            end = kind.end()
        begin, is_direct = self._begin(end, several)
        if not self._is_capital(begin):
            return
        before = self._district_before(start)
        first = is_direct
        in_capitals = found["word"] is not None and found[0].isupper()
        for names, beside, is_former in self._groups(begin, several, in_capitals):
            for name in names:
                yield _Mention(
                    start=start if first else name.start,
                    name=name,
                    types=tuple(types[-1:] if first else types),
                    beside=beside,
                    before=before,
                    is_former=is_former,
                    how=_HOW[found.lastgroup or ""] if first else Naming.LIST,
                )
                first = False

    def _begin(self, end: int, several: bool) -> tuple[int, bool]:
        """Return where names begin behind a type, and whether that is right behind it."""
        opened = _OPENS.match(self.text, end)
        assert opened
        if not several or self._is_capital(opened.end()):
            return opened.end(), True
        for _ in range(_WORDS_BETWEEN):
            if introduced := _INTRODUCED.match(self.text, end):
                return introduced.end(), False
            word = _WORD.match(self.text, end)
            if word is None or self._is_capital(word.end() - len(word[0].lstrip())):
                break
            end = word.end()
        return opened.end(), True

    def _groups(
        self, at: int, several: bool, in_capitals: bool
    ) -> Iterator[tuple[list[_Name], _Beside | None, bool]]:
        """Yield names that follow each other, with what is named beside them, and whether they are
        said to be no more: what stands behind the last is said of all of them, where they are
        announced as several; else what is put in brackets is said of the last alone.
        """
        names: list[_Name] = []
        while name := self._name(at, in_capitals):
            names.append(name)
            former = _FORMER.match(self.text, name.end)
            at = former.end() if former else name.end
            beside = self._beside(at)
            if beside or former:
                at = beside.end if beside else at
                if not several and (former or self.text[at - 1] == ")"):
                    yield names[:-1], None, False
                    names = names[-1:]
                yield names, beside, former is not None
                names = []
            aside = _ASIDE.match(self.text, at) if several else None
            more = _NEXT.match(self.text, aside.end() if aside else at)
            if more is None and several:
                more = _NEXT_ON_THE_WAY.match(self.text, at)
            if more is None or _TYPE.match(self.text, more.end()):
                break
            at = more.end()
        yield names, None, False

    def _name(self, at: int, in_capitals: bool) -> _Name | None:
        """Return the name that begins at a place: the longest that any commune or unit has, else
        all words with capitals."""
        ends = list(self._capitals(at))
        for number in range(len(ends), 0, -1):
            key = key_of(self.text[at : ends[number - 1]])
            if key not in bodies():
                continue
            end, rest = ends[number - 1], self.text[ends[number - 1] :][:24]
            if key.isdigit() and _COUNTED.match(rest):
                return None
            is_hyphen = self.text.startswith(_HYPHENS, end)  # "Nghĩa Tá-Lương Bằng" are two
            goes_on = number < len(ends) and not key.isdigit() and not is_hyphen
            if goes_on and in_capitals and number == 1:
                return None
            if goes_on and not in_capitals:
                following = self.text[end : ends[number]].strip(" -–").lower()
                is_last = number + 1 == len(ends)
                if number == 1 or (following in _CONTINUES and is_last):
                    return _Name(at, ends[-1], key, is_known=False)
            return _Name(at, end, key, is_known=True)
        if not ends or in_capitals:
            return None
        joined = [end for end in ends if not set(_HYPHENS) & set(self.text[at:end])]
        return _Name(at, joined[-1], "", is_known=False)

    def _capitals(self, at: int) -> Iterator[int]:
        """Yield where each of the words ends that begin with a capital or digit from here on."""
        for _ in range(_TOKENS):
            token = _TOKEN.match(self.text, at)
            if token is None or not self._is_capital(at):
                return
            yield token.end()
            between = _BETWEEN_TOKENS.match(self.text, token.end())
            if between is None:
                return
            at = between.end()

    def _is_capital(self, at: int) -> bool:
        letter = self.text[at : at + 1]
        return letter.isupper() or letter.isdigit()

    def _longest(self, at: int, names: Collection[str]) -> tuple[str, int] | None:
        """Return the key of the longest of the *names* that begins at a place, and its end."""
        for end in reversed(list(self._capitals(at))):
            if (key := key_of(self.text[at:end])) in names:
                return key, end
        return None

    def _beside(self, at: int) -> _Beside | None:
        """Return what is named behind a name: ", huyện Ba Bể, tỉnh Bắc Kạn", " (Ba Bể)"."""
        if found := _OF_A_DISTRICT.match(self.text, at):
            named = self._longest(found.end(), districts_by_name())
            if named:
                return self._of_district(named, found["level"], found["lead"])
            ends = list(self._capitals(found.end()))
            if ends and not self._longest(found.end(), _provinces()):
                return _Beside(ends[-1], is_unknown=True)
        if (found := _OF_A_PROVINCE.match(self.text, at)) or (
            found := _BARELY.match(self.text, at)
        ):
            named = self._longest(found.end(), districts_by_name())
            is_bare = found.re.pattern == _BARELY.pattern
            if is_bare and named and self._is_district(named[0], found["lead"]):
                return self._of_district(named, None, found["lead"])
            if province := self._longest(found.end(), _provinces()):
                return _Beside(self._closed(province[1], found["lead"]), province=province[0])
        return None

    def _is_district(self, key: str, lead: str) -> bool:
        """Whether a mere name behind another one is that of a district, and no commune's."""
        if key.isdigit():  # "phường 2, 3"
            return False
        if lead == "(":
            return True
        if self.day and self.day >= REFORM:
            return False
        homonyms = (body for body in bodies().get(key, ()) if body.kind == PlaceKind.COMMUNE)
        if any(self.area.has(body) for body in homonyms):
            return False
        return any(d.province in self.area.provinces for d in districts_by_name()[key])

    def _of_district(self, named: tuple[str, int], level: str | None, lead: str | None) -> _Beside:
        key, end = named
        province = None
        found = _OF_A_PROVINCE.match(self.text, end) or _BARELY.match(self.text, end)
        if found and (of := self._longest(found.end(), _provinces())):
            province, end = of
        district = self._district(key, level, province)
        return _Beside(self._closed(end, lead), district, province, is_unknown=district is None)

    def _closed(self, end: int, lead: str | None) -> int:
        closed = _CLOSES.match(self.text, end) if lead == "(" else None
        return closed.end() if closed else end

    def _district(self, key: str, level: str | None, province: str | None) -> District | None:
        """Return the district of a name: in the province that is named, else in the portal's own,
        else the only one of the country."""
        found = list(districts_by_name()[key])
        if province:
            found = [d for d in found if province in _names_of_province(d.province)]
        elif own := [d for d in found if d.province in self.area.provinces]:
            found = own
        if len(found) > 1 and level:
            found = [d for d in found if d.type in _LEVELS[level.lower().rstrip(".")]]
        if len(found) > 1 and self.day:
            there = [d for d in found if date.fromisoformat(d.dissolved_on) > self.day]
            found = there or found
        return _successor(found[0]) if len(found) == 1 else None

    def _district_before(self, start: int) -> District | None:
        """Return the district that is named right before a type: "huyện Ba Bể: các xã"."""
        *_, found = (
            None,
            *_DISTRICT_BEFORE.finditer(self.text, max(0, start - _BEFORE_WITHIN), start),
        )
        named = self._longest(found.end(), districts_by_name()) if found else None
        if not found or not named or not _THEN.fullmatch(self.text, named[1], start):
            return None
        return self._district(named[0], found["level"], None)

    def _meant(self, mention: _Mention) -> Body | None:
        """Return the commune or unit that a name is that of, where there is no doubt."""
        name, beside, before = mention.name, mention.beside, mention.before
        is_former = mention.is_former
        if not name.is_known or (beside and beside.is_unknown):
            return None
        found = [body for body in bodies()[name.key] if body.type in mention.types]
        found = self._spelled(found, name)
        if beside and beside.district:
            return only([body for body in found if body.district == beside.district.code])
        if beside and beside.province:
            return self._in_province(found, beside.province, is_former)
        home = [body for body in found if self.area.has(body)]
        there = [body for body in found if before and body.district == before.code]
        if there and not self.area.has(there[0]):
            return None if home else only(there)
        return self._of_day(home, is_former)

    def _spelled(self, found: list[Body], name: _Name) -> list[Body]:
        """Return bodies without those whose name another one at home is that of, to the letter."""
        if len(found) < 2:
            return found
        spelling = spelling_of(self.text[name.start : name.end])
        exact = {body.kind for body in found if self.area.has(body) and body.spelling == spelling}
        return [body for body in found if body.kind not in exact or body.spelling == spelling]

    def _in_province(self, found: list[Body], name: str, is_former: bool) -> Body | None:
        """Return which of several homonyms lies in a province, if only one does."""
        since = provinces_since_by_name().get(name)
        if since is not None and self.day and self.day >= REFORM:
            old = {p.code for p in provinces().values() if p.code_after == since}
        else:
            old = {provinces_by_name()[name]} if name in provinces_by_name() else set()
        there = [
            body
            for body in found
            if (body.province == since if body.kind == PlaceKind.UNIT else body.province in old)
        ]
        home = [body for body in there if self.area.has(body)]
        return self._of_day(home or there, is_former or since is None)

    def _of_day(self, found: list[Body], is_former: bool) -> Body | None:
        """Return the commune or the unit of a name, by the day of the article."""
        communes = [body for body in found if body.kind == PlaceKind.COMMUNE]
        units = [body for body in found if body.kind == PlaceKind.UNIT]
        if is_former or (self.day and self.day < REFORM):
            return only(communes)
        return only(units or communes) if self.day else only(found)


_HOW = {
    "word": Naming.TYPE, "short": Naming.ABBREVIATION, "dotted": Naming.ABBREVIATION,
}  # fmt: skip


def _type_of(found: re.Match[str]) -> BodyType:
    return _TYPES[found[0].rstrip(" .").lower()]


def _successor(district: District) -> District:
    """Return the district that one dissolved before the last day went into, else itself."""
    while district.merged_into:
        district = districts()[district.merged_into]
    return district


@cache
def _provinces() -> frozenset[str]:
    return frozenset({*provinces_by_name(), *provinces_since_by_name()})


@cache
def _names_of_province(code: str) -> frozenset[str]:
    """Return the keys of the names under which a province is known: its own, and that since."""
    province = provinces()[code]
    return frozenset({key_of(province.name), key_of(province.name_after)})
