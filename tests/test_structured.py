"""What a page tells programs of its article, and never of another one."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.readers.page.document import Document
from crawler.readers.page.structured import parse_json

URL = "https://huyen.example/tin/trong-rung.html"
ARTICLE = {
    "@type": "NewsArticle",
    "headline": "Ra quân trồng rừng",
    "datePublished": "2023-02-05T08:00:00+07:00",
    "author": [{"@type": "Organization", "name": "Ban Biên tập"}, "Tổ Thông tin"],
    "keywords": ["trồng rừng", "đầu xuân"],
    "publisher": {"name": "Trang tin huyện"},
    "mainEntityOfPage": {"@id": URL},
}


def page(*things: Any, body: str = "<h1>Ra quân trồng rừng</h1>") -> Document:
    scripts = (
        f'<script type="application/ld+json">{t if isinstance(t, str) else json.dumps(t)}</script>'
        for t in things
    )
    return Document(f"<head>{''.join(scripts)}</head>{body}", URL)


def said(document: Document, what: Any) -> list[str]:
    return [one.value for one in document.structured.claims(what)]


@pytest.mark.parametrize(
    "written",
    [
        '{"a": [1, 2]}',
        '<!-- {"a": [1, 2]} -->',
        '//<![CDATA[\n{"a": [1, 2]}\n//]]>',
        '/* <![CDATA[ */ {"a": [1, 2]} /* ]]> */',
        '{"a": [1, 2,],}',
        '{"a": [1, 2]};',
        '{"a": [1, 2]}\n{"b": 3}',
        "{&quot;a&quot;: [1, 2]}",
    ],
)
def test_careless_json_is_read(written: str) -> None:
    assert parse_json(written) == {"a": [1, 2]}


def test_a_comma_in_a_string_stays() -> None:
    assert parse_json('{"a": "x,}\\",]",}') == {"a": 'x,}",]'}


def test_a_line_break_in_a_string_is_read() -> None:
    assert parse_json('{"a": "một\nhai\t"}') == {"a": "một\nhai\t"}


@pytest.mark.parametrize("written", ["", "{", "[" * 100_000, "{'a': 1}", '"\\' * 50_000])
def test_what_is_no_json_says_nothing(written: str) -> None:
    assert parse_json(written) is None


@given(st.text())
def test_any_text_is_no_trouble(text: str) -> None:
    parse_json(text)


@pytest.mark.parametrize(
    "things",
    [
        [ARTICLE],
        [[ARTICLE]],
        [{"@graph": [{"@type": "WebSite", "name": "Trang tin huyện"}, ARTICLE]}],
        [{"@type": "WebPage", "mainEntity": ARTICLE}],
        ["{", ARTICLE],
        [ARTICLE | {"@type": ["Thing", "https://schema.org/BlogPosting"]}],
    ],
)
def test_an_article_is_found_wherever_it_is_described(things: Iterable[Any]) -> None:
    document = page(*things)
    assert document.structured.is_article
    assert said(document, "title") == ["Ra quân trồng rừng"]
    assert said(document, "published") == ["2023-02-05T08:00:00+07:00"]
    assert said(document, "author") == ["Ban Biên tập", "Tổ Thông tin"]
    assert said(document, "keywords") == ["trồng rừng", "đầu xuân"]
    assert said(document, "publisher") == ["Trang tin huyện"]
    assert document.json_ld("datePublished") == "2023-02-05T08:00:00+07:00"


OTHER = {
    "@type": "NewsArticle",
    "headline": "Khai giảng năm học mới",
    "datePublished": "2020-09-05",
    "url": "/tin/khai-giang.html",
}


@pytest.mark.parametrize(
    "things",
    [
        [OTHER],
        [OTHER, OTHER | {"url": "/tin/lua-mua.html"}],
        [{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": ARTICLE}]}],
        [{"@type": "Blog", "blogPost": [ARTICLE]}],
    ],
)
def test_an_article_that_is_only_listed_says_nothing(things: Iterable[Any]) -> None:
    document = page(*things)
    assert not document.structured.is_article
    assert not said(document, "published")


def test_of_several_articles_the_page_s_own_is_taken() -> None:
    document = page(OTHER, ARTICLE, OTHER | {"url": "/tin/lua-mua.html"})
    assert said(document, "published") == ["2023-02-05T08:00:00+07:00"]


MICRODATA = """
<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Ra quân</h1>
<meta itemprop="datePublished" content="2023-02-05"><span itemprop="author" itemscope
itemtype="https://schema.org/Organization"><b itemprop="name">Ban Biên tập</b></span>
<div itemprop="comment" itemscope itemtype="https://schema.org/Comment">
<time itemprop="datePublished" datetime="2024-01-01"></time></div></div>
"""


def test_microdata_is_read_without_that_of_the_things_inside() -> None:
    document = page(body=MICRODATA)
    assert said(document, "title") == ["Ra quân"]
    assert said(document, "author") == ["Ban Biên tập"]
    assert said(document, "published") == ["2023-02-05"]
    assert document.structured.first("published") is not None


def test_a_thing_that_is_its_own_name_is_read_once() -> None:
    body = '<div itemscope itemtype="x/Article"><b itemscope itemprop="author name">Ban Biên tập'
    assert said(page(body=body), "author") == ["Ban Biên tập"]


def test_of_several_articles_in_microdata_the_one_with_the_title_is_taken() -> None:
    listed = (
        '<div itemscope itemtype="http://schema.org/Article"><h3 itemprop="headline">Khai giảng'
        '</h3><meta itemprop="datePublished" content="2020-09-05"></div>'
    )
    assert said(page(body=listed + MICRODATA + listed), "published") == ["2023-02-05"]
    assert not said(page(body=listed + listed), "published")


def test_meta_is_read_by_name_or_property_in_any_case() -> None:
    document = page(
        body='<meta property="OG:Title" content=" Ra quân "><meta name="Author" content="">'
        '<meta name="author" content="Ban Biên tập">'
    )
    assert said(document, "title") == ["Ra quân"]
    assert said(document, "author") == ["Ban Biên tập"]
    assert document.meta("og:title") == "Ra quân"


def test_what_a_saved_page_says_as_value_is_read_where_it_has_no_content() -> None:
    document = Document(
        '<meta property="og:title" value="Ra quân"><meta name="author" content="Tổ tin" value="x">',
        "https://huyen.example/",
    )
    assert document.meta("og:title") == "Ra quân"
    assert document.meta("author") == "Tổ tin"


def test_what_is_said_of_the_page_comes_last() -> None:
    thing = {"@type": "WebPage", "url": URL, "datePublished": "2019-01-01", "name": "Trang"}
    document = page(thing, ARTICLE)
    assert said(document, "published") == ["2023-02-05T08:00:00+07:00", "2019-01-01"]
    assert said(document, "title") == ["Ra quân trồng rừng"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('<a href="/tac-gia/to-tin/" rel="tag">Tổ tin</a>', "Tổ tin"),
        ("&lt;b&gt;Tổ tin&lt;/b&gt;", "Tổ tin"),
        ("Tổ tin < 3 người", "Tổ tin < 3 người"),
    ],
)
def test_markup_in_a_name_is_none_of_it(said: str, expected: str) -> None:
    told = json.dumps({"@type": "NewsArticle", "author": {"name": said}})
    page = f'<script type="application/ld+json">{told}</script>'
    named = Document(page, "https://huyen.example/tin/1").structured.first("author")
    assert named
    assert named.value == expected
