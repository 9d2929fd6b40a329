"""Page readers, against saved pages: our own, and other people's where they are at hand."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.appraisal import join, judge
from crawler.page import Article, Block, Page
from crawler.readers import CMS, read_page, recognise
from crawler.readers.families import liferay
from crawler.readers.page.document import Document
from crawler.text.addresses import absolute
from crawler.vocabulary import Discovery, State
from tests import fixtures
from tests.strategies import html as any_html

URL = "https://huyen.example/bai-viet/"
NAMES = fixtures.names()


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_page_says_what_is_expected(name: str) -> None:
    write = f"python -m tests.fixtures.write {name}"
    try:
        expected = fixtures.expectation(name)
    except FileNotFoundError:
        pytest.fail(f"{name}.html has no {name}.json; write it with: {write}")
    said = fixtures.seen(name, expected["url"], expected["content_type"])
    assert said == expected["page"], f"if this is right, write it with: {write}"


@pytest.mark.parametrize("cms", CMS)
def test_every_reader_has_saved_pages(cms: str) -> None:
    own = [name for name in NAMES if name.startswith(f"{cms}/")]
    write = f"write one, and its JSON with: python -m tests.fixtures.write {cms}/NAME URL"
    assert own, f"tests/fixtures/{cms}/ has no page; {write}"
    kinds = {fixtures.expectation(name)["page"]["kind"] for name in own}
    missing = {"article", "listing"} - kinds
    assert not missing, f"tests/fixtures/{cms}/ has no page of kind {missing}; {write}"
    assert kinds - {"article", "listing"}, (
        f"tests/fixtures/{cms}/ has none that is neither; {write}"
    )
    assert {fixtures.expectation(name)["page"]["cms"] for name in own} == {cms}


def test_no_expectation_is_without_its_page() -> None:
    written = {f"{file.parent.name}/{file.stem}" for file in fixtures.FOLDER.glob("*/*.json")}
    assert written == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_was_seen_has_its_evidence(name: str) -> None:
    page = read_page(fixtures.page_bytes(name), fixtures.expectation(name)["url"])
    said = {"prev_url", "next_url", "links", "parts"} if page.kind != "part" else set()
    told = {field: getattr(page, field) for field in said}
    if page.article:
        fields = ("title", "lead", "author", "category", "tags", "published_at", "modified_at")
        told |= {field: getattr(page.article, field) for field in fields}
    assert {field for field, value in told.items() if value} <= page.evidence.keys()
    seen = set(page.evidence) & {"prev_url", "next_url", "published_at", "modified_at"}
    assert page.kind == "part" or seen <= {field for field, value in told.items() if value}
    says_it_is_none = page.kind == "other" and "kind" in page.evidence
    is_read = page.kind in ("article", "part") or (says_it_is_none and page.article is not None)
    assert (page.article is not None) == is_read


@pytest.mark.parametrize("name", NAMES)
def test_the_site_s_own_reader_is_asked_first_and_changes_nothing(name: str) -> None:
    body, url = fixtures.page_bytes(name), fixtures.expectation(name)["url"]
    assert read_page(body, url, cms=name.partition("/")[0]) == read_page(body, url)


def test_an_unknown_cms_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^unknown cms 'newspapr'; known: newspaper, nukeviet, "):
        read_page(b"", URL, cms="newspapr")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("text/html", "article"),
        ("text/html; charset=UTF-8", "article"),
        ("Text/HTML;charset=utf-8", "article"),
        ("application/xhtml+xml", "article"),
        (None, "article"),
        ("", "article"),
        ("application/pdf", "other"),
        ("text/plain", "other"),
        ("image/jpeg; x=text/html", "other"),
    ],
)
def test_only_html_is_read(content_type: str | None, kind: str) -> None:
    assert read_page(fixtures.page_bytes("newspaper/classic"), URL, content_type).kind == kind


def test_a_page_of_no_known_family_is_something_else() -> None:
    body = b'<link rel=canonical href="/x/"><h1>A</h1><article><p>B</p></article>'
    page = read_page(body, URL)
    assert page == Page(
        "other",
        canonical_url="https://huyen.example/x/",
        charset="utf-8",
        evidence=page.evidence,
    )
    assert page.evidence["cms"] == "generic: any page"


STATIC = """<meta name="generator" content="WordPress 6.4"><title>Giới thiệu – Huyện</title>
<body class="page"><h1>Giới thiệu</h1><div class="{0}"><p>{1}</p></div>"""
ABOUT = "Huyện nằm ở phía nam của tỉnh, có mười lăm xã và một thị trấn. " * 8


@pytest.mark.parametrize("content", ["entry-content", "builder-row"])
def test_a_static_page_is_read_but_is_no_article(content: str) -> None:
    page = read_page(STATIC.format(content, ABOUT).encode(), URL)
    assert page.kind == "other"
    assert page.article
    assert page.article.title == "Giới thiệu"
    assert page.article.body == ABOUT.strip()
    assert judge(page, Discovery.LISTING) == (State.NOT_ARTICLE, "other", None)
    assert judge(page, Discovery.NEXT) == (State.FAILED, "body.page", "empty")


def test_a_part_that_says_the_same_again_adds_nothing() -> None:
    def read(text: str) -> Page:
        return Page("article", Article("A", blocks=(Block("paragraph", f"<p>{text}</p>", text),)))

    whole = read("Một")
    for text in ("Một", "Hai"):
        whole = join(whole, read(text)) or Page("other")
    assert not join(whole, Page("other"))
    assert whole.article
    assert whole.article.body == "Một\n\nHai"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_charset_makes_no_difference(charset: str) -> None:
    text = fixtures.page_bytes("newspaper/classic").decode().replace("UTF-8", charset)
    page = read_page(text.encode(charset), URL)
    expected = read_page(fixtures.page_bytes("newspaper/classic"), URL)
    assert replace(page, charset=None) == replace(expected, charset=None)


# One change to a page at a time


def changed(name: str, old: str, new: str) -> Page:
    text = fixtures.page_bytes(name).decode()
    assert old in text
    return read_page(text.replace(old, new).encode(), fixtures.expectation(name)["url"])


@pytest.mark.parametrize("href", ["#", "", "javascript:void(0)", "mailto:ubnd@huyen.example"])
def test_a_neighbour_that_leads_nowhere_is_none(href: str) -> None:
    page = changed("newspaper/classic", "https://huyen.example/khai-giang/", href)
    assert page.next_url is None
    assert page.prev_url == "https://huyen.example/ra-quan-lam-duong/"
    assert "next_url" not in page.evidence


def test_a_page_is_not_its_own_neighbour() -> None:
    own = "https://huyen.example/phong-trao-dan-van-kheo/"
    page = changed("newspaper/classic", "https://huyen.example/khai-giang/", own + "#tren")
    assert page.next_url is None


@pytest.mark.parametrize("label", ["Bài cũ hơn", "<< আগে", "", "Bài tiếp theo"])
def test_the_words_of_the_labels_do_not_matter(label: str) -> None:
    page = changed("newspaper/classic", "<span>Bài trước</span>", f"<span>{label}</span>")
    assert page.prev_url == "https://huyen.example/ra-quan-lam-duong/"


@pytest.mark.parametrize(
    ("attribute", "head", "expected"),
    [
        # the head tells the same moment in UTC: so the time is local
        ("2021-06-14T08:30:00+00:00", "2021-06-14T01:30:00+00:00", "2021-06-14T08:30:00+07:00"),
        ("2021-06-14T08:30:00+00:00", "2021-06-14T08:30:00+07:00", "2021-06-14T08:30:00+07:00"),
        # both tell the same: so it is UTC
        ("2021-06-14T01:30:00+00:00", "2021-06-14T01:30:00+00:00", "2021-06-14T01:30:00+00:00"),
        # the head tells something else, or nothing: so it is Viet Nam's
        ("2021-06-14T08:30:00+00:00", "2020-01-01T00:00:00+00:00", "2021-06-14T08:30:00+07:00"),
        ("2021-06-14T08:30:00+00:00", "2021-06-14T01:30:11+00:00", "2021-06-14T08:30:00+07:00"),
        ("2021-06-14T08:30:00+00:00", "", "2021-06-14T08:30:00+07:00"),
        # any other offset is believed
        ("2021-06-14T08:30:00+07:00", "2021-06-14T01:30:00+00:00", "2021-06-14T08:30:00+07:00"),
        ("2021-06-14T09:30:00+08:00", "", "2021-06-14T09:30:00+08:00"),
        # what cannot be read in one place is looked for in the next
        ("0001-01-01T00:00:00+00:00", "2021-06-14T01:30:00+00:00", "2021-06-14"),
    ],
)
def test_the_false_offset_of_newspaper(attribute: str, head: str, expected: str) -> None:
    text = fixtures.page_bytes("newspaper/classic").decode()
    text = text.replace('datetime="2021-06-14T08:30:00+00:00"', f'datetime="{attribute}"')
    text = text.replace('content="2021-06-14T01:30:00+00:00"', f'content="{head}"')
    article = read_page(text.encode(), URL).article
    assert article is not None
    assert article.published_at is not None
    assert article.published_at.isoformat() == expected


def test_a_page_without_any_date_has_none() -> None:
    page = changed("newspaper/classic_no_datetime", "14 Tháng Một, 2022", "2 giờ trước")
    assert page.article is not None
    assert page.article.published_at is None
    assert page.article.published_raw is None
    assert page.article.published_by is None


def test_a_stripped_body_tag_hides_no_article() -> None:
    for name in ("newspaper/classic", "newspaper/tdb", "wordpress/twentytwentyone"):
        text = fixtures.page_bytes(name).decode()
        page = read_page(text.replace("<body class", "<body data-class").encode(), URL)
        assert page.kind == "article"


# What a family's signs do not say


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("generic/")])
def test_a_page_is_recognised_as_its_own_family_s_and_no_other_s(name: str) -> None:
    document = Document(fixtures.page_bytes(name).decode(), fixtures.expectation(name)["url"])
    family = name.partition("/")[0]
    others = {cms for cms in CMS if cms not in (family, "generic") and CMS[cms].recognise(document)}
    assert CMS[family].recognise(document)
    assert others <= {"wordpress"}, "Newspaper is WordPress, too"
    assert recognise(document) == (family, CMS[family].recognise(document))


@pytest.mark.parametrize("name", NAMES)
def test_no_fixture_names_a_date_that_stands_in_the_text(name: str) -> None:
    article = fixtures.expectation(name)["page"].get("article")
    if article and "published_raw" in article:
        text = "\n".join(text for block in article["blocks"] for text in block.values())
        assert article["published_raw"] not in text


def test_an_article_without_its_text_is_left_to_the_next_reader() -> None:
    """A theme of its own hides NukeViet's article; the lists beside it make it no listing."""
    page = changed("nukeviet/article", 'id="news-bodyhtml" class="bodytext', 'class="than-bai')
    assert page.evidence["cms"].startswith("generic")
    assert page.kind == "article"


