"""The numbers of Vietnamese official documents: what their letters say, in one spelling.

State documents are numbered number/year?/type-body ("30/2020/NĐ-CP", "1811/QĐ-UBND"), letters
number/body-unit ("1234/UBND-VP"), those of the Party number-type/body ("06-ĐA/TU"), and what the
National Assembly decides number/year/body ("45/2013/QH13").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.text.citations.issuers import LETTERS, Body, by_letters
from crawler.text.patterns import lazily

TYPES = {
    "NĐ": "Nghị định", "QĐ": "Quyết định", "NQ": "Nghị quyết", "CT": "Chỉ thị", "TT": "Thông tư",
    "TTLT": "Thông tư liên tịch", "NQLT": "Nghị quyết liên tịch", "KH": "Kế hoạch",
    "CV": "Công văn", "HD": "Hướng dẫn", "KL": "Kết luận", "BC": "Báo cáo", "TB": "Thông báo",
    "TTr": "Tờ trình", "ĐA": "Đề án", "DA": "Dự án", "PA": "Phương án", "QC": "Quy chế",
    "QyĐ": "Quy định", "QĐi": "Quy định", "CĐ": "Công điện", "CTr": "Chương trình",
    "CTHĐ": "Chương trình hành động", "GM": "Giấy mời", "GP": "Giấy phép", "BB": "Biên bản",
    "SL": "Sắc lệnh", "L": "Lệnh", "PL": "Pháp lệnh", "VBHN": "Văn bản hợp nhất",
    "TC": "Thông cáo", "QCPH": "Quy chế phối hợp", "HĐ": "Hợp đồng",
}  # fmt: skip
"""The types of documents by their letters in a number."""

_JOINT = ("TTLT", "NQLT")
_DASH = "[-‐‑–—]"
_BEGIN = r"(?<![\w/:–-])(?<!\d[.,:])"  # not within a date, a standard or an address
_SLASH = lazily(r"/(?=\s?[^\W\d_])")
_STATE = lazily(rf"{_BEGIN}(\d{{1,5}}[a-eđA-EĐ]?)(?:\s?/\s?((?:19|20)\d\d))?\s{{0,2}}$")
_PARTY = lazily(rf"{_BEGIN}(\d{{1,5}}[a-e]?)\s?({_DASH}?)\s?([A-Za-zĐđÐ]{{1,5}})\s?$")
_LETTERS = lazily(rf"(\s?(?:{_DASH}|\.)\s?|)([A-Za-zĐđÐ&]{{1,10}}\d{{0,3}})(?![^\W\d_])")
_MOST_LETTERS = 5
_BEFORE = 24
"""How far from its slash a number may begin, characters."""

_SPELT = {letters.upper(): letters for letters in (*LETTERS, *TYPES)}
_SPELT = {letters.replace("Đ", "D"): right for letters, right in _SPELT.items()} | _SPELT


@dataclass(frozen=True, slots=True)
class Number:
    """A document's number in a text."""

    start: int
    end: int
    """Where it stands: offsets in the text."""
    written: str
    """The number in one spelling."""
    serial: str
    """The digits that it begins with, as written."""
    type: str | None
    """What the letters say that the document is."""
    bodies: tuple[Body, ...]
    """Who issued it, as the letters say; several where they did so jointly."""
    is_certain: bool
    """Whether it is a document's number wherever it stands, and not only behind its type."""


def numbers(text: str) -> Iterator[Number]:
    """Yield what may be the numbers of documents in *text*, which is in NFC."""
    for slash in _SLASH.finditer(text):
        before = text[max(0, slash.start() - _BEFORE) : slash.start()]
        head = _STATE.search(before) or _PARTY.search(before)
        letters, end = _letters(text, slash.end())
        if head and letters:
            start = slash.start() - len(before) + head.start()
            read = _state if head.re.pattern == _STATE.pattern else _party
            written, kind, bodies, is_certain = read(head, letters)
            is_certain = is_certain and not text[start:end].islower()
            if written:
                yield Number(start, end, written, head[1], kind, bodies, is_certain)


def _letters(text: str, start: int) -> tuple[list[str], int]:
    """Return the groups of letters behind a slash in one spelling, and where they end."""
    letters: list[str] = []
    end = start + text[start : start + 1].isspace()
    while len(letters) < _MOST_LETTERS and (found := _LETTERS.match(text, end)):
        if bool(found[1]) != bool(letters):
            break
        group = _spelt(found[2])
        if letters and not _continues(len(letters), found[1], found[2], group):
            break
        letters.append(group)
        end = found.end()
    return letters, end


def _continues(groups: int, separator: str, raw: str, group: str) -> bool:
    """Whether letters are another group of a number, and not the text that follows it."""
    if separator != separator.strip() and groups > 1:  # "12/QĐ-UBND - UBND xã"
        return False
    if group in TYPES or by_letters(group):
        return True
    if separator != separator.strip() or "." in separator:
        return raw.isupper() and len(raw) > 1 and "." not in separator
    return 2 * sum(map(str.isupper, raw)) >= sum(map(str.isalpha, raw))


def _spelt(letters: str) -> str:
    letters = letters.replace("Ð", "Đ")  # U+00D0, which looks the same
    stem = letters.rstrip("0123456789")
    known = _SPELT.get(stem.upper(), stem.upper() if stem.islower() else stem)
    return known + letters[len(stem) :]


_Reading = tuple[str, str | None, tuple[Body, ...], bool]


def _state(head: re.Match[str], letters: list[str]) -> _Reading:
    first, rest = letters[0], letters[1:]
    written = "/".join(filter(None, (head[1], head[2], "-".join(letters))))
    if first in TYPES:
        bodies = tuple(body for group in rest if (body := by_letters(group)))
        return written, TYPES[first], bodies if first in _JOINT else bodies[:1], bool(rest)
    body = by_letters(first)
    if body and first[-1].isdigit():  # QH14
        return written, None, (body,), bool(head[2])
    return written, "Công văn" if body else None, (body,) if body else (), bool(body and rest)


def _party(head: re.Match[str], letters: list[str]) -> _Reading:
    kind = _spelt(head[3])
    body = by_letters(letters[0])
    written = f"{head[1]}-{kind}/{'-'.join(letters)}" if kind in TYPES else ""
    return written, TYPES.get(kind), (body,) if body else (), bool(head[2])
