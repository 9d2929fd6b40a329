"""Tables: what a reader is shown first of wide ones, and that paging shows each row once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page

from reading_room import reading_room
from reading_room.plugins.tables import ALL, SHOWN, other_columns, shown_query
from reading_room.visitors.rules import Rules
from tests.room_sample import build_archive, opened

DAY = "2021-03-04T00:00:00+07:00"
OF_A_DAY = 130
"""Articles of one moment, as portals have them that print a day only: more than two pages."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def article(number: int, **more: Any) -> dict[str, Any]:
        return {
            "url": f"https://chodon.example/{number}/", "title": f"Tin số {number}",
            "published_at": DAY, "category": "Thông báo", **more,
        }  # fmt: skip

    articles = [
        *(article(number) for number in range(OF_A_DAY)),
        article(900, published_at="2022-05-06T07:08:09+07:00", category="Kinh tế"),
        *(article(number, published_at=None) for number in range(901, 904)),
    ]
    return build_archive(tmp_path_factory.mktemp("tables") / "archive.db", articles, urls=())


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    async with opened(archive) as room:
        yield room


async def page(room: Datasette, path: str) -> Page:
    response = await room.client.get(path)
    assert response.status_code == 200, response.text[:2000]
    return Page(response.text)


async def following(room: Datasette, path: str) -> str | None:
    """Return the address of the page after that of a *path*, as it tells programs."""
    where, _, asked = path.partition("?")
    told = (await room.client.get(f"{where}.json?{asked}")).json()["next_url"]
    return str(told).removeprefix("http://localhost").replace(".json", "") if told else None


@pytest.mark.parametrize(
    ("asked", "number"),
    [("", OF_A_DAY + 4), ("?site=chodon", OF_A_DAY + 4), ("?year=2021", OF_A_DAY),
     ("?category=Th%C3%B4ng+b%C3%A1o", OF_A_DAY + 3)],
    ids=["all", "site", "year", "category"],
)  # fmt: skip
async def test_from_page_to_page_each_article_is_shown_once(
    room: Datasette, asked: str, number: int
) -> None:
    seen: list[str] = []
    address: str | None = f"/archive/articles{asked}"
    while address:
        shown = await page(room, address)
        seen += [cell.text() for cell in shown.css("td.col-title")]
        address = await following(room, address)
    assert len(seen) == number
    assert len({*seen}) == number


async def test_a_page_of_articles_is_read_off_an_index(room: Datasette) -> None:
    after = "(published_at < :p or published_at is null or (published_at = :p and id > 9))"
    for where in ("", "site = 'chodon' and", "year = 2021 and", "category = 'Y tế' and"):
        plan = await room.get_database("archive").execute(
            f"EXPLAIN QUERY PLAN SELECT * FROM articles WHERE {where} {after}"
            " ORDER BY published_at DESC, id LIMIT 51",
            {"p": DAY},
        )
        steps = [row["detail"] for row in plan.rows]
        assert not [step for step in steps if "TEMP B-TREE" in step], steps


async def test_a_few_columns_are_shown_first_and_all_on_request(room: Datasette) -> None:
    shown = await page(room, "/archive/articles")
    columns = [head.attributes["data-column"] for head in shown.css("th[data-column]")]
    assert columns == ["id", *SHOWN["articles"]]
    switch = shown.css_first(".other-columns a").attributes["href"]
    assert switch == "/archive/articles?_columns=all"

    whole = await page(room, str(switch))
    assert len(whole.css("th[data-column]")) > 30
    assert whole.css_first(".other-columns a").attributes["href"] == "/archive/articles"

    chosen = await page(room, "/archive/articles?_col=body")
    assert [head.attributes["data-column"] for head in chosen.css("th")] == ["id", "body"]
    assert not chosen.css(".other-columns")


async def test_what_is_taken_away_as_data_has_all_columns(room: Datasette) -> None:
    found = (await room.client.get("/archive/articles.json?_shape=array&_size=1")).json()
    assert {"body", "code", "charset"} <= found[0].keys()


async def test_beneath_a_path_of_its_host_the_columns_are_the_same(archive: Path) -> None:
    room = reading_room(archive, Rules(prefix="/kho/"))
    await room.invoke_startup()
    shown = await page(room, "/archive/articles")  # whose client adds the path
    columns = [head.attributes["data-column"] for head in shown.css("th[data-column]")]
    assert columns == ["id", *SHOWN["articles"]]
    switch = shown.css_first(".other-columns a").attributes["href"]
    assert switch == "/kho/archive/articles?_columns=all"


async def test_values_are_counted_on_the_first_page_only(room: Datasette) -> None:
    first = await page(room, "/archive/articles")
    assert first.css(".facet-info")
    after = await following(room, "/archive/articles") or ""
    second = await page(room, after)
    assert not second.css(".facet-info"), "they would be counted among the rest only"
    sorted_anew = second.css_first("th.col-words a").attributes["href"]
    assert (await page(room, str(sorted_anew))).css(".facet-info")
    asked = await page(room, f"{after}&_facet=words")
    assert asked.css(".facet-info"), "who asks for it has it"


async def test_columns_that_are_shown_exist(room: Datasette) -> None:
    db = room.get_database("archive")
    for table, columns in SHOWN.items():
        assert {*columns} <= {*await db.table_columns(table)}, table


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ([("_col", "url")], [("_col", "url")]),
        ([("_nocol", "body")], [("_nocol", "body")]),
        ([ALL], [ALL]),
        ([("_nofacet", "following")], None),
        ([("site", "x"), ("_next", "1"), ("_col", "url")],
         [("site", "x"), ("_next", "1"), ("_col", "url"), ("_nofacet", "following")]),
    ],
    ids=["chosen", "left-out", "all", "first-again", "following"],
)  # fmt: skip
def test_what_an_address_means(
    asked: list[tuple[str, str]], meant: list[tuple[str, str]] | None
) -> None:
    of_sites = [("_col", column) for column in SHOWN["sites"]]
    assert shown_query("sites", asked) == (of_sites if meant is None else meant)
    assert shown_query("tags", [("_sort", "name")]) == [("_sort", "name")]


def test_the_switch_keeps_what_else_was_asked() -> None:
    few = [("_col", column) for column in SHOWN["urls"]]
    asked = [("site", "chodon"), *few]
    assert other_columns("urls", asked) == ([("site", "chodon"), ALL], True)
    assert other_columns("urls", [("site", "chodon"), ALL]) == ([("site", "chodon")], False)
    assert other_columns("urls", [("_col", "url")]) is None
    assert other_columns("tags", []) is None


async def test_a_row_names_the_tables_that_refer_to_it_and_no_others(room: Datasette) -> None:
    site = Page((await room.client.get("/archive/sites/chodon")).text)
    names = {item.text().partition(":")[2].strip(): item for item in site.css("main li, ul li")}
    found = {name: item for name, item in names.items() if name.endswith(".site")}
    assert {"articles.site", "runs.site"} <= found.keys()
    assert "alarms.site" not in found
    for item in found.values():
        link = item.css_first("a")
        assert link is not None
        assert not link.text().startswith("0 ")
