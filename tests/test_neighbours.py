"""Neighbours: what leads to the older and the newer article, and what only looks like it.

Each case is a fragment as portals write it. ``OLD`` and ``NEW`` stand for the two neighbours.
"""

import unicodedata
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborNode

from crawler.readers.finding.links import holding_more
from crawler.readers.finding.neighbours import RULES, neighbours
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read, evidence, value_of
from crawler.text.classnames import place
from crawler.text.labels import arrow, heading, label, names_other_things
from crawler.text.paging import is_same_article, leads_elsewhere, may_be_its_page
from tests.strategies import html as any_html

URL = "https://huyen.example/tin-tuc/khanh-thanh-cau-treo.html"
OLD = "https://huyen.example/tin-tuc/ra-quan-trong-rung.html"
NEW = "https://huyen.example/tin-tuc/hop-dan-thon-na-leng.html"
BOTH, ONLY_OLD, ONLY_NEW, NONE = (OLD, NEW), (OLD, None), (None, NEW), (None, None)
Pair = tuple[str | None, str | None]


def read(fragment: str, url: str = URL, head: str = "") -> Pair:
    """Return the neighbours of a page with a fragment in it, OLD and NEW put in."""
    page = f"<html><head>{head}</head><body>{fragment}</body></html>"
    return addresses(neighbours(Document(page.replace("OLD", OLD).replace("NEW", NEW), url)))


def addresses(found: tuple[Read[str] | None, Read[str] | None]) -> Pair:
    older, newer = found
    return value_of(older), value_of(newer)


TITLES = ("Ra quân trồng rừng đầu xuân", "Họp dân thôn Nà Lẹng")
A, B = (f'<a href="{side}">{title}</a>' for side, title in zip(("OLD", "NEW"), TITLES, strict=True))


