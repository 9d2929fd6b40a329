"""How a crawl behaves: what it asks a portal for, how it asks, and what it makes of bad answers."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request as Asked
from scrapy import Spider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from crawler.middlewares import turns
from crawler.middlewares.backoff import BackOffMiddleware, retry_after
from crawler.middlewares.turns import MemoryTurns, TurnMiddleware
from crawler.spiders.absences import NAME
from crawler.text.addresses import is_on_loopback
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import Request, Server, serving
from tests.conftest import Archived, Serve, long, run
from tests.content import let_pass
from tests.raw import QUICK, bare, of_pages
from tests.raw import Portal as RawPortal

ROOT = Path(__file__).parents[1]
CONTACT = "https://tinhuyen.example/contact"
CHAIN_ONLY: dict[str, Any] = {"rest": "absent", "feeds": False, "sitemap": False}
"""Faults of a portal that lists its posts nowhere but on pages for people."""
WITH_AND_WITHOUT_REST = [
    pytest.param({}, id="rest"),
    long({"rest": "absent"}, id="sitemap"),
]


# Pages of our own making


def article(
    title: str,
    text: str = "",
    *,
    prev: str | None = None,
    next: str | None = None,  # noqa: A002
    canonical: str | None = None,
    date: str = "2021-06-14T08:30:00+07:00",
) -> Fault:
    """Return an article of the Newspaper theme, to be answered in place of an address's own."""
    links = "".join(
        f'<div class="td-block-span6 td-post-{side}-post"><a href="{href}">Bài khác</a></div>'
        for side, href in (("prev", prev), ("next", next))
        if href
    )
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return page(
        f"""
        <div class="td-post-header"><h1 class="entry-title">{title}</h1>
        <span class="td-post-date"><time class="entry-date" datetime="{date}"></time></span></div>
        <div class="td-post-content"><p>{text or f"Nội dung của bài {title}."}</p></div>
        <div class="td-block-row td-post-next-prev">{links}</div>""",
        head,
        "single single-post",
    )


def listing(*hrefs: str) -> Fault:
    """Return a page that lists articles, to be answered in place of an address's own."""
    items = "".join(
        f'<div class="td_module_wrap"><h3 class="td-module-title"><a href="{href}">Bài</a></h3>'
        "</div>"
        for href in hrefs
    )
    return page(items, "", "home blog")


def page(main: str, head: str, classes: str) -> Fault:
    text = (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        f'<meta name="generator" content="WordPress 5.9.3">{head}</head>'
        f'<body class="{classes}"><nav>Trang chủ</nav>{main}</body></html>'
    )
    return Fault(body=text.encode())


def moved(location: str, status: int = 301) -> Fault:
    return Fault(status=status, location=location)


# Ways to run a crawl, and to look at what came of it


def ours(archived: Archived) -> dict[str, str]:
    return {"TINHUYEN_SITES": str(archived.folder / "sites"), "TINHUYEN_CONTACT": CONTACT}


def environment(archived: Archived) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TINHUYEN_")}
    return clean | ours(archived) | {"COLUMNS": "200"}


