"""What a portal sends in place of a page, a status or a header that would be right: no dead end."""

import gzip
import sqlite3
import zlib
from contextlib import closing

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse
from scrapy.utils.test import get_crawler

from crawler.middlewares.encoding import EncodingMiddleware
from crawler.readers import read_onward, read_page
from crawler.readers.page.onward import refreshed
from crawler.text.sniffing import is_page, signature
from crawler.vocabulary import PageKind, Reason
from tests.conftest import long, run
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

BASE = "https://huyen.example/a/"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<meta http-equiv="refresh" content="0; url=/portal/">', "/portal/"),
        ("<meta http-equiv=Refresh content='3;URL=\"trang-chu\"'>", "/a/trang-chu"),
        ('<meta http-equiv="REFRESH" content="0,/x/">', "/x/"),
        ('<noscript><meta http-equiv="refresh" content="0;url=/x/"></noscript>', "/x/"),
        ('<meta http-equiv="refresh" content="900; url=/x/">', None),
        ('<meta http-equiv="refresh" content="30">', None),
        ("<script>window.location = '/portal/index.aspx';</script>", "/portal/index.aspx"),
        ('<script>top.location.href="\\/x\\/"</script>', "/x/"),
        ("<script>location.replace('https://huyen.example/x')</script>", "/x"),
        ("<script>setTimeout(\"location.href='/x'\", 500)</script>", "/x"),
        ("<body onload=\"window.location='/x'\">", "/x"),
        ("<script>location = '/x?' + Date.now();</script>", None),
        ("<script>if (location == '/x') {}</script>", None),
        ("<script>mylocation = '/x';</script>", None),
        (f"<script>location='/x'</script><p>{'chữ ' * 80}</p>", None),
    ],
)
def test_where_a_page_without_content_sends_the_browser(html: str, expected: str | None) -> None:
    found, _ = read_onward(html.encode(), BASE, "text/html; charset=utf-8")
    assert (found.value if found else None) == (expected and f"https://huyen.example{expected}")


def test_the_frames_of_a_page_without_content_are_its_pages() -> None:
    body = b'<frameset rows="*,*"><frame src="top.htm"><frame src="/chinh.htm"></frameset>'
    _, shown = read_onward(body, BASE, None)
    assert shown == ("https://huyen.example/a/top.htm", "https://huyen.example/chinh.htm")
    _, shown = read_onward(f'<p>{"chữ " * 90}</p><iframe src="/x">'.encode(), BASE, None)
    assert shown == ()


def test_the_header_refresh_is_read_as_its_meta() -> None:
    assert refreshed("0;url=/x/", BASE) == "https://huyen.example/x/"
    assert refreshed("5", BASE) is None


DOCUMENT = b"<!DOCTYPE html><html><body><p>x</p></body></html>"


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        (None, DOCUMENT, True),
        ("", b"  <!-- x -->\n<title>x</title>", True),
        (None, "Chỉ có chữ".encode(), True),
        (None, b"\x00\x01\x02", False),
        (None, b"%PDF-1.4 <html>", False),
        ("text/plain", DOCUMENT, False),
        ("text/plain; charset=utf-8", b"<p>x</p>", False),
        ("application/octet-stream", DOCUMENT, True),
        ("unknown/unknown", DOCUMENT, True),
        ("html", DOCUMENT, True),
        ("text/html;;", DOCUMENT, False),  # it says so: nobody asks
        ("application/json", DOCUMENT, False),
        ("image/jpeg", DOCUMENT, False),
        ("application/xml", b'<?xml version="1.0"?><html xmlns="x"><body/></html>', True),
        ("application/xml", b'<?xml version="1.0"?><urlset/>', False),
    ],
)
def test_what_a_header_does_not_say_is_told_by_the_first_bytes(
    content_type: str | None, body: bytes, expected: bool
) -> None:
    if content_type != "text/html;;":
        assert is_page(body, content_type) is expected


def test_a_picture_that_is_called_a_page_is_none() -> None:
    assert signature(b"\xff\xd8\xff\xe0 JFIF") == "image/jpeg"
    page = read_page(b"%PDF-1.7 " + DOCUMENT, BASE, "text/html")
    assert page.kind == PageKind.OTHER
    assert page.evidence["content_type"] == "begins as application/pdf"


