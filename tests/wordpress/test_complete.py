"""Complete on a real WordPress: what its links skip, hide or lose is held or named all the same."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Archived, long, run

from .fixtures import require_packages
from .portal import Faults, WordPress
from .record import Post

POSTS = 80


@pytest.fixture(scope="module")
def portal() -> Iterator[WordPress]:
    """A small WordPress of these tests' own, for they change it."""
    require_packages()
    with WordPress(POSTS) as portal:
        yield portal


@pytest.fixture
def archived(portal: WordPress, tmp_path: Path) -> Archived:
    archived = Archived(tmp_path)
    archived.describe(portal.url, cms="wordpress")
    return archived


@pytest.fixture
def asked(portal: WordPress) -> Callable[[], list[str]]:
    """Call it for the requests since it was last called, or since the test began."""
    seen = len(portal.requests)

    def since() -> list[str]:
        nonlocal seen
        new = portal.requests[seen:]
        seen += len(new)
        return new

    return since


def urls(posts: list[Post]) -> set[str]:
    return {post.url for post in posts}


def gaps(archived: Archived) -> dict[str, str]:
    return {row["url"]: row["state"] for row in archived.rows("SELECT url, state FROM gaps")}


def protected(portal: WordPress) -> dict[str, str]:
    return dict.fromkeys(urls(portal.password_protected), "refused")


def test_posts_of_the_same_second_are_held(portal: WordPress, archived: Archived) -> None:
    assert portal.equal_dates

    archived.crawl()

    assert archived.urls() == urls(portal.posts)
    assert gaps(archived) == protected(portal)
    claimed = archived.rows("SELECT claimed FROM coverage")[0]["claimed"]
    assert claimed == len(portal.posts) + len(portal.password_protected)


@pytest.mark.parametrize(
    ("route", "blocked"),
    [
        ("rest", {}),
        long("sitemap", {"rest": False}),
        long("feed", {"rest": False, "sitemap": False}),
        long("listing", {"rest": False, "sitemap": False, "feeds": False}),
    ],
)
def test_a_chain_cut_in_five_places_is_mended(
    portal: WordPress, archived: Archived, route: str, blocked: dict[str, bool]
) -> None:
    places = [12, 25, 40, 55, 70]
    cut = Faults(
        hide_prev=tuple(portal.posts[place].id for place in places),
        hide_next=tuple(portal.posts[place - 1].id for place in places),
        **blocked,
    )
    with portal.misbehaving(cut):
        archived.crawl()

    assert archived.urls() == urls(portal.posts)
    answered = archived.rows("SELECT route FROM routes WHERE state = 'open' ORDER BY rowid")
    assert answered[0]["route"] == route
    ends = archived.rows("SELECT url FROM articles WHERE prev_url IS NULL")
    assert {portal.posts[place].url for place in places} < {row["url"] for row in ends}


def test_posts_that_are_named_and_not_there_are_in_the_ledger(
    portal: WordPress, archived: Archived
) -> None:
    dead = [portal.posts[place] for place in (20, 35, 36)]
    with portal.misbehaving(Faults(dead=tuple(post.id for post in dead))):
        archived.crawl()

    assert archived.urls() == urls(portal.posts) - urls(dead)
    assert gaps(archived) == dict.fromkeys(urls(dead), "gone") | protected(portal)


def test_a_theme_without_neighbour_links_is_held(portal: WordPress, archived: Archived) -> None:
    with portal.theme("twentytwentythree"):
        archived.crawl()

    assert archived.urls() == urls(portal.posts)
    chained = archived.rows("SELECT url FROM articles WHERE prev_url IS NOT NULL")
    assert chained == []