def scrapy(archived: Archived, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of Scrapy's own commands in the project's folder."""
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env=environment(archived),
    )


@contextmanager
def crawling(archived: Archived, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Begin a crawl of the site, and end it with the block if nothing else has."""
    command = ["crawl", "test", "--db", str(archived.db), "--json", *arguments]
    process = subprocess.Popen(
        [sys.executable, "-m", "tinhuyen", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(archived),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not condition():
        assert process.poll() is None, "the crawl ended before it was to be disturbed"
        time.sleep(0.01)


THEME = {
    "/wp-content/themes/Newspaper/style.css?ver=9.7.3",
    "/wp-content/themes/Newspaper/images/hills.png",
}
"""What every page of the demo needs to look as it does."""


def asked(server: Server) -> list[str]:
    """Return what was asked for, without robots.txt."""
    return [request.target for request in server.log if request.target != "/robots.txt"]


def requests_for(server: Server, target: str) -> list[Request]:
    return [request for request in server.log if request.target == target]


def ledger(archived: Archived) -> dict[str, dict[str, Any]]:
    """Return the rows of ``urls`` by path."""
    base = archived.server.url if archived.server else ""
    return {row["url"].removeprefix(base): row for row in archived.rows("SELECT * FROM urls")}


def problems(archived: Archived) -> list[tuple[str, str, str]]:
    """Return path, kind and message of every problem."""
    base = archived.server.url if archived.server else ""
    return [
        ((row["url"] or "").removeprefix(base), row["kind"], row["message"])
        for row in archived.rows("SELECT * FROM problems ORDER BY id")
    ]


def content(archived: Archived) -> list[dict[str, Any]]:
    """Return the articles without what depends on the way and time of the crawl."""
    return archived.rows(
        """
        SELECT url, title, lead, body, body_html, author, category, published_at, modified_at,
               prev_url, next_url, language, words, revision, text_sha256,
               (SELECT group_concat(url || coalesce(caption, '')) FROM images
                WHERE article_id = articles.id) AS images
        FROM articles ORDER BY url"""
    )


def assert_sound(archived: Archived) -> None:
    """Require that file, index and ledger are whole and agree with each other."""
    assert archived.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    held = archived.rows("SELECT url FROM urls WHERE state = 'held' ORDER BY url")
    assert held == archived.rows("SELECT url FROM articles ORDER BY url")
    indexed = archived.rows("SELECT id FROM articles_fts_docsize ORDER BY id")
    assert indexed == archived.rows("SELECT id FROM articles ORDER BY id")


def small(count: int) -> Portal:
    """Return a portal of so many posts, no two of one date."""
    return Portal.scaled(count, page_bytes=0)


def paths(portal: Portal) -> set[str]:
    return {post.path for post in portal.posts}


# Along the chain


def test_from_an_article_in_the_middle_both_ends_are_reached(serve: Serve) -> None:
    portal = small(14)
    archived = serve(portal)
    server = archived.server
    middle = portal.posts[6]

    summary = archived.crawl("--url", f"{server.url}{middle.path}?utm_source=zalo#binh-luan")

    assert archived.urls() == paths(portal)
    assert (summary["new"], summary["outcome"], summary["verdict"]) == (14, "finished", "unproven")
    rows = ledger(archived)
    found_by = [rows[post.path]["found_by"] for post in portal.posts]
    assert found_by == ["prev"] * 6 + ["seed"] + ["next"] * 7
    assert rows[portal.posts[9].path]["found_on"] == server.url + portal.posts[8].path
    wanted = paths(portal) | THEME | {f"/{NAME}/"}
    assert sorted(asked(server)) == sorted(wanted), "each once, and nothing else"
    assert_sound(archived)
    for request in server.log:
        assert request.headers["user-agent"].startswith("TinHuyen/")
        assert f"(+{CONTACT})" in request.headers["user-agent"]
        assert not {"cookie", "referer"} & request.headers.keys()


def test_posts_of_one_minute_are_found_from_both_sides_but_not_between(serve: Serve) -> None:
    """WordPress's neighbour links skip a post of the same date: a listing has to name it."""
    portal = small(6)
    twins = [post.slug for post in portal.posts[2:5]]
    for slug in twins:
        portal.edit(slug, date=portal.posts[2].date)
    archived = serve(portal)
    first = portal.posts[0]

    archived.crawl("--url", archived.server.url + first.path)
    hidden = paths(portal) - archived.urls()
    assert len(hidden) == 1
    assert hidden < {f"/{slug}/" for slug in twins}

    archived.crawl()
    assert archived.urls() == paths(portal)


def test_a_gap_in_the_chain_is_gone_and_the_start_page_leads_behind_it(serve: Serve) -> None:
    """The chain alone ends at a missing article; what no listing names behind it stays unknown."""
    portal = small(30)
    missing, lost = portal.posts[22], portal.posts[10]
    archived = serve(
        portal, Faults(paths={missing.path: Fault(status=404), lost.path: Fault(status=410)})
    )

    archived.crawl("--url", archived.server.url + portal.posts[-1].path)
    assert archived.urls() == {post.path for post in portal.posts[23:]}

    summary = archived.crawl("--url", archived.server.url + portal.posts[15].path)
    assert archived.urls() == {post.path for post in portal.posts[11:] if post != missing}
    assert archived.urls("gone") == {missing.path, lost.path}
    assert ledger(archived)[missing.path]["reason"] == "HTTP 404"
    assert summary["verdict"] == "unproven", "what is gone is settled"

    requests = len(requests_for(archived.server, missing.path))
    archived.crawl()
    assert len(requests_for(archived.server, missing.path)) == requests, "gone is not asked again"


def test_the_limit_stops_a_crawl_that_the_next_one_goes_on_with(serve: Serve) -> None:
    portal = small(30)
    archived = serve(portal)

    summary = archived.crawl("--limit", "5")

    assert summary["outcome"] == "limit"
    assert summary["complete"], "it did what it was asked"
    assert 5 <= summary["new"] <= 5 + 10, "about so many: what was in flight is not thrown away"
    assert summary["held"] == summary["new"] < 30
    assert summary["waiting"]

    archived.crawl()
    assert archived.urls() == paths(portal)
    articles = [target for target in asked(archived.server) if target != "/"]
    assert len(articles) <= 30 + 10, "only what was in flight is asked for twice"


# Variants of one address


def test_variants_of_an_address_are_one_article(serve: Serve) -> None:
    portal = small(5)
    archived = serve(portal)
    server = archived.server
    first, second, third, fourth, fifth = portal.posts
    host = server.url.removeprefix("http:")
    server.faults.paths["/muc/"] = listing(
        f"{server.url}{first.path}#binh-luan",
        f"{server.url}{first.path}?utm_source=zalo&utm_medium=social",
        f"https:{host}{second.path}",
        f"{host}{second.path}?fbclid=IwAR0",
        third.path.rstrip("/"),
        f"/?p={third.id}",
        f"/?p={fourth.id}&fbclid=IwAR1",
        f"..{fourth.path}?gclid=1#a",
        f"/?utm_campaign=x&p={fifth.id}",
    )
    server.faults.hide_neighbours = True

    archived.crawl("--url", server.url + "/muc/")

    assert archived.urls() == paths(portal)
    answered = [request.target for request in server.log if request.status == 200]
    for post in portal.posts:
        assert answered.count(post.path) == 1, "one request for all variants"
    assert not any("utm" in target or "clid" in target for target in asked(server))
    rows = ledger(archived)
    assert rows[f"/?p={fifth.id}"]["state"] == "elsewhere"
    assert rows[f"/?p={fifth.id}"]["moved_to"] == server.url + fifth.path
    assert len(rows) == 5 + 3 + 1, "articles, numbers and the list"
    assert_sound(archived)


def test_neighbours_given_by_number_lead_to_the_article(serve: Serve) -> None:
    portal = small(3)
    archived = serve(portal)
    server = archived.server
    old, middle, new = portal.posts
    server.faults.paths[middle.path] = article(
        middle.title, prev=f"/?p={old.id}", next=new.path.rstrip("/")
    )

    archived.crawl("--url", server.url + middle.path)

    assert archived.urls() == paths(portal)
    row = archived.rows("SELECT * FROM articles WHERE url = ?", server.url + middle.path)[0]
    assert row["prev_url"] == server.url + old.path
    assert row["next_url"] == server.url + new.path


@pytest.fixture
def stranger() -> Iterator[Server]:
    """Another site, on the same machine but another port."""
    with serving(small(2)) as server:
        yield server


def test_redirects_are_followed_within_the_site_and_written_down(
    serve: Serve, stranger: Server
) -> None:
    archived = serve(Portal([]))
    hops = {f"/hop-{n}": moved(f"/hop-{n + 1}") for n in range(20)}
    archived.server.faults.paths = {
        "/": listing("/a", "/x", "/y-2", "/self/", "/hop-0", "/off", "/nowhere", "/mail", "/b/"),
        "/a": moved("/a-2", 302),
        "/a-2": moved("a-3/", 307),
        "/a-3/": article("Bài đã chuyển"),
        "/x": moved("/x-2"),
        "/x-2": moved("/x-3"),
        "/x-3": moved("/x"),
        "/y-2": moved("/a-3/"),
        "/self/": moved("/self/"),
        "/off": moved(f"{stranger.url}/{stranger.portal.posts[0].slug}/"),
        "/nowhere": Fault(status=301),
        "/mail": moved("mailto:ubnd@khuoisao.example"),
        "/b/": article("Bài có bài trước ở nơi khác", prev=stranger.url + "/", next="//[lỗi"),
        **hops,
    }

    summary = archived.crawl(code=1)

    assert archived.urls() == {"/a-3/", "/b/"}
    rows = ledger(archived)
    base = archived.server.url
    chain = [(rows[p]["state"], rows[p]["moved_to"]) for p in ("/a", "/a-2", "/y-2")]
    assert chain == [
        ("elsewhere", base + "/a-2"),
        ("elsewhere", base + "/a-3/"),
        ("elsewhere", base + "/a-3/"),
    ]
    assert asked(archived.server).count("/a-3/") == 1
    assert rows["/off"]["state"] == "elsewhere"
    assert rows["/off"]["reason"].startswith(f"leads off the site, to {stranger.url}/")
    assert stranger.log == [], "not even its robots.txt was asked for"
    assert rows["/b/"]["state"] == "held"
    circle = [rows[path]["state"] for path in ("/x", "/x-2", "/x-3")]
    assert sorted(circle) == ["elsewhere", "elsewhere", "failed"]
    failed = {path: why for path, kind, why in problems(archived) if kind == "failed"}
    assert failed["/self/"] == "redirects without end"
    assert "redirects without end" in failed.values()
    assert sum(why.startswith("redirects without end, to ") for why in failed.values()) == 2
    assert failed["/nowhere"] == failed["/mail"] == "HTTP 301 that leads nowhere"
    assert len([t for t in asked(archived.server) if t.startswith("/hop-")]) <= 7
    assert summary["failed"] == len(failed) == 5
    assert_sound(archived)

    archived.server.faults.paths["/hop-7"] = article("Bài ở cuối một chuỗi dài")
    archived.crawl(code=1)
    assert archived.urls() == {"/a-3/", "/b/", "/hop-7"}
    again = ledger(archived)
    settled = [path for path in rows if not path.startswith("/hop-")]
    assert [again[path]["state"] for path in settled] == [rows[path]["state"] for path in settled]


@pytest.mark.parametrize(
    ("faults", "arguments"),
    [
        pytest.param({}, [], id="rest"),
        long({}, ["--full"], id="rest, in full"),
        long({"rest": "absent"}, [], id="sitemap"),
        pytest.param(CHAIN_ONLY, ["--full"], id="chain, in full"),
    ],
)
def test_an_article_that_was_renamed_is_held_once(
    serve: Serve, faults: dict[str, Any], arguments: list[str]
) -> None:
    portal = small(6)
    archived = serve(portal, Faults(**faults))
    archived.crawl()
    base = archived.server.url
    old = portal.posts[2]
    sql = "SELECT id, title, body, first_seen_at FROM articles WHERE url = ?"
    before = archived.rows(sql, base + old.path)
    new = portal.edit(old.slug, slug="ten-moi-cua-bai")

    archived.crawl(*arguments)

    assert archived.urls() == paths(portal)
    assert archived.rows(sql, base + new.path) == before, "it is the same row"
    rows = ledger(archived)
    assert (rows[old.path]["state"], rows[old.path]["moved_to"]) == ("elsewhere", base + new.path)
    assert rows[new.path]["state"] == "held"
    for place, column in ((1, "next_url"), (3, "prev_url")):
        sql = f"SELECT {column} AS url FROM articles WHERE url = ?"
        assert archived.rows(sql, base + portal.posts[place].path) == [{"url": base + new.path}]
    assert_sound(archived)


@pytest.mark.parametrize("faults", WITH_AND_WITHOUT_REST)
@pytest.mark.parametrize("known", [True, False], ids=["target known", "target not known"])
def test_a_deleted_article_that_leads_to_a_like_named_one_is_gone_not_renamed(
    serve: Serve, known: bool, faults: dict[str, Any]
) -> None:
    """WordPress guesses what a dead address may have meant, and redirects there."""
    portal = small(6)
    newest = portal.posts[-1]

    def publish(slug: str, hours: int) -> None:
        portal.add(
            slug=slug, title=f"Lễ hội {hours}", category=newest.category, tags=[],
            date=newest.date + timedelta(hours=hours), body=f"Tin thứ {hours} về lễ hội.",
        )  # fmt: skip

    publish("le-hoi", 1)
    if known:
        publish("le-hoi-xuan", 2)
    archived = serve(portal, Faults(**faults))
    archived.crawl()
    portal.delete("le-hoi")
    if not known:
        publish("le-hoi-xuan", 2)
    columns = "title, body, revision, prev_url"
    sql = f"SELECT {columns} FROM articles WHERE url = ?"
    before = archived.rows(sql, archived.server.url + "/le-hoi/")

    archived.crawl()
    row = ledger(archived)["/le-hoi/"]
    assert (row["state"], row["refusals"]) == ("held", 1), "once may be a mistake"

    archived.crawl()
    row = ledger(archived)["/le-hoi/"]
    assert (row["state"], row["refusals"]) == ("gone", 2)
    assert row["reason"] == f"answered with something else, {archived.server.url}/le-hoi-xuan/"
    assert row["gone_since"]
    assert archived.urls() == paths(portal) | {"/le-hoi/"}
    assert archived.rows(sql, archived.server.url + "/le-hoi/") == before, "as it was last seen"

    requests = len(requests_for(archived.server, "/le-hoi/"))
    archived.crawl()
    assert len(requests_for(archived.server, "/le-hoi/")) == requests


@pytest.mark.parametrize("faults", WITH_AND_WITHOUT_REST)
def test_a_gone_article_that_is_published_again_is_held_again(
    serve: Serve, faults: dict[str, Any]
) -> None:
    portal = small(5)
    archived = serve(portal, Faults(**faults))
    archived.crawl()
    post = portal.posts[2]
    portal.delete(post.slug)
    for _ in range(2):
        archived.crawl()
    assert archived.urls("gone") == {post.path}
    republished = " ".join(["Nội dung được đăng lại, đã sửa nhiều chỗ."] * 10)
    portal.add(
        slug=post.slug, title=post.title, category=post.category, tags=[],
        date=post.date, body=republished,
    )  # fmt: skip

    archived.crawl()

    assert archived.urls("held") >= paths(portal)
    url = archived.server.url + post.path
    row = archived.rows("SELECT body, revision FROM articles WHERE url = ?", url)
    assert row == [{"body": republished, "revision": 2}]


def test_an_article_that_was_away_once_is_held_as_before(serve: Serve) -> None:
    portal = small(5)
    away = portal.posts[2].path
    archived = serve(portal)
    archived.crawl()
    for _ in range(2):
        archived.server.faults.paths[away] = Fault(status=404)
        archived.crawl("--full")
        assert ledger(archived)[away]["refusals"] == 1
        archived.server.faults.paths.clear()
        archived.crawl()
        row = ledger(archived)[away]
        assert (row["state"], row["refusals"], row["gone_since"]) == ("held", 0, None)


def test_a_canonical_address_is_believed_where_the_same_article_is(
    serve: Serve, stranger: Server
) -> None:
    archived = serve(Portal([]))
    base = archived.server.url
    same = "Cùng một nội dung ở hai địa chỉ."
    archived.server.faults.paths = {
        "/": listing(
            "/a/amp/", "/b/", "/c/", "/d/", "/e/", "/f/", "/g/", "/h/", "/i/", "/j/", "/k/"
        ),
        "/a/amp/": article("Bài A", same, canonical="/a/"),
        "/a/": article("Bài A", same, canonical="/a/"),
        "/b/": article("Bài B", canonical=f"{stranger.url}/b/"),
        "/c/": article("Bài C", canonical=base),
        "/d/": article("Bài D", canonical="/e/"),
        "/e/": article("Bài E"),
        "/f/": article("Bài F"),
        "/g/": article("Bài G", canonical="/f/"),
        "/h/": article("Bài H", canonical="/mat-roi/"),
        "/i/": article("Bài I", canonical="/muc/"),
        "/muc/": listing("/b/"),
        "/j/": article("Bài J", canonical="/k/"),
        "/k/": article("Bài K", canonical="/j/"),
    }

    summary = archived.crawl(code=None)

    assert archived.urls() == {
        "/a/", "/b/", "/c/", "/d/", "/e/", "/f/", "/g/", "/h/", "/i/", "/j/", "/k/",
    }  # fmt: skip
    articles = archived.rows("SELECT url, title FROM articles")
    for row in articles:
        assert row["title"] == f"Bài {row['url'].removeprefix(base)[1].upper()}"
    rows = ledger(archived)
    assert rows["/a/amp/"]["state"] == "elsewhere"
    assert rows["/a/amp/"]["moved_to"] == base + "/a/"
    assert rows["/muc/"]["state"] == "not_article"
    assert rows["/mat-roi/"]["state"] == "gone"
    assert stranger.log == []
    mistaken = {path for path, kind, _ in problems(archived) if kind == "canonical"}
    assert {"/d/", "/g/"} <= mistaken <= {"/d/", "/g/", "/j/", "/k/"}
    assert not summary["complete"], "REST lists none of what the start page shows"
    assert_sound(archived)

    archived.crawl("--full", code=None)
    assert archived.rows("SELECT url, title FROM articles") == articles


# Second routes


def routes(archived: Archived) -> dict[str, str]:
    return {row["route"]: row["state"] for row in archived.rows("SELECT * FROM routes")}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(status=503, retry_after=0), id="503"),
        long(Fault(status=404), id="404"),
        long(Fault(status=401), id="401"),
        pytest.param(
            Fault(body="<html><body>Đang kiểm tra trình duyệt của bạn</body></html>".encode()),
            id="a challenge",
        ),
        long(Fault(cut=0.1), id="a cut"),
    ],
)
def test_a_route_that_failed_once_is_not_given_up(serve: Serve, fault: Fault) -> None:
    portal = small(12)
    archived = serve(portal)
    archived.crawl()
    assert routes(archived) == {"rest": "open"}
    newest = portal.posts[-1]
    portal.add(
        slug="tin-moi", title="Tin mới", category=newest.category, tags=[],
        date=newest.date + timedelta(hours=1), body="Đoạn văn của tin mới.",
    )  # fmt: skip
    archived.server.faults.paths["/wp-json/wp/v2/posts"] = fault

    summary = archived.crawl("-s", "BACKOFF_START=0.01", "-s", "RETRY_TIMES=1")

    assert summary["new"] == 1, "the start page tells what is new, too"
    assert routes(archived)["rest"] == "failed"

    archived.server.faults.paths.clear()
    archived.crawl()
    assert routes(archived)["rest"] == "open"


