"""The archive: what it refuses to open, what it writes, and what it never leaves half-written."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlite_utils import Database

from archive import Archive, ArchiveError, text_sha256
from archive.connection import Connection
from archive.opening import LOCK_SECONDS
from archive.reading import reading_address
from archive.schema import APPLICATION_ID, migrations
from crawler.page import Article, Attachment, Block, Found, Image, Page
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, Outcome, PageKind, State
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived
from tests.content import writing

ROOT = Path(__file__).parents[1]
BASE = "https://khuoisao.example/"
KEY = "khuoisao"
SITE = {
    "key": KEY,
    "name": "Huyện Khuổi Sao",
    "province": None,
    "cms": "newspaper",
    "base_url": BASE,
    "active_from": None,
    "active_to": None,
    "note": None,
}
NOON = datetime(2025, 6, 30, 5, tzinfo=UTC)
VIET_NAM = timezone(timedelta(hours=7))


def an_article(title: str = "Khánh thành cầu Nà Lẹng", *texts: str, **more: Any) -> Article:
    paragraphs = texts or ("Sáng 12/6, huyện Chợ Đồn khánh thành cầu Nà Lẹng.",)
    blocks = tuple(Block("paragraph", f"<p>{text}</p>", text) for text in paragraphs)
    facts = {
        "lead": "Cây cầu nối đôi bờ sông Năng.",
        "author": "Ban Biên tập",
        "category": "Kinh tế",
        "published_at": datetime(2021, 6, 14, 8, 30, tzinfo=VIET_NAM),
        "language": "vi",
    }
    return Article(title, blocks=blocks, **(facts | more))


def a_visit(
    path: str = "cau-na-leng/",
    article: Article | None = None,
    *,
    at: datetime = NOON,
    base: str = BASE,
    **page: Any,
) -> Visit:
    seen = Page("article", article or an_article(), **page)
    return Visit(base + path, Origin("seed"), at, State.HELD, 200, page=seen)


class Held:
    """An archive with a run begun, and short ways to ask it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.archive = Archive.open(path, create=True)
        self.db = Database(sqlite3.connect(path, isolation_level=None))
        self.run_id = self.archive.runs.start(SITE)

    def begin_run(self) -> None:
        self.run_id = self.archive.runs.start(SITE)

    def due(
        self, *, full: bool = False, now: datetime = NOON, revisits: int = 0
    ) -> list[dict[str, Any]]:
        """Return all that a crawl would ask for now, in its order."""
        rows: list[dict[str, Any]] = []
        while row := self.archive.ledger.due(
            SITE["key"] or "", self.run_id, now,
            full=full, revisits=revisits, skip={row["id"] for row in rows},
        ):  # fmt: skip
            rows.append(row)
        return rows

    def record(self, visit: Visit) -> Outcome:
        return self.archive.visits.record(self.run_id, SITE["key"] or "", visit)

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return list(self.db.query(sql, list(parameters)))

    def found(self, query: str) -> list[str]:
        sql = """
            SELECT articles.title AS title FROM articles_fts JOIN articles
            ON articles.id = articles_fts.rowid WHERE articles_fts MATCH ? ORDER BY rank"""
        return [row["title"] for row in self.rows(sql, query)]

    def dump(self) -> list[str]:
        """Return all that the file holds, as SQL."""
        return list(self.db.conn.iterdump())

    def close(self) -> None:
        self.db.close()
        self.archive.close()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


# Opening


def refusal(path: Path, *, read_only: bool = False) -> str:
    with pytest.raises(ArchiveError) as caught:
        Archive.open(path, read_only=read_only, create=not read_only)
    return str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.write_text("Đây là một văn bản, không phải cơ sở dữ liệu.\n" * 100, encoding="utf-8")
    before = path.read_bytes()
    assert refusal(path) == f"{path}: no SQLite database; name another file with --db"
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
        other.commit()
    before = path.read_bytes()
    assert refusal(path) == (
        f"{path}: a database, but no archive of Tin Huyện (it has the table 'invoices'); "
        "name another file with --db"
    )
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_archive_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('tinhuyen', 'add_quantum_search', '2031-01-01')"
        )
        newer.commit()
    assert refusal(path) == (
        f"{path}: made by a newer version of Tin Huyện (it has 'add_quantum_search'); "
        "use that version, or a newer one"
    )


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: a folder; name a file in it with --db"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no" / "archive.db"
    assert refusal(path) == f"{path}: its folder does not exist; make it first"


def test_a_missing_archive_is_not_made_for_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    message = f"{path}: no such archive; make one with: tinhuyen crawl demo --db {path}"
    assert refusal(path, read_only=True) == message
    assert not path.exists()


@pytest.mark.parametrize("kind", ["missing", "empty"])
def test_only_what_fills_an_archive_makes_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "archive.db"
    if kind == "empty":
        path.touch()
    with pytest.raises(ArchiveError, match=f"make one with: tinhuyen crawl demo --db {path}$"):
        Archive.open(path)
    assert [file.stat().st_size for file in tmp_path.iterdir()] == [0] * (kind == "empty")
    Archive.open(path, create=True).close()
    Archive.open(path).close()


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.symlink_to(tmp_path / "gone" / "archive.db")
    advice = "cannot be opened; does its folder exist, and may you write there?"
    assert refusal(path) == f"{path}: {advice}"


