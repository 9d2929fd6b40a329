"""Quarantine: what is served in an article's place is kept, set aside, explained, never shown."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from demo.faults import Fault, Faults
from demo.portal import Portal
from tests.conftest import Archived, Run, Serve, run
from tests.fixtures import FOLDER

STAND_INS = {
    "challenge/cloudflare_managed": "challenge",
    "challenge/recaptcha_litespeed": "challenge",
    "closed/hosting_expired": "closed",
    "closed/cpanel_suspended": "closed",
    "shell/react_root": "empty",
    "shell/nothing_at_all": "empty",
}
"""Pages that are served with status 200 in the place of an article, and their flags."""

SPAM = (
    "Nhà cái uy tín số 1 Việt Nam, đăng ký nhận ngay 188k tiền cược miễn phí. Casino trực tuyến, "
    "nổ hũ đổi thưởng, tài xỉu online, xóc đĩa, lô đề siêu tốc, cá cược bóng đá kèo nhà cái.\n\n"
    "Link vào nhà cái mới nhất không bị chặn, nạp rút nhanh trong 5 phút. Game bài đổi thưởng, "
    "slot game jackpot, bắn cá đổi thưởng, đá gà trực tiếp.\n\n"
) * 4


def commanded(archived: Archived, *arguments: str | int) -> Run:
    folder = str(archived.folder / "sites")
    command, *rest = map(str, arguments)
    return run(command, "--db", archived.db, *rest, TINHUYEN_SITES=folder)


def quarantined(archived: Archived) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = commanded(archived, "quarantine", "test", "--json").json()
    return rows


def shown(archived: Archived) -> list[dict[str, Any]]:
    columns = "url, title, lead, body, body_html, author, published_at, revision, text_sha256"
    return archived.rows(f"SELECT {columns} FROM articles ORDER BY url")


@pytest.fixture
def portal() -> Portal:
    return Portal.scaled(6, page_bytes=0)


def stand_in(name: str) -> Fault:
    return Fault(body=(FOLDER / "suspicion" / f"{name}.html").read_bytes())


def test_an_article_turned_into_gambling_spam_stays_as_it_was(serve: Serve, portal: Portal) -> None:
    archived = serve(portal)
    archived.crawl()
    before = shown(archived)
    victim = portal.newest[2]
    portal.edit(victim.slug, title="Nhà cái uy tín: casino trực tuyến, nổ hũ đổi thưởng", body=SPAM)
    for crawls in (1, 2):
        summary = archived.crawl("--full", code=1)
        assert summary["failed"] == 1
        assert shown(archived) == before
        assert len(quarantined(archived)) == crawls
    row, _ = quarantined(archived)
    assert row["url"].endswith(f"/{victim.slug}/")
    assert (row["flags"], row["site"]) == ("spam", "test")
    problems = archived.rows("SELECT * FROM problems WHERE kind = 'quarantine' AND run_id = 2")
    assert [(p["url"], p["message"]) for p in problems] == [(row["url"], row["reason"])]
    listed = commanded(archived, "quarantine")
    assert listed.code == 0
    assert row["url"] in listed.out
    assert row["reason"] in listed.out
    (address,) = archived.rows("SELECT state FROM urls WHERE url = ?", row["url"])
    assert address["state"] == "held"

    done = commanded(archived, "accept", row["capture_id"])
    assert done.code == 0, done.out + done.err
    assert done.out == f"capture {row['capture_id']}: changed: {row['url']}\n"
    older, newer = archived.rows(
        "SELECT * FROM history WHERE article_id = "
        "(SELECT id FROM articles WHERE url = ?) ORDER BY revision",
        row["url"],
    )
    assert newer["title"] == "Nhà cái uy tín: casino trực tuyến, nổ hũ đổi thưởng"
    assert older["body"] in {each["body"] for each in before}
    assert newer["capture_id"] == row["capture_id"]
    assert [each["capture_id"] for each in quarantined(archived)] != [row["capture_id"]]
    assert commanded(archived, "verify").code == 0
    again = commanded(archived, "accept", row["capture_id"])
    assert (again.code, again.err.strip()) == (
        1, f"capture {row['capture_id']}: it was accepted already",
    )  # fmt: skip


def test_what_stands_in_an_article_s_place_is_set_aside(serve: Serve) -> None:
    portal, faults = Portal.scaled(len(STAND_INS) + 2, page_bytes=0), Faults()
    archived = serve(portal, faults)
    archived.crawl()
    before = shown(archived)
    paths = dict(zip((post.path for post in portal.newest), STAND_INS, strict=False))
    faults.paths |= {path: stand_in(name) for path, name in paths.items()}
    assert archived.crawl("--full", code=1)["failed"] == len(STAND_INS)
    assert shown(archived) == before
    rows = quarantined(archived)
    assert {path_of(row): row["flags"] for row in rows} == {
        path: STAND_INS[name] for path, name in paths.items()
    }
    assert all(row["reason"] for row in rows)
    done = commanded(archived, "accept", *(row["capture_id"] for row in rows))
    assert (done.code, done.out) == (1, "")
    for row, told in zip(rows, done.err.splitlines(), strict=True):
        assert told.startswith(f"capture {row['capture_id']}: it cannot be read as an article: ")
    assert shown(archived) == before
    assert commanded(archived, "verify").code == 0


def test_it_is_set_aside_when_nothing_is_held_yet(serve: Serve) -> None:
    portal = Portal.scaled(len(STAND_INS) + 2, page_bytes=0)
    paths = dict(zip((post.path for post in portal.newest), STAND_INS, strict=False))
    faults = Faults(paths={path: stand_in(name) for path, name in paths.items()})
    archived = serve(portal, faults)
    summary = archived.crawl(code=1)
    assert (summary["held"], summary["failed"]) == (2, len(STAND_INS))
    assert {path_of(row): row["flags"] for row in quarantined(archived)} == {
        path: STAND_INS[name] for path, name in paths.items()
    }
    assert not archived.urls() & {*paths}
    faults.paths.clear()
    archived.crawl()
    assert archived.urls() == {post.path for post in portal.posts}, "they are asked for again"


def path_of(row: dict[str, Any]) -> str:
    return str(urlsplit(row["url"]).path)


def test_spam_on_a_first_crawl_is_set_aside_and_can_be_accepted(
    serve: Serve, portal: Portal
) -> None:
    victim = portal.newest[2]
    portal.edit(victim.slug, title="Nhà cái uy tín: casino trực tuyến, nổ hũ đổi thưởng", body=SPAM)
    archived = serve(portal)
    summary = archived.crawl(code=1)
    assert (summary["held"], summary["failed"]) == (5, 1)
    (row,) = quarantined(archived)
    done = commanded(archived, "accept", row["capture_id"])
    assert done.out == f"capture {row['capture_id']}: new: {row['url']}\n"
    assert victim.path in archived.urls()
    assert victim.path in archived.urls("held")
    assert quarantined(archived) == []

    archived.crawl("--full")
    assert quarantined(archived) == [], "a person has decided"
    assert commanded(archived, "verify").code == 0


def test_an_article_that_shrank_to_almost_nothing_is_set_aside(
    serve: Serve, portal: Portal
) -> None:
    archived = serve(portal)
    archived.crawl()
    before = shown(archived)
    victim = portal.newest[2]
    portal.edit(victim.slug, body="Nội dung đang được cập nhật.")
    archived.crawl("--full", code=1)
    assert shown(archived) == before
    (row,) = quarantined(archived)
    assert row["flags"] == "shrunk"
    assert row["reason"].endswith(" words to 6")
    assert commanded(archived, "accept", row["capture_id"]).code == 0
    (article,) = archived.rows("SELECT body, revision FROM articles WHERE url = ?", row["url"])
    assert article == {"body": "Nội dung đang được cập nhật.", "revision": 2}
    archived.crawl("--full")
    assert quarantined(archived) == [], "what is shown now is no shrinking"
    assert commanded(archived, "verify").code == 0


def test_an_article_whose_address_now_lists_others_is_set_aside(
    serve: Serve, portal: Portal
) -> None:
    faults = Faults()
    archived = serve(portal, faults)
    archived.crawl()
    before = shown(archived)
    assert archived.server
    faults.paths[portal.newest[1].path] = Fault(body=httpx.get(archived.server.url).content)
    archived.crawl("--full", code=1)
    assert shown(archived) == before
    (row,) = quarantined(archived)
    assert row["flags"] == "empty"


@pytest.mark.parametrize(
    ("number", "message"),
    [(99999, "no capture has this number"), (1, "it is not in quarantine")],
)
def test_what_cannot_be_accepted_is_refused_in_a_line(
    number: int, message: str, serve: Serve, portal: Portal
) -> None:
    archived = serve(portal)
    archived.crawl()
    done = commanded(archived, "accept", number)
    assert done.code == 1
    assert done.err.strip() == f"capture {number}: {message}; see: tinhuyen quarantine"
    assert commanded(archived, "quarantine").out == "Nothing is in quarantine.\n"
