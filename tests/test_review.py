"""Reviews: articles at random, what a person finds, and what share of all is right."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive, Sampled
from archive.reviewed import wilson
from crawler.vocabulary import Grade, Reviewed
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, run
from tinhuyen.cli import main
from tinhuyen.commands import review

NOW = datetime(2026, 5, 20, 5, 0, tzinfo=UTC)
POSTS = 9


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    with serving(Portal.scaled(POSTS, page_bytes=0)) as server:
        archived = Archived(tmp_path_factory.mktemp("reviewed"), server)
        archived.describe(server.url + "/")
        archived.crawl()
    return archived


@pytest.fixture
def archived(crawled: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archived:
    """A copy of its database, to be reviewed."""
    copy = Archived(tmp_path)
    with closing(sqlite3.connect(crawled.db)) as a, closing(sqlite3.connect(copy.db)) as b:
        a.backup(b)
    monkeypatch.setattr("crawler.settings.SITES_DIR", str(crawled.folder / "sites"))
    return copy


def typed(archived: Archived, *words: str, said: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(main, ["review", *words, "--db", str(archived.db)], input=said)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def changed(archived: Archived, sql: str) -> None:
    with closing(sqlite3.connect(archived.db, isolation_level=None)) as connection:
        connection.execute(sql)


def codes(archive: Archive, number: int = POSTS) -> set[str]:
    return {row["code"] for row in archive.reviews.sample(number)}


def test_each_article_is_shown_until_it_was_reviewed(archived: Archived) -> None:
    with Archive.open(archived.db) as archive:
        everything = archive.reviews.sample(POSTS + 5)
        assert len({row["code"] for row in everything}) == POSTS
        assert len(archive.reviews.sample(4, "test")) == 4
        assert archive.reviews.sample(4, "another") == []
        for row in everything[:3]:
            archive.reviews.add(row["code"], row["digest"], Reviewed.RIGHT, "operator", NOW)
        assert codes(archive) == {row["code"] for row in everything[3:]}
    assert archived.rows("SELECT DISTINCT verdict, by, at FROM reviews") == [
        {"verdict": "right", "by": "operator", "at": "2026-05-20T05:00:00Z"}
    ]


@pytest.mark.parametrize(
    "change",
    [
        "text_sha256 = 'x' || text_sha256",
        "published_at = '1999-01-01T00:00:00+07:00'",
        "author = 'Ai đó'",
        "published_at = NULL",
    ],
)
def test_one_that_reads_otherwise_by_now_is_shown_again_first(
    change: str, archived: Archived
) -> None:
    with Archive.open(archived.db) as archive:
        first, second, *_ = archive.reviews.sample(POSTS)
        archive.reviews.add(first["code"], first["digest"], Reviewed.DATE, "operator", NOW)
        archive.reviews.add(second["code"], second["digest"], Reviewed.RIGHT, "operator", NOW)
        changed(archived, f"UPDATE articles SET {change} WHERE code = '{first['code']}'")
        assert codes(archive, 1) == {first["code"]}
        (sampled, of_site) = archive.reviews.sampled()
        assert (sampled.right, sampled.number, sampled.outdated) == (1, 1, 1)
        assert of_site.as_dict() == sampled.as_dict() | {"site": "test"}


def test_of_several_reviews_the_last_counts(archived: Archived) -> None:
    with Archive.open(archived.db) as archive:
        (row,) = archive.reviews.sample(1)
        for verdict in (Reviewed.RIGHT, Reviewed.NO_ARTICLE, Reviewed.TEXT):
            archive.reviews.add(row["code"], row["digest"], verdict, "operator", NOW)
        assert archive.reviews.sampled("test")[0].verdicts == Counter([Reviewed.TEXT])


def test_a_review_follows_its_article_to_another_code(archived: Archived) -> None:
    with Archive.open(archived.db) as archive:
        (row,) = archive.reviews.sample(1)
        archive.reviews.add(row["code"], row["digest"], Reviewed.RIGHT, "operator", NOW)
        for number, (old, new) in enumerate([(row["code"], "x1"), ("x1", "x2")], 900):
            changed(archived, f"UPDATE articles SET code = '{new}' WHERE code = '{old}'")
            changed(archived, f"INSERT INTO aliases VALUES ('{old}', '{new}', {number})")
        assert archive.reviews.sampled()[0].number == 1
        assert archive.reviews.digest(row["code"]) == row["digest"]
        assert "x2" not in codes(archive)


def test_what_is_hidden_is_not_shown_and_does_not_count(archived: Archived) -> None:
    with Archive.open(archived.db) as archive:
        (row,) = archive.reviews.sample(1)
        archive.reviews.add(row["code"], row["digest"], Reviewed.RIGHT, "operator", NOW)
        archive.withheld.hide(row["code"], Grade.TEXT, "theo yêu cầu")
        assert row["code"] not in codes(archive)
        assert archive.reviews.digest(row["code"]) is None
        assert archive.reviews.sampled()[0].number == 0
        archive.withheld.show(row["code"])
        assert archive.reviews.sampled()[0].number == 1


def test_one_whose_page_is_not_held_is_not_shown(archived: Archived) -> None:
    changed(archived, "UPDATE articles SET capture_id = NULL WHERE id > 2")
    with Archive.open(archived.db) as archive:
        assert len(codes(archive)) == 2


# The command


def test_a_person_is_asked_of_each(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "_is_asked", lambda: True)
    code, told = typed(
        archived, "5", "test", "--by", "operator", said="r\nt\nte\nskip\nno\nhm\nquit\n"
    )
    assert code == 0
    assert "'t' may be title or text" in told
    assert "'hm' may be none of these" in told
    assert "1 of 5" in told
    assert "http://127.0.0.1:8001/archive/captures/" in told
    assert "1 of 3 reviewed articles are read rightly: 33%" in told
    found = archived.rows("SELECT verdict, by FROM reviews ORDER BY id")
    assert [row["verdict"] for row in found] == ["right", "text", "no article"]
    assert {row["by"] for row in found} == {"operator"}


def test_what_was_found_elsewhere_is_kept(archived: Archived) -> None:
    _, told = typed(archived, "2", "--room", "https://doc.example/tin/", "--json")
    one, other = json.loads(told)
    assert one["capture"].startswith("https://doc.example/tin/archive/captures/")
    assert one["body"]
    found = ["--found", one["code"], "right", "--found", other["code"], "date"]
    assert typed(archived, *found, "--by", "operator")[0] == 0
    _, told = typed(archived, "--json")
    everything, of_site = json.loads(told)
    assert (everything["site"], of_site["site"]) == (None, "test")
    assert of_site["verdicts"] == {"right": 1, "date": 1}
    assert typed(archived, "--found", "khongcobainay", "right")[0] == 1


def test_without_a_terminal_it_says_how_to_keep_what_is_found(archived: Archived) -> None:
    code, told = typed(archived, "1")
    assert (code, "--found CODE VERDICT" in told) == (0, True)
    assert archived.rows("SELECT * FROM reviews") == []


def test_nothing_left_is_told(archived: Archived) -> None:
    changed(archived, "UPDATE articles SET capture_id = NULL")
    assert typed(archived, "1") == (1, f"{review.NOTHING_LEFT}\n")
    assert typed(archived)[1] == "all sites: no article was reviewed as it reads today\n"


def test_of_one_site_it_is_told_without_a_number(archived: Archived) -> None:
    assert typed(archived, "test")[1] == "test: no article was reviewed as it reads today\n"
    assert typed(archived, "0")[0] == typed(archived, "-3", "test")[0] == 2
    code, told = typed(archived, "x", "test")
    assert (code, "'x' is no number of articles" in told) == (2, True)


def test_status_tells_the_share(archived: Archived, crawled: Archived) -> None:
    with Archive.open(archived.db) as archive:
        for row in archive.reviews.sample(8):
            archive.reviews.add(row["code"], row["digest"], Reviewed.RIGHT, "operator", NOW)
    sites = {"TINHUYEN_SITES": str(crawled.folder / "sites")}
    told = run("status", "test", "--db", archived.db, **sites)
    assert "test: 8 of 8 reviewed articles are read rightly: 100% (68% to 100%" in told.out
    (site,) = run("status", "--json", "--db", archived.db, **sites).json()
    assert (site["reviews"]["reviewed"], site["reviews"]["right"]) == (8, 8)


# How sure it is


@pytest.mark.parametrize(
    ("hits", "number", "low", "high"),
    [
        (0, 0, 0, 1), (20, 20, 0.8389, 1), (0, 20, 0, 0.1611), (15, 20, 0.5313, 0.8881),
        (190, 200, 0.9104, 0.9726), (1, 10, 0.0179, 0.4042),
    ],
)  # fmt: skip
def test_the_interval_is_wilson_s(hits: int, number: int, low: float, high: float) -> None:
    assert wilson(hits, number) == pytest.approx((low, high), abs=0.0001)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_share_lies_within_it(hits: int, misses: int) -> None:
    low, high = wilson(hits, hits + misses)
    share = hits / (hits + misses) if hits + misses else 0.5
    assert 0 <= low <= share <= high
    assert high <= 1


def test_it_says_what_is_wrong() -> None:
    told = Sampled(None, Counter(right=8, date=1, text=1), 2).in_words()
    assert told == (
        "8 of 10 reviewed articles are read rightly: 80% (49% to 94%, 95% confidence); "
        "wrong: 1 date, 1 text; 2 read otherwise since"
    )
