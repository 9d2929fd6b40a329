"""Elements are what BeautifulSoup makes of the same HTML, and are written as it writes them."""

import warnings
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning
from bs4.element import Comment, NavigableString
from hypothesis import given

from crawler.readers.body.elements import Element, parse, source, words_of
from tests import strategies

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*/*.html"))


UNSHOWN = ["script", "style", "meta"]
"""What readers drop, and BeautifulSoup writes by other rules."""


def soup_of(html: str) -> BeautifulSoup:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup(html, "lxml")
    for tag in soup.find_all(UNSHOWN):
        tag.extract()
    return soup


def root_of(html: str) -> Element:
    root = parse(html)
    for element in list(root.elements()):
        if element.name in UNSHOWN:
            element.remove()
    return root


def written(element: Element) -> str:
    return "".join(map(source, element.contents))


def texts_of(soup: BeautifulSoup) -> list[str]:
    strings = [s for s in soup.descendants if isinstance(s, NavigableString)]
    return [str(s) for s in strings if type(s) is not Comment and "DOCTYPE" not in repr(type(s))]


@given(strategies.html)
def test_any_html_is_read_as_beautifulsoup_reads_it(html: str) -> None:
    soup, root = soup_of(html), root_of(html)
    assert written(root) == str(soup)
    assert list(root.texts()) == texts_of(soup)
    assert [e.name for e in root.elements()] == [tag.name for tag in soup.find_all(True)]


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_pages_are_read_as_beautifulsoup_reads_them(file: Path) -> None:
    html = file.read_text(encoding="utf-8", errors="replace")
    body = next(e for e in root_of(html).elements() if e.name == "body")
    assert source(body) == str(soup_of(html).body)


@pytest.mark.parametrize(
    "html",
    [
        "", " ", "\n", "chữ", "\ufeff<p>chữ", "https://chodon.gov.vn/", "<!---->", "<!-- \n -->",
        "<pre> \n </pre>", "<p> \n </p>", '<p class=" a  b " title="\'" id=\'"\'>',
        "<p title='\"&lt;'>&lt;b&gt; &amp;", "<a rel='x  y' href=a>", "<td headers='a  b'>",
        "<o:p>Word</o:p>", "<br></br>", "<p/>chữ", "<embed><img><wbr>", "<b><p>một</b>hai</p>",
        "<table><p>một<tr><td>hai", "</p>", "<textarea> </textarea>", "<![CDATA[x]]>", "&#0;&x;",
    ],
)  # fmt: skip
def test_oddities_are_written_as_beautifulsoup_writes_them(html: str) -> None:
    assert written(root_of(html)) == str(soup_of(html))


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
    assert written(root) == "<html><body><p>mộtmột</p></body></html>"
    assert bold.parent is None


def test_readings_beside_ruby_characters_are_no_words() -> None:
    assert words_of(parse("<pre>漢<ruby>字<rt>tự</rt></ruby></pre>")) == "漢字"
