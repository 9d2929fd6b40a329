"""The official documents that a text cites: their type, number, issuer and date.

Standards ("TCVN 5712:1993"), judgments and forms are not among them.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from unicodedata import normalize

from crawler.text.citations.document_numbers import TYPES, Number, numbers
from crawler.text.citations.issuers import STATED, Body, stated
from crawler.text.citations.laws import laws
from crawler.text.patterns import lazily


@dataclass(frozen=True, slots=True)
class Citation:
    """One official document, cited in one place of a text."""

    position: int
    """Where the mention begins: the offset, in characters, in the text in NFC."""
    type: str | None
    """What kind of document, in full: "Quyết định"; None where neither word nor number tells."""
    number: str
    """The number in one spelling, zeros as written: "30/2020/NĐ-CP", "06-ĐA/TU", or "16" where no
    more is given; of a law cited without one its name, with the year if stated."""
    issuer: str | None
    """The body that issued it, as stated, else as the letters of the number say."""
    date: datetime.date | None
    """The day it was issued, where stated."""
    text: str
    """The mention as written, with the date and issuer that follow."""
    key: str
    """What all mentions of one document share: the number without zeros before it and, of a local
    body, the place. Numbers begin anew: most each year, the Party's each term."""


_FARTHEST, _MOST = 300_000, 1_000
_ODD = {"İ": "I", "ı": "i", "ſ": "s"}
"""Letters that a pattern takes for others where capitals make no difference."""


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    number_start: int
    end: int
    type: str | None
    number: str
    bodies: tuple[Body, ...] = ()
    """The issuers, as the number says."""
    issuer: Body | None = None
    """The issuer as stated."""
    date: datetime.date | None = None


def citations(text: str, context: str | None = None) -> list[Citation]:
    """Return the official documents that *text* cites, in order of mention.

    *context* is the province that the text is from, "Bắc Kạn": the numbers of local bodies are
    theirs alone, and "06-ĐA/TU" of two provinces are two documents. NFD is read as NFC. A text is
    read as far as its letter 300,000, and its first thousand numbers: no report has more.
    """
    text = normalize("NFC", text[:_FARTHEST])
    for odd, plain in _ODD.items():
        text = text.replace(odd, plain)
    found = [*islice(_numbered(text), _MOST), *islice(_laws(text), _MOST)]
    known = {mention.number_start for mention in found}
    bare = islice(_bare(text), _MOST)
    found += [mention for mention in bare if mention.number_start not in known]
    found.sort(key=lambda mention: mention.number_start)
    return [_citation(text, mention, context) for mention in _listed(text, _one_each(text, found))]


def _citation(text: str, mention: _Mention, province: str | None) -> Citation:
    bodies = mention.bodies if len(mention.bodies) > 1 or not mention.issuer else (mention.issuer,)
    bodies = tuple(body.within(province) for body in bodies)
    return Citation(
        position=mention.start,
        type=mention.type,
        number=mention.number,
        issuer=", ".join(map(str, bodies)) or None,
        date=mention.date,
        text=" ".join(text[mention.start : mention.end].split()),
        key=", ".join(filter(None, (mention.number.lstrip("0"), *(body.where for body in bodies)))),
    )


# The words before a number.

_NAMES = {name.lower(): name for name in (*TYPES.values(), "Thông tri", "Luật", "Bộ luật")}
_NAMES["văn bản"] = "Công văn"
_SHORT = {letters: TYPES[letters] for letters in ("NĐ", "QĐ", "NQ", "CT", "TT", "KH", "CV", "KL")}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(word.replace(" ", r"\s+") for word in sorted(words, key=len, reverse=True))


