"""Second routes: what the demo portal lists, and answers that are wrong, broken or hostile."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.answers.elements import unpacked
from crawler.bounds import Bounds
from crawler.page import Found, RoutePage
from crawler.routes import ROUTES, feed, listing, rest, sitemap
from demo.faults import Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.strategies import html, texts

BASE = "https://khuoisao.example/"
COUNT = 130


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Portal.scaled(COUNT, page_bytes=0), Faults(counter=False)) as server:
        yield server


def ask(route: ModuleType, url: str) -> RoutePage | None:
    answer = httpx.get(url)
    page: RoutePage | None = route.read(answer.content, url, dict(answer.headers))
    return page


def walk(route: ModuleType, url: str) -> list[RoutePage]:
    """Return all pages of a walk that begins at an address, as far as there are any."""
    pages, waiting = [], [url]
    while waiting:
        page = ask(route, waiting.pop(0))
        if page is None:
            continue  # this list has ended, others may go on
        pages.append(page)
        waiting += [*page.more_urls, *([page.next_url] if page.next_url else [])]
        assert len(pages) < 100, "it goes round in circles"
    return pages


def named(server: Server, pages: list[RoutePage]) -> list[str]:
    return [found.url.removeprefix(server.url) for page in pages for found in page.found]


def paths(server: Server) -> set[str]:
    return {post.path for post in server.portal.posts}


# What the demo portal answers


@pytest.mark.parametrize("which", [0, 1], ids=["pretty", "plain"])
def test_rest_names_every_post_once_with_its_last_change(server: Server, which: int) -> None:
    start = rest.start_urls(server.url + "/")[which]
    pages = walk(rest, start)

    assert len(pages) == 2
    assert sorted(named(server, pages)) == sorted(paths(server))
    assert {page.total for page in pages} == {COUNT}
    found = [found for page in pages for found in page.found]
    changes = [found.modified_at or "" for found in found]
    assert changes == sorted(changes, reverse=True), "the newest change comes first"
    assert all(change.endswith("Z") for change in changes)
    assert not any(found.article for found in found)


def test_rest_gives_whole_articles_to_a_rescue(server: Server) -> None:
    pages = walk(rest, rest.rescue_urls(server.url + "/")[0])

    posts = {post.path: post for post in server.portal.posts}
    articles = {
        found.url.removeprefix(server.url): found.article for page in pages for found in page.found
    }
    assert articles.keys() == posts.keys()
    for path, article in articles.items():
        post = posts[path]
        assert article
        assert article.title == post.title
        assert post.text.startswith(article.body.split("\n\n")[0].split("\n")[0])
        assert article.published_at == post.date
        assert article.published_at.utcoffset() == timedelta(hours=7)
        assert article.published_by == "REST date"
        assert article.category == post.category
        assert sorted(article.tags) == sorted(post.tags)


def test_a_sitemap_names_every_post_by_its_index(server: Server) -> None:
    index = ask(sitemap, sitemap.start_urls(server.url + "/")[0])

    assert index
    assert index.found == ()
    parts = [url.rpartition("/")[2] for url in index.more_urls]
    assert parts == ["wp-sitemap-posts-post-1.xml"], "and not those of pages and subjects"
    assert set(named(server, walk(sitemap, server.url + "/wp-sitemap.xml"))) == paths(server)


def test_a_feed_names_every_post_page_by_page(server: Server) -> None:
    pages = walk(feed, feed.start_urls(server.url + "/")[0])

    assert len(pages) == COUNT / 10
    newest_first = [post.path for post in server.portal.newest]
    assert named(server, pages) == newest_first
    assert pages[0].next_url == server.url + "/feed/?paged=2"


def test_the_listing_names_what_the_start_page_does_not(server: Server) -> None:
    home = server.url + "/"
    assert [ask(route, home) for route in (rest, sitemap, feed)] == [None] * 3
    pages = walk(listing, listing.start_urls(home)[0])

    first = ask(listing, home)
    assert first
    assert set(named(server, [first, *pages])) == paths(server)
    assert first.next_url == server.url + "/page/2/"
    assert pages[0].next_url == server.url + "/page/3/"
    assert f"{server.url}/category/thong-bao/" in pages[0].more_urls
    assert not any(page.more_urls for page in pages[1:])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("rest", "/wp-json/wp/v2/posts?page=99"),
        ("rest", "/wp-json/"),
        ("rest", "/khong-co/"),
        ("sitemap", "/feed/"),
        ("sitemap", "/khong-co.xml"),
        ("feed", "/wp-sitemap.xml"),
        ("feed", "/feed/?paged=99"),
        ("listing", "/wp-json/wp/v2/posts"),
        ("listing", "/gioi-thieu/"),
    ],
)
def test_what_is_nothing_of_a_route_is_none(server: Server, name: str, path: str) -> None:
    module: Any = ROUTES[name]
    assert ask(module, server.url + path) is None


def test_where_routes_are_looked_for_below_a_part_of_a_host() -> None:
    base = "https://backan.example/chodon/"
    for route in ROUTES.values():
        starts = route.start_urls(base)
        assert starts
        assert all(url.startswith(base) for url in starts)


# Bad answers


def posts(*values: Any, **headers: str) -> RoutePage | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return rest.read(json.dumps(values).encode(), BASE + "wp-json/wp/v2/posts?page=1", named)


def a_post(**more: Any) -> dict[str, Any]:
    facts = {
        "link": BASE + "bai/",
        "title": {"rendered": "Khánh thành cầu"},
        "content": {"rendered": "<p>Sáng 12/6, huyện khánh thành cầu.</p>", "protected": False},
    }
    return facts | more


def test_bad_members_of_a_post_cost_only_themselves() -> None:
    page = posts(
        None, 7, "bài", [], {}, {"link": None}, {"link": 5}, {"link": "javascript:alert(1)"},
        {"link": "http://[lỗi/"}, {"link": "\ud800"}, {"link": "/tuong-doi/"},
        {"link": "https://noi-khac.example/bai/", "modified_gmt": 5},
        a_post(content="chữ", modified_gmt="\udfff"),
        a_post(content={"rendered": None}, title=[]),
        a_post(_embedded=[], date=5, modified={}),
        a_post(_embedded={"author": [None, {"name": []}], "wp:term": [None, 5, [None, {}]]}),
    )  # fmt: skip

    assert page
    kept = [found.url.removeprefix(BASE) for found in page.found]
    assert kept[-6:] == ["tuong-doi/", "https://noi-khac.example/bai/", *["bai/"] * 4]
    assert [bool(found.article) for found in page.found[-4:]] == [False, False, True, True]
    for found in page.found:
        json.dumps([found.url, found.modified_at], ensure_ascii=False).encode()


def test_half_characters_become_ones_that_can_be_written() -> None:
    page = posts(
        a_post(
            title={"rendered": "Cầu \ud83d Nà Lẹng"},
            content={"rendered": "<p>Sáng \udfff 12/6.</p>", "protected": False},
            _embedded={"author": [{"name": "Tổ \ud800"}]},
        )
    )
    assert page
    article = page.found[0].article
    assert article
    for text in (article.title, article.body, article.author or ""):
        assert text.encode()
        assert "?" in text


def test_a_protected_post_has_no_article() -> None:
    page = posts(a_post(content={"rendered": "<p>Nhập mật khẩu.</p>", "protected": True}))
    assert page
    assert page.found[0].article is None


@pytest.mark.parametrize(
    ("gmt", "hours"),
    [
        ("2021-06-14T01:30:00", 7),
        ("2021-06-14T08:30:00", 0),
        ("2021-06-14T12:30:00", -4),
        ("1970-01-01T00:00:00", 7),
        ("2099-01-01T00:00:00", 7),
        ("2021-06-15T08:30:00", 7),
        ("2021-06-14T01:30:17", 7),
        ("0000-00-00T00:00:00", 7),
        ("hôm qua", 7),
        (None, 7),
        (5, 7),
    ],
)
def test_an_offset_is_believed_where_a_place_on_earth_has_it(gmt: object, hours: int) -> None:
    page = posts(a_post(date="2021-06-14T08:30:00", date_gmt=gmt))
    assert page
    article = page.found[0].article
    assert article
    zone = timezone(timedelta(hours=hours))
    assert article.published_at == datetime(2021, 6, 14, 8, 30, tzinfo=zone)
    assert isinstance(article.published_at, datetime)
    assert article.published_at.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("header", "total"),
    [
        ("130", 130), ("0", 0), ("-1", None), ("1.5", None), ("", None), ("nhiều", None),
        ("9" * 30, None), ("9" * 5000, None), ("²", None), (" 7", None),
    ],
)  # fmt: skip
def test_what_a_portal_claims_to_have_is_a_number_or_nothing(
    header: str, total: int | None
) -> None:
    page = posts(a_post(), x_wp_total=header, x_wp_totalpages=header)
    assert page
    assert page.total == total
    assert bool(page.next_url) is bool(total and total > 1)


def test_the_walk_ends_with_an_empty_page_whatever_is_claimed() -> None:
    page = posts(x_wp_total="5000", x_wp_totalpages="50")
    assert page
    assert page.next_url is None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b'{"code": "rest_forbidden"}', b"[", b"<html></html>", b"\xff\xfe", b"null",
        b"[" * 200_000, b"NaN", b'"' + b"\xc3\x28" + b'"',
    ],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_what_is_no_list_of_posts_is_nothing_of_rest(body: bytes) -> None:
    assert rest.read(body, BASE, {}) is None


def bomb(root: str) -> bytes:
    """Return XML whose entities grow to gigabytes if they are expanded."""
    entities = '<!ENTITY a0 "cưcưcưcưcư">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    inner = (
        "<url><loc>&a9;</loc></url><item><link>&a9;</link></item><entry><link href='&a9;'/></entry>"
    )
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><{root}>{inner}</{root}>'.encode()


def thief(root: str) -> bytes:
    """Return XML that asks for a file of ours and for another host."""
    return (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">'
        '<!ENTITY % p SYSTEM "http://127.0.0.1:9/dtd"> %p;]>'
        f"<{root}><url><loc>{BASE}&f;</loc></url><item><link>{BASE}&f;</link></item></{root}>"
    ).encode()


@pytest.mark.parametrize("make", [bomb, thief])
@pytest.mark.parametrize(("route", "root"), [(sitemap, "urlset"), (feed, "rss")])
def test_entities_are_neither_expanded_nor_asked_for(
    make: Callable[[str], bytes], route: ModuleType, root: str
) -> None:
    page = route.read(make(root), BASE, {})
    assert page is None or all(len(found.url) < 60 for found in page.found)
    assert b"root:" not in repr(page).encode()


SITEMAP = f"""<?xml version="1.0"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc> {BASE}bai-1/ </loc><lastmod>2021-06-14T08:30:00+07:00</lastmod></url>
<url><loc><![CDATA[{BASE}bai-2/?a=1&b=2]]></loc></url>
<url><loc>ftp://khuoisao.example/tep</loc></url><url><loc></loc></url><url/>
<url><loc>https://noi-khac.example/</loc><lastmod> </lastmod></url>
</urlset>""".encode()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_sitemap_is_read_plain_and_packed(packed: bool) -> None:
    page = sitemap.read(gzip.compress(SITEMAP) if packed else SITEMAP, BASE + "sitemap.xml", {})
    assert page
    assert [(found.url, found.modified_at) for found in page.found] == [
        (BASE + "bai-1/", "2021-06-14T08:30:00+07:00"),
        (BASE + "bai-2/?a=1&b=2", None),
        ("https://noi-khac.example/", None),
    ]


def test_of_a_packed_sitemap_that_is_broken_what_can_be_had_is_read_and_it_is_told() -> None:
    packed = gzip.compress(SITEMAP)
    cut = sitemap.read(packed[:-20], BASE, {})
    assert cut
    assert cut.found
    assert cut.is_cut
    assert "compressed bytes are cut off" in (cut.damage or "")
    for nothing in (packed[:30] + b"\x00" * 40, b"\x1f\x8b"):
        page = sitemap.read(nothing, BASE, {})
        assert page
        assert (page.found, page.is_cut) == ((), True)
        assert page.damage
    endless = gzip.compress(b"<urlset>" + b" " * 100_000_000)
    assert len(endless) < 200_000
    page = sitemap.read(endless, BASE, {})
    assert page
    assert "more than 50 MiB" in (page.damage or "")
    assert len(unpacked(endless)[0]) == 50 << 20, "all that may be had"


ITEMS = "".join(f"<url><loc>{BASE}bai-{n}/</loc></url>" for n in (1, 2))
RSS_ITEMS = "".join(f"<item><link>{BASE}bai-{n}/</link></item>" for n in (1, 2))
NOTICE = (
    "<br />\n<b>Warning</b>:  Undefined array key [0] in <b>/var/www/x.php</b> on line <b>7</b>"
)


@pytest.mark.parametrize(
    ("before", "inside", "after", "told"),
    [
        ("\ufeff\ufeff\n", "", "", None),
        (NOTICE, "", "", "text before it"),
        ("", "<x>&nbsp;&hellip;</x>", "", None),
        ("", "<x>\x0b\x00</x>", "", None),
        ("", "<ext:x><ext:y/></ext:x>", "", "an undeclared prefix (ext)"),
        ("", "", "\n<!-- Served from cache in 0.01 s -->\n", None),
        ("", "", "<script>track()</script>", None),
        ("", "</nothing><x>", "", None),
    ],
)
@pytest.mark.parametrize(
    ("route", "root", "items"), [(sitemap, "urlset", ITEMS), (feed, "rss", RSS_ITEMS)]
)
def test_a_list_that_is_not_quite_xml_is_read_and_it_is_told(
    route: ModuleType, root: str, items: str, before: str, inside: str, after: str, told: str | None
) -> None:
    body = f'{before}<?xml version="1.0"?><{root}>{items}{inside}{items}</{root}>{after}'
    page = route.read(body.encode(), BASE + "sitemap.xml", {})
    assert page
    assert [found.url for found in page.found] == [f"{BASE}bai-{n}/" for n in (1, 2, 1, 2)]
    assert not page.is_cut
    if told:
        assert told in (page.damage or "")


def test_an_address_keeps_a_stray_ampersand_and_loses_what_is_no_character() -> None:
    body = f"<urlset><url><loc>{BASE}?a=1&b=2&amp;c=3\x0c</loc></url></urlset>"
    page = sitemap.read(body.encode(), BASE, {})
    assert page
    assert page.found == (Found(f"{BASE}?a=1&b=2&c=3"),)
    assert "a stray &" in (page.damage or "")
    assert "control characters" in (page.damage or "")


def test_the_address_of_a_picture_is_none_of_an_article() -> None:
    picture = "<image:image><image:loc>https://khuoisao.example/a.jpg</image:loc></image:image>"
    body = f"<urlset><url>{picture}<loc>{BASE}bai/</loc></url></urlset>"
    page = sitemap.read(body.encode(), BASE, {})
    assert page
    assert page.found == (Found(f"{BASE}bai/"),)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_list_that_is_cut_off_is_read_as_far_as_it_comes(share: float) -> None:
    urls = "".join(f"<url><loc>{BASE}bai-{n}/</loc></url>" for n in range(100))
    whole = f"<urlset>{urls}</urlset>".encode()
    page = sitemap.read(whole[: int(len(whole) * share)], BASE, {})
    assert page
    assert abs(len(page.found) - 100 * share) < 3
    assert all(found.url.endswith("/") for found in page.found)
    assert page.is_cut
    assert "cut off" in (page.damage or "")


def test_a_list_in_utf_16_and_one_in_windows_1258_are_read() -> None:
    body = f'<?xml version="1.0" encoding="ENC"?><urlset>{ITEMS}</urlset>'
    for encoding in ("utf-16", "windows-1258"):
        page = sitemap.read(body.replace("ENC", encoding).encode(encoding), BASE, {})
        assert page
        assert len(page.found) == 2


def test_a_sitemap_may_be_a_text_or_a_feed() -> None:
    lines = f"\ufeff{BASE}bai-1/\r\n{BASE}bai-2/\r\n\r\n".encode()
    page = sitemap.read(lines, BASE + "sitemap.txt", {"content-type": "text/plain"})
    assert page == RoutePage((Found(BASE + "bai-1/"), Found(BASE + "bai-2/")))
    rss = f"<rss><channel>{RSS_ITEMS}</channel></rss>".encode()
    page = sitemap.read(rss, BASE + "sitemap.xml", {})
    assert page == RoutePage((Found(BASE + "bai-1/"), Found(BASE + "bai-2/")), is_cut=True)


def test_a_sitemap_is_read_as_far_as_its_bound() -> None:
    body = f"<urlset>{ITEMS * 10}</urlset>".encode()
    page = sitemap.read_within(body, BASE, {}, Bounds(sitemap_elements=7))
    assert page
    assert (len(page.found), page.is_cut) == (7, True)
    assert "as far as entry 7" in (page.damage or "")
    lines = "\n".join([BASE] * 9).encode()
    page = sitemap.read_within(lines, BASE, {}, Bounds(sitemap_elements=7))
    assert page
    assert (len(page.found), page.is_cut) == (7, True)


def test_a_program_that_died_before_its_list_left_a_list_that_cannot_be_read() -> None:
    died = b"<br />\n<b>Fatal error</b>:  Uncaught Error in /var/www/wp-includes/x.php:12"
    for route in (rest, sitemap):
        page = route.read(died, BASE + "sitemap.xml", {})
        assert page
        assert page.damage


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (f"<guid>{BASE}bai/</guid>", "bai/"),
        (f'<guid isPermaLink="true">{BASE}bai/</guid>', "bai/"),
        ('<guid isPermaLink="false">tag:x,2021:7</guid>', None),
        ('<link xml:base="/tin/" href="bai/"/>', "tin/bai/"),
        ("<guid>/tin/bai/</guid>", "tin/bai/"),
        (f"<link/><guid>{BASE}bai/</guid>", "bai/"),
        (f'<link rel="enclosure" href="{BASE}a.mp3"/><link href="{BASE}bai/"/>', "bai/"),
        (
            "<link>http://feedproxy.example/x</link><feedburner:origLink>"
            f"{BASE}bai/</feedburner:origLink>",
            "bai/",
        ),
    ],
)
def test_the_address_of_an_entry_is_its_link_else_its_name(item: str, expected: str | None) -> None:
    page = feed.read(f"<rss><channel><item>{item}</item></channel></rss>".encode(), BASE, {})
    assert page
    assert [found.url for found in page.found] == ([BASE + expected] if expected else [])


def test_the_base_of_a_feed_holds_for_what_stands_in_it() -> None:
    body = f"""<feed xml:base="{BASE}tin/"><link rel="next" href="?trang=2"/>
    <entry xml:base="2021/"><link href="bai/"/></entry><entry><link href="khac/"/></entry></feed>"""
    page = feed.read(body.encode(), BASE, {})
    assert page
    assert [found.url for found in page.found] == [f"{BASE}tin/2021/bai/", f"{BASE}tin/khac/"]
    assert page.next_url == f"{BASE}tin/?trang=2"


POST = '{"link": "https://khuoisao.example/bai/", "title": {"rendered": "A\x01B"}}'


@pytest.mark.parametrize(
    ("body", "count", "told"),
    [
        (f"\ufeff\ufeff[{POST}]", 1, None),
        (f"{NOTICE}\n[{POST}, {POST}]", 2, "text before it"),
        (f"[{POST}]\n<!-- cached -->", 1, None),
        (f"[{POST}, {POST}, {POST[:30]}", 2, "cut off"),
        (f"[{POST[:30]}", 0, "it is"),
    ],
)
def test_posts_that_are_not_quite_json_are_read_and_it_is_told(
    body: str, count: int, told: str | None
) -> None:
    page = rest.read(body.encode(), BASE, {})
    assert page
    assert len(page.found) == count
    assert (told or "") in (page.damage or "")
    assert bool(page.damage) == bool(told)


def test_posts_are_read_as_far_as_their_bound_and_never_taken_into_memory_whole() -> None:
    page = rest.read_within(f"[{','.join([POST] * 9)}]".encode(), BASE, {}, Bounds(json_entries=7))
    assert page
    assert (len(page.found), page.is_cut) == (7, True)
    page = rest.read(b"[" + b"{}," * 5_000_000 + b"{}]", BASE, {})
    assert page
    assert page.damage


def test_a_full_page_of_posts_without_its_headers_has_another_one_behind_it() -> None:
    url = BASE + "wp-json/wp/v2/posts?per_page=3"
    full = rest.read(f"[{','.join([POST] * 3)}]".encode(), url, {})
    last = rest.read(f"[{POST}]".encode(), url + "&page=2", {})
    assert full
    assert last
    assert full.next_url == url + "&page=2"
    assert last.next_url is None


@pytest.mark.parametrize(
    "name",
    [
        "wp-sitemap-taxonomies-category-1.xml", "wp-sitemap-users-1.xml", "category-sitemap.xml",
        "post_tag-sitemap.xml", "author-sitemap.xml", "page-sitemap.xml",
    ],
)  # fmt: skip
def test_parts_that_list_no_posts_are_left_out(name: str) -> None:
    index = f"<sitemapindex><sitemap><loc>{BASE}{name}</loc></sitemap></sitemapindex>"
    page = sitemap.read(index.encode(), BASE, {})
    assert page == RoutePage()


@pytest.mark.parametrize("address", ["vi/news/rss/", "?format=feed&type=rss"])
def test_a_feed_of_the_newest_articles_has_no_further_page(address: str) -> None:
    rss = f"<rss><channel><item><link>{BASE}bai/</link></item></channel></rss>"
    page = feed.read(rss.encode(), BASE + address, {})
    assert page == RoutePage(found=(Found(BASE + "bai/"),))


def test_a_feed_names_its_next_page() -> None:
    following = f"{BASE}feeds/posts/default?start-index=151&max-results=150"
    atom = f"""<feed xmlns="http://www.w3.org/2005/Atom">
    <link rel="self" href="{BASE}feeds/posts/default"/>
    <link rel="next" href="{following.replace("&", "&amp;")}"/>
    <entry><link rel="alternate" href="{BASE}2014/05/bai.html"/></entry></feed>"""
    page = feed.read(atom.encode(), BASE + "feeds/posts/default?max-results=150", {})
    assert page == RoutePage(found=(Found(BASE + "2014/05/bai.html"),), next_url=following)


NUKEVIET_LIST = '<div class="news_column"><h3><a href="/vi/news/y-te/bai-7.html">Bài</a></h3></div>'
SHAREPOINT_LIST = (
    '<p class="tandan-p-article-news-title"><a href="/portal/Pages/2024-5-9/bai.aspx">Bài</a></p>'
)
JOOMLA_LIST = '<div class="blog"><h2><a href="/y-te/7-bai.html">Bài</a></h2></div>'
LIFERAY_LIST = (
    '<div class="portlet-boundary"><div class="asset-abstract"><h3 class="asset-title">'
    '<a href="/tin/-/asset_publisher/x/content/bai">Bài</a></h3></div></div>'
)
BLOGGER_LIST = '<h3 class="post-title"><a href="/2014/05/bai.html">Bài</a></h3>'


@pytest.mark.parametrize(
    ("generator", "body", "url", "pager", "following"),
    [
        ("NukeViet v4.5", NUKEVIET_LIST, "vi/news/y-te/",
         ["vi/news/y-te/page-3/", "vi/news/y-te/page-2/", "vi/news/van-hoa/page-2/"],
         "vi/news/y-te/page-2/"),
        ("NukeViet v4.5", NUKEVIET_LIST, "vi/news/y-te/page-2/",
         ["vi/news/y-te/", "vi/news/y-te/page-3/", "vi/news/y-te/page-10/"],
         "vi/news/y-te/page-3/"),
        ("NukeViet v4.5", NUKEVIET_LIST, "vi/news/y-te/page-3/",
         ["vi/news/y-te/", "vi/news/y-te/page-2/"], None),
        ("Microsoft SharePoint", SHAREPOINT_LIST, "portal/Pages/Tin.aspx?PageIndex=9",
         ["portal/Pages/Tin.aspx?PageIndex=10", "portal/Pages/Khac.aspx?PageIndex=11"],
         "portal/Pages/Tin.aspx?PageIndex=10"),
        ("Joomla!", JOOMLA_LIST, "y-te.html",
         ["y-te.html?start=20", "y-te.html?start=10"], "y-te.html?start=10"),
        ("Joomla!", JOOMLA_LIST, "y-te.html?start=10",
         ["y-te.html", "y-te.html?start=20"], "y-te.html?start=20"),
        ("", LIFERAY_LIST, "tin", ["tin?p_p_id=x&amp;_x_cur=2"], "tin?p_p_id=x&_x_cur=2"),
        ("WordPress 6.4", "", "category/y-te/page/3/", [], "category/y-te/page/4/"),
    ],
)  # fmt: skip
def test_the_next_page_of_a_list_is_where_its_pager_leads(
    generator: str, body: str, url: str, pager: list[str], following: str | None
) -> None:
    wordpress = '<body class="archive"><h2 class="entry-title"><a href="/bai/">Bài</a></h2>'
    links = "".join(f'<a href="/{link}">x</a>' for link in pager)
    page = listing.read(
        f'<meta name="generator" content="{generator}">{body or wordpress}{links}'.encode(),
        f"https://huyen.example/{url}",
        {},
    )
    assert page
    assert len(page.found) == 1
    assert page.next_url == (following and f"https://huyen.example/{following}")


def test_a_blog_goes_on_at_its_older_posts() -> None:
    older = "https://xa.example/search?updated-max=2014-05-14&max-results=7"
    body = (
        f'<meta name="generator" content="blogger">{BLOGGER_LIST}'
        f'<a class="blog-pager-older-link" href="{older.replace("&", "&amp;")}">Bài cũ hơn</a>'
    )
    page = listing.read(body.encode(), "https://xa.example/", {})
    assert page
    assert page.next_url == older


def test_a_start_page_leads_to_the_lists_of_its_family() -> None:
    links = (
        '<a href="/vi/news/y-te/">Y tế</a><a href="/vi/news/rss/">RSS</a>'
        '<a href="/vi/news/y-te/bai-7.html">Bài</a><a href="/vi/about/">Giới thiệu</a>'
    )
    body = f'<meta name="generator" content="NukeViet v4.5">{NUKEVIET_LIST}{links}'
    page = listing.read(body.encode(), "https://huyen.example/vi/", {})
    assert page
    assert list(page.more_urls) == ["https://huyen.example/vi/news/y-te/"]


def test_a_feed_of_atom_is_read_too() -> None:
    atom = f"""<feed xmlns="http://www.w3.org/2005/Atom">
    <link rel="self" href="{BASE}feed/"/>
    <entry><link rel="replies" href="{BASE}bai/#y-kien"/><link href="{BASE}bai/"/></entry>
    <entry><link rel="alternate" href="/bai-2/"/></entry><entry/></feed>"""
    page = feed.read(atom.encode(), BASE + "feed/", {})
    assert page
    assert [found.url for found in page.found] == [BASE + "bai/", BASE + "bai-2/"]


@pytest.mark.parametrize(
    ("url", "following"),
    [
        ("feed/", "feed/?paged=2"),
        ("feed/?paged=2", "feed/?paged=3"),
        ("feed/?paged=hai", "feed/?paged=2"),
        ("feed/?paged=-1", "feed/?paged=2"),
        (f"feed/?paged={'9' * 5000}", "feed/?paged=2"),
    ],
    ids=lambda url: url[:20],
)
def test_the_next_page_of_a_feed(url: str, following: str) -> None:
    rss = f"<rss><channel><item><link>{BASE}bai/</link></item></channel></rss>"
    page = feed.read(rss.encode(), BASE + url, {})
    assert page
    assert page.next_url == BASE + following


# Whatever comes, a route says what it is or that it is nothing

MARKUP = st.sampled_from(
    ["<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", "<sitemapindex>", "<sitemap>",
     "<rss>", "<channel>", "<item>", "</item>", "<link>", "</link>", "<feed>", "<entry>",
     '<link href="x"/>', "<?xml version='1.0'?>", "<![CDATA[", "]]>", "&amp;", "&x;", BASE]
)  # fmt: skip
xml = st.lists(st.one_of(MARKUP, texts), max_size=20).map("".join)
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), html,
        st.sampled_from(["2021-06-14T08:30:00", "0000-00-00T00:00:00", "9999-12-31T23:59:59+14"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["rendered", "protected", "name", "taxonomy"]), inner),
    ),
    max_leaves=6,
)  # fmt: skip
KEYS = [
    "link", "title", "content", "date", "date_gmt", "modified", "modified_gmt", "_embedded",
]  # fmt: skip
json_posts = st.lists(
    st.one_of(values, st.dictionaries(st.sampled_from(KEYS), values).map(lambda d: a_post() | d)),
    max_size=3,
).map(lambda value: json.dumps(value).encode())
bodies = st.one_of(
    st.binary(max_size=60),
    xml.map(str.encode),
    html.map(str.encode),
    json_posts,
    xml.map(str.encode).map(gzip.compress),
)
headers = st.dictionaries(
    st.sampled_from(["x-wp-total", "x-wp-totalpages", "content-type"]),
    st.one_of(st.text(max_size=5), st.integers().map(str)),
)
urls = st.sampled_from(
    [BASE, BASE + "feed/?paged=x&paged=2", BASE + "page/7/", BASE + "?page=²&rest_route=/posts"]
)  # fmt: skip


@pytest.mark.parametrize("name", ROUTES)
@given(body=bodies, url=urls, headers=headers)
@example(body=b"", url=BASE, headers={})
def test_a_route_never_raises(name: str, body: bytes, url: str, headers: Mapping[str, str]) -> None:
    page = ROUTES[name].read(body, url, headers)
    if page is None:
        return
    addresses = [*(found.url for found in page.found), *page.more_urls]
    for address in addresses + ([page.next_url] if page.next_url else []):
        assert address.startswith(("http://", "https://"))
        assert address.encode()
    assert page.total is None or 0 <= page.total < 2**63
