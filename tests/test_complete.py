"""Complete: whatever a portal hides, everything it published is held or named in the ledger."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from crawler.routes import rest
from demo.faults import Fault, Faults
from demo.portal import Portal
from tests.conftest import Archived, Serve, long

NO_ROUTE = {"rest": "absent", "feeds": False, "sitemap": False}


def paths(portal: Portal) -> set[str]:
    return {post.path for post in portal.posts}


def coverage(archived: Archived) -> dict[str, Any]:
    return archived.rows("SELECT * FROM coverage")[0]


def gaps(archived: Archived) -> dict[str, str]:
    base = archived.server.url if archived.server else ""
    rows = archived.rows("SELECT url, state FROM gaps")
    return {row["url"].removeprefix(base): row["state"] for row in rows}


@pytest.mark.long
def test_of_500_articles_the_8_that_are_missing_are_named(serve: Serve) -> None:
    portal = Portal.scaled(500, page_bytes=0)
    posts = portal.posts
    dead = [posts[place] for place in (20, 75, 76, 140, 260, 333, 480)]
    unlinked = posts[200]
    faults = Faults(
        paths={post.path: Fault(status=404) for post in dead}, hide_prev={unlinked.slug}
    )
    archived = serve(portal, faults)

    archived.crawl()

    assert archived.urls() == paths(portal) - {post.path for post in dead}
    assert gaps(archived) == {post.path: "gone" for post in dead} | {unlinked.path: "broken"}
    assert coverage(archived)["missing"] == 8
    assert not coverage(archived)["complete"]


def test_posts_of_the_same_second_are_held(serve: Serve) -> None:
    portal = Portal.scaled(60, page_bytes=0)
    twins = [(portal.posts[place], portal.posts[place + 1]) for place in (10, 30, 45)]
    for first, second in twins:
        portal.edit(second.slug, date=first.date, modified=None)
    archived = serve(portal)

    archived.crawl()

    assert archived.urls() == paths(portal)
    assert not {row["url"] for row in archived.rows("SELECT url FROM urls WHERE state = 'waiting'")}


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param({"rest": "forbidden"}, id="rest is forbidden"),
        pytest.param({"rest": "absent", "sitemap_cap": 20}, id="the sitemap is capped"),
        pytest.param({"rest": "absent", "sitemap": False}, id="only feeds"),
        pytest.param(NO_ROUTE, id="only listings"),
    ],
)
def test_a_chain_cut_in_five_places_is_mended_by_another_route(
    serve: Serve, routes: dict[str, Any]
) -> None:
    portal = Portal.scaled(150, page_bytes=0)
    cut = [portal.posts[place].slug for place in (25, 50, 75, 100, 125)]
    before = [portal.posts[place - 1].slug for place in (25, 50, 75, 100, 125)]
    archived = serve(portal, Faults(hide_prev=cut, hide_next=before, **routes))

    archived.crawl()

    assert archived.urls() == paths(portal)
    assert coverage(archived)["chain_breaks"] == 5


def test_a_portal_with_no_route_but_the_chain_is_held(serve: Serve) -> None:
    portal = Portal.scaled(60, page_bytes=0)
    further = [f"/page/{number}/" for number in range(2, 10)]
    listings = dict.fromkeys([*further, "/category/thong-bao/page/2/"], Fault(status=404))
    archived = serve(portal, Faults(paths=listings, **NO_ROUTE))

    summary = archived.crawl(code=1)

    assert archived.urls() == paths(portal)
    assert summary["verdict"] == "unproven"
    assert [*summary["reasons"]] == ["unwalked"], "their pagers name pages that are not there"
    assert not coverage(archived)["complete"]


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param(NO_ROUTE, id="listings"),
        pytest.param({"rest": "absent", "feeds": False}, id="sitemap"),
        pytest.param({"rest": "absent", "sitemap": False}, id="feeds"),
        pytest.param({}, id="rest"),
    ],
)
def test_a_portal_with_no_chain_is_held(serve: Serve, routes: dict[str, Any]) -> None:
    portal = Portal.scaled(80, page_bytes=0)
    archived = serve(portal, Faults(hide_neighbours=True, **routes))

    archived.crawl()

    assert archived.urls() == paths(portal)


@pytest.mark.parametrize("routes", [{}, NO_ROUTE], ids=["rest", "listings"])
@pytest.mark.parametrize("arguments", [[], long(["--full"])], ids=["news", "full"])
def test_an_article_that_has_moved_is_no_new_one(
    serve: Serve, routes: dict[str, Any], arguments: list[str]
) -> None:
    portal = Portal.scaled(8, page_bytes=0)
    archived = serve(portal, Faults(**routes))
    archived.crawl()
    codes = archived.rows("SELECT code FROM articles ORDER BY code")
    for post in portal.posts:
        portal.edit(post.slug, slug=f"moi-{post.slug}", modified=post.changed)

    summary = archived.crawl(*arguments, code=None)

    assert (summary["new"], summary["changed"], summary["gone"]) == (0, 0, 0)
    assert (summary["unchanged"], summary["held"]) == (8, 8)
    assert archived.rows("SELECT code FROM articles ORDER BY code") == codes
    assert archived.urls() == paths(portal)


def test_a_complete_crawl_asks_for_little_more_than_the_articles(serve: Serve) -> None:
    portal = Portal.scaled(400, page_bytes=0)
    archived = serve(portal)

    archived.crawl()

    assert archived.server
    assert len(archived.server.log) <= 400 * 1.05
    asked = [request.target for request in archived.server.log]
    assert sorted(asked) == sorted(set(asked))


def test_nothing_new_costs_three_requests_at_most(serve: Serve) -> None:
    archived = serve(Portal.scaled(120, page_bytes=0))
    archived.crawl()
    assert archived.server
    before = len(archived.server.log)

    summary = archived.crawl()

    assert len(archived.server.log) - before <= 3
    assert (summary["new"], summary["changed"], summary["gone"]) == (0, 0, 0)


@pytest.mark.parametrize("faults", [{"rest": "absent"}, {"rest": "absent", "sitemap": False}])
def test_nothing_new_costs_little_without_rest(serve: Serve, faults: dict[str, Any]) -> None:
    archived = serve(Portal.scaled(120, page_bytes=0), Faults(**faults))
    archived.crawl()
    assert archived.server
    before = len(archived.server.log)

    archived.crawl()

    assert len(archived.server.log) - before <= 3


def test_new_edited_and_deleted_articles_are_seen_with_few_requests(serve: Serve) -> None:
    portal = Portal.scaled(120, page_bytes=0)
    archived = serve(portal)
    archived.crawl()
    assert archived.server
    newest = portal.posts[-1]
    for number in range(1, 6):
        portal.add(
            slug=f"tin-moi-{number}", title=f"Tin mới {number}", category=newest.category, tags=[],
            date=newest.date + timedelta(hours=number), body=f"Đoạn văn của tin mới số {number}.",
        )  # fmt: skip
    edited, deleted = portal.posts[40], portal.posts[60]
    portal.edit(
        edited.slug, body="Nội dung đã được sửa lại, dài như trước. " * 10,
        modified=datetime.now(timezone(timedelta(hours=7))).replace(microsecond=0),
    )  # fmt: skip
    portal.delete(deleted.slug)
    before = len(archived.server.log)

    summary = archived.crawl()

    assert (summary["new"], summary["changed"], summary["gone"]) == (5, 1, 1)
    assert len(archived.server.log) - before <= 12
    head = archived.rows("SELECT next_url FROM articles WHERE url LIKE ?", f"%{newest.path}")[0]
    assert head["next_url"].endswith("/tin-moi-1/")
    row = archived.rows("SELECT state, refusals FROM urls WHERE url LIKE ?", f"%{deleted.path}")[0]
    assert row == {"state": "held", "refusals": 1}

    archived.crawl()

    row = archived.rows("SELECT state, gone_since FROM urls WHERE url LIKE ?", f"%{deleted.path}")[
        0
    ]
    assert row["state"] == "gone"
    assert row["gone_since"]
    assert deleted.path in archived.urls()  # as it was last seen


def test_rescue_takes_every_text_from_rest_first(serve: Serve) -> None:
    portal = Portal.scaled(300, page_bytes=0)
    archived = serve(portal)

    archived.crawl("--rescue")

    assert archived.server
    asked = [request.target for request in archived.server.log]
    first_page = next(n for n, target in enumerate(asked) if re.fullmatch(r"/[\w-]+/", target))
    assert sum("/wp-json/" in target for target in asked[:first_page]) == 3
    assert archived.urls() == paths(portal)
    rows = archived.rows(
        "SELECT read_from, count(*) AS n, sum(revision) AS r FROM articles GROUP BY 1"
    )
    assert rows == [{"read_from": "page", "n": 300, "r": 300}]


def test_what_rest_gave_is_held_whatever_the_pages_say(serve: Serve) -> None:
    portal = Portal.scaled(120, page_bytes=0)
    closed = {
        post.path: Fault(body="<html><body>Đang bảo trì</body></html>".encode())
        for post in portal.posts
    }
    archived = serve(portal, Faults(paths=closed))

    archived.crawl("--rescue", code=1)

    assert archived.urls("held") == paths(portal)
    assert {row["read_from"] for row in archived.rows("SELECT read_from FROM articles")} == {"rest"}
    assert coverage(archived)["failed"] == 0

    assert archived.server
    archived.server.faults.paths.clear()
    archived.crawl()

    assert {row["read_from"] for row in archived.rows("SELECT read_from FROM articles")} == {"page"}


def test_a_portal_of_another_theme_than_described_is_read(serve: Serve) -> None:
    portal = Portal.scaled(20, page_bytes=0)
    archived = serve(portal, cms="wordpress")

    archived.crawl()

    assert archived.urls() == paths(portal)
    assert archived.rows("SELECT count(published_at) AS n FROM articles") == [{"n": 20}]


def test_a_main_list_that_is_cut_short_is_mended_by_its_categories(serve: Serve) -> None:
    portal = Portal.scaled(150, page_bytes=0)
    cut = {f"/page/{number}/": Fault(status=404) for number in range(3, 12)}
    archived = serve(portal, Faults(paths=cut, hide_neighbours=True, **NO_ROUTE))

    summary = archived.crawl(code=1)

    assert archived.urls() == paths(portal)
    assert summary["reasons"] == {"unwalked": 1}, "what it names further is not known"


def test_a_start_page_alone_leads_to_the_categories(serve: Serve) -> None:
    portal = Portal.scaled(60, page_bytes=0)
    cut = {f"/page/{number}/": Fault(status=404) for number in range(2, 6)}
    archived = serve(portal, Faults(paths=cut, hide_neighbours=True, **NO_ROUTE))

    summary = archived.crawl(code=1)

    assert archived.urls() == paths(portal)
    assert summary["reasons"] == {"unwalked": 1}, "what it names further is not known"


SECOND_PAGE = f"/{rest.start_urls('http://x/')[0].removeprefix('http://x/')}&page=2"
"""Path and query of the second page of REST."""


def publish(portal: Portal, *numbers: int) -> set[str]:
    """Publish posts, and return their paths."""
    newest = portal.posts[-1]
    return {
        portal.add(
            slug=f"tin-moi-{number}", title=f"Tin mới số {number}", category=newest.category,
            tags=[], date=newest.date + timedelta(hours=number), body=f"Đoạn của tin số {number}.",
        ).path
        for number in numbers
    }  # fmt: skip


@pytest.mark.long
def test_a_page_of_rest_that_fails_for_good_hides_no_news(serve: Serve) -> None:
    """Every later crawl asked for that page alone, found nothing new, and said "finished"."""
    portal = Portal.scaled(130, page_bytes=0)
    faults = Faults(paths={SECOND_PAGE: Fault(status=500, retry_after=0)})
    archived = serve(portal, faults)

    first = archived.crawl(code=1)

    assert archived.urls() == paths(portal), "the chain and other lists lead to the rest"
    assert archived.rows("SELECT state, proves FROM routes WHERE route = 'rest'") == [
        {"state": "failed", "proves": None}
    ]
    assert any("the list was walked no further" in told for told in first["problems"])

    news = publish(portal, 1, 2, 3, 4, 5)
    second = archived.crawl(code=1)

    assert news <= archived.urls()
    assert second["new"] == 5
    assert any("the list was walked no further" in told for told in second["problems"])

    faults.paths.clear()
    third = archived.crawl(code=0)
    assert (third["verdict"], third["problems"]) == ("complete", [])


def test_a_walk_that_was_cut_short_begins_with_the_news_too(serve: Serve) -> None:
    portal = Portal.scaled(130, page_bytes=0)
    archived = serve(portal)
    archived.crawl()
    assert archived.server
    with closing(sqlite3.connect(archived.db)) as db, db:
        pending = json.dumps([f"{archived.server.url}{SECOND_PAGE}"])
        db.execute("UPDATE routes SET pending = ? WHERE route = 'rest'", [pending])
    news = publish(portal, 1, 2)

    archived.crawl()

    assert news <= archived.urls()
    assert coverage(archived)["verdict"] == "complete"


def test_a_route_that_was_not_there_is_tried_again_in_time(serve: Serve) -> None:
    portal = Portal.scaled(30, page_bytes=0)
    faults = Faults(rest="absent")
    archived = serve(portal, faults)
    archived.crawl()
    faults.rest = "ok"
    assert archived.server

    def asked_for_rest() -> bool:
        before = len(archived.server.log)  # type: ignore[union-attr]
        archived.crawl()
        return any("wp-json" in r.target for r in archived.server.log[before:])  # type: ignore[union-attr]

    assert not asked_for_rest()
    with closing(sqlite3.connect(archived.db)) as db, db:
        db.execute("UPDATE routes SET checked_at = '2025-01-02T03:04:05Z' WHERE state = 'absent'")
    assert asked_for_rest()
    assert archived.rows("SELECT state, total FROM routes WHERE route = 'rest'") == [
        {"state": "open", "total": 30}
    ]
