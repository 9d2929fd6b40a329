"""Articles of a line or two, on pages that say more around them than they do themselves."""

import pytest

from crawler.page import Page
from crawler.readers import read_page
from crawler.readers.finding.content import Outline
from crawler.readers.page.document import Document

URL = "https://huyen.example/tin/lich-tiep-dan.html"
NAME = "Lịch tiếp công dân tháng Tám"
HEAD = f"<title>{NAME} - Trang tin huyện</title>"
TITLE, DAY = f"<h1>{NAME}</h1>", "<p>Ngày đăng: 05/08/2019</p>"
LINE = "Mời bà con theo dõi lịch kèm theo."
MUCH = (
    "Bản quyền thuộc về trang tin của huyện, nghiêm cấm sao chép dưới mọi hình thức khi chưa được "
    "sự đồng ý bằng văn bản. Mọi ý kiến đóng góp xin gửi về Ban Biên tập theo địa chỉ dưới đây, "
    "trong giờ hành chính, từ thứ hai đến thứ sáu. Xin trân trọng cảm ơn sự cộng tác của bạn đọc."
)
SAID = {
    "a line": f"<p>{LINE}</p>",
    "two lines": f"<p>{LINE}</p><p>Tiếp tại trụ sở xã.</p>",
    "a caption": f"<figure><img src='/anh/lich.jpg'><figcaption>{LINE}</figcaption></figure>",
    "a document": "<p><a href='/tep/lich-tiep-dan.pdf'>Lịch tiếp công dân</a></p>",
    "a film": f"<div><iframe src='https://phim.example/nhung/1'></iframe></div><p>{LINE}</p>",
}
LAYOUTS = {
    "one part": "<div class=page><div class=detail>{}{}{}</div></div>",
    "text apart": "<div class=page><div>{}{}</div><div class=body>{}</div></div>",
    "an article": "<article><header>{}{}</header><div>{}</div></article>",
    "the main part": "<main><div><div>{}</div><div>{}</div></div><div><div>{}</div></div></main>",
    "a table": "<table><tr><td>{}<tr><td>{}<tr><td>{}</table>",
}
ITEMS = "".join(
    f"<div><h3><a href='/tin/{n}'>Tin số {n} của huyện trong tuần</a></h3></div>" for n in range(3)
)
AROUND = {
    "a footer": f"{{}}<footer><div><p>{MUCH}</p></div></footer>",
    "a footer by its name": f"{{}}<div class=footer><p>{MUCH}</p></div>",
    "comments": f"{{}}<div class=comments><div><p>{MUCH}</p></div></div>",
    "a notice above": f"<div class=notice><p>{MUCH}</p></div>{{}}",
    "a few lines behind other articles": f"{{}}<div>{ITEMS}</div><div><p>{MUCH[:200]}</p></div>",
    "what is related": f"{{}}<div><h3>Tin liên quan</h3></div><div><p>{MUCH[:200]}</p></div>",
    "lines of a contact": "<div><p>Trụ sở Ủy ban nhân dân huyện, thị trấn Bản Mẫu, khu phố Một.</p>"
    "</div>{}",
}


def read(body: str, head: str = HEAD) -> Page:
    return read_page(f"<head>{head}</head><body>{body}</body>".encode(), URL, cms="generic")


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_a_short_article_is_what_stands_under_its_heading(
    said: str, layout: str, around: str
) -> None:
    page = read(around.format(layout.format(TITLE, DAY, said)))
    assert page.kind == "article"
    assert page.article
    assert page.article.title == NAME
    assert page.article.published_at is not None
    assert page.article.published_at.isoformat() == "2019-08-05"
    text = " ".join([page.article.lead or "", page.article.body])
    if "figure" in said:
        text += page.article.images[0].caption or ""
    assert [file.url for file in page.article.attachments] == (
        ["https://huyen.example/tep/lich-tiep-dan.pdf"] if "pdf" in said else []
    )
    assert LINE in text or page.article.attachments
    assert MUCH[:200] not in text
    assert "Trụ sở Ủy ban" not in text
    assert "Tin số" not in text


LONG = f"<p>{MUCH.replace('Bản quyền', 'Bài báo')}</p>" * 3


