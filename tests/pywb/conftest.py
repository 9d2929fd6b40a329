"""The tools of others, where they are: pywb, warcio's command and py-wacz.

They need more than we do, and stand in an environment of their own:

    make pywb
    TINHUYEN_PYWB=$PWD/.venv/pywb/bin make test

Where that is set, as in `.ci/run`, a test that does not find them fails; elsewhere it is skipped.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browsers import chromium

Tool = Callable[..., subprocess.CompletedProcess[str]]


def find(name: str) -> Path:
    """Return the path of a tool, or skip the test."""
    place = os.environ.get("TINHUYEN_PYWB")
    path = shutil.which(name, path=place) or shutil.which(name)
    if path is None:
        assert place is None, f"{name} is not in {place}"
        pytest.skip(f"{name} is not here; see tests/pywb/conftest.py")
    return Path(path)


@pytest.fixture
def tool() -> Tool:
    """Run a tool: ``tool("warcio", "check", path)``."""

    def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [find(name), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    return run


@dataclass
class Pywb:
    """Collections of pywb, and the server that replays them."""

    folder: Path
    url: str = ""
    """Where it is served, without a slash at its end."""

    def add(self, collection: str, file: Path) -> None:
        """Make a collection of a WARC or WACZ file."""
        for arguments in (["init", collection], ["add", "--unpack-wacz", collection, str(file)]):
            command = [find("wb-manager"), *arguments]
            done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=120)
            assert done.returncode == 0, done.stderr

    @contextmanager
    def serving(self) -> Iterator["Pywb"]:
        """Serve the collections on loopback."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [find("wayback"), "-b", "127.0.0.1", "-p", str(port), "-d", str(self.folder)]
        with (self.folder / "pywb.log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(300):
                try:
                    httpx.get(self.url, timeout=5)
                    break
                except httpx.TransportError:
                    assert server.poll() is None, (self.folder / "pywb.log").read_text()
                    time.sleep(0.1)
            yield self
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture
def pywb(tmp_path: Path) -> Pywb:
    """A pywb without a collection, that is not served yet."""
    find("wayback")
    folder = tmp_path / "pywb"
    folder.mkdir()
    return Pywb(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    find("wayback")
    with chromium() as browser:
        yield browser


@contextmanager
def visiting(browser: Browser, address: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a page that can reach nothing but *address*; what else it asks for is listed."""
    asked_of_others: list[str] = []

    def only(route: Route) -> None:
        if route.request.url.startswith(f"{address}/"):
            route.continue_()
        else:
            asked_of_others.append(route.request.url)
            route.abort()

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.route("**/*", only)
    yield context.new_page(), asked_of_others
    context.close()
