"""What is exported is read, checked and shown by the tools of others.

With ``SCREENS=folder`` the pages that are shown are also saved there as pictures.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page

from curation.exporting.cdxj import surt
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.browsers import live_looks, looks
from tests.conftest import Archived, run
from tests.pywb.conftest import Pywb, Tool, find, visiting

NEIGHBOURS = ":is(.td-post-next-prev, .tdb_single_next_prev)"
FORMATS = {"warc": "test.warc.gz", "wacz": "test.wacz"}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """The demo portal, crawled twice with its pictures, then switched off."""
    find("wayback")
    with serving(Portal.embedded(), Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("export"), server)
        archived.describe(server.url + "/")
        archived.crawl("--media")
        archived.crawl("--full")
    for form, name in FORMATS.items():
        done = run(
            "export", form, "--db", archived.db, archived.folder / name, "test",
            TINHUYEN_SITES=str(archived.folder / "sites"),
        )  # fmt: skip
        assert done.code == 0, done.out + done.err
    return archived


def test_warcio_finds_every_digest_right(crawled: Archived, tool: Tool) -> None:
    done = tool("warcio", "check", "-v", crawled.folder / FORMATS["warc"])
    assert done.returncode == 0, done.stdout
    whole = "SELECT count(*) AS n FROM captures WHERE refers_to IS NULL"
    assert done.stdout.count("digest pass") == crawled.rows(whole)[0]["n"] >= 120
    assert "digest failed" not in done.stdout


def test_the_package_is_valid(crawled: Archived, tool: Tool) -> None:
    done = tool("wacz", "validate", "-f", crawled.folder / FORMATS["wacz"])
    assert done.returncode == 0
    assert "Validation succeeded" in done.stdout, done.stdout + done.stderr


def test_our_index_is_that_of_pywb(crawled: Archived, pywb: Pywb) -> None:
    indexes = {}
    for form, name in FORMATS.items():
        pywb.add(form, crawled.folder / name)
        text = (pywb.folder / "collections" / form / "indexes/index.cdxj").read_text("ascii")
        indexes[form] = [_parsed(line) for line in text.splitlines()]
    assert indexes["wacz"] == indexes["warc"]
    assert len(indexes["warc"]) == crawled.rows("SELECT count(*) AS n FROM captures")[0]["n"]


def test_pywb_replays_what_was_recompressed_byte_for_byte(
    crawled: Archived, pywb: Pywb, tool: Tool, tmp_path: Path
) -> None:
    anew = Archived(tmp_path / "anew", crawled.server)
    shutil.copytree(crawled.folder, anew.folder)
    out = anew.folder / "anew.warc.gz"
    for words in (["recompress", "test"], ["export", "warc", out, "test"]):
        done = run(*words, "--db", anew.db, TINHUYEN_SITES=str(anew.folder / "sites"))
        assert done.code == 0, done.out + done.err
    assert anew.rows("SELECT 1 FROM former_warcs"), "it was written anew"
    checked = tool("warcio", "check", "-v", out)
    assert checked.returncode == 0, checked.stdout
    assert "digest failed" not in checked.stdout

    pywb.add("anew", out)
    pywb.add("before", crawled.folder / FORMATS["warc"])
    articles = crawled.rows("SELECT url, fetched_at FROM articles JOIN captures USING (url)")
    assert len(articles) >= 120
    with pywb.serving():
        for article in articles[::40]:
            stamp = "".join(filter(str.isdigit, article["fetched_at"]))[:14]
            before, after = (
                httpx.get(f"{pywb.url}/{name}/{stamp}id_/{article['url']}")
                for name in ("before", "anew")
            )
            assert (before.status_code, before.content) == (200, after.content)
            assert after.headers["Memento-Datetime"] == before.headers["Memento-Datetime"]


def _parsed(line: str) -> tuple[str, str, dict[str, str]]:
    key, at, entry = line.split(" ", 2)
    told = json.loads(entry)
    del told["filename"]
    if told["mime"] == "warc/revisit":
        told.pop("status", None)  # pywb's own indexer leaves it out
    return key, at, told


@pytest.mark.parametrize("form", FORMATS)
def test_pywb_shows_an_article_and_its_neighbours(
    form: str, crawled: Archived, pywb: Pywb, browser: Browser
) -> None:
    pywb.add(form, crawled.folder / FORMATS[form])
    (article,) = crawled.rows(
        "SELECT * FROM articles WHERE url = (SELECT prev_url FROM articles a WHERE EXISTS "
        "(SELECT 1 FROM images WHERE article_id = a.id) AND prev_url IS NOT NULL LIMIT 1)"
    )
    titles = {row["url"]: row["title"] for row in crawled.rows("SELECT url, title FROM articles")}
    at = crawled.rows("SELECT max(fetched_at) AS at FROM captures")[0]["at"]
    stamp = "".join(filter(str.isdigit, at))
    with pywb.serving(), visiting(browser, pywb.url) as (page, asked_of_others):
        page.goto(f"{pywb.url}/{form}/{stamp}/{article['url']}")
        replay = page.frame_locator("#replay_iframe")
        assert replay.locator("h1").inner_text() == article["title"]
        _save(page, f"replay-{form}")
        for name in ("prev_url", "next_url", "next_url"):
            path = urlsplit(article[name]).path
            replay.locator(f"{NEIGHBOURS} a[href$='{path}']").first.click()
            replay.locator("h1", has_text=titles[article[name]]).wait_for()
            assert replay.locator("h1").inner_text() == titles[article[name]]
            (article,) = crawled.rows("SELECT * FROM articles WHERE url = ?", article[name])
        assert not asked_of_others, "nothing is asked of the portal"


@pytest.mark.parametrize("form", FORMATS)
def test_pywb_shows_an_article_as_it_looked(
    form: str, crawled: Archived, pywb: Pywb, browser: Browser
) -> None:
    pywb.add(form, crawled.folder / FORMATS[form])
    (article,) = crawled.rows("SELECT * FROM articles ORDER BY published_at DESC LIMIT 1")
    at = crawled.rows("SELECT max(fetched_at) AS at FROM captures")[0]["at"]
    stamp = "".join(filter(str.isdigit, at))
    with (
        serving(Portal.embedded(), Faults(counter=False)) as live,
        visiting(browser, live.url) as (page, _),
    ):
        as_it_was = live_looks(page, live.url + urlsplit(article["url"]).path)
    with pywb.serving(), visiting(browser, pywb.url) as (page, asked_of_others):
        answers: dict[str, int] = {}
        page.on("response", lambda answer: answers.update({answer.url: answer.status}))
        page.goto(f"{pywb.url}/{form}/{stamp}/{article['url']}")
        replay = page.frame_locator("#replay_iframe")
        replay.locator("h1").wait_for()
        page.wait_for_load_state("networkidle")
        assert looks(replay) == as_it_was
        _save(page, f"looks-{form}")
        (picture,) = (status for url, status in answers.items() if "/images/hills.png" in url)
        assert picture == 200
        assert not asked_of_others, "nothing is asked of the portal"


def _save(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


ADDRESSES = (
    "http://chodon.gov.vn",
    "https://www.chodon.gov.vn:443/Tin-Tuc/",
    "http://www2.chodon.gov.vn:8080/a//b/../c/./d/",
    "https://chodon.gov.vn/?p=12&b=&A=1&a",
    "https://chodon.gov.vn/Default.aspx?Tabid=1&SID=0123456789abcdef0123456789ABCDEF",
    "https://chodon.gov.vn/a?jsessionid=0123456789abcdef0123456789ABCDEF&b=1",
    "https://chodon.gov.vn/(S(0123456789abcdefghijklmn))/tin.aspx",
    "https://chodon.gov.vn/(0123456789abcdefghijklmn)/tin.aspx?a",
    "https://chodon.gov.vn/ch%E1%BB%A3-%C4%91%E1%BB%93n/%2525/a%20b%2Fc%23d%3Fe",
    "https://chodon.gov.vn/chợ đồn/?từ=khóa&x=%26",
    "https://chodon.gov.vn/a;b,c'd\"e<f>g{h}|i\\j^k`l~m[n]@o:p!q$r(s)*t",
    "https://user:secret@chodon.gov.vn/a",
    "https://chodon.gov.vn/a?b=c?d=e&&f",
    "https://chodon.gov.vn/../../a/..",
    "https://xn--ch-n-bja.vn/",
    "http://127.0.0.1:8080/a/",
    "https://chodon.gov.vn/a?",
    "https://chodon.gov.vn/%ff%fe",
    "http://CHODON.gov.vn./A",
)


def test_our_keys_are_those_of_pywb() -> None:
    code = "import json, sys, surt; print(json.dumps([surt.surt(u) for u in json.load(sys.stdin)]))"
    done = subprocess.run(
        [find("wayback").parent / "python", "-c", code],
        input=json.dumps(ADDRESSES), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [surt(url) for url in ADDRESSES] == json.loads(done.stdout)
