"""Batches: what a crawl has seen is stored together, and waits for the disk by itself."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import Traffic
from crawler.exchange import Capture, Exchange
from crawler.visit import Visit
from crawler.vocabulary import Outcome, Reason
from demo.faults import Faults
from demo.portal import Portal
from pipelines import batch as batches
from pipelines.batch import MOST_VISITS, Batch
from tests.conftest import Serve
from tests.test_archive import BASE, NOON, ROOT, SITE, Held, a_visit, an_article

KEY = SITE["key"] or ""
COUNTED = """
import os, sys
import archive.disk, pipelines.batch
from tinhuyen.cli import main
sync, log = os.fdatasync, open(sys.argv.pop(1), "w", 1, "utf-8")
def counted(file):
    print("sync", file=log)
    sync(file)
os.fdatasync, pipelines.batch.SECONDS = counted, 3600.0
main()
"""


class Store:
    """Notes what a batch says."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome | None] = []
        self.error: Exception | None = None

    def stored(self, visits: Sequence[Visit], outcomes: Sequence[Outcome | None]) -> None:
        self.outcomes += outcomes

    def is_in_doubt(self) -> bool:
        return False

    def traffic(self) -> Traffic:
        return Traffic(0, 0)

    def stop(self, error: Exception) -> None:
        self.error = error


