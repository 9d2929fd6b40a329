"""export: what leaves the archive is whole, valid, harmless, and the same each time."""

import csv
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from click.testing import CliRunner
from fastwarc.warc import ArchiveIterator, WarcRecordType

from archive import SITE_COLUMNS, Archive
from archive.search.asked import understood
from archive.search.engine import Searcher
from archive.search.folder import index_of
from archive.search.writing import bring_up
from archive.warc import read_blocks
from crawler.exchange import Capture, Exchange
from crawler.page import Article, Attachment, Block, Image, Page
from crawler.text.dates import VIET_NAM
from crawler.visit import Origin, Visit
from crawler.vocabulary import Flag, ReadFrom, State
from curation.exporting import cdxj, jsonl
from curation.exporting.output import atomic_write, manifest_of
from demo.faults import Faults
from demo.portal import Portal
from tests.conftest import Archived, Run, Serve, run
from tests.room_sample import build_archive, with_originals
from tinhuyen.cli import main

DAY = datetime(2024, 3, 1, 2, 0, tzinfo=UTC)
BASE = "https://huyen.example"
HOSTILE = '=HYPERLINK("http://evil.example","bấm")\r\n"dòng hai"\0, dòng ba'
ODD = f"{BASE}/b%C3%A0i;x,y'z|(1)%0A*$&/?q=%22%3E&a=%20"
FORMATS = {
    "warc": "out.warc.gz",
    "wacz": "out.wacz",
    "jsonl": "out.jsonl",
    "csv": "out.csv",
    "parquet": "out.parquet",
}
SITES = """
[test]
name = "Huyện Thử"
base_url = "https://huyen.example/"
cms = "newspaper"

[other]
name = "Huyện Khác"
base_url = "https://khac.example/"
cms = "newspaper"
"""


class Filling:
    """Fills an archive as a crawl would, without a portal."""

    def __init__(self, archived: Archived) -> None:
        archived.folder.mkdir(exist_ok=True)
        (archived.folder / "sites").mkdir()
        (archived.folder / "sites" / "thu.toml").write_text(SITES, encoding="utf-8")
        self.archived = archived

    def run(self, site: str = "test") -> "FillingRun":
        return FillingRun(self.archived, site)


class FillingRun:
    def __init__(self, archived: Archived, site: str) -> None:
        self.archive = Archive.open(archived.db, create=True)
        facts = dict.fromkeys(SITE_COLUMNS) | {
            "key": site, "name": f"Huyện {site}", "cms": "newspaper", "base_url": f"{BASE}/",
        }  # fmt: skip
        self.site = site
        self.run_id = self.archive.runs.start(facts, DAY)
        info = {"software": "TinHuyen/0", "operator": "https://tinhuyen.example/contact"}
        self.archive.captures.begin(self.run_id, site, info)

    def __enter__(self) -> "FillingRun":
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.runs.finish(self.run_id, "finished", 0, 0)
        self.archive.close()

    def page(
        self,
        path: str,
        days: int = 0,
        *,
        article: Article | None = None,
        body: bytes | None = None,
        status: int = 200,
        flag: Flag | None = None,
        kept: bool = True,
        read_from: ReadFrom = ReadFrom.PAGE,
    ) -> Capture | None:
        """Visit a page on a day; say what it was and what came of it."""
        url = path if path.startswith("https:") else BASE + path
        at = DAY + timedelta(days=days)
        if body is None:
            body = f"<html><h1>{article.title if article else path}</h1></html>".encode() * 20
        kind = "text/html; charset=utf-8"
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nX-Day: {days}\r\n\r\n"
        exchange = Exchange(
            url, at, status, head.encode(), body if status != 304 else b"",
            request_head=f"GET {path} HTTP/1.1\r\nHost: huyen.example\r\n\r\n".encode(),
            content_type=kind,
        )  # fmt: skip
        capture = self.archive.captures.keep(exchange) if kept else None
        state = State.FAILED if flag else State.HELD if article else State.NOT_ARTICLE
        page = Page("article", article) if article and not flag else None
        visit = Visit(
            url, Origin("seed"), at, state, status, flag, page=page, capture=capture,
            flag=flag, read_from=read_from,
        )  # fmt: skip
        self.archive.visits.record(self.run_id, self.site, visit)
        return capture


