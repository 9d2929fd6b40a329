"""What a run takes back of what it noted, where a page is judged once more in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from crawler.exchange import Exchange
from crawler.page import Page
from crawler.visit import Visit
from crawler.vocabulary import Flag, PageKind, Reason, State
from tests.test_archive import BASE, KEY, NOON, SITE, a_visit

PATH = "cau-na-leng/"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        yield archive


def begun(archive: Archive) -> int:
    """Begin a run that may receive something."""
    run_id = archive.runs.start(SITE)
    archive.captures.begin(run_id, KEY, {})
    return run_id


def received(archive: Archive, at: datetime = NOON) -> Visit:
    """Return a visit with a capture of its own."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    exchange = Exchange(BASE + PATH, at, 200, head, f"<p>{at}</p>".encode())
    capture = archive.captures.keep(exchange)
    return replace(a_visit(PATH, at=at), capture=capture)


def again(archive: Archive, run_id: int, visit: Visit, **read: Any) -> None:
    """Read once more what was received."""
    capture = archive.captures.newest(KEY, visit.url)
    archive.lessons.read_again(run_id, KEY, replace(visit, capture=capture, **read))


def noted(archive: Archive, run_id: int) -> list[tuple[str, str]]:
    return [(row["kind"], row["message"]) for row in archive.runs.problems(run_id)]


def set_aside(visit: Visit, flag: Flag, reason: str) -> Visit:
    return replace(visit, state=State.FAILED, flag=flag, reason=reason, page=None)


@pytest.mark.parametrize("flag", [Flag.EMPTY, Flag.CLOSED])
def test_what_is_wrong_still_is_noted_once(archive: Archive, flag: Flag) -> None:
    run_id = begun(archive)
    visit = set_aside(received(archive), flag, Reason.EMPTY)
    archive.visits.record(run_id, KEY, visit)
    again(archive, run_id, visit, page=Page(PageKind.OTHER))
    assert noted(archive, run_id) == [("quarantine", Reason.EMPTY)]
    assert archive.runs.get(run_id)["failed"] == 1


def test_what_was_none_is_taken_back(archive: Archive) -> None:
    run_id = begun(archive)
    visit = received(archive)
    archive.visits.record(run_id, KEY, set_aside(visit, Flag.EMPTY, Reason.EMPTY))
    again(archive, run_id, visit)
    assert noted(archive, run_id) == []
    assert archive.runs.get(run_id)["failed"] == 0
    assert archive.runs.get(run_id)["new"] == 1


def a_list(visit: Visit) -> Visit:
    """Return a visit whose page turns out to be a list, by what was learnt."""
    page = Page(PageKind.LISTING, profile="hoc")
    return replace(visit, state=State.NOT_ARTICLE, reason=Reason.LISTING, page=page)


def test_an_article_that_is_taken_back_is_new_no_more_in_the_run_that_brought_it(
    archive: Archive,
) -> None:
    first = begun(archive)
    visit = received(archive, datetime.now(UTC))
    archive.visits.record(first, KEY, visit)
    assert archive.runs.get(first)["new"] == 1
    again(archive, first, a_list(visit))
    assert archive.runs.get(first)["new"] == 0


def test_a_run_that_begins_in_the_same_second_takes_nothing_back_that_is_anothers(
    archive: Archive,
) -> None:
    first = begun(archive)
    at = datetime.now(UTC).replace(microsecond=0)
    visit = received(archive, at.replace(year=at.year + 1))  # seen in no second before it began
    archive.visits.record(first, KEY, visit)
    second = archive.runs.start(SITE)
    again(archive, second, a_list(visit))
    assert archive.runs.get(first)["new"] == 1
    assert archive.runs.get(second)["new"] == 0