class Crawl:
    """A batch of a run that keeps what it receives."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.store = Store()
        held.archive.captures.begin(held.run_id, KEY, {})
        self.batch = Batch(held.archive, held.run_id, KEY, self.store)

    def see(self, number: int) -> Capture:
        visit = a_visit(f"bai-{number}/", an_article(f"Bài {number}", f"Lời của bài {number}."))
        exchange = Exchange(
            visit.url, NOON + timedelta(seconds=number), 200,
            head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
            body=f"<p>{number}</p>".encode(), request_head=b"GET / HTTP/1.1\r\n\r\n",
            content_type="text/html",
        )  # fmt: skip
        capture = self.held.archive.captures.keep(exchange)
        self.batch.kept()
        self.batch.add(replace(visit, capture=capture))
        return capture

    def counts(self) -> tuple[int, int]:
        """Return how many articles and captures another connection sees."""
        (row,) = self.held.rows(
            "SELECT (SELECT count(*) FROM articles) AS a, (SELECT count(*) FROM captures) AS c"
        )
        return row["a"], row["c"]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


@pytest.fixture(autouse=True)
def _no_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SECONDS", 3600.0)  # no clock decides what is stored


def crawling(held: Held, work: Callable[[Crawl], Coroutine[Any, Any, None]]) -> Store:
    async def crawl() -> Store:
        crawl = Crawl(held)
        await work(crawl)
        await crawl.batch.settle()
        return crawl.store

    return asyncio.run(crawl())


async def until_stored(crawl: Crawl) -> None:
    crawl.batch.hurry()
    while crawl.batch.tasks:
        await asyncio.wait(crawl.batch.tasks.values())


def test_what_was_received_is_on_the_disk_before_the_archive_says_so(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, int, int]] = []

    async def work(crawl: Crawl) -> None:
        sync = os.fdatasync

        def noted(file: int) -> None:
            sync(file)
            synced.append((os.fstat(file).st_size, *counts(held.path)))

        monkeypatch.setattr(os, "fdatasync", noted)
        captures = [crawl.see(number) for number in range(5)]
        assert crawl.counts() == (0, 0)
        await until_stored(crawl)
        assert crawl.counts() == (5, 5)
        end = captures[-1].warc_offset + captures[-1].warc_length + captures[-1].request_length
        assert synced[0] == (end, 0, 0)
        assert len(synced) == 2, "the captures of five pages, then the log"
        assert synced[1][1:] == (5, 5)

    assert crawling(held, work).outcomes == ["new"] * 5


def counts(db: Path) -> tuple[int, int]:
    connection = sqlite3.connect(db)
    try:
        sql = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM captures)"
        articles, captures = connection.execute(sql).fetchone()
        return articles, captures
    finally:
        connection.close()


def test_while_the_disk_is_waited_for_the_crawl_goes_on_and_others_may_write(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    sync = os.fdatasync

    def slow(file: int) -> None:
        may_go_on.wait()
        sync(file)

    async def work(crawl: Crawl) -> None:
        crawl.see(1)
        monkeypatch.setattr(os, "fdatasync", slow)
        crawl.batch.hurry()
        await asyncio.sleep(0)
        crawl.see(2)  # its bytes are behind those that are waited for
        connection = sqlite3.connect(held.path, timeout=0)
        connection.execute("UPDATE sites SET note = 'viết được'")
        connection.commit()
        connection.close()
        may_go_on.set()
        while crawl.batch.tasks:
            await asyncio.wait(crawl.batch.tasks.values())
        assert crawl.counts() == (1, 1), "the second is not known to be on the disk"
        await until_stored(crawl)
        assert crawl.counts() == (2, 2)

    assert crawling(held, work).outcomes == ["new", "new"]


def test_what_is_stored_at_once_meanwhile_is_stored_once(
    held: Held,
) -> None:
    async def work(crawl: Crawl) -> None:
        crawl.see(1)
        crawl.batch.hurry()
        await asyncio.sleep(0)
        crawl.see(2)
        crawl.batch.flush()  # a walk goes on: what follows from a page is written after it
        assert crawl.counts() == (2, 2)
        crawl.see(3)
        await until_stored(crawl)
        await until_stored(crawl)
        assert crawl.counts() == (3, 3)

    assert crawling(held, work).outcomes == ["new"] * 3


def test_no_more_wait_than_a_batch_holds(held: Held) -> None:
    async def work(crawl: Crawl) -> None:
        for number in range(MOST_VISITS - 1):
            crawl.see(number)
        assert crawl.counts() == (0, 0)
        crawl.see(MOST_VISITS)  # nothing was given a chance to store the others
        assert crawl.counts() == (MOST_VISITS, MOST_VISITS)

    crawling(held, work)


def test_the_end_of_a_crawl_stores_what_waits(held: Held) -> None:
    async def work(crawl: Crawl) -> None:
        crawl.see(1)
        await crawl.batch.settle()
        crawl.see(2)
        crawl.batch.close()
        assert crawl.counts() == (2, 2)

    crawling(held, work)


def test_a_page_that_cannot_be_stored_takes_no_other_with_it(held: Held) -> None:
    async def work(crawl: Crawl) -> None:
        crawl.batch.add(a_visit("mot/", an_article("Bài một", "Lời của bài một.")))
        crawl.batch.add(a_visit("hong/", an_article("Bài hỏng", "Lời \ud800 không ghi được.")))
        crawl.batch.add(a_visit("hai/", an_article("Bài hai", "Lời của bài hai.")))
        crawl.batch.flush()

    assert crawling(held, work).outcomes == ["new", "failed", "new"]
    rows = held.rows("SELECT url, state, reason FROM urls ORDER BY id")
    assert [(row["state"], row["reason"]) for row in rows] == [
        ("held", None), ("failed", Reason.BROKE_PIPELINE), ("held", None),
    ]  # fmt: skip
    assert held.archive.runs.get(held.run_id)["new"] == 2


@pytest.mark.parametrize("first", [True, False], ids=["captures", "log"])
def test_a_disk_that_fails_ends_the_crawl(
    held: Held, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    calls: list[int] = []

    def failing(file: int) -> None:
        calls.append(file)
        if len(calls) == (1 if first else 2):
            raise OSError(5, "Input/output error")

    async def work(crawl: Crawl) -> None:
        crawl.see(1)
        monkeypatch.setattr(os, "fdatasync", failing)
        await until_stored(crawl)
        assert crawl.counts() == ((0, 0) if first else (1, 1))
        before = crawl.counts()
        crawl.batch.close()
        assert crawl.counts() == before, "nothing is stored after it"
        monkeypatch.undo()

    assert isinstance(crawling(held, work).error, OSError)


def test_one_visit_sees_what_another_of_its_batch_has_done(held: Held) -> None:
    held.archive.visits.record_all(
        held.run_id, KEY,
        [
            a_visit("cu/", an_article("Bài cũ", "Lời của bài cũ."), next_url=BASE + "moi/"),
            a_visit("moi/", an_article("Bài mới", "Lời của bài mới."), prev_url=BASE + "cu/"),
            a_visit("cu/", an_article("Bài cũ", "Lời khác của bài cũ."), at=NOON + timedelta(1)),
        ],
    )  # fmt: skip
    run = held.archive.runs.get(held.run_id)
    assert (run["new"], run["changed"]) == (2, 1)
    assert {row["state"] for row in held.rows("SELECT state FROM urls")} == {"held"}
    assert len(held.rows("SELECT * FROM revisions")) == 1


def test_what_cannot_be_stored_at_the_end_is_no_end(serve: Serve) -> None:
    archived = serve(Portal.scaled(6, page_bytes=0))
    archived.crawl("--limit", "1")
    with closing(sqlite3.connect(archived.db)) as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON articles "
            "BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
        )
    summary = archived.crawl("--limit", "1", code=1)
    assert f"{archived.db}: the disk has a hole" in summary["problems"]
    assert not summary["stored"]
    outcomes = [row["outcome"] for row in archived.rows("SELECT outcome FROM runs ORDER BY id")]
    assert outcomes == ["limit", "archive"]


def test_a_fast_crawl_waits_seldom_for_its_disk(serve: Serve, tmp_path: Path) -> None:
    portal = Portal.scaled(120, page_bytes=0)
    archived, log = serve(portal, Faults(counter=False), delay=0.001), tmp_path / "syncs"
    subprocess.run(
        [
            sys.executable, "-c", COUNTED, str(log),
            "crawl", "test", "--db", str(archived.db), "--json",
        ],
        cwd=ROOT, check=True, capture_output=True,
        env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
    )  # fmt: skip
    assert len(archived.urls("held")) == 120
    syncs = log.read_text(encoding="utf-8").count("sync")
    assert 4 <= syncs <= 120 // 3


def test_another_process_that_writes_holds_up_no_crawl(held: Held) -> None:
    """What is to be stored waits for it; the loop goes on, by which alone it is let go here."""

    async def work(crawl: Crawl) -> None:
        with closing(sqlite3.connect(held.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            crawl.see(1)
            crawl.batch.hurry()
            for _ in range(10):
                await asyncio.sleep(0.01)
            assert crawl.counts() == (0, 0)
            other.rollback()
        await until_stored(crawl)
        assert crawl.counts() == (1, 1)

    assert crawling(held, work).error is None


def test_the_words_of_a_batch_are_one_part_of_the_text_index(held: Held) -> None:
    async def work(crawl: Crawl) -> None:
        for number in range(20):
            crawl.see(number)
        await until_stored(crawl)

    crawling(held, work)
    assert len(held.found("loi")) == 20
    # FTS5 writes one before each statement that could fail by half, a dozen an article.
    (parts,) = held.rows("SELECT count(DISTINCT segid) AS count FROM articles_fts_idx")
    assert parts["count"] == 1


def test_the_words_of_what_could_not_be_stored_are_found_by_nobody(held: Held) -> None:
    unlucky = a_visit("bai-1/", an_article("Bài 1", "Lời không may.", tags=("cầu",)))
    held.db.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON article_tags "
        "BEGIN SELECT RAISE(ABORT, 'the disk has a hole'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        held.record(unlucky)
    held.db.execute("DROP TRIGGER broken")
    held.record(a_visit("bai-2/", an_article("Bài 2", "Lời của bài may mắn.")))
    assert held.found("loi") == ["Bài 2"]
    assert [*held.archive.articles.index_faults(lambda _: None)] == []
