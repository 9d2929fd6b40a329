"""What is kept, as the reading room tells of it: captures, quarantine, pictures, documents."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from crawler.vocabulary import Confidence, Flag, MediaState, Source, State, Trade
from crawler.vocabulary.sentences import StandIn
from crawler.vocabulary.words import both, both_at_length
from reading_room.articles.story import confidence
from reading_room.language import speaking
from reading_room.plugins.captures import NOTED, flags, show_bytes
from tests.room_sample import (
    HOSTILE,
    PERSIMMON,
    PERSIMMON_ID,
    build_archive,
    opened,
    with_originals,
)
from tests.test_room_pages import article, get, mark, one, text_of

SCHOOL_ID, ROAD_ID = 1, 2
GAMBLING = both_at_length(Trade.GAMBLING)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return with_originals(build_archive(tmp_path / "archive.db"))


@pytest.fixture
async def room(path: Path) -> AsyncIterator[Datasette]:
    async with opened(path) as room:
        yield room


def states(path: Path, table: str, column: str) -> set[str]:
    """Return the values that the schema allows."""
    with closing(sqlite3.connect(path)) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    found = re.search(rf"{column} IN \((.*?)\)", sql, re.DOTALL)
    assert found is not None
    return {*re.findall(r"'(\w+)'", found[1])}


def test_every_word_of_the_archive_is_said_in_words(path: Path) -> None:
    assert {*NOTED} < {*Flag}
    assert [confidence(sure) for sure in (None, *Confidence)].count(None) == 1
    assert states(path, "captures", "source") == {*Source}
    assert states(path, "media", "state") == {*MediaState}
    assert states(path, "urls", "state") == {*State}
    assert flags("spam <b>") == [both(Flag.SPAM), ("<b>", "<b>")]
    assert flags(None) == []


@pytest.mark.parametrize("trade", Trade)
def test_spam_is_called_what_it_sells(trade: Trade) -> None:
    reason = StandIn.SPAM.of(trade=trade, words="viagra")
    assert flags("spam", reason) == [both_at_length(trade)]
    assert flags("closed", reason) == [both(Flag.CLOSED)]
    assert "cờ bạc" in both_at_length(Trade.GAMBLING).vi
    for other in {*Trade} - {Trade.GAMBLING}:
        told = both_at_length(other)
        assert "cờ bạc" not in told.vi
        assert "gambling" not in told.en


async def test_pages_name_the_trade_of_spam(path: Path) -> None:
    mark(path, "UPDATE problems SET message = 'loan spam: vay nóng' WHERE kind = 'quarantine'")
    loan = both_at_length(Trade.LOANS)
    async with opened(path) as room:
        article = await room.client.get("/a/1", follow_redirects=True)
        assert loan.vi in article.text
        cookies = {"language": "en"}
        article = await room.client.get("/a/1", cookies=cookies, follow_redirects=True)
        assert loan.en in article.text
        for shown in ("/captures/7", "/coverage/chodon"):
            told = " ".join(Page(await get(room, shown)).css_first("main").text().split())
            assert loan.vi in told, shown
            assert "cờ bạc" not in told, shown
        portal = await room.client.get("/coverage/chodon", cookies=cookies)
        assert loan.en in " ".join(Page(portal.text).css_first("main").text().split())


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, ""), (0, "0 byte"), (999, "999 byte"), (1000, "1,0 kB"), (58_321, "58,3 kB"),
        (999_499, "999 kB"), (999_500, "1,0 MB"), (123_456_789, "123 MB"), (5 * 10**13, "50,0 TB"),
    ],
)  # fmt: skip
def test_sizes_as_people_write_them(size: int | None, shown: str) -> None:
    assert show_bytes(size) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (58_321, "58.3 kB")],
)
def test_sizes_as_people_write_them_in_english(size: int, shown: str) -> None:
    with speaking("en"):
        assert show_bytes(size) == shown


async def test_a_capture_is_of_a_revision_and_says_why_it_was_set_aside(room: Datasette) -> None:
    cookies = {"language": "en"}
    shown = await room.client.get("/captures/2", cookies=cookies)
    assert "(revision 2)" in " ".join(Page(shown.text).css_first("main").text().split())
    shown = await room.client.get("/captures/7", cookies=cookies)
    notice = " ".join(Page(shown.text).css_first(".notice").text().split())
    assert "not shown as an article. (gambling spam: nhà cái, nổ hũ) If it is" in notice


async def test_an_article_says_what_is_kept_of_it(room: Datasette) -> None:
    kept = [
        " ".join(line.text().split())
        for line in (await article(room, PERSIMMON_ID)).css(".captures li")
    ]
    assert kept == [
        "bản chụp 6 · 15/08/2025 09:00 · lấy từ chính cổng · 1,3 kB · bài được đọc từ đây",
        "bản chụp 2 · 02/07/2025 08:00 · lấy từ chính cổng · 1,2 kB",
        "bản chụp 5 · 01/04/2024 12:30 · nhập từ tệp lưu trữ · 1,2 kB",
    ]
    assert not (await article(room, ROAD_ID)).css(".captures")


async def test_only_the_newest_captures_are_named(path: Path) -> None:
    mark(path, f"UPDATE captures SET url = '{PERSIMMON}'")
    async with opened(path) as room:
        page = await article(room, PERSIMMON_ID)
        assert len(page.css(".captures li")) == 5
        link = one(page, ".captures + a")
        assert link.text() == "Xem cả 8 bản chụp"
        assert "bản chụp" in await get(room, "/captures/1")
        rows = await get(room, str(link.attributes["href"]))
        assert len(Page(rows).css("td.col-capture_id a")) == 8


async def test_the_evidence_of_a_date(path: Path) -> None:
    async with opened(path) as room:
        page = await article(room, PERSIMMON_ID)
        told = text_of(page, ".provenance:not(.history)")
        assert "07/03/2024 09:15 (chắc: ghi cho máy đọc hoặc có nhãn rõ ràng)" in told
        assert "đọc theo JSON-LD NewsArticle datePublished" in told
        assert "Ban Biên tập · Nguồn: Báo Bắc Kạn" in text_of(page, ".dateline")
        assert "không chắc" not in text_of(page, ".dateline")
    mark(path, "UPDATE articles SET published_confidence = 'low'")
    async with opened(path) as room:
        assert "(ngày không chắc)" in text_of(await article(room, PERSIMMON_ID), ".dateline")


async def test_a_quarantined_newer_capture_is_told_of(path: Path) -> None:
    async with opened(path) as room:
        page = await article(room, SCHOOL_ID)
        notice = text_of(page, ".notice")
        assert notice.startswith("Ngày 15/08/2025 địa chỉ này của cổng trả về một trang khác")
        assert GAMBLING.vi in notice
        assert "nhà cái, nổ hũ" in notice
        assert one(page, ".notice a").attributes["href"] == "/captures/7"
        assert "Lễ khai giảng" in text_of(page, ".text")
        assert not (await article(room, PERSIMMON_ID)).css(".notice")
    mark(path, "UPDATE articles SET last_seen_at = '2025-09-01T00:00:00Z'")
    async with opened(path) as room:
        assert not (await article(room, SCHOOL_ID)).css(".notice"), "the portal is itself again"


async def test_a_capture_is_told_of_in_words(room: Datasette) -> None:
    page = Page(await get(room, "/captures/5"))
    told = text_of(page, ".record")
    assert text_of(page, "h1") == "Bản chụp 5"
    assert PERSIMMON in told
    assert both(Source.IMPORT).vi in told
    assert re.search(r"chodon/chodon-\d+-00001\.warc\.zst trong thư mục captures, từ byte", told)
    assert "sau: bản chụp 2, 02/07/2025 08:00" in told
    assert "Xem cả 3 bản chụp" in told
    assert [a.attributes["href"] for a in page.css('.record a[href^="/a/"]')] == ["/a/6/1"]
    assert not page.css(".notice")
    for link in page.css(".record a, .record iframe"):
        path = str(link.attributes.get("href") or link.attributes["src"])
        if path.startswith("/"):
            assert (await room.client.get(path, follow_redirects=True)).status_code == 200, path
    assert "image/jpeg, 4 byte" in await get(room, "/captures/3")
    await get(room, "/captures/99", 404)
    english = await room.client.get("/captures/5", headers={"accept-language": "en"})
    assert re.search(r"as received on .*2024.* \(Viet Nam time\)", english.text)
    assert "1.2 kB" in english.text


async def test_the_page_of_a_capture_is_met_where_the_table_has_it(room: Datasette) -> None:
    moved = await room.client.get("/archive/captures/5")
    assert (moved.status_code, moved.headers["location"]) == (301, "/captures/5")
    (row,) = (await room.client.get("/archive/captures/5.json?_shape=array")).json()
    assert row["url"] == PERSIMMON


async def test_a_capture_that_is_not_shown_says_why_and_what_to_do(path: Path) -> None:
    async with opened(path) as room:
        notice = text_of(Page(await get(room, "/captures/7")), ".notice")
        assert "tinhuyen accept 7" in notice
        assert "nhà cái, nổ hũ" in notice
        behind = Page(await get(room, "/captures/7")).css_first(".record details")
        assert behind is not None
        assert behind.css_first("iframe") is not None
        assert "Trong khung này" in behind.text()
        hostile = Page(await get(room, "/captures/8"))
        assert HOSTILE in text_of(hostile, ".notice")
        assert not hostile.css("main script, main b, main img")
    mark(path, "UPDATE captures SET flags = 'spam accepted' WHERE id = 7")
    async with opened(path) as room:
        notice = text_of(Page(await get(room, "/captures/7")), ".notice")
        assert "Đã có người xem và chấp nhận" in notice
        assert "tinhuyen accept" not in notice


async def test_revisits_and_further_pages_name_the_other_capture(path: Path) -> None:
    mark(path, "UPDATE captures SET refers_to = 2 WHERE id = 6")
    mark(path, "UPDATE captures SET part_of = 2 WHERE id = 5")
    async with opened(path) as room:
        assert "nằm trong bản chụp 2" in text_of(Page(await get(room, "/captures/6")), ".record")
        assert "bắt đầu ở bản chụp 2" in text_of(Page(await get(room, "/captures/5")), ".record")
        assert "Các trang tiếp: bản chụp 5" in text_of(
            Page(await get(room, "/captures/2")), ".record"
        )
        assert "y như bản chụp 2" in text_of(await article(room, PERSIMMON_ID), ".captures")


async def test_no_byte_that_was_fetched_is_in_a_page_of_ours(room: Datasette) -> None:
    for page in ("/captures/7", "/archive/captures/7.json", "/archive/captures"):
        assert "alert(22)" not in await get(room, page)


async def test_a_picture_that_is_kept_says_where(room: Datasette) -> None:
    page = await article(room, SCHOOL_ID)
    kept, bad = page.css("figure .lost")
    assert "Kho có giữ hình này" in kept.text()
    assert "Bản chụp 3" in kept.text()
    assert "hidden" in kept.attributes, "until it is known that it does not load"
    assert "bản chụp" not in bad.text()
    (shown,) = page.css("figure img")
    assert str(shown.attributes["src"]).startswith("/media/3/")


async def test_documents_lead_to_all_articles_that_cite_them(room: Datasette) -> None:
    links = (await article(room, PERSIMMON_ID)).css(".files a[href^='/documents/']")
    assert [link.text() for link in links] == ["Đề án 06-ĐA/TU", "Nghị định 30/2020/NĐ-CP"]
    page = Page(await followed(room, str(links[0].attributes["href"])))
    assert text_of(page, "h1") == "Đề án 06-ĐA/TU"
    assert "Tỉnh ủy Bắc Kạn" in text_of(page, ".facts")
    assert text_of(page, ".found") == "1 bài"
    named = (await room.client.get(f"/a/{PERSIMMON_ID}")).headers["location"]
    assert one(page, ".results a").attributes["href"] == named
    assert "Cổng thông tin điện tử huyện Chợ Đồn" in text_of(page, ".results .dateline")
    asked = "/archive/articles_citing?document=<script>alert(23)</script>"
    none = Page(await followed(room, asked))
    told = "Không có bài nào dẫn văn bản tên là <script>alert(23)</script>"
    assert told in text_of(none, ".found")
    assert "Không có bài nào" not in await followed(room, "/archive/articles_citing")
    cited = Page(await get(room, "/archive/documents_most_cited"))
    for cell in cited.css("td.col-key a"):
        assert "1 bài" in await get(room, str(cell.attributes["href"]))


async def followed(room: Datasette, path: str) -> str:
    """Return the page to which an address leads in the end."""
    response = await room.client.get(path, follow_redirects=True)
    assert response.status_code == 200, path
    text: str = response.text
    return text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("changed_lately", 1),
        ("changed_lately?site=nalang", 0),
        ("documents_most_cited", 2),
        ("documents_most_cited?site=chodon", 2),
        ("documents_most_cited?site=nalang", 0),
        ("articles_citing?document=06-ĐA/TU", 1),
        ("articles_citing?document=6-ĐA/TU,+Bắc+Kạn", 1),
        ("articles_citing?document=6-ĐA/TU,+Cao+Bằng", 0),
        ("quarantined", 2),
        ("quarantined?site=nalang", 0),
        (f"captures_of_address?url={PERSIMMON}", 3),
        ("media_not_held", 2),
        ("media_not_held?state=gone", 1),
        ("media_not_held?site=nalang", 0),
        ("dated_against_chain", 1),
        ("kept_by_site", 1),
    ],
)
async def test_canned_queries_answer(room: Datasette, query: str, expected: int) -> None:
    name, _, arguments = query.partition("?")
    rows = (await room.client.get(f"/archive/{name}.json?_shape=array&{arguments}")).json()
    assert len(rows) == expected, rows


async def test_the_page_of_a_portal_tells_what_is_kept(room: Datasette, path: Path) -> None:
    page = Page(await get(room, "/coverage/chodon"))
    (file,) = (path.parent / "captures").rglob("*.warc.zst")
    facts = text_of(page, ".ledger .facts + .facts")
    assert "8 bản chụp, " + show_bytes(file.stat().st_size) in facts
    assert "từ 01/04/2024 đến 15/08/2025" in facts
    assert "2 bản bị giữ lại" in facts
    assert "1 đã lưu; 1 không còn trên cổng; 1 ở máy chủ khác" in facts
    aside = page.css("#giu-lai ~ .gaps li")
    assert len(aside) == 2
    assert GAMBLING.vi in aside[1].text()
    for link in page.css(".facts a, .gaps a"):
        if str(link.attributes["href"]).startswith("/"):
            await get(room, str(link.attributes["href"]))
    data = (await room.client.get("/coverage/chodon.json")).json()
    assert data["kept"]["captures"] == 8
    assert data["kept"]["bytes"] == file.stat().st_size
    assert data["kept"]["media"] == {"elsewhere": 1, "gone": 1, "held": 1}
    assert [row["capture_id"] for row in data["quarantine"]] == [8, 7]
    other = Page(await get(room, "/coverage/nalang"))
    assert "bản chụp" not in text_of(other, ".ledger")


async def test_the_home_page_tells_how_much_is_kept(room: Datasette, path: Path) -> None:
    (file,) = (path.parent / "captures").rglob("*.warc.zst")
    figures = text_of(Page(await get(room, "/")), ".figures")
    assert f"bản chụp trang gốc, {show_bytes(file.stat().st_size)}8" in figures
