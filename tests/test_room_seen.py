"""Captures in a real browser: they look as the portal did, do nothing, and ask nobody.

With ``SCREENS=folder`` the pages are also saved there as pictures.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from crawler.vocabulary import Flag
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.browsers import Looks, chromium, live_looks, looks, served
from tests.conftest import Archived
from tests.room_sample import build_archive
from tests.test_room_media import BASE, FONT, HTML, PDF, PNG, SVG, keep, paths

WIDTH = 1056
"""Pixels of the frame on a desk: a page looks by the width that it has."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as browser:
        yield browser


@dataclass
class Seen:
    """A page that is being looked at, and what the browser tells of it."""

    page: Page
    told: list[str] = field(default_factory=list)
    """Errors, dialogs and downloads."""


@contextmanager
def looking(browser: Browser, width: int = 1280, colours: str = "light") -> Iterator[Seen]:
    """Open a page in the browser, which may ask whomever it wants."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if colours == "dark" else "light",
        locale="vi-VN",
    )
    context.set_default_timeout(180_000)  # milliseconds, of a machine that has much else to do
    with closing(context):
        seen = Seen(context.new_page())
        tell = seen.told.append
        seen.page.on("console", lambda said: tell(said.text) if said.type != "log" else None)
        seen.page.on("pageerror", lambda error: tell(str(error)))
        seen.page.on("dialog", lambda dialog: tell(f"dialog {dialog.message}"))
        seen.page.on("download", lambda download: tell(f"download {download.url}"))
        seen.page.on("popup", lambda popup: tell(f"popup {popup.url}"))
        yield seen


def save(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@dataclass
class Gone:
    """A portal that was crawled, and is off: a stranger stands on its port."""

    archived: Archived
    article: dict[str, str]
    looks: Looks
    """How its newest article looked."""
    room: str
    stranger: socket.socket

    def asked(self) -> str | None:
        """Return what somebody asked the stranger."""
        try:
            connection, _ = self.stranger.accept()
        except BlockingIOError:
            return None
        with connection:
            connection.settimeout(5)
            return connection.recv(1000).decode("latin-1")


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Gone]:
    """Some of the demo portal, with its pictures."""
    archived = Archived(tmp_path_factory.mktemp("seen"))
    with serving(Portal(Portal.embedded().newest[:8]), Faults(counter=False)) as server:
        archived.describe(server.url + "/")
        archived.crawl("--media")
        (article,) = archived.rows(
            "SELECT articles.* FROM articles WHERE id IN (SELECT article_id FROM images)"
            " AND prev_url IN (SELECT url FROM articles) ORDER BY published_at DESC LIMIT 1"
        )
        with looking(browser, WIDTH) as live:
            as_it_was = live_looks(live.page, article["url"])
    port = urlsplit(server.url).port or 0
    with served(archived.db) as room, socket.create_server(("127.0.0.1", port)) as stranger:
        stranger.setblocking(False)
        yield Gone(archived, article, as_it_was, room, stranger)


@pytest.mark.parametrize(
    ("width", "colours"), [(390, "dark"), (1280, "light")], ids=["phone", "desk"]
)
def test_a_page_looks_as_it_did(gone: Gone, browser: Browser, width: int, colours: str) -> None:
    with looking(browser, width, colours) as seen:
        answers: dict[str, int] = {}
        seen.page.on("response", lambda answer: answers.update({answer.url: answer.status}))
        seen.page.goto(f"{gone.room}/captures/{gone.article['capture_id']}")
        frame = seen.page.frame_locator("iframe.captured")
        frame.locator("h1").wait_for()
        seen.page.wait_for_load_state("networkidle")
        save(seen.page, f"captured-{width}-{colours}")
        assert frame.locator("h1").inner_text() == gone.article["title"]
        if width > WIDTH:
            assert looks(frame) == gone.looks
        pictures = [status for url, status in answers.items() if "/media/" in url]
        assert pictures
        assert {*answers.values()} == {200}
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert not seen.told
    assert gone.asked() is None


def test_its_links_lead_to_what_the_archive_has(gone: Gone, browser: Browser) -> None:
    with looking(browser) as seen:
        seen.page.goto(f"{gone.room}/captures/{gone.article['capture_id']}")
        frame = seen.page.frame_locator("iframe.captured")
        older = gone.archived.rows(
            "SELECT title FROM articles WHERE url = ?", gone.article["prev_url"]
        )[0]["title"]
        path = urlsplit(gone.article["prev_url"]).path.strip("/")
        frame.locator(f"a[href*='{path}']").first.click()
        seen.page.wait_for_url("**/a/*")
        assert seen.page.locator("article h1").inner_text() == older
        seen.page.goto(f"{gone.room}/captures/{gone.article['capture_id']}")
        frame.locator("a", has_text="Liên hệ").first.click()
        seen.page.wait_for_url("**/link?to=*")
        assert seen.page.locator("h1").inner_text() == "Không có trong kho"
        told = seen.page.locator("main").inner_text()
        assert urlsplit(gone.article["url"]).netloc in told
        save(seen.page, "captured-link")
        assert not seen.told
    assert gone.asked() is None


HOSTILE = """<!doctype html><html onload="stolen()"><head>
<title>{long}</title><base href="{stranger}/">
<meta http-equiv="refresh" content="0;url={stranger}/">
<meta http-equiv="Content-Security-Policy" content="default-src * 'unsafe-inline'">
<link rel="stylesheet" href="/a.css"><link rel="preload" as="image" href="/pre.png">
<link rel="prefetch" href="/b"><link rel="dns-prefetch" href="//stranger.example">
<link rel="stylesheet" href="https://chodon.example/kieu.css">
<style>@import url({stranger}/c.css); @font-face{{font-family:X;src:url({stranger}/x.woff)}}
body{{background:url({stranger}/d.png);font-family:X;width:expression(alert(1))}}
p::before{{content:url(/e.png)}} i{{background:u\\72l(/f.png)}} b{{--a:"{stranger}/g.png";
background:image-set("/h.png" 1x)}}</style>
<script>alert(3)</script><script src="/i.js"></script></head>
<body background="/j.png"><h1>Trang xấu</h1><p onclick="alert(4)">a<i>b</i><b>c</b>
<img src="/k.png" onerror="alert(5)" srcset="/l.png 2x"><img src=x onerror=alert(6)>
<img src="https://chodon.example/anh/gia.png" alt="giả">
<img src="https://chodon.example/anh/cau.png">
<picture><source srcset="/m.png"><img></picture><input type="image" src="/n.png">
<iframe src="/o"></iframe><iframe srcdoc="<script>alert(7)</script>"></iframe>
<object data="/p"></object><embed src="/q"><video src="/r" poster="/s.png" autoplay></video>
<audio src="/t" autoplay></audio><svg onload="alert(8)"><image href="/u.png"/></svg>
<math><mtext><img src="/v.png"></mtext></math><noscript><img src="/w.png"></noscript>
<template><img src="/x.png"></template><form action="/y"><input name="q"><button>Gửi</button></form>
<a href="javascript:alert(9)">j</a>
<a id="out" href="{stranger}/ra" target="_blank" ping="/ping">ra</a>
<table background="/z.png"><tr><td style="background:url('{stranger}/1.png')">x</td></tr></table>
{deep}"""


@dataclass
class Trap:
    """An archive of hostile captures, served, and a stranger whom all of them name."""

    room: str
    stranger: socket.socket
    files: list[str]
    asked = Gone.asked


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    db = build_archive(tmp_path_factory.mktemp("trap") / "archive.db")
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        url = f"http://127.0.0.1:{stranger.getsockname()[1]}"
        page = HOSTILE.format(stranger=url, long="Tựa dài " * 60_000, deep="<div>" * 30_000)
        keep(db, BASE, page.encode(), "text/html; charset=utf-8")
        sheet = f"h1{{color:rgb(1, 2, 3)}}@import url({url}/x.css);p{{background:url({url}/y.png)}}"
        keep(db, f"{BASE}kieu.css", sheet.encode(), "text/css")
        keep(db, f"{BASE}anh/gia.png", HTML, "image/png")
        keep(db, f"{BASE}anh/cau.png", PNG, "image/png")
        keep(db, f"{BASE}anh/bieu-tuong.svg", SVG, "image/svg+xml")
        keep(db, f"{BASE}tep/a.pdf", PDF, "application/pdf")
        keep(db, f"{BASE}phong.woff2", FONT, "font/woff2")
        with served(db) as room:
            yield Trap(room, stranger, [*paths(db)])


def test_nothing_of_a_hostile_capture_runs_or_asks_anybody(trap: Trap, browser: Browser) -> None:
    with looking(browser) as seen:
        for path in ("/captures/1", "/captures/1/page"):
            seen.page.goto(trap.room + path)
            seen.page.wait_for_load_state("networkidle")
            frame = seen.page.frames[-1]
            assert frame.locator("h1").inner_text() == "Trang xấu"
            colour = "getComputedStyle(document.querySelector('h1')).color"
            assert frame.evaluate(colour) == "rgb(1, 2, 3)"
            assert frame.evaluate("document.querySelectorAll('script, iframe, object').length") == 0
            assert frame.evaluate("self.origin") == "null"
            save(seen.page, f"hostile{path.replace('/', '-')}")
            # An html that is called a picture is none: that is all there is to tell.
            assert not [said for said in seen.told if "ERR_" not in said], seen.told
        frame.locator("button").click()
        frame.locator("input").first.press("Enter")
        frame.locator("p").first.click()
        assert urlsplit(seen.page.url).path == "/captures/1/page"
        frame.locator("#out").click()
        seen.page.wait_for_url("**/link?to=*")
        assert seen.page.locator("main .address").inner_text().endswith("/ra")
    assert trap.asked() is None


@pytest.mark.parametrize("number", range(3, 8))
def test_no_file_runs_however_it_is_opened(trap: Trap, browser: Browser, number: int) -> None:
    with looking(browser) as seen:
        answer = seen.page.request.get(trap.room + trap.files[number - 1])
        assert answer.status == 200
        is_saved = "attachment" in answer.headers["content-disposition"]
        assert is_saved == (number in (3, 5))
        seen.page.goto(f"{trap.room}/captures/{number}")
        seen.page.wait_for_load_state("networkidle")
        assert not seen.told
        assert not seen.page.locator("iframe").count()
        assert seen.page.locator(".captured-picture img").count() == (number == 4)


def test_a_page_that_is_set_aside_is_shown_to_who_asks(tmp_path: Path, browser: Browser) -> None:
    db = build_archive(tmp_path / "archive.db")
    keep(db, BASE, b"<!doctype html><h1>Nha cai</h1>", "text/html", flag=Flag.SPAM)
    with served(db) as room, looking(browser, 390) as seen:
        asked = list[str]()
        seen.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        seen.page.goto(f"{room}/captures/1")
        seen.page.wait_for_load_state("networkidle")
        assert "/captures/1/page" not in asked
        seen.page.locator("summary", has_text="Vẫn muốn xem").click()
        seen.page.frame_locator("iframe.captured").locator("h1").wait_for()
        assert "/captures/1/page" in asked
