"""What is withheld is met by a page that says so, and by nothing else in the reading room."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from archive import Archive
from archive.codes import code_of
from crawler.text.addresses import urlkey
from crawler.vocabulary import Grade
from reading_room.editions import IS_OLD
from tests.room_sample import (
    PERSIMMON,
    PERSIMMON_ID,
    build_archive,
    with_originals,
)
from tests.room_sample import opened as opened_room
from tests.test_room_pages import get, text_of

WORDS = ("hồng không hạt", "hong khong hat")
"""Words of the article and of its earlier texts, and as the index has them."""
REASON = "theo yêu cầu của <b>người được nêu tên</b>"
OUT = [grade for grade in Grade if grade.takes_out]


async def opened(path: Path, grade: Grade, target: str = PERSIMMON) -> AsyncIterator[Datasette]:
    with_originals(build_archive(path / "archive.db"))
    with Archive.open(path / "archive.db") as archive:
        archive.withheld.hide(target, grade, REASON)
        assert archive.withheld.clear()
    async with opened_room(path / "archive.db") as room:
        yield room


@pytest.fixture(params=OUT)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Datasette]:
    async for room in opened(tmp_path, request.param):
        yield room


async def ask(room: Datasette, path: str) -> tuple[int, str]:
    response = await room.client.get(path, follow_redirects=True)
    return response.status_code, response.text


@pytest.mark.parametrize(
    "path",
    [
        f"/archive/articles/{PERSIMMON_ID}",
        f"/archive/revisions/{PERSIMMON_ID},1",
        f"/archive/revisions/{PERSIMMON_ID},2",
        f"/changes/{PERSIMMON_ID}/2",
        "/captures/2",
    ],
)
async def test_its_pages_say_since_when_and_why(room: Datasette, path: str) -> None:
    response = await room.client.get(path)
    assert response.status_code == 451
    assert "default-src 'self'" in response.headers["content-security-policy"]
    page = Page(response.text)
    notice = text_of(page, ".notice")
    assert "Không hiện từ" in notice
    assert "theo yêu cầu của <b>người được nêu tên</b>" in notice
    assert "Mỗi năm huyện trồng mới" not in response.text


async def test_a_program_is_told_the_same(room: Datasette) -> None:
    response = await room.client.get(f"/archive/revisions/{PERSIMMON_ID},1.json")
    assert response.status_code in (404, 451)
    response = await room.client.get(f"/archive/articles/{PERSIMMON_ID}.json?_shape=array")
    (row,) = response.json()
    assert (row["body"], row["body_html"], row["lead"]) == (None, None, None)


PAGES = (
    "/",
    "/archive",
    "/archive/articles",
    "/archive/articles?_search=hong",
    "/archive/articles?_facet=category&_facet=author",
    "/archive/articles.csv?_stream=on",
    "/archive/articles.json?_shape=array&_size=max",
    "/archive/revisions.json?_shape=array",
    "/archive/history.json?_shape=array",
    "/archive/images.json?_shape=array",
    "/archive/citations.json?_shape=array",
    "/archive/tags.json?_shape=array",
    "/archive/media.json?_shape=array",
    "/archive/articles_text.json?_shape=array",
    "/archive/articles_fts.json?_shape=array",
    "/archive/articles_fts_data.json?_shape=array",
    "/archive/withheld",
    "/archive/takedowns",
    "/archive/changes.json?_shape=array",
    "/archive/captures",
    "/search?q=h%E1%BB%93ng+kh%C3%B4ng+h%E1%BA%A1t",
    "/search?q=khai+giang&sort=new",
    "/archive/articles_citing?document=30%2F2020%2FN%C4%90-CP",
    "/archive/undated_articles",
    "/archive/chain_ends",
    "/archive/broken_chains",
    "/archive/longest_articles",
    "/archive/changed_lately",
    "/archive/documents_most_cited",
    "/archive/pictures?caption=hong",
    "/coverage",
    "/coverage/chodon",
    "/coverage/chodon.json",
    "/archive.json?sql=select+*+from+articles+join+history+on+article_id+%3D+id",
)


@pytest.mark.parametrize("grade", OUT)
async def test_no_page_fails_and_none_shows_it(tmp_path: Path, grade: Grade) -> None:
    async for room in opened(tmp_path, grade):
        for path in PAGES:
            status, text = await ask(room, path)
            is_closed = path.startswith("/archive/articles_fts_") and not IS_OLD
            assert status == (403 if is_closed else 200), path
            shown = text.lower().replace("&#34;", '"')
            asked = "q=" in path or "caption=" in path or "_search" in path
            if grade == Grade.ALL and not asked:
                assert not any(word in shown for word in WORDS), path
            assert "Mỗi năm huyện trồng mới" not in text, path
            assert "60 ha" not in text, path
        for number in range(1, 7):
            status, text = await ask(room, f"/archive/articles/{number}")
            assert status in (200, 404, 451), number
            assert "Mỗi năm huyện" not in text
        for number in range(1, 12):
            status, _ = await ask(room, f"/captures/{number}")
            assert status in (200, 404, 451), number


async def test_a_title_that_is_withheld_leads_to_the_page_that_says_so(tmp_path: Path) -> None:
    async for room in opened(tmp_path, Grade.ALL):
        page = Page(await get(room, "/archive/articles"))
        (link,) = (a for a in page.css("td a") if a.text() == "(bài đang được ẩn)")
        assert link.attributes["href"] == f"/a/{code_of('chodon', urlkey(PERSIMMON))}"


@pytest.mark.parametrize("grade", OUT)
async def test_what_stays_is_shown(tmp_path: Path, grade: Grade) -> None:
    path = with_originals(build_archive(tmp_path / "archive.db"))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "UPDATE articles SET category = ?, modified_at = ? WHERE url = ?",
            ["Kinh tế", "2024-03-08T10:00:00+07:00", PERSIMMON],
        )
    with Archive.open(path) as archive:
        archive.withheld.hide(PERSIMMON, grade, REASON)
    async with opened_room(path) as room:
        shown = text_of(Page(await get(room, f"/archive/articles/{PERSIMMON_ID}", 451)), ".story")
    stays = ("Kinh tế", "Ban Biên tập", "Báo Bắc Kạn", "07/03/2024", "08/03/2024")
    assert [words in shown for words in stays] == [grade == Grade.TEXT] * len(stays), shown


async def test_a_mark_is_shown_with_the_article(tmp_path: Path) -> None:
    async for room in opened(tmp_path, Grade.MARKED):
        page = Page(await get(room, f"/archive/articles/{PERSIMMON_ID}"))
        assert REASON in text_of(page, ".notice")
        assert "Mỗi năm huyện trồng mới" in (page.text() or "")
        await get(room, f"/changes/{PERSIMMON_ID}/2")


async def test_captures_of_an_address_without_an_article_are_not_shown(tmp_path: Path) -> None:
    target = "https://chodon.example/<b>bat-thuong</b>/"
    async for room in opened(tmp_path, Grade.ALL, target):
        answers = {number: (await ask(room, f"/captures/{number}"))[0] for number in range(1, 12)}
        assert [*answers.values()].count(451) == 1


async def test_other_pages_stay(room: Datasette) -> None:
    await get(room, "/archive/articles/1")
    status, _ = await ask(room, f"/archive/revisions/{PERSIMMON_ID + 99},1")
    assert status == 404