def test_an_archive_that_cannot_be_written_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def watched(*arguments: Any, **more: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **more))
        return opened[-1]

    monkeypatch.setattr("sqlite3.connect", watched)
    path = tmp_path / "archive.db"
    with Archive.open(path, create=True) as archive:
        archive.ensure_writable()
        opened[0].execute("PRAGMA query_only = ON")  # file permissions do not hold root back
        with pytest.raises(ArchiveError) as caught:
            archive.ensure_writable()
    advice = "cannot be written; change its permissions or name another file with --db"
    assert str(caught.value) == f"{path}: {advice}"


def test_an_empty_file_becomes_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.touch()
    Archive.open(path, create=True).close()
    assert "articles" in Database(path).table_names()


def test_migrations_are_applied_once(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    db = Database(path)
    schema = db.schema
    applied = list(db["_sqlite_migrations"].rows)
    Archive.open(path, create=True).close()
    assert db.schema == schema
    assert list(db["_sqlite_migrations"].rows) == applied
    assert {row["name"] for row in applied} == migrations.names
    assert not migrations.pending(Connection(db.conn))
    assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_closed_archive_is_one_file(tmp_path: Path) -> None:
    held = Held(tmp_path / "archive.db")
    held.record(a_visit())
    held.close()
    assert [path.name for path in tmp_path.iterdir()] == ["archive.db"]


def test_who_reads_on_is_not_waited_for(tmp_path: Path) -> None:
    db = tmp_path / "archive.db"
    held = Held(db)
    reads, closed = Event(), Event()

    def reading() -> bool:
        with closing(sqlite3.connect(db)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM articles").fetchone()
            reads.set()
            return closed.wait(LOCK_SECONDS / 2)

    with ThreadPoolExecutor() as others:
        reader = others.submit(reading)
        assert reads.wait(LOCK_SECONDS)
        held.record(a_visit())
        held.close()
        closed.set()
        assert reader.result()


# Writing an article


def test_an_article_is_written_whole(held: Held) -> None:
    image = Image(BASE + "cau.jpg", "Cầu Nà Lẹng", "Cầu", 800, 600)
    file = Attachment(BASE + "ke-hoach.pdf", "Kế hoạch số 12/KH-UBND")
    article = an_article(images=(image,), attachments=(file,), tags=("cầu", "giao thông"))
    prev, next_ = BASE + "truoc/", BASE + "sau/"

    assert held.record(a_visit(article=article, prev_url=prev, next_url=next_)) == Outcome.NEW

    row = held.rows("SELECT * FROM articles")[0]
    assert row["published_at"] == "2021-06-14T08:30:00+07:00"
    assert (row["prev_url"], row["next_url"], row["year"]) == (prev, next_, 2021)
    assert (row["revision"], row["first_seen_at"]) == (1, "2025-06-30T05:00:00Z")
    assert row["words"] == len(article.body.split())
    assert held.rows("SELECT position, caption, width FROM images") == [
        {"position": 1, "caption": "Cầu Nà Lẹng", "width": 800}
    ]
    assert held.rows("SELECT label FROM attachments") == [{"label": "Kế hoạch số 12/KH-UBND"}]
    assert {r["name"] for r in held.rows("SELECT name FROM tags")} == {"cầu", "giao thông"}
    waiting = held.rows("SELECT url, found_by, found_on FROM urls WHERE state = 'waiting'")
    here = BASE + "cau-na-leng/"
    assert waiting == [
        {"url": prev, "found_by": "prev", "found_on": here},
        {"url": next_, "found_by": "next", "found_on": here},
    ]


@pytest.mark.parametrize(("repeats", "told"), [(0, None), (3, 3)])
def test_what_was_left_out_is_counted(held: Held, repeats: int, told: int | None) -> None:
    held.record(a_visit(article=an_article(repeats=repeats)))
    assert held.rows("SELECT repeats FROM articles") == [{"repeats": told}]


def test_the_hash_is_that_of_the_words(held: Held) -> None:
    article = an_article("Tiêu đề", "Đoạn một.", "Đoạn hai.")
    held.record(a_visit(article=article))
    words = "Tiêu đề\n\nCây cầu nối đôi bờ sông Năng.\n\nĐoạn một.\n\nĐoạn hai."
    expected = hashlib.sha256(words.encode()).hexdigest()
    assert held.rows("SELECT text_sha256 FROM articles") == [{"text_sha256": expected}]
    assert text_sha256(article) == expected
    assert text_sha256(an_article("Tiêu đề", "Đoạn một.", "Đoạn hai.", lead=None)) != expected


def test_an_unchanged_article_writes_when_it_was_seen_and_nothing_else(held: Held) -> None:
    tags = ("giao thông", "cầu")
    held.record(a_visit(article=an_article(tags=tags, images=(Image(BASE + "a.jpg"),))))
    before = held.dump()

    again = a_visit(
        article=an_article(tags=tags[::-1], images=(Image(BASE + "a.jpg"),)),
        at=NOON + timedelta(days=1),
    )
    assert held.record(again) == Outcome.UNCHANGED

    changed = {line.split(" ")[2] for line in set(held.dump()) ^ set(before)}
    assert changed <= {'"articles"', '"urls"', '"runs"'}
    row = held.rows("SELECT * FROM articles")[0]
    assert (row["first_seen_at"], row["last_seen_at"]) == (
        "2025-06-30T05:00:00Z",
        "2025-07-01T05:00:00Z",
    )
    assert row["revision"] == 1
    assert held.rows("SELECT tries FROM urls") == [{"tries": 1}]


def test_a_changed_article_is_a_new_revision_in_the_same_row(held: Held) -> None:
    held.record(a_visit(article=an_article(images=(Image(BASE + "a.jpg"),), tags=("cũ",))))
    first = held.rows("SELECT id FROM articles")

    edited = an_article("Khánh thành cầu treo", "Lễ khánh thành dời sang tháng Bảy.", tags=("mới",))
    assert held.record(a_visit(article=edited, at=NOON + timedelta(days=1))) == Outcome.CHANGED

    rows = held.rows("SELECT id, title, revision, first_seen_at FROM articles")
    assert rows == [
        first[0]
        | {
            "title": "Khánh thành cầu treo",
            "revision": 2,
            "first_seen_at": "2025-06-30T05:00:00Z",
        }
    ]
    assert held.rows("SELECT * FROM images") == []
    tag = "SELECT name FROM tags JOIN article_tags ON tag_id = tags.id"
    assert held.rows(tag) == [{"name": "mới"}]


def test_a_picture_or_a_neighbour_more_is_no_new_revision(held: Held) -> None:
    held.record(a_visit())
    richer = an_article(images=(Image(BASE + "cau.jpg", "Cây cầu mới"),))
    assert held.record(a_visit(article=richer, next_url=BASE + "sau/")) == Outcome.UNCHANGED
    row = held.rows("SELECT revision, next_url FROM articles")[0]
    assert row == {"revision": 1, "next_url": BASE + "sau/"}
    assert held.rows("SELECT caption FROM images") == [{"caption": "Cây cầu mới"}]


def test_what_is_held_stays_held_whatever_comes_later(held: Held) -> None:
    held.record(a_visit())
    url = BASE + "cau-na-leng/"
    for state, status in ((State.FAILED, 500), (State.REFUSED, 403), (State.NOT_ARTICLE, 200)):
        held.record(Visit(url, Origin("seed"), NOON, state, status, "lý do"))
        assert held.rows("SELECT state FROM urls") == [{"state": "held"}]
    kinds = [row["kind"] for row in held.archive.runs.problems(held.run_id)]
    assert kinds == ["failed", "refused"]
    assert held.rows("SELECT title FROM articles") == [{"title": "Khánh thành cầu Nà Lẹng"}]


# Gone and moved


def gone(
    path: str = "cau-na-leng/", status: int = 404, at: datetime = NOON, base: str = BASE
) -> Visit:
    return Visit(base + path, Origin("seed"), at, State.GONE, status, f"HTTP {status}")


def moved(path: str, to: str) -> Visit:
    url, target = BASE + path, BASE + to
    return Visit(url, Origin("seed"), NOON, State.ELSEWHERE, 301, "HTTP 301", moved_to=target)


def tombstone(held: Held, path: str = "cau-na-leng/") -> tuple[str, int, str | None]:
    sql = "SELECT state, refusals, gone_since FROM urls WHERE url = ?"
    return tuple(held.rows(sql, BASE + path)[0].values())  # type: ignore[return-value]


def test_it_takes_two_refusals_in_two_crawls_to_call_an_article_gone(held: Held) -> None:
    held.record(a_visit())

    assert held.record(gone()) == Outcome.GONE
    held.record(gone())
    assert tombstone(held) == ("held", 1, "2025-06-30T05:00:00Z"), "one crawl counts once"
    assert held.rows("SELECT recheck FROM urls") == [{"recheck": "refused once"}]

    held.begin_run()
    held.record(gone(status=410, at=NOON + timedelta(days=1)))
    assert tombstone(held) == ("gone", 2, "2025-06-30T05:00:00Z")
    assert held.rows("SELECT status FROM urls") == [{"status": 410}]
    assert held.rows("SELECT title FROM articles") == [{"title": "Khánh thành cầu Nà Lẹng"}]

    held.begin_run()
    held.record(a_visit(at=NOON + timedelta(days=2)))
    assert tombstone(held) == ("held", 0, None), "it is there again"


def test_an_article_that_comes_back_begins_anew(held: Held) -> None:
    held.record(a_visit())
    for visit in (gone(), a_visit(), gone()):
        held.begin_run()
        held.record(visit)
        assert tombstone(held)[0] == "held"
    assert tombstone(held)[1] == 1


def test_an_address_that_was_never_held_is_gone_at_once(held: Held) -> None:
    held.record(gone())
    assert tombstone(held)[0] == "gone"


@pytest.mark.parametrize("read_first", ["old", "new"], ids=["redirect first", "article first"])
def test_a_renamed_article_is_one_row_under_its_new_address(held: Held, read_first: str) -> None:
    tags, images = ("cầu",), (Image(BASE + "a.jpg"),)
    held.record(a_visit(article=an_article(tags=tags, images=images)))
    here = BASE + "cau-na-leng/"
    held.record(a_visit("truoc/", an_article("Bài trước", "Lời khác."), next_url=here))
    held.record(a_visit("sau/", an_article("Bài sau", "Lời khác."), prev_url=here))
    first = held.rows("SELECT id, title, first_seen_at FROM articles WHERE title LIKE 'Khánh%'")
    edited = an_article("Khánh thành cầu Nà Lẹng", "Bài đã sửa.", tags=tags, images=images)
    visits = [moved("cau-na-leng/", "cau-moi/"), a_visit("cau-moi/", edited, at=NOON)]

    held.begin_run()
    for visit in visits if read_first == "old" else visits[::-1]:
        held.record(visit)

    sql = "SELECT id, title, first_seen_at FROM articles WHERE url = ?"
    assert held.rows(sql, BASE + "cau-moi/") == first
    rows = held.rows("SELECT revision, body FROM articles WHERE title LIKE 'Khánh%'")
    assert rows == [{"revision": 2, "body": "Bài đã sửa."}]
    old = held.rows("SELECT state, moved_to FROM urls WHERE url = ?", BASE + "cau-na-leng/")
    assert old == [{"state": "elsewhere", "moved_to": BASE + "cau-moi/"}]
    assert tombstone(held, "cau-moi/") == ("held", 0, None)
    links = held.rows("SELECT prev_url, next_url FROM articles WHERE title LIKE 'Bài %' ORDER BY 1")
    assert links == [
        {"prev_url": None, "next_url": BASE + "cau-moi/"},
        {"prev_url": BASE + "cau-moi/", "next_url": None},
    ]
    for table in ("images", "article_tags"):
        assert held.rows(f"SELECT article_id AS id FROM {table}") == [{"id": first[0]["id"]}]
    assert held.found('"bai da sua"') == ["Khánh thành cầu Nà Lẹng"]
    assert held.found('"na leng" AND "cho don"') == []
    held.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    assert held.db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_rename_is_understood_through_several_redirects(held: Held) -> None:
    held.record(a_visit())
    held.begin_run()
    for visit in (moved("cau-na-leng/", "a/"), moved("a/", "b/"), a_visit("b/")):
        held.record(visit)
    assert held.rows("SELECT id, url FROM articles") == [{"id": 1, "url": BASE + "b/"}]
    assert tombstone(held)[0] == "elsewhere"


LIKE_NAMED = [
    moved("cau-na-leng/", "cau-na-leng-2/"),
    a_visit("cau-na-leng-2/", an_article("Khác")),
]
TO_A_LIST = [
    moved("cau-na-leng/", ""),
    Visit(BASE, Origin("seed"), NOON, State.NOT_ARTICLE, 200, "listing", page=Page("listing")),
]
TO_NOTHING = [moved("cau-na-leng/", "mat/"), gone("mat/")]


@pytest.mark.parametrize("known_before", [True, False], ids=["target known", "target not known"])
@pytest.mark.parametrize(
    "visits",
    [
        pytest.param(LIKE_NAMED, id="another article"),
        pytest.param(TO_A_LIST, id="the start page"),
        pytest.param(TO_NOTHING, id="nothing"),
    ],
)
def test_a_redirect_to_something_else_is_a_refusal(
    held: Held, visits: list[Visit], known_before: bool
) -> None:
    held.record(a_visit())
    held.record(a_visit("sau/", an_article("Bài sau"), prev_url=BASE + "cau-na-leng/"))
    if known_before:
        held.record(visits[1])
    before = held.rows("SELECT * FROM articles WHERE url = ?", BASE + "cau-na-leng/")

    for state, refusals in (("held", 1), ("gone", 2)):
        held.begin_run()
        for visit in visits:
            held.record(visit)
        assert tombstone(held)[:2] == (state, refusals)

    reason = held.rows("SELECT reason FROM urls WHERE url = ?", BASE + "cau-na-leng/")[0]["reason"]
    assert reason == f"answered with something else, {visits[1].url}"
    (now,) = held.rows("SELECT * FROM articles WHERE url = ?", BASE + "cau-na-leng/")
    assert now.pop("change") == "gone"
    del now["changed"]
    assert now.items() <= before[0].items()
    newer = held.rows("SELECT prev_url FROM articles WHERE title = 'Bài sau'")
    assert newer == [{"prev_url": BASE + "cau-na-leng/"}]


# What a page calls its own address


def called(held: Held) -> list[tuple[str, str]]:
    """Return address and message of the problems with a page's own address."""
    rows = held.archive.runs.problems(held.run_id)
    return [(row["url"].removeprefix(BASE), row["message"]) for row in rows]


@pytest.mark.parametrize("first", [0, 1], ids=["named later", "named first"])
def test_two_addresses_of_one_text_are_one_article_under_the_one_both_call_theirs(
    held: Held, first: int
) -> None:
    visits = [a_visit("a/amp/", canonical_url=BASE + "a/"), a_visit("a/")]
    for visit in visits[first:] + visits[:first]:
        held.record(visit)

    assert held.rows("SELECT id, url FROM articles") == [{"id": 1, "url": BASE + "a/"}]
    states = held.rows("SELECT url, state, moved_to FROM urls ORDER BY url")
    assert states == [
        {"url": BASE + "a/", "state": "held", "moved_to": None},
        {"url": BASE + "a/amp/", "state": "elsewhere", "moved_to": BASE + "a/"},
    ]
    assert held.rows("SELECT new FROM runs") == [{"new": 1}], "it is one article"
    assert called(held) == []


@pytest.mark.parametrize("first", [0, 1], ids=["named later", "named first"])
def test_a_page_that_calls_the_address_of_another_text_its_own_is_mistaken(
    held: Held, first: int
) -> None:
    visits = [
        a_visit("g/", an_article("Bài G"), canonical_url=BASE + "f/"),
        a_visit("f/", an_article("Bài F")),
    ]
    for visit in visits[first:] + visits[:first]:
        held.record(visit)

    urls = {row["url"] for row in held.rows("SELECT url FROM articles")}
    assert urls == {BASE + "f/", BASE + "g/"}
    message = f"the page calls {BASE}f/ its own address, which is another article"
    assert called(held) == [("g/", message)]


def test_an_unknown_address_that_a_page_calls_its_own_is_asked_for(held: Held) -> None:
    held.record(a_visit("h/", canonical_url=BASE + "mat-roi/"))
    assert held.rows("SELECT url FROM articles") == [{"url": BASE + "h/"}]
    waiting = held.rows("SELECT url, found_on FROM urls WHERE state = 'waiting'")
    assert waiting == [{"url": BASE + "mat-roi/", "found_on": BASE + "h/"}]
    held.record(gone("mat-roi/"))
    assert held.rows("SELECT url FROM articles") == [{"url": BASE + "h/"}]


# Addresses


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("http://khuoisao.example/", "cau-na-leng/"),
        ("https://www.khuoisao.example/", "cau-na-leng/"),
        (BASE, "cau-na-leng"),
    ],
    ids=["scheme", "host", "slash"],
)
def test_a_portal_that_serves_another_form_of_its_addresses_has_no_article_twice(
    held: Held, base: str, path: str
) -> None:
    held.record(a_visit())
    held.record(a_visit("sau/", an_article("Bài sau"), prev_url=BASE + "cau-na-leng/"))

    assert held.record(a_visit(path, base=base)) == Outcome.UNCHANGED

    urls = {row["url"] for row in held.rows("SELECT url FROM articles")}
    assert urls == {base + path, BASE + "sau/"}
    assert {row["url"] for row in held.rows("SELECT url FROM urls")} == urls
    later = held.rows("SELECT prev_url FROM articles WHERE title = 'Bài sau'")
    assert later == [{"prev_url": base + path}]


