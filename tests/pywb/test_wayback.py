"""``--wayback`` against pywb: portals that are gone are crawled from WARC files of them."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.common_crawl import crawling_all
from tests.conftest import Archived, run
from tests.pywb.conftest import Pywb
from tests.test_wayback import CONCURRENT, archive_of, held, texts
from tests.warcs import at, fetch, moved, write_warc

THEN = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)


def test_a_portal_that_pywb_replays_is_archived_whole(pywb: Pywb, tmp_path: Path) -> None:
    portal = Portal.embedded()
    live, archived = Archived(tmp_path / "live"), Archived(tmp_path)
    live.folder.mkdir()
    with serving(portal, Faults(counter=False)) as server:
        live.describe(server.url + "/")
        live.crawl()
        pages = ["/", "/page/2/", *(post.path for post in portal.posts)]
        file = write_warc(tmp_path / "portal.warc.gz", fetch(server.url, pages, THEN))
    archived.describe(server.url + "/")
    pywb.add("portal", file)

    with pywb.serving():
        collection = f"{pywb.url}/portal/"
        command = ["crawl", "test", "--db", str(archived.db), "--wayback", collection]
        process = subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", *command],
            env=os.environ | {"TINHUYEN_SITES": str(tmp_path / "sites")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and held(archived) < 40:
            time.sleep(0.005)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        before = held(archived)
        assert 40 <= before < 120

        second = archived.crawl("--wayback", collection)
        third = archived.crawl("--wayback", collection)

    assert held(archived) == len(portal.posts) == 120
    assert texts(archived, server.url) == texts(live, server.url)
    assert second["requests"] <= 120 - before + CONCURRENT + 2 + 4  # two pages, robots.txt, list
    assert third["requests"] <= 4
    captures = archived.rows(
        "SELECT DISTINCT source, fetched_at AS at FROM captures "
        "WHERE id IN (SELECT capture_id FROM articles)"
    )
    assert captures == [{"source": "wayback", "at": "2026-01-05T08:30:00Z"}]
    verified = run("verify", "--db", archived.db, TINHUYEN_SITES=str(tmp_path / "sites"))
    assert verified.code == 0, verified.out


PORTALS, ARTICLES, DELAY = 30, 20, 0.02


@pytest.mark.long
def test_thirty_portals_that_are_gone_are_rescued_from_one_archive_in_one_crawl(
    pywb: Pywb, archived: Archived
) -> None:
    with serving(Portal.scaled(ARTICLES, page_bytes=0), Faults(counter=False)) as server:
        seen = archive_of(Portal.scaled(ARTICLES, page_bytes=0), server.url)
    bases = [f"http://huyen{number}.example" for number in range(PORTALS)]
    known = [one for base in bases for one in moved(at(seen, THEN), base)]
    pywb.add("kho", write_warc(pywb.folder / "kho.warc.gz", known))
    keys = archived.describe_all(f"{base}/" for base in bases)

    with pywb.serving():
        command = [
            "crawl", *keys, "--db", str(archived.db), "--wayback", f"{pywb.url}/kho/",
            "-s", f"DOWNLOAD_DELAY={DELAY}", "-s", f"CONCURRENT_SITES={PORTALS}",
        ]  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", *command],
            env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and held(archived) < PORTALS * ARTICLES // 3:
            time.sleep(0.02)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        before = held(archived)
        turns = [row["requests"] for row in archived.rows("SELECT requests FROM host_sites")]
        began = time.monotonic()
        done = run(*command, "--json", TINHUYEN_SITES=str(archived.folder / "sites"))
        took = time.monotonic() - began

    assert len(turns) == PORTALS
    assert max(turns) - min(turns) <= 3, "round and round, and none before the others"
    assert PORTALS * ARTICLES // 3 <= before < PORTALS * ARTICLES
    assert done.code == 0, done.out + done.err
    assert held(archived) == PORTALS * ARTICLES
    counted = archived.rows("SELECT count(*) AS n FROM articles GROUP BY site")
    assert counted == [{"n": ARTICLES}] * PORTALS
    assert archived.rows("SELECT 1 FROM articles GROUP BY url HAVING count(*) > 1") == []
    (host,) = archived.rows("SELECT requests FROM hosts")
    # A kill costs the last batch of each crawl; robots.txt and the list are asked for once more.
    again = PORTALS * (2 + CONCURRENT)
    assert host["requests"] <= 1.3 * PORTALS * ARTICLES + again
    later = sum(summary["requests"] for summary in done.json())
    assert took >= DELAY * (later - 2), "one delay for all"


def test_a_portal_in_three_places_becomes_one_archive(pywb: Pywb, archived: Archived) -> None:
    portal = Portal.scaled(30, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        seen = at(archive_of(portal, server.url), THEN)
        addresses = {one.url for one in seen[1:]}
        whole = Archived(archived.folder / "whole", server)
        whole.folder.mkdir()
        whole.describe(server.url + "/")
        whole.crawl()
        archived.describe(server.url + "/")
        lost = portal.posts[8:]
        for post in lost:
            portal.delete(post.slug)
        archived.crawl(code=None)
        assert held(archived) == 8
    file = write_warc(pywb.folder / "kho.warc.gz", seen[:20])
    pywb.add("kho", file)
    with pywb.serving(), crawling_all(("CC-MAIN-2026-05", seen[15:])) as crawls:
        collection = f"{pywb.url}/kho/"
        summary = archived.crawl("--wayback", collection, "--wayback", crawls.collections)
        again = archived.crawl("--wayback", collection, "--wayback", crawls.collections)

    assert summary["new"] == 22
    assert {row["url"] for row in archived.rows("SELECT url FROM articles")} == addresses
    assert held(archived) == 30
    assert texts(archived, server.url).keys() == texts(whole, server.url).keys()
    titles = "SELECT title FROM articles ORDER BY title"
    assert archived.rows(titles) == whole.rows(titles)
    assert again["requests"] <= 4
    sources = archived.rows(
        "SELECT captures.source, count(*) AS n FROM articles "
        "JOIN captures ON captures.id = capture_id GROUP BY captures.source ORDER BY 1"
    )
    assert sources == [{"source": "live", "n": 8}, {"source": "wayback", "n": 22}]
