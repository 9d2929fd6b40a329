"""A list for people of which a page is not what its pager says: what stood there is not known."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from crawler.readers import read_page
from crawler.routes import listing as list_route
from crawler.vocabulary import PageKind
from tests.makers import stories
from tests.raw import NOT_FOUND, QUICK, Asked, Portal, answer, held, listing, lone, of_pages
from tests.test_passwords import ASKS_WHO

PER, LAST = 5, 6
PAGES = lone(PER * LAST)
NEWEST = [*PAGES][::-1]
MENU = '<ul class="menu"><li><a href="/tin">Tin tức</a></li></ul>'


def pager(own: int, last: int = LAST) -> str:
    """Return the numbers beside that of a page, two on each side."""
    near = range(max(1, own - 2), min(last, own + 2) + 1)
    numbers = "".join(
        f"<b>{n}</b>" if n == own else f'<a href="/tin?trang={n}">{n}</a>' for n in near
    )
    return f'<div class="so-trang">{numbers}</div>'


def page(own: int, more: str | None = None) -> str:
    """Return a page of the list; *more* stands in the place of its pager."""
    return listing(NEWEST[PER * (own - 1) : PER * own], pager(own) if more is None else more)


Answer = Callable[[Asked], bytes]


def portal_with(numbers: dict[int, bytes], pager_of: Callable[[int], str] | None = None) -> Answer:
    """Return the answers of a portal, some pages of whose list are others."""

    def answered(asked: Asked) -> bytes:
        if asked.path == "/tin":
            own = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
            if own in numbers:
                return numbers[own]
            return answer(page(own, pager_of(own) if pager_of else None))
        return of_pages({"/": listing(NEWEST[:3], MENU)} | PAGES)(asked)

    return answered


NOTICE = "<title>Thông báo</title><p>Trang này đang được cập nhật nội dung.</p>"
GAPS = {
    "a notice": answer(NOTICE),
    "nothing": answer("<title>Huyện Mẫu</title>"),
    "a login": answer(ASKS_WHO),
    "not found": NOT_FOUND,
    "broken": answer("", status="500 Internal Server Error"),
    "forbidden": answer("", status="403 Forbidden"),
    "closed": answer("<title>Bảo trì</title><h1>Hệ thống đang bảo trì</h1>"),
    "an empty list": answer(listing([], MENU)),
    "the page before it": answer(page(2)),
    "the first page": answer(page(1)),
}


@pytest.mark.parametrize("gap", GAPS)
def test_what_stands_behind_a_gap_in_a_list_is_walked_and_the_list_is_not_whole(
    portal: Portal, gap: str
) -> None:
    numbers = {3: GAPS[gap]}
    archived, server = portal(portal_with(numbers))
    archived.crawl(*QUICK, code=1)
    assert archived.urls() == {server.url + path for path in [*NEWEST[:10], *NEWEST[15:]]}
    (cut,) = archived.rows("SELECT url, reason FROM lists WHERE state = 'cut'")
    assert cut["url"] == server.url + "/tin"
    assert cut["reason"].startswith(f"its page {server.url}/tin?trang=3: ")
    assert archived.rows("SELECT verdict, unwalked FROM coverage") == [
        {"verdict": "unproven", "unwalked": 1}
    ]
    numbers.clear()
    with closing(sqlite3.connect(archived.db)) as connection, connection:
        connection.execute("UPDATE routes SET looked_at = '2020-01-01T00:00:00Z'")
    archived.crawl(*QUICK)
    assert held(archived) == len(PAGES)
    assert archived.rows("SELECT verdict FROM coverage") == [{"verdict": "complete"}]


@pytest.mark.parametrize("gap", ["a notice", "the page before it", "an empty list"])
def test_a_list_whose_last_pages_are_gaps_is_not_whole(portal: Portal, gap: str) -> None:
    archived, server = portal(portal_with({5: GAPS[gap], 6: GAPS[gap]}))
    archived.crawl(*QUICK, code=1)
    assert held(archived) == 20
    assert 1 <= server.asked.count("/tin?trang=6") <= 3
    assert archived.rows("SELECT verdict FROM coverage") == [{"verdict": "unproven"}]


def test_a_page_that_breaks_off_cuts_its_list_and_what_follows_is_walked(portal: Portal) -> None:
    whole = page(3)
    cut = whole[: whole.index("</h3>", whole.index("<h3>") + 400)]
    archived, server = portal(portal_with({3: answer(cut)}))
    archived.crawl(*QUICK, code=1)
    assert {server.url + path for path in [*NEWEST[:10], *NEWEST[15:]]} <= archived.urls()
    assert archived.rows("SELECT verdict FROM coverage") == [{"verdict": "unproven"}]


def test_a_page_that_words_alone_name_ends_its_list_where_it_is_empty(portal: Portal) -> None:
    """Many a portal shows "Trang sau" on its last page, too."""
    archived, _ = portal(
        portal_with(
            {LAST + 1: answer(listing([], MENU))},
            lambda own: f'<a href="/tin?trang={own + 1}">Trang sau</a>',
        )
    )
    archived.crawl(*QUICK)
    assert held(archived) == len(PAGES)
    assert archived.rows("SELECT verdict FROM coverage") == [{"verdict": "complete"}]


def test_a_page_whose_articles_stand_in_a_box_beside_each_page_is_no_gap(portal: Portal) -> None:
    box = "".join(f'<h3><a href="{path}">Tin nổi bật: {path}</a></h3>' for path in NEWEST[-7:])
    archived, _ = portal(portal_with({}, lambda own: pager(own) + box))
    archived.crawl(*QUICK)
    assert held(archived) == len(PAGES)
    assert archived.rows("SELECT verdict FROM coverage") == [{"verdict": "complete"}]


@pytest.mark.parametrize("gap", ["a notice", "an empty list"])
def test_a_gap_beside_which_stands_such_a_box_is_one(portal: Portal, gap: str) -> None:
    box = "".join(f'<h3><a href="{path}">Tin nổi bật: {path}</a></h3>' for path in NEWEST[-7:])
    with_box = {"a notice": answer(NOTICE + box), "an empty list": answer(listing([], box))}
    archived, _ = portal(portal_with({3: with_box[gap]}, lambda own: pager(own) + box))
    archived.crawl(*QUICK, code=1)
    assert held(archived) == len(PAGES) - PER
    assert archived.rows("SELECT verdict FROM coverage") == [{"verdict": "unproven"}]


def test_a_list_that_leads_back_goes_on_where_its_numbers_do(portal: Portal) -> None:
    back = '<a rel="next" href="/tin?trang=1">Trang sau</a>'
    archived, _ = portal(portal_with({}, lambda own: (back if own == 4 else "") + pager(own)))
    archived.crawl(*QUICK, code=None)
    assert held(archived) == len(PAGES)


@pytest.mark.parametrize(
    "choices",
    [
        "<select onchange=\"location.href='/tin?trang='+this.value\">{numbers}</select>",
        '<select onchange="location = this.value">{addresses}</select>',
        '<select onchange="window.location=this.options[this.selectedIndex].value">{addresses}'
        "</select>",
    ],
)
def test_the_options_of_a_pager_are_followed(portal: Portal, choices: str) -> None:
    def of(own: int) -> str:
        numbers, addresses = (
            "".join(
                f'<option value="{value}{n}"{" selected" * (n == own)}>{n}</option>'
                for n in range(1, LAST + 1)
            )
            for value in ("", "/tin?trang=")
        )
        return "Trang " + choices.format(numbers=numbers, addresses=addresses)

    archived, _ = portal(portal_with({}, of))
    archived.crawl(*QUICK)
    assert held(archived) == len(PAGES)
    assert archived.rows("SELECT verdict FROM coverage") == [{"verdict": "complete"}]


BOX = '<select onchange="{}"><option value="/tin?trang=1">1</option><option value="{}">2</option>'


@pytest.mark.parametrize(
    "box",
    [BOX.format("location=this.value", "//ke.example/2"),
     "<select onchange=\"location='/nam/'+this.value\"><option>Năm</option><option>2</option>"],
)  # fmt: skip
def test_other_options_are_no_pager(box: str) -> None:
    body = page(1, box + "</select>").encode()
    read = list_route.read(body, "https://huyen.example/tin?trang=1", {})
    assert read is not None
    assert read.next_url is None


# Lists without headings


def teasers(box: str, count: int = 8, heading: str = "<h2>Tin tức</h2>") -> bytes:
    """Return a page that lists articles in boxes of a kind."""
    some = "".join(
        box.format(
            url=f"/ban-tin/bai-{n}.html", title=one.title, day=f"{one.date:%d/%m/%Y}",
            said=one.paragraphs[0][:110] if one.paragraphs else one.lead,
        )
        for n, one in enumerate(stories(3, count))
    )  # fmt: skip
    return (
        '<html lang="vi"><head><meta charset="utf-8"><title>Tin tức | Huyện Mẫu</title></head>'
        f'<body><div class="top"><a href="/">Trang chủ</a></div>{heading}'
        f'<div class="ds">{some}</div><footer>Ủy ban nhân dân huyện Mẫu</footer></body></html>'
    ).encode()


BOXES = [
    '<div class="o"><a href="{url}">{title}</a> <i>({day})</i><div>{said}...</div></div>',
    '<li><a href="{url}"><img src="/a.jpg"></a><a href="{url}">{title}</a><p>{said}</p></li>',
    "<table><tr><td><a href='{url}'>{title}</a><br>{said}</td></tr></table>",
    '<article><p><a href="{url}"><b>{title}</b></a></p><p>{day}</p><p>{said}</p></article>',
]


@pytest.mark.parametrize("box", BOXES)
def test_boxes_with_a_title_that_is_a_link_and_few_words_are_a_list(box: str) -> None:
    read = read_page(teasers(box), "https://huyen.example/tin-tuc", cms="generic")
    assert read.kind == PageKind.LISTING
    assert read.links == tuple(f"https://huyen.example/ban-tin/bai-{n}.html" for n in range(8))


@pytest.mark.parametrize("box", BOXES)
def test_an_article_above_such_boxes_is_one(box: str) -> None:
    text = "".join(f"<p>{p}</p>" for one in stories(9, 2) for p in one.paragraphs * 3)
    name = "Xã Nà Mạ khánh thành cầu treo dài trăm mét"
    body = teasers(box, 5, f"<h1>{name}</h1><p>Ngày đăng: 05/06/2020</p><div>{text}</div>")
    body = body.replace("Tin tức | Huyện Mẫu".encode(), name.encode())
    read = read_page(body, "https://huyen.example/ban-tin/bai-40.html", cms="generic")
    assert read.kind == PageKind.ARTICLE
    assert read.article is not None
    assert read.article.title == name
