"""``export wxr``: what the importer of WordPress needs, of each article that is shown."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lxml import etree

from curation.exporting.wxr import _element, _named
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, run

POSTS = 10
SECRET = "Xylocarpus"
SPACES = {
    "wp": "http://wordpress.org/export/1.2/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
NEEDED = (
    *("title", "link", "dc:creator", "guid", "content:encoded", "excerpt:encoded", "wp:post_id"),
    *("wp:post_date", "wp:post_date_gmt", "wp:comment_status", "wp:ping_status", "wp:post_name"),
    *("wp:status", "wp:post_parent", "wp:menu_order", "wp:post_type", "wp:post_password"),
    "wp:is_sticky",
)
"""What the importer reads of a post."""


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """A portal of which one article is hidden, one has no day, two the same title and day, and one
    what no XML may have.
    """
    portal = Portal.scaled(POSTS, page_bytes=0)
    portal.edit(portal.newest[3].slug, body=f"Cụ {SECRET} kể lại cho lũ trẻ nghe chuyện cũ.")
    with serving(portal) as server:
        archived = Archived(tmp_path_factory.mktemp("wxr"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        hidden = server.url + portal.newest[3].path
        assert not run("hide", hidden, "--reason", "thử", "--db", archived.db).code
        hostile = "<p>]]> &amp; <script>alert(1)</script></p>"
        changes = (
            ("UPDATE articles SET published_at = NULL WHERE url = ?", 0),
            ("UPDATE articles SET title = 'Trùng', published_at = '2021-05-28' WHERE url = ?", 1),
            ("UPDATE articles SET title = 'Trùng', published_at = '2021-05-28' WHERE url = ?", 2),
            ("UPDATE articles SET title = 'Có ' || char(11) || ' & <b>', author = 'Ă\"&<' "
             "WHERE url = ?", 4),
            (f"UPDATE articles SET body_html = '{hostile}' WHERE url = ?", 5),
        )  # fmt: skip
        with closing(sqlite3.connect(archived.db)) as db, db:
            for sql, number in changes:
                db.execute(sql, [server.url + portal.newest[number].path])
        yield archived


@pytest.fixture(scope="module")
def channel(archived: Archived, tmp_path_factory: pytest.TempPathFactory) -> etree._Element:
    file = tmp_path_factory.mktemp("out") / "ra.xml"
    done = run("export", "wxr", file, "--db", archived.db)
    assert done.code == 0, done.err
    assert "1 of them are drafts" in done.out
    return etree.parse(file).getroot().find("channel")


def text(element: etree._Element, name: str) -> str | None:
    found = element.find(name, SPACES)
    return None if found is None else found.text or ""


def items(channel: etree._Element, archived: Archived) -> dict[str, etree._Element]:
    return {str(text(item, "guid")): item for item in channel.findall("item")}


def test_each_article_is_a_post(channel: etree._Element, archived: Archived) -> None:
    rows = archived.rows("SELECT * FROM articles WHERE id NOT IN (SELECT article_id FROM withheld)")
    assert len(rows) == POSTS - 1
    found = items(channel, archived)
    assert {*found} == {row["url"] for row in rows}
    for row in rows:
        item = found[row["url"]]
        assert not [name for name in NEEDED if text(item, name) is None], row["url"]
        assert text(item, "wp:post_name") == row["code"]
        assert text(item, "title") == row["title"].replace("\v", "�")
        if row["published_at"]:
            at = row["published_at"].replace("T", " ")[:19]
            assert str(text(item, "wp:post_date")).startswith(at[:16])
            assert text(item, "wp:status") == "publish"
        else:
            assert text(item, "wp:status") == "draft"
    assert text(channel, "wp:wxr_version") == "1.2"


def test_what_posts_name_is_declared(channel: etree._Element) -> None:
    logins = {text(each, "wp:author_login") for each in channel.findall("wp:author", SPACES)}
    slugs = {text(each, "wp:category_nicename") for each in channel.findall("wp:category", SPACES)}
    tags = {text(each, "wp:tag_slug") for each in channel.findall("wp:tag", SPACES)}
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}", str(name)) for name in logins | slugs | tags)
    for item in channel.findall("item"):
        assert text(item, "dc:creator") in logins
        for category in item.findall("category"):
            named = slugs if category.get("domain") == "category" else tags
            assert category.get("nicename") in named


def test_no_two_posts_are_one_to_the_importer(channel: etree._Element) -> None:
    seen = [(text(item, "title"), text(item, "wp:post_date")) for item in channel.findall("item")]
    assert len({*seen}) == len(seen)
    assert ("Trùng", "2021-05-28 00:00:00") in seen
    assert ("Trùng", "2021-05-28 00:00:01") in seen


def test_nothing_in_it_runs_or_is_hidden(channel: etree._Element) -> None:
    contents = [str(text(item, "content:encoded")) for item in channel.findall("item")]
    assert any("]]&gt; &amp;" in content for content in contents)
    assert not any("<script" in content or SECRET in content for content in contents)


def test_the_same_archive_gives_the_same_bytes(archived: Archived, tmp_path: Path) -> None:
    for name in ("mot.xml", "hai.xml"):
        assert run("export", "wxr", tmp_path / name, "--db", archived.db).code == 0
    assert (tmp_path / "mot.xml").read_bytes() == (tmp_path / "hai.xml").read_bytes()


@pytest.mark.parametrize(
    ("names", "slugs"),
    [
        (["Đỗ Thị Hạnh", "Do Thi Hanh"], ["do-thi-hanh", "do-thi-hanh-2"]),
        (["...", "!!!"], ["muc", "muc-2"]),
        (["Tin Huyện"], ["tin-huyen-2"]),
        (["a" * 90, "a" * 91], ["a" * 60, "a" * 52 + "-2"]),
    ],
)
def test_names_of_people_are_named_in_ascii(names: list[str], slugs: list[str]) -> None:
    assert [*_named(names, "muc").values()] == slugs


def test_what_no_xml_may_have_is_replaced() -> None:
    assert _element("a", "x\x00\x0b\ud800\ufffe<&>") == "<a>x����&lt;&amp;&gt;</a>"
