"""What has no end is bounded, and it is told: traps, and each bound of docs/limits.md."""

import asyncio
import itertools
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.settings import Settings

from archive import SITE_COLUMNS, Archive
from crawler import settings
from crawler.bounds import DEFAULT, NAMES, Bounds
from crawler.loader import SiteSpiderLoader
from crawler.page import RoutePage
from crawler.sites import Site
from crawler.spiders.district import DistrictSpider
from crawler.spiders.repeats import Repeats
from crawler.spiders.walk import RouteWalk
from crawler.text.addresses import absolute, urlkey
from crawler.text.traps import trap
from crawler.vocabulary import Discovery
from tests.conftest import Archived
from tests.raw import (
    NOT_FOUND,
    QUICK,
    ROBOTS,
    Asked,
    Portal,
    answer,
    article,
    bare,
    chain,
    held,
    listing,
    lone,
    problems,
)

LIMITS = (Path(__file__).parents[1] / "docs" / "limits.md").read_text("utf-8")
BASE = "https://huyen.example/"


def test_every_bound_is_a_setting_and_documented() -> None:
    for name in NAMES:
        setting = Bounds.setting(name)
        assert getattr(settings, setting) == getattr(DEFAULT, name)
        assert f"| `{setting}` | `{name}` |" in LIMITS
    assert LIMITS.count("_MAX` | `") + LIMITS.count("_MIN` | `") == len(NAMES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tin/bai.html", "tin/bai.html;jsessionid=0A1B2C?x=1"),
        ("tin/bai.html", "tin/bai.html;JSESSIONID=0A1B.node1"),
        ("tin/bai.html", "(S(lit3py55t21z5v55vlm25s55))/tin/bai.html"),
        ("tin/bai.html", "(X(1)S(abc))/tin/bai.html"),
        ("?id=7", "?PHPSESSID=fk3l2&id=7"),
        ("?id=7", "?id=7&sid=8f14e45fceea167a5a36dedd4bea2543"),
        ("?id=7", "?id=7&ASPSESSIONIDQQ=ABC"),
        ("tin/bai.html", "tin/./bai.html"),
        ("tin/bai.html", "tin/moi/../bai.html"),
        ("tin/bai.html", "./tin/%2e/bai.html"),
        ("tin/bai.html", "../../tin/bai.html"),
        ("tin/", "tin/x/.."),
    ],
)
def test_sessions_and_dots_make_no_other_page(one: str, other: str) -> None:
    for written in (other, BASE + other):
        found = absolute(written, BASE)
        assert found
        key = urlkey(found.replace("?x=1", ""))
        assert key == urlkey(BASE + one)
        assert urlkey((BASE + other).replace("?x=1", "")) == key
        assert absolute(found, BASE) == found
        if "(" not in other:
            assert "session" not in found.lower()
            assert "/." not in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/b", "a%2Fb"),
        ("?sid=12", "?sid=13"),
        ("?s=%C4%91%C6%B0%E1%BB%9Dng", "?s=truong"),
        ("a;b", "a;c"),
        ("(2)/x", "x"),
        ("a.html", "A.html"),
        ("..a/x", "x"),
    ],
)
def test_what_names_a_page_makes_another(one: str, other: str) -> None:
    assert urlkey(BASE + one) != urlkey(BASE + other)
    assert absolute(BASE + other, BASE) == BASE + other


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("tin/tin/tin/bai.html", "repeats itself: /tin"),
        ("a/b/a/b/a/b/x", "repeats itself: /a/b"),
        ("tin/tin/bai.html", None),
        ("2012/12/12/12/bai.html", None),
        ("a/" * 25, "more than 24 parts"),
        ("/".join("abcdefghijklmnopqrstuvwx"), None),
        ("x" * 2000, "longer than 2,000 characters"),
    ],
)
def test_what_a_trap_looks_like(path: str, told: str | None) -> None:
    found = trap(BASE + path, depth=24, length=2000, repeated=2)
    assert (told in (found or "")) if told else found is None


def at_any(pages: dict[str, str], asked: Asked) -> bytes:
    if asked.path == "/robots.txt":
        return ROBOTS
    return answer(pages[asked.target]) if asked.target in pages else NOT_FOUND


