"""A portal of every trap at once: its bounds are reached and told, and nothing holds up the crawl.

What ``docs/limits.md`` says, row by row, against servers that have no end.
"""

import gzip
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawler.bounds import NAMES
from crawler.settings import CONCURRENT_REQUESTS
from crawler.vocabulary import Discovery
from tests.conftest import Archived, long
from tests.raw import NOT_FOUND, QUICK, Asked, Portal, answer, article, held, listing, problems

ROOT = Path(__file__).parents[1]
LONGEST_PAUSE = 0.5
"""Seconds of processor time of the loop's thread."""
MOST_MIB = 400

BOUNDED = {
    "linked": 20, "list_pages": 12, "sitemap_elements": 30_000, "requests": 150,
}  # fmt: skip
"""Bounds of these crawls; the others are the defaults."""

TOLD = {
    "requests": "requests were made",
    "copies": "the same article at more than",
    "path_depth": "more than 24 parts",
    "address_length": "longer than 2,000 characters",
    "repeated_parts": "repeats itself",
    "list_pages": "was walked as far as its page",
    "sitemap_elements": "read as far as",
    "feed_entries": "read as far as",
    "json_entries": "read as far as",
    "linked": "LINKED_MAX",
}
"""What is told where a bound is reached."""
ELSEWHERE = {
    "mementos": "test_web_archives.py, test_of_an_address_no_more_mementos_are_read_than_the_bound",
    "archived_lists": "test_web_archives.py, "
    "test_no_more_of_such_lists_are_asked_for_than_the_bound",
    "addresses": "test_bounds.py, test_a_chain_without_end_is_walked_as_far_as_its_bound",
    "free_disk": "test_bounds.py, test_a_crawl_ends_before_the_disk_is_full",
    "robots_bytes": "test_bounds.py, test_robots_txt_is_read_as_far_as_its_bound",
    "header_bytes": "test_dead_ends.py, test_headers_are_taken_as_far_as_they_can_be_read_back",
}
"""Bounds that other tests reach."""


def test_every_bound_is_reached_by_a_test() -> None:
    assert {*TOLD, *ELSEWHERE} == {*NAMES}
    for place in ELSEWHERE.values():
        file, name = place.split(", ")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8")


@cache
def sitemap() -> bytes:
    entries = "".join(f"<url><loc>/tin/kin-{n}.html</loc></url>" for n in range(60_000))
    return answer(gzip.compress(f"<urlset>{entries}</urlset>".encode()), "application/xml")


@cache
def feed() -> bytes:
    items = "".join(f"<item><guid>/tin/kin-{n}.html</guid></item>" for n in range(400_000))
    return answer(f"<rss><channel>{items}</channel></rss>", "application/rss+xml")


@cache
def rest() -> bytes:
    posts = [{"id": n, "link": f"/tin/kin-{n}.html", "x": [[n] * 40]} for n in range(40_000)]
    return answer(json.dumps(posts), "application/json", "200 OK", "X-WP-TotalPages: 9999")


PROSE = "Ủy ban nhân dân huyện họp bàn việc sửa đường vào bản trước mùa mưa năm nay. "


def page_of(body: str) -> str:
    return article(1).replace("</p></div>", f"</p>{body}</div>", 1)


