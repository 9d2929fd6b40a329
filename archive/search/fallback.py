"""The search of an archive whose index is missing: by FTS5, which ranks slowly, and says so.

It finds the same articles. Of very many it ranks the newest only, in what time it has.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from math import prod
from time import monotonic
from typing import Any

from archive.search.asked import Asked, Term
from archive.search.documents import BODY, LEAD, TITLE, moment_of
from archive.search.found import COUNTABLE, MONTH, Filters, Found, Hit
from archive.search.query import side_by_side
from archive.search.words import beginnings, placements
from crawler.text.fold import fold
from crawler.vocabulary import LeftOut, Order

_MOST = 50_000
"""Articles that are ranked."""
_MOST_WRITINGS = 256
"""Ways to write a phrase that are looked for, each of its words one way or another. Of what may be
written in more, both halves are to be there, which have a word in common: to leave some out would
hide articles, and more is found only where an article has the phrase in another spelling and the
halves of this one elsewhere.
"""
_STEPS = 10_000
"""SQLite's steps between two looks at the clock."""
_MOST_VALUES = 100
_EVERY = -1
"""So many months."""

_WEIGHTS = {"in_title": TITLE, "in_lead": LEAD, "in_body": BODY, "most": _MOST + 1}
_MATCHING = """
    SELECT articles_fts.rowid, -bm25(articles_fts, :in_title, :in_lead, :in_body, 1), published_at
    FROM articles_fts CROSS JOIN articles ON articles.id = articles_fts.rowid
    WHERE articles_fts MATCH :expression AND articles_fts.rowid NOT IN
        (SELECT article_id FROM withheld WHERE grade = 'all'){narrowing}
    ORDER BY articles_fts.rowid DESC LIMIT :most"""
_FILTERED = """
    SELECT articles.id, 0.0, published_at FROM articles
    WHERE articles.id NOT IN (SELECT article_id FROM withheld WHERE grade = 'all'){narrowing}
    ORDER BY published_at DESC LIMIT :most"""
_COUNTS = {
    "site": "SELECT site, count(*) FROM articles WHERE id IN (SELECT id FROM among) GROUP BY 1",
    "province": """
        SELECT province, count(*) FROM articles JOIN sites ON key = site
        WHERE id IN (SELECT id FROM among) AND province IS NOT NULL GROUP BY 1""",
    "year": """
        SELECT substr(published_at, 1, 4), count(*) FROM articles
        WHERE id IN (SELECT id FROM among) AND published_at IS NOT NULL GROUP BY 1""",
    MONTH: """
        SELECT substr(published_at, 1, 7), count(*) FROM articles
        WHERE id IN (SELECT id FROM among) AND published_at IS NOT NULL GROUP BY 1""",
    "category": """
        SELECT category, count(*) FROM articles WHERE id IN (SELECT id FROM among)
        AND category > '' GROUP BY 1""",
    "author": """
        SELECT author, count(*) FROM articles WHERE id IN (SELECT id FROM among)
        AND author > '' GROUP BY 1""",
    "place": """
        SELECT kind || ':' || code, count(DISTINCT article_id) FROM places
        WHERE article_id IN (SELECT id FROM among) GROUP BY 1""",
    "document": """
        SELECT key, count(DISTINCT article_id) FROM citations
        WHERE article_id IN (SELECT id FROM among) GROUP BY 1""",
}
_COUNTED = """
    WITH among AS MATERIALIZED (SELECT value AS id FROM json_each(:ids))
    {counts} ORDER BY 2 DESC, 1 LIMIT :values"""
assert {*_COUNTS} == {*COUNTABLE}


_LACKING = {
    "counters": "name, value",
    "withheld": "article_id, grade",
    "citations": "article_id, key",
    "places": "article_id, kind, code",
    "place_articles": "article_id, kind, code",
}
"""The tables and views that archives of older versions may not have, and what is asked of them."""


def stand_in(db: sqlite3.Connection) -> None:
    """Have a connection to an archive of an older version find empty tables where it lacks some, so
    that it is searched like others. Nothing is written to the archive.
    """
    known = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    db.execute("PRAGMA temp_store = MEMORY")
    for name in _LACKING.keys() - known:
        db.execute(f"CREATE TEMP TABLE {name} ({_LACKING[name]})")


class _TimeUpError(Exception):
    """A question took too long."""


