"""Permanent codes, and what changed since: nothing is renamed, missed, or seen twice."""

import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive
from archive.codes import ALPHABET, LENGTH, code_of
from archive.connection import Connection
from archive.schema import migrations
from archive.tables.changes import Changed
from crawler.text.addresses import urlkey
from crawler.visit import Origin, Visit
from crawler.vocabulary import Change, State
from demo.portal import Portal
from tests.conftest import Serve, run
from tests.content import writing
from tests.test_archive import BASE, KEY, NOON, SITE, Held, a_visit, an_article

DAY = timedelta(days=1)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


def code(path: str, attempt: int = 0) -> str:
    return code_of(SITE["key"] or "", urlkey(BASE + path), attempt)


def since(held: Held, number: int = 0) -> list[tuple[str, str]]:
    return [(each.code, each.change) for each in held.archive.changes.after(number)]


# Codes


def test_a_code_is_made_in_one_way() -> None:
    """The values are given: a code that another version makes otherwise is not permanent."""
    assert code_of("chodon", "vn,gov,backan,chodon)/tin-tuc/1.html") == "he5vphxnbnx7t"
    assert code_of("chodon", "vn,gov,backan,chodon)/tin-tuc/1.html", 1) == "hkd2yjdargq48"
    assert code_of("chomoi", "vn,gov,backan,chodon)/tin-tuc/1.html") == "nsp376bq39kfd"


@given(st.text(), st.text(), st.integers(0, 3))
def test_a_code_has_no_signs_that_are_mistaken_for_others(site: str, key: str, n: int) -> None:
    made = code_of(site, key, n)
    assert len(made) == LENGTH == 13
    assert {*made} <= {*ALPHABET}
    assert made[0].isalpha()
    assert not {*"ilou"} & {*made}
    assert len({code_of(site, key, attempt) for attempt in range(4)}) == 4


def test_an_article_keeps_its_code_wherever_it_goes(held: Held) -> None:
    held.record(a_visit())
    moved = Visit(
        BASE + "cau-na-leng/", Origin("seed"), NOON + DAY, State.ELSEWHERE, 301,
        moved_to=BASE + "tin/cau-na-leng.html",
    )  # fmt: skip
    held.begin_run()
    held.record(moved)
    held.record(a_visit("tin/cau-na-leng.html", at=NOON + DAY))
    rows = held.rows("SELECT url, code, change FROM articles")
    assert rows == [
        {"url": BASE + "tin/cau-na-leng.html", "code": code("cau-na-leng/"), "change": "moved"}
    ]


@pytest.mark.parametrize("first", [0, 1], ids=["the other way", "the way of the merge"])
def test_where_two_are_one_the_code_of_the_first_stays_and_the_other_leads_to_it(
    held: Held, first: int
) -> None:
    paths = ["a/", "b/"][first:] + ["a/", "b/"][:first]
    for path in (*paths, "c/"):
        held.record(a_visit(path, an_article("Bài C") if path == "c/" else None))
    number = held.archive.changes.newest()
    with writing(held.path) as tables:
        tables.articles.merge(KEY, BASE + "a/", BASE + "b/")
    stays, leads = map(code, paths)
    changes = held.archive.changes
    rows = held.rows("SELECT id, code, url FROM articles WHERE id = 1")
    assert rows == [{"id": 1, "code": stays, "url": BASE + "b/"}]
    assert (changes.resolve(stays), changes.resolve(leads)) == (stays, stays)
    assert changes.resolve(code("c/")) == code("c/")
    assert changes.resolve("khong-co") is None
    moved = [] if paths[0] == "b/" else [(stays, "moved")]
    assert since(held, number) == [(leads, "joined"), *moved]

    with writing(held.path) as tables:
        tables.articles.merge(KEY, BASE + "b/", BASE + "c/")
    assert changes.resolve(code("c/")) == stays
    assert held.rows("SELECT code FROM articles") == [{"code": stays}]