def test_a_failure_under_another_form_changes_no_address(held: Held) -> None:
    held.record(a_visit())
    held.record(Visit(BASE + "cau-na-leng", Origin("seed"), NOON, State.FAILED, 500, "HTTP 500"))
    assert held.rows("SELECT url FROM urls") == held.rows("SELECT url FROM articles")


def test_neighbours_follow_an_address_that_moved(held: Held) -> None:
    short, long = BASE + "?p=120", BASE + "cau-na-leng/"
    held.record(a_visit("truoc/", an_article("Bài trước"), next_url=short))
    held.record(a_visit("sau/", an_article("Bài sau"), prev_url=short))
    moved = Visit(short, Origin("next"), NOON, State.ELSEWHERE, 301, "HTTP 301", moved_to=long)

    held.record(moved)
    held.record(a_visit())

    neighbours = held.rows("SELECT title, prev_url, next_url FROM articles ORDER BY id")
    assert [tuple(row.values()) for row in neighbours[:2]] == [
        ("Bài trước", None, long),
        ("Bài sau", long, None),
    ]
    # A page that names the old address later is understood at once.
    held.record(a_visit("moi/", an_article("Bài mới"), prev_url=short))
    newest = held.rows("SELECT prev_url FROM articles WHERE title = 'Bài mới'")
    assert newest == [{"prev_url": long}]


