"""What a search finds, with all that its page, its JSON and its feed tell of each hit."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from datasette.database import Database
from datasette.views.base import DatasetteError

from archive.search.asked import Asked, Term, as_typed, understood, without_quotes
from archive.search.engine import Searcher
from archive.search.found import Filters, Found
from archive.search.near import suggestions
from crawler.vocabulary import LeftOut, Order
from reading_room.asking.queries import rows, untitled
from reading_room.language import gettext as _
from reading_room.search.addresses import PAGE_SIZE, Search
from reading_room.search.excerpts import Excerpt, excerpt, marked
from reading_room.subjects.places import name_of, place_of

SECONDS = 10
"""How long an answer is waited for. The engines give up before, and say so."""
MEANWHILE = 1_000
"""Articles that a crawl may add between counting a result and having the whole of it."""
FACETS_SHOWN = 40
"""Values of a facet that are told."""
WORDS_WEIGHED = 6
"""Words of a query that found nothing of which is told how many articles have each."""

HIT_COLUMNS = (
    *("id", "code", "url", "title", "lead", "body", "published_at", "site", "category", "author"),
    *("revision", "revised_at", "first_seen_at"),
)
"""What of an article is read for a hit, beside its number and the name of its site."""

_Answer = TypeVar("_Answer")
_searchers: WeakKeyDictionary[Database, Searcher] = WeakKeyDictionary()


class Alternative(NamedTuple):
    """What else one may search for, and how many articles that finds."""

    text: str
    """The query."""
    total: int


class Answer(NamedTuple):
    """What a search found."""

    found: Found
    hits: list[dict[str, Any]]
    """The articles of the page: `HIT_COLUMNS`, ``article_id``, ``site_name``, ``is_exact``,
    ``score``, ``name`` (an `Excerpt`: its title, or what it is called) and ``excerpt``."""


class TooSlowError(DatasetteError):
    """A search that takes too long: answered with 503."""

    def __init__(self) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            _("This search takes too long. Try rarer words, or fewer of them."),
            title=_("The search took too long"),
            status=503,
        )


class NotWholeError(DatasetteError):
    """A result that is too large to be had as a whole: answered with 503, not with a part of it."""

    def __init__(self, total: int) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            _("%(number)s articles are found, more than can be had at once; narrow it by days.")
            % {"number": total},
            title=_("The result is too large"),
            status=503,
        )


def searcher_of(db: Database) -> Searcher:
    """Return the searcher of an archive, which is opened once."""
    if db not in _searchers:
        _searchers[db] = Searcher.open(Path(db.path))
    return _searchers[db]


async def asking(question: Callable[..., _Answer], *values: Any, **named: Any) -> _Answer:
    """Return what a question to a searcher is answered, asked beside the room's own work.

    Raises `TooSlowError` if it takes too long.
    """
    try:
        asked = asyncio.to_thread(question, *values, **named)
        return await asyncio.wait_for(asked, SECONDS)
    except TimeoutError:
        raise TooSlowError from None


async def answer(
    db: Database, search: Search, facets: Sequence[str] = (), most: int = PAGE_SIZE
) -> Answer:
    """Return what a search found, with the articles of its page, so many at *most*, and some facets
    counted.
    """
    found = await asking(
        searcher_of(db).search,
        search.asked,
        search.filters,
        search.order,
        search.offset,
        most,
        tuple(facets),
    )
    if LeftOut.TIME in found.left_out and not found.hits:
        raise TooSlowError
    articles = await articles_of(db, [hit.article_id for hit in found.hits], HIT_COLUMNS)
    hits = [
        {
            **articles[hit.article_id],
            "is_exact": hit.exact,
            "score": hit.score,
            "name": _name(articles[hit.article_id], search.asked.terms),
            "excerpt": _excerpt(articles[hit.article_id], search.asked.terms),
        }
        for hit in found.hits
        if hit.article_id in articles  # the index may know of one that is withheld since
    ]
    return Answer(found, hits)


async def found_whole(db: Database, search: Search) -> Found:
    """Return all that a search finds, in its order.

    Raises `TooSlowError` if it takes too long, `NotWholeError` if not all of them can be had.
    """
    searcher, asked = searcher_of(db), (search.asked, search.filters, search.order)
    counted = await asking(searcher.search, *asked, 0, 0)
    most = counted.total + MEANWHILE
    found = await asking(searcher.search, *asked, 0, most) if counted.total else counted
    left_out = {*counted.left_out, *found.left_out}
    if LeftOut.TIME in left_out:
        raise TooSlowError
    if len(found.hits) < found.total or LeftOut.COUNT in left_out:
        raise NotWholeError(found.total)
    return found


async def articles_of(
    db: Database, ids: Sequence[int], columns: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """Return articles by their numbers: *columns*, None where an archive of an older version has
    none such, with ``article_id``, ``called`` and ``site_name``.
    """
    known = await db.table_columns("articles")
    read = ", ".join(f"articles.{c} AS {c}" if c in known else f"NULL AS {c}" for c in columns)
    found = await rows(
        db,
        f"SELECT articles.id AS article_id, {read}, sites.name AS site_name,"  # noqa: S608 - ours
        " called(articles.title, articles.lead, articles.body) AS called"
        " FROM articles LEFT JOIN sites ON sites.key = articles.site"
        f" WHERE articles.id IN ({', '.join('?' * len(ids))})",
        *ids,
    )
    return {row["article_id"]: row for row in found}


def _name(article: dict[str, Any], terms: Sequence[Term]) -> Excerpt:
    return marked(article["called"] or untitled(), terms)


def _excerpt(article: dict[str, Any], terms: Sequence[Term]) -> Excerpt:
    """Return a passage of the text, or of the lead if only that has the words."""
    body, lead = article["body"] or "", article["lead"] or ""
    of_body = excerpt(body, terms)
    if lead and not of_body.marks:
        return excerpt(lead, terms)
    return of_body if of_body.text else excerpt(lead, terms)


async def labelled(
    db: Database, name: str, counted: Sequence[tuple[str, int]]
) -> list[dict[str, Any]]:
    """Return the values of a facet, ``value``, ``label`` and ``articles``; years in their order."""
    shown = counted[:FACETS_SHOWN] if name != "year" else sorted(counted, reverse=True)
    labels = await labels_of(db, name, [value for value, _ in shown])
    return [
        {"value": value, "label": label, "articles": articles}
        for (value, articles), label in zip(shown, labels, strict=True)
    ]


async def labels_of(db: Database, name: str, values: Sequence[str]) -> list[str]:
    """Return what the values of a filter are called before people."""
    if name == "site":
        named = await rows(
            db,
            f"SELECT key, name FROM sites WHERE key IN ({', '.join('?' * len(values))})",  # noqa: S608
            *values,
        )
        names = {row["key"]: row["name"] for row in named}
        return [names.get(value, value) for value in values]
    if name == "place":
        places = [place_of(value) for value in values]
        called = [await name_of(db, *place) if place else None for place in places]
        return [label or value for label, value in zip(called, values, strict=True)]
    return list(values)


# Where nothing is found.


class Elsewhere(NamedTuple):
    """What one may search for instead of what found nothing, each with how many articles it finds;
    what finds none is left out.
    """

    near: list[Alternative]
    """With words that are near those that no article has."""
    spelt: list[Alternative]
    """The same words in every spelling, where quotes asked for one."""
    unfiltered: int
    """Articles that have the words, whatever the filters ask for."""
    words: list[Alternative]
    """Each word alone, those that no article has among them; empty where there is but one."""


async def elsewhere(db: Database, search: Search) -> Elsewhere:
    """Return what one may search for instead of a search that found nothing; nothing where that
    takes too long, since that nothing was found is told all the same.
    """
    try:
        return await asking(_elsewhere, searcher_of(db), search)
    except TooSlowError:
        return Elsewhere([], [], 0, [])


def _elsewhere(searcher: Searcher, search: Search) -> Elsewhere:
    asked, filters = search.asked, search.filters

    def total(asked: Asked, filters: Filters = filters) -> int:
        return searcher.search(asked, filters, Order.BEST, 0, 0).total

    def finding(texts: Iterable[str]) -> list[Alternative]:
        counted = (Alternative(text, total(understood(text))) for text in texts)
        return [one for one in counted if one.total]

    quoted = any(term.exact for term in asked.terms)
    return Elsewhere(
        near=finding(suggestions(asked, searcher.frequency)),
        spelt=finding([without_quotes(asked.text)] if quoted else []),
        unfiltered=total(asked, Filters()) if search.is_filtered else 0,
        words=[
            Alternative(" OR ".join(map(as_typed, group)), total(Asked("", (group,))))
            for group in asked.wanted[:WORDS_WEIGHED]
            if len(asked.wanted) > 1
        ],
    )