PAGES = chain(4)
HOME = listing(["/tin/bai-4.html", "/tin/bai-2.html"])
META = '<meta http-equiv="refresh" content="0;url=/cong/trang-chu.aspx">'
SCRIPT = "<script>document.location.href = '/cong/trang-chu.aspx';</script>"
FRAMES = (
    '<html><frameset cols="20%,*"><frame src="/trai.htm"><frame src="/cong/trang-chu.aspx">'
    "<noframes>Trình duyệt không có khung.</noframes></frameset></html>"
)
MENU = "<html><body>" + "".join(f'<a href="{p}">{p}</a> ' for p in PAGES) + "</body></html>"
MENU_FRAMES = '<html><frameset cols="20%,*"><frame src="/menu.htm"></frameset></html>'


@pytest.mark.parametrize(
    "start",
    [
        answer(bare(META, "")),
        answer(bare(SCRIPT, "")),
        answer(bare("", "Chờ"), "text/html", "200 OK", "Refresh: 0; url=cong/trang-chu.aspx"),
        answer(FRAMES),
        answer(MENU_FRAMES),
        answer(bare("", '<iframe src="/cong/trang-chu.aspx"></iframe>')),
    ],
    ids=["meta", "script", "header", "frames", "menu", "iframe"],
)
def test_a_start_page_that_only_leads_on_is_followed(portal: Portal, start: bytes) -> None:
    def answered(asked: Asked) -> bytes:
        pages = {"/cong/trang-chu.aspx": HOME, "/menu.htm": MENU} | PAGES
        if asked.target == "/":
            return start
        if asked.path == "/robots.txt":
            return ROBOTS
        return answer(pages[asked.target]) if asked.target in pages else NOT_FOUND

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 4


def test_articles_that_only_lead_on_are_moved(portal: Portal) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/":
            return answer(listing(["/cu/1", "/cu/2", "/cu/3"]))
        if asked.path.startswith("/cu/"):
            number = asked.path[-1]
            target = f"/tin/bai-{number}.html"
            forms = {
                "1": bare(f'<meta http-equiv="refresh" content="0;url={target}">', ""),
                "2": bare(f"<script>location.replace('{target}')</script>", ""),
                "3": bare("<script>location='https://quang-cao.example/'</script>", ""),
            }
            return answer(forms[number])
        if asked.path == "/robots.txt":
            return ROBOTS
        return answer(lone(3)[asked.path]) if asked.path in lone(3) else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert archived.urls() == {f"{server.url}/tin/bai-{n}.html" for n in (1, 2)}
    assert archived.urls("elsewhere") == {f"{server.url}/cu/{n}" for n in (1, 2)}


@pytest.mark.parametrize("through", [False, True], ids=["to itself", "by another address"])
def test_a_redirect_that_waits_for_its_cookie_is_given_it(portal: Portal, through: bool) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        cookie = asked.headers.get("cookie", "")
        if asked.path == "/kiem-tra":
            back = f"Location: {asked.target.partition('=')[2]}"
            return answer("", None, "302 Found", back, "Set-Cookie: qua=1; Path=/; HttpOnly")
        pages = {"/": HOME} | PAGES
        if asked.target not in pages:
            return NOT_FOUND
        if "qua=1" in cookie and ("phien=x" in cookie or through):
            return answer(pages[asked.target])
        target = f"/kiem-tra?ve={asked.path}" if through else asked.path
        set_now = ["Set-Cookie: phien=x; path=/", "set-cookie: qua=1"]
        return answer("", None, "302 Found", f"Location: {target}", *set_now[: 1 if through else 2])

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 4
    assert server.asked.count("/tin/bai-1.html") == 1, "what is waited for is sent at once"


def test_a_redirect_that_sets_a_cookie_and_leads_elsewhere_is_written_down(portal: Portal) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/":
            return answer(listing(["/cu/1", "/cu/9"]))
        if asked.path.startswith("/cu/"):
            to = f"Location: /tin/bai-{asked.path[-1]}.html"
            return answer("", None, "301 Moved", to, "Set-Cookie: PHPSESSID=abc; path=/")
        if asked.path == "/robots.txt":
            return ROBOTS
        return answer(PAGES[asked.path]) if asked.path in PAGES else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    (moved,) = archived.rows("SELECT state, moved_to FROM urls WHERE url LIKE '%/cu/1'")
    assert moved == {"state": "elsewhere", "moved_to": f"{server.url}/tin/bai-1.html"}
    assert held(archived) == 4
    assert archived.urls("gone") == {f"{server.url}/tin/bai-9.html"}


