"""Answers a search: from the index where it is there and sound, else by FTS5.

No question is an error, and none takes longer than its limit. Tantivy cannot be stopped once it
runs; so it runs in a thread of its own, of which there are few, and is waited for no longer.
"""

import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self

import tantivy
from tantivy import Occur, Query

from archive.search import fallback
from archive.search.asked import Asked, understood
from archive.search.documents import (
    DAY,
    FOLDED,
    ID,
    NEWEST,
    OLDEST,
    PLACE,
    PLACE_NUMBER,
    SITE,
    UNNUMBERED,
    place_of_number,
    schema,
)
from archive.search.folder import (
    IndexDamagedError,
    Opened,
    Stamp,
    State,
    current,
    index_of,
    is_of_index,
    opened,
    reopened,
    stamp_of,
    state_of,
)
from archive.search.found import COUNTABLE, MONTH, Filters, Found, Hit
from archive.search.query import Builder, Built, Places
from archive.search.writing import connected, newest, why_unsearchable
from crawler.text.fold import fold
from crawler.vocabulary import LeftOut, Order
from crawler.vocabulary.soundness import SearchFault

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""How long a search may take."""
DEEPEST = 500_000
"""Up to which place in the order articles are shown."""
IN_SQL = 10_000
"""How many articles the SQL function ``search`` gives at most."""
RANKING_SECONDS = 60.0
"""How long it may take to rank all that is found."""
_MOST_VALUES = 100
"""Of what is counted, as many values are told."""
_ALL_SITES = 10_000
_COUNTED_APART = 65_000
"""Values that are counted of each part of an index, so that counts are exact."""
_THREADS = 4

_UNFILTERED = Filters()
_OF_PLACE = """
    WITH wanted(kind, code) AS
        (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:places))
    SELECT kind || ':' || code, NULL FROM wanted
    UNION SELECT 'commune:' || commune, NULL FROM successors JOIN wanted
    ON wanted.kind = 'unit' AND successors.unit = wanted.code WHERE commune IS NOT NULL
    UNION SELECT NULL, key FROM sites JOIN wanted ON CASE wanted.kind
        WHEN 'district' THEN district = wanted.code
        WHEN 'province' THEN
            district IN (SELECT code FROM districts WHERE province = wanted.code)
        WHEN 'province-since' THEN unit = wanted.code
            OR unit IN (SELECT code FROM units WHERE province = wanted.code)
            OR district IN (SELECT districts.code FROM districts
                            JOIN provinces ON provinces.code = districts.province
                            WHERE code_after = wanted.code)
        WHEN 'unit' THEN unit = wanted.code OR district IN
            (SELECT district FROM successors WHERE unit = wanted.code AND commune IS NULL)
        END"""


class _Index(NamedTuple):
    """An index that was opened, in one of its states."""

    searcher: tantivy.Searcher
    state: State


class _Search:
    """One search of an index: what is read of the archive first, then what runs in a thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        index: _Index,
        asked: Asked,
        filters: Filters,
        order: Order,
        offset: int,
        limit: int,
        facets: Sequence[str],
    ) -> None:
        self._searcher = index.searcher
        self._as_of = index.state.seen
        self._order = order
        self._offset, self._limit = offset, limit
        self._facets = facets
        self._provinces = _provinces(db)
        self._asked = asked
        self._builder = Builder(self._searcher, filters, _places(db, filters))
        self._sites = _sites(filters, self._provinces)

    def run(self) -> Found:
        """Search."""
        built = self._builder.built(self._asked, self._sites)
        if built is None:
            return self.nothing(dict.fromkeys(self._facets, ()))
        total, exact, hits = (
            self._by_rank(built) if self._order == Order.BEST else self._by_date(built)
        )
        left_out = dict.fromkeys(built.left_out)
        if min(self._offset + self._limit, total) > DEEPEST:
            left_out[LeftOut.DEPTH] = None
        told, is_whole = self._counted(built.every)
        if not is_whole:
            left_out[LeftOut.FACETS] = None
        return Found(total, exact, tuple(hits), told, "tantivy", tuple(left_out), self._as_of)

    def nothing(self, told: dict[str, tuple[tuple[str, int], ...]], *left_out: LeftOut) -> Found:
        """Return the answer that nothing was found."""
        return Found(0, None, (), told, "tantivy", left_out, self._as_of)

    def _by_rank(self, built: Built) -> tuple[int, int | None, list[Hit]]:
        """Return how many there are, how many of them are spelled as typed, and those asked for."""
        start, end = self._offset, min(self._offset + self._limit, DEEPEST)
        if built.exact is None:
            total, ranked = self._ranked(built.every, start, end)
            return total, None, [Hit(number, exact=True, score=score) for number, score in ranked]
        exact, ranked = self._ranked(built.exact, start, end)
        hits = [Hit(number, exact=True, score=score) for number, score in ranked]
        if exact < end:
            others = built.every.and_must_not_match(built.exact)
            further, ranked = self._ranked(others, max(0, start - exact), end - exact)
            hits += [Hit(number, exact=False, score=score) for number, score in ranked]
            return exact + further, exact, hits
        return _count(self._searcher, built.every), exact, hits

    def _ranked(self, query: Query, start: int, end: int) -> tuple[int, list[tuple[int, float]]]:
        """Return how many a query finds, and the numbers and scores of those in these places.

        Both at once: what costs time is to go through all of them.
        """
        if start >= end:
            return _count(self._searcher, query), []
        found = self._searcher.search(query, end - start, count=True, offset=start)
        scores = (score for score, _ in found.hits)
        return _number(found), [*zip(self._ids(found.hits), scores, strict=True)]

    def _by_date(self, built: Built) -> tuple[int, int | None, list[Hit]]:
        """Return the same, in order of time."""
        exact = None if built.exact is None else _count(self._searcher, built.exact)
        length = min(self._offset + self._limit, DEEPEST) - self._offset
        if length <= 0:
            return _count(self._searcher, built.every), exact, []
        field = NEWEST if self._order == Order.NEWEST else OLDEST
        found = self._searcher.search(
            built.every, length, count=True, order_by_field=field, offset=self._offset
        )
        ids = self._ids(found.hits)
        as_typed = self._as_typed(built.exact, ids)
        return _number(found), exact, [Hit(each, each in as_typed, 0.0) for each in ids]

    def _as_typed(self, exact: Query | None, ids: list[int]) -> set[int]:
        """Return which of some articles are spelled as typed."""
        if exact is None or not ids:
            return {*ids}
        these = Query.term_set_query(schema(), ID, ids)
        query = Query.boolean_query([(Occur.Must, exact), (Occur.Must, these)])
        return {*self._ids(self._searcher.search(query, len(ids), count=False).hits)}

    def _ids(self, hits: list[tuple[Any, tantivy.DocAddress]]) -> list[int]:
        addresses = [address for _, address in hits]
        return [int(number or 0) for number in self._searcher.fast_field_values(ID, addresses)]

    def _counted(self, query: Query) -> tuple[dict[str, tuple[tuple[str, int], ...]], bool]:
        """Return what was counted of all that a query finds, and whether it is exact and whole."""
        if not self._facets:
            return {}, True
        try:
            counted = self._searcher.aggregate(query, _countings(self._facets))
        except ValueError:  # more values than Tantivy has room for
            return {}, False
        found = {
            name: tuple((str(each["key"]), int(each["doc_count"])) for each in part["buckets"])
            for name, part in counted.items()
            if name != MONTH
        }
        is_whole = not any(part.get("doc_count_error_upper_bound") for part in counted.values())
        if PLACE in found:
            places = {int(float(number)): count for number, count in found[PLACE]}
            is_whole = not places.pop(UNNUMBERED, 0) and is_whole
            found[PLACE] = tuple((place_of_number(n), count) for n, count in places.items())
        if "province" in self._facets:
            found["province"] = _by_province(found[SITE], self._provinces)
        told = {
            name: _in_order(found[name])[:_MOST_VALUES] for name in self._facets if name in found
        }
        if MONTH in counted:
            told[MONTH] = _in_order(_by_month(counted[MONTH]["buckets"]))
        return told, is_whole


