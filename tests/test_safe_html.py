"""What is stored of an article's HTML is harmless, whatever a page holds, however it is parsed."""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, Tag
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.readers import read_page
from pipelines.tidy import tidy
from tests import strategies

URL = "https://huyen.example/tin/khanh-thanh-cau-12.html"
PROSE = "<p>Sáng 14/6, xã khánh thành cây cầu bê tông dài 32 mét qua suối, thay cầu tre đã cũ. " * 4
_PLAIN = (
    "b blockquote br caption code del em figcaption figure h2 h3 h4 h5 h6 i ins li p pre s strong"
    " sub sup table tbody tfoot thead tr u ul"
)
ALLOWED: dict[str, set[str]] = {name: set() for name in _PLAIN.split()} | {
    "a": {"href", "rel"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
"""Elements, and their attributes, that may be stored."""
ANYWHERE = {"lang", "title"}
"""What the sanitiser leaves to any element: words, which do nothing."""

_HOSTILE = [
    "<script>x()</script>", "<ScRiPt src=//x.example>", "</script>", "<svg onload=x()>", "</svg>",
    "<svg><script>x()</script></svg>", "<svg><style><img src=x onerror=x()></style>", "<math>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=x()">',
    '<img src="javascript:x()">', "<img src=x onerror=x()>", '<img src="x`onerror=x()">',
    '<a href="javascript:x()">', '<a href="JaVa&#10;script:x()">', '<a href=" data:text/html,x">',
    '<a href="vbscript:x">', '<a href="//x.example" onclick=x() style="position:fixed">', "</a>",
    "<iframe srcdoc='<script>x()</script>'>", "<iframe src=javascript:x()>", "</iframe>",
    "<object data=javascript:x()>", "<embed src=javascript:x()>", "<base href=//x.example>",
    "<meta http-equiv=refresh content='0;url=//x.example'>", "<form action=//x.example><input>",
    "<noscript><p title='</noscript><img src=x onerror=x()>'>", "</noscript>", "<template>",
    "</template>", "<xmp><script>x()</script></xmp>", "<plaintext>", "<textarea></textarea>",
    "<title></title><script>x()</script>", "<style>@import '//x.example'</style>", "<style><!--",
    "--><script>x()</script>", "<!--><script>x()</script>-->", "<![CDATA[<script>x()</script>]]>",
    "<table><td><script>x()</script>", "<table><a href=javascript:x()>", "<select><script>x()",
    "<p title='\"><script>x()</script>'>", "<p/onclick=x()>", "<b a<script>", '<td onclick=x()">',
    "&lt;script&gt;x()&lt;/script&gt;", "&amp;lt;script&amp;gt;", "<pre><script>x()</script>\n",
    "<figure><figcaption><script>x()</script></figcaption><img src=/a.jpg alt='\"><script>'>",
    "<video><source src=javascript:x()>", "<frameset onload=x()>", "<body onload=x()>", "\0", "<",
]  # fmt: skip
hostile = st.lists(
    st.one_of(st.sampled_from(_HOSTILE), strategies.words, strategies.html),
    max_size=12,
).map("".join)  # fmt: skip


def as_lexbor_reads(html: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    body = LexborHTMLParser(html).body
    for node in body.css("*") if body is not None else ():
        if node.tag != "body":
            yield node.tag or "", node.attributes


def as_html_parser_reads(html: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    soup = BeautifulSoup(html, "html.parser", multi_valued_attributes=None)
    assert not soup.find_all(string=lambda string: isinstance(string, Comment))
    for tag in soup.find_all(True):
        if isinstance(tag, Tag):
            yield tag.name, {name: str(value) for name, value in tag.attrs.items()}


def require_harmless(html: str) -> None:
    for reads in (as_lexbor_reads, as_html_parser_reads):
        for name, attributes in reads(html):
            assert name in ALLOWED, (reads, html)
            assert set(attributes) <= ALLOWED[name] | ANYWHERE, (reads, html)
            for address in (attributes.get("href"), attributes.get("src")):
                assert address is None or re.match(r"(?:https?://|mailto:)", address), html
            if name == "a":
                assert attributes.get("rel") == "nofollow noopener", html


@given(hostile, st.sampled_from(["td-post-content", "entry-content", "text"]))
def test_whatever_a_page_holds_only_harmless_html_is_stored(html: str, name: str) -> None:
    page = (
        '<title>Khánh thành cầu</title><body class="single"><h1 class="entry-title">Khánh thành cầu'
        f'</h1><div>Ngày đăng: 14/06/2021</div><div class="{name}">{PROSE}{html}{PROSE}</div>'
    )
    article = tidy(read_page(page.encode(errors="replace"), URL))[0].article
    assert article is not None
    for block in article.blocks:
        require_harmless(block.html)


@given(hostile)
def test_a_paragraph_cut_short_is_harmless(html: str) -> None:
    long = "Nhân dân trong xã đóng góp hơn 400 ngày công; công trình hoàn thành sau năm tháng. " * 3
    page = (
        f'<title>Khánh thành cầu</title><body class="single"><h1 class="entry-title">Khánh '
        f'thành cầu</h1><div class="entry-content">{PROSE}<p>{long}</p>'
        f"<p>{long}Rồi <b>x</b>{html}</p></div>"
    )
    article = tidy(read_page(page.encode(errors="replace"), URL, cms="wordpress"))[0].article
    for block in article.blocks if article else ():
        require_harmless(block.html)