def test_a_chain_of_aliases_leads_on(held: Held) -> None:
    for path in ("a/", "b/", "c/"):
        held.record(a_visit(path))
    with writing(held.path) as tables:
        tables.articles.merge(KEY, BASE + "c/", BASE + "b/")
        tables.articles.merge(KEY, BASE + "b/", BASE + "a/")
    assert held.rows("SELECT leads_to FROM aliases ORDER BY changed") == [
        {"leads_to": code("b/")},
        {"leads_to": code("a/")},
    ]
    assert held.archive.changes.resolve(code("c/")) == code("a/")


def test_a_code_that_is_taken_is_never_given_again(held: Held) -> None:
    """Neither that of an article that moved away from an address, nor that of an alias."""
    held.record(a_visit("a/"))
    with writing(held.path) as tables:
        tables.articles.readdress(KEY, BASE + "a/", BASE + "dich/")
        tables.urls.update(tables.urls.known(KEY, BASE + "a/") or {}, {"state": "failed"})
    held.record(a_visit("a/", an_article("Bài mới")))
    assert held.rows("SELECT url, code FROM articles ORDER BY id") == [
        {"url": BASE + "dich/", "code": code("a/")},
        {"url": BASE + "a/", "code": code("a/", 1)},
    ]
    with writing(held.path) as tables:
        tables.articles.merge(KEY, BASE + "a/", BASE + "dich/")
    held.record(a_visit("a/", an_article("Bài thứ ba")))
    assert code("a/", 2) in {row["code"] for row in held.rows("SELECT code FROM articles")}


def test_an_import_gives_the_same_codes(serve: Serve, tmp_path: Path) -> None:
    """From the portal and from the files of an archive of it, articles have the same codes."""
    archived = serve(Portal.scaled(12, page_bytes=0))
    archived.crawl()
    exported, into = tmp_path / "all.warc.gz", tmp_path / "into.db"
    done = run("export", "warc", exported, "--db", archived.db)
    assert done.code == 0, done.err
    done = run(
        "import", exported, "--site", "test", "--db", into,
        TINHUYEN_SITES=str(archived.folder / "sites"),
    )  # fmt: skip
    assert done.code == 0, done.err
    codes = "SELECT url, code FROM articles ORDER BY url"
    with closing(sqlite3.connect(into)) as connection:
        imported = connection.execute(codes).fetchall()
    assert imported == [tuple(row.values()) for row in archived.rows(codes)]
    assert len(imported) == 12


# What changed since


def test_each_change_of_an_article_takes_the_next_number(held: Held) -> None:
    here = code("cau-na-leng/")
    held.record(a_visit())
    assert held.archive.changes.after(0) == [Changed(1, here, Change.NEW)]
    held.record(a_visit(at=NOON + DAY))
    assert held.archive.changes.newest() == 1, "seen again as it was, it has not changed"
    held.record(a_visit(at=NOON + DAY, next_url=BASE + "sau/"))
    assert held.archive.changes.after(1) == [Changed(2, here, Change.AMENDED)]
    held.record(a_visit(article=an_article("Tên khác"), at=NOON + 2 * DAY))
    assert held.archive.changes.after(2) == [Changed(3, here, Change.REVISED)]
    held.record(a_visit(article=an_article("Tên cũ"), at=NOON - DAY))
    assert held.archive.changes.after(3) == [Changed(4, here, Change.REVISED)]
    for day in (3, 4):
        held.begin_run()
        lost = Visit(BASE + "cau-na-leng/", Origin("seed"), NOON + day * DAY, State.GONE, 404)
        held.record(lost)
    assert held.archive.changes.after(4) == [Changed(5, here, Change.GONE)]
    held.record(a_visit(article=an_article("Tên khác"), at=NOON + 5 * DAY))
    assert (here, "back") in since(held, 5) or (here, "amended") in since(held, 5)
    assert held.archive.changes.after(0)[0].changed == held.archive.changes.newest()


