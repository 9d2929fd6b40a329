"""A portal that tells what is new in lists for people alone: few requests, and nothing is lost."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.profiles.profile import Profile, Rule
from tests.conftest import Archived, run
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
)
from tests.test_taught import write

SECTIONS, PAGES = 12, 2
EACH = 5


class District:
    """A start page with the newest articles, and a menu of sections of two pages each."""

    def __init__(self, *others: str) -> None:
        self.others = others
        """What the menu leads to beside the sections, which is no list."""
        self.answers: dict[str, bytes] = {}
        """What is answered at other addresses, or otherwise than a portal should."""
        self.sections = {
            f"/muc-{section}": [self.path(section, n) for n in range(EACH * PAGES)]
            for section in range(1, SECTIONS + 1)
        }
        self.newest = [paths[0] for paths in self.sections.values()][:8]

    @staticmethod
    def path(section: int, number: int) -> str:
        return f"/tin/bai-{section * 1_000 + number}.html"

    def __call__(self, asked: Asked) -> bytes:
        if asked.target in self.answers:
            return self.answers[asked.target]
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            menu = (*self.sections, *self.others)
            items = "".join(f'<li><a href="{path}">Mục</a></li>' for path in menu)
            return answer(listing(self.newest, more=f'<ul class="menu">{items}</ul>'))
        if asked.path == "/gioi-thieu":
            return answer(bare())
        if asked.path in self.sections:
            own = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
            some = self.sections[asked.path][EACH * (own - 1) :][:EACH]
            following = f'<a href="{asked.path}?trang={own + 1}" rel="next">Trang sau</a>'
            is_last = EACH * own >= len(self.sections[asked.path])
            return answer(listing(some, more="" if is_last else following))
        if asked.path in {path for paths in self.sections.values() for path in paths}:
            return answer(article(int(asked.path[9:-5])))
        return NOT_FOUND

    def publish(self, section: int, number: int, *, place: int = 0, is_shown: bool = True) -> str:
        path = self.path(section, number)
        self.sections[f"/muc-{section}"].insert(place, path)
        if is_shown:
            self.newest.insert(0, path)
        return path


def let_pass(archived: Archived, days: int) -> None:
    """Let what was noted of routes be so many days older."""
    with closing(sqlite3.connect(archived.db)) as db, db:
        for column in ("looked_at", "walked_at", "checked_at"):
            for rowid, told in db.execute(f"SELECT rowid, {column} FROM routes").fetchall():
                if told:
                    at = datetime.fromisoformat(told).astimezone(UTC) - timedelta(days=days)
                    then = at.isoformat(timespec="seconds").replace("+00:00", "Z")
                    db.execute(f"UPDATE routes SET {column} = ? WHERE rowid = ?", [then, rowid])
        db.execute("UPDATE runs SET started_at = '2020-01-01T00:00:00Z'")


def verdict(archived: Archived) -> tuple[str, str]:
    (row,) = archived.rows("SELECT verdict, as_of FROM coverage")
    return row["verdict"], row["as_of"]


def test_sections_are_looked_at_where_there_is_news_and_every_few_days(portal: Portal) -> None:
    district = District()
    archived, server = portal(district)

    def asked_by_a_crawl() -> list[str]:
        before = len(server.asked)
        archived.crawl(*QUICK, code=None)
        return server.asked[before:]

    asked_by_a_crawl()
    assert held(archived) == SECTIONS * PAGES * EACH
    assert verdict(archived)[0] == "complete"

    assert len(asked_by_a_crawl()) <= 3, "nothing is new"
    as_of = verdict(archived)
    assert as_of[0] == "complete"

    new = district.publish(3, 900)
    also_new = district.publish(9, 901, is_shown=False)
    asked = asked_by_a_crawl()
    assert {new, also_new, *district.sections} <= {*asked}
    assert verdict(archived)[0] == "complete"
    assert len(asked_by_a_crawl()) <= 3

    hidden = district.publish(7, 902, is_shown=False)
    assert hidden not in asked_by_a_crawl()
    let_pass(archived, 4)
    told = verdict(archived)
    assert hidden in asked_by_a_crawl()
    assert verdict(archived) > told, "what it proves is of when all lists were looked at"
    assert len(asked_by_a_crawl()) <= 3


def lists(archived: Archived) -> dict[str, tuple[str, str | None]]:
    """Return what became of each list, by path."""
    rows = archived.rows("SELECT url, state, reason FROM lists")
    return {"/" + row["url"].split("/", 3)[3]: (row["state"], row["reason"]) for row in rows}


def told(summary: dict[str, Any]) -> str:
    """Return the verdict in words without the server's address."""
    return re.sub(r"http://[^/]+", "", summary["told"].partition(" (as of")[0])


@pytest.mark.parametrize(
    ("other", "state", "reason"),
    [("/gioi-thieu", "other", None), ("/khong-co", "gone", "HTTP 404")],
)
def test_a_menu_may_lead_to_what_is_no_list(
    portal: Portal, other: str, state: str, reason: str | None
) -> None:
    archived, server = portal(District(other))
    assert archived.crawl(*QUICK)["outcome"] == "finished"
    assert held(archived) == SECTIONS * PAGES * EACH
    assert verdict(archived)[0] == "complete", "it is accounted for, and lists name the rest"
    assert lists(archived)[other] == (state, reason)
    gaps = archived.rows("SELECT state, reason, found_by, found_on FROM gaps")
    named = {"state": state, "reason": reason, "found_by": "listing", "found_on": f"{server.url}/"}
    assert gaps == ([named] if state == "gone" else [])
    (row,) = archived.rows("SELECT missing FROM coverage")
    assert row["missing"] == len(gaps)
    server.asked.clear()
    archived.crawl(*QUICK)
    assert len(server.asked) <= 3
    let_pass(archived, 4)
    server.asked.clear()
    archived.crawl(*QUICK)
    assert {"/muc-1", "/muc-12"} <= {*server.asked}
    assert verdict(archived)[0] == "complete"


