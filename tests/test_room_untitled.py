"""An article to which its portal gave no title is shown by its first words, which say that they are
none; what is withheld has neither."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from crawler.text.shown import called
from tests.room_sample import PERSIMMON_ID, build_archive, with_originals
from tests.room_sample import opened as opened_room
from tests.test_room_pages import get, text_of

MARK = "(không tiêu đề) "


@pytest.mark.parametrize(
    ("title", "lead", "body", "expected"),
    [
        ("Chợ phiên", None, "Chợ họp sớm.", "Chợ phiên"),
        ("", None, "Chợ họp\n\nsớm.", f"{MARK}Chợ họp sớm."),
        ("", "Tóm tắt.", "Chợ họp sớm.", f"{MARK}Tóm tắt. Chợ họp sớm."),
        ("", None, "một " * 20, f"{MARK}{' '.join(['một'] * 12)}…"),
        ("", None, "", "(không tiêu đề)"),
        ("", None, None, ""),  # withheld
        (None, None, None, None),  # no article at all
    ],
)
def test_what_it_is_called(
    title: str | None, lead: str | None, body: str | None, expected: str | None
) -> None:
    assert called(title, lead, body) == expected


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Datasette]:
    path = with_originals(build_archive(tmp_path / "archive.db"))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE articles SET title = ''")
        db.execute("UPDATE revisions SET title = ''")
    async with opened_room(path) as room:
        yield room


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/archive/articles",
        "/archive/articles?_col=title",
        "/archive/revisions",
        f"/archive/articles/{PERSIMMON_ID}",
        f"/archive/revisions/{PERSIMMON_ID},1",
        "/search?q=hong",
    ],
)
async def test_it_is_named_wherever_it_is_listed(room: Datasette, path: str) -> None:
    html = await get(room, path)
    assert MARK in (Page(html).text() or ""), path
    assert "(bài đang được ẩn)" not in html


async def test_its_page_is_headed_by_them(room: Datasette) -> None:
    page = Page(await get(room, f"/archive/articles/{PERSIMMON_ID}"))
    assert text_of(page, "h1").startswith(MARK)
    assert MARK in text_of(page, "#citation")
