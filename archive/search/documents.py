"""What the index holds of an article: a document, which is a function of what the archive says.

Texts are indexed twice, folded and as written, words parted by our own rule. A title counts five
times and a lead twice: as often they are written into the one text that is ranked, so that a word
is looked up once and not in three fields. Pairs of neighbouring words, folded, are terms of their
own: "hội nghị" is then looked up as fast as one word is, and words side by side rank before others.
An article that is long ranks after a short one that has a word as often. How long one is must not
be told by what is repeated, or a long title would make it long: so it is filled up to half as many
words again as it has, with what is no word.
So are the first letter and the first two of each word, with which thousands of words begin.

Places are counted by a number, which takes a third of the time of their names: nothing has to be
looked up but for those that are told.
"""

import hashlib
import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import tantivy

from archive.search.words import Spelling, spellings
from crawler.vocabulary import Grade, PlaceKind

FORMAT = 3
"""The version of what is written below; an index of another one is made anew."""
TITLE, LEAD, BODY = 5, 2, 1
"""How often a word counts, by where it stands."""

FOLDED, EXACT, PAIRS = "folded", "exact", "pairs"
BEGINNINGS = {FOLDED: "beginnings", EXACT: "exact_beginnings"}
"""The fields of how words begin, by those of the words."""
SHORT = 2
"""Letters of a beginning that is a term of its own."""
ID, CODE, CHANGED, DIGEST, DAY, NEWEST, OLDEST = (
    *("id", "code", "changed", "digest", "day", "newest", "oldest"),
)
SITE, YEAR, CATEGORY, AUTHOR, PLACE, DOCUMENT = (
    *("site", "year", "category", "author", "place", "document"),
)
PLACE_NUMBER = "place_number"
GRADE, KIND, STATE = "grade", "kind", "state"
VALUES = (SITE, YEAR, CATEGORY, AUTHOR, PLACE, DOCUMENT)
"""The fields that filter and are counted."""

_WORDS = "words"
_FILLING = "_"
"""A term that no text has, since it is no word."""
_EPOCH = datetime(1900, 1, 1)  # by the portal's clock, as the column has it
_UNDATED = -(1 << 62)
_TIES = 1 << 24
_LONGEST_VALUE = 1000
"""Letters of an author or a category; more is none, and no term of an index takes it."""