_TYPE = rf"(?<!\w)(?P<type>(?i:{_any_of(_NAMES)})|{_any_of(_SHORT)})"
_NO = r"[(:,]?\s*(?i:số)(?:\s+hiệu)?\s*:?"
_TYPE_BEFORE = lazily(rf"{_TYPE}(?P<no>\s*{_NO})?\s*$")
_ISSUER_BETWEEN = lazily(rf"{_TYPE}\s+của\s+{STATED.pattern}\s+{_NO}\s*$")
_TYPE_IN_SENTENCE = lazily(rf"{_TYPE}(?!\w)")
_SENTENCE_END = lazily(r"[.;!?\n]")
_DAY = (
    r"(?P<day>\d{1,2})\s*(?:[/.-]\s*(?P<month>\d{1,2})\s*[/.-]\s*"
    r"|(?i:tháng)\s+(?P<named>\d{1,2})\s+(?i:năm)\s+)(?P<year>(?:19|20)\d\d)(?!\d)"
)
_DATE_BEHIND = lazily(
    r"\s*+[,(]?\s*+(?:(?i:được\s+)?(?i:ban\s+hành|ký|thông\s+qua|cấp)\s+)?"
    rf"(?:(?i:lúc)\s[^,.;\n]{{1,20}}?)?(?i:ngày)\s+{_DAY}\s?\)?"
)
_ISSUER_BEHIND = lazily(rf"\s*+,?\s*+(?:\([^()\n]{{1,20}}\)\s*+)?(?i:của|do)\s+{STATED.pattern}")
_VERBS = ("ban hành", "ký", "có", "ra", "thông qua", "công bố")
_ISSUER_BEFORE = lazily(
    rf"(?:(?i:ngày)\s+{_DAY}\s*,\s*)?(?<!\w){STATED.pattern}\s+(?:đã\s+|vừa\s+)?(?:ký\s+)?"
    rf"(?:{_any_of(_VERBS)})\s+$"
)
_TYPE_WITHIN, _ISSUER_WITHIN = 40, 160
"""How far before a number to look for its type, and for who issued it when, characters."""


def _numbered(text: str) -> Iterator[_Mention]:
    for number in numbers(text):
        typed = _TYPE_BEFORE.search(text[max(0, number.start - _TYPE_WITHIN) : number.start])
        if not (number.is_certain or (typed and (number.type or typed["no"]))):
            continue
        kind = _kind(typed) if typed else None
        if kind in (None, "Công văn"):  # which "văn bản", any document, may mean
            kind = number.type or kind
        start = number.start - len(typed[0]) if typed else number.start
        mention = _Mention(start, number.start, number.end, kind, number.written, number.bodies)
        mention = _followed(text, _preceded(text, mention))
        yield from _sharing(text, mention, number)
        yield mention


def _kind(found: re.Match[str]) -> str:
    """Return the type of document that a match names, in full."""
    words = " ".join(found["type"].split())
    return _SHORT.get(words) or _NAMES[words.lower()]


def _preceded(text: str, mention: _Mention) -> _Mention:
    """Return *mention* with what is said of it before it."""
    before = text[max(0, mention.start - _ISSUER_WITHIN) : mention.start]
    said = before.rstrip(" :").lower()
    if said.endswith(" số") and (found := _ISSUER_BETWEEN.search(before)):
        start = mention.start - len(found[0])
        return replace(mention, start=start, type=_kind(found), issuer=stated(found))
    if mention.type is None:
        types = [*_TYPE_IN_SENTENCE.finditer(_SENTENCE_END.split(before)[-1])]
        return replace(mention, type=_kind(types[-1]) if types else None)
    if said.endswith(_VERBS) and (found := _ISSUER_BEFORE.search(before)):
        return replace(mention, issuer=stated(found), date=_day(found))
    return mention


def _followed(text: str, mention: _Mention) -> _Mention:
    """Return *mention* with the date and the issuer that follow it, in either order."""
    for _ in range(2):
        if mention.date is None and (found := _DATE_BEHIND.match(text, mention.end)):
            mention = replace(mention, date=_day(found), end=found.end())
        if mention.issuer is None and (found := _ISSUER_BEHIND.match(text, mention.end)):
            mention = replace(mention, issuer=stated(found), end=found.end())
    return mention


def _day(found: re.Match[str]) -> datetime.date | None:
    if not found["day"]:
        return None
    try:
        month = int(found["month"] or found["named"])
        return datetime.date(int(found["year"]), month, int(found["day"]))
    except ValueError:  # 31/02/2021
        return None


# Documents that are named in one breath.

_SERIAL = lazily(r"\d{1,5}[a-e]?(?:/(?:19|20)\d\d)?(?![\w/])")
_SHARED = lazily(
    r"(?i:số)\s*:?\s*(?P<numbers>\d{1,5}[a-e]?(?:\s*,\s*\d{1,5}[a-e]?)*)\s*(?:,|và)\s*(?i:số\s+)?$"
)
_LIST = lazily(r"\s*(?:[,;]|và|hoặc|,\s*và)\s*(?:(?i:số)\s+)?")
_NUMBER_OF_LAW = lazily(r"\s*+[,(]?\s*+(?:Luật\s+)?số\s*+:?\s*+")


