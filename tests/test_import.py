"""Import: the archives of others become ours, whatever is wrong with them."""

import gzip
import hashlib
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
import zlib
from base64 import b32encode
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive import Archive
from archive.locks import site_lock
from archive.warc import WarcWriter, read_blocks, zstd
from crawler import settings
from crawler.exchange import Exchange
from crawler.profiles.periods import NO_PROFILES
from crawler.sites import all_sites
from crawler.vocabulary import RunOutcome
from curation.derive import Received, derive, original
from curation.importing import reading
from curation.importing.checked_records import Record, records
from curation.importing.damage import DamageError
from curation.importing.pages import address_of
from curation.importing.streams import Mark, Meter, MeteredFile, stream_of
from demo.portal import Portal
from tests.conftest import Archived, Run, Serve, run
from tests.content import content_hash
from tests.test_crawl import article
from tests.warcs import THEN, Seen, at, fetch, page, plain, write_arc, write_warc
from tinhuyen.cli import main

BASE = "http://thu.example"
LONG = "Sáng nay, Ủy ban nhân dân xã tổ chức ra quân làm vệ sinh đường làng, ngõ xóm. " * 8


def news(slug: str, text: str = LONG, moment: datetime = THEN, **links: str) -> Seen:
    """Return a page of an article as a portal served it."""
    body = article(f"Bài {slug}", text, **links).body
    assert body
    return page(f"{BASE}/{slug}/", body, moment)


@dataclass
class Box(Archived):
    """A site that is no more, its archive, and what the command said last."""

    said: str = ""
    complained: str = ""

    def take(self, *arguments: str | Path, code: int = 0) -> str:
        """Import into the archive, in this process, and expect an exit code."""
        asked = ["import", "--db", str(self.db), *map(str, arguments)]
        done = CliRunner().invoke(main, asked)
        unexpected = done.exception and not isinstance(done.exception, SystemExit)
        assert not unexpected, done.exception
        assert done.exit_code == code, done.output
        self.said, self.complained = done.stdout, done.stderr
        return done.stderr

    def warc(self, *pages: Seen, name: str = "old.warc.gz", **options: Any) -> Path:
        return write_warc(self.folder / name, pages, **options)

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def texts(self) -> list[str]:
        return [row["title"] for row in self.rows("SELECT title FROM articles ORDER BY url")]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    box = Box(tmp_path)
    box.describe(f"{BASE}/")
    monkeypatch.setattr(settings, "SITES_DIR", str(tmp_path / "sites"))
    return box


def importing(archived: Archived, *arguments: str | Path) -> Run:
    """Import as a process of its own."""
    sites = str(archived.folder / "sites")
    return run("import", "--db", archived.db, *arguments, TINHUYEN_SITES=sites)


# What an import makes of a portal


OLD_BODY = "Bản cũ của bài, như kho lưu trữ khác đã giữ lại.\n\nĐoạn thứ hai của bản cũ."


def two_portals() -> tuple[Portal, Portal]:
    """Return a portal of 100 posts and what is left of it: 60, of which 10 had other texts."""
    old, new = Portal.scaled(100, page_bytes=0), Portal.scaled(100, page_bytes=0)
    for post in old.posts[40:50]:
        old.edit(post.slug, body=OLD_BODY)
    for post in new.posts[:40]:
        new.delete(post.slug)
    return old, new


@pytest.mark.parametrize("first", ["crawl", "import"])
def test_a_portal_of_which_a_part_is_only_in_a_warc(serve: Serve, first: str) -> None:
    old, new = two_portals()
    archived = serve(old)
    assert archived.server
    seen = fetch(archived.server.url, [post.path for post in old.posts[:50]])
    warc = write_warc(archived.folder / "old.warc.gz", seen)
    archived.server.application.portal = new

    if first == "crawl":
        archived.crawl()
    done = importing(archived, warc)
    if first == "import":
        archived.crawl()

    assert done.code == 0, done.err
    assert len(archived.urls()) == 100
    only = archived.rows(
        "SELECT count(*) n FROM articles a JOIN captures c ON c.id = a.capture_id "
        "WHERE c.source = 'import'"
    )
    assert only == [{"n": 40}]
    changed = archived.rows("SELECT * FROM articles WHERE revision = 2")
    assert len(changed) == 10
    for row in changed:
        earlier = archived.rows("SELECT * FROM revisions WHERE article_id = ?", row["id"])
        assert [r["body"] for r in earlier] == [OLD_BODY]
        assert earlier[0]["seen_at"] == "2021-07-01T08:30:00Z"
        assert row["body"] == new.get(row["url"].rstrip("/").rpartition("/")[2]).text
        captures = archived.rows("SELECT source FROM captures WHERE url = ?", row["url"])
        assert sorted(c["source"] for c in captures) == ["import", "live"]
    states = archived.rows("SELECT state, count(*) n FROM urls GROUP BY 1 ORDER BY 1")
    assert states[0] == {"state": "held", "n": 100}
    runs = archived.rows("SELECT outcome, new, changed FROM runs ORDER BY outcome DESC")
    assert runs[0]["outcome"] == "import"


def test_a_warc_that_is_newer_than_the_crawl_brings_the_newer_text(serve: Serve) -> None:
    portal = Portal.scaled(12, page_bytes=0)
    archived = serve(portal)
    assert archived.server
    archived.crawl()
    before = {post.slug: post.text for post in portal.posts}
    post = portal.posts[3]
    portal.edit(post.slug, body=OLD_BODY)
    later = datetime.now(UTC) + timedelta(hours=1)
    seen = fetch(archived.server.url, [p.path for p in portal.posts], later)

    done = importing(archived, write_warc(archived.folder / "new.warc", seen))

    assert done.code == 0, done.err
    row = archived.rows("SELECT * FROM articles WHERE revision = 2")
    assert [r["body"] for r in row] == [OLD_BODY]
    revisions = archived.rows("SELECT body FROM revisions")
    assert [r["body"] for r in revisions] == [before[post.slug]]