@cache
def heavy() -> dict[str, bytes]:
    """Return pages that are much work, each in a way of its own."""
    links = "".join(f'<li><a href="/tin/kin-{n}.html">Tin {n}</a></li>' for n in range(20_000))
    cells = "<tr>" + "<td>1</td>" * 200 + "</tr>"
    return {
        "/nang/mot-chu": answer("a" * 4_000_000),
        "/nang/the-long-nhau": answer(page_of("<div>" * 40_000)),
        "/nang/lien-ket": answer(page_of(f"<ul>{links}</ul>")),
        "/nang/bang": answer(page_of(f"<table>{cells * 190}</table>")),
        "/nang/van-xuoi": answer(page_of(f"<p>{PROSE}</p>" * 12_000)),
        "/nang/mot-doan": answer(page_of(f"<p>{PROSE * 25_000}</p>")),
        "/nang/the-khong-dong": answer("<html><body>" + "<p <b " * 200_000),
        "/nang/ngay-thang": answer(page_of("<p>ngày 12/12/2012 12:12 </p>" * 30_000)),
        "/nang/so-hieu": answer(page_of("<p>Quyết định số 12/2012/QĐ-UBND</p>" * 15_000)),
        "/nang/thuc-the": answer(page_of("&amp;" * 700_000)),
        "/nang/chu-thich": answer("<!--" * 1_000_000),
        "/nang/mot-the": answer('<div class="' + "x " * 1_500_000 + '">'),
        "/nang/nen": answer(
            gzip.compress(b"<p>" + b" " * 60_000_000),
            "text/html",
            "200 OK",
            "Content-Encoding: gzip",
        ),
        "/nang/dau-de": answer("<p>x</p>", "text/html", "200 OK", "X-Dai: " + "x" * 900_000),
    }  # fmt: skip


@dataclass
class Trapped:
    """A portal without end: of second routes it has the one that is named."""

    route: Discovery
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __call__(self, asked: Asked) -> bytes:
        if answered := self._of_route(asked):
            return answered
        if asked.path in heavy():
            return heavy()[asked.path]
        for beginning, answered_by in self.traps().items():
            if asked.path.startswith(beginning):
                return answered_by(asked)
        return answer(self._start()) if asked.path == "/" else NOT_FOUND

    def _of_route(self, asked: Asked) -> bytes | None:
        if asked.path == "/robots.txt":
            return answer("User-agent: *\nDisallow:\n" + "# lời\n" * 120_000, "text/plain")
        lists = {
            "wp-json": Discovery.REST,
            "sitemap.xml": Discovery.SITEMAP,
            "feed": Discovery.FEED,
        }
        for part, route in lists.items():
            if part in asked.path:
                answers = {"wp-json": rest, "sitemap.xml": sitemap, "feed": feed}
                return answers[part]() if route == self.route else NOT_FOUND
        return None

    def traps(self) -> dict[str, Callable[[Asked], bytes]]:
        return {
            "/lich/": self._calendar,
            "/ban-sao/": self._copies,
            "/vao-sau/": self._deeper,
            "/chuoi/": self._chain,
            "/phien/": self._session,
            "/dan-toi/": self._linking,
            "/vong/": self._around,
        }

    def _start(self) -> str:
        deep = "/sau/" + "/".join(f"x{n}" for n in range(40))
        named = [
            "/vao-sau/bai-1.html", "/chuoi/bai-1.html", "/ban-sao/bai-1.html", "/phien/bai-1.html",
            "/dan-toi/bai-1.html", "/vong/1", deep, "/dai?" + "y" * 3_000, *heavy(),
        ]  # fmt: skip
        return listing(named, more='<a rel="next" href="/lich/?thang=2">Trang sau</a>')

    def _calendar(self, asked: Asked) -> bytes:
        number = int(asked.target.rpartition("=")[2])
        days = [f"/chuoi/bai-{number * 1_000 + day}.html" for day in range(6)]
        return answer(
            listing(days, more=f'<a rel="next" href="/lich/?thang={number + 1}">Trang sau</a>')
        )

    def _copies(self, asked: Asked) -> bytes:
        return answer(article(7, f"/ban-sao/bai-1.html?xem={next(self.numbers)}"))

    def _deeper(self, asked: Asked) -> bytes:
        return answer(article(next(self.numbers) + 500, "vao-sau/bai-1.html"))

    def _chain(self, asked: Asked) -> bytes:
        number = int(asked.path.rpartition("-")[2].removesuffix(".html"))
        return answer(article(number + 10_000, f"/chuoi/bai-{number + 1}.html"))

    def _session(self, asked: Asked) -> bytes:
        older = f"/phien/bai-1.html;jsessionid={next(self.numbers):032X}"
        return answer(article(9, older))

    def _linking(self, asked: Asked) -> bytes:
        number = int(asked.path.rpartition("-")[2].removesuffix(".html"))
        named = "".join(
            f'<a href="/dan-toi/bai-{number * 50 + n}.html">Tin</a>' for n in range(1, 51)
        )
        page = article(number + 900_000)
        return answer(page.replace("</body>", f"<h4>Tin liên quan</h4>{named}</body>"))

    def _around(self, asked: Asked) -> bytes:
        number = int(asked.path.rpartition("/")[2]) + 1
        return answer("", "text/html", "302 Found", f"Location: /vong/{number}")


