"""Survives: killed at any moment, the next crawl goes on, and nothing is lost or fetched twice."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from demo.faults import Fault, Faults
from demo.portal import Portal
from pipelines.batch import MOST_VISITS
from tests.conftest import Archived, Serve
from tests.content import content_hash

CONCURRENT = 4
"""CONCURRENT_REQUESTS of crawler/settings.py: what may be under way when a crawl is killed."""


def start(archived: Archived) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tinhuyen", "crawl", "test", "--db", str(archived.db), "--json"],
        env=os.environ | {"TINHUYEN_SITES": str(archived.folder / "sites")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def held(archived: Archived) -> int:
    try:
        return len(archived.urls())
    except Exception:  # not made yet
        return 0


@pytest.mark.long
def test_killed_again_and_again_it_ends_with_the_same_archive(serve: Serve) -> None:
    portal = Portal.scaled(150, page_bytes=0)
    faults = Faults(counter=False)
    archived = serve(portal, faults, delay=0.005)
    archived.crawl()
    whole = content_hash(archived.db)
    archived.forget()
    assert archived.server
    archived.server.log.clear()
    chance = random.Random(20250701)

    kills = 0
    for _ in range(6):
        process = start(archived)
        target = len(archived.server.log) + chance.randint(1, 40)
        while process.poll() is None and len(archived.server.log) < target:
            time.sleep(0.005)
        process.kill()
        kills += process.wait() == -signal.SIGKILL
        process.communicate()
    archived.crawl()

    assert kills >= 4
    assert content_hash(archived.db) == whole
    pages = [r.target for r in archived.server.log if r.target.strip("/") in portal.slugs]
    assert len(pages) <= len(portal.posts) + kills * (CONCURRENT + MOST_VISITS)
    outcomes = [row["outcome"] for row in archived.rows("SELECT outcome FROM runs")]
    assert outcomes.count("killed") == kills


def test_a_crawl_that_is_told_to_stop_ends_within_seconds(serve: Serve) -> None:
    portal = Portal.scaled(60, page_bytes=0)
    slow = {post.path: Fault(drip=20) for post in portal.posts[:30]}
    archived = serve(portal, Faults(paths=slow), delay=0.01)
    process = start(archived)
    while held(archived) < 10:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "Traceback" not in err
    assert '"outcome": "shutdown"' in out
    run = archived.rows("SELECT * FROM runs")[0]
    assert run["outcome"] == "shutdown"
    assert run["finished_at"]
    assert run["new"] == held(archived)


def test_a_second_crawl_of_a_site_is_refused(serve: Serve) -> None:
    portal = Portal.scaled(40, page_bytes=0)
    endless = Fault(drip=1)
    archived = serve(portal, Faults(paths={portal.posts[0].path: endless}))
    process = start(archived)
    while not archived.db.exists() or not archived.rows("SELECT name FROM sqlite_master"):
        time.sleep(0.02)
    while held(archived) < 1:
        time.sleep(0.02)

    try:
        second = archived.crawl(code=75)
    finally:
        process.terminate()
        process.communicate(timeout=30)

    assert second["requests"] == 0
    assert "another crawl of 'test' is running" in second["problems"][0]
