"""The docs are true: what there is, is in them, and what they show, runs."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import click
import pytest
from sqlite_utils import Database

from archive.connection import Connection
from archive.schema import migrations
from crawler import settings
from crawler.readers import CMS
from crawler.routes import ROUTES
from crawler.sites import Site
from crawler.vocabulary import (
    AlarmKind,
    BodyType,
    Change,
    Confidence,
    Discovery,
    Flag,
    GapState,
    Grade,
    MediaKind,
    MediaState,
    NameAnswer,
    Naming,
    ProblemKind,
    PushState,
    ReadFrom,
    Reviewed,
    RouteStatus,
    RunOutcome,
    Says,
    Source,
    State,
    Went,
)
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived
from tinhuyen.cli import main
from tinhuyen.summary import COLUMNS

ROOT = Path(__file__).parents[1]
DOCS = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")
READMES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "README.vi.md")}


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
    migrations.apply(Connection(db.conn))
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


@pytest.mark.parametrize("name", READMES)
def test_the_commands_of_a_readme_exist(name: str) -> None:
    """With their options; of `make`, the targets."""
    shown = re.findall(r"```console\n(.*?)```", READMES[name], re.DOTALL)
    lines = [line.partition(" #")[0].split() for block in shown for line in block.splitlines()]
    known = dict(commands())
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for program, *arguments in filter(None, lines):
        if program == "make":
            assert {*arguments} <= {*targets}
        elif program == "tinhuyen" and arguments[0] != "schedule":
            command = known[arguments[0]]
            if isinstance(command, click.Group):
                command = command.commands[arguments[1]]
            options = {
                name for each in command.params for name in (*each.opts, *each.secondary_opts)
            }
            assert {word for word in arguments if word.startswith("--")} <= options, arguments


def test_the_readme_in_vietnamese_shows_no_command_that_the_other_does_not() -> None:
    shown = {
        name: set(re.findall(r"^((?:tinhuyen|make) \w+)", text, re.MULTILINE))
        for name, text in READMES.items()
    }
    assert shown["README.vi.md"] <= shown["README.md"] | {"make serve"}


def test_links_between_the_docs_lead_somewhere() -> None:
    for name, text in {**{f"../{name}": text for name, text in READMES.items()}, **DOCS}.items():
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


def words(text: str) -> set[str]:
    """Return what stands between backticks."""
    return set(re.findall(r"`([^`]+)`", text))


def row(name: str, section: str) -> str:
    """Return what the table of a section of archive.md says of a column."""
    part = DOCS["archive.md"].partition(f"### {section}\n")[2].partition("\n### ")[0]
    cells = [line.split("|", 2) for line in part.splitlines() if line.startswith("| `")]
    (told,) = (rest for _, names, rest in cells if name in words(names))
    return told


THE_MAP = "`provinces`, `districts`, `communes`, `units`, `successors`"
NEVER_STORED = {RunOutcome.LOCKED, RunOutcome.NOT_STARTED}


@pytest.mark.parametrize(
    ("section", "column", "members", "beside"),
    [
        ("`articles`", "published_confidence", Confidence, set()),
        ("`articles`", "read_from", ReadFrom, set()),
        ("`articles`", "change", {change for change in Change if change.is_of_held}, set()),
        ("`media`", "state", MediaState, set()),
        ("`media`", "kind", MediaKind, set()),
        ("`captures`, `warcs`", "source", Source, set()),
        ("`captures`, `warcs`", "flags", Flag, {"quarantine"}),
        ("`urls`", "found_by", Discovery, set()),
        ("`urls`", "state", State, set()),
        ("`routes`", "route", {*ROUTES, Discovery.WAYBACK}, set()),
        ("`routes`", "state", RouteStatus, set()),
        ("`takedowns`, `withheld`", "grade", Grade, set()),
        ("`runs`, `problems`", "outcome", {*RunOutcome} - NEVER_STORED, set()),
        ("`runs`, `problems`", "kind", ProblemKind, set()),
        ("`alarms`, `tellings`", "kind", AlarmKind, set()),
        ("`pushes`", "state", PushState, set()),
        ("`reviews`", "verdict", Reviewed, set()),
        ("`places`", "how", Naming, set()),
        ("`surveys`, `web_archives`", "says", Says, set()),
        ("`surveys`, `web_archives`", "dns", NameAnswer, set()),
        (THE_MAP, "type", BodyType, set()),
        (THE_MAP, "went", Went, set()),
    ],
)
def test_a_column_lists_the_words_of_its_set(
    section: str, column: str, members: Iterable[str], beside: set[str]
) -> None:
    assert words(row(column, section)) - beside == {*members}


def test_the_tables_of_words_list_their_sets() -> None:
    def first_cells(text: str) -> set[str]:
        return {word for line in text.splitlines() for word in words(line.split("|")[1])}

    states = re.search(r"\| state \| meaning \|\n\|[-|]+\n((?:\|.*\n)+)", DOCS["crawling.md"])
    flags = re.search(r"\| flag \| the page \|\n\|[-|]+\n((?:\|.*\n)+)", DOCS["keeping.md"])
    assert states
    assert flags
    assert first_cells(states[1]) == {*State}
    assert first_cells(flags[1]) == {flag for flag in Flag if flag.is_suspicion}


def test_the_views_name_the_words_that_they_show() -> None:
    views = DOCS["archive.md"].partition("\n## Views\n")[2].partition("\n## ")[0]
    told = {line.partition("`")[2].partition("`")[0]: words(line) for line in views.split("\n- ")}
    assert {*State} <= told["coverage"]
    assert told["gaps"] - {"gaps", "state", "reason"} == {*GapState}
    assert {flag for flag in Flag if flag.is_suspicion} <= told["quarantine"]
