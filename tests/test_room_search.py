"""Search finds Vietnamese however it is typed, and answers nothing typed with a syntax error."""

import csv
import sqlite3
import unicodedata
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as Page

from crawler.text.fold import fold
from reading_room.plugins.search import WORDS_READ, match_expression, prepare_connection
from reading_room.queries import page_number
from tests.room_sample import build_archive, opened


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Datasette]:
    async with opened(build_archive(tmp_path / "archive.db")) as room:
        yield room


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    prepare_connection(connection)
    connection.execute(
        "CREATE VIRTUAL TABLE t USING fts5(a, b, tokenize='unicode61 remove_diacritics 0')"
    )
    connection.execute("INSERT INTO t VALUES ('cho don', 'chợ đồn')")
    yield connection
    connection.close()


def texts(page: Page, selector: str) -> list[str]:
    """Return what the elements say that a selector finds."""
    return [" ".join(node.text().split()) for node in page.css(selector)]


def links(page: Page, selector: str) -> list[str]:
    """Return where the links lead that a selector finds."""
    return [str(node.attributes["href"]) for node in page.css(selector)]


async def found(room: Datasette, query: str, **filters: str) -> list[int]:
    """Return the ids that the table's own search finds, in order of id."""
    arguments = urlencode({"_search": query, "_shape": "array", "_sort": "id", **filters})
    response = await room.client.get(f"/archive/articles.json?{arguments}")
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()]


async def ranked(room: Datasette, query: str, **filters: str) -> list[int]:
    """Return the ids that the ranked search finds, best first."""
    arguments = urlencode({"q": query, "_shape": "array", **filters})
    response = await room.client.get(f"/search.json?{arguments}")
    assert response.status_code == 200, response.text
    return [row["article_id"] for row in response.json()]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("cho don", [1]),
        ("chợ đồn", [1]),
        ("CHỢ ĐỒN", [1]),
        (unicodedata.normalize("NFD", "chợ đồn"), [1]),
        (unicodedata.normalize("NFD", "CHỢ ĐỒN"), [1]),
        ("chợ don", [1]),
        ("don cho", [1]),
        ('"chợ đồn"', [1]),
        ('"đồn chợ"', []),
        ("“chợ đồn”", [1]),
        ('"cho don', [1]),
        ("30/2020/NĐ-CP", [2]),
        ("30/2020/nd-cp", [2]),
        ("2020/30", []),
        ("nguoi", [4]),
        ("người", [4]),
        ("duong", [1, 2, 3]),
        ("đường", [1, 2, 3]),
        ("duong -lien", [1, 3]),
        ("duong -đường", [3]),
        ("đường -duong", []),
        ("-duong", []),
        ("khai*", [1]),
        ('"khai gi"*', [1]),
        ("***", []),
        ("không_có_từ_này", []),
        ("vùng AND cao", []),
        ("title:duong", []),
        ("{duong}", [1, 2, 3]),
        ("(duong)", [1, 2, 3]),
        ("", [1, 2, 3, 4, 5]),
    ],
)
async def test_what_people_type_finds_what_they_mean(
    room: Datasette, query: str, ids: list[int]
) -> None:
    assert await found(room, query) == ids
    assert sorted(await ranked(room, query)) == (ids if query else [])


async def test_an_empty_box_leaves_the_other_filters_to_work(room: Datasette) -> None:
    assert await found(room, "", year="2021") == [1]
    assert await found(room, "", site="nalang") == [4, 5]


async def test_exact_spelling_ranks_first(tmp_path: Path) -> None:
    filler = "Tin tổng hợp trong tuần của huyện. " * 20
    rows = [
        {"url": f"https://chodon.example/{n}/", "title": f"{word} {n}", "body": filler}
        for n, word in enumerate(["dường như", "dương tính", "con đường", "duong", "khác"] * 8, 1)
    ]
    async with opened(build_archive(tmp_path / "archive.db", rows, urls=())) as room:
        best = await ranked(room, "đường")
        assert {number % 5 for number in best[:8]} == {3}
        assert len(best) == 20
        assert {number % 5 for number in (await ranked(room, "dương"))[:8]} == {2}
        assert len({number % 5 for number in await ranked(room, "duong")}) > 1