def _sharing(text: str, mention: _Mention, number: Number) -> Iterator[_Mention]:
    """Yield those that share the letters of *mention*: 12 and 13 in "số 12, 13 và 14/QĐ-UBND"."""
    offset = max(0, number.start - 60)
    if found := _SHARED.search(text[offset : number.start]):
        start = offset + found.start("numbers")
        typed = _TYPE_BEFORE.search(text[max(0, start - _TYPE_WITHIN) : start])
        first = start - len(typed[0]) if typed else start
        for serial in _SERIAL.finditer(text, start, offset + found.end("numbers")):
            at = serial.start()
            yield replace(
                mention,
                start=first if at == start else at,
                number_start=at,
                end=serial.end(),
                number=mention.number.replace(number.serial, serial[0], 1),
            )


def _one_each(text: str, found: Iterable[_Mention]) -> Iterator[_Mention]:
    """Yield *found*, with a law's name and the number that follows it as one mention."""
    law: _Mention | None = None
    for mention in found:
        if law and _NUMBER_OF_LAW.fullmatch(text, law.end, mention.number_start):
            law = replace(mention, start=law.start, type=law.type)
            continue
        if law:
            yield law
        law = mention
    if law:
        yield law


def _listed(text: str, found: Iterable[_Mention]) -> list[_Mention]:
    """Return *found*; what is said once in a list is said of the whole of it."""
    mentions = list(found)
    for one, (before, after) in enumerate(pairwise(mentions)):
        if after.type is None and _is_list(text, before, after):
            mentions[one + 1] = replace(after, type=mentions[one].type)
    for one in reversed(range(len(mentions) - 1)):
        before, after = mentions[one : one + 2]
        if after.issuer and not before.issuer and _is_list(text, before, after):
            mentions[one] = replace(before, issuer=after.issuer)
    return mentions


def _is_list(text: str, before: _Mention, after: _Mention) -> bool:
    return (
        after.start == after.number_start
        and after.type in (None, before.type)
        and _LIST.fullmatch(text, before.end, after.start) is not None
    )


# Documents whose number is given without its letters, or not at all.

_DIGITS = lazily(r"\d(?<![\w/.,-]\d)")
_SERIALS = lazily(
    rf"{_SERIAL.pattern}(?:\s*(?:,|và)\s*{_SERIAL.pattern}(?![.-]\d))*(?![\w/%+°]|[.,-]\d)"
)
_WITHOUT_NO = {"Nghị định": 1, "Nghị quyết": 1, "Chỉ thị": 1, "Thông tư": 1, "Quyết định": 3}
"""The types of which a bare number is one without "số" before it, and how many digits it has then:
"quyết định 3 vấn đề" decides three things."""
_SAID_BEFORE = ("số", *(name.lower() for name in _WITHOUT_NO))
_GOES_ON = lazily(
    r"\s*(?:$|[.,;:)\]”\"\n]|(?i:của|ngày|về|và|có\s+hiệu|được|đi\s+vào|quy\s+định|sửa\s+đổi)(?!\w))"
)
_NEVER_BARE = ("Hợp đồng", "Luật", "Bộ luật", "Biên bản", "Giấy phép", "Dự án", "Lệnh")


def _bare(text: str) -> Iterator[_Mention]:
    for digit in _DIGITS.finditer(text):
        before = text[max(0, digit.start() - _TYPE_WITHIN) : digit.start()]
        if not before.rstrip(" :").lower().endswith(_SAID_BEFORE):
            continue
        typed = _TYPE_BEFORE.search(before)
        serials = _SERIALS.match(text, digit.start())
        if typed and serials and _is_number(text, typed, serials):
            yield from _each(text, digit.start() - len(typed[0]), _kind(typed), serials)


def _is_number(text: str, typed: re.Match[str], serials: re.Match[str]) -> bool:
    """Whether digits behind a type of document are its number, and do not count anything."""
    kind = _kind(typed)
    if typed["no"]:
        return kind not in _NEVER_BARE
    if len(re.split(r"\D", serials[0])[0]) < _WITHOUT_NO.get(kind, 9) or typed["type"] in _SHORT:
        return False
    return "/" in serials[0] or _GOES_ON.match(text, serials.end()) is not None


def _each(text: str, start: int, kind: str, serials: re.Match[str]) -> Iterator[_Mention]:
    for serial in _SERIAL.finditer(text, serials.start(), serials.end()):
        begin = start if serial.start() == serials.start() else serial.start()
        yield _followed(text, _Mention(begin, serial.start(), serial.end(), kind, serial[0]))


def _laws(text: str) -> Iterator[_Mention]:
    for law in laws(text):
        mention = _Mention(law.start, law.start, law.end, law.type, law.title, (law.body,))
        yield _followed(text, mention)
