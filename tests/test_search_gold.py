"""What people type finds what they mean, by either engine: `search_gold.toml`."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive import Archive
from archive.search.engine import Searcher
from archive.search.writing import bring_up
from tests.search_gold import Library, Query, faults, queries, read_texts, store_articles

QUERIES = queries()


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same archive with its index, and without one, by the engines that answer."""
    made = {}
    for engine in ("tantivy", "fts5"):
        made[engine] = tmp_path_factory.mktemp(engine) / "archive.db"
    with Archive.open(made["tantivy"], create=True) as archive:
        store_articles(archive)
    with sqlite3.connect(made["tantivy"]) as source, sqlite3.connect(made["fts5"]) as copy:
        source.backup(copy)
    bring_up(made["tantivy"])
    return made


@pytest.fixture(scope="module")
def library(archives: dict[str, Path]) -> Library:
    db = Database(sqlite3.connect(archives["fts5"]))
    found = read_texts(db)
    db.close()
    return found


@pytest.fixture(scope="module", params=["tantivy", "fts5"])
def searcher(request: pytest.FixtureRequest, archives: dict[str, Path]) -> Iterator[Searcher]:
    searcher = Searcher.open(archives[request.param])
    yield searcher
    searcher.close()


def test_there_are_enough_queries_and_articles(library: Library) -> None:
    assert len(QUERIES) >= 120
    known = [text.title for text in library.texts.values()]
    assert len(known) >= 120
    for query in QUERIES:
        for title in (*query.first, *query.alone, *query.among, *query.few, *query.none):
            assert any(one.startswith(title) for one in known), title


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_finds_what_it_is_to_find(
    request: pytest.FixtureRequest, searcher: Searcher, query: Query, library: Library
) -> None:
    engine = request.node.callspec.params["searcher"]
    found = [*faults(searcher, query, library, alone=True)]
    assert bool(found) == (engine in query.weaker), found
