"""What pages need to look as they did: what a page and a sheet name, and what a crawl takes."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import SITE_COLUMNS, Archive
from archive.connection import Connection
from archive.schema import migrations
from crawler.exchange import Exchange
from crawler.page import Requisite
from crawler.readers import read_page, read_requisites, read_sheet
from crawler.visit import Origin, Visit
from demo.faults import Fault
from demo.portal import Portal
from tests.conftest import Archived, Serve
from tests.content import writing

HOST = "https://huyen.example"


def named(html: str) -> list[tuple[str, str]]:
    """Return what a page names, by kind and path."""
    body = f"<!doctype html><html><head>{html}</html>".encode()
    url = f"{HOST}/tin/a.html"
    found = read_requisites(body, url, "text/html", page=read_page(body, url))
    return [(item.kind.value, item.url.removeprefix(HOST)) for item in found]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<link rel="stylesheet" href="/a.css?ver=1">', [("style", "/a.css?ver=1")]),
        ('<link rel="StyleSheet" href="a.css">', [("style", "/tin/a.css")]),
        ('<base href="/x/"><link rel="stylesheet" href="a.css">', [("style", "/x/a.css")]),
        ('<link rel="alternate stylesheet" href="/a.css">', []),
        ('<link rel="canonical" href="/a">', []),
        ('<link rel="shortcut icon" href="/favicon.ico">', [("theme", "/favicon.ico")]),
        ('<link rel="preload" as="font" href="/a.woff2">', [("font", "/a.woff2")]),
        ('<link rel="preload" as="script" href="/a.js">', []),
        ('<script src="/a.js"></script>', []),
        ("<style>@import '/a.css'; b{background:url(/b.png)}</style>",
         [("style", "/a.css"), ("theme", "/b.png")]),
        ('<body><p style="background-image: URL(\'/b.png\')">x', [("theme", "/b.png")]),
        ('<body background="/nen.gif">', [("theme", "/nen.gif")]),
        ('<body><img src="/logo.png">', [("theme", "/logo.png")]),
        ('<body><img src="data:image/gif;base64,R0">', []),
        ('<body><img src="/dem.gif" width="1">', []),
        ('<body><a href="/"><img src="/logo.png"></a>', [("theme", "/logo.png")]),
        ('<body><a href="/tin/b.html"><img src="/b-100x70.jpg"></a>', []),
        ('<body><div class="site-header"><a href="/hoi-dap/"><img src="/b.jpg"></a></div>',
         [("theme", "/b.jpg")]),
        ('<body><a href="https://tinh.example/x"><img src="/b.jpg"></a>', [("theme", "/b.jpg")]),
        ('<body><img src="/logo.png" srcset="/logo@2x.png 2x">',
         [("theme", "/logo.png"), ("theme", "/logo@2x.png")]),
        # the most important first, each address once
        ('<link rel="icon" href="/i.png"><style>@font-face{src:url(/f.woff)}</style>'
         '<link rel="stylesheet" href="/a.css"><body><img src="/i.png">',
         [("style", "/a.css"), ("font", "/f.woff"), ("theme", "/i.png")]),
    ],
)  # fmt: skip
def test_a_page_names_what_it_needs(html: str, expected: list[tuple[str, str]]) -> None:
    assert named(html) == expected


def test_the_articles_own_pictures_are_none_of_the_frame() -> None:
    name = "newspaper/classic"
    body = (Path(__file__).parent / "fixtures" / f"{name}.html").read_bytes()
    page = read_page(body, f"{HOST}/a/")
    assert page.article
    assert page.article.images
    found = {item.url for item in read_requisites(body, f"{HOST}/a/", None, page)}
    assert found
    assert not found & {image.url for image in page.article.images}


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("@import 'b.css'; @import url(c.css) print;",
         [("style", "/t/b.css"), ("style", "/t/c.css")]),
        ("a{background:#fff url( 'i/b.png' ) no-repeat}", [("theme", "/t/i/b.png")]),
        ("@media print{@supports (x:y){a{background:url(b.png)}}}", [("theme", "/t/b.png")]),
        ("a{background:image-set(url(b.png) 1x, url(c.png) 2x)}",
         [("theme", "/t/b.png"), ("theme", "/t/c.png")]),
        ("/* url(b.png) */ a::before{content:'url(c.png)'}", []),
        ("a{filter:url(#f);cursor:url(data:image/png;base64,R0)}", []),
        # of a font, the one form that a browser takes
        ("@font-face{src:url(f.eot);src:url(f.eot?#x) format('embedded-opentype'),"
         "url(f.woff2) format('woff2'),url(f.woff) format('woff')}", [("font", "/t/f.woff2")]),
        ("@font-face{src:local('F'),url(f.ttf)}", [("font", "/t/f.ttf")]),
        ("@font-face{src:url(f.svg#x)}", []),
        # cut off, or wrong
        ("a{background:url(b.png", [("theme", "/t/b.png")]),
        ("}}}] a{b:url(c.png)} @import", [("theme", "/t/c.png")]),
        ("@media{" * 5000 + "a{b:url(c.png)}", [("theme", "/t/c.png")]),
        ("a{" * 5000 + "b:url(c.png)}", [("theme", "/t/c.png")]),
    ],
)  # fmt: skip
def test_a_sheet_names_what_it_needs(css: str, expected: list[tuple[str, str]]) -> None:
    found = read_sheet(css.encode(), f"{HOST}/t/a.css", "text/css; charset=utf-8")
    assert [(item.kind.value, item.url.removeprefix(HOST)) for item in found] == expected


STYLE = "/wp-content/themes/Newspaper/style.css?ver=9.7.3"
HILLS = "/wp-content/themes/Newspaper/images/hills.png"


def requisites(archived: Archived) -> dict[str, dict[str, Any]]:
    """Return the rows of ``media`` that are of no article, by path."""
    assert archived.server
    rows = archived.rows("SELECT * FROM media WHERE kind NOT IN ('picture', 'file') ORDER BY id")
    return {row["url"].removeprefix(archived.server.url): row for row in rows}


def test_a_crawl_takes_them_after_the_articles_and_once_a_day(serve: Serve) -> None:
    archived = serve(Portal.scaled(12, page_bytes=0))
    assert archived.server
    summary = archived.crawl()

    rows = requisites(archived)
    assert {path: (row["kind"], row["state"]) for path, row in rows.items()} == {
        STYLE: ("style", "held"), HILLS: ("theme", "held")
    }  # fmt: skip
    assert (summary["requisites"], summary["media"], summary["held"]) == ({"held": 2}, {}, 12)
    asked = [request.target for request in archived.server.log]
    assert asked[-2:] == [STYLE, HILLS]
    captures = archived.rows("SELECT * FROM captures WHERE id = ?", rows[STYLE]["capture_id"])
    assert captures[0]["payload_sha256"] == rows[STYLE]["sha256"]

    archived.crawl("--full")
    asked = [request.target for request in archived.server.log]
    assert (asked.count(STYLE), asked.count(HILLS)) == (1, 1)


def test_on_a_later_day_they_are_asked_for_again_and_stay_held(serve: Serve) -> None:
    archived = serve(Portal.scaled(12, page_bytes=0))
    assert archived.server
    archived.crawl()
    before = requisites(archived)
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE media SET tried_at = '2020-01-01T00:00:00Z'")
    asked = len(archived.server.log)

    archived.server.faults.paths[HILLS] = Fault(status=404)
    summary = archived.crawl("--full")

    targets = [request.target for request in archived.server.log[asked:]]
    assert (targets.count(STYLE), targets.count(HILLS)) == (1, 1)
    assert summary["requisites"] == {"held": 2}
    for path, row in requisites(archived).items():
        assert (row["state"], row["sha256"]) == ("held", before[path]["sha256"])
        assert (row["tries"], row["ask_again"]) == (2, 0)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("REQUISITES_A_DAY=0", {STYLE: "waiting"}),
        ("REQUISITES_A_DAY=1", {STYLE: "held", HILLS: "waiting"}),
        ("REQUISITE_BYTES_A_DAY=1", {STYLE: "held", HILLS: "waiting"}),
    ],
)
def test_there_is_a_bound_a_day_and_the_next_crawl_goes_on(
    setting: str, expected: dict[str, str], serve: Serve
) -> None:
    archived = serve(Portal.scaled(3, page_bytes=0))
    for _ in range(2):
        archived.crawl("--set", setting)
        found = {path: row["state"] for path, row in requisites(archived).items()}
        assert found == expected
    archived.crawl()
    assert {row["state"] for row in requisites(archived).values()} == {"held"}


def test_a_host_that_fails_is_not_asked_for_more_of_them(serve: Serve) -> None:
    archived = serve(Portal.scaled(3, page_bytes=0))
    assert archived.server
    archived.server.faults.paths[STYLE] = Fault(status=503)
    page = (
        '<!doctype html><html><head><meta name="generator" content="WordPress 5.9.3">'
        f'<link rel="stylesheet" href="{STYLE}"><link rel="icon" href="{HILLS}"></head>'
        '<body class="home blog"><div class="td_module_wrap"><h3 class="td-module-title">'
        '<a href="/khong-co/">Bài</a></h3></div></body></html>'
    )
    archived.server.faults.paths["/"] = Fault(body=page.encode())
    summary = archived.crawl(
        "--set", "BACKOFF_START=0.01", "--url", archived.server.url + "/", code=None
    )
    rows = requisites(archived)
    assert (rows[STYLE]["state"], rows[HILLS]["state"]) == ("failed", "waiting")
    assert summary["requisites"] == {"failed": 1}


def test_robots_txt_holds_for_them(serve: Serve) -> None:
    archived = serve(Portal.scaled(3, page_bytes=0))
    assert archived.server
    archived.server.faults.robots = "User-agent: *\nDisallow: /wp-content/themes/\n"
    archived.crawl()
    rows = requisites(archived)
    assert (rows[STYLE]["state"], rows[STYLE]["reason"]) == ("refused", "robots.txt forbids it")
    assert STYLE not in [request.target for request in archived.server.log]


@pytest.fixture
def site() -> dict[str, Any]:
    return dict.fromkeys(SITE_COLUMNS) | {
        "key": "thu", "name": "Huyện Thử", "cms": "newspaper", "base_url": f"{HOST}/",
    }  # fmt: skip


def test_a_theme_picture_that_an_article_names_is_its_picture(
    tmp_path: Path, site: dict[str, Any]
) -> None:
    url, now = f"{HOST}/a.jpg", datetime(2025, 6, 1, 12, tzinfo=UTC)
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        run_id = archive.runs.start(site)
        archive.captures.begin(run_id, "thu", {"software": "x"})
        head = b"HTTP/1.1 200 OK\r\n\r\n"
        page = Exchange(f"{HOST}/", now, 200, head, b"<p>", content_type="text/html")
        archive.ledger.seed("thu", f"{HOST}/")
        capture = archive.captures.keep(page)
        visit = Visit(
            f"{HOST}/", Origin("seed"), now, "not_article", 200, "listing", capture=capture,
            requisites=(Requisite("theme", url), Requisite("style", f"{HOST}/a.css")),
        )  # fmt: skip
        archive.visits.record(run_id, "thu", visit)
        assert archive.media.due("thu", run_id, set()) is None
        assert archive.media.due_requisite("thu", run_id, set()) == f"{HOST}/a.css"
        assert archive.media.due_requisite("thu", run_id, {f"{HOST}/a.css"}) == url
        with writing(archive.path) as tables:
            tables.media.discover("thu", [url])
        assert archive.media.due("thu", run_id, set()) == url
        assert archive.media.due_requisite("thu", run_id, {f"{HOST}/a.css"}) is None
        since = now - timedelta(days=1)
        assert archive.media.requisites_since("thu", since) == (0, 0)


def test_an_archive_of_an_older_version_tells_pictures_from_files(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as connection:
        db = Connection(connection)
        migrations.apply(db, stop_before="keep_requisites")
        for statement in (
            "INSERT INTO sites (key, name, cms, base_url) VALUES ('thu', 'T', 'generic', 'x')",
            "INSERT INTO articles (id, site, url, title, words, first_seen_at, last_seen_at,"
            " text_sha256) VALUES (1, 'thu', 'x', 'X', 1, 'x', 'x', 'x')",
            "INSERT INTO images (article_id, position, url) VALUES (1, 1, 'a.jpg'), (1, 2, 'b')",
            "INSERT INTO attachments (article_id, position, url)"
            " VALUES (1, 1, 'b'), (1, 2, 'c.pdf')",
            "INSERT INTO media (site, url, state, sha256) VALUES ('thu', 'a.jpg', 'held', 'aa'),"
            " ('thu', 'b', 'waiting', NULL), ('thu', 'c.pdf', 'gone', NULL)",
        ):
            db.execute(statement)
        connection.commit()
    with Archive.open(path) as archive:
        assert list(archive.damage()) == []
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT url, kind, state, sha256, ask_again FROM media"
        ).fetchall()
    assert rows == [
        ("a.jpg", "picture", "held", "aa", 0),
        ("b", "picture", "waiting", None, 0),
        ("c.pdf", "file", "gone", None, 0),
    ]
