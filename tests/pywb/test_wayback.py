"""``--wayback`` against pywb: the demo portal is gone, and is crawled from a WARC of it."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, run
from tests.pywb.conftest import Pywb
from tests.test_wayback import CONCURRENT, held, texts
from tests.warcs import fetch, write_warc

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
