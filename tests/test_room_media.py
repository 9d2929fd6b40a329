"""Pictures and files that are held come from the captures, by what their bytes are."""

import gzip
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasette.app import Datasette

from archive import SITE_COLUMNS, Archive
from archive.warc import folder_of
from crawler.exchange import Capture, Exchange
from crawler.vocabulary import Flag, Grade
from reading_room.captured.files import (
    RangeError,
    file_name,
    is_said_shown,
    kind_of,
    media_path,
    part_of,
    saved_as,
)
from tests.room_sample import ARTICLES, SITES, build_archive, opened

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 8
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(2)</script>"
FONT = b"wOF2" + b"\0" * 40


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "image/avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (PDF, "application/pdf"),
        (FONT, "font/woff2"),
        (b"BM is how this text begins, no picture", None),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41", None),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (SVG, None),
        (HTML, None),
        (b" \x89PNG\r\n\x1a\n", None),
        (b"GIF87", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_are(body: bytes, content_type: str | None) -> None:
    kind = kind_of(body)
    assert (kind.content_type if kind else None) == content_type
    assert kind is None or kind.is_shown


@pytest.mark.parametrize(
    ("url", "content_type", "ending"),
    [
        ("https://huyen.example/tep/Quyet%20dinh.DOCX", "application/msword", "docx"),
        ("https://huyen.example/tep/a.pdf?x=b.exe", "application/pdf", "pdf"),
        ("https://huyen.example/tep/virus.exe", "application/x-msdownload", "bin"),
        ("https://huyen.example/anh/a.svg", "image/svg+xml", "txt"),
        ("https://huyen.example/anh/a.jpg", "text/html", "txt"),
        ("https://huyen.example/x.html", None, "bin"),
        ("https://huyen.example/tải.về/", None, "bin"),
    ],
)
def test_what_is_saved_opens_in_no_browser(url: str, content_type: str | None, ending: str) -> None:
    kind = saved_as(url, content_type)
    assert (kind.ending, kind.is_shown) == (ending, False)
    assert kind.content_type == "application/octet-stream"


def test_a_name_is_made_of_nothing_that_was_received() -> None:
    assert file_name('cho-don"\r\nX: y/../', 7, "bin") == "cho-don-x-y-7.bin"
    assert file_name("…", 7, "pdf") == "tin-huyen-7.pdf"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, None),
        ("bytes=0-9", range(10)),
        ("bytes=90-", range(90, 100)),
        ("bytes=-5", range(95, 100)),
        ("bytes=-500", range(100)),
        ("bytes=90-500", range(90, 100)),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("bytes=-", None),
        ("bytes=٣-", None),
    ],
)
def test_a_part_is_what_was_asked_for(asked: str | None, expected: range | None) -> None:
    assert part_of(asked, 100) == expected


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=-0", "bytes=999999999999999-"])
def test_a_part_that_is_not_there_is_refused(asked: str) -> None:
    with pytest.raises(RangeError, match=r"bytes \*/100"):
        part_of(asked, 100)


def test_a_picture_that_its_server_calls_a_page_is_not_put_into_one() -> None:
    assert is_said_shown("image/jpeg")
    assert is_said_shown(None)
    assert not is_said_shown("image/svg+xml")
    assert not is_said_shown("text/html; charset=utf-8")


