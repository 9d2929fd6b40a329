"""Both engines find the same: words with their tone wherever it is written, what looks like Đ,
other Unicode forms; as words, beginnings and phrases, wanted and unwanted.

The table is made of the parts that a syllable may have. What is left in which they differ is in
`LEFT`, each with its reason, and must differ.
"""

import sqlite3
import unicodedata
from collections.abc import Iterator
from itertools import chain
from typing import Literal

import pytest

from archive import Archive
from archive.search.asked import understood
from archive.search.engine import Searcher
from archive.search.found import Filters
from archive.search.words import spelling
from archive.search.writing import bring_up
from crawler.page import Article, Block, Page
from crawler.visit import Origin, Visit
from crawler.vocabulary import BlockKind, Discovery, PageKind, State
from tests.search_gold import SEEN, SITE

DISPUTED = ("oa", "oe", "uy", "oan", "oen", "uynh", "oai", "oay", "oang", "uyt")
"""The rimes whose tone is written on the first vowel and on the second."""
SETTLED = ("ùa", "ìa", "ài", "uế", "uở", "ỏ", "ủ", "ủng", "ờ", "iến")
OTHERS = (
    *("quý", "qúy", "quyển", "già", "gìa", "gì", "giáp", "giếng"),
    *("đo", "đô", "đòi", "ðồn", "đường", "ðường"),
)


def both_ways(rime: str) -> Iterator[str]:
    """Yield a rime with a tone on its first vowel, and on its second."""
    for place in (1, 2):
        yield unicodedata.normalize("NFC", f"{rime[:place]}\u0309{rime[place:]}")


WRITTEN = (
    *(
        onset + rime
        for onset in ("", "h", "th", "đ")
        for rime in (*chain.from_iterable(map(both_ways, DISPUTED)), *SETTLED)
    ),
    *OTHERS,
)
PAIRS = ("uỷ ban", "ủy ban", "hoả bình", "hỏa bình", "hoả ủy", "hỏa uỷ", "hoản bình", "ðồn hoả")
LONG = (
    "hòa thủy đoàn khỏe ủy toàn điều",
    "hoà thuỷ đòan khoẻ uỷ tòan điều",
    "hòa thủy ðoàn khỏe ủy toàn ðiều",
    "hoà thuỷ ðòan khoẻ uỷ tòan ðiều",
    "hoà thủy đoàn khoẻ ủy tòan ðiều",
)
"""A phrase that may be written in hundreds of ways, in some of them."""
OTHERWISE = "hoá thủy đoàn khỏe ủy toàn điều"
TEXTS = (*WRITTEN, *PAIRS, *LONG, OTHERWISE)

WORDS = tuple(dict.fromkeys(spelling(word).exact for word in WRITTEN))
BEGINNINGS = tuple(dict.fromkeys(word[:end] for word in WRITTEN for end in range(1, len(word) + 1)))
QUERIES = (
    *(f'"{word}"' for word in WRITTEN),
    *(f'"{beginning}"*' for beginning in BEGINNINGS),
    *(f"{beginning}*" for beginning in BEGINNINGS),
    *(f'"{pair}"' for pair in PAIRS),
    *(f'"{pair[:-1]}"*' for pair in PAIRS),
    *(f'"{pair[: pair.index(" ") + 2]}"*' for pair in PAIRS),
    *(f"bai -{word}" for word in WRITTEN),
    *(f'bai -"{pair}"' for pair in PAIRS),
    *(f"{word} bai" for word in WORDS),
    *(f'"{phrase}"' for phrase in (*LONG, OTHERWISE)),
    *(f'"{phrase[:-2]}"*' for phrase in LONG),
    *(f'bai -"{phrase}"' for phrase in LONG),
)
_NO_SYLLABLE = "qú is the beginning of nothing: FTS5 has qúy as it is written, the index as quý"
LEFT = {'"qú"*': _NO_SYLLABLE, "qú*": _NO_SYLLABLE}


