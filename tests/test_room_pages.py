"""The pages of the reading room: all of Datasette's, the home page and the article page."""

import os
import re
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page
from selectolax.lexbor import LexborNode as Node

import reading_room
from archive.codes import code_of
from archive.reading import reading_address
from crawler.text.addresses import urlkey
from crawler.text.shown import body_as_html, web_address
from crawler.vocabulary import State
from reading_room.editions import IS_OLD, questions
from reading_room.language import number
from reading_room.plugins.article import why_not_held
from reading_room.plugins.display import show_day, show_hits, show_time
from reading_room.plugins.headers import inline_scripts
from tests.conftest import long
from tests.every_page import PAGES
from tests.room_sample import ARTICLES, HOSTILE, SEEN, SITES, build_archive, opened, with_originals
from tests.test_old_archives import NAMES, unpacked

HOSTILE_ID = 5
CODES = [code_of(str(row.get("site", "chodon")), urlkey(str(row["url"]))) for row in ARTICLES]
"""The codes of the articles of the sample."""
ROOM = Path(reading_room.__file__).parent


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Datasette]:
    async with opened(build_archive(tmp_path / "archive.db")) as room:
        yield room


async def get(room: Datasette, path: str, status: int = 200) -> str:
    response = await room.client.get(path, follow_redirects=True)
    assert response.status_code == status, f"{path}: {response.text[:2000]}"
    text: str = response.text
    return text


async def article(room: Datasette, number: int) -> Page:
    return Page(await get(room, f"/archive/articles/{number}"))


def one(page: Page | Node, selector: str) -> Node:
    node = page.css_first(selector)
    assert node is not None, selector
    return node


def text_of(page: Page, selector: str) -> str:
    return " ".join(one(page, selector).text().split())


async def test_every_page_of_datasette_works(room: Datasette) -> None:
    archive = room.get_database("archive")
    tables = await archive.table_names() + await archive.view_names()
    for table in tables:
        if table.startswith("articles_fts_") and not IS_OLD:  # 1.0 shows none of the index's own
            continue
        for path in (table, f"{table}.json", f"{table}.csv", f"{table}?_labels=on&_size=2"):
            await get(room, f"/archive/{path}")
    for path in ("/", "/archive", "/.json", "/archive.json", "/-/versions", "/-/plugins"):
        await get(room, path)
    for path in ("articles/1", "sites/chodon", "urls/1", "runs/1", "images/1,1", "tags/1"):
        await get(room, f"/archive/{path}")
        await get(room, f"/archive/{path}.json")
    assert '"Cho Don"' in await get(room, "/archive.json?sql=select+fold('Chợ+Đồn')+as+bare")
    await get(room, "/archive/khong-co-bang-nay", 404)
    await get(room, "/archive/articles/999", 404)
    await get(room, "/archive?sql=select+gì+đó", 400)
    await get(room, "/static/reading-room.css")
    await get(room, "/static/reading-room.js")


async def test_the_path_to_a_table_is_told_in_the_readers_language(room: Datasette) -> None:
    for path in ("/archive/articles", "/archive/sites/chodon", "/archive?sql=select+1"):
        links = Page(await get(room, path)).css(".crumbs a")
        assert [link.text() for link in links][:2] == ["Trang chủ", "Dữ liệu"], path
        assert links[1].attributes["href"] == "/archive"


@pytest.mark.parametrize("name", [NAMES[-1], long(NAMES[0])])
async def test_no_page_of_an_archive_of_an_older_version_fails(name: str, tmp_path: Path) -> None:
    """A copy on a disk that cannot be written stays as old as it is."""
    further = ("/api.json", "/status.json", "/places.json", "/documents.json", "/search.csv?q=a")
    async with opened(unpacked(name, tmp_path).db) as room:
        for path in (*PAGES, *further, "/new.atom", "/charts/freshness.svg", "/captures/1/page"):
            response = await room.client.get(path)
            assert response.status_code < 500, (path, response.text)


