"""What was received is kept as it was: a real server is crawled, the files read by others' code."""

import gzip
import hashlib
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from archive import Archive
from archive.warc import folder_of, read_bytes, read_record
from crawler.profiles.periods import NO_PROFILES
from crawler.sites import Site
from crawler.spiders.absences import NAME
from curation.derive import Received, derive, original
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, Serve, run


def records(archived: Archived) -> Iterator[WarcRecord]:
    """Yield all records of an archive's files, as FastWARC reads them."""
    for file in sorted(folder_of(archived.db).rglob("*.warc.zst")):
        for record in ArchiveIterator(str(file), parse_http=False):
            record.freeze()
            yield record


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """The demo portal, crawled once: to be looked at, not to be changed."""
    with serving(Portal.embedded(), Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("captures"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        yield archived


def test_every_answer_is_kept_with_its_request(crawled: Archived) -> None:
    assert crawled.server
    asked = Counter(crawled.server.url + request.target for request in crawled.server.log)
    kept = Counter(row["url"] for row in crawled.rows("SELECT url FROM captures"))
    assert kept == asked

    types: Counter[str] = Counter()
    urls: dict[str, Counter[str]] = {"request": Counter(), "response": Counter()}
    for record in records(crawled):
        kind = record.headers["WARC-Type"]
        types[kind] += 1
        if kind in urls:
            urls[kind][record.headers["WARC-Target-URI"]] += 1
    assert urls["request"] == urls["response"] == asked
    assert types["warcinfo"] == len(crawled.rows("SELECT file FROM warcs")) >= 2


def test_the_files_say_who_made_them_and_how(crawled: Archived) -> None:
    for record in records(crawled):
        if record.record_type == WarcRecordType.warcinfo:
            said = record.reader.read().decode()
            assert "operator: https://tinhuyen.example/contact" in said
            assert "robots: obey" in said
            assert "software: TinHuyen/" in said
            assert record.headers["WARC-Filename"].startswith("test-20")


def test_records_are_true(crawled: Archived) -> None:
    """Status, headers, digest, date, address of the server, and the very bytes of the body."""
    assert crawled.server
    seen = 0
    for record in records(crawled):
        if record.record_type == WarcRecordType.request:
            line, _, fields = record.reader.read().decode().partition("\r\n")
            assert line.startswith("GET /")
            assert "User-Agent: TinHuyen/" in fields
            assert "Host: 127.0.0.1" in fields
        if record.record_type != WarcRecordType.response:
            continue
        assert record.headers["WARC-IP-Address"] == "127.0.0.1"
        assert datetime.fromisoformat(record.headers["WARC-Date"]).tzinfo
        record.parse_http()
        assert record.verify_payload_digest()
        url = record.headers["WARC-Target-URI"]
        if NAME in url:  # what the host shows where it has no page
            assert record.http_headers.status_line.startswith("HTTP/1.1 404 Not Found")
            continue
        assert record.http_headers.status_line.startswith("HTTP/1.1 200 OK")
        if "robots" in url or seen % 10:
            seen += 1
            continue
        seen += 1
        with urlopen(url) as answer:
            assert record.reader.read() == answer.read()
            assert record.http_headers.get("Content-Type") == answer.headers["Content-Type"]
    assert seen >= 120


def test_a_capture_is_read_by_its_place(crawled: Archived) -> None:
    with Archive.open(crawled.db, read_only=True) as archive:
        for row in crawled.rows("SELECT id FROM captures"):
            capture = archive.captures.get(row["id"])
            assert capture
            record = read_record(archive.folder, capture)
            assert (record.url, record.status) == (capture.url, capture.status)
            assert len(record.body) == capture.bytes
            assert hashlib.sha256(record.body).hexdigest() == capture.payload_sha256
            stored = read_bytes(archive.folder, capture)
            assert hashlib.sha256(stored).hexdigest() == capture.warc_sha256


def test_every_byte_of_a_file_belongs_to_its_head_or_to_a_capture(crawled: Archived) -> None:
    with Archive.open(crawled.db, read_only=True) as archive:
        files = archive.captures.files()
        assert files
        for file in files:
            end = file.head_length
            for capture in archive.captures.in_file(file.name):
                assert capture.warc_offset == end
                end += capture.warc_length + capture.request_length
            assert end == file.end == (archive.folder / file.name).stat().st_size


def test_the_text_of_every_article_is_derived_again(crawled: Archived) -> None:
    assert crawled.server
    site = Site(key="test", name="Huyện Thử", base_url=crawled.server.url + "/", cms="newspaper")
    with Archive.open(crawled.db, read_only=True) as archive:
        rows = crawled.rows("SELECT * FROM articles")
        assert rows
        for row in rows:
            origin = original(archive, row["url"], row["capture_id"], row["read_from"])
            assert origin
            page = derive(Received(archive.folder, origin), site, NO_PROFILES)
            assert page.article
            assert page.article.body == row["body"]
            assert page.article.body_html == row["body_html"]
            assert page.article.title == row["title"]
            assert (page.prev_url, page.next_url) == (row["prev_url"], row["next_url"])


def test_an_unchanged_page_is_a_revisit(serve: Serve) -> None:
    crawled = serve(Portal.embedded(), Faults(counter=False))
    crawled.crawl()
    before = crawled.rows("SELECT count(*) AS n FROM captures")[0]["n"]
    crawled.crawl("--full")

    again = crawled.rows("SELECT * FROM captures WHERE id > ? AND status = 200", before)
    revisits = [row for row in again if row["refers_to"]]
    assert len(revisits) >= 120
    with Archive.open(crawled.db, read_only=True) as archive:
        for row in revisits[:10]:
            capture, first = archive.captures.get(row["id"]), archive.captures.get(row["refers_to"])
            assert capture
            assert first
            assert capture.url == first.url
            assert read_record(archive.folder, capture).type == "revisit"
            assert read_record(archive.folder, first).body
    profiles = {
        record.headers["WARC-Profile"]
        for record in records(crawled)
        if record.record_type == WarcRecordType.revisit
    }
    assert {profile.rpartition("/")[2] for profile in profiles} <= {
        "identical-payload-digest", "server-not-modified",
    }  # fmt: skip
    size = sum(row["warc_length"] for row in revisits) / len(revisits)
    assert size < 500, "the body is not kept twice"


def test_refusals_and_redirects_are_kept_as_they_were(serve: Serve) -> None:
    portal = Portal.embedded()
    gone, moved = portal.posts[3].path, portal.posts[5].path
    faults = Faults(paths={gone: Fault(status=404), moved: Fault(status=301, location="/")})
    archived = serve(portal, faults)
    archived.crawl(code=None)
    assert archived.server

    def status(path: str) -> int:
        assert archived.server
        url = archived.server.url + path
        (row,) = archived.rows("SELECT status, id FROM captures WHERE url = ?", url)
        with Archive.open(archived.db, read_only=True) as archive:
            capture = archive.captures.get(row["id"])
            assert capture
            assert read_record(archive.folder, capture).status == row["status"]
        return int(row["status"])

    assert status(gone) == 404
    assert status(moved) == 301


def test_what_was_tried_again_is_kept_once(serve: Serve) -> None:
    portal = Portal.embedded()
    path = portal.posts[2].path
    archived = serve(portal, Faults(paths={path: Fault(status=503, first=2)}))
    archived.crawl("-s", "BACKOFF_START=0.01")
    assert archived.server
    rows = archived.rows("SELECT status FROM captures WHERE url = ?", archived.server.url + path)
    assert [row["status"] for row in rows] == [200]


class _Zipping(BaseHTTPRequestHandler):
    """Compresses whatever it is asked for, and never tells how long it is."""

    page = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = self.path == "/"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        body = gzip.compress((self.page if found else "không có").encode(), mtime=0)
        for start in range(0, len(body), 100):
            chunk = body[start : start + 100]
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


def test_a_body_that_was_sent_compressed_is_kept_compressed(archived: Archived) -> None:
    """As on the wire, but for the chunks, which are the connection's and no part of the body."""
    text = "<html><head><title>Trang</title></head><body><p>Xin chào.</p></body></html>"
    _Zipping.page = text
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Zipping)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        archived.describe(f"http://127.0.0.1:{server.server_port}/")
        archived.crawl(code=None)
    finally:
        server.shutdown()
        server.server_close()
    for record in records(archived):
        url = record.headers.get("WARC-Target-URI", "")
        if record.record_type == WarcRecordType.response and url.endswith(f"{server.server_port}/"):
            record.parse_http()
            assert record.http_headers.get("Content-Encoding") == "gzip"
            assert record.http_headers.get("Transfer-Encoding") is None
            assert record.reader.read() == gzip.compress(text.encode(), mtime=0)
            break
    else:
        pytest.fail("the page was not kept")
    (row,) = archived.rows(
        "SELECT id FROM captures WHERE url LIKE '%/' AND status = 200 AND refers_to IS NULL"
    )
    with Archive.open(archived.db, read_only=True) as archive:
        capture = archive.captures.get(row["id"])
        assert capture
        assert read_record(archive.folder, capture).body == text.encode()


def test_archives_in_one_folder_keep_their_captures_apart(serve: Serve) -> None:
    archived = serve(Portal.embedded())
    archived.crawl("--limit", "2", code=None)
    other = archived.folder / "thu.db"
    assert folder_of(archived.db).name == "captures"
    assert folder_of(other).name == "thu-captures"


# When database and files do not match


def _files(archived: Archived) -> list[Path]:
    return sorted(folder_of(archived.db).rglob("*.warc.zst"))


def test_a_database_put_back_from_a_backup_takes_up_what_newer_files_hold(
    serve: Serve, tmp_path: Path
) -> None:
    archived = serve(Portal.embedded(), Faults(counter=False))
    archived.crawl()
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(archived.db)) as db, closing(sqlite3.connect(backup)) as copy:
        db.backup(copy)
    archived.crawl("--full", "--media")
    before = {file: file.read_bytes() for file in _files(archived)}
    kept = archived.rows("SELECT warc_sha256, refers_to IS NULL AS own FROM captures ORDER BY id")
    for file in archived.folder.glob("archive.db*"):
        if not file.name.endswith(".lock"):
            file.unlink()
    shutil.copy(backup, archived.db)

    summary = archived.crawl()

    for file, data in before.items():
        assert file.read_bytes().startswith(data), "nothing whole is cut off"
    again = archived.rows("SELECT warc_sha256, refers_to IS NULL AS own FROM captures ORDER BY id")
    assert again[: len(kept)] == kept
    assert any("adopted" in problem for problem in summary["problems"])
    assert not any(problem.startswith("None") for problem in summary["problems"])
    assert run("verify", "--db", archived.db).code == 0


