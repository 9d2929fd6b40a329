"""The list of steps: whoever makes an article of a page walks it."""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.page import Article, Page
from crawler.settings import ITEM_PIPELINES
from crawler.vocabulary import PageKind
from demo.portal import Portal
from pipelines import tidy
from tests.conftest import Archived, Serve, run

ADDED = " (đã qua bước thử)"
STEP = f"""
from collections import Counter
from dataclasses import replace

from pipelines import tidy

def mark(article):
    return replace(article, title=article.title + {ADDED!r}), Counter(marked=1)

tidy.STEPS["mark"] = mark
"""


@pytest.fixture
def a_step_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a step to the list in every process that is started, those for each core, too."""
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "sitecustomize.py").write_text(STEP, "utf-8")
    paths = [str(tmp_path / "python"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def titles(archived: Archived) -> list[str]:
    return [row["title"] for row in archived.rows("SELECT title FROM articles ORDER BY url")]


@pytest.mark.usefixtures("a_step_more")
def test_a_step_that_is_added_is_walked_by_all(serve: Serve, tmp_path: Path) -> None:
    archived = serve(Portal.scaled(6, page_bytes=0))
    archived.crawl()
    crawled = titles(archived)
    assert len(crawled) == 6
    assert all(title.endswith(ADDED) and title.count(ADDED) == 1 for title in crawled)

    sites = str(tmp_path / "sites")
    verified = run("verify", "--db", archived.db, "--json", TINHUYEN_SITES=sites)
    assert verified.code == 0, verified.out
    reread = run("reread", "--db", archived.db, "--json", TINHUYEN_SITES=sites)
    assert (reread.code, reread.json()["changed"]) == (0, 0)
    assert titles(archived) == crawled

    done = run("export", "warc", "--db", archived.db, tmp_path / "thu.warc.gz")
    assert done.code == 0, done.err
    other = Archived(tmp_path / "other")
    done = run("import", "--db", other.db, tmp_path / "thu.warc.gz", TINHUYEN_SITES=sites)
    assert done.code == 0, done.err
    assert titles(other) == crawled

    (newest,) = archived.rows("SELECT url, title FROM articles ORDER BY published_at DESC LIMIT 1")
    inspected = run("inspect", newest["url"], "--json", "--cms", "newspaper")
    assert inspected.json()["article"]["title"] == newest["title"]


def test_the_steps_are_walked_in_their_order_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def mark(article: Article) -> tuple[Article, Counter[str]]:
        return replace(article, title=f"{article.title}!"), Counter(marked=2)

    monkeypatch.setattr(tidy, "STEPS", {"first": mark, "then": mark})
    page = Page(PageKind.ARTICLE, Article("A"))
    tidied, changes = tidy.tidy(page)
    assert tidied.article
    assert tidied.article.title == "A!!"
    assert changes == {"first/marked": 2, "then/marked": 2}
    assert page.article == Article("A")
    listing = Page(PageKind.LISTING)
    assert tidy.tidy(listing) == (listing, {})


def test_the_crawl_s_pipelines_are_the_list_and_the_store() -> None:
    steps = "pipelines.tidy.TidyPipeline", "pipelines.store.StorePipeline"
    assert tuple(sorted(ITEM_PIPELINES, key=lambda name: ITEM_PIPELINES[name])) == steps