def test_a_route_that_redirects_is_walked_to_its_end(serve: Serve) -> None:
    portal = small(12)
    archived = serve(portal, Faults(rest="absent", hide_neighbours=True))
    addresses = "".join(f"<url><loc>{post.path}</loc></url>" for post in portal.posts)
    archived.server.faults.paths = {
        "/wp-sitemap.xml": moved("/sitemap-moi.xml"),
        "/sitemap-moi.xml": Fault(
            body=b"<sitemapindex><sitemap><loc>/phan-1.xml</loc></sitemap>"
            b"<sitemap><loc>/phan-2.xml</loc></sitemap></sitemapindex>"
        ),
        "/phan-1.xml": moved("/phan-1-moi.xml"),
        "/phan-1-moi.xml": Fault(body=f"<urlset>{addresses}</urlset>".encode()),
        "/phan-2.xml": Fault(status=404),
    }

    archived.crawl()

    assert archived.urls() == paths(portal)
    targets = asked(archived.server)
    assert [targets.count(f"/phan-{part}.xml") for part in ("1", "1-moi", "2")] == [1, 1, 1]
    row = archived.rows("SELECT * FROM routes WHERE route = 'sitemap'")[0]
    assert (row["state"], row["pending"]) == ("open", "[]")
    assert row["url"] == archived.server.url + "/sitemap-moi.xml"
    assert row["walked_at"]