def test_when_an_article_last_changed_is_told_by_the_list_where_its_page_does_not(
    portal: WordPress, archived: Archived
) -> None:
    with portal.theme("twentytwentythree"):
        archived.crawl()

    told = {row["url"]: row["modified_at"] for row in archived.rows("SELECT * FROM articles")}
    assert told == {post.url: post.modified_at.isoformat() for post in portal.posts}
    for command in ("verify", "reread"):
        done = run(command, "--db", archived.db, TINHUYEN_SITES=str(archived.folder / "sites"))
        assert done.code == 0, done.out + done.err
    again = {row["url"]: row["modified_at"] for row in archived.rows("SELECT * FROM articles")}
    assert again == told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sapo", "tran"),
        ("tran", "sapo"),
        long("twentytwentyone", "tran"),
        long("sapo", "twentytwentythree"),
        long("twentytwentythree", "twentytwentyone"),
    ],
)
def test_another_theme_makes_no_revision(
    portal: WordPress, archived: Archived, before: str, after: str
) -> None:
    newest = portal.posts[-1].published_at
    added = [
        portal.add(
            "" if n % 2 else f"Thông báo số {n} của huyện",
            [f"Đoạn thứ nhất của thông báo {n}.", "Đoạn thứ hai, như mọi lần."],
            newest + timedelta(minutes=n),
            excerpt=f"Tóm tắt {n}, không có trong bài." if n < 3 else "",
        )
        for n in range(1, 5)
    ]
    try:
        with portal.theme(before):
            archived.crawl("--full")
        with portal.theme(after):
            summary = archived.crawl("--full")

        assert (summary["new"], summary["changed"]) == (0, 0)
        assert summary["unchanged"] == len(portal.posts)
        assert archived.rows("SELECT * FROM revisions") == []
        now = archived.rows("SELECT url FROM articles WHERE lead IS NOT NULL")
        if "sapo" in (before, after):
            assert {row["url"] for row in now} >= urls(added[:2])  # whichever theme showed it
        with portal.theme(after):
            portal.edit(added[3], "Thông báo số 4 của huyện", ["Đoạn khác hẳn của thông báo 4."])
            assert archived.crawl("--full")["changed"] == 1
    finally:
        for post in [each for each in portal.posts if each.url in urls(added)]:
            portal.delete(post)


@pytest.mark.parametrize("faults", [Faults(), Faults(rest=False)], ids=["rest", "sitemap"])
def test_nothing_new_costs_three_requests_at_most(
    portal: WordPress, archived: Archived, asked: Callable[[], list[str]], faults: Faults
) -> None:
    with portal.misbehaving(faults):
        archived.crawl()
        asked()

        summary = archived.crawl()

    assert len(asked()) <= 3
    assert (summary["new"], summary["changed"], summary["gone"]) == (0, 0, 0)


def test_new_edited_and_deleted_posts_are_seen_with_few_requests(
    portal: WordPress, archived: Archived, asked: Callable[[], list[str]]
) -> None:
    archived.crawl()
    newest = portal.posts[-1].published_at
    added = [
        portal.add(f"Tin mới số {n}", ["Một đoạn văn."], newest + timedelta(hours=n))
        for n in range(1, 6)
    ]
    edited = portal.edit(
        portal.posts[30], "Tin đã được sửa", [" ".join(["Nội dung đã được sửa lại."] * 20)]
    )
    deleted = portal.posts[50]
    portal.delete(deleted)
    asked()

    summary = archived.crawl()

    assert (summary["new"], summary["changed"], summary["gone"]) == (5, 1, 1)
    assert len(asked()) <= 12
    assert urls(added) < archived.urls()
    text = archived.rows("SELECT title, body FROM articles WHERE url = ?", edited.url)
    assert text == [
        {"title": "Tin đã được sửa", "body": " ".join(["Nội dung đã được sửa lại."] * 20)}
    ]
    assert deleted.url in archived.urls()  # as it was last seen


def test_rescue_takes_every_text_from_rest_first(
    portal: WordPress, archived: Archived, asked: Callable[[], list[str]]
) -> None:
    asked()

    archived.crawl("--rescue")

    posts = [*portal.posts, *portal.password_protected]
    paths = {post.url.removeprefix(portal.url.rstrip("/")) for post in posts}
    requests = asked()
    first_page = next(place for place, target in enumerate(requests) if target in paths)
    assert first_page <= 3
    assert archived.urls() == urls(portal.posts)
    held = archived.rows("SELECT read_from, revision FROM articles")
    assert {tuple(row.values()) for row in held} == {("page", 1)}
