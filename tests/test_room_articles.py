"""The addresses of articles and of their texts, and what answers at each."""

import json
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
from reading_room.articles.addresses import article_path, text_path
from reading_room.articles.formats import FORMATS
from reading_room.articles.revisions import text_called
from reading_room.language import moment_of
from reading_room.plugins.article import is_of_this_machine
from tests.room_sample import PERSIMMON, PERSIMMON_ID, build_archive, with_originals
from tests.room_sample import opened as opened_room
from tests.test_old_archives import NAMES, unpacked
from tests.test_room_pages import CODES, get, mark, text_of

CODE = code_of("chodon", urlkey(PERSIMMON))
ALIAS, WITHDRAWN, SECOND = "aaaaaaaaaaaa2", "aaaaaaaaaaaa3", "aaaaaaaaaaaa4"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, with a code that leads on over another one, and one that leads nowhere."""
    path = with_originals(build_archive(tmp_path_factory.mktemp("articles") / "archive.db"))
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(
            "INSERT INTO aliases (code, leads_to, changed) VALUES (?, ?, ?)",
            [(ALIAS, SECOND, 91), (SECOND, CODE, 92), (WITHDRAWN, None, 93)],
        )
    return path


@pytest.fixture
async def room(path: Path) -> AsyncIterator[Datasette]:
    async with opened_room(path) as room:
        yield room


@pytest.fixture(scope="module")
def digests(path: Path) -> list[str]:
    """The digests of the three texts of the article `PERSIMMON`, the oldest first."""
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT text_sha256 FROM history WHERE article_id = ? ORDER BY revision"
        return [digest for (digest,) in db.execute(sql, [PERSIMMON_ID])]


async def leads(room: Datasette, path: str) -> tuple[int, str | None]:
    """Return the status of an address, and where it leads."""
    response = await room.client.get(path)
    return response.status_code, response.headers.get("location")


@pytest.mark.parametrize(
    ("row", "address"),
    [
        ({"code": "g00000000000a", "id": 7}, "/a/g00000000000a"),
        ({"article_id": 7, "id": 8}, "/a/7"),
        ({"code": None, "id": 7}, "/a/7"),
    ],
)
def test_the_address_of_an_article(row: dict[str, object], address: str) -> None:
    assert article_path(row) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ({"text_sha256": "ab" * 32, "revision": 3}, "/a/7/abababababababab"),
        ({"text_sha256": "ab" * 32, "revision": 3, "is_repeated": 0}, "/a/7/abababababababab"),
        ({"text_sha256": "ab" * 32, "revision": 3, "is_repeated": 1}, "/a/7/3"),
        ({"revision": 3}, "/a/7/3"),
    ],
)
def test_the_address_of_a_text(text: dict[str, object], address: str) -> None:
    assert text_path({"id": 7} | text) == address


@pytest.mark.parametrize(
    ("wanted", "revision"),
    [
        *(("3", 3), ("1", 1), ("4", None), ("0", None)),
        *(("ab" * 32, 2), ("ab" * 8, None), ("ab" * 12 + "0" * 8, 3), ("AB" * 31 + "ab", 2)),
        ("ab" * 7, None),
    ],
)  # fmt: skip
def test_a_text_is_named_by_digest_or_number(wanted: str, revision: int | None) -> None:
    texts = [
        {"revision": 3, "text_sha256": "ab" * 12 + "00" * 20},
        {"revision": 2, "text_sha256": "ab" * 32},
        {"revision": 1, "text_sha256": "ab" * 32},
    ]
    found = text_called(texts, wanted)
    assert (found and found["revision"]) == revision


async def test_an_article_is_at_its_code(room: Datasette) -> None:
    page = Page(await get(room, f"/a/{CODES[1]}"))
    assert text_of(page, "article h1") == "Khởi công tuyến đường liên xã dài 12 km"


async def test_whatever_names_an_article_leads_to_its_code(room: Datasette) -> None:
    there = f"/a/{CODE}"
    assert await leads(room, f"/a/{PERSIMMON_ID}") == (302, there)
    assert await leads(room, f"/archive/articles/{PERSIMMON_ID}") == (302, there)
    assert await leads(room, f"/a/{ALIAS}") == (301, there)
    assert await leads(room, f"/a/{SECOND}") == (301, there)
    assert await leads(room, f"/a/{CODE.upper()}") == (301, there)
    assert await leads(room, there) == (200, None)


async def test_signs_that_no_code_has_are_read_as_what_they_look_like(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive.db")
    mark(path, "UPDATE articles SET code = 'g0123456789k1' WHERE id = 1")
    async with opened_room(path) as room:
        assert await leads(room, "/a/GOi23456789kL") == (301, "/a/g0123456789k1")


async def test_each_text_is_at_its_digest(room: Datasette, digests: list[str]) -> None:
    first, second, newest = digests
    for digest, title in (
        (first, "Huyện Chợ Đồn triển khai đề án trồng hồng không hạt"),
        (newest, "Huyện Chợ Đồn triển khai Đề án phát triển cây hồng không hạt"),
    ):
        for digits in (16, 20, 64):
            page = Page(await get(room, f"/a/{CODE}/{digest[:digits]}"))
            assert text_of(page, "article h1") == title
    assert await leads(room, f"/a/{CODE}/{first[:16].upper()}") == (301, f"/a/{CODE}/{first[:16]}")
    assert await leads(room, f"/a/{CODE}/2") == (302, f"/a/{CODE}/{second[:16]}")
    assert await leads(room, f"/a/{ALIAS}/{first}") == (301, f"/a/{CODE}/{first[:16]}")
    old = f"/archive/revisions/{PERSIMMON_ID},1"
    assert await leads(room, old) == (302, f"/a/{CODE}/{first[:16]}")
    page = Page(await get(room, f"/a/{CODE}"))
    links = [str(a.attributes["href"]) for a in page.css(".history li p:first-child a")]
    assert [link for link in links if link.startswith("/a/")] == [
        f"/a/{CODE}/{second[:16]}", f"/a/{CODE}/{first[:16]}",
    ]  # fmt: skip


async def test_of_two_texts_with_the_same_words_each_has_an_address(tmp_path: Path) -> None:
    path = with_originals(build_archive(tmp_path / "archive.db"))
    mark(
        path,
        "UPDATE revisions SET text_sha256 = (SELECT text_sha256 FROM revisions WHERE revision = 1)",
    )
    async with opened_room(path) as room:
        page = Page(await get(room, f"/a/{CODE}"))
        links = [str(a.attributes["href"]) for a in page.css(".history li p:first-child a")]
        assert [link for link in links if link.startswith("/a/")] == [
            f"/a/{CODE}/2",
            f"/a/{CODE}/1",
        ]
        titles = [text_of(Page(await get(room, f"/a/{CODE}/{n}")), "article h1") for n in (1, 2)]
        assert len({*titles}) == 2
        for number, title in zip((1, 2), titles, strict=True):
            headers = {"host": "kho.example"}
            answer = await room.client.get(f"/a/{CODE}/{number}.csl.json", headers=headers)
            cited = str(answer.json()[0]["archive_location"]).removeprefix("http://kho.example")
            assert text_of(Page(await get(room, cited)), "article h1") == title


async def test_a_text_that_came_back_says_when_it_stood_each_time(tmp_path: Path) -> None:
    """The newest has the words of the first again; at their digest both times are told."""
    path = with_originals(build_archive(tmp_path / "archive.db"))
    with closing(sqlite3.connect(path)) as db, db:
        first = "FROM revisions WHERE article_id = :id AND revision = 1"
        db.execute(
            f"UPDATE articles SET text_sha256 = (SELECT text_sha256 {first}) WHERE id = :id",
            {"id": PERSIMMON_ID},
        )
        spans = db.execute(
            "SELECT revision, seen_at, last_seen_at FROM history WHERE article_id = ?",
            [PERSIMMON_ID],
        ).fetchall()
        digest = db.execute(f"SELECT text_sha256 {first}", {"id": PERSIMMON_ID}).fetchone()[0]
    days = {revision: [f"{moment_of(at):%d/%m/%Y}" for at in span] for revision, *span in spans}
    told = {
        revision: f"bản {revision} {f'từ {one} đến {other}' if one != other else f'ngày {one}'}"
        for revision, (one, other) in days.items()
    }
    newest = max(told)
    async with opened_room(path) as room:
        for address in (f"{digest[:16]}", "1", f"{newest}"):
            page = Page(await get(room, f"/a/{CODE}/{address}"))
            notices = " ".join(text.text() for text in page.css(".notice"))
            assert f"{told[1]}; {told[newest]}." in " ".join(notices.split()), address
        other = Page(await get(room, f"/a/{CODE}/2"))
        assert "nhiều lần" not in text_of(other, "article")


async def test_a_text_that_is_not_there_says_which_are(room: Datasette, digests: list[str]) -> None:
    for wanted in ("0" * 16, "9", "abc", digests[0][:15]):
        told = await get(room, f"/a/{CODE}/{wanted}", 404)
        assert all(digest[:16] in told for digest in digests), wanted
    await get(room, f"/a/{CODE}/x", 404)


@pytest.mark.parametrize(
    "address",
    [
        *("/a/aaaaaaaaaaaa9", "/a/999", "/a/x", "/a/", "/a", "/a/%3Cscript%3E", "/a/1/2/3"),
        *("/archive/articles/999", "/archive/articles/x", "/archive/articles/1,2"),
        *("/archive/revisions/6,9", "/archive/revisions/6", "/archive/revisions/6,3"),
        *("/a/99999999999999999999", "/archive/articles/99999999999999999999"),
    ],
)
async def test_what_names_no_article_is_not_found(room: Datasette, address: str) -> None:
    assert "<script>" not in await get(room, address, 404)


async def test_a_code_that_leads_nowhere_says_why(room: Datasette) -> None:
    assert "không phải bài viết" in await get(room, f"/a/{WITHDRAWN}", 410)


async def test_rows_stay_data_for_programs(room: Datasette) -> None:
    row = f"/archive/articles/{PERSIMMON_ID}"
    assert await leads(room, f"{row}?_format=json") == (302, f"{row}.json")
    data = (await room.client.get(f"{row}.json?_shape=array")).json()
    assert data[0]["code"] == CODE
    table = Page(await get(room, f"/archive/articles?id={PERSIMMON_ID}"))
    assert f"/a/{PERSIMMON_ID}" in [a.attributes["href"] for a in table.css("td a")]


MEDIA_TYPES = {".json": "application/json"} | {
    f".{ending}": each.media_type for ending, each in FORMATS.items()
}


async def test_an_article_and_each_text_is_given_in_every_format(
    room: Datasette, digests: list[str]
) -> None:
    first, _, newest = digests
    text = f"/a/{CODE}/{first[:16]}"
    for ending, media_type in MEDIA_TYPES.items():
        for path, digest in ((f"/a/{CODE}", newest), (text, first)):
            named = await room.client.get(path + ending)
            assert named.headers["content-type"].partition(";")[0] == media_type
            asked = await room.client.get(path, headers={"accept": media_type})
            assert asked.text == named.text
            assert "Accept" in asked.headers["vary"].split(", ")
            for answer in (named, asked):  # which tells of the copy in the reader's language
                assert {"Accept-Language", "Cookie"} <= {*answer.headers["vary"].split(", ")}
            assert digest[:16] in named.text
            assert newest[:16] in named.text or digest == first
        assert await leads(room, f"/a/{ALIAS}{ending}") == (301, f"/a/{CODE}{ending}")
        assert await leads(room, f"/a/{CODE}/1{ending}") == (302, f"{text}{ending}")
        await get(room, f"/a/{WITHDRAWN}{ending}", 410)
        await get(room, f"/a/aaaaaaaaaaaa9{ending}", 404)
    await get(room, f"/a/{CODE}.xml", 404)


async def test_a_reference_names_the_room_only_where_others_reach_it(path: Path) -> None:
    async with opened_room(path) as room:
        here = (await room.client.get(f"/a/{CODE}.bib")).text
        headers = {"host": "kho.example"}
        there = (await room.client.get(f"/a/{CODE}.bib", headers=headers)).text
    assert "localhost" not in here
    assert f"http://kho.example/a/{CODE}/" in there


@pytest.mark.parametrize(
    ("changed", "doubtful"),
    [
        ("UPDATE articles SET title = title", False),
        ("UPDATE articles SET published_confidence = 'low'", True),
        ("UPDATE revisions SET published_at = '2024-03-06' WHERE revision = 1", True),
        ("UPDATE articles SET published_at = NULL", True),
        ("UPDATE revisions SET published_at = NULL WHERE revision = 1", False),
    ],
)
async def test_an_earlier_text_is_cited_with_the_doubt_of_its_day(
    tmp_path: Path, changed: str, doubtful: bool
) -> None:
    path = with_originals(build_archive(tmp_path / "archive.db"))
    mark(path, changed)
    english = {"accept-language": "en"}
    async with opened_room(path) as room:
        text = str((await room.client.get(f"/a/{CODE}/1")).headers["location"])
        page = Page((await room.client.get(text, headers=english)).text)
        item = (await room.client.get(f"{text}.csl.json")).json()[0]
    assert ("(date doubtful)" in text_of(page, "#citation")) == doubtful
    assert ("(the date is doubtful)" in text_of(page, ".dateline")) == doubtful
    assert ("circa" in item.get("issued", {})) == doubtful
    told = [meta.attributes["name"] for meta in page.css("meta[name]")]
    assert ("citation_publication_date" in told) == (not doubtful and "issued" in item)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("::1", True), ("a.localhost", True)),
        *(("kho.example", False), ("192.168.1.4", False), ("", False)),
    ],
)
def test_which_hosts_are_the_machine_itself(host: str, is_ours: bool) -> None:
    assert is_of_this_machine(host) == is_ours


async def test_the_json_of_an_article_is_what_its_page_shows(
    room: Datasette, digests: list[str]
) -> None:
    data = (await room.client.get(f"/a/{CODE}.json")).json()
    assert data["code"] == CODE
    assert data["url"] == PERSIMMON
    assert data["site"] == {"key": "chodon", "name": "Cổng thông tin điện tử huyện Chợ Đồn"}
    assert data["title"] == data["called"]
    assert data["body"].startswith("Ngày 6/3")
    assert data["published_confidence"] == "high"
    assert [text["text_sha256"] for text in data["texts"]] == digests[::-1]
    assert data["texts"][0]["changed"] == ["lead", "body", "author"]
    assert [document["number"] for document in data["documents"]][-1] == "30/2020/NĐ-CP"
    assert [file["label"] for file in data["attachments"]] == ["Đề án 06 (PDF)"]
    assert (data["is_gone"], data["gone_since"], data["mark"]) == (False, None, None)
    first = (await room.client.get(f"/a/{CODE}/{digests[0]}.json")).json()
    assert first["title"] == "Huyện Chợ Đồn triển khai đề án trồng hồng không hạt"
    assert first["text_sha256"] == digests[0]
    assert "attachments" not in first
    neighbours = (await room.client.get(f"/a/{CODES[1]}.json")).json()
    assert neighbours["older"]["address"].endswith(f"/a/{CODES[0]}")
    assert (neighbours["newer"]["state"], neighbours["newer"]["address"]) == ("gone", None)
    assert neighbours["tags"] == ["giao thông"]


async def test_the_fields_of_the_json_are_documented(room: Datasette) -> None:
    told = (Path(__file__).parents[1] / "docs" / "citing.md").read_text(encoding="utf-8")
    for path in (f"/a/{CODE}.json", f"/a/{CODE}/1.json", f"/a/{CODES[1]}.json"):
        data = (await room.client.get(path, follow_redirects=True)).json()
        missing = [name for name in data if f"`{name}`" not in told]
        assert missing == []


async def test_the_head_of_the_page_tells_programs_what_it_is(room: Datasette) -> None:
    response = await room.client.get(f"/a/{CODES[4]}", headers={"host": "kho.example"})
    page = Page(response.text)
    hostile = page.css_first("article h1").text()
    metas = {
        meta.attributes.get("name") or meta.attributes.get("property"): meta.attributes["content"]
        for meta in page.css("head meta[content]")
    }
    assert metas["citation_title"] == metas["og:title"] == " ".join(hostile.split())
    assert metas["citation_publication_date"] == "2024/01/10"
    assert metas["og:url"] == f"http://kho.example/a/{CODES[4]}"
    (script,) = page.css("script[type='application/ld+json']")
    data = json.loads(script.text())
    assert data["headline"] == metas["citation_title"]
    assert data["@id"] == metas["og:url"]
    links = {
        (link.attributes["rel"], link.attributes.get("type")) for link in page.css("head link")
    }
    assert {("alternate", media_type) for media_type in MEDIA_TYPES.values()} <= links
    assert ("alternate", "application/atom+xml") in links
    assert ("canonical", None) in links


async def test_a_withheld_article_answers_so_at_each_of_its_addresses(
    tmp_path: Path, digests: list[str]
) -> None:
    path = with_originals(build_archive(tmp_path / "archive.db"))
    with Archive.open(path) as archive:
        archive.withheld.hide(PERSIMMON, Grade.TEXT, "theo yêu cầu")
    async with opened_room(path) as room:
        for asked in (
            CODE,
            PERSIMMON_ID,
            f"{CODE}/{digests[0]}",
            f"{CODE}/1",
            f"{CODE}/{'0' * 16}",
        ):
            assert "theo yêu cầu" in await get(room, f"/a/{asked}", 451)
            for ending in MEDIA_TYPES:
                told = await get(room, f"/a/{asked}{ending}", 451)
                assert "Mỗi năm huyện trồng mới" not in told


@pytest.mark.parametrize("name", NAMES)
async def test_articles_of_an_older_archive_open(name: str, tmp_path: Path) -> None:
    """Before there were codes they are at their numbers."""
    path = unpacked(name, tmp_path).db
    with closing(sqlite3.connect(path)) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(articles)")]
        code = "code" if "code" in columns else "id"
        sql = f"SELECT id, {code}, title FROM articles WHERE title > '' ORDER BY id LIMIT 1"
        number, key, title = db.execute(sql).fetchone()
    async with opened_room(path) as room:
        assert await leads(room, f"/archive/articles/{number}") == (302, f"/a/{key}")
        assert text_of(Page(await get(room, f"/a/{key}")), "article h1") == " ".join(title.split())
        await get(room, f"/a/{key}/1")
