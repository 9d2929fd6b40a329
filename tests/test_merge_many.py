"""Many sites of which nothing is here are taken over together: as if each had come by itself."""

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from archive import Archive, ArchiveError, LockedError
from archive.connection import Connection, Parameters
from archive.merging import merging
from archive.merging.merging import Joining
from archive.merging.rules import RULES, Own
from crawler.exchange import Exchange
from crawler.vocabulary import Grade, ProblemKind
from curation.merging import merge
from tests.content import content_hash
from tests.test_archive import NOON, SITE, a_visit, an_article
from tests.test_merge_both import faults, rows
from tests.test_merge_kills import KILLED, stopped

SITES = ("bac", "ca", "dong", "hoa", "lang", "muong")
_OTHERWISE = {"changed", "noted_at"}
"""Columns that tell in which order, or when, this archive took something over."""


def country(db: Path, sites: tuple[str, ...] = SITES) -> Path:
    """Write an archive of some portals, by two crawls of each: the second of the first begins after
    the first of the last, so that the numbers of their rows are mixed. One article is hidden.
    """
    db.parent.mkdir(parents=True, exist_ok=True)
    for hour, paths in ((1, "ab"), (2, "bc")):
        for number, key in enumerate(sites):
            see(db, key, 10 * number + hour, paths)
    with Archive.open(db) as archive:
        archive.withheld.hide("https://ca.example/b/", Grade.TEXT, "riêng tư", by="A")
    return db


def see(db: Path, key: str, hour: int, paths: str) -> None:
    """Crawl a portal: each page names the one before it, which for the first is not held."""
    base = f"https://{key}.example/"
    with Archive.open(db, create=True) as archive:
        at = NOON + timedelta(hours=hour)
        site = {**SITE, "key": key, "name": f"Huyện {key}", "base_url": base}
        run_id = archive.runs.start(site, at)
        archive.captures.begin(run_id, key, {"isPartOf": f"Huyện ({key})"})
        for path in paths:
            url, body = f"{base}{path}/", f"{key} {path} {hour}".encode()
            exchange = Exchange(
                url, at, 200, b"HTTP/1.1 200 OK\r\n\r\n", body, b"GET / HTTP/1.1\r\n\r\n",
                content_type="text/html",
            )  # fmt: skip
            article = an_article(f"Tin {path}", f"{key} {path} {hour}", tags=("xã", key))
            before = f"{base}{chr(ord(path) - 1)}/"
            visit = a_visit(f"{path}/", article, at=at, base=base, prev_url=before)
            visit = replace(visit, capture=archive.captures.keep(exchange))
            archive.visits.record(run_id, key, visit)
        archive.runs.note_problem(run_id, ProblemKind.FAILED, f"lần {hour}", f"{base}z/")
        archive.runs.finish(run_id, "finished", len(paths), 1000)