FILES: dict[str, tuple[bytes, str]] = {
    "anh/cau.png": (PNG, "image/png"),
    "tep/quyet-dinh.pdf": (PDF, "application/octet-stream"),
    "anh/bieu-tuong.svg": (SVG, "image/svg+xml"),
    "anh/gia.png": (HTML, "image/png"),
    "tep/phong.woff2": (FONT, "font/woff2"),
    "anh/nen.png": (gzip.compress(PNG), "image/png"),
}
BASE = "https://chodon.example/"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that holds `FILES`, numbered in their order."""
    path = build_archive(tmp_path_factory.mktemp("media") / "archive.db")
    for name, (body, content_type) in FILES.items():
        keep(path, BASE + name, body, content_type, encoding="gzip" if "nen" in name else None)
    return path


def keep(
    path: Path,
    url: str,
    body: bytes,
    content_type: str,
    encoding: str | None = None,
    flag: Flag | None = None,
) -> Capture:
    """Keep what a server sent, with a *flag* as something that is set aside."""
    at = datetime.fromisoformat("2025-07-02T01:00:00Z")
    with Archive.open(path) as archive:
        site = {key: SITES[0].get(key) for key in SITE_COLUMNS}
        run_id = archive.runs.start(site, at)
        archive.captures.begin(run_id, SITES[0]["key"], {"software": "Tin Huyện"})
        told = f"Content-Encoding: {encoding}\r\n" if encoding else ""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{told}\r\n".encode()
        kept = archive.captures.keep(Exchange(url, at, 200, head, body, content_type=content_type))
        archive.runs.finish(run_id, "finished", 0, 0)
    if flag:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE captures SET flags = ? WHERE url = ?", [flag, url])
    return kept


@pytest.fixture
async def room(path: Path) -> AsyncIterator[Datasette]:
    async with opened(path) as room:
        yield room


def paths(path: Path) -> Iterator[str]:
    """Yield where each of the files is given."""
    with closing(sqlite3.connect(path)) as db:
        for row in db.execute("SELECT id, payload_sha256 FROM captures ORDER BY id"):
            yield media_path(*row)


async def given(room: Datasette, path: Path, name: str, **more: Any) -> httpx.Response:
    where = [*paths(path)][[*FILES].index(name)]
    answer: httpx.Response = await room.client.get(where, **more)
    return answer


async def test_a_picture_is_given_for_ever(room: Datasette, path: Path) -> None:
    for headers in ({}, {"cookie": "language=en"}):
        answer = await given(room, path, "anh/cau.png", headers=headers)
        assert (answer.status_code, answer.content) == (200, PNG)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-disposition"] == 'inline; filename="chodon-1.png"'
    tag = answer.headers["etag"]
    again = await given(room, path, "anh/cau.png", headers={"if-none-match": f'W/"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    policy = (await room.client.get("/")).headers["content-security-policy"]
    assert "img-src 'self' data:;" in policy, "no page asks a portal for a picture"


async def test_a_head_is_told_without_the_file(room: Datasette, path: Path) -> None:
    where = next(paths(path))
    answer = await room.client.request("HEAD", where)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(PNG))


async def test_parts_of_a_document_are_given(room: Datasette, path: Path) -> None:
    name = "tep/quyet-dinh.pdf"
    whole = await given(room, path, name)
    assert whole.headers["content-type"] == "application/pdf"
    assert whole.headers["accept-ranges"] == "bytes"
    part = await given(room, path, name, headers={"range": "bytes=5-104"})
    assert (part.status_code, part.content) == (206, PDF[5:105])
    assert part.headers["content-range"] == f"bytes 5-104/{len(PDF)}"
    tag = whole.headers["etag"]
    same = await given(room, path, name, headers={"range": "bytes=0-3", "if-range": tag})
    assert same.content == PDF[:4]
    other = await given(room, path, name, headers={"range": "bytes=0-3", "if-range": '"x"'})
    assert (other.status_code, other.content) == (200, PDF)
    beyond = await given(room, path, name, headers={"range": "bytes=99999-"})
    assert (beyond.status_code, beyond.content) == (416, b"")
    assert beyond.headers["content-range"] == f"bytes */{len(PDF)}"


@pytest.mark.parametrize("name", ["anh/bieu-tuong.svg", "anh/gia.png"])
async def test_what_could_run_is_only_saved(room: Datasette, path: Path, name: str) -> None:
    answer = await given(room, path, name)
    assert answer.content == FILES[name][0]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith('attachment; filename="chodon-')
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_an_encoding_is_undone(room: Datasette, path: Path) -> None:
    answer = await given(room, path, "anh/nen.png")
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert "content-encoding" not in answer.headers


async def test_a_font_may_be_used_by_a_page_without_an_origin(room: Datasette, path: Path) -> None:
    answer = await given(room, path, "tep/phong.woff2")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in (await given(room, path, "anh/cau.png")).headers


async def test_what_is_not_there_is_said(room: Datasette, path: Path) -> None:
    for where in ("/media/1/" + "0" * 64, "/media/999/" + "0" * 64, "/media/1/abc", "/media/x/y"):
        assert (await room.client.get(where)).status_code == 404


async def test_a_file_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive.db")
    capture = keep(path, BASE + "a.png", PNG, "image/png")
    where = next(paths(path))
    file = folder_of(path) / capture.warc_file
    kept = file.read_bytes()
    async with opened(path) as room:
        assert (await room.client.get(where)).content == PNG
        start = capture.warc_offset + 30
        file.write_bytes(kept[:start] + b"?" * 9 + kept[start + 9 :])
        english = {"accept-language": "en"}
        damaged = await room.client.get(where, headers=english)
        assert damaged.status_code == 410
        assert f"capture 1, {capture.warc_file} from byte" in damaged.text
        file.unlink()
        missing = await room.client.get(where, headers=english)
        assert missing.status_code == 404
        assert f"{capture.warc_file} is not in captures/" in missing.text
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("PRAGMA foreign_keys = OFF")
            db.execute("UPDATE captures SET warc_file = '../../etc/passwd'")
        outside = await room.client.get(where, headers=english)
        assert "is no file of captures" in outside.text
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE captures SET flags = 'lost'")
        lost = await room.client.get(where, headers=english)
        assert (lost.status_code, "was cut short" in lost.text) == (410, True)


async def test_what_is_withheld_is_never_given(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive.db")
    address = ARTICLES[0]["images"][0]["url"]
    keep(path, address, PNG, "image/png")
    keep(path, BASE + "khac.png", PNG + b"\1", "image/png")
    keep(path, "https://chodon.example/danh-sach/", ARTICLES[0]["body"].encode() * 3, "text/html")
    picture, other, listing = paths(path)

    async with opened(path) as room:

        async def answers() -> list[int]:
            told = []
            for where in (picture, other, listing):
                status = (await room.client.get(where)).status_code
                held = {"if-none-match": f'"{where.rpartition("/")[2]}"'}
                again = (await room.client.get(where, headers=held)).status_code
                assert again == (304 if status == 200 else status), "nor is it said to be as it was"
                told.append(status)
            return told

        assert await answers() == [200, 200, 200]
        for grade, expected in ((Grade.MARKED, 200), (Grade.TEXT, 451), (Grade.ALL, 451)):
            with Archive.open(path) as archive:
                archive.withheld.hide(ARTICLES[0]["url"], grade, "theo yêu cầu")
            assert await answers() == [expected, 200, expected], grade
            with Archive.open(path) as archive:
                archive.withheld.show(ARTICLES[0]["url"])
        assert await answers() == [200, 200, 200]
        with Archive.open(path) as archive:
            archive.withheld.hide(BASE + "khac.png", Grade.ALL, "theo yêu cầu")
            vault = archive.withheld.path
        assert await answers() == [200, 451, 200]
        with Archive.open(path) as archive:
            archive.withheld.hide(ARTICLES[0]["url"], Grade.TEXT, "theo yêu cầu")
        vault.unlink()
        assert await answers() == [451, 451, 451], "what is withheld cannot be told from the rest"
