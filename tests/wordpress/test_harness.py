"""The portal serves what its record says, hides what it must, and leaves nothing behind."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from unicodedata import normalize

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from . import fixtures, requirements
from .portal import WordPress
from .record import TIMEZONE, Post
from .servers import Server

KINDS = {"p": "paragraph", "h2": "heading", "li": "item", "td": "cell"}


@pytest.fixture
def browser(wordpress: WordPress) -> Iterator[httpx.Client]:
    """An anonymous visitor, who does not follow redirects."""
    with httpx.Client(base_url=wordpress.url, trust_env=False) as client:
        yield client


@pytest.fixture
def listed(browser: httpx.Client) -> dict[int, dict[str, object]]:
    """All that the REST interface lists, by post id."""
    first = browser.get("/wp-json/wp/v2/posts?per_page=100")
    pages = range(1, int(first.headers["X-WP-TotalPages"]) + 1)
    answers = [browser.get(f"/wp-json/wp/v2/posts?per_page=100&page={n}").json() for n in pages]
    return {post["id"]: post for answer in answers for post in answer}


def rendered(post: dict[str, object], column: str) -> str:
    value = post[column]
    assert isinstance(value, dict)
    return str(value["rendered"])


def passages(html: str) -> list[tuple[str, str]]:
    """The kinds and texts of a rendered post, read as plainly as possible."""
    found = []
    for node in LexborHTMLParser(html).css("p, h2, li, td"):
        text = normalize("NFC", node.text().strip())
        parent = node.parent
        if node.css_first("a[href$='.pdf']") or not text:
            continue
        quoted = parent is not None and parent.tag == "blockquote"
        found.append(("quote" if quoted else KINDS[str(node.tag)], text))
    return found


def test_rest_lists_exactly_the_record(
    wordpress: WordPress, listed: dict[int, dict[str, object]]
) -> None:
    record = {post.id: post for post in [*wordpress.posts, *wordpress.password_protected]}
    assert len(wordpress.posts) == 300
    assert listed.keys() == record.keys()
    for number, post in record.items():
        assert listed[number]["link"] == post.url
        assert listed[number]["date"] == f"{post.published_at:%Y-%m-%dT%H:%M:%S}"
        assert listed[number]["modified"] == f"{post.modified_at:%Y-%m-%dT%H:%M:%S}"
        title = normalize("NFC", unescape(rendered(listed[number], "title")))
        assert title.removeprefix("Bảo vệ: ") == post.title


def test_every_post_shows_the_text_of_the_record(
    wordpress: WordPress, listed: dict[int, dict[str, object]]
) -> None:
    for post in wordpress.posts:
        html = rendered(listed[post.id], "content")
        assert passages(html) == [(passage.kind, passage.text) for passage in post.passages]
        content = LexborHTMLParser(html)
        images = [node.attributes["src"] for node in content.css("img")]
        captions = [normalize("NFC", node.text().strip()) for node in content.css("figcaption")]
        assert images == [picture.url for picture in post.pictures]
        assert captions == [picture.caption for picture in post.pictures if picture.caption]
        files = [node.attributes["href"] for node in content.css("a[href$='.pdf']:not([download])")]
        assert files == [file.url for file in post.attachments]


def test_the_record_holds_what_a_crawl_stumbles_over(wordpress: WordPress) -> None:
    assert len(wordpress.equal_dates) == 2
    assert any(
        0 < (two.published_at - one.published_at).total_seconds() < 60
        for one, two in zip(wordpress.posts, wordpress.posts[1:], strict=False)
    )
    assert sum(post.parts > 1 for post in wordpress.posts) == 2
    assert {post.status for post in wordpress.unpublished} == {
        *("draft", "pending", "private", "future", "trash"),
    }


def test_a_post_page_names_title_date_author_categories(
    wordpress: WordPress, browser: httpx.Client
) -> None:
    post = next(post for post in wordpress.posts if post.modified_at != post.published_at)
    page = LexborHTMLParser(browser.get(post.url).text)
    assert text_of(page, "h1.entry-title") == post.title
    assert text_of(page, ".byline a") == post.author
    assert [node.text() for node in page.css(".cat-links a")] == list(post.categories)
    # The theme calls this one element both published and updated, and never shows the latter.
    times = [node.attributes["datetime"] for node in page.css("article time")]
    assert times == [post.published_at.isoformat()]


def test_a_divided_post_goes_on_at_its_second_page(
    wordpress: WordPress, browser: httpx.Client
) -> None:
    post = next(post for post in wordpress.posts if post.parts == 2)
    parts = [browser.get(post.url).text, browser.get(f"{post.url}2/").text]
    assert [post.paragraphs[0] in part for part in parts] == [True, False]
    assert [post.paragraphs[-1] in part for part in parts] == [False, True]


def test_what_is_not_published_is_not_served(
    wordpress: WordPress, browser: httpx.Client, listed: dict[int, dict[str, object]]
) -> None:
    sitemap = browser.get("/wp-sitemap-posts-post-1.xml").text
    for post in wordpress.unpublished:
        assert browser.get(post.url).status_code == 404
        assert browser.get(f"/wp-json/wp/v2/posts/{post.id}").status_code == 401
        assert post.id not in listed
        assert post.url not in sitemap


def test_a_password_hides_the_text_only(wordpress: WordPress, browser: httpx.Client) -> None:
    for post in wordpress.password_protected:
        page = browser.get(post.url)
        assert page.status_code == 200
        assert post.title in page.text
        assert post.paragraphs[1] not in page.text


def test_a_short_link_redirects_to_the_permalink(
    wordpress: WordPress, browser: httpx.Client
) -> None:
    post = wordpress.posts[7]
    answer = browser.get(f"/?p={post.id}")
    assert (answer.status_code, answer.headers["Location"]) == (301, post.url)


def test_category_archives_are_served(wordpress: WordPress, browser: httpx.Client) -> None:
    page = browser.get(wordpress.posts[-1].url).text
    [archive, *_] = LexborHTMLParser(page).css(".cat-links a")
    assert browser.get(str(archive.attributes["href"])).status_code == 200


def test_static_pages_are_served(wordpress: WordPress, browser: httpx.Client) -> None:
    for page in wordpress.pages:
        assert page.paragraphs[0] in browser.get(page.url).text


@pytest.mark.parametrize("theme", ["twentytwentytwo", "twentytwentythree"])
def test_another_theme_for_a_while(wordpress: WordPress, browser: httpx.Client, theme: str) -> None:
    post = wordpress.posts[7]
    with wordpress.theme(theme):
        page = LexborHTMLParser(browser.get(post.url).text)
        assert text_of(page, "h1.wp-block-post-title") == post.title
    assert "wp-block-post-title" not in browser.get(post.url).text


def test_a_post_can_be_added_edited_and_deleted(
    wordpress: WordPress, browser: httpx.Client
) -> None:
    before = list(wordpress.posts)
    late = datetime(2025, 6, 30, 8, tzinfo=TIMEZONE)
    added = wordpress.add("Tin cuối cùng", ["Huyện kết thúc hoạt động từ ngày mai."], late)
    assert wordpress.posts[-1] == added
    assert added.paragraphs[0] in browser.get(added.url).text

    edited = wordpress.edit(added, "Tin cuối cùng (đã sửa)", ["Cảm ơn bạn đọc đã đồng hành."])
    page = browser.get(edited.url).text
    assert edited.title in page
    assert edited.paragraphs[0] in page
    assert added.paragraphs[0] not in page
    assert edited.modified_at - late > timedelta(days=1)

    wordpress.delete(edited)
    assert browser.get(edited.url).status_code == 404
    assert wordpress.posts == before


@pytest.mark.long
def test_two_portals_at_once_leave_nothing_behind(wordpress: WordPress) -> None:
    with WordPress(count=60) as other:
        folder = other._folder
        assert other.url != wordpress.url
        assert paths(other.posts[:2]) != paths(wordpress.posts[:2])
        assert httpx.get(other.url, trust_env=False).status_code == 200
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(other.url, trust_env=False)


def test_a_server_ends_with_the_test_run(tmp_path: Path) -> None:
    log, data = tmp_path / "log", tmp_path / "data"
    data.mkdir()
    server = Server(data, ["sh", "-c", "echo ready; sleep 600 & wait"], log, "ready")
    server.stop()
    assert not data.exists()


def test_missing_packages_skip_but_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixtures, "missing_packages", lambda: ["wordpress-l10n"])
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="wordpress-l10n"):
        fixtures.require_packages()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="wordpress-l10n"):
        fixtures.require_packages()


def test_every_needed_package_is_installed_by_the_list() -> None:
    listed = Path(__file__).with_name("packages.txt").read_text().split()
    assert {*requirements.FILES, *requirements.PHP_MODULES} <= set(listed)


def text_of(page: LexborHTMLParser, selector: str) -> str:
    node = page.css_first(selector)
    assert node is not None, selector
    return normalize("NFC", node.text())


def paths(posts: list[Post]) -> list[str]:
    return [httpx.URL(post.url).path for post in posts]