def test_what_a_route_names_off_the_site_is_not_asked_for(serve: Serve, stranger: Server) -> None:
    portal = small(3)
    archived = serve(portal)
    links = [f"{stranger.url}/a/", "//noi-khac.invalid/b/", "javascript:alert(1)", None, 5]
    body = json.dumps([{"link": link} for link in links]).encode()
    archived.server.faults.paths["/wp-json/wp/v2/posts"] = Fault(body=body)

    archived.crawl()

    assert archived.urls() == paths(portal)
    assert stranger.log == []
    assert all(row["url"].startswith(archived.server.url) for row in ledger(archived).values())


# Rules and manners


def test_what_robots_txt_forbids_is_not_asked_for(serve: Serve) -> None:
    portal = small(6)
    forbidden = portal.posts[2]
    robots = f"User-agent: TinHuyen\nDisallow: {forbidden.path}\n\nUser-agent: *\nDisallow: /\n"
    archived = serve(portal, Faults(robots=robots))

    summary = archived.crawl()

    assert archived.urls() == paths(portal) - {forbidden.path}
    assert archived.urls("refused") == {forbidden.path}
    assert ledger(archived)[forbidden.path]["reason"] == "robots.txt forbids it"
    assert problems(archived) == [(forbidden.path, "refused", "robots.txt forbids it")]
    assert forbidden.path not in asked(archived.server)
    assert archived.server.log[0].target == "/robots.txt"
    assert summary["complete"], "a refusal is an answer"

    archived.server.faults.robots = "User-agent: *\nDisallow: /\n"
    before = len(archived.server.log)
    summary = archived.crawl(code=1)
    assert [r.target for r in archived.server.log[before:]] == ["/robots.txt"]
    assert summary["shut_out"]
    assert summary["held"] == 5, "what is held stays held"


def test_robots_txt_is_obeyed_behind_a_redirect(serve: Serve) -> None:
    portal = small(4)
    rules = f"User-agent: *\nDisallow: {portal.posts[0].path}".encode()
    faults = {
        "/robots.txt": moved("/tep/robots.txt", 302),
        "/tep/robots.txt": Fault(body=rules),
    }
    archived = serve(portal, Faults(paths=faults))

    archived.crawl()

    assert archived.urls("refused") == {portal.posts[0].path}
    assert len(archived.urls()) == 3


def test_robots_txt_is_obeyed_by_a_site_that_is_a_part_of_its_host(serve: Serve) -> None:
    archived = serve(Portal([]))
    archived.describe(f"{archived.server.url}/huyen/")
    archived.server.faults.robots = "User-agent: *\nDisallow: /huyen/kin/\n"
    archived.server.faults.paths = {
        "/huyen/": listing("/huyen/a/", "/huyen/kin/b/", "/tinh/c/"),
        "/huyen/a/": article("Bài A", prev="/tinh/c/", next="/huyen/../tinh/d/"),
        "/huyen/kin/b/": article("Bài B"),
    }

    archived.crawl(code=1)  # no list, and a chain that leads off the site

    assert archived.urls() == {"/huyen/a/"}
    targets = asked(archived.server)
    assert all(target.startswith("/huyen/") for target in targets)
    assert not [target for target in targets if target.startswith("/huyen/kin/")]
    assert targets.count("/huyen/a/") == 1
    assert targets.count("/huyen/") == 2, "to begin with, and as the last route: a list of lists"
    assert archived.urls("refused") == {"/huyen/kin/b/"}


@pytest.mark.parametrize("status", [404, 403])
def test_a_portal_without_robots_txt_is_crawled(serve: Serve, status: int) -> None:
    portal = small(2)
    archived = serve(portal, Faults(paths={"/robots.txt": Fault(status=status)}))
    archived.crawl()
    assert archived.urls() == paths(portal)


def test_without_an_answer_for_robots_txt_nothing_is_asked_for(serve: Serve) -> None:
    portal = small(12)
    archived = serve(portal)
    waiting = archived.crawl("--limit", "2")["waiting"]
    assert waiting
    held = archived.urls()
    archived.server.faults.paths["/robots.txt"] = Fault(status=500, retry_after=0)
    before = len(archived.server.log)

    summary = archived.crawl(code=1)

    assert {r.target for r in archived.server.log[before:]} == {"/robots.txt"}
    assert summary["outcome"] == "no robots.txt"
    assert problems(archived) == [("/", "failed", "robots.txt could not be had: HTTP 500")]
    assert archived.urls() == held
    assert summary["waiting"] == waiting, "what could not be asked for is still open"

    archived.server.faults.paths.clear()
    archived.crawl()
    assert archived.urls() == paths(portal)


def test_no_real_portal_is_asked_without_a_contact(archived: Archived) -> None:
    archived.describe("http://khuoisao.invalid/")
    sites = str(archived.folder / "sites")

    done = run("crawl", "test", "--db", archived.db, TINHUYEN_SITES=sites)

    assert done.code == 2
    assert done.err.startswith("Error: ")
    assert "TINHUYEN_CONTACT" in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not archived.db.exists(), "nothing was begun"

    clean = {k: v for k, v in environment(archived).items() if k != "TINHUYEN_CONTACT"}
    direct = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "test", "-s", f"ARCHIVE_DB={archived.db}"],
        capture_output=True, text=True, timeout=60, cwd=ROOT, env=clean,
    )  # fmt: skip
    assert "TINHUYEN_CONTACT" in direct.stderr
    runs = archived.rows("SELECT outcome, requests FROM runs")
    assert runs == [{"outcome": "no contact", "requests": 0}]