@pytest.mark.parametrize("theme", ["of NukeViet", "of its own"])
def test_nukeviet_s_hidden_date_is_that_of_the_last_change(theme: str) -> None:
    text = fixtures.page_bytes("nukeviet/article").decode()
    text = text.replace("Thứ hai - 14/06/2021 08:30", "")
    text = text.replace('property="article:published_time"', 'property="khac"')
    if theme == "of its own":
        text = text.replace('id="news-bodyhtml" class="bodytext', 'class="than-bai')
    article = read_page(text.encode(), fixtures.expectation("nukeviet/article")["url"]).article
    assert article is not None
    assert article.published_at is None
    assert article.modified_at is not None
    assert article.modified_at.isoformat() == "2021-06-15T09:00:00+07:00"


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("/tin/-/asset_publisher/x/content/bai?redirect=%2Ftin&inheritRedirect=true",
         "/tin/-/asset_publisher/x/content/bai"),
        ("/-/bai?p_p_auth=7h2", "/-/bai"),
        ("/w/bai?p_l_back_url=%2Ftim-kiem%3Fq%3Dbai", "/w/bai"),
        ("/tin?p_p_id=101_INSTANCE_x&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view"
         "&p_p_col_id=column-2&p_p_col_pos=1&p_p_col_count=2&_101_INSTANCE_x_redirect=%2F"
         "&_101_INSTANCE_x_urlTitle=bai",
         "/tin?p_p_id=101_INSTANCE_x&_101_INSTANCE_x_urlTitle=bai"),
        ("/tin?p_p_id=x&_x_delta=10&_x_resetCur=false&_x_keywords=&_x_cur=2",
         "/tin?p_p_id=x&_x_cur=2"),
        ("/tin?id=7", "/tin?id=7"),
        ("/tin", "/tin"),
    ],
)  # fmt: skip
def test_liferay_s_addresses_without_the_way_that_led_there(address: str, plain: str) -> None:
    host = "https://huyen.example"
    assert liferay.plain_url(host + address) == host + plain
    assert liferay.plain_url(host + plain) == host + plain


