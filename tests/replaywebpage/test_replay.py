"""What is exported is shown by ReplayWeb.page, from the file alone.

With ``SCREENS=folder`` the page that is shown is also saved there as a picture.
"""

import io
import os
import socket
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.browsers import Looks, live_looks, looks
from tests.conftest import Archived, run
from tests.raw import raw_server
from tests.replaywebpage.conftest import showing
from tests.replaywebpage.install import FILES, unpack
from tests.test_media import pictured

NEIGHBOURS = ":is(.td-post-next-prev, .tdb_single_next_prev)"
LOADED = """() => new Promise(done => {
    if (document.readyState === "complete") done();
    else addEventListener("load", done);
})"""


@dataclass
class Gone:
    """A portal that was crawled and exported, and is off."""

    archived: Archived
    wacz: Path
    article: dict[str, str]
    """The newest one."""
    looks: Looks
    """How that one looked."""
    elsewhere: socket.socket


@contextmanager
def instead_of(portal: str) -> Iterator[socket.socket]:
    """Stand where a portal stood that is off, and answer nobody."""
    with socket.create_server(("127.0.0.1", urlsplit(portal).port or 0)) as elsewhere:
        elsewhere.setblocking(False)
        yield elsewhere


def asked(elsewhere: socket.socket) -> str | None:
    """Return what somebody asked the portal, or a machine that is not this one."""
    try:
        connection, _ = elsewhere.accept()
    except BlockingIOError:
        return None
    with connection:
        connection.settimeout(5)
        return connection.recv(1000).decode("latin-1")


def exported(archived: Archived) -> Path:
    """Export all that an archive holds."""
    wacz = archived.folder / "test.wacz"
    sites = str(archived.folder / "sites")
    done = run("export", "wacz", "--db", archived.db, wacz, "test", TINHUYEN_SITES=sites)
    assert done.code == 0, done.out + done.err
    return wacz


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Gone]:
    """The demo portal, crawled with its pictures, exported, and switched off."""
    archived = Archived(tmp_path_factory.mktemp("replay"))
    with serving(Portal.embedded(), Faults(counter=False)) as server:
        archived.describe(server.url + "/")
        archived.crawl("--media")
        (article,) = archived.rows("SELECT * FROM articles ORDER BY published_at DESC LIMIT 1")
        with closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context:
            as_it_was = live_looks(context.new_page(), article["url"])
    wacz = exported(archived)
    with instead_of(server.url) as elsewhere:
        yield Gone(archived, wacz, article, as_it_was, elsewhere)


def test_an_article_is_shown_as_it_looked(gone: Gone, browser: Browser) -> None:
    answers: dict[str, int] = {}
    with showing(browser, gone.wacz, gone.article["url"], gone.elsewhere) as (page, replay):
        page.on("response", lambda answer: answers.update({answer.url: answer.status}))
        replay.locator("h1").wait_for()
        replay.locator("html").evaluate(LOADED)
        assert replay.locator("h1").inner_text() == gone.article["title"]
        assert looks(replay) == gone.looks
        if folder := os.environ.get("SCREENS"):
            page.screenshot(path=Path(folder) / "replaywebpage.png")
    for name in ("style.css", "images/hills.png"):
        assert {status for url, status in answers.items() if name in url} == {200}, name
    assert asked(gone.elsewhere) is None


def test_its_neighbours_can_be_gone_to(gone: Gone, browser: Browser) -> None:
    url = gone.article["prev_url"]
    (earlier,) = gone.archived.rows("SELECT * FROM articles WHERE url = ?", url)
    with showing(browser, gone.wacz, gone.article["url"], gone.elsewhere) as (_, replay):
        replay.locator(f"{NEIGHBOURS} a[href$='{urlsplit(url).path}']").first.click()
        replay.locator("h1", has_text=earlier["title"]).wait_for()
        assert looks(replay) == gone.looks
    assert asked(gone.elsewhere) is None


def test_a_thumbnail_is_shown(archived: Archived, browser: Browser) -> None:
    with raw_server(pictured()) as server:
        archived.describe(server.url + "/", cms="generic")
        archived.crawl("--media", code=None)
    url = f"{server.url}/tin/bai-1.html"
    with (
        instead_of(server.url) as elsewhere,
        showing(browser, exported(archived), url, elsewhere) as (_, replay),
    ):
        thumbnail = replay.locator("img[src$='/anh/cau-nho.jpg']")
        assert thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
        assert asked(elsewhere) is None


def test_only_the_release_that_was_tried_is_taken(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in (*FILES, "../outside"):
            tar.addfile(member := tarfile.TarInfo(f"package/{name}"), io.BytesIO())
            assert member.size == 0
    package = packed.getvalue()
    with pytest.raises(ValueError, match="has the SHA-512"):
        unpack(package, tmp_path / "other")
    assert not [*tmp_path.iterdir()]
    unpack(package, tmp_path / "right", sha512(package).hexdigest())
    assert {path.name for path in tmp_path.rglob("*")} == {"right", *FILES}
