"""WordPress' block themes: what their markup calls otherwise than classic themes do."""

import pytest

from crawler.page import Article
from crawler.readers import read_page

URL = "https://huyen.example/cho-phien/"
TEXT = "<p>Chợ phiên tháng này họp sớm một ngày, bà con các bản xuống chợ từ tờ mờ sáng.</p>" * 2
CATEGORY = '<a href="https://huyen.example/category/tin/" rel="tag">Tin tức</a>'
TAG = '<a href="https://huyen.example/tag/cho/" rel="tag">chợ phiên</a>'


def read(content: str = TEXT, terms: str = "") -> Article:
    page = read_page(
        '<html><head><meta name="generator" content="WordPress 6.4"></head><body class="single '
        'single-post"><main class="wp-block-group"><h1 class="wp-block-post-title">Chợ phiên</h1>'
        f'<div class="entry-content wp-block-post-content">{content}</div>{terms}</main>'
        "</body></html>".encode(),
        URL,
    )
    assert page.article
    return page.article


@pytest.mark.parametrize(
    ("terms", "tags"),
    [
        (f'<div class="taxonomy-category wp-block-post-terms">{CATEGORY}</div>', ()),
        (f'<div class="taxonomy-linh_vuc wp-block-post-terms">{CATEGORY}</div>', ()),
        (
            f'<div class="taxonomy-category wp-block-post-terms">{CATEGORY}</div>'
            f'<div class="taxonomy-post_tag wp-block-post-terms">{TAG}</div>',
            ("chợ phiên",),
        ),
        (f'<span class="cat-links">{CATEGORY}</span><p>{TAG}</p>', ("chợ phiên",)),
        (f'<div class="wp-block-query"><p>{TAG}</p></div>', ()),
    ],
)
def test_categories_are_no_tags(terms: str, tags: tuple[str, ...]) -> None:
    assert read(terms=terms).tags == tags


@pytest.mark.parametrize(
    "name",
    [
        '<title>Cổng huyện</title><link rel="alternate" type="application/rss+xml" '
        'title="Dòng thông tin Cổng huyện »" href="/feed/">',
        '<title>Cổng huyện</title><meta property="og:site_name" content="Cổng huyện">',
        "<title>&#8211; Huyện Mẫu</title>",
        "<title>Cổng thông tin điện tử huyện Mẫu</title>",
        "",
    ],
)
@pytest.mark.parametrize("heading", ["", '<h1 class="wp-block-post-title"></h1>'])
def test_a_post_without_a_title_has_none(name: str, heading: str) -> None:
    page = read_page(
        f'<html><head><meta name="generator" content="WordPress 6.4">{name}</head><body class='
        '"single single-post"><p class="wp-block-site-title"><a href="/">Cổng huyện</a></p>'
        f"{heading}"
        f'<div class="entry-content wp-block-post-content">{TEXT}</div></body></html>'.encode(),
        URL,
    )
    assert page.kind == "article"
    assert page.article
    assert page.article.title == ""
    assert page.article.body.startswith("Chợ phiên tháng này")


@pytest.mark.parametrize(
    "comments",
    [
        '<ul class="comments-list"><li class="comment even depth-1"><p>{0}</p></li></ul>',
        '<div id="comments" class="comments-area"><p>{0}</p></div>',
        '<ol class="commentlist"><li><p>{0}</p></li></ol>',
        '<div id="respond" class="comment-respond"><p>{0}</p></div>',
    ],
)
def test_comments_that_a_page_builder_puts_into_the_content_are_no_text(comments: str) -> None:
    said = "Tôi cũng đi chợ phiên hôm ấy, đông vui lắm, nhưng đường xuống còn lầy lội quá."
    row = '<div class="vc_row wpb_row"><div class="wpb_wrapper">{0}</div></div>'
    assert read(row.format(TEXT + comments.format(said))).body == read().body


@pytest.mark.parametrize(
    "block",
    [
        '<ul class="wp-block-latest-posts"><li><a href="/khac/">Bài khác</a></li></ul>',
        '<div class="wp-block-query"><ul><li><a href="/khac/">Bài khác</a></li></ul></div>',
        '<div class="wp-block-post-date"><time datetime="2024-02-24">24/02/2024</time></div>',
        f'<div class="taxonomy-category wp-block-post-terms">{CATEGORY}</div>',
        '<div class="wp-block-post-author"><p class="wp-block-post-author__name">Tổ tin</p></div>',
        '<div class="post-navigation-link-next wp-block-post-navigation-link"><a href="/x/">Sau</a>'
        "</div>",
        '<form class="wp-block-search"><label>Tìm kiếm</label><input type="search"></form>',
        '<p class="wp-block-tag-cloud"><a href="/tag/cho/">chợ</a></p>',
    ],
)
def test_blocks_of_the_portal_are_no_text(block: str) -> None:
    assert read(TEXT + block).body == read().body
