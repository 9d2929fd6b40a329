"""The articles whose older neighbour is not held: kept in step with all that befalls articles."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive
from archive.connection import Connection
from archive.schema import migrations
from archive.tables.loose_ends import LooseEnds

SITES = "tren", "duoi"
ADDRESSES = [f"http://h.example/{number}/" for number in range(5)]
NUMBERS = range(1, 8)

numbers = st.sampled_from(NUMBERS)
sites = st.sampled_from(SITES)
addresses = st.sampled_from(ADDRESSES)
older = st.one_of(st.none(), addresses)
days = st.one_of(st.none(), st.dates().map(str))
steps = st.one_of(
    st.tuples(
        st.just("INSERT INTO articles (id, site, url, prev_url, published_at, code, changed, title,"
                " words, first_seen_at, last_seen_at, change, text_sha256)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?1, ?1, '', 0, '', '', 'new', '')"),
        st.tuples(numbers, sites, addresses, older, days),
    ),
    st.tuples(st.just("DELETE FROM articles WHERE id = ?"), st.tuples(numbers)),
    st.tuples(st.just("DELETE FROM articles WHERE site = ?"), st.tuples(sites)),
    st.tuples(
        st.just("UPDATE articles SET prev_url = ? WHERE id = ?"), st.tuples(older, numbers)
    ),
    st.tuples(
        st.just("UPDATE articles SET prev_url = ? WHERE prev_url = ?"),
        st.tuples(older, addresses),
    ),
    st.tuples(st.just("UPDATE articles SET url = ? WHERE id = ?"), st.tuples(addresses, numbers)),
    st.tuples(
        st.just("UPDATE articles SET url = ?, prev_url = ?, site = ?, id = ? WHERE id = ?"),
        st.tuples(addresses, older, sites, numbers, numbers),
    ),
    st.tuples(
        st.just("INSERT INTO urls (site, url, urlkey, found_by, found_at, state, listed_in)"
                " VALUES (?1, ?2, ?2, 'prev', '', ?3, ?4)"
                " ON CONFLICT (url, site) DO UPDATE SET state = excluded.state"),
        st.tuples(sites, addresses, st.sampled_from(["held", "gone", "waiting", "not_article"]),
                  st.sampled_from([None, 1])),
    ),
)  # fmt: skip


def empty() -> Connection:
    db = Connection(sqlite3.connect(":memory:", isolation_level=None))
    migrations.apply(db)
    db.execute("PRAGMA foreign_keys = ON")
    for site in SITES:
        db.execute("INSERT INTO sites (key, name, base_url) VALUES (?, '', '')", [site])
    db.execute("INSERT INTO runs (id, site, started_at) VALUES (1, 'tren', '')")
    return db


@pytest.fixture(scope="module")
def db() -> Iterator[Connection]:
    with closing(empty().conn) as connection:
        yield Connection(connection)


def expected(db: Connection) -> list[Any]:
    """Return what the triggers must have done, looked for at every article."""
    rows = db.execute("SELECT id, site, url, prev_url FROM articles").fetchall()
    held = {(site, url) for _, site, url, _ in rows}
    return sorted(
        (number, site) for number, site, _, prev in rows if prev and (site, prev) not in held
    )


@given(history=st.lists(steps, max_size=25))
def test_after_any_history_it_has_the_articles_whose_older_neighbour_is_not_held(
    db: Connection, history: list[tuple[str, tuple[Any, ...]]]
) -> None:
    db.execute("BEGIN")
    try:
        for sql, values in history:
            with suppress(sqlite3.IntegrityError):  # two articles at one address: nothing is done
                db.execute(sql, values)
            assert db.execute("SELECT * FROM loose_ends ORDER BY 1").fetchall() == expected(db)
        assert list(LooseEnds(db).faults()) == []
        agree(db)
    finally:
        db.rollback()


def agree(db: Connection) -> None:
    """Hold the figures of ``coverage`` against what the other views list, and plain counts."""
    for row in db.query("SELECT * FROM coverage"):
        site = row["site"]

        def count(what: str, of: str = site) -> Any:
            return db.execute(f"SELECT count(*) FROM {what}", {"site": of}).fetchone()[0]

        held = "EXISTS (SELECT 1 FROM articles a WHERE a.url = urls.url AND a.site = urls.site)"
        assert row["known"] == count("urls WHERE site = :site")
        assert row["missing"] == count("gaps WHERE site = :site")
        assert row["chain_breaks"] == count("chain_breaks WHERE site = :site")
        assert row["broken"] == count("chain_breaks WHERE site = :site AND prev_url IS NULL")
        assert row["broken"] == count("gaps WHERE site = :site AND state = 'broken'")
        assert row["tombstones"] == count(f"urls WHERE site = :site AND state = 'gone' AND {held}")
        assert row["settled"] == count(
            "urls WHERE site = :site AND listed_in > 0 AND state IN ('gone', 'not_article')"
            f" AND NOT {held}"
        )
    breaks = db.execute("SELECT article_id FROM chain_breaks WHERE prev_url > ''").fetchall()
    assert {number for (number,) in breaks} == {number for number, _ in expected(db)}


@pytest.mark.parametrize("change", ["DELETE FROM loose_ends", "UPDATE loose_ends SET site = 'duoi'",
                                    "INSERT INTO loose_ends VALUES (1, 'tren')"])  # fmt: skip
def test_what_is_out_of_step_is_named_and_mended(change: str, tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, create=True) as archive:
        with closing(sqlite3.connect(path)) as other, other:
            for site in SITES:
                other.execute("INSERT INTO sites (key, name, base_url) VALUES (?, '', '')", [site])
            other.executemany(
                "INSERT INTO articles (id, site, url, prev_url, code, changed, title, words,"
                " first_seen_at, last_seen_at, change, text_sha256)"
                " VALUES (?1, 'tren', ?1, ?2, ?1, ?1, '', 0, '', '', 'new', '')",
                [(1, None), (2, "1"), (3, "away")],
            )
        assert not list(archive.articles.index_faults(lambda done: None, []))
        with closing(sqlite3.connect(path)) as other, other:
            other.execute(change)
        assert list(archive.articles.index_faults(lambda done: None, []))
        archive.articles.rebuild_index(lambda done: None)
        assert not list(archive.articles.index_faults(lambda done: None, []))


def test_what_the_triggers_ask_is_found_by_an_index(db: Connection) -> None:
    (bodies,) = db.execute(
        "SELECT group_concat(sql, ' ') FROM sqlite_master WHERE type = 'trigger'"
    ).fetchone()
    asked = [part for part in bodies.replace(" END", " BEGIN").split("BEGIN") if ";" in part]
    statements = [sql.strip() for part in asked for sql in part.split(";") if sql.strip()]
    assert len(statements) >= 4
    for sql in statements:
        values = dict.fromkeys(("NEW.url", "NEW.site", "NEW.prev_url", "NEW.id"), "'x'")
        values |= {name.replace("NEW", "OLD"): value for name, value in values.items()}
        for name, value in values.items():
            sql = sql.replace(name, value)
        for *_, step in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
            assert not step.startswith("SCAN") or step.startswith("SCAN CONSTANT"), (sql, step)


@pytest.mark.parametrize("view", ["gaps", "chain_breaks"])
def test_the_breaks_of_a_portal_are_found_without_a_look_at_all_its_articles(
    db: Connection, view: str
) -> None:
    plan = db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE site = 'tren'").fetchall()
    of_articles = [step for *_, step in plan if step.startswith(("SEARCH a ", "SCAN a "))]
    assert of_articles
    for step in of_articles:
        assert "(rowid=?)" in step or "(site=? AND prev_url=?)" in step
