"""How fresh the archive is, as the command, the pages and the badges tell it."""

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from datasette.app import Datasette
from prometheus_client.parser import text_string_to_metric_families
from selectolax.lexbor import LexborHTMLParser
from sqlite_utils import Database

from archive import Archive, Sampled
from archive.health import health_of
from archive.reviewed import digest_of
from crawler.bounds import Bounds
from crawler.text.dates import VIET_NAM
from crawler.vocabulary import Health, Reviewed
from reading_room.language import speaking
from reading_room.plugins.status import badge_svg, how_often, share_in_words
from tests.conftest import run
from tests.every_page import FLEET
from tests.room_sample import HOSTILE, build_archive, opened

NOW = datetime.now(UTC)
ROOM = 10**12


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


LAST_RUN = datetime.fromisoformat(ago(0.1))
SITES = tuple(
    {"key": key, "name": name, "base_url": f"https://{key}.example/", "cms": "newspaper"}
    for key, name in (("tuoi", "Huyện Tươi"), ("cu", "Huyện Cũ"), ("moi", HOSTILE))
)
ARTICLES = tuple(
    {
        "site": site,
        "url": f"https://{site}.example/{day}/",
        "title": "Tin",
        "published_at": ago(day),
    }
    for site, first in (("tuoi", 1), ("cu", 200))
    for day in range(first, first + 22)
)


def an_archive(path: Path) -> Path:
    """Make an archive of a fresh portal, a stale one, and one that was never crawled."""
    build_archive(path, ARTICLES, SITES)
    db = Database(path)
    for site, days, outcome in (
        ("tuoi", 3, "finished"), ("tuoi", 0.1, "finished"), ("cu", 190, "finished"),
        ("cu", 1, "no answer"),
    ):  # fmt: skip
        db["runs"].insert(
            {
                "site": site, "started_at": ago(days), "finished_at": ago(days), "outcome": outcome,
                "requests": 7, "new": 2 if outcome == "finished" else 0, "bytes": 1000,
                "failed": 0 if outcome == "finished" else 5,
            }
        )  # fmt: skip
    for site, kind, told in (
        ("cu", "failures", "the last 2 crawls failed"),
        (None, "disk", "full"),
    ):
        db["alarms"].insert({"site": site, "kind": kind, "since": ago(1), "message": told})
    db["alarms"].insert(
        {"site": "tuoi", "kind": "silent", "since": ago(9), "until": ago(8), "message": "ended"}
    )
    db.close()
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_archive(tmp_path_factory.mktemp("status") / "archive.db")


class Answer(NamedTuple):
    status: int
    type: str
    text: str


async def asked(archive: Path, path: str, **headers: str) -> Answer:
    """Open a reading room over an archive, and ask it for a page."""
    async with opened(archive) as room:
        return await asked_again(room, path, **headers)


async def asked_again(room: Datasette, path: str, **headers: str) -> Answer:
    answer = await room.client.get(path, headers=headers)
    return Answer(answer.status_code, answer.headers["content-type"], answer.text)


# The command


def test_the_command_tells_of_each_site(archive: Path) -> None:
    done = run("status", "--db", archive)
    assert done.code == 1  # one is stale
    lines = {line.split()[0]: line for line in done.out.splitlines() if line.split()}
    assert re.search(r"tuoi .*  2 +14 +4 +0 +12 hours +in \d+ hours +finished$", lines["tuoi"])
    assert lines["moi"].endswith("never")
    assert "no answer" in lines["cu"]
    assert [" ".join(line.split()[2:]) for line in done.out.splitlines()[-2:]] == [
        "cu: crawls failing: the last 2 crawls failed", "the archive: disk nearly full: full",
    ]  # fmt: skip
    assert "the archive" not in run("status", "tuoi", "--db", archive).out
    assert re.search(
        r"cu: stale since \d{4}-\d\d-\d\d: its last crawl ended so: stopped:", done.out
    )


def test_the_command_tells_it_to_programs(archive: Path) -> None:
    told = {each["site"]: each for each in run("status", "--db", archive, "--json").json()}
    assert [*told] == ["cu", "moi", "tuoi"]
    assert told["tuoi"]["last_week"] == {
        "runs": 2, "requests": 14, "bytes": 2000, "new": 4, "failed": 0,
    }  # fmt: skip
    assert (told["tuoi"]["staleness"], told["cu"]["staleness"]) == (None, "failed")
    assert told["moi"]["next_at"] is None