async def test_words_side_by_side_rank_before_words_far_apart(tmp_path: Path) -> None:
    apart = "Khi nghi ngờ, hãy hỏi ngay. Hỏi rồi vẫn nghi thì báo công an xã."
    together = "Sáng nay, huyện tổ chức hội nghị về phòng chống thiên tai trên địa bàn."
    rows = [
        {"url": f"https://chodon.example/{n}/", "title": f"Tin {n}", "body": body}
        for n, body in enumerate([apart, apart, together, apart, together], 1)
    ]
    rows += [{"url": f"https://chodon.example/x{n}/", "title": "Tin khác"} for n in range(20)]
    async with opened(build_archive(tmp_path / "archive.db", rows, urls=())) as room:
        assert set((await ranked(room, "hoi nghi"))[:2]) == {3, 5}
        assert set(await ranked(room, "hoi nghi")) == {1, 2, 3, 4, 5}


async def test_filters_order_and_pages_of_the_ranked_search(room: Datasette) -> None:
    assert await ranked(room, "duong", from_year="2022") != []
    assert set(await ranked(room, "duong", from_year="2022")) == {2, 3}
    assert await ranked(room, "duong", to_year="2021") == [1]
    assert await ranked(room, "duong", from_year="2022", to_year="2022") == [2]
    assert await ranked(room, "duong", site="nalang") == []
    assert await ranked(room, "duong", sort="new") == [3, 2, 1]
    assert await ranked(room, "duong", page="2") == []
    assert await ranked(room, "duong", page="không phải số") == await ranked(room, "duong")
    mistaken = await room.client.get("/search.json?q=duong&from_year=n%C4%83m+nay")
    assert mistaken.status_code == 400
    assert "from='năm nay'" in mistaken.json()["error"]


async def test_pages_of_results_hold_each_article_once(tmp_path: Path) -> None:
    rows = [
        {
            "url": f"https://chodon.example/{n}/",
            "title": f"Họp thôn lần {n}",
            "published_at": f"2020-01-{1 + n % 28:02d}T08:00:00+07:00",
        }
        for n in range(1, 46)
    ]
    async with opened(build_archive(tmp_path / "archive.db", rows, urls=())) as room:
        for sort in ("", "new"):
            pages = [await ranked(room, "hop", sort=sort, page=str(n)) for n in (1, 2, 3, 4)]
            assert [len(page) for page in pages] == [20, 20, 5, 0]
            assert len({number for page in pages for number in page}) == 45
        page = Page((await room.client.get("/search?q=hop&page=2")).text)
        assert texts(page, ".found strong, .results h2")[0] == "45 bài"
        assert "trang 2" in texts(page, ".found")[0]
        assert links(page, ".pages a") == ["?q=hop", "?q=hop&page=3"]
        assert 'start="21"' in (page.css_first(".results").html or "")
        late = Page((await room.client.get("/search?q=hop&page=9")).text)
        assert links(late, ".search-results p a")[-1] == "?q=hop"


