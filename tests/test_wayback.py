"""``--wayback``: a portal that is gone is crawled from a web archive, as if it were there."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import pytest
from OpenSSL import SSL
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import TextResponse
from scrapy.settings import Settings

from archive import Archive
from archive.warc import read_blocks
from crawler.exchange import Exchange
from crawler.failures import explain
from crawler.loader import SiteSpiderLoader
from crawler.middlewares.capture import RECEIVED
from crawler.middlewares.wayback import (
    CHOICE,
    ORIGINAL,
    ArchiveFailedError,
    MementoMiddleware,
    NotArchivedError,
)
from crawler.sites import Site
from crawler.spiders.reading import header
from crawler.vocabulary.words import sentence_in_words
from crawler.web_archives.choice import untried
from crawler.web_archives.common_crawl import CommonCrawl
from crawler.web_archives.headers import archived_fields, captured_at, fields_of
from crawler.web_archives.kinds import Choice
from crawler.web_archives.wayback import Memento, WebArchive
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from pipelines.batch import MOST_VISITS
from tests.conftest import Archived, Serve, run
from tests.warcs import Seen, at, fetch, page
from tests.web_archive import Machine, remembering

THEN = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
LATER = THEN + timedelta(days=40)
NO_COUNTER = Faults(counter=False)
CONCURRENT = 4
"""CONCURRENT_REQUESTS of crawler/settings.py: what may be under way when a crawl is killed."""

Remember = Callable[..., tuple[Archived, Machine]]


def remembered(portal: Portal) -> list[Seen]:
    """Return the start page and all articles of a portal, which then is gone."""
    with serving(portal, NO_COUNTER) as server:
        return archive_of(portal, server.url)


def archive_of(portal: Portal, base: str) -> list[Seen]:
    """Return the start page and all articles of a portal, as a web archive has them."""
    return fetch(base, ["/", *(post.path for post in portal.posts)], THEN)


@pytest.fixture
def remember(tmp_path: Path) -> Iterator[Remember]:
    """Serve a web archive of answers of a portal that is gone, which is the site ``test``."""
    with ExitStack() as stack:

        def start(seen: list[Seen], **keys: Any) -> tuple[Archived, Machine]:
            archived = Archived(tmp_path)
            archived.describe(base_of(seen) + "/", **keys)
            return archived, stack.enter_context(remembering(seen))

        yield start


def base_of(seen: list[Seen]) -> str:
    return "/".join(seen[0].url.split("/")[:3])


def crawl(archived: Archived, machine: Machine, *options: str, code: int | None = 0) -> Any:
    return archived.crawl("--wayback", machine.url, *options, code=code)


def texts(archived: Archived, base: str) -> dict[str, tuple[Any, ...]]:
    """Return what articles say by path, the portal's address left out."""
    columns = (
        "title", "lead", "body", "author", "category", "published_at", "prev_url", "next_url",
    )  # fmt: skip
    rows = archived.rows(f"SELECT url, {', '.join(columns)} FROM articles")
    return {
        row["url"].removeprefix(base): tuple(
            value.replace(base, "") if isinstance(value := row[c], str) else value for c in columns
        )
        for row in rows
    }


def state(archived: Archived, url: str) -> dict[str, Any]:
    columns = "state, status, reason, moved_to, web_archive"
    return archived.rows(f"SELECT {columns} FROM urls WHERE url = ?", url)[0]


def body(text: str) -> str:
    return f"{text} " * 12


# The whole of it


def test_a_portal_that_is_gone_is_archived_whole(remember: Remember, tmp_path: Path) -> None:
    portal = Portal.embedded()
    seen = remembered(portal)
    archived, machine = remember(seen)

    summary = crawl(archived, machine)

    assert summary["held"] == summary["new"] == len(portal.posts) == 120
    (tmp_path / "live").mkdir()
    with serving(portal, NO_COUNTER) as server:
        live = Archived(tmp_path / "live", server)
        live.describe(server.url + "/")
        live.crawl()
        assert texts(archived, base_of(seen)) == texts(live, server.url)
    sources = archived.rows(
        "SELECT source, fetched_at AS at, count(*) AS n FROM captures WHERE status = 200 "
        "AND url NOT LIKE ? GROUP BY 1, 2",
        f"{machine.url}%",
    )
    assert sources == [{"source": "wayback", "at": "2026-01-05T08:30:00Z", "n": 121}]
    # What the list names is asked for at its own time, so that no request leads to another.
    assert len(machine.log) - machine.asked("/style.css") == 121 + 2
    assert machine.asked("/style.css") == 1


