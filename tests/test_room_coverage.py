"""The pages of the ledger: what is held of each portal, what is missing and why, in words."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser as Page
from sqlite_utils import Database

from archive.connection import Connection
from archive.schema import migrations
from crawler.vocabulary import GapState, RouteStatus, RunOutcome
from crawler.vocabulary.words import Words
from reading_room.plugins.coverage import (
    BREAKS_AT_A_GLANCE,
    GAPS_A_PAGE,
    PORTALS_A_PAGE,
    PORTALS_IN_FULL,
    TALLY,
    page_address,
    silent_times,
)
from reading_room.plugins.home import PORTALS
from tests.conftest import run
from tests.room_sample import HOSTILE, SEEN, SITES, build_archive, opened

SITE = "https://chodon.example"
LONG_AGO = Words(
    "(tính đến 20/06/2025: đã quá lâu, có thể không còn đúng)",
    "(as of 20 June 2025: too long ago to hold still)",
)
VERDICTS = {
    "vi": {
        "Cổng thông tin điện tử huyện Chợ Đồn": "Chưa đầy đủ: 1 địa chỉ đang chờ và 1 địa chỉ tải "
        "lỗi và 1 địa chỉ bị cổng từ chối và chuỗi bài đứt ở 1 chỗ và cổng tính là còn 5 bài nữa "
        f"mà không lối nào dẫn tới {LONG_AGO.vi}",
        "Trang thông tin điện tử huyện Mới": "Chưa biết địa chỉ nào của cổng này",
        "Trang thông tin điện tử huyện Nà Lạng": f"Đầy đủ {LONG_AGO.vi}",
    },
    "en": {
        "Cổng thông tin điện tử huyện Chợ Đồn": "incomplete: 1 address is waiting, and 1 failed, "
        "and 1 is refused by the portal, and the chain is broken in 1 place, and the portal counts "
        f"5 more, which no route names {LONG_AGO.en}",
        "Trang thông tin điện tử huyện Mới": "no address of it is known yet",
        "Trang thông tin điện tử huyện Nà Lạng": f"complete {LONG_AGO.en}",
    },
}
NEVER = {"key": "moi", "name": "Trang thông tin điện tử huyện Mới", "cms": "newspaper"}


def article(number: int, prev: int | None, site: str = "chodon", **more: Any) -> dict[str, Any]:
    """Return the article of a number, whose older neighbour has another."""
    base = f"https://{site}.example"
    return {
        "site": site,
        "url": f"{base}/{number}/",
        "title": f"Tin số {number}",
        "published_at": f"2021-01-{number:02d}T08:00:00+07:00",
        "prev_url": None if prev is None else f"{base}/{prev}/",
        **more,
    }


ARTICLES = (
    article(1, None),
    article(2, 1),
    article(4, 3),  # 3 is gone
    article(5, None, title=HOSTILE),  # cut
    article(6, 5),
    article(1, None, "nalang"),
    article(2, 1, "nalang"),
)
URLS = (
    {"url": f"{SITE}/3/", "state": "gone", "found_by": "prev", "found_on": f"{SITE}/4/",
     "status": 404, "reason": "HTTP 404", "tries": 2, "tried_at": SEEN},
    {"url": f"{SITE}/7/", "state": "waiting", "found_by": "rest", "found_on": f"{SITE}/wp-json/"},
    {"url": "javascript:alert(20)", "state": "failed", "found_by": "listing", "reason": HOSTILE,
     "found_on": '"><script>alert(21)</script>'},
    {"url": f"{SITE}/cam/", "state": "refused", "reason": "robots.txt forbids it"},
    {"url": f"{SITE}/gioi-thieu/", "state": "not_article"},
)  # fmt: skip


def ledger_archive(path: Path) -> Path:
    """Make an archive with a portal that lacks much, one complete, and one never crawled."""
    build_archive(path, ARTICLES, (*SITES, NEVER | {"base_url": "https://moi.example/"}), URLS)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "UPDATE urls SET state = 'gone', gone_since = ? WHERE url = ?", [SEEN, f"{SITE}/6/"]
        )
        for site, total in (("chodon", 12), ("nalang", 2)):
            db.execute(
                "INSERT INTO routes (site, route, state, total, checked_at, walked_at, proves)"
                " VALUES (?, 'rest', 'open', ?, ?, ?, 1)",
                [site, total, SEEN, SEEN],
            )
        db.execute("INSERT INTO runs (site, started_at) VALUES ('nalang', ?)", [SEEN])
    return path


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Datasette]:
    async with opened(ledger_archive(tmp_path / "archive.db")) as room:
        yield room


async def page(room: Datasette, path: str, language: str = "vi") -> Page:
    asks = {"accept-language": language}
    response = await room.client.get(path, headers=asks, follow_redirects=True)
    assert response.status_code == 200, response.text[:2000]
    return Page(response.text)


async def data(room: Datasette, path: str) -> Any:
    response = await room.client.get(path, follow_redirects=True)
    assert response.headers["content-type"].startswith("application/json")
    return response.json()


def text(page: Page, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


def links(page: Page, selector: str) -> list[str]:
    return [str(node.attributes["href"]) for node in page.css(selector)]


async def test_each_portal_has_its_verdict(room: Datasette) -> None:
    for language, expected in VERDICTS.items():
        shown = await page(room, "/coverage", language)
        assert (
            dict(zip(text(shown, ".ledger h2"), text(shown, ".verdict"), strict=True)) == expected
        )
    assert "1 of 3 portals are complete. 5 addresses" in text(shown, ".preamble")[0]
    shown = await page(room, "/coverage")
    assert "1 trong 3 cổng đã đầy đủ. Còn thiếu 5 địa chỉ" in text(shown, ".preamble")[0]


async def test_a_portal_that_has_ended_is_not_called_complete(tmp_path: Path) -> None:
    path = ledger_archive(tmp_path / "archive.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sites SET active_to = '2020-01-01' WHERE key = 'nalang'")
    async with opened(path) as room:
        shown = await page(room, "/coverage")
    told = text(shown, ".preamble")[0]
    assert "0 trong 3 cổng đã đầy đủ. 1 cổng đã khép lại. Còn thiếu" in told


@pytest.mark.parametrize("missing", [0, 1])
async def test_one_portal_that_has_ended_says_so_and_what_is_missing(
    tmp_path: Path, missing: int
) -> None:
    path = ledger_archive(tmp_path / "archive.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sites SET active_to = '2020-01-01' WHERE key = 'nalang'")
        db.execute("DELETE FROM sites WHERE key <> 'nalang'")
        if missing:
            db.execute(
                "INSERT INTO urls (url, urlkey, site, found_by, found_at, state) VALUES "
                "('https://nalang.example/x/', 'example,nalang)/x', 'nalang', 'next', "
                "'2019-12-01T00:00:00Z', 'gone')"
            )
    async with opened(path) as room:
        shown = await page(room, "/coverage", "en")
    told = text(shown, ".preamble")[0]
    assert "The portal has ended, and all that was still to be had is held." in told
    assert ("1 address that is known is missing" in told) == bool(missing)
    assert ("No address that is known is missing." in told) == (not missing)


async def test_a_portal_is_counted_and_set_against_its_own_claim(room: Datasette) -> None:
    shown = await page(room, "/coverage")
    [chodon, moi, nalang] = shown.css("section.ledger")
    tally = [int(node.text()) for node in chodon.css(".tally dd")]
    assert tally == [10, 4, 1, 2, 1, 1, 1, 0]
    facts = " ".join(chodon.css_first(".facts").text().split())
    assert "Kho giữ 5 bài; cổng tự tính là có 12" in facts
    assert "Trong đó 1 bài không còn trên cổng" in facts
    assert "01/01/2021 – 06/01/2021" in facts
    assert "Đứt ở 2 chỗ" in facts
    assert "20/06/2025 10:15: chạy đến hết" in facts
    facts = " ".join(nalang.css_first(".facts").text().split())
    assert "Liền mạch" in facts
    assert "đang chạy, hoặc bị ngắt giữa chừng" in facts
    assert "Chưa có lượt nào" in moi.css_first(".facts").text()


NOT_FOUND = (
    "cổng báo không có trang này (HTTP 404)",
    "the portal says that it has no such page (HTTP 404)",
)


async def test_a_break_shows_both_sides_as_links(room: Datasette) -> None:
    held = await data(room, "/archive/articles.json?_shape=array&_col=code")
    codes = {row["id"]: row["code"] for row in held}
    for path in ("/coverage", "/coverage/chodon"):
        shown = await page(room, path)
        cut, gone = shown.css(".breaks li")
        sides = [node.attributes["href"] for node in cut.css("p > a")]
        assert sides == [f"/a/{codes[4]}", f"/a/{codes[3]}"]
        assert "không nêu bài trước nào" in cut.text()
        sides = [node.attributes["href"] for node in gone.css("p > a")]
        assert sides == [f"/a/{codes[3]}", f"/a/{codes[2]}"]
        between = " ".join(gone.css_first(".cut").text().split())
        assert between == f"nêu bài trước là {SITE}/3/: trang không còn trên cổng: {NOT_FOUND[0]}"


async def test_the_gaps_of_a_portal_are_named_with_their_reasons(room: Datasette) -> None:
    shown = await page(room, "/coverage/chodon")
    assert text(shown, "h1") == ["Cổng thông tin điện tử huyện Chợ Đồn"]
    broken, failed, gone, refused, waiting = text(shown, ".gaps li")
    assert broken.startswith(HOSTILE)
    assert "bài cũ hơn gần nhất trong kho: Tin số 4" in broken
    assert HOSTILE in failed
    assert gone.startswith(f"{SITE}/3/ không còn trên cổng: {NOT_FOUND[0]} ·")
    assert "đã thử 2 lần, gần nhất 20/06/2025 10:15" in gone
    assert "được nêu trong bài Tin số 4" in gone
    assert "robots.txt của cổng không cho chương trình hỏi trang này" in refused
    english = await page(room, "/coverage/chodon", "en")
    told = text(english, ".gaps li")
    assert "the portal's robots.txt forbids programs to ask for it" in told[3]
    assert told[2].startswith(f"{SITE}/3/ gone: {NOT_FOUND[1]}")
    assert "biết qua giao diện REST" in waiting
    assert f"{SITE}/wp-json/" in links(shown, ".gaps .muted a")
    assert text(shown, "#thieu + .choice a") == [
        "Tất cả 5",
        "chuỗi bài bị đứt 1",
        "tải lỗi 1",
        "không còn trên cổng 1",
        "bị từ chối 1",
        "đang chờ tải 1",
    ]
    assert text(shown, "#loi + .table-wrapper tbody th") == ["giao diện REST"]
    assert text(shown, "#loi + .table-wrapper td") == ["dùng được", "12", "20/06/2025 10:15"]


async def test_the_alarms_of_a_portal_are_on_its_page(tmp_path: Path) -> None:
    path = ledger_archive(tmp_path / "archive.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(
            "INSERT INTO alarms (site, kind, since, until, acknowledged_by, message)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                ("chodon", "silent", SEEN, None, None, f"nothing new: {HOSTILE}"),
                ("chodon", "failures", SEEN, None, "operator", "no answer"),
                ("chodon", "gaps", SEEN, SEEN, None, "it is over"),
                ("nalang", "owner", SEEN, None, None, "another's"),
            ],
        )
    async with opened(path) as room:
        shown = await page(room, "/coverage/chodon")
        told = await data(room, "/coverage/chodon.json")
        quiet = await page(room, "/coverage/moi")
    silent, failures = text(shown, "#canh-bao + ul li")
    assert silent.startswith("cổng im tiếng từ 20/06/2025 10:15")
    assert HOSTILE in silent
    assert "operator đã biết" in failures
    assert [alarm["kind"] for alarm in told["alarms"]] == ["silent", "failures"]
    assert not quiet.css("#canh-bao")


async def test_a_reason_in_the_ledger_is_in_words(room: Datasette) -> None:
    shown = await page(room, "/archive/urls?state=refused")
    (cell,) = shown.css("td.col-reason")
    assert "robots.txt của cổng không cho chương trình hỏi trang này" in cell.text()
    assert cell.css_first("span").attributes["title"] == "robots.txt forbids it"


async def test_gaps_are_chosen_by_state(room: Datasette) -> None:
    shown = await page(room, "/coverage/chodon?state=gone")
    assert links(shown, ".gaps .address a") == [f"{SITE}/3/"]
    assert text(shown, ".choice [aria-current]") == ["không còn trên cổng 1"]
    nothing = await page(room, '/coverage/chodon?state="><script>alert(22)</script>&page=-1')
    assert "Không có địa chỉ nào ở đây" in text(nothing, "main")[0]


async def test_a_portal_without_gaps_and_one_never_crawled(room: Datasette) -> None:
    complete = await page(room, "/coverage/nalang")
    assert "Không thiếu địa chỉ nào" in text(complete, "main")[0]
    assert not complete.css(".breaks, .gaps")
    never = await page(room, "/coverage/moi")
    assert "Cổng này chưa được thu thập" in text(never, "main")[0]


async def test_a_portal_whose_articles_name_no_neighbours_has_no_chain(tmp_path: Path) -> None:
    articles = [article(n, None) for n in (1, 2, 3)]
    async with opened(build_archive(tmp_path / "archive.db", articles, urls=())) as room:
        shown = await page(room, "/coverage/chodon")
        assert text(shown, ".verdict")[0].startswith("Chưa chứng minh được là đủ: ")
        assert "Các bài không nêu bài trước, bài sau" in text(shown, ".facts")[0]
        assert (await data(room, "/coverage/chodon.json"))["chain"] is None


async def test_many_gaps_are_paged(tmp_path: Path) -> None:
    many = GAPS_A_PAGE * 2 + 30
    urls = [{"url": f"{SITE}/{n:04}/", "state": "failed", "found_by": "rest"} for n in range(many)]
    urls.append({"url": f"{SITE}/cho/", "state": "waiting", "found_by": "rest"})
    async with opened(build_archive(tmp_path / "archive.db", (), SITES, urls)) as room:
        shown, seen = await page(room, "/coverage/chodon?state=failed"), []
        while True:
            seen += links(shown, ".gaps .address a")
            following = links(shown, ".pages [rel=next]")
            if not following:
                break
            shown = await page(room, following[0])
        assert seen == [url["url"] for url in urls[:-1]]
        assert links(shown, ".pages [rel=prev]") == ["/coverage/chodon?state=failed&page=2"]

        ledger, seen = await data(room, "/coverage/chodon.json"), []
        while True:
            seen += [gap["url"] for gap in ledger["gaps"]]
            if ledger["next"] is None:
                break
            ledger = await data(room, ledger["next"])
        assert seen == [url["url"] for url in urls]
        assert ledger["gaps_by_state"] == {"failed": many, "waiting": 1}
        told = text(shown, ".verdict")[0]
        assert told.startswith("Chưa có bài nào: 1 địa chỉ đang chờ và 230 địa chỉ tải lỗi")


async def test_many_breaks_are_shown_at_a_glance(tmp_path: Path) -> None:
    articles = [article(1, None), article(2, 1), *(article(n, None) for n in range(3, 13))]
    async with opened(build_archive(tmp_path / "archive.db", articles, urls=())) as room:
        assert len((await page(room, "/coverage")).css(".breaks li")) == BREAKS_AT_A_GLANCE
        assert len((await page(room, "/coverage/chodon")).css(".breaks li")) == 10


@pytest.mark.parametrize(("cuts", "told"), [(1, "1 place"), (2, "2 places")])
async def test_the_number_of_breaks_in_words(tmp_path: Path, cuts: int, told: str) -> None:
    articles = [article(1, None), article(2, 1), *(article(n + 3, None) for n in range(cuts))]
    async with opened(build_archive(tmp_path / "archive.db", articles, urls=())) as room:
        assert f"broken in {told}" in text(await page(room, "/coverage", "en"), ".facts")[0]
        assert f"Đứt ở {cuts} chỗ" in text(await page(room, "/coverage/chodon"), ".facts")[0]


async def test_articles_that_are_not_the_body_s_are_counted(tmp_path: Path) -> None:
    path = ledger_archive(tmp_path / "archive.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sites SET active_to = '2021-01-04' WHERE key = 'chodon'")
    async with opened(path) as room:
        for shown in ("/coverage", "/coverage/chodon"):
            facts = (await page(room, shown)).css(".facts")
            (told,) = (part for part in facts if part.css("[href*=attributions]"))
            assert "Trong đó 2 bài của cơ quan khác" in " ".join(told.text().split())
        link = told.css_first("[href*=attributions]")
        assert link
        found = await data(room, str(link.attributes["href"]).replace("?", ".json?_shape=array&"))
        assert [row["attribution"] for row in found] == ["other"] * 2
        assert (await data(room, "/coverage.json"))["sites"][1]["others"] == 0, "never crawled"


async def test_the_ledger_as_data(room: Datasette) -> None:
    sites = (await data(room, "/coverage.json"))["sites"]
    assert [site["site"] for site in sites] == ["chodon", "moi", "nalang"]
    chodon, moi, nalang = sites
    assert (chodon["complete"], chodon["missing"], chodon["tombstones"]) == (False, 5, 1)
    assert (chodon["chain"], chodon["chain_breaks"], chodon["claimed"]) == ("broken", 2, 12)
    assert chodon["verdict"] == "incomplete"
    assert chodon["told"].startswith("incomplete: 1 address is waiting, and 1 failed, ")
    assert (chodon["as_of"], chodon["stale"]) == (SEEN, 1)
    assert chodon["last_run"]["outcome"] == "finished"
    assert (moi["known"], moi["complete"], moi["last_run"]) == (0, False, None)
    assert (nalang["complete"], nalang["verdict"], nalang["chain"]) == (True, "complete", "whole")
    ledger = await data(room, "/coverage/chodon.json")
    assert {name: ledger[name] for name in chodon} == chodon
    assert [gap["state"] for gap in ledger["gaps"]] == sorted(ledger["gaps_by_state"])
    assert [cut["older_id"] for cut in ledger["breaks"]] == [3, 2]
    assert ledger["routes"][0]["total"] == 12


PROFILE = """name = "chodon"
pages = 12

