"""What changed in an article: the pages that show it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from archive.codes import code_of
from crawler.text.addresses import urlkey
from crawler.text.diff import compare
from reading_room.plugins.changes import folded
from tests.room_sample import (
    HOSTILE,
    PERSIMMON,
    PERSIMMON_ID,
    PERSIMMON_TEXT,
    build_archive,
    with_originals,
)
from tests.room_sample import opened as opened_room
from tests.test_room_pages import get, mark, one, text_of


def test_paragraphs_far_from_any_change_are_folded() -> None:
    old = "\n\n".join(f"Đoạn {i}." for i in range(10))
    stretches = folded(compare(old, old.replace("Đoạn 5.", "Đoạn năm.")).paragraphs)
    assert [(is_far, len(paragraphs)) for is_far, paragraphs in stretches] == [
        (True, 4), (False, 3), (True, 3),
    ]  # fmt: skip
    stretches = folded(compare(old, old.replace("Đoạn 2.", "Đoạn hai.")).paragraphs)
    assert [(is_far, len(paragraphs)) for is_far, paragraphs in stretches] == [
        (False, 1), (False, 3), (True, 6),
    ]  # fmt: skip


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Datasette]:
    async with opened_room(with_originals(build_archive(tmp_path / "archive.db"))) as room:
        yield room


async def test_an_article_says_that_it_changed_and_when(room: Datasette) -> None:
    page = Page(await get(room, f"/archive/articles/{PERSIMMON_ID}"))
    assert "đây là bản thứ 3, kho thấy lần đầu ngày 15/08/2025" in text_of(page, ".revised")
    rows = [" ".join(row.text().split()) for row in page.css(".history li")]
    assert rows == [
        "Bản 3 (đang xem) · khác gì bản 2"
        " thấy lần đầu 15/08/2025 09:00 · đổi đoạn mở đầu, toàn văn, tác giả · bản chụp 6",
        "Bản 2 · khác gì bản 1"
        " thấy lần đầu 02/07/2025 08:00 · đổi tiêu đề, toàn văn, ngày đăng · bản chụp 2",
        "Bản 1 thấy lần đầu 01/04/2024 12:30 · nhập từ tệp lưu trữ · bản chụp 5",
    ]
    for link in page.css(".history a, .revised a"):
        await get(room, str(link.attributes["href"]))


async def test_an_article_that_never_changed_has_no_history(room: Datasette) -> None:
    page = Page(await get(room, "/archive/articles/2"))
    assert not page.css(".revised, .history")


async def test_an_earlier_text_is_read_as_it_stood(room: Datasette) -> None:
    page = Page(await get(room, f"/archive/revisions/{PERSIMMON_ID},1"))
    assert text_of(page, "article h1") == "Huyện Chợ Đồn triển khai đề án trồng hồng không hạt"
    assert [p.text() for p in page.css("article .text p")] == [*PERSIMMON_TEXT]
    assert "bản 1" in text_of(page, ".notice")
    assert "không phải bản mới nhất" in text_of(page, ".notice")
    assert "07/03/2024" in text_of(page, ".dateline")
    assert "title" not in one(page, ".dateline time").attributes, "its evidence is not known"
    code = code_of("chodon", urlkey(PERSIMMON))
    assert f"bài {code}, SHA-256 " in text_of(page, "#citation")
    for link in page.css(".notice a, .history a"):
        await get(room, str(link.attributes["href"]))
    data = (await room.client.get(f"/archive/revisions/{PERSIMMON_ID},1.json?_shape=array")).json()
    assert data[0]["body"] == "\n\n".join(PERSIMMON_TEXT)
    await get(room, f"/archive/revisions/{PERSIMMON_ID},3", 404)


async def test_what_changed_is_shown_word_by_word(room: Datasette) -> None:
    page = Page(await get(room, f"/changes/{PERSIMMON_ID}/2"))
    body = one(page, ".changes")
    gone = [node.text() for node in body.css("h2 ~ p del")]
    come = [node.text() for node in body.css("h2 ~ p ins")]
    assert gone == [f"[bỏ: {text}]" for text in ("07/03/2024", "đề án trồng", "50", ",", "15/12")]
    assert come == [
        f"[thêm: {text}]"
        for text in ("07/03/2024 09:15", "Đề án phát triển cây", "60", "và", "20/12")
    ]
    assert "Bỏ 6 chữ, thêm 8 chữ" in text_of(page, ".changes")
    newest = Page(await get(room, f"/changes/{PERSIMMON_ID}/3"))
    assert "[bỏ: Tổ Thông tin] → [thêm: Ban Biên tập]" in text_of(newest, ".changes")
    assert one(newest, "details.unchanged summary").text() == "6 đoạn không đổi"
    for link in (*page.css(".content a"), *newest.css(".content a")):
        await get(room, str(link.attributes["href"]))


async def test_it_is_said_where_texts_were_too_long_to_be_compared_throughout(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Hai bản quá dài và khác nhau quá nhiều"
    assert said not in await get(room, f"/changes/{PERSIMMON_ID}/2")
    monkeypatch.setattr(compare, "__defaults__", (3,))
    assert said in await get(room, f"/changes/{PERSIMMON_ID}/2")


@pytest.mark.parametrize("path", ["6/1", "6/4", "6/0", "1/2", "999/2", "x/2", "6/99999999999"])
async def test_revisions_that_are_not_there(room: Datasette, path: str) -> None:
    await get(room, f"/changes/{path}", 404)


async def test_hostile_words_that_changed_are_words(tmp_path: Path) -> None:
    path = with_originals(build_archive(tmp_path / "archive.db"))
    quoted = HOSTILE.replace("'", "''")
    mark(path, f"UPDATE revisions SET author = '{quoted}', lead = '{quoted}' WHERE revision = 1")
    mark(path, f"UPDATE articles SET body = '{quoted}', title = title || '{quoted}' WHERE id = 6")
    async with opened_room(path) as room:
        for page in ("/changes/6/2", "/changes/6/3", "/archive/revisions/6,1", "/archive/history"):
            html = Page(await get(room, page))
            assert "<script>alert(1)</script>" in text_of(html, "main")
            assert not html.css("main script:not([src]), main img"), page


async def test_titles_in_tables_lead_to_the_text_that_they_name(room: Datasette) -> None:
    for table, expected in {
        "revisions": {"/a/6/1", "/a/6/2"},
        "history?article_id=6": {"/a/6/1", "/a/6/2", "/a/6"},
        "changed_lately": {"/a/6"},
    }.items():  # fmt: skip
        page = Page(await get(room, f"/archive/{table}"))
        found = {str(a.attributes["href"]) for a in page.css("td.col-title a")}
        assert found == expected, table