def test_a_variant_that_is_known_is_not_found_again(held: Held) -> None:
    held.record(a_visit(next_url=BASE + "sau/"))
    held.record(a_visit("khac/", an_article("Bài khác"), next_url=BASE + "sau"))
    waiting = held.rows("SELECT url FROM urls WHERE state = 'waiting'")
    assert waiting == [{"url": BASE + "sau/"}]
    variant = held.archive.ledger.known(
        KEY, "http://www.khuoisao.example/cau-na-leng?utm_source=zalo"
    )
    assert variant
    assert variant["state"] == "held"
    assert held.archive.ledger.known(KEY, BASE + "chua-biet/") is None
    due = {row["url"] for row in held.due()}
    assert due == {BASE + "sau/"}


# What is open


def test_what_is_settled_is_asked_for_again_only_in_full(held: Held) -> None:
    held.record(a_visit(prev_url=BASE + "cho/"))
    held.record(gone("mat/"))
    for path, state in (("kin/", State.REFUSED), ("muc/", State.NOT_ARTICLE)):
        held.record(Visit(BASE + path, Origin("listing"), NOON, state, 200, "lý do"))
    held.record(Visit(BASE + "hong/", Origin("listing"), NOON, State.FAILED, 500, "HTTP 500"))
    waiting, failed = BASE + "cho/", BASE + "hong/"

    assert [row["url"] for row in held.due()] == [waiting], "not twice in one crawl"
    held.begin_run()
    assert [row["url"] for row in held.due()] == [waiting, failed]
    full = [row["url"] for row in held.due(full=True)]
    assert full[:2] == [waiting, failed]
    assert set(full[2:]) == {BASE + path for path in ("cau-na-leng/", "mat/", "kin/")}


