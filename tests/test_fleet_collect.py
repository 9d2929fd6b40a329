"""What is told of a collection that could not do all: real merges, without PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from archive import Archive, utc
from archive.search.writing import is_behind
from fleet import collecting
from fleet.collecting import Collected, collect
from fleet.generations import Generation
from fleet.status import Status
from tests.test_archive import KEY
from tests.test_merge_both import Portal
from tests.test_merge_refused import another_byte
from tinhuyen.cli import main

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Noted:
    """A database that keeps what is noted."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    async def write(self, sql: str, values: list[Any]) -> int:
        self.notes.append(values[1])
        return 1


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Portal]:
    """Give what lies in the store of two districts, in the order in which they are brought."""
    portals = {
        "ba": Portal(tmp_path / "ba", ("a", 1, "Một.")),
        "hai": Portal(tmp_path / "hai", ("b", 2, "Hai.")),
    }

    async def behind_of(database: object, identity: str) -> list[Generation]:
        return [Generation(site, 1, "1.json", AT) for site in portals]

    async def restored(database: object, store: str, generation: Generation, to: Path) -> object:
        shutil.copytree(portals[generation.site].db.parent, to)
        return generation

    monkeypatch.setattr(collecting, "behind_of", behind_of)
    monkeypatch.setattr(collecting, "_restored", restored)
    return portals


def collected(db: Path, database: Noted) -> Collected:
    nobody: Any = lambda what, done, total: None  # noqa: E731
    into: Any = database
    return asyncio.run(collect(into, "", db, nobody))


def test_a_district_that_is_damaged_holds_up_no_other(
    held: dict[str, Portal], tmp_path: Path
) -> None:
    another_byte(held["ba"].db)
    database = Noted()
    done = collected(tmp_path / "archive.db", database)
    assert (done.districts, done.new, database.notes) == (1, 1, ["hai"])
    (problem,) = done.problems
    assert problem.startswith("ba: ")
    assert "is damaged" in problem


def test_what_was_collected_is_noted_in_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = Portal(tmp_path / "one", ("a", 1, "Một."))

    async def behind_of(database: object, identity: str) -> list[Generation]:
        return [Generation(KEY, 7, "7.json", AT)]

    async def restored(database: object, store: str, generation: Generation, to: Path) -> object:
        shutil.copytree(portal.db.parent, to)
        return generation

    monkeypatch.setattr(collecting, "behind_of", behind_of)
    monkeypatch.setattr(collecting, "_restored", restored)
    db = tmp_path / "archive.db"
    assert collected(db, Noted()).problems == []
    with Archive.open(db, read_only=True) as archive:
        (row,) = archive.collected.all()
        assert archive.collected.fleet() is None
    assert (row["site"], row["generation"], row["made_at"]) == (KEY, 7, utc(AT))
    assert row["collected_at"] > row["made_at"]


def test_what_is_being_crawled_here_is_a_problem_and_not_another_collection(
    held: dict[str, Portal], tmp_path: Path
) -> None:
    db, database = tmp_path / "archive.db", Noted()
    with FileLock(f"{db}.khuoisao.lock"):
        done = collected(db, database)
    assert (done.districts, len(done.problems), database.notes) == (0, 2, [])
    assert "another crawl or import of 'khuoisao' is running" in done.problems[0]
    assert collected(db, database).districts == 2


def said(db: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Collect into an archive by the command."""

    @asynccontextmanager
    async def opened(dsn: object) -> AsyncIterator[Noted]:
        yield Noted()

    async def require_tables(database: object) -> str:
        return ""

    monkeypatch.setattr("fleet.database.opened", opened)

    async def status_of(database: object, identity: str) -> Status:
        return Status(True, [{"at_work": 2}], {"todo": 3}, 5, 4, 10, 100, [{}], ["ba"])

    monkeypatch.setattr("fleet.schema.require_tables", require_tables)
    monkeypatch.setattr("fleet.status.status_of", status_of)
    return CliRunner().invoke(main, ["fleet", "collect", "--dsn", "x", "--db", str(db)])


def test_the_index_of_search_is_kept_up_though_a_district_is_not_brought(
    held: dict[str, Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_byte(held["ba"].db)
    db = tmp_path / "archive.db"
    done = said(db, monkeypatch)
    assert (done.exit_code, "1 districts brought up" in done.stdout) == (1, True), done.output
    assert not is_behind(db)
    with Archive.open(db, read_only=True) as archive:
        state = archive.collected.fleet()
    assert state is not None
    assert [*state.values()][2:] == [1, 2, 1, 3, 5, 4, 1, 1], "how the fleet was is noted, too"


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
