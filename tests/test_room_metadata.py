"""The metadata describes the archive as it is: every table, view, column, query and parameter."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

import reading_room
from crawler.routes import ROUTES
from crawler.vocabulary import (
    Change,
    Confidence,
    Discovery,
    Flag,
    GapState,
    MediaKind,
    MediaState,
    NameAnswer,
    ProblemKind,
    ReadFrom,
    RouteStatus,
    RunOutcome,
    Says,
    Source,
    State,
    Went,
)
from crawler.vocabulary.words import word
from tests.room_sample import build_archive, opened

TECHNICAL = re.compile(r"articles_fts|_sqlite_migrations|sqlite_")
METADATA = yaml.safe_load((Path(reading_room.__file__).parent / "metadata.yaml").read_text("utf-8"))
ARCHIVE: dict[str, Any] = METADATA["databases"]["archive"]
LISTED: Mapping[tuple[str, str], Iterable[StrEnum]] = {
    ("articles", "read_from"): ReadFrom,
    ("articles", "published_confidence"): Confidence,
    ("articles", "change"): [change for change in Change if change.is_of_held],
    ("changes", "change"): Change,
    ("media", "state"): MediaState,
    ("media", "kind"): MediaKind,
    ("revisions", "read_from"): ReadFrom,
    ("captures", "source"): Source,
    ("captures", "flags"): Flag,
    ("quarantine", "flags"): [flag for flag in Flag if flag.is_suspicion],
    ("urls", "found_by"): Discovery,
    ("urls", "state"): State,
    ("routes", "route"): [*ROUTES, Discovery.WAYBACK],
    ("routes", "state"): RouteStatus,
    ("memento_lists", "state"): RouteStatus,
    ("runs", "outcome"): [
        outcome
        for outcome in RunOutcome
        if outcome not in (RunOutcome.LOCKED, RunOutcome.NOT_STARTED)  # which are never stored
    ],
    ("problems", "kind"): ProblemKind,
    ("gaps", "state"): GapState,
    ("successors", "went"): Went,
    ("surveys", "says"): Says,
    ("surveys", "dns"): NameAnswer,
}
"""The columns whose descriptions list the words of a set, and these words."""


def listing(words: Iterable[StrEnum]) -> str:
    """Return the list of words as the description of a column begins with it."""
    return "; ".join(f"{member} {word(member, 'vi')}" for member in words)


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


@pytest.mark.parametrize(("table", "column"), LISTED)
def test_a_column_lists_its_words_as_the_catalogue_has_them(table: str, column: str) -> None:
    told = ARCHIVE["tables"][table]["columns"][column]
    assert told.startswith(listing(LISTED[table, column]) + ". "), listing(LISTED[table, column])


def test_nothing_is_described_that_does_not_exist(schema: sqlite3.Connection) -> None:
    existing = tables(schema)
    for name, entry in ARCHIVE["tables"].items():
        assert name in existing, f"metadata.yaml describes {name}, which the schema lacks"
        named = {*entry.get("facets", ()), *entry.get("columns", ())}
        named |= {entry[key] for key in ("sort", "sort_desc", "label_column") if key in entry}
        assert named <= {*existing[name]}, name


async def test_what_is_described_as_a_time_is_shown_as_one(tmp_path: Path) -> None:
    described = (entry.get("columns", {}) for entry in ARCHIVE["tables"].values())
    told = {name for columns in described for name, said in columns.items() if "(UTC)" in said}
    times = sorted(told - {"day"})
    assert {"at", "since", "until", "from", "learnt_at"} < {*times}
    sql = "SELECT " + ", ".join(f"'2021-06-14T20:30:00Z' AS [{name}]" for name in times)
    async with opened(build_archive(tmp_path / "archive.db")) as room:
        shown = (await room.client.get(f"/archive?{urlencode({'sql': sql})}")).text
    assert shown.count(">15/06/2021 03:30</time>") == len(times)


def test_every_query_says_what_it_is_for() -> None:
    for name, query in ARCHIVE["queries"].items():
        description = query.get("description") or query.get("description_html")
        assert " · " in query["title"], f"{name} has a title in two languages"
        assert description, name
        parameters = set(re.findall(r":(\w+)", re.sub(r"'[^']*'", "", query["sql"])))
        assert parameters == set(query.get("params", ())), name
        for parameter in parameters:
            assert f"<code>{parameter}</code>" in description, f"{name} explains {parameter}"


def test_the_articles_have_their_facets_and_their_index() -> None:
    articles = ARCHIVE["tables"]["articles"]
    assert articles["facets"] == ["site", "year", "category"]
    assert (articles["fts_table"], articles["fts_pk"]) == ("articles_fts", "id")
    assert articles["sort_desc"] == "published_at"