[[title]]
selector = "h2.ten"
support = 9
against = 1

[[title]]
selector = "p.Title"
support = 2
confirmed = true

[[author]]
selector = ".but-danh"
"""


def with_profiles(path: Path) -> Path:
    """Make an archive with a portal that is read by what was learnt, and by what a person wrote."""
    ledger_archive(path)
    written = f'name = "written"\n\n[[content]]\nselector = "{HOSTILE.replace(chr(34), "")}"\n'
    with closing(sqlite3.connect(path)) as db, db:
        sql = """INSERT INTO profiles
            (site, name, "from", rules, support, known, learnt_at, is_applied)
            VALUES ('chodon', ?, ?, ?, ?, 40, ?, 1)"""
        db.execute(sql, ["learnt", None, PROFILE, 12, SEEN])
        db.execute(sql, ["chodon.2019", "2019-08-12T00:00:00Z", written, 0, None])
        db.execute(sql, ["broken", "2020-01-01T00:00:00Z", "[[", 0, None])
        db.execute("UPDATE articles SET profile = 'learnt' WHERE id IN (1, 2)")
        db.execute("UPDATE articles SET profile = 'before' WHERE id = 3")
    return path


async def test_how_a_portal_is_read_and_how_sure_that_is(tmp_path: Path) -> None:
    async with opened(with_profiles(tmp_path / "archive.db")) as room:
        shown = await page(room, "/coverage/chodon")
        assert text(shown, "h3") == ["learnt", "chodon.2019", "broken"]
        told = " ".join(text(shown, "#doc ~ p"))
        for said in (
            "Học từ 12 trang của chính cổng, 20/06/2025 10:15; không giới hạn thời gian; 2 bài",
            "Do người viết; từ 12/08/2019; 0 bài",
            "2 bài không đọc theo hồ sơ nào mà theo loại cổng newspaper",
        ):
            assert said in told
        english = " ".join(text(await page(room, "/coverage/chodon", "en"), "#doc ~ p"))
        assert "Learnt from 12 pages of the portal" in english
        assert "of any time; 2 articles were read by it." in english
        assert "1 article was read by a profile that is no more" in english
        rules = text(shown, "table.rules tbody tr")
        assert rules[:3] == [
            "tiêu đề h2.ten 9/10",
            "tiêu đề p.Title 2/2 · người xác nhận",
            "tác giả .but-danh người viết",
        ]
        assert not [script for script in shown.css("script") if "alert" in script.text()]
        [row] = links(shown, "h3:nth-of-type(1) a")
        assert text(await page(room, row), "pre.rules")[0].startswith('name = "chodon" pages = 12')
        read_by = (await data(room, "/coverage/chodon.json"))["read_by"]
        assert [one["articles"] for one in read_by["profiles"]] == [2, 0, 0]
        assert read_by["profiles"][0]["rules"][0]["selector"] == "h2.ten"


@pytest.mark.parametrize(
    "rules",
    [
        "title = 5",
        'title = ["h1"]',
        "[[title]]\nselector = 5",
        '[[title]]\nselector = "h1"\nsupport = "all"',
        '[[title]]\nselector = "h1"\nagainst = 0.5',
    ],
)
async def test_what_is_no_rule_of_a_profile_is_passed_over(tmp_path: Path, rules: str) -> None:
    with closing(sqlite3.connect(with_profiles(tmp_path / "archive.db"))) as db, db:
        db.execute("UPDATE profiles SET rules = ? WHERE name = 'broken'", [rules])
    async with opened(tmp_path / "archive.db") as room:
        shown = await page(room, "/coverage/chodon")
        assert text(shown, "h3") == ["learnt", "chodon.2019", "broken"]
        profiles = (await data(room, "/coverage/chodon.json"))["read_by"]["profiles"]
        assert [len(one["rules"]) for one in profiles] == [3, 1, 0]


async def test_of_a_rule_nothing_is_told_but_what_rules_have(tmp_path: Path) -> None:
    rules = (
        '[[title]]\nselector = "h1"\nfield = "nothing"\nsince = 2020-01-01\nconfirmed = 2020-01-01'
    )
    with closing(sqlite3.connect(with_profiles(tmp_path / "archive.db"))) as db, db:
        db.execute("UPDATE profiles SET rules = ? WHERE name = 'broken'", [rules])
    async with opened(tmp_path / "archive.db") as room:
        await page(room, "/coverage/chodon")
        profiles = (await data(room, "/coverage/chodon.json"))["read_by"]["profiles"]
        assert profiles[-1]["rules"] == [
            {"field": "title", "selector": "h1", "support": 0, "against": 0, "confirmed": False}
        ]


async def test_a_portal_that_is_read_without_a_profile_says_so(room: Datasette) -> None:
    shown = await page(room, "/coverage/nalang", "en")
    assert "2 articles were read by no profile, but as the kind of portal wordpress" in " ".join(
        text(shown, "#doc ~ p")
    )
    assert not (await page(room, "/coverage/moi")).css("#doc")


async def test_hostile_reasons_and_addresses_are_text(room: Datasette) -> None:
    for path in ("/coverage", "/coverage/chodon", "/coverage/chodon?state=failed"):
        shown = await page(room, path)
        assert not [script for script in shown.css("script") if "alert" in script.text()]
        for node in shown.css("main *"):
            assert not [name for name in node.attributes if name.startswith("on")], node.html
            assert "javascript" not in str(node.attributes.get("href")), node.html
        assert not shown.css("main img")


async def test_all_links_lead_somewhere(room: Datasette) -> None:
    for path in ("/coverage", "/coverage/chodon", "/coverage/nalang", "/coverage/moi"):
        for link in links(await page(room, path), "a"):
            if link.startswith("/"):
                answer = await room.client.get(link, follow_redirects=True)
                assert answer.status_code == 200, link


async def test_an_unknown_portal_is_not_found(room: Datasette) -> None:
    for site in ("khong-co", "~3Cscript~3E", "a.b", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"):
        response = await room.client.get(f"/coverage/{site}", follow_redirects=True)
        assert response.status_code == 404
        assert "Không tìm thấy trang này" in response.text
        assert "<script>alert" not in response.text
    response = await room.client.get("/coverage/khong-co.json")
    assert (response.status_code, response.json()["ok"]) == (404, False)


async def test_a_portal_with_any_key_has_its_page(tmp_path: Path) -> None:
    odd = SITES[0] | {"key": "chợ đồn/a.json?<b>"}
    path = build_archive(tmp_path / "archive.db", (), [odd], ())
    async with opened(path) as room:
        [link] = links(await page(room, "/coverage"), ".ledger h2 a")
        assert text(await page(room, link), "h1") == [odd["name"]]
        assert (await data(room, f"{link}.json"))["site"] == odd["key"]


async def test_an_archive_that_was_never_crawled(tmp_path: Path) -> None:
    async with opened(build_archive(tmp_path / "archive.db", (), (), ())) as room:
        shown = await page(room, "/coverage")
        assert "Kho chưa thu thập cổng nào" in text(shown, ".preamble")[0]
        assert await data(room, "/coverage.json") == {"sites": []}
        assert (await room.client.get("/coverage/chodon")).status_code == 404


async def test_an_archive_without_a_ledger_says_what_to_do(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP VIEW coverage")
    async with opened(path) as room:
        response = await room.client.get("/coverage")
        assert response.status_code == 404
        assert "lệnh tinhuyen serve sẽ nâng cấp" in response.text


async def test_an_archive_of_the_first_version_is_read_before_and_after_its_migration(
    tmp_path: Path,
) -> None:
    path = tmp_path / "archive.db"
    db = Database(path)
    migrations.apply(Connection(db.conn), stop_before="complete_ledger")
    db.table("sites").insert(SITES[0])
    seen = {"words": 1, "first_seen_at": SEEN, "last_seen_at": SEEN, "text_sha256": "0" * 64}
    db.table("articles").insert_all(article(n, n - 1 or None) | seen for n in (1, 2))
    for n in (1, 2):
        url = {"url": f"{SITE}/{n}/", "urlkey": str(n), "site": "chodon", "found_by": "prev"}
        db.table("urls").insert(url | {"found_at": SEEN, "state": "held"})
    async with opened(path) as room:
        assert not (await page(room, "/archive/articles/2")).css(".notice")
        assert (await room.client.get("/coverage")).status_code == 404
        migrations.apply(Connection(db.conn))
        assert not (await page(room, "/archive/articles/2")).css(".notice")
        shown = await page(room, "/coverage/chodon")
        assert text(shown, ".verdict")[0].startswith("Chưa chứng minh được là đủ: ")
        assert not shown.css("#loi")
    db.close()


async def test_the_pages_are_linked(room: Datasette) -> None:
    for path in ("/", "/archive/articles/1", "/archive"):
        assert "/coverage" in links(await page(room, path), "header a")
    assert "/coverage" in links(await page(room, "/"), "main a")


def test_no_figure_needs_all_articles_or_addresses_to_be_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(ledger_archive(tmp_path / "archive.db"))) as db:
        for view in ("coverage", "gaps", "chain_breaks"):
            steps = db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view}").fetchall()
            for *_, step in steps:
                assert not re.match(r"SCAN (articles|urls|[aouc])\b", step), f"{view}: {step}"


def test_every_state_and_route_state_has_its_words(tmp_path: Path) -> None:
    with closing(sqlite3.connect(ledger_archive(tmp_path / "archive.db"))) as db:
        tables = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        columns = {row[1] for row in db.execute("PRAGMA table_xinfo(coverage)")}

    def states(table: str, column: str = "state") -> set[str]:
        allowed = re.search(rf"{column} IN \((.*?)\)", tables[table], re.DOTALL)
        assert allowed is not None
        return set(re.findall(r"'(\w+)'", allowed[1]))

    assert states("urls") | {"known"} == set(TALLY) <= columns
    assert states("routes") == set(RouteStatus)
    assert set(GapState) >= {"waiting", "gone", "refused", "failed", "broken"}
    assert {"finished", "killed", "limit", "shutdown"} <= set(RunOutcome)


async def test_the_verdict_is_the_one_that_the_command_gives(tmp_path: Path) -> None:
    path = ledger_archive(tmp_path / "archive.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO urls (site, url, urlkey, found_by, found_at, state)"
            " VALUES ('moi', 'https://moi.example/', 'moi', 'seed', ?, 'not_article')",
            [SEEN],
        )
    async with opened(path) as room:
        ours = {site["site"]: site for site in (await data(room, "/coverage.json"))["sites"]}
        shown = text(await page(room, "/coverage/moi"), ".verdict")
    assert shown == ["Chưa có bài nào: 1 trang không phải bài viết"]
    told = {ledger["site"]: ledger for ledger in run("gaps", "--db", path, "--json").json()}
    assert told.keys() == ours.keys() == {"chodon", "nalang", "moi"}
    for site, ledger in told.items():
        assert (ledger["verdict"], ledger["told"]) == (ours[site]["verdict"], ours[site]["told"])
        assert bool(ledger["complete"]) == ours[site]["complete"]


def test_addresses_of_pages() -> None:
    assert page_address("/coverage/a", "", 1) == "/coverage/a"
    assert page_address("/coverage/a", "gone", 3) == "/coverage/a?state=gone&page=3"
    assert page_address("/coverage/a", "&", 1) == "/coverage/a?state=%26"


SURVEYED = (
    ("chodon.example", "own", "it calls itself “Huyện Chợ Đồn” in its title", None, 1204),
    ("cu.example", "silent", "the host name is not known", None, None),
    ("mat.example", "silent", "the host refused the connection", None, 0),
    ("xa.example", "other", "it calls itself “UBND xã <b>Nghĩa Tá</b>” in its title", "02071", 0),
)


@pytest.fixture
async def surveyed(tmp_path: Path) -> AsyncIterator[Datasette]:
    path = ledger_archive(tmp_path / "archive.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO units VALUES ('02071', 'Nghĩa Tá', 'xã', '19', 'Thái Nguyên')")
        for host, says, evidence, unit, archived in SURVEYED:
            for day in ("2026-11-05", "2026-11-09") if host == "mat.example" else ("2026-11-09",):
                db.execute(
                    "INSERT INTO surveys (site, host, url, asked_at, dns, says, evidence, unit,"
                    " archived, first_archived, last_archived)"
                    " VALUES ('chodon', ?, 'https://' || ? || '/', ?, 'found', ?, ?, ?, ?,"
                    " '2015-03-04T05:06:07Z', '2025-06-07T08:09:10Z')",
                    [host, host, f"{day}T05:00:00Z", says, evidence, unit, archived],
                )
    async with opened(path) as room:
        yield room


@pytest.mark.parametrize("path", ["/coverage", "/coverage/chodon"])
async def test_the_last_survey_of_each_host_is_shown_with_its_day(
    surveyed: Datasette, path: str
) -> None:
    shown = await page(surveyed, path)
    (told,) = (told for told in text(shown, ".facts dd") if "chodon.example:" in told)
    assert "chodon.example: của chính cơ quan này" in told
    assert "kho lưu trữ web còn 1.204 trang, 04/03/2015 – 07/06/2025" in told
    assert "cu.example: không trả lời từ 09/11/2026, sẽ hỏi lại" in told
    assert "mat.example: không còn, không trả lời từ 05/11/2026" in told
    assert "xa.example: nay là của cơ quan khác (xã Nghĩa Tá)" in told
    assert "“UBND xã <b>Nghĩa Tá</b>”" in told, "what a host says is no markup"
    assert told.count("khảo sát 09/11/2026") == 4
    led = links(shown, ".facts .address a")
    assert "https://xa.example/" in led
    assert "https://mat.example/" not in led, "nobody is led to what may be anybody's"


async def test_programs_have_the_last_surveys(surveyed: Datasette) -> None:
    told = await data(surveyed, "/coverage/chodon.json")
    assert [(host["host"], host["says"], host["is_dead"]) for host in told["hosts"]] == [
        ("chodon.example", "own", 0),
        ("cu.example", "silent", 0),
        ("mat.example", "silent", 1),
        ("xa.example", "other", 0),
    ]
    assert (await data(surveyed, "/coverage/nalang.json"))["hosts"] == []


@pytest.fixture
async def country(tmp_path: Path) -> AsyncIterator[Datasette]:
    """More portals than are shown in full, of two provinces; of every fifth an article is held."""
    sites = [
        {"key": f"s{number:03}", "name": f"Huyện Số {number:03}", "cms": "generic",
         "base_url": f"https://s{number:03}.example/",
         "province": "Cao Bằng" if number % 2 else "An Giang"}
        for number in range(PORTALS_A_PAGE + PORTALS_IN_FULL)
    ]  # fmt: skip
    articles = [article(1, None, site["key"]) for site in sites[::5]]
    async with opened(build_archive(tmp_path / "archive.db", articles, sites)) as room:
        yield room


async def test_many_portals_are_a_table_of_pages(country: Datasette) -> None:
    first = await page(country, "/coverage")
    assert not first.css("section.ledger")
    [following] = links(first, ".pages a")
    second = await page(country, following)
    assert links(second, ".pages a") == ["/coverage"]
    named = text(first, ".portals th a") + text(second, ".portals th a")
    assert len(text(first, ".portals th a")) == PORTALS_A_PAGE
    assert named == sorted(named)
    assert len(named) == PORTALS_A_PAGE + PORTALS_IN_FULL
    assert text(first, ".portals tbody tr")[:2] == [
        "Huyện Số 000 An Giang Chưa chứng minh được 1 0",
        "Huyện Số 001 Cao Bằng Chưa thu thập 0 0",
    ]
    assert links(first, ".portals th a")[1] == "/coverage/s001"
    assert not text(await page(country, "/coverage?page=9"), ".portals tbody tr")


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("", PORTALS_A_PAGE + PORTALS_IN_FULL),
        ("province=An+Giang", 60),
        ("verdict=unproven", 24),
        ("verdict=unproven&province=An+Giang", 12),
        ("name=huyen+so+01", 10),
        ("name=%20Số+007%20&verdict=&province=", 1),
        ("name=khong+co", 0),
        ("verdict=nothing", 0),
    ],
)
async def test_portals_are_chosen(country: Datasette, asked: str, number: int) -> None:
    chosen = await page(country, f"/coverage?{asked}")
    shown = chosen.css("section.ledger" if number <= PORTALS_IN_FULL else ".portals tbody tr")
    assert len(shown) == min(number, PORTALS_A_PAGE)
    told = [told.split(".")[0] for told in text(chosen, ".found")]
    assert told == ([f"{number} cổng được chọn"] if asked else [])
    [as_json] = [link for link in links(chosen, ".preamble a") if ".json" in link]
    assert len((await data(country, as_json))["sites"]) == number


async def test_what_was_chosen_stands_in_the_form_and_on_the_next_page(country: Datasette) -> None:
    shown = await page(country, "/coverage?name=so&province=An+Giang&verdict=unknown")
    assert shown.css_first("input[name=name]").attributes["value"] == "so"
    assert text(shown, "option[selected]") == ["An Giang", "Chưa thu thập (96)"]
    assert text(shown, ".search-filters select option") == [
        *("Tất cả", "An Giang", "Cao Bằng"),
        *("Tất cả", "Chưa chứng minh được (24)", "Chưa thu thập (96)"),
    ]
    shown = await page(country, "/coverage?name=%22%3E%3Cb%3E")
    assert shown.css_first("input[name=name]").attributes["value"] == '"><b>'
    following = await page(country, "/coverage?name=so&page=2")
    assert links(following, ".pages a") == ["/coverage?name=so"]


async def test_the_home_page_names_the_portals_that_hold_most(country: Datasette) -> None:
    shown = await page(country, "/")
    named = text(shown, "#portals ~ .table-wrapper tbody th")
    assert len(named) == PORTALS
    assert {int(name.split()[-1]) % 5 for name in named} == {0}
    assert text(shown, ".figures dd")[1] == str(PORTALS_A_PAGE + PORTALS_IN_FULL)


def test_times_of_which_nothing_is_held() -> None:
    months = ["2019-11", "2020-02", "2020-03", "2020-05", "2022-01"]
    assert silent_times(months) == [
        ("2019-12", "2020-01", 2), ("2020-04", "2020-04", 1), ("2020-06", "2021-12", 19),
    ]  # fmt: skip
    assert not silent_times(["2020-12", "2021-01"])
    assert not silent_times([])


async def test_the_years_of_a_portal_and_the_months_without_an_article(tmp_path: Path) -> None:
    months = ("2019-11", "2020-02", "2020-02", "2020-04")
    articles = [
        article(n, None, published_at=f"{month}-03T08:00:00+07:00")
        for n, month in enumerate(months, 1)
    ]
    async with opened(build_archive(tmp_path / "archive.db", articles, urls=())) as room:
        shown = await page(room, "/coverage/chodon", "en")
        told = await data(room, "/coverage/chodon.json")
        nothing = await page(room, "/coverage/nalang", "en")
    assert text(shown, "#years + nav a") == ["2019 1", "2020 3"]
    assert "In 3 months between" in text(shown, "#years ~ p")[0]
    assert "12/2019–01/2020, 03/2020." in text(shown, "#years ~ p")[0]
    assert [each["months"] for each in told["silent"]] == [2, 1]
    assert not nothing.css("#years")
