"""The map in time: pages of places, of then and of now, and search by them."""

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from archive import Archive
from crawler.country.gazetteer import places_called
from crawler.page import Article, Block
from crawler.page import Page as Read
from crawler.visit import Origin, Visit
from crawler.vocabulary import PlaceKind, State, Verdict
from tests.room_sample import opened

CHO_DON = {
    "key": "chodon", "name": "Cổng thông tin điện tử huyện Chợ Đồn", "province": "Bắc Kạn",
    "district": "064", "base_url": "https://chodon.example/", "active_to": "2025-06-30",
}  # fmt: skip
BA_BE = CHO_DON | {
    "key": "babe", "name": "Cổng thông tin điện tử huyện Ba Bể", "district": "061",
    "base_url": "https://babe.example/",
}  # fmt: skip
UNIT = {
    "key": "xanghiata", "name": "Xã Nghĩa Tá", "province": "Thái Nguyên", "unit": "02071",
    "base_url": "https://nghiata.example/",
}  # fmt: skip
PROVINCE = {
    "key": "tinh", "name": "Tỉnh Tuyên Quang", "province": "Tuyên Quang", "unit": "08",
    "base_url": "https://tuyenquang.example/", "active_from": "2025-07-01",
}  # fmt: skip
PORTALS: Sequence[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (
        CHO_DON,
        [
            ("2021-06-14", "Xã Nghĩa Tá ra quân làm đường theo Nghị định 30/2020/NĐ-CP"),
            ("2022-03-01", "Các xã Lương Bằng, Bình Trung trồng quế"),
            ("2023-03-01", "Huyện tổng kết năm học"),
            ("2024-03-01", "Xã Hà Hiệu, huyện Ba Bể sang thăm xã Bằng Phúc"),
        ],
    ),
    (BA_BE, [("2020-01-01", "Xã Hà Hiệu trồng bí xanh")]),
    (UNIT, [("2025-09-05", "Xã Nghĩa Tá khai giảng năm học mới")]),
    (CHO_DON, [("2025-08-20", "Tin của cơ quan khác, từ khi huyện không còn")]),
    (PROVINCE, [("2025-09-06", "Tỉnh họp bàn về đường mới")]),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("places") / "archive.db"
    seen = datetime(2025, 10, 1, tzinfo=UTC)
    with Archive.open(path, create=True) as archive:
        for site, titles in PORTALS:
            run = archive.runs.start(site, seen)
            for day, title in titles:
                published = datetime.fromisoformat(f"{day}T08:00:00+07:00")
                text = "Bà con phấn khởi."
                blocks = (Block("paragraph", f"<p>{text}</p>", text),)
                article = Article(title, blocks=blocks, published_at=published)
                url = f"{site['base_url']}{day}/"
                page = Read("article", article)
                archive.visits.record(
                    run, site["key"], Visit(url, Origin("seed"), seen, State.HELD, 200, page=page)
                )
            archive.runs.finish(run, "finished", 1, 1)
    return path


@pytest.fixture
async def room(path: Path) -> AsyncIterator[Datasette]:
    async with opened(path) as room:
        yield room


async def shown(room: Datasette, address: str) -> Page:
    response = await room.client.get(address, follow_redirects=True)
    assert response.status_code == 200, response.text
    assert "http" not in " ".join(re.findall(r'(?:src|action)="([^"]*)"', response.text))
    return Page(response.text)


async def told(room: Datasette, address: str) -> dict[str, Any]:
    response = await room.client.get(f"{address}.json")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def links(page: Page, css: str = "main a") -> list[str]:
    return [a.attributes["href"] or "" for a in page.css(css)]


ALL = {
    ("district", "064"): [4, 3, 2, 1],
    ("district", "061"): [5],
    ("province", "06"): [4, 3, 2, 1, 5],
    ("province-since", "19"): [6, 4, 3, 2, 1, 5],
    ("province-since", "08"): [8],
    ("commune", "02071"): [1],
    ("commune", "01897"): [4, 5],
    ("commune", "02020"): [],
    ("unit", "02071"): [6, 2, 1],
    ("unit", "01894"): [4, 5],
    ("unit", "02020"): [],
    ("district", "001"): [],
}
"""Which articles are those of a place, newest first: none that another body published there."""
NOTHING = "Kho chưa có bài nào ở đây."


@pytest.mark.parametrize(("kind", "code"), ALL)
async def test_a_place_has_its_articles(room: Datasette, kind: str, code: str) -> None:
    place = await told(room, f"/places/{kind}/{code}")
    assert [article["id"] for article in place["articles"]] == ALL[kind, code]
    assert place["found"] == len(ALL[kind, code])
    page = await shown(room, f"/places/{kind}/{code}")
    heading = page.css_first("h1")
    assert heading
    assert place["name"] in heading.text()
    articles = [f"/a/{article['code']}" for article in place["articles"]]
    assert links(page, ".results a") == articles
    assert (NOTHING in (page.html or "")) == (not articles)


@pytest.mark.parametrize("query", ["page=9", "year=1999"])
async def test_a_page_without_articles_does_not_say_that_the_place_has_none(
    room: Datasette, query: str
) -> None:
    page = await shown(room, f"/places/district/064?{query}")
    assert NOTHING not in (page.html or "")
    assert "/places/district/064#bai" in links(page)


@pytest.mark.parametrize("query", ["", "?page=2"])
async def test_the_json_that_a_page_names_is_of_the_same_page(room: Datasette, query: str) -> None:
    page = await shown(room, f"/places/district/064{query}")
    alternate = links(page, "link[rel=alternate][type*=json]")
    assert alternate == [f"/places/district/064.json{query}"]
    answer = (await room.client.get(alternate[0])).json()
    assert answer["page"] == (2 if query else 1)


@pytest.mark.parametrize(("kind", "code"), ALL)
async def test_search_and_queries_go_by_places(room: Datasette, kind: str, code: str) -> None:
    place = f"{kind}:{code}"
    wanted = sorted(ALL[kind, code])
    for sort in ("", "new"):
        arguments = urlencode({"q": "ba con", "place": place, "sort": sort, "_shape": "array"})
        answer = await room.client.get(f"/search.json?{arguments}")
        assert sorted(row["article_id"] for row in answer.json()) == wanted
    arguments = urlencode({"place": place, "_shape": "array"})
    answer = await room.client.get(f"/archive/articles_of_place.json?{arguments}")
    assert [row["article_id"] for row in answer.json()] == ALL[kind, code]
    page = await shown(room, f"/search?{urlencode({'q': 'ba con', 'place': place})}")
    for export in links(page, ".whole a") if wanted else ():
        assert any(form in export for form in ("json", "csv", "atom"))
        rows = await room.client.get(export)
        assert rows.status_code == 200
        if "json" in export:
            assert sorted(row["article_id"] for row in rows.json()["results"]) == wanted


async def test_then_and_now_both_lead_to_the_articles_of_the_district(room: Datasette) -> None:
    of_then = await shown(room, "/search?q=Chợ+Đồn+2021")
    assert links(of_then, ".meant a") == ["/places/district/064"]
    by_name = await shown(room, f"/places?{urlencode({'name': 'Chợ Đồn'})}")
    assert links(by_name, ".gaps a") == ["/places/district/064", "/places/unit/02020"]
    since = await shown(room, "/places/unit/02020")
    assert "/places/district/064" in {link.partition("#")[0] for link in links(since)}
    assert "Huyện Chợ Đồn" in since.text()
    district = await told(room, "/places/district/064")
    assert len(district["articles"]) == 4


async def test_a_place_says_what_it_was_and_became(room: Datasette) -> None:
    commune = await told(room, "/places/commune/02062")
    assert [around["name"] for around in commune["within"]] == ["Huyện Chợ Đồn", "Tỉnh Bắc Kạn"]
    assert [unit["name"] for unit in commune["became"]] == ["Xã Nghĩa Tá"]
    assert commune["days"]["until"] == "2025-06-30"
    unit = await told(room, "/places/unit/02071")
    assert [each["name"] for each in unit["was"]] == [
        "Xã Bình Trung",
        "Xã Lương Bằng",
        "Xã Nghĩa Tá",
    ]
    assert [each["name"] for each in unit["districts"]] == ["Huyện Chợ Đồn"]
    assert [portal["site"] for portal in unit["portals"]] == ["chodon", "xanghiata"]
    district = await told(room, "/places/district/064")
    assert len(district["became"]) == 8
    assert len(district["parts"]) == 20
    assert {c["name"]: c["articles"] for c in district["parts"]}["Xã Nghĩa Tá"] == 1
    assert [d["number"] for d in district["documents"]] == ["30/2020/NĐ-CP"]
    province = await told(room, "/places/province/06")
    assert [each["name"] for each in province["became"]] == ["Thái Nguyên"]
    assert len(province["parts"]) == 8
    since = await told(room, "/places/province-since/19")
    assert [each["name"] for each in since["was"]] == ["Tỉnh Bắc Kạn", "Tỉnh Thái Nguyên"]
    assert len(since["parts"]) == 92
    merged = await told(room, "/places/district/762")
    assert merged["days"]["merged_into"]["name"] == "Thành phố Thủ Đức"


async def test_a_district_without_communes_is_the_unit_that_it_became(room: Datasette) -> None:
    unit = await told(room, "/places/unit/26732")
    assert [each["name"] for each in unit["districts"]] == ["Huyện Côn Đảo"]
    district = await told(room, "/places/district/755")
    assert [each["name"] for each in district["became"]] == ["Đặc khu Côn Đảo"]


async def test_an_article_leads_to_the_places_that_it_names(room: Datasette) -> None:
    page = await shown(room, "/archive/articles/4")
    found = links(page, ".story a")
    assert "/places/district/064" in found
    assert "/places/commune/01897" in found
    assert "/places/commune/02041" in found
    assert "/places/unit/02071" in links(await shown(room, "/archive/articles/6"), ".kicker a")


async def test_a_province_s_own_portal_is_its_own(room: Datasette) -> None:
    since = await told(room, "/places/province-since/08")
    assert [portal["site"] for portal in since["portals"]] == ["tinh"]
    assert [each["name"] for each in since["was"]] == ["Tỉnh Hà Giang", "Tỉnh Tuyên Quang"]
    assert "/places/province-since/08" in links(await shown(room, "/archive/articles/8"))
    assert "/places/province-since/08" in links(await shown(room, "/coverage/tinh"))
    assert "/places/district/064" in links(await shown(room, "/coverage/chodon"))
    assert "/places/unit/02071" in links(await shown(room, "/coverage/xanghiata"))


async def test_a_host_that_changed_hands_leads_from_each_to_the_other(
    path: Path, tmp_path: Path
) -> None:
    shutil.copy(path, tmp_path / "archive.db")
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db, db:
        db.execute(
            "INSERT INTO takeovers (site, host, since, gone, strangers, message, successor,"
            " answered_at) VALUES ('chodon', 'chodon.example', '2025-10-02T00:00:00Z', 0, 0, '',"
            " 'tinh', '2025-10-03T00:00:00Z')"
        )
        db.execute(
            "INSERT INTO surveys (site, host, url, asked_at, dns, says, evidence, unit)"
            " VALUES ('chodon', 'chodon.example', 'https://chodon.example/',"
            " '2025-10-01T00:00:00Z', 'found', 'other', 'x', '08')"
        )
    async with opened(tmp_path / "archive.db") as room:
        district, province = [await shown(room, f"/coverage/{key}") for key in ("chodon", "tinh")]
        assert "nay là của cơ quan khác (tỉnh Tuyên Quang)" in " ".join(
            district.body.text().split() if district.body else ()
        )
        assert "/coverage/tinh" in links(district, ".facts a")
        assert "/coverage/chodon" in links(province, ".facts a")
        as_data = await told(room, "/coverage/tinh")
        assert [row["site"] for row in as_data["before"]] == ["chodon"]
        assert (as_data["after"], as_data["place"]["code"]) == ([], "08")


@pytest.mark.parametrize(
    "address",
    ["/places/commune/99999", "/places/country/01", "/places/unit/1", "/places/province/04/x"],
)
async def test_there_is_no_page_of_what_is_no_place(room: Datasette, address: str) -> None:
    assert (await room.client.get(address)).status_code == 404


@pytest.mark.parametrize(
    "place", ["064", "district:", "district:064' OR 1", "x:064", ":", "unit:9"]
)
async def test_what_is_no_place_finds_nothing_and_breaks_nothing(
    room: Datasette, place: str
) -> None:
    arguments = urlencode({"q": "ba con", "place": place})
    page = await shown(room, f"/search?{arguments}")
    assert not page.css(".results li")


async def test_all_places_are_offered_by_province(room: Datasette) -> None:
    page = await shown(room, "/places")
    assert links(page, ".ledger a") == [
        "/places/province/06", "/places/province-since/19",
        "/places/district/061", "/places/district/064",
    ]  # fmt: skip
    assert "Không có nơi nào" in (await shown(room, "/places?name=<b>xyz")).text()


async def test_the_canned_queries_count_by_places(room: Datasette) -> None:
    answer = await room.client.get("/archive/communes_most_named.json?_shape=array&district=064")
    assert {row["commune"]: row["articles"] for row in answer.json()} == {
        "xã Nghĩa Tá": 1, "xã Lương Bằng": 1, "xã Bình Trung": 1, "xã Bằng Phúc": 1,
    }  # fmt: skip
    answer = await room.client.get("/archive/articles_per_province.json?_shape=array")
    assert [(r["province"], r["portals"], r["articles"]) for r in answer.json()] == [
        ("Bắc Kạn", 2, 5)
    ]


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("Chợ Đồn", ["district", "unit"]),
        ("cho don", ["district", "unit"]),
        ("huyện Chợ Đồn", ["district"]),
        ("xa cho don", ["unit"]),
        ("Chợ Đồn 2021", ["district"]),
        ("Chợ Đồn (2026)", ["unit"]),
        ("Chợ Đồn 2025", ["district", "unit"]),
        ("Thái Nguyên 2010", ["district", "province", "commune"]),
        ("Quận 8", ["district"]),
        ("8", []),
        ("thủ đức 2024", ["district", "district"]),
        ("họp dân", []),
        ("2021", []),
        ("", []),
    ],
)
def test_a_place_is_called_by_its_name_and_a_year(typed: str, kinds: list[str]) -> None:
    assert [place.kind for place in places_called(typed)] == kinds


