"""The lists that a portal has of its articles, as a crawl finds and walks them."""

import sqlite3

import pytest

from crawler.routes import listing as list_route
from tests.conftest import Archived
from tests.raw import (
    NOT_FOUND,
    QUICK,
    ROBOTS,
    Asked,
    Portal,
    answer,
    article,
    bare,
    held,
    listing,
    lone,
    of_pages,
    problems,
)
from tests.test_sections import let_pass


def listed(paths: list[str], element: str = "<url><loc>%s</loc></url>") -> str:
    return "".join(element % path for path in paths)


@pytest.mark.parametrize(
    "lines",
    [
        "Sitemap: {url}/danh-sach/a.xml\nUser-agent: *\nDisallow: /kin/\nSitemap: {url}/b.txt",
        "User-agent: *\nAllow: /\n\nsitemap:{url}/danh-sach/a.xml\nsitemap:/b.txt",
    ],
)
def test_the_sitemaps_that_robots_txt_names_are_walked_all(portal: Portal, lines: str) -> None:
    pages = lone(6)
    paths = list(pages)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return answer(lines.format(url=asked.url), "text/plain")
        if asked.path == "/danh-sach/a.xml":
            items = listed([asked.url + path for path in paths[:3]])
            return answer(f"<urlset>{items}</urlset>", "text/xml")
        if asked.path == "/b.txt":
            return answer("\n".join(asked.url + path for path in paths[3:]), "text/plain")
        if asked.path == "/":
            return answer(bare())
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK)
    expected = 6 if "/b.txt" not in lines.split(":")[-1] or "{url}/b.txt" in lines else 3
    assert held(archived) == expected
    assert "/sitemap.xml" not in server.asked, "what is named is not looked for"


def test_a_sitemap_that_is_named_may_be_a_feed_of_any_name(portal: Portal) -> None:
    pages = lone(3)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return answer(f"Sitemap: {asked.url}/tin-moi.rss", "text/plain")
        if asked.path == "/tin-moi.rss":
            items = listed([asked.url + p for p in pages], "<item><link>%s</link></item>")
            return answer(f"<rss><channel>{items}</channel></rss>", "application/rss+xml")
        if asked.path == "/":
            return answer(bare())
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    archived, _ = portal(answered)
    archived.crawl(*QUICK)
    assert held(archived) == 3


def test_the_feeds_and_the_rest_that_a_start_page_names_are_walked(portal: Portal) -> None:
    pages = lone(7)
    paths = list(pages)
    head = (
        '<link rel="alternate" type="application/rss+xml" title="Bình luận" href="/binh-luan.rss">'
        '<link rel="alternate" type="application/rss+xml" href="/rss/tin.rss">'
        '<link rel="alternate" type="application/atom+xml" href="rss/van-hoa.atom">'
        '<link rel="https://api.w.org/" href="/blog/wp-json/">'
    )

    def answered(asked: Asked) -> bytes:
        url = asked.url
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(bare(head))
        if asked.path == "/rss/tin.rss":
            items = listed([url + p for p in paths[:2]], "<item><guid>%s</guid></item>")
            return answer(f"<rss><channel>{items}</channel></rss>", "text/plain")
        if asked.path == "/rss/van-hoa.atom":
            items = listed([url + p for p in paths[2:4]], '<entry><link href="%s"/></entry>')
            return answer(f"<feed>{items}</feed>", "text/html")
        if asked.path == "/blog/wp-json/wp/v2/posts":
            items = ", ".join(f'{{"link": "{url}{p}"}}' for p in paths[4:])
            return answer(f"[{items}]", "application/json", "200 OK", "X-WP-Total: 3")
        return answer(pages[asked.path]) if asked.path in pages else NOT_FOUND

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert archived.urls() >= {server.url + path for path in paths[4:]}
    assert "/binh-luan.rss" not in server.asked
    assert not [path for path in server.asked if path.startswith("/rss/")], "REST lists all"


