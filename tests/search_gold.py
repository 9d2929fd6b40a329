"""What searches are to find (`search_gold.toml`), and whether an engine finds it.

What a query is to find is told by reading every text, word by word, without any index: so nothing
that is found too much or too little goes unnoticed, whatever the archive holds beside.
"""

import tomllib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive import Archive
from archive.search.asked import Term
from archive.search.engine import Searcher
from archive.search.found import Filters, Found
from archive.search.words import begins, spelling, words
from archive.tables.sites import SITE_COLUMNS
from crawler.page import Article, Block, Page
from crawler.text.dates import VIET_NAM
from crawler.visit import Origin, Visit
from crawler.vocabulary import BlockKind, Order, State
from demo.portal import Portal
from reading_room.search.addresses import Search, search_of

FILE = Path(__file__).with_name("search_gold.toml")
BASE = "https://khuoisao.example/"
SITE: dict[str, Any] = dict.fromkeys(SITE_COLUMNS) | {
    "key": "khuoisao",
    "name": "Huyện Khuổi Sao",
    "cms": "newspaper",
    "base_url": BASE,
}
SEEN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ALL = 1_000_000

_EXPECTED = ("first", "alone", "among", "few", "none", "total", "notes", "weaker")


@dataclass(frozen=True)
class Query:
    """A query, with what it is to find beside what reading tells."""

    search: Search
    first: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    """What comes first in an archive that holds nothing else."""
    among: tuple[str, ...] = ()
    few: tuple[str, ...] = ()
    """What is among the first ten in an archive that holds nothing else."""
    none: tuple[str, ...] = ()
    total: int | None = None
    notes: tuple[str, ...] = ()
    weaker: Mapping[str, str] = field(default_factory=dict)
    """Engines that answer otherwise, and why."""

    @property
    def name(self) -> str:
        """How a test is named after it."""
        return self.search.link().removeprefix("?")[:80]


@cache
def _gold() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


def queries() -> list[Query]:
    """Return all queries."""
    common: list[dict[str, Any]] = [{"q": word} for word in _gold()["common"]]
    return [_query(dict(table)) for table in [*_gold()["query"], *common]]


def _query(table: dict[str, Any]) -> Query:
    expected = {name: table.pop(name) for name in _EXPECTED if name in table}
    arguments = [("q", table.pop("q"))]
    arguments += [(name, value) for name, values in table.items() for value in values]
    search = search_of(arguments)
    assert not search.mistakes, table
    return Query(search, **{n: tuple(v) if isinstance(v, list) else v for n, v in expected.items()})


def articles() -> Iterator[tuple[str, Article]]:
    """Yield the slugs and articles that the queries are about."""
    for post in Portal.embedded().posts:
        yield (
            post.slug,
            _article(
                post.title,
                post.text,
                lead=post.lead,
                author=post.author,
                category=post.category,
                published_at=post.published_at,
            ),
        )
    for number, table in enumerate(_gold()["article"]):
        moment = datetime(2018, 3, 1, 8, tzinfo=VIET_NAM) + timedelta(days=number)
        yield table["slug"], _article(table["title"], table["text"], published_at=moment)


def _article(title: str, text: str, **facts: Any) -> Article:
    blocks = (Block(BlockKind.PARAGRAPH, "", part) for part in text.split("\n\n"))
    return Article(title, blocks=tuple(blocks), **facts)


def store_articles(archive: Archive) -> None:
    """Store the articles in an archive, whatever it holds beside."""
    run_id = archive.runs.start(SITE)
    for slug, article in articles():
        visit = Visit(
            f"{BASE}{slug}/",
            Origin("seed"),
            SEEN,
            State.HELD,
            200,
            page=Page("article", article),
        )
        archive.visits.record(run_id, SITE["key"] or "", visit)
    archive.runs.finish(run_id, "finished", 0, 0)


# Reading.