def test_what_came_to_nothing_takes_no_number(held: Held) -> None:
    held.record(a_visit())
    broken = a_visit("b/", an_article("B"), prev_url=BASE + "a/")
    held.db.execute(
        "CREATE TRIGGER broken AFTER INSERT ON urls BEGIN SELECT raise(ABORT, 'no'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        held.record(broken)
    assert held.archive.changes.newest() == 1
    held.db.execute("DROP TRIGGER broken")
    held.record(broken)
    assert held.archive.changes.newest() == 2


_MIRRORED = """
    SELECT articles.*, coalesce(urls.state = 'gone', 0) AS is_gone FROM articles
    LEFT JOIN urls ON urls.url = articles.url WHERE code = ?"""
_BESIDE = (
    "SELECT {columns} FROM {table} WHERE article_id = (SELECT id FROM articles WHERE code = ?)"
)
_SEEN_AGAIN = {"last_seen_at", "capture_id"}


def article_as_told(held: Held, of: str) -> list[object]:
    """Return all that is told of an article by what a change of it is noted."""
    told: list[object] = []
    for row in held.rows(_MIRRORED, of):
        told.append({name: value for name, value in row.items() if name not in _SEEN_AGAIN})
    for table in ("images", "attachments", "article_tags", "revisions"):
        told.append(held.rows(_BESIDE.format(columns="*", table=table), of))
    return told


PATHS = ("a/", "b/", "c/", "d/")
STEPS = st.tuples(
    st.sampled_from(("article", "article", "article", "move", "gone", "merge")),
    st.sampled_from(PATHS),
    st.sampled_from((*PATHS, None)),
    st.sampled_from(("Bài một", "Bài hai", "Bài ba")),
    st.integers(-3, 3),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(STEPS, max_size=16), st.integers(1, 5))
def test_who_follows_the_changes_has_what_the_archive_has(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str | None, str, int]],
    most: int,
) -> None:  # fmt: skip
    held = Held(tmp_path_factory.mktemp("followed") / "archive.db")
    copy: dict[str, list[object]] = {}
    number = 0
    try:
        for n, (what, path, other, title, day) in enumerate(steps):
            if n % 3 == 0:
                held.begin_run()
            at = NOON + (n + day) * DAY
            other_url = other and BASE + other
            if what == "article":
                near = {"prev_url": other_url} if n % 2 else {"canonical_url": other_url}
                held.record(a_visit(path, an_article(title), at=at, **near))
            elif what == "merge" and other and other != path:
                with writing(held.path) as tables:
                    tables.articles.merge(KEY, BASE + path, BASE + other)
            elif what == "move" and other and other != path:
                moved = Visit(
                    BASE + path, Origin("seed"), at, State.ELSEWHERE, 301, moved_to=BASE + other
                )
                held.record(moved)
            elif what == "gone":
                held.record(Visit(BASE + path, Origin("seed"), at, State.GONE, 404))
            if n % 2:
                for each in held.archive.changes.after(number, most):
                    assert each.changed > number
                    number = each.changed
                    if each.change == Change.JOINED:
                        copy.pop(each.code, None)
                    else:
                        copy[each.code] = article_as_told(held, each.code)
        for each in held.archive.changes.all_after(number):
            copy.pop(each.code, None)
            if each.change != Change.JOINED:
                copy[each.code] = article_as_told(held, each.code)
        codes = [row["code"] for row in held.rows("SELECT code FROM articles")]
        assert {*copy} == {*codes}
        for each_code in codes:
            assert copy[each_code] == article_as_told(held, each_code)
    finally:
        held.close()


_WRITER = """
import sys
from datetime import timedelta
from tests.test_archive import BASE, KEY, NOON, Held, a_visit, an_article
from pathlib import Path

held, own, rounds = Held(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for n in range(rounds):
    for path in (f"{own}/{n}/", f"{own}/{n // 2}/", "chung/"):
        article = an_article(f"Bài {own} {n} {path}")
        held.record(a_visit(path, article, at=NOON + timedelta(minutes=n)))
held.close()
"""
_READER = r"""
import sys
from pathlib import Path
from archive import Archive

log = Path(sys.argv[2])
lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
whole = [line for line in lines if line.endswith(b"\n")]
log.write_bytes(b"".join(whole))
number = int(whole[-1].split()[0]) if whole else 0
with Archive.open(sys.argv[1], read_only=True) as archive, log.open("a", buffering=1) as out:
    while True:
        for changed, code, change in archive.changes.after(number, 7):
            print(changed, code, change, file=out)
            number = changed
"""


