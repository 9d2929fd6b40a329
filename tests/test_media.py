"""``--media``: the pictures and files of articles, from a real server into a real archive."""

import gzip
import hashlib
import sqlite3
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from selectolax.lexbor import LexborHTMLParser

from archive import SITE_COLUMNS, Archive
from archive.warc import read_record
from demo.faults import Fault
from demo.portal import Portal
from tests.conftest import Archived, Serve, run
from tests.content import writing
from tests.raw import NOT_FOUND, ROBOTS, Answer, Asked, answer, chain, listing
from tests.raw import Portal as RawPortal
from tests.room_sample import opened


def media(archived: Archived) -> dict[str, dict[str, Any]]:
    """Return the rows of ``media`` that are of articles, by path."""
    assert archived.server
    rows = archived.rows("SELECT * FROM media WHERE kind IN ('picture', 'file') ORDER BY id")
    return {row["url"].removeprefix(archived.server.url): row for row in rows}


def test_pictures_and_files_are_kept_as_they_were_served(serve: Serve) -> None:
    archived = serve(Portal.embedded())
    assert archived.server
    summary = archived.crawl("--media")

    held = media(archived)
    assert held
    assert summary["media"] == {"held": len(held)}
    assert {row["state"] for row in held.values()} == {"held"}
    for table in ("images", "attachments"):
        (row,) = archived.rows(f"SELECT count(*) AS all_, count(sha256) AS held FROM {table}")
        assert row["all_"] == row["held"] > 0
    with Archive.open(archived.db, read_only=True) as archive:
        for path, row in list(held.items())[::9]:
            with urlopen(archived.server.url + path) as answer:
                served = answer.read()
            capture = archive.captures.get(row["capture_id"])
            assert capture
            assert read_record(archive.folder, capture).body == served
            assert row["sha256"] == hashlib.sha256(served).hexdigest()
            assert row["bytes"] == len(served)

    asked = len(archived.server.log)
    archived.crawl("--media")
    assert len(archived.server.log) - asked <= 3, "nothing is asked for twice"


def test_without_the_option_they_are_known_but_not_asked_for(serve: Serve) -> None:
    archived = serve(Portal.embedded())
    archived.crawl("--limit", "30", code=None)
    assert {row["state"] for row in media(archived).values()} == {"waiting"}

    archived.crawl("--media")
    assert {row["state"] for row in media(archived).values()} == {"held"}
    missing = archived.rows("SELECT url FROM images WHERE sha256 IS NULL")
    assert not missing, "a picture that was asked for later is noted with its article"


def test_what_cannot_be_had_is_named_with_its_reason(serve: Serve) -> None:
    archived = serve(Portal.embedded())
    assert archived.server
    archived.crawl()
    gone, page, moved, off = list(media(archived))[:4]
    archived.server.faults.paths |= {
        gone: Fault(status=404),
        page: Fault(
            body=b"<html><body>Trang kh\xc3\xb4ng t\xe1\xbb\x93n t\xe1\xba\xa1i</body></html>"
        ),
        moved: Fault(status=302, location="/noi-khac" + moved),
        off: Fault(status=302, location="https://cdn.example/anh.jpg"),
        "/noi-khac" + moved: Fault(status=403),
    }
    archived.crawl("--media", code=None)

    rows = media(archived)
    assert (rows[gone]["state"], rows[gone]["reason"]) == ("gone", "HTTP 404")
    assert (rows[page]["state"], rows[page]["reason"]) == ("failed", "answered with a web page")
    assert (rows[moved]["state"], rows[moved]["reason"]) == ("refused", "HTTP 403")
    assert rows[off]["state"] == "elsewhere"
    assert "cdn.example" in rows[off]["reason"]
    others = [row["state"] for path, row in rows.items() if path not in (gone, page, moved, off)]
    assert set(others) == {"held"}

    del archived.server.faults.paths[page]
    archived.crawl("--media", code=None)
    assert media(archived)[page]["state"] == "held", "what failed is asked for again"


def test_only_the_sites_own_host_is_asked(tmp_path: Path) -> None:
    site = dict.fromkeys(SITE_COLUMNS) | {
        "key": "thu", "name": "Huyện Thử", "cms": "newspaper", "base_url": "https://thu.example/tin/",
    }  # fmt: skip
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        run_id = archive.runs.start(site)
        with writing(archive.path) as tables:
            urls = ["https://cdn.example/a.jpg", "http://www.thu.example/tep/b.pdf"]
            tables.media.discover("thu", urls)
        media = archive.media
        assert media.due("thu", run_id, set()) == "http://www.thu.example/tep/b.pdf"
        assert media.due("thu", run_id, {"http://www.thu.example/tep/b.pdf"}) is None


PICTURES = {
    "/tin/bai-1.html": '<a href="/anh/cau-lon.jpg"><img src="/anh/cau-nho.jpg"></a>',
    "/tin/bai-2.html": '<img src="/anh/duong.jpg" srcset="/anh/duong-1.jpg 900w">',
    "/tin/bai-3.html": '<img src="/anh/cho.jpg">',
}
DOT = bytes.fromhex("47494638396101000100800000ff0000ffffff2c00000000010001000002024401003b")
"""A GIF of one pixel; what follows it does no harm."""
LARGE = {"/anh/cau-lon.jpg", "/anh/duong-1.jpg", "/anh/cho.jpg"}
SMALL = {"/anh/cau-nho.jpg", "/anh/duong.jpg"}