FORMS = {
    "jsessionid": (r"\g<0>;jsessionid={:032X}", lambda path: path.partition(";")[0]),
    "PHPSESSID": (r"\g<0>?PHPSESSID={:026d}", lambda path: path.partition("?")[0]),
    "sid": (r"\g<0>?sid={:032x}", lambda path: path.partition("?")[0]),
    "(S())": (r"/(S({:024d}))\g<0>", lambda path: re.sub(r"^/\(S\(\d+\)\)", "", path)),
    "a word that nobody knows": (r"\g<0>?xem={:d}", lambda path: path.partition("?")[0]),
    "dots": (r"/./.\g<0>", lambda path: path.replace("/./", "/").replace("/./", "/")),
}


@pytest.mark.parametrize("form", FORMS)
def test_ever_new_addresses_of_the_same_pages_have_an_end(portal: Portal, form: str) -> None:
    pages = chain(4)
    written, path_of = FORMS[form]
    numbers = itertools.count(1)

    def answered(asked: Asked) -> bytes:
        path = path_of(asked.target)
        if path == "/robots.txt":
            return ROBOTS
        home = listing(["/tin/bai-4.html", "/tin/bai-3.html"])
        page = home if path == "/" else pages.get(path)
        if page is None:
            return NOT_FOUND
        links = re.compile(r'(?<=href=")/tin/[^"]*')
        return answer(links.sub(lambda m: m.expand(written.format(next(numbers))), page))

    archived, server = portal(answered)
    archived.crawl(*QUICK, "-s", "CLOSESPIDER_PAGECOUNT=120", code=None)
    (row,) = archived.rows("SELECT outcome FROM runs")
    assert row["outcome"] == "finished"
    known = form != "a word that nobody knows"
    assert held(archived) == 4 if known else held(archived) <= 12
    assert len([path for path in server.asked if "bai-" in path]) <= (4 if known else 40)
    told = [kind for kind, _ in problems(archived)]
    assert bool(told) != known


def test_a_relative_link_that_leads_ever_deeper_is_refused_and_named(portal: Portal) -> None:
    numbers = itertools.count(1)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/":
            return answer(listing(["/tin/van-hoa/bai-1.html"]))
        if asked.path.startswith("/tin/"):
            return answer(article(next(numbers), "tin/van-hoa/bai-1.html"))
        return at_any({}, asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, "-s", "CLOSESPIDER_PAGECOUNT=120", code=None)
    (run,) = archived.rows("SELECT outcome FROM runs")
    assert run["outcome"] == "finished"
    assert held(archived) <= 4
    rows = archived.rows("SELECT reason FROM urls WHERE state = 'refused'")
    assert [row["reason"] for row in rows] == [
        "not asked for, as a trap: its address repeats itself: /tin/van-hoa"
    ]


def test_a_path_that_is_too_deep_and_an_address_that_is_too_long_are_refused(
    portal: Portal,
) -> None:
    deep, long = "/x/" + "/".join(map(str, range(9))), "/y?" + "z" * 300

    def answered(asked: Asked) -> bytes:
        if asked.path == "/":
            return answer(listing([deep, long, "/tin/bai-1.html", "/tin/bai-2.html"]))
        return at_any(lone(2), asked)

    archived, server = portal(answered, bounds=None)
    archived.crawl(*QUICK, "-s", "PATH_DEPTH_MAX=8", "-s", "ADDRESS_LENGTH_MAX=200", code=None)
    assert held(archived) == 2
    assert archived.urls("refused") == {server.url + deep, server.url + long}
    assert deep not in server.asked


def endless(asked: Asked) -> bytes:
    """Answer with an article that names an older one, for ever."""
    if asked.path == "/robots.txt":
        return ROBOTS
    number = int(asked.path.rpartition("-")[2] or 1) if "-" in asked.path else 1
    return answer(article(number, f"/tin/bai-{number + 1}"))


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ({"requests": 12}, "12 requests were made"),
        ({"addresses": 40}, "more than 40 addresses are known"),
    ],
)
@pytest.mark.long
def test_a_chain_without_end_is_walked_as_far_as_its_bound(
    portal: Portal, bounds: dict[str, int], told: str
) -> None:
    archived, server = portal(endless)
    toml = archived.folder / "sites" / "thu.toml"
    written = ", ".join(f"{name} = {bound}" for name, bound in bounds.items())
    toml.write_text(toml.read_text("utf-8") + f"\nbounds = {{{written}}}\n", "utf-8")
    summary = archived.crawl(*QUICK, "--url", server.url + "/tin/bai-1", code=1)
    assert summary["outcome"] == "bound"
    assert [kind for kind, message in problems(archived) if told in message] == ["bound"]
    assert 10 < len(server.asked) < 250
    if "requests" in bounds:
        assert len(server.asked) == 12
        before = held(archived)
        archived.crawl(*QUICK, code=1)
        assert held(archived) > before, "the next one goes on"


