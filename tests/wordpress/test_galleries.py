"""Galleries of a real WordPress: each picture as it was uploaded, with its caption."""

from collections.abc import Iterator
from datetime import datetime
from itertools import product

import httpx
import pytest

from crawler.readers import read_page

from .composition import AUTHORS, PICTURES, Manuscript
from .fixtures import require_packages
from .markup import Gallery, Paragraph
from .portal import WordPress
from .record import TIMEZONE, Post

THEMES = ["twentytwentyone", "twentytwentytwo", "twentytwentythree"]
CASES = [
    *product(("none", "file", "attachment"), ("full", "large", "medium")),
    # The square of a thumbnail is no smaller form of the picture to WordPress, which then names the
    # picture only where the square leads to the file.
    ("file", "thumbnail"),
]
EDITORS = {"classic": 2019, "block": 2024}
"""By the years of posts in which they were used."""
TEXT = "Sáng nay, xã khởi công con đường bê tông đầu tiên vào bản, dài hai cây số rưỡi. " * 4


@pytest.fixture(scope="module")
def portal() -> Iterator[WordPress]:
    """A small WordPress of these tests' own, for they add to it."""
    require_packages()
    with WordPress(60) as portal:
        yield portal


@pytest.fixture(scope="module")
def galleries(portal: WordPress) -> dict[str, Post]:
    """A post with a gallery of each kind, from each editor."""
    media = tuple(portal.media[name] for name in PICTURES[:4])
    found = {}
    for (editor, year), (day, (link, size)) in product(EDITORS.items(), enumerate(CASES, 1)):
        name = f"{editor}, {size}, links to {link}"
        blocks = [Paragraph(TEXT), Gallery(media, link, size)]
        at = datetime(year, 2, day, 8, tzinfo=TIMEZONE)
        found[name] = portal.publish(Manuscript(name, blocks, at, AUTHORS[0]))
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_pictures_are_as_large_as_they_were_uploaded(
    portal: WordPress, galleries: dict[str, Post], theme: str
) -> None:
    with portal.theme(theme), httpx.Client(timeout=60) as client:
        for name, post in galleries.items():
            article = read_page(client.get(post.url).content, post.url, cms="wordpress").article
            assert article, name
            found = [(image.url, image.caption or "") for image in article.images]
            assert found == [(one.url, one.caption) for one in post.pictures], name