def test_an_article_that_the_menu_names_is_held_where_it_surely_is_one(portal: Portal) -> None:
    district = District("/gioi-thieu-chung.html")
    district.answers["/gioi-thieu-chung.html"] = answer(article(7000))
    archived, server = portal(district)
    archived.crawl(*QUICK)
    assert lists(archived)["/gioi-thieu-chung.html"] == ("article", None)
    assert verdict(archived)[0] == "complete", "it is accounted for"

    rules = {"title": (Rule("h1"),), "content": (Rule(".content"),), "listed": (Rule("h3 > a"),)}
    write(archived, Profile(name="", **rules))
    let_pass(archived, 31)
    archived.crawl(*QUICK, code=None)
    assert f"{server.url}/gioi-thieu-chung.html" in archived.urls()


def test_lists_that_do_not_name_what_is_held_prove_nothing(portal: Portal) -> None:
    """An article that only another one links to stands in no list: there may be more of them."""
    district = District()
    district.answers["/tin/bai-1003.html"] = answer(
        article(1003).replace(
            "</body>", '<p><a href="/tin/bai-77.html">Tin liên quan</a></p></body>'
        )
    )
    district.answers["/tin/bai-77.html"] = answer(article(77))
    archived, _ = portal(district)
    summary = archived.crawl(*QUICK, code=1)
    assert held(archived) == SECTIONS * PAGES * EACH + 1
    assert (summary["verdict"], summary["reasons"]) == ("unproven", {"uncovered": 1})
    assert told(summary) == (
        "unproven: nothing that is known is missing, but 1 article is named by no list, so that "
        "the lists are not all (/tin/bai-77.html)"
    )

    district.sections["/muc-2"].insert(0, "/tin/bai-77.html")
    let_pass(archived, 4)
    archived.crawl(*QUICK)
    assert verdict(archived)[0] == "complete", "a list names it by now"


def test_a_menu_of_dead_lists_proves_nothing(portal: Portal) -> None:
    district = District(*(f"/da-bo-{number}" for number in range(SECTIONS + 2)))
    archived, _ = portal(district)
    summary = archived.crawl(*QUICK, code=1)
    assert (summary["verdict"], summary["reasons"]) == ("unproven", {"dead_lists": SECTIONS + 2})
    assert "is most of them (for example /da-bo-0)" in told(summary)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
def test_a_list_that_breaks_off_is_told_and_the_others_are_walked(
    portal: Portal, status: str
) -> None:
    district = District()
    second = district.sections["/muc-2"][EACH:]
    district.answers["/muc-2?trang=2"] = answer("", status=status)
    archived, server = portal(district)
    summary = archived.crawl(*QUICK, code=1)
    assert held(archived) == SECTIONS * PAGES * EACH - len(second)
    assert (summary["verdict"], summary["reasons"]) == ("unproven", {"unwalked": 1})
    assert told(summary).endswith("but 1 list could not be walked to its end (/muc-2)")
    reason = f"its page {server.url}/muc-2?trang=2: HTTP {status[:3]}"
    assert lists(archived)["/muc-2"] == ("cut", reason)
    (gap,) = archived.rows("SELECT url, reason FROM gaps WHERE state = 'cut'")
    assert gap == {"url": f"{server.url}/muc-2", "reason": reason}
    done = run("gaps", "test", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 1
    assert f"cut      {server.url}/muc-2" in done.out

    district.answers.clear()
    let_pass(archived, 4)
    archived.crawl(*QUICK)
    assert {f"{server.url}{path}" for path in second} <= archived.urls()
    assert verdict(archived)[0] == "complete"


def test_a_section_that_is_new_in_the_menu_is_walked_at_once(portal: Portal) -> None:
    district = District()
    archived, _ = portal(district)
    archived.crawl(*QUICK)
    path = "/muc-moi"
    district.sections[path] = [district.path(90, number) for number in range(EACH * PAGES)]
    archived.crawl(*QUICK)
    assert lists(archived)[path] == ("walked", None)
    assert held(archived) == (SECTIONS + 1) * PAGES * EACH
    archived.crawl(*QUICK)
    assert verdict(archived)[0] == "complete", "all were looked at since something new was found"


def test_what_is_put_deep_into_a_list_is_found_within_a_month(portal: Portal) -> None:
    district = District()
    archived, server = portal(district)
    archived.crawl(*QUICK, code=None)
    deep = district.publish(5, 903, place=8, is_shown=False)
    let_pass(archived, 4)
    archived.crawl(*QUICK, code=None)
    assert deep not in server.asked, "the beginning of each list shows nothing new"
    let_pass(archived, 31)
    archived.crawl(*QUICK, code=None)
    assert deep in server.asked
    assert held(archived) == SECTIONS * PAGES * EACH + 1
    assert verdict(archived)[0] == "complete"
