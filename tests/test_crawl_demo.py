"""The demo portal, crawled whole by our own command, against the demo's own record of itself."""

import hashlib
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from rich.console import Console

from crawler.sites import all_sites
from demo.portal import Portal, Post
from demo.server import serving
from tests.conftest import Archived, run
from tinhuyen.commands import crawl

VOLATILE = {
    "runs": "*",
    "routes": "*",
    "hosts": "*",  # when each was asked last
    "host_sites": "*",  # and for which site
    "imprints": {"pages", "last_seen_at"},
    "captures": "*",  # of every answer, that of the route that says what is new, too
    "warcs": "*",  # and the files that these are in
    "articles": {"last_seen_at", "capture_id"},
    "urls": {"tried_at", "run_id", "listed_in"},
}

POSTS = Portal.embedded().posts


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    with serving(Portal.embedded()) as server:
        archived = Archived(tmp_path_factory.mktemp("demo"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        yield archived


@pytest.fixture(scope="module")
def articles(crawled: Archived) -> dict[str, dict[str, Any]]:
    rows = crawled.rows("SELECT * FROM articles")
    return {row["url"].removeprefix(crawled.server.url): row for row in rows}


def test_every_published_article_is_held_and_nothing_else(
    articles: dict[str, dict[str, Any]],
) -> None:
    assert articles.keys() == {post.path for post in POSTS}


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.slug)
def test_an_article_says_what_its_page_says(
    post: Post, articles: dict[str, dict[str, Any]], crawled: Archived
) -> None:
    row = articles[post.path]
    base = crawled.server.url

    assert row["title"] == post.title
    assert row["lead"] == post.lead
    assert row["body"] == post.text
    assert row["author"] == post.author
    assert row["category"] == post.category
    assert row["published_at"] == post.published_at.isoformat()
    assert row["modified_at"] == post.changed.isoformat(), "REST tells it where the page does not"
    assert row["language"] == "vi"
    assert row["words"] == len(post.text.split())

    parts = (row["id"],)
    images = crawled.rows(
        "SELECT url, alt, caption FROM images WHERE article_id = ? ORDER BY position", *parts
    )
    assert [tuple(image.values()) for image in images] == [
        (base + image.path, image.alt or None, image.caption or None) for image in post.images
    ]
    attachments = crawled.rows(
        "SELECT url, label FROM attachments WHERE article_id = ? ORDER BY position", *parts
    )
    assert [tuple(file.values()) for file in attachments] == [
        (base + file.path, file.label) for file in post.attachments
    ]
    tags = crawled.rows(
        "SELECT name FROM tags JOIN article_tags ON tag_id = tags.id WHERE article_id = ?", *parts
    )
    assert {tag["name"] for tag in tags} == set(post.tags)


def test_neighbours_are_those_of_the_portal(
    articles: dict[str, dict[str, Any]], crawled: Archived
) -> None:
    portal = crawled.server.portal
    for post in POSTS:
        row = articles[post.path]
        expected = [
            other and crawled.server.url + other.path
            for other in (portal.previous(post), portal.next(post))
        ]
        assert [row["prev_url"], row["next_url"]] == expected, post.slug


def test_each_page_was_asked_for_once(crawled: Archived) -> None:
    asked = [request.target for request in crawled.server.log]
    pages = [target for target in asked if target != "/robots.txt"]
    assert sorted(pages) == sorted({*pages})
    assert len(pages) <= len(POSTS) * 1.05 + 1, "and what the host shows where it has no page"


def test_the_hash_of_a_text_can_be_made_again(articles: dict[str, dict[str, Any]]) -> None:
    for row in articles.values():
        words = "\n\n".join((row["title"], row["lead"] or "", row["body"] or ""))
        assert row["text_sha256"] == hashlib.sha256(words.encode()).hexdigest()


def test_a_second_crawl_asks_little_and_changes_nothing(crawled: Archived) -> None:
    before = content(crawled.db)
    asked = len(crawled.server.log)

    summary = crawled.crawl()

    assert content(crawled.db) == before
    assert (summary["new"], summary["changed"]) == (0, 0)
    assert len(crawled.server.log) - asked <= 3


def test_a_full_crawl_asks_for_everything_and_changes_nothing(crawled: Archived) -> None:
    before = content(crawled.db)

    summary = crawled.crawl("--full")

    assert content(crawled.db) == before
    assert (summary["new"], summary["changed"]) == (0, 0)
    assert summary["unchanged"] == len(POSTS)


def content(db: Path) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of an archive but for what every crawl changes."""
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
        ]
        return {
            name: [
                {k: v for k, v in dict(row).items() if k not in VOLATILE.get(name, ())}
                for row in connection.execute(f"SELECT * FROM {name}")
            ]
            for name in names
            if VOLATILE.get(name) != "*"
        }


def test_a_crawl_of_the_demo_uses_the_one_that_is_served(tmp_path: Path) -> None:
    """``tinhuyen crawl demo`` serves the portal itself, unless ``tinhuyen demo`` does."""
    with serving(Portal.embedded()) as server:
        archived = Archived(tmp_path, server)
        archived.describe(server.url + "/", demo=True)
        summary = archived.crawl()

        assert summary["new"] == len(POSTS)
        assert len(server.log) >= len(POSTS)


def test_where_the_port_of_the_demo_is_another_programs_it_is_served_elsewhere(
    tmp_path: Path,
) -> None:
    """And archived under its own address: another day the port may be free again."""
    archived = Archived(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        archived.describe(f"http://127.0.0.1:{port}/", demo=True)
        sites = str(archived.folder / "sites")
        command = ("crawl", "test", "--db", archived.db, "--json")
        done = run(*command, "--limit", "40", TINHUYEN_SITES=sites)
        assert done.code == 0, done.err
        assert re.fullmatch(
            rf"Port {port} is another program's: the demo portal is served at "
            r"http://127\.0\.0\.1:\d+/ and archived under its own address\.\n",
            done.err,
        )
    (summary,) = run(*command, TINHUYEN_SITES=sites).json()
    assert summary["complete"]
    rows = archived.rows("SELECT url, prev_url, next_url, body_html FROM articles")
    assert len(rows) == len(POSTS)
    for row in rows:
        text = " ".join(filter(None, row.values()))
        assert set(re.findall(r"127\.0\.0\.1:(\d+)", text)) <= {str(port)}
    known = archived.rows("SELECT url FROM urls")
    assert {urlsplit(row["url"]).netloc for row in known} == {f"127.0.0.1:{port}"}


def test_a_crawl_of_the_demo_does_not_lose_it_when_another_one_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    demo = replace(all_sites()["demo"], base_url=f"http://127.0.0.1:{port}/")
    console = Console(file=StringIO())
    with ExitStack() as another:
        another.enter_context(crawl._demo_portal(demo, console))
        with crawl._demo_portal(demo, console) as elsewhere:
            another.close()
            there = urljoin(elsewhere or demo.base_url, "/wp-json/")
            assert httpx.get(there).status_code == 200
