"""The trigger that ties loose ends is away while the articles of new sites are added, and is back,
and the schema what it was, whatever becomes of the merge.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive import Archive
from archive.connection import Connection, Parameters
from archive.tables.loose_ends import LooseEnds
from curation.merging import merge
from tests.test_merge_both import faults, rows
from tests.test_merge_kills import KILLED, stopped
from tests.test_merge_many import SITES, country, said, see

ADDING = "INSERT INTO main.articles"
SCHEMA = "SELECT type, name, sql FROM {of}sqlite_master ORDER BY 1, 2"
OTHERS = (
    "CREATE TRIGGER counted AFTER INSERT ON articles BEGIN UPDATE seen SET number = number + 1; END"
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return country(tmp_path_factory.mktemp("source") / "archive.db")


def made(db: Path) -> Path:
    """Make an archive that holds nothing."""
    db.parent.mkdir(exist_ok=True)
    Archive.open(db, create=True).close()
    return db


def schema_of(db: Path) -> list[object]:
    return [*rows(db, SCHEMA.format(of="")), *rows(db, "PRAGMA schema_version")]


def adding(db: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[set[str], list[object]]]:
    """Note, whenever articles are added, which triggers there are for whoever adds them, and what
    the schema is for those who read meanwhile.
    """
    noted: list[tuple[set[str], list[object]]] = []
    execute = Connection.execute

    def executed(
        self: Connection, sql: str, parameters: Parameters | None = None
    ) -> sqlite3.Cursor:
        if ADDING in sql:
            names = execute(self, "SELECT name FROM main.sqlite_master WHERE type = 'trigger'")
            noted.append(({name for (name,) in names}, schema_of(db)))
        return execute(self, sql, parameters)

    monkeypatch.setattr(Connection, "execute", executed)
    return noted


def test_it_is_away_for_new_sites_and_nobody_who_reads_sees_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = made(tmp_path / "archive.db")
    before = schema_of(db)
    noted = adding(db, monkeypatch)
    assert merge(db, source).new == 3 * len(SITES)
    assert [triggers for triggers, _ in noted] == [{"article_deleted", "article_moved"}]
    assert [seen for _, seen in noted] == [before]
    assert schema_of(db) == before, "with its version: else each reader would read it again"
    ends = rows(db, "SELECT count(*) FROM loose_ends")
    assert ends == rows(source, "SELECT count(*) FROM loose_ends") == [(len(SITES),)]
    assert not faults(db)


def test_it_ties_what_is_crawled_afterwards(source: Path, tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    merge(db, source)
    before = rows(db, "SELECT count(*) FROM loose_ends WHERE site = 'hoa'")
    see(db, "hoa", 900, "`")  # the page before "a", which its first article names
    with closing(sqlite3.connect(db)) as connection:
        assert list(LooseEnds(Connection(connection)).faults()) == []
    tied = (
        "SELECT count(*) FROM loose_ends JOIN articles ON id = article_id WHERE url LIKE '%hoa%/a/'"
    )
    assert (before, rows(db, tied)) == ([(1,)], [(0,)])


def test_for_a_site_of_which_something_is_here_it_stays(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = tmp_path / "archive.db"
    see(db, "hoa", 1000, "ad")
    noted = adding(db, monkeypatch)
    merge(db, source)
    assert ["article_added" in triggers for triggers, _ in noted] == [False, True]
    assert not faults(db)


def test_others_triggers_see_each_article(source: Path, tmp_path: Path) -> None:
    db = made(tmp_path / "archive.db")
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("CREATE TABLE seen (number INTEGER)")
        connection.execute("INSERT INTO seen VALUES (0)")
        connection.execute(OTHERS)
    before = schema_of(db)
    merge(db, source)
    assert rows(db, "SELECT number FROM seen") == [(3 * len(SITES),)]
    assert schema_of(db) == before


@pytest.mark.parametrize("at", [ADDING, "CREATE TRIGGER article_added", "main.schema_version ="])
def test_it_is_back_when_a_merge_is_killed_meanwhile(source: Path, tmp_path: Path, at: str) -> None:
    whole, db = made(tmp_path / "whole" / "archive.db"), made(tmp_path / "killed" / "archive.db")
    merge(whole, source)
    before = schema_of(db)
    done = stopped(db, source, at=at)
    assert done.returncode == KILLED, done.stderr
    assert schema_of(db) == before
    assert rows(db, "SELECT count(*) FROM articles") == [(0,)]
    merge(db, source)
    assert said(db) == said(whole)
    assert schema_of(db) == before
    assert not faults(db)
