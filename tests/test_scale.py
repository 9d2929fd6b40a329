"""What bench/ proves at scale, small: a closing portal, a full disk, a host that hangs."""

import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from archive import SITE_COLUMNS, Archive
from archive.connection import Connection
from archive.tables.urls import UrlQueries
from crawler.settings import CONCURRENT_REQUESTS
from crawler.visit import Origin
from demo.faults import SOUND, Fault, Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, Serve
from tests.content import content_hash, let_pass, writing

MIB = 1 << 20
SITE = {"name": "Huyện Thử", "cms": "newspaper", "base_url": "http://thu.example/"}
NOW = datetime(2025, 7, 1, tzinfo=UTC)


def crawl_on_small_disk(archived: Archived, size: int) -> subprocess.CompletedProcess[str]:
    """Crawl while no file may grow beyond *size* bytes."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    return subprocess.run(
        [sys.executable, "-m", "tinhuyen", "crawl", "test", "--db", str(archived.db)],
        env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites"), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=180,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, most)),
    )


def texts(archived: Archived, read_from: str) -> int:
    sql = "SELECT count(*) AS n FROM articles WHERE body <> '' AND read_from = ?"
    return int(archived.rows(sql, read_from)[0]["n"])


@pytest.mark.long
def test_all_texts_of_a_closing_portal_are_held_after_a_request_a_hundred(serve: Serve) -> None:
    portal = Portal.scaled(300, page_bytes=0)
    closed = Fault(status=503, retry_after=3600)
    archived = serve(portal, Faults(paths={post.path: closed for post in portal.posts}))
    assert archived.server

    archived.crawl("--rescue", code=1)

    assert texts(archived, "rest") == 300
    lists = [r for r in archived.server.log if r.target.startswith("/wp-json/")]
    assert len(lists) == 3
    pages = [r for r in archived.server.log if r.target in archived.server.faults.paths]
    assert len(pages) <= CONCURRENT_REQUESTS, "what was on its way when the first said no"
    assert len(archived.server.log) - len(pages) == 3 + len(["robots.txt", "start page"])

    archived.server.faults.paths.clear()
    let_pass(archived.db)
    archived.crawl()

    assert texts(archived, "page") == 300


def test_a_full_disk_ends_the_crawl_clearly_and_spoils_nothing(serve: Serve) -> None:
    # So slow that the batch of a second is small: one that does not fit is not stored at all.
    archived = serve(Portal.scaled(150, page_bytes=0), Faults(counter=False), delay=0.04)
    archived.crawl()
    whole = content_hash(archived.db)
    archived.forget()

    held = []
    for size in (2.5, 2.65, 2.8):  # the map of the country takes two, all nearly four
        done = crawl_on_small_disk(archived, int(size * MIB))
        assert done.returncode == 1
        assert "run the same command again" in done.stderr
        assert "Traceback" not in done.stderr
        with closing(sqlite3.connect(archived.db)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.execute("INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')")
        held.append(len(archived.urls()))
    archived.crawl()

    assert held == sorted(set(held))
    assert content_hash(archived.db) == whole


def test_a_host_that_hangs_holds_up_no_other(archived: Archived) -> None:
    good = Portal.scaled(40, page_bytes=0)
    hangs = Faults(everywhere=Fault(drip=1), paths={"/robots.txt": SOUND})
    with serving(Portal.scaled(5, page_bytes=0), hangs) as slow, serving(good) as quick:
        archived.describe(slow.url + "/")
        sites = archived.folder / "sites" / "thu.toml"
        other = sites.read_text("utf-8").replace("[test]", "[tot]").replace(slow.url, quick.url)
        sites.write_text(sites.read_text("utf-8") + "\n\n" + other, "utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", "crawl", "test", "tot", "--db", str(archived.db)],
            env=os.environ | {"TINHUYEN_SITES": str(sites.parent)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            paths = {post.path for post in good.posts}
            while process.poll() is None and not paths <= {r.target for r in quick.log}:
                time.sleep(0.02)

            assert process.poll() is None, "the slow one is still being asked"
        finally:
            process.terminate()
            process.wait()
    held = archived.rows("SELECT site, count(*) AS n FROM articles GROUP BY site")
    assert held == [{"site": "tot", "n": 40}]


@pytest.mark.parametrize("full", [False, True])
def test_asking_what_is_next_costs_the_same_however_much_is_known(
    archived: Archived, full: bool
) -> None:
    with Archive.open(archived.db, create=True) as archive:
        few = steps_to_the_next(archive, "few", 100, full=full)
        many = steps_to_the_next(archive, "many", 20_000, full=full)

    assert many <= few * 1.5


def steps_to_the_next(archive: Archive, site: str, known: int, *, full: bool) -> int:
    """Return the steps, tens, of SQLite's machine when a crawl has all but one page behind it."""
    run = archive.runs.start(dict.fromkeys(SITE_COLUMNS) | SITE | {"key": site})
    with writing(archive.path) as tables:
        for number in range(known):
            url = f"http://{site}.example/{number}/"
            tables.urls.discover(site, url, Origin("seed"), NOW)
            row = tables.urls.known(site, url)
            assert row
            tables.urls.update(row, {"state": "held", "run_id": run})
        tables.urls.update(row, {"run_id": None} if full else {"state": "waiting"})
    last = row["id"]
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with closing(sqlite3.connect(archive.path)) as connection:
        connection.set_progress_handler(count, 10)
        due = UrlQueries(Connection(connection)).due(
            site, run, NOW, full=full, revisits=9, skip={last - 1}, after=last - 1
        )
    assert due
    assert due["id"] == last
    return steps
