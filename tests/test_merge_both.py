"""Two archives that know of one site: what either has is kept, once, whoever comes first."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive import Archive
from crawler.exchange import Exchange
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, Grade, State
from curation import fixity
from curation.merging import merge
from tests.content import content_hash
from tests.test_archive import BASE, KEY, NOON, Held, a_visit, an_article

Seen = tuple[str, int, str | None]
"""A path, an hour, and what its page said then; None where it was not there."""


class Portal:
    """An archive of what was seen of one portal, at hours that a test chooses."""

    def __init__(self, folder: Path, *seen: Seen) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.db = folder / "archive.db"
        self.see(*seen)

    def see(self, *seen: Seen) -> None:
        """See pages, in a crawl of their own."""
        held = Held(self.db)
        try:
            held.archive.captures.begin(held.run_id, KEY, {"isPartOf": f"Huyện ({KEY})"})
            for path, hour, text in seen:
                self._see(held, path, hour, text)
        finally:
            held.close()

    def _see(self, held: Held, path: str, hour: int, text: str | None) -> None:
        at, url = NOON + timedelta(hours=hour), f"{BASE}{path}/"
        body = f"{text}{hour}".encode()
        head = b"HTTP/1.1 200 OK\r\n\r\n" if text else b"HTTP/1.1 404 Not Found\r\n\r\n"
        exchange = Exchange(
            url, at, 200 if text else 404, head, body,
            b"GET / HTTP/1.1\r\n\r\n", content_type="text/html",
        )  # fmt: skip
        capture = held.archive.captures.keep(exchange)
        if text is None:
            visit = Visit(url, Origin(Discovery.SEED), at, State.GONE, 404)
        else:
            article = an_article("Thông báo", text, tags=("xã",))
            visit = a_visit(f"{path}/", article, at=at, prev_url=f"{BASE}truoc-{path}/")
        held.record(replace(visit, capture=capture))

    def do(self, verb: Callable[[Archive], Any]) -> Any:
        with Archive.open(self.db) as archive:
            return verb(archive)

    def hide(self, path: str, grade: Grade = Grade.TEXT, by: str = "A") -> None:
        self.do(lambda archive: archive.withheld.hide(f"{BASE}{path}/", grade, "riêng tư", by=by))


def rows(db: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(sql, parameters).fetchall()


def texts(db: Path, path: str) -> list[tuple[Any, ...]]:
    """Return the texts of an article in their order, each with the hours of its time."""
    sql = """
        SELECT history.body, history.seen_at, history.last_seen_at
        FROM history JOIN articles ON articles.id = article_id
        WHERE articles.url = ? ORDER BY history.revision"""
    return rows(db, sql, f"{BASE}{path}/")


def faults(db: Path) -> list[Any]:
    """Return what is wrong with an archive, in its database, its index and its files."""
    found: list[Any] = []
    with Archive.open(db, read_only=True) as archive:
        found += archive.damage()
        found += archive.withheld.faults()
        found += archive.articles.index_faults(lambda done: None)
        for file in archive.captures.files():
            captures = [*archive.captures.in_file(file.name)]
            size = (archive.folder / file.name).stat().st_size
            found += fixity.misplaced(file, captures, size)
            for task in fixity.tasks(archive.folder, file, captures):
                checked = fixity.check(task)
                found += [each for each in (checked.head, checked.damaged) if each]
    return found


def merged(to: Path, *sources: Portal) -> Path:
    """Merge archives into one that is made by it, and again, which must change nothing."""
    to.mkdir(parents=True)
    db = to / "archive.db"
    for source in sources:
        merge(db, source.db)
    before = content_hash(db)
    for source in sources:
        merge(db, source.db)
    assert content_hash(db) == before, "merging again changed something"
    assert not faults(db)
    return db


def hour(number: int) -> str:
    return f"{NOON + timedelta(hours=number):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([("a", 1, "Cũ.")], [("a", 5, "Mới.")], [("Cũ.", 1, 1), ("Mới.", 5, 5)]),
        ([("a", 5, "Mới.")], [("a", 1, "Cũ.")], [("Cũ.", 1, 1), ("Mới.", 5, 5)]),
        ([("a", 1, "Một.")], [("a", 5, "Một.")], [("Một.", 1, 5)]),
        (
            [("a", 1, "Một."), ("a", 9, "Ba.")],
            [("a", 5, "Hai.")],
            [("Một.", 1, 1), ("Hai.", 5, 5), ("Ba.", 9, 9)],
        ),
        (
            [("a", 1, "Một."), ("a", 9, "Một.")],
            [("a", 5, "Hai.")],
            [("Một.", 1, 1), ("Hai.", 5, 5), ("Một.", 9, 9)],
        ),
    ],
)
def test_the_texts_of_both_stand_in_order_of_time(
    one: list[Seen], other: list[Seen], expected: list[tuple[str, int, int]], tmp_path: Path
) -> None:
    db = merged(tmp_path / "out", Portal(tmp_path / "1", *one), Portal(tmp_path / "2", *other))
    assert texts(db, "a") == [(text, hour(a), hour(b)) for text, a, b in expected]


def test_an_article_that_one_has_stays_held_though_the_other_found_it_gone(tmp_path: Path) -> None:
    one, other = Portal(tmp_path / "1", ("a", 1, "Một.")), Portal(tmp_path / "2", ("a", 5, None))
    for name, sources in (("x", (one, other)), ("y", (other, one))):
        db = merged(tmp_path / name, *sources)
        assert rows(db, "SELECT state FROM urls WHERE url = ?", f"{BASE}a/") == [("held",)]
        assert rows(db, "SELECT count(*) FROM captures") == [(2,)]


def test_a_copy_that_went_on_is_taken_for_what_it_is(tmp_path: Path) -> None:
    """What both had before is there once, and the file goes on where it was."""
    source = Portal(tmp_path / "1", ("a", 1, "Một."), ("b", 2, "Hai."))
    db = merged(tmp_path / "out", source)
    files = rows(db, "SELECT file FROM warcs")
    source.see(("a", 3, "Một đã sửa."), ("c", 4, "Ba."))
    again = merge(db, source.db)
    assert (again.new, again.changed, again.captures, again.copied) == (1, 1, 2, 0)
    assert rows(db, "SELECT file FROM warcs") == files
    assert content_hash(db) == content_hash(source.db)
    assert not faults(db)


def test_both_may_go_on_after_a_merge(tmp_path: Path) -> None:
    source = Portal(tmp_path / "1", ("a", 1, "Một."))
    mine = Portal(tmp_path / "2", ("b", 1, "Hai."))
    merge(mine.db, source.db)
    mine.see(("c", 2, "Ba."), ("a", 3, "Một, của tôi."))
    source.see(("a", 4, "Một, của bạn."), ("d", 5, "Bốn."))
    merge(mine.db, source.db)
    assert [text for text, *_ in texts(mine.db, "a")] == [
        "Một.", "Một, của tôi.", "Một, của bạn.",
    ]  # fmt: skip
    assert rows(mine.db, "SELECT count(*), count(DISTINCT warc_sha256) FROM captures") == [(6, 6)]
    assert not faults(mine.db)
    assert not faults(source.db), "what was linked is another archive's, too"


@pytest.mark.parametrize("grade", Grade)
@pytest.mark.parametrize("by_target", [True, False])
@pytest.mark.parametrize("both_have", [True, False])
def test_what_is_hidden_in_either_is_hidden(
    grade: Grade, by_target: bool, both_have: bool, tmp_path: Path
) -> None:
    theirs = Portal(tmp_path / "1", ("a", 1, "Điều riêng tư."), ("b", 2, "Hai."))
    mine = Portal(tmp_path / "2", *([("a", 3, "Điều riêng tư.")] if both_have else []))
    (mine if by_target else theirs).hide("a", grade)
    merge(mine.db, theirs.db)
    assert rows(mine.db, "SELECT grade FROM withheld") == [(grade,)]
    (shown,) = rows(mine.db, "SELECT body, code FROM articles WHERE url = ?", f"{BASE}a/")
    assert (shown[0] is None) == grade.takes_out
    assert (b"ri\xc3\xaang t\xc6\xb0." in mine.db.read_bytes()) == (not grade.takes_out)
    assert not faults(mine.db)
    before = content_hash(mine.db)
    merge(mine.db, theirs.db)
    assert content_hash(mine.db) == before
    mine.do(lambda archive: archive.withheld.show(f"{BASE}a/"))
    (again,) = rows(mine.db, "SELECT body, code FROM articles WHERE url = ?", f"{BASE}a/")
    assert again == ("Điều riêng tư.", shown[1])
    assert not faults(mine.db)


def test_the_last_run_of_a_site_is_the_last_in_time(tmp_path: Path) -> None:
    one, other = Portal(tmp_path / "1", ("a", 1, "Một.")), Portal(tmp_path / "2", ("b", 1, "Hai."))
    for source, at in ((one, "2025-03-01T00:00:00Z"), (other, "2025-01-01T00:00:00Z")):
        with closing(sqlite3.connect(source.db)) as written, written:
            written.execute("UPDATE runs SET started_at = ?", [at])
    db = merged(tmp_path / "out", one, other)
    assert rows(db, "SELECT started_at FROM runs ORDER BY id") == [
        ("2025-01-01T00:00:00Z",), ("2025-03-01T00:00:00Z",),
    ]  # fmt: skip
    sql = """
        SELECT started_at FROM captures JOIN runs ON runs.id = run_id WHERE captures.url = ?"""
    assert rows(db, sql, f"{BASE}a/") == [("2025-03-01T00:00:00Z",)]


sightings = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.integers(0, 9), st.sampled_from(["Một.", "Hai.", "Ba.", None])
    ),
    max_size=6,
    unique_by=lambda seen: seen[:2],
)


@pytest.mark.long
@settings(max_examples=20)  # each makes a dozen archives, and merges them
@given(st.lists(sightings, min_size=2, max_size=3))
@example([[("a", 0, "Một."), ("a", 2, "Một.")], [("a", 1, "Hai.")]])
@example(
    [
        [("a", 0, "Một."), ("a", 5, "Một."), ("a", 9, "Một.")],
        [("a", 1, "Hai."), ("a", 4, "Hai."), ("a", 6, "Hai.")],
        [("a", 3, "Ba."), ("a", 5, "Hai.")],
    ]
)
def test_the_order_of_archives_does_not_matter(portals: list[list[Seen]]) -> None:
    with TemporaryDirectory() as folder:
        base = Path(folder)
        made = [Portal(base / str(n), *seen) for n, seen in enumerate(portals)]
        orders = [*permutations(made)][:: 1 if len(made) < 3 else 2]
        outs = [merged(base / f"out{n}", *order) for n, order in enumerate(orders)]
        assert len({content_hash(out) for out in outs}) == 1
        for path in "abc":
            told = [texts(out, path) for out in outs]
            assert all(each == told[0] for each in told), path