def test_the_delay_holds_for_every_request(serve: Serve) -> None:
    portal = small(6)
    delay = 0.25
    flaky = portal.posts[-1].path
    archived = serve(
        portal,
        Faults(paths={flaky: Fault(status=503, retry_after=0, first=1)}),
        delay=delay,
    )
    starts = [archived.server.url + path for path in (portal.posts[0].path, flaky)]
    archived.describe(archived.server.url + "/", delay=delay, start_urls=starts)

    archived.crawl()

    log = archived.server.log
    assert [r.target for r in log].count(flaky) == 2, "the retry is counted too"
    assert log[0].target == "/robots.txt"
    assert len(log) == 6 + len(
        ["robots.txt", "REST", "start page", "retry", "no page", "style sheet", "its picture"]
    )
    # The second is let go after the first has arrived. What arrives late only makes it longer.
    assert log[-1].time - log[0].time >= delay * (len(log) - 2)


class Clock:
    """Seconds that go by as soon as somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_requests_pass_a_delay_apart_and_none_while_the_host_asks_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr("crawler.middlewares.turns.asyncio.sleep", clock.sleep)
    crawler = get_crawler(settings_dict={"DOWNLOAD_DELAY": 0.25, "BACKOFF_MAX": 300})
    crawler.crawling, crawler.spider = True, Spider.from_crawler(crawler, "test")
    turns.unkept[crawler] = MemoryTurns(clock)
    waiting = BackOffMiddleware.from_crawler(crawler)
    gate = TurnMiddleware.from_crawler(crawler)
    passed: list[float] = []

    async def ask(path: str) -> None:
        await gate.process_request(Asked(f"http://thu.example/{path}"))
        passed.append(clock() - 100)

    await asyncio.gather(*map(ask, "abcd"))
    answer = Response("http://thu.example/d", 429, {"Retry-After": "30"})
    assert isinstance(waiting.process_response(Asked("http://thu.example/d"), answer), Asked)
    await asyncio.gather(*map(ask, "ef"))

    assert passed == pytest.approx([0, 0.25, 0.5, 0.75, 30.75, 31])


def test_a_host_that_asks_to_wait_is_left_alone_so_long(serve: Serve) -> None:
    portal = small(8)
    seconds, dated, busy = (portal.posts[n].path for n in (7, 4, 1))
    until = datetime.now(UTC) + timedelta(seconds=6)
    archived = serve(
        portal,
        Faults(
            paths={
                seconds: Fault(status=429, retry_after=1, first=1),
                dated: Fault(status=429, retry_after=format_datetime(until, usegmt=True), first=1),
                busy: Fault(status=503, first=2),
            }
        ),
    )
    wall = time.time() - time.monotonic()

    archived.crawl("--url", archived.server.url + seconds, "-s", "BACKOFF_START=0.4")

    assert archived.urls() == paths(portal)
    log = archived.server.log
    first = next(i for i, r in enumerate(log) if r.target == seconds)
    assert log[first + 1].time - log[first].time >= 1 - 0.05, "nothing at all is asked meanwhile"
    assert requests_for(archived.server, dated)[1].time + wall >= until.timestamp() - 1.05
    one, two, three = requests_for(archived.server, busy)
    assert two.time - one.time >= 0.4 - 0.05
    assert three.time - two.time >= 0.8 - 0.05


def test_a_host_that_asks_for_too_long_a_wait_is_left_for_another_crawl(serve: Serve) -> None:
    portal = small(12)
    tired = portal.posts[8].path
    archived = serve(portal, Faults(paths={tired: Fault(status=429, retry_after=3600, first=1)}))

    archived.describe(archived.server.url + "/", delay=0.2)

    summary = archived.crawl(code=1)

    answered = requests_for(archived.server, tired)[0].time
    after = [request for request in archived.server.log if request.time > answered]
    assert len(after) <= 1, "only what was on its way already"
    assert summary["outcome"] == "not now"
    assert problems(archived) == [(tired, "failed", "HTTP 429")]
    assert summary["waiting"]

    before = len(archived.server.log)
    again = archived.crawl(code=1)
    assert again["outcome"] == "not now"
    assert [told for told in again["problems"] if "asks to wait" in told]
    assert len(archived.server.log) == before, "not even for robots.txt"

    let_pass(archived.db)
    archived.crawl()
    assert archived.urls() == paths(portal)


def test_an_address_that_always_fails_is_named_and_the_rest_is_held(serve: Serve) -> None:
    portal = small(8)
    broken = portal.posts[4].path
    archived = serve(portal, Faults(paths={broken: Fault(status=500, retry_after=0)}))

    summary = archived.crawl(code=1)

    assert archived.urls() == paths(portal) - {broken}
    assert archived.urls("failed") == {broken}
    assert problems(archived) == [(broken, "failed", "HTTP 500")]
    assert (summary["outcome"], summary["failed"]) == ("finished", 1)
    assert len(requests_for(archived.server, broken)) == 1 + 4

    archived.server.faults.paths.clear()
    summary = archived.crawl()
    assert archived.urls() == paths(portal)
    assert summary["new"] == 1

    archived.server.faults.paths[broken] = Fault(status=500, retry_after=0)
    summary = archived.crawl("--full", code=1)
    assert summary["failed"] == 1
    assert archived.urls() == paths(portal), "what is held stays held"
    assert_sound(archived)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0),
        ("-5", None),
        ("1.5", None),
        ("sau 5 phút", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ],
)
def test_what_retry_after_asks(header: str, seconds: float | None) -> None:
    assert retry_after(Response("http://a.example/", headers={"Retry-After": header})) == seconds


@pytest.mark.parametrize(
    ("base_url", "ours"),
    [
        ("http://127.0.0.1:8765/", True),
        ("http://[::1]:8765/", True),
        ("http://localhost/", True),
        ("http://127.0.0.1.khuoisao.example/", False),
        ("http://localhost.khuoisao.example/", False),
        ("https://chodon.backan.gov.vn/", False),
    ],
)
def test_only_this_machine_is_asked_without_a_contact(base_url: str, ours: bool) -> None:
    assert is_on_loopback(base_url) is ours


# Bad answers


def test_a_slow_answer_and_a_cut_one_fail_and_nothing_of_them_is_kept(serve: Serve) -> None:
    portal = small(6)
    slow, cut, silent = (portal.posts[n].path for n in (1, 3, 4))
    faults = {slow: Fault(drip=2000), cut: Fault(cut=0.6), silent: Fault(latency=30)}
    archived = serve(portal, Faults(paths=faults))

    summary = archived.crawl("-s", "DOWNLOAD_TIMEOUT=1", "-s", "RETRY_TIMES=0", code=1)

    assert archived.urls() == paths(portal) - {slow, cut, silent}
    reasons = {path: message for path, _, message in problems(archived)}
    assert reasons == {
        slow: "no whole answer in time",
        cut: "the connection was cut in the middle of the answer",
        silent: "no whole answer in time",
    }
    assert summary["failed"] == 3

    archived.server.faults.paths.clear()
    archived.crawl()
    assert archived.urls() == paths(portal)


def test_an_answer_above_the_limit_is_refused(serve: Serve) -> None:
    portal = small(5)
    bomb, large = portal.posts[1].path, portal.posts[3].path
    faults = {bomb: Fault(oversize=2_000_000), large: Fault(body=os.urandom(400_000))}
    archived = serve(portal, Faults(paths=faults))

    archived.crawl("-s", "DOWNLOAD_MAXSIZE=300000")

    assert archived.urls() == paths(portal) - {bomb, large}
    assert archived.urls("refused") == {bomb, large}
    reasons = {message for _, _, message in problems(archived)}
    assert reasons == {"the answer is larger than the limit"}
    assert len(requests_for(archived.server, large)) == 1, "trying again would not help"


def test_pages_that_are_no_articles_are_named_and_harm_nothing(serve: Serve) -> None:
    archived = serve(Portal([]))
    whole = article("Bài đứt đoạn", "Đoạn văn còn lại.").body or b""
    deep = b"<div>" * 20_000 + b"<p>" + whole
    archived.server.faults.paths = {
        "/": listing("/pdf/", "/rong/", "/trang/", "/dut/", "/sau/", "/rac/", "/khoa/", "/cuoi/"),
        "/pdf/": Fault(body=b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj << /Type /Catalog >> endobj"),
        "/rong/": Fault(body=b""),
        "/trang/": Fault(body=b" \n\n"),
        "/dut/": Fault(body=whole.split(b"</p>")[0] + b"<b><i></td><a href='"),
        "/sau/": Fault(body=deep),
        "/rac/": Fault(body=bytes(range(256)) * 40),
        "/khoa/": Fault(status=403, body=whole),
        "/cuoi/": article("Bài cuối"),
    }

    archived.crawl(code=1)

    rows = ledger(archived)
    assert {path: rows[path]["state"] for path in rows} | {"/sau/": ""} == {
        "/": "not_article",
        "/pdf/": "not_article",
        "/rong/": "failed",
        "/trang/": "failed",
        "/dut/": "held",
        "/sau/": "",
        "/rac/": "not_article",
        "/khoa/": "refused",
        "/cuoi/": "held",
    }
    assert rows["/sau/"]["state"] != "waiting", "every request ends in the ledger"
    assert rows["/rong/"]["reason"] == rows["/trang/"]["reason"] == "an empty page"
    cut = archived.rows("SELECT title, body FROM articles WHERE url LIKE '%/dut/'")
    assert cut == [{"title": "Bài đứt đoạn", "body": "Đoạn văn còn lại."}]


@pytest.mark.parametrize(
    "faults",
    [Faults(encoding="windows-1258"), Faults(charset="rot13")],
    ids=["windows-1258", "charset unknown to the web"],
)
def test_another_charset_gives_the_same_text(serve: Serve, faults: Faults) -> None:
    portal = small(3)
    archived = serve(portal, faults)
    archived.crawl()
    titles = {row["title"] for row in archived.rows("SELECT title FROM articles")}
    assert titles == {post.title for post in portal.posts}
    bodies = {row["body"] for row in archived.rows("SELECT body FROM articles")}
    assert bodies == {post.text for post in portal.posts}


def test_what_is_named_as_an_article_but_reads_as_none_has_failed(serve: Serve) -> None:
    """A challenge or a notice in an article's place must not settle it for good."""
    portal = small(6)
    notice = page("<h1>Hệ thống đang bảo trì</h1>", "", "")
    oldest, named_by_rest = portal.posts[0].path, portal.posts[3].path
    archived = serve(portal, Faults(paths={oldest: notice, named_by_rest: notice}))
    archived.server.faults.paths["/"] = listing("/trang-khac/")
    archived.server.faults.paths["/trang-khac/"] = notice

    summary = archived.crawl(code=1)

    assert archived.urls("failed") == {oldest, named_by_rest, "/trang-khac/"}
    reasons = {row["reason"] for row in ledger(archived).values() if row["state"] == "failed"}
    assert reasons == {"a closed site: hệ thống đang bảo trì"}
    assert summary["failed"] == 3
    assert archived.urls() == paths(portal) - {oldest, named_by_rest}

    archived.server.faults.paths.clear()
    assert archived.crawl()["new"] == 2
    assert archived.urls() == paths(portal)

    archived.server.faults.paths[oldest] = notice
    archived.crawl("--full", code=1)
    assert archived.urls("held") == paths(portal), "what is held stays held"


