"""``export static``: every link leads somewhere, nothing runs, and nothing hidden is in it."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from curation.exporting.static import _ending
from demo.portal import Portal
from demo.server import serving
from tests.browsers import chromium
from tests.conftest import Archived, Run, run

POSTS = 12
SECRET = "Xylocarpus"
MARK = "bài này đang có người khiếu nại"
HOSTILE = """
<p onclick="alert(1)">Chữ <script>alert(2)</script><a href="javascript:alert(3)">liên kết</a>
<iframe src="https://la.example/"></iframe><img src=x onerror=alert(4)></p>"""


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """A portal with its pictures, of which one article is hidden, one marked and one hostile."""
    portal = Portal.scaled(POSTS, page_bytes=0)
    portal.edit(portal.newest[3].slug, body=f"Cụ {SECRET} kể lại cho lũ trẻ nghe chuyện cũ.")
    with serving(portal) as server:
        archived = Archived(tmp_path_factory.mktemp("static"), server)
        archived.describe(server.url + "/")
        archived.crawl("--media")
        codes = {row["url"]: row["code"] for row in archived.rows("SELECT * FROM articles")}
        for number, grade, why in ((3, "text", "thử"), (5, "marked", MARK)):
            code = codes[server.url + portal.newest[number].path]
            assert not run(
                "hide", code, "--grade", grade, "--reason", why, "--db", archived.db
            ).code
        with closing(sqlite3.connect(archived.db)) as db, db:
            newest = server.url + portal.newest[0].path
            said = [HOSTILE, '<b>Tiêu</b> đề & "dấu"', "../../../x", newest]
            db.execute(
                "UPDATE articles SET body_html = ?, title = ?, category = ? WHERE url = ?", said
            )
        yield archived


def exported(archived: Archived, dest: Path, *options: str) -> Run:
    return run("export", "static", dest, *options, "--db", archived.db)


@pytest.fixture(scope="module")
def folder(crawled: Archived, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("out") / "trang"
    done = exported(crawled, dest)
    assert done.code == 0, done.err
    assert f"Wrote {POSTS - 1} articles to {dest / 'index.html'}." in done.out
    return dest


def pages(folder: Path) -> dict[Path, LexborHTMLParser]:
    return {
        path: LexborHTMLParser(path.read_text("utf-8")) for path in sorted(folder.rglob("*.html"))
    }


def targets(path: Path, page: LexborHTMLParser) -> Iterator[str]:
    for node in page.css("[href], [src]"):
        yield urljoin(path.as_uri(), node.attributes.get("href") or node.attributes["src"] or "")


def test_every_link_leads_to_a_page_in_it_or_to_the_web(folder: Path) -> None:
    """From its first page every file is reached, and no other one is there."""
    reached, waiting = set(), [folder / "index.html"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        for target in targets(path, LexborHTMLParser(path.read_text("utf-8"))):
            parts = urlsplit(target)
            if parts.scheme == "file":
                found = Path(unquote(parts.path))
                assert found.is_file(), (path, target)
                assert folder in found.parents
                if found.suffix == ".html":
                    waiting.append(found)
                else:
                    reached.add(found)
            else:
                assert parts.scheme in ("http", "https"), target
    assert reached == {path for path in folder.rglob("*") if path.is_file()}


def test_nothing_in_it_runs_or_asks_a_host(folder: Path) -> None:
    for path, page in pages(folder).items():
        assert not page.css("script, iframe, object, embed, form, base, [onclick], [onerror]"), path
        for node in page.css("img, link"):
            source = node.attributes.get("src") or node.attributes.get("href")
            assert source, path
            assert not urlsplit(source).scheme, (path, source)
    assert not re.search(r"url\(|@import", (folder / "kieu.css").read_text("utf-8"))


def test_an_article_is_there_as_the_archive_has_it(folder: Path, crawled: Archived) -> None:
    rows = crawled.rows(
        "SELECT * FROM articles WHERE id NOT IN (SELECT article_id FROM withheld WHERE document) "
        "AND title NOT LIKE '%<b>%'"
    )
    assert len(rows) == POSTS - 2
    for row in rows:
        page = LexborHTMLParser((folder / "test/bai" / f"{row['code']}.html").read_text("utf-8"))
        (title,) = page.css("h1")
        assert title.text() == row["title"]
        words = re.findall(r"[^\W\d]+", row["body"])  # the numbers of lists are not in the HTML
        shown = " ".join(node.text(separator=" ") for node in page.css(".text, figcaption"))
        assert {*words} <= {*re.findall(r"[^\W\d]+", shown)}, row["url"]


def test_pictures_that_are_held_are_shown_byte_for_byte(folder: Path, crawled: Archived) -> None:
    held = {row["sha256"] for row in crawled.rows("SELECT DISTINCT sha256 FROM images")} - {None}
    there = {path.stem for path in (folder / "tep").rglob("*") if path.is_file()}
    assert held
    assert held & there
    assert any(page.css("figure img") for page in pages(folder).values())


def test_the_chain_is_walked_from_one_end_to_the_other(folder: Path) -> None:
    start = next(
        path for path, page in pages(folder).items()
        if path.parent.name == "bai" and not page.css("a[rel=next]")
    )  # fmt: skip
    walked = [start]
    while link := LexborHTMLParser(walked[-1].read_text("utf-8")).css_first("a[rel=prev]"):
        walked.append(walked[-1].with_name(str(link.attributes["href"])))
        assert len(walked) <= POSTS
    assert len({*walked}) == POSTS - 1, "the neighbours of one that is withheld are joined"


def test_what_is_hidden_is_in_no_file_and_what_is_marked_says_so(folder: Path) -> None:
    texts = [path.read_text("utf-8") for path in folder.rglob("*.html")]
    assert not any(SECRET in text for text in texts)
    assert sum(MARK in text for text in texts) == 1


def test_the_same_archive_gives_the_same_bytes(
    folder: Path, crawled: Archived, tmp_path: Path
) -> None:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    assert exported(Archived(tmp_path / "copy"), tmp_path / "again").code == 0

    def contents(where: Path) -> dict[str, bytes]:
        files = (path for path in where.rglob("*") if path.is_file())
        return {path.relative_to(where).as_posix(): path.read_bytes() for path in files}

    assert contents(tmp_path / "again") == contents(folder)


def test_a_range_of_days_and_nothing(crawled: Archived, tmp_path: Path) -> None:
    days = sorted(
        row["day"] for row in crawled.rows("SELECT date(published_at) AS day FROM articles")
    )
    done = exported(crawled, tmp_path / "some", "--to", days[4])
    assert done.code == 0, done.err
    assert "articles to" in done.out
    assert exported(crawled, tmp_path / "none", "--to", "1999-01-01").code == 1
    assert not (tmp_path / "none").exists()
    assert exported(crawled, tmp_path / "some").code == 2, "nothing is written over"


@pytest.mark.parametrize(
    ("body", "said", "ending"),
    [
        (b"\xff\xd8\xff\xe0", "text/html", "jpg"),
        (b"<html><script>", "text/html", "bin"),
        (b"<svg onload=x>", "image/svg+xml", "bin"),
        (b"<html>", "image/webp", "webp"),
        (b"%PDF-1.7", None, "pdf"),
        (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "docx"),
        (b"PK\x03\x04", "application/octet-stream", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel; charset=x", "xls"),
        (b"gi do", None, "bin"),
    ],
)  # fmt: skip
def test_a_file_is_called_by_what_it_is(body: bytes, said: str | None, ending: str) -> None:
    assert _ending(body, said) == ending


@pytest.mark.long
def test_a_browser_opens_it_where_it_lies(folder: Path) -> None:
    with chromium() as browser:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((folder / "index.html").as_uri())
        page.click("main a")
        page.click(".listing a >> nth=1")
        assert page.locator("h1").inner_text()
        page.click("a[rel=prev]")
        styled = page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
        assert styled != "none", "its style sheet is taken from the disk"
        shown = next(
            path for path, parsed in pages(folder).items() if parsed.css("figure img")
        )  # fmt: skip
        page.goto(shown.as_uri())
        image = page.locator("figure img").first
        image.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('figure img').naturalWidth > 0")
        assert all(url.startswith("file:") for url in asked)
