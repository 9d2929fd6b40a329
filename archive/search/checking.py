"""Holding an index against itself and its archive, while whoever writes to either goes on.

Nothing is told of what was half done just then: an index that turns out to be another one, once
something was found wrong with it, is looked at again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tantivy
from tantivy import FieldType, Query

from archive.search.documents import DIGEST, EXACT, FOLDED, ID, Source, schema, sources
from archive.search.files import damaged
from archive.search.folder import (
    IndexDamagedError,
    State,
    current,
    index_of,
    is_of_index,
    opened,
    stamp_of,
    state_of,
)
from archive.search.words import spellings
from archive.search.writing import Tell, newest, reading, was_whole, why_foreign, writing_beside
from crawler.vocabulary.soundness import IndexFault, SearchFault

Fault = tuple[int | None, str]
"""The id of an article, None for the index as a whole; and what is wrong with it."""

_LOOKS = 5
"""How often an index is looked at that changes meanwhile."""
_BATCH = 500


def faults(
    db: Path, sample: int | None = None, tell: Tell = lambda done, of: None
) -> Iterator[Fault]:
    """Yield what is wrong with the index of an archive. Nothing is written.

    All its files are held against their checksums, and each article's document against what the
    archive says; of so many as *sample* it is asked, too, whether they are found by their words.
    What the index has not seen yet is no fault of it, unless it is that something is withheld; nor
    are files that a writer who was killed has left, which belong to no index.
    """
    looked = _looked(index_of(db))
    yield from ((None, message) for message in looked.wrong)
    if looked.searcher is None:
        return
    state = looked.state
    try:
        with closing(writing_beside(db)) as connection, reading(connection):
            if why := why_foreign(connection, state):
                yield None, f"{why}; {SearchFault.MAKE_ANEW}"
                return
            if state.uncleared:
                yield None, SearchFault.UNCLEARED
            yield from _compared(connection, looked.searcher, state, sample, tell)
    except BaseException as error:
        if not is_of_index(error):
            raise
        yield None, f"{SearchFault.NOT_SEARCHED.of(error=error)}; {SearchFault.MAKE_ANEW}"


class _Looked(NamedTuple):
    """An index, and what is wrong with its files."""

    searcher: tantivy.Searcher | None
    """None where it cannot be trusted."""
    state: State
    wrong: tuple[str, ...]


_NO_STATE = State(0, "", 0, (), uncleared=False)


def _looked(folder: Path) -> _Looked:
    """Open an index and hold its files against their checksums, all in one state of it."""
    for _ in range(_LOOKS):
        stamp = stamp_of(folder)
        looked = _look(folder)
        if not looked.wrong or stamp_of(folder) == stamp:
            return looked
    return _Looked(None, _NO_STATE, (SearchFault.CHANGES,))


def _look(folder: Path) -> _Looked:
    place, why = current(folder), ""
    try:
        held = opened(folder)
        place, searcher = held.place, held.index.searcher()
        state = state_of(searcher)
    except IndexDamagedError as error:
        searcher, state, why = None, _NO_STATE, f"{error}; {SearchFault.MAKE}"
    names = damaged(place) if place else ()
    if names:
        wrong = tuple(
            f"{SearchFault.FILE.of(name=name)}; {SearchFault.MAKE_ANEW}" for name in names
        )
        return _Looked(None, _NO_STATE, wrong)
    return _Looked(searcher, state, (why,) if why else ())


def _compared(
    connection: sqlite3.Connection,
    searcher: tantivy.Searcher,
    state: State,
    sample: int | None,
    tell: Tell,
) -> Iterator[tuple[int | None, str]]:
    ids = [row[0] for row in connection.execute("SELECT id FROM articles ORDER BY id")]
    looked_for = max(1, len(ids) // sample) if sample else 1
    anew = SearchFault.MAKE_INDEX_ANEW
    counted = 0
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        first, last = (
            (start and some[0]),
            (ids[start + _BATCH] - 1 if start + _BATCH < len(ids) else None),
        )
        held = _digests(searcher, first, last)
        counted += sum(map(len, held.values()))
        for source in sources(connection, some):
            indexed = held.pop(source.id, [])
            if source.changed > state.seen:
                if source.grade is not None and was_whole(searcher, source):
                    yield source.id, f"{SearchFault.HIDDEN_SINCE}; {SearchFault.BRING_UP}"
                continue
            if source.is_shown and len(indexed) != 1:
                yield source.id, f"{SearchFault.TIMES.of(number=len(indexed))}; {anew}"
            elif indexed and (not source.is_shown or indexed != [source.digest]):
                yield source.id, f"{SearchFault.OTHERWISE}; {anew}"
            elif source.is_shown and source.id % looked_for == 0:
                yield from _unfound(searcher, source)
        for article_id in sorted(held):
            if state.seen == newest(connection):
                yield article_id, f"{SearchFault.NOT_THERE}; {anew}"
        tell(min(start + _BATCH, len(ids)), len(ids))
    if ids and searcher.num_docs - 1 != counted:  # there is the one that says what it holds
        yield None, f"{SearchFault.DOCUMENTS}; {SearchFault.MAKE_ANEW}"


def _digests(searcher: tantivy.Searcher, first: int, last: int | None) -> dict[int, list[int]]:
    """Return the digests that the index has of the articles of these numbers."""
    query = Query.range_query(schema(), ID, FieldType.Unsigned, first, last)
    found: dict[int, list[int]] = {}
    hits = searcher.search(query, max(1, searcher.num_docs), order_by_field=ID).hits
    addresses = [address for _, address in hits]
    values = zip(
        *(searcher.fast_field_values(name, addresses) for name in (ID, DIGEST)), strict=True
    )
    for article_id, digest in values:
        found.setdefault(int(article_id or 0), []).append(int(digest or 0))
    return found


@lru_cache(1 << 16)  # a language written in syllables has few words
def _of_term(name: str, word: str) -> Query:
    return Query.term_query(schema(), name, word)


def _unfound(searcher: tantivy.Searcher, source: Source) -> Iterator[tuple[int | None, str]]:
    """Yield that an article is not found by its words, exactly or folded, if that is so."""
    words = {word for text in source[4:7] if text for word in spellings(text)}
    terms = {(EXACT, word.exact) for word in words} | {(FOLDED, word.folded) for word in words}
    queries = [Query.term_query(schema(), ID, source.id)]
    queries += [_of_term(name, word) for name, word in terms]
    query = Query.boolean_query([(tantivy.Occur.Must, each) for each in queries])
    # How well it is found does not matter: to work that out for each word takes longer than to find
    # it.
    if not searcher.search(Query.const_score_query(query, 1.0), 1).hits:
        yield source.id, f"{IndexFault.NOT_FOUND}; {SearchFault.MAKE_INDEX_ANEW}"
