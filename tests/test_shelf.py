"""What is worked out of a whole archive is worked out once, and never older than it says."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from reading_room.asking import shelf
from reading_room.asking.queries import BusyError
from reading_room.asking.shelf import Shelf
from tests.room_sample import build_archive, opened, with_originals

LONG_AGO = 1_600_000_000
"""When the archive's files were changed last: so that their clocks leave no doubt."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_originals(build_archive(tmp_path_factory.mktemp("derived") / "archive.db"))


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    async with opened(archive) as room:
        for file in archive.parent.glob("archive.db*"):
            os.utime(file, (LONG_AGO, LONG_AGO))
        yield room


def counting() -> tuple[list[int], Callable[[], Awaitable[int]]]:
    """Return work that says how often it was done, and a list that grows with it."""
    done: list[int] = []

    async def work() -> int:
        await asyncio.sleep(0)
        done.append(1)
        return len(done)

    return done, work


def change(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute("UPDATE sites SET note = coalesce(note, '') || 'x'")


async def test_it_is_worked_out_once_for_all_who_ask(room: Datasette) -> None:
    db, kept = room.get_database("archive"), Shelf()
    done, work = counting()
    found = await asyncio.gather(*(kept.get(db, "a", work) for _ in range(5)))
    assert [each.value for each in found] == [1] * 5
    assert (await kept.get(db, "a", work)).value == 1
    assert (await kept.get(db, "b", work)).value == 2, "by another name it is another thing"
    assert len(done) == 2


async def test_of_a_small_archive_only_what_is_so_now_is_shown(
    room: Datasette, archive: Path
) -> None:
    db, kept = room.get_database("archive"), Shelf()
    _, work = counting()
    assert (await kept.get(db, "a", work)).value == 1
    change(archive)
    found = await kept.get(db, "a", work)
    assert (found.value, found.is_current) == (2, True)


async def test_nothing_is_kept_longer_than_the_days_that_it_tells_of(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, kept = room.get_database("archive"), Shelf()
    _, work = counting()
    assert (await kept.get(db, "a", work)).value == 1
    assert (await kept.get(db, "a", work)).value == 1
    monkeypatch.setattr(shelf, "LONGEST", 0.0)
    found = await kept.get(db, "a", work)
    assert (found.value, found.is_current) == (2, True), "nothing was written, but a day went by"


async def test_of_a_large_one_what_was_so_is_shown_with_its_time(
    room: Datasette, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LARGE", 1)
    monkeypatch.setattr(shelf, "_EVERY", 0)
    db, kept = room.get_database("archive"), Shelf()
    done, work = counting()
    first = await kept.get(db, "a", work)
    change(archive)
    behind = await kept.get(db, "a", work)
    assert (behind.value, behind.is_current, behind.at) == (1, False, first.at)
    while len(done) < 2:
        await asyncio.sleep(0)  # it is worked out anew meanwhile
    await asyncio.sleep(0)
    monkeypatch.setattr(shelf, "MOST_BEHIND", -1)
    latest = await kept.get(db, "a", work)
    assert (latest.value > 1, latest.is_current) == (True, True)


async def test_where_the_room_is_too_busy_it_shows_what_it_has(
    room: Datasette, archive: Path
) -> None:
    db, kept = room.get_database("archive"), Shelf()

    async def busy() -> int:
        raise BusyError

    with pytest.raises(BusyError):
        await kept.get(db, "a", busy)
    _, work = counting()
    await kept.get(db, "a", work)
    change(archive)
    found = await kept.get(db, "a", busy)
    assert (found.value, found.is_current) == (1, False)


async def test_who_is_gone_takes_nothing_with_them(room: Datasette) -> None:
    db, kept = room.get_database("archive"), Shelf()
    going_on = asyncio.Event()

    async def work() -> str:
        await going_on.wait()
        return "done"

    gone = asyncio.ensure_future(kept.get(db, "a", work))
    waits = asyncio.ensure_future(kept.get(db, "a", work))
    await asyncio.sleep(0.01)
    gone.cancel()
    going_on.set()
    assert (await waits).value == "done"


@pytest.mark.parametrize(
    "path", ["/coverage", "/documents", "/documents/{key}", "/places", "/places/district/064"]
)
async def test_a_program_is_told_as_readers_are_of_when_it_is(
    room: Datasette, archive: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LARGE", 1)
    first = (await room.client.get("/documents.json")).json()
    path = path.format(key=quote(first["documents"][0]["key"], safe="")) + ".json"
    now = (await room.client.get(path)).json()
    assert "counted_at" not in now
    change(archive)
    earlier = (await room.client.get(path)).json()
    assert datetime.fromisoformat(earlier["counted_at"]) <= datetime.now(UTC)


async def test_the_page_of_all_tables_says_of_when_their_rows_were_counted(
    room: Datasette, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LARGE", 1)
    told = "Figures of "
    english = {"accept-language": "en"}
    assert told not in (await room.client.get("/archive", headers=english)).text
    change(archive)
    assert told in (await room.client.get("/archive", headers=english)).text


@pytest.mark.parametrize("form", ["", ".json"])
async def test_that_nobody_cites_a_document_is_said_of_now(
    room: Datasette, archive: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LARGE", 1)
    key = "99/2031/QH99"
    path = f"/documents/{key}{form}"
    unknown = await room.client.get(path)
    assert unknown.status_code == 404
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute(
            "INSERT INTO citations (article_id, position, number, text, key)"
            " SELECT id, 99, '99', 'số 99', ? FROM articles LIMIT 1",
            [key],
        )
    cited = await room.client.get(path)
    assert cited.status_code == 200
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute("DELETE FROM citations WHERE position = 99")
    assert (await room.client.get(path)).status_code == 404


async def test_what_was_changed_in_the_same_moment_is_not_taken_for_known(
    room: Datasette, archive: Path
) -> None:
    db, kept = room.get_database("archive"), Shelf()
    _, work = counting()
    os.utime(archive)  # just now: another change would leave no other trace
    assert (await kept.get(db, "a", work)).value == 1
    assert (await kept.get(db, "a", work)).value == 2


async def test_a_page_that_cannot_be_had_in_time_says_so(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise BusyError

    monkeypatch.setattr(shelf.Shelf, "get", busy)
    response = await room.client.get("/coverage")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert "Phòng đọc đang quá đông" in response.text
    told = (await room.client.get("/coverage.json")).json()
    assert told["error"] == "The reading room is busy. Try again in a moment."
