"""What searches are to find (`search_gold.toml`), and whether an engine finds it.

What a query is to find is told by reading every text, word by word, without any index: so nothing
that is found too much or too little goes unnoticed, whatever the archive holds beside.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive import Archive
from archive.search.asked import Term
from archive.search.engine import Searcher
from archive.search.found import Filters, Found
from archive.search.words import spelling, words
from archive.tables.sites import SITE_COLUMNS
from crawler.page import Article, Block, Page
from crawler.text.dates import VIET_NAM
from crawler.visit import Origin, Visit
from crawler.vocabulary import BlockKind, Order, State
from demo.portal import Portal
from reading_room.searches import Search, search_of

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

_EXPECTED = ("first", "among", "none", "total", "notes", "weaker")


@dataclass(frozen=True)
class Query:
    """A query, with what it is to find beside what reading tells."""

    search: Search
    first: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
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
    exact: tuple[tuple[str, ...], ...]
    """The words of title, lead and body in their exact spelling."""
    folded: tuple[tuple[str, ...], ...]
    cited: frozenset[str]


def read_texts(db: Database) -> dict[int, Text]:
    """Return all articles of an archive by their numbers, read without any index."""
    cited: dict[int, set[str]] = {}
    for row in db.query("SELECT article_id, key FROM citations"):
        cited.setdefault(row["article_id"], set()).add(row["key"])
    return {
        row["id"]: _text(row, frozenset(cited.get(row["id"], ())))
        for row in db.query(
            "SELECT id, title, lead, body, published_at, articles.site, author, category, province"
            " FROM articles LEFT JOIN sites ON key = articles.site"
        )
    }


def _text(row: Mapping[str, Any], cited: frozenset[str]) -> Text:
    spelled = [[*words(row[name] or "")] for name in ("title", "lead", "body")]
    published = row["published_at"] or ""
    facts = {
        "sites": row["site"],
        "provinces": row["province"],
        "years": published[:4],
        "categories": row["category"],
        "authors": row["author"],
    }
    return Text(
        row["title"],
        published,
        {name: frozenset([value]) for name, value in facts.items()} | {"documents": cited},
        tuple(tuple(word.exact for word in part) for part in spelled),
        tuple(tuple(word.folded for word in part) for part in spelled),
        cited,
    )


def meets(text: Text, search: Search, *, exact: bool, across: bool) -> bool:
    """Whether an article is to be found: with words as they were typed, if *exact*; with phrases
    that go from one of its parts on into the next, if *across*.
    """

    def has(term: Term, *, exactly: bool) -> bool:
        if any(
            key == one or key.startswith(f"{one}, ") for one in term.documents for key in text.cited
        ):
            return True
        parts = text.exact if exactly else text.folded
        wanted = term.words if exactly else tuple(spelling(word).folded for word in term.words)
        return any(
            _has(part, wanted, has_star=term.prefix)
            for part in ((sum(parts, ()),) if across else parts)
        )

    def has_one(group: Iterable[Term]) -> bool:
        return any(has(term, exactly=term.exact or (exact and term.is_marked)) for term in group)

    asked, filters = search.asked, search.filters
    if not (asked.wanted and _passes(text, filters)):
        return False
    if any(has(term, exactly=term.exact) for term in asked.unwanted):
        return False
    return all(map(has_one, asked.wanted))


def _has(part: Sequence[str], wanted: Sequence[str], *, has_star: bool) -> bool:
    if wanted[0] not in part and not (has_star and len(wanted) == 1):
        return False
    *before, last = wanted
    ends = range(len(before), len(part))
    return any(
        (part[end].startswith(last) if has_star else part[end] == last)
        and [*part[end - len(before) : end]] == before
        for end in ends
    )


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


def faults(
    searcher: Searcher, query: Query, texts: Mapping[int, Text], *, alone: bool
) -> Iterator[str]:
    """Yield what is wrong with the answer to a query: what is found too much or too little, counted
    or put otherwise than it should be. *alone* says that the archive holds nothing else.
    """
    search = query.search
    found = searcher.search(search.asked, search.filters, search.order, 0, ALL)
    ids = [hit.article_id for hit in found.hits]
    is_exact = search.filters.spelling == "exact"
    must = {n for n, text in texts.items() if meets(text, search, exact=is_exact, across=False)}
    may = {n for n, text in texts.items() if meets(text, search, exact=is_exact, across=True)}
    if len(ids) != len({*ids}) or found.total != len(ids):
        yield f"{found.total} are told, {len(ids)} given, {len({*ids})} different ones"
    for number in must - {*ids}:
        yield f"not found: {texts[number].title}"
    for number in {*ids} - may - must:
        yield f"found in error: {texts[number].title}"
    yield from _spelling_faults(search, found, texts)
    yield from _order_faults(search, found, texts)
    titles = [texts[number].title for number in ids]
    for place, title in enumerate(query.first):
        if not titles[place : place + 1] or not titles[place].startswith(title):
            yield f"at place {place + 1} is not {title!r} but {titles[place : place + 1]}"
    for title in query.among:
        if not any(one.startswith(title) for one in titles[:10]):
            yield f"not among the first ten: {title}"
    for title in query.none:
        if any(one.startswith(title) for one in titles):
            yield f"found in error: {title}"
    if alone and query.total is not None and found.total != query.total:
        yield f"{found.total} are found, not {query.total}"
    if query.notes != tuple(note.kind for note in search.asked.notes):
        yield f"told is {search.asked.notes}, not {query.notes}"


def _spelling_faults(search: Search, found: Found, texts: Mapping[int, Text]) -> Iterator[str]:
    """Yield what is wrong with how many are spelled as typed, and which are told to be."""
    marked = any(term.is_marked and not term.exact for term in search.asked.terms)
    if not marked or search.filters.spelling == "exact" or not search.asked.wanted:
        if found.exact is not None and search.filters.spelling != "exact":
            yield f"{found.exact} are told to be spelled as typed, where none are otherwise"
        return
    told = {hit.article_id for hit in found.hits if hit.exact}
    must = {n for n, text in texts.items() if meets(text, search, exact=True, across=False)}
    may = {n for n, text in texts.items() if meets(text, search, exact=True, across=True)}
    if found.exact != len(told):
        yield f"{found.exact} are counted to be spelled as typed, {len(told)} marked so"
    for number in (must - told) | (told - may - must):
        yield f"told otherwise than it is spelled: {texts[number].title}"
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
