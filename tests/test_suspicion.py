"""What is served with status 200 and is no page of the portal, and what only looks like it."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given

from crawler.page import Article, Page
from crawler.readers import read_page
from crawler.readers.body.fragment import read_fragment
from crawler.readers.page.document import Document
from crawler.readers.suspicion.judging import suspect
from crawler.readers.suspicion.spam import LEXICONS, advertised
from crawler.readers.suspicion.standins import glance, may_stand_in
from demo.portal import Portal
from tests.conftest import SHARED
from tests.fixtures import FOLDER
from tests.strategies import html as any_html

URL = "https://huyen.example/tin-tuc/bai-viet/"
PAGES = {
    f"{file.parent.name}/{file.stem}": file.read_text("utf-8")
    for file in sorted((FOLDER / "suspicion").glob("*/*.html"))
}
"""By what each is; one that begins with its h1 is an article, to be set into a portal's frame."""
KINDS = {"challenge": "challenge", "closed": "closed", "spam": "spam", "shell": "other"}

FRAME = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">
<title>{title} - Cổng thông tin điện tử huyện</title>
<meta name="generator" content="WordPress 6.4"></head>
<body class="post-template-default single single-post postid-7">
<header><a href="https://huyen.example/">Cổng thông tin điện tử huyện</a>
<nav><a href="/gioi-thieu/">Giới thiệu</a> <a href="/tin-tuc/">Tin tức</a></nav></header>
<article class="post type-post"><header class="entry-header">
<h1 class="entry-title">{title}</h1></header><div class="entry-content">{content}</div>
<footer class="entry-footer"><time class="entry-date published"
datetime="2023-04-05T08:00:00+07:00">5 Tháng Tư, 2023</time></footer></article>
<nav class="navigation post-navigation"><div class="nav-links"><div class="nav-previous">
<a href="https://huyen.example/truoc/" rel="prev">Bài trước</a></div></div></nav>
<form id="commentform"><div class="g-recaptcha" data-sitekey="1"></div></form>
<footer>Website đang chạy thử nghiệm</footer></body></html>"""


def framed(page: str) -> str:
    """Return a page as it would be served."""
    if not page.startswith("<h1>"):
        return page
    title, _, content = page.removeprefix("<h1>").partition("</h1>")
    return FRAME.format(title=title, content=content)


def read(page: str, url: str = URL) -> Page:
    return read_page(framed(page).encode(), url, "text/html; charset=utf-8")


def suspicion(page: Page) -> str | None:
    return page.evidence.get("suspicion")


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("innocent/")])
def test_a_page_that_is_none_of_the_portal_s_is_known_as_what_it_is(name: str) -> None:
    page = read(PAGES[name])
    assert page.kind == KINDS[name.partition("/")[0]], suspicion(page)
    assert suspicion(page)


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("innocent/")])
def test_news_of_such_things_is_news(name: str) -> None:
    page = read(PAGES[name])
    assert suspicion(page) is None
    assert page.kind == ("article" if PAGES[name].startswith("<h1>") else page.kind)
    assert page.kind in ("article", "other", "listing", "login")


def test_there_are_pages_of_every_kind() -> None:
    counted = {kind: sum(name.startswith(f"{kind}/") for name in PAGES) for kind in KINDS}
    assert min(counted.values()) >= 10
    assert sum(counted.values()) >= 60


def test_a_stand_in_says_nothing_else() -> None:
    page = read(PAGES["closed/maintenance_vi"])
    assert page == Page("closed", charset=page.charset, evidence=page.evidence)
    assert suspicion(page) == "a closed site: website đang bảo trì"
    page = read(PAGES["challenge/cloudflare_managed"])
    assert (page.article, suspicion(page)) == (None, "a challenge page: Cloudflare")


def test_spam_keeps_its_reading_and_its_place_in_the_chain() -> None:
    page = read(PAGES["spam/vi_text_replaced_title_kept"])
    assert page.kind == "spam"
    assert page.article
    assert page.article.title.startswith("Chợ Đồn tổng kết")
    assert "cá cược" in page.article.body
    assert page.prev_url == "https://huyen.example/truoc/"
    assert (suspicion(page) or "").startswith("gambling spam: ")


def test_a_hidden_block_of_links_is_not_the_article_s_and_does_not_condemn_it() -> None:
    page = read(PAGES["innocent/injected_hidden"])
    assert page.article
    assert page.article.body == (
        "Ngày 8/2, xã phát động Tết trồng cây, trồng mới 1.200 cây mỡ, quế dọc tuyến đường liên "
        "thôn."
    )


SPAM = '<a href="https://a.example">nhà cái uy tín</a>'


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY: NONE !important",
        "visibility:hidden",
        "position:absolute;left:-9999px",
        "left: -5000px; position: fixed; top: 0",
        "position:absolute; top:-1000em",
        "text-indent:-9999px",
        "margin-left:-10000px",
        "font-size:0",
        "font-size:0px;color:#fff",
        "height:0;overflow:hidden",
        "height:1px; width:1px; overflow:hidden",
        "max-height:0px;overflow:hidden",
    ],
)
def test_what_nobody_sees_is_not_the_article_s(style: str) -> None:
    fragment = read_fragment(f'<p>Một.</p><div style="{style}">{SPAM}</div><p>Hai.</p>', URL)
    assert [block.text for block in fragment.blocks] == ["Một.", "Hai."]


@pytest.mark.parametrize(
    ("style", "inside"),
    [
        ("text-indent:-18.0pt", "Chữ"),  # Word's lists
        ("margin-left:-150px", "Chữ"),
        ("left:-9999px", "Chữ"),  # moves nothing that is not positioned
        ("position:relative;left:-9px", "Chữ"),
        ("font-size:0.9em", "Chữ"),
        ("font-size:09pt", "Chữ"),
        ("font-size:0", '<span style="font-size:16px">Chữ</span>'),
        ("font-size:0", 'Chữ<img src="/a.jpg">'),
        ("height:0;padding-bottom:56.25%;overflow:hidden", 'Chữ<iframe src="//v.vn/1"></iframe>'),
        ("height:100px;overflow:hidden", "Chữ"),
        ("height:1.5em;overflow:hidden", "Chữ"),
        ("height:0", "Chữ"),
        ("background:url(none.png)", "Chữ"),
        (";;:;none", "Chữ"),
    ],
)
def test_what_only_looks_hidden_stays(style: str, inside: str) -> None:
    fragment = read_fragment(f'<p>Một.</p><div style="{style}">{inside}</div>', URL)
    assert "Chữ" in [block.text for block in fragment.blocks]


# What speaks for and against, one sign at a time

LADEN = "Nổ hũ, tài xỉu và đá gà trực tuyến: soi kèo mỗi ngày, nạp rút nhanh, khuyến mãi nạp đầu. "
PLAIN = "Đại hội thông qua nghị quyết với các chỉ tiêu phấn đấu đến năm 2028, bầu ban chấp hành. "


@pytest.mark.parametrize(
    ("title", "text", "is_spam"),
    [
        ("Nhà cái SV88", LADEN * 5, True),
        ("Tin hoạt động", LADEN * 5, True),
        ("TIN HOẠT ĐỘNG", LADEN.upper() * 5, True),
        # the text is mostly the portal's own: it is still true
        ("Tin hoạt động", PLAIN * 8 + LADEN * 3, False),
        ("Tin hoạt động", LADEN * 3 + PLAIN * 8, False),
        # the terms alone are no invitation, and those who report on them say so
        ("Nổ hũ và tài xỉu", "Nổ hũ, tài xỉu, đá gà. " * 9, False),
        ("Tin hoạt động", (LADEN + "Công an khởi tố, tạm giam các bị can. ") * 5, False),
        ("Nhà cái", "", False),
        ("", "", False),
    ],
)
def test_spam_is_what_several_signs_agree_on(title: str, text: str, is_spam: bool) -> None:
    assert (advertised(title, text) is not None) == is_spam


def test_links_off_the_site_under_such_words_speak_for_spam() -> None:
    text = "Tỷ lệ kèo, soi kèo hôm nay: uy tín hàng đầu, hấp dẫn mỗi ngày. " * 3
    assert advertised("Tin thể thao", text) is None
    assert advertised("Tin thể thao", text, [("kv88.example", "soi kèo")]) is not None


def test_a_page_may_speak_its_own_language_but_not_sell_in_another() -> None:
    text = "博彩 投注 百家乐 彩金。" * 5
    assert advertised("Tin tức", text, vietnamese=True)
    assert advertised("新闻", text, vietnamese=False) is None


def test_the_tables_hold_single_words_and_pairs_composed_and_small() -> None:
    for trade in LEXICONS:
        for term in trade.terms | trade.calls:
            words = (term,) if isinstance(term, str) else term
            assert all(word == word.lower() and word.isalnum() for word in words), term


@pytest.mark.parametrize("extra", ["", '<a href="/x/">Tin</a>' * 30])
def test_what_has_a_menu_is_no_stand_in(extra: str) -> None:
    page = "<title>Thông báo</title><p>Hệ thống đang được nâng cấp.</p>" + extra
    assert (suspicion(read(page)) is None) == bool(extra)


def test_a_stand_in_is_not_looked_for_in_a_large_page() -> None:
    document = Document("<p>Website đang bảo trì</p>" + "<!-- x -->" * 60_000, URL)
    assert not may_stand_in(document, Page("other"))
    assert not glance(Document("<b>x</b>" * 5_000, URL)).is_whole
    assert not glance(Document("x" * 300_000 + "<p>y", URL)).is_whole


@given(any_html)
def test_any_html_is_judged(page: str) -> None:
    document = Document(page, URL)
    suspect(document, Page("other"))
    suspect(document, Page("article", Article("", lead=page)))


# Real pages, none of which is to be suspected


def test_the_demo_portal_s_posts_are_its_own() -> None:
    posts = Portal.embedded().posts
    assert [post.slug for post in posts if advertised(post.title, post.text)] == []


@pytest.mark.skipif(not (SHARED / "corpus").exists(), reason="the articles are not at hand")
def test_real_articles_are_not_suspected() -> None:
    with gzip.open(SHARED / "corpus/vi_articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    assert [a["id"] for a in articles if advertised(a["title"], a["body"] or "")] == []


def saved_pages() -> list[Path]:
    """Return every sixth, for to read them all takes long."""
    return sorted((SHARED / "pages").glob("*/*.html.gz"))[::6]


@pytest.mark.skipif(not (SHARED / "pages").exists(), reason="the pages are not at hand")
def test_real_pages_are_not_suspected() -> None:
    suspected = {
        file.name: said
        for file in saved_pages()
        if (said := suspicion(read_page(gzip.decompress(file.read_bytes()), URL)))
    }
    assert set(suspected.values()) <= {"an empty shell"}  # two of all have a head and no body
