"""Where structure leaves a doubt about an article: who is asked, and who is believed."""

import json
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.page import Page
from crawler.readers import read_page
from crawler.readers.finding.opinions import _AGREES, _is_settled, _most_agreed, _Passages
from crawler.vocabulary import PageKind

URL = "https://huyen.example/tin/khanh-thanh-cau.html"
TITLE = "Khánh thành cầu treo bản Mẫu"
SENTENCES = [
    "Sáng 12/5, xã Bản Mẫu khánh thành cây cầu treo dài tám mươi mét bắc qua suối Lớn.",
    "Công trình được khởi công từ tháng chín năm ngoái, kinh phí do nhân dân và nhà nước cùng góp.",
    "Trước đây mỗi mùa lũ, học sinh ba thôn bên kia suối phải nghỉ học nhiều ngày liền.",
    "Nhân dân trong xã đã đóng góp hơn bốn trăm ngày công và hiến gần một nghìn mét vuông đất.",
    "Phát biểu tại buổi lễ, lãnh đạo huyện biểu dương tinh thần đoàn kết của bà con các thôn.",
    "Dịp này, đoàn công tác tặng hai mươi suất quà cho các hộ có nhiều đóng góp cho công trình.",
]
TEXT = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
OTHERS = [
    "Cầu đẹp quá, bà con thôn tôi mong mãi mới có ngày này, xin cảm ơn các anh các chị nhiều lắm.",
    "Đề nghị xã làm thêm lan can cho chắc, trẻ con qua lại đông, người lớn không yên tâm chút nào.",
    "Bao giờ thì thôn Thượng có cầu như vậy, chúng tôi cũng đã kiến nghị qua nhiều kỳ họp rồi.",
]
HEAD = f"<title>{TITLE} - Trang tin huyện</title>"
H1 = f"<h1>{TITLE}</h1>"


def read(body: str, head: str = HEAD) -> Page:
    return read_page(f"<head>{head}</head><body>{body}</body>".encode(), URL)


def said(page: Page) -> list[str]:
    assert page.article
    return [block.text for block in page.article.blocks if block.text]