def article(title: str = "Khởi công đường liên xã", day: int | None = 1, text: str = "") -> Article:
    published = datetime(2024, 1, day, 8, 30, tzinfo=VIET_NAM) if day else None
    text = text or "Sáng nay, UBND huyện khởi công tuyến đường liên xã."
    return Article(
        title,
        lead="Tóm tắt của bài.",
        blocks=(Block("paragraph", f"<p>{text}</p>", text),),
        author="Ban Biên tập",
        tags=("giao thông", "=1+1"),
        published_at=published,
        images=(Image(f"{BASE}/anh.jpg", "Chú thích", "Ảnh", 640, 480),),
        attachments=(Attachment(f"{BASE}/van-ban.pdf", "Văn bản"),),
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """An archive with something of everything."""
    archived = Archived(tmp_path_factory.mktemp("export"))
    filling = Filling(archived)
    with filling.run() as first:
        first.page("/", body=b"<html>Trang nh\xe1\xbb\xaf</html>")
        first.page("/a/", article=article("Bài A"))
        first.page("/b/", article=article("Bài B", day=20))
        first.page("/danh-sach", body=b"{}" * 40)
        first.page(ODD, article=article(HOSTILE, day=None, text="- gạch đầu dòng\n@ai\0đó"))
        first.page("/khong-giu/", article=article("Không có bản chụp"), kept=False)
        first.page("/tu-rest/", article=article("Chỉ REST có"), kept=False, read_from="rest")
        first.page("/ma-doc/", body=b"<html>ca do</html>" * 9, flag="spam")
    with filling.run("other") as other:
        other.page("https://khac.example/x/", 1, article=article("Bài của huyện khác", day=5))
    with filling.run() as second:
        second.page("/a/", 10, article=article("Bài A"))
        second.page("/b/", 10, article=article("Bài B đã sửa", day=20))
        second.page("/danh-sach", 10, status=304)
    return archived


@pytest.fixture
def archived(written: Archived, tmp_path: Path) -> Archived:
    """A copy of it, to be damaged."""
    shutil.copytree(written.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy")


def to(form: str, archived: Archived, dest: Path | str, *arguments: str, **environment: str) -> Run:
    return run(
        "export", form, "--db", archived.db, dest, *arguments,
        TINHUYEN_SITES=str(archived.folder / "sites"), **environment,
    )  # fmt: skip


def exported(form: str, archived: Archived, folder: Path, *arguments: str) -> Path:
    dest = folder / FORMATS[form]
    done = to(form, archived, dest, *arguments)
    assert done.code == 0, done.out + done.err
    return dest


def assert_refused(done: Run, message: str) -> None:
    assert (done.code, done.err.strip()) == (2, f"Error: {message}")


def members(path: Path) -> Iterator[bytes]:
    """Yield what each gzip member of a file holds."""
    data = path.read_bytes()
    while data:
        assert data[4:8] == b"\0\0\0\0", "no time stands in it"
        member = zlib.decompressobj(wbits=31)
        yield member.decompress(data)
        assert member.eof
        data = member.unused_data


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def archive_of(archived: Archived) -> Archive:
    return Archive.open(archived.db, read_only=True)


def captures(archived: Archived) -> list[Capture]:
    with archive_of(archived) as archive:
        return [
            capture
            for file in archive.captures.files()
            for capture in archive.captures.in_file(file.name)
        ]


def capture_of(archived: Archived, url: str, day: int) -> Capture:
    at = DAY + timedelta(days=day)
    return next(c for c in captures(archived) if c.url == url and c.fetched_at == at)


# WARC


def test_every_record_is_as_it_was_kept(written: Archived, tmp_path: Path) -> None:
    path = exported("warc", written, tmp_path)
    records = list(members(path))
    kept = []
    with archive_of(written) as archive:
        for capture in captures(written):
            kept += read_blocks(archive.folder, capture)
    infos = [record for record in records if b"\r\nWARC-Type: warcinfo" in record]
    assert [record for record in records if record not in infos] == kept
    assert all(record.startswith(b"WARC/1.1\r\n") for record in records)
    assert len(infos) == 1 + len(written.rows("SELECT file FROM warcs"))
    assert b"format: WARC File Format 1.1" in infos[0]
    assert b"operator: https://tinhuyen.example/contact" in infos[1]


def test_others_read_every_record(written: Archived, tmp_path: Path) -> None:
    path = exported("warc", written, tmp_path)
    seen = []
    for record in ArchiveIterator(str(path), parse_http=False):
        record.freeze()
        seen.append((record.headers["WARC-Type"], record.record_id))
        if record.record_type == WarcRecordType.response:
            record.parse_http(auto_decode="none")
            assert record.verify_payload_digest()
    count = written.rows("SELECT count(*) AS n, count(refers_to) AS revisits FROM captures")[0]
    assert [kind for kind, _ in seen].count("revisit") == count["revisits"] == 2
    assert [kind for kind, _ in seen].count("response") == count["n"] - count["revisits"]
    assert len({record_id for _, record_id in seen}) == len(seen)


def test_a_revisit_without_its_original_is_written_whole(written: Archived, tmp_path: Path) -> None:
    path = exported("warc", written, tmp_path, "--from", "2024-03-11")
    found = {}
    for record in ArchiveIterator(str(path), parse_http=False):
        record.freeze()
        if record.record_type == WarcRecordType.response:
            record.parse_http(auto_decode="none")
            assert record.verify_payload_digest()
            assert not {"WARC-Profile", "WARC-Refers-To-Date"} & set(record.headers.to_dict())
            assert record.headers["WARC-Date"] == "2024-03-11T02:00:00Z"
            found[record.headers["WARC-Target-URI"]] = record
        assert record.record_type != WarcRecordType.revisit
    assert set(found) == {f"{BASE}/a/", f"{BASE}/b/", f"{BASE}/danh-sach"}
    unchanged = found[f"{BASE}/a/"]
    assert unchanged.http_headers["X-Day"] == "10", "its own head"
    assert unchanged.reader.read() == b"<html><h1>B\xc3\xa0i A</h1></html>" * 20
    not_modified = found[f"{BASE}/danh-sach"]
    assert not_modified.http_headers.status_code == 304
    assert not_modified.reader.read() == b"", "the server sent none"


def test_days_are_those_of_capture_and_sites_are_those_named(
    written: Archived, tmp_path: Path
) -> None:
    def count(*arguments: str) -> int:
        done = to("warc", written, tmp_path / "x.warc.gz", *arguments, "--force", "--json")
        return int(done.json()["captures"])

    assert count() == 10
    assert count("--to", "2024-03-01") == 6
    assert count("--from", "2024-03-02", "--to", "2024-03-02") == 1
    assert count("other") == 1
    assert count("test", "other", "--from", "2024-03-02") == 4
    none = to("warc", written, tmp_path / "y.warc.gz", "other", "--from", "2024-03-03")
    assert none.code == 1, "the day after its only capture"


# WACZ


def test_a_package_is_as_the_specification_says(written: Archived, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported("wacz", written, tmp_path)) as package:
        entries = {entry.filename: entry for entry in package.infolist()}
        assert set(entries) == {
            "archive/data.warc.gz", "indexes/index.cdx.gz", "indexes/index.idx",
            "pages/pages.jsonl", "datapackage.json", "datapackage-digest.json",
        }  # fmt: skip
        for name, entry in entries.items():
            stored = name.endswith(".gz")
            assert entry.compress_type == (zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.extra, "else ReplayWeb.page does not find where it begins"
        data = package.read("datapackage.json")
        digest = json.loads(package.read("datapackage-digest.json"))
        assert digest == {
            "path": "datapackage.json",
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        }
        about = json.loads(data)
        assert (about["profile"], about["wacz_version"]) == ("data-package", "1.1.1")
        assert about["title"] == "Huyện other, Huyện test"
        assert about["created"] == "2024-03-11T02:00:00Z", "when the newest capture was made"
        assert {resource["path"] for resource in about["resources"]} == {
            name for name in entries if not name.startswith("datapackage")
        }
        for resource in about["resources"]:
            held = package.read(resource["path"])
            assert resource["bytes"] == len(held)
            assert resource["hash"] == f"sha256:{hashlib.sha256(held).hexdigest()}"


def test_the_index_leads_to_every_capture(written: Archived, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported("wacz", written, tmp_path)) as package:
        warc = package.read("archive/data.warc.gz")
        packed = package.read("indexes/index.cdx.gz")
        short = package.read("indexes/index.idx").decode("ascii").splitlines()
    assert short[0] == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    place = json.loads(short[1].partition(" {")[1] + short[1].partition(" {")[2])
    assert packed[place["offset"] :][: place["length"]] == packed
    index = gzip.decompress(packed).decode("ascii").splitlines()
    assert index == sorted(index)
    assert short[1].startswith(index[0].partition(" {")[0])
    assert len(index) == len(captures(written))
    for line in index:
        key, at, text = line.split(" ", 2)
        entry = json.loads(text)
        assert key == cdxj.surt(entry["url"])
        start = int(entry["offset"])
        record = gzip.decompress(warc[start : start + int(entry["length"])])
        (found,) = ArchiveIterator(io.BytesIO(record), parse_http=True)
        assert found.headers["WARC-Target-URI"] == entry["url"]
        assert f"{found.record_date:%Y%m%d%H%M%S}" == at
        assert found.headers["WARC-Payload-Digest"] == entry["digest"]
        assert str(found.http_headers.status_code) == entry["status"]
        kind = "warc/revisit" if found.headers["WARC-Type"] == "revisit" else "text/html"
        assert entry["mime"] == kind


def pages_of(path: Path) -> dict[str, dict[str, Any]]:
    with zipfile.ZipFile(path) as package:
        first, *rows = package.read("pages/pages.jsonl").decode().splitlines()
    assert json.loads(first)["format"] == "json-pages-1.0"
    return {row["url"]: row for row in map(json.loads, rows)}


def test_pages_are_the_articles_that_can_be_shown(written: Archived, tmp_path: Path) -> None:
    pages = pages_of(exported("wacz", written, tmp_path))
    assert set(pages) == {f"{BASE}/a/", f"{BASE}/b/", ODD, "https://khac.example/x/"}
    page = pages[f"{BASE}/b/"]
    assert (page["title"], page["ts"]) == ("Bài B đã sửa", "2024-03-11T02:00:00Z")
    assert page["text"].startswith("Tóm tắt của bài.\n\nSáng nay, UBND huyện")
    assert pages[ODD]["title"] == HOSTILE


def test_a_page_of_earlier_days_has_the_text_of_then(written: Archived, tmp_path: Path) -> None:
    pages = pages_of(exported("wacz", written, tmp_path, "test", "--to", "2024-03-05"))
    page = pages[f"{BASE}/b/"]
    assert (page["title"], page["ts"]) == ("Bài B", "2024-03-01T02:00:00Z")
    later = tmp_path / "later"
    later.mkdir()
    pages = pages_of(exported("wacz", written, later, "test", "--from", "2024-03-05"))
    assert {page["title"] for page in pages.values()} == {"Bài A", "Bài B đã sửa"}


def test_what_is_in_quarantine_is_a_capture_but_no_article(
    written: Archived, tmp_path: Path
) -> None:
    assert f"{BASE}/ma-doc/".encode() in b"".join(members(exported("warc", written, tmp_path)))
    assert f"{BASE}/ma-doc/" not in pages_of(exported("wacz", written, tmp_path))
    assert not [
        row for row in lines(exported("jsonl", written, tmp_path)) if "ma-doc" in row["url"]
    ]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.chodon.gov.vn/Tin-Tuc/?b=2&a=1", "vn,gov,chodon)/tin-tuc?a=1&b=2"),
        ("http://chodon.gov.vn:8080", "vn,gov,chodon:8080)/"),
        ("https://chodon.gov.vn:443/%E1%BB%A3/%2541", "vn,gov,chodon)/%e1%bb%a3/a"),
        ("https://chodon.gov.vn/chợ", "vn,gov,chodon)/ch%e1%bb%a3"),
        ("https://chodon.gov.vn/a//b/../c/", "vn,gov,chodon)/a/c"),
        ("http://[x", "http://[x"),
    ],
)
def test_keys_are_those_of_replay_tools(url: str, key: str) -> None:
    """Held against pywb's own in tests/pywb, where it is installed."""
    assert cdxj.surt(url) == key


