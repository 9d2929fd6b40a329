"""What is told of a collection that could not do all: real merges, without PostgreSQL."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from archive import Archive, ArchiveError, Held, utc
from archive.search.writing import is_behind
from fleet import collecting, generations
from fleet.collecting import Collected, behind_of, collect
from fleet.errors import DatabaseError
from fleet.generations import Generation
from fleet.noting import note
from fleet.status import Status
from tests.test_archive import KEY
from tests.test_merge_both import Portal, rows
from tests.test_merge_refused import another_byte
from tinhuyen.cli import main

AT = datetime(2026, 1, 1, tzinfo=UTC)


DATABASE: Any = None
"""What is asked of PostgreSQL is answered by `a_fleet`."""


def a_fleet(
    portals: dict[str, Portal], monkeypatch: pytest.MonkeyPatch, number: int = 1, at: datetime = AT
) -> None:
    """Have a fleet whose districts have these archives, as generations of a number and time."""

    async def all_newest(database: object) -> list[Generation]:
        return [Generation(site, number, f"{number}.json", at) for site in portals]

    async def restored(database: object, store: str, generation: Generation, to: Path) -> object:
        shutil.copytree(portals[generation.site].db.parent, to)
        return generation

    monkeypatch.setattr(generations, "all_newest", all_newest)
    monkeypatch.setattr(collecting, "_restored", restored)


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Portal]:
    """Give what lies in the store of two districts, in the order in which they are brought."""
    portals = {
        "ba": Portal(tmp_path / "ba", ("a", 1, "Một.")),
        "hai": Portal(tmp_path / "hai", ("b", 2, "Hai.")),
    }
    a_fleet(portals, monkeypatch)
    return portals


def collected(db: Path) -> Collected:
    return asyncio.run(collect(DATABASE, "", db, lambda what, done, total: None))


def behind(db: Path) -> list[str]:
    with Archive.open(db, read_only=True) as archive:
        found = asyncio.run(behind_of(DATABASE, archive.collected.held()))
    return [each.site for each in found]


def test_a_district_that_is_damaged_holds_up_no_other(
    held: dict[str, Portal], tmp_path: Path
) -> None:
    another_byte(held["ba"].db)
    done = collected(tmp_path / "archive.db")
    assert (done.districts, done.new) == (1, 1)
    (problem,) = done.problems
    assert problem.startswith("ba: ")
    assert "is damaged" in problem


def test_what_was_collected_is_noted_in_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_fleet({KEY: Portal(tmp_path / "one", ("a", 1, "Một."))}, monkeypatch, 7)
    db = tmp_path / "archive.db"
    assert collected(db).problems == []
    (row,) = rows(db, "SELECT site, generation, made_at, collected_at > made_at FROM collections")
    assert row == (KEY, 7, utc(AT), True)
    assert not rows(db, "SELECT * FROM fleets")
    assert collected(db).districts == 0


def test_an_archive_that_was_restored_from_a_backup_is_told_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal(tmp_path / "one", ("a", 1, "Một."))
    a_fleet({KEY: portal}, monkeypatch, 1)
    db = tmp_path / "served" / "archive.db"
    db.parent.mkdir()
    assert collected(db).new == 1
    shutil.copytree(db.parent, tmp_path / "backup")
    portal.see(("b", 2, "Hai."))
    a_fleet({KEY: portal}, monkeypatch, 2)
    assert collected(db).new == 1
    assert behind(db) == []
    shutil.rmtree(db.parent)
    shutil.copytree(tmp_path / "backup", db.parent)
    assert behind(db) == [KEY]
    assert collected(db).new == 1
    assert rows(db, "SELECT count(*) FROM articles") == [(2,)]


def test_a_generation_of_the_same_number_of_a_fleet_that_began_anew_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_fleet({KEY: Portal(tmp_path / "one", ("a", 1, "Một."))}, monkeypatch)
    db = tmp_path / "archive.db"
    assert collected(db).new == 1
    a_fleet(
        {KEY: Portal(tmp_path / "other", ("b", 2, "Hai."))}, monkeypatch, at=AT + timedelta(hours=1)
    )
    assert behind(db) == [KEY]
    assert collected(db).new == 1
    assert behind(db) == []


def test_what_is_being_crawled_here_is_a_problem_and_not_another_collection(
    held: dict[str, Portal], tmp_path: Path
) -> None:
    db = tmp_path / "archive.db"
    with FileLock(f"{db}.khuoisao.lock"):
        done = collected(db)
    assert (done.districts, len(done.problems)) == (0, 2)
    assert "another crawl or import of 'khuoisao' is running" in done.problems[0]
    assert not rows(db, "SELECT * FROM collections")
    assert collected(db).districts == 2


STATUS = Status(
    draining=True,
    workers=[
        {"name": "o-day", "host": "may", "slots": 4, "at_work": 2, "silent_for": 9.0},
        {"name": "bi-giet", "host": "may", "slots": 4, "at_work": 1, "silent_for": 86_400.0},
    ],
    jobs={"todo": 3}, districts=5, held=4, articles=10, bytes=100, behind=["ba"],
    failing=[{"site": "ba", "failures": 1, "told": "x"}],
)  # fmt: skip
"""Of a fleet of which one worker was killed a day ago."""


@pytest.mark.parametrize("place", ["khong-co/archive.db", "file", "."])
def test_what_can_be_no_archive_leaves_nothing(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"no archive")
    with pytest.raises(ArchiveError):
        collected(tmp_path / place)
    assert [*tmp_path.rglob("*")] == [tmp_path / "file"]


def said(
    db: Path, monkeypatch: pytest.MonkeyPatch, *options: str, status: Status | None = STATUS
) -> Result:
    """Collect into an archive by the command, from a fleet that is so when all is collected; of
    None PostgreSQL is gone by then.
    """

    @asynccontextmanager
    async def opened(dsn: object) -> AsyncIterator[None]:
        yield

    async def require_tables(database: object) -> str:
        return ""

    monkeypatch.setattr("fleet.database.opened", opened)
    monkeypatch.setattr("fleet.schema.require_tables", require_tables)

    async def status_of(database: object, held: Held) -> Status:
        if status is None:
            raise DatabaseError("PostgreSQL is gone")
        return status

    monkeypatch.setattr("fleet.status.status_of", status_of)
    words = ["fleet", "collect", "--dsn", "x", "--db", str(db), *options]
    return CliRunner().invoke(main, words)


def test_the_index_of_search_is_kept_up_though_a_district_is_not_brought(
    held: dict[str, Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_byte(held["ba"].db)
    db = tmp_path / "archive.db"
    done = said(db, monkeypatch)
    assert (done.exit_code, "1 districts brought up" in done.stdout) == (1, True), done.output
    assert not is_behind(db)
    (state,) = rows(db, "SELECT * FROM fleets")
    assert state[2:] == (1, 2, 1, 3, 5, 4, 1, 1), "how the fleet was is noted, too"


def test_what_was_collected_is_told_though_postgresql_goes_away_then(
    held: dict[str, Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = tmp_path / "archive.db"
    done = said(db, monkeypatch, "--json", status=None)
    assert (done.exit_code, done.stderr) == (1, "Error: PostgreSQL is gone\n")
    assert json.loads(done.stdout)["districts"] == 2


def test_who_was_killed_is_no_worker_that_is_there() -> None:
    first, _, _, *others = STATUS.lines()
    assert first.startswith("1 workers, at work on 2 districts; 1 not heard of for a minute")
    assert "  bi-giet on may: 1 of 4, last heard of 86400 s ago" in others


def test_no_archive_is_said_to_have_all_of_which_nobody_asked(tmp_path: Path) -> None:
    with (
        Archive.open(tmp_path / "archive.db", create=True) as archive,
        pytest.raises(ValueError, match="nothing was asked"),
    ):
        note(archive, replace(STATUS, behind=None))


def test_bytes_of_what_is_hidden_that_are_left_in_the_archive_are_told(
    held: dict[str, Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = tmp_path / "archive.db"
    assert said(db, monkeypatch).exit_code == 0
    held["hai"].hide("b")
    monkeypatch.setattr(
        "archive.withholding.Withholding.clear", lambda self, **patience: False
    )  # as while somebody reads
    done = said(db, monkeypatch)
    assert (done.exit_code, "tinhuyen hide --clear" in done.stderr) == (1, True), done.output


def test_words_of_what_is_hidden_that_are_left_in_the_index_are_told(
    held: dict[str, Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = tmp_path / "archive.db"
    assert said(db, monkeypatch).exit_code == 0
    held["hai"].hide("b")
    monkeypatch.setattr("tinhuyen.indexing.keep_up", lambda db, must: None)  # as on a full disk
    done = said(db, monkeypatch)
    assert (done.exit_code, "words of what is hidden may be left" in done.stderr) == (1, True)