def test_a_redirect_that_is_never_content_has_failed(portal: Portal) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        to = f"Location: {asked.path}"
        return answer("", None, "302 Found", to, f"Set-Cookie: lan={asked.count}")

    archived, server = portal(answered)
    url = server.url + "/tin/bai-1.html"
    archived.crawl(*QUICK, "--url", url, code=1)
    (row,) = archived.rows("SELECT state, reason FROM urls")
    assert row == {"state": "failed", "reason": "redirects without end"}
    assert len(server.asked) < 10


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        ("203 Non-Authoritative Information", [], 4),
        ("201 Created", [], 4),
        ("202 Accepted", [], 4),
        ("299 Whatever", [], 4),
        ("206 Partial Content", ["Content-Range: bytes 0-{last}/{all}"], 4),
        ("206 Partial Content", ["Content-Range: bytes 0-{last}/99999"], 0),
    ],
)
def test_whatever_succeeds_is_read(
    portal: Portal, status: str, headers: list[str], expected: int
) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(HOME)
        if asked.path not in PAGES:
            return NOT_FOUND
        size = len(PAGES[asked.path].encode())
        filled = [header.format(last=size - 1, all=size) for header in headers]
        return answer(PAGES[asked.path], "text/html; charset=utf-8", status, *filled)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == expected


@pytest.mark.parametrize(
    "content_type", [None, "unknown/unknown", "application/octet-stream", "html"]
)
def test_a_page_without_its_type_is_read(portal: Portal, content_type: str | None) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        pages = {"/": HOME} | PAGES
        return answer(pages[asked.path], content_type) if asked.path in pages else NOT_FOUND

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 4


@pytest.mark.parametrize(
    "header",
    [
        "X-Powered-By : PHP/5.6",
        "X\x93Quote\x94: 1",
        "Máy chủ: một",
        "Không có dấu hai chấm",
        ": nothing",
        "Content-Length: nhiều",
        "Set-Cookie: a=b\r\n folded; c",
        "\r\n".join(f"X-{n}: y" for n in range(1000)),
    ],
)
def test_a_header_that_is_not_quite_right_costs_itself(portal: Portal, header: str) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        pages = {"/": HOME} | PAGES
        if asked.path not in pages:
            return NOT_FOUND
        head, _, body = answer(pages[asked.path]).partition(b"\r\n\r\n")
        return head + b"\r\n" + header.encode("utf-8") + b"\r\n\r\n" + body

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 4


def short(body: bytes, *headers: str) -> bytes:
    """Return an answer that announces more than it sends."""
    return answer(body, "text/html; charset=utf-8", "200 OK",
                  f"Content-Length: {len(body) + 77}", *headers)  # fmt: skip


def test_a_length_that_lies_for_good_is_read_and_told(portal: Portal) -> None:
    pages = {"/": HOME} | chain(8)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        return short(pages[asked.path].encode()) if asked.path in pages else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK)
    assert held(archived) == 8
    assert [kind for kind, _ in problems(archived)] == ["cut"]
    assert len([path for path in server.asked if path.startswith("/tin/")]) < 16


