"""Documents as people type them and as addresses name them, and which of them the archive knows.

A document is what all its citations share, their ``key``: "30/2020/NĐ-CP", or "6-ĐA/TU, Bắc Kạn"
of a local body, or a law's name. Its page is at ``/documents/30/2020/NĐ-CP``: as it is written, so
that the address says what it leads to.
"""

import re
from itertools import chain, product
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, unquote, urlencode

from datasette.database import Database

from crawler.text.citations.document_numbers import numbers
from crawler.text.fold import fold
from reading_room.asking.queries import rows

MOST_CALLED = 50
"""Documents of one name that are listed: those that most articles cite."""

_FORMATS = (".json", ".atom")
_YEAR = re.compile(r"(?<=/)(?:19|20)\d\d(?=/)|(?:19|20)\d\d$")
_SERIAL = re.compile(r"0*(\d{1,5}[a-e]?(?:/(?:19|20)\d\d)?)\W*")
_MOST_LETTERS = 4
"""Letters D of a number, at most, of which each may be a Đ that was typed without its stroke."""


def document_path(key: str) -> str:
    """Return the address of the page of a document, below that of the reading room."""
    written = key.replace(" ", "_")
    is_plain = "_" not in key and not {"", ".", ".."} & {*written.split("/")}
    if is_plain and not written.endswith(_FORMATS):
        return f"/documents/{quote(written, safe='/,()')}"
    return f"/documents?{urlencode({'key': key})}"


def key_in_path(path: str) -> str:
    """Return the key of a document by its address, or what was typed there in place of one."""
    return normalize("NFC", unquote(path)).replace("_", " ").strip()


def year_of(key: str, date: str | None) -> int | None:
    """Return the year of a document, by its number or name, else by the day that is told of it."""
    if found := _YEAR.search(key.partition(",")[0]):
        return int(found[0])
    return int(date[:4]) if date else None


def keys_of(typed: str) -> list[str]:
    """Return what the key of a document may begin with, or be, that is typed as a number, in any
    spelling: "6-ĐA/TU" of "06-da/tu"; nothing where no number is typed.
    """
    text = " ".join(normalize("NFC", typed[:200]).split())
    spelt = (_spellings(number.written.lstrip("0")) for number in numbers(text))
    return list(dict.fromkeys(chain.from_iterable(spelt)))


def _spellings(number: str) -> list[str]:
    """Return a number as it is written, and as it may be meant that was typed without a stroke."""
    places = [place for place, letter in enumerate(number) if letter == "D"][:_MOST_LETTERS]
    found = []
    for letters in product("DĐ", repeat=len(places)):
        spelt = list(number)
        for place, letter in zip(places, letters, strict=True):
            spelt[place] = letter
        found.append("".join(spelt))
    return found


_WITH_ARTICLES = "SELECT key, count(DISTINCT article_id) AS articles FROM citations"
_OF_NUMBER = f"""
    {_WITH_ARTICLES} WHERE key = :number GROUP BY key
    UNION ALL
    {_WITH_ARTICLES} WHERE key >= :number || ',' AND key < :number || '-' GROUP BY key"""
"""The documents of a number: of the state one, of local bodies as many as have one of it."""
_BEGINNING = f"""
    {_WITH_ARTICLES} WHERE key >= :serial || '-' AND key < :serial || '0' GROUP BY key
    ORDER BY articles DESC, key LIMIT :most"""
"""The documents whose number begins so: '-' and '/' stand before '0', and ',' before them."""
_NAMED = f"{_WITH_ARTICLES} WHERE key >= 'A' GROUP BY key"
"""The documents that have a name, and no number: laws."""

Found = list[dict[str, Any]]


async def documents_called(db: Database, typed: str) -> Found:
    """Return the documents that are typed so, each with its ``key`` and how many ``articles`` cite
    it, most first: by number however it is written, by the beginning of one, or by words of a name.
    There are more than `MOST_CALLED` of them if there are more to be listed.
    """
    typed = " ".join(normalize("NFC", typed[:200]).split())
    if keys := keys_of(typed):
        found = [row for key in keys for row in await rows(db, _OF_NUMBER, number=key)]
    elif serial := _SERIAL.fullmatch(typed):
        found = await rows(db, _OF_NUMBER, number=serial[1])
        found += await rows(db, _BEGINNING, serial=serial[1], most=MOST_CALLED + 1)
    elif words := fold(typed).lower().split():
        found = [row for row in await rows(db, _NAMED) if _has_words(row["key"], words)]
    else:
        found = []
    return sorted(found, key=lambda row: -row["articles"])


def _has_words(key: str, words: list[str]) -> bool:
    name = f" {fold(key).lower()} "
    return all(f" {word} " in name for word in words)


_TOLD = """
    SELECT type, number, issuer, date, count(*) AS times FROM citations WHERE key = ?
    GROUP BY type, number, issuer, date ORDER BY times DESC, date"""


async def is_cited(db: Database, key: str) -> bool:
    """Whether any article cites a document, as the archive is now."""
    return bool(await rows(db, "SELECT 1 FROM citations WHERE key = ? LIMIT 1", key))


async def what_it_is(db: Database, key: str) -> dict[str, Any]:
    """Return what the citations of a document say that it is, of each the most frequent: ``type``,
    ``number`` and ``issuer``; as ``dates`` all days that they tell, each with how often.
    """
    return most_told(key, await rows(db, _TOLD, key))


def most_told(key: str, told: Found) -> dict[str, Any]:
    """Return what is told most often in citations of a document, grouped with their ``times``."""
    document: dict[str, Any] = {"key": key}
    for name in ("type", "number", "issuer"):
        said = _counted(told, name)
        document[name] = next(iter(said), None)
    dates = _counted(told, "date")
    document["dates"] = [{"date": date, "times": times} for date, times in dates.items()]
    return document | {"year": year_of(key, next(iter(dates), None))}


def _counted(told: Found, name: str) -> dict[str, int]:
    """Return what is told by a name, with how often, the most frequent first."""
    said: dict[str, int] = {}
    for row in told:
        if row[name]:
            said[row[name]] = said.get(row[name], 0) + row["times"]
    return dict(sorted(said.items(), key=lambda each: -each[1]))


async def briefly(db: Database, found: Found) -> Found:
    """Return documents with what a list shows of each: as some citation that says it has it."""
    keys = [row["key"] for row in found]
    placed = ", ".join("?" * len(keys))
    told = await rows(
        db,
        "SELECT key, max(type) AS type, max(number) AS number, max(issuer) AS issuer,"  # noqa: S608
        f" max(date) AS date FROM citations WHERE key IN ({placed}) GROUP BY key",
        *keys,
    )
    known = {row["key"]: row | {"year": year_of(row["key"], row["date"])} for row in told}
    return [row | known[row["key"]] for row in found if row["key"] in known]