FOUND: dict[str, tuple[str, Pair]] = {
    # by rel
    "rel in the body": (
        '<a rel="prev" href="OLD">Ra quân</a><a rel="next" href="NEW">Họp</a>',
        BOTH,
    ),
    "rel=previous": ('<a rel="previous" href="OLD">Ra quân trồng rừng</a>', ONLY_OLD),
    "rel among other words": ('<a rel="nofollow NEXT" href="NEW">Họp dân</a>', ONLY_NEW),
    "rel on an empty link around a picture": (
        '<a rel="prev" href="OLD"><img src="a.jpg" alt=""></a>',
        ONLY_OLD,
    ),
    "rel of an article on another host": (
        '<a rel="prev" href="https://xa.example/bai">Bài</a>',
        ("https://xa.example/bai", None),
    ),
    # by label
    "Bài trước, Bài tiếp theo, in the links": (
        '<a href="OLD">Bài trước</a> <a href="NEW">Bài tiếp theo</a>',
        BOTH,
    ),
    "labels with arrows of text": (
        '<a href="OLD">&laquo; Bài cũ hơn</a> | <a href="NEW">Bài mới hơn &raquo;</a>',
        BOTH,
    ),
    "labels before the links": (f"<p>Bài trước: {A}</p><p>Bài sau: {B}</p>", BOTH),
    "labels in cells of their own": (
        f"<div><span>Bài viết trước</span></div><div>{A}</div>"
        f"<div><span>Bài viết sau</span></div><div>{B}</div>",
        BOTH,
    ),
    "both labels in one line": (f"<div>Tin trước: {A} | Tin tiếp theo: {B}</div>", BOTH),
    "a label glued to the title": (
        '<a href="OLD"><span>Bài trước</span>Chợ phiên vùng cao</a>',
        ONLY_OLD,
    ),
    "a label in capitals glued to a title": (
        '<a href="NEW"><b>BÀI TIẾP THEO</b>THÔNG BÁO</a>',
        ONLY_NEW,
    ),
    "a label glued to a quoted title": ('<a href="NEW">Bài kế tiếp“Chuyện làng”</a>', ONLY_NEW),
    "a label before a title in one link": ('<a href="OLD">Tin cũ hơn: Gieo mạ</a>', ONLY_OLD),
    "a label that follows the verb": ('<a href="NEW">Xem bài tiếp theo</a>', ONLY_NEW),
    "a label in the tooltip": ('<a href="OLD" title="Bài trước: Gieo mạ">Gieo mạ</a>', ONLY_OLD),
    "a label for the blind": ('<a href="NEW" aria-label="Next article"><svg></svg></a>', ONLY_NEW),
    "a label that describes a picture": (
        '<a href="OLD"><img src="l.png" alt="Bài trước"></a>',
        ONLY_OLD,
    ),
    "Previous post, Next post": (
        '<a href="OLD">Previous Post</a><a href="NEW">Next Post</a>',
        BOTH,
    ),
    "Older Post, Newer Post": ('<a href="NEW">Newer Post</a><a href="OLD">Older Post</a>', BOTH),
    "Previous article with a title": (
        f"<h4>Previous article</h4>{A}<h4>Next article</h4>{B}",
        BOTH,
    ),
    "a label in decomposed letters": (
        f"<p>{unicodedata.normalize('NFD', 'Bài trước')}: {A}</p>",
        ONLY_OLD,
    ),
    "labels in German": (
        '<a href="OLD">Vorheriger Beitrag: Alt</a><a href="NEW">Nächster Beitrag: Neu</a>',
        BOTH,
    ),
    "labels in French": (
        '<a href="OLD">Article précédent</a><a href="NEW">Article suivant</a>',
        BOTH,
    ),
    "labels in Spanish": (f"<p>Artículo anterior</p>{A}<p>Artículo siguiente</p>{B}", BOTH),
    "labels in Japanese": ('<a href="OLD">前の記事：春</a><a href="NEW">次の記事：夏</a>', BOTH),
    "the same neighbour twice": (f"<p>Bài trước</p>{A}{A}", ONLY_OLD),
    "a picture before the title": (
        '<h4>Bài trước</h4><div><a href="OLD"><img src="1.jpg"></a><a href="OLD">Ra quân</a></div>',
        ONLY_OLD,
    ),
    "a category before the title": (
        f'<div class="prev-post"><a href="/chuyen-muc/xa-hoi/">Xã hội</a>{A}</div>',
        ONLY_OLD,
    ),
    # by class
    "classes of the links": (
        '<a class="nav-previous" href="OLD">Ra quân</a><a class="nav-next" href="NEW">Họp</a>',
        BOTH,
    ),
    "classes of cells": (f'<div class="post-prev">{A}</div><div class="post-next">{B}</div>', BOTH),
    "plain classes in a block of posts": (
        f'<div class="post-navigation"><p class="prev">{A}</p><p class="next">{B}</p></div>',
        BOTH,
    ),
    "an id": (f'<div id="prev-article">{A}</div>', ONLY_OLD),
    "words glued in a class": (
        f'<div class="prevpost">{A}</div><div class="nextpost">{B}</div>',
        BOTH,
    ),
    "words in a camel's humps": (
        f'<div class="articleNav"><i class="itemPrev">{A}</i></div>',
        ONLY_OLD,
    ),
    "Vietnamese classes": (f'<div class="bai-truoc">{A}</div><div class="bai-sau">{B}</div>', BOTH),
    "older and newer in classes": (
        '<a class="blog-older-link" href="OLD">x</a><a class="blog-newer-link" href="NEW">y</a>',
        BOTH,
    ),
    "one link of the two": (f'<nav class="post-nav"><span class="next">{B}</span></nav>', ONLY_NEW),
    # by less, in a pair or with two signs
    "bare labels in a pair": ('<p><a href="OLD">Trước</a> <a href="NEW">Sau</a></p>', BOTH),
    "bare arrows in a pair": ('<div><a href="OLD">«</a> <a href="NEW">»</a></div>', BOTH),
    "titles with arrows in a pair": (
        '<div><a href="OLD">← Ra quân</a> <a href="NEW">Họp →</a></div>',
        BOTH,
    ),
    "icons in a pair": (
        '<div><a href="OLD"><i class="fa fa-angle-left"></i></a>'
        '<a href="NEW"><i class="fa fa-angle-right"></i></a></div>',
        BOTH,
    ),
    "a plain class and a bare label": (
        '<li class="previous"><a href="OLD">Trước</a></li>',
        ONLY_OLD,
    ),
    "a pair with the section between": (
        '<p><a href="OLD">&lt; Prev</a> <a href="/tin-tuc/">Mục lục</a> '
        '<a href="NEW">Next &gt;</a></p>',
        BOTH,
    ),
    # lists
    "the first of a list of older articles": (
        f'<p>Những tin cũ hơn</p><ul><li>{A}</li><li><a href="/tin-tuc/c.html">C</a></li></ul>',
        ONLY_OLD,
    ),
    "both lists": (
        f'<h3>Những tin mới hơn</h3><ul><li>{B}</li><li><a href="/tin-tuc/c.html">C</a></li></ul>'
        f'<h3>Những tin cũ hơn</h3><ul><li>{A}</li><li><a href="/tin-tuc/d.html">D</a></li></ul>',
        BOTH,
    ),
    "newer articles, the newest first": (
        '<h3>Các tin mới hơn</h3><ul><li><a href="/tin-tuc/c.html">C</a> (20/06/2021)</li>'
        f"<li>{B} (15/06/2021)</li></ul>",
        ONLY_NEW,
    ),
    "newer articles, the newest last": (
        f"<h3>Các tin mới hơn</h3><ul><li>{B} (15/06/2021)</li>"
        '<li><a href="/tin-tuc/c.html">C</a> (20/06/2021)</li></ul>',
        ONLY_NEW,
    ),
    "a list of one": (f"<h3>Các tin đã đưa</h3><ul><li>{A}</li></ul>", ONLY_OLD),
    "a list without an element of its own": (
        f'<p><b>Các bài đã đăng:</b></p><p>{A}</p><p><a href="/tin-tuc/c.html">C</a></p>',
        ONLY_OLD,
    ),
    # contradictions
    "class and rel against the label": (
        '<a rel="prev" class="nav-previous" href="NEW">Bài tiếp theo</a>'
        '<a rel="next" class="nav-next" href="OLD">Bài trước</a>',
        BOTH,
    ),
    "rel against a bare label": (
        '<a rel="prev" href="NEW">Next</a><a rel="next" href="OLD">Previous</a>',
        BOTH,
    ),
    "class against the label": (
        f'<div class="next-post">Bài trước: {A}</div><div class="prev-post">Bài sau: {B}</div>',
        BOTH,
    ),
    "class against rel, without a label": (
        '<a rel="prev" class="post-next-link" href="OLD">Ra quân</a>',
        ONLY_OLD,
    ),
    "a fixed bar labels one link wrongly, the block does not": (
        '<div><b>Next</b><a rel="prev" href="OLD">Ra quân</a></div>'
        '<nav><a rel="prev" href="OLD">Ra quân</a><a rel="next" href="NEW">Họp</a></nav>',
        BOTH,
    ),
    "an arrow says less than rel": ('<a rel="prev" href="OLD">Ra quân →</a>', ONLY_OLD),
}