def test_the_second_run_asks_next_to_nothing(remember: Remember) -> None:
    archived, machine = remember(remembered(Portal.scaled(40, page_bytes=0)))
    crawl(archived, machine)
    before = len(machine.log)

    summary = crawl(archived, machine)

    assert len(machine.log) - before == summary["requests"] == 2  # robots.txt and the list
    assert (summary["new"], summary["changed"]) == (0, 0)


def test_a_crawl_that_is_killed_goes_on(remember: Remember) -> None:
    portal = Portal.scaled(80, page_bytes=0)
    archived, machine = remember(remembered(portal), delay=0.01)
    command = ["crawl", "test", "--db", str(archived.db), "--wayback", machine.url]
    kills = 0
    for target in (5, 30, 60):
        process = subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", *command],
            env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        asked = partial(machine.asked, "/web/20260105083000id_/")
        while process.poll() is None and asked() < target:
            time.sleep(0.005)
        process.kill()
        kills += process.wait() == -signal.SIGKILL

    crawl(archived, machine)

    assert kills == 3
    assert held(archived) == 80
    exact = machine.asked("/web/20260105083000id_/")
    assert exact <= 81 + kills * (CONCURRENT + MOST_VISITS)
    verified = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert verified.code == 0, verified.out + verified.err


def held(archived: Archived) -> int:
    try:
        return int(archived.rows("SELECT count(*) AS n FROM articles")[0]["n"])
    except Exception:  # not made yet
        return 0


@pytest.mark.parametrize("has_cdx", [True, False])
def test_the_chain_alone_leads_to_all(remember: Remember, has_cdx: bool) -> None:
    portal = Portal.scaled(40, page_bytes=0)
    archived, machine = remember(remembered(portal))
    machine.has_cdx = has_cdx

    crawl(archived, machine)

    assert held(archived) == 40


def test_a_long_list_is_walked_page_by_page(remember: Remember) -> None:
    archived, machine = remember(remembered(Portal.scaled(40, page_bytes=0)))
    machine.page_rows = 15  # of 41

    crawl(archived, machine)

    assert machine.asked("matchType=prefix") == 3
    assert held(archived) == 40
    crawl(archived, machine)
    assert machine.asked("matchType=prefix") == 6  # what is new may stand on any page


def test_pictures_and_files_are_taken_from_the_archive_too(remember: Remember) -> None:
    portal = Portal.embedded()
    with serving(portal, NO_COUNTER) as server:
        live = archive_of(portal, server.url)
        pages = b"".join(one.body for one in live).decode()
        files = sorted(set(re.findall(r"/wp-content/uploads/[\w./-]+", pages)))[::4]
        assert files
        seen = [*live, *fetch(server.url, files, THEN)]
    archived, machine = remember(seen)

    crawl(archived, machine, "--media", code=None)

    rows = archived.rows("SELECT state, reason FROM media WHERE state <> 'held'")
    assert {row["reason"] for row in rows} == {"not in the web archive"}
    kept = archived.rows("SELECT source FROM captures JOIN media ON capture_id = captures.id")
    assert kept
    assert {row["source"] for row in kept} == {"wayback"}


def test_what_pages_need_to_look_as_they_did_is_taken_from_the_archive_too(
    remember: Remember,
) -> None:
    portal = Portal.scaled(5, page_bytes=0)
    theme = "/wp-content/themes/Newspaper"
    with serving(portal, NO_COUNTER) as server:
        looks = [f"{theme}/style.css?ver=9.7.3", f"{theme}/images/hills.png"]
        seen = [*archive_of(portal, server.url), *fetch(server.url, looks, THEN)]
    archived, machine = remember(seen)

    assert crawl(archived, machine)["requisites"] == {"held": 2}
    asked = [machine.asked(path) for path in looks]
    assert crawl(archived, machine)["requisites"] == {}

    assert [machine.asked(path) for path in looks] == asked, "once and for all"
    kept = archived.rows("SELECT kind, source FROM captures JOIN media ON capture_id = captures.id")
    assert kept == [{"kind": kind, "source": "wayback"} for kind in ("style", "theme")]