def test_the_same_file_twice_changes_nothing(box: Box) -> None:
    warc = box.warc(
        news("mot", prev=f"{BASE}/hai/"),
        news("mot", "Bài đã sửa. " + LONG, THEN + timedelta(days=30)),
        page(f"{BASE}/", b"<html><body>Trang ch\xe1\xbb\xa7</body></html>"),
    )
    box.take(warc)
    before, captures = content_hash(box.db), box.rows("SELECT * FROM captures")

    box.take(warc, "--json")

    assert content_hash(box.db) == before
    assert box.rows("SELECT * FROM captures") == captures
    assert json.loads(box.said)["sites"][0]["known"] == 3
    assert [r["outcome"] for r in box.rows("SELECT outcome FROM runs")] == ["import", "import"]


def test_head_body_and_request_are_kept_as_they_were(box: Box) -> None:
    body = gzip.compress(news("mot").body)
    headers = (("Content-Type", "text/html"), ("content-encoding", "gzip"), ("X-Odd", "a  b"))
    seen = Seen(f"{BASE}/mot/", "200 Fine", headers, b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    seen = replace(seen, headers=(*headers, ("Transfer-Encoding", "chunked")))

    box.take(box.warc(seen))

    with Archive.open(box.db, read_only=True) as archive:
        (capture,) = archive.captures.of_site("test", 9)
        response, request = read_blocks(archive.folder, capture)
    assert response.endswith(seen.head + seen.body + b"\r\n\r\n")
    assert b"WARC-Date: 2021-07-01T08:30:00Z" in response
    assert b"TinHuyen-Source: import" in response
    assert b"GET /mot/ HTTP/1.1\r\nHost: thu.example\r\nUser-Agent: another\r\n\r\n" in request
    assert capture.payload_sha256 == hashlib.sha256(seen.body).hexdigest()
    assert box.texts() == ["Bài mot"]


def test_a_text_can_be_derived_again_from_what_was_imported(box: Box) -> None:
    box.take(box.warc(*(news(f"bai-{n}") for n in range(12))))

    site = all_sites(box.folder / "sites")["test"]
    with Archive.open(box.db, read_only=True) as archive:
        for row in archive.articles.rows(archive.articles.ids()):
            found = original(archive, row["url"], row["capture_id"], "page")
            assert found
            derived = derive(Received(archive.folder, found), site, NO_PROFILES).article
            assert derived
            assert derived.body == row["body"]


@pytest.mark.parametrize(
    "url",
    [
        "https://thu.example/mot/",
        "http://www.thu.example/mot",
        "http://thu.example:80/mot/?utm_source=x",
        "http://THU.example/mot/#a",
    ],
)
def test_variants_of_an_address_are_one_article(box: Box, url: str) -> None:
    box.take(box.warc(news("mot")))
    later = replace(news("mot", "Sửa. " + LONG, THEN + timedelta(days=2)), url=url)

    box.take(box.warc(later, name="b.warc"))

    rows = box.rows("SELECT url, revision FROM articles")
    assert rows == [{"url": f"{BASE}/mot/", "revision": 2}]


def test_what_a_crawl_said_later_of_a_held_article_stands(box: Box) -> None:
    box.take(box.warc(news("mot", moment=THEN + timedelta(days=90))))
    before = box.rows("SELECT state, tried_at, tries, next_try_at, found_by FROM urls")

    box.take(box.warc(news("mot", "Bản đầu. " + LONG), name="b.warc"))

    assert box.rows("SELECT state, tried_at, tries, next_try_at, found_by FROM urls") == before
    assert box.rows("SELECT revision, body FROM articles")[0]["revision"] == 2
    assert "Bản đầu" in box.rows("SELECT body FROM revisions")[0]["body"]


@pytest.mark.parametrize("state", ["waiting", "gone", "failed", "refused"])
def test_a_page_settles_an_address_that_was_open(box: Box, state: str) -> None:
    box.take(box.warc(news("mot", prev=f"{BASE}/hai/")))
    with closing(sqlite3.connect(box.db)) as db, db:
        db.execute(
            "UPDATE urls SET state = ?, tried_at = '2025-07-02T00:00:00Z', "
            "gone_since = '2025-07-02T00:00:00Z' WHERE url LIKE '%/hai/'",
            [state],
        )

    box.take(box.warc(news("hai"), name="b.warc"))

    (row,) = box.rows("SELECT * FROM urls WHERE url LIKE '%/hai/'")
    assert row["state"] == "held"
    assert row["found_by"] == "import"
    if state == "gone":
        assert row["gone_since"] == "2025-07-02T00:00:00Z"
        assert row["next_try_at"] is None


def test_neighbours_become_known(box: Box) -> None:
    links = {"prev": "http://www.thu.example/cu/", "next": f"{BASE}/moi/"}
    box.take(box.warc(news("mot", **links)))

    rows = box.rows("SELECT url, found_by, found_on FROM urls WHERE state = 'waiting' ORDER BY url")
    assert [(r["url"], r["found_by"]) for r in rows] == [
        (f"{BASE}/cu/", "import"),
        (f"{BASE}/moi/", "import"),
    ]
    assert {r["found_on"] for r in rows} == {f"{BASE}/mot/"}


def test_what_is_no_page_is_counted_and_passed_over(box: Box) -> None:
    moved = replace(news("cu"), status="301 Moved", headers=(("Location", f"{BASE}/mot/"),))
    cut = replace(news("cut"), headers=(("Content-Type", "text/html"), ("Content-Length", "99999")))
    warc = box.warc(
        news("mot"),
        moved,
        replace(news("mat"), status="404 Not Found"),
        page(f"{BASE}/anh.png", b"\x89PNG", kind="image/png"),
        page("http://khac.example/", b"<html>"),
        cut,
    )

    box.take(warc, "--json")

    (file,) = json.loads(box.said)["files"]
    assert file["pages"] == {"test": 1}
    assert file["skipped"] == {
        "redirects": 1, "errors": 1, "not HTML": 1, "other hosts": 1, "cut off": 1,
    }  # fmt: skip
    assert box.urls("held") == {f"{BASE}/mot/"}


def test_pages_in_the_place_of_an_article_are_flagged_and_never_shown(box: Box) -> None:
    box.take(box.warc(news("mot")))
    shrunk = news("mot", "Hết.", THEN + timedelta(days=500))
    box.take(box.warc(shrunk, name="b.warc"))

    assert box.rows("SELECT revision FROM articles") == [{"revision": 1}]
    assert [r["flags"] for r in box.rows("SELECT flags FROM captures ORDER BY id")] == [
        "",
        "shrunk",
    ]
    assert box.rows("SELECT kind FROM problems") == [{"kind": "quarantine"}]


def test_an_older_page_that_was_short_is_an_earlier_revision(box: Box) -> None:
    box.take(box.warc(news("mot", moment=THEN + timedelta(days=9)), news("mot", "Đang cập nhật.")))

    assert box.rows("SELECT revision FROM articles") == [{"revision": 2}]
    assert box.rows("SELECT body FROM revisions") == [{"body": "Đang cập nhật."}]


def test_a_page_without_a_known_site_names_the_hosts_that_were_seen(box: Box) -> None:
    warc = box.warc(page("http://khac.example/a/", b"<html>"), page("http://nua.example:81/", b"<"))

    box.take(warc, code=1)

    assert "no page of a known site; it has khac.example, nua.example:81." in box.said
    assert not box.db.exists()


def test_only_the_sites_that_are_named_are_taken(box: Box) -> None:
    toml = box.folder / "sites" / "hai.toml"
    toml.write_text(
        '[hai]\nname = "Huyện Hai"\nbase_url = "http://hai.example/"\ncms = "newspaper"'
    )
    other = replace(news("bai"), url="http://hai.example/bai/")
    warc = box.warc(news("mot"), other)

    box.take(warc, "--site", "hai")
    assert box.urls() == {"http://hai.example/bai/"}
    box.take(warc)
    assert box.urls() == {"http://hai.example/bai/", f"{BASE}/mot/"}
    assert {r["site"] for r in box.rows("SELECT DISTINCT site FROM warcs")} == {"test", "hai"}


def test_a_file_may_have_pages_of_many_sites_in_any_order(box: Box) -> None:
    keys = [f"huyen_{letter}" for letter in "abcdefghijkl"]
    tables = [
        f'[{key}]\nname = "Huyện"\nbase_url = "http://{key[-1]}.example/"\ncms = "newspaper"\n'
        for key in keys
    ]
    (box.folder / "sites" / "nhieu.toml").write_text("\n".join(tables), encoding="utf-8")
    pages = [
        replace(news(f"bai-{n}"), url=f"http://{key[-1]}.example/{n}/")
        for n in range(3)
        for key in keys
    ]

    box.take(box.warc(*pages))

    held = box.rows("SELECT site, count(*) n FROM articles GROUP BY site ORDER BY site")
    assert held == [{"site": key, "n": 3} for key in keys]
    runs = box.rows("SELECT site, outcome, new FROM runs ORDER BY site")
    assert runs == [{"site": key, "outcome": "import", "new": 3} for key in keys]


def test_a_disk_that_is_full_is_told_and_the_import_goes_on_later(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    warc = box.warc(*(news(f"bai-{n}") for n in range(6)))
    write, written = WarcWriter.write, 0

    def full(*arguments: Any) -> Any:
        nonlocal written
        written += 1
        if written > 3:
            raise OSError(28, "No space left on device", str(box.folder))
        return write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(WarcWriter, "write", full)
        said = box.take(warc, code=1)
    assert said == f"Error: {box.folder}: the disk is full; {SPACE}\n"
    assert len(box.texts()) == 3

    box.take(warc)

    assert len(box.texts()) == 6
    outcomes = [row["outcome"] for row in box.rows("SELECT outcome FROM runs ORDER BY id")]
    assert outcomes == ["archive", "import"]


SPACE = "free some space and run the same command again"


def test_a_site_that_is_being_crawled_is_left_alone(box: Box) -> None:
    warc = box.warc(news("mot"))
    with site_lock(box.db, "test"):
        said = box.take(warc, code=75)

    assert said == "Error: another crawl or import of 'test' is running\n"
    assert not box.db.exists()


# Revisits, divided articles, the Wayback Machine


def revisit(seen: Seen, moment: datetime, *, refers: bool = True, head: bytes = b"") -> bytes:
    digest = b32encode(hashlib.sha1(seen.body).digest()).decode()
    lines = [
        "WARC/1.1",
        "WARC-Type: revisit",
        f"WARC-Target-URI: {seen.url}",
        f"WARC-Date: {moment:%Y-%m-%dT%H:%M:%SZ}",
        "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        f"WARC-Payload-Digest: sha1:{digest}",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(head)}",
    ]
    if refers:
        lines += [
            f"WARC-Refers-To-Target-URI: {seen.url}",
            f"WARC-Refers-To-Date: {seen.at:%Y-%m-%dT%H:%M:%SZ}",
        ]
    return "\r\n".join([*lines, "", ""]).encode() + head + b"\r\n\r\n"


@pytest.mark.parametrize("refers", [True, False])
@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"])
@pytest.mark.parametrize("order", ["after", "before", "other file"])
def test_a_revisit_is_one_more_sight_of_the_same_text(
    box: Box, refers: bool, head: bytes, order: str
) -> None:
    first, later = news("mot"), THEN + timedelta(days=100)
    original, again = plain([first], box.folder), revisit(first, later, refers=refers, head=head)
    files = {
        "after": [original + again],
        "before": [again + original],
        "other file": [again, original],
    }[order]

    box.take(*(box.file(f"{n}.warc", data) for n, data in enumerate(files)))

    (row,) = box.rows("SELECT * FROM articles")
    assert (row["first_seen_at"], row["last_seen_at"]) == (
        "2021-07-01T08:30:00Z",
        "2021-10-09T08:30:00Z",
    )
    assert row["revision"] == 1
    captures = box.rows("SELECT refers_to FROM captures ORDER BY fetched_at")
    assert [c["refers_to"] is None for c in captures] == [True, False]
    box.take(*(box.folder / f"{n}.warc" for n in range(len(files))))
    assert len(box.rows("SELECT * FROM captures")) == 2


def test_a_revisit_of_what_nobody_has_is_counted(box: Box) -> None:
    file = box.file("a.warc", revisit(news("mot"), THEN))

    box.take(file, "--json", code=1)
    assert json.loads(box.said)["sites"][0]["unreadable"] == 1
    box.take(file, code=1)
    assert f"cannot be read: {BASE}/mot/ of 2021-07-01T08:30:00Z" in box.said
    assert not box.urls()


def divided(number: int, text: str, moment: datetime = THEN) -> Seen:
    """Return a part of an article of three, as WordPress serves it."""
    current = f'<span class="post-page-numbers current" aria-current="page">{number}</span>'
    links = " ".join(
        f'<a href="{BASE}/dai/{f"{n}/" if n > 1 else ""}" class="post-page-numbers">{n}</a>'
        if n != number
        else current
        for n in (1, 2, 3)
    )
    body = f"""<!doctype html><html lang="vi"><head><meta charset="utf-8">
        <title>Bài dài</title><meta name="generator" content="WordPress 6.4.3"></head>
        <body class="post-template-default single single-post"><article class="post type-post">
        <h1 class="entry-title">Bài dài</h1><div class="entry-content"><p>{text}</p>
        <nav class="page-links">{links}</nav></div></article></body></html>"""
    suffix = f"{number}/" if number > 1 else ""
    return page(f"{BASE}/dai/{suffix}", body.encode(), moment)


PARTS = [divided(n, f"Phần {n}: " + LONG) for n in (1, 2, 3)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_parts_of_a_divided_article_are_joined(box: Box, order: tuple[int, ...]) -> None:
    box.describe(f"{BASE}/", cms="wordpress")
    warc = box.warc(*(PARTS[n] for n in order))

    box.take(warc)
    box.take(warc)

    (row,) = box.rows("SELECT * FROM articles")
    assert [text[:6] for text in row["body"].split("\n\n")] == ["Phần 1", "Phần 2", "Phần 3"]
    parts = box.rows("SELECT url FROM captures WHERE part_of = ? ORDER BY id", row["capture_id"])
    assert {part["url"] for part in parts} == {f"{BASE}/dai/2/", f"{BASE}/dai/3/"}
    assert len(box.rows("SELECT * FROM captures")) == 3


def test_an_article_of_which_a_part_is_missing_waits_for_it(box: Box) -> None:
    box.describe(f"{BASE}/", cms="wordpress")
    box.take(box.warc(*PARTS[:2]))
    (row,) = box.rows("SELECT * FROM urls WHERE url LIKE '%/dai/'")
    assert (row["state"], row["reason"]) == ("failed", "a part of it is not in the file")
    assert not box.texts()

    box.take(box.warc(PARTS[2], name="b.warc"))
    box.take(box.folder / "old.warc.gz")

    assert box.texts() == ["Bài dài"]


@pytest.mark.parametrize(
    ("url", "expected", "moment"),
    [
        ("http://a.example/x", "http://a.example/x", None),
        ("<http://a.example/x>", None, None),
        (
            "https://web.archive.org/web/20190102030405id_/http://a.example:80/x",
            "http://a.example/x",
            datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        (
            "http://localhost:8080/kho/20190102030405id_/https:/a.example/x?y=1",
            "https://a.example/x?y=1",
            datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        ("http://web.archive.org/web/99999999999999id_/http://a.example/x", None, None),
        ("dns:a.example", None, None),
        ("http://[::1", None, None),
        (None, None, None),
    ],
)
def test_addresses_of_a_wayback_machine_are_those_of_the_portal(
    url: str | None, expected: str | None, moment: datetime | None
) -> None:
    address = address_of(Record(Mark(0, 0), "response", url, THEN, 0))
    assert (address and address.url, address and address.at) == (expected, moment)


def test_a_page_that_was_saved_from_the_wayback_machine_is_of_its_own_time(box: Box) -> None:
    replayed = f"https://web.archive.org/web/20190102030405id_/{BASE}/mot/"
    changed = f"https://web.archive.org/web/20190102030405/{BASE}/hai/"
    box.take(
        box.warc(replace(news("mot"), url=replayed), replace(news("hai"), url=changed)), "--json"
    )

    assert json.loads(box.said)["files"][0]["skipped"] == {"changed for replay": 1}
    assert box.rows("SELECT url, source, fetched_at FROM captures") == [
        {"url": f"{BASE}/mot/", "source": "wayback", "fetched_at": "2019-01-02T03:04:05Z"}
    ]


def test_a_file_of_the_internet_archive_says_so(box: Box) -> None:
    info = {"operator": "Internet Archive", "software": "Heritrix http://crawler.archive.org"}
    box.take(box.warc(news("mot"), info=info))
    heritrix = {"software": "Heritrix/3.4 http://crawler.archive.org"}
    box.take(box.warc(news("hai"), name="b.warc.gz", info=heritrix))

    sources = box.rows("SELECT source FROM captures ORDER BY id")
    assert [row["source"] for row in sources] == ["wayback", "import"]


# Forms of files


def per_record(data: bytes, pack: Callable[[bytes], bytes]) -> bytes:
    starts = [i for i in range(len(data)) if data.startswith(b"WARC/1.", i)]
    pieces = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
    return b"".join(map(pack, pieces))


def with_dictionary(data: bytes) -> bytes:
    """Return records as the IIPC's Zstandard form: a dictionary, then a frame each."""
    samples = [data[i : i + 400] for i in range(0, len(data), 400)] * 10
    dictionary = zstd.train_dict(samples, 2048)
    content = zstd.compress(dictionary.dict_content)
    head = (0x184D2A5D).to_bytes(4, "little") + len(content).to_bytes(4, "little") + content
    return head + per_record(data, lambda piece: zstd.compress(piece, zstd_dict=dictionary))


def wacz(data: bytes, name: str = "archive/data.warc.gz", **options: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr(name, data)
        archive.writestr("indexes/index.cdx.gz", b"\x1f\x8b")
        archive.writestr("pages/pages.jsonl", '{"format": "json-pages-1.0"}\n')
    return file.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain.warc": bytes,
    "each.warc.gz": lambda data: per_record(data, gzip.compress),
    "one.warc.gz": gzip.compress,
    "padded.warc.gz": lambda data: gzip.compress(data) + bytes(512),
    "each.warc.zst": lambda data: per_record(data, zstd.compress),
    "one.warc.zst": zstd.compress,
    "dictionary.warc.zst": with_dictionary,
    "a.wacz": lambda data: wacz(per_record(data, gzip.compress)),
    "deflated.wacz": lambda data: wacz(gzip.compress(data), compression=zipfile.ZIP_DEFLATED),
    "plain.wacz": lambda data: wacz(data, "archive/x.warc"),
    "zst.wacz": lambda data: wacz(with_dictionary(data), "archive/x.warc.zst"),
    "misnamed.txt": gzip.compress,
}


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same(box: Box, form: str, version: str) -> None:
    pages = [news(f"bai-{n}") for n in range(5)]
    data = write_warc(box.folder / "x", pages, version=version).read_bytes()

    box.take(box.file(form, FORMS[form](data)))

    assert box.texts() == [f"Bài bai-{n}" for n in range(5)]
    assert len(box.rows("SELECT * FROM captures WHERE request_length > 0")) == 5


@pytest.mark.parametrize("name", ["old.arc", "old.arc.gz"])
def test_arc_files_are_read(box: Box, name: str) -> None:
    pages = [news("mot"), replace(news("hai"), url=f"{BASE}/hai/?a=b c"), news("ba")]
    box.take(write_arc(box.folder / name, pages))

    assert box.texts() == ["Bài ba", "Bài hai", "Bài mot"]
    assert {r["fetched_at"] for r in box.rows("SELECT fetched_at FROM captures")} == {
        "2021-07-01T08:30:00Z"
    }


def test_a_resource_is_a_page_without_a_server(box: Box) -> None:
    body = news("mot").body
    head = (
        f"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: <{BASE}/mot/>\r\n"
        "WARC-Date: 2021-07-01T08:30:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"Content-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    box.take(box.file("a.warc", head.encode() + body + b"\r\n\r\n"))

    assert box.texts() == ["Bài mot"]
    with Archive.open(box.db, read_only=True) as archive:
        (capture,) = archive.captures.of_site("test", 9)
        assert b"WARC-Type: resource" in read_blocks(archive.folder, capture)[0]


@pytest.mark.parametrize("order", ["request first", "response first", "no request"])
def test_a_request_goes_with_its_response(box: Box, order: str) -> None:
    data = plain([news("mot"), news("hai")], box.folder)
    pieces: list[bytes] = []
    per_record(data, lambda piece: (pieces.append(piece), b"")[1])
    info, a, a_request, b, b_request = pieces
    ordered = {
        "request first": [info, a_request, a, b_request, b],
        "response first": [info, a, a_request, b, b_request],
        "no request": [info, a, b],
    }[order]

    box.take(box.file("a.warc", b"".join(ordered)))

    lengths = [r["request_length"] > 0 for r in box.rows("SELECT request_length FROM captures")]
    assert lengths == [order != "no request"] * 2


# What is damaged, lies or is a trap


def one(data: bytes, find: bytes, put: bytes) -> bytes:
    assert find in data
    return data.replace(find, put, 1)


Spoil = Callable[[bytes], bytes]
"""From a sound plain WARC file of three articles to a file that cannot be imported."""


def bad_digest(name: bytes) -> Spoil:
    def spoil(data: bytes) -> bytes:
        start = data.index(b"WARC-Target-URI: http://thu.example/hai/")
        head = data.rindex(b"WARC/1.", 0, start)
        at = data.index(name + b": sha1:", head) + len(name) + 7
        return data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]

    return spoil


def length(change: Callable[[int], object]) -> Spoil:
    def spoil(data: bytes) -> bytes:
        start = data.index(b"WARC-Target-URI: http://thu.example/hai/")
        head = data.rindex(b"WARC/1.", 0, start)
        at = data.index(b"Content-Length: ", head) + 16
        end = data.index(b"\r\n", at)
        return data[:at] + str(change(int(data[at:end]))).encode() + data[end:]

    return spoil


SPOILT: dict[str, tuple[str, Spoil, str]] = {
    "cut off": ("a.warc", lambda d: d[:-30], "bytes too early; nothing was imported. --salvage"),
    "cut off in a header": ("a.warc", lambda d: d[: d.rindex(b"WARC-Date")], "it is cut off"),
    "cut off in gzip": (
        "a.warc.gz", lambda d: per_record(d, gzip.compress)[:-9], "the file ends in the middle",
    ),
    "cut off in zstd": (
        "a.warc.zst", lambda d: per_record(d, zstd.compress)[:-9], "the file ends in the middle",
    ),
    "flipped in gzip": (
        "a.warc.gz", lambda d: flipped(per_record(d, gzip.compress), 2000), "byte",
    ),
    "flipped checksum": ("a.warc.gz", lambda d: flipped(gzip.compress(d), -7), "damaged"),
    "garbage after": ("a.warc", lambda d: d + b"xx", "does not begin as a record"),
    "garbage after gzip": ("a.warc.gz", lambda d: gzip.compress(d) + b"xx", "not compressed as"),
    "too long": ("a.warc", length(lambda n: n + 7), "the 1"),
    "too short": ("a.warc", length(lambda n: n - 7), "bytes that it claims to hold"),
    "far too long": ("a.warc", length(lambda n: n + 10**12), "bytes too early"),
    "no length": ("a.warc", length(lambda _: "viele"), "which is no number"),
    "a negative length": ("a.warc", length(lambda n: -n), "which is no number"),
    "an endless length": ("a.warc", length(lambda n: "9" * 5000), "which is no number"),
    "block digest": ("a.warc", bad_digest(b"WARC-Block-Digest"), "not what its WARC-Block-Digest"),
    "payload digest": (
        "a.warc", bad_digest(b"WARC-Payload-Digest"), "not what its WARC-Payload-Digest says",
    ),
    "no digest": (
        "a.warc", lambda d: one(d, b"WARC-Block-Digest: sha1:", b"WARC-Block-Digest: sha1:!"),
        "not what its WARC-Block-Digest",
    ),
    "no date": (
        "a.warc", lambda d: one(d, b"WARC-Date: 2021", b"WARC-Date: nay"), "which is none",
    ),
    "a date to come": (
        "a.warc", lambda d: one(d, b"WARC-Date: 2021", b"WARC-Date: 2921"), "has not come yet",
    ),
    "the first date": (
        "a.warc", lambda d: one(d, b"2021-07-01T08:30:00Z", b"0001-01-01T00:00:00+23:00"),
        "is none",
    ),
    "a long header": (
        "a.warc", lambda d: one(d, b"WARC-Date", b"X: " + b"x" * (1 << 20) + b"\r\nWARC-Date"),
        "its header is longer than any",
    ),
    "many headers": (
        "a.warc", lambda d: one(d, b"WARC-Date", b"X: y\r\n" * 20_000 + b"WARC-Date"), "its header",
    ),
    "nothing": ("a.warc", lambda d: b"", "an empty file"),
    "text": ("a.warc", lambda d: b"hello", "no WARC, ARC or WACZ file: it begins with b'hello'"),
    "a web page": ("a.warc", lambda d: b"<!doctype html>", "a web page; save it with a tool"),
    "gzip of nothing known": ("a.gz", lambda d: gzip.compress(b"hello"), "no WARC, ARC or WACZ"),
    "zeros": ("a.warc", lambda d: bytes(100_000), "no WARC, ARC or WACZ file"),
    "bzip2": ("a.warc.bz2", lambda d: b"BZh91AY", "compressed with bzip2; decompress it first"),
    "a bad dictionary": (
        "a.warc.zst", lambda d: bytes.fromhex("5d2a4d18 04000000 00000000"), "its dictionary",
    ),
    "a zip of nothing": ("a.wacz", lambda d: wacz(d, "archive/x.txt"), "no WARC file"),
    "a cut zip": ("a.wacz", lambda d: wacz(gzip.compress(d))[:-100], "damaged or cut off"),
    "a name upwards": ("a.wacz", lambda d: wacz(d, "../../x.warc"), "outside of itself"),
    "a name upwards, Windows": ("a.wacz", lambda d: wacz(d, "a\\..\\..\\x.warc"), "outside"),
    "an absolute name": ("a.wacz", lambda d: wacz(d, "/tmp/x.warc"), "outside of itself"),
    "a drive": ("a.wacz", lambda d: wacz(d, "C:/x.warc"), "outside of itself"),
    "an encrypted zip": ("a.wacz", lambda d: encrypted(wacz(d, "archive/x.warc")), "encrypted"),
    "a zip of bzip2": (
        "a.wacz", lambda d: wacz(d, compression=zipfile.ZIP_BZIP2), "in a way that no WACZ",
    ),
    "a wrong checksum in zip": (
        "a.wacz", lambda d: one(wacz(d, "x.warc"), b"User-Agent: another", b"User-Agent: anothex"),
        "the zip file is damaged",
    ),
    "no WARC in the WACZ": ("a.wacz", lambda d: wacz(b"hello"), "neither WARC nor ARC"),
    "a damaged ARC": (
        "a.arc", lambda d: b"filedesc://a 0.0.0.0 20050101000000 text/plain 3\nabc\nhello\n",
        "record of an ARC file",
    ),
}  # fmt: skip


def flipped(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


def encrypted(data: bytes) -> bytes:
    """Return a zip file whose members say that they are encrypted."""
    marked = bytearray(data)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(signature, start)) >= 0:
            marked[start + flags] |= 1
            start += 4
    return bytes(marked)


@pytest.mark.parametrize("name", SPOILT)
def test_a_file_that_is_damaged_or_lies_changes_nothing(box: Box, name: str) -> None:
    filename, spoil, expected = SPOILT[name]
    data = plain([news("mot"), news("hai"), news("ba")], box.folder)
    sound = box.warc(news("khac"), name="sound.warc")
    file = box.file(filename, spoil(data))

    said = box.take(sound, file, code=2)

    assert said.startswith(f"Error: {file}: ")
    assert expected in said
    assert said.count("\n") == 1
    assert len(said) < 500
    assert not box.db.exists()
    assert sorted(p.name for p in box.folder.iterdir()) == sorted(
        {filename, "plain.warc", "sound.warc", "sites"}
    )


SALVAGED = {
    "cut off": {"mot", "hai", "ba"},  # what is cut off is the last request
    "cut off in gzip": {"mot", "hai", "ba"},
    "cut off in zstd": {"mot", "hai", "ba"},
    "flipped checksum": {"mot", "hai", "ba"},
    "garbage after": {"mot", "hai", "ba"},
    "garbage after gzip": {"mot", "hai", "ba"},
    "too long": {"mot", "ba"},
    "too short": {"mot", "ba"},
    "far too long": {"mot", "ba"},
    "no length": {"mot", "ba"},
    "block digest": {"mot", "ba"},
    "payload digest": {"mot", "ba"},
    "a long header": {"mot", "hai", "ba"},  # of the warcinfo
    "many headers": {"mot", "hai", "ba"},
    "a cut zip": {"mot", "hai", "ba"},
}


@pytest.mark.parametrize("name", SALVAGED)
def test_what_is_whole_can_be_salvaged(box: Box, name: str) -> None:
    filename, spoil, _ = SPOILT[name]
    data = plain([news("mot"), news("hai"), news("ba")], box.folder)

    box.take(box.file(filename, spoil(data)), "--salvage", code=1)

    assert {title.removeprefix("Bài ") for title in box.texts()} == SALVAGED[name]
    assert "left out: " in box.said


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("form", PACKERS)
def test_cut_at_any_byte_what_is_whole_is_read_and_the_rest_is_told(box: Box, form: str) -> None:
    data = plain([news("mot", "Ngắn."), news("hai", "Ngắn.")], box.folder, requests=False)
    sizes: list[int] = []
    per_record(data, lambda piece: (sizes.append(len(PACKERS[form](piece))), b"")[1])
    packed = per_record(data, PACKERS[form])
    starts = [sum(sizes[:n]) for n in range(len(sizes) + 1)]
    # Of a plain record the empty lines that end it may be missing.
    slack = 4 if form == "plain" else 0
    for end in range(10, len(packed)):
        damages: list[DamageError] = []
        file = io.BytesIO(packed[:end])
        stream = stream_of(MeteredFile(file, lambda _: None), Meter())

        whole = list(records(stream, lambda _: True, damages.append))

        assert len(whole) == sum(start - slack <= end for start in starts[1:]), end
        at_an_end = any(start - slack <= end <= start for start in starts)
        assert bool(damages) != at_an_end, end


def test_no_bytes_break_the_reading(box: Box) -> None:
    data = plain([news("mot")], box.folder)
    chance = random.Random(2)
    for form in ("plain.warc", "each.warc.gz", "dictionary.warc.zst", "a.wacz"):
        sound = FORMS[form](data)
        for _ in range(40):
            spoilt = bytearray(sound)
            for _ in range(chance.choice([1, 1, 3, 20])):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            file = box.file(form, bytes(spoilt))
            done = CliRunner().invoke(main, ["import", "--db", str(box.db), str(file)])
            assert done.exit_code in (0, 1, 2), (form, done.exception)
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            file = box.file(form, bytes(spoilt))
            done = CliRunner().invoke(main, ["import", "--salvage", "--db", str(box.db), str(file)])
            assert done.exit_code in (0, 1, 2), (form, done.exception)
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception


@pytest.mark.parametrize("what", ["folder", "missing", "forbidden", "pipe"])
def test_what_is_no_file_is_told_so(box: Box, what: str) -> None:
    path = box.folder / "x.warc"
    if what == "folder":
        path.mkdir()
        expected = f"{path}: a folder; name the files in it, as in {path}/*.warc.gz"
    elif what == "missing":
        expected = f"{path}: no such file"
    elif what == "pipe":
        os.mkfifo(path)
        expected = f"{path}: no file that can be read twice"
    else:
        path.touch(0)
        if os.access(path, os.R_OK):
            pytest.skip("root reads every file")
        expected = f"{path}: cannot be read: Permission denied"

    assert box.take(path, code=2) == f"Error: {expected}\n"


MEASURED = """
import json, re, sys
from pathlib import Path
from click.testing import CliRunner
from curation.importing.streams import Meter
from tinhuyen.cli import main

work = dict.fromkeys(("took", "gave"), 0)

def counted(name):
    count = getattr(Meter, name)
    def counting(meter, size):
        work[name] += size
        count(meter, size)
    return counting

for name in work:
    setattr(Meter, name, counted(name))
done = CliRunner().invoke(main, sys.argv[1:])
# Not ru_maxrss, which begins at what the process had that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(json.dumps([done.exit_code, peak, work["took"], work["gave"]]))
print(done.output)
"""


@dataclass
class Measured:
    """An import that ran as a process, and what it cost."""

    code: int
    peak: int
    """MiB."""
    read: int
    """Bytes read from the file, each as often as it was read."""
    made: int
    """Bytes that came out of a decompressor."""
    said: str


def measured(archived: Archived, *arguments: str | Path) -> Measured:
    """Import as a process."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "import", "--db", str(archived.db), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=170,
        env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
    )
    first, _, rest = done.stdout.partition("\n")
    return Measured(*json.loads(first), rest)


BOMB = (
    f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {BASE}/x\r\n"
    "WARC-Date: 2021-07-01T08:30:00Z\r\nContent-Type: application/http\r\n"
    f"Content-Length: {10 << 30}\r\n\r\n"
).encode()


def zstd_bomb() -> bytes:
    """Return ten GiB of a record in a frame of blocks that say: 128 KiB of this byte."""
    raw = (len(BOMB) << 3).to_bytes(3, "little") + BOMB
    zeros = (1 << 1 | (128 << 10) << 3).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd" + b"\x00\x58" + raw + zeros * (10 << 13)


def gzip_bomb() -> bytes:
    """Return ten GiB of a record in a gzip member, of parts that stand alone."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(BOMB) + packer.flush(zlib.Z_FULL_FLUSH)
    packer.compress(bytes(1 << 20))
    packer.flush(zlib.Z_FULL_FLUSH)
    return head + (packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)) * (10 << 10)


BOMBS: dict[str, Callable[[], bytes]] = {
    "zst": zstd_bomb,
    "gz": gzip_bomb,
    "wacz": lambda: wacz(gzip_bomb(), compression=zipfile.ZIP_DEFLATED),
    "zst.wacz": lambda: wacz(zstd_bomb(), "archive/a.warc.zst"),
    "many false starts": lambda: gzip.compress(BOMB[:9]) + b"\x1f\x8b\x08" * 300_000,
    "empty members": lambda: gzip.compress(BOMB[:9]) + gzip.compress(b"") * 50_000,
}


@pytest.mark.parametrize("form", BOMBS)
def test_a_bomb_is_refused_before_it_explodes(box: Box, form: str) -> None:
    path = box.file("bomb", BOMBS[form]())

    done = measured(box, path)
    salvaged = measured(box, path, "--salvage")

    assert done.code == 2
    assert ("a decompression bomb" in done.said) != (form in ("empty members", "many false starts"))
    assert salvaged.code in (1, 2)
    for cost in (done, salvaged):
        assert cost.peak < 300
        assert cost.read < 2 << 30, "of the 1 MiB to 11 MiB of the file, however often"
        assert cost.made < 256 << 20, "of the 10 GiB that it claims to hold"
    assert not box.db.exists()


def test_a_record_that_is_too_large_for_a_page_is_passed_over_in_little_memory(box: Box) -> None:
    path = box.folder / "large.warc"
    size = 512 << 20
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {BASE}/video\r\n"
        "WARC-Date: 2021-07-01T08:30:00Z\r\nContent-Type: application/http\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    with path.open("wb") as file:
        file.write(head.encode())
        file.seek(size, os.SEEK_CUR)
        file.write(b"\r\n\r\n" + plain([news("mot")], box.folder))

    done = measured(box, path)

    assert done.code == 0, done.said
    assert done.peak < 300
    assert box.texts() == ["Bài mot"]


def test_a_body_that_explodes_is_not_taken(box: Box) -> None:
    body = gzip.compress(bytes(300 << 20))
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    trap = Seen(f"{BASE}/bom/", "200 OK", headers, body)
    path = box.warc(news("mot"), trap, name="a.warc")

    done = measured(box, path, "--json")

    assert done.code == 1, done.said
    assert done.peak < 400
    assert json.loads(done.said)["sites"][0]["unreadable"] == 1
    assert box.texts() == ["Bài mot"]


# Killed


def test_killed_at_any_moment_it_completes_without_doubles(serve: Serve) -> None:
    portal = Portal.scaled(120, page_bytes=0)
    archived = serve(portal)
    assert archived.server
    seen = fetch(archived.server.url, [post.path for post in portal.posts])
    seen += at(seen[:30], THEN + timedelta(days=1))
    warc = write_warc(archived.folder / "old.warc.gz", seen)
    assert importing(archived, warc).code == 0
    whole = content_hash(archived.db)
    for file in archived.folder.glob("archive.db*"):
        file.unlink()
    chance = random.Random(20250701)

    kills = 0
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", "import", "--db", str(archived.db), str(warc)],
            env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
            stdout=subprocess.DEVNULL,
        )
        target = held(archived) + chance.randint(1, 20)
        while process.poll() is None and held(archived) < target:
            time.sleep(0.002)
        process.kill()
        kills += process.wait() == -signal.SIGKILL
    done = importing(archived, warc)

    assert done.code == 0, done.err
    assert kills >= 4
    assert content_hash(archived.db) == whole
    doubles = archived.rows(
        "SELECT url FROM captures GROUP BY url, fetched_at, payload_sha256 HAVING count(*) > 1"
    )
    assert doubles == []
    outcomes = [row["outcome"] for row in archived.rows("SELECT outcome FROM runs ORDER BY id")]
    assert outcomes == ["killed"] * kills + ["import"]


def held(archived: Archived) -> int:
    try:
        return len(archived.urls())
    except sqlite3.Error:  # not made yet
        return 0


def test_a_record_that_was_written_but_not_noted_is_imported_again(box: Box) -> None:
    """The crawl adopts such records; of an import nobody would read the page again."""
    box.take(box.warc(news("khac"), name="a.warc"))
    with Archive.open(box.db, read_only=True) as archive:
        files = archive.captures.files("test")
    writer = WarcWriter(box.folder / "captures", "test", {}, files, [])
    seen = news("mot")
    writer.write(
        Exchange(
            seen.url,
            seen.at,
            200,
            seen.head,
            seen.body,
            b"GET /mot/ HTTP/1.1\r\n\r\n",
            content_type="text/html",
            source="import",
        )
    )
    writer.close()

    box.take(box.warc(news("mot"), news("hai")))

    assert box.texts() == ["Bài hai", "Bài khac", "Bài mot"]
    assert len(box.rows("SELECT * FROM captures")) == 3


# Several processes


def everything(box: Box) -> list[Path]:
    """Return files with articles, revised ones, a divided one in two files, and broken bytes."""
    pages = [news(f"bai-{n}", f"{LONG} Bài số {n}.", THEN + timedelta(days=n)) for n in range(30)]
    again = [news(f"bai-{n}", f"{LONG} Bài sửa {n}.", THEN + timedelta(days=90)) for n in range(9)]
    broken = page(f"{BASE}/hong/", b" \r\n ")
    return [
        box.warc(PARTS[0], *pages[:20], name="a.warc.gz"),
        box.warc(*again, *pages[15:], pages[0], broken, *PARTS[1:], name="b.warc.gz"),
    ]


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_import_what_one_does(box: Box, processes: int) -> None:
    files = everything(box)
    told = {}
    for number in (1, processes):
        box.take(*files, "--processes", str(number), "--json", code=1)
        told[number] = json.loads(box.said)
        found = content_hash(box.db)
        if number == 1:
            alone = found
            box.db.rename(box.folder / "alone.db")
            (box.folder / "captures").rename(box.folder / "alone")
    assert found == alone
    assert told[processes] == told[1]
    (site,) = told[1]["sites"]
    assert (site["new"], site["changed"], site["unreadable"]) == (31, 9, 1)
    box.take(*files, "--processes", str(processes), code=1)
    assert content_hash(box.db) == alone


def test_a_process_that_is_killed_at_an_import_is_told_and_nothing_is_lost(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = everything(box)
    box.take(*files, "--processes", "1", code=1)
    alone = content_hash(box.db)
    box.db.rename(box.folder / "alone.db")
    (box.folder / "captures").rename(box.folder / "alone")

    me = os.getpid()
    read_one = reading.read_one

    def killed(one: reading.Unread) -> reading.Read:
        if os.getpid() != me and one.exchange.url.endswith("/bai-18/"):
            os.kill(os.getpid(), signal.SIGKILL)
        return read_one(one)

    monkeypatch.setattr(reading, "read_one", killed)  # which a copy of this process has, too
    box.take(*files, "--processes", "2", code=1)
    assert "a process that read pages was killed (too little memory?); run it again" in (
        box.complained
    )
    assert [row["outcome"] for row in box.rows("SELECT outcome FROM runs")] == [RunOutcome.KILLED]
    monkeypatch.undo()
    monkeypatch.setattr(settings, "SITES_DIR", str(box.folder / "sites"))
    box.take(*files, "--processes", "2", code=1)
    assert content_hash(box.db) == alone