@pytest.mark.parametrize(("fragment", "expected"), FOUND.values(), ids=FOUND)
def test_neighbours_are_found(fragment: str, expected: Pair) -> None:
    assert read(fragment) == expected


REFUSED: dict[str, str] = {
    "nothing": "<p>Bài</p>",
    "the page itself": f'<a rel="prev" href="{URL}">Bài trước</a>',
    "the page itself by http and www": '<a rel="next" href="http://www.huyen.example/tin-tuc/khanh-thanh-cau-treo.html#top">x</a>',
    "page 2 in the query": f'<a rel="next" href="{URL}?page=2">Bài tiếp theo</a>',
    "page 2 by a relative query": '<a rel="next" href="?trang=2">Tiếp theo</a>',
    "page 2 below": f'<a rel="next" href="{URL}/2/">Next</a>',
    "page 2 in the name": '<a rel="next" href="/tin-tuc/khanh-thanh-cau-treo-2.html">Tiếp</a>',
    "page 2 by its label": '<a rel="next" href="/x">Trang sau</a>',
    "page 2 by its English label": '<a class="next-post" href="/x">Next page</a>',
    "the pager of comments": '<p class="comment-navigation"><a rel="prev" href="/x">x</a></p>',
    "a page of comments": f'<a rel="prev" href="{URL}/comment-page-1/#comments">Older Comments</a>',
    "the pager of a listing": '<p class="nav-previous"><a href="/xa/page/2/">Bài cũ hơn</a></p>',
    "the pager of a listing by its label": '<a rel="prev" href="/x">Older posts</a>',
    "the pager of another listing": '<a rel="next" href="/?page=1&list">Bài tiếp theo</a>',
    "a bare Kế tiếp": '<p><a href="/x">Kế tiếp</a></p>',
    "a calendar's month": '<table id="wp-calendar"><tr><td><a rel="prev" href="/x">« Th5</a>',
    "a month by its address": '<a rel="prev" href="/2021/05/">Bài trước</a>',
    "a month in the query": '<a rel="prev" href="/?m=202105">Bài trước</a>',
    "the next picture": '<a class="next-post" href="/x">Ảnh tiếp theo</a>',
    "a gallery around": '<div class="gallery-nav"><a rel="next" href="/x">Next</a></div>',
    "a gallery by its address": '<a rel="next" href="/photo-gallery/cau-treo/1">Next</a>',
    "a slider": '<p class="slider"><a class="prev" href="/x">‹</a><a class="next" href="/y">›</a>',
    "a picture's file": '<a rel="next" href="/anh/cau.jpg">Bài tiếp theo</a>',
    "an attachment's page": f'<a rel="prev" href="{URL}/cau-treo-anh/">Bài trước</a>',
    "the start page": '<a rel="prev" href="/">Bài trước</a>',
    "a category by its number": '<a rel="prev" href="https://huyen.example/?cat=3">Bài trước</a>',
    "the section above": '<a rel="prev" href="/tin-tuc/">Bài trước</a>',
    "a tag": '<a rel="next" href="/tag/nong-thon-moi/">Bài tiếp theo</a>',
    "a category": '<a class="next-post" href="/chuyen-muc/kinh-te/">Kinh tế</a>',
    "a share link": '<a rel="next" href="https://share.example/?u=https%3A%2F%2Fx">Next</a>',
    "a fragment": '<a rel="next" href="#next">Bài tiếp theo</a>',
    "a script": '<a rel="next" href="javascript:next()">Bài tiếp theo</a>',
    "another scheme": '<a rel="next" href="mailto:?body=x">Bài tiếp theo</a>',
    "no address": '<a rel="next">Bài tiếp theo</a><a rel="prev" href="">Bài trước</a>',
    "a block inside a comment": '<!-- <a rel="prev" href="/x">Bài trước</a> -->',
    "words of a text": '<p>Như đã đưa trong <a href="/x">bài trước</a>, cầu đã xong.',
    "English words of a text": '<p>See my <a href="/x">previous post</a> for more.',
    "a title that begins like a label": '<a href="/x">Next generation của nông dân</a>',
    "a title that begins like a Vietnamese label": '<a href="/x">Sau bão, dân dựng lại nhà</a>',
    "read more": '<a href="/x">Xem tiếp »</a><a href="/y">Read more →</a>',
    "a recommended article": '<p class="read-next"><b>Read next</b><a href="/x">Cầu</a></p>',
    "one bare arrow": '<p><a href="/x">»</a></p>',
    "one bare label": '<p><a href="/x">Next</a></p>',
    "other articles": '<h3>Các tin khác</h3><ul><li><a href="/x">X</a><li><a href="/y">Y</a></ul>',
    "the latest ones": '<h3>Tin mới nhất</h3><ul><li><a href="/x">X</a><li><a href="/y">Y</a></ul>',
    "an empty label before a list": "<span>Bài trước</span><ul>"
    + "".join(f'<li><a href="/{n}">{n}</a></li>' for n in "abcdefg")
    + "</ul>",
    "a class around a whole list": '<div class="next-posts">'
    + "".join(f'<a href="/{n}">{n}</a>' for n in "abcdefg")
    + "</div>",
    "a widget's ajax pager": '<a class="td-ajax-prev-page" href="/x">x</a>',
    "classes that say what there is": '<p class="has-next-post no-prev"><a href="/x">X</a></p>',
    "quotation marks like arrows": '<p><a href="/x">«Làng»</a><a href="/y">«Quê»</a></p>',
    "crumbs": '<div class="breadcrumb"><a class="prev" href="/x">« Trang chủ</a></div>',
}