@pytest.fixture(scope="module")
def searchers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Searcher, Searcher]]:
    """What searches an archive by its index, and what searches the same without one."""
    paths = [tmp_path_factory.mktemp(name) / "archive.db" for name in ("index", "none")]
    with Archive.open(paths[0], create=True) as archive:
        run_id = archive.runs.start(SITE)
        for number, text in enumerate(TEXTS):
            block = Block(BlockKind.PARAGRAPH, f"<p>{text}</p>", text)
            page = Page(PageKind.ARTICLE, Article(f"Bài {number}", blocks=(block,)))
            url, origin = f"{SITE['base_url']}{number}", Origin(Discovery.SEED)
            visit = Visit(url, origin, SEEN, State.HELD, 200, page=page)
            archive.visits.record(run_id, SITE["key"], visit)
    with sqlite3.connect(paths[0]) as source, sqlite3.connect(paths[1]) as copy:
        source.backup(copy)
    bring_up(paths[0])
    found = [Searcher.open(path) for path in paths]
    yield found[0], found[1]
    for each in found:
        each.close()


def answers(searcher: Searcher, query: str) -> tuple[str, set[str], set[str]]:
    """Return the engine, which texts a query finds, and which of them are spelled as typed."""
    found = searcher.search(understood(query), Filters(), limit=len(TEXTS))
    texts = [(TEXTS[hit.article_id - 1], hit.exact) for hit in found.hits]
    return found.engine, {text for text, _ in texts}, {text for text, exact in texts if exact}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_engines_find_the_same(
    searchers: tuple[Searcher, Searcher], form: Literal["NFC", "NFD"]
) -> None:
    differ = {}
    for query in QUERIES:
        typed = unicodedata.normalize(form, query)
        (one, *by_index), (other, *by_fts5) = (answers(each, typed) for each in searchers)
        assert (one, other) == ("tantivy", "fts5")
        if by_index != by_fts5:
            differ[query] = by_index, by_fts5
    assert {*differ} == {*LEFT}, differ


def test_the_tone_is_found_where_it_is_written_and_where_it_will_stand(
    searchers: tuple[Searcher, Searcher],
) -> None:
    for searcher in searchers:
        for query, wanted, unwanted in (
            ('"ủ"*', {"ủy", "uỷ", "ủng", "ủ"}, {"uỷnh ban"}),
            ('"hoả"*', {"hoả", "hỏa", "hoản", "hỏan", "hoải"}, {"hoẻn", "hùa"}),
            ('"uỷ ban"', {"uỷ ban", "ủy ban"}, {"hoả ủy"}),
            ('"hỏa ủy"', {"hoả ủy", "hỏa uỷ"}, {"hoả bình"}),
            ('"đồn"', {"ðồn", "ðồn hoả"}, {"đo"}),
            ('"quý"', {"quý", "qúy"}, {"quyển"}),
        ):
            _, found, _ = answers(searcher, query)
            assert wanted <= found, query
            assert not unwanted & found, query


def test_a_long_phrase_is_found_in_whichever_of_its_many_writings(
    searchers: tuple[Searcher, Searcher],
) -> None:
    for searcher in searchers:
        for phrase in LONG:
            for query in (f'"{phrase}"', f'"{phrase[:-2]}"*'):
                _, found, exact = answers(searcher, query)
                assert found == exact == {*LONG}, query
        assert answers(searcher, f'"{OTHERWISE}"')[1] == {OTHERWISE}


def test_a_word_ranks_its_articles_wherever_its_tone_stands(
    searchers: tuple[Searcher, Searcher],
) -> None:
    by_index, _ = searchers
    for query in ('"hoả"*', '"ho"*', '"thủ"*'):
        found = by_index.search(understood(query), Filters(), limit=len(TEXTS))
        scores = {TEXTS[hit.article_id - 1]: hit.score for hit in found.hits}
        by_none = [text for text, score in scores.items() if score < 0.2]
        assert len(scores) > 9
        assert by_none == [], query