def _countings(facets: Sequence[str]) -> dict[str, Any]:
    """Return what Tantivy is to count, by the name of it."""
    fields = {SITE if name == "province" else name for name in facets} - {MONTH}
    sizes = {name: _ALL_SITES if name == SITE else _MOST_VALUES for name in fields}
    wanted: dict[str, Any] = {
        name: {
            "terms": {
                "field": PLACE_NUMBER if name == PLACE else name,
                "size": size,
                "segment_size": _COUNTED_APART,
            }
        }
        for name, size in sizes.items()
    }
    if MONTH in facets:
        wanted[MONTH] = {"histogram": {"field": DAY, "interval": 100.0, "min_doc_count": 1}}
    return wanted


def _by_month(buckets: Sequence[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Return counts of a hundred numbers of days each (20210900 and on) as those of months."""
    months = ((int(each["key"]) // 100, int(each["doc_count"])) for each in buckets)
    return tuple((f"{month // 100:04}-{month % 100:02}", number) for month, number in months)


def _count(searcher: tantivy.Searcher, query: Query) -> int:
    # Tantivy counts what it need not rank without looking at the words' places or frequencies.
    return _number(searcher.search(Query.const_score_query(query, 0.0), 1, count=True))


def _number(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]


def _by_province(
    sites: Sequence[tuple[str, int]], provinces: dict[str, str | None]
) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for site, count in sites:
        if province := provinces.get(site):
            counts[province] += count
    return tuple(counts.items())


def _in_order(values: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(values, key=lambda each: (-each[1], each[0])))


def _provinces(db: sqlite3.Connection) -> dict[str, str | None]:
    """Return the province of each site."""
    return dict(db.execute("SELECT key, province FROM sites").fetchall())


def _sites(filters: Filters, provinces: dict[str, str | None]) -> tuple[str, ...] | None:
    """Return the sites that are wanted, None for all."""
    if not (filters.sites or filters.provinces):
        return None
    sites = filters.sites or tuple(provinces)
    wanted = filters.provinces
    return tuple(site for site in sites if not wanted or provinces.get(site) in wanted)


def _places(db: sqlite3.Connection, filters: Filters) -> Places | None:
    """Return what the places come to that are wanted, as the view ``place_articles`` has it."""
    if not filters.places:
        return None
    wanted = json.dumps([place.split(":", 1) for place in filters.places if ":" in place])
    rows = db.execute(_OF_PLACE, {"places": wanted}).fetchall()
    named, sites = (tuple(row[n] for row in rows if row[n] is not None) for n in (0, 1))
    return Places(named, sites)


class Searcher:
    """Searches an archive. Many threads may use one at once."""

    def __init__(self, db: Path, *, seconds: float = SECONDS) -> None:
        self._db = db
        self._folder = index_of(db)
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._opened: tuple[Stamp | None, Opened, _Index] | None = None
        self._held_against: tuple[State, int] | None = None
        """The state of the index, and the archive's last change, that were found to go together."""
        self._told = ""

    @classmethod
    def open(cls, db: Path, *, seconds: float = SECONDS) -> Self:
        """Return what searches the archive *db*, and gives up after so many *seconds*."""
        return cls(db, seconds=seconds)

    def close(self) -> None:
        """Close what is open."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for connection in self._idle:
                connection.close()
            self._idle.clear()
            self._opened = None

    def search(
        self,
        asked: Asked,
        filters: Filters = _UNFILTERED,
        order: Order = Order.BEST,
        offset: int = 0,
        limit: int = 20,
        facets: Sequence[str] = (),
    ) -> Found:
        """Return what is found of what was *asked*: of the articles in their order, those from
        *offset* on, as many as *limit*; and of each of *facets* how often its values are among all.

        With a word typed with marks, the best order has first what is spelled so. Where nothing is
        asked for but filters, all that pass are found. Raises ValueError for what cannot be
        counted, sqlite3.Error if the archive cannot be read.
        """
        if unknown := {*facets} - {*COUNTABLE}:
            raise ValueError(f"no facet is called {min(unknown)!r}")
        offset, limit = max(0, offset), max(0, limit)
        with self._connection() as db:
            index = self._index(db)
            if index is None:
                return self._slowly(db, asked, filters, order, offset, limit, facets)
            work = _Search(db, index, asked, filters, order, offset, limit, facets)
            is_behind = index.state.seen != newest(db)
            try:
                found = self._threads.submit(work.run).result(self._seconds)
            except TooLateError:
                found = work.nothing({}, LeftOut.TIME)
            except BaseException as error:
                if not is_of_index(error):
                    raise
                self._tell(SearchFault.NOT_SEARCHED.of(error=error))
                return self._slowly(db, asked, filters, order, offset, limit, facets)
        behind = (LeftOut.BEHIND,) if is_behind else ()
        return found._replace(left_out=behind + found.left_out)

    def _slowly(
        self,
        db: sqlite3.Connection,
        asked: Asked,
        filters: Filters,
        order: Order,
        offset: int,
        limit: int,
        facets: Sequence[str],
    ) -> Found:
        return fallback.search(
            db, asked, filters, order, offset=offset, limit=limit, facets=facets,
            seconds=self._seconds, as_of=newest(db),
        )  # fmt: skip

    def frequency(self, word: str) -> int:
        """Return how many articles have a word, in any spelling."""
        with self._connection() as db:
            index = self._index(db)
            if index is not None:
                return int(index.searcher.doc_freq(FOLDED, fold(word)))
            sql = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?"
            text = fold(word).replace('"', " ")
            return int(db.execute(sql, [f'{{title lead body}} : "{text}"']).fetchone()[0])

    def ids(self, text: str | None) -> str:
        """Return the numbers of the articles that a query finds, best first, as a JSON array: the
        SQL function ``search``, for ``json_each(search(:q))``. It gives `IN_SQL` at most.

        Raises TimeoutError if that takes too long: SQL knows no other way to be told.
        """
        found = self.search(understood(text), limit=IN_SQL)
        if LeftOut.TIME in found.left_out and not found.hits:
            raise TimeoutError(f"the search for {text!r} takes too long")
        return json.dumps([hit.article_id for hit in found.hits])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = connected(self._db, any_thread=True)
            fallback.stand_in(connection)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    def _index(self, db: sqlite3.Connection) -> _Index | None:
        """Return the index as it is now, None if it cannot be used for the archive as it is.

        Whoever can write brings it up within seconds; on a full disk, or in a folder that cannot be
        written, nobody does.
        """
        with self._lock:
            index = self._current()
            if index is None:
                return None
            at = (index.state, newest(db))
            if at != self._held_against:
                if why := why_unsearchable(db, index.state):
                    self._tell(why)
                    return None
                self._held_against = at
            self._told = ""
        return index

    def _current(self) -> _Index | None:
        """Return the index as it is now, None if it cannot be opened."""
        for is_last in (False, True):  # it may be replaced while it is opened
            try:
                return self._looked()
            except BaseException as error:
                self._opened = None
                if not (is_of_index(error) or isinstance(error, IndexDamagedError)):
                    raise
                if is_last:
                    self._tell(str(error))
        return None

    def _looked(self) -> _Index:
        stamp = stamp_of(self._folder)
        if self._opened is not None and stamp is not None:
            known, held, index = self._opened
            if known == stamp:
                return index
            held = reopened(held) if current(self._folder) == held.place else opened(self._folder)
        else:
            held = opened(self._folder)
        searcher = held.index.searcher()
        index = _Index(searcher, state_of(searcher))
        self._opened = (stamp, held, index)
        return index

    def _tell(self, why: str) -> None:
        if why != self._told and current(self._folder) is not None:  # else there is none, yet
            self._told = why
            logger.warning("%s: %s; the slower search answers", self._folder, why)


def ranked(db: Path, asked: Asked, as_of: int) -> list[int] | None:
    """Return the numbers of all articles of the archive *db* that are found, the best first; None
    where the index does not answer, or not of the archive as it was at change *as_of*.
    """
    searcher = Searcher.open(db, seconds=RANKING_SECONDS)
    try:
        found = searcher.search(asked, limit=DEEPEST)
    finally:
        searcher.close()
    if found.engine != "tantivy" or found.left_out or found.as_of != as_of:
        return None
    return [hit.article_id for hit in found.hits]