@pytest.mark.parametrize("fragment", REFUSED.values(), ids=REFUSED)
def test_what_is_no_neighbour_is_refused(fragment: str) -> None:
    assert read(fragment) == NONE


REFUSED_IN_HEAD: dict[str, str] = {
    "page 2 in the query": '<link rel="next" href="?page=2">',
    "page 2 below": f'<link rel="next" href="{URL}/seite-2">',
    "page 2 in the name": '<link rel="next" href="/tin-tuc/khanh-thanh-cau-treo-2.html">',
    "a listing": '<link rel="next" href="/page/2/">',
    "the start page": '<link rel="prev" href="/">',
    "a gallery": '<link rel="next" href="/photo-gallery/1/embed/2/cau">',
    "a style sheet": '<link rel="stylesheet" href="/next.css">',
    "what is fetched before": '<link rel="prefetch" href="/tin-tuc/b.html">',
}


@pytest.mark.parametrize("head", REFUSED_IN_HEAD.values(), ids=REFUSED_IN_HEAD)
def test_a_link_of_the_head_may_be_something_else(head: str) -> None:
    assert read("", head=head) == NONE


def test_links_of_the_head_alone_are_enough() -> None:
    head = '<link rel="prev" title="Ra quân" href="OLD"><link rel="next" href="NEW">'
    assert read("<p>Bài</p>", head=head) == BOTH