# Whatever comes


def _mutations() -> st.SearchStrategy[bytes]:
    """Saved pages with pieces cut out, doubled or overwritten."""
    pieces = st.tuples(st.integers(0, 9000), st.integers(0, 400), st.binary(max_size=12))

    def mutate(drawn: tuple[str, list[tuple[int, int, bytes]]]) -> bytes:
        name, changes = drawn
        body = fixtures.page_bytes(name)
        for start, length, new in changes:
            body = body[:start] + new + body[start + length :]
        return body

    return st.tuples(st.sampled_from(NAMES), st.lists(pieces, max_size=5)).map(mutate)


@given(_mutations(), st.sampled_from([None, "text/html", "text/html; charset=windows-1258"]))
def test_a_damaged_page_is_read(body: bytes, content_type: str | None) -> None:
    check(read_page(body, URL, content_type))


@given(st.one_of(st.binary(), any_html.map(str.encode)), st.sampled_from([None, *CMS]))
def test_any_bytes_are_read(body: bytes, cms: str | None) -> None:
    check(read_page(body, URL, cms=cms))
    for content in (b"td-post-content", b"entry-content"):
        start = b'<body class="single"><link href="/wp-content/"><h1 class="entry-title">A</h1>'
        check(read_page(start + b'<div class="' + content + b'">' + body, URL, cms=cms))