def test_a_held_article_is_visited_again_when_a_quarter_of_its_age_has_passed(held: Held) -> None:
    published = datetime(2025, 6, 2, 5, tzinfo=UTC)  # four weeks before
    held.record(a_visit(article=an_article(published_at=published)))
    held.begin_run()
    week = NOON + timedelta(days=7)
    assert held.due(now=week - timedelta(seconds=1), revisits=9) == []
    assert [row["why"] for row in held.due(now=week, revisits=9)] == ["revisit"]
    assert held.due(now=week, revisits=0) == [], "the budget of the crawl is spent"


# Search


def test_search_finds_words_with_and_without_marks(held: Held) -> None:
    held.record(a_visit("a/", an_article("Đường mới", "Con đường liên xã dài 12 km.")))
    held.record(a_visit("b/", an_article("Giá đương quy", "Cây đương quy được giá.")))

    assert held.found('"chợ đồn"') == []
    assert set(held.found("duong")) == {"Đường mới", "Giá đương quy"}
    assert held.found("exact : đường") == ["Đường mới"]
    assert held.found("title : (gia duong)") == ["Giá đương quy"]
    assert held.found("ĐƯỜNG") == ["Đường mới"]


def test_a_snippet_shows_the_words_as_written(held: Held) -> None:
    held.record(a_visit())
    sql = """
        SELECT snippet(articles_fts, 2, '[', ']', '…', 12) AS shown
        FROM articles_fts WHERE articles_fts MATCH 'body : "cho don"'"""
    assert "[Chợ Đồn]" in held.rows(sql)[0]["shown"].replace("] [", " ")


