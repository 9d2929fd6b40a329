"""The archive: what it refuses to open, what it writes, and what it never leaves half-written."""

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from crawler.items import Article, Attachment, Block, Image, Origin, Page, State, Visit
from pipelines.archive import Archive, ArchiveError, Outcome, text_sha256
from pipelines.schema import APPLICATION_ID, MIGRATION_NAMES, migrations

ROOT = Path(__file__).parents[1]
BASE = "https://khuoisao.example/"
SITE = {
    "key": "khuoisao",
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
    blocks = [Block("paragraph", f"<p>{text}</p>", text) for text in paragraphs]
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
        self.archive = Archive.open(path)
        self.run_id = self.archive.start_run(SITE)

    def record(self, visit: Visit) -> Outcome:
        return self.archive.record(self.run_id, SITE["key"] or "", visit)

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return list(self.archive.db.query(sql, list(parameters)))

    def found(self, query: str) -> list[str]:
        sql = """
            SELECT articles.title AS title FROM articles_fts JOIN articles
            ON articles.id = articles_fts.rowid WHERE articles_fts MATCH ? ORDER BY rank"""
        return [row["title"] for row in self.rows(sql, query)]

    def dump(self) -> list[str]:
        """Return all that the file holds, as SQL."""
        return list(self.archive.db.conn.iterdump())


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.archive.close()


# Opening


def refusal(path: Path, *, create: bool = True) -> str:
    with pytest.raises(ArchiveError) as caught:
        Archive.open(path, create=create)
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
    Archive.open(path).close()
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
    message = f"{path}: no such archive; make one with: tinhuyen crawl demo"
    assert refusal(path, create=False) == message
    assert not path.exists()


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.symlink_to(tmp_path / "gone" / "archive.db")
    advice = "cannot be opened; does its folder exist, and may you write there?"
    assert refusal(path) == f"{path}: {advice}"


def test_an_archive_that_cannot_be_written_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path) as archive:
        archive.ensure_writable()
        archive.db.execute("PRAGMA query_only = ON")  # file permissions do not hold root back
        with pytest.raises(ArchiveError) as caught:
            archive.ensure_writable()
    advice = "cannot be written; change its permissions or name another file with --db"
    assert str(caught.value) == f"{path}: {advice}"


def test_an_empty_file_becomes_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.touch()
    with Archive.open(path) as archive:
        assert "articles" in archive.db.table_names()


def test_migrations_are_applied_once(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path) as archive:
        schema = archive.db.schema
        applied = list(archive.db["_sqlite_migrations"].rows)
    with Archive.open(path) as archive:
        assert archive.db.schema == schema
        assert list(archive.db["_sqlite_migrations"].rows) == applied
        assert {row["name"] for row in applied} == MIGRATION_NAMES
        assert not migrations.pending(archive.db)
        assert archive.db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert archive.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_closed_archive_is_one_file(tmp_path: Path) -> None:
    held = Held(tmp_path / "archive.db")
    held.record(a_visit())
    held.archive.close()
    assert [path.name for path in tmp_path.iterdir()] == ["archive.db"]


# Writing an article


def test_an_article_is_written_whole(held: Held) -> None:
    image = Image(BASE + "cau.jpg", "Cầu Nà Lẹng", "Cầu", 800, 600)
    file = Attachment(BASE + "ke-hoach.pdf", "Kế hoạch số 12/KH-UBND")
    article = an_article(images=[image], attachments=[file], tags=["cầu", "giao thông"])
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


def test_the_hash_is_that_of_the_words(held: Held) -> None:
    article = an_article("Tiêu đề", "Đoạn một.", "Đoạn hai.")
    held.record(a_visit(article=article))
    words = "Tiêu đề\n\nCây cầu nối đôi bờ sông Năng.\n\nĐoạn một.\n\nĐoạn hai."
    expected = hashlib.sha256(words.encode()).hexdigest()
    assert held.rows("SELECT text_sha256 FROM articles") == [{"text_sha256": expected}]
    assert text_sha256(article) == expected
    assert text_sha256(an_article("Tiêu đề", "Đoạn một.", "Đoạn hai.", lead=None)) != expected


