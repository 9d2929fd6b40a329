"""What is asked for, as queries of Tantivy.

All that is asked for is bounded before it is run, since nothing can stop a query then: words by
`archive.search.asked`, the words that a beginning stands for here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import pairwise
from math import log, log1p
from typing import NamedTuple

import tantivy
from tantivy import FieldType, Occur, Query

from archive.search.asked import Asked, Term
from archive.search.documents import (
    AUTHOR,
    BEGINNINGS,
    CATEGORY,
    DAY,
    DOCUMENT,
    EXACT,
    FOLDED,
    PAIRS,
    PLACE,
    SHORT,
    SITE,
    YEAR,
    day_number,
    pair,
    schema,
)
from archive.search.found import Filters
from archive.search.words import beginnings
from crawler.text.fold import fold
from crawler.vocabulary import LeftOut

_RANKED_BEGINNINGS = 16
"""Words that begin as asked for by which articles are ranked; all of them are found."""
_PHRASE_ENDINGS = 64
"""Words that may end a phrase of three or more whose last word is a beginning."""
_BEGINNING_SCORE = 0.1
_LEAST_WEIGHT = 0.01
"""Of a word that half of the articles have, or more. FTS5 has a millionth, which a score of 32 bits
would lose beside a rare word's."""
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$#&~-]")


class Places(NamedTuple):
    """What the places of a filter come to: articles that name one, or are of one of the sites."""

    named: tuple[str, ...]
    sites: tuple[str, ...]


class Built(NamedTuple):
    """The queries for what was asked."""

    every: Query
    """Finds it in every spelling that is asked for."""
    exact: Query | None
    """Of that, what has each word as typed; None where that is no less."""
    left_out: tuple[LeftOut, ...]


