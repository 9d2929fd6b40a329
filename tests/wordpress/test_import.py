"""``export wxr`` into a real WordPress, by its own importer."""

import os
import re
from pathlib import Path

import pytest

from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, run
from tests.wordpress.fixtures import require_packages
from tests.wordpress.portal import WordPress

POSTS = 12


@pytest.fixture
def importer() -> Path:
    """The plugin, which is in no package of Debian's."""
    where = os.environ.get("WORDPRESS_IMPORTER")
    if not where:
        pytest.skip("WORDPRESS_IMPORTER names no checkout of the plugin WordPress Importer")
    require_packages()
    return Path(where) / "src"


@pytest.mark.long
def test_a_wordpress_takes_in_what_is_exported(archived: Archived, importer: Path) -> None:
    with serving(Portal.scaled(POSTS, page_bytes=0)) as server:
        archived.describe(server.url + "/")
        archived.crawl()
    done = run("export", "wxr", archived.folder / "ra.xml", "--db", archived.db)
    assert done.code == 0, done.err
    with WordPress(POSTS) as wordpress:
        told = wordpress.take_in(archived.folder / "ra.xml", importer)
    assert "All done" in told["said"], told["said"]
    taken = {post["code"]: post for post in told["posts"] if post["code"]}
    rows = archived.rows("SELECT * FROM articles")
    assert {*taken} == {row["code"] for row in rows}
    for row in rows:
        post = taken[row["code"]]
        assert post["title"] == row["title"]
        assert post["excerpt"] == (row["lead"] or "")
        assert post["name"] == row["code"]
        day = (row["published_at"] or "")[:10]
        assert post["status"] == ("publish" if day else "draft")
        assert not day or post["date"].startswith(day)
        assert post["author"] == (row["author"] or "Tin Huyện")
        # A category that is there is taken by its slug, and keeps the dash of its own.
        assert [name.replace("–", "-") for name in post["category"]] == [row["category"]]
        for paragraph in row["body"].split("\n\n")[:2]:
            # Numbers of lists are not in HTML.
            assert next(iter(re.findall(r"[^\W\d]+", paragraph)), "") in post["content"]