def said(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what an archive says in each table that is merged, in no order: rows that are named by
    their numbers are named by what they are.
    """
    named = {
        "runs": "SELECT id, site || started_at FROM runs",
        "captures": "SELECT id, url || fetched_at FROM captures",
        "articles": "SELECT id, code FROM articles",
        "tags": "SELECT id, name FROM tags",
        "takedowns": "SELECT id, code || grade FROM takedowns",
    }
    found = {}
    with closing(sqlite3.connect(db)) as connection:
        names = {table: dict(connection.execute(sql)) for table, sql in named.items()}
        for table in (rule.table for rule in RULES if not isinstance(rule, Own)):
            cursor = connection.execute(f"SELECT * FROM {table}")
            columns = [column for column, *_ in cursor.description]
            keys = connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
            leads = {key[3]: names[key[2]] for key in keys if key[2] in names}
            leads["capture_id"] = names["captures"]
            found[table] = sorted(
                (
                    tuple(
                        leads[column].get(value) if column in leads else value
                        for column, value in zip(columns, row, strict=True)
                        if column not in {"id", *_OTHERWISE}
                    )
                    for row in cursor
                ),
                key=repr,
            )
    return found


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return country(tmp_path_factory.mktemp("source") / "archive.db")


def test_together_they_say_what_each_would_by_itself(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, apart = tmp_path / "together.db", tmp_path / "apart.db"
    assert merge(together, source).new == 3 * len(SITES)
    monkeypatch.setattr(merging, "MOST_SITES", 1)
    assert merge(apart, source).new == 3 * len(SITES)
    of_one, of_each = said(together), said(apart)
    assert of_one == of_each
    empty = {table for table, found in of_one.items() if not found}
    assert not empty & {"articles", "revisions", "captures", "runs", "problems", "loose_ends"}
    assert not faults(together)
    for name in ("runs", "articles"):
        numbers = rows(together, f"SELECT id FROM {name} ORDER BY id")
        assert [number for (number,) in numbers] == [*range(1, len(numbers) + 1)]
    assert rows(together, "SELECT count(DISTINCT changed), count(*) FROM articles") == [(18, 18)]


def test_what_is_merged_so_is_remembered_site_by_site(source: Path, tmp_path: Path) -> None:
    """An archive that grew is looked at where it has, whether it came with others or alone."""
    theirs, db = tmp_path / "theirs" / "archive.db", tmp_path / "archive.db"
    shutil.copytree(source.parent, theirs.parent)
    merge(db, theirs)
    assert merge(db, theirs).merged == 0
    see(theirs, "hoa", 80, "cd")
    again = merge(db, theirs)
    assert (again.merged, again.new, again.changed) == (1, 1, 1)
    assert content_hash(db) == content_hash(theirs)


def test_those_of_which_something_is_here_are_matched_with_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one portion some sites are here and some are not."""
    db = tmp_path / "archive.db"
    see(db, "hoa", 1000, "ad")
    monkeypatch.delattr(Joining, "_join_each")  # together they are what an archive may be
    merged = merge(db, source)
    assert (merged.merged, merged.new, merged.changed) == (6, 17, 1)
    files = rows(source, "SELECT count(*) FROM warcs")
    assert [(merged.linked + merged.copied,)] == files, "each is told that was brought"
    both = dict(rows(db, "SELECT url, body FROM articles"))
    assert both["https://hoa.example/a/"] == "hoa a 1000"
    assert not faults(db)


def test_a_site_that_is_crawled_here_is_refused_by_its_name(source: Path, tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    see(db, "lang", 1, "a")
    before = content_hash(db)
    with FileLock(f"{db}.lang.lock"), pytest.raises(LockedError, match="'lang'"):
        merge(db, source)
    assert content_hash(db) == before
    assert merge(db, source).new == 3 * len(SITES) - 1


def test_one_that_no_archive_may_hold_is_named_and_keeps_no_other_out(
    source: Path, tmp_path: Path
) -> None:
    theirs, db = tmp_path / "theirs" / "archive.db", tmp_path / "archive.db"
    shutil.copytree(source.parent, theirs.parent)
    with closing(sqlite3.connect(theirs)) as written, written:
        written.execute("PRAGMA ignore_check_constraints = ON")
        written.execute("UPDATE urls SET state = 'lạ' WHERE url = 'https://hoa.example/a/'")
    with pytest.raises(ArchiveError, match="says something of 'hoa' that no archive may say"):
        merge(db, theirs)
    held = rows(db, "SELECT site, count(*) FROM articles GROUP BY site")
    assert held == [(key, 3) for key in SITES if key < "hoa"], "those before it are whole"
    assert not faults(db)


def test_a_capture_of_no_run_is_not_left_out_in_silence(source: Path, tmp_path: Path) -> None:
    theirs, db = tmp_path / "theirs" / "archive.db", tmp_path / "archive.db"
    shutil.copytree(source.parent, theirs.parent)
    with closing(sqlite3.connect(theirs)) as written, written:
        written.execute("UPDATE captures SET run_id = 999 WHERE url = 'https://hoa.example/a/'")
    with pytest.raises(ArchiveError, match=r"of 'hoa' .* may say .1 captures are of no run"):
        merge(db, theirs)
    assert "hoa" not in {site for (site,) in rows(db, "SELECT site FROM articles")}
    assert not faults(db)


def test_what_was_killed_among_many_is_gone_on_with(source: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole" / "archive.db"
    whole.parent.mkdir()
    done = stopped(whole, source, float("inf"))
    assert done.returncode == 0, done.stderr
    steps, expected = int(done.stdout), said(whole)
    for number, part in enumerate((0.5, 0.7, 0.9)):
        db = tmp_path / f"killed{number}" / "archive.db"
        db.parent.mkdir()
        assert stopped(db, source, steps * part).returncode == KILLED
        merge(db, source)
        assert said(db) == expected, part
        assert not faults(db), part


def test_no_statement_reads_a_table_through_to_find_one_site(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a site costs must not grow with the archives that it goes from and to."""
    db = tmp_path / "archive.db"
    see(db, "hoa", 1000, "ad")
    plans: list[tuple[str, str]] = []
    execute = Connection.execute

    def explained(self: Connection, sql: str, parameters: Any = None) -> sqlite3.Cursor:
        if "source." in sql and sql.split()[0] in {"INSERT", "SELECT", "UPDATE", "DELETE", "WITH"}:
            for _, _, _, step in execute(self, f"EXPLAIN QUERY PLAN {sql}", parameters):
                plans.append((step, " ".join(sql.split())))
        return execute(self, sql, parameters)

    monkeypatch.setattr(Connection, "execute", explained)
    merge(db, source)
    assert len(plans) > 200, "they were not explained"
    read_through = [
        sql
        for step, sql in plans
        if re.match(r"SCAN (theirs|ours|counted|source\.(urls|articles|captures))\b", step)
        and not sql.endswith("WHERE 0")  # of which SQLite reads nothing
        and not re.search(r"FROM source\.(pushes|runs)\b", sql)  # of no crawl; of one site already
    ]
    assert read_through == ["SELECT site, count(*) FROM source.articles GROUP BY site"] * 2


@pytest.mark.parametrize("is_measured", [False, True], ids=["as it is", "counted by SQLite"])
def test_no_statement_reads_the_whole_other_archive_for_some_of_its_sites(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_measured: bool
) -> None:
    other = tmp_path / "other" / "archive.db"
    shutil.copytree(source.parent, other.parent)
    if is_measured:
        with closing(sqlite3.connect(other)) as connection, connection:
            connection.execute("ANALYZE")
    execute = Connection.execute
    planned: dict[str, list[str]] = {}

    def explained(db: Connection, sql: str, parameters: Parameters | None = None) -> sqlite3.Cursor:
        if "temp.at_hand CROSS JOIN" in sql:
            plan = db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", parameters or ()).fetchall()
            planned[sql] = [step[-1] for step in plan]
        return execute(db, sql, parameters)

    monkeypatch.setattr(Connection, "execute", explained)
    monkeypatch.setattr(merging, "MOST_SITES", 2)
    assert merge(tmp_path / "archive.db", other).new == 3 * len(SITES)
    assert len(planned) > 10
    whole = re.compile(r"theirs USING AUTOMATIC|BLOOM FILTER ON theirs|SCAN theirs")
    assert not {sql: plan for sql, plan in planned.items() if any(map(whole.search, plan))}