@pytest.fixture(scope="module")
def meetings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 2100 articles on meetings: more than Datasette reads at once."""
    rows = [
        {
            "url": f"https://{site}.example/{n}/",
            "site": site,
            "title": f"Họp thôn lần {n}" + (" về trồng rừng" if n % 30 == 0 else ""),
            "body": "Thôn họp bàn." if n % 2 else "Họp bàn việc thôn.",
            "published_at": f"{2018 + n % 4}-01-05T08:00:00+07:00" if n % 7 else None,
        }
        for n in range(1, 2101)
        for site in ["nalang" if n % 40 == 0 else "chodon"]
    ]
    path = tmp_path_factory.mktemp("meetings") / "archive.db"
    return build_archive(path, rows, urls=())


@pytest.fixture
async def many(meetings: Path) -> AsyncIterator[Datasette]:
    async with opened(meetings) as room:
        yield room


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"q": "hop"}, 2100),
        ({"q": "hop", "sort": "new", "page": "3"}, 2100),
        ({"q": '"thôn họp"'}, 1050),
        ({"q": "hop -rừng"}, 2030),
        ({"q": "hop & thon", "site": "nalang"}, 52),
        ({"q": "hop", "site": "nalang", "from_year": "2018", "to_year": "2018"}, 45),
        ({"q": "rung", "from_year": "2020"}, 30),
        ({"q": "rung", "to_year": "2019"}, 30),
    ],
)
async def test_exports_hold_the_whole_result(
    many: Datasette, asked: dict[str, str], number: int
) -> None:
    page = Page((await many.client.get(f"/search?{urlencode(asked)}")).text)
    assert texts(page, ".found strong") == [f"{number:,} bài".replace(",", ".")]
    as_csv, as_json = links(page, ".whole a")

    exported = (await many.client.get(as_csv)).text
    rows = list(csv.DictReader(exported.removeprefix("\ufeff").splitlines()))
    assert len(rows) == len({row["url"] for row in rows}) == number
    assert all(row["title"] and row["body"] and row["site_name"] for row in rows)

    objects, following = [], as_json
    while following and len(objects) < 100:
        data = (await many.client.get(following)).json()
        assert data["total"] == number
        objects += data["results"]
        following = data["next_url"]
    assert [str(row["article_id"]) for row in objects] == [
        row["article_id"] for row in rows[: len(objects)]
    ]
    assert len(objects) >= min(number, 100)
    assert objects[0]["title"] == rows[0]["title"]


@pytest.mark.parametrize(
    ("query", "wordless"), [("-họp", True), ("-họp -thôn", True), ("?!", True), ("lạc đề", False)]
)
async def test_a_search_without_a_word_says_what_it_needs(
    room: Datasette, query: str, wordless: bool
) -> None:
    page = Page((await room.client.get(f"/search?{urlencode({'q': query})}")).text)
    assert ("Không có từ nào để tìm." in texts(page, ".notes li")) is wordless
    assert any("Không có bài nào khớp" in text for text in texts(page, ".found")) is not wordless
    assert "Không có từ nào" not in (await room.client.get("/search")).text


async def test_former_addresses_lead_to_the_search(room: Datasette) -> None:
    for former, address in [
        ("/archive/search?q=duong&from_year=2022", "/search?q=duong&from_year=2022"),
        ("/archive/search.json?q=a+b&_shape=array", "/search.json?q=a+b&_shape=array"),
        ("/archive/search.csv?q=%C4%91", "/search.csv?q=%C4%91"),
        ("/archive/search", "/search"),
    ]:
        response = await room.client.get(former)
        assert response.status_code == 301
        assert response.headers["location"] == address


async def test_the_page_tells_what_was_found_and_what_was_left_out(room: Datasette) -> None:
    page = Page((await room.client.get("/search?" + urlencode({"q": "đường OR 🎉"}))).text)
    assert texts(page, ".notes li")[:2] == [
        "Bỏ qua “OR” vì không có từ nào đi kèm.",
        "Bỏ qua những ký hiệu không tìm được: 🎉",
    ]
    [found] = texts(page, ".found")
    assert found.startswith("3 bài, trong đó 2 bài viết đúng như đã gõ (chỉ xem những bài này)")
    assert texts(page, "mark")[0] == "đường"
    assert links(page, ".found a")[0] == "?q=%C4%91%C6%B0%E1%BB%9Dng+OR+%F0%9F%8E%89&spelling=exact"
    exact = Page((await room.client.get("/search" + links(page, ".found a")[0])).text)
    assert texts(exact, ".found strong") == ["2 bài"]
    assert texts(exact, ".chosen li")[0].startswith("Viết đúng như đã gõ")


async def test_facets_add_and_take_away_filters(room: Datasette) -> None:
    page = Page((await room.client.get("/search?q=duong")).text)
    years = [link for link in links(page, ".narrow a") if "year=" in link]
    assert years == ["?q=duong&year=2023", "?q=duong&year=2022", "?q=duong&year=2021"]
    assert texts(page, ".narrow .count")[:3] == ["1", "1", "1"]
    chosen = Page((await room.client.get("/search" + years[1])).text)
    assert texts(chosen, ".found strong") == ["1 bài"]
    assert links(chosen, ".chosen a") == ["?q=duong", "?q=duong"]
    assert chosen.css_first('.search-form input[name="year"]').attributes["value"] == "2022"
    named = Page((await room.client.get("/search?q=duong&site=chodon&place=district:064")).text)
    assert "Cổng thông tin điện tử huyện Chợ Đồn" in texts(named, ".chosen li")[0]


async def test_where_nothing_is_found_the_page_says_what_else_to_try(room: Datasette) -> None:
    page = Page((await room.client.get("/search?q=khaii+dduwowngf&site=chodon")).text)
    assert texts(page, ".near a") == ["khai đường"]
    assert links(page, ".near a") == ["?q=khai+%C4%91%C6%B0%E1%BB%9Dng&site=chodon"]
    filtered = Page((await room.client.get("/search?q=duong+lien&site=nalang")).text)
    assert "Vẫn những từ này, bỏ mọi bộ lọc 1 bài" in texts(filtered, ".try li")
    quoted = Page((await room.client.get("/search?q=%22duong%22")).text)
    assert "Vẫn những từ này, không buộc đúng từng dấu 3 bài" in texts(quoted, ".try li")
    apart = Page((await room.client.get("/search?q=duong+phalanx")).text)
    assert "Từng từ một: duong 3 bài · phalanx 1 bài" in texts(apart, ".try li")


async def test_what_cannot_be_read_of_an_address_is_told_and_nothing_is_searched(
    room: Datasette,
) -> None:
    page = Page((await room.client.get("/search?q=duong&from=h%C3%B4m+qua&place=x")).text)
    told = texts(page, ".message-error li")
    assert told[0].startswith("“hôm qua” không phải ngày, tháng hay năm")
    assert links(page, ".message-error a") == [
        "?q=duong&place=x",
        "?q=duong&from=h%C3%B4m+qua",
    ]
    assert not page.css(".results")


async def test_filters_alone_list_what_passes_the_newest_first(room: Datasette) -> None:
    data = (await room.client.get("/search.json?category=Kinh+t%E1%BA%BF")).json()
    assert [hit["article_id"] for hit in data["results"]] == [3, 2]


async def test_documents_and_places_that_the_words_name_are_led_to(room: Datasette) -> None:
    page = Page((await room.client.get("/search?q=ch%E1%BB%A3+%C4%91%E1%BB%93n")).text)
    assert "/places/district/064" in links(page, ".meant a")


async def test_stored_markup_is_shown_as_text(room: Datasette) -> None:
    page = (await room.client.get("/search?q=alert+phalanx")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;<mark>alert</mark>(4)" in page or "<mark>phalanx</mark>" in page
    typed = (await room.client.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")).text
    assert "<script>alert(1)" not in typed


async def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    row = {"url": "https://chodon.example/1/", "title": "=1+1", "lead": "+cmd", "author": "@a"}
    more = {"category": "-x", "body": "=họp"}
    async with opened(build_archive(tmp_path / "archive.db", [row | more], urls=())) as room:
        exported = (await room.client.get("/search.csv?q=hop")).text
    [cells] = list(csv.DictReader(exported.removeprefix("\ufeff").splitlines()))
    names = ("title", "lead", "author", "category", "body")
    assert [cells[name] for name in names] == ["'=1+1", "'+cmd", "'@a", "'-x", "'=họp"]
    assert exported.startswith("\ufeff")


@pytest.mark.parametrize("query", ["", "***", '"', "a" * 10_000, "từ " * 5_000, "🎉", "\x00", "OR"])
async def test_nothing_that_is_typed_is_an_error(room: Datasette, query: str) -> None:
    for form in ("", ".json", ".csv"):
        response = await room.client.get(f"/search{form}?{urlencode({'q': query})}")
        assert response.status_code == 200


@given(st.text())
def test_no_text_is_a_syntax_error(index: sqlite3.Connection, text: str) -> None:
    index.execute("SELECT * FROM t WHERE t MATCH ?", [match_expression(text)]).fetchall()


@given(st.text(alphabet='chợ đồn"-*()[]{}:^+\x00\n\t“”ANDORT\U0001f600', max_size=60))
def test_no_typing_is_a_syntax_error(index: sqlite3.Connection, text: str) -> None:
    query = "SELECT * FROM t WHERE t MATCH escape_fts(?)"
    index.execute(query, [text.encode("utf-8", "ignore").decode()]).fetchall()


@pytest.mark.parametrize(
    "text", ["từ " * 5000, " ".join(f"từ{n}" for n in range(5000)), "a" * 10**5]
)
def test_endless_typing_is_bounded(index: sqlite3.Connection, text: str) -> None:
    expression = match_expression(text)
    assert expression.count(" AND ") < WORDS_READ
    index.execute("SELECT * FROM t WHERE t MATCH ?", [expression]).fetchall()


@pytest.mark.parametrize("text", ["Chợ Đồn", "đường ĐƯỜNG", "ỷ ữ ặ", "straße", "한국", "", None, 5])
def test_sql_folds_as_the_index_does(text: object) -> None:
    db = sqlite3.connect(":memory:")
    prepare_connection(db)
    (folded,) = db.execute("SELECT fold(?)", [text]).fetchone()
    assert folded == (None if text is None else fold(str(text)))
    db.close()


@pytest.mark.parametrize(
    ("text", "page"),
    [(None, 1), ("", 1), ("0", 1), ("-3", 1), ("7", 7), ("x", 1), ("²", 1), ("9" * 400, 1)],
)
def test_page_numbers(text: str | None, page: int) -> None:
    assert page_number(text) == page