# The pages


@pytest.mark.parametrize(
    ("hours", "english", "vietnamese"),
    [
        (1, "every hour", "mỗi giờ một lượt"),
        (3, "every 3 hours", "cứ 3 tiếng một lượt"),
        (24, "every day", "mỗi ngày một lượt"),
        (72, "every 3 days", "cứ 3 ngày một lượt"),
        (168, "every week", "mỗi tuần một lượt"),
        (720, "every month", "mỗi tháng một lượt"),
        (1440, "every 2 months", "cứ 2 tháng một lượt"),
        (8760, "every year", "mỗi năm một lượt"),
    ],
)
def test_how_often_is_said_as_people_say_it(hours: int, english: str, vietnamese: str) -> None:
    for language, words in (("en", english), ("vi", vietnamese)):
        with speaking(language):
            assert how_often(timedelta(hours=hours)) == words


async def test_the_page_tells_the_same_stale_ones_first(archive: Path) -> None:
    answer = await asked(archive, "/status")
    assert answer.status == 200
    page = LexborHTMLParser(answer.text)
    rows = [" ".join(row.text(separator=" ").split()) for row in page.css(".cards tbody tr")]
    assert len(rows) == 3
    assert re.match(r"Huyện Cũ đã cũ từ \d\d/\d\d/\d{4}: ", rows[0])
    (of_fresh,) = (row for row in rows if row.startswith("Huyện Tươi"))
    assert "2 lượt, 14 yêu cầu 4 bài mới, 0 lỗi" in of_fresh
    assert "cứ 12 tiếng một lượt" in of_fresh
    assert "cách nhau 1 ngày" in of_fresh
    (of_new,) = (row for row in rows if "chưa có lượt nào" in row)
    assert "đã đến hạn" in of_new
    assert "<script>alert" not in answer.text
    (of_site, of_archive) = (" ".join(each.text().split()) for each in page.css("ul.gaps li"))
    assert of_site.startswith("Huyện Cũ: ")
    assert "the last 2 crawls failed" in of_site
    assert of_archive.startswith("cả kho: ")
    english = (await asked(archive, "/status", **{"accept-language": "en"})).text
    assert "stale since" in english
    assert "every 12 hours" in english
    told = json.loads((await asked(archive, "/status.json")).text)
    assert {each["site"]: each["outcome"] for each in told["sites"]} == {
        "cu": "no answer", "moi": None, "tuoi": "finished",
    }  # fmt: skip
    assert [(each["site"], each["kind"]) for each in told["alarms"]] == [
        ("cu", "failures"), (None, "disk"),
    ]  # fmt: skip


async def test_where_none_is_due_that_is_said_in_words(tmp_path: Path) -> None:
    path = an_archive(tmp_path / "archive.db")
    due = {"vi": "[1-9] cổng đến hạn thu thập", "en": "[1-9] (is|are) due to be crawled"}
    none = {"vi": "không cổng nào đến hạn thu thập", "en": "none is due to be crawled"}
    for expected in (due, none):
        for language, words in expected.items():
            told = (await asked(path, "/status", **{"accept-language": language})).text
            assert re.search(words, told), language
        with sqlite3.connect(path) as db:
            db.execute("DELETE FROM alarms")
            db.execute("DELETE FROM runs WHERE site <> 'tuoi'")
            db.execute("DELETE FROM sites WHERE key <> 'tuoi'")
            db.execute("UPDATE runs SET started_at = ?, finished_at = ?", [ago(0.01)] * 2)
        db.close()