def test_all_feeds_that_a_start_page_names_are_walked(portal: Portal) -> None:
    pages = lone(5)
    paths = list(pages)
    named = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="/rss/{n}.rss">' for n in range(3)
    )

    def answered(asked: Asked) -> bytes:
        if asked.path.startswith("/rss/"):
            some = paths[2 * int(asked.path[5]) :][:2]
            items = listed([asked.url + p for p in some], "<item><guid>%s</guid></item>")
            return answer(f"<rss><channel>{items}</channel></rss>", "text/plain")
        return of_pages({"/": bare(named)} | pages)(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 5
    assert sorted(path for path in server.asked if path.startswith("/rss/")) == [
        "/rss/0.rss", "/rss/1.rss", "/rss/2.rss",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<urlset><url><lo", "cut off"),
        (b"\x1f\x8b\x08\x00\x00\x00", "compressed bytes are cut off"),
        (b"<br />\n<b>Fatal error</b>:  Uncaught Error: in /var/www/x.php:7", "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_read_is_told_and_looked_for_again(
    portal: Portal, body: bytes, told: str
) -> None:
    pages = {"/": bare()} | lone(1)
    archived, server = portal(of_pages(pages, sitemap=answer(body, "text/xml")))
    archived.crawl(*QUICK, "--url", server.url + "/tin/bai-1.html")
    assert not problems(archived)

    summary = archived.crawl(*QUICK, code=1)
    assert summary["unread"]
    assert [kind for kind, message in problems(archived) if told in message] == ["route"]
    (route,) = archived.rows("SELECT state FROM routes WHERE route = 'sitemap'")
    assert route["state"] == "failed"
    before = server.asked.count("/sitemap.xml")
    archived.crawl(*QUICK, code=1)
    assert server.asked.count("/sitemap.xml") == before + 1


def test_a_list_that_is_cut_off_names_what_it_can_and_the_crawl_says_so(portal: Portal) -> None:
    pages = lone(4)
    body = f"<urlset>{listed(['URL' + path for path in pages])}<url><loc>URL/ti".encode()

    def answered(asked: Asked) -> bytes:
        if asked.path == "/sitemap.xml":
            return answer(body.replace(b"URL", asked.url.encode()), "text/xml")
        return of_pages({"/": bare()} | pages)(asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=1)
    assert held(archived) == 4
    assert any(kind == "route" and "cut off" in told for kind, told in problems(archived))


def test_a_list_that_is_damaged_and_whole_is_told_and_costs_no_exit_code(portal: Portal) -> None:
    pages = lone(3)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/sitemap.xml":
            items = listed([asked.url + path for path in pages])
            return answer(f"<urlset>{items}<url><loc>&nbsp;</loc></url></urlset>", "text/xml")
        return of_pages({"/": bare()} | pages)(asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK)
    assert held(archived) == 3
    assert [kind for kind, _ in problems(archived)] == ["damaged"]


def test_a_long_list_is_stored_piece_by_piece(portal: Portal) -> None:
    paths = [f"/tin/bai-{n}.html" for n in range(1, 1301)]

    def answered(asked: Asked) -> bytes:
        if asked.path == "/sitemap.xml":
            items = listed([asked.url + path for path in paths])
            return answer(f"<urlset>{items}</urlset>", "text/xml")
        return of_pages({"/": bare()})(asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, "-s", "CLOSESPIDER_PAGECOUNT=12", code=None)
    (row,) = archived.rows("SELECT count(*) AS n FROM urls WHERE found_by = 'sitemap'")
    assert row["n"] == 1300
    (route,) = archived.rows("SELECT walked_at FROM routes WHERE route = 'sitemap'")
    assert route["walked_at"]


PAGERS = {
    "words": '<p><a href="{next}">Trang sau</a> <a href="{last}">Trang cuối</a></p>',
    "numbers, the own one marked": (
        '<ul class="pages"><li><a href="{1}">1</a></li><li class="active">{own}</li>'
        '<li><a href="{next}">{n}</a></li><li><a href="{last}">»</a></li></ul>'
    ),
    "numbers, the own one no link": '<div>Trang: {own} <a href="{next}">{n}</a> …</div>',
    "a sign": '<div><a href="{1}">«</a> <a href="{next}">›</a></div>',
    "for programs": '<link rel="next" href="{next}">',
    "a title": '<a href="{next}" title="Trang tiếp"><img src="/mui-ten.gif"></a>',
    "newest first": '<a href="{next}">Các tin cũ hơn</a>',
}
ADDRESSES = [
    "/tin?tu={0}",
    "/tin.aspx?id=7&amp;PageIndex={n}",
    "/danh-sach-tin/{n}.html",
    "/tin/k{0}/",
    "/index.php?mod=tin&amp;p={n}",
]


def _pager(form: str, address: str, own: int, pages: int) -> str:
    """Return the pager of a page of a list, and nothing for what lies behind its end."""

    def at(number: int) -> str:
        return address.format(7 * (number - 1), n=number) if number > 1 else "/tin-tuc"

    if own == pages:
        return f'<div><a href="{at(1)}">1</a> <b>{own}</b></div>'
    numbers = {"next": at(own + 1), "last": at(pages), "own": own, "n": own + 1}
    return form.replace("{1}", at(1)).format(**numbers)


@pytest.mark.parametrize("how", ["--url", "start_urls", "menu"])
@pytest.mark.parametrize(
    ("form", "address"),
    [
        *((form, ADDRESSES[n % len(ADDRESSES)]) for n, form in enumerate(PAGERS)),
    ],
)
def test_any_list_is_walked_to_its_end(portal: Portal, form: str, address: str, how: str) -> None:
    pages = lone(20)
    paths = [*pages][::-1]

    def answered(asked: Asked) -> bytes:
        for number in range(1, 5):
            own = address.format(7 * (number - 1), n=number).replace("&amp;", "&")
            if asked.target == (own if number > 1 else "/tin-tuc"):
                pager = _pager(PAGERS[form], address, number, 4)
                return answer(listing(paths[5 * (number - 1) : 5 * number], pager))
        menu = '<ul class="menu-chinh"><li><a href="/tin-tuc">Tin tức</a></li></ul>'
        return of_pages({"/": bare("", menu if how == "menu" else "Chào")} | pages)(asked)

    archived, server = portal(answered)
    if how == "start_urls":
        archived.describe(server.url + "/", cms="generic", start_urls=[server.url + "/tin-tuc"])
    url = ["--url", server.url + "/tin-tuc"] if how == "--url" else []
    archived.crawl(*QUICK, *url, code=None)
    assert held(archived) == 20


def test_the_pager_of_the_start_page_is_followed(portal: Portal) -> None:
    pages = lone(20)
    paths = [*pages][::-1]

    def answered(asked: Asked) -> bytes:
        own = int(asked.target.rpartition("=")[2]) if asked.target.startswith("/?trang=") else 1
        if asked.path == "/" and own <= 4:
            following = f'<a href="/?trang={own + 1}">Trang sau</a>' if own < 4 else ""
            return answer(listing(paths[5 * (own - 1) : 5 * own], following))
        return of_pages(pages)(asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 20


def test_a_pager_without_end_ends_where_it_names_nothing_new(portal: Portal) -> None:
    pages = lone(8)
    paths = [*pages]

    def answered(asked: Asked) -> bytes:
        if asked.path == "/tin":
            own = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
            some = paths[4 * min(own - 1, 1) :][:4]
            return answer(listing(some, f'<a href="/tin?trang={own + 1}">Trang sau</a>'))
        return of_pages({"/": bare()} | pages)(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK, "--url", server.url + "/tin", code=None)
    assert held(archived) == 8
    asked = [path for path in server.asked if path.startswith("/tin?")]
    assert len(asked) == 3, "one page behind that which names nothing new, which may be a mishap"


def test_a_list_that_names_ever_new_articles_is_walked_as_far_as_its_bound(portal: Portal) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/lich":
            own = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
            some = [f"/tin/bai-{n}.html" for n in range(5 * own, 5 * own + 5)]
            return answer(listing(some, f'<a href="/lich?thang={own + 1}" rel="next">11</a>'))
        return of_pages({"/": bare()})(asked)

    archived, server = portal(answered)
    start = server.url + "/lich"
    summary = archived.crawl(*QUICK, "--url", start, "-s", "LIST_PAGES_MAX=6", code=1)
    assert summary["unread"]
    assert len([path for path in server.asked if path.startswith("/lich")]) == 6
    assert any(kind == "bound" and "its page 6" in told for kind, told in problems(archived))


def test_a_list_that_was_not_walked_to_its_end_proves_nothing(portal: Portal) -> None:
    def answered(asked: Asked) -> bytes:
        if asked.path == "/tin":
            own = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
            some = [f"/tin/bai-{n}.html" for n in range(5 * own, 5 * own + 5)]
            return answer(listing(some, f'<a href="/tin?trang={own + 1}" rel="next">Trang sau</a>'))
        if asked.path.startswith("/tin/"):
            return answer(article(int(asked.path[9:-5])))
        return of_pages(
            {"/": bare("", '<ul class="menu"><li><a href="/tin">Tin tức</a></li></ul>')}
        )(asked)

    archived, _ = portal(answered)
    for most in (3, 4):  # a later crawl goes no further than its own bound
        archived.crawl(*QUICK, "-s", f"LIST_PAGES_MAX={most}", code=None)
        (row,) = archived.rows("SELECT held, verdict FROM coverage")
        assert row["held"] >= 15
        assert row["verdict"] != "complete"


def test_a_list_that_was_walked_is_asked_again_as_far_as_there_is_news(portal: Portal) -> None:
    pages = lone(12)
    newest = [*pages][::-1]

    def answered(asked: Asked) -> bytes:
        if asked.path == "/tin":
            own = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
            some = newest[3 * (own - 1) : 3 * own]
            more = f'<a href="/tin?trang={own + 1}">Trang sau</a>' if own < 4 else ""
            return answer(listing(["/tin/bai-1.html", *some], more))
        return of_pages({"/": bare()} | pages)(asked)

    archived, server = portal(answered)
    url = server.url + "/tin"
    archived.crawl(*QUICK, "--url", url, code=None)
    assert held(archived) == 12
    server.asked.clear()
    archived.crawl(*QUICK, "--url", url, code=None)
    assert [path for path in server.asked if path.startswith("/tin")] == ["/tin"]
    pages["/tin/bai-13.html"] = lone(13)["/tin/bai-13.html"]
    newest.insert(0, "/tin/bai-13.html")
    server.asked.clear()
    archived.crawl(*QUICK, "--url", url, code=None)
    assert held(archived) == 13
    assert "/tin?trang=2" in server.asked
    assert "/tin?trang=4" not in server.asked


def test_start_pages_that_name_each_other_in_their_menus_are_walked_once(portal: Portal) -> None:
    """``/Default.aspx?tabid=40`` is one by its path, and its menu names all others."""
    pages = lone(6)
    forms = ["/", "/Default.aspx?tabid=40", "/Default.aspx?tabid=41"]
    menu = "".join(f'<a href="{form.replace("&", "&amp;")}">Mục {form[-2:]}</a>' for form in forms)
    starts = {form: listing([*pages], f'<div class="menu">{menu}</div>') for form in forms}
    archived, server = portal(of_pages(starts | pages))
    summary = archived.crawl(*QUICK, code=None)
    assert (summary["outcome"], held(archived)) == ("finished", 6)
    assert len([path for path in server.asked if "tabid" in path]) <= 2 * len(forms)


@pytest.mark.parametrize("named", [(1, 3), (3, 1), (1, 4, 2), (4, 3, 2, 1)])
def test_a_list_that_leads_into_another_one_is_walked(
    portal: Portal, named: tuple[int, ...]
) -> None:
    """As where a menu, or the pager of an archive, names the pages of a list for themselves."""
    pages = lone(20)
    newest = [*pages][::-1]
    menu = "".join(f'<li><a href="/tin/page/{n}">Mục {n}</a></li>' for n in named)

    def answered(asked: Asked) -> bytes:
        own = asked.path.removeprefix("/tin/page/")
        if own in ("1", "2", "3", "4"):
            n = int(own)
            more = f'<a rel="next" href="/tin/page/{n + 1}">Trang sau</a>' if n < 4 else ""
            return answer(listing(newest[5 * (n - 1) : 5 * n], more))
        start = bare("", f'<ul class="menu-chinh">{menu}</ul>')
        return of_pages({"/": start} | pages)(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK)
    assert held(archived) == 20
    assert {row["state"] for row in archived.rows("SELECT state FROM lists")} <= {"walked", "other"}
    assert archived.rows("SELECT unwalked FROM coverage") == [{"unwalked": 0}]
    server.asked.clear()
    archived.crawl(*QUICK)
    assert len([path for path in server.asked if path.startswith("/tin/page/")]) <= len(named)


@pytest.mark.parametrize(
    ("pager", "is_scripted"),
    [
        ("<a href=\"javascript:__doPostBack('ctl00$tin','Page$2')\">2</a>", True),
        (
            '<table><tr><td class="ms-paging">1 - 30</td><td><a onclick=\'RefreshPageTo(event, '
            '"/tin/AllItems.aspx?Paged=TRUE&amp;p_ID=9");\' href="javascript:"><img alt="Next">'
            "</a></td></tr></table>",
            True,
        ),
        ('<a href="#" onclick="taiTiep()">Trang sau</a>', True),
        (
            '<div><b class="current">1</b> <a href="#" onclick="phanTrang(2)">2</a></div>',
            True,
        ),
        (
            '<ul><li><a href="javascript:goPage(2)">2</a></li>'
            '<li><a href="javascript:goPage(3)">3</a></li></ul>',
            True,
        ),
        ('<a href="#" onclick="slider.next()">›</a> <a href="#" onclick="chuyen(2)">2</a>', False),
        ('<a href="javascript:void(0)" title="Next">Sau</a>', False),
        (
            '<table class="calendar"><tr><td><a href="javascript:toPage(2)">2</a></td>'
            '<td><a href="javascript:toPage(3)">3</a></td></tr></table>',
            False,
        ),
        ('<a href="/tin?trang=2" onclick="dem()">2</a> <a href="/tin?trang=3">3</a>', False),
        ('<div><button type="button" data-url="/api/tin?page=2">Xem thêm</button></div>', True),
        (
            '<div><a class="them" href="javascript:void(0)" data-page="2">Xem thêm tin</a></div>',
            True,
        ),
        (
            '<ul class="pagination"><li class="active"><a href="javascript:;">1</a></li>'
            '<li><a href="javascript:;" data-p="2">2</a></li></ul>',
            True,
        ),
        ('<p class="phan-trang"><b>1</b> <a href="#" data-trang="2">2</a></p>', True),
        (
            '<div class="so-trang"><span class="active" onclick="t(1)">1</span>'
            '<span onclick="t(2)">2</span><span onclick="t(3)">3</span></div>',
            True,
        ),
        (
            '<form method="post"><input type="hidden" name="trang" value="2">'
            '<input type="submit" value="Trang sau"></form>',
            True,
        ),
        (
            '<form method="post"><input type="submit" name="p" value="2">'
            '<input type="submit" name="p" value="3"></form>',
            True,
        ),
        ('<div class="infinite-scroll" data-next="/tin/load?offset=8"></div>', True),
        ('<div class="top-menu"><button>Xem thêm</button></div>', False),
        ('<p>Giới thiệu <a href="/gioi-thieu">Xem thêm</a></p>', False),
        ('<form action="/tim"><input name="q"><input type="submit" value="Tìm"></form>', False),
        ('<p>Đánh giá: <span onclick="sao(2)">2</span> <span onclick="sao(3)">3</span></p>', False),
        ('<button id="btn-more" type="button" data-url="/api/tin?page=2">Xem thêm</button>', True),
        ('<a href="javascript:void(0)" class="more">Xem thêm tin</a>', True),
        ('<a href="#" class="more">Xem thêm</a>', True),
        (
            '<ul class="pagination"><li><a href="#" data-trang="2">2</a></li>'
            '<li><a href="#" data-trang="3">3</a></li></ul>',
            True,
        ),
        (
            '<div class="phan-trang"><span class="active" onclick="toi(1)">1</span>'
            '<span onclick="toi(2)">2</span><span onclick="toi(3)">3</span></div>',
            True,
        ),
        ('<form method="post"><input type="submit" name="sau" value="Trang sau"></form>', True),
        (
            '<form><input type="submit" name="p" value="1"><input type="submit" name="p" value="2">'
            '<input type="submit" name="p" value="3"></form>',
            True,
        ),
        (
            "<div>Trang <select onchange=\"location.href='/tin?trang='+this.value\">"
            "<option>1</option><option>2</option></select></div>",
            True,
        ),
        ('<div class="infinite-scroll" data-next="/tin/them?tu=5"></div>', True),
        ("<div>" + 3 * '<a href="#" class="more">Xem thêm</a>' + "</div>", False),
        ('<a href="#chi-tiet" data-toggle="collapse">Xem thêm</a>', False),
        ('<a href="/tin/tat-ca">Xem thêm</a> <button>Tìm kiếm</button>', False),
        (
            '<div class="pager"><a href="#" class="disabled" onclick="toi(2)">Trang sau</a></div>',
            False,
        ),
        (
            '<form class="danh-gia"><button>1</button><button>2</button><button>3</button></form>',
            False,
        ),
        (
            '<ul class="slick-dots"><li><button>2</button></li><li><button>3</button></li></ul>',
            False,
        ),
        (
            '<select name="thang" onchange="lich()"><option>1</option><option>2</option></select>',
            False,
        ),
        ('<div class="banner" data-next=".mui-ten"></div>', False),
    ],
)
def test_a_pager_that_only_scripts_work_is_seen(pager: str, is_scripted: bool) -> None:
    body = listing([*lone(5)], pager).encode()
    page = list_route.read(body, "https://huyen.example/tin", {})
    assert page is not None
    assert page.is_scripted == is_scripted


def test_a_list_that_only_scripts_lead_on_from_proves_nothing(portal: Portal) -> None:
    pages = lone(15)
    paths = [*pages]

    def answered(asked: Asked) -> bytes:
        if asked.target == "/thong-bao":
            script = "<a href=\"javascript:__doPostBack('ds','Page$2')\">2</a>"
            return answer(listing(paths[10:], script))
        if asked.path == "/tin":
            own = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
            following = f'<a href="/tin?trang={own + 1}">Trang sau</a>' if own < 2 else ""
            return answer(listing(paths[5 * (own - 1) : 5 * own], following))
        items = "".join(f'<li><a href="/{path}">Mục</a></li>' for path in ("tin", "thong-bao"))
        start = listing(paths[:5], f'<ul class="menu">{items}</ul>')
        return of_pages({"/": start} | pages)(asked)

    archived, server = portal(answered)
    summary = archived.crawl(*QUICK, code=1)
    assert held(archived) == 15
    assert (summary["verdict"], summary["reasons"]) == ("unproven", {"unwalked": 1})
    (row,) = archived.rows("SELECT url, reason FROM lists WHERE state = 'cut'")
    assert row == {
        "url": f"{server.url}/thong-bao", "reason": "its further pages are shown by scripts only",
    }  # fmt: skip


NOTICE = bare("", "<h1>Hệ thống đang bảo trì</h1><p>Xin quý vị vui lòng quay lại sau.</p>")
LOGIN = (
    '<html lang="vi"><head><title>Đăng nhập</title></head><body><h1>Đăng nhập hệ thống</h1>'
    "<p>Mời quý vị đăng nhập bằng tài khoản do Văn phòng huyện cấp để xem trang này.</p>"
    '<form method="post"><input name="ten"><input type="password" name="khoa"></form></body></html>'
)


def _numbers(own: int, last: int) -> str:
    """Return a pager that names the two pages beside that at hand."""
    some = range(max(1, own - 2), min(last, own + 2) + 1)
    links = (f"<b>{n}</b>" if n == own else f'<a href="/tin?trang={n}">{n}</a>' for n in some)
    return f'<div class="so-trang">{" ".join(links)}</div>'


def _on(page: int, pager: str = "") -> str:
    """Return a page of a list of five articles a page."""
    return listing([f"/tin/bai-{n}.html" for n in range(5 * page - 4, 5 * page + 1)], pager)


def _walked(portal: Portal, pages: dict[int, bytes | str], articles: int = 30) -> Archived:
    """Crawl a portal of one section, whose list has these pages by their numbers."""
    start = bare("", '<ul class="menu-chinh"><li><a href="/tin?trang=1">Tin tức</a></li></ul>')

    def answered(asked: Asked) -> bytes:
        if asked.path == "/tin":
            page = pages.get(int(asked.target.rpartition("=")[2]), listing([]))
            return page if isinstance(page, bytes) else answer(page)
        return of_pages({"/": start} | lone(articles))(asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    return archived


def _said(archived: Archived) -> tuple[int, str, list[str]]:
    """Return how many articles are held, the verdict, and why lists are said to be cut."""
    (row,) = archived.rows("SELECT verdict FROM coverage")
    cut = archived.rows("SELECT reason FROM lists WHERE state = 'cut'")
    return held(archived), row["verdict"], [row["reason"] for row in cut]


def _half(page: str) -> str:
    """Return a page that breaks off within its third article."""
    return page[: page.index("<h3>", page.index("</p>", page.index("</p>") + 1)) + 30]


@pytest.mark.parametrize(
    ("third", "found", "told"),
    [
        (NOTICE, 25, "a closed site: hệ thống đang bảo trì"),
        (LOGIN, 25, "asks who one is"),
        (b"", 25, "an empty page"),
        (answer("<h1>Lỗi</h1>", status="500 Internal Server Error"), 25, "HTTP 500"),
        (answer("<h1>Lỗi</h1>", status="404 Not Found"), 25, "HTTP 404"),
        (listing([]), 25, "names nothing new"),
        (_on(2, _numbers(3, 6)), 25, "names nothing new"),
        (
            "<b>Fatal error</b>: Allowed memory size exhausted",
            25,
            "the page breaks off: a program",
        ),
        (_half(_on(3)), 27, "the page breaks off: it ends within a tag"),
    ],
    ids=["closed", "login", "empty", "500", "404", "frame", "repeated", "died", "cut"],
)
def test_a_page_of_a_list_that_is_missing_is_told_and_those_behind_it_are_walked(
    portal: Portal, third: bytes | str, found: int, told: str
) -> None:
    pages: dict[int, bytes | str] = {n: _on(n, _numbers(n, 6)) for n in range(1, 7)}
    archived = _walked(portal, pages | {3: third if third else answer(b"")})
    number, verdict, (reason,) = _said(archived)
    assert (number, verdict) == (found, "unproven")
    assert reason.startswith("its page http")
    assert f"trang=3: {told}" in reason
    assert {kind for kind, words in problems(archived) if told in words} == {"route"}


@pytest.mark.parametrize(
    ("third", "found"),
    [(NOTICE, 10), (LOGIN, 10), (b"", 10), (_half(_on(3)), 12)],
    ids=["closed", "login", "empty", "cut"],
)
def test_a_page_that_was_withheld_is_no_end_of_a_list_though_nothing_names_more(
    portal: Portal, third: bytes | str, found: int
) -> None:
    """The list tells of the next page only, and of none behind that."""
    pages: dict[int, bytes | str] = {
        n: _on(n, f'<a href="/tin?trang={n + 1}">Trang sau</a>') for n in (1, 2)
    }
    archived = _walked(portal, pages | {3: third if third else answer(b"")})
    number, verdict, (reason,) = _said(archived)
    assert (number, verdict) == (found, "unproven")
    assert "trang=3: " in reason


@pytest.mark.parametrize("behind", [listing([]), _on(3), answer("<h1>Không có</h1>")])
@pytest.mark.parametrize("by_number", [True, False])
def test_pages_behind_the_end_are_missing_if_a_pager_names_them_by_their_numbers(
    portal: Portal, behind: bytes | str, by_number: bool
) -> None:
    """It names five pages, whatever there is, or always one more."""
    pager = "".join(f'<a href="/tin?trang={n}">{n}</a> ' for n in range(1, 6))
    onward = '<a href="/tin?trang={}">Trang sau</a>'
    pages: dict[int, bytes | str] = {
        n: _on(n, f"<div>{pager if by_number else onward.format(n + 1)}</div>") for n in range(1, 4)
    }
    archived = _walked(portal, pages | {4: behind, 5: behind}, articles=15)
    number, verdict, told = _said(archived)
    assert (number, verdict) == (15, "unproven" if by_number else "complete")
    assert len(told) == by_number
    assert bool(problems(archived)) == by_number


def test_a_list_whose_pages_never_end_is_walked_whole(portal: Portal) -> None:
    """A theme of which no page has an end is no page that breaks off."""
    pages: dict[int, bytes | str] = {
        n: _on(n, _numbers(n, 3)).replace("</body></html>", "<div><table><tr><td>") for n in (1, 2)
    }
    last = _on(3, _numbers(3, 3)).replace("</body></html>", "<div><table>")
    assert _said(_walked(portal, pages | {3: last}, articles=15)) == (15, "complete", [])


def test_what_is_missing_of_a_list_is_not_forgotten_by_the_crawl_that_goes_on(
    portal: Portal,
) -> None:
    pages = lone(30)
    lists: dict[str, str] = {f"/tin?trang={n}": _on(n, _numbers(n, 6)) for n in range(1, 7)}
    start = bare("", '<ul class="menu-chinh"><li><a href="/tin?trang=1">Tin tức</a></li></ul>')
    served = {"/": start} | lists | pages | {"/tin?trang=3": listing([])}
    archived, _ = portal(lambda asked: of_pages(served)(asked))
    archived.crawl(*QUICK, "--limit", "12", code=None)
    archived.crawl(*QUICK, code=None)
    number, verdict, (reason,) = _said(archived)
    assert (number, verdict) == (25, "unproven")
    assert "trang=3: " in reason
    served |= lists
    let_pass(archived, days=4)
    archived.crawl(*QUICK, code=None)
    assert _said(archived) == (30, "complete", [])


def test_a_section_that_is_closed_today_is_told(portal: Portal) -> None:
    pages = {"/tin?trang=1": _on(1, _numbers(1, 2)), "/tin?trang=2": _on(2, _numbers(2, 2))}
    items = "".join(
        f'<li><a href="{path}">{name}</a></li>'
        for path, name in [("/tin?trang=1", "Tin tức"), ("/bao", "Báo"), ("/vao", "Đăng nhập")]
    )
    start = bare("", f'<ul class="menu-chinh">{items}</ul>')
    served = {"/": start, "/bao": NOTICE, "/vao": LOGIN} | pages | lone(10)
    archived, _ = portal(lambda asked: of_pages(served)(asked))
    archived.crawl(*QUICK, code=None)
    states = archived.rows("SELECT substr(url, -4) AS path, state FROM lists")
    assert {"path": "/bao", "state": "cut"} in states
    assert {"path": "/vao", "state": "other"} in states
    assert _said(archived)[:2] == (10, "unproven")
    served["/bao"] = bare("", "<h1>Báo huyện</h1><p>Chưa có bài nào.</p>")
    let_pass(archived, days=4)
    archived.crawl(*QUICK, code=None)
    assert _said(archived)[:2] == (10, "complete")


@pytest.mark.parametrize("goes_on", [True, False], ids=["with a list for people", "alone"])
def test_a_list_of_all_that_does_not_name_what_the_portal_shows_proves_nothing(
    portal: Portal, goes_on: bool
) -> None:
    pages = lone(20)
    newest = [*pages][::-1]
    pager = '<p><a href="/tin?trang=2">Trang sau</a></p>' if goes_on else ""
    lists = {"/": listing(newest[:5], pager), "/tin?trang=2": listing(newest[5:])}

    def answered(asked: Asked) -> bytes:
        if asked.path == "/sitemap.xml":  # somebody made it when there were eight
            items = listed([asked.url + path for path in [*pages][:8]])
            return answer(f"<urlset>{items}</urlset>", "text/xml")
        return of_pages(lists | pages)(asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    (row,) = archived.rows("SELECT complete, proof_at FROM coverage")
    assert held(archived) == (20 if goes_on else 13)
    assert (bool(row["complete"]), row["proof_at"]) == (goes_on, "")
    (told,) = [told for kind, told in problems(archived) if kind == "damaged"]
    assert told.endswith("stand in no sitemap, nor in REST: these do not list all there is")
    pages |= {f"/tin/bai-{n}.html": article(n) for n in (21, 22)}
    lists["/"] = listing([*pages][::-1][:5], pager)
    archived.crawl(*QUICK, code=None)
    assert held(archived) == (22 if goes_on else 15), "news is looked for where the portal shows it"
    (row,) = archived.rows("SELECT complete FROM coverage")
    assert bool(row["complete"]) == goes_on


def test_a_crawl_that_is_ended_before_it_is_done_believes_no_list_more(portal: Portal) -> None:
    pages = lone(20)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/sitemap.xml":
            items = listed([asked.url + path for path in [*pages][:8]])
            return answer(f"<urlset>{items}</urlset>", "text/xml")
        return of_pages({"/": listing([*pages][::-1][:5])} | pages)(asked)

    archived, _ = portal(answered)
    summary = archived.crawl(*QUICK, "--limit", "13", code=None)
    assert (summary["outcome"], held(archived)) == ("limit", 13)
    assert summary["verdict"] == "unproven"


def test_a_list_of_all_may_leave_out_a_page_or_two(portal: Portal) -> None:
    pages = lone(12)
    paths = [*pages]

    def answered(asked: Asked) -> bytes:
        if asked.path == "/sitemap.xml":
            items = listed([asked.url + path for path in paths[:10]])
            return answer(f"<urlset>{items}</urlset>", "text/xml")
        return of_pages({"/": listing(paths[8:])} | pages)(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK)
    assert held(archived) == 12
    assert not problems(archived)
    assert "/page/2/" not in server.asked, "no other list is walked for that"


def test_a_box_of_addresses_is_a_pager(portal: Portal) -> None:
    def box(own: int) -> str:
        options = "".join(
            f'<option value="/tin?trang={n}"{" selected" if n == own else ""}>{n}</option>'
            for n in range(1, 4)
        )
        return f'<div>Trang <select onchange="location=this.value">{options}</select></div>'

    archived = _walked(portal, {n: _on(n, box(n)) for n in range(1, 4)}, articles=15)
    assert _said(archived) == (15, "complete", [])


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("Trang {n}/5", "its last page calls itself page 3 of 5"),
        ("Trang: {n} / 3", None),
        ("Trang số {n} trên tổng số 5", "its last page calls itself page 3 of 5"),
        ("Trang {n}/6/2024", None),
        ("Showing {first} to {last} of 30 entries", "its last page shows article 15 of 30"),
        ("Bài {first}–{last} / 30", "its last page shows article 15 of 30"),
        ("Điều 1/6", None),
        ("Nghĩa trang 2/9", None),
        ("Hiển thị {first} - {last} trong tổng số 40", "its last page shows article 15 of 40"),
        ("Hiển thị {first} đến {last} của 15", None),
        ("Tổng số: 40 bài viết", "it says that it has 40 articles, and names 15"),
        ("Tổng số: 1.234 tin", "it says that it has 1234 articles, and names 15"),
        ("Tổng số: 17 bài viết", None),
        ("Tổng số lượt truy cập: 12.345", None),
        ("Từ 1-5/12 các xã có 40 bài viết", None),
    ],
)
def test_a_list_that_says_that_it_has_more_than_it_names_proves_nothing(
    portal: Portal, claim: str, told: str | None
) -> None:
    pages: dict[int, bytes | str] = {
        n: _on(n, "<p>" + claim.format(n=n, first=5 * n - 4, last=5 * n) + "</p>" + _numbers(n, 3))
        for n in range(1, 4)
    }
    archived = _walked(portal, pages, articles=15)
    assert _said(archived) == (15, "unproven" if told else "complete", [told] if told else [])


def test_a_crawl_that_goes_on_does_not_count_what_an_earlier_one_has_seen(portal: Portal) -> None:
    lists = {f"/tin?trang={n}": _on(n, f"Tổng số: 30 tin {_numbers(n, 6)}") for n in range(1, 7)}
    start = bare("", '<ul class="menu-chinh"><li><a href="/tin?trang=1">Tin tức</a></li></ul>')
    archived, _ = portal(of_pages({"/": start} | lists | lone(30)))
    archived.crawl(*QUICK, "--limit", "12", code=None)
    archived.crawl(*QUICK, code=None)
    assert _said(archived) == (30, "complete", [])


def test_sections_that_a_box_or_a_map_offers_are_walked(portal: Portal) -> None:
    pages = lone(15)
    paths = [*pages]
    offered = (
        '<select onchange="location=this.value"><option value="">Chọn xã</option>'
        '<option value="/xa/na-ma">Xã Nà Mạ</option><option value="3">Khác</option></select>'
        '<select name="lien-ket"><option value="https://tinh.example/">Tỉnh</option></select>'
        '<map name="ban-do"><area href="/xa/coc-lung" alt="Cốc Lùng" coords="0,0,9,9"></map>'
    )
    lists = {
        "/": listing(paths[:5], offered),
        "/xa/na-ma": listing(paths[5:10]),
        "/xa/coc-lung": listing(paths[10:]),
    }
    archived, server = portal(of_pages(lists | pages))
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 15
    assert "/3" not in server.asked


def test_sections_of_a_section_are_walked_which_only_its_own_menu_names(portal: Portal) -> None:
    pages = lone(15)
    paths = [*pages]

    def menu(*links: str) -> str:
        return "".join(f'<div class="menu"><a href="{link}">Mục</a></div>' for link in links)

    lists = {
        "/": listing(paths[:5], menu("/tin")),
        "/tin": listing(paths[5:10], menu("/tin/xa", "/lich-cong-tac")),
        "/tin/xa": listing(paths[10:], menu("/tin")),
    }
    archived, server = portal(of_pages(lists | pages))
    archived.crawl(*QUICK, code=None)
    assert held(archived) == 15
    assert "/lich-cong-tac" not in server.asked


def _sectioned(
    portal: Portal, start: str, sections: dict[str, str]
) -> tuple[Archived, dict[str, str]]:
    """Crawl a portal of a paged list and some sections beside it, five articles each; return its
    pages, too.
    """
    lists = {f"/tin?trang={n}": _on(n, _numbers(n, 2)) for n in (1, 2)}
    for n, (path, menu) in enumerate(sections.items(), 3):
        lists[path] = _on(n, menu)
    menu = f'<ul class="menu"><li><a href="/tin?trang=1">Tin tức</a></li></ul>{start}'
    pages = {"/": _on(1, menu)} | lists | lone(5 * (2 + len(sections)))
    archived, _ = portal(lambda asked: of_pages(pages)(asked))
    archived.crawl(*QUICK, code=None)
    return archived, pages


def test_sections_that_a_box_or_a_map_leads_to_are_walked(portal: Portal) -> None:
    start = (
        '<select onchange="location=this.value"><option value="">Chọn xã</option>'
        '<option value="/xa/na-ma">Xã Nà Mạ</option><option value="12">Số 12</option>'
        '<option value="http://khac.example/xa/lung-ca">Nơi khác</option></select>'
        '<map name="ban-do"><area shape="rect" coords="0,0,9,9" href="/xa/coc-lung"></map>'
    )
    archived, _ = _sectioned(portal, start, {"/xa/na-ma": "", "/xa/coc-lung": ""})
    assert _said(archived) == (20, "complete", [])


def test_sections_that_only_a_section_names_are_walked(portal: Portal) -> None:
    def menu(*paths: str) -> str:
        items = "".join(f'<li><a href="{path}">Mục {path[-2:]}</a></li>' for path in paths)
        return f'<ul class="menu">{items}</ul>'

    sections = {
        "/xa": menu("/xa/bac", "/xa/nam?in=1", "/xa/nam?kieu=rss"),
        "/xa/bac": menu("/xa/bac/na-ma", "/xa"),
        "/xa/bac/na-ma": menu("/xa"),
    }
    archived, pages = _sectioned(portal, menu("/xa"), sections)
    assert _said(archived) == (25, "complete", [])
    let_pass(archived, days=4)
    archived.crawl(*QUICK, code=None)
    assert _said(archived) == (25, "complete", [])
    news = [f"/tin/bai-{n}.html" for n in (26, 27)]
    pages |= {news[0]: article(26), news[1]: article(27)}
    pages["/"] = pages["/"].replace("<h3>", f'<h3><a href="{news[0]}">Tin mới</a></h3><h3>', 1)
    for path in news:
        item = f'<h3><a href="{path}">Tin mới</a></h3><h3>'
        pages["/xa/bac/na-ma"] = pages["/xa/bac/na-ma"].replace("<h3>", item, 1)
    archived.crawl(*QUICK, code=None)
    assert _said(archived) == (27, "complete", []), "what the start page does not show, too"
    lists = archived.rows("SELECT state FROM lists WHERE url LIKE '%/xa%'")
    assert [row["state"] for row in lists] == ["walked"] * 3


def _dated(number: int) -> str:
    """Return the page of an article of a day that is the later, the higher its number."""
    day = f"{number % 27 + 1:02}"
    return article(number).replace(f"{day}/03/2019", f"{day}/{number // 27 + 3:02}/2019")


@pytest.mark.parametrize("are_kept_up", [False, True], ids=["forgotten", "kept up"])
def test_a_sitemap_that_nobody_keeps_up_hides_no_news(portal: Portal, are_kept_up: bool) -> None:
    numbers = [*range(1, 81)]
    listed_until = 80

    def answered(asked: Asked) -> bytes:
        pages = {f"/tin/bai-{n}.html": _dated(n) for n in numbers}
        newest = [*pages][::-1]
        if asked.path == "/sitemap.xml":
            items = listed([asked.url + path for path in [*pages][:listed_until]])
            return answer(f"<urlset>{items}</urlset>", "text/xml")
        pager = '<p><a href="/tin?trang=2">Trang sau</a></p>'
        lists = {"/": listing(newest[:3], pager), "/tin?trang=2": listing(newest[3:])}
        return of_pages(lists | pages)(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK)
    assert _said(archived) == (80, "complete", [])
    server.asked.clear()
    archived.crawl(*QUICK)
    assert "/" not in server.asked, "it was asked today"
    numbers += [81, 82, 83, 84]
    listed_until = 84 if are_kept_up else 80
    with sqlite3.connect(archived.db) as db:
        db.execute("UPDATE urls SET tried_at = '2025-01-02T03:04:05Z' WHERE url LIKE '%1:_____/'")
    server.asked.clear()
    archived.crawl(*QUICK, code=None)
    assert "/" in server.asked
    assert _said(archived) == (84, "complete", [])
    assert ("/tin?trang=2" in server.asked) is not are_kept_up
    told = [words for kind, words in problems(archived) if kind == "damaged"]
    assert told == ([] if are_kept_up else [told[0]])


def test_a_feed_that_is_the_same_on_all_its_pages_ends_and_proves_nothing(portal: Portal) -> None:
    pages = lone(15)

    def answered(asked: Asked) -> bytes:
        if asked.path == "/feed/":
            items = "".join(f"<item><link>{asked.url}{path}</link></item>" for path in [*pages][5:])
            return answer(f"<rss><channel>{items}</channel></rss>", "text/xml")
        return of_pages({"/": listing([*pages][10:])} | pages)(asked)

    archived, server = portal(answered)
    summary = archived.crawl(*QUICK, code=None)
    assert (summary["outcome"], held(archived)) == ("finished", 10)
    assert not summary["complete"]
    assert len([path for path in server.asked if path.startswith("/feed/")]) <= 3


def test_a_feed_is_not_ended_by_what_another_one_has_named(portal: Portal) -> None:
    """The one shows the newest whatever page is asked for, the other a section, page by page."""
    pages = lone(25)
    newest = [*pages][::-1]

    def feed(asked: Asked, some: list[str]) -> bytes:
        items = "".join(f"<item><link>{asked.url}{path}</link></item>" for path in some)
        return answer(f"<rss><channel>{items}</channel></rss>", "text/xml")

    def answered(asked: Asked) -> bytes:
        own = int(asked.target.rpartition("paged=")[2]) if "paged=" in asked.target else 1
        if asked.path == "/feed/":
            return feed(asked, newest[:15])
        if asked.path == "/tin/feed/":
            some = newest[5 * own - 5 : 5 * own]
            return feed(asked, some) if some else answer("", status="404 Not Found")
        head = "".join(
            f'<link rel="alternate" type="application/rss+xml" href="{path}">'
            for path in ("/feed/", "/tin/feed/")
        )
        return of_pages({"/": listing(newest[:3], head=head)} | pages)(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=None)
    assert len([path for path in server.asked if path.startswith("/feed/")]) <= 4
    assert held(archived) == 25