def test_the_index_forgets_what_an_article_no_longer_says(held: Held) -> None:
    held.record(a_visit())
    held.record(a_visit(article=an_article("Bản tin mới", "Bản Thi vào vụ thu hoạch hồng.")))

    for gone in ('"na leng"', "exact : lẹng", "title : khanh"):
        assert held.found(gone) == []
    assert held.found('"ban thi"') == ["Bản tin mới"]
    # What the index holds is what feeding it afresh gives, to the last word.
    words = "SELECT term, col, doc FROM {} ORDER BY term, col"
    held.db.execute("CREATE VIRTUAL TABLE w USING fts5vocab(articles_fts, col)")
    terms = {(r["term"], r["col"]) for r in held.rows(words.format("w"))}
    assert ("hoạch", "exact") in terms
    assert ("hoach", "body") in terms
    assert not {term for term, _ in terms} & {"leng", "lẹng", "khanh", "khánh"}
    held.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


def test_no_statement_takes_a_name_that_is_none() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        db = Connection(connection)
        for wrong in ("sites; DROP TABLE urls", "key = 1 OR 1", "", "Sites", "sites--"):
            with pytest.raises(ValueError, match="is no name"):
                db.insert(wrong, {"key": "a"})
            with pytest.raises(ValueError, match="is no name"):
                db.insert("sites", {wrong: "a"})
            with pytest.raises(ValueError, match="is no name"):
                db.update("sites", {"key": "a"}, **{wrong: 1})
            with pytest.raises(ValueError, match="is no name"):
                db.select("sites", order=wrong, key="a")


def test_a_list_of_any_length_is_one_that_can_be_stored_and_asked_for(held: Held) -> None:
    links = [f"{BASE}bai-{number}/" for number in range(2000)]
    held.record(
        Visit(BASE, Origin("seed"), NOON, State.NOT_ARTICLE, 200, page=Page("listing", links=links))
    )
    assert [row["url"] for row in held.rows("SELECT url FROM urls ORDER BY id")] == [BASE, *links]
    with writing(held.path) as tables:
        tables.urls.read(KEY, links)
        assert all(tables.urls.known(KEY, link) for link in links)


# All or nothing