def test_lines_are_sorted_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdxj, "_RUN", 7)
    expected = [f"vn,{n:03}) 2024 {{}}\n" for n in range(40)]
    shuffled = random.Random(4).sample(expected, len(expected))
    with closing(cdxj.SortedLines(tmp_path)) as sorted_lines:
        for line in shuffled:
            sorted_lines.add(line)
        assert list(sorted_lines) == expected
        assert not list(tmp_path.iterdir())


def test_a_member_of_the_index_does_not_part_what_is_looked_for_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cdxj, "LINES", 2)
    keys = ["vn)/", "vn)/a", "vn)/a", "vn)/a-1", "vn)/a-2", "vn)/b", "vn)/c", "vn)/c/1", "vn)/d"]
    out = io.BytesIO()
    index = list(cdxj.write((f"{key} 2024 {{}}\n" for key in keys), "i.gz", out))
    blocks = []
    for line in index[1:]:
        place = json.loads(line[line.index("{") :])
        member = gzip.decompress(out.getvalue()[place["offset"] :][: place["length"]]).decode()
        blocks.append([line.split(" ")[0] for line in member.splitlines()])
        assert line.startswith(f"{blocks[-1][0]} 2024 ")
    assert blocks == [keys[:5], keys[5:7], keys[7:]]