@pytest.mark.parametrize(
    ("free", "total", "ends"),
    [(99 << 20, 1 << 40, True), (101 << 20, 1 << 40, False), (2 << 20, 64 << 20, False)],
)
def test_a_crawl_ends_before_the_disk_is_full(
    archived: Archived, monkeypatch: pytest.MonkeyPatch, free: int, total: int, ends: bool
) -> None:
    """A small disk has no bound: all of it would lie below."""
    archived.describe(BASE)
    crawled = Settings({"SITES_DIR": str(archived.folder / "sites")})
    crawled.setmodule("crawler.settings", priority="default")
    crawler = Crawler(SiteSpiderLoader.from_settings(crawled).load("test"), crawled)
    spider = crawler.spidercls.from_crawler(crawler)
    assert isinstance(spider, DistrictSpider)
    told: list[str] = []
    frontier = SimpleNamespace(tell=lambda _, message, url: told.append(message), known=lambda: 1)
    spider.__dict__["frontier"] = frontier
    usage = SimpleNamespace(free=free, total=total)
    monkeypatch.setattr("crawler.spiders.district.disk_usage", lambda _: usage)
    if ends:
        with pytest.raises(CloseSpider):
            spider.keep_within_bounds()
        assert "only 99 MiB are free" in told[0]
    else:
        spider.keep_within_bounds()


def test_robots_txt_is_read_as_far_as_its_bound(portal: Portal) -> None:
    rules = "User-agent: *\nDisallow: /kin/\n" + "# lời\n" * 100 + "Disallow: /tin/\n"

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return answer(rules, "text/plain")
        pages = {"/": listing(["/kin/bai-1.html", "/tin/bai-2.html"])} | lone(2)
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK, "-s", "ROBOTS_BYTES_MAX=100", code=None)
    assert archived.urls() == {server.url + "/tin/bai-2.html"}
    assert archived.urls("refused") == {server.url + "/kin/bai-1.html"}


def test_a_start_page_with_nothing_is_no_trap(portal: Portal) -> None:
    archived, _ = portal(lambda asked: at_any({"/": bare()}, asked))
    archived.crawl(*QUICK, code=None)
    assert not problems(archived)


def test_an_older_archive_knows_addresses_by_what_is_left_without_sessions(
    archived: Archived,
) -> None:
    site = dict.fromkeys(SITE_COLUMNS) | {
        "key": "test",
        "name": "x",
        "base_url": BASE,
        "cms": "generic",
    }
    with Archive.open(archived.db, create=True) as archive:
        archive.runs.start(site)
    rows = [
        ("tin/a;jsessionid=1", "a;jsessionid=1", "waiting"),
        ("tin/a;jsessionid=2", "a;jsessionid=2", "waiting"),
        ("tin/b?PHPSESSID=1", "b?1", "held"),
        ("tin/b", urlkey(BASE + "tin/b"), "waiting"),
        ("x%2Fy", "xy", "gone"),
        ("tin/c?id=7", urlkey(BASE + "tin/c?id=7"), "failed"),
    ]
    with closing(sqlite3.connect(archived.db)) as db, db:
        for path, key, state in rows:
            db.execute(
                "INSERT INTO urls (site, url, urlkey, found_by, found_at, state) "
                "VALUES ('test', ?, ?, 'listing', '2026-01-01T00:00:00Z', ?)",
                [BASE + path, key, state],
            )
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'key_without_sessions'")
    with Archive.open(archived.db, create=True) as archive:
        archive.ensure_writable()
    found = archived.rows("SELECT url, urlkey, state, moved_to FROM urls ORDER BY id")
    states = [(row["url"].removeprefix(BASE), row["state"], row["moved_to"]) for row in found]
    assert states == [
        ("tin/a;jsessionid=1", "waiting", None),
        ("tin/a;jsessionid=2", "elsewhere", BASE + "tin/a;jsessionid=1"),
        ("tin/b?PHPSESSID=1", "held", None),
        ("tin/b", "waiting", None),
        ("x%2Fy", "gone", None),
        ("tin/c?id=7", "failed", None),
    ]
    as_now = [row["urlkey"] == urlkey(row["url"]) for row in found]
    assert as_now == [True, False, False, True, True, True], "no two rows have one"


