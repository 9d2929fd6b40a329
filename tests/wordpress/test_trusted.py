"""On a real WordPress, what is said of it is so, whatever it answers."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Archived, long, run

from .fixtures import require_packages
from .portal import Faults, WordPress
from .record import TIMEZONE, Post

POSTS = 80
CHAIN_ALONE = Faults(rest=False, sitemap=False, feeds=False)


@pytest.fixture(scope="module")
def portal() -> Iterator[WordPress]:
    """A small WordPress of these tests' own, for they change it."""
    require_packages()
    with WordPress(POSTS) as portal:
        yield portal


@pytest.fixture
def archived(portal: WordPress, tmp_path: Path) -> Archived:
    archived = Archived(tmp_path)
    archived.describe(portal.url, cms="wordpress")
    return archived


def urls(posts: list[Post]) -> set[str]:
    return {post.url for post in posts}


def texts(archived: Archived) -> list[dict[str, Any]]:
    return archived.rows("SELECT url, title, body, revision, changed FROM articles ORDER BY url")


def verify(archived: Archived) -> None:
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out + done.err


DIVIDED = [
    " ".join([f"Phần thứ {n} của bài dài nói về con đường mới vào bản."] * 12) for n in "123"
]


@pytest.mark.parametrize(
    ("theme", "year"),
    [
        ("twentytwentytwo", 2020),
        long("twentytwentythree", 2020),
        long("twentytwentythree", 2023),
    ],
)
def test_divided_posts_of_block_themes_are_whole(
    portal: WordPress, archived: Archived, theme: str, year: int
) -> None:
    """The themes link the further parts of what the block editor divided, and of nothing else."""
    at = datetime(year, 3, 3, 8, 30, 12, tzinfo=TIMEZONE)
    post = portal.add("Một bài dài chia ba trang", DIVIDED, at, is_divided=True)
    try:
        with portal.theme(theme):
            archived.crawl()
            (row,) = archived.rows("SELECT body, read_from FROM articles WHERE url = ?", post.url)
            assert row == {"body": "\n\n".join(DIVIDED), "read_from": "page"}
            verify(archived)
            summary = archived.crawl("--url", post.url, code=None)
            assert (summary["changed"], summary["unchanged"]) == (0, 1)
            assert archived.urls() == urls(portal.posts)
            with portal.misbehaving(Faults(rest=False)):
                archived.crawl("--url", post.url, code=None)
        (row,) = archived.rows("SELECT body FROM articles WHERE url = ?", post.url)
        assert row["body"] == "\n\n".join(DIVIDED), "what is whole is not cut to its first part"
    finally:
        portal.delete(post)


def test_what_rest_gave_whole_is_not_replaced_by_the_first_part(
    portal: WordPress, archived: Archived
) -> None:
    at = datetime(2020, 3, 3, 8, 30, 12, tzinfo=TIMEZONE)
    nearly_all, end = " ".join(DIVIDED), "Phần cuối ngắn."
    post = portal.add("Một bài dài có phần cuối", [nearly_all, end], at, is_divided=True)
    try:
        with portal.theme("twentytwentytwo"):
            archived.crawl("--rescue")
        (row,) = archived.rows("SELECT body, revision FROM articles WHERE url = ?", post.url)
        assert row["body"].endswith(f"\n\n{end}")
        assert row["revision"] == 1
        verify(archived)
    finally:
        portal.delete(post)


def test_a_portal_of_which_nothing_but_the_chain_can_be_had_is_unproven(
    portal: WordPress, archived: Archived
) -> None:
    """Its start page and its lists are shut, too: nothing says that there is no more."""
    archived.describe(portal.url, cms="wordpress")
    # Of two posts of one second the chain passes over one: one from which it need not.
    start = portal.posts[10].url
    with portal.misbehaving(CHAIN_ALONE):
        archived.crawl("--url", start, code=None)
    (row,) = archived.rows("SELECT verdict, proved_at FROM coverage")
    assert row["verdict"] != "complete"
    assert row["proved_at"] is None
    gaps = run("gaps", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert gaps.code == 1


def test_five_new_posts_are_found_the_day_a_page_of_rest_breaks(
    portal: WordPress, archived: Archived
) -> None:
    with portal.misbehaving(Faults(rest_page=3)):
        archived.crawl(code=1)
        newest = portal.posts[-1].published_at
        added = [
            portal.add(f"Tin mới thứ {n}", ["Một đoạn văn."], newest + timedelta(hours=n))
            for n in range(1, 6)
        ]
        try:
            summary = archived.crawl(code=1)
            assert summary["new"] == 5
            assert urls(added) < archived.urls()
            told = archived.rows("SELECT message FROM problems WHERE kind = 'route'")
            assert any("HTTP 500" in row["message"] for row in told)
        finally:
            for post in added:
                portal.delete(post)


def test_a_change_of_theme_is_no_revision(portal: WordPress, archived: Archived) -> None:
    archived.crawl()
    before = archived.rows("SELECT url, revision FROM articles ORDER BY url")
    with portal.theme("twentytwentythree"):
        summary = archived.crawl("--full")
    assert (summary["changed"], summary["new"], summary["gone"]) == (0, 0, 0)
    assert archived.rows("SELECT url, revision FROM articles ORDER BY url") == before


def test_pages_that_are_cut_change_nothing_that_is_held(
    portal: WordPress, archived: Archived
) -> None:
    archived.crawl()
    before = texts(archived)
    with portal.misbehaving(Faults(is_cut=True)):
        archived.crawl("--full", code=1)
    assert texts(archived) == before
    told = archived.rows("SELECT DISTINCT url, kind, message FROM problems WHERE run_id = 2")
    print(told[:3])
    assert {row["url"] for row in told} >= urls(portal.posts), told


def test_a_dead_https_twin_costs_no_article_but_its_own(
    portal: WordPress, archived: Archived
) -> None:
    led = [portal.posts[place] for place in (20, 55)]
    with portal.misbehaving(Faults(to_https=tuple(post.id for post in led))):
        summary = archived.crawl(code=1)
    assert summary["outcome"] == "finished"
    assert archived.urls() == urls(portal.posts) - urls(led)
    failed = archived.rows("SELECT url FROM urls WHERE state IN ('failed', 'elsewhere')")
    assert {re.sub("^https", "http", row["url"]) for row in failed} >= urls(led)