def test_the_head_adds_what_the_body_does_not_say() -> None:
    head = '<link rel="prev" href="/tin-tuc/x.html"><link rel="next" href="NEW">'
    assert read('<a href="OLD">Bài trước</a>', head=head) == BOTH


def test_what_the_head_says_of_one_link_does_not_make_it_both() -> None:
    assert read('<a href="OLD">Bài trước</a>', head='<link rel="next" href="OLD">') == ONLY_OLD


def test_where_a_chain_is_known_lists_do_not_prolong_it() -> None:
    block = f'<div class="post-nav"><p class="prev">{A}</p></div>'
    more = f'<h3>Các tin mới hơn</h3><ul><li>{B}</li><li><a href="/c">C</a></li></ul>'
    assert read(block + more) == ONLY_OLD


def test_numbers_in_addresses_order_a_list_without_dates() -> None:
    older = [f"https://huyen.example/vi/news/xa-hoi/bai-{number}.html" for number in (4, 41, 9)]
    items = "".join(f'<li><a href="{url}">Bài</a></li>' for url in older)
    own = "https://huyen.example/vi/news/xa-hoi/bai-57.html"
    assert read(f"<p>Những tin cũ hơn</p><ul>{items}</ul>", own) == (older[1], None)


def test_numbered_articles_of_one_title_are_neighbours_if_the_page_says_articles() -> None:
    url = "https://huyen.example/ban-tin-thon-ban-so-12/"
    older = "https://huyen.example/ban-tin-thon-ban-so-11/"
    assert read(f'<a rel="prev" href="{older}">‹</a>', url) == NONE
    assert read(f'<a rel="prev" href="{older}">Bản tin trước</a>', url) == (older, None)
    assert read(f'<p class="post-prev"><a href="{older}">‹</a></p>', url) == (older, None)


def test_addresses_by_number_are_articles_not_pages() -> None:
    fragment = '<a rel="prev" href="/?p=118">Gieo mạ</a>'
    assert read(fragment, "https://huyen.example/?p=121") == ("https://huyen.example/?p=118", None)


def test_words_that_the_page_s_own_address_has_prove_nothing() -> None:
    fragment = '<a rel="prev" href="/chuyen-muc/xa-hoi/gieo-ma.html">Bài trước</a>'
    own = "https://huyen.example/chuyen-muc/kinh-te/cau-treo.html"
    assert read(fragment, own)[0] == "https://huyen.example/chuyen-muc/xa-hoi/gieo-ma.html"


def test_further_pages_of_the_article_are_no_neighbours() -> None:
    document = Document('<a rel="next" href="/x/hai">Bài tiếp theo</a>', URL)
    assert neighbours(document, parts=["https://huyen.example/x/hai"]) == NONE


def test_pages_of_the_canonical_address_are_its_pages() -> None:
    head = '<link rel="canonical" href="/bai/cau-treo/">'
    assert read('<a rel="next" href="/bai/cau-treo/2/">Bài tiếp theo</a>', head=head) == NONE


