"""Elements are what BeautifulSoup makes of the same page, and are written as it writes them."""

import warnings
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning
from bs4.element import Comment, Tag
from hypothesis import assume, given
from selectolax.lexbor import LexborHTMLParser

from crawler.readers.body.elements import Element, grow, parse, source, words_of
from tests import strategies

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*/*.html"))


UNSEEN = [
    "script", "style", "template", "link", "meta", "form", "input", "button", "select",
    "textarea", "svg", "canvas", "nav",
]  # fmt: skip
LIBXML2_KNOWS_NOT = ["wbr", "embed", "image", "isindex", "pre", "dl"]
"""Elements that libxml2 takes for holders of what follows, or ends where HTML does not."""


def soup_of(html: str) -> BeautifulSoup:
    """Return the reference: the page's tree written, and read again by BeautifulSoup with lxml."""
    tree = LexborHTMLParser(html.removeprefix("\ufeff")).body
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup(f"<div>{tree.inner_html if tree else ''}</div>", "lxml")
    for tag in soup.find_all(UNSEEN):
        tag.extract()
    for comment in soup.find_all(string=lambda string: isinstance(string, Comment)):
        comment.extract()
    return soup


def inside(soup: BeautifulSoup) -> str:
    div = soup.find("div")
    return div.decode_contents() if isinstance(div, Tag) else ""


def written(element: Element) -> str:
    return "".join(map(source, element.contents))


@given(strategies.html)
def test_any_html_is_read_as_beautifulsoup_reads_it(html: str) -> None:
    root = parse(html)
    assume(not root.holds(LIBXML2_KNOWS_NOT))
    soup = soup_of(html)
    assert written(root) == inside(soup)
    assert "".join(root.texts()) == soup.get_text()
    assert [e.name for e in root.elements()] == [tag.name for tag in soup.find_all(True)][3:]


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_pages_are_read_as_beautifulsoup_reads_them(file: Path) -> None:
    html = file.read_text(encoding="utf-8", errors="replace")
    assert written(parse(html)) == inside(soup_of(html))


@pytest.mark.parametrize(
    "html",
    [
        "", " ", "\n", "chữ", "\ufeff<p>chữ", "https://chodon.gov.vn/", "<!---->", "<!-- \n -->",
        "<pre> \n </pre>", "<p> \n </p>", '<p class=" a  b " title="\'" id=\'"\'>',
        "<p title='\"&lt;'>&lt;b&gt; &amp;", "<a rel='x  y' href=a>", "<td headers='a  b'>",
        "<o:p>Word</o:p>", "<br></br>", "<p/>chữ", "<b><p>một</b>hai</p>",
        "<b>một<p>hai</p>ba</b>", "<h3>một<i>hai<p>ba</p>bốn</i>năm</h3>", "<h2><b><p>một",
        "<table><p>một<tr><td>hai", "</p>", "<![CDATA[x]]>", "&#0;&x;", "<p>một<script>x</script>",
    ],
)  # fmt: skip
def test_oddities_are_written_as_beautifulsoup_writes_them(html: str) -> None:
    assert written(parse(html)) == inside(soup_of(html))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        # What a second parser added to the text: the tags behind it, which it had been given.
        ("<plaintext>một</div>", "<plaintext>một&lt;/div&gt;</plaintext>"),
        ("<xmp><b>một</b></xmp>", "<xmp>&lt;b&gt;một&lt;/b&gt;</xmp>"),
        ("<pre>một<ul><li>hai</ul></pre>", "<pre>một<ul><li>hai</li></ul></pre>"),
        ("<p>một<wbr>hai</p>", "<p>một<wbr/>hai</p>"),
        ("<embed><img>", "<embed/><img/>"),
    ],
)
def test_what_only_the_second_of_two_parsers_misread(html: str, expected: str) -> None:
    assert written(parse(html)) == expected


def test_the_page_stays_as_it_is() -> None:
    tree = LexborHTMLParser("<div><b>một<p>hai<script>x()</script><!-- y --></div>")
    before = tree.html
    root = grow(Element(""), tree.css("div"))
    for element in list(root.elements()):
        element.remove()
    assert tree.html == before


def test_several_nodes_follow_each_other() -> None:
    tree = LexborHTMLParser("<p>một</p><p>hai</p><p>ba</p>")
    assert written(grow(Element(""), tree.css("p")[1:])) == "<p>hai</p><p>ba</p>"


def test_nesting_has_no_end() -> None:
    root = parse("<div>" * 9000 + "chữ")
    assert words_of(root) == "chữ"
    assert "chữ" in written(root)
    assert root.holds(["div"])
    assert not root.holds(["p"])


def test_an_element_can_be_taken_out() -> None:
    root = parse("<p>một<b>hai</b>một</p>")
    bold = next(e for e in root.elements() if e.name == "b")
    bold.remove()
    assert written(root) == "<p>mộtmột</p>"
    assert bold.parent is None


def test_readings_beside_ruby_characters_are_no_words() -> None:
    assert words_of(parse("<pre>漢<ruby>字<rt>tự</rt></ruby></pre>")) == "漢字"
