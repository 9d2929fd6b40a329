"""A portal that shows no article on the day it is met is crawled whole on a later one."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.connection import Connection
from archive.schema import migrations
from crawler.appraisal import judge
from crawler.readers import read_page
from crawler.vocabulary import Discovery, PageKind, Reason, State
from tests.content import in_the_next_second
from tests.makers import stories
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Asked, Portal, answer, held, listing, lone, of_pages
from tests.test_passwords import ASKS_WHO

COUNT = 24
CLOSED = (
    "<title>Bảo trì</title><h1>Hệ thống đang bảo trì</h1><p>Website đang được nâng cấp, mời quý vị "
    "quay lại sau ít phút nữa.</p>"
)


STORIES = [one for one in stories(5, 2 * COUNT) if len(one.paragraphs) > 2][COUNT - 1 :: -1]
PATHS = [f"/tin/bai-{n}.html" for n in range(COUNT)]
NEWEST = PATHS[:-7:-1]


def page(title: str, inner: str) -> str:
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body><div class="top"><a href="/">Trang chủ</a></div>{inner}'
        '<div class="foot">Bản quyền thuộc Ủy ban nhân dân huyện Mẫu</div></body></html>'
    )


def article(number: int) -> str:
    """Return the page of an article, with links to its neighbours."""
    story = STORIES[number]
    older = f'<a href="{PATHS[number - 1]}">Bài trước</a>' if number else ""
    newer = f' <a href="{PATHS[number + 1]}">Bài tiếp theo</a>' if number + 1 < COUNT else ""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in story.paragraphs)
    inner = (
        f'<h1>{story.title}</h1><p class="ngay">Ngày đăng: {story.date:%d/%m/%Y}</p>'
        f'<div class="bai">{text}</div><div class="ke">{older}{newer}</div>'
    )
    return page(story.title, inner)


def plain_list() -> str:
    """Return a start page that lists articles by nothing but links, which no reader knows."""
    items = "".join(
        f'<li><a href="{path}">{story.title}</a> <span>{story.date:%d/%m/%Y}</span></li>'
        for path, story in zip(NEWEST, STORIES[::-1], strict=False)
    )
    return page("Huyện Mẫu", f"<h2>Tin mới</h2><ul>{items}</ul>")


GOOD = of_pages({path: article(n) for n, path in enumerate(PATHS)} | {"/": plain_list()})


def _everywhere(body: str | bytes) -> Callable[[Asked], bytes]:
    return lambda asked: answer(body)


def _beside(others: bytes, *good: str) -> Callable[[Asked], bytes]:
    return lambda asked: GOOD(asked) if asked.path in ("/", *good) else others


BAD_DAYS: dict[str, Callable[[Asked], bytes]] = {
    "logins": _everywhere(ASKS_WHO),
    "closed": _everywhere(CLOSED),
    "empty": _everywhere("<html><head><title>Huyện Mẫu</title></head><body></body></html>"),
    "articles are logins": _beside(answer(ASKS_WHO)),
    "articles are gone": _beside(NOT_FOUND),
    "articles are forbidden": _beside(answer("", status="403 Forbidden")),
    "articles lead to the start": _beside(answer("", None, "302 Found", "Location: /")),
    "the start page everywhere": _everywhere(plain_list()),
    "two articles": _beside(answer(ASKS_WHO), *NEWEST[:2]),
}


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_portal_that_was_met_on_a_bad_day_is_held_whole_later(portal: Portal, day: str) -> None:
    bad = True

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        return BAD_DAYS[day](asked) if bad else GOOD(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=1)
    assert held(archived) <= 2
    bad = False
    archived.crawl(*QUICK)
    assert held(archived) == COUNT
    assert not archived.rows("SELECT * FROM signs WHERE sign IN ('no article', 'no links')")
    server.asked.clear()
    archived.crawl(*QUICK)
    assert len(server.asked) <= 4, "what is learnt is not learnt again"


def test_a_portal_that_teaches_nothing_is_not_asked_for_the_same_pages_for_ever(
    portal: Portal,
) -> None:
    """One article of it is held, since a general reader knows it; its list stays unread."""
    alone = re.sub(r'<div class="ke">.*?</div>', "", article(COUNT - 1))
    first = of_pages({NEWEST[0]: alone})

    def answered(asked: Asked) -> bytes:
        if asked.path in ("/robots.txt", NEWEST[0]):
            return first(asked)
        unwritten = f"<title>Huyện Mẫu</title><p>Đang cập nhật {asked.path}.</p>"
        return answer(unwritten) if asked.path in NEWEST else GOOD(asked)

    archived, server = portal(answered)
    archived.crawl(*QUICK, code=1)
    assert archived.rows("SELECT sign FROM signs WHERE sign = 'no links'")
    server.asked.clear()
    in_the_next_second()
    archived.crawl(*QUICK, code=1)
    assert not {*NEWEST[1:]} & {*server.asked}


def test_what_a_list_names_before_it_unwritten_is_asked_for_again_for_a_month(
    portal: Portal,
) -> None:
    pages = lone(8)
    unwritten = next(iter(pages))
    good = of_pages(pages | {"/": listing([*pages])})
    empty = answer("<title>Huyện Mẫu</title><p>Đang cập nhật.</p>")
    written = False

    def answered(asked: Asked) -> bytes:
        return empty if asked.path == unwritten and not written else good(asked)

    archived, server = portal(answered)

    def after(days: int) -> float | None:
        """Crawl so many days after the address was found; return how long it is not asked for."""
        with closing(sqlite3.connect(archived.db)) as connection, connection:
            connection.execute(
                "UPDATE urls SET found_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?), "
                "next_try_at = min(next_try_at, tried_at) WHERE state = 'not_article'",
                [f"-{days} days"],
            )
        server.asked.clear()
        archived.crawl(*QUICK, code=None)
        (row,) = archived.rows(
            "SELECT julianday(next_try_at) - julianday(tried_at) AS days FROM urls "
            "WHERE state = 'not_article' AND reason = 'other'"
        )
        return row["days"] and round(row["days"])

    archived.crawl(*QUICK, code=None)
    assert [after(0), after(5), after(29), after(31)] == [1, 5, 29, None]
    assert unwritten in server.asked
    written = True
    archived.crawl(*QUICK, "--full", code=None)
    assert held(archived) == len(pages)


# A login in the place of what a list names


def login(url: str) -> tuple[State, str | None]:
    page = read_page(ASKS_WHO, url, cms="generic")
    assert page.kind == PageKind.LOGIN
    return judge(page, Discovery.LISTING)[:2]


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("tin/bai-24.html", State.REFUSED),
        ("huong-dan-dang-nhap-dich-vu-cong-24.html", State.REFUSED),
        ("", State.REFUSED),
        ("dang-nhap", State.NOT_ARTICLE),
        ("vi/users/login/", State.NOT_ARTICLE),
        ("Login.aspx?ReturnUrl=%2F", State.NOT_ARTICLE),
        ("index.php?language=vi&nv=users", State.NOT_ARTICLE),
        ("wp-login.php", State.NOT_ARTICLE),
    ],
)
def test_a_login_is_a_refusal_unless_its_address_says_that_it_is_one(
    address: str, state: State
) -> None:
    reason = Reason.LOGIN if state == State.REFUSED else PageKind.LOGIN
    assert login(f"http://huyen.example/{address}") == (state, reason)


def test_what_a_list_names_and_was_a_login_is_missing_until_it_is_had(portal: Portal) -> None:
    bad = True

    def answered(asked: Asked) -> bytes:
        is_shut = bad and asked.path.startswith("/tin/") and asked.path not in NEWEST[:5]
        return answer(ASKS_WHO) if is_shut else GOOD(asked)

    archived, _ = portal(answered)
    archived.crawl(*QUICK, code=None)
    (row,) = archived.rows("SELECT * FROM urls WHERE state = 'refused'")
    assert (row["url"][-16:], row["reason"]) == ("/tin/bai-18.html", Reason.LOGIN)
    tried, again = (datetime.fromisoformat(row[name]) for name in ("tried_at", "next_try_at"))
    assert again - tried == timedelta(days=1)
    bad = False
    with closing(sqlite3.connect(archived.db)) as connection, connection:
        connection.execute("UPDATE urls SET next_try_at = tried_at WHERE state = 'refused'")
    archived.crawl(*QUICK)
    assert held(archived) == COUNT


def test_an_older_archive_asks_for_what_was_a_login_once_more(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    row = "INSERT INTO urls (site, url, urlkey, found_by, found_at, state, reason) VALUES "
    with closing(sqlite3.connect(path)) as connection:
        db = Connection(connection)
        migrations.apply(db, stop_before="doubt_logins")
        db.execute("INSERT INTO sites (key, name, cms, base_url) VALUES ('test', 'T', 'x', 'x')")
        for name, reason in (("a", "login"), ("b", "other"), ("c", "listing")):
            of_it = [name, name, reason]
            db.execute(f"{row} ('test', ?, ?, 'listing', '2026', 'not_article', ?)", of_it)
        connection.commit()
    with Archive.open(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        waiting = connection.execute("SELECT url FROM urls WHERE state = 'waiting'").fetchall()
    assert waiting == [("a",)]
