"""The pictures of an article: where themes put them, as large as the page names them, captioned."""

import pytest

from crawler.page import Image
from crawler.readers import read_page

SITE = "https://huyen.example"
URL = f"{SITE}/le-khoi-cong/"
UPLOADS = f"{SITE}/wp-content/uploads/2021/06"
TEXT = "<p>Sáng nay, xã khởi công con đường bê tông đầu tiên vào bản, dài hai cây số rưỡi.</p>" * 4
H1 = '<h1 class="entry-title">Lễ khởi công đường vào bản</h1>'
SHOWN = f'<img class="entry-thumb" src="{UPLOADS}/le-696x464.jpg" alt="">'
LINKED = f'<a href="{UPLOADS}/le.jpg" data-caption="Lễ khởi công.">{SHOWN}</a>'


def pictures(body: str, head: str = "") -> list[tuple[str, str | None]]:
    page = read_page(
        f"<html><head><title>Lễ khởi công</title>{head}</head>"
        f"<body class='single single-post'>{body}</body></html>".encode(),
        URL,
        cms="newspaper",
    )
    assert page.article
    assert "Sáng nay" in page.article.body
    assert "Lễ khởi công." not in page.article.body
    return [(image.url, image.caption) for image in page.article.images]


def classic(header: str = "", content: str = "") -> str:
    return (
        f'<article class="post"><div class="td-post-header"><header class="td-post-title">{H1}'
        f'</header>{header}</div><div class="td-post-content">{content}{TEXT}</div></article>'
    )


def cloud(block: str) -> str:
    return (
        f'<div class="td_block_wrap tdb_title"><h1 class="tdb-title-text">Lễ khởi công</h1></div>'
        f'{block}<div class="td_block_wrap tdb_single_content td-post-content">'
        f'<div class="tdb-block-inner">{TEXT}</div></div>'
    )


FEATURED = f'<div class="td-post-featured-image">{LINKED}</div>'
CAPTION = "Lễ khởi công."


@pytest.mark.parametrize(
    ("body", "caption"),
    [
        (classic(FEATURED), CAPTION),
        (classic(content=FEATURED), CAPTION),
        (FEATURED + classic(), CAPTION),
        (
            classic(
                content=f'<div class="td-post-featured-image"><figure>{LINKED}'
                f'<figcaption class="wp-caption-text">{CAPTION}</figcaption></figure></div>'
            ),
            CAPTION,
        ),
        (
            f'<div id="td-full-screen-header-image"><img class="td-backstretch" '
            f'src="{UPLOADS}/le.jpg"></div>{classic()}',
            None,
        ),
        (
            cloud(
                '<div class="td_block_wrap tdb_single_featured_image"><div class="tdb-block-inner">'
                f'{LINKED}<div class="tdb-caption-text">{CAPTION}</div></div></div>'
            ),
            CAPTION,
        ),
        (
            cloud(
                '<div class="td_block_wrap tdb_single_bg_featured_image"><style>.tdi_5 .bg{'
                f"background: url('{UPLOADS}/le.jpg') center}}</style><div class=bg></div></div>"
            ),
            None,
        ),
    ],
)
def test_the_picture_of_an_article_is_found_in_all_its_places(
    body: str, caption: str | None
) -> None:
    assert pictures(body) == [(f"{UPLOADS}/le.jpg", caption)]


@pytest.mark.parametrize("quote", ["", "'", "&quot;"])
def test_a_background_is_the_picture_that_a_browser_shows(quote: str) -> None:
    shown = f"background-image: url({quote}{UPLOADS}/le.jpg?rong=9&amp;cao=6{quote})"
    body = f'<div class="tdb_single_bg_featured_image"><div style="{shown}"></div></div>'
    assert pictures(cloud(body)) == [(f"{UPLOADS}/le.jpg?rong=9&cao=6", None)]


def test_one_that_stands_in_the_text_too_keeps_its_caption() -> None:
    again = (
        f'<figure class="wp-caption"><a href="{UPLOADS}/le.jpg">'
        f'<img src="{UPLOADS}/le-300x200.jpg"></a><figcaption>{CAPTION}</figcaption></figure>'
    )
    plain = f'<div class="td-post-featured-image"><a href="{UPLOADS}/le.jpg">{SHOWN}</a></div>'
    assert (f"{UPLOADS}/le.jpg", CAPTION) in pictures(classic(plain, again))


def test_a_picture_is_as_large_as_the_page_names_it_anywhere() -> None:
    head = f'<meta property="og:image" content="{UPLOADS}/le.jpg">'
    thumbnails = f'<img src="{UPLOADS}/le-150x150.jpg"><img src="{UPLOADS}/khac-150x150.jpg">'
    assert pictures(classic(content=thumbnails), head) == [
        (f"{UPLOADS}/le.jpg", None),
        (f"{UPLOADS}/khac-150x150.jpg", None),
    ]


def test_what_the_page_itself_shows_is_told_beside_it() -> None:
    page = read_page(
        f'<head><meta property="og:image" content="{UPLOADS}/le.jpg"></head><h1>Lễ khởi công</h1>'
        f'<div>{TEXT}<img src="{UPLOADS}/le-300x200.jpg"></div>'.encode(),
        URL,
    )
    assert page.article
    assert page.article.images == (
        Image(f"{UPLOADS}/le.jpg", thumbnail=f"{UPLOADS}/le-300x200.jpg"),
    )
    assert page.article.images[0].thumbnail == f"{UPLOADS}/le-300x200.jpg"
