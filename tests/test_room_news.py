"""What is new since a reader was here."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from archive.codes import code_of
from crawler.text.addresses import urlkey
from reading_room.plugins.news import remembered
from tests.room_sample import PERSIMMON, build_archive, with_originals
from tests.room_sample import opened as opened_room
from tests.test_old_archives import NAMES, unpacked
from tests.test_room_pages import CODES, get, text_of

CODE = code_of("chodon", urlkey(PERSIMMON))
JOINED, WITHDRAWN = "aaaaaaaaaaaa2", "aaaaaaaaaaaa3"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = with_originals(build_archive(tmp_path_factory.mktemp("news") / "archive.db"))
    with closing(sqlite3.connect(path)) as db, db:
        (last,) = db.execute("SELECT value FROM counters").fetchone()
        aliases = [(JOINED, CODES[0], last + 1), (WITHDRAWN, None, last + 2)]
        db.executemany("INSERT INTO aliases (code, leads_to, changed) VALUES (?, ?, ?)", aliases)
        db.execute("UPDATE counters SET value = ?", [last + 2])
    return path


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    async with opened_room(archive) as room:
        yield room


@pytest.mark.parametrize(
    ("cookie", "number"),
    [
        *(("read=17", 17), ("language=vi; read=17", 17), ("read=", 0), ("read=-1", 0)),
        *(("", 0), ("read=1e9", 0), ("read=99999999999999999999", 0), ("re ad=1;;=", 0)),
    ],
)
def test_what_a_browser_remembers(cookie: str, number: int) -> None:
    assert remembered(cookie) == number


async def test_the_last_changes_are_in_front_and_lead_on(room: Datasette) -> None:
    page = Page(await get(room, "/new"))
    withdrawn, joined, edited, *others = page.css(".results li")
    assert withdrawn.css_first("h2").text() == WITHDRAWN
    assert not withdrawn.css("a")
    assert joined.css_first("a").attributes["href"] == f"/a/{CODES[0]}"
    links = [link.attributes["href"] for link in edited.css("a")]
    assert links == [f"/a/{CODE}", "/changes/6/3"]
    assert len(others) == 5
    assert text_of(page, ".found").startswith("8 bài")
    for link in page.css(".content a"):
        await get(room, str(link.attributes["href"]))


async def test_what_was_seen_is_not_shown_again(room: Datasette) -> None:
    page = Page(await get(room, "/new"))
    (seen,) = (link for link in page.css(".hint a") if "/read/" in str(link.attributes["href"]))
    response = await room.client.get(str(seen.attributes["href"]))
    assert response.headers["location"] == "/new"
    cookies = {"read": response.cookies["read"]}
    assert "HttpOnly" in response.headers["set-cookie"]
    again = await room.client.get("/new", cookies=cookies)
    assert "0 bài có thay đổi kể từ lần trước" in again.text
    assert len(Page((await room.client.get("/new?since=0", cookies=cookies)).text).css("h2")) == 8
    last = int(response.cookies["read"])
    since = Page(await get(room, f"/new?since={last - 2}"))
    assert [h2.text().strip() for h2 in since.css("h2")] == [WITHDRAWN, CODES[0]]


@pytest.mark.parametrize("query", ["?since=x", "?since=-1", "?page=99", "?since=9999999999999999"])
async def test_whatever_is_asked_is_answered(room: Datasette, query: str) -> None:
    await get(room, f"/new{query}")


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("0.1-h")])
async def test_an_older_archive_has_no_numbers(name: str, tmp_path: Path) -> None:
    async with opened_room(unpacked(name, tmp_path).db) as room:
        await get(room, "/new", 404)