@dataclass(frozen=True)
class Text:
    """A stored article, as it is read."""

    title: str
    published_at: str
    facts: Mapping[str, frozenset[str]]
    """What filters ask for, by their names in `Filters`."""
    parts: tuple[Sequence[int], ...]
    """The words of title, lead and body, by their numbers in the library."""


class Library:
    """The texts of an archive, and which words they have where: of each exact spelling its number,
    and of each number the articles that have it.
    """

    def __init__(self) -> None:
        self.texts: dict[int, Text] = {}
        self._numbers: dict[str, int] = {}
        self._having: list[list[int]] = []
        self._citing: dict[str, set[int]] = {}

    def read(self, row: Mapping[str, Any], cited: frozenset[str]) -> None:
        """Take an article in."""
        published = row["published_at"] or ""
        facts = {
            "sites": row["site"],
            "provinces": row["province"],
            "years": published[:4],
            "categories": row["category"],
            "authors": row["author"],
        }
        parts = tuple(self._numbered(row[name] or "") for name in ("title", "lead", "body"))
        for word in set(chain.from_iterable(parts)):
            self._having[word].append(row["id"])
        for key in cited:
            self._citing.setdefault(key, set()).add(row["id"])
        self.texts[row["id"]] = Text(
            row["title"],
            published,
            {name: frozenset([value]) for name, value in facts.items()} | {"documents": cited},
            parts,
        )

    def _numbered(self, text: str) -> Sequence[int]:
        found = array("I")
        for word in words(text):
            number = self._numbers.setdefault(word.exact, len(self._numbers))
            if number == len(self._having):
                self._having.append([])
            found.append(number)
        return found

    def meeting(self, search: Search, *, exact: bool, across: bool) -> set[int]:
        """Return the articles that are to be found: with words as they were typed, if *exact*; with
        phrases that go from one part of an article on into the next, if *across*.
        """
        asked = search.asked
        if not asked.wanted:
            return set()
        groups = (
            set[int]().union(
                *(
                    self._with(
                        term, exactly=term.exact or (exact and term.is_marked), across=across
                    )
                    for term in group
                )
            )
            for group in asked.wanted
        )
        found = set.intersection(*groups)
        for term in asked.unwanted:
            found -= self._with(term, exactly=term.exact, across=across)
        return {number for number in found if _passes(self.texts[number], search.filters)}

    def _with(self, term: Term, *, exactly: bool, across: bool) -> set[int]:
        """Return the articles that have a term, or cite the document whose number it is."""
        last = len(term.words) - 1
        places = [
            self._spelled(word, exactly=exactly, is_beginning=term.prefix and place == last)
            for place, word in enumerate(term.words)
        ]
        found = set.intersection(
            *(set[int]().union(*(self._having[n] for n in numbers)) for numbers in places)
        )
        if last:
            found = {n for n in found if _has(self.texts[n].parts, places, across=across)}
        for key, citing in self._citing.items() if term.documents else ():
            if any(key == one or key.startswith(f"{one}, ") for one in term.documents):
                found |= citing
        return found

    def _spelled(self, word: str, *, exactly: bool, is_beginning: bool) -> set[int]:
        """Return the numbers of the words that are meant by one."""
        wanted = word if exactly else spelling(word).folded
        known = ((n, w if exactly else spelling(w).folded) for w, n in self._numbers.items())
        if is_beginning:
            starts_so = begins if exactly else str.startswith
            return {number for number, one in known if starts_so(one, wanted)}
        return {number for number, one in known if one == wanted}


def _has(parts: Sequence[Sequence[int]], places: Sequence[set[int]], *, across: bool) -> bool:
    """Whether words follow each other in a text, of which any of some is meant in each place."""
    for part in [[*chain.from_iterable(parts)]] if across else parts:
        for start in range(len(part) - len(places) + 1):
            if all(part[start + n] in place for n, place in enumerate(places)):
                return True
    return False


