"""Chromium, as the tests use it, and how a page of the demo portal looks in it."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

from reading_room import reading_room

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_STYLED = ("h1", ".td-logo-text", ".td-logo-wrap-full", ".td-header-menu-wrap-full")
_LOOK = """element => {
    const look = getComputedStyle(element);
    return [look.fontSize, look.color, look.backgroundColor, look.backgroundRepeat, look.padding];
}"""

Looks = dict[str, list[str]]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium; without it the test is skipped, but not in CI."""
    if CHROMIUM is None:
        lacking("no chromium on the PATH: apt-get install chromium fonts-noto-core")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def room_served(archive: Path) -> Iterator[str]:
    """Serve the reading room over an archive on loopback; yield its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(reading_room(archive).app(), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


def lacking(reason: str) -> None:
    """Skip the test, but fail it in CI: there `.ci/run` has to install what it needs."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def looks(page: Page | FrameLocator) -> Looks:
    """Return the computed styles of parts of the demo's page that is open."""
    return {name: page.locator(name).first.evaluate(_LOOK) for name in _STYLED}


def live_looks(page: Page, url: str) -> Looks:
    """Return the same of a page that the portal serves, each of them owed to its style sheet."""
    page.goto(url)
    as_it_is = looks(page)
    page.add_script_tag(content="document.styleSheets[0].disabled = true")
    assert all(look != as_it_is[name] for name, look in looks(page).items())
    return as_it_is