def command(archived: Archived, *arguments: str) -> list[str]:
    bounds = [f"{name.upper()}_MAX={bound}" for name, bound in BOUNDED.items()]
    given = ['EXTENSIONS={"tests.heartbeat.Heartbeat": 1}', *bounds]
    settings = [part for setting in given for part in ("-s", setting)]
    return [
        sys.executable, "-m", "tinhuyen", "crawl", "test", "--db", str(archived.db), "--json",
        *QUICK, *settings, *arguments,
    ]  # fmt: skip


def environment(archived: Archived) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TINHUYEN_")}
    return clean | {
        "TINHUYEN_SITES": str(archived.folder / "sites"),
        "HEARTBEAT": str(archived.folder / "heartbeat.json"),
        "PYTHONPATH": str(ROOT),
    }


def crawl(archived: Archived, *arguments: str) -> dict[str, Any]:
    """Crawl; return what the heartbeat saw."""
    done = subprocess.run(
        command(archived, *arguments), env=environment(archived), cwd=ROOT, text=True,
        capture_output=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    seen: dict[str, Any] = json.loads((archived.folder / "heartbeat.json").read_text("utf-8"))
    return seen


ROUTES = (Discovery.LISTING, *map(long, (Discovery.REST, Discovery.SITEMAP, Discovery.FEED)))
OF_ROUTES = {
    Discovery.REST: {"json_entries"},
    Discovery.SITEMAP: {"sitemap_elements"},
    Discovery.FEED: {"feed_entries"},
    Discovery.LISTING: {"list_pages"},
}


@pytest.mark.parametrize("route", ROUTES)
def test_a_portal_of_every_trap_at_once(portal: Portal, route: Discovery) -> None:
    archived, server = portal(Trapped(route))
    seen = crawl(archived)
    if (
        route == Discovery.LISTING
    ):  # where a first crawl learns, lists come after a chain without end
        server.asked.clear()
        seen = crawl(archived)
    reasons = archived.rows("SELECT reason FROM urls WHERE reason IS NOT NULL")
    told = "\n".join([*(m for _, m in problems(archived)), *(r["reason"] for r in reasons)])
    for name in OF_ROUTES[route] | {"path_depth", "address_length"}:
        assert TOLD[name] in told, (name, told)
    assert len(server.asked) <= BOUNDED["requests"] + 20
    assert held(archived) > 0
    assert seen["longest"] < LONGEST_PAUSE, seen["where"]
    assert seen["mib"] < MOST_MIB


@pytest.mark.parametrize("route", [Discovery.SITEMAP, long(Discovery.LISTING)])
def test_a_crawl_of_such_a_portal_ends_when_it_is_told_to(portal: Portal, route: Discovery) -> None:
    """While what was received is read and stored, and long before all of it is."""
    trapped, is_served = Trapped(route), threading.Event()

    def answered(asked: Asked) -> bytes:
        if asked.path in ("/sitemap.xml", "/nang/thuc-the"):
            is_served.set()
        return trapped(asked)

    archived, server = portal(answered)
    with subprocess.Popen(
        command(archived), env=environment(archived), cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as crawling:  # fmt: skip
        assert is_served.wait(300)
        before = len(server.asked)
        crawling.send_signal(signal.SIGINT)
        out, err = crawling.communicate(timeout=300)
    assert "Traceback" not in err, err
    assert json.loads(out)[0]["outcome"] == "shutdown"
    assert len(server.asked) - before <= CONCURRENT_REQUESTS
