"""The page of results, its JSON and its CSV: what they tell of what was found, and what not."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import pytest_asyncio
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from archive.search.asked import understood
from archive.search.engine import Searcher
from crawler.vocabulary import LeftOut
from reading_room.search.answers import searcher_of
from tests.room_sample import build_archive, links, opened, texts, with_originals
from tests.test_old_archives import NAMES, unpacked

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Datasette]:
    async with opened(build_archive(tmp_path_factory.mktemp("room") / "archive.db")) as room:
        yield room


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


async def test_a_search_can_be_followed_as_a_feed(room: Datasette) -> None:
    response = await room.client.get("/search.atom?q=duong&sort=old")
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.text)
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [node.text for node in feed.iterfind(f"{atom}entry/{atom}title")]
    assert [(title or "")[:9] for title in titles] == ["Nông dân ", "Khởi công", "Các trường"[:9]]
    assert feed.findtext(f"{atom}title") == "Tìm: duong"
    page = Page((await room.client.get("/search?q=duong&sort=old")).text)
    assert "/search.atom?q=duong&sort=old" in links(page, "link[rel=alternate]")


async def test_a_search_that_takes_too_long_says_so(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = searcher_of(room.get_database("archive")).search(understood("duong"), limit=0)
    given_up = given_up._replace(total=0, left_out=(LeftOut.TIME,))
    monkeypatch.setattr(Searcher, "search", lambda *_asked, **_more: given_up)
    for form in ("", ".json", ".csv"):
        response = await room.client.get(
            f"/search{form}?q=duong", headers={"accept-language": "en"}
        )
        assert response.status_code == 503
        assert "This search takes too long" in response.text


async def test_that_nothing_is_found_is_told_though_it_takes_too_long_what_else_would_be(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_asked: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("reading_room.search.answers._elsewhere", too_slow)
    page = Page((await room.client.get("/search?q=phalanx+duong")).text)
    assert texts(page, ".found")[0].startswith("Không có bài nào khớp")
    assert not page.css(".near")


async def test_a_result_that_is_not_whole_is_not_given_as_one(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = searcher_of(room.get_database("archive")).search(understood("duong"), limit=2)
    monkeypatch.setattr(Searcher, "search", lambda *_asked, **_more: part)
    response = await room.client.get("/search.csv?q=duong", headers={"accept-language": "en"})
    assert response.status_code == 503
    assert "3 articles are found, more than can be had at once" in response.text


async def test_who_takes_a_result_along_is_told_what_may_be_missing(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = searcher_of(room.get_database("archive")).search(understood("duong"))
    for left_out, told in (((), ""), ((LeftOut.BEHIND,), "behind")):
        part = whole._replace(left_out=left_out)
        monkeypatch.setattr(Searcher, "search", lambda *_asked, part=part, **_more: part)
        response = await room.client.get("/search.csv?q=duong")
        assert response.headers["x-left-out"] == told


async def test_documents_that_the_words_name_are_led_to(tmp_path: Path) -> None:
    async with opened(with_originals(build_archive(tmp_path / "archive.db"))) as room:
        for typed, address in [
            ("06-đa/tu", "/documents/6-%C4%90A/TU,_B%E1%BA%AFc_K%E1%BA%A1n"),
            ("30/2020/ND-CP", "/documents/30/2020/N%C4%90-CP"),
        ]:
            page = Page((await room.client.get(f"/search?{urlencode({'q': typed})}")).text)
            assert links(page, ".meant a") == [address]
            assert (await room.client.get(address)).status_code == 200
        page = Page((await room.client.get("/search?q=lu%E1%BA%ADt+h%E1%BB%93ng")).text)
        assert links(page, ".meant a") == []


@pytest.mark.parametrize("name", NAMES)
async def test_an_older_archive_is_searched_as_it_is(name: str, tmp_path: Path) -> None:
    async with opened(unpacked(name, tmp_path).db) as room:
        found = (await room.client.get("/search.json?q=huyen")).json()
        assert found["total"] > 0
        assert found["left_out"] == ["no index"]
        filters = ("", "&place=district:064", "&document=1/QD-UBND", "&sort=new")
        for form in ("", ".csv", ".atom"):
            for narrowing in filters:
                address = f"/search{form}?q=huyen+30/2020/ND-CP{narrowing}"
                assert (await room.client.get(address)).status_code == 200, address