@pytest.mark.parametrize(
    "body",
    [
        f"<article><header>{TITLE}{DAY}<p>{LINE}</p></header></article><div>{LONG}</div>",
        f"<article>{TITLE}{DAY}<figure><figcaption>{LINE}</figcaption></figure></article>"
        f"<article><div>{LONG}</div></article>",
        f"<div>{TITLE}{DAY}<p>{LINE}</p></div><div class=l-sidebar-fixed><div>{LONG}</div></div>",
        f"<div>{TITLE}{DAY}<p>{LINE}</p></div><div>{ITEMS}</div>"
        f"<div class=post-content>{LONG}</div>",
        f"<main><div>{TITLE}{DAY}<p>{LINE}</p></div><div>{ITEMS}</div><div>{LONG}</div></main>",
        f"<article>{TITLE}{DAY}<p>{LINE}</p></article><div>{ITEMS}</div><div>{LONG}</div>",
        f"<div>{TITLE}{DAY}<p>{LINE}</p></div><h3>Tin liên quan</h3><div>{ITEMS}</div>"
        f"<div>{LONG}</div>",
    ],
)
def test_a_line_under_the_heading_is_not_all_where_a_long_text_may_follow(body: str) -> None:
    page = read(body)
    assert page.article
    assert page.article.body.count("Bài báo thuộc về trang tin") == 3 or page.article.repeats
    assert len(page.article.body) > len(MUCH) - 50


def test_where_a_line_stands_and_what_was_passed_over_is_told() -> None:
    page = read(f"<div>{TITLE}{DAY}<p>{LINE}</p></div><footer><p>{MUCH}</p></footer>")
    assert page.evidence["content"] == "under the title, not most of the prose"


def test_a_list_below_the_name_of_its_portal_stays_a_list() -> None:
    items = "".join(
        f"<div><h3><a href='/tin/{n}'>Tin số {n} của huyện trong tuần</a></h3>"
        f"<span>05/08/2019</span><p>{LINE} Tiếp tại trụ sở xã.</p></div>"
        for n in range(5)
    )
    body = f"<h1>Tin tức</h1>{items}<footer><p>{MUCH}</p></footer>"
    assert read(body, "<title>Tin tức - Trang tin huyện</title>").kind == "listing"


TEASED = "".join(
    f"<div><h3><a href='/tin/{n}'>Tin số {n} của huyện trong tuần</a></h3><span>0{n}/08/2019</span>"
    "<p>Huyện vừa có thêm một tin để bạn đọc quan tâm, xem chi tiết trong bài này.</p></div>"
    for n in range(1, 7)
)


@pytest.mark.parametrize("said", [said for name, said in SAID.items() if name != "a film"])
@pytest.mark.parametrize("related", [TEASED, f"<h2>Tin khác</h2>{TEASED}", TEASED * 2])
def test_a_short_article_above_a_list_of_others_is_one(said: str, related: str) -> None:
    page = read(f"<div class=page>{TITLE}{DAY}<div>{said}</div><div>{related}</div></div>")
    assert page.kind == "article"
    assert page.article
    assert "tin để bạn đọc" not in page.article.body + (page.article.lead or "")
    assert LINE in page.article.body or page.article.attachments or page.article.images


@pytest.mark.parametrize(
    "above",
    [
        "",
        "<p>Tin tức của huyện, cập nhật hằng ngày.</p>",
        "<div><a href='/tin/0'>Tin nổi bật của huyện trong tuần</a><p>05/08/2019</p>"
        f"<p>{LINE}</p></div>",
    ],
)
def test_a_list_whose_articles_have_dates_is_none(above: str) -> None:
    assert read(f"<div><h1>Tin trong huyện</h1>{above}{TEASED}</div>").kind == "listing"


def test_what_ends_an_article_is_told_apart_from_what_stands_in_it() -> None:
    html = (
        f"<div>{TITLE}<p>{LINE}</p></div><div class=comments>…</div><footer>…</footer>"
        "<aside>…</aside><h3><a href=/1>Tin</a></h3><div class=share>…</div><p>…</p>"
    )
    outline = Outline(document := Document(f"<body>{html}</body>", URL))
    numbers = outline.behind(outline.place_of(document.css_first("h1")), 0)
    ends = {outline.node(number).tag for number in numbers if outline.ends_article(number)}
    assert ends == {"div", "footer", "aside", "h3", "a"}
