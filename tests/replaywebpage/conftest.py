"""ReplayWeb.page, served on loopback with a file that it shows."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page

from tests.browsers import chromium, lacking
from tests.replaywebpage.install import FILES, FOLDER

_RANGE = re.compile(r"bytes=(\d+)-(\d*)|bytes=-(\d+)")
_TYPES = {".js": "text/javascript", ".wacz": "application/wacz"}
_DIRECT = "127.0.0.1, *.googleapis.com, *.google.com"
"""What is not asked of a test's own proxy: the second and third Chromium asks for itself."""
_PATIENCE = 120_000
"""Milliseconds, on a machine that is busy with other tests."""
_PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>Replay</title>
<script src="/replay/ui.js"></script>
<script type="module">
  // Its worker is up before the element is: else the first one to open it sometimes loses a race.
  const scope = {{scope: "/replay/"}};
  const known = await navigator.serviceWorker.register("/replay/sw.js?serveIndex=1", scope);
  const worker = known.installing || known.waiting || known.active;
  while (worker.state !== "activated") await new Promise(done => worker.onstatechange = done);
  document.body.innerHTML = `<replay-web-page source="/export.wacz" url="{url}"
    replaybase="/replay/" embed="replayonly" style="display: block; height: 880px">`;
</script>"""


class Showing(ThreadingHTTPServer):
    """Serves a page in which ReplayWeb.page shows an address out of a WACZ file."""

    daemon_threads = True

    def __init__(self, wacz: Path, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self.page = _PAGE.format(url=url).encode()
        self.files = {f"/replay/{name}": FOLDER / name for name in FILES} | {"/export.wacz": wacz}


class _Answering(BaseHTTPRequestHandler):
    """Answers a request, or the part that it asks for: of a WACZ file only parts are read."""

    server: Showing

    def do_GET(self) -> None:
        """Answer a page or a file."""
        path = self.path.partition("?")[0]
        if path == "/":
            self._answer(self.server.page, "text/html")
        elif file := self.server.files.get(path):
            self._answer(file.read_bytes(), _TYPES.get(file.suffix, "text/plain"))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, body: bytes, content_type: str) -> None:
        part = _part(self.headers.get("range", ""), len(body))
        self.send_response(HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK)
        if part:
            told = f"bytes {part.start}-{part.stop - 1}/{len(body)}"
            self.send_header("content-range", told)
            body = body[part.start : part.stop]
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):  # a part of the file is enough for who asked for all
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _part(asked: str, size: int) -> range | None:
    """Return the bytes that a ``Range`` names, None if it names none."""
    found = _RANGE.fullmatch(asked)
    if found is None:
        return None
    first, last, final = found.groups()
    if final:
        return range(max(0, size - int(final)), size)
    return range(int(first), min(int(last) + 1, size) if last else size)


# Not for longer: Playwright leaves an event loop running, in which no other test could run its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, where ReplayWeb.page is here, too."""
    if not all((FOLDER / name).exists() for name in FILES):
        lacking(f"no ReplayWeb.page in {FOLDER}: make replaywebpage (it needs npm)")
    with chromium() as browser:
        yield browser


@contextmanager
def showing(
    browser: Browser, wacz: Path, url: str, elsewhere: socket.socket
) -> Iterator[tuple[Page, FrameLocator]]:
    """Open a page in which ReplayWeb.page shows an address; give it, and the frame that shows.

    What is asked of another machine, by whatever part of it, is asked of the socket *elsewhere*.
    """
    server = Showing(wacz, url)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        proxy={"server": f"http://127.0.0.1:{elsewhere.getsockname()[1]}", "bypass": _DIRECT},
    )
    try:
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.goto(server.url)
        inner = page.frame_locator("replay-web-page iframe")
        yield page, inner.frame_locator("iframe[name='___wb_replay_top_frame']")
    finally:
        context.close()
        server.shutdown()
        thread.join()
        server.server_close()