# Articles


def test_a_line_has_all_that_is_known_of_an_article(written: Archived, tmp_path: Path) -> None:
    rows = lines(exported("jsonl", written, tmp_path))
    held = written.rows("SELECT * FROM articles ORDER BY id")
    beside = {"images", "attachments", "citations", "places", "tags"}
    assert [{k: v for k, v in row.items() if k not in beside} for row in rows] == held
    assert rows[0]["tags"] == ["=1+1", "giao thông"]
    assert rows[0]["images"] == [
        {"position": 1, "url": f"{BASE}/anh.jpg", "caption": "Chú thích", "alt": "Ảnh",
         "width": 640, "height": 480, "sha256": None, "thumbnail": None, "upload": None,
         "page": None}
    ]  # fmt: skip
    assert rows[0]["attachments"][0]["label"] == "Văn bản"
    assert HOSTILE in {row["title"] for row in rows}


def test_earlier_texts_are_there_for_the_asking(written: Archived, tmp_path: Path) -> None:
    rows = lines(exported("jsonl", written, tmp_path, "--revisions"))
    earlier = {row["title"]: row["revisions"] for row in rows}
    assert [text["title"] for text in earlier["Bài B đã sửa"]] == ["Bài B"]
    assert earlier["Bài A"] == []
    assert "article_id" not in earlier["Bài B đã sửa"][0]


