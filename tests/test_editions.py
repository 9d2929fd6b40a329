"""What differs between the Datasettes that the room runs on: 1.0's, in the words of 0.65."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.asgi import Request

from reading_room import editions
from reading_room.metadata import metadata
from reading_room.plugins.editions import UNOFFERED, path_of_sql
from tests.alpha import FAILING

ROOT = Path(__file__).parents[1]
ARCHIVE: dict[str, Any] = metadata()["databases"]["archive"]


@pytest.fixture
def new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it that Datasette 1.0 is installed."""
    monkeypatch.setattr(editions, "IS_OLD", False)


@dataclass
class Query:
    """What 1.0 gives the page of a query."""

    error: str | None = None
    stored_query: str | None = None
    stored_query_write: bool = False
    database: str = "archive"
    database_color: str = "c0ffee"


def context(given: Any, view: str = "database", path: str = "/archive") -> Any:
    return editions.context(given, view, Request.fake(path))


@pytest.mark.parametrize(
    ("path", "query", "leads_to"),
    [
        ("/archive", "sql=select+1", "/archive/-/query"),
        ("/archive.json", "_shape=array&sql=select+1", "/archive/-/query.json"),
        ("/archive", "sql=", None),
        ("/archive", "_sql=select+1", None),
        ("/archive/articles", "sql=select+1", None),
        ("/archived", "sql=select+1", None),
    ],
    ids=["page", "data", "empty", "another", "of a table", "elsewhere"],
)
def test_sql_keeps_the_address_where_it_is_quoted(
    path: str, query: str, leads_to: str | None
) -> None:
    assert path_of_sql(path, query) == leads_to


@pytest.mark.parametrize(
    ("path", "is_offered"),
    [
        *((f"/-/{page}", False) for page in ("api", "allowed.json", "debug/autocomplete", "jump")),
        *(
            (f"/archive/-/{page}", False)
            for page in ("create", "queries/store", "query/parameters")
        ),
        *((f"/archive/{page}", False) for page in ("tags/-/insert", "tags/1/-/delete")),
        *((path, True) for path in ("/-/versions", "/archive/-/query", "/archive/-/query.json")),
        *((path, True) for path in ("/archive/tags", "/archive/tags/1.json", "/archive/tags/-")),
    ],
)
def test_pages_for_whoever_writes_are_not_offered(path: str, is_offered: bool) -> None:
    assert any(re.match(route, path) for route in UNOFFERED) != is_offered


def test_the_tests_that_fail_under_the_new_one_are_there_and_a_reason_is_given() -> None:
    for test, why in FAILING.items():
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text("utf-8"), test
        assert why


def test_the_old_one_is_given_what_it_knows() -> None:
    given = {"database": "archive"}
    if editions.IS_OLD:
        assert context(given) is given
        assert editions.given() == {"metadata": metadata()}


@pytest.mark.usefixtures("new")
def test_queries_and_facets_are_given_and_what_is_said_is_not() -> None:
    given = editions.given()
    queries = given["config"]["databases"]["archive"]["queries"]
    assert {name: query["sql"] for name, query in queries.items()} == {
        name: query["sql"] for name, query in ARCHIVE["queries"].items()
    }
    articles = given["metadata"]["databases"]["archive"]["tables"]["articles"]
    assert articles["facets"] == ARCHIVE["tables"]["articles"]["facets"]
    assert not {"title", "description", "columns"} & articles.keys()


@pytest.mark.usefixtures("new")
@pytest.mark.parametrize("error", [None, "no such column: gì"])
def test_a_page_of_sql_tells_of_mistakes_and_of_what_is_left_out(error: str | None) -> None:
    editions.cut.set(True)
    page = context(Query(error))
    assert (page["query_error"], editions.mistaken.get()) == (error, error is not None)
    assert page["truncated"]
    assert page["canned_query"] is None
    assert page["metadata"]["title"] == ARCHIVE["title"]
    assert page["metadata"]["license"] == metadata()["license"]
    assert page["database_color"]("archive") == "c0ffee"


@pytest.mark.usefixtures("new")
def test_a_canned_query_is_called_what_the_metadata_calls_it() -> None:
    (name, told), *_ = ARCHIVE["queries"].items()
    page = context(Query(stored_query=name))
    assert (page["canned_query"], page["metadata"]) == (name, told)


@pytest.mark.usefixtures("new")
def test_a_table_has_its_words_in_both_languages() -> None:
    given = {
        "database": "archive", "table": "tags", "actions": list, "count": 7,
        "facet_results": {"results": {}, "timed_out": []}, "database_color": "c0ffee",
        "display_columns": [{"name": "Link"}, {"name": "name", "description": None}],
    }  # fmt: skip
    page = context(given, "table", "/archive/tags?_search=duong")
    described = ARCHIVE["tables"]["tags"]
    assert page["metadata"]["description"] == described["description"]
    assert [column["description"] for column in page["display_columns"]] == [
        None, described["columns"]["name"],
    ]  # fmt: skip
    assert (page["filtered_table_rows_count"], page["search"]) == (7, "duong")
    assert not page["facet_results"]
    assert context(given, "table", "/archive/tags")["search"] == ""


@pytest.mark.usefixtures("new")
def test_the_page_of_the_database_has_all_queries() -> None:
    page = context({"database": "archive", "queries": []})
    assert [query["name"] for query in page["queries"]] == [*ARCHIVE["queries"]]


@pytest.mark.usefixtures("new")
def test_pages_of_our_own_are_drawn_from_what_they_give() -> None:
    given = {"database": "archive", "table": "articles"}
    assert context(given, "") is given