@pytest.fixture
def trafilatura(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Have trafilatura take a given text; returns a list that counts how often it was asked."""

    def take(text: str) -> list[str]:
        asked: list[str] = []

        def extracted(*_: object, **__: object) -> str:
            asked.append(text)
            return text

        monkeypatch.setattr("crawler.readers.finding.opinions.text_by_trafilatura", extracted)
        return asked

    return take


# When somebody else is asked


@pytest.mark.parametrize(
    "body",
    [
        H1 + TEXT,
        f"<div>{H1}<p>{SENTENCES[0]}</p><div>{TEXT}</div></div>",
        f"{H1}<div>{TEXT}</div><div class='comments'><p>{OTHERS[0]}</p></div>",
        f"{H1}<p>Cập nhật.</p>",  # says no more, and does not call itself an article
    ],
)
def test_where_structure_is_plain_nobody_is_asked(
    body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    read(body)


def test_a_text_that_is_named_for_something_else_is_found(
    trafilatura: Callable[[str], list[str]],
) -> None:
    trafilatura(" ".join(SENTENCES))
    boxes = "".join(f"<div><p>{one}</p><p>{other}</p></div>" for one, other in pairs())
    page = read(f"{H1}<div class='social'>{TEXT}</div><div>{boxes}</div>")
    assert said(page) == SENTENCES
    assert page.evidence["content"] == "the densest prose and trafilatura, not most of the prose"


def pairs() -> list[tuple[str, str]]:
    return [(OTHERS[n], OTHERS[n - 1]) for n in range(3)]


def test_what_only_one_says_is_not_believed(trafilatura: Callable[[str], list[str]]) -> None:
    asked = trafilatura(OTHERS[0])
    page = read(
        f"{H1}<div>{TEXT}</div><div class='social'><p>{'</p><p>'.join(OTHERS * 4)}</p></div>"
    )
    assert asked
    assert said(page) == SENTENCES


def test_a_confirmed_text_says_so(trafilatura: Callable[[str], list[str]]) -> None:
    trafilatura(" ".join(SENTENCES))
    page = read(
        f"{H1}<div>{TEXT}</div><div class='social'><p>{'</p><p>'.join(OTHERS * 4)}</p></div>"
    )
    assert said(page) == SENTENCES
    assert page.evidence["content"] == "most of the prose, with trafilatura"


@pytest.mark.parametrize("takes", [True, False])
def test_a_passage_among_the_text_is_not_lost_by_its_name(
    takes: bool, trafilatura: Callable[[str], list[str]]
) -> None:
    trafilatura(" ".join(SENTENCES if takes else SENTENCES[:2] + SENTENCES[3:]))
    parts = [f"<p>{sentence}</p>" for sentence in SENTENCES]
    parts[2] = f"<div class='popup'>{parts[2]}</div>"
    page = read(H1 + "".join(parts))
    assert said(page) == (SENTENCES if takes else SENTENCES[:2] + SENTENCES[3:])


def test_comments_of_whatever_name_that_outweigh_the_text_are_not_the_article(
    trafilatura: Callable[[str], list[str]],
) -> None:
    trafilatura(" ".join(SENTENCES))
    voices = "".join(f"<div class='x1'><div><p>{OTHERS[n % 3]}</p></div></div>" for n in range(9))
    told = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "articleBody": "\n".join(SENTENCES),
    }
    head = f"{HEAD}<script type='application/ld+json'>{json.dumps(told)}</script>"
    page = read(f"<div>{H1}<div class='x2'>{TEXT}</div><div class='x3'>{voices}</div></div>", head)
    assert said(page) == SENTENCES
    assert "JSON-LD articleBody" in page.evidence["content"]


def test_a_beginning_that_a_page_tells_programs_takes_nothing_of_its_text() -> None:
    told = {"@type": "NewsArticle", "headline": TITLE, "articleBody": " ".join(SENTENCES[:3])}
    head = f"{HEAD}<script type='application/ld+json'>{json.dumps(told)}</script>"
    assert said(read(f"{H1}<div>{TEXT}</div>", head)) == SENTENCES


# An article is never empty


def test_a_page_that_a_script_draws_says_what_it_tells_programs() -> None:
    told = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2023-05-12",
        "articleBody": "\n\n".join([*SENTENCES, "Suối < 5 m &amp; cầu > 8 m"]),
    }
    head = f"{HEAD}<script type='application/ld+json'>{json.dumps(told)}</script>"
    page = read("<div id='app'></div>", head)
    assert page.kind == PageKind.ARTICLE
    assert said(page) == [*SENTENCES, "Suối < 5 m & cầu > 8 m"]
    assert page.evidence["content"] == "JSON-LD articleBody"


@pytest.mark.parametrize(
    "listed",
    [
        "<div><h3><a href='/tin/{0}'>Tin số {0} trong tuần</a></h3></div>",
        "<h4><a href='/tin/{0}'>Tin số {0} trong tuần</a></h4><p>Xã Bản Mẫu họp bàn việc mới.</p>",
    ],
)
def test_an_article_among_lists_is_one(listed: str) -> None:
    items = "".join(listed.format(number) for number in range(12))
    page = read(f"<div>{H1}{TEXT}{items}</div>")
    assert page.kind == PageKind.ARTICLE
    assert said(page)[:6] == SENTENCES


def test_a_list_with_a_word_on_each_item_is_none() -> None:
    item = "<h3><a href='/tin/{0}'>Tin số {0} trong tuần</a></h3><p>{1}</p>"
    page = read(H1 + "".join(item.format(n, sentence) for n, sentence in enumerate(SENTENCES)))
    assert page.kind == PageKind.LISTING
    assert len(page.links) == 6


# Names that themes give to the article's own parts


@pytest.mark.parametrize("name", ["teaser-text", "widget quote", "promo", "related-box"])
def test_what_is_named_for_other_articles_leads_to_them(name: str) -> None:
    note = "Cây cầu mới rút ngắn quãng đường đến trường của hơn một trăm học sinh trong xã."
    page = read(f"<div>{H1}{TEXT}<div class='{name}'><p>{note}</p></div>{TEXT[:100]}</div>")
    assert note in said(page)
    other = f"<div class='{name}'><p>{note} <a href='/tin/2'>Hai xã ra quân làm đường</a></p></div>"
    assert note not in " ".join(said(read(f"<div>{H1}{TEXT}{other}</div>")))


def test_a_page_of_widgets_says_what_they_say() -> None:
    link = "<a href='https://xa.example/'>xã Bản Mẫu và các xã lân cận</a>"
    made = [
        f"<div class='elementor-widget'><div class='elementor-widget-container'>{part}</div></div>"
        for part in (H1, *(f"<p>{sentence} {link}</p>" for sentence in SENTENCES))
    ]
    page = read(f"<div>{''.join(made)}</div>")
    assert [text.partition(" xã Bản Mẫu và")[0] for text in said(page)] == SENTENCES


def test_a_quoted_tweet_is_a_quotation() -> None:
    tweet = f"<blockquote class='twitter-tweet'><p>{OTHERS[0]}</p></blockquote>"
    assert OTHERS[0] in said(read(f"<div>{H1}{TEXT}{tweet}<p>{OTHERS[1]}</p></div>"))


# The summary

SUMMARY = "Cầu treo bản Mẫu vừa khánh thành"
TOLD = (
    f"{HEAD}<meta name='description' content='{SUMMARY}, nối ba thôn bên kia suối với trung tâm'>"
)


@pytest.mark.parametrize(
    ("shown", "lead"),
    [
        (f"<h2>{SUMMARY}</h2><p>Ảnh do Tổ Thông tin của xã cung cấp cho báo chí</p>", SUMMARY),
        (f"<ul><li>{SUMMARY}</li></ul><p>12/05/2023</p>", SUMMARY),
        (f"<figure><figcaption>{SUMMARY}</figcaption></figure>", None),
        ("<p>Tổ Thông tin xã Bản Mẫu | 12/05/2023 08:30:00</p>", None),
        (f"<p>{OTHERS[0]}</p>", OTHERS[0]),
        (f"<h3>{OTHERS[0]}</h3><h3>{OTHERS[1]}</h3>", None),
    ],
)
def test_the_summary_is_what_the_page_says_of_itself(shown: str, lead: str | None) -> None:
    page = read(f"<div>{H1}<div>{shown}</div><div>{TEXT}</div></div>", TOLD)
    assert page.article
    assert page.article.lead == lead
    assert said(page) == SENTENCES


def test_a_text_that_says_its_title_again_loses_nothing_by_that() -> None:
    begins = " ".join(SENTENCES[:3])
    page = read(f"<div>{H1}<p>{begins}</p><p>{TITLE}</p>{TEXT}</div>")
    assert said(page) == [begins, TITLE, *SENTENCES]


# WordPress


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"@type": "Article", "headline": TITLE, "datePublished": "2023-05-12"}, "article"),
        ({"@type": "Article", "headline": TITLE}, "other"),
        ({"@type": "WebPage", "name": TITLE, "datePublished": "2023-05-12"}, "other"),
    ],
)
def test_a_static_page_that_says_that_it_is_an_article_of_a_day_is_one(
    told: dict[str, str], kind: str
) -> None:
    head = (
        f"{HEAD}<meta name='generator' content='WordPress 6.4'>"
        "<meta property='og:type' content='article'>"
        f"<script type='application/ld+json'>{json.dumps(told)}</script>"
    )
    page = read_page(
        f"<head>{head}</head><body class='page page-id-2'><article>"
        f"<h1 class='entry-title'>{TITLE}</h1><div class='entry-content'>{TEXT}</div>"
        "</article></body>".encode(),
        URL,
    )
    assert page.kind == kind
    assert said(page) == SENTENCES


def test_a_theme_that_puts_a_text_in_pieces_is_read_whole() -> None:
    pieces = "".join(
        f"<div class='entry-content'><p>{sentence}</p></div>" for sentence in SENTENCES
    )
    wordpress = f"{HEAD}<meta name='generator' content='WordPress 6.4'>"
    page = read_page(
        f"<head>{wordpress}</head><body class='single single-post'><article>"
        f"<h1 class='entry-title'>{TITLE}</h1><div>{pieces}</div></article></body>".encode(),
        URL,
    )
    assert page.evidence["cms"].startswith("wordpress")
    assert said(page) == SENTENCES


# Where nobody could change what structure shows


PASSAGES = st.dictionaries(st.integers(0, 30), st.integers(1, 400), min_size=1, max_size=8)


@given(st.data(), PASSAGES)
def test_a_third_opinion_that_is_not_asked_for_would_have_changed_nothing(
    data: st.DataObject, lengths: dict[int, int]
) -> None:
    one = st.sampled_from(sorted(lengths))
    shown, taken = data.draw(st.frozensets(one, min_size=1)), data.draw(st.frozensets(one))
    densest = shown ^ data.draw(st.frozensets(one, max_size=1))
    told = data.draw(st.sampled_from([frozenset(), shown, densest, shown ^ densest]))
    passages = _Passages.__new__(_Passages)
    passages.lengths = lengths
    opinions = [shown, densest, taken]
    best = _most_agreed(passages, opinions, told)
    is_kept = best is not None and passages.agreement(shown, opinions[best]) >= _AGREES
    assert is_kept or not _is_settled(passages, shown, densest, told)


def test_where_all_prose_stands_in_one_place_nobody_is_asked_however_short_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    told = json.dumps({"@type": "NewsArticle", "headline": TITLE, "datePublished": "2023-05-12"})
    head = f"{HEAD}<script type='application/ld+json'>{told}</script>"
    page = read(f"{H1}<div><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p></div>", head)
    assert said(page) == SENTENCES[:2]
    assert page.evidence["content"] == "most of the prose, with the densest prose"
