"""A portal that tells what is new in lists for people alone: few requests, and nothing is lost."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

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
)

SECTIONS, PAGES = 12, 2
EACH = 5


class District:
    """A start page with the newest articles, and a menu of sections of two pages each."""

    def __init__(self, *others: str) -> None:
        self.others = others
        """What the menu leads to beside the sections, which is no list."""
        self.sections = {
            f"/muc-{section}": [self.path(section, n) for n in range(EACH * PAGES)]
            for section in range(1, SECTIONS + 1)
        }
        self.newest = [paths[0] for paths in self.sections.values()][:8]

    @staticmethod
    def path(section: int, number: int) -> str:
        return f"/tin/bai-{section * 1_000 + number}.html"

    def __call__(self, asked: Asked) -> bytes:
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


@pytest.mark.parametrize("other", ["/gioi-thieu", "/khong-co"])
def test_a_menu_that_leads_to_no_list_proves_nothing_and_costs_no_walk_a_day(
    portal: Portal, other: str
) -> None:
    archived, server = portal(District(other))
    assert archived.crawl(*QUICK)["outcome"] == "finished"
    assert held(archived) == SECTIONS * PAGES * EACH
    assert verdict(archived)[0] == "unproven", "lists led further"
    server.asked.clear()
    archived.crawl(*QUICK)
    assert len(server.asked) <= 3
    let_pass(archived, 4)
    server.asked.clear()
    archived.crawl(*QUICK)
    assert {"/muc-1", "/muc-12"} <= {*server.asked}
    assert verdict(archived)[0] == "unproven"


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