@pytest.mark.parametrize("table", ["urls", "images", "article_tags", "runs", "articles_fts_data"])
def test_a_visit_that_cannot_be_stored_leaves_nothing(held: Held, table: str) -> None:
    article = an_article(images=(Image(BASE + "a.jpg"),), tags=("cầu",))
    event = "UPDATE" if table == "runs" else "INSERT"
    if table == "articles_fts_data":
        held.db.execute("DROP TABLE articles_fts")
    else:
        held.db.execute(
            f"CREATE TRIGGER broken AFTER {event} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
        )
    before = held.dump()

    with pytest.raises(sqlite3.Error):
        held.record(a_visit(article=article, prev_url=BASE + "truoc/"))

    assert held.dump() == before
    held.db.execute("BEGIN IMMEDIATE")  # no transaction is left open
    held.db.execute("ROLLBACK")
    if table != "articles_fts_data":
        held.db.execute("DROP TRIGGER broken")
        assert held.record(a_visit(article=article, prev_url=BASE + "truoc/")) == Outcome.NEW


def test_an_edit_that_cannot_be_stored_leaves_the_old_text(held: Held) -> None:
    held.record(a_visit())
    held.db.execute(
        "CREATE TRIGGER broken AFTER UPDATE OF body ON articles "
        "BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="hole"):
        held.record(a_visit(article=an_article("Bài đã sửa", "Nội dung khác hẳn.")))
    assert held.found('"na leng"') == ["Khánh thành cầu Nà Lẹng"]
    assert held.found('"noi dung khac"') == []
    held.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


def test_a_reader_sees_every_visit_as_soon_as_it_is_stored(held: Held) -> None:
    with closing(sqlite3.connect(f"file:{held.path}?mode=ro", uri=True)) as reader:
        for number in range(1, 6):
            held.record(a_visit(f"bai-{number}/", an_article(f"Bài {number}")))
            seen = reader.execute("SELECT count(*), max(id) FROM articles").fetchone()
            assert seen == (number, number)
            index = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?"
            assert reader.execute(index, [f'title : "bai {number}"']).fetchone() == (1,)


WRITER = """
import sys
from tests.test_archive import SITE, a_visit, an_article
from archive import Archive
name, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with Archive.open(path, create=True) as archive:
    run = archive.runs.start(SITE | {"key": name})
    for number in range(count):
        article = an_article(f"Bài {number} của {name}")
        archive.visits.record(run, name, a_visit(f"{name}/{number}/", article))
        shared = an_article(f"Bài chung {number}")  # at an address that all of them have
        archive.visits.record(run, name, a_visit(f"chung/{number}/", shared))
    archive.runs.finish(run, "finished", 0, 0)
"""


def test_four_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name, "25", str(path)],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )
        for name in ("mot", "hai", "ba", "bon")
    ]  # fmt: skip
    for writer in writers:
        _, err = writer.communicate(timeout=120)
        assert writer.returncode == 0, err

    db = Database(path)
    assert db.execute("SELECT count(*) FROM articles").fetchone() == (8 * 25,)
    assert db.execute("SELECT count(*) FROM urls").fetchone() == (8 * 25,)
    each = db.execute("SELECT site, count(DISTINCT url) FROM articles GROUP BY site").fetchall()
    assert {*each} == {("mot", 50), ("hai", 50), ("ba", 50), ("bon", 50)}
    runs = db.execute("SELECT new, unchanged, outcome FROM runs").fetchall()
    assert [(new, unchanged) for new, unchanged, _ in runs] == [(50, 0)] * 4
    assert {outcome for _, _, outcome in runs} == {"finished"}
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


TRACED = """
import sqlite3, sys
from tinhuyen.cli import main
connect, log = sqlite3.connect, open(sys.argv.pop(1), "w", encoding="utf-8")
def traced(*arguments, **more):
    connection = connect(*arguments, **more)
    connection.set_trace_callback(lambda sql: print(" ".join(sql.split()), file=log))
    return connection
sqlite3.connect = traced
main()
"""


def test_a_new_article_takes_few_statements(tmp_path: Path) -> None:
    """Those that the index and triggers make by themselves are not counted, nor what a crawl asks
    between two. What a trigger does is traced as the statement that had it done, once more.
    """
    archived, log = Archived(tmp_path), tmp_path / "statements"
    with serving(Portal.embedded()) as server:
        archived.describe(server.url + "/")
        command = ["crawl", "test", "--db", str(archived.db), "--json"]
        subprocess.run(
            [sys.executable, "-c", TRACED, str(log), *command],
            cwd=ROOT, check=True, capture_output=True, timeout=120,
            env=os.environ | {
                "TINHUYEN_SITES": str(tmp_path / "sites"),
                "TINHUYEN_CONTACT": "https://tinhuyen.example/contact",
            },
        )  # fmt: skip
    statements = [
        line
        for line, _ in groupby(log.read_text(encoding="utf-8").splitlines())
        if "articles_fts_" not in line and not line.startswith("--")
    ]
    transactions = "\n".join(statements).split("BEGIN IMMEDIATE\n")[1:]
    batches = [text.partition("\nCOMMIT")[0] for text in transactions]
    batches = [batch for batch in batches if "SET new = new + " in batch]
    new = [int(batch.partition("SET new = new + ")[2].split()[0]) for batch in batches]
    assert sum(new) == len(Portal.embedded().posts)
    # Two of them give it its code and the number of this change. Ten are made once a batch, however
    # many articles it has: a slow machine has more batches.
    assert sum(batch.count("\n") + 3 - 10 for batch in batches) / sum(new) <= 16.5


