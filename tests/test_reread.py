"""reread: every article again with today's readers, without a request and without a revision."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from archive.transactions import Transactions
from archive.warc import Record, read_record
from crawler.exchange import Capture
from crawler.page import Article, Evidence, Page
from crawler.sites import all_sites
from curation import derive, texts
from curation.parallel import Workers
from curation.reread import Change, Reread, describe_change, reread
from curation.verify import Verification
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, run
from tests.content import content_hash

POSTS = 12


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """An archive of which one article has an earlier text; the portal is no more."""
    portal = Portal.scaled(POSTS, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("reread"), server)
        archived.describe(server.url + "/")
        body = "Nhân dân thôn Nà Lẹng đóng góp ngày công làm đường. " * 12
        portal.edit(portal.newest[3].slug, body=f"{body}\n\nLượt đọc bài này: 100")
        archived.crawl()
        portal.edit(portal.newest[3].slug, body=f"{body}\n\nLượt đọc bài này: 101")
        archived.crawl("--full")
    return archived


@pytest.fixture
def archived(crawled: Archived, tmp_path: Path) -> Archived:
    """A copy of it."""
    shutil.copytree(crawled.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy")


def read_again(archived: Archived, *, dry_run: bool = False) -> list[Reread]:
    sites = all_sites(archived.folder / "sites")
    with Archive.open(archived.db, read_only=dry_run) as archive:
        return list(reread(archive, sites, archive.articles.ids(), dry_run=dry_run))


def faults(archived: Archived) -> list[str]:
    sites = all_sites(archived.folder / "sites")
    with Archive.open(archived.db, read_only=True) as archive:
        return [str(fault) for fault in Verification(archive, sites).faults()]


def commanded(archived: Archived, *arguments: str) -> Any:
    folder = str(archived.folder / "sites")
    return run("reread", "--db", archived.db, *arguments, TINHUYEN_SITES=folder)


Improve = Callable[[Callable[[Article], Article]], None]


@pytest.fixture
def improve(monkeypatch: pytest.MonkeyPatch) -> Improve:
    """Let the readers of today read otherwise than those of the crawl."""

    def improve(better: Callable[[Article], Article]) -> None:
        read = derive.read

        def read_better(*arguments: Any) -> Page:
            page = read(*arguments)
            return replace(page, article=better(page.article)) if page.article else page

        monkeypatch.setattr(derive, "read", read_better)

    return improve


def without_counter(article: Article) -> Article:
    blocks = (block for block in article.blocks if not block.text.startswith("Lượt đọc"))
    return replace(article, blocks=tuple(blocks))


def test_the_same_readers_change_nothing(archived: Archived) -> None:
    before = content_hash(archived.db)
    assert [done for done in read_again(archived) if done.changes or done.problems] == []
    assert content_hash(archived.db) == before


def test_the_command_reads_on_all_cores(crawled: Archived) -> None:
    done = commanded(crawled, "--dry-run")
    assert (done.code, done.out) == (0, f"{POSTS} articles read again; 0 would change.\n")
    summary = commanded(crawled, "test", "--dry-run", "--json").json()
    assert summary == {
        "read": POSTS, "changed": 0, "merged": 0, "unreadable": 0, "without_capture": 0, "pages": 0,
        "articles": [],
    }  # fmt: skip


def test_a_better_reading_is_stored_and_is_no_revision(
    archived: Archived, improve: Improve
) -> None:
    before = {row["id"]: row for row in archived.rows("SELECT * FROM articles")}
    improve(lambda article: replace(article, author="Trung tâm Văn hóa", tags=("nông thôn",)))
    done = read_again(archived)
    assert all({"author", "tags"} <= {c.column for c in each.changes} for each in done)
    assert faults(archived) == []
    for row in archived.rows("SELECT * FROM articles"):
        assert row["author"] == "Trung tâm Văn hóa"
        kept = ("revision", "first_seen_at", "last_seen_at", "revised_at", "capture_id", "body")
        assert [row[name] for name in kept] == [before[row["id"]][name] for name in kept]
    assert archived.rows("SELECT DISTINCT author FROM revisions") == [
        {"author": "Trung tâm Văn hóa"}
    ]
    assert archived.rows("SELECT DISTINCT name FROM tags JOIN article_tags ON id = tag_id") == [
        {"name": "nông thôn"}
    ]


@pytest.mark.parametrize("column", ["title", "body", "body_html", "published_at", "words"])
def test_what_was_changed_by_other_means_is_as_it_was_again(
    column: str, archived: Archived
) -> None:
    before = content_hash(archived.db)
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(f"UPDATE articles SET {column} = '2 từ khác' WHERE id = 3")
        connection.commit()
    assert faults(archived)
    (done,) = [each for each in read_again(archived) if each.changes]
    assert [change.column for change in done.changes] == [column]
    assert faults(archived) == []
    assert content_hash(archived.db) == before


def test_words_that_a_reader_learns_to_see_are_found(archived: Archived, improve: Improve) -> None:
    improve(lambda article: replace(article, lead="Đường về thôn Khuổi Đăm đã thông xe."))
    read_again(archived)
    found = archived.rows(
        "SELECT count(*) AS n FROM articles_fts WHERE articles_fts MATCH '\"khuoi dam\"'"
    )
    assert found == [{"n": POSTS}]
    assert faults(archived) == []


def test_revisions_that_only_a_counter_made_become_one(
    archived: Archived, improve: Improve
) -> None:
    (old,) = archived.rows("SELECT * FROM revisions")
    improve(without_counter)
    (done,) = [each for each in read_again(archived) if each.changes]
    assert (done.article_id, done.merged) == (old["article_id"], 1)
    assert archived.rows("SELECT * FROM revisions") == []
    (row,) = archived.rows("SELECT * FROM articles WHERE id = ?", old["article_id"])
    assert row["revision"] == 1
    assert row["revised_at"] == row["first_seen_at"] == old["seen_at"]
    assert "Lượt đọc" not in row["body"]
    assert faults(archived) == []


def test_a_dry_run_shows_and_stores_nothing(archived: Archived, improve: Improve) -> None:
    before = archived.db.read_bytes()
    improve(without_counter)
    (done,) = [each for each in read_again(archived, dry_run=True) if each.changes]
    assert {change.revision for change in done.changes} == {1, 2}
    bodies = [describe_change(change) for change in done.changes if change.column == "body"]
    assert bodies == [
        "ngày công làm đường. [-Lượt đọc bài này: 100-]",
        "ngày công làm đường. [-Lượt đọc bài này: 101-]",
    ]
    assert archived.db.read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Trồng 50 ha hồng.", "Trồng 60 ha hồng.", "Trồng [-50-] {+60+} ha hồng."),
        ("một hai ba bốn năm sáu 7 tám", "một hai ba bốn năm sáu 8 tám",
         "ba bốn năm sáu [-7-] {+8+} tám"),
        ("1 a b c d e f g h i j 2", "3 a b c d e f g h i j 4",
         "[-1-] {+3+} a b c d … g h i j [-2-] {+4+}"),
        ("Một xã.\n\nHai thôn.", "Một xã. Hai thôn.", "Một xã. [-¶-] Hai thôn."),
        (None, "Tổ Thông tin", "{+Tổ Thông tin+}"),
        ("2021-06-14T08:30:00+07:00", "2021-06-14T09:30:00+07:00",
         "[-2021-06-14T08:30:00+07:00-] {+2021-06-14T09:30:00+07:00+}"),
        ([("https://a.example/1.jpg", "Chợ", None)], [("https://a.example/1.jpg", "Bản", None)],
         "[-https://a.example/1.jpg | Chợ-] {+https://a.example/1.jpg | Bản+}"),
        (" ".join(["a", "b"] * 9000), " ".join(["b", "a", "c"] * 6000), "(not compared in full)"),
    ],
)  # fmt: skip
def test_a_change_in_words(before: Any, after: Any, expected: str) -> None:
    described = describe_change(Change(1, "body", before, after))
    assert described == expected or described.endswith(f"+}} {expected}")


def test_an_article_that_cannot_be_read_any_more_stays_as_it_is(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content_hash(archived.db)
    monkeypatch.setattr(
        derive, "read", lambda *_: Page("other", evidence=Evidence({"kind": "a survey"}))
    )
    done = read_again(archived)
    assert {problem.partition(": ")[2] for each in done for problem in each.problems} == {
        "a survey"
    }
    monkeypatch.setattr(derive, "read", lambda *_: 1 / 0)
    assert all("broke its reader" in each.problems[0] for each in read_again(archived))
    assert content_hash(archived.db) == before


def test_what_reads_as_spam_today_is_told_and_stays(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = derive.read
    before = content_hash(archived.db)

    def as_spam(*arguments: Any) -> Page:
        return replace(
            read(*arguments), kind="spam", evidence=Evidence({"suspicion": "it sells pills"})
        )

    monkeypatch.setattr(derive, "read", as_spam)
    assert all("it sells pills" in each.problems[0] for each in read_again(archived))
    assert content_hash(archived.db) == before


def test_neighbours_that_a_reader_learns_to_see_are_asked_for(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = derive.read
    (row,) = archived.rows("SELECT * FROM articles WHERE prev_url IS NULL")
    older = row["url"].rstrip("/") + "-truoc/"

    def with_older(*arguments: Any) -> Page:
        page = read(*arguments)
        return page if page.prev_url else replace(page, prev_url=older)

    monkeypatch.setattr(derive, "read", with_older)
    (done,) = [each for each in read_again(archived) if each.changes]
    assert done.changes == [Change(1, "prev_url", None, older)]
    assert archived.rows("SELECT prev_url FROM articles WHERE id = ?", row["id"]) == [
        {"prev_url": older}
    ]
    assert archived.rows("SELECT state, found_by, found_on FROM urls WHERE url = ?", older) == [
        {"state": "waiting", "found_by": "prev", "found_on": row["url"]}
    ]
    assert read_again(archived) == [Reread(each.article_id, each.url) for each in done_of(archived)]


def done_of(archived: Archived) -> list[Reread]:
    rows = archived.rows("SELECT id, url FROM articles ORDER BY id")
    return [Reread(row["id"], row["url"]) for row in rows]


def test_what_was_crawled_meanwhile_is_left_alone(archived: Archived) -> None:
    with Archive.open(archived.db) as archive:
        row = archive.articles.rows([1])[0]
        stale = row | {"text_sha256": "0" * 64}
        assert archive.articles.reread(1, [stale], [None]) is False


def test_it_may_be_killed_at_any_moment(crawled: Archived, tmp_path: Path) -> None:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    archived = Archived(tmp_path / "copy")
    read_badly(archived)
    assert content_hash(archived.db) != content_hash(crawled.db)
    program = "from tests.test_reread import slowly; slowly()"
    process = subprocess.Popen([sys.executable, "-c", program, str(archived.folder)])
    time.sleep(1.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert commanded(archived).code == 0
    assert content_hash(archived.db) == content_hash(crawled.db)
    assert faults(archived) == []


@pytest.mark.parametrize("processes", [1, 2])
def test_in_several_processes_the_same_is_read_and_found(
    crawled: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(texts, "BATCH", 4)
    shutil.copytree(crawled.folder, tmp_path / "copy")
    archived = Archived(tmp_path / "copy")
    read_badly(archived)
    sites = all_sites(archived.folder / "sites")
    with Workers(processes) as workers, Archive.open(archived.db) as archive:
        ids = archive.articles.ids()
        verification = Verification(archive, sites, workers=workers)
        assert len([*verification.faults()]) == len(ids)
        done = [*reread(archive, sites, ids, workers=workers)]
    assert [each.article_id for each in done] == ids
    assert all(each.changes for each in done)
    assert content_hash(archived.db) == content_hash(crawled.db)


def test_what_reads_as_it_did_is_not_written_again(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction waits for the disk: there is one for the links of a task and one for the signs
    of a site, and none an article."""
    begun = []
    begin = Transactions.begin

    def counted(self: Transactions, *, sync: bool = True) -> AbstractContextManager[None]:
        begun.append(sync)
        return begin(self, sync=sync)

    monkeypatch.setattr(Transactions, "begin", counted)
    done = read_again(archived)
    assert len(done) > len(begun)
    assert len(begun) <= 2