@pytest.mark.parametrize("named_by", ["prev", "feed"])
def test_the_chain_and_feeds_name_articles_too(serve: Serve, named_by: str) -> None:
    portal = small(4)
    faults = Faults(rest="absent", sitemap=False, feeds=named_by == "feed")
    archived = serve(portal, faults)
    oldest = portal.posts[0].path
    faults.paths = {oldest: page("<p>Bảo trì</p>", "", ""), "/": listing(portal.posts[-1].path)}
    faults.hide_neighbours = named_by == "feed"

    archived.crawl(code=1)

    assert ledger(archived)[oldest]["found_by"] == named_by
    assert archived.urls("failed") == {oldest}


class Breaking:
    """A pipeline that some page breaks."""

    def process_item(self, item: Any) -> Any:
        """Raise what nobody foresaw, for every third address."""
        if item.page and item.page.article and item.url.strip("/")[-1] in "369":
            raise RuntimeError("chưa ai gặp")
        return item


def test_a_page_that_breaks_a_pipeline_is_named_and_holds_up_nothing(serve: Serve) -> None:
    portal = small(30)
    archived = serve(portal)
    breaking = {path for path in paths(portal) if path.strip("/")[-1] in "369"}
    assert len(breaking) > 4, "more than are under way at once"
    pipelines = {
        "tests.test_crawl.Breaking": 50,
        "pipelines.tidy.TidyPipeline": 100,
        "pipelines.store.StorePipeline": 900,
    }
    done = run(
        "crawl", "test", "--db", archived.db, "--json", "-s",
        f"ITEM_PIPELINES={json.dumps(pipelines)}", cwd=ROOT, **ours(archived),
    )  # fmt: skip

    assert done.code == 1
    assert archived.urls() == paths(portal) - breaking
    assert archived.urls("failed") == breaking
    reasons = {message for _, _, message in problems(archived)}
    assert reasons == {"the page broke a pipeline; please report it with the log"}

    archived.crawl()
    assert archived.urls() == paths(portal)


def test_a_host_that_dies_ends_the_crawl_of_it(tmp_path: Path) -> None:
    portal = small(60)
    with ExitStack() as life:
        server = life.enter_context(serving(portal))
        archived = Archived(tmp_path, server)
        archived.describe(server.url + "/", delay=0.02)
        options = ["-s", "RETRY_TIMES=1", "-s", "BACKOFF_START=0.01"]
        with crawling(archived, *options) as process:
            wait_until(lambda: len(server.log) > 12, process)
            life.close()
            out, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    summary = json.loads(out)[0]
    assert summary["outcome"] == "no answer"
    assert 10 <= summary["failed"] < 10 + 4, "no more than were under way"
    held = archived.urls()
    assert 5 < len(held) < 60
    assert summary["waiting"] >= 60 - len(held) - summary["failed"]
    assert problems(archived)[-1][1:] == ("failed", "the host refused the connection")
    assert archived.rows("SELECT outcome FROM runs") == [{"outcome": "no answer"}]

    with serving(portal, port=int(server.url.rpartition(":")[2])):
        archived.crawl()
    assert archived.urls() == paths(portal)
    assert_sound(archived)