def test_every_place_of_the_map_is_called_by_its_name() -> None:
    assert {place.kind for name in ("Huế", "Bắc Kạn") for place in places_called(name)} >= {
        PlaceKind.PROVINCE_SINCE, PlaceKind.PROVINCE, PlaceKind.UNIT,
    }  # fmt: skip
    assert len(places_called("Tân Lập")) >= 24


def test_a_place_is_looked_up_and_not_searched_for(path: Path) -> None:
    """Else search by a place would read all articles."""
    with closing(sqlite3.connect(path)) as connection:
        for kind in PlaceKind:
            plan = connection.execute(
                "EXPLAIN QUERY PLAN SELECT article_id FROM place_articles"
                " WHERE kind = ? AND code = ?",
                [kind, "064"],
            ).fetchall()
            scanned = {step.split()[1] for *_, step in plan if step.startswith("SCAN")}
            assert scanned.isdisjoint({"articles", "places", "communes"}), plan


async def test_a_place_is_shown_by_years_and_its_portals_with_their_verdicts(
    room: Datasette,
) -> None:
    place = await told(room, "/places/district/064")
    assert sum(each["articles"] for each in place["years"]) == place["found"]
    assert {portal["verdict"] for portal in place["portals"]} <= {*Verdict}
    year = next(each["year"] for each in place["years"] if each["year"])
    of_year = (await room.client.get(f"/places/district/064.json?year={year}")).json()
    assert of_year["found"] == len(of_year["articles"])
    assert {article["published_at"][:4] for article in of_year["articles"]} == {str(year)}