def test_an_unchanged_article_writes_when_it_was_seen_and_nothing_else(held: Held) -> None:
    tags = ["giao thông", "cầu"]
    held.record(a_visit(article=an_article(tags=tags, images=[Image(BASE + "a.jpg")])))
    before = held.dump()

    again = a_visit(
        article=an_article(tags=tags[::-1], images=[Image(BASE + "a.jpg")]),
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
    held.record(a_visit(article=an_article(images=[Image(BASE + "a.jpg")], tags=["cũ"])))
    first = held.rows("SELECT id FROM articles")

    edited = an_article("Khánh thành cầu treo", "Lễ khánh thành dời sang tháng Bảy.", tags=["mới"])
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
    richer = an_article(images=[Image(BASE + "cau.jpg", "Cây cầu mới")])
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
    kinds = [row["kind"] for row in held.archive.problems(held.run_id)]
    assert kinds == ["failed", "refused"]
    held.record(Visit(url, Origin("seed"), NOON, State.GONE, 404, "HTTP 404"))
    assert held.rows("SELECT state, status FROM urls") == [{"state": "gone", "status": 404}]
    assert held.rows("SELECT title FROM articles") == [{"title": "Khánh thành cầu Nà Lẹng"}]


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
    assert not held.archive.is_open("http://www.khuoisao.example/cau-na-leng?utm_source=zalo")
    assert held.archive.is_open(BASE + "sau")
    assert held.archive.is_open(BASE + "chua-biet/")


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
    held.archive.db.execute("CREATE VIRTUAL TABLE w USING fts5vocab(articles_fts, col)")
    terms = {(r["term"], r["col"]) for r in held.rows(words.format("w"))}
    assert ("hoạch", "exact") in terms
    assert ("hoach", "body") in terms
    assert not {term for term, _ in terms} & {"leng", "lẹng", "khanh", "khánh"}
    held.archive.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


# All or nothing


@pytest.mark.parametrize("table", ["urls", "images", "article_tags", "runs", "articles_fts_data"])
def test_a_visit_that_cannot_be_stored_leaves_nothing(held: Held, table: str) -> None:
    article = an_article(images=[Image(BASE + "a.jpg")], tags=["cầu"])
    event = "UPDATE" if table == "runs" else "INSERT"
    if table == "articles_fts_data":
        held.archive.db.execute("DROP TABLE articles_fts")
    else:
        held.archive.db.execute(
            f"CREATE TRIGGER broken AFTER {event} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
        )
    before = held.dump()

    with pytest.raises(sqlite3.Error):
        held.record(a_visit(article=article, prev_url=BASE + "truoc/"))

    assert held.dump() == before
    assert not held.archive.db.conn.in_transaction
    if table != "articles_fts_data":
        held.archive.db.execute("DROP TRIGGER broken")
        assert held.record(a_visit(article=article, prev_url=BASE + "truoc/")) == Outcome.NEW


def test_an_edit_that_cannot_be_stored_leaves_the_old_text(held: Held) -> None:
    held.record(a_visit())
    held.archive.db.execute(
        "CREATE TRIGGER broken AFTER UPDATE OF body ON articles "
        "BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="hole"):
        held.record(a_visit(article=an_article("Bài đã sửa", "Nội dung khác hẳn.")))
    assert held.found('"na leng"') == ["Khánh thành cầu Nà Lẹng"]
    assert held.found('"noi dung khac"') == []
    held.archive.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


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
from pipelines.archive import Archive
name, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with Archive.open(path) as archive:
    run = archive.start_run(SITE | {"key": name})
    for number in range(count):
        article = an_article(f"Bài {number} của {name}")
        archive.record(run, name, a_visit(f"{name}/{number}/", article))
        archive.record(run, name, a_visit(f"chung/{number}/", an_article(f"Bài chung {number}")))
    archive.finish_run(run, "finished", 0, 0)
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

    with Archive.open(path) as archive:
        db: Database = archive.db
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (5 * 25,)
        assert db.execute("SELECT count(*) FROM urls").fetchone() == (5 * 25,)
        runs = db.execute("SELECT new, unchanged, outcome FROM runs").fetchall()
        assert sum(new for new, _, _ in runs) == 5 * 25
        assert sum(new + unchanged for new, unchanged, _ in runs) == 8 * 25
        assert {outcome for _, _, outcome in runs} == {"finished"}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
