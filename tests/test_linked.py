"""What only other articles link to is found: "Tin liên quan", "Các tin khác", "Tin đã đưa"."""

import sqlite3
from contextlib import closing
from html import unescape

import pytest

from crawler.appraisal import KnownLinks, links_of
from crawler.readers.page.linked import linked
from crawler.sites import Site
from crawler.text.addresses import absolute
from tests.conftest import Archived, run
from tests.raw import (
    NOT_FOUND,
    QUICK,
    ROBOTS,
    Asked,
    Portal,
    answer,
    article,
    held,
    listing,
    problems,
)

BASE = "https://huyen.example/tin/bai-1.html"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/tin/a.html">A</a>', ["/tin/a.html"]),
        ("<A class='x' HREF='b.html#ý'>", ["/tin/b.html"]),
        ("<a title=x href=c.html>", ["/tin/c.html"]),
        ('<a data-href="/khung" href="/that"><a id="x"href="/sat">', ["/that", "/sat"]),
        ('<a href="/x?a=1&amp;b=2">', ["/x?a=1&b=2"]),
        ('<a href="/d"><a\n href="/d">', ["/d"]),
        ('<!-- <a href="/an"> --><a href="/hien"><!-- <a href="/mo">', ["/hien"]),
        ('<base href="/goc/"><a href="e">', ["/goc/e"]),
        ('<a name="x"><a href="#x"><a href="javascript:x()"><a href="mailto:a@b.vn">', []),
        ('<abbr href="/x"><link href="/y">', []),
        (f'<a href="{BASE}">', []),
        ('<a href="/\xff">', []),
    ],
)
def test_what_a_page_links_to(html: str, expected: list[str]) -> None:
    body = html.encode("latin-1" if "\xff" in html else "utf-8")
    assert [url.removeprefix("https://huyen.example") for url in linked(body, BASE)] == expected


@pytest.mark.parametrize("page", ["http://mot.example/tin/", "https://hai.example/tin/"])
def test_what_one_page_links_to_is_not_told_of_another(page: str) -> None:
    """What needs no base is remembered; "http:/a" needs the host of the page, if it is asked so,
    and so does whatever else turns out to name none."""
    hrefs = ("http:/a", "http://ba.example/b", "c", r"http://\d", "http://&#47;e", "http://\t/f")
    body = " ".join(f'<a href="{href}">x</a>' for href in hrefs).encode()
    assert linked(body, page) == tuple(
        address for href in hrefs if (address := absolute(unescape(href), page))
    )


