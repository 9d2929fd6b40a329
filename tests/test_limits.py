"""What every page would pay for the limits of reading is paid by pages to which it may matter."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborNode

from crawler.readers import read_page
from crawler.readers.finding import links
from crawler.readers.page import limits
from tests import strategies

_PIECES = [
    b"<script>", b"</script>", b'<SCRIPT x="</b>">', b"<b>", b"</b>", b'<div title="</div>">',
    b"</div>", b"<!--", b"-->", b"<style", b"</style >", b"x", b"<", b"<td>", b"<scriptx>",
    b"<xmp/>", b"</xmp", b"\n", b"<textarea>", b"</TEXTAREA>", b"<table>", b"<tr>", b"</td>",
    b"</table>", b"<p>", b"</p>", b"<title\x0b>", b"</title>", b"<html>", b"</body>", b"<option>",
    b"<I>", b"</i>", b"<!-->", b"--!>", b"<!x ", b"<?", b"</ ", b">",
]  # fmt: skip
pages = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=80).map(b"".join),
    strategies.html.map(str.encode),
)


@given(pages, st.sampled_from([(2**6, 2), (2**8, 3), (2**10, 6), (2**13, 10)]))
def test_no_page_that_would_be_cut_is_spared(page: bytes, bounds: tuple[int, int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "_MOST_COPIED", bounds[0])
        patch.setattr(limits, "_DEEPEST", bounds[1])
        if limits._Scan().end(page) is not None:
            assert limits.may_hang(page)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<div>" * 251, True),
        (b"<div>" * 250, False),
        (b"<div><b></div>" * 9000, True),  # the quick test does not see that a <b> ends so
        (b"<div><b></b></div>" * 9000, False),
        (b'<div title="</div>">' * 251, True),
        (b"<div><script></div></script>" * 251, True),
        (b"<p>x" * 9000, False),
        (b"<!-- <script> -->" + b"<div>" * 251, True),
        (b"<!--><script></script>" + b"<div>" * 251, True),
        (b"<!--->" + b"<div>" * 251, True),
        (b"<!x <script>" + b"<div>" * 251, True),
        (b"<? <textarea>" + b"<div>" * 251, True),
        (b"</ <style>" + b"<div>" * 251, True),
        (b"<!-- " + b"<div>" * 251 + b" -->", False),
        (b"</b>x" * 30_000 + b"<p>" + b"x" * 2**20, True),
        (b"<table><tr>" + b"<td>x</td>" * 9 + b"</tr></table>", False),
    ],
)
def test_what_may_hang(page: bytes, expected: bool) -> None:
    assert limits.may_hang(page) is expected


def test_what_a_comment_holds_hides_nothing_behind_it() -> None:
    """A comment for Internet Explorer that opens a script made all that followed its text."""
    page = b"<!--[if lt IE 9]><script src=x.js><![endif]-->" + b"<div><h6><a href=/x>" * 30_000
    body, told = limits.within_limits(page + b"x" * 2**20)
    assert len(body) < 10_000
    assert told is not None
    assert "make no sense" in told


@given(
    st.lists(st.sampled_from([b"<", b">", b"a", b"<p>", b"<a x=", b"x" * 7, b"\n"])).map(b"".join)
)
def test_the_quick_test_spares_no_long_tag(page: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "_LONGEST_TAG", 8)
        if re.search(rb"<[a-zA-Z][^>]{8,}", page):
            assert limits.may_have_long_tag(page)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<p>" * 9000, False),
        (b"<p>" + b"<a " + b"x" * 2049 + b"><p>", True),
        (b"<p>" * 700 + b"<a " + b"x" * 2049, True),
        (b"<p>" + b"x" * 2000 + b"<p>", False),
        (b"<style>" + b"x" * 9000 + b"</style>", False),
        (b"<style>" + b"x" * 9000, False),
        (b"<style>x<y" + b"x" * 9000 + b"</style>", True),
        (b"", False),
    ],
)
def test_what_may_have_a_long_tag(page: bytes, expected: bool) -> None:
    assert limits.may_have_long_tag(page) is expected


def test_links_to_one_target_are_not_counted_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a page that is nothing but one link again and again is looked at as far as others.

    Each link is a label of a neighbour, so that it is asked of each whether it stands alone.
    """
    looked_at = 0
    href = links._href

    def counted(node: LexborNode) -> str:
        nonlocal looked_at
        looked_at += 1
        return href(node)

    monkeypatch.setattr(links, "_href", counted)
    story = "<p>Một đoạn văn bản dài hơn bốn mươi ký tự, để tính là văn xuôi.</p>" * 9
    again = '<a href="/tin/truoc.html">Bài trước</a>' * 900
    page = f"<html><body><h1>Tin</h1>{story}<div><div>{again}</div></div></body></html>"
    read_page(page.encode(), "https://huyen.example/tin/bai.html")
    assert 0 < looked_at < 300 * 900, "nine hundred for each of them, if all were"