def test_a_page_that_is_cut_is_asked_for_again_and_has_failed(portal: Portal) -> None:
    """It comes the same each time, but not to its end; or to its end, but once."""
    whole = PAGES["/tin/bai-1.html"].encode()

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/tin/bai-1.html":
            return short(whole[: len(whole) // 2])
        if asked.path == "/tin/bai-2.html" and asked.count == 1:
            return short(PAGES[asked.path].encode()[:700])
        return answer(PAGES[asked.path]) if asked.path in PAGES else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK, "--url", server.url + "/tin/bai-4.html", code=1)
    assert archived.urls() == {f"{server.url}/tin/bai-{n}.html" for n in (2, 3, 4)}
    (row,) = archived.rows("SELECT reason FROM urls WHERE state = 'failed'")
    assert row["reason"] == "the connection was cut in the middle of the answer"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-gzip"])
@pytest.mark.parametrize("what", ["cut", "damaged", "whole"])
def test_half_of_an_encoding_is_never_taken_for_a_page(
    portal: Portal, encoding: str, what: str
) -> None:
    def packed(path: str) -> bytes:
        page = (PAGES[path] + "<!--" + "x" * 3000 + "-->").encode()
        return zlib.compress(page) if encoding == "deflate" else gzip.compress(page)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path not in PAGES:
            return NOT_FOUND
        body = packed(asked.path)
        if asked.path == "/tin/bai-3.html":
            body = {"cut": body[:-40], "damaged": body[:300] + b"\xff" * 40 + body[340:],
                    "whole": body}[what]  # fmt: skip
        return answer(body, "text/html; charset=utf-8", "200 OK", f"Content-Encoding: {encoding}")

    archived, server = portal(answered)
    archived.crawl(*QUICK, "--url", server.url + "/tin/bai-4.html", code=None)
    failed = archived.rows("SELECT url, reason FROM urls WHERE state = 'failed'")
    if what == "whole":
        assert held(archived) == 4
        assert not failed
    else:
        assert [row["url"] for row in failed] == [f"{server.url}/tin/bai-3.html"]
        assert "cannot be read: its compressed bytes are" in failed[0]["reason"]


def test_a_page_that_unpacks_to_more_than_is_taken_is_refused(portal: Portal) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/tin/bai-3.html":
            body = gzip.compress(PAGES[asked.path].encode() + b" " * 400_000)
            return answer(body, "text/html; charset=utf-8", "200 OK", "Content-Encoding: gzip")
        return answer(PAGES[asked.path]) if asked.path in PAGES else NOT_FOUND

    archived, server = portal(answered)
    start = server.url + "/tin/bai-4.html"
    archived.crawl(*QUICK, "-s", "DOWNLOAD_MAXSIZE=300000", "--url", start, code=None)
    (row,) = archived.rows("SELECT url, reason FROM urls WHERE state = 'refused'")
    assert row == {"url": f"{server.url}/tin/bai-3.html", "reason": Reason.TOO_LARGE}


def test_the_error_of_a_page_that_is_too_large_holds_nothing_of_it() -> None:
    middleware = EncodingMiddleware.from_crawler(get_crawler(None, {"DOWNLOAD_MAXSIZE": 300_000}))
    packed = HtmlResponse(
        "http://huyen.example/", body=gzip.compress(b"x" * 400_000),
        headers={"Content-Encoding": "gzip"},
    )  # fmt: skip
    with pytest.raises(IgnoreRequest) as refused:
        middleware.process_response(Request(packed.url), packed)
    assert refused.value.__context__ is None


@pytest.mark.long
def test_a_dead_twin_fails_the_one_address_that_leads_to_it(portal: Portal) -> None:
    """Nobody answers on the https twin; the site's own robots.txt is there."""

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/tin/bai-3.html":
            port = asked.url.rpartition(":")[2]
            return answer("", None, "301 Moved", f"Location: https://127.0.0.1:{port}{asked.path}")
        pages = {"/": listing(["/tin/bai-4.html", "/tin/bai-2.html"])} | PAGES
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    archived, _ = portal(answered)
    summary = archived.crawl(*QUICK, "-s", "DOWNLOAD_TIMEOUT=3", code=1)
    assert held(archived) == 3
    assert summary["outcome"] == "finished"
    (row,) = archived.rows("SELECT url FROM urls WHERE state = 'failed'")
    assert row["url"].endswith("/tin/bai-3.html")


def test_an_article_is_its_own_page(portal: Portal) -> None:
    """One with a refresh of its own, or a script for old browsers, is read."""
    refresh = '<meta http-equiv="refresh" content="60;url=/khac/">'
    page = article(1).replace("<title>", refresh + "<title>")
    assert read_page(page.encode(), BASE).kind == PageKind.ARTICLE

    def answered(asked: Asked) -> bytes:
        return ROBOTS if asked.path == "/robots.txt" else answer(page)

    archived, server = portal(answered)
    archived.crawl(*QUICK, "--url", server.url + "/tin/bai-1.html")
    assert held(archived) == 1


NEWSPAPER = (
    '<html><head><meta name="generator" content="WordPress 5.9"></head>'
    '<body class="single single-post"><div class="td-menu"><a href="/">Trang chủ</a></div>'
    '<h1 class="entry-title">Bài</h1><div class="td-post-content"><p>{text}</p></div>'
    '<div class="td-post-next-prev"><div class="td-post-prev-post"><a href="/cu/">Cũ</a></div>'
    "</div>"
    "<div class='foot'>Cổng thông tin điện tử huyện. {foot}</div></body></html>"
)
LONG = "Sáng nay huyện họp bàn việc làm đường vào bản trước mùa mưa. " * 20


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        ("</html>", None),
        ("</body></html>", None),
        ("FAR", None),
        ('class="foot', "ends within a tag"),
        ("Cổng thông", "never closed"),
        ("FATAL", "a program ended"),
    ],
)
def test_a_page_that_breaks_off_says_so(cut: str, told: str | None) -> None:
    page = NEWSPAPER.format(text=LONG, foot="").replace("'", '"')
    if cut == "FATAL":
        end = page.index("Cổng thông")
        body = (
            page[:end] + "<br />\n<b>Fatal error</b>:  Uncaught Error: x in /var/www/f.php:3</div>"
        )
    elif cut == "FAR":  # what a host puts behind the end
        body = page + "<div>" + "<!-- đếm lượt xem -->" * 100
    else:
        body = page[: page.index(cut) + 4] if told else page.replace(cut, "")
    read = read_page(body.encode(), BASE)
    assert read.kind == PageKind.ARTICLE
    assert (
        (told in read.evidence.get("broken_off", ""))
        if told
        else ("broken_off" not in read.evidence)
    )


