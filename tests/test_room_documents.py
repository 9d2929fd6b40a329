"""Official documents: found however they are typed, each with all articles that cite it."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page
from sqlite_utils import Database

from reading_room.subjects.documents import (
    MOST_CALLED,
    document_path,
    key_in_path,
    keys_of,
    most_told,
    year_of,
)
from tests.room_sample import HOSTILE, build_archive, opened

DECREE, LAW, PLAN = "30/2020/NĐ-CP", "Luật Đất đai 2013", "6-ĐA/TU, Bắc Kạn"
SHORT_LAW, PROJECT, ELSEWHERE = "Luật Đất đai", "6-DA/TU, Bắc Kạn", "6-ĐA/TU, Cao Bằng"
ODD = "../x_y.json"

CITED: Sequence[tuple[int, str, str | None, str, str | None, str | None]] = (
    # the article, the key, and what it says: type, number, issuer, date
    (1, DECREE, "Nghị định", "30/2020/NĐ-CP", "Chính phủ", "2020-03-05"),
    (2, DECREE, None, "30/2020/NĐ-CP", None, None),
    (3, DECREE, "Nghị định", "30/2020/NĐ-CP", "Chính phủ", "2020-05-03"),
    (4, DECREE, "Nghị định", "30/2020/NĐ-CP", "Chính phủ", "2020-03-05"),
    (1, LAW, "Luật", LAW, "Quốc hội", None),
    (2, SHORT_LAW, "Luật", SHORT_LAW, "Quốc hội", None),
    (3, PLAN, "Đề án", "06-ĐA/TU", "Tỉnh ủy Bắc Kạn", None),
    (4, PROJECT, "Dự án", "06-DA/TU", "Tỉnh ủy Bắc Kạn", None),
    (4, ELSEWHERE, "Đề án", "06-ĐA/TU", "Tỉnh ủy Cao Bằng", None),
    (5, ODD, HOSTILE, HOSTILE, HOSTILE, None),
    (5, "1811/QĐ-UBND, huyện Chợ Đồn", "Quyết định", "1811/QĐ-UBND", "UBND huyện", None),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    articles = [
        {"url": f"https://{site}.example/{number}/", "title": f"Tin số {number}", "site": site,
         "published_at": f"20{18 + number}-05-06T07:08:09+07:00"}
        for number, site in ((1, "chodon"), (2, "chodon"), (3, "nalang"), (4, "chodon"))
    ]  # fmt: skip
    articles.append({"url": "https://chodon.example/5/", "title": HOSTILE})
    path = build_archive(tmp_path_factory.mktemp("documents") / "archive.db", articles, urls=())
    db = Database(path)
    db.table("citations").insert_all(
        {"article_id": article, "position": position, "type": kind, "number": number,
         "issuer": issuer, "date": date, "text": f"số {number}", "key": key}
        for position, (article, key, kind, number, issuer, date) in enumerate(CITED)
    )  # fmt: skip
    db.close()
    return path


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    async with opened(archive) as room:
        yield room


async def page(room: Datasette, path: str, language: str = "vi") -> Page:
    response = await room.client.get(path, headers={"accept-language": language})
    assert response.status_code == 200, response.text[:2000]
    return Page(response.text)


async def data(room: Datasette, path: str) -> Any:
    return (await room.client.get(path, follow_redirects=True)).json()


def text(page: Page, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


async def test_a_document_says_what_it_is_and_who_cites_it(room: Datasette) -> None:
    shown = await page(room, document_path(DECREE), "en")
    assert text(shown, "h1") == ["Nghị định 30/2020/NĐ-CP"]
    facts = text(shown, ".facts dd")
    assert facts[0] == "Chính phủ"
    assert facts[1].startswith("5 March 2020 2 times, 3 May 2020 1 time"), "both days are told"
    assert "different documents" in facts[1]
    assert facts[2].startswith("4 articles")
    assert text(shown, ".results h3") == [f"Tin số {number}" for number in (4, 3, 2, 1)]
    assert text(shown, "#years + nav a") == ["All", "2019 1", "2020 1", "2021 1", "2022 1"]
    assert [each.split()[-1] for each in text(shown, "#portals + nav a")] == ["All", "3", "1"]
    beside = text(shown, "#beside + ol li")
    assert len(beside) == 5
    assert all(each.endswith("cited by 1 article") for each in beside)
    vietnamese = await page(room, document_path(DECREE))
    assert text(vietnamese, ".facts dt") == [
        "Cơ quan ban hành",
        "Ngày ban hành, như các bài ghi",
        "Được dẫn trong",
        "Khóa trong dữ liệu",
    ]


async def test_articles_are_chosen_by_year_and_by_portal(room: Datasette) -> None:
    shown = await page(room, f"{document_path(DECREE)}?site=chodon")
    assert text(shown, ".results h3") == ["Tin số 4", "Tin số 2", "Tin số 1"]
    assert text(shown, "#years + nav a")[1:] == ["2019 1", "2020 1", "2022 1"]
    shown = await page(room, f"{document_path(DECREE)}?site=chodon&year=2020")
    assert text(shown, ".results h3") == ["Tin số 2"]
    assert len(text(shown, "[aria-current]")) == 2


TYPED: Sequence[tuple[str, list[str]]] = (
    ("30/2020/NĐ-CP", [DECREE]),
    ("30/2020/nd-cp", [DECREE]),
    ("Nghị định số 030/2020/NĐ–CP", [DECREE]),
    ("30/2020/NĐ-CP", [DECREE]),
    ("30/2020", [DECREE]),
    ("06-ĐA/TU", [PLAN, ELSEWHERE]),
    ("6-ĐA/TU", [PLAN, ELSEWHERE]),
    ("6-da/tu", [PROJECT, PLAN, ELSEWHERE]),
    ("1811/qd-ubnd", ["1811/QĐ-UBND, huyện Chợ Đồn"]),
    ("1811", ["1811/QĐ-UBND, huyện Chợ Đồn"]),
    ("luật đất đai", [SHORT_LAW, LAW]),
    ("dat dai 2013", [LAW]),
    ("luật lao động", []),
    ("31/2020/NĐ-CP", []),
    ("3", []),
    ("'; --", []),
    ("%", []),
)


async def test_a_document_is_found_however_it_is_typed(room: Datasette) -> None:
    for typed, keys in TYPED:
        response = await room.client.get("/documents.json", params={"name": typed})
        found = [document["key"] for document in response.json()["documents"]]
        assert sorted(found) == sorted(keys), typed
        response = await room.client.get("/documents", params={"name": typed})
        if len(keys) == 1:
            assert response.headers["location"] == document_path(keys[0]), typed
        else:
            assert response.status_code == 200
            assert len(Page(response.text).css(".plain-list li")) == len(keys), typed


@pytest.mark.parametrize("typed", ["77/QĐ-UBND", "78"])
@pytest.mark.parametrize("more", [0, 1])
async def test_of_many_documents_of_a_name_it_is_said_that_there_are_more(
    archive: Path, tmp_path: Path, typed: str, more: int
) -> None:
    crowded = Path(shutil.copy(archive, tmp_path / "archive.db"))
    with closing(sqlite3.connect(crowded)) as db, db:
        db.executemany(
            "INSERT INTO citations (article_id, position, number, text, key)"
            " VALUES (1, ?, ?, ?, ?)",
            (
                (1000 * serial + n, number, number, number + local)
                for n in range(MOST_CALLED + more)
                for serial, number, local in (
                    (77, "77/QĐ-UBND", f", huyện {n}"), (78, f"78-NQ/{n}", "")
                )
            ),
        )  # fmt: skip
    async with opened(crowded) as room:
        told = (await room.client.get("/documents.json", params={"name": typed})).json()
        assert (len(told["documents"]), told["is_cut"]) == (MOST_CALLED, bool(more))
        shown = await page(room, f"/documents?name={typed}", "en")
        assert len(shown.css(".plain-list li")) == MOST_CALLED
        assert text(shown, "p.found") == [
            f"More than {MOST_CALLED} documents are called so; these are cited most"
            if more
            else f"{MOST_CALLED} documents are called so"
        ]


LEAD_ON: Sequence[tuple[str, str | None]] = (
    ("/documents/30/2020/nd-cp", document_path(DECREE)),
    ("/documents/30~2F2020", None),
    ("/documents/luật_đất_đai_2013", document_path(LAW)),
    ("/documents/06-ĐA/TU", "/documents?name=06-%C4%90A%2FTU"),
    ("/archive/articles_citing?document=30/2020/NĐ-CP", "/documents?name=30%2F2020%2FN%C4%90-CP"),
    ("/archive/articles_citing", "/documents"),
)


async def test_other_addresses_lead_to_the_one_of_a_document(room: Datasette) -> None:
    for address, path in LEAD_ON:
        response = await room.client.get(address)
        assert response.status_code == (302 if path else 404), address
        assert response.headers.get("location") == path, address


async def test_the_canned_query_still_answers_programs(room: Datasette) -> None:
    found = await data(room, f"/archive/articles_citing.json?document={DECREE}&_shape=array")
    assert len(found) == 4


async def test_the_documents_most_cited_are_listed_by_kind_and_year(room: Datasette) -> None:
    shown = await page(room, "/documents")
    first = text(shown, ".plain-list li")[0]
    assert first == "Nghị định 30/2020/NĐ-CP, Chính phủ 4 bài dẫn"
    kinds = text(shown, "select[name=type] option")
    assert {"Luật (2)", "Nghị định (1)", "Đề án (2)"} <= {*kinds}
    chosen = await page(room, "/documents?type=Luật&year=2013")
    assert text(chosen, ".plain-list li") == [f"Luật {LAW}, Quốc hội 1 bài dẫn"]
    assert text(chosen, "option[selected]") == ["Luật (2)", "2013"]
    assert not (await page(room, "/documents?type=khac&page=9")).css(".plain-list li")


async def test_as_data(room: Datasette) -> None:
    told = await data(room, "/documents/30/2020/nd-cp.json")
    assert (told["key"], told["articles"], told["year"]) == (DECREE, 4, 2020)
    assert [each["date"] for each in told["dates"]] == ["2020-03-05", "2020-05-03"]
    assert [article["text"] for article in told["citing"]] == ["số 30/2020/NĐ-CP"] * 4
    assert told["next"] is None
    assert len((await data(room, "/documents.json"))["documents"]) == len({c[1] for c in CITED})


async def test_whatever_a_key_is_its_document_has_a_page(room: Datasette) -> None:
    listed = await page(room, "/documents")
    addresses = [str(link.attributes["href"]) for link in listed.css(".plain-list a")]
    titles = []
    for address in addresses:
        shown = await page(room, address)
        titles += text(shown, "h1")
        assert not [script for script in shown.css("script") if "alert" in script.text()]
        for link in shown.css("main a"):
            response = await room.client.get(str(link.attributes["href"]))
            assert response.status_code == 200, link.attributes["href"]
    assert len(titles) == len({c[1] for c in CITED})
    assert [title for title in titles if "alert(1)" in title]


async def test_a_document_is_linked_where_it_is_cited(room: Datasette) -> None:
    cells = (await page(room, "/archive/citations?_size=3")).css("td.col-key a")
    assert str(cells[0].attributes["href"]) == document_path(DECREE)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (DECREE, "/documents/30/2020/N%C4%90-CP"),
        (PLAN, "/documents/6-%C4%90A/TU,_B%E1%BA%AFc_K%E1%BA%A1n"),
        (LAW, "/documents/Lu%E1%BA%ADt_%C4%90%E1%BA%A5t_%C4%91ai_2013"),
        ("187/TB-UBND, (Đông Lĩnh)", "/documents/187/TB-UBND,_(%C4%90%C3%B4ng_L%C4%A9nh)"),
        ("1/a?b#c", "/documents/1/a%3Fb%23c"),
    ],
)
def test_the_address_of_a_document_is_as_it_is_written(key: str, path: str) -> None:
    assert document_path(key) == path
    assert key_in_path(path.removeprefix("/documents/")) == key


@pytest.mark.parametrize("key", ["", "a//b", "../x", "1/.", "a_b", "1.json", "1/2.atom"])
def test_a_key_that_is_no_path_is_asked_for(key: str) -> None:
    assert document_path(key).startswith("/documents?key=")


def test_numbers_in_all_spellings_that_may_be_meant() -> None:
    assert keys_of("6-da/tu") == ["6-DA/TU", "6-ĐA/TU"]
    assert keys_of("06-ĐA/TU") == ["6-ĐA/TU"]
    assert keys_of("luật đất đai") == []
    assert keys_of("") == []


def test_years_of_documents() -> None:
    assert year_of(DECREE, "2021-01-01") == 2020
    assert year_of(LAW, None) == 2013
    assert year_of(PLAN, "2019-02-03") == 2019
    assert year_of("1811/QĐ-UBND, huyện (2010)", None) is None


def test_what_is_told_most_often_is_believed() -> None:
    told = [
        {"type": "Nghị định", "number": "1/NĐ", "issuer": None, "date": "2020-01-02", "times": 2},
        {"type": "Quyết định", "number": "01/NĐ", "issuer": "CP", "date": None, "times": 1},
        {"type": None, "number": "01/NĐ", "issuer": None, "date": "2020-01-03", "times": 3},
    ]
    found = most_told("1/NĐ", told)
    assert (found["type"], found["number"], found["issuer"]) == ("Nghị định", "01/NĐ", "CP")
    assert [each["times"] for each in found["dates"]] == [3, 2]