async def test_a_query_that_takes_too_long_says_so(room: Datasette) -> None:
    page = Page(await get(room, f"/archive?sql={TOO_LONG}&_timelimit=20", 400))
    assert text_of(page, "h1") == "Câu hỏi này mất quá nhiều thời gian"
    assert text_of(page, "h1 + p") == "Hãy hỏi hẹp lại: thêm điều kiện, hoặc bớt bảng."


async def test_an_address_of_no_page_says_nothing_of_databases(room: Datasette) -> None:
    page = Page(await get(room, "/khong-co", 404))
    assert text_of(page, "h1") == "Không tìm thấy trang này"
    assert page.css_first(".message-error") is None


TOO_LONG = "with+recursive+n(i)+as+(select+1+union+all+select+i%2B1+from+n)+select+max(i)+from+n"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/khong-co", 404),
        ("/archive/khong-co-bang-nay", 404),
        ("/archive/articles/999", 404),
        ("/archive/articles/1,2", 404),
        ("/archive/revisions/x", 404),
        ("/archive/revisions/x.json", 404),
        ("/archive/images/1", 404),
        ("/archive/images/1.csv", 404),
        ("/archive/signs/demo", 404),
        ("/archive?sql=select+gì+đó", 400),
        ("/archive.json?sql=select+gì+đó", 400),
        ("/archive/articles?_where=gì+đó", 400),
        ("/archive/articles?_size=x", 400),
        ("/archive/articles?_sort=x", 400),
        (f"/archive?_timelimit=20&sql={TOO_LONG}", 400),
        (f"/archive.csv?_timelimit=20&sql={TOO_LONG}", 400),
    ],
)
async def test_a_visitors_mistake_is_answered_without_a_traceback(
    room: Datasette, capfd: pytest.CaptureFixture[str], path: str, status: int
) -> None:
    await get(room, path, status)
    out, err = capfd.readouterr()
    assert out == ""
    # Datasette tells of faulty SQL itself, in one line.
    assert [line for line in err.splitlines() if not line.startswith("ERROR: conn=")] == []


