"""An article behind a password is named as that, whatever made its page."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from crawler.profiles.profile import Profile, Rule
from crawler.readers import CMS, read_page
from crawler.vocabulary import Discovery, PageKind, Reason
from demo.faults import Fault, Faults
from demo.portal import Portal
from tests.conftest import Archived, Serve

URL = "https://huyen.example/tin/ke-hoach-noi-bo-17.html"
FOOTER = "Cơ quan của Đảng bộ, chính quyền và nhân dân huyện, trụ sở tại thị trấn Bản Mẫu."
TEXT = "<p>Sáng nay, xã khởi công con đường bê tông đầu tiên vào bản, dài hai cây số rưỡi.</p>" * 5
ASKS = (
    '<form method="post" action="/xem"><p>Bài này dành cho cán bộ. Nhập mật khẩu để xem tiếp:</p>'
    '<p><input type="hidden" name="bai" value="17"><label>Mật khẩu: <input type="password"></label>'
    '<input type="submit" value="Xem"></p></form>'
)
OF_CORE = ASKS.replace(
    'action="/xem"', 'class="post-password-form" action="/wp-login.php?action=postpass"'
)
LOGIN = ASKS.replace('type="hidden"', 'type="text"')
PROFILE = Profile(name="learnt", title=(Rule("h1"),), content=(Rule("div.bai"),))


def page(content: str, beside: str = "") -> bytes:
    return (
        "<!DOCTYPE html><html lang=vi><head><meta charset=utf-8><title>Kế hoạch</title></head>"
        f"<body><aside>{beside}</aside><h1>Kế hoạch nội bộ</h1>"
        '<time class="ngay" datetime="2023-04-05">05/04/2023</time>'
        f'<div class="bai">{content}</div><p>Bởi Ban Biên tập</p>'
        '<p><a href="/tin/truoc-16.html" rel="prev">Tin trước</a></p>'
        f"<div class=chan>{FOOTER}</div></body></html>"
    ).encode()


@pytest.mark.parametrize("profile", [None, PROFILE], ids=["general", "learnt"])
@pytest.mark.parametrize("asks", [ASKS, OF_CORE], ids=["any", "core"])
def test_a_page_that_asks_for_a_password_alone_is_no_article(
    asks: str, profile: Profile | None
) -> None:
    read = read_page(page(asks), URL, cms="generic", profile=profile)
    assert read.kind == PageKind.PROTECTED
    assert read.article is None
    assert "form" in read.evidence["kind"]
    assert read.prev_url == "https://huyen.example/tin/truoc-16.html"


@pytest.mark.parametrize("cms", ["wordpress", "newspaper", "joomla", "nukeviet"])
def test_every_family_says_so(cms: str) -> None:
    assert cms in CMS
    assert read_page(page(OF_CORE), URL, cms=cms).kind == PageKind.PROTECTED


@pytest.mark.parametrize("profile", [None, PROFILE], ids=["general", "learnt"])
@pytest.mark.parametrize(
    ("content", "beside"),
    [
        (TEXT + ASKS, ""),
        (TEXT, ASKS),
        (TEXT, LOGIN),
        (TEXT[: len(TEXT) // 5] + LOGIN, ""),
        (TEXT[: len(TEXT) // 5], ASKS),
    ],
    ids=["a part of it", "beside", "login beside", "login below", "beside few words"],
)
def test_an_article_with_such_a_form_is_one(
    content: str, beside: str, profile: Profile | None
) -> None:
    read = read_page(page(content, beside), URL, cms="generic", profile=profile)
    assert read.kind == PageKind.ARTICLE
    assert read.article
    assert read.article.body.startswith("Sáng nay")


ASKS_WHO = (
    '<html lang="vi"><head><meta charset="utf-8"><title>Đăng nhập</title></head><body>'
    '<h1>Đăng nhập hệ thống</h1><form method="post"><input name="ten"><input type="password">'
    "</form></body></html>"
).encode()


@pytest.fixture
def shut(serve: Serve) -> Archived:
    """A portal that was crawled while its newest article, which lists name, asked for a login."""
    portal = Portal.scaled(8, page_bytes=0)
    newest = max(portal.posts, key=lambda post: post.published_at)
    faults = Faults(paths={newest.path: Fault(body=ASKS_WHO, first=1)})
    archived = serve(portal, faults)
    archived.crawl()
    return archived


def test_a_login_in_the_place_of_an_article_is_a_refusal_however_it_was_named_first(
    shut: Archived,
) -> None:
    sql = "SELECT state, reason, found_by, in_list, tried_at, next_try_at FROM urls"
    (row,) = shut.rows(f"{sql} WHERE state = 'refused'")
    assert (row["reason"], row["found_by"], row["in_list"]) == (Reason.LOGIN, Discovery.REST, 1)
    waits = datetime.fromisoformat(row["next_try_at"]) - datetime.fromisoformat(row["tried_at"])
    assert waits == timedelta(days=1)
    assert shut.crawl()["held"] == 7, "within a day nobody asks"
    with closing(sqlite3.connect(shut.db)) as connection, connection:
        connection.execute("UPDATE urls SET next_try_at = tried_at WHERE state = 'refused'")
    assert shut.crawl()["held"] == 8