def search(
    db: sqlite3.Connection,
    asked: Asked,
    filters: Filters,
    order: Order,
    *,
    offset: int,
    limit: int,
    facets: Sequence[str],
    seconds: float,
    as_of: int,
) -> Found:
    """Answer a search as the index would, as far as that can be had in so many *seconds*."""
    left_out = {LeftOut.NO_INDEX: None}
    narrowing, values = _narrowed(filters)
    told: dict[str, tuple[tuple[str, int], ...]] = {}
    rows: list[tuple[int, float, str | None]] = []
    exact: dict[int, float] | None = None
    is_marked = any(term.is_marked and not term.exact for term in asked.terms)
    deadline = monotonic() + seconds
    try:
        with _limited(db, deadline):
            if asked.wanted or narrowing:
                rows = _rows(db, asked, narrowing, values, exact=filters.spelling == "exact")
            if is_marked and filters.spelling != "exact":
                spelled = _rows(db, asked, narrowing, values, exact=True)
                exact = {number: score for number, score, _ in spelled}
    except _TimeUpError:
        left_out[LeftOut.ORDER if rows else LeftOut.TIME] = None
    if len(rows) > _MOST:
        left_out |= dict.fromkeys((LeftOut.RANKING, LeftOut.COUNT))
        rows = rows[:_MOST]
    try:
        with _limited(db, deadline):
            ids = json.dumps([row[0] for row in rows])
            for facet in facets:
                sql = _COUNTED.format(counts=_COUNTS[facet])
                most = _EVERY if facet == MONTH else _MOST_VALUES
                counted = db.execute(sql, {"ids": ids, "values": most})
                told[facet] = tuple((str(value), count) for value, count in counted)
    except _TimeUpError:
        left_out[LeftOut.FACETS] = None
        told = {}
    if exact is not None:
        known = {row[0] for row in rows}
        exact = {number: score for number, score in exact.items() if number in known}
        rows = [(number, exact.get(number, score), at) for number, score, at in rows]
    rows.sort(key=lambda row: _place(row, order, exact))
    hits = tuple(
        Hit(number, exact is None or number in exact, score if order == Order.BEST else 0.0)
        for number, score, _ in rows[offset : offset + limit]
    )
    total, count = len(rows), None if exact is None else len(exact)
    return Found(total, count, hits, told, "fts5", tuple(left_out), as_of)


def matching(asked: Asked) -> tuple[str, dict[str, Any]]:
    """Return the query for the numbers of all articles that are found, and its parameters: not
    ranked, in their order, and none of them left out, in whatever time that takes.
    """
    conditions, values = _citing(asked, exact=False)
    return f"SELECT id FROM articles WHERE 1{conditions} ORDER BY id", values  # noqa: S608


def _place(
    row: tuple[int, float, str | None], order: Order, exact: dict[int, float] | None
) -> tuple[Any, ...]:
    number, score, published_at = row
    if order == Order.BEST:
        return exact is not None and number not in exact, -score, -number
    moment = moment_of(published_at)
    sign = -1 if order == Order.NEWEST else 1
    return moment is None, sign * (moment or 0), sign * number


def _rows(
    db: sqlite3.Connection, asked: Asked, narrowing: str, values: dict[str, Any], *, exact: bool
) -> list[Any]:
    if not asked.wanted:
        sql = _FILTERED.format(narrowing=narrowing)
        return db.execute(sql, _WEIGHTS | values).fetchall()
    sql = _MATCHING.format(narrowing=narrowing)
    wanted = _WEIGHTS | values | {"expression": expression(asked, exact=exact)}
    rows = db.execute(sql, wanted).fetchall()
    if not asked.documents:
        return rows
    met, more = _citing(asked, exact=exact)
    known = {row[0] for row in rows}
    citing = db.execute(_FILTERED.format(narrowing=narrowing + met), _WEIGHTS | values | more)
    return rows + [row for row in citing if row[0] not in known]


def _citing(asked: Asked, *, exact: bool) -> tuple[str, dict[str, Any]]:
    """Return the conditions of what was asked where citing a document is as good as its number."""
    matching = "articles.id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH :{name})"
    citing = """articles.id IN (SELECT article_id FROM citations
        WHERE key = :{name} OR substr(key, 1, length(:{name}) + 2) = :{name} || ', ')"""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for number, group in enumerate(asked.wanted):
        name = f"group{number}"
        values[name] = _any_of(group, exact=exact)
        choices = [matching.format(name=name)]
        for key in dict.fromkeys(key for term in group for key in term.documents):
            values[name := f"key{len(values)}"] = key
            choices.append(citing.format(name=name))
        conditions.append(f"({' OR '.join(choices)})")
    if asked.unwanted:
        values["unwanted"] = " OR ".join(_term(term, exact=term.exact) for term in asked.unwanted)
        conditions.append(f"NOT {matching.format(name='unwanted')}")
    return "".join(f" AND {condition}" for condition in conditions), values


