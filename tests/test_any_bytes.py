"""No bytes make a page reader raise, and none of 32 MiB are read beyond its limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.page import Page
from crawler.readers import CMS, read_page
from crawler.readers.page.limits import within_limits
from crawler.text.addresses import absolute
from tests import fixtures
from tests.strategies import html

URL = "https://huyen.example/tin/trong-rung.html"
PIECES = st.one_of(
    st.binary(max_size=40),
    html.map(str.encode),
    st.sampled_from(
        [
            b'<script type="application/ld+json">', b'{"@type":"Article","datePublished":',
            b"</script>", b"<base href=//[>", b"<time datetime=", b"<h1>", b"<title>", b"<!--",
            b'<meta property="article:published_time" content="', b'<a rel=next href="',
            b"https://[::1", b"\x00", b"\xff\xfe", b"<div itemscope itemtype=Article>",
            b"<b itemprop=author>", b"<div class=entry-content>", b"Th\xf4ng b\xe1o",
            b"2 gi\xe1\xbb\x9d tr\xc6\xb0\xe1\xbb\x9bc", b"31/02/2021", b"99:99",
        ]
    ),
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map(b"".join), st.sampled_from([None, *CMS]))
def test_any_bytes_are_read(body: bytes, cms: str | None) -> None:
    check(read_page(body, URL, cms=cms))


@given(
    st.sampled_from(fixtures.names()),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 300), PIECES), max_size=6),
)
def test_damaged_pages_are_read(name: str, damages: list[tuple[int, int, bytes]]) -> None:
    body = fixtures.page_bytes(name)
    for start, length, new in damages:
        body = body[:start] + new + body[start + length :]
    check(read_page(body, URL))
    check(read_page(body, URL, cms="generic"))


def check(page: Page) -> None:
    """Assert what holds of every page."""
    if page.kind in ("article", "part"):
        assert page.article
    elif page.article:
        assert page.kind == "spam" or (page.kind == "other" and page.evidence["kind"])
    urls = [page.prev_url, page.next_url, page.canonical_url, *page.links, *page.parts]
    if page.article:
        by = page.evidence.get("title")  # none shows one, or the head names the site alone
        assert page.article.title or by is None or "names the site" in by
        urls += [image.url for image in page.article.images]
        urls += [file.url for file in page.article.attachments]
    assert all(absolute(url, URL) == url for url in urls if url)


# Limits: what is told here took minutes before there were any

START = b"<title>T</title><h1>T</h1>"
GIANTS = {
    "nested": b"<div>",
    "tags": b"<p>",
    "links": b"<a rel=next href=/x>",
    "tables": b"<table><tr><td>",
    "prose": "<p>Một đoạn văn bản dài hơn bốn mươi ký tự, để tính là văn xuôi. ".encode(),
    "breaks": b"x<br>",
    "text": b"a ",
    "ampersands": b"&",
    "unclosed": b"<",
    "scripts": b'<script type="application/ld+json">{"@type":"Article"}</script>',
    "quotes": b'<script type="application/ld+json">"\\"\\',
    "times": b"<time datetime=2020-01-01>1</time>",
    "no UTF-8": b"\xff",
    # each of these adds to one text, which the parser copies
    "stray ends": "một hai ba bốn năm </b>".encode(),
    "rows without a table": "một hai ba bốn năm <tr>".encode(),
    "texts between rows": "<table>một hai ba bốn năm <tr><td>x</td></tr>".encode(),
}


@pytest.mark.parametrize("name", GIANTS)
def test_a_page_of_32_mib_is_read_as_far_as_the_limits(name: str) -> None:
    body = START + GIANTS[name] * (32 * 2**20 // len(GIANTS[name]))
    page = read_page(body, URL)
    check(page)
    assert page.evidence["limits"].startswith("read as far as ")


def test_attributes_without_end_are_cut() -> None:
    names = b" ".join(b"a%d=x" % number for number in range(200_000))
    body, told = within_limits(START + b"<div " + names + b">Xin</div>")
    assert told is None
    assert len(body) < 300
    assert body.endswith(b"\"'>Xin</div>")


def test_options_without_end_are_left_out() -> None:
    """lexbor takes four times as long for twice as many; a form of some hundred stays."""
    options = b"<select>" + b"<option>Thang 5</option>" * 10_000 + b"</select><p>sau"
    body, told = within_limits(START + options)
    assert told == "read without the options of its forms"
    assert b"<option" not in body
    assert body.endswith(b"<p>sau")
    few = START + b"<select>" + b"<option>Thang 5</option>" * 500 + b"</select>"
    assert within_limits(few) == (few, None)


def test_a_picture_in_an_attribute_leaves_the_page_whole() -> None:
    picture = b'<img src="data:image/png;base64,' + b"A" * 9_000_000 + b'">'
    body, told = within_limits(START + picture + b"<p>Xin</p>")
    assert told is None
    assert len(body) < 300
    assert body.endswith(b"<p>Xin</p>")


def test_tags_in_a_script_are_none() -> None:
    script = b"<script>" + b"'<div>' + '</b>' " * 15_000 + b"</script>"
    assert within_limits(START + script + b"<p>Xin</p>")[1] is None


def test_a_large_table_is_read_whole() -> None:
    rows = "<tr><td>1</td><td>Thôn Nà Lẹng</td><td>12,5 ha</td></tr>" * 4_800
    body = START + f"<table><tbody>{rows}</tbody></table>".encode()
    assert within_limits(body) == (body, None)


def test_an_ordinary_page_is_read_as_it_is() -> None:
    for name in fixtures.names():
        body = fixtures.page_bytes(name)
        assert within_limits(body) == (body, None)


def test_a_long_tag_of_few_attributes_is_read_as_it_is() -> None:
    tag = b'<div data-x="' + b"A" * 30_000 + b'">'
    assert within_limits(tag) == (tag, None)


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_nothing_is_added_but_the_end_of_a_tag(body: bytes) -> None:
    cut, told = within_limits(body)
    assert len(cut) <= len(body)
    assert told is None or cut != body