# One address


@pytest.fixture
def portal() -> Portal:
    return Portal.scaled(6, page_bytes=0)


def error(url: str, status: str, moment: datetime, *fields: tuple[str, str]) -> Seen:
    content = f"<html><body>{status}</body></html>".encode()
    headers = (("Content-Type", "text/html"), *fields)
    return Seen(url, status, headers, content, moment)


@pytest.mark.parametrize("listed", [True, False])
def test_what_a_page_said_before_its_portal_ended_is_found(
    remember: Remember, portal: Portal, listed: bool
) -> None:
    seen = remembered(portal)
    urls = [one.url for one in seen[1:]]
    closed = "<html><head><title>Thông báo</title></head><body><h1>Cổng đã dừng hoạt động</h1>"
    ends = [
        error(urls[0], "404 Not Found", LATER),
        error(urls[1], "503 Service Unavailable", LATER, ("Retry-After", "9")),
        error(urls[2], "302 Found", LATER, ("Location", "https://moi.example/")),
        error(urls[3], "301 Moved Permanently", LATER, ("Location", urls[3])),
        error(urls[4], "302 Found", LATER, ("Location", base_of(seen) + "/")),
        page(urls[5], f"{closed}</body></html>".encode(), LATER),
    ]
    archived, machine = remember([*seen, *ends])
    if not listed:  # the chain and the start page are all there is
        machine.broken.add("matchType=prefix")

    crawl(archived, machine, "-s", "RETRY_TIMES=0")

    assert held(archived) == 6
    assert archived.rows("SELECT DISTINCT last_seen_at AS at, revision AS r FROM articles") == [
        {"at": "2026-01-05T08:30:00Z", "r": 1}
    ]
    looked_up = machine.asked("matchType=exact")
    assert looked_up == 0 if listed else looked_up >= 6, "one list of all tells it, too"


def test_the_memento_next_to_the_end_of_the_portal_is_taken(
    remember: Remember, portal: Portal
) -> None:
    post = portal.posts[2]
    first = remembered(portal)
    portal.edit(post.slug, body=body("Sau khi sửa."))
    second = at(remembered(portal), LATER)
    url = base_of(first) + post.path
    moved = [replace(one, url=base_of(first) + one.url.removeprefix(base_of(second)),
                     body=one.body.replace(base_of(second).encode(), base_of(first).encode()))
             for one in second]  # fmt: skip
    archived, machine = remember([*first, *moved], active_to="2026-01-10")

    crawl(archived, machine)

    rows = archived.rows("SELECT body, last_seen_at AS at FROM articles WHERE url = ?", url)
    assert "Sau khi sửa." not in rows[0]["body"]
    assert rows[0]["at"] == "2026-01-05T08:30:00Z"


def test_an_archived_redirect_leads_to_where_the_article_is(
    remember: Remember, portal: Portal
) -> None:
    seen = remembered(portal)
    base, renamed = base_of(seen), seen[3]
    old = f"{base}/dia-chi-cu/"
    redirect = error(old, "301 Moved Permanently", THEN, ("Location", renamed.url))
    first = replace(seen[0], body=seen[0].body.replace(renamed.url.encode(), old.encode()))
    archived, machine = remember([first, *seen[1:3], *seen[4:], redirect, renamed])

    crawl(archived, machine, "--url", old)

    assert state(archived, old)["state"] == "elsewhere"
    assert state(archived, old)["moved_to"] == renamed.url
    assert state(archived, renamed.url)["state"] == "held"


def test_what_is_not_archived_is_named_and_may_be_had_elsewhere(
    remember: Remember, portal: Portal
) -> None:
    seen = remembered(portal)
    missing = seen.pop(3)
    archived, machine = remember(seen)

    crawl(archived, machine, code=1)

    row = state(archived, missing.url)
    assert (row["state"], row["reason"]) == ("failed", "not in the web archive")
    assert held(archived) == 5
    asked = len(machine.log)
    crawl(archived, machine, code=1)
    assert len(machine.log) - asked == 2, "it said that it has nothing"
    crawl(archived, machine, "--full", code=1)
    assert machine.asked(missing.url) == 2

    with remembering([missing]) as other:
        crawl(archived, other)
    assert state(archived, missing.url)["state"] == "held"
    assert held(archived) == 6


