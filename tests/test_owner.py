"""Whose is it? Article by article by the days of the body; and a host that another took over."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import Question
from crawler.vocabulary import Grade
from demo.faults import Faults
from demo.portal import Portal
from tests.conftest import Archived, Run, Serve, long, run
from tests.content import in_the_next_second
from tests.raw import NOT_FOUND, ROBOTS, Asked, answer, article, listing
from tests.raw import Portal as RawPortal
from tests.test_archive import BASE, KEY, Held, a_visit, an_article

# Article by article


@pytest.fixture
def held(tmp_path: Path) -> Any:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


def described(held: Held, **days: str | None) -> None:
    site = dict(held.rows("SELECT * FROM sites WHERE key = ?", KEY)[0]) | {"hosts": ()} | days
    held.archive.runs.start(site)


def attributed(held: Held) -> dict[str, str]:
    rows = held.rows("SELECT url, attribution FROM attributions JOIN articles ON id = article_id")
    return {row["url"].removeprefix(BASE): row["attribution"] for row in rows}


CASES: dict[str, tuple[str | None, str, str]] = {
    "published within": ("2024-05-03T08:00:00+07:00", "2026-01-01", "own"),
    "on the last day": ("2025-06-30T23:59:00+07:00", "2026-01-01", "own"),
    "on the first day": ("2019-02-01T00:10:00+07:00", "2026-01-01", "own"),
    "the day after": ("2025-07-01T00:10:00+07:00", "2026-01-01", "other"),
    "the day before": ("2019-01-31T23:50:00+07:00", "2026-01-01", "other"),
    "misdated, and seen within": ("2025-09-09T08:00:00+07:00", "2025-06-01", "own"),
    "undated, and seen within": (None, "2021-03-04", "own"),
    "undated, and seen later": (None, "2025-07-02", "unattributed"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_article_is_the_body_s_by_the_days_of_the_body(case: str, held: Held) -> None:
    published, seen, expected = CASES[case]
    described(held, active_from="2019-02-01", active_to="2025-06-30")
    moment = datetime.fromisoformat(published) if published else None
    at = datetime.fromisoformat(seen).replace(hour=5, tzinfo=UTC)
    held.record(a_visit("bai/", an_article(published_at=moment), at=at))
    assert attributed(held) == {"bai/": expected}


def test_what_a_web_archive_saw_within_the_days_decides_afterwards(held: Held) -> None:
    described(held, active_to="2025-06-30")
    undated = an_article(published_at=None)
    held.record(a_visit("bai/", undated, at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert attributed(held) == {"bai/": "unattributed"}
    held.record(a_visit("bai/", undated, at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert attributed(held) == {"bai/": "own"}


def test_a_body_without_days_has_all(held: Held) -> None:
    described(held, active_from=None, active_to=None)
    held.record(a_visit("bai/", an_article(published_at=None)))
    assert attributed(held) == {"bai/": "own"}


def test_of_what_is_withheld_wholly_nobody_is_told_to_be_the_owner(held: Held) -> None:
    """It has a day, which is withheld, too: it is not that nothing tells whose it is."""
    described(held, active_to="2025-06-30")
    seen = datetime(2026, 1, 1, tzinfo=UTC)
    held.record(a_visit("bai/", an_article(published_at=datetime(2021, 5, 3, tzinfo=UTC)), at=seen))
    assert attributed(held) == {"bai/": "own"}
    (row,) = held.rows("SELECT code FROM articles")
    held.archive.withheld.hide(row["code"], Grade.ALL, "theo yêu cầu")
    assert attributed(held) == {}
    assert held.rows("SELECT others, unattributed FROM coverage") == [
        {"others": 0, "unattributed": 0}
    ]


@pytest.mark.parametrize("taken", [None, "asked", "given"])
def test_the_ledger_counts_what_the_view_says(taken: str | None, held: Held) -> None:
    described(held, active_from="2019-02-01", active_to="2025-06-30")
    since = datetime(2026, 3, 1, tzinfo=UTC)
    for number, (published, seen, _) in enumerate(CASES.values()):
        moment = datetime.fromisoformat(published) if published else None
        at = datetime.fromisoformat(seen).replace(hour=5, tzinfo=UTC)
        held.record(a_visit(f"bai-{number}/", an_article(published_at=moment), at=at))
    held.record(a_visit("la/", an_article("Lạ", "Không rõ của ai."), at=since))
    if taken:
        question = Question(since, 4, 3, "không còn bài nào")
        held.archive.owners.notice(held.run_id, KEY, question)
    if taken == "given":
        held.archive.owners.give(KEY, "xa_mau")
    counted = held.rows(
        "SELECT sum(attribution = 'other') AS others, "
        "sum(attribution = 'unattributed') AS unattributed FROM attributions"
    )
    assert held.rows("SELECT others, unattributed FROM coverage") == counted
    assert (
        attributed(held)["la/"] == {None: "own", "asked": "unattributed", "given": "other"}[taken]
    )


# A host that another body took over

OLD = {f"/tin/bai-{n}.html": article(n) for n in range(1, 11)}
NEW = {f"/xa/tin-{n}.html": article(n) for n in range(101, 105)}


class Host:
    """A host whose portal is what it is told to be."""

    def __init__(self, **pages: str) -> None:
        self.pages = pages
        self.instead: bytes = NOT_FOUND

    def __call__(self, asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(listing([*self.pages]))
        if asked.path in self.pages:
            return answer(self.pages[asked.path])
        return self.instead.replace(b"URL", asked.url.encode())


def problems(archived: Archived) -> list[dict[str, Any]]:
    return archived.rows("SELECT run_id, message FROM problems WHERE kind = 'owner'")


def of_whom(archived: Archived) -> dict[str, set[str]]:
    rows = archived.rows(
        "SELECT url, attribution FROM attributions JOIN articles ON id = article_id"
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        path = "/" + row["url"].split("/", 3)[3]
        found.setdefault(row["attribution"], set()).add(path)
    return found


def owner(archived: Archived, *arguments: str) -> Run:
    sites = str(archived.folder / "sites")
    done = run("owner", "test", "--db", archived.db, *arguments, TINHUYEN_SITES=sites)
    assert "Traceback" not in done.err, done.err
    return done


_SOFT = (
    '<html lang="vi"><head><title>Xã Mẫu</title></head><body><h1>Xã Mẫu</h1><div class="content">'
    "<p>Trang đang được cập nhật, mời quý vị xem các tin khác.</p></div></body></html>"
)


INSTEAD = {
    "404": NOT_FOUND,
    "a soft 404": answer(_SOFT),
    "the start page": answer("", "text/html", "302 Found", "Location: URL/"),
}


@pytest.mark.parametrize("instead", ["404", long("a soft 404"), long("the start page")])
def test_of_a_host_that_another_body_took_over_nothing_is_attributed_and_it_is_told_once(
    portal: RawPortal, instead: str
) -> None:
    host = Host(**OLD)
    archived, server = portal(host)
    archived.crawl(code=None)
    in_the_next_second()
    assert of_whom(archived) == {"own": {*OLD}}
    host.pages, host.instead = NEW, INSTEAD[instead]

    summary = archived.crawl(code=1)

    assert summary["outcome"] == "another owner"
    assert "another body" in summary["told"]
    (problem,) = problems(archived)
    assert "tinhuyen owner test --same, or --successor KEY" in problem["message"]
    found = of_whom(archived)
    assert found.pop("own") == {*OLD}
    assert found.pop("unattributed", set()) <= {*NEW}
    assert not found
    assert archived.rows("SELECT state FROM urls WHERE state IN ('waiting', 'gone')") == []
    told = owner(archived)
    assert (told.code, told.out) == (1, f"test: {problem['message']}\n")
    gaps = run("gaps", "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
    assert gaps.code == 1
    assert "another body seems to have taken over its host" in gaps.out

    server.asked.clear()
    assert archived.crawl(code=1)["outcome"] == "another owner"
    assert server.asked == []
    assert problems(archived) == [problem]


def test_a_takeover_is_told_in_one_line(portal: RawPortal) -> None:
    host = Host(**OLD)
    archived, _ = portal(host)
    archived.crawl(code=None)
    in_the_next_second()
    host.pages = NEW
    sites = str(archived.folder / "sites")
    done = run("crawl", "test", "--db", archived.db, TINHUYEN_SITES=sites)
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert re.match(r"[0-9-]{10} [0-9:,]+ ERROR test: ", line)
    assert line == line.rstrip()
    assert "tinhuyen owner test --same" in line


def test_the_operator_says_that_it_is_the_same(portal: RawPortal) -> None:
    host = Host(**OLD)
    archived, _ = portal(host)
    archived.crawl(code=None)
    in_the_next_second()
    host.pages = NEW
    archived.crawl(code=1)

    assert owner(archived, "--same").code == 0

    assert owner(archived).code == 0
    assert archived.crawl(code=None)["outcome"] == "finished"
    archived.crawl("--full", code=None)
    assert of_whom(archived) == {"own": {*OLD, *NEW}}
    assert len(problems(archived)) == 1
    assert archived.rows("SELECT state FROM urls WHERE state = 'elsewhere'") == []


def test_the_operator_names_the_successor(portal: RawPortal) -> None:
    host = Host(**OLD)
    archived, server = portal(host)
    archived.crawl(code=None)
    in_the_next_second()
    host.pages = NEW
    archived.crawl(code=1)
    sites = archived.folder / "sites" / "xa.toml"
    facts = {"name": "Xã Mẫu", "base_url": f"{server.url}/", "cms": "generic"}
    lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items()]

    unknown = owner(archived, "--successor", "xa")
    assert (unknown.code, "no site is called 'xa'" in unknown.err) == (2, True)
    sites.write_text("\n".join(["[xa]", *lines]), encoding="utf-8")
    assert owner(archived, "--successor", "xa").code == 0

    server.asked.clear()
    assert archived.crawl("--media", code=None)["outcome"] == "finished"
    assert server.asked == []
    assert "another body" not in archived.crawl(code=None)["told"]
    found = of_whom(archived)
    assert found["own"] == {*OLD}
    assert found.get("other", set()) <= {*NEW}
    assert "unattributed" not in found
    assert "is xa's since" in owner(archived).out


GOES_ON: dict[str, dict[str, str]] = {
    "one of the old ones is named yet": {**dict([*OLD.items()][:1]), **NEW},
    "all have moved": {path.replace("/tin/", "/moi/"): page for path, page in OLD.items()},
    "all are gone, and nothing has come": {},
    "less has come than tells": dict([*NEW.items()][:2]),
}


@pytest.mark.parametrize(
    "case", ["all have moved", *(long(case) for case in GOES_ON if case != "all have moved")]
)
def test_a_portal_that_goes_on_is_not_in_question(portal: RawPortal, case: str) -> None:
    host = Host(**OLD)
    archived, _ = portal(host)
    archived.crawl(code=None)
    in_the_next_second()
    host.pages = GOES_ON[case]

    assert archived.crawl(code=None)["outcome"] == "finished"
    assert archived.crawl("--full", code=None)["outcome"] == "finished"

    assert problems(archived) == []
    assert {*of_whom(archived)} == {"own"}


def test_many_news_of_a_portal_cost_no_question(serve: Serve) -> None:
    portal = Portal.scaled(10, page_bytes=0)
    archived = serve(portal, Faults(hide_neighbours=True))
    archived.crawl()
    newest = portal.newest[0]
    for number in range(1, 6):
        portal.add(
            slug=f"tin-{number}", title=f"Tin {number}", category=newest.category, tags=[],
            date=newest.date.replace(hour=23, minute=number), body=f"Nội dung tin {number}.",
        )  # fmt: skip
    assert archived.server
    asked = len(archived.server.log)

    assert archived.crawl()["new"] == 5

    paths = [request.target for request in archived.server.log[asked:]]
    assert not {post.path for post in portal.posts} & {*paths} - {f"/tin-{n}/" for n in range(1, 6)}


def test_who_was_never_crawled_has_no_owner_to_tell(portal: RawPortal) -> None:
    archived, _ = portal(Host(**OLD))
    assert owner(archived).code == 2
    archived.crawl(code=None)
    in_the_next_second()
    told = owner(archived)
    assert (told.code, told.out) == (0, "test: nothing speaks for it that its host is another's\n")
    assert owner(archived, "--same").out == "test: nobody has asked whose its host is\n"
    assert owner(archived, "--same", "--successor", "test").code == 2
    assert owner(archived, "--successor", "test").code == 2