def test_days_are_those_of_publication(written: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "x.jsonl"
    done = to("jsonl", written, dest, "--from", "2024-01-05", "--to", "2024-01-20", "--json")
    assert {row["title"] for row in lines(dest)} == {"Bài B đã sửa", "Bài của huyện khác"}
    assert done.json() == {
        "file": str(dest),
        "bytes": dest.stat().st_size,
        "sha256": hashlib.sha256(dest.read_bytes()).hexdigest(),
        "articles": 2,
        "undated": 1,
        "left_out": [],
    }
    done = to("jsonl", written, dest, "--force", "--to", "2024-01-01", "test")
    assert "1 articles are not in it, since the day of their publication is not known" in done.out


def test_a_table_is_read_back_as_it_is(written: Archived, tmp_path: Path) -> None:
    data = exported("csv", written, tmp_path).read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid,site,url,title,")
    assert data.endswith(b"\r\n")
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    rows = {row["url"]: row for row in reader}
    assert len(rows) == len(written.rows("SELECT id FROM articles"))
    assert rows[f"{BASE}/a/"]["tags"] == "'=1+1 | giao thông"
    assert rows[f"{BASE}/a/"]["images"] == f"{BASE}/anh.jpg"
    (held,) = written.rows("SELECT id, words FROM articles WHERE title = 'Bài A'")
    assert (rows[f"{BASE}/a/"]["id"], rows[f"{BASE}/a/"]["words"]) == (
        str(held["id"]),
        str(held["words"]),
    )
    hostile = rows[ODD]
    assert hostile["title"] == "'" + HOSTILE.replace("\0", "\ufffd")
    assert hostile["body"] == "'- gạch đầu dòng\n@ai\ufffdđó"
    assert hostile["published_at"] == ""


def test_raw_csv_is_as_it_is(written: Archived, tmp_path: Path) -> None:
    data = exported("csv", written, tmp_path, "--raw").read_bytes()
    assert data.startswith(b"id,site,url,title,")
    reader = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
    rows = {row["url"]: row for row in reader}
    assert rows[f"{BASE}/a/"]["tags"] == "=1+1 | giao thông"
    assert rows[ODD]["body"] == "- gạch đầu dòng\n@ai\0đó"


def test_columns_have_types(written: Archived, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(exported("parquet", written, tmp_path))
    types = {field.name: str(field.type) for field in table.schema}
    assert types["id"] == types["words"] == types["year"] == "int64"
    assert types["title"] == types["published_at"] == "string"
    assert types["first_seen_at"] == types["published_utc"] == "timestamp[ms, tz=UTC]"
    assert types["published_day"] == "date32[day]"
    assert types["tags"].startswith("list<")
    rows = table.to_pylist()
    assert [row["title"] for row in rows] == [
        row["title"] for row in written.rows("SELECT title FROM articles ORDER BY id")
    ]
    first = next(row for row in rows if row["url"] == f"{BASE}/a/")
    assert first["published_utc"] == datetime(2024, 1, 1, 1, 30, tzinfo=UTC)
    assert first["images"][0]["width"] == 640
    undated = next(row for row in rows if row["title"] == HOSTILE)
    assert undated["published_day"] is undated["published_utc"] is None


def test_a_day_without_an_hour_is_a_day(archived: Archived, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    change(archived, "UPDATE articles SET published_at = '2021-05-28' WHERE title = 'Bài A'")
    rows = parquet.read_table(exported("parquet", archived, tmp_path)).to_pylist()
    row = next(row for row in rows if row["title"] == "Bài A")
    assert row["published_day"].isoformat() == row["published_at"] == "2021-05-28"
    assert row["published_utc"] is None


def test_without_pyarrow_it_says_how_to_get_it(written: Archived, tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ImportError", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(Path.cwd())])
    done = to("parquet", written, tmp_path / "x.parquet", PYTHONPATH=path)
    assert_refused(
        done, "Parquet needs pyarrow, which is not installed: pip install 'tinhuyen[parquet]'"
    )
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".py"] in (
        [],
        ["__pycache__"],
    )


# Each format


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    if request.param == "parquet":
        pytest.importorskip("pyarrow")
    return str(request.param)


def test_the_same_archive_gives_the_same_bytes(
    form: str, written: Archived, tmp_path: Path
) -> None:
    digests = set()
    for place, zone in (("one", "Asia/Ho_Chi_Minh"), ("two", "America/Lima")):
        dest = tmp_path / f"{place}-{FORMATS[form]}"
        done = to(form, written, dest, TZ=zone, PYTHONHASHSEED=str(len(zone)), LC_ALL="C")
        assert done.code == 0, done.err
        digests.add(hashlib.sha256(dest.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_an_export_of_nothing_is_told_and_writes_no_file(
    form: str, written: Archived, tmp_path: Path
) -> None:
    """A file without a record looks like an export, and is one of nothing."""
    empty = Archived(tmp_path / "empty")
    Filling(empty)
    Archive.open(empty.db, create=True).close()
    what = "captures" if form in ("warc", "wacz") else "articles"
    dest = tmp_path / FORMATS[form]

    done = to(form, empty, dest)
    message = f"{empty.db}: holds no {what}; nothing was written"
    assert (done.code, done.out, done.err) == (1, "", f"Error: {message}\n")

    done = to(form, written, dest, "test", "--from", "1999-01-01", "--to", "1999-12-31")
    message = f"{written.db}: holds no {what} of test from 1999-01-01 to 1999-12-31"
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"Error: {message}; ")
    assert done.err.endswith("; nothing was written\n")
    assert done.err.count("\n") == 1
    assert not dest.exists()
    assert not manifest_of(dest).exists()


def test_nothing_is_written_to_the_archive(form: str, written: Archived, tmp_path: Path) -> None:
    def content() -> dict[Path, bytes]:
        files = (path for path in written.folder.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files if path.suffix != ".db-shm"}

    before = content()
    exported(form, written, tmp_path)
    assert content() == before


def test_an_export_is_not_written_over_unless_asked(
    form: str, written: Archived, tmp_path: Path
) -> None:
    dest = exported(form, written, tmp_path)
    before = dest.read_bytes()
    assert_refused(to(form, written, dest), f"{dest}: exists; name another file, or use --force")
    assert to(form, written, dest, "--force").code == 0
    assert dest.read_bytes() == before
    dest.unlink()
    done = to(form, written, dest)
    assert_refused(done, f"{manifest_of(dest)}: exists; name another file, or use --force")


# Files


@pytest.mark.parametrize("name", ["bài viết.jsonl", "a\\b.jsonl", "a\nb.jsonl", "-a.jsonl"])
def test_sha256sum_accepts_the_digest(name: str, written: Archived, tmp_path: Path) -> None:
    dest = tmp_path / name
    assert to("jsonl", written, dest).code == 0
    command = ["sha256sum", "--strict", "-c", "--", f"{name}.sha256"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert dest.stat().st_mode == (tmp_path / f"{name}.sha256").stat().st_mode
    assert sorted(tmp_path.iterdir()) == sorted([dest, manifest_of(dest)])


def test_what_goes_wrong_leaves_what_was_there(tmp_path: Path) -> None:
    dest = tmp_path / "x.jsonl"
    dest.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), atomic_write(dest) as file:
        stopped_while_writing(file)
    assert list(tmp_path.iterdir()) == [dest]
    assert dest.read_bytes() == b"before"


def stopped_while_writing(file: BinaryIO) -> None:
    file.write(b"half")
    raise KeyboardInterrupt


def test_an_interrupted_export_says_so(
    written: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(jsonl, "counted_articles", interrupted)
    arguments = ["export", "jsonl", "--db", str(written.db), str(tmp_path / "x.jsonl")]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.output) == (1, "Error: stopped; nothing was written\n")
    assert not list(tmp_path.iterdir())


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from tinhuyen import cli
from tinhuyen.commands import export
check_free = export.check_free
def limited(*arguments, **options):
    check_free(*arguments, **options)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))  # SQLite has written by now
export.check_free = limited
cli.main()
"""


def test_a_file_that_cannot_be_finished_is_not_there(
    form: str, written: Archived, tmp_path: Path
) -> None:
    dest = tmp_path / FORMATS[form]
    command = [sys.executable, "-c", LIMITED, "export", form, "--db", written.db, dest]
    environment = {**os.environ, "TINHUYEN_SITES": str(written.folder / "sites")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == f"Error: {dest}: cannot be written: File too large"
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_of(written: Archived, form: str) -> None:
    if form not in ("jsonl", "csv"):
        pytest.skip("goes to files alone")
    command = [sys.executable, "-m", "tinhuyen", "export", form, "--db", written.db, "-"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "Error: -: the disk is full; free some space and run the same command again\n"
    )


def test_articles_go_to_standard_output(form: str, written: Archived, tmp_path: Path) -> None:
    done = to(form, written, "-")
    if form not in ("jsonl", "csv"):
        suffix = FORMATS[form].removeprefix("out")
        assert_refused(
            done, f"-: other tools go by the name of a file; name one that ends in {suffix}"
        )
        return
    assert done.code == 0
    dest = exported(form, written, tmp_path)
    assert done.out.encode() == dest.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert done.err.startswith(f"Wrote {len(written.rows('SELECT id FROM articles'))} articles.")


def test_a_reader_that_has_had_enough_is_no_mistake(written: Archived) -> None:
    command = [sys.executable, "-m", "tinhuyen", "export", "jsonl", "--db", written.db, "-"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_mistakes_are_told_in_a_line(written: Archived, tmp_path: Path) -> None:
    dest = tmp_path / "x.jsonl"
    assert_refused(to("jsonl", written, tmp_path), f"{tmp_path}: a folder; name a file in it")
    nowhere = tmp_path / "no" / "x.jsonl"
    assert_refused(
        to("jsonl", written, nowhere), f"{nowhere}: its folder does not exist; make it first"
    )
    done = to("jsonl", written, dest, "--from", "28/12/2020")
    assert_refused(done, "'28/12/2020' is no day; write it as in 2020-01-31")
    done = to("jsonl", written, dest, "--from", "2021-01-01", "--to", "2020-01-01")
    assert_refused(done, "no day is from 2021-01-01 to 2020-01-01")
    done = to("jsonl", written, "-", "--json")
    assert_refused(done, "--json prints to standard output, too; name a file instead of -")
    done = to("jsonl", written, dest, "tset")
    assert_refused(done, "no site is called 'tset'; did you mean 'test'?")
    missing = Archived(tmp_path / "none")
    assert to("jsonl", missing, dest).code == 2
    assert not list(tmp_path.iterdir())


def test_the_archive_is_never_written_over(archived: Archived) -> None:
    with closing(sqlite3.connect(archived.db)) as connection:
        (file,) = connection.execute("SELECT file FROM warcs LIMIT 1").fetchone()
    link = archived.folder / "link.jsonl"
    link.symlink_to(archived.db)
    for dest in (
        archived.db,
        link,
        archived.folder / "captures" / file,
        Path(f"{archived.db}-wal"),
    ):
        done = to("jsonl", archived, dest, "--force")
        assert_refused(done, f"{dest}: a part of the archive; name another file")
    assert len(archived.rows("SELECT id FROM articles")) > 0


@pytest.mark.parametrize("form", ["warc", "wacz"])
def test_an_export_imported_again_is_the_same_archive(
    form: str, serve: Serve, tmp_path: Path
) -> None:
    portal = Portal.scaled(12, page_bytes=0)
    first = serve(portal, Faults(counter=False))
    first.crawl()
    portal.edit(portal.newest[3].slug, body="Đoạn văn đã được biên tập lại.\n\n" * 20)
    first.crawl("--full")
    dest = tmp_path / FORMATS[form]
    assert to(form, first, dest).code == 0

    second = Archived(tmp_path / "second")
    shutil.copytree(first.folder / "sites", second.folder / "sites")
    done = run("import", "--db", second.db, dest, TINHUYEN_SITES=str(second.folder / "sites"))
    assert done.code == 0, done.out + done.err
    texts = "SELECT url, title, body_html, published_at, prev_url, next_url, revision FROM articles"
    assert second.rows(f"{texts} ORDER BY url") == first.rows(f"{texts} ORDER BY url")
    earlier = "SELECT revision, title, text_sha256 FROM revisions"
    assert second.rows(earlier) == first.rows(earlier) != []


# Damage


def change(archived: Archived, sql: str) -> None:
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(sql)
        connection.commit()


def test_a_damaged_capture_is_left_out_and_named(archived: Archived, tmp_path: Path) -> None:
    capture = capture_of(archived, f"{BASE}/b/", 0)
    path = archived.folder / "captures" / capture.warc_file
    data = bytearray(path.read_bytes())
    data[capture.warc_offset + capture.warc_length // 2] ^= 1
    path.write_bytes(data)
    for form in ("warc", "wacz"):
        dest = tmp_path / FORMATS[form]
        done = to(form, archived, dest)
        assert done.code == 1, done.out
        where = f"{capture.warc_file} at {capture.warc_offset}, {BASE}/b/"
        assert f"left out: {where}: cannot be read: its bytes are not those" in done.out
        assert f"Wrote {len(captures(archived)) - 1} captures" in done.out
        assert manifest_of(dest).exists()


def test_a_lost_file_of_captures_is_named(archived: Archived, tmp_path: Path) -> None:
    shutil.rmtree(archived.folder / "captures" / "other")
    done = to("warc", archived, tmp_path / "x.warc.gz", "--json")
    assert done.code == 1
    assert [reason.rpartition(": ")[2] for reason in done.json()["left_out"]] == [
        "No such file or directory", "No such file or directory",
    ]  # fmt: skip
    assert done.json()["captures"] == len(captures(archived)) - 1


def test_what_is_known_to_be_lost_is_counted(archived: Archived, tmp_path: Path) -> None:
    change(
        archived,
        f"UPDATE captures SET flags = 'lost' WHERE url = '{BASE}/a/' AND refers_to IS NULL",
    )
    done = to("warc", archived, tmp_path / "x.warc.gz")
    assert done.code == 0, "nothing is wrong that was not known"
    assert "1 captures are known to be lost, and not in it" in done.out
    assert "1 unchanged pages were written whole" in done.out


def test_a_damaged_database_is_told_in_a_line(archived: Archived, tmp_path: Path) -> None:
    data = bytearray(archived.db.read_bytes())
    for offset in range(4096 * 8, len(data), 4096):
        data[offset : offset + 64] = b"\xff" * 64
    archived.db.write_bytes(data)
    done = to("jsonl", archived, tmp_path / "x.jsonl")
    assert done.code in (1, 2)
    assert done.err.startswith("Error: ")
    assert "Traceback" not in done.err
    assert not (tmp_path / "x.jsonl").exists()


# A search, and fields of it


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive: articles with pictures and files, one of them edited."""
    db = with_originals(build_archive(tmp_path_factory.mktemp("searched") / "archive.db"))
    bring_up(db)
    return db


def found(db: Path, form: str, *options: str) -> Path:
    dest = db.with_name(FORMATS[form])
    done = run("export", form, str(dest), "--db", str(db), "--force", *options)
    assert (done.code, done.err) == (0, ""), done.err
    return dest


@pytest.mark.parametrize(
    ("words", "urls"),
    [
        ("duong", {"khai-giang", "duong-lien-xa", "duong-mia"}),
        ("đường trường", {"khai-giang"}),
        ('"tuyến đường" -mía', {"duong-lien-xa"}),
        ("30/2020/NĐ-CP", {"duong-lien-xa", "hong-khong-hat"}),
        ("tiếp OR ép", {"thong-bao", "duong-mia"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_articles_that_a_search_finds_are_exported(
    searched: Path, words: str, urls: set[str]
) -> None:
    lines = found(searched, "jsonl", "--search", words).read_text("utf-8").splitlines()
    assert {json.loads(line)["url"].split("/")[3] for line in lines} == urls


@pytest.mark.parametrize("words", ["duong", "tuyen OR mia", "đường"])
def test_what_a_search_finds_is_exported_in_the_order_of_the_page(
    searched: Path, words: str
) -> None:
    searcher = Searcher.open(searched)
    ids = [hit.article_id for hit in searcher.search(understood(words)).hits]
    searcher.close()
    for form in ("jsonl", "csv"):
        text = found(searched, form, "--search", words).read_text("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""))
        read = [*map(json.loads, text.splitlines())] if form == "jsonl" else [*rows]
        assert [int(row["id"]) for row in read] == ids
    assert ids != sorted(ids) or words != "duong", "else the order proves nothing"


@pytest.mark.parametrize("why", ["none", "behind"])
def test_without_an_index_that_knows_the_archive_the_order_is_of_numbers_and_that_is_said(
    searched: Path, tmp_path: Path, why: str
) -> None:
    shutil.copytree(searched.parent, tmp_path, dirs_exist_ok=True)
    db = tmp_path / searched.name
    if why == "none":
        shutil.rmtree(index_of(db))
    else:
        with closing(sqlite3.connect(db)) as archive, archive:
            archive.execute("UPDATE counters SET value = value + 1 WHERE name = 'changed'")
    dest = tmp_path / "x.jsonl"
    done = run("export", "jsonl", str(dest), "--db", str(db), "--search", "duong")
    ids = [json.loads(line)["id"] for line in dest.read_text("utf-8").splitlines()]
    assert (done.code, ids) == (0, sorted(ids))
    assert len(ids) == 3
    assert "in the order of their numbers" in done.err
    assert "tinhuyen index" in done.err


def test_a_search_and_the_other_choices_narrow_each_other(searched: Path) -> None:
    options = ("--search", "duong", "--from", "2022-01-01", "--to", "2022-12-31")
    data = found(searched, "csv", *options, "--fields", "code,title", "--raw").read_text("utf-8")
    assert [*csv.reader(data.splitlines())][1:] == [
        ["ryfhgmvq4b4mx", "Khởi công tuyến đường liên xã dài 12 km"]
    ]
    words = ("--search", "tiếp công dân")  # which the other portal has
    done = run("export", "csv", "-", "chodon", "--db", str(searched), *words)
    assert (done.code, done.out) == (1, "")
    assert 'holds no articles with "tiếp công dân" of chodon; nothing' in done.err


def test_the_captures_of_what_a_search_finds_are_exported(searched: Path) -> None:
    """Its pages of all days, and its pictures; of no other article."""
    path = found(searched, "warc", "--search", "khai giảng")
    urls = {
        record.headers["WARC-Target-URI"]
        for record in ArchiveIterator(str(path), parse_http=False)
        if record.headers.get("WARC-Type") in ("response", "revisit")
    }
    base = "https://chodon.example"
    assert urls == {f"{base}/khai-giang/", f"{base}/anh/le-khai-giang.jpg"}
    wacz = found(searched, "wacz", "--search", "hồng không hạt")
    with zipfile.ZipFile(wacz) as file:
        pages = file.read("pages/pages.jsonl").decode().splitlines()[1:]
    assert [json.loads(page)["url"] for page in pages] == [f"{base}/hong-khong-hat/"]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_the_fields_that_were_chosen_stand_in_that_order(searched: Path, form: str) -> None:
    path = found(searched, form, "--fields", "title, tags,code")
    if form == "parquet":
        names = pytest.importorskip("pyarrow.parquet").read_table(path).column_names
    elif form == "csv":
        names = path.read_text("utf-8-sig").splitlines()[0].split(",")
    else:
        names = [*json.loads(path.read_text("utf-8").splitlines()[0])]
    assert names == ["title", "tags", "code"]


def test_what_cannot_be_searched_or_is_no_field_is_refused(searched: Path) -> None:
    for options, told in (
        (("--search", "-họp"), "there is no word in it to look for"),
        (("--search", "***"), "there is no word in it to look for"),
        (("--fields", "titel"), "no field is called 'titel'; there are id, site, url, title"),
    ):
        done = run("export", "csv", "-", "--db", str(searched), *options)
        assert (done.code, done.out) == (2, ""), options
        assert told in done.err
    done = run("export", "csv", "-", "--db", str(searched), "--search", 'đường "liên xã')
    assert done.code == 0
    assert done.err.startswith("--search: "), "what was left out of it is said"


def test_what_is_withheld_is_found_by_no_export(searched: Path, tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    shutil.copytree(searched.parent, tmp_path, dirs_exist_ok=True)
    with Archive.open(db) as archive:
        archive.withheld.hide("https://chodon.example/hong-khong-hat/", "text", "theo yêu cầu")
    for form in ("jsonl", "warc"):
        done = run("export", form, str(tmp_path / f"x-{FORMATS[form]}"), "--db", str(db),
                   "--search", "hồng không hạt")  # fmt: skip
        assert done.code == 1, form
        assert "holds no" in done.err