def test_hostile_bytes_are_looked_through_once() -> None:
    """Looked at again from each beginning on, these would take hours."""
    for page in (
        b"<a ",
        b"<a href",
        b"<!--",
        b"<a href= ",
        b'<a href="',
        b"<base ",
        b"<a " + b"x " * 999,
    ):
        linked(page * (4_000_000 // len(page)), BASE)


def with_links(page: str, *paths: str) -> str:
    """Return a page with a list of what else there is to read below its text."""
    items = "".join(f'<li><a href="{path}">Tin khác của huyện</a></li>' for path in paths)
    return page.replace("</body>", f"<div><h4>Tin liên quan</h4><ul>{items}</ul></div></body>")


class District:
    """A portal: its start page names some articles, and these link to others."""

    def __init__(self, listed: int, links: dict[int, list[str]], pages: dict[str, str]) -> None:
        self.listed = [f"/tin/bai-{n}.html" for n in range(1, listed + 1)]
        self.pages = {
            path: with_links(article(n), *links.get(n, ())) for n, path in enumerate(self.listed, 1)
        } | pages
        self.pages["/"] = listing(self.listed)

    def __call__(self, asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        return answer(self.pages[asked.target]) if asked.target in self.pages else NOT_FOUND


def found_by(archived: Archived) -> dict[str, str]:
    rows = archived.rows("SELECT url, state FROM urls WHERE found_by = 'linked'")
    return {"/" + row["url"].split("/", 3)[3]: row["state"] for row in rows}


def test_an_article_that_only_others_link_to_is_held(portal: Portal) -> None:
    hidden = {"/tin/bai-31.html": with_links(article(31), "/tin/bai-32.html")}
    hidden |= {"/tin/bai-32.html": article(32)}
    district = District(3, {2: ["/tin/bai-31.html", "/tin/bai-1.html"]}, hidden)
    archived, server = portal(district)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 5
    assert found_by(archived) == {"/tin/bai-31.html": "held", "/tin/bai-32.html": "held"}
    assert server.asked.index("/tin/bai-31.html") > max(map(server.asked.index, district.listed))
    assert archived.rows("SELECT * FROM links") == []
    before = len(server.asked)
    archived.crawl(*QUICK, code=None)
    asked = server.asked[before:]
    assert not {"/tin/bai-31.html", "/tin/bai-32.html"} & {*asked}


def test_what_reads_as_no_article_is_not_asked_for(portal: Portal) -> None:
    others = [
        "/lich/2031/05/12",
        "/tim?q=duong",
        "/tep/ke-hoach-so-12.pdf",
        "/anh/anh-7.jpg",
        "/lien-he",
    ]
    district = District(3, dict.fromkeys((1, 2, 3), others), {})
    archived, server = portal(district)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 3
    assert not {*others} & {*server.asked}
    rows = archived.rows("SELECT url, judged_at FROM links ORDER BY url")
    assert [row["url"].removeprefix(server.url) for row in rows] == [
        "/lich/2031/05/12",
        "/tim?q=duong",
    ]
    assert all(row["judged_at"] for row in rows)


def test_links_that_prove_to_be_no_articles_teach_what_others_are(portal: Portal) -> None:
    shops = [f"/tin/bai-{n}.html" for n in range(100, 160)]
    page = listing([])
    district = District(3, {1: shops}, dict.fromkeys(shops, page))
    archived, server = portal(district)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 3
    assert len({*shops} & {*server.asked}) == 8
    assert {*found_by(archived).values()} == {"not_article"}
    judged = archived.rows("SELECT count(*) AS n FROM links WHERE judged_at IS NOT NULL")
    assert judged == [{"n": 52}]


def test_what_articles_link_to_is_bounded_and_told(portal: Portal) -> None:
    numbers = range(100, 130)
    more = {f"/tin/bai-{n}.html": article(n) for n in numbers}
    archived, _ = portal(District(3, {1: [*more]}, more))
    summary = archived.crawl(*QUICK, "-s", "LINKED_MAX=12", code=1)
    assert summary["outcome"] == "finished"
    assert held(archived) == 15
    assert [kind for kind, told in problems(archived) if "LINKED_MAX" in told] == ["bound"]
    assert archived.rows("SELECT proved_at FROM coverage") == [{"proved_at": None}]
    archived.crawl(*QUICK, "-s", "LINKED_MAX=12", code=1)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 33


def test_until_it_is_judged_what_articles_link_to_nothing_is_complete(portal: Portal) -> None:
    """A crawl that was killed before, and whatever filled the archive otherwise."""
    district = District(3, {2: ["/tin/bai-31.html"]}, {"/tin/bai-31.html": article(31)})
    archived, server = portal(district)
    archived.crawl(*QUICK, "--limit", "3", code=None)
    rows = archived.rows("SELECT url, judged_at FROM links")
    assert rows == [{"url": server.url + "/tin/bai-31.html", "judged_at": None}]
    archived.crawl(*QUICK, code=None)
    assert found_by(archived) == {"/tin/bai-31.html": "held"}


def test_an_article_of_another_form_tells_that_links_of_it_are_articles(portal: Portal) -> None:
    news = "/thong-bao/cong-khai-ngan-sach-12"
    district = District(2, {1: [news]}, {news: article(12)})
    archived, server = portal(district)
    archived.crawl(*QUICK, code=None)
    assert news not in server.asked
    other = "/thong-bao/lich-tiep-cong-dan-7"
    district.pages |= {"/": listing([*district.listed, other]), other: article(7)}
    archived.crawl(*QUICK, "--full", code=None)
    assert found_by(archived) == {news: "held"}
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out + done.err


# Again from captures


def noted(archived: Archived) -> list[tuple[str, str, str]]:
    rows = archived.rows("SELECT url, found_on, found_at FROM links ORDER BY url")
    return [(row["url"], row["found_on"], row["found_at"]) for row in rows]


def crawled_and_linked(portal: Portal) -> Archived:
    links = {1: ["/lich/2031/05/12", "/tin/bai-2.html"], 3: ["/tin/bai-31.html", "/lich/2031/06/1"]}
    archived, _ = portal(District(3, links, {"/tin/bai-31.html": article(31)}))
    archived.crawl(*QUICK, code=None)
    assert [url.rpartition("/lich/")[2] for url, _, _ in noted(archived)] == [
        "2031/05/12",
        "2031/06/1",
    ]
    return archived


def test_an_import_notes_the_links_that_the_crawl_did(portal: Portal) -> None:
    archived = crawled_and_linked(portal)
    again = Archived(archived.folder / "again")
    again.folder.mkdir()
    files = sorted((archived.folder / "captures" / "test").glob("*.warc.zst"))
    sites = str(archived.folder / "sites")
    done = run("import", "--db", again.db, *map(str, files), TINHUYEN_SITES=sites)
    assert done.code == 0, done.err
    assert held(again) == held(archived)
    assert noted(again) == noted(archived)


def test_reread_notes_the_links_of_an_archive_that_has_none(portal: Portal) -> None:
    archived = crawled_and_linked(portal)
    before = noted(archived)
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("DELETE FROM links")
    sites = str(archived.folder / "sites")
    assert run("reread", "--dry-run", "--db", archived.db, TINHUYEN_SITES=sites).code == 0
    assert noted(archived) == []
    for _ in range(2):
        assert run("reread", "--db", archived.db, TINHUYEN_SITES=sites).code == 0
        assert noted(archived) == before


@pytest.mark.parametrize("taken", [(), ("https://tinh.example/donvi/vandon/xa/",)])
@pytest.mark.parametrize("place", ["https://tinh.example/", "https://tinh.example/donvi/vandon/"])
def test_what_links_lead_to_is_remembered_as_it_is_told_anew(place: str, taken: tuple[str]) -> None:
    """A page says by how it was served what its links mean: pages by another scheme, host or
    spelling, one after another, are told as each by itself."""
    site = Site(key="thu", name="Huyện Thử", base_url=place, cms="generic", taken=taken)
    hrefs = (
        "/donvi/vandon/tin/bai-11.html",
        "/DonVi/VanDon/tin/bai-12.html",
        "bai-13.html",
        "https://www.tinh.example/donvi/vandon/tin/bai-14.html",
        "/donvi/vandon/xa/bai-15.html",
        "https://khac.example/donvi/vandon/tin/bai-16.html",
    )
    body = " ".join(f'<a href="{href}">x</a>' for href in hrefs).encode()
    pages = [
        f"{host}{path}bai-12.html"
        for host in ("https://tinh.example", "http://tinh.example", "https://www.tinh.example")
        for path in ("/donvi/vandon/tin/", "/DONVI/VanDon/tin/")
    ]
    known = KnownLinks(site)
    told = [[*known.of_page(body, page, ())] for page in pages]
    assert told == [[*links_of(site, body, page, ())] for page in pages]
    assert all(told)
