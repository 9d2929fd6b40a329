"""Parameters that make no other page are learnt of each portal, and taken back where they do."""

import itertools
import re
from pathlib import Path

import pytest

from crawler.text.addresses import parameters, without
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, State
from tests.conftest import Archived, run
from tests.content import writing
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Asked, Portal, answer, article, chain, held, listing
from tests.test_archive import KEY, NOON, Held

BASE = "https://huyen.example/tin"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("?xem=1&id=2", "?id=2"),
        ("?id=2&xem=", "?id=2"),
        ("?id=2&xem", "?id=2"),
        ("?xem=1", ""),
        ("?%78em=1&id=%C4%91", "?id=%C4%91"),
        ("?xemthem=1", "?xemthem=1"),
        ("/xem=1", "/xem=1"),
    ],
)
def test_an_address_without_a_parameter(url: str, expected: str) -> None:
    assert without(BASE + url, {"xem"}) == BASE + expected


def test_the_parameters_of_an_address() -> None:
    assert parameters(BASE + "?a=1&b=&c=x%20y") == {"a": "1", "b": "", "c": "x y"}
    assert parameters(BASE + "?a=1&a=2") == {}
    assert parameters(BASE) == {}


class Counting:
    """A portal that counts in each of its links how often articles were looked at."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.pages = chain(4)
        self.tells_apart = False
        """Whether the counter makes other pages after all."""

    def __call__(self, asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        page = listing([*self.pages][::-1]) if asked.path == "/" else self.pages.get(asked.path)
        if page is None:
            return NOT_FOUND
        if self.tells_apart and "xem=" in asked.target:
            page = article(700 + int(asked.target.rpartition("=")[2]))
        links = re.compile(r'(?<=href=")/tin/[^"]*')
        return answer(links.sub(lambda m: f"{m[0]}?xem={next(self.numbers)}", page))


def crawl(archived: Archived, times: int) -> None:
    for _ in range(times):
        archived.crawl(*QUICK, "--full", code=None)


def noise(archived: Archived) -> list[tuple[str, bool]]:
    rows = archived.rows("SELECT parameter, until FROM noise ORDER BY parameter")
    return [(row["parameter"], row["until"] is None) for row in rows]


def test_a_counter_in_addresses_is_left_out_until_it_makes_other_pages(portal: Portal) -> None:
    counting = Counting()
    archived, server = portal(counting)
    crawl(archived, 1)
    assert held(archived) > 4, "each address is an article of its own as yet"
    crawl(archived, 2)
    assert noise(archived) == [("xem", True)]
    assert held(archived) == 4
    assert all("xem" not in url for url in archived.urls())

    before = len(server.asked)
    archived.crawl(*QUICK, "--full", code=None)
    with_it = [target for target in server.asked[before:] if "xem=" in target]
    assert len(with_it) == 1, "one is asked for as the portal writes it"
    assert held(archived) == 4
    chained = archived.rows("SELECT prev_url FROM articles WHERE prev_url IS NOT NULL")
    assert len(chained) == 3
    assert all("xem" not in row["prev_url"] for row in chained)
    done = run("verify", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert done.code == 0, done.out + done.err

    counting.tells_apart = True
    crawl(archived, 2)
    assert noise(archived) == [("xem", False)]
    assert held(archived) > 4, "what it leads to is asked for again"


def test_a_parameter_that_names_pages_is_no_noise(portal: Portal) -> None:
    """Though it makes no difference to some of them."""

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(listing([f"/tin?id={n}" for n in range(1, 13)]))
        number = int(asked.target.rpartition("=")[2]) if "=" in asked.target else 1
        return answer(article(number if number > 6 else 1)) if asked.path == "/tin" else NOT_FOUND

    archived, _ = portal(answered)
    crawl(archived, 3)
    assert noise(archived) == []


def test_a_redirect_to_what_has_noise_leads_to_the_address_that_is_noted(tmp_path: Path) -> None:
    archive = Held(tmp_path / "archive.db")
    with writing(archive.path) as tables:
        tables.noise.set(KEY, {"xem"}, NOON)
    moved = Visit(
        f"{BASE}/cu", Origin(Discovery.SEED), NOON, State.ELSEWHERE, 301,
        moved_to=f"{BASE}?id=1&xem=5",
    )  # fmt: skip

    archive.record(moved)

    rows = archive.rows("SELECT url, moved_to FROM urls")
    assert {row["url"]: row["moved_to"] for row in rows} == {
        f"{BASE}/cu": f"{BASE}?id=1",
        f"{BASE}?id=1": None,
    }
    archive.close()