def pictured() -> Answer:
    """Answer for a portal of three articles, two of which show smaller forms of their pictures."""
    pages = chain(3)
    for path, html in PICTURES.items():
        pages[path] = pages[path].replace('<div class="content">', f'<div class="content">{html}')
    pages["/"] = listing(list(pages))

    def answered(asked: Asked) -> bytes:
        if asked.target == "/robots.txt":
            return ROBOTS
        if asked.target in LARGE | SMALL:
            return answer(DOT + asked.target.encode(), "image/gif")
        return answer(pages[asked.target]) if asked.target in pages else NOT_FOUND

    return answered


def test_what_pages_show_of_a_picture_is_kept_beside_it(portal: RawPortal) -> None:
    archived, server = portal(pictured())
    archived.crawl(code=None)
    assert not LARGE & {*server.asked}
    assert not SMALL & {*server.asked}, "a thumbnail is no part of the page's frame"

    summary = archived.crawl("--media", code=None)
    asked = [target for target in server.asked if target.startswith("/anh/")]
    assert {*asked[:3]} == LARGE
    assert {*asked[3:]} == SMALL, "they come last"
    kinds = archived.rows("SELECT kind, state, count(*) AS n FROM media GROUP BY kind, state")
    assert [tuple(row.values()) for row in kinds] == [
        ("picture", "held", 3),
        ("thumbnail", "held", 2),
    ]
    assert summary["media"] == {"held": 3}, "a thumbnail is no further picture"
    assert summary["requisites"] == {"held": 2}
    assert run("gaps", "--db", archived.db, "--json").json()[0]["media"] == {"held": 3}
    shown = archived.rows("SELECT url, thumbnail, sha256 FROM images WHERE thumbnail > ''")
    assert {row["thumbnail"].removeprefix(server.url) for row in shown} == SMALL
    assert all(row["sha256"] for row in shown)
    assert {row["url"].removeprefix(server.url) for row in shown} == LARGE - {"/anh/cho.jpg"}
    assert archived.crawl("--media", code=None)["requests"] <= 3, "nothing is asked for twice"


def test_an_archive_that_knows_no_thumbnails_gets_them(portal: RawPortal) -> None:
    archived, server = portal(pictured())
    archived.crawl(code=None)
    with sqlite3.connect(archived.db) as db:
        db.execute("UPDATE images SET thumbnail = NULL")
        db.execute("DELETE FROM media WHERE kind = 'thumbnail'")
    db.close()
    sites = str(archived.folder / "sites")
    done = run("reread", "--db", archived.db, TINHUYEN_SITES=sites)
    assert done.code == 0, done.out + done.err
    archived.crawl("--media", code=None)
    assert {*server.asked} >= SMALL
    assert archived.rows("SELECT count(*) AS n FROM revisions") == [{"n": 0}]


SIZED = '<a href="/anh/cau-lon.jpg"><img src="/anh/cau-nho.jpg" width="300" height="200"></a>'
SIZED_ITSELF = '<img src="/anh/cho.jpg" width="640" height="480">'


async def test_a_picture_is_not_shown_as_small_as_the_form_on_its_page(
    portal: RawPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PICTURES, "/tin/bai-1.html", SIZED)
    monkeypatch.setitem(PICTURES, "/tin/bai-3.html", SIZED_ITSELF)
    archived, _ = portal(pictured())
    archived.crawl("--media", code=None)
    said = archived.rows("SELECT url, width, height FROM images WHERE width > 0 ORDER BY width")
    assert [(row["width"], row["height"]) for row in said] == [(300, 200), (640, 480)]
    expected = {"bai-1": (None, None), "bai-3": ("640", "480")}
    async with opened(archived.db) as room:
        for name, size in expected.items():
            (row,) = archived.rows(f"SELECT code FROM articles WHERE url LIKE '%{name}.html'")
            page = LexborHTMLParser((await room.client.get(f"/a/{row['code']}")).text)
            (image,) = page.css("figure.picture img")
            assert (image.attributes.get("width"), image.attributes.get("height")) == size
            told = (await room.client.get(f"/a/{row['code']}.json")).json()
            (picture,) = told["images"]
            assert [picture["width"], picture["height"]] == [int(n) if n else None for n in size]


def test_of_a_hidden_article_no_thumbnail_is_given(portal: RawPortal) -> None:
    archived, server = portal(pictured())
    archived.crawl("--media", code=None)
    url = f"{server.url}/tin/bai-1.html"
    done = run("hide", "--db", archived.db, url, "--reason", "theo yêu cầu")
    assert done.code == 0, done.err
    out = archived.folder / "out.warc.gz"
    assert run("export", "warc", "--db", archived.db, out).code == 0
    said = gzip.decompress(out.read_bytes()).decode("latin-1")
    assert [path for path in sorted(LARGE | SMALL) if path in said] == [
        "/anh/cho.jpg",
        "/anh/duong-1.jpg",
        "/anh/duong.jpg",
    ]
    assert {row["url"] for row in archived.rows("SELECT url FROM media")} == {
        f"{server.url}{path}" for path in ("/anh/cho.jpg", "/anh/duong.jpg", "/anh/duong-1.jpg")
    }
