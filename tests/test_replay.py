"""Captured pages as they are shown: they look as they did, and name nothing but what is held."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from reading_room.captured.replay import replayed, replayed_sheet, sheet_text

URL = "https://huyen.example/tin/a.html"


class Shelf:
    """An archive that holds what is called so."""

    def file(self, url: str) -> str | None:
        return f"/media/1/{url.rpartition('/')[2]}" if "held" in url else None

    def sheet(self, url: str) -> str | None:
        return f"/captures/1/style/{url.rpartition('/')[2]}" if "held" in url else None


def shown(page: str) -> str:
    """Return what is shown of a page, without what a parser adds around it."""
    text = replayed(page, URL, Shelf(), lambda url: f"/captures/1/link?to={url}")
    for added in ('<html><head><meta charset="utf-8">', "</head><body>", "</body></html>"):
        text = text.replace(added, "")
    return text


def sheet(css: str) -> str:
    return replayed_sheet(css, "https://huyen.example/giao-dien/style.css", Shelf())


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<p class="a" id="b" onclick="x()">chữ', '<p class="a" id="b">chữ</p>'),
        ("<script>x()</script><p>a<noscript>b</noscript>", "<p>a</p>"),
        ('<img src="held.jpg" onerror="x()" srcset="b.jpg 2x">', '<img src="/media/1/held.jpg">'),
        ('<img src="data:image/gif;base64,R0" data-src="held.jpg">',
         '<img src="/media/1/held.jpg">'),
        ('<img src="khac.jpg" alt="x">', '<img alt="x">'),
        ('<img src="/a-held-218x150.jpg">', '<img src="/media/1/a-held-218x150.jpg">'),
        ('<picture><source srcset="held.webp"><img src="b.jpg"></picture>',
         '<picture><img src="/media/1/held.webp"></picture>'),
        ('<img src="data:image/png;base64,AAAA">', '<img src="data:image/png;base64,AAAA">'),
        ('<img src="data:text/html,x">', "<img>"),
        ('<a href="b.html" target="x">b</a>',
         '<a href="/captures/1/link?to=https://huyen.example/tin/b.html" target="_top" '
         'rel="nofollow">b</a>'),
        ('<a href="#muc">b</a>', '<a href="#muc">b</a>'),
        ('<a href="javascript:x()">b</a>', "<a>b</a>"),
        ('<a href="mailto:a@huyen.example">b</a>', "<a>b</a>"),
        ('<form action="/tim" method="post"><input type="submit" value="Tìm"><button>a</button>',
         '<form><input type="button" value="Tìm"><button type="button">a</button></form>'),
        ('<button formaction="/x" type="submit">a</button>', '<button type="button">a</button>'),
        ('<input type="hidden" value="x"><input type="password">', '<input type="text">'),
        ('<iframe src="https://video.example/1"></iframe>',
         '<p><a href="/captures/1/link?to=https://video.example/1" target="_top" '
         'rel="nofollow">https://video.example/1</a></p>'),
        ('<iframe src="https://dem.example/" width="0"></iframe>', ""),
        ('<object data="javascript:x()"><p>a</object><embed src="about:blank">', ""),
        ("<svg><image href='https://x.example/a.png'/></svg><p>a", "<p>a</p>"),
        ('<p style="background:url(held.gif);color:red">a',
         '<p style="background:url(&quot;/media/1/held.gif&quot;);color:red">a</p>'),
        ('<table background="held.gif"><tr><td background="b.gif">a</table>',
         '<table background="/media/1/held.gif"><tbody><tr><td background="">a</td></tr></tbody>'
         "</table>"),
        ("<o:p>a</o:p><the-ra>b</the-ra>", "a<the-ra>b</the-ra>"),
        ('<p data-mau="xanh" data-tai="https://x.example/" data-t="/a">a',
         '<p data-mau="xanh">a</p>'),
        ("<xmp><b></xmp>", "<pre>\n&lt;b&gt;</pre>"),
        ("<!-- [if IE]> <script> -->a", "a"),
        ('<p title="a&quot;><script>">&lt;script&gt;',
         '<p title="a&quot;&gt;&lt;script&gt;">&lt;script&gt;</p>'),
        ("<frameset><frame src='/trai.html'></frameset>",
         '<p><a href="/captures/1/link?to=https://huyen.example/trai.html" '
         'target="_top" rel="nofollow">https://huyen.example/trai.html</a></p>'),
    ],
)  # fmt: skip
def test_what_is_harmless_of_a_page_is_shown(page: str, expected: str) -> None:
    assert shown(page) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta http-equiv="refresh" content="0;url=https://x.example/">', ""),
        ('<meta name="viewport" content="width=device-width">',
         '<meta name="viewport" content="width=device-width">'),
        ('<meta http-equiv="Content-Security-Policy" content="default-src *">', ""),
        ('<link rel="stylesheet" href="held.css" media="screen">',
         '<link rel="stylesheet" href="/captures/1/style/held.css" media="screen">'),
        ('<link rel="stylesheet" href="held.css" media="print" onload="this.media=\'all\'">',
         '<link rel="stylesheet" href="/captures/1/style/held.css">'),
        ('<link rel="stylesheet" href="khac.css"><link rel="preload" href="held.js">', ""),
        ('<link rel="alternate stylesheet" href="held.css">', ""),
        ("<style>a{color:red}</style>", "<style>a{color:red}</style>"),
        ("<title>a<b></title>", "<title>a&lt;b&gt;</title>"),
        ('<base href="https://x.example/">', ""),
    ],
)  # fmt: skip
def test_what_makes_it_look_is_kept_of_its_head(head: str, expected: str) -> None:
    assert shown(head) == expected


def test_a_base_counts_and_goes() -> None:
    page = '<base href="https://khac.example/x/"><a href="b">a</a>'
    assert 'to=https://khac.example/x/b"' in shown(page)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<!DOCTYPE html><p>", "<!DOCTYPE html>"),
        ("<p>", ""),
        ('<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">',
         '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">'),
        ('<?xml version="1.0"?>\n<!-- a --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"'
         ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
         '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "about:legacy-compat">'),
    ],
)  # fmt: skip
def test_a_page_is_laid_out_by_the_rules_of_its_time(page: str, expected: str) -> None:
    assert replayed(page, URL, Shelf(), str).partition("<html>")[0] == expected


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("a{color:red}", "a{color:red}"),
        ('@import "held.css" screen;', '@import url("/captures/1/style/held.css") screen;'),
        ("@import url(khac.css);a{b:c}", "a{b:c}"),
        ("@namespace svg url(https://x.example/);@charset 'x';a{}", "a{}"),
        ("a{background:URL( 'held.png' )}", 'a{background:url("/media/1/held.png")}'),
        (r"a{background:u\72l(https://x.example/a.png)}", 'a{background:url("data:,")}'),
        ("a{b:url(javascript:x)}", 'a{b:url("data:,")}'),
        ("a{width:expression(alert(1))}", "a{width:}"),
        ("a{b:image-set('held.png' 1x,'c.png' 2x)}",
         'a{b:image-set(url("/media/1/held.png") 1x,url("data:,") 2x)}'),
        ("a{--x:'//x.example/a.png';content:'a//b'}", 'a{--x:url("data:,");content:"a//b"}'),
        ("a{filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='//x.example/a')}",
         "a{filter:progid:DXImageTransform.Microsoft.}"),
        ("a{b:url(data:image/png;base64,AA)}", 'a{b:url("data:image/png;base64,AA")}'),
        ("a{b:url(data:text/html,x)}", 'a{b:url("data:,")}'),
        ("a{b:url(#loc)}", 'a{b:url("#loc")}'),
        ("@font-face{font-family:A;src:url(a.eot);src:url(a.woff) format('woff'),url(held.ttf)}",
         '@font-face{font-family:A;src:url("/media/1/held.ttf");}'),
        ("@font-face{src:local(A),url(b.woff)}", "@font-face{src:local(A);}"),
        ("@media print{@font-face{src:url(b.woff)}}", "@media print{@font-face{}}"),
        ("<!-- a{b:c} -->", " a{b:c} "),
        ("a{b:'c", 'a{b:"c"}'),
    ],
)  # fmt: skip
def test_a_sheet_names_only_what_is_held(css: str, expected: str) -> None:
    assert re.sub(r"\s+", " ", sheet(css)) == expected


def test_no_text_of_a_sheet_ends_its_element() -> None:
    page = "<style>a::before{content:'\\3c/style><script>x()</script>'}b{c:'<\\/style>'}</style>"
    text = shown(page)
    assert text.count("</style>") == 1
    assert "<script" not in text.partition("</style>")[2]


def test_a_sheet_is_read_by_its_charset() -> None:
    body = b'@charset "windows-1258"; ' + "a{content:'đ'}".encode("cp1258")
    assert "đ" in sheet_text(body, "text/css")
    assert "đ" in sheet_text("a{content:'đ'}".encode("cp1258"), "text/css; charset=windows-1258")


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000,
        "<b>" * 50_000 + "a",
        "<title>" + "a" * 5_000_000,
        '<p title="' + "b" * 5_000_000 + '">',
        "<style>" + "a{" * 50_000,
        "<style>" + "a(" * 50_000,
        '<p style="' + "[" * 100_000 + '">',
        "<table><tr><td>" * 5000,
        "<img srcset='" + "a.jpg 1w," * 20_000 + "'>",
        "<select>" + "<option>" * 50_000,
    ],
    ids=["divs", "bolds", "title", "attribute", "braces", "functions", "brackets", "tables",
         "pictures", "options"],
)  # fmt: skip
def test_what_is_meant_to_hang_us_does_not(page: str) -> None:
    assert len(replayed(page, URL, Shelf(), str)) < 6_000_000


def test_a_page_that_is_cut_says_so() -> None:
    long = "<p>chữ</p>" * 50_000
    assert replayed(long, URL, Shelf(), str, "Trang còn <tiếp>").endswith(
        ">Trang còn &lt;tiếp&gt;</p>"
    )
    assert "còn" not in replayed("<p>chữ</p>", URL, Shelf(), str, "Trang còn tiếp")


_ADDRESSES = (
    "https://x.example/held.png", "//x.example/a", "javascript:x()", "held.css", "/\\x.example",
    "data:text/html,<script>x()</script>", "hTTp:\t//x.example", "vbscript:x", "https:x.example",
    "ftp://x.example/", "blob:https://x.example/1", "&#106;avascript:x()",
)  # fmt: skip
_NAMES = (
    *("src", "href", "style", "srcset", "action", "formaction", "background", "poster", "data"),
    *("ping", "onload", "xlink:href", "srcdoc", "manifest", "longdesc", "cite", "usemap", "lowsrc"),
    *("data-src", "content", "http-equiv", "rel", "type", "is", "codebase", "archive", "dynsrc"),
)
_ELEMENTS = (
    *("a", "img", "link", "style", "script", "iframe", "object", "embed", "form", "input", "svg"),
    *("use", "image", "math", "meta", "base", "video", "source", "body", "table", "td", "frame"),
    *("template", "noscript", "textarea", "title", "xmp", "plaintext", "area", "button", "x-y"),
)
_CSS = (
    *("url(", "URL('", "u\\72 l(", "@import ", "image-set(", "expression(", "src:", "@font-face{"),
    *("{", "}", ")", "'", '"', ";", "--a:", "/*", "*/", "\\", "<!--", "</style>"),
)
_STYLES = st.lists(st.sampled_from(_CSS + _ADDRESSES), max_size=10).map("".join)
_VALUES = st.sampled_from((*_ADDRESSES, "refresh", "stylesheet", "image")) | _STYLES


@st.composite
def markup(draw: st.DrawFn) -> str:
    """Pieces of what could name somebody else, in any order."""
    pieces = []
    for _ in range(draw(st.integers(1, 12))):
        element = draw(st.sampled_from(_ELEMENTS))
        names = draw(st.lists(st.sampled_from(_NAMES), max_size=3))
        written = "".join(f' {name}="{draw(_VALUES)}"' for name in names)
        pieces.append(f"<{element}{written}>")
        pieces.append(
            draw(st.one_of(_VALUES, st.just(""), st.sampled_from(_ELEMENTS).map("</{}>".format)))
        )
    return "".join(pieces)


_NEVER = {"script", "iframe", "object", "embed", "base", "svg", "math", "frame", "template"}
_NEVER_NAMED = {"action", "formaction", "srcset", "srcdoc", "ping", "http-equiv", "poster"}


def named(page: str) -> Iterator[str]:
    """Yield whatever a page would have a browser load, or go to, as another parser reads it."""
    parser = lxml_html.HTMLParser(encoding="utf-8")
    for element in lxml_html.document_fromstring(page.encode(), parser=parser).iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in _NEVER
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in _NEVER_NAMED
            if name in {"src", "href", "background"}:
                yield value
            elif name == "style":
                yield from in_css(value)
        if element.tag == "style":
            yield from in_css(element.text or "")


def in_css(css: str) -> Iterator[str]:
    """Yield the addresses in a sheet, and the strings that a browser takes for one."""
    before = ""
    for token in tinycss2.parse_component_value_list(css):
        if token.type == "url" or (token.type == "string" and before == "import"):
            yield token.value
        elif token.type == "function":
            assert token.lower_name != "expression"
            if token.lower_name in ("url", "image-set", "src"):
                yield from (t.value for t in token.arguments if t.type == "string")
            yield from in_css(tinycss2.serialize(token.arguments))
        elif token.type.endswith("block"):
            yield from in_css(tinycss2.serialize(token.content))
        if token.type != "whitespace":
            before = token.lower_value if token.type == "at-keyword" else ""


@given(markup())
def test_no_page_names_anybody_else(page: str) -> None:
    for address in named(
        replayed(page, URL, Shelf(), lambda url: f"/captures/1/link?to={len(url)}")
    ):
        assert re.match(r"/media/1/|/captures/1/|data:,|data:image/|#|$", address), address
        assert not urlsplit(address).netloc


@given(_STYLES)
def test_no_sheet_names_anybody_else(css: str) -> None:
    for address in in_css(sheet(css)):
        assert re.match(r"/media/1/|/captures/1/|data:,|#|$", address), address
