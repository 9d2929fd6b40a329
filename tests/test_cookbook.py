"""Every query of docs/queries.md gives what the page says."""

import re
import sqlite3
from collections.abc import Iterator

import pytest

from tests.cookbook import PAGE, RECIPE, answered, kitchen
from tests.test_room_metadata import METADATA

RECIPES = [found.groupdict() for found in RECIPE.finditer(PAGE.read_text("utf-8"))]


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with kitchen() as connection:
        yield connection


def test_every_ready_question_is_named_with_its_parameters() -> None:
    table = PAGE.read_text("utf-8").partition("## Ready questions")[2]
    named = re.findall(r"^\| `(\w+)` \| (.+?) \| (.*?) \|$", table, re.MULTILINE)
    questions = METADATA["databases"]["archive"]["queries"]
    assert named == [
        (name, asked["title"]["en"], ", ".join(f"`{each}`" for each in asked.get("params", ())))
        for name, asked in questions.items()
    ]


def test_there_are_recipes_for_every_part_of_an_archive() -> None:
    asked = " ".join(recipe["sql"] for recipe in RECIPES)
    assert len(RECIPES) >= 20
    for table in ("articles", "articles_fts", "revisions", "captures", "citations", "gaps", "runs"):
        assert f" {table}" in asked


@pytest.mark.parametrize("number", range(len(RECIPES)))
def test_a_recipe_gives_what_the_page_says(number: int, connection: sqlite3.Connection) -> None:
    """If it should give something else now: python -m tests.cookbook."""
    recipe = RECIPES[number]
    told = answered(connection, recipe["sql"])
    assert recipe["answer"] == told
    assert len(told.splitlines()) > 2, "it finds something"