def _narrowed(filters: Filters) -> tuple[str, dict[str, Any]]:
    """Return the conditions of a WHERE, and their parameters."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    any_of = "articles.id IN (SELECT article_id FROM {table} WHERE {value} IN ({listed}))"
    wanted = {
        "articles.site": filters.sites,
        "(SELECT province FROM sites WHERE key = articles.site)": filters.provinces,
        "substr(published_at, 1, 4)": filters.years,
        "category": filters.categories,
        "author": filters.authors,
        "place_articles": filters.places,
        "citations": filters.documents,
    }
    columns = {"place_articles": "kind || ':' || code", "citations": "key"}
    for name, chosen in wanted.items():
        if not chosen:
            continue
        names = [f"value{len(values) + number}" for number in range(len(chosen))]
        values |= dict(zip(names, chosen, strict=True))
        listed = ", ".join(f":{each}" for each in names)
        if column := columns.get(name):
            conditions.append(any_of.format(table=name, value=column, listed=listed))
        else:
            conditions.append(f"{name} IN ({listed})")
    for name, sign in (("since", ">="), ("until", "<=")):
        if day := getattr(filters, name):
            conditions.append(f"substr(published_at, 1, 10) {sign} :{name}")
            values[name] = day
    return "".join(f" AND {condition}" for condition in conditions), values


def expression(asked: Asked, *, exact: bool) -> str:
    """Return the FTS5 expression for what was asked; *exact*, with words as they were typed."""
    together = side_by_side(asked)
    wanted = [
        _any_of([*group, *together.get(number, ())], exact=exact)
        for number, group in enumerate(asked.wanted)
    ]
    unwanted = [_term(term, exact=term.exact) for term in asked.unwanted]
    found = " AND ".join(wanted)
    return f"({found}) NOT ({' OR '.join(unwanted)})" if unwanted else found


def _any_of(group: Sequence[Term], *, exact: bool) -> str:
    return "(" + " OR ".join(_term(term, exact=exact or term.exact) for term in group) + ")"


def _term(term: Term, *, exact: bool) -> str:
    folded = f"{{title lead body}} : {_phrase(map(fold, term.words), has_star=term.prefix)}"
    if not (exact and (term.exact or term.is_marked)):
        return folded
    # The texts are indexed as they were written: with the tone at any of its places,
    # and with what looks like đ.
    *whole, last = term.words
    each_way = [_writings(placements(word)) for word in whole]
    each_way.append(_writings(beginnings(last) if term.prefix else placements(last)))
    written = f"exact : ({_written(each_way, has_star=term.prefix)})"
    # There title, lead and body are one text, through which no phrase is to go.
    return written if not whole else f"({written} AND {folded})"


def _writings(words: Sequence[str]) -> list[str]:
    """Return how words may be written in a text, the usual way first."""
    return [*words, *(word.replace("đ", "ð") for word in words if "đ" in word)]


def _written(each_way: Sequence[Sequence[str]], *, has_star: bool) -> str:
    """Return the expression for words side by side, each written in one of its ways."""
    if len(each_way) > 2 and prod(map(len, each_way)) > _MOST_WRITINGS:
        middle = len(each_way) // 2
        first = _written(each_way[: middle + 1], has_star=False)
        return f"({first}) AND ({_written(each_way[middle:], has_star=has_star)})"
    return " OR ".join(_phrase(words, has_star=has_star) for words in product(*each_way))


def _phrase(words: Iterable[str], *, has_star: bool) -> str:
    return f'"{" ".join(words)}"{" *" if has_star else ""}'


@contextmanager
def _limited(db: sqlite3.Connection, deadline: float) -> Iterator[None]:
    """Give up what is asked of a connection when it is too late. Raises `_TimeUpError`."""
    db.set_progress_handler(lambda: monotonic() > deadline, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if monotonic() <= deadline:
            raise
        raise _TimeUpError from error
    finally:
        db.set_progress_handler(None, 0)