@cache
def schema() -> tantivy.Schema:
    """Return the fields of the index."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(FOLDED, tokenizer_name=_WORDS)
    builder.add_text_field(EXACT, tokenizer_name=_WORDS)
    builder.add_text_field(PAIRS, tokenizer_name=_WORDS, index_option="freq")
    for name in BEGINNINGS.values():
        builder.add_text_field(name, tokenizer_name=_WORDS, index_option="basic")
    builder.add_unsigned_field(PLACE_NUMBER, fast=True)
    for name in VALUES:
        builder.add_text_field(name, fast=name != PLACE, tokenizer_name="raw", index_option="basic")
    for name in (CODE, GRADE, KIND):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(ID, indexed=True, fast=True)
    for name in (CHANGED, DIGEST):
        builder.add_unsigned_field(name, fast=True)
    for name in (DAY, NEWEST, OLDEST):
        builder.add_integer_field(name, fast=True)
    builder.add_text_field(STATE, stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def register(index: tantivy.Index) -> None:
    """Have an index part its texts at spaces: they are words of ours already."""
    spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_WORDS, spaces)


class Source(NamedTuple):
    """What the archive says of an article, as far as the index holds it."""

    id: int
    code: str
    changed: int
    site: str
    title: str
    lead: str | None
    body: str | None
    author: str | None
    category: str | None
    published_at: str | None
    grade: str | None
    places: tuple[str, ...]
    documents: tuple[str, ...]

    @property
    def is_shown(self) -> bool:
        """Whether anything of it is: else the index does not hold it."""
        return self.grade != Grade.ALL

    @property
    def digest(self) -> int:
        """A number that is another one if the document would be."""
        said = "\x1f".join(map(str, (FORMAT, *self))).encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.sha256(said).digest()[:8], "big")


_SOURCES = """
    SELECT articles.id, code, changed, site, title, lead, body, author, category, published_at,
           withheld.grade
    FROM articles LEFT JOIN withheld ON article_id = articles.id WHERE articles.id IN ({marks})
    ORDER BY changed"""
_PLACES = """
    SELECT DISTINCT article_id, kind || ':' || code FROM places
    WHERE article_id IN ({marks}) ORDER BY 1, 2"""
_DOCUMENTS = """
    SELECT DISTINCT article_id, key FROM citations WHERE article_id IN ({marks}) ORDER BY 1, 2"""


def sources(db: sqlite3.Connection, ids: Sequence[int]) -> Iterator[Source]:
    """Yield what the archive says of the articles of these numbers, those changed last at the end.

    There must be no more of them than SQLite takes parameters, which is 999 everywhere.
    """
    marks = ", ".join("?" * len(ids))
    places, documents = (
        _gathered(db.execute(sql.format(marks=marks), ids)) for sql in (_PLACES, _DOCUMENTS)
    )
    for row in db.execute(_SOURCES.format(marks=marks), ids):
        beside = (tuple(found.get(row[0], ())) for found in (places, documents))
        yield Source._make((*row, *beside))


def _gathered(rows: Collection[Any] | sqlite3.Cursor) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for article_id, value in rows:
        found.setdefault(article_id, []).append(value)
    return found


def document(source: Source) -> tantivy.Document:
    """Return the document of an article."""
    made = tantivy.Document()
    made.add_unsigned(ID, source.id)
    made.add_unsigned(CHANGED, source.changed)
    made.add_unsigned(DIGEST, source.digest)
    made.add_text(CODE, source.code)
    made.add_text(GRADE, source.grade or "")
    texts = ((source.title, TITLE), (source.lead, LEAD), (source.body, BODY))
    spelled = [(spellings(text), times) for text, times in texts if text]
    _fill_up(made, [(len(words), times) for words, times in spelled])
    for words, times in spelled:
        _add_words(made, words, times)
    _add_beginnings(made, [word for words, _ in spelled for word in words])
    for name, values in _values(source).items():
        for value in values:
            made.add_text(name, value)
    for place in source.places:
        made.add_unsigned(PLACE_NUMBER, number_of_place(place))
    newest, oldest = _dates(source)
    made.add_integer(NEWEST, newest)
    made.add_integer(OLDEST, oldest)
    if day := day_number(source.published_at):
        made.add_integer(DAY, day)
    return made


def _fill_up(made: tantivy.Document, lengths: Sequence[tuple[int, int]]) -> None:
    """Fill up an article to one and a half of its words, which is more than its repetitions come to
    unless it is very short; *lengths* are the words of its texts, and how often each is written.

    To be done first, since places from 0 on take a bit each.
    """
    written = sum(words * times for words, times in lengths)
    lacking = sum(words for words, _ in lengths) * 3 // 2 - written
    if lacking > 0:
        filling = " ".join([_FILLING] * lacking)
        for name in (FOLDED, EXACT, PAIRS):
            made.add_text(name, filling)


def _add_words(made: tantivy.Document, words: Sequence[Spelling], times: int) -> None:
    if not words:
        return
    folded = [word.folded for word in words]
    texts = {
        FOLDED: " ".join(folded),
        EXACT: " ".join([word.exact for word in words]),
        PAIRS: " ".join([f"{one}_{other}" for one, other in pairwise(folded)]),  # as `pair` does
    }
    # Values of one field lie apart, so that no phrase goes from one into the next.
    for name, value in texts.items():
        for _ in range(times):
            made.add_text(name, value)


def _add_beginnings(made: tantivy.Document, words: Sequence[Spelling]) -> None:
    for field, spelled in (
        (FOLDED, {word.folded for word in words}),
        (EXACT, {word.exact for word in words}),
    ):
        short: set[str] = set()
        for letters in range(SHORT, 0, -1):  # those of fewer letters are in those of more
            spelled = {word[:letters] for word in spelled}
            short |= spelled
        made.add_text(BEGINNINGS[field], " ".join(sorted(short)))


def pair(one: str, next_one: str) -> str:
    """Return the term for two words side by side; no word has what stands between them."""
    return f"{one}_{next_one}"


def _values(source: Source) -> dict[str, Sequence[str]]:
    single = {
        SITE: source.site,
        YEAR: year_of(source.published_at),
        CATEGORY: source.category,
        AUTHOR: source.author,
    }
    values: dict[str, Sequence[str]] = {
        name: [value[:_LONGEST_VALUE]] for name, value in single.items() if value
    }
    return values | {PLACE: source.places, DOCUMENT: source.documents}


_KINDS = (PlaceKind.COMMUNE, PlaceKind.UNIT)
_CODES = 100_000
"""One more than the greatest code of a place that a text names, which has five digits."""
UNNUMBERED = 0
"""The number of places that have none: no place of the map is among them."""


def number_of_place(place: str) -> int:
    """Return the number by which a place is counted: 102071 of "commune:02071"."""
    kind, _, code = place.partition(":")
    if kind not in _KINDS or not re.fullmatch("[0-9]{5}", code):
        return UNNUMBERED
    return (1 + _KINDS.index(PlaceKind(kind))) * _CODES + int(code)


def place_of_number(number: int) -> str:
    """Return the place that has a number, which is not `UNNUMBERED`."""
    kind, code = divmod(number, _CODES)
    return f"{_KINDS[kind - 1]}:{code:05}"


def year_of(published_at: str | None) -> str | None:
    """Return the year of a time of publication, None if there is none."""
    day = day_number(published_at)
    return f"{day // 10_000:04}" if day else None


def day_number(published_at: str | None) -> int | None:
    """Return a day by the portal's clock as a number: 20210905; None for what is none."""
    with suppress(ValueError):
        return int(f"{datetime.fromisoformat((published_at or '')[:10]):%Y%m%d}")
    return None


def moment_of(published_at: str | None) -> int | None:
    """Return a time of publication by the portal's clock, in seconds; None for what is none."""
    try:
        at = datetime.fromisoformat(published_at or "").replace(tzinfo=None)
    except ValueError:
        return None
    return int((at - _EPOCH).total_seconds())


def _dates(source: Source) -> tuple[int, int]:
    """Return by what an article is before others, newest and oldest first: the larger, the sooner.

    No two are equal, so that pages of results neither repeat nor skip one; undated ones come last.
    """
    tie, moment = source.id % _TIES, moment_of(source.published_at)
    if moment is None:
        return _UNDATED + tie, _UNDATED + _TIES - tie
    return moment * _TIES + tie, -(moment * _TIES + tie)