async def test_an_unexpected_error_is_one_line_on_the_terminal(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive.db")
    script = f"""
import asyncio
from pathlib import Path
from tests.room_sample import opened
from datasette.views.special import JsonDataView

async def broken(*_):
    raise ValueError("hỏng\\nrồi")

async def main():
    JsonDataView.get = broken
    async with opened(Path({str(path)!r})) as room:
        response = await room.client.get("/-/versions")
        assert (response.status_code, "Có lỗi (500)" in response.text) == (500, True)

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOM.parent,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert re.fullmatch(r"/-/versions: ValueError: hỏng rồi \(.+:\d+\)\n", done.stderr), done.stderr


@pytest.fixture
def preserved(tmp_path: Path) -> Iterator[Path]:
    """An archive that may be read only, in a folder that may be read only."""
    folder = tmp_path / "bản lưu 50%#1"
    folder.mkdir()
    path = build_archive(folder / "archive.db")
    path.chmod(0o444)
    folder.chmod(0o555)
    yield path
    folder.chmod(0o755)


async def test_a_preservation_copy_is_opened_without_writing_beside_it(
    preserved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.access(preserved.parent, os.W_OK):  # to root nothing is forbidden
        monkeypatch.setattr("os.access", lambda *_: False)
    assert reading_address(preserved).endswith("50%25%231/archive.db?immutable=1")
    async with opened(preserved) as room:
        assert "1 bài" in await get(room, "/search?q=cho+don")
        assert [file.name for file in preserved.parent.iterdir()] == ["archive.db"]


def test_what_another_writes_beside_the_archive_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    wal, shm = tmp_path / "archive.db-wal", tmp_path / "archive.db-shm"
    assert reading_address(path).endswith("/archive.db?mode=ro")
    monkeypatch.setattr("os.access", lambda *_: False)
    wal.touch()
    assert reading_address(path).endswith("/archive.db?immutable=1")
    wal.write_bytes(b"articles")
    assert reading_address(path).endswith("/archive.db?mode=ro")
    wal.unlink()
    shm.touch()
    assert reading_address(path).endswith("/archive.db?mode=ro")


async def test_every_canned_query_runs(room: Datasette) -> None:
    for name, _ in await questions(room, None):
        page = await room.client.get(f"/archive/{name}", follow_redirects=True)
        assert page.status_code == 200, name
        assert "message-error" not in page.text, name
        await get(room, f"/archive/{name}.json?_shape=array")
        await get(room, f"/archive/{name}.csv")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("articles_of_day?day=2021-09-05", 1),
        ("articles_of_day?day=2021-09", 1),
        ("articles_of_day?day=2021&site=nalang", 0),
        ("articles_per_month", 4),
        ("articles_per_month?site=nalang", 1),
        ("who_wrote_most", 3),
        ("categories", 4),
        ("most_used_tags", 4),
        ("articles_with_tag?tag=giao+thông", 1),
        ("longest_articles", 5),
        ("articles_naming_document?number=30/2020/NĐ-CP", 1),
        ('articles_naming_document?number="30/2020', 1),
        ("articles_naming_document?number=99/2020/NĐ-CP", 0),
        ("undated_articles", 1),
        ("chain_ends", 6),
        ("broken_chains", 2),
        ("broken_chains?site=chodon", 1),
        ("pictures?caption=hoc+sinh", 1),
        ("pictures?caption=HỌC+SINH", 1),
        ("pictures?caption=100%25", 0),
        ("attached_files", 2),
        ("attached_files?kind=pdf", 1),
        ("not_held", 3),
        ("not_held?site=chodon&state=gone", 1),
        ("not_held?state=broken", 1),
        ("ledger", 2),
        ("tombstones", 0),
        ("first_seen_lately?days=36500", 5),
        ("latest_crawls", 2),
    ],
)
async def test_canned_queries_answer(room: Datasette, query: str, expected: int) -> None:
    name, _, arguments = query.partition("?")
    response = await room.client.get(f"/archive/{name}.json?_shape=array&{arguments}")
    rows = response.json()
    assert len(rows) == expected, rows


async def test_the_home_page_shows_what_the_archive_holds(room: Datasette) -> None:
    page = Page(await get(room, "/"))
    assert one(page, "html").attributes["lang"] == "vi"
    assert text_of(page, "h1") == "Tin Huyện"
    figures = [" ".join(node.text().split()) for node in page.css(".figures dd")]
    assert figures == ["5", "2", "2021–2024"]
    assert len(page.css(".results li")) == 4
    assert one(page, ".search-form").attributes["action"] == "/search"
    years = page.css("#chart-years + figure tbody a")
    assert [year.text() for year in years] == ["2024", "2023", "2022", "2021"]
    assert "2021" in await get(room, str(years[-1].attributes["href"]))
    for link in page.css("main a"):
        await get(room, str(link.attributes["href"]))


async def test_an_empty_archive_has_a_home_page(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "trống 50%#1.sqlite", articles=(), sites=(), urls=())
    async with opened(path) as room:
        assert "Kho chưa có bài nào" in await get(room, "/")
        assert "0 dòng" in await get(room, "/archive/articles")
        await get(room, "/search?q=huyện")


async def test_of_a_picture_no_more_is_said_than_is_known(room: Datasette) -> None:
    """Whether it is gone from its portal is not seen by one that does not load in this moment."""
    page = await article(room, 1)
    told, has_no_address = (" ".join(line.text().split()) for line in page.css(".lost"))
    assert told == (
        "Kho không giữ hình này (chưa từng được tải). Hỏi cổng · Wayback Machine"
        "https://chodon.example/anh/le-khai-giang.jpg"
    )
    assert has_no_address == "Địa chỉ của hình không phải là địa chỉ web."
    assert not page.css("figure img"), "the portal is asked by a link, and only by who follows it"
    asking, archived = page.css("figure a")
    assert asking.attributes["href"] == ARTICLES[0]["images"][0]["url"]
    assert asking.attributes["rel"] == "noopener noreferrer nofollow"
    assert str(archived.attributes["href"]).startswith("https://web.archive.org/web/*/")


async def test_an_article_reads_like_an_article(room: Datasette) -> None:
    page = await article(room, 1)
    first = ARTICLES[0]
    assert text_of(page, "article h1") == first["title"]
    assert text_of(page, "article .lead") == first["lead"]
    assert [p.text() for p in page.css("article .text p")] == first["body"].split("\n\n")
    assert "Cổng thông tin điện tử huyện Chợ Đồn" in text_of(page, ".kicker")
    assert "Ban Biên tập" in text_of(page, "article .dateline")
    time = one(page, "article .dateline time")
    assert time.attributes["datetime"] == first["published_at"]
    assert time.text() == "05/09/2021 08:30"
    assert first["published_raw"] in str(time.attributes["title"])
    assert first["published_by"] in str(time.attributes["title"])
    assert text_of(page, "figcaption") == first["images"][0]["caption"]
    provenance = text_of(page, ".provenance")
    assert first["url"] in provenance
    assert "20/06/2025 10:15 (giờ Việt Nam)" in provenance
    citation = text_of(page, "#citation")
    assert citation.startswith(f"Ban Biên tập, “{first['title']}”, Cổng thông tin điện tử huyện")
    assert f"05/09/2021, {first['url']}" in citation
    assert {a.text() for a in page.css(".tags a")} == set(first["tags"])
    data = [str(link.attributes["href"]) for link in page.css(".as-data a")]
    assert "/archive/articles/1.json" in data
    for path in data:
        await get(room, path)


async def test_markup_of_an_article_survives(room: Datasette) -> None:
    page = await article(room, 2)
    assert [cell.text() for cell in page.css(".text td")] == ["Nền đường", "12 km"]
    assert len(page.css(".text li")) == 2
    assert text_of(page, ".text h2") == "Quy mô"
    assert text_of(page, ".files li").startswith(
        "Quyết định (PDF) (kho không giữ: chưa từng được tải"
    )
    assert str(one(page, ".files a").attributes["href"]).endswith("quyet-dinh.pdf")


async def test_neighbours_are_links_inside_the_archive(room: Datasette) -> None:
    first, second = await article(room, 1), await article(room, 2)
    assert "bài đầu tiên của chuỗi" in text_of(first, ".neighbour.prev")
    assert one(first, ".neighbour.next a").attributes["href"] == f"/a/{CODES[1]}"
    assert one(second, ".neighbour.prev a").attributes["href"] == f"/a/{CODES[0]}"
    lost = text_of(second, ".neighbour.next")
    assert (
        f"Chưa có trong kho: {why_not_held('gone')} (cổng báo không có trang này (HTTP 404))"
        in lost
    )
    assert "https://chodon.example/bai-da-mat/" in lost


@pytest.mark.parametrize(
    ("older", "chained", "claims"),
    [("2024-02-01", True, True), ("2024-01-01", True, False), ("2024-02-01", False, False)],
    ids=["the oldest", "a break in the chain", "no article names a neighbour"],
)
async def test_an_end_of_the_chain_is_claimed_only_where_it_is_known(
    tmp_path: Path, older: str, chained: bool, claims: bool
) -> None:
    site = "https://chodon.example"
    rows = [
        {"url": f"{site}/a/", "title": "Bài A", "published_at": "2024-01-15"},
        {"url": f"{site}/b/", "title": "Bài B", "published_at": "2024-01-20",
         "prev_url": f"{site}/a/" if chained else None},
        {"url": f"{site}/c/", "title": "Bài C", "published_at": older},
    ]  # fmt: skip
    async with opened(build_archive(tmp_path / "archive.db", rows, urls=())) as room:
        told = text_of(await article(room, 1), ".neighbour.prev")
    assert ("đây là bài đầu tiên của chuỗi" in told) == claims
    assert ("Cổng không nêu bài nào" in told) == (not claims)


async def test_what_a_portal_names_is_not_known_before_the_page_is_read(tmp_path: Path) -> None:
    site = "https://chodon.example"
    rows = [
        {"url": f"{site}/a/", "title": "Bài A", "published_at": "2024-01-15", "read_from": "rest"},
        {"url": f"{site}/b/", "title": "Bài B", "published_at": "2024-01-20",
         "prev_url": f"{site}/a/", "read_from": "page"},
    ]  # fmt: skip
    async with opened(build_archive(tmp_path / "archive.db", rows, urls=())) as room:
        page = await article(room, 1)
    told = text_of(page, ".neighbour.prev")
    assert "Chưa biết: trang của bài chưa được đọc." in told
    assert "bài đầu tiên" not in told
    assert "Cổng không nêu" not in told
    assert text_of(page, ".neighbour.next a") == "Bài B"


async def test_a_neighbour_is_found_by_its_new_address_and_from_its_own_side(
    tmp_path: Path,
) -> None:
    site = "https://chodon.example"
    rows = [
        {"url": f"{site}/a/", "title": "Bài A", "next_url": f"{site}/b-cu/"},
        {"url": f"{site}/b/", "title": "Bài B"},
        {"url": f"{site}/c/", "title": "Bài C", "prev_url": f"{site}/b/"},
    ]
    moved = {"url": f"{site}/b-cu/", "state": "elsewhere", "moved_to": f"{site}/b/"}
    async with opened(build_archive(tmp_path / "archive.db", rows, urls=[moved])) as room:
        assert text_of(await article(room, 1), ".neighbour.next a") == "Bài B"
        assert text_of(await article(room, 2), ".neighbour.next a") == "Bài C"


def mark(archive: Path, sql: str) -> Path:
    """Change an archive; return it."""
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute(sql)
    return archive


async def test_an_article_that_is_gone_says_since_when(tmp_path: Path) -> None:
    path = mark(
        build_archive(tmp_path / "archive.db"),
        "UPDATE urls SET state = 'gone', gone_since = '2025-11-12T20:00:00Z', reason = 'HTTP 404'"
        " WHERE url LIKE '%khai-giang/'",
    )
    async with opened(path) as room:
        page = await article(room, 1)
        notice = text_of(page, ".notice")
        assert notice.startswith("Bài này không còn trên cổng từ 13/11/2025.")
        assert "HTTP 404" in notice
        assert "không còn trên cổng" in text_of(page, ".provenance")
        assert not (await article(room, 2)).css(".notice")
        rows = (await room.client.get("/archive/tombstones.json?_shape=array")).json()
        assert [(row["article_id"], row["gone_since"]) for row in rows] == [
            (1, "2025-11-12T20:00:00Z")
        ]
        assert "13/11/2025 03:00" in await get(room, "/archive/tombstones?site=chodon")


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE sites SET active_to = '2021-09-05'", None),
        (
            "UPDATE sites SET active_to = '2021-09-04'",
            f"Kho tính bài này là của cơ quan khác, không phải của {SITES[0]['name']}.",
        ),
        (
            "INSERT INTO takeovers (site, host, since, gone, strangers, message)"
            " VALUES ('chodon', 'chodon.example', '2025-01-01T00:00:00Z', 6, 4, 'x')",
            f"Chưa rõ bài này là của ai; kho không tính là của {SITES[0]['name']}.",
        ),
    ],
)
async def test_an_article_says_where_it_is_not_the_body_s(
    tmp_path: Path, sql: str, told: str | None
) -> None:
    async with opened(mark(build_archive(tmp_path / "archive.db"), sql)) as room:
        notices = [" ".join(n.text().split()) for n in (await article(room, 1)).css(".notice")]
        assert len(notices) == bool(told)
        assert all(notice.startswith(str(told)) for notice in notices)


async def test_an_article_gone_nobody_knows_since_when(tmp_path: Path) -> None:
    path = mark(build_archive(tmp_path / "archive.db"), "UPDATE urls SET state = 'gone'")
    async with opened(path) as room:
        assert "không rõ từ khi nào" in text_of(await article(room, 1), ".notice")


async def test_an_article_read_from_rest_only_says_so(tmp_path: Path) -> None:
    path = mark(
        build_archive(tmp_path / "archive.db"),
        "UPDATE articles SET read_from = 'rest' WHERE id = 1",
    )
    async with opened(path) as room:
        assert "Chỉ đọc từ giao diện dữ liệu REST" in text_of(await article(room, 1), ".provenance")
        assert "REST" not in text_of(await article(room, 2), ".provenance")


async def test_what_is_left_out_is_said_and_where_it_is_kept(tmp_path: Path) -> None:
    path = with_originals(build_archive(tmp_path / "archive.db"))
    mark(path, "UPDATE articles SET repeats = 2 WHERE id = 1")
    mark(path, "UPDATE articles SET capture_id = (SELECT max(id) FROM captures) WHERE id = 1")
    mark(path, "UPDATE articles SET repeats = 1, capture_id = NULL WHERE id = 2")
    async with opened(path) as room:
        first, second, third = [text_of(await article(room, n), "article") for n in (1, 2, 3)]
    assert "Lược đi 2 đoạn mà trang lặp lại nguyên văn" in first
    assert "Đầy đủ thì xem bản chụp" in first
    assert "Lược đi 1 đoạn" in second
    assert "Đầy đủ thì xem" not in second
    assert "Lược đi" not in third


def test_every_state_has_its_words(tmp_path: Path) -> None:
    with closing(sqlite3.connect(build_archive(tmp_path / "archive.db"))) as db:
        schema = db.execute("SELECT sql FROM sqlite_master WHERE name = 'urls'").fetchone()[0]
    states = re.search(r"state IN \((.*?)\)", schema, re.DOTALL)
    assert states is not None
    told = [why_not_held(state) for state in (None, *re.findall(r"'(\w+)'", states[1]))]
    assert len({*told}) == len(told) == len(State) + 1


async def test_nothing_from_the_archive_acts_in_the_browser(room: Datasette) -> None:
    """Hostile titles, captions, addresses and markup are text on every page that shows them."""
    paths = (
        "/",
        "/archive",
        "/archive/articles",
        "/archive/articles?_col=title&_col=category&category=%22%3E%3Cscript%3Ealert(9)%3C/script%3E",
        f"/archive/articles/{HOSTILE_ID}",
        "/search?q=script",
        "/search?q=chu",
        "/search?q=la&site=nalang",
        '/search?q=%22%3E%3Cscript%3Ealert(14)%3C/script%3E&site="><script>alert(15)</script>',
        "/archive/images",
        "/archive/attachments",
        "/archive/tags",
        "/archive/who_wrote_most",
        "/archive/pictures?caption=script",
        "/archive/articles_naming_document?number=script",
        "/archive/gaps",
        "/archive/chain_breaks",
        "/archive/not_held",
        "/coverage",
        "/coverage/nalang",
        "/coverage/%3Cscript%3Ealert(17)%3C/script%3E",
        "/archive/%3Cscript%3Ealert(16)%3C/script%3E",
    )
    for path in paths:
        response = await room.client.get(path, follow_redirects=True)
        page = Page(response.text)
        scripts = page.css("script:not([type='application/ld+json'])")  # that is data
        assert not [s for s in scripts if "alert" in s.text()], path
        for node in page.css("body *"):
            for name, value in node.attributes.items():
                assert not name.startswith("on"), f"{path}: {node.html}"
                if name in ("href", "src", "action"):
                    assert not str(value).lower().startswith("javascript"), f"{path}: {node.html}"
        assert not page.css("main i, main .text style, main .text img"), path


async def test_hits_are_marked_and_the_text_round_them_is_escaped(room: Datasette) -> None:
    page = Page(await get(room, "/search?q=phalanx+script"))
    assert one(page, ".results h2").text().strip() == HOSTILE
    assert [mark.text() for mark in page.css(".results mark")][:2] == ["script", "script"]
    assert "<b>chữ đậm</b>" in text_of(page, ".results li")


async def test_security_headers_come_with_every_response(room: Datasette) -> None:
    for path in ("/", "/archive/articles.json", "/static/reading-room.css", "/khong-co"):
        headers = (await room.client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert "unsafe" not in scripts
        assert "http" not in scripts


async def test_the_policy_names_each_inline_script_of_the_pages(room: Datasette) -> None:
    for path in ("/", "/archive", "/archive/articles", "/archive?sql=select+1", "/archive/ledger"):
        response = await room.client.get(path, follow_redirects=True)
        for script in inline_scripts(response.text):
            digest = b64encode(sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in response.headers["content-security-policy"], path


async def test_a_reader_cannot_write(room: Datasette) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await room.get_database("archive").execute_write("DELETE FROM articles")


async def test_what_a_crawl_adds_is_there_at_the_next_request(
    room: Datasette, tmp_path: Path
) -> None:
    assert len((await room.client.get("/archive/articles.json?_shape=array")).json()) == 5
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        db.execute(
            "INSERT INTO articles"
            " (code, changed, change, site, url, title, words, first_seen_at, last_seen_at,"
            " text_sha256) VALUES ('moi', 99, 'new',"
            " 'chodon', 'https://chodon.example/moi/', 'Bài mới', 0, ?, ?, '')",
            [SEEN, SEEN],
        )
        db.commit()
    assert len((await room.client.get("/archive/articles.json?_shape=array")).json()) == 6


def test_datasettes_own_command_line_opens_the_same_room(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive.db")
    options = {
        "-m": ROOM / "metadata.yaml",
        "--plugins-dir": ROOM / "plugins",
        "--template-dir": ROOM / "templates",
        "--static": f"static:{ROOM / 'static'}",
    }
    command = [sys.executable, "-m", "datasette", "serve", str(path)]
    command += [str(part) for option in options.items() for part in option]
    for address, expected in {
        "/": "Kho lưu trữ tin bài",
        f"/a/{CODES[0]}": "Về bản lưu này",
        "/search?q=cho+don": "1 bài",
        "/archive/articles.json?_search=cho+don&_shape=array": "chodon.example/khai-giang",
    }.items():
        done = subprocess.run(
            [*command, "--get", address], capture_output=True, cwd=tmp_path, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode()
        assert expected in done.stdout.decode()


@pytest.mark.parametrize(
    ("value", "time", "day"),
    [
        ("2021-06-14T08:30:05+07:00", "14/06/2021 08:30", "14/06/2021"),
        ("2021-06-14T20:30:00Z", "15/06/2021 03:30", "15/06/2021"),
        ("2021-06-14", "14/06/2021", "14/06/2021"),
        ("hôm qua", "hôm qua", "hôm qua"),
        (None, "", ""),
        ("", "", ""),
    ],
)
def test_times_as_people_write_them(value: str | None, time: str, day: str) -> None:
    assert show_time(value) == time
    assert show_day(value) == day


def test_numbers_and_hits() -> None:
    assert number(1234567) == "1.234.567"
    assert show_hits("a \ue000<b>\ue001 \ue001\ue000") == "a <mark>&lt;b&gt;</mark> "
    assert show_hits(None) == ""


@pytest.mark.parametrize(
    ("html", "text", "shown"),
    [
        (None, None, ""),
        ("", "Một\nhai\n\n\n  Ba <b>", "<p>Một<br>hai</p>\n<p>Ba &lt;b&gt;</p>"),
        ("<p>A<script>x</script></p>", "B", "<p>A</p>"),
        ("<p>A</p><figure><img src=x><figcaption>B</figcaption></figure>", "", "<p>A</p>"),
        ('<td colspan=2 style="x">', None, ""),
    ],
)
def test_bodies(html: str | None, text: str | None, shown: str) -> None:
    assert body_as_html(html, text) == shown


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://chodon.example/a", True),
        ("HTTP://chodon.example/a", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//chodon.example/a", False),
        ("https://[", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_linked(url: str | None, safe: bool) -> None:
    assert (web_address(url) is not None) is safe