# A family's selectors.


def by_selectors(fragment: str) -> tuple[Pair, dict[str, str]]:
    page = fragment.replace("OLD", OLD).replace("NEW", NEW)
    document = Document(page, URL)
    older, newer = neighbours(document, (".x-before a[href]",), (".x-after a[href]",))
    return addresses((older, newer)), dict(evidence(prev_url=older, next_url=newer))


def test_a_family_s_selectors_come_first() -> None:
    found, evidence = by_selectors(
        '<a rel="prev" href="/other">Bài trước</a>'
        f'<p class="x-before">{A}</p><p class="x-after">{B}</p>'
    )
    assert found == BOTH
    assert evidence == {"prev_url": ".x-before a[href]", "next_url": ".x-after a[href]"}


def test_at_the_end_of_a_family_s_chain_only_rel_is_asked() -> None:
    cell = f'<p class="x-before">{A}</p>'
    assert by_selectors(f'{cell}<div>Bài tiếp theo: <a href="/other">Bài</a></div>')[0] == ONLY_OLD
    assert by_selectors(f'{cell}<a rel="next" href="NEW">Họp</a>')[0] == BOTH


def test_labels_overrule_a_family_s_selectors() -> None:
    found, evidence = by_selectors(
        f'<p class="x-before">Bài sau: {B}</p><p class="x-after">Bài trước: {A}</p>'
    )
    assert found == BOTH
    assert evidence["prev_url"] == ".x-after a[href], against its label"


def test_two_equal_labels_overrule_nothing() -> None:
    assert by_selectors(
        f'<p class="x-before">Bài sau: {A}</p><p class="x-after">Bài sau: {B}</p>'
    )[0] == BOTH  # fmt: skip


def test_one_page_is_not_both_neighbours() -> None:
    assert by_selectors(f'<p class="x-before">{A}</p><p class="x-after">{A}</p>')[0] == ONLY_OLD


def test_a_list_may_name_the_page_itself() -> None:
    own = f'<li><a href="{URL}">Khánh thành cầu treo</a></li>'
    assert read(f"<p>Các tin đã đưa</p><ul>{own}<li>{A}</li></ul>") == ONLY_OLD


def test_a_family_s_selectors_take_no_pages_of_comments() -> None:
    fragment = f'<p class="x-before"><a href="{URL}/comment-page-1/">Bài trước</a></p>'
    assert by_selectors(fragment)[0] == NONE


# Evidence and rules.


@pytest.mark.parametrize(
    ("fragment", "rule"),
    [
        ("<a href='OLD'>Bài trước</a>", 'label "Bài trước"'),
        ("<a rel=prev href='OLD'>x</a>", "a[rel=prev]"),
        ("<link rel=prev href='OLD'>", "head link[rel=prev]"),
        ("<p class=prev-post><a href='OLD'>x</a></p>", "class prev-post"),
        ("<a rel=next href='OLD'>Trước</a>", 'label "Trước", against rel or class'),
        ("<p class=prev><a href='OLD'>Trước</a></p>", "class prev and a label or arrow"),
        (f"<p>Những tin cũ hơn</p>{A}<br><a href='/x'>X</a>", "nearest in a list"),
        ("<p><a href='OLD'>«</a><a href='NEW'>»</a></p>", "label, class or arrow, in a pair"),
    ],
)
def test_the_rule_is_noted(fragment: str, rule: str) -> None:
    document = Document(fragment.replace("OLD", OLD).replace("NEW", NEW), URL)
    assert neighbours(document)[0] == Read(OLD, rule)


def test_every_rule_is_tried_above() -> None:
    assert sum(map(len, RULES)) == 8


@given(any_html)
def test_nothing_is_raised_and_no_page_is_its_own_neighbour(page: str) -> None:
    older, newer = addresses(neighbours(Document(page, URL)))
    assert URL not in (older, newer)
    assert older is None or older != newer


# The words.