class Builder:
    """Builds the queries for what was asked of one state of an index."""

    def __init__(self, searcher: tantivy.Searcher, filters: Filters, places: Places | None) -> None:
        self._searcher = searcher
        self._filters = filters
        self._places = places
        self._left_out: dict[LeftOut, None] = {}

    def built(self, asked: Asked, sites: tuple[str, ...] | None) -> Built | None:
        """Return the queries; None if nothing can be found, since nothing is asked for.

        *sites* are those that the filters come to, None for all.
        """
        narrowing = [*self._narrowing(sites)]
        if not (asked.wanted or narrowing):
            return None
        unwanted = [(Occur.MustNot, self._term(term, exact=term.exact)) for term in asked.unwanted]
        is_exact = self._filters.spelling == "exact"
        is_marked = any(term.is_marked and not term.exact for term in asked.terms)

        def query(*, exact: bool) -> Query:
            wanted = [(Occur.Must, self._group(group, exact=exact)) for group in asked.wanted]
            ranking = [(Occur.Should, each) for each in self._together(asked)]
            every = [*wanted, *ranking, *narrowing, *unwanted]
            return Query.boolean_query(every)

        every = query(exact=is_exact)
        exact = query(exact=True) if is_marked and not is_exact else None
        return Built(every, exact, tuple(self._left_out))

    def _word(self, field: str, word: str) -> Query:
        """Return the query for a word, which counts as much as FTS5 has it count: for nothing where
        half of the articles have it, for 2.2 where a tenth. Tantivy alone has 0.7 and 2.3.
        """
        having = self._searcher.doc_freq(field, word)
        all_ = max(having, self._searcher.num_docs)
        rarity = (all_ - having + 0.5) / (having + 0.5)
        weight = max(log(rarity), _LEAST_WEIGHT) / log1p(rarity)
        return Query.boost_query(_word(field, word), weight)

    def _group(self, group: Sequence[Term], *, exact: bool) -> Query:
        return _any_of([self._term(term, exact=exact or term.exact) for term in group])

    def _term(self, term: Term, *, exact: bool) -> Query:
        words = self._words(term, exact=exact and (term.exact or term.is_marked))
        if not term.documents:
            return words
        patterns = (f"{_escaped(key)}(, .*)?" for key in term.documents)
        cites = [Query.regex_query(schema(), DOCUMENT, pattern) for pattern in patterns]
        return _any_of([words, *cites])

    def _words(self, term: Term, *, exact: bool) -> Query:
        folded = [fold(word) for word in term.words]
        written = list(term.words) if exact else folded
        field = EXACT if exact else FOLDED
        if len(written) == 1:
            found = self._beginning if term.prefix else self._word
            return found(field, written[0])
        pairs = list(map(pair, folded, folded[1:]))
        if term.prefix:
            return self._phrase_beginning(field, written, pairs)
        if len(written) == 2 and not exact:
            return self._word(PAIRS, pairs[0])
        # Only where all its pairs are it is looked whether they follow each other.
        whole = [_unranked(_word(PAIRS, p)) if exact else self._word(PAIRS, p) for p in pairs]
        return _all_of([*whole, Query.phrase_query(schema(), field, [*written])])

    def _together(self, asked: Asked) -> Iterator[Query]:
        for terms in side_by_side(asked).values():
            for term in terms:
                yield self._word(PAIRS, pair(*map(fold, term.words)))

    def _beginning(self, field: str, beginning: str) -> Query:
        every = [_begins(field, each) for each in _beginnings(field, beginning)]
        found = Query.const_score_query(_any_of(every), _BEGINNING_SCORE)
        return _any_of([found, *self._frequent(field, beginning)])

    def _frequent(self, field: str, beginning: str) -> Iterator[Query]:
        known = self._known(field, beginning, _RANKED_BEGINNINGS)
        for word in nlargest(_RANKED_BEGINNINGS, known, key=lambda word: known[word]):
            yield self._word(field, word)

    def _known(self, field: str, beginning: str, most: int | None = None) -> dict[str, int]:
        """Return the words that begin so, and how many articles have each; of each way to begin so
        the most frequent, if no more are wanted than *most*.
        """
        return {
            word: number
            for each in _beginnings(field, beginning)
            for word, number in self._searcher.terms_with_prefix(field, each, limit=most)
        }

    def _phrase_beginning(self, field: str, words: list[str], pairs: list[str]) -> Query:
        *whole, last = pairs
        if len(words) == 2 and field == FOLDED:
            return self._beginning(PAIRS, last)
        found = self._searcher.terms_with_prefix(PAIRS, last, limit=_PHRASE_ENDINGS + 1)
        if len(found) > _PHRASE_ENDINGS:
            self._left_out[LeftOut.BEGINNINGS] = None
        endings = [pair_.rpartition("_")[2] for pair_, _ in found[:_PHRASE_ENDINGS]]
        if field == EXACT:
            wanted = {*endings}
            endings = [word for word in self._known(EXACT, words[-1]) if fold(word) in wanted]
        phrases = [
            _all_of(
                [_unranked(_word(PAIRS, pair(fold(words[-2]), fold(ending)))),
                 Query.phrase_query(schema(), field, [*words[:-1], ending])]
            )
            for ending in endings
        ]  # fmt: skip
        return _all_of([*(_unranked(_word(PAIRS, each)) for each in whole), _any_of(phrases)])

    # What narrows it

    def _narrowing(self, sites: tuple[str, ...] | None) -> Iterator[tuple[Occur, Query]]:
        filters = self._filters
        wanted = {
            YEAR: filters.years,
            CATEGORY: filters.categories,
            AUTHOR: filters.authors,
            DOCUMENT: filters.documents,
        }
        queries = [_one_of(name, values) for name, values in wanted.items() if values]
        if sites is not None:
            queries.append(_one_of(SITE, sites))
        if self._places is not None:
            places = [(PLACE, self._places.named), (SITE, self._places.sites)]
            queries.append(_any_of([_one_of(name, values) for name, values in places if values]))
        days = [day_number(day) for day in (filters.since, filters.until)]
        if any(days):
            since, until = days
            queries.append(Query.range_query(schema(), DAY, FieldType.Integer, since, until))
        for query in queries:
            yield Occur.Must, _unranked(query)


def side_by_side(asked: Asked) -> dict[int, list[Term]]:
    """Return the pairs of words that were typed side by side, by the group of the first: articles
    that have them so come first, and no other is found by it.
    """
    pairs = {}
    for number, (group, following) in enumerate(pairwise(asked.wanted)):
        if len(group) == len(following) == 1:
            one, other = group[0], following[0]
            if not (one.prefix or one.exact or other.prefix or other.exact):
                pairs[number] = [Term((one.words[-1], other.words[0]))]
    return pairs


def _beginnings(field: str, beginning: str) -> tuple[str, ...]:
    return beginnings(beginning) if field == EXACT else (beginning,)


def _begins(field: str, beginning: str) -> Query:
    if field in BEGINNINGS and len(beginning) <= SHORT:
        return Query.term_query(schema(), BEGINNINGS[field], beginning)
    return Query.regex_query(schema(), field, f"{_escaped(beginning)}.*")


def _word(field: str, word: str) -> Query:
    return Query.term_query(schema(), field, word, index_option="freq")


def _one_of(field: str, values: Iterable[str]) -> Query:
    return Query.term_set_query(schema(), field, list(values))


def _any_of(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.empty_query()
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _all_of(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def _unranked(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def _escaped(text: str) -> str:
    """Return a text as a regular expression that it alone matches."""
    return _SPECIAL.sub(r"\\\g<0>", text)
