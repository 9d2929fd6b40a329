"""Block themes of a real WordPress say what the classic theme says."""

from collections.abc import Iterator

import httpx
import pytest

from crawler.page import Page
from crawler.readers import read_page

from .portal import WordPress

THEMES = ["twentytwentytwo", "twentytwentythree"]


@pytest.fixture(scope="module")
def browser(wordpress: WordPress) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=wordpress.url, timeout=60) as client:
        yield client


def read(browser: httpx.Client, url: str) -> Page:
    return read_page(browser.get(url).content, url, cms="wordpress")


@pytest.mark.parametrize("theme", THEMES)
def test_a_block_theme_reads_as_the_classic_one(
    wordpress: WordPress, browser: httpx.Client, theme: str
) -> None:
    posts = wordpress.posts[::7]
    classic = {post.url: read(browser, post.url) for post in posts}
    with wordpress.theme(theme):
        for post in posts:
            page, before = read(browser, post.url), classic[post.url]
            assert page.kind == before.kind, post.url
            article, other = page.article, before.article
            assert article, post.url
            assert other
            assert article.title == other.title
            assert article.body == other.body, post.url
            assert set(article.tags) == set(post.tags), post.url
            assert article.category in post.categories, post.url
            assert article.attachments == other.attachments, post.url
            assert article.published_at == other.published_at, post.url
            assert page.parts == before.parts, post.url
            shown = {(picture.url, picture.caption) for picture in post.pictures if picture.caption}
            assert shown <= {(image.url, image.caption) for image in article.images}, post.url