def test_a_reader_that_is_killed_misses_nothing_and_sees_nothing_twice(tmp_path: Path) -> None:
    """While two write, one of them at the article that the other writes, too."""
    db, log = tmp_path / "archive.db", tmp_path / "read.txt"
    Held(db).close()
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(db), own, "40"]) for own in ("x", "y")
    ]
    chance, kills = random.Random(20250701), 0
    while any(writer.poll() is None for writer in writers):
        reader = subprocess.Popen([sys.executable, "-c", _READER, str(db), str(log)])
        time.sleep(chance.uniform(0.3, 0.8))
        reader.kill()
        kills += reader.wait() == -signal.SIGKILL
    assert [writer.returncode for writer in writers] == [0, 0]
    with Archive.open(db, read_only=True) as archive:
        last = archive.changes.newest()
        held = list(archive.changes.all_after(0))
    reader = subprocess.Popen([sys.executable, "-c", _READER, str(db), str(log)])
    while not log.exists() or f"{last} " not in log.read_text():
        assert reader.poll() is None
        time.sleep(0.05)
    reader.kill()
    reader.wait()
    read = [line.split() for line in log.read_text().splitlines()]
    numbers = [int(number) for number, *_ in read]
    assert kills > 0
    assert numbers == sorted(set(numbers)), "a smaller number came after a larger one, or one twice"
    assert {(each.changed, each.code) for each in held} <= {(int(n), c) for n, c, _ in read}
    assert len({each.code for each in held}) == len(held) == 81


# Archives of older versions


def older(path: Path) -> None:
    """Make an archive as it was before articles had codes."""
    with closing(sqlite3.connect(path)) as connection:
        db = Connection(connection)
        migrations.apply(db, stop_before="tell_identities")
        db.execute(
            "INSERT INTO sites (key, name, cms, base_url) VALUES ('khuoisao', 'K', 'generic', ?)",
            [BASE],
        )
        for number, path_, state in ((3, "a/", "held"), (5, "b/", "gone"), (9, "c/", "held")):
            url = BASE + path_
            db.execute(
                "INSERT INTO articles (id, site, url, title, words, first_seen_at, last_seen_at,"
                " text_sha256, body, published_at) VALUES (?, 'khuoisao', ?, 'T', 1, '2', '3', '',"
                " 'chữ', '2021-01-02')",
                [number, url],
            )
            db.execute(
                "INSERT INTO images (article_id, position, url) VALUES (?, 1, 'x')", [number]
            )
            db.execute(
                "INSERT INTO urls (site, url, urlkey, found_by, found_at, state)"
                " VALUES ('khuoisao', ?, ?, 'seed', '2', ?)",
                [url, urlkey(url), state],
            )
        connection.commit()


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return the rows of all tables but the index and the list of migrations."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            for (name,) in names
            if not re.match(r"_sqlite|sqlite_|articles_fts", name)
        }


def test_the_articles_of_an_older_archive_have_codes_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    older(path)
    before = contents(path)
    with Archive.open(path) as archive:
        assert list(archive.damage()) == []
        assert archive.changes.after(0) == [
            Changed(1, code("a/"), Change.NEW),
            Changed(2, code("b/"), Change.GONE),
            Changed(3, code("c/"), Change.NEW),
        ]
    after = contents(path)
    assert {*before} <= {*after}
    for table, rows in before.items():
        assert len(rows) == len(after[table])
        for old, new in zip(rows, after[table], strict=True):
            assert old.items() <= new.items(), table
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO images (article_id, position, url) VALUES (4, 1, 'x')")


def test_a_migration_that_is_interrupted_has_changed_nothing(tmp_path: Path) -> None:
    """Killed in the middle of it, an archive is as it was, and is brought up to date later."""
    path = tmp_path / "archive.db"
    older(path)
    before = contents(path)
    killed = (
        "import os, sys; import archive.schema as schema; from archive import Archive\n"
        "schema._make_views = lambda db: os._exit(9)\n"
        "Archive.open(sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(path)], check=False)
    assert done.returncode == 9
    assert contents(path) == before
    with Archive.open(path) as archive:
        assert len(archive.changes.after(0)) == 3


def test_an_unknown_column_is_not_lost_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    older(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE articles ADD COLUMN mine TEXT")
    with pytest.raises(RuntimeError, match="articles: nothing is known of its columns mine"):
        Archive.open(path)
