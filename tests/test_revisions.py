"""Revisions: a changed word makes one, a changed counter none, and no text is ever overwritten."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.tables.revisions import Standing, joined, merged, placed
from crawler.exchange import Exchange
from crawler.vocabulary import Outcome
from demo.portal import Portal
from tests.conftest import Archived, Serve, costly, long, run
from tests.content import in_the_next_second, writing
from tests.test_archive import BASE, KEY, NOON, Held, a_visit, an_article

HISTORY = "SELECT * FROM history WHERE article_id = ? ORDER BY revision"


# From a portal


def history(archived: Archived, slug: str) -> list[dict[str, Any]]:
    assert archived.server
    (article,) = archived.rows(
        "SELECT * FROM articles WHERE url = ?", f"{archived.server.url}/{slug}/"
    )
    return archived.rows(HISTORY, article["id"])


@pytest.fixture
def portal() -> Portal:
    return Portal.scaled(4, page_bytes=0)


@pytest.mark.parametrize("times", [2, long(20)])
def test_what_changes_on_every_fetch_makes_no_revision(
    serve: Serve, portal: Portal, times: int
) -> None:
    archived = serve(portal)
    archived.crawl()
    in_the_next_second()
    for _ in range(times):
        archived.crawl("--full")
    article = portal.newest[0]
    (standing,) = history(archived, article.slug)
    assert standing["revision"] == 1
    assert standing["seen_at"] < standing["last_seen_at"]
    captures = (
        "SELECT count(*) AS n, count(DISTINCT payload_sha256) AS d FROM captures WHERE url = ?"
    )
    assert archived.server
    (counted,) = archived.rows(captures, f"{archived.server.url}/{article.slug}/")
    assert counted == {"n": 1 + times, "d": 1 + times}, "the pages were not the same"
    assert archived.rows("SELECT count(*) AS n FROM revisions") == [{"n": 0}]


def test_a_changed_word_makes_one_revision(serve: Serve, portal: Portal) -> None:
    post = portal.newest[1]
    words = "Nhân dân thôn Nà Lẹng đóng góp {} ngày công làm đường. " * 12
    portal.edit(post.slug, body=words.format(*[100] * 12))
    archived = serve(portal)
    archived.crawl()
    portal.edit(post.slug, body=words.format(*[100] * 11, 250))
    for _ in range(3):
        in_the_next_second()
        archived.crawl("--full")
    older, newer = history(archived, post.slug)
    assert (older["revision"], newer["revision"]) == (1, 2)
    assert (older["is_newest"], newer["is_newest"]) == (0, 1)
    changed = [(a, b) for a, b in zip(older["body"].split(), newer["body"].split(), strict=True)
               if a != b]  # fmt: skip
    assert changed == [("100", "250")]
    assert older["last_seen_at"] < newer["seen_at"] < newer["last_seen_at"]
    assert older["capture_id"] < newer["capture_id"]


def test_another_theme_makes_none(serve: Serve) -> None:
    portal = Portal.embedded()
    archived = serve(portal)
    archived.crawl()
    before = archived.rows("SELECT url, title, lead, body FROM articles ORDER BY url")
    for post in portal.posts:
        portal.edit(post.slug, traps=tuple({*post.traps} ^ {"tdb"}), modified=post.changed)
    summary = archived.crawl("--full")
    assert (summary["new"], summary["changed"]) == (0, 0)
    assert archived.rows("SELECT * FROM revisions") == []
    now = archived.rows("SELECT url, title, lead, body FROM articles ORDER BY url")
    assert [row["lead"] for row in now] == [row["lead"] for row in before]


def test_what_a_later_page_leads_to_stays_though_its_text_is_that_of_an_earlier_one(
    portal: Portal, serve: Serve
) -> None:
    newest = portal.edit(portal.newest[0].slug, lead="Tóm tắt của bài này, không có trong bài.")
    archived = serve(portal)
    archived.crawl()
    assert archived.server
    portal.edit(newest.slug, lead=None, modified=newest.changed)
    portal.add(
        slug="moi-nhat", title="Tin mới nhất", category=newest.category, tags=[],
        date=newest.date.replace(hour=23, minute=59), body="Nội dung tin mới nhất.",
    )  # fmt: skip
    in_the_next_second()
    archived.crawl("--full")

    def told() -> dict[str, Any]:
        url = f"{archived.server.url}/{newest.slug}/" if archived.server else ""
        sql = "SELECT lead, next_url, revision FROM articles WHERE url = ?"
        (row,) = archived.rows(sql, url)
        return row

    kept = {
        "lead": newest.lead, "next_url": f"{archived.server.url}/moi-nhat/", "revision": 1
    }  # fmt: skip
    assert told() == kept
    sites = str(archived.folder / "sites")
    for command in ("verify", "reread", "verify"):
        done = run(command, "--db", archived.db, TINHUYEN_SITES=sites)
        assert done.code == 0, done.out + done.err
    assert told() == kept


# In the archive


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "archive.db")
    yield held
    held.close()


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def standings(held: Held, path: str = "cau-na-leng/") -> list[dict[str, Any]]:
    article = held.archive.articles.get(KEY, BASE + path)
    assert article
    return held.rows(HISTORY, article["id"])


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Khánh thành cầu Nà Lẹng sau hai năm xây dựng"},
        {"lead": "Cây cầu dài 48 mét."},
        {"author": "Tổ Thông tin"},
        {"published_at": datetime(2021, 6, 15, 8, 30, tzinfo=UTC)},
    ],
)
def test_a_changed_title_lead_author_or_date_is_a_revision(
    changed: dict[str, Any], held: Held
) -> None:
    title = changed.pop("title", "Khánh thành cầu Nà Lẹng")
    held.record(a_visit())
    assert held.record(a_visit(article=an_article(title, **changed), at=at(1))) == Outcome.CHANGED
    older, newer = standings(held)
    assert older["title"] == "Khánh thành cầu Nà Lẹng"
    assert older["lead"] == "Cây cầu nối đôi bờ sông Năng."
    assert older["author"] == "Ban Biên tập"
    assert (older["seen_at"], older["last_seen_at"]) == ("2025-06-30T05:00:00Z",) * 2
    assert newer["seen_at"] == "2025-06-30T06:00:00Z"


def test_a_changed_category_is_none_but_is_shown(held: Held) -> None:
    held.record(a_visit())
    other = an_article(category="Xã hội", tags=("cầu",))
    assert held.record(a_visit(article=other, at=at(1))) == Outcome.UNCHANGED
    (newest,) = standings(held)
    assert newest["category"] == "Xã hội"


def test_a_text_that_comes_back_is_a_third_revision(held: Held) -> None:
    for hour, text in enumerate(("Một.", "Hai.", "Một.")):
        held.record(a_visit(article=an_article("Thông báo", text), at=at(hour)))
    assert [row["body"] for row in standings(held)] == ["Một.", "Hai.", "Một."]
    assert [row["revision"] for row in standings(held)] == [1, 2, 3]


def test_an_older_observation_finds_its_place(held: Held) -> None:
    held.record(a_visit(article=an_article("Thông báo", "Mới."), at=at(10)))
    held.record(a_visit(article=an_article("Thông báo", "Cũ."), at=at(0)))
    held.record(a_visit(article=an_article("Thông báo", "Giữa."), at=at(5)))
    assert [row["body"] for row in standings(held)] == ["Cũ.", "Giữa.", "Mới."]
    (row,) = held.rows("SELECT revision, first_seen_at, last_seen_at FROM articles")
    assert row == {
        "revision": 3,
        "first_seen_at": "2025-06-30T05:00:00Z",
        "last_seen_at": "2025-06-30T15:00:00Z",
    }
    assert held.found('"giua"') == [], "only the newest text is found"


def test_two_addresses_of_one_article_keep_both_histories(held: Held) -> None:
    first = an_article("Thông báo", "Bản thứ nhất.")
    second = an_article("Thông báo", "Bản thứ hai.")
    third = an_article("Thông báo", "Bản thứ ba.")
    held.record(a_visit("cu/", first, at=at(0)))
    held.record(a_visit("moi/", second, at=at(1)))
    held.record(a_visit("cu/", second, at=at(2)))
    held.record(a_visit("moi/", third, at=at(3)))
    with writing(held.path) as tables:
        tables.articles.merge(KEY, BASE + "cu/", BASE + "moi/")
    texts = [row["body"] for row in standings(held, "moi/")]
    assert texts == ["Bản thứ nhất.", "Bản thứ hai.", "Bản thứ ba."]
    assert held.archive.articles.get(KEY, BASE + "cu/") is None
    assert held.found('"thu ba"') == ["Thông báo"]
    assert held.found('"thu hai"') == []


def test_a_merged_address_that_was_seen_later_does_not_change_what_is_shown(held: Held) -> None:
    held.record(a_visit("moi/", an_article("Thông báo", "Đang hiển thị."), at=at(0)))
    held.record(a_visit("cu/", an_article("Thông báo", "Địa chỉ cũ."), at=at(5)))
    with writing(held.path) as tables:
        tables.articles.merge(KEY, BASE + "cu/", BASE + "moi/")
    assert [row["body"] for row in standings(held, "moi/")] == ["Địa chỉ cũ.", "Đang hiển thị."]


# Any order

TEXTS = "ABC"


def seen(text: str, second: int) -> Standing:
    moment = f"{second:04}"
    words = dict.fromkeys(("title", "lead", "body", "author", "published_at"), text)
    return {"seen_at": moment, "last_seen_at": moment, "reading": f"{text}{second}"} | words


def in_order(observed: list[tuple[int, str]]) -> list[tuple[str, str, str]]:
    """Return what a history ought to be: of each run of one text the first and last sight."""
    runs = [list(run) for _, run in groupby(sorted(observed), key=lambda sight: sight[1])]
    return [(run[0][1], f"{run[0][0]:04}", f"{run[-1][0]:04}") for run in runs]


observations = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(TEXTS)), min_size=1, max_size=12,
    unique_by=lambda sight: sight[0],
)  # fmt: skip


@given(observations)
def test_observations_in_any_order_give_the_same_history(observed: list[tuple[int, str]]) -> None:
    history: list[Standing] = []
    sightings: list[str] = []
    for second, text in observed:
        sightings.append(f"{second:04}")
        history = placed(history, seen(text, second), sightings)
    found = [(each["title"], each["seen_at"], each["last_seen_at"]) for each in history]
    assert found == in_order(observed)
    for each in history:
        assert each["reading"] == f"{each['title']}{int(each['last_seen_at'])}" or len(found) > 1


@given(observations, st.integers(0, 40), st.sampled_from(TEXTS))
def test_without_sightings_no_text_is_lost_or_made_up(
    observed: list[tuple[int, str]], second: int, text: str
) -> None:
    history: list[Standing] = []
    for moment, words in sorted(observed):
        history = placed(history, seen(words, moment))
    history = placed(history, seen(text, second))
    assert {each["title"] for each in history} == {text, *(words for _, words in observed)}
    assert all(a["title"] != b["title"] for a, b in pairwise(history))
    assert merged(history) == history


Told = tuple[list[Standing], list[str]]
"""A history and when it was seen."""


def told(observed: list[tuple[int, str]]) -> Told:
    history: list[Standing] = []
    sightings = [f"{second:04}" for second, _ in sorted(observed)]
    for second, text in sorted(observed):
        history = placed(history, seen(text, second))
    return history, sightings


def together(one: Told, other: Told) -> Told:
    """Join two, as a merge does: the one holds that was seen last."""

    def newest(each: Told) -> tuple[str, str]:
        return each[0][-1]["last_seen_at"], each[0][-1]["title"]

    held, further = sorted((one, other), key=newest, reverse=True)
    return joined(*held, *further), sorted({*held[1], *further[1]})


def texts_of(history: list[Standing]) -> list[tuple[str, str, str]]:
    return [(each["title"], each["seen_at"], each["last_seen_at"]) for each in history]


@given(observations, st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_histories_that_were_seen_apart_are_joined_to_what_one_would_have_seen(
    observed: list[tuple[int, str]], places: list[int]
) -> None:
    shares: list[list[tuple[int, str]]] = [[], [], []]
    for sight, place in zip(observed, places, strict=False):
        shares[place].append(sight)
    apart = [told(share) for share in shares if share]
    for order in (apart, apart[::-1], apart[1:] + apart[:1]):
        history, _ = reduce(together, order)
        assert texts_of(history) == in_order(observed)


@given(st.tuples(observations, observations, observations))
def test_histories_are_joined_in_any_order_though_seconds_are_the_same(
    observed: tuple[list[tuple[int, str]], ...],
) -> None:
    one, other, third = map(told, observed)
    whole = together(together(one, other), third)
    for again in (together(one, together(other, third)), together(third, together(other, one))):
        assert texts_of(again[0]) == texts_of(whole[0])
    for known in (one, other, third):
        assert texts_of(together(whole, known)[0]) == texts_of(whole[0])


@costly
@given(observations)
def test_the_archive_keeps_the_same_history_in_any_order(observed: list[tuple[int, str]]) -> None:
    with TemporaryDirectory() as folder:
        held = Held(Path(folder) / "archive.db")
        held.archive.captures.begin(held.run_id, "khuoisao", {})
        for hour, text in observed:
            exchange = Exchange(
                BASE + "cau-na-leng/", at(hour), 200, b"HTTP/1.1 200 OK\r\n\r\n",
                f"{text}{hour}".encode(), b"GET / HTTP/1.1\r\n\r\n", content_type="text/html",
            )  # fmt: skip
            capture = held.archive.captures.keep(exchange)
            visit = a_visit(article=an_article("Thông báo", text), at=at(hour))
            held.record(replace(visit, capture=capture))
        rows = standings(held)
        newest = max(observed)
        held.close()
    expected = in_order(observed)
    hours = [[_hour(row["seen_at"]), _hour(row["last_seen_at"])] for row in rows]
    assert [row["body"] for row in rows] == [text for text, *_ in expected]
    assert hours == [[int(since), int(until)] for _, since, until in expected]
    assert [row["revision"] for row in rows] == [*range(1, len(rows) + 1)]
    assert rows[-1]["body"] == newest[1]


def _hour(moment: str) -> int:
    return int((datetime.fromisoformat(moment) - NOON).total_seconds() // 3600)


# Another theme

LEAD = "Cây cầu nối đôi bờ sông Năng."


def texts(held: Held, path: str = "cau-na-leng/") -> list[tuple[str | None, str]]:
    return [(row["lead"], row["body"]) for row in standings(held, path)]


SHOWS_LEAD, SHOWS_NONE = an_article(), an_article(lead=None)


@pytest.mark.parametrize("hours", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_a_lead_that_a_theme_leaves_out_is_kept_in_whatever_order_it_is_seen(
    hours: tuple[int, ...], held: Held
) -> None:
    shown = [SHOWS_NONE, SHOWS_LEAD, SHOWS_NONE]
    outcomes = [held.record(a_visit(article=shown[hour], at=at(hour))) for hour in hours]
    assert outcomes == [Outcome.NEW, Outcome.UNCHANGED, Outcome.UNCHANGED]
    (standing,) = standings(held)
    assert standing["lead"] == LEAD
    assert [_hour(standing["seen_at"]), _hour(standing["last_seen_at"])] == [0, 2]
    assert held.found('"doi bo song"') == [SHOWS_LEAD.title]
    (row,) = held.rows("SELECT first_seen_at, revised_at, text_sha256, words FROM articles")
    assert row["first_seen_at"] == row["revised_at"] == standing["seen_at"]
    assert row["words"] == len(SHOWS_LEAD.body.split())


def test_a_change_under_another_theme_is_compared_with_what_the_article_said(held: Held) -> None:
    changed = an_article(SHOWS_LEAD.title, "Cầu dài 52 mét, không phải 48 mét.", lead=None)
    held.record(a_visit())
    held.record(a_visit(article=SHOWS_NONE, at=at(1)))
    assert held.record(a_visit(article=changed, at=at(2))) == Outcome.CHANGED
    assert texts(held) == [(LEAD, SHOWS_LEAD.body), (None, changed.body)]
    older, newer = standings(held)
    assert [_hour(row["last_seen_at"]) for row in (older, newer)] == [1, 2]


def test_a_lead_that_is_set_apart_again_is_taken_with_its_capture(held: Held) -> None:
    held.record(a_visit(article=SHOWS_NONE))
    assert held.record(a_visit(at=at(1))) == Outcome.UNCHANGED
    assert texts(held) == [(LEAD, SHOWS_LEAD.body)]
    assert held.found('"doi bo song"') == [SHOWS_LEAD.title]


def test_of_earlier_texts_that_are_one_the_fuller_stays() -> None:
    one = dict.fromkeys(("author", "published_at")) | {"title": "Thông báo", "body": "Họp thôn."}
    history = [
        one | {"lead": LEAD, "seen_at": "0", "last_seen_at": "1"},
        one | {"lead": None, "seen_at": "2", "last_seen_at": "3"},
        one | {"lead": None, "body": "Hoãn họp.", "seen_at": "4", "last_seen_at": "5"},
    ]
    first, last = merged(history)
    assert (first["lead"], first["seen_at"], first["last_seen_at"]) == (LEAD, "0", "3")
    assert last == history[2]
    assert merged(history[:2]) == history[:2], "what the article says now has lost it"