def test_an_empty_file_is_no_archive_to_read(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.touch()

    assert "an empty file" in refusal(path, read_only=True)
    assert path.stat().st_size == 0


def test_a_copy_in_a_folder_that_cannot_be_written_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere
    try:
        with Archive.open(path, read_only=True) as archive:
            assert archive.ledger.all_coverage() == []
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                archive.runs.note_problem(1, "failed", "not to be written")
        assert [file.name for file in tmp_path.iterdir()] == ["archive.db"]
    finally:
        tmp_path.chmod(0o755)


def test_how_an_archive_is_opened_depends_on_who_may_write_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    addresses = []
    for writable, log in ((True, b""), (False, b""), (False, b"a page")):
        monkeypatch.setattr("os.access", lambda *_, writable=writable: writable)
        path.with_name("archive.db-wal").write_bytes(log)
        addresses.append(reading_address(path).rpartition("?")[2])
    assert addresses == ["mode=ro", "immutable=1", "mode=ro"]
    link = tmp_path / "elsewhere" / "linked.db"
    link.parent.mkdir()
    link.symlink_to(path)
    assert reading_address(link) == reading_address(path), "SQLite's log lies beside the file"


# What an article cites, and where it stands in the chain


def test_the_documents_that_an_article_cites_are_stored_in_order(held: Held) -> None:
    cited = an_article(
        "Triển khai Quyết định số 12/QĐ-UBND",
        "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05/3/2020 của Chính phủ, huyện đã làm.",
    )
    held.record(a_visit(article=cited))
    rows = held.rows("SELECT position, type, number, issuer, date FROM citations ORDER BY position")
    assert [(row["position"], row["number"]) for row in rows] == [
        (1, "12/QĐ-UBND"), (2, "30/2020/NĐ-CP"),
    ]  # fmt: skip
    assert rows[1] | {"position": 0} == {
        "position": 0, "type": "Nghị định", "number": "30/2020/NĐ-CP", "issuer": "Chính phủ",
        "date": "2020-03-05",
    }  # fmt: skip

    held.record(a_visit(article=an_article("Không nhắc văn bản nào"), at=NOON + timedelta(days=1)))
    assert not held.rows("SELECT * FROM citations")


def test_an_article_dated_against_its_chain_is_noted_once_and_not_mended(held: Held) -> None:
    def dated(day: int) -> Article:
        return an_article(published_at=datetime(2021, 6, day, 8, tzinfo=VIET_NAM))

    held.record(a_visit("cu/", dated(20), next_url=BASE + "moi/"))
    for _ in range(2):
        held.record(a_visit("moi/", dated(14), prev_url=BASE + "cu/", next_url=BASE + "sau/"))
    held.record(a_visit("sau/", dated(14), prev_url=BASE + "moi/"))

    (noted,) = held.rows("SELECT * FROM problems WHERE kind = 'date'")
    assert noted["url"] == BASE + "cu/"
    assert "2021-06-20" in noted["message"]
    assert BASE + "moi/" in noted["message"]
    dates = held.rows("SELECT published_at FROM articles ORDER BY id")
    assert [row["published_at"][:10] for row in dates] == ["2021-06-20", "2021-06-14", "2021-06-14"]


@pytest.mark.parametrize("kind", [PageKind.LOGIN, PageKind.OTHER])
@pytest.mark.parametrize("when", ["before", "under way", "after"])
def test_what_rest_names_is_judged_as_an_article_whenever_it_says_so(
    held: Held, when: str, kind: PageKind
) -> None:
    site, url = SITE["key"] or "", BASE + "cau-na-leng/"
    listing, rest = Origin(Discovery.LISTING, BASE), Origin(Discovery.REST, BASE + "wp-json/")
    links = Page("listing", links=(url,))
    held.record(Visit(BASE, Origin("seed"), NOON, State.NOT_ARTICLE, 200, "listing", page=links))

    def name() -> None:
        held.archive.routes.list(held.run_id, site, Discovery.REST, rest.found_on, [Found(url)])

    def visit(origin: Origin) -> None:
        held.record(Visit(url, origin, NOON, State.NOT_ARTICLE, 200, kind, page=Page(kind)))

    if when == "before":
        name()
    else:
        (asked,) = held.due()
        assert asked["found_by"] == Discovery.LISTING
        for step in (name, partial(visit, listing))[:: 1 if when == "under way" else -1]:
            step()
    (row,) = held.due()
    assert (row["url"], row["found_by"]) == (url, Discovery.REST)
    visit(rest)
    assert not held.due(), "an article of it is none that is asked for over and over"
