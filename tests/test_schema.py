"""The schema and the vocabulary: the same words, in new archives and in older ones."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive import Archive, ArchiveError
from archive.connection import Connection
from archive.flags import carries
from archive.schema import migrations
from archive.views import VIEWS
from crawler.vocabulary import (
    AlarmKind,
    Change,
    Confidence,
    Discovery,
    Flag,
    GapState,
    Grade,
    ImprintKind,
    ListState,
    MediaKind,
    MediaState,
    PlaceKind,
    ProblemKind,
    PushState,
    ReadFrom,
    Recheck,
    Reviewed,
    RouteStatus,
    RunOutcome,
    Says,
    Source,
    State,
)

CHECKED = {
    ("urls", "state"): State,
    ("routes", "state"): RouteStatus,
    ("lists", "state"): ListState,
    ("captures", "source"): Source,
    ("media", "state"): MediaState,
    ("articles", "change"): {change for change in Change if change.is_of_held},
    ("media", "kind"): MediaKind,
    ("imprints", "kind"): ImprintKind,
    ("memento_lists", "state"): RouteStatus,
    ("takedowns", "grade"): Grade,
    ("withheld", "grade"): Grade,
    ("alarms", "kind"): AlarmKind,
    ("pushes", "state"): PushState,
    ("reviews", "verdict"): Reviewed,
    ("places", "kind"): {PlaceKind.COMMUNE, PlaceKind.UNIT},
}
AS_IT_WAS = """found_by TEXT NOT NULL CHECK (found_by IN (
                'seed', 'prev', 'next', 'rest', 'sitemap', 'feed', 'listing', 'id', 'wayback',
                'import'))"""
AN_ADDRESS = """
    INSERT INTO urls (site, url, urlkey, found_by, found_at, state)
    VALUES ('test', ?, ?, ?, '2025-06-30T01:02:03Z', 'waiting')"""


@pytest.fixture
def new(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    Archive.open(tmp_path / "new.db", create=True).close()
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        yield connection


def schema(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def test_each_check_allows_the_words_of_its_set(new: sqlite3.Connection) -> None:
    found = {}
    for table, sql in schema(new).items():
        for column, words in re.findall(r"(\w+) IN \(((?:'[^']*'[,\s]*)+)\)", sql):
            if sql.startswith("CREATE TABLE"):
                found[table, column] = {*re.findall(r"'([^']*)'", words)}
    assert found == {place: {*words} for place, words in CHECKED.items()}


def older_archive(path: Path) -> None:
    """Make an archive as it was before views and ways of discovery had the vocabulary's words."""
    with closing(sqlite3.connect(path)) as connection:
        db = Connection(connection)
        migrations.apply(db, stop_before="name_words_once")
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'found_by TEXT NOT NULL', ?)"
            " WHERE name = 'urls'",
            [AS_IT_WAS],
        )
        db.execute("PRAGMA writable_schema = RESET")
        for name in ("gaps", "coverage"):
            db.execute(f"CREATE VIEW {name} AS SELECT key AS site FROM sites")
        db.execute(
            "INSERT INTO sites (key, name, cms, base_url) VALUES ('test', 'T', 'generic', 'x')"
        )
        db.execute(AN_ADDRESS, ["a", "a", "seed"])
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(AN_ADDRESS, ["b", "b", "oai"])
        connection.commit()


def test_an_older_archive_becomes_as_a_new_one(tmp_path: Path, new: sqlite3.Connection) -> None:
    older_archive(tmp_path / "old.db")
    with Archive.open(tmp_path / "old.db") as archive:
        assert list(archive.damage()) == []
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute(AN_ADDRESS, ["b", "b", "oai"])
        assert connection.execute("SELECT known, waiting FROM coverage").fetchall() == [(2, 2)]
        assert schema(connection) == schema(new)


