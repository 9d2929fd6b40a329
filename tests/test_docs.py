"""The docs are true: what there is, is in them, and what they show, runs."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import click
import pytest
from sqlite_utils import Database

from archive.schema import migrations
from crawler import settings
from crawler.readers import CMS
from crawler.routes import ROUTES
from crawler.sites import Site
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived
from tinhuyen.cli import main
from tinhuyen.summary import COLUMNS

ROOT = Path(__file__).parents[1]
DOCS = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command
        yield name, command


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"tinhuyen {name}" in README


def test_every_option_of_crawl_is_documented() -> None:
    crawl = dict(commands())["crawl"]
    for parameter in crawl.params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[0]}" in DOCS["crawling.md"], parameter.opts


def test_every_setting_of_ours_is_documented() -> None:
    ours = re.search(r"# Ours\n(.*?)\n\n", Path(settings.__file__).read_text("utf-8"), re.DOTALL)
    assert ours
    names = re.findall(r"^([A-Z_]+) =", ours[1], re.MULTILINE)
    assert "ARCHIVE_DB" in names
    for name in names:
        assert f"`{name}`" in DOCS["crawling.md"], name


def test_every_key_of_a_site_is_documented() -> None:
    for field in fields(Site):
        if field.name != "key":
            assert f"`{field.name}`" in DOCS["sites.md"], field.name
    for name in CMS:
        assert f"`{name}`" in DOCS["sites.md"], name


def test_every_route_is_documented() -> None:
    for name in ROUTES:
        assert f"| `{name}` |" in DOCS["crawling.md"], name


def test_every_table_view_and_column_is_documented() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    text = DOCS["archive.md"]
    for table in db.table_names():
        if table.startswith(("articles_fts_", "_sqlite")):
            continue
        assert f"`{table}`" in text, table
        for row in db.execute(f"PRAGMA table_xinfo({table})"):
            name = row[1]
            assert f"`{name}`" in text or name in ("articles_fts", "rank"), f"{table}.{name}"
    for view in db.view_names():
        assert f"`{view}`" in text, view
    for column in db.execute("SELECT * FROM coverage").description:
        assert f"`{column[0]}`" in text, column[0]


def test_links_between_the_docs_lead_somewhere() -> None:
    for name, text in {"../README.md": README, **DOCS}.items():
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (ROOT / "docs" / name).parent.joinpath(target).exists(), (name, target)


def sql_examples() -> list[str]:
    blocks = re.findall(r"```sql\n(.*?)```", DOCS["archive.md"], re.DOTALL)
    return [sql.strip() for block in blocks for sql in block.split(";") if sql.strip()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    with serving(Portal.embedded()) as server:
        archived = Archived(tmp_path_factory.mktemp("docs"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        yield archived


def test_there_are_sql_examples() -> None:
    assert len(sql_examples()) >= 5


@pytest.mark.parametrize("sql", sql_examples())
def test_every_sql_example_runs_and_finds_something(sql: str, demo: Archived) -> None:
    with closing(sqlite3.connect(demo.db)) as connection:
        rows = connection.execute(sql).fetchall()
    assert rows or "FROM gaps" in sql


def test_the_summary_in_the_readme_has_the_columns_that_a_crawl_prints() -> None:
    heading = re.search(r"^SITE .*$", README, re.MULTILINE)
    assert heading
    assert tuple(heading[0].split()) == COLUMNS