@pytest.mark.parametrize(
    ("text", "side", "names_article"),
    [
        *((text, "prev", True) for text in (
            "Bài trước", "BÀI TRƯỚC", "Bài viết trước", "Bài cũ hơn", "Bài trước đó", "Tin cũ hơn",
            "« Bài trước", "Bài trước:", "Tin trước", "Bài đăng cũ hơn", "Bản tin trước",
            "Previous article", "Previous post", "Older Post", "‹ Prev post", "Previous story",
            "Bài trước Chợ phiên", "Xem bài trước", "Previous Post: Gieo mạ",
        )),
        *((text, "next", True) for text in (
            "Bài tiếp theo", "Bài kế tiếp", "Bài tiếp", "Bài sau", "Bài viết sau", "Bài mới hơn",
            "Tin mới hơn", "Tin tiếp theo →", "Bài đăng Mới hơn", "Next article", "Next post",
            "Newer post", "Next Post »", "Bài tiếp theoHọp dân", "Nächster Artikel",
        )),
        *((text, "prev", False) for text in ("Trước", "« Trước", "Previous", "Prev", "Zurück")),
        *((text, "next", False) for text in ("Sau", "Tiếp theo »", "Kế tiếp", "Next", "Next: Cầu")),
    ],
)  # fmt: skip
def test_labels(text: str, side: str, names_article: bool) -> None:
    said = label(text)
    assert said is not None
    assert (said.side, said.names_article) == (side, names_article)


@pytest.mark.parametrize(
    "text",
    ["", "»", "Xem tiếp", "Xem thêm", "Đọc tiếp", "Read next", "Bài mới", "Tin mới nhất",
     "Trước ngày hội", "Sau bão", "Next week in the district", "Nextcloud", "Previously", "Bài",
     "Next postal service", "Tin sau cùng về cây cầu", "Trang trước", "Bài trướcđây"],
)  # fmt: skip
def test_what_is_no_label(text: str) -> None:
    assert label(text) is None


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Những tin cũ hơn", "prev"), ("Những tin mới hơn:", "next"), ("CÁC TIN ĐÃ ĐƯA", "prev"),
        ("Các bài đã đăng", "prev"), ("Các bài viết mới hơn", "next"), ("Older articles", "prev"),
        ("Newer news", "next"), ("Các tin khác", None), ("Tin liên quan", None), ("Tin mới", None),
        ("Các tin đã đưa trong tuần qua", None), ("", None),
    ],
)  # fmt: skip
def test_headings_of_lists(text: str, side: str | None) -> None:
    assert heading(text) == side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("«", "prev"), ("› ", "next"), ("← Gieo mạ", "prev"), ("Họp dân →", "next"), ("", None),
        ("→ Họp dân", "next"), ("« Làng »", None), ("»Làng«", None), ("Gieo mạ", None),
        ("<<", "prev"),
    ],
)  # fmt: skip
def test_arrows(text: str, side: str | None) -> None:
    assert arrow(text) == side


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Trang sau", True), ("Trang trước", True), ("Next page", True), ("Older posts", True),
        ("Ảnh tiếp theo", True), ("Previous month", True), ("Older Comments", True),
        ("Nächste Seite", True), ("Next", False), ("Bài sau", False), ("Trang phục dân tộc", False),
    ],
)  # fmt: skip
def test_labels_of_other_things(text: str, names: bool) -> None:
    assert names_other_things(text) is names


@pytest.mark.parametrize(
    ("names", "side", "names_article"),
    [
        ("nav-previous", "prev", True), ("prev", "prev", False), ("post-nav", None, True),
        ("next-prev", None, True), ("prevNextPost", None, True), ("post-next-post", "next", True),
        ("bai-viet-truoc", "prev", True), ("tin-cu-hon", "prev", True),
        ("pager next", "next", False),
        ("read-next", None, False), ("preview", None, False), ("nextgen", None, False),
        ("col-md-6 prev_page", "prev", False), ("", None, False),
    ],
)  # fmt: skip
def test_classes(names: str, side: str | None, names_article: bool) -> None:
    said = place(names)
    assert (said.side, said.names_article) == (side, names_article)


# Addresses.