async def test_what_was_collected_from_a_fleet_is_told_without_the_fleet(tmp_path: Path) -> None:
    path = an_archive(tmp_path / "archive.db")
    assert json.loads((await asked(path, "/status.json")).text)["fleet"] is None
    assert 'id="fleet"' not in (await asked(path, "/status")).text
    with Archive.open(path) as archive:
        archive.collected.note("tuoi", 12, NOW - timedelta(days=2))
        archive.collected.note("cu", 3, NOW - timedelta(days=9))
        archive.collected.note("khongco", 1, NOW)  # of which nothing was stored yet
        archive.collected.note_fleet(FLEET)
    async with opened(path) as room:
        told = json.loads((await asked_again(room, "/status.json")).text)["fleet"]
        assert [(each["site"], each["generation"]) for each in told["districts"]] == [
            ("cu", 3), ("tuoi", 12),
        ]  # fmt: skip
        assert told["districts"][1]["made_at"] == ago(2)
        assert {name: told["state"][name] for name in FLEET} == FLEET
        page = LexborHTMLParser((await asked_again(room, "/status")).text)
        rows = [" ".join(row.text().split()) for row in page.css("#fleet ~ table tbody tr")]
        assert [row.split()[-1] for row in rows] == ["3", "12"]
        english = (await asked_again(room, "/status", **{"accept-language": "en"})).text
        shown = LexborHTMLParser(english).css_first("#fleet ~ p")
        assert shown is not None
        said = " ".join(shown.text().split())
        for words in (
            "2 workers, at work on 1 district; 4 districts wait; 1 was broken off",
            "No worker begins anything new.",
            "Of 2 districts the fleet had newer than was collected.",
            "It has 6 districts, of which 1 is held.",
        ):
            assert words in said


async def test_page_and_json_tell_what_share_is_read_rightly_as_the_command_does(
    tmp_path: Path,
) -> None:
    path = an_archive(tmp_path / "archive.db")
    with Archive.open(path) as archive:
        first, second, third, *_ = archive.articles.rows([*range(1, 23)])
        for row, verdict in ((first, Reviewed.RIGHT), (second, Reviewed.DATE)):
            archive.reviews.add(row["code"], digest_of(row), verdict, "operator", NOW)
        archive.reviews.add(third["code"], "0" * 64, Reviewed.RIGHT, "operator", NOW)
        (of_all, of_site) = archive.reviews.sampled()
    assert (of_site.site, of_all.number, of_all.outdated) == ("tuoi", 2, 1)
    commanded = run("status", "--db", path, "--json").json()
    async with opened(path) as room:
        told = json.loads((await asked_again(room, "/status.json")).text)["sites"]
        assert [each["reviews"] for each in told] == [each["reviews"] for each in commanded]
        assert [each["site"] for each in told if each["reviews"]] == ["tuoi"]
        english = (await asked_again(room, "/status", **{"accept-language": "en"})).text
        (told_of,) = LexborHTMLParser(english).css("th .muted")
        share = of_site.in_words().partition(";")[0]
        assert told_of.text() == f"{share}; the others: 1 wrong day; 1 reads otherwise since"
        (told_of,) = LexborHTMLParser((await asked_again(room, "/status")).text).css("th .muted")
        assert told_of.text() == (
            "Trong 2 bài có người đối chiếu với trang gốc, 1 bài đọc đúng: 50%"
            " (từ 9% đến 91%, độ tin cậy 95%); còn lại: 1 sai ngày; 1 bài nay đã đọc khác đi"
        )


def test_what_was_reviewed_before_all_was_read_anew_is_no_share() -> None:
    unknown = Sampled("tuoi", Counter(), 2)
    with speaking("en"):
        assert share_in_words(unknown) == unknown.in_words()


async def test_an_empty_archive_has_a_page(tmp_path: Path) -> None:
    answer = await asked(build_archive(tmp_path / "archive.db", (), ()), "/status")
    assert (answer.status, "Kho chưa có cổng nào" in answer.text) == (200, True)


async def test_what_is_wrong_with_an_empty_archive_is_on_its_page(tmp_path: Path) -> None:
    """A disk may be full before anything is crawled."""
    path = build_archive(tmp_path / "archive.db", (), ())
    db = Database(path)
    db["alarms"].insert({"site": None, "kind": "disk", "since": ago(1), "message": "4 MB are free"})
    db.close()
    answer = await asked(path, "/status")
    assert (answer.status, "4 MB are free" in answer.text) == (200, True)


