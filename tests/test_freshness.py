"""How fresh what is held is, how often a site is crawled, and when again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive import Archive, Freshness
from crawler.cadence import (
    LONGEST,
    SHORTEST,
    UNLEARNT,
    learnt_cadence,
    recheck_after,
    rechecks,
    run_again_at,
)
from crawler.survey import Finding
from crawler.vocabulary import NameAnswer, RunOutcome, Says, Staleness, Way

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
BASE = "https://thu.example/"


@pytest.mark.parametrize(
    ("pause", "silence", "cadence"),
    [
        (None, None, UNLEARNT),
        (None, 2 * DAY, UNLEARNT),
        (None, 100 * DAY, 5 * DAY),
        (HOUR, HOUR, SHORTEST),
        (timedelta(0), timedelta(0), SHORTEST),
        (DAY, DAY, DAY / 2),
        (DAY, 20 * DAY, DAY),
        (DAY, 5000 * DAY, LONGEST),
        (1000 * DAY, DAY, LONGEST),
    ],
)
def test_a_cadence_is_learnt_from_pauses_and_silence(
    pause: timedelta | None, silence: timedelta | None, cadence: timedelta
) -> None:
    assert learnt_cadence(pause, silence) == cadence


BEGUN = datetime(2026, 3, 1, 22, 15, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "cadence", "way", "due"),
    [
        ("finished", 6 * HOUR, Way.LIVE, BEGUN + 6 * HOUR),
        ("finished", 6 * HOUR, Way.ARCHIVES, BEGUN + 30 * DAY),
        ("finished", 40 * DAY, Way.ARCHIVES, BEGUN + 40 * DAY),
        ("shutdown", 30 * DAY, Way.LIVE, BEGUN + HOUR),
        ("killed", HOUR / 2, Way.LIVE, BEGUN + HOUR / 2),
        ("limit", 6 * HOUR, Way.ARCHIVES, BEGUN + HOUR),
        (None, 6 * HOUR, Way.LIVE, BEGUN + HOUR),
        ("not now", 6 * HOUR, Way.LIVE, MIDNIGHT),
        ("no answer", 6 * HOUR, Way.LIVE, BEGUN + DAY),
        ("no answer", 6 * DAY, Way.LIVE, BEGUN + 6 * DAY),
        ("stuck", HOUR, Way.LIVE, BEGUN + DAY),
        ("closespider_timeout", HOUR, Way.LIVE, BEGUN + DAY),
    ],
)
def test_when_a_site_is_due_again_depends_on_how_its_run_ended(
    outcome: str | None, cadence: timedelta, way: Way, due: datetime
) -> None:
    assert run_again_at(BEGUN, outcome, cadence, way=way) == due


@pytest.mark.parametrize("outcome", RunOutcome)
def test_no_end_of_a_run_keeps_a_site_from_being_due_again(outcome: RunOutcome) -> None:
    due = run_again_at(BEGUN, outcome, HOUR)
    assert timedelta(0) < due - BEGUN <= 30 * DAY


@pytest.mark.parametrize("age", [-DAY, timedelta(0), 2 * DAY, 28 * DAY, 300 * DAY, 3000 * DAY])
def test_what_came_in_one_crawl_is_not_asked_for_again_in_one(age: timedelta) -> None:
    waits = [recheck_after(age, f"{BASE}{number}") for number in range(2000)]
    longest = max(DAY, min(age / 4, 365 * DAY))
    is_spread = longest >= 60 * DAY
    assert longest * (0.75 if is_spread else 1) <= min(waits)
    assert max(waits) <= longest
    if is_spread:
        span = longest / 4
        parts = [sum(longest - wait < span * (n + 1) / 4 for wait in waits) for n in range(4)]
        assert all(abs(part - 500 * (n + 1)) < 100 for n, part in enumerate(parts))


@pytest.mark.parametrize(
    ("due", "since", "most"),
    [
        (10_000, None, 0), (10_000, HOUR, 14), (10_000, 30 * DAY, 10_000),
        (10_000, 900 * DAY, 10_000), (0, DAY, 0), (1, DAY, 1),
    ],
)  # fmt: skip
def test_what_is_due_comes_within_a_month(due: int, since: timedelta | None, most: int) -> None:
    assert rechecks(due, since) == most


@pytest.mark.parametrize(("cadence", "burst"), [(30 * DAY, 3400), (DAY, 130), (6 * HOUR, 60)])
def test_ten_thousand_articles_are_seen_again_within_fourteen_months(
    cadence: timedelta, burst: int
) -> None:
    """All of which came in one crawl, of a portal that is dead."""
    due = sorted(recheck_after(4000 * DAY, f"{BASE}{number}") for number in range(10_000))
    done, day, ready = 0, timedelta(0), 0
    while done < len(due):
        day += cadence
        while ready < len(due) and due[ready] <= day:
            ready += 1
        taken = min(ready - done, max(50, rechecks(ready - done, cadence)))
        assert taken <= burst
        if taken:
            assert day - due[done] <= 60 * DAY, "what has been due for longest comes first"
        done += taken
    assert day <= 425 * DAY


def written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def archive_of(path: Path, *published: str | None, **more: Any) -> Archive:
    """Return an archive of one site with articles of these times."""
    archive = Archive.open(path / "archive.db", create=True)
    archive.surveys.know([{"key": "thu", "name": "Huyện Thử", "base_url": BASE, "cms": ""} | more])
    db = Database(path / "archive.db")
    db["articles"].insert_all(
        {
            "site": "thu", "code": str(number), "url": f"{BASE}{number}", "title": "x", "words": 1,
            "published_at": at, "text_sha256": "", "first_seen_at": written(NOW), "changed": number,
            "last_seen_at": written(NOW), "change": "new",
        }
        for number, at in enumerate(published)
    )  # fmt: skip
    db["urls"].insert_all(
        {
            "site": "thu", "url": f"{BASE}{number}", "urlkey": f"example,thu)/{number}",
            "found_by": "seed", "found_at": written(NOW), "state": "held",
        }
        for number, _ in enumerate(published)
    )  # fmt: skip
    db.close()
    return archive


def ran(archive: Archive, ago: timedelta, outcome: str | None, **counts: int) -> None:
    """Note a run that began so long ago and took a minute."""
    db = Database(archive.path)
    row = {"site": "thu", "started_at": written(NOW - ago), "outcome": outcome}
    if outcome:
        row["finished_at"] = written(NOW - ago + timedelta(minutes=1))
    db["runs"].insert(row | counts)
    db.close()


def fresh(archive: Archive) -> Freshness:
    (found,) = archive.freshness(NOW)
    assert archive.freshness(NOW, "thu") == [found]
    assert archive.freshness(NOW, "khac") == []
    return found


def days_ago(*days: float) -> list[str]:
    zone = NOW.astimezone(tz=None)
    return [(zone - timedelta(days=d)).isoformat() for d in days]


def test_a_site_that_was_never_crawled_is_due_at_once(tmp_path: Path) -> None:
    with archive_of(tmp_path) as archive:
        found = fresh(archive)
        assert (found.begun, found.next_at, found.outcome, found.newest) == (None,) * 4
        assert found.is_due(NOW)
        assert (found.cadence, found.last_week.runs) == (UNLEARNT, 0)
        assert found.staleness is None


def test_what_a_site_did_lately_is_told(tmp_path: Path) -> None:
    with archive_of(tmp_path, *days_ago(1, 3, 5, 60, 61)) as archive:
        ran(archive, 9 * DAY, "finished", requests=1000, new=5)
        ran(archive, 2 * DAY, "finished", requests=30, new=3, bytes=7)
        ran(archive, DAY, "no answer", requests=4, failed=4)
        ran(archive, HOUR, "import", new=9)
        found = fresh(archive)
    assert (found.begun, found.outcome) == (NOW - DAY, "no answer")
    assert found.last_success == NOW - 2 * DAY + timedelta(minutes=1)
    assert (found.last_run.requests, found.last_run.failed) == (4, 4)
    week = found.last_week
    assert (week.runs, week.requests, week.bytes, week.new, week.failed) == (2, 34, 7, 3, 4)
    assert found.next_at == NOW + 7.5 * DAY - DAY


def test_the_rhythm_of_a_portal_is_that_of_its_newest_articles(tmp_path: Path) -> None:
    daily = days_ago(*(float(day) for day in range(2, 30)))
    with archive_of(tmp_path, *daily, *days_ago(50, 900, 5000), None) as archive:
        ran(archive, HOUR, "finished")
        found = fresh(archive)
    assert found.usual_pause is not None
    assert abs(found.usual_pause - DAY) < timedelta(seconds=2)
    assert found.longest_pause is not None  # that of many years ago is nobody's business
    assert abs(found.longest_pause - 21 * DAY) < timedelta(seconds=2)
    assert abs(found.cadence - DAY / 2) < timedelta(seconds=2)


def test_the_longest_pause_of_a_slow_portal_is_among_its_newest_articles(tmp_path: Path) -> None:
    with archive_of(tmp_path, *days_ago(10, 2000, 2010)) as archive:
        found = fresh(archive)
    assert found.longest_pause is not None
    assert round(found.longest_pause / DAY) == 1990


def test_an_article_dated_in_the_future_makes_no_rhythm(tmp_path: Path) -> None:
    days = days_ago(1, 2, 3)
    with archive_of(tmp_path, *days, "2099-01-01T08:00:00+07:00") as archive:
        found = fresh(archive)
    assert found.newest == days[0]
    assert found.usual_pause is not None
    assert round(found.usual_pause / DAY, 3) == 1


@pytest.mark.parametrize(
    ("outcome", "ago", "why", "told"),
    [
        ("finished", 40 * DAY, Staleness.NOT_RUN, "it was not crawled for as long"),
        ("no answer", DAY, Staleness.FAILED, "stopped: the portal no longer answered"),
        ("closespider_timeout", DAY, Staleness.FAILED, "closespider_timeout"),
        ("finished", DAY, Staleness.UNPROVED, "no list of its articles"),
        ("finished", HOUR, None, None),
    ],
)
def test_it_is_told_since_when_a_site_is_stale_and_why(
    tmp_path: Path, outcome: str, ago: timedelta, why: Staleness | None, told: str | None
) -> None:
    with archive_of(tmp_path, *days_ago(*(float(d) for d in range(60, 85)))) as archive:
        ran(archive, 50 * DAY, "finished", new=25)
        ran(archive, ago, outcome, unchanged=1 if why is None else 0)
        found = fresh(archive)
    assert found.staleness == why
    if why:
        assert found.stale_since is not None
        assert round((NOW - found.stale_since) / DAY) == 43  # seven days after the proof
        assert told in (found.why_stale("en") or "")
        assert str(found.stale_since.date()) in (found.why_stale("vi") or "")
    else:
        assert found.why_stale("en") is None
    with Archive.open(tmp_path / "archive.db") as archive:
        row = archive.ledger.coverage("thu")
        assert row is not None
        assert bool(row["stale"]) == bool(why)


def test_an_entry_says_how_often_a_site_is_crawled(tmp_path: Path) -> None:
    with archive_of(tmp_path, *days_ago(1, 2, 3), cadence=2.5) as archive:
        ran(archive, HOUR, "finished")
        found = fresh(archive)
    assert found.cadence == timedelta(hours=2.5)
    assert found.next_at == NOW + timedelta(hours=1.5)


def test_a_site_of_which_nothing_is_to_be_had_is_due_when_its_host_is_asked_again(
    tmp_path: Path,
) -> None:
    with archive_of(tmp_path, is_doubtful=True) as archive:
        finding = Finding(
            site="thu", url=BASE, asked_at=NOW, says=Says.UNKNOWN, evidence="x",
            dns=NameAnswer.FOUND,
        )  # fmt: skip
        archive.surveys.note([finding])
        found = fresh(archive)
        assert (found.way, found.next_at) == (Way.NOTHING, NOW + 7 * DAY)
        assert not found.is_due(NOW)


def test_it_is_told_to_programs(tmp_path: Path) -> None:
    with archive_of(tmp_path, *days_ago(1, 2)) as archive:
        ran(archive, HOUR, None, requests=3)
        told = fresh(archive).as_dict()
    assert told["begun"] == written(NOW - HOUR)
    assert told["last_run"] == {"runs": 1, "requests": 3, "bytes": 0, "new": 0, "failed": 0}
    assert (told["outcome"], told["ended"], told["way"]) == (None, None, "live")
    assert told["cadence"] == told["learnt_cadence"] == 12 * 3600
    assert told["next_at"] == written(NOW)