def test_the_portal_itself_is_asked_again_for_what_no_archive_has(
    serve: Serve, portal: Portal
) -> None:
    archived = serve(portal, NO_COUNTER)
    assert archived.server
    base = archived.server.url
    with remembering(archive_of(portal, base)[3:]) as machine:
        crawl(archived, machine, code=1)
    assert held(archived) == 4

    archived.crawl()

    assert held(archived) == 6
    assert archived.urls("failed") == set()


def test_what_an_archive_fails_to_give_is_asked_for_again(
    remember: Remember, portal: Portal
) -> None:
    seen = remembered(portal)
    archived, machine = remember(seen)
    machine.broken.add(f"id_/{seen[2].url}")
    crawl(archived, machine, "-s", "RETRY_TIMES=1", "-s", "BACKOFF_START=0.01", code=1)
    assert state(archived, seen[2].url)["reason"] == "the web archive answered HTTP 500"
    machine.broken.clear()

    crawl(archived, machine)

    assert held(archived) == 6


def test_of_a_web_archive_that_does_not_answer_it_is_said_that_it_was_that(
    archived: Archived,
) -> None:
    archived.describe("http://cong.example/")
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    archived.crawl("--wayback", nobody, "-s", "RETRY_TIMES=0", code=None)
    why = "the web archive: robots.txt could not be had: the host refused the connection"
    assert state(archived, "http://cong.example/")["reason"] == why
    english, vietnamese = (sentence_in_words(why, language) or "" for language in ("en", "vi"))
    assert "web archive" in english
    assert "portal" not in english
    assert "kho lưu trữ" in vietnamese
    assert "cổng" not in vietnamese


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(), "the web archive: the host refused the connection"),
        (TimeoutError(), "the web archive: no whole answer in time"),
        (SSL.Error([("x", "y", "certificate has expired")]),
         "the web archive: no secure connection could be made (the certificate is not valid "
         "(certificate has expired))"),
    ],
)  # fmt: skip
def test_an_error_on_the_way_to_a_web_archive_is_called_so(error: Exception, told: str) -> None:
    middleware = MementoMiddleware(SimpleNamespace(archives=()))  # type: ignore[arg-type]
    with pytest.raises(ArchiveFailedError) as failed:
        middleware.process_exception(Request("https://web.archive.org/web/1id_/http://a/"), error)
    assert explain(failed.value) == told


def test_an_answer_that_is_no_memento_is_called_so() -> None:
    assert str(NotArchivedError.answered(200)) == "what the web archive gave is no memento"
    assert str(NotArchivedError.answered(503)) == "the web archive answered HTTP 503"
    assert NotArchivedError.answered(404).is_final
    assert NotArchivedError.answered(200).may_pass


# Together with what was received live


def test_an_older_text_becomes_an_earlier_revision(serve: Serve, portal: Portal) -> None:
    archived = serve(portal, NO_COUNTER)
    assert archived.server
    base, post = archived.server.url, portal.posts[1]
    portal.edit(post.slug, body=body("Trước khi sửa."))
    with remembering(archive_of(portal, base)) as machine:
        portal.edit(post.slug, body=body("Sau khi sửa."))
        archived.crawl()
        shown = texts(archived, base)
        crawl(archived, machine)
        assert not machine.asked("id_/"), "what is held is not asked for"
        summary = crawl(archived, machine, "--full")

    assert summary["changed"] == 1
    assert texts(archived, base) == shown
    rows = archived.rows(
        "SELECT history.revision AS n, history.body, captures.source FROM history "
        "JOIN captures ON captures.id = history.capture_id "
        "JOIN articles ON articles.id = article_id WHERE articles.url = ? ORDER BY 1",
        base + post.path,
    )
    assert [(row["n"], row["source"]) for row in rows] == [(1, "wayback"), (2, "live")]
    assert "Trước khi sửa." in rows[0]["body"]
    others = archived.rows("SELECT DISTINCT first_seen_at AS at FROM articles")
    assert others == [{"at": "2026-01-05T08:30:00Z"}]


