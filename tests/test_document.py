"""A document finds what its tree holds, though it looks only where something may be found."""

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.readers import CMS
from crawler.readers.layout import Layout
from crawler.readers.page.document import Document, _choices
from crawler.text.charset import decode

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*/*.html"))
URL = "https://huyen.example/tin-tuc/bai/"


def selectors_of(layout: Layout) -> list[str]:
    values = (getattr(layout, field.name) for field in dataclasses.fields(layout))
    found = [value if isinstance(value, tuple) else (value,) for value in values]
    return [selector for group in found for selector in group if isinstance(selector, str)]


LAYOUTS = [v for reader in CMS.values() for v in vars(reader).values() if isinstance(v, Layout)]
SELECTORS = list(dict.fromkeys(s for layout in LAYOUTS for s in selectors_of(layout)))


def test_there_are_families_to_test() -> None:
    assert len(LAYOUTS) >= 7
    assert all(", ".join(choice for choice, _ in _choices(s)) == s for s in SELECTORS)


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_selector_finds_what_the_tree_holds(file: Path) -> None:
    document = Document(decode(file.read_bytes())[0], URL)
    for selector in SELECTORS:
        found, held = document.css(selector), document.tree.css(selector)
        assert [node.mem_id for node in found] == [node.mem_id for node in held], selector
        assert document.has(selector) == bool(held)


@pytest.mark.parametrize(
    ("selector", "classes"),
    [
        ("h1", [set()]),
        (".a .b > .c.d", [{"a", "b", "c", "d"}]),
        ("h1.a, .b", [{"a"}, {"b"}]),
        (":is(.a, .b) .c", [{"c"}]),
        (".a:not(.b, .c:has(.d)) i, e", [{"a"}, set()]),
        ('[class*="a.b"] .c, [href$=".aspx"]', [{"c"}, set()]),
        ('p:has(> b:lexbor-contains("tin. cũ")) + .a', [{"a"}]),
        (".EDN_article", [{"edn_article"}]),
    ],
)
def test_the_classes_that_a_selector_asks_for(selector: str, classes: list[set[str]]) -> None:
    assert [set(needed) for _, needed in _choices(selector)] == classes


def test_a_page_without_a_doctype_may_write_classes_as_it_likes() -> None:
    document = Document("<div CLASS='Tin-Tuc\tx'>một</div>", URL)
    assert document.has(".tin-tuc")
    assert not Document("<!doctype html><div class='Tin-Tuc'>một", URL).has(".tin-tuc")


NESTED = [
    ".a .b a",
    ".a > .b",
    ".a.b i",
    "div.a a",
    ".a .a",
    ".b a, .a i",
    ".a a:not(.b)",
    ".a + .b",
    ":is(.a, .c, #e) a",
    ":is(.b, .c) > a",
]


@given(
    st.lists(
        st.sampled_from(
            ["<div class=a>", '<p class="A b">', '<div class="b c">', "<a>", "<i>x</i>", "</div>"]
        ),
        max_size=40,
    ).map("".join),
    st.booleans(),
)
def test_elements_that_lie_in_each_other_are_found_once_and_in_order(page: str, old: bool) -> None:
    document = Document(("" if old else "<!doctype html>") + page, URL)
    for selector in NESTED:
        held = [node.mem_id for node in document.tree.css(selector)]
        assert [node.mem_id for node in document.css(selector)] == held
        first = document.css_first(selector)
        assert (first.mem_id if first else None) == (held[0] if held else None)


def test_a_selector_follows_no_link_of_a_page_without_what_it_lies_in() -> None:
    """Of ":is(.a, #b) .c a" lexbor goes from every link up to the root, however deep it lies."""
    page = Document("<div class=c>" * 50 + "<a>1</a>" * 50, URL)
    for selector in (".a .c a", ":is(.a, #b) .c a"):
        assert list(page._places(selector)) == []
        assert page.css(selector) == []
    (place,) = Document("<div id=b><p class=c><a>1</a></div><a>", URL)._places(":is(.a, #b) .c a")
    assert place.attributes["id"] == "b"


def test_what_was_dropped_is_found_no_more() -> None:
    document = Document("<div class=a><a>1</a></div><div class=a><a>2</a></div>", URL)
    assert [node.text() for node in document.css(".a a")] == ["1", "2"]
    document.drop(document.css(".a")[:1])
    assert [node.text() for node in document.css(".a a")] == ["2"]


ATTRIBUTES = [
    'class="', "class='", "CLASS =\n", "class", "=", '"', "'", ">", "<p ", "<b/", " a", " B-c",
    "_d", "&#97;", "&amp;", "\x00", "\xa0", "<!--", "-->", "<script>", "</script>", "<svg ",
    "x" * 99, "\f", 'class=a">', "<title>",
]  # fmt: skip


@given(st.lists(st.sampled_from(ATTRIBUTES), max_size=30).map("".join))
def test_no_class_of_a_page_is_passed_over(page: str) -> None:
    document = Document(page, URL)
    held = [node.attributes["class"] or "" for node in document.tree.css("[class]")]
    names = {name.lower() for value in held for name in re.split("[ \t\n\r\f]+", value)}
    assert {name for name in names if re.fullmatch(r"[\w-]+", name)} <= document._classes


def test_what_lies_in_an_element_is_found_with_it() -> None:
    document = Document("<p class=a>1</p><div class=b><p class=a>2</p></div>", URL)
    (box,) = document.css(".b")
    assert [node.text() for node in document.css_in(box, ".a, .b, .c")] == ["2", "2"]
    assert document.css_in(box, ".c, .d") == []
