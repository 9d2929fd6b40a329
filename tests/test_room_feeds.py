"""The feeds of the reading room, as feed readers get them."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import feedparser
import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from archive import Archive
from archive.codes import code_of
from crawler.text.addresses import urlkey
from crawler.vocabulary import Grade
from reading_room.feeds import entry_id
from reading_room.plugins.feeds import newest
from tests.room_sample import ARTICLES, HOSTILE, PERSIMMON, build_archive, with_originals
from tests.room_sample import opened as opened_room
from tests.test_old_archives import NAMES, unpacked
from tests.test_room_pages import CODES, get

CODE = code_of("chodon", urlkey(PERSIMMON))
GONE = "2025-11-12T20:00:00Z"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample; its first article is gone, its second one in a commune, its third one hidden."""
    path = with_originals(build_archive(tmp_path_factory.mktemp("feeds") / "archive.db"))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "UPDATE urls SET state = 'gone', gone_since = ? WHERE url LIKE '%khai-giang/'", [GONE]
        )
        db.execute(
            "INSERT INTO places (article_id, kind, code, name, position, how)"
            " VALUES (2, 'commune', '02041', 'Bằng Phúc', 1, 'type')"
        )
        db.execute(
            "INSERT INTO citations (article_id, position, type, number, text, key)"
            " VALUES (2, 1, 'Nghị định', '30/2020/NĐ-CP', 'x', '30/2020/NĐ-CP')"
        )
    with Archive.open(path) as opened:
        opened.withheld.hide(str(ARTICLES[2]["url"]), Grade.TEXT, "theo yêu cầu")
    return path


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    async with opened_room(archive) as room:
        yield room


async def feed(room: Datasette, path: str) -> Any:
    response = await room.client.get(path, headers={"host": "kho.example"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    read = feedparser.parse(response.content)
    assert not read.bozo
    assert read.feed.id == f"http://kho.example{path}"
    assert "mùa" not in response.text, "it is withheld"
    return read


def codes(read: Any) -> list[str]:
    return [entry.link.rpartition("/")[2] for entry in read.entries]


async def test_all_articles_those_edited_last_first(room: Datasette) -> None:
    read = await feed(room, "/feed.atom")
    assert read.entries[0].id == entry_id(CODE)
    assert read.entries[0].title.endswith("(đã sửa)")
    assert read.entries[0].link == f"http://kho.example/a/{CODE}"
    assert {*codes(read)} == {CODE, *CODES} - {CODES[2]}
    assert [entry.updated for entry in read.entries] == sorted(
        (entry.updated for entry in read.entries), reverse=True
    )
    (hostile,) = (entry for entry in read.entries if entry.link.endswith(CODES[4]))
    assert hostile.title == HOSTILE


@pytest.mark.parametrize(
    ("path", "expected", "title"),
    [
        ("/coverage/nalang.atom", {CODES[3], CODES[4]}, "Trang thông tin điện tử huyện Nà Lạng"),
        ("/places/commune/02041.atom", {CODES[1]}, "Xã Bằng Phúc"),
        ("/documents/30/2020/N%C4%90-CP.atom", {CODES[1], CODE}, "30/2020/NĐ-CP"),
        ("/documents.atom?key=30/2020/N%C4%90-CP", {CODES[1], CODE}, "30/2020/NĐ-CP"),
    ],
)
async def test_the_feeds_of_a_portal_a_place_and_a_document(
    room: Datasette, path: str, expected: set[str], title: str
) -> None:
    read = await feed(room, path)
    assert {*codes(read)} == expected
    assert read.feed.title == f"{title} · Tin Huyện"
    await get(room, read.feed.link.removeprefix("http://kho.example"))


async def test_edits_and_losses(room: Datasette) -> None:
    lost, edited = (await feed(room, "/changes.atom")).entries
    assert lost.updated == GONE
    assert lost.link == f"http://kho.example/a/{CODES[0]}"
    assert lost.title.startswith("Không còn trên cổng: ")
    assert edited.link == "http://kho.example/changes/6/3"
    assert edited.id != lost.id != entry_id(CODE)
    english = await room.client.get("/changes.atom", headers={"accept-language": "en"})
    assert "Gone from its portal" in english.text
    assert english.headers["content-language"] == "en"


@pytest.mark.parametrize(
    "path",
    ["/coverage/khac.atom", "/places/commune/99999.atom", "/places/x/02041.atom",
     "/documents/99/2020/N%C4%90-CP.atom", "/documents.atom"],
)  # fmt: skip
async def test_a_feed_of_nothing_is_not_found(room: Datasette, path: str) -> None:
    await get(room, path, 404)


async def test_who_has_a_feed_as_it_is_gets_nothing(room: Datasette) -> None:
    first = await room.client.get("/feed.atom")
    again = await room.client.get("/feed.atom", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await room.client.get("/coverage/nalang.atom")
    assert other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("/", "/feed.atom"),
        ("/coverage/chodon", "/coverage/chodon.atom"),
        ("/places/commune/02041", "/places/commune/02041.atom"),
        ("/documents/30/2020/N%C4%90-CP", "/documents/30/2020/N%C4%90-CP.atom"),
    ],
)
async def test_pages_name_their_feed(room: Datasette, page: str, expected: str) -> None:
    html = Page(await get(room, page))
    links = html.css("head link[type='application/atom+xml']")
    assert [link.attributes["href"] for link in links] == [expected]
    assert expected in [link.attributes["href"] for link in html.css("footer a")]
    await feed(room, expected)


@pytest.mark.parametrize("name", NAMES)
async def test_an_older_archive_has_a_feed(name: str, tmp_path: Path) -> None:
    async with opened_room(unpacked(name, tmp_path).db) as room:
        read = feedparser.parse((await room.client.get("/feed.atom")).content)
        assert read.entries
        await get(room, "/changes.atom", 404)


@pytest.mark.parametrize("condition", ["1", "site = :site", "revision > 1"])
async def test_no_feed_sorts_all_articles(
    room: Datasette, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    db, asked = room.get_database("archive"), []
    execute = db.execute

    async def noting(sql: str, *arguments: Any, **options: Any) -> Any:
        asked.append((sql, *arguments))
        return await execute(sql, *arguments, **options)

    monkeypatch.setattr(db, "execute", noting)
    await newest(db, condition, **({"site": "chodon"} if ":site" in condition else {}))
    sql, values = asked[-1]
    plan = [row["detail"] for row in (await execute(f"EXPLAIN QUERY PLAN {sql}", values)).rows]
    inner = [step for step in plan if "articles" in step and "USING" in step]
    assert any("revised_at" in step or "articles_edited" in step for step in inner), plan
