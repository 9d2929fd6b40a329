"""One verdict on a site: what is claimed is proved and dated, what is not proved is called so."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import Archive, Judgement, verdict_on
from crawler.vocabulary import Lack, Sign, Verdict
from crawler.vocabulary.words import LANGUAGES
from reading_room.plugins.display import show_day
from tests.room_sample import SITES, build_archive

SITE = "https://chodon.example"
NOW = datetime.now(UTC).replace(microsecond=0)
A_DAY = timedelta(days=1)


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def article(number: int, **more: Any) -> dict[str, Any]:
    """Return the article of a number, whose older neighbour has the number before it."""
    return {
        "site": "chodon",
        "url": f"{SITE}/{number}/",
        "title": f"Tin số {number}",
        "body": f"Nội dung của bài số {number}.",
        "published_at": f"2021-{1 + number // 28:02d}-{1 + number % 28:02d}T08:00:00+07:00",
        "prev_url": f"{SITE}/{number - 1}/" if number else None,
    } | more


def address(number: int, state: str, **more: Any) -> dict[str, Any]:
    return {"url": f"{SITE}/{number}/", "state": state, "found_by": "rest"} | more


def route(name: str, **more: Any) -> dict[str, Any]:
    """Return the row of a route that was walked to its end by the latest crawl."""
    row = {"site": "chodon", "route": name, "state": "open", "checked_at": at(NOW)}
    return row | {"walked_at": at(NOW - A_DAY), "proves": 1} | more


REST = route("rest", total=5)
NO_LIST = {"no_list": 1}


def judge(
    path: Path,
    articles: Sequence[Mapping[str, Any]],
    urls: Sequence[Mapping[str, Any]] = (),
    routes: Sequence[Mapping[str, Any]] = (),
    active_to: str | None = None,
    outcome: str = "finished",
) -> Judgement:
    """Return the verdict on a site of which an archive holds so much after a crawl."""
    held = {row["url"] for row in articles}
    new = [row for row in urls if row["url"] not in held]
    build_archive(path / "archive.db", articles, SITES, new)
    with closing(sqlite3.connect(path / "archive.db")) as db, db:
        for row in routes:
            marks = ", ".join("?" * len(row))
            db.execute(f"INSERT INTO routes ({', '.join(row)}) VALUES ({marks})", [*row.values()])
        db.execute("UPDATE urls SET listed_in = 1 WHERE state = 'held'")
        for row in urls:
            if row["url"] in held:
                db.execute("UPDATE urls SET state = ?, listed_in = NULL WHERE url = ?",
                           [row["state"], row["url"]])  # fmt: skip
        db.execute("UPDATE sites SET active_to = ? WHERE key = 'chodon'", [active_to])
        db.execute("UPDATE runs SET started_at = ?, finished_at = ?", [at(NOW - A_DAY), None])
    with Archive.open(path / "archive.db") as archive:
        archive.runs.finish(1, outcome, 9, 9)
        row = archive.ledger.coverage("chodon")
        assert row is not None
        assert bool(row["complete"]) == (row["verdict"] in ("complete", "ended"))
        return verdict_on(row)


HELD = [article(number) for number in range(5)]
ALIKE = [article(number, title="UBND HUYỆN CHỢ ĐỒN") for number in range(5)]


@pytest.mark.parametrize(
    ("articles", "urls", "routes", "active_to", "verdict", "reasons"),
    [
        pytest.param(HELD, [], [REST], None, "complete", {}, id="a list with a total"),
        pytest.param(
            HELD, [], [route("sitemap")], None, "complete", {}, id="a list without a total"
        ),
        pytest.param(
            HELD, [address(9, "gone", listed_in=1), address(8, "not_article", listed_in=1)],
            [route("rest", total=7)], None, "complete", {}, id="what is accounted for",
        ),
        pytest.param(HELD, [], [], None, "unproven", NO_LIST, id="nothing but the chain"),
        pytest.param(
            HELD, [], [route("feed", proves=0)], None, "unproven", NO_LIST,
            id="a feed of the newest",
        ),
        pytest.param(
            HELD, [], [route("rest", total=5, pending='["https://chodon.example/p"]')], None,
            "unproven", NO_LIST, id="a walk that is under way",
        ),
        pytest.param(
            HELD, [], [route("rest", total=5, state="failed")], None, "unproven", NO_LIST,
            id="a list that answers no more",
        ),
        pytest.param(
            HELD, [], [route("rest", total=5, checked_at=at(NOW - 9 * A_DAY))], None, "unproven",
            NO_LIST, id="a list that was walked before the newest article was found",
        ),
        pytest.param(
            HELD, [], [route("rest", total=8)], None, "incomplete", {"unnamed": 3},
            id="a list whose count disagrees",
        ),
        pytest.param(
            HELD, [address(4, "gone", gone_since=at(NOW))], [REST], None, "incomplete",
            {"unnamed": 1}, id="one that is gone is none of those that the portal counts",
        ),
        pytest.param(
            HELD, [address(8, "waiting"), address(9, "failed"), address(10, "refused")], [REST],
            None, "incomplete", {"waiting": 1, "failed": 1, "refused": 1}, id="known and not held",
        ),
        pytest.param(
            [article(0), article(1, prev_url=None), article(2)], [], [route("rest", total=3)], None,
            "incomplete", {"broken": 1}, id="a break in the chain",
        ),
        pytest.param(ALIKE, [], [REST], None, "unread", {"one title": 5}, id="one title"),
        pytest.param(
            [article(number, body="Trụ sở: thị trấn Bằng Lũng") for number in range(5)], [], [REST],
            None, "unread", {"one text": 5}, id="one text",
        ),
        pytest.param(
            [article(number, published_at="2019-08-07") for number in range(24)], [], [], None,
            "unread", {"one day": 24}, id="one day",
        ),
        pytest.param(
            HELD[:2],
            [address(number, "not_article", found_by="listing") for number in range(20, 25)],
            [], None, "unread", {"no article": 5}, id="most of what was named is no article",
        ),
        pytest.param(
            HELD[:1], [{"url": f"{SITE}/", "state": "not_article", "found_by": "seed"}], [], None,
            "unread", {"no links": 1}, id="lists without a link",
        ),
        pytest.param(
            [article(number, prev_url=None) for number in range(5)],
            [{"url": f"{SITE}/", "state": "not_article", "found_by": "seed"},
             address(9, "not_article", found_by="listing")],
            [route("listing", proves=0)], None, "unread", {"no way on": 5},
            id="nothing but what the start page names",
        ),
        pytest.param(
            [article(number, prev_url=None) for number in range(5)],
            [{"url": f"{SITE}/", "state": "not_article", "found_by": "seed", "in_list": 0},
             address(9, "not_article", found_by="feed", in_list=1)],
            [route("listing", proves=0), route("feed", proves=0)], None, "unread",
            {"no way on": 5}, id="nothing but what the start page names, and a feed",
        ),
        pytest.param(
            HELD[:2],
            [{"url": f"{SITE}/", "state": "not_article", "found_by": "seed", "in_list": 0},
             address(9, "waiting", found_by="feed", in_list=1)],
            [], None, "incomplete", {"waiting": 1}, id="lists with a link that a feed names, too",
        ),
        pytest.param(
            [article(number, prev_url=None) for number in range(5)],
            [{"url": f"{SITE}/", "state": "not_article", "found_by": "seed"},
             address(9, "not_article", found_by="listing")],
            [route("listing", proves=0, is_paged=1)], None, "unproven", NO_LIST,
            id="lists that led further, and one of them is not there",
        ),
        pytest.param(
            [article(number, prev_url=None) for number in range(5)],
            [{"url": f"{SITE}/", "state": "elsewhere", "found_by": "seed",
              "moved_to": f"{SITE}/trang-chu.aspx"},
             {"url": f"{SITE}/trang-chu.aspx", "state": "not_article", "found_by": "seed"},
             address(9, "not_article", found_by="listing")],
            [], None, "unread", {"no way on": 5}, id="the same of a start page that leads on",
        ),
        pytest.param(
            [article(0, prev_url=None), article(1, prev_url=None, url=f"{SITE}/")],
            [address(9, "not_article", found_by="listing")],
            [], None, "unread", {"no way on": 2}, id="a start page that was taken for an article",
        ),
        pytest.param(
            [article(number, prev_url=None) for number in range(5)],
            [{"url": f"{SITE}/chuyen-muc/", "state": "not_article", "found_by": "seed"},
             address(9, "not_article", found_by="listing")],
            [], None, "unproven", NO_LIST, id="a list that the operator has given",
        ),
        pytest.param(
            [], [address(8, "refused"), address(9, "gone")], [REST], None, "empty",
            {"refused": 1, "gone": 1}, id="nothing is held",
        ),
        pytest.param(HELD, [], [REST], "2025-06-30", "ended", {}, id="a body that is no more"),
        pytest.param(
            HELD, [], [route("wayback", proves=None)], "2025-06-30", "ended", {},
            id="a web archive was asked for all that it has of it",
        ),
        pytest.param(
            HELD, [], [route("wayback", proves=None)], None, "unproven", NO_LIST,
            id="a web archive knows not what a portal has",
        ),
        pytest.param(
            HELD, [], [], "2025-06-30", "unproven", NO_LIST, id="of a body that is no more, no list"
        ),
    ],
)  # fmt: skip
def test_each_row_of_the_table(
    tmp_path: Path,
    articles: Sequence[Mapping[str, Any]],
    urls: Sequence[Mapping[str, Any]],
    routes: Sequence[Mapping[str, Any]],
    active_to: str | None,
    verdict: str,
    reasons: dict[str, int],
) -> None:
    judged = judge(tmp_path, articles, urls, routes, active_to)
    assert (judged.verdict, dict(judged.reasons)) == (verdict, reasons)
    assert judged.as_of
    assert not judged.stale
    for language in LANGUAGES:
        told = judged.in_words(language)
        assert told == told.strip()
        assert "{" not in told
        assert all(str(number) in told for _, number in judged.reasons)


def test_a_crawl_that_was_told_to_stop_knows_not_where_the_lists_lead(tmp_path: Path) -> None:
    """What the start page names is held, and the next page of its list was not asked for yet."""
    articles = [article(number, prev_url=None) for number in range(5)]
    urls = [
        {"url": f"{SITE}/", "state": "not_article", "found_by": "seed"},
        address(9, "not_article", found_by="listing"),
    ]
    for outcome, verdict in (("finished", "unread"), ("limit", "unproven")):
        (tmp_path / outcome).mkdir()
        judged = judge(tmp_path / outcome, articles, urls, outcome=outcome)
        assert judged.verdict == verdict


@pytest.mark.parametrize(
    ("verdict", "reasons", "leaves_open"),
    [
        (Verdict.COMPLETE, [], False),
        (Verdict.ENDED, [], False),
        (Verdict.UNPROVEN, [], False),
        (Verdict.INCOMPLETE, [Lack.REFUSED], False),
        (Verdict.INCOMPLETE, [Lack.REFUSED, Lack.BROKEN], False),
        (Verdict.INCOMPLETE, [Lack.REFUSED, Lack.WAITING], True),
        (Verdict.INCOMPLETE, [Lack.FAILED], True),
        (Verdict.INCOMPLETE, [Lack.UNNAMED], True),
        (Verdict.UNREAD, [Sign.ONE_DAY], True),
        (Verdict.EMPTY, [Lack.REFUSED], True),
        (Verdict.UNKNOWN, [], True),
    ],
)
def test_what_a_crawl_has_to_answer_for(
    verdict: Verdict, reasons: Sequence[Lack | Sign], leaves_open: bool
) -> None:
    assert Judgement(verdict, tuple((why, 1) for why in reasons)).leaves_open == leaves_open


def test_a_verdict_is_of_a_day_and_grows_old(tmp_path: Path) -> None:
    long_ago = NOW - 510 * A_DAY
    judged = judge(tmp_path, HELD, [], [REST])
    assert judged.in_words("en") == f"complete (as of {NOW:%Y-%m-%d})"
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db, db:
        db.execute("UPDATE runs SET started_at = ?, finished_at = ?", [at(long_ago)] * 2)
        db.execute("UPDATE routes SET checked_at = ?", [at(long_ago)])
    with Archive.open(tmp_path / "archive.db") as archive:
        row = archive.ledger.coverage("chodon")
        assert row is not None
    judged = verdict_on(row)
    assert (judged.verdict, judged.stale) == (Verdict.COMPLETE, True)
    day = f"{long_ago:%Y-%m-%d}"
    assert judged.in_words("en") == f"complete (as of {day}: too long ago to hold still)"
    assert judged.in_words("vi") == f"Đầy đủ (tính đến {day}: đã quá lâu, có thể không còn đúng)"


def test_a_page_writes_the_day_of_a_verdict_as_it_does_all_days() -> None:
    late = Judgement(Verdict.COMPLETE, as_of="2026-11-30T18:00:00Z")
    assert late.in_words("en") == "complete (as of 2026-11-30)"
    told = late.in_words("vi", show_day(late.as_of))
    assert told == "Đầy đủ (tính đến 01/12/2026)"


def test_a_crawl_that_nobody_answers_makes_no_verdict_younger(tmp_path: Path) -> None:
    long_ago = NOW - 510 * A_DAY
    judge(tmp_path, HELD)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db, db:
        db.execute("UPDATE runs SET started_at = ?, finished_at = ?", [at(long_ago)] * 2)
        db.execute(
            "INSERT INTO runs (site, started_at, finished_at, outcome, failed)"
            " VALUES ('chodon', ?, ?, 'finished', 9)",
            [at(NOW), at(NOW)],
        )
    with Archive.open(tmp_path / "archive.db") as archive:
        row = archive.ledger.coverage("chodon")
    assert row is not None
    assert (row["verdict"], row["as_of"], row["stale"]) == ("unproven", at(long_ago), 1)


@pytest.mark.parametrize(
    ("pause", "rhythm"), [(1, 7), (5, 20), (300, 90)], ids=["daily", "every five days", "yearly"]
)
def test_the_rhythm_is_that_of_the_portals_own_news(
    tmp_path: Path, pause: int, rhythm: int
) -> None:
    days = [(NOW - n * pause * A_DAY).strftime("%Y-%m-%d") for n in range(20)]
    judge(tmp_path, [article(n, published_at=day) for n, day in enumerate(reversed(days))])
    with Archive.open(tmp_path / "archive.db") as archive:
        row = archive.ledger.coverage("chodon")
    assert row is not None
    assert row["rhythm"] == pytest.approx(rhythm)


def test_the_reasons_are_told_with_their_numbers() -> None:
    judged = Judgement(Verdict.INCOMPLETE, ((Lack.WAITING, 1234), (Lack.UNNAMED, 761)))
    assert judged.in_words("en") == (
        "incomplete: 1,234 addresses are waiting, and the portal counts 761 more, which no route "
        "names"
    )
    assert judged.in_words("vi") == (
        "Chưa đầy đủ: 1.234 địa chỉ đang chờ và cổng tính là còn 761 bài nữa mà không lối nào dẫn "
        "tới"
    )


def test_a_figure_is_worked_out_once_and_for_no_other_site(tmp_path: Path) -> None:
    """Of 700 portals each, coverage took seven seconds: each figure was worked out again for each
    that is built on it, and for each portal the breaks of all.
    """
    judge(tmp_path, HELD, [], [REST])
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN SELECT * FROM coverage")]
        of_one = [
            row[3]
            for row in db.execute("EXPLAIN QUERY PLAN SELECT * FROM coverage WHERE site = 'chodon'")
        ]
        (view,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'coverage'").fetchone()
    figures = view.count("(SELECT ")
    assert not [step for step in (*plan, *of_one) if "MATERIALIZE" in step]
    assert sum("SUBQUERY" in step for step in plan) <= 2 * figures
    assert [step for step in plan if step.startswith("SCAN sites")]
    assert not [step for step in of_one if step.startswith("SCAN sites")]