def read_texts(db: Database) -> Library:
    """Return all articles of an archive, read without any index of its."""
    cited: dict[int, set[str]] = {}
    for row in db.query("SELECT article_id, key FROM citations"):
        cited.setdefault(row["article_id"], set()).add(row["key"])
    library = Library()
    for row in db.query(
        "SELECT id, title, lead, body, published_at, articles.site, author, category, province"
        " FROM articles LEFT JOIN sites ON key = articles.site"
    ):
        library.read(row, frozenset(cited.get(row["id"], ())))
    return library


def _passes(text: Text, filters: Filters) -> bool:
    day = text.published_at[:10]
    return (
        all(
            text.facts[name] & {*wanted}
            for name in text.facts
            if (wanted := getattr(filters, name))
        )
        and (not filters.since or day >= filters.since)
        and (not filters.until or (bool(day) and day <= filters.until))
    )


# Judging.


def faults(searcher: Searcher, query: Query, library: Library, *, alone: bool) -> Iterator[str]:
    """Yield what is wrong with the answer to a query: what is found too much or too little, counted
    or put otherwise than it should be. *alone* says that the archive holds nothing else.
    """
    search, texts = query.search, library.texts
    found = searcher.search(search.asked, search.filters, search.order, 0, ALL)
    ids = [hit.article_id for hit in found.hits]
    is_exact = search.filters.spelling == "exact"
    must = library.meeting(search, exact=is_exact, across=False)
    may = library.meeting(search, exact=is_exact, across=True)
    if len(ids) != len({*ids}) or found.total != len(ids):
        yield f"{found.total} are told, {len(ids)} given, {len({*ids})} different ones"
    for number in must - {*ids}:
        yield f"not found: {texts[number].title}"
    for number in {*ids} - may - must:
        yield f"found in error: {texts[number].title}"
    yield from _spelling_faults(search, found, library)
    yield from _order_faults(search, found, texts)
    titles = [texts[number].title for number in ids]
    for place, title in enumerate(query.first + (query.alone if alone else ())):
        if not titles[place : place + 1] or not titles[place].startswith(title):
            yield f"at place {place + 1} is not {title!r} but {titles[place : place + 1]}"
    for title in query.among + (query.few if alone else ()):
        if not any(one.startswith(title) for one in titles[:10]):
            yield f"not among the first ten: {title}"
    for title in query.none:
        if any(one.startswith(title) for one in titles):
            yield f"found in error: {title}"
    if alone and query.total is not None and found.total != query.total:
        yield f"{found.total} are found, not {query.total}"
    if query.notes != tuple(note.kind for note in search.asked.notes):
        yield f"told is {search.asked.notes}, not {query.notes}"


def _spelling_faults(search: Search, found: Found, library: Library) -> Iterator[str]:
    """Yield what is wrong with how many are spelled as typed, and which are told to be."""
    marked = any(term.is_marked and not term.exact for term in search.asked.terms)
    if not marked or search.filters.spelling == "exact" or not search.asked.wanted:
        if found.exact is not None and search.filters.spelling != "exact":
            yield f"{found.exact} are told to be spelled as typed, where none are otherwise"
        return
    told = {hit.article_id for hit in found.hits if hit.exact}
    must = library.meeting(search, exact=True, across=False)
    may = library.meeting(search, exact=True, across=True)
    if found.exact != len(told):
        yield f"{found.exact} are counted to be spelled as typed, {len(told)} marked so"
    for number in (must - told) | (told - may - must):
        yield f"told otherwise than it is spelled: {library.texts[number].title}"
    exact = [hit.exact for hit in found.hits]
    if search.order == Order.BEST and exact != sorted(exact, reverse=True):
        yield "another spelling comes before one as typed"


def _order_faults(search: Search, found: Found, texts: Mapping[int, Text]) -> Iterator[str]:
    if search.order == Order.BEST:
        return
    days = [texts[hit.article_id].published_at[:10] for hit in found.hits]
    dated = [day for day in days if day]
    if days != sorted(dated, reverse=search.order == Order.NEWEST) + [""] * (
        len(days) - len(dated)
    ):
        yield f"they are not in the order of their days: {days[:5]}"
