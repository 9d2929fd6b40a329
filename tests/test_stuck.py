"""A crawl that makes no progress ends itself, and says so."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from archive.locks import site_lock
from tests.conftest import Archived, run
from tests.raw import ROBOTS, Asked, answer, raw_server
from tinhuyen.heartbeat import beating, tell_systemd


def test_a_crawl_to_which_nothing_comes_ends_as_stuck(archived: Archived) -> None:
    """Though its answer may be waited for: without the extension this takes ten minutes."""
    ends = Event()

    def portal(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return answer(ROBOTS)
        ends.wait(170)
        return b""

    with raw_server(portal) as server:
        archived.describe(f"{server.url}/")
        summary = archived.crawl(
            "-s", "STUCK_AFTER=2", "-s", "DOWNLOAD_TIMEOUT=600", "-s", "RETRY_TIMES=0", code=1
        )
        ends.set()
    assert summary["outcome"] == "stuck"
    assert archived.rows("SELECT outcome FROM runs") == [{"outcome": "stuck"}]
    assert archived.rows("SELECT state FROM urls") == [{"state": "waiting"}]


def test_a_process_that_stands_still_ends_and_says_where() -> None:
    code = (
        "import asyncio, time; from tinhuyen.heartbeat import beating\n"
        "def stand_still():\n    time.sleep(1e6)\n"
        "async def main():\n"
        "    loop = asyncio.get_running_loop()\n"
        "    with beating(loop, 3):\n"
        "        await asyncio.sleep(4)\n"  # longer than may be stood still: it is not
        "        print('alive', flush=True)\n"
        "        stand_still()\n"
        "asyncio.run(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "alive\n")
    assert "in stand_still" in done.stderr


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_is_given_signs_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"\0tinhuyen-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))

        async def work() -> None:
            with beating(asyncio.get_running_loop(), 0):
                pass

        asyncio.run(work())
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "vsock:2:1234"])
def test_nobody_else_is_told(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    tell_systemd()


def test_of_two_crawls_of_what_is_due_the_second_does_nothing(archived: Archived) -> None:
    archived.describe("http://127.0.0.1:1/")
    lock = site_lock(archived.db, "due-crawl")
    with lock:
        done = run(
            "crawl", "--due", "--db", archived.db,
            TINHUYEN_SITES=str(archived.folder / "sites"), TINHUYEN_CONTACT="you@tinhuyen.example",
        )  # fmt: skip
    assert done.code == os.EX_TEMPFAIL
    assert "another crawl of what is due is running" in done.err
    assert not archived.db.exists()
