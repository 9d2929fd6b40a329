"""The ready questions answer what they say, on an archive of which the answers are known."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from archive import Archive
from crawler.vocabulary import Grade
from reading_room.plugins.described import described
from tests.room_sample import SITES, build_archive, opened, with_originals

BASE = {site["key"]: site["base_url"] for site in SITES}


# An archive of articles that lead to one another, one text on both portals; and beside them an
# article that was edited twice, and one of 5 September 2021, as `with_originals` has them.


def article(site: str, number: int, day: str | None, **more: Any) -> dict[str, Any]:
    """Return an article that leads to the one before it."""
    row = {"site": site, "url": f"{BASE[site]}{number}/", "title": f"Bài {number}"}
    row |= {"body": f"Nội dung của bài {number}.", "published_at": day}
    return row | {"prev_url": f"{BASE[site]}{number - 1}/"} | more


NOTICE = {"title": "Thông báo chung", "body": "Mọi nhà treo cờ.", "lead": None}
ARTICLES = (
    article("chodon", 1, "2020-01-06T08:00:00+07:00", prev_url=None, author="An"),  # a Monday
    article("chodon", 2, "2020-01-07T08:00:00+07:00", author="An"),
    article("chodon", 3, "2020-05-03T08:00:00+07:00", author="Bình"),  # a Sunday, after a silence
    article("chodon", 5, "2021-03-01T08:00:00+07:00", body="Bài dài. " * 50),
    article("chodon", 6, None),
    article("nalang", 1, "2020-01-06", prev_url=None, author="An", **NOTICE),
    article("chodon", 9, "2020-01-06", prev_url=None, **NOTICE),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build_archive(tmp_path_factory.mktemp("questions") / "archive.db", ARTICLES)
    return with_originals(path)


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    async with opened(archive) as room:
        yield room


async def answers(room: Datasette, question: str, **parameters: str) -> list[dict[str, Any]]:
    asked = {"site": "", "_shape": "array", "_nl": "", **parameters}
    response = await room.client.get(f"/archive/{question}.json", params=asked)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


def only(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def test_silent_months(room: Datasette) -> None:
    rows = await answers(room, "silent_months", site="chodon")
    names = ("silent_months", "month_before", "articles_before", "month_after", "articles_after")
    assert only(rows, *names)[-3:] == [
        (9, "2020-05", 1, "2021-03", 1),
        (5, "2021-03", 1, "2021-09", 1),
        (3, "2020-01", 3, "2020-05", 1),
    ]
    assert await answers(room, "silent_months", site="nalang") == []


async def test_one_text_on_several_portals(room: Datasette) -> None:
    names = ("portals", "articles", "title", "site")
    both = [(2, 2, "Thông báo chung", site) for site in ("chodon", "nalang")]
    for site in ("", "nalang"):
        rows = await answers(room, "same_text_on_several_portals", site=site)
        assert sorted(only(rows, *names)) == both
    assert await answers(room, "same_text_on_several_portals", site="x") == []


async def test_what_is_withheld_has_no_text_in_common(tmp_path: Path) -> None:
    """All that are hidden are left with the same nothing; and one of them would tell the text."""
    path = build_archive(tmp_path / "archive.db", ARTICLES)
    with Archive.open(path) as archive:
        for article in ARTICLES[-2:]:
            archive.withheld.hide(article["url"], Grade.ALL, "theo yêu cầu")
    async with opened(path) as room:
        assert await answers(room, "same_text_on_several_portals") == []


async def test_longest_chains(room: Datasette) -> None:
    """Three hang together; the fourth names one that is not held, the fifth the fourth."""
    rows = await answers(room, "longest_chains", site="chodon")
    found = only(rows, "articles", "title", "oldest")
    assert found[:2] == [
        (3, "Bài 3", "2020-01-06T08:00:00+07:00"),
        (2, "Bài 6", "2021-03-01T08:00:00+07:00"),
    ]


async def test_articles_edited_most(room: Datasette) -> None:
    rows = await answers(room, "edited_most")
    assert only(rows, "revisions", "site") == [(3, "chodon")]


async def test_articles_by_weekday(room: Datasette) -> None:
    rows = await answers(room, "articles_by_weekday", site="nalang")
    assert only(rows, "weekday", "articles") == [(1, 1)]
    rows = await answers(room, "articles_by_weekday", site="chodon")
    assert only(rows, "weekday", "articles") == [(1, 3), (2, 1), (4, 1), (7, 2)]


async def test_busiest_days(room: Datasette) -> None:
    rows = await answers(room, "busiest_days")
    assert only(rows, "day", "articles", "portals")[0] == ("2020-01-06", 3, 2)


async def test_authors_by_portal(room: Datasette) -> None:
    rows = await answers(room, "authors_by_portal", site="nalang")
    names = ("authors", "signed_articles", "most_of_one", "most_by", "percent_of_signed")
    assert only(rows, *names) == [(1, 1, 1, "An", 100.0)]
    (row,) = await answers(room, "authors_by_portal", site="chodon")
    assert (row["authors"], row["signed_articles"], row["most_by"]) == (3, 5, "An")


async def test_first_and_last_article_of_each_portal(room: Datasette) -> None:
    rows = await answers(room, "first_and_last_articles")
    found = {row["site"]: (row["first_published_at"], row["last_published_at"]) for row in rows}
    assert found["nalang"] == ("2020-01-06", "2020-01-06")
    assert found["chodon"][0].startswith("2020-01-06")


async def test_documents_cited_together(room: Datasette) -> None:
    rows = await answers(room, "documents_cited_together", document="30/2020/NĐ-CP")
    assert only(rows, "key", "articles") == [("6-ĐA/TU, Bắc Kạn", 1)]


async def test_words_per_year(room: Datasette) -> None:
    rows = await answers(room, "words_per_year", site="nalang")
    assert only(rows, "year", "articles", "words", "mean_words", "longest") == [
        (2020, 1, 4, 4.0, 4)
    ]


async def test_communes_named_elsewhere(room: Datasette) -> None:
    assert await answers(room, "communes_named_elsewhere", district="") == []


async def test_the_query_that_stands_in_the_box_asks_for_the_newest_articles(
    room: Datasette,
) -> None:
    box = Page((await room.client.get("/archive")).text).css_first("#sql-editor")
    assert box is not None
    found = await room.client.get("/archive.json", params={"sql": box.text(), "_shape": "array"})
    rows = found.json()
    days = [row["published_at"] for row in rows if row["published_at"]]
    assert [row["published_at"] for row in rows] == [*sorted(days, reverse=True), None]
    assert len(rows) == len(ARTICLES) + 2
    assert [*rows[0]] == ["code", "title", "site", "published_at"]


async def test_a_page_says_what_its_columns_are(room: Datasette) -> None:
    for path in (
        "/archive/edited_most?site=",
        "/archive?sql=select+title,revised_at+from+articles",
    ):
        answer = await room.client.get(path, headers={"accept-language": "en"})
        page = Page(answer.text)
        told = [node.text().split()[0] for node in page.css(".column-descriptions dt")]
        assert {"title", "revised_at"} <= {*told}, path
        assert "article" in page.css_first(".column-descriptions").text(), path


@pytest.mark.parametrize(
    ("columns", "sql", "tables"),
    [
        (["url", "state", "n"], "select url, state, 1 as n from urls", ["urls", "urls"]),
        (["title", "name"], "select * from articles join sites", ["articles", "sites"]),
        (["site"], "select site from sites join articles", ["articles"]),
        (["title"], "select 'articles' as title", ["articles"]),
        (["x", "x"], "select 1 as x", []),
        (["title"], "select title", []),
    ],
)
def test_a_column_is_that_of_a_table_that_is_named(
    columns: list[str], sql: str, tables: list[str]
) -> None:
    assert [each.table for each in described(columns, sql)] == tables