@pytest.mark.parametrize(
    ("url", "own", "is_same"),
    [
        ("/a/b", "/a/b/", True), ("/a/b/2/", "/a/b/", True), ("/a/b?page=2", "/a/b", True),
        ("/a/b?page=2", "/a/b?page=3", True), ("/a/b?print=1", "/a/b", True), ("/a/", "/a/b", True),
        ("/", "/a/b", True), ("/a/?tab=1", "/a/b", True), ("/a/c", "/a/b", False),
        ("/?p=1", "/?p=2", False), ("/?p=1", "/a/b", False), ("/a?id=1", "/a?id=2", False),
        ("/a/bc", "/a/b", False), ("/a/b?id=1&page=2", "/a/b?id=1", True),
    ],
)  # fmt: skip
def test_what_belongs_to_the_same_article(url: str, own: str, is_same: bool) -> None:
    host = "https://huyen.example"
    assert is_same_article(host + url, host + own) is is_same
    assert not is_same_article(f"https://xa.example{url}", host + own)


@pytest.mark.parametrize(
    ("url", "own", "may_be"),
    [
        ("/cau-treo-2.html", "/cau-treo.html", True), ("/cau-treo-33", "/cau-treo-34", True),
        ("/cau-treo_2", "/cau-treo", True), ("/20181231.html", "/20190211.html", False),
        ("/122", "/123", False), ("/bai12", "/bai13", False),
        ("/cau-treo-1952007", "/cau-treo", False),
        ("/x/cau-treo-2", "/y/cau-treo", False), ("/cau-treo-moi", "/cau-treo", False),
    ],
)  # fmt: skip
def test_what_may_be_another_page(url: str, own: str, may_be: bool) -> None:
    host = "https://huyen.example"
    assert may_be_its_page(host + url, host + own) is may_be


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [
        ("/", True), ("/page/2/", True), ("/tin-tuc/trang-2.html", True), ("/2021/05/", True),
        ("/tag/x/", True), ("/van-ban/so-1.pdf", True), ("/x?paged=3", True),
        ("/x?u=http://y/", True),
        ("/2021/05/cau-treo/", False), ("/x?page=gioi-thieu", False), ("/x?id=5", False),
        ("/trang-trai-moi.html", False),
    ],
)  # fmt: skip
def test_what_leads_elsewhere(url: str, elsewhere: bool) -> None:
    assert leads_elsewhere(f"https://huyen.example{url}", URL) is elsewhere


# How much an element links to


LINKED = st.lists(
    st.sampled_from(
        [
            "<div>", "</div>", "<p>", "</p>", "<a href=1>1</a>", "<a href=2>2</a>",
            "<a href=3><b>", "<a href=' '>", "</a>", "<ul><li>", "</ul>", "<a>",
        ]
    ),
    max_size=40,
)  # fmt: skip


@given(LINKED.map("".join), st.integers(0, 3))
def test_elements_that_link_to_more_are_told_as_if_each_was_looked_through(
    fragment: str, most: int
) -> None:
    tree = Document(fragment, URL).tree
    for element in tree.css("*"):
        hrefs = {(a.attributes["href"] or "").strip() for a in element.css("a[href]")} - {""}
        is_told = element.mem_id in holding_more(tree.css("a[href]"), most)
        assert is_told is (len(hrefs) > most)


@dataclass
class Trodden:
    """A node of a page that counts the ways up from itself and from those around it."""

    node: LexborNode
    ways: list[int] = field(default_factory=lambda: [0])

    @property
    def mem_id(self) -> int:
        return self.node.mem_id

    @property
    def attributes(self) -> dict[str, str | None]:
        return self.node.attributes

    @property
    def parent(self) -> "Trodden | None":
        self.ways[0] += 1
        return Trodden(self.node.parent, self.ways) if self.node.parent else None


@pytest.mark.parametrize("targets", [1, 4, 1000])
def test_of_links_that_lie_deep_in_each_other_none_is_counted_again_and_again(targets: int) -> None:
    """A fuzz made such a page of a piece with a cell that is never closed, many times over: around
    each of its links all those in it were counted."""
    deep = 200
    cells = (f"<div class=next><a href=/{n % targets}>x</a>" for n in range(deep))
    tree, ways = Document("".join(cells), URL).tree, [0]
    links = [Trodden(node, ways) for node in tree.css("a[href]")]
    assert len(links) == deep
    holding_more(links, 4)  # type: ignore[arg-type]
    elements = len(tree.css("*"))
    assert ways[0] <= (4 + 1) * elements