def test_files_that_are_away_are_told_and_found_again(serve: Serve, tmp_path: Path) -> None:
    archived = serve(Portal.embedded(), Faults(counter=False))
    archived.crawl("--media")
    folder, away = folder_of(archived.db), tmp_path / "away"
    folder.rename(away)

    summary = archived.crawl(code=1)

    assert any("is missing; put it back" in problem for problem in summary["problems"])
    assert not archived.rows("SELECT id FROM captures WHERE flags LIKE '%lost%'")
    shutil.copytree(away, folder, dirs_exist_ok=True)
    archived.crawl()
    assert run("verify", "--db", archived.db).code == 0


def test_what_was_cut_off_is_asked_for_again_or_found_again(serve: Serve) -> None:
    archived = serve(Portal.embedded(), Faults(counter=False))
    archived.crawl("--media")
    last = _files(archived)[-1]
    whole = last.read_bytes()
    last.write_bytes(whole[:-6000])

    summary = archived.crawl("--media", code=1)

    assert any("bytes are missing at its end" in problem for problem in summary["problems"])
    lost = archived.rows("SELECT url FROM captures WHERE flags = 'lost'")
    assert lost
    again = archived.rows(
        "SELECT DISTINCT url FROM captures WHERE flags = '' AND run_id = 2 AND refers_to IS NULL"
    )
    assert {row["url"] for row in lost} <= {row["url"] for row in again} | {
        archived.server.url + "/robots.txt" if archived.server else ""
    }
    archived.crawl("--media")
    assert run("verify", "--db", archived.db).code == 0


def test_lost_captures_whose_bytes_are_back_are_lost_no_more(serve: Serve) -> None:
    archived = serve(Portal.embedded(), Faults(counter=False))
    archived.crawl()
    first = _files(archived)[0]
    whole = first.read_bytes()
    first.write_bytes(whole[:100])
    archived.crawl(code=1)
    assert archived.rows("SELECT id FROM captures WHERE flags = 'lost'")
    first.write_bytes(whole)

    archived.crawl()

    assert not archived.rows("SELECT id FROM captures WHERE flags = 'lost'")
    assert run("verify", "--db", archived.db).code == 0
