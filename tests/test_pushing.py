"""``crawl --push-to``: live pages are handed on within a budget, and no crawl fails by it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.vocabulary import PushState
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving
from tests.conftest import Archived, long, run
from tests.save_page_now import SavePageNow, save_page_now
from tinhuyen.errors import Refused
from tinhuyen.pushing import Pushed, Service, push

POSTS = 8


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    portal = Portal.scaled(POSTS, page_bytes=0)
    with serving(portal, Faults(counter=False)) as server:
        archived = Archived(tmp_path_factory.mktemp("push"), server)
        archived.describe(server.url + "/")
        archived.crawl()
        yield archived


@pytest.fixture
def archived(crawled: Archived, tmp_path: Path) -> Archived:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    return Archived(tmp_path / "copy", crawled.server)


@pytest.fixture
def service() -> Iterator[SavePageNow]:
    with save_page_now() as service:
        yield service


def pushed(archived: Archived, service: SavePageNow, most: int = 25) -> Pushed:
    return push(archived.db, ["test"], Service(service.url, delay=0.0), most)


def rows(archived: Archived) -> list[dict[str, Any]]:
    return archived.rows("SELECT * FROM pushes ORDER BY id")


def test_a_crawl_hands_on_what_is_live_and_says_so(
    archived: Archived, service: SavePageNow
) -> None:
    options = ("--push-to", service.url, "--push-most", "3", "-s", "PUSH_DELAY=0.01")
    done = run(
        "crawl", "test", "--db", archived.db, *options,
        TINHUYEN_SITES=str(archived.folder / "sites"),
        TINHUYEN_CONTACT="https://tinhuyen.example/contact",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert f"{service.url}: 3 archived there" in done.err
    assert len(service.pages) == 3
    assert "https://tinhuyen.example/contact" in service.asked[0][2]["User-Agent"]
    assert "Authorization" not in service.asked[0][2]
    (row, *_) = rows(archived)
    assert row["state"] == PushState.KEPT
    assert row["memento"].endswith(f"/web/21000304050607/{row['url']}")


def test_what_was_handed_on_is_not_again_until_it_changes(
    archived: Archived, service: SavePageNow
) -> None:
    pushed(archived, service, most=5)
    pushed(archived, service)
    assert len(service.pages) == len({*service.pages}) == POSTS, "the second goes on"
    assert not pushed(archived, service).counts
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE articles SET revised_at = '2100-01-01T00:00:00Z' WHERE id = 1")
    assert pushed(archived, service).counts[PushState.KEPT] == 1


def test_what_the_service_has_of_before_the_text_changed_is_not_kept(
    archived: Archived, service: SavePageNow
) -> None:
    """As it answers for a page that it archived a moment ago, and does not again so soon."""
    usual, service.at = service.at, "20260304050607"
    assert pushed(archived, service, most=1).counts[PushState.FAILED] == 1
    (row,) = rows(archived)
    assert (row["memento"], row["message"]) == (
        None, "it has it as of 20260304050607, before the text changed",
    )  # fmt: skip
    service.at = usual
    assert pushed(archived, service, most=1).counts[PushState.KEPT] == 1
    assert {row["url"] for row in rows(archived)} == {row["url"]}, "it is due again"


def test_what_came_of_it_is_asked_by_a_later_crawl(
    archived: Archived, service: SavePageNow
) -> None:
    service.pending = 1
    service.broken = {archived.rows("SELECT url FROM articles WHERE id = 1")[0]["url"]}
    first = pushed(archived, service)
    assert first.counts == {PushState.ASKED: POSTS}
    second = pushed(archived, service, most=1)
    assert second.counts[PushState.KEPT] == POSTS - 1
    assert {row["state"] for row in rows(archived)} >= {PushState.KEPT, PushState.FAILED}
    (failed,) = (row for row in rows(archived) if row["state"] == PushState.FAILED)
    assert failed["message"] == "Couldn't resolve the host."


def test_what_nothing_is_heard_of_any_more_is_due_again(
    archived: Archived, service: SavePageNow
) -> None:
    service.pending = 9
    pushed(archived, service, most=1)
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE pushes SET at = '2020-01-01T00:00:00Z'")
    pushed(archived, service, most=1)
    assert [row["state"] for row in rows(archived)] == [PushState.FAILED, PushState.ASKED]
    assert rows(archived)[0]["message"] == "nothing was heard of it any more"
    assert rows(archived)[0]["url"] == rows(archived)[1]["url"]


def test_what_is_hidden_gone_or_archived_elsewhere_is_handed_to_nobody(
    archived: Archived, service: SavePageNow
) -> None:
    urls = [row["url"] for row in archived.rows("SELECT url FROM articles ORDER BY id")]
    for number, grade in ((0, "text"), (1, "marked")):
        options = ("--grade", grade, "--reason", "thử", "--db", archived.db)
        assert not run("hide", urls[number], *options).code
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE urls SET state = 'gone' WHERE url = ?", [urls[2]])
        db.execute(
            "UPDATE captures SET source = 'wayback' WHERE id = "
            "(SELECT capture_id FROM articles WHERE url = ?)", [urls[3]],
        )  # fmt: skip
    pushed(archived, service)
    assert {*service.pages} == {*urls[4:]}


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        ((429, {"Retry-After": "7200"}, b""), "asks to wait 7200 seconds"),
        ((503, {}, b""), "asks to wait 60 seconds"),
        ((401, {}, {"message": "You need to be logged in"}), "TINHUYEN_PUSH_KEY"),
        (
            (200, {}, {"status_ext": "error:too-many-daily-captures", "message": "Quá nhiều"}),
            "takes no more for now: Quá nhiều",
        ),
    ],
)
def test_a_service_that_takes_no_more_is_left_alone(
    archived: Archived, service: SavePageNow, refusal: Any, why: str
) -> None:
    service.refusals = [refusal]
    told = pushed(archived, service)
    assert told.why_not_more
    assert why in told.why_not_more
    assert (len(service.asked), rows(archived)) == (1, [])
    if "7200" in why:
        again = pushed(archived, service)
        assert again.why_not_more
        assert "asked to be left alone" in again.why_not_more
        assert len(service.asked) == 1, "it holds for the next crawl, too"


@pytest.mark.parametrize(
    "refusal",
    [
        (400, {}, b"x"),
        (200, {}, b"[" * 60_000),
        long((200, {}, b"<html>")),
        long((200, {}, {"job_id": "../x"})),
        long((302, {"Location": "/"}, b"")),
    ],
)
def test_pages_that_are_not_taken_are_noted_and_tried_three_times(
    archived: Archived, service: SavePageNow, refusal: Any
) -> None:
    service.refusals = [refusal] * 3
    told = pushed(archived, service)
    assert told.why_not_more == "3 pages in a row were not taken"
    assert [row["state"] for row in rows(archived)] == [PushState.FAILED] * 3
    for _ in range(2):
        service.refusals = [refusal] * 3
        pushed(archived, service)
    before = len(service.pages)
    assert pushed(archived, service).counts[PushState.KEPT] == POSTS - 3
    assert len(service.pages) == before + POSTS - 3


def test_a_service_that_is_not_there_fails_no_crawl(archived: Archived) -> None:
    options = ("--push-to", "http://127.0.0.1:1/save")
    done = run(
        "crawl", "test", "--db", archived.db, *options,
        TINHUYEN_SITES=str(archived.folder / "sites"),
        TINHUYEN_CONTACT="https://tinhuyen.example/contact",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "cannot be reached" in done.err
    assert not rows(archived)


def test_a_service_whose_name_cannot_be_asked_for_is_told(archived: Archived) -> None:
    for url in ("https://kho..example/save", "http://127.0.0.1:1/lưu"):
        told = push(archived.db, ["test"], Service.of_words(url, 0.0), 1)
        assert told.why_not_more
        assert "cannot be reached" in told.why_not_more


def test_the_key_is_sent_as_the_service_wants_it(
    archived: Archived, service: SavePageNow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINHUYEN_PUSH_KEY", "chia:khoa")
    push(archived.db, ["test"], Service.of_words(service.url, 0.0), 1)
    assert service.asked[0][2]["Authorization"] == "LOW chia:khoa"
    with pytest.raises(Refused, match="over https alone"):
        Service.of_words("http://kho.example/save", 0.0)


@pytest.mark.parametrize(
    "url",
    [
        *("kho.example/save", "ftp://kho.example/", "https:///save", "https://a/?b"),
        *("https://[a/save", "https://a:b/save", "https://a:99999/save"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="is no address"):
        Service.of_words(url, 0.0)