def test_what_the_portal_has_lost_is_found_in_the_archive(serve: Serve, portal: Portal) -> None:
    archived = serve(portal, NO_COUNTER)
    assert archived.server
    base, lost = archived.server.url, portal.posts[3]
    seen = archive_of(portal, base)
    portal.delete(lost.slug)
    archived.crawl("--url", base + lost.path, code=None)
    archived.crawl()
    assert state(archived, base + lost.path)["state"] == "gone"

    with remembering(seen) as machine:
        crawl(archived, machine)
        assert machine.asked("id_/") == 1

    assert held(archived) == 6


def test_an_archived_error_takes_nothing_away_and_accounts_for_no_list(
    serve: Serve, portal: Portal
) -> None:
    archived = serve(portal, replace(NO_COUNTER, rest="absent", sitemap=False, feeds=False))
    assert archived.server
    archived.crawl(code=None)
    before = archived.rows("SELECT url, state, reason FROM urls ORDER BY url")
    lists = archived.rows("SELECT * FROM lists")
    urls = [archived.server.url + post.path for post in portal.posts]
    urls += [row["url"] for row in lists]
    with remembering([error(url, "404 Not Found", THEN) for url in urls]) as machine:
        crawl(archived, machine, "--full", code=None)
        crawl(archived, machine, "--full", code=None)

    assert archived.rows("SELECT url, state, reason FROM urls ORDER BY url") == before
    assert archived.rows("SELECT * FROM lists") == lists != []


# Manners


def test_the_portal_is_not_asked(serve: Serve, portal: Portal) -> None:
    archived = serve(portal, NO_COUNTER)
    assert archived.server
    with remembering(archive_of(portal, archived.server.url)) as machine:
        archived.server.log.clear()
        crawl(archived, machine)

    assert held(archived) == 6
    assert not archived.server.log


def test_robots_txt_of_the_archive_is_obeyed(remember: Remember, portal: Portal) -> None:
    archived, machine = remember(remembered(portal))
    machine.robots = "User-agent: *\nDisallow: /web/\n"

    crawl(archived, machine, code=1)

    assert not machine.asked("/web/")
    assert held(archived) == 0


def test_an_archive_that_asks_to_wait_is_asked_later(remember: Remember, portal: Portal) -> None:
    archived, machine = remember(remembered(portal))
    machine.busy.update({"id_/": 3, "/cdx/": 1})

    crawl(archived, machine)

    assert held(archived) == 6


def spider_of(tmp_path: Path, wayback: str, **keys: Any) -> Any:
    archived = Archived(tmp_path)
    archived.describe("http://cong.example/", **keys)
    settings = Settings({"SITES_DIR": str(tmp_path / "sites")})
    crawler = Crawler(SiteSpiderLoader.from_settings(settings).load("test"), settings)
    return crawler.spidercls.from_crawler(crawler, wayback=wayback)


@pytest.mark.parametrize(
    ("wayback", "delay", "expected"),
    [
        ("https://web.archive.org/", 0.1, 1.0),
        ("https://web.archive.org/", 3.0, 3.0),
        ("http://127.0.0.1:8080/portal/", 0.1, 0.1),
    ],
)
def test_an_archive_is_asked_once_a_second_at_most(
    tmp_path: Path, wayback: str, delay: float, expected: float
) -> None:
    spider = spider_of(tmp_path, wayback, delay=delay, verify_certificate=False)
    settings = spider.crawler.settings
    assert settings.getfloat("DOWNLOAD_DELAY") == expected
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")


# What is kept


def test_a_capture_is_the_portals_answer_as_it_was_archived(
    remember: Remember, portal: Portal
) -> None:
    seen = remembered(portal)
    headers = (("Server", "Apache"), ("X-Powered-By", "PHP"), *seen[1].headers)
    archived, machine = remember([seen[0], replace(seen[1], headers=headers), *seen[2:]])

    crawl(archived, machine)

    with Archive.open(archived.db, read_only=True) as archive:
        capture = archive.captures.newest("test", seen[1].url)
        assert capture
        (record,) = read_blocks(archive.folder, capture)
    assert (capture.source, capture.fetched_at) == ("wayback", THEN)
    head, _, content = record.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")
    assert content.startswith(seen[1].body)
    kept = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")[1:]]
    assert sorted((k.lower(), v) for k, v in kept) == sorted((k.lower(), v) for k, v in headers)
    assert b"WARC-IP-Address" not in record


