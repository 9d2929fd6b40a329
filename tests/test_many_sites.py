"""Many sites in one process: some at a time, each told, none begun after a stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.vocabulary import RunOutcome
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import run

SITES = 7
"""Each has a host of its own, on loopback, which one server answers for."""
KEYS = tuple(f"s{n}" for n in range(1, SITES + 1))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    slow = Faults(everywhere=Fault(latency=0.1), counter=False)
    with serving(Portal.scaled(3, page_bytes=0), slow, host="0.0.0.0") as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    """A folder with the description of the sites."""
    (tmp_path / "sites").mkdir()
    port = urlsplit(server.url).port
    tables = (
        f'[s{n}]\nname = "Huyện {n}"\nbase_url = "http://127.0.0.{n + 1}:{port}/"\n'
        f'cms = "newspaper"\ndelay = 0.001'
        for n in range(1, SITES + 1)
    )
    (tmp_path / "sites" / "thu.toml").write_text("\n\n".join(tables), "utf-8")
    return tmp_path


def begun(server: Server) -> list[str]:
    """The hosts that have been asked, in the order of their first requests."""
    return list(dict.fromkeys(request.headers["host"] for request in server.log))


def most_at_once(server: Server) -> int:
    """How many hosts were under way at most: between the first request of each and the last."""
    times: dict[str, list[float]] = {}
    for request in server.log:
        times.setdefault(request.headers["host"], []).append(request.time)
    ends = [(min(asked), 1) for asked in times.values()]
    ends += [(max(asked), -1) for asked in times.values()]
    return max(accumulate(step for _, step in sorted(ends)))


@pytest.mark.parametrize("at_once", [2, SITES])
def test_so_many_are_crawled_at_once_and_all_are_told(
    folder: Path, server: Server, at_once: int
) -> None:
    server.log.clear()
    done = run(
        "crawl", *KEYS, "--db", folder / "archive.db", "--json",
        "-s", f"CONCURRENT_SITES={at_once}", TINHUYEN_SITES=str(folder / "sites"),
    )  # fmt: skip
    assert done.code == 0, done.err
    assert [(told["site"], told["held"], told["verdict"]) for told in done.json()] == [
        (key, 3, "complete") for key in KEYS
    ]
    assert most_at_once(server) == at_once


def test_none_is_begun_after_a_stop(folder: Path, server: Server) -> None:
    server.log.clear()
    process = subprocess.Popen(
        [sys.executable, "-m", "tinhuyen", "crawl", *KEYS, "--db", str(folder / "archive.db"),
         "--json", "-s", "CONCURRENT_SITES=2"],
        env=os.environ | {"TINHUYEN_SITES": str(folder / "sites")},
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    while len(server.log) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    outcomes = [told["outcome"] for told in json.loads(out)]
    assert outcomes == ["shutdown"] * 2 + [RunOutcome.NOT_STARTED] * (SITES - 2)
    assert len(begun(server)) == 2


def test_at_least_one_is_crawled_at_once(folder: Path) -> None:
    done = run(
        "crawl", "s1", "--db", folder / "archive.db", "-s", "CONCURRENT_SITES=0",
        TINHUYEN_SITES=str(folder / "sites"),
    )  # fmt: skip
    assert done.code == 2
    assert "CONCURRENT_SITES=0: it must be a whole number of at least 1" in done.err
