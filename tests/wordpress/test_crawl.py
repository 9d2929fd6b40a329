"""A real WordPress in Vietnamese, crawled by our own command, against what it published."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Archived

from .portal import WordPress


@pytest.fixture(scope="module")
def crawled(wordpress: WordPress, tmp_path_factory: pytest.TempPathFactory) -> Archived:
    archived = Archived(tmp_path_factory.mktemp("wordpress"))
    archived.describe(wordpress.url, cms="wordpress")
    archived.crawl()
    return archived


@pytest.fixture(scope="module")
def articles(crawled: Archived) -> dict[str, dict[str, Any]]:
    return {row["url"]: row for row in crawled.rows("SELECT * FROM articles")}


def test_every_published_post_is_held_and_nothing_else(
    wordpress: WordPress, articles: dict[str, dict[str, Any]]
) -> None:
    assert articles.keys() == {post.url for post in wordpress.posts}


def test_a_post_is_held_with_its_title_date_and_text(
    wordpress: WordPress, articles: dict[str, dict[str, Any]]
) -> None:
    for post in wordpress.posts:
        row = articles[post.url]
        assert row["title"] == post.title, post.url
        assert row["published_at"] == post.published_at.isoformat(), post.url
        assert row["author"] == post.author, post.url
        text = row["body"]
        for passage in post.passages:
            at = text.find(passage.text)
            assert at >= 0, (post.url, passage)
            text = text[at + len(passage.text) :]
        for picture in post.pictures:
            assert not picture.caption or picture.caption not in row["body"], post.url


def test_nothing_is_in_the_text_but_the_post(
    wordpress: WordPress, articles: dict[str, dict[str, Any]]
) -> None:
    for post in wordpress.posts:
        rest = articles[post.url]["body"]
        for passage in post.passages:
            rest = rest.replace(passage.text, "", 1)
        for attachment in post.attachments:
            rest = rest.replace(attachment.label, "", 1)
        assert not "".join(c for c in rest if c.isalpha()), (post.url, rest.strip()[:80])


def test_the_parts_of_a_divided_post_are_one_article(
    wordpress: WordPress, crawled: Archived
) -> None:
    divided = [post for post in wordpress.posts if post.parts > 1]
    assert divided
    for post in divided:
        assert crawled.rows("SELECT 1 FROM articles WHERE url = ?", post.url + "2/") == []


def test_categories_tags_pictures_and_files(
    wordpress: WordPress, articles: dict[str, dict[str, Any]], crawled: Archived
) -> None:
    for post in wordpress.posts:
        row = articles[post.url]
        assert row["category"] in post.categories, post.url
        tags = crawled.rows(
            "SELECT name FROM tags JOIN article_tags ON tag_id = tags.id WHERE article_id = ?",
            row["id"],
        )
        assert {tag["name"] for tag in tags} == set(post.tags), post.url
        pictures = [post.featured] * bool(post.featured) + list(post.pictures)
        images = crawled.rows(
            "SELECT caption, alt FROM images WHERE article_id = ? ORDER BY position", row["id"]
        )
        shown = dict.fromkeys(picture for picture in pictures if picture)  # the same twice is one
        assert [(i["caption"] or "", i["alt"] or "") for i in images] == [
            (picture.caption, picture.alt) for picture in shown
        ], post.url
        files = crawled.rows("SELECT url, label FROM attachments WHERE article_id = ?", row["id"])
        assert [(f["url"], f["label"]) for f in files] == [
            (file.url, file.label) for file in post.attachments
        ], post.url


def test_no_draft_private_or_scheduled_post_leaked(wordpress: WordPress, crawled: Archived) -> None:
    titles = {row["title"] for row in crawled.rows("SELECT title FROM articles")}
    assert titles.isdisjoint(post.title for post in wordpress.unpublished)
    assert crawled.urls().isdisjoint(post.url for post in wordpress.unpublished)


def test_a_password_is_named_as_the_reason(wordpress: WordPress, crawled: Archived) -> None:
    refused = {row["url"]: row["reason"] for row in crawled.rows(
        "SELECT url, reason FROM urls WHERE state = 'refused'"
    )}  # fmt: skip
    assert refused == {post.url: "behind a password" for post in wordpress.password_protected}


def test_a_second_crawl_finds_what_was_added(
    wordpress: WordPress, crawled: Archived, tmp_path: Path
) -> None:
    newest = max(wordpress.posts, key=lambda post: post.published_at)
    later = newest.published_at.replace(hour=23, minute=59, second=1)
    added = wordpress.add("Tin sau cùng của huyện", ["Một đoạn văn mới."], later)
    try:
        summary = crawled.crawl()
        assert summary["new"] == 1
        row = crawled.rows("SELECT body FROM articles WHERE url = ?", added.url)[0]
        assert row["body"] == "Một đoạn văn mới."
    finally:
        wordpress.delete(added)