def test_failures_that_are_not_in_a_row_end_nothing(serve: Serve) -> None:
    portal = small(45)
    broken = [post.path for post in portal.posts[::3]]
    archived = serve(portal, Faults(paths=dict.fromkeys(broken, Fault(cut=0.2))))

    summary = archived.crawl("-s", "RETRY_TIMES=0", code=1)

    assert len(broken) > 10
    assert summary["outcome"] == "finished"
    assert archived.urls("failed") == set(broken)
    assert archived.urls() == paths(portal) - set(broken)


LOGIN = """<!DOCTYPE html><title>Đăng nhập</title><form method="post"><p>Mã phiên 8f31c0a%d</p>
<label>Tên đăng nhập <input name="user"></label> <input type="password" name="pass"></form>"""


def test_a_portal_that_shows_one_page_at_every_address_is_left(serve: Serve) -> None:
    portal = small(60)
    forms = {
        post.path: Fault(body=(LOGIN % number).encode())
        for number, post in enumerate(portal.posts[:-3])
    }
    archived = serve(portal, Faults(paths=forms))

    summary = archived.crawl(code=1)

    assert (summary["outcome"], summary["complete"]) == ("same page", False)
    assert 20 <= summary["refused"] <= 30, "what was under way is still told"
    assert len(archived.urls()) <= 3
    assert summary["waiting"]


def test_a_portal_that_lets_nobody_in_is_no_success(serve: Serve) -> None:
    portal = small(12)
    shut = dict.fromkeys((post.path for post in portal.posts[2:]), Fault(status=403))
    archived = serve(portal, Faults(paths=shut))

    summary = archived.crawl(code=1)

    assert (summary["outcome"], summary["verdict"]) == ("finished", "incomplete")
    assert (summary["held"], summary["refused"]) == (2, 10)


def test_a_crawl_that_holds_nothing_says_what_to_try(serve: Serve) -> None:
    portal = small(12)
    shut = dict.fromkeys((post.path for post in portal.posts), Fault(status=403))
    archived = serve(portal, Faults(paths=shut))
    sites = str(archived.folder / "sites")

    done = run("crawl", "--db", archived.db, "test", TINHUYEN_SITES=sites)

    assert done.code == 1
    assert "test: no article is held: 12 are refused by the portal" in done.out
    assert "The portal lets nobody like us in. Ask its staff, or a web archive" in done.out


def test_where_no_article_is_read_both_ways_to_look_are_named(portal: RawPortal) -> None:
    """Also where the pages are those of another family than the site's entry names."""
    start = bare('<link rel="stylesheet" href="/_layouts/LacVietBio/css/news.css">')
    archived, _ = portal(of_pages({"/": start}), cms="generic")
    sites = str(archived.folder / "sites")

    done = run("crawl", "--db", archived.db, "test", *QUICK, TINHUYEN_SITES=sites)

    assert done.code == 1
    assert "tinhuyen inspect URL; or have it learnt: tinhuyen learn URL. " in done.out


def test_a_portal_that_is_down_costs_nothing_that_is_held(tmp_path: Path) -> None:
    with serving(small(4)) as server:
        archived = Archived(tmp_path, server)
        archived.describe(server.url + "/")
        archived.crawl()
        before = content(archived)

    summary = archived.crawl("-s", "BACKOFF_START=0.01", code=1)

    assert content(archived) == before
    assert summary["outcome"] == "no robots.txt"
    assert summary["failed"]
    kinds = {(kind, message) for _, kind, message in problems(archived)}
    expected = "robots.txt could not be had: the host refused the connection"
    assert kinds == {("failed", expected)}
    assert_sound(archived)

    port = int(server.url.rpartition(":")[2])
    with serving(small(5), port=port) as again:
        archived.server = again
        archived.crawl()
        assert archived.urls() >= paths(again.portal)


# What changed


def test_a_full_crawl_sees_what_was_edited_and_keeps_what_was_deleted(serve: Serve) -> None:
    portal = small(6)
    archived = serve(portal, Faults(**CHAIN_ONLY))
    archived.crawl()
    edited, deleted = portal.posts[1], portal.posts[4]
    title = "Tiêu đề chưa từng thấy"
    text = " ".join(["Xuồng máy cập bến lúc rạng đông."] * 10)
    portal.edit(edited.slug, title=title, body=text)
    portal.delete(deleted.slug)

    summary = archived.crawl()
    assert (summary["new"], summary["changed"]) == (0, 0), "nothing says that they have changed"

    summary = archived.crawl("--full")

    counts = {key: summary[key] for key in ("new", "changed", "unchanged", "gone", "held")}
    assert counts == {"new": 0, "changed": 1, "unchanged": 4, "gone": 1, "held": 6}
    url = archived.server.url + edited.path
    row = archived.rows("SELECT * FROM articles WHERE url = ?", url)[0]
    assert (row["title"], row["body"], row["revision"]) == (title, text, 2)

    def found(words: str) -> list[int]:
        sql = "SELECT rowid AS id FROM articles_fts WHERE articles_fts MATCH ?"
        return [hit["id"] for hit in archived.rows(sql, words)]

    assert found('"xuong may cap ben"') == found('"Xuồng máy"') == [row["id"]]
    old = found(f'title : "{edited.title.split("(")[0].strip()}"')
    assert row["id"] not in old
    assert row["id"] not in found(f'exact : "{" ".join(edited.text.split()[:4])}"')
    assert archived.urls("gone") == set(), "once may be a mistake"
    assert archived.crawl()["held"] == 5
    assert archived.urls("gone") == {deleted.path}
    assert deleted.path in archived.urls(), "an article that the portal deleted stays"
    neighbours = archived.rows(
        "SELECT next_url FROM articles WHERE url = ?", archived.server.url + portal.posts[3].path
    )
    assert neighbours == [{"next_url": archived.server.url + portal.posts[4].path}]


# Interruptions


def test_a_killed_crawl_goes_on_where_it_was(serve: Serve, tmp_path: Path) -> None:
    portal = small(40)
    archived = serve(portal, delay=0.05)
    whole = Archived(tmp_path / "whole", archived.server)
    whole.folder.mkdir()
    whole.describe(archived.server.url + "/")
    whole.crawl()
    server = archived.server

    for target in (12, 26):
        sent, held = len(server.log) + target, len(archived.urls()) if archived.db.exists() else 0
        with crawling(archived) as process:
            # What was asked for last is stored a second later.
            wait_until(lambda: len(server.log) > sent and len(archived.urls()) > held, process)  # noqa: B023
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert 0 < len(archived.urls()) < 40

    assert archived.rows("SELECT finished_at FROM runs") == [{"finished_at": None}] * 2
    killed = len(server.log)
    held = len(archived.urls())
    archived.crawl()
    assert content(archived) == content(whole)
    assert archived.urls("held") == whole.urls("held")
    assert len(server.log) - killed <= (40 - held) + 2 + 10, "what is held is not asked for again"
    outcomes = [row["outcome"] for row in archived.rows("SELECT outcome FROM runs")]
    assert outcomes == ["killed", "killed", "finished"]
    assert_sound(archived)


