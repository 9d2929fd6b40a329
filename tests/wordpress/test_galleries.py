"""Galleries of a real WordPress: each picture as it was uploaded, with its caption."""

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Literal

import httpx
import pytest

from archive import Archive
from archive.warc import read_record
from crawler.readers import read_page
from tests.conftest import Archived

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


@pytest.mark.parametrize("link", ["none", "attachment"])
def test_of_squares_that_lead_to_no_file_the_uploads_are_kept(
    portal: WordPress, tmp_path: Path, link: Literal["none", "attachment"]
) -> None:
    captions = {f"le-hoi-{link}.jpg": "Lễ hội xuân", f"da-mat-{link}.jpg": ""}
    there, lost = portal.upload(captions).values()
    uploaded = httpx.get(there.url).content
    portal.lose(lost)
    posts = []
    for editor, year in EDITORS.items():
        blocks = [Paragraph(TEXT), Gallery((there, lost), link, "thumbnail")]
        at = datetime(year, 3, 1 + (link == "none"), 8, tzinfo=TIMEZONE)
        posts.append(portal.publish(Manuscript(f"Ảnh vuông, {editor}", blocks, at, AUTHORS[0])))
    archived = Archived(tmp_path)
    archived.describe(portal.url, cms="wordpress")
    archived.crawl("--media", code=None)

    squares = [url.replace(".jpg", "-150x150.jpg") for url in (there.url, lost.url)]
    ledger = {row["url"]: row for row in archived.rows("SELECT * FROM media")}
    for post in posts:
        images = archived.rows(
            "SELECT images.* FROM images JOIN articles ON articles.id = article_id"
            " WHERE articles.url = ? ORDER BY position", post.url
        )  # fmt: skip
        assert [image["url"] for image in images] == squares, post.url
        assert [image["upload"] for image in images] == [there.url, lost.url], post.url
        assert [image["caption"] or "" for image in images] == [there.caption, lost.caption]
        (row,) = archived.rows("SELECT body FROM articles WHERE url = ?", post.url)
        assert row["body"] == TEXT.strip()
    assert {ledger[url]["state"] for url in squares} == {"held"}
    assert (ledger[lost.url]["kind"], ledger[lost.url]["state"]) == ("upload", "gone")
    with Archive.open(archived.db, read_only=True) as archive:
        capture = archive.captures.get(ledger[there.url]["capture_id"])
        assert capture
        assert read_record(archive.folder, capture).body == uploaded
    pages = archived.rows("SELECT url FROM articles")
    assert {row["url"] for row in pages} == {post.url for post in portal.posts}