def test_a_capture_is_read_once_to_be_read_again(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text and what its page links to come of one look at it."""
    read = Counter[int | None]()

    def counted(folder: Path, capture: Capture) -> Record:
        read[capture.id] += 1
        return read_record(folder, capture)

    monkeypatch.setattr(derive, "read_record", counted)
    read_again(archived)
    assert {*read.values()} == {1}


def read_badly(archived: Archived) -> None:
    """Let every article stand as a worse reader would have read it."""
    with Archive.open(archived.db) as archive:
        for row in archive.articles.rows(archive.articles.ids()):
            history = [*archive.articles.earlier(row["id"]), row]
            worse = Page("article", Article(title=f"{row['title']} - Cổng thông tin"))
            assert archive.articles.reread(
                row["id"], history, [*[None] * (len(history) - 1), worse]
            )


def slowly() -> None:
    """Read an archive again, a tenth of a second an article."""
    archived = Archived(Path(sys.argv[1]))
    sites = all_sites(archived.folder / "sites")
    with Archive.open(archived.db) as archive:
        for _ in reread(archive, sites, archive.articles.ids()):
            time.sleep(0.1)


def test_the_verdict_is_of_what_is_read_today(archived: Archived) -> None:
    """Every title was the site's name when it was crawled; the readers have learnt since."""
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE articles SET title = 'UBND HUYỆN'")
    with Archive.open(archived.db) as archive:
        archive.runs.look_for_signs("test")
        before = archive.ledger.coverage("test")
    assert before
    assert (before["verdict"], before["signs"]) == ("unread", f'{{"one title":{POSTS}}}')

    read_again(archived)

    with Archive.open(archived.db) as archive:
        after = archive.ledger.coverage("test")
    assert after
    assert (after["verdict"], after["signs"]) == ("complete", "{}")