def test_an_interrupted_crawl_ends_in_order(serve: Serve) -> None:
    portal = small(40)
    archived = serve(portal, delay=0.05)
    server = archived.server

    with crawling(archived) as process:
        wait_until(lambda: len(server.log) > 8, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    assert "Traceback" not in err
    assert '"outcome": "shutdown"' in out
    held = archived.urls()
    assert 0 < len(held) < 40
    run_row = archived.rows("SELECT * FROM runs")[0]
    assert run_row["outcome"] == "shutdown"
    assert run_row["finished_at"]
    assert run_row["new"] == len(held)
    assert not Path(f"{archived.db}-wal").exists(), "the log is folded into the one file"


def test_an_interrupt_ends_a_long_wait(serve: Serve) -> None:
    portal = small(3)
    tired = portal.posts[1].path
    archived = serve(portal, Faults(paths={tired: Fault(status=429, retry_after=290)}))
    server = archived.server

    with crawling(archived) as process:
        wait_until(lambda: any(r.status == 429 for r in server.log), process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    assert "Traceback" not in err
    assert ledger(archived)[tired]["state"] == "waiting", "it was not given up, and is asked again"
    assert problems(archived) == []


# Archives that cannot be written

FILE_LIMIT = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))
sys.argv = ["tinhuyen", *sys.argv[1:]]
runpy.run_module("tinhuyen", run_name="__main__")
"""


def test_an_archive_that_cannot_grow_ends_the_crawl_and_is_whole(serve: Serve) -> None:
    portal = small(60)
    archived = serve(portal)
    command = ["crawl", "test", "--db", str(archived.db), "--json"]

    done = subprocess.run(
        [sys.executable, "-c", FILE_LIMIT, *command],
        capture_output=True, text=True, timeout=120, cwd=ROOT, env=environment(archived),
    )  # fmt: skip

    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert f"{archived.db}: " in done.stdout
    assert '"outcome": "archive"' in done.stdout
    some = archived.urls()
    assert 0 < len(some) < 60
    assert_sound(archived)

    archived.crawl()
    assert archived.urls() == paths(portal)
    assert_sound(archived)


def test_after_a_store_that_failed_nothing_is_stored(serve: Serve) -> None:
    portal = small(30)
    archived = serve(portal)
    archived.crawl("--limit", "1")
    before = archived.urls()
    rows = archived.rows("SELECT url FROM urls WHERE state = 'waiting' ORDER BY id")
    bad, *rest = [row["url"].removeprefix(archived.server.url) for row in rows]
    # What is asked for together with it is answered after it.
    archived.server.faults.paths = dict.fromkeys(rest, Fault(latency=0.7))
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(
            f"CREATE TRIGGER broken BEFORE INSERT ON articles WHEN NEW.url LIKE '%{bad}' "
            "BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
        )

    summary = archived.crawl(code=1)

    assert summary["outcome"] == "archive"
    assert f"{archived.db}: the disk has a hole" in summary["problems"]
    assert archived.urls() == before
    answered = {request.target for request in archived.server.log[-10:] if request.status == 200}
    assert answered & set(rest), "others were under way"
    assert_sound(archived)

    archived.server.faults.paths.clear()
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute("DROP TRIGGER broken")
    archived.crawl()
    assert archived.urls() == paths(portal)


def test_of_two_failures_the_first_is_told(serve: Serve) -> None:
    archived = serve(small(30))
    archived.crawl("--limit", "1")
    with closing(sqlite3.connect(archived.db)) as connection:
        for name, event, told in (
            ("store", "INSERT ON articles", "the disk has a hole"),
            ("end", "UPDATE OF finished_at ON runs", "and another"),
        ):
            connection.execute(
                f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{told}'); END"
            )

    summary = archived.crawl(code=1)

    assert summary["outcome"] == "archive"
    assert f"{archived.db}: the disk has a hole" in summary["problems"]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4.5 megabytes, where we may have one: the map of the country takes four."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4500k", "tinhuyen-test", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("needs the right to mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_crawl_whose_end_could_not_be_stored_does_not_say_that_it_is_done(serve: Serve) -> None:
    archived = serve(Portal.scaled(2, page_bytes=0))
    archived.crawl()
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE UPDATE OF finished_at ON runs "
            "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )
        connection.commit()
    summary = archived.crawl(code=1)
    assert (summary["stored"], summary["complete"]) == (False, False)
    assert "the end of the run was not stored" in summary["problems"][0]


def test_a_full_disk_and_a_read_only_one_are_named(serve: Serve, tiny_disk: Path) -> None:
    archived = serve(small(60))
    disk = Archived(tiny_disk, archived.server)
    disk.describe(archived.server.url + "/")

    summary = disk.crawl(code=1)
    advice = "the disk is full; free some space and run the same command again"
    full = {f"{place}: {advice}" for place in (disk.db, tiny_disk / "captures")}
    assert full & {*summary["problems"]}, "whichever was to be written when nothing was left"
    assert summary["outcome"] == "archive"
    assert_sound(disk)

    subprocess.run(["mount", "-o", "remount,size=16m", str(tiny_disk)], check=True)
    disk.crawl()
    assert disk.urls() == paths(archived.server.portal)
    assert_sound(disk)

    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    sites = str(tiny_disk / "sites")
    done = run("crawl", "test", "--db", disk.db, TINHUYEN_SITES=sites)
    assert done.code == 2
    assert done.err.startswith(f"Error: {disk.db}: cannot be ")
    assert len(done.err.strip().splitlines()) == 1


def test_another_writer_is_waited_for(serve: Serve) -> None:
    portal = small(4)
    archived = serve(portal)
    archived.crawl("--limit", "1")
    with closing(sqlite3.connect(archived.db, isolation_level=None)) as other:
        with crawling(archived) as process:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(2)
            other.execute("COMMIT")
            _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert archived.urls() == paths(portal)


# Several sites, and Scrapy's own commands


def test_two_sites_are_crawled_at_once(archived: Archived) -> None:
    with serving(small(5)) as one, serving(small(7)) as two:
        facts = 'name = "Huyện {}"\nbase_url = "{}/"\ncms = "newspaper"\ndelay = 0.05\n'
        sites = archived.folder / "sites"
        sites.mkdir()
        (sites / "thu.toml").write_text(
            f"[mot]\n{facts.format('Một', one.url)}[hai]\n{facts.format('Hai', two.url)}",
            encoding="utf-8",
        )
        done = run("crawl", "--db", archived.db, "--json", TINHUYEN_SITES=str(sites))
        assert done.code == 0, done.err
        assert {s["site"]: s["new"] for s in done.json()} == {"mot": 5, "hai": 7}
        for server in (one, two):
            held = {u.removeprefix(server.url) for u in archived.urls() if u.startswith(server.url)}
            assert held == paths(server.portal)
        assert one.log[0].time < two.log[-1].time
        assert two.log[0].time < one.log[-1].time, "neither waits for the other"
    assert archived.rows("SELECT count(DISTINCT site) AS n FROM runs") == [{"n": 2}]


def test_scrapys_own_commands_work(serve: Serve) -> None:
    portal = small(3)
    archived = serve(portal)

    listed = scrapy(archived, "list")
    assert (listed.returncode, listed.stdout) == (0, "test\n")

    first = portal.posts[0].path
    done = scrapy(
        archived, "crawl", "test", "-s", f"ARCHIVE_DB={archived.db}", "-a", f"url={first}"
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert archived.urls() == paths(portal)
    assert archived.rows("SELECT outcome, new FROM runs") == [{"outcome": "finished", "new": 3}]


def test_scrapys_crawl_names_an_archive_that_it_cannot_open(archived: Archived) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        archived.describe(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        archived.db.write_text("Đây không phải là cơ sở dữ liệu. " * 50, encoding="utf-8")
        done = scrapy(archived, "crawl", "test", "-s", f"ARCHIVE_DB={archived.db}")
    assert f"{archived.db}: no SQLite database; name another file with --db" in done.stderr
    assert "Traceback" not in done.stderr