def test_views_triggers_and_indexes_of_a_reader_outlive_an_update(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    theirs = {
        "my pictures": """CREATE VIEW "my pictures" AS SELECT site, images.url FROM images
            JOIN articles ON articles.id = article_id""",
        "half": "CREATE VIEW half AS SELECT what_is_no_more FROM articles",
        "seen": "CREATE TABLE seen (url TEXT)",
        "see": "CREATE TRIGGER see AFTER INSERT ON media BEGIN "
        "INSERT INTO seen VALUES (NEW.url); END",
        "look": "CREATE TRIGGER look AFTER DELETE ON sites BEGIN "
        "DELETE FROM seen WHERE url IN (SELECT url FROM media); END",
        "by_state": "CREATE INDEX by_state ON media(state, url)",
    }
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(Connection(connection), stop_before="tell_identities")
        for sql in theirs.values():
            connection.execute(sql)
        connection.commit()
    Archive.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        held = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
        assert {name: held.get(name) for name in theirs} == theirs
        assert connection.execute('SELECT count(*) FROM "my pictures"').fetchone() == (0,)
        assert list(Archive.open(path, read_only=True).damage()) == []


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ("CREATE TABLE districts (name TEXT)", "table districts already exists"),
        ("CREATE VIEW districts AS SELECT key FROM sites", "view districts already exists"),
        ("CREATE INDEX sites_by_district ON sites(name)", "sites_by_district already exists"),
    ],
)
def test_a_name_that_is_taken_is_told_and_nothing_is_changed(
    tmp_path: Path, theirs: str, told: str, read_only: bool
) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(Connection(connection), stop_before="know_the_country")
        connection.execute(theirs)
        connection.commit()
        before = schema(connection)
    with pytest.raises(ArchiveError, match=rf"old.db: .*{told}.*rename it"):
        Archive.open(path, read_only=read_only)
    with closing(sqlite3.connect(path)) as connection:
        assert schema(connection) == before


def test_the_ledgers_of_what_is_missing_and_held_count_each_state(new: sqlite3.Connection) -> None:
    columns = [column[0] for column in new.execute("SELECT * FROM coverage").description]
    assert columns[2:9] == [*State]
    named = {*re.findall(r"'(\w+)'", VIEWS["gaps"])}
    assert {*GapState} <= named


@pytest.mark.parametrize("flag", Flag)
@pytest.mark.parametrize("stored", ["", "spam", "lost", "spam accepted", "unread lost", "lostness"])
def test_a_flag_is_found_as_a_word(flag: Flag, stored: str, new: sqlite3.Connection) -> None:
    sql = f"SELECT {carries(flag)} FROM (SELECT ? AS flags) AS captures"
    assert new.execute(sql, [stored]).fetchone() == (int(flag in stored.split()),)


def test_flags_are_matched_in_one_place() -> None:
    root = Path(__file__).parents[1]
    for package in ("archive", "curation", "operation", "reading_room", "tinhuyen", "pipelines"):
        for file in sorted((root / package).rglob("*.py")):
            if file.name != "flags.py":
                assert not re.search(r"flags\b[^\n]*\bLIKE\b", file.read_text("utf-8")), file


COLUMNS = {
    "state": {*State, *GapState, *RouteStatus},
    "prev_state": {*State},
    "recheck": {*Recheck},
    "found_by": {*Discovery},
    "source": {*Source},
    "read_from": {*ReadFrom},
    "outcome": {*RunOutcome},
    "change": {*Change},
    "kind": {*ProblemKind, *MediaKind, *PlaceKind},
    "published_confidence": {*Confidence},
    "says": {*Says},
}
SAID = re.compile(
    rf"\b({'|'.join(COLUMNS)})\s*(?:=|==|!=|<>|(?:NOT )?(?:IN|in))\s*"
    r"""(\((?:\s*'[\w ]*'\s*,?)+\)|'[\w ]+'|(?<=[=!]= )"[\w ]+")"""
)


def places() -> Iterator[tuple[str, str, str]]:
    """Yield where in SQL and templates a column is held against words: file, column, words."""
    root = Path(__file__).parents[1]
    for package in ("archive", "reading_room", "docs"):
        for file in sorted((root / package).rglob("*.*")):
            if file.suffix in (".py", ".html", ".yaml", ".md") and file.stem != "changes":
                for column, words in SAID.findall(file.read_text("utf-8")):
                    yield str(file.relative_to(root)), column, words


def test_what_queries_and_templates_ask_for_are_words_of_the_sets() -> None:
    found = list(places())
    assert len(found) > 20
    for file, column, words in found:
        said = {*re.findall(r"['\"]([\w ]+)['\"]", words)}
        assert said <= COLUMNS[column], f"{file}: {column} is never {said - COLUMNS[column]}"
