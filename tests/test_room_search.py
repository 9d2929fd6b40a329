"""Search finds Vietnamese however it is typed, and answers nothing typed with a syntax error."""

import csv
import sqlite3
import unicodedata
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as Page

from archive.search.asked import MOST_WORDS
from archive.search.writing import bring_up
from crawler.text.fold import fold
from reading_room.asking.queries import page_number
from reading_room.plugins.search import led_on, match_expression, without_blank_search
from tests.room_sample import build_archive, links, opened, texts

in_one_room = pytest.mark.asyncio(loop_scope="module")
"""Of the tests that ask one and the same room."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Datasette]:
    async with opened(build_archive(tmp_path_factory.mktemp("room") / "archive.db")) as room:
        yield room


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.create_function("escape_fts", 1, match_expression)
    connection.execute(
        "CREATE VIRTUAL TABLE t USING"
        " fts5(title, lead, body, exact, tokenize='unicode61 remove_diacritics 0')"
    )
    connection.execute("INSERT INTO t VALUES ('cho don', '', '', 'chợ đồn')")
    yield connection
    connection.close()


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
@in_one_room
async def test_what_people_type_finds_what_they_mean(
    room: Datasette, query: str, ids: list[int]
) -> None:
    assert await found(room, query) == ids
    assert sorted(await ranked(room, query)) == (ids if query else [])


@in_one_room
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
    archive = build_archive(tmp_path / "archive.db", rows, urls=())
    bring_up(archive)
    async with opened(archive) as room:
        assert set((await ranked(room, "hoi nghi"))[:2]) == {3, 5}
        assert set(await ranked(room, "hoi nghi")) == {1, 2, 3, 4, 5}


@in_one_room
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
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
@in_one_room
async def test_exports_hold_the_whole_result(
    many: Datasette, asked: dict[str, str], number: int
) -> None:
    page = Page((await many.client.get(f"/search?{urlencode(asked)}")).text)
    assert texts(page, ".found strong") == [f"{number:,} bài".replace(",", ".")]
    as_csv, as_json, _ = links(page, ".whole a")

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
@in_one_room
async def test_a_search_without_a_word_says_what_it_needs(
    room: Datasette, query: str, wordless: bool
) -> None:
    page = Page((await room.client.get(f"/search?{urlencode({'q': query})}")).text)
    assert ("Không có từ nào để tìm." in texts(page, ".notes li")) is wordless
    assert any("Không có bài nào khớp" in text for text in texts(page, ".found")) is not wordless
    assert "Không có từ nào" not in (await room.client.get("/search")).text


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
    assert expression.count(" AND ") < MOST_WORDS
    index.execute("SELECT * FROM t WHERE t MATCH ?", [expression]).fetchall()


@pytest.mark.parametrize("text", ["Chợ Đồn", "đường ĐƯỜNG", "ỷ ữ ặ", "straße", "한국", "", None, 5])
@in_one_room
async def test_sql_folds_as_the_index_does(room: Datasette, text: object) -> None:
    found = await room.get_database("archive").execute("SELECT fold(?)", [text])
    assert found.single_value() == (None if text is None else fold(str(text)))


@in_one_room
async def test_sql_has_the_ranked_search(room: Datasette) -> None:
    sql = (
        "SELECT title FROM json_each(search(:q)) JOIN articles ON articles.id = value ORDER BY key"
    )
    found = await room.get_database("archive").execute(sql, {"q": "đường -học"})
    assert found.rows[0][0].startswith("Khởi công tuyến đường liên xã")
    assert len(found.rows) == 2


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("_search=b%C3%A3o", "/search?q=b%C3%A3o"),
        ("_search=a+b&site=chodon&year=2021", "/search?q=a+b&site=chodon&year=2021"),
        ("_search=a&_col=title&_size=10&_facet=site", "/search?q=a"),
        ("_search=a&_sort=id", None),
        ("_search=a&words__gt=100", None),
        ("_search=", None),
        ("_search=a&_search=b", None),
        ("site=chodon", None),
        ("", None),
    ],
)
def test_a_search_of_the_table_is_led_to_where_it_is_ranked(
    query: str, address: str | None
) -> None:
    assert led_on("/archive/articles", query) == address
    for other in ("/archive/articles.json", "/archive/sites", "/archive"):
        assert led_on(other, query) is None


@in_one_room
async def test_the_table_leads_searches_on(room: Datasette) -> None:
    response = await room.client.get("/archive/articles?_search=b%C3%A3o&site=chodon")
    assert (response.status_code, response.headers["location"]) == (
        302,
        "/search?q=b%C3%A3o&site=chodon",
    )


def test_a_blank_search_is_none() -> None:
    assert without_blank_search(b"a=1&_search=&b=2") == b"a=1&b=2"
    assert without_blank_search(b"_search=") == b""
    assert without_blank_search(b"_search=x&x_search=") == b"_search=x&x_search="


@pytest.mark.parametrize(
    ("text", "page"),
    [(None, 1), ("", 1), ("0", 1), ("-3", 1), ("7", 7), ("x", 1), ("²", 1), ("9" * 400, 1)],
)
def test_page_numbers(text: str | None, page: int) -> None:
    assert page_number(text) == page