def test_the_same_memento_is_kept_once(remember: Remember, portal: Portal) -> None:
    archived, machine = remember(remembered(portal))
    crawl(archived, machine)
    crawl(archived, machine, "--full")

    rows = archived.rows("SELECT count(*) AS n FROM captures WHERE source = 'wayback'")
    assert rows == [{"n": 7}]


# What a user may get wrong


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["test", "--wayback", "ftp://x/"], "it must be an address such as https://web.archive"),
        (["test", "--wayback", "https://web.archive.org/web/2020/http://x/"], "not of a page in"),
        (
            ["test", "--wayback", "http://127.0.0.1:9/", "--wayback", "kho"],
            "--wayback kho: it must",
        ),
        (["test", "--wayback", "http://127.0.0.1:9/x/collinfo.json?a"], "of the index server"),
        (["test", "--rescue", "--wayback", "http://127.0.0.1:9/"], "leave it out"),
        (["test", "--wayback", "https://web.archive.org/"], "set TINHUYEN_CONTACT"),
    ],
)
def test_a_mistake_is_told_in_one_line(archived: Archived, arguments: list[str], told: str) -> None:
    archived.describe("http://127.0.0.1:9/")
    with (archived.folder / "sites" / "thu.toml").open("a", encoding="utf-8") as file:
        file.write('\n[other]\nname = "Xã"\nbase_url = "http://127.0.0.1:10/"\ncms = "newspaper"\n')

    done = run(
        "crawl", *arguments, "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites")
    )

    assert done.code == 2, done.out + done.err
    assert told in done.err
    assert len(done.err.splitlines()) == 1


# Addresses and heads

WANTED = datetime(2025, 6, 30, 16, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "memento", "listing"),
    [
        (
            "https://web.archive.org/",
            "https://web.archive.org/web/20250630165959id_/http://a.vn/b?c=1",
            "https://web.archive.org/cdx/search/cdx?url=",
        ),
        (
            "https://web.archive.org/web",
            "https://web.archive.org/web/20250630165959id_/http://a.vn/b?c=1",
            "https://web.archive.org/cdx/search/cdx?url=",
        ),
        (
            "http://127.0.0.1:8080/portal/",
            "http://127.0.0.1:8080/portal/20250630165959id_/http://a.vn/b?c=1",
            "http://127.0.0.1:8080/portal/cdx?url=",
        ),
    ],
)
def test_addresses_go_both_ways(url: str, memento: str, listing: str) -> None:
    archive = WebArchive.at(url, WANTED)

    assert archive.memento("http://a.vn/b?c=1") == memento
    assert archive.original(memento) == Memento("http://a.vn/b?c=1", WANTED)
    assert archive.start_urls("http://a.vn/")[0].startswith(listing)
    assert archive.lists(archive.start_urls("http://a.vn/")[0])
    assert not archive.lists(memento)


def by_pywb(asked: str, row: dict[str, str]) -> bool:
    """Whether pywb lists a row: it takes for an expression only what stands behind a tilde."""
    names = {"statuscode": "status", "mimetype": "mime"}
    for told in parse_qs(urlsplit(asked).query)["filter"]:
        name, _, wanted = told.lstrip("~").partition(":")
        value = row[names[name]]
        if not (re.match(wanted, value) if told.startswith("~") else wanted in value):
            return False
    return True


@pytest.mark.parametrize("root", ["http://127.0.0.1:8080/portal/", "http://127.0.0.1:8080/web/"])
def test_pywb_is_asked_for_what_it_understands(root: str) -> None:
    archive = WebArchive.at(root, WANTED)
    usual = archive.start_urls("http://a.vn/")[0]
    asked = usual if root.endswith("portal/") else archive.alternative(usual)
    assert asked
    assert asked.startswith(f"{root}cdx?url=http%3A%2F%2Fa.vn%2F&matchType=prefix")
    assert "limit" not in asked, "it cannot go on behind it"
    for status, kind, is_listed in (
        ("200", "text/html", True), ("301", "text/html", True), ("200", "application/xml", True),
        ("404", "text/html", False), ("200", "image/png", False), ("-", "warc/revisit", False),
    ):  # fmt: skip
        assert by_pywb(asked, {"status": status, "mime": kind}) == is_listed


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://web.archive.org/web/20200102030405/http:/a.vn/", "http://a.vn/"),
        ("http://web.archive.org/web/2020id_/a.vn/x", "http://a.vn/x"),
        (
            "https://web.archive.org/web/20200102030405id_/http://a.vn/b%C3%A0i/",
            "http://a.vn/b%C3%A0i/",
        ),
        ("https://web.archive.org/save/http://a.vn/", None),
        ("https://example.org/web/20200102030405id_/http://a.vn/", None),
        ("https://web.archive.org/web/20200102030405id_/javascript:x", None),
    ],
)
def test_what_a_memento_is_of(url: str, expected: str | None) -> None:
    memento = WebArchive.at("https://web.archive.org/", WANTED).original(url)
    assert (memento.url if memento else None) == expected