def check(page: Page) -> None:
    """Assert what holds of every page."""
    says_it_is_none = page.kind == "other" and "kind" in page.evidence
    is_read = page.kind in ("article", "part") or (says_it_is_none and page.article is not None)
    assert (page.article is not None) == is_read
    urls = [page.prev_url, page.next_url, page.canonical_url, *page.links, *page.parts]
    if page.article:
        by = page.evidence.get("title")  # none shows one, or the head names the site alone
        assert page.article.title or by is None or "names the site" in by
        urls += [image.url for image in page.article.images]
        urls += [file.url for file in page.article.attachments]
    assert all(absolute(url, URL) == url for url in urls if url)


# Other people's pages


def _golden(shared: Path) -> list[tuple[dict[str, str | None], Page]]:
    folder = shared / "pages" / "prevnext"
    pages = []
    for line in (folder / "gold.jsonl").read_text("utf-8").splitlines():
        gold = json.loads(line)
        body = gzip.decompress((folder / gold["file"]).read_bytes())
        pages.append((gold, read_page(body, gold["url"])))
    return pages


def test_the_neighbours_of_real_pages_of_newspaper(shared: Path) -> None:
    of_theme = [
        (gold, page)
        for gold, page in _golden(shared)
        if page.evidence.get("cms", "").startswith("newspaper") and page.kind == "article"
    ]
    assert len(of_theme) >= 8
    for gold, page in of_theme:
        expected = [
            absolute(url, str(gold["url"])) if url else None for url in (gold["prev"], gold["next"])
        ]
        assert [page.prev_url, page.next_url] == expected, gold["file"]
        assert page.article is not None
        assert page.article.published_at is not None, gold["file"]
        assert page.article.blocks, gold["file"]