def test_small_and_capital_letters_are_one_where_a_server_knows_no_difference(
    portal: Portal,
) -> None:
    pages = lone(3)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/":
            return answer(
                listing([*pages, "/Tin/Bai-1.html", "/TIN/bai-2.HTML", "/tin/Bai-9.html"])
            )
        return (
            at_any(pages, asked)
            if "/tin" not in asked.path.lower()
            else (answer(pages[asked.path.lower()]) if asked.path.lower() in pages else NOT_FOUND)
        )

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 3
    rows = archived.rows("SELECT url, moved_to FROM urls WHERE state = 'elsewhere'")
    assert {row["url"].lower() for row in rows} <= {server.url + path for path in pages}
    assert all(row["url"].lower() == row["moved_to"].lower() for row in rows)
    assert len(rows) == 2
    assert not problems(archived)


def test_a_page_of_whatever_letters_is_compared_in_no_time() -> None:
    """With a look at the rest of it from each letter on, this would take a day."""
    repeats = Repeats()
    for page, times in ((b"a" * 4_000_000, 1), (b"a1" + b"b" * 4_000_000, 1), (b"x 2", 1)):
        assert repeats.count_alike(page, BASE, is_article=False) == times
    same = [b"7 x ab1c/tin/1 be", b"19 x 2f/tin/1 be", b"x be", b"x 5 ab"]
    counted = [repeats.count_alike(page, BASE + "tin/1", is_article=False) for page in same]
    assert counted == [1, 2, 1, 1]
    assert repeats.count_alike(same[-1], BASE, is_article=True) == 1


HOSTILE = {
    "a packed sitemap of tags": "sitemap.read(gzip.compress(b'<urlset>' + b'<a/>' * 16_000_000))",
    "one of entries": "sitemap.read(b'<urlset>' + b'<url><loc>/x</loc></url>' * 1_300_000)",
    "one of a text": "sitemap.read(gzip.compress(b'<urlset><url><loc>' + b'&amp;' * 9_000_000))",
    "one packed again and again": "sitemap.read(gzip.compress(b'') * 400_000)",
    "one of doctypes": "sitemap.read(b'<urlset>' + b'<!DOCTYPE[' * 400_000)",
    "one of lines": "sitemap.read(b'https://a.example/x\\n' * 1_600_000)",
    "a feed": "feed.read(b'<rss>' + b'<item><guid>x</guid></item>' * 1_200_000)",
    "objects": "rest.read(b'[' + b'{},' * 11_000_000 + b'{}]')",
    "numbers": "rest.read(b'[{\"a\":[' + b'1,' * 16_000_000 + b'1]}]')",
    "brackets": "rest.read(b'[' * 32_000_000)",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_list_takes_more_memory_than_there_is(what: str) -> None:
    """Of the whole process, with the answer itself."""
    program = (
        "import gzip, re\n"
        "from types import SimpleNamespace as Names\n"
        "from crawler.routes import feed, rest, sitemap\n"
        "feed, rest, sitemap = (Names(read=lambda body, module=module: module.read(body, "
        "'https://huyen.example/sitemap.xml', {})) for module in (feed, rest, sitemap))\n"
        f"{HOSTILE[what]}\n"
        # Not ru_maxrss, which begins at what the process had that started this one.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) >> 10)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 400


def test_a_long_list_is_read_beside_the_loop_that_all_crawls_share() -> None:
    read_in: list[int] = []

    def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
        read_in.append(threading.get_ident())
        return RoutePage()

    site = Site(key="test", name="x", base_url=BASE, cms="generic")
    walk = RouteWalk(site, Mock(), Mock(), full=False)
    walk.routes = {Discovery.SITEMAP: SimpleNamespace(read=read, start_urls=lambda base: [base])}
    for size in (100, 1_000_000):
        response = Response(BASE + "sitemap.xml", body=b"x" * size)
        asyncio.run(walk._read(response, Discovery.SITEMAP, {}))
    assert read_in[0] == threading.get_ident() != read_in[1]