def listed(rows: object) -> bytes:
    return json.dumps(rows).encode()


HEADER = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


def row(url: str, stamp: str, digest: str = "A", kind: str = "text/html") -> list[str]:
    return ["k", stamp, url, kind, "200", digest, "1"]


def test_of_each_page_the_capture_next_to_the_end_is_listed() -> None:
    archive = WebArchive.at("https://web.archive.org/", WANTED)
    rows = [
        HEADER,
        row("http://a.vn:80/x/", "20190101000000"),
        row("http://www.a.vn/x", "20250601000000"),
        row("https://a.vn/x/", "20260101000000"),
        row("https://a.vn/anh.jpg", "20250101000000", kind="image/jpeg"),
        row("https://a.vn/x/feed/", "20250101000000"),
    ]
    found = archive.read(listed(rows), archive.start_urls("https://a.vn/")[0], {})
    assert found
    assert [(f.url, f"{f.captured_at:%Y-%m}") for f in found.found] == [
        ("https://a.vn/x", "2025-06")
    ]


def test_pywbs_lines_are_read() -> None:
    archive = WebArchive.at("http://127.0.0.1:8080/portal/", WANTED)
    line = {"urlkey": "k", "timestamp": "20250101000000", "url": "http://a.vn/x/", "status": "200"}
    found = archive.read(json.dumps(line).encode() + b"\n", "http://127.0.0.1:8080/portal/cdx", {})
    assert found
    assert [f.url for f in found.found] == ["http://a.vn/x/"]


@pytest.mark.parametrize("body", [b"", b"[]"])
def test_an_archive_that_has_nothing_says_so(body: bytes) -> None:
    archive = WebArchive.at("https://web.archive.org/", WANTED)
    found = archive.read(body, archive.start_urls("http://a.vn/")[0], {})
    assert found
    assert not found.found


@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>", b"\xff", b"[1]", b"3", b'[["a"], 2]', b"[" * 9000),
        *(b"{}", b'{"error": "overloaded"}', b'{"message": "ask later", "url": "http://a.vn/"}'),
    ],
)
def test_what_is_no_list_is_none(body: bytes) -> None:
    archive = WebArchive.at("https://web.archive.org/", WANTED)
    assert archive.read(body, archive.start_urls("http://a.vn/")[0], {}) is None


def test_of_other_captures_the_earlier_and_different_ones_come_first() -> None:
    archive = WebArchive.at("https://web.archive.org/", WANTED)
    rows = [
        HEADER,
        row("http://a.vn/x", "20180101000000", "OLD"),
        row("http://a.vn/x", "20240101000000", "GOOD"),
        row("http://a.vn/x", "20240102000000", "GOOD"),
        row("http://a.vn/x", "20250701000000", "NOTICE"),
        row("http://a.vn/x", "20250702000000", "NOTICE"),
        row("http://a.vn/x", "20250801000000", "NEW"),
    ]
    page = archive.read(listed(rows), archive.captures_of("http://a.vn/x")[0], {})
    assert page
    done = [one for one in page.captures if one.at == datetime(2025, 7, 1, tzinfo=UTC)]
    others = untried(page.captures, done, WANTED)
    assert [f"{one.at:%Y%m%d}" for one in others] == ["20240102", "20180101", "20250801"]