def test_of_a_page_that_is_cut_before_its_text_no_article_is_made() -> None:
    page = NEWSPAPER.format(text=LONG, foot="")
    furniture = f'<div class="gioi-thieu"><h2>Giới thiệu</h2><p>{LONG}</p></div>'
    body = page[: page.index('<h1 class="entry-title">')] + furniture + "<div class='td-po"
    read = read_page(body.encode(), BASE + "bai-1/")
    assert read.kind == PageKind.OTHER
    assert read.article is None
    assert read_page((body + "'></div></body></html>").encode(), BASE + "bai-1/").article


def test_a_page_that_breaks_off_replaces_nothing_that_is_held(portal: Portal) -> None:
    whole = {f"/tin/bai-{n}.html": article(n).replace("</p></div>", f"</p><p>{LONG}</p></div>")
             for n in (1, 2, 3)}  # fmt: skip
    cut = False

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(listing([*whole, "/tin/bai-4.html"]))
        page = whole.get(asked.path)
        if page is None:
            return NOT_FOUND
        return answer(page[: page.index(LONG) + 300] if cut else page)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    before = archived.rows("SELECT url, body, changed FROM articles ORDER BY url")
    assert len(before) == 3
    cut = True
    archived.crawl(*QUICK, "--full", code=1)
    assert archived.rows("SELECT url, body, changed FROM articles ORDER BY url") == before
    told = [message for kind, message in problems(archived) if "breaks off" in message]
    assert len(told) >= 3


@pytest.mark.parametrize("named", ["ETag", long("Last-Modified")])
def test_an_article_is_asked_for_again_with_its_validators(portal: Portal, named: str) -> None:
    """Whoever says "not modified" is believed, and asked again later; a changed page is read."""
    value = {"ETag": 'W/"ba-1"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}[named]
    condition = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}[named]
    pages, conditional, changed = chain(3), list[str](), False

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path not in pages:
            return NOT_FOUND
        if asked.headers.get(condition) == value and "bai-2" not in asked.path:
            conditional.append(asked.path)
            return answer("", None, "304 Not Modified", f"{named}: {value}")
        page = pages[asked.path].replace("góp", "góp lại") if changed else pages[asked.path]
        return answer(page, "text/html; charset=utf-8", "200 OK", f"{named}: {value}")

    archived, server = portal(answered)
    archived.crawl(*QUICK, "--url", server.url + "/tin/bai-3.html")
    assert not conditional
    before = archived.rows("SELECT url, body, changed, last_seen_at FROM articles ORDER BY url")
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE urls SET next_try_at = '2020-01-01T00:00:00Z', recheck = NULL")
        db.execute("UPDATE articles SET last_seen_at = '2020-01-01T00:00:00Z'")
    changed = True
    archived.crawl(*QUICK, code=None)
    assert sorted(conditional) == ["/tin/bai-1.html", "/tin/bai-3.html"]
    after = archived.rows("SELECT url, body, changed, last_seen_at FROM articles ORDER BY url")
    assert "góp lại" in after[1]["body"]
    for old, new in ((before[0], after[0]), (before[2], after[2])):
        assert (old["body"], old["changed"]) == (new["body"], new["changed"])
        assert new["last_seen_at"] >= old["last_seen_at"]
    rows = archived.rows("SELECT state, status, next_try_at FROM urls WHERE url LIKE '%bai-_.html'")
    assert {row["state"] for row in rows} == {"held"}
    assert sorted(row["status"] for row in rows) == [200, 304, 304]
    assert all(row["next_try_at"] > "2026" for row in rows)
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize(
    "header",
    [
        "X-Long: " + "a" * 20_000,
        "Content-Security-Policy: " + "x" * 200_000,
        "\r\n".join(f"X-{n}: {'y' * 200}" for n in range(290)),
        "X-Latin: \xe9\xff",
    ],
)
@pytest.mark.long
def test_headers_are_taken_as_far_as_they_can_be_read_back(portal: Portal, header: str) -> None:
    pages = {"/": HOME} | PAGES

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path not in pages:
            return NOT_FOUND
        body = pages[asked.path].encode()
        head = f"HTTP/1.1 200 OK\r\n{header}\r\nContent-Type: text/html; charset=utf-8\r\n"
        length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return (head + length).encode("latin-1") + body

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 4
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out + done.err