async def test_prometheus_is_told_in_its_own_format(archive: Path) -> None:
    answer = await asked(archive, "/metrics")
    assert answer.type.startswith("text/plain")
    told: dict[tuple[str, Mapping[str, str]], float] = {}
    families = [*text_string_to_metric_families(answer.text)]
    for family in families:
        assert family.documentation
        assert family.type == "gauge"
        for sample in family.samples:
            told[sample.name, tuple(sorted(sample.labels.values()))] = sample.value  # type: ignore[index]
    values: dict[Any, float] = {**told}
    assert values["tinhuyen_healthy", ()] == 1
    assert values["tinhuyen_disk_free_bytes", ()] > 0
    rings = {labels for name, labels in told if name == "tinhuyen_alarm"}
    assert rings == {("cu", "failures"), ("", "disk")}
    assert values["tinhuyen_site_articles", ("tuoi",)] == 22
    assert values["tinhuyen_site_stale", ("cu",)] == 1
    assert values["tinhuyen_site_requests", ("last week", "tuoi")] == 14
    began = values["tinhuyen_site_last_run_timestamp_seconds", ("tuoi",)]
    assert began == datetime.fromisoformat(ago(0.1)).timestamp()
    assert ("tinhuyen_site_last_run_timestamp_seconds", ("moi",)) not in values


@pytest.mark.parametrize(
    ("days_ago", "free", "days", "health"),
    [
        (1, ROOM, 2, Health.WELL),
        (3, ROOM, 2, Health.NOT_RUN),
        (3, ROOM, 30, Health.WELL),
        (3000, ROOM, 0, Health.WELL),
        (None, ROOM, 2, Health.NEVER_RUN),
        (1, Bounds().free_disk - 1, 2, Health.DISK_FULL),
        (None, 0, 2, Health.DISK_FULL),
    ],
)
def test_how_an_archive_fares(days_ago: float | None, free: int, days: int, health: Health) -> None:
    last_run = None if days_ago is None else ago(days_ago)
    report = health_of(last_run, free, NOW, days=days)
    assert report.health == health
    assert "{" not in report.in_words("vi") + report.in_words("en")


async def test_whoever_watches_is_answered(tmp_path: Path) -> None:
    path = an_archive(tmp_path / "archive.db")
    answer = await asked(path, "/health")
    assert (answer.status, answer.text.splitlines()[1]) == (
        200, f"All is well; the last crawl began on {ago(0.1)[:10]}.",
    )  # fmt: skip
    db = Database(path)
    db.execute("UPDATE runs SET started_at = '2020-02-02T00:00:00Z'")
    db["runs"].insert({"site": "tuoi", "started_at": ago(-3000), "outcome": "finished"})
    db.conn.commit()
    db.close()
    answer = await asked(path, "/health", accept="application/json")
    assert (answer.status, json.loads(answer.text)["health"]) == (503, "not run")
    assert (await asked(path, "/health?days=0")).status == 200
    assert (await asked(path, "/health?days=x")).status == 503


async def test_an_archive_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    path = an_archive(tmp_path / "sub" / "archive.db")
    async with opened(path) as room:
        shutil.rmtree(path.parent)
        answer = await asked_again(room, "/health")
    assert (answer.status, "cannot be read" in answer.text) == (503, True)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/badge.svg", "Tin Huyện: 3 cổng · 44 bài"),
        ("/badge/tuoi.svg", f"Huyện Tươi: 22 bài · {LAST_RUN.astimezone(VIET_NAM):%d/%m/%Y}"),
        ("/badge/moi.svg", f"{HOSTILE}: 0 bài · chưa kiểm tra"),
    ],
)
async def test_a_badge_is_a_picture(archive: Path, path: str, told: str) -> None:
    answer = await asked(archive, path)
    assert (answer.status, answer.type) == (200, "image/svg+xml; charset=utf-8")
    title = ElementTree.fromstring(answer.text).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == told


async def test_a_badge_of_nobody_is_none(archive: Path) -> None:
    assert (await asked(archive, "/badge/khong-co.svg")).status == 404


def test_a_badge_is_as_wide_as_what_it_says() -> None:
    widths = []
    for told in ("1 bài", "1.234.567 bài · 30/11/2026"):
        width = ElementTree.fromstring(badge_svg("Huyện", told, "#000")).get("width")
        assert width is not None
        widths.append(int(width))
    assert widths[0] < widths[1]