WAYBACK_MACHINE = [
    ("Server", "nginx"), ("Date", "Mon, 01 Jun 2026 00:00:00 GMT"), ("Content-Type", "text/html"),
    ("x-archive-orig-server", "Apache"), ("x-archive-orig-content-type", "text/html"),
    ("x-archive-orig-content-encoding", "gzip"), ("x-archive-orig-content-length", "99"),
    ("x-archive-orig-date", "Mon, 05 Jan 2026 08:30:00 GMT"), ("x-archive-src", "a.warc.gz"),
    ("Memento-Datetime", "Mon, 05 Jan 2026 08:30:00 GMT"), ("Link", "<x>; rel=original"),
]  # fmt: skip
PYWB = [
    ("X-Archive-Orig-Date", "Mon, 05 Jan 2026 08:30:00 GMT"), ("Content-Type", "text/html"),
    ("X-Archive-Orig-Server", "Apache"), ("Content-Length", "99"),
    ("X-Archive-Orig-Content-Encoding", "gzip"), ("Date", "Mon, 01 Jun 2026 00:00:00 GMT"),
    ("Memento-Datetime", "Mon, 05 Jan 2026 08:30:00 GMT"), ("Link", "<x>; rel=original"),
    ("Content-Location", "http://127.0.0.1:8080/portal/20260105083000id_/http://a.vn/"),
]  # fmt: skip


@pytest.mark.parametrize("fields", [WAYBACK_MACHINE, PYWB], ids=["wayback machine", "pywb"])
def test_a_head_is_read_as_the_portal_sent_it(fields: list[tuple[str, str]]) -> None:
    moment = captured_at(fields)
    assert moment == THEN
    assert sorted(archived_fields(fields, moment, 12)) == [
        ("Content-Length", "12"),
        ("Content-Type", "text/html"),
        ("Date", "Mon, 05 Jan 2026 08:30:00 GMT"),
        ("Server", "Apache"),
    ]


@pytest.mark.parametrize("value", ["/nguyễn-huệ/", "/tin/nguyễ", "/tin/và", "/a:b"])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_field_of_a_head_is_read_whole(value: str, end: bytes) -> None:
    head = [b"HTTP/1.1 301 Moved", b"Server:x ", b"Location: " + value.encode(), b"", b""]
    fields = fields_of(end.join(head))
    assert fields == [("Server", "x"), ("Location", value.encode().decode("latin-1"))]


@pytest.mark.parametrize("is_record", [False, True])
@pytest.mark.parametrize(
    "before", ["", "https://web.archive.org/web/20260105083000id_/http://a.vn"]
)
def test_an_archived_redirect_leads_where_the_portal_s_did(is_record: bool, before: str) -> None:
    url, led_to = "http://a.vn/cu", "/tin/và-nguyễn"
    head = f"HTTP/1.1 301 Moved\r\nLocation: {'' if is_record else before}{led_to}\r\n"
    if is_record:
        archive: Any = CommonCrawl.at("https://index.commoncrawl.org/", THEN)
        block = f"{head}\r\n".encode()
        told = (
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-01-05T08:30:00Z\r\n"
            f"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(block)}\r\n\r\n"
        )
        received = (206, b"", gzip.compress(told.encode() + block + b"\r\n\r\n"))
    else:
        archive = WebArchive.at("https://web.archive.org/", THEN)
        day = "Memento-Datetime: Mon, 05 Jan 2026 08:30:00 GMT\r\n\r\n"
        received = (301, (head + day).encode(), b"")
    asked, _ = archive.request(url, THEN, "a.warc.gz 0 9")
    meta = {
        ORIGINAL: url,
        CHOICE: Choice(archive, THEN),
        RECEIVED: Exchange(asked, THEN, *received),
    }
    middleware = MementoMiddleware(SimpleNamespace(archives=(archive,)))  # type: ignore[arg-type]
    response = middleware.process_response(
        Request(asked, meta=meta), TextResponse(asked, status=received[0])
    )
    assert isinstance(response, TextResponse)
    assert response.status == 301
    led = urljoin(url, header(response, "Location"))
    assert unquote(led) == f"http://a.vn{led_to}"


def test_a_body_that_comes_compressed_is_said_to_be() -> None:
    fields = [*WAYBACK_MACHINE, ("Content-Encoding", "gzip")]
    assert ("Content-Encoding", "gzip") in archived_fields(fields, THEN, 12)


def test_the_end_of_a_portal_is_that_of_its_last_day(tmp_path: Path) -> None:
    spider = spider_of(tmp_path, "https://web.archive.org/", active_to="2025-06-30")
    assert isinstance(spider.site, Site)
    assert spider.archives[0].wanted == WANTED
