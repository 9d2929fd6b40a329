"""Each table of an archive has a rule by which it is merged, and each rule is of a table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlite_utils import Database

from archive.merging.numbers import TABLES
from archive.merging.rules import RULES, Apart, Keyed, Log, Own, Part, Rules
from archive.schema import migrations

SHADOWS = ("_data", "_idx", "_docsize", "_config")
"""How the tables end in which FTS5 keeps ``articles_fts``."""


@pytest.fixture(scope="module")
def new() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as db:
        migrations.apply(Database(db))
        yield db


def columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in db.execute(f"PRAGMA table_info({table})")}


def test_each_table_has_one_rule(new: sqlite3.Connection) -> None:
    tables = [
        name
        for (name,) in new.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not (name.startswith("articles_fts") and name.endswith(SHADOWS))
    ]
    assert sorted(rule.table for rule in RULES) == sorted(tables)


@pytest.mark.parametrize("rule", [*Rules.keyed, *Rules.logs, *Rules.parts], ids=lambda r: r.table)
def test_a_rule_names_columns_that_there_are(
    rule: Keyed | Log | Part, new: sqlite3.Connection
) -> None:
    if isinstance(rule, Part):
        named = {*rule.columns}
    else:
        named = {*rule.key, *rule.numbers}
        named |= {*rule.earliest, *rule.largest} if isinstance(rule, Keyed) else {rule.time}
    assert named <= columns(new, rule.table)


@pytest.mark.parametrize("rule", [*Rules.keyed, *Rules.logs], ids=lambda rule: rule.table)
def test_a_column_that_names_rows_by_their_numbers_is_said_to(
    rule: Keyed | Log, new: sqlite3.Connection
) -> None:
    keys = new.execute(f"PRAGMA foreign_key_list({rule.table})").fetchall()
    named = {column: table for _, _, table, column, *_ in keys if table != "sites"}
    assert dict(rule.numbers) == named
    assert {*named.values()} <= {*TABLES}


@pytest.mark.parametrize("rule", Rules.keyed, ids=lambda rule: rule.table)
def test_the_key_of_a_table_is_one_that_sqlite_holds_it_to(
    rule: Keyed, new: sqlite3.Connection
) -> None:
    unique = [
        tuple(column for _, _, column in new.execute(f"PRAGMA index_info({name})"))
        for _, name, is_unique, *_ in new.execute(f"PRAGMA index_list({rule.table})").fetchall()
        if is_unique
    ]
    assert rule.key in unique


@pytest.mark.parametrize("rule", Rules.logs, ids=lambda rule: rule.table)
def test_nothing_names_the_rows_of_a_log(rule: Log, new: sqlite3.Connection) -> None:
    """Their numbers are given anew."""
    for (table,) in new.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        parents = {row[2] for row in new.execute(f"PRAGMA foreign_key_list({table})")}
        assert rule.table not in parents, table


def test_what_is_joined_otherwise_says_how_and_what_is_not_says_why() -> None:
    assert all(rule.how for rule in RULES if isinstance(rule, Apart))
    assert all(rule.why for rule in RULES if isinstance(rule, Own))
