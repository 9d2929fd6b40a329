"""The metadata describes the archive as it is: every table, view, column, query and parameter."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

import reading_room
from crawler.routes import ROUTES
from crawler.vocabulary import Discovery
from crawler.vocabulary.words import LANGUAGES
from reading_room.columns import HELD, words_held
from reading_room.language import speaking
from tests.room_sample import build_archive, opened

TECHNICAL = re.compile(r"articles_fts|_sqlite_migrations|sqlite_")
METADATA = yaml.safe_load((Path(reading_room.__file__).parent / "metadata.yaml").read_text("utf-8"))
ARCHIVE: dict[str, Any] = METADATA["databases"]["archive"]
TEXTS = {"title", "description", "description_html", "source", "license"}
_CHECKED = re.compile(r"\b(\w+) TEXT[^,]*? CHECK \((\w+) IN \(([^()]*)\)\)")
_WITH_MARKS = re.compile("[À-ỹ]")


def texts(node: Mapping[str, Any], *path: str) -> Iterator[tuple[str, Any]]:
    """Yield all that the metadata says, each with where it stands."""
    for key, value in node.items():
        if path[-1:] == ("columns",) or key in TEXTS:
            yield ".".join((*path, key)), value
        elif isinstance(value, Mapping):
            yield from texts(value, *path, key)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = build_archive(tmp_path_factory.mktemp("schema") / "archive.db")
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def tables(schema: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the columns of every table and view."""
    names = schema.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    return {
        name: [column[1] for column in schema.execute(f"PRAGMA table_xinfo([{name}])")]
        for (name,) in names
    }


def test_every_table_view_and_column_is_described(schema: sqlite3.Connection) -> None:
    for name, columns in tables(schema).items():
        entry = ARCHIVE["tables"].get(name)
        assert entry is not None, f"reading_room/metadata.yaml does not describe {name}"
        if TECHNICAL.match(name):
            assert entry["hidden"] is True, f"{name} is technical and should be hidden"
        else:
            assert entry["title"], name
            assert entry["description"], name
            assert list(entry["columns"]) == columns, name
            assert all(entry["columns"].values()), name


def test_all_is_said_in_both_languages_and_neither_is_the_other() -> None:
    said = dict(texts(METADATA))
    assert said.pop("title") == "Tin Huyện"
    for where, words in said.items():
        assert isinstance(words, dict), f"{where} is {{vi: …, en: …}}"
        assert [*words] == [*LANGUAGES], where
        vietnamese, english = (" ".join(words[language].split()) for language in LANGUAGES)
        assert vietnamese, where
        assert english, where
        assert vietnamese != english, where
        plain = re.sub(r"<code>.*?</code>|\([^)]*\)|Tin Huyện", "", english)
        assert not _WITH_MARKS.search(plain), f"{where} says in English: {english}"


def test_columns_hold_the_words_that_the_schema_allows(schema: sqlite3.Connection) -> None:
    allowed = {
        (table, column): set(re.findall(r"'([^']*)'", words))
        for table, sql in schema.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        for column, again, words in _CHECKED.findall(sql)
        if column == again
    }
    assert len(allowed) > 10
    assert allowed.keys() <= HELD.keys()
    for place, words in allowed.items():
        assert {*HELD[place]} == words, place
    assert {*HELD["routes", "route"]} == {*ROUTES, Discovery.WAYBACK}
    existing = {name: {*columns} for name, columns in tables(schema).items()}
    for table, column in HELD:
        assert column in existing[table], (table, column)
        for language in LANGUAGES:
            with speaking(language):
                assert all(means for _, means in words_held(table, column)), (table, column)


def test_nothing_is_described_that_does_not_exist(schema: sqlite3.Connection) -> None:
    existing = tables(schema)
    for name, entry in ARCHIVE["tables"].items():
        assert name in existing, f"metadata.yaml describes {name}, which the schema lacks"
        named = {*entry.get("facets", ()), *entry.get("columns", ())}
        named |= {entry[key] for key in ("sort", "sort_desc", "label_column") if key in entry}
        assert named <= {*existing[name]}, name


async def test_what_is_described_as_a_time_is_shown_as_one(tmp_path: Path) -> None:
    described = (entry.get("columns", {}) for entry in ARCHIVE["tables"].values())
    told = {
        name for columns in described for name, said in columns.items() if "(UTC)" in said["vi"]
    }
    times = sorted(told - {"day"})
    assert {"at", "since", "until", "from", "learnt_at"} < {*times}
    sql = "SELECT " + ", ".join(f"'2021-06-14T20:30:00Z' AS [{name}]" for name in times)
    async with opened(build_archive(tmp_path / "archive.db")) as room:
        shown = (await room.client.get(f"/archive?{urlencode({'sql': sql})}")).text
    assert shown.count(">15/06/2021 03:30</time>") == len(times)


def test_every_query_says_what_it_is_for() -> None:
    for name, query in ARCHIVE["queries"].items():
        assert query["title"], name
        description = query.get("description") or query.get("description_html")
        assert description, name
        parameters = set(re.findall(r":(\w+)", re.sub(r"'[^']*'", "", query["sql"])))
        assert parameters == set(query.get("params", ())), name
        for language in LANGUAGES:
            for parameter in parameters:
                assert f"<code>{parameter}</code>" in description[language], (name, parameter)


def test_the_articles_have_their_facets_and_their_index() -> None:
    articles = ARCHIVE["tables"]["articles"]
    assert articles["facets"] == ["site", "year", "category"]
    assert (articles["fts_table"], articles["fts_pk"]) == ("articles_fts", "id")
    assert articles["sort_desc"] == "published_at"
