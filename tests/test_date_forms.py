"""Every form of a date that portals are known to print, in every place where they print it."""

from datetime import UTC, datetime

import pytest
from selectolax.lexbor import LexborNode

from crawler.readers import read_page
from crawler.readers.finding import headline
from crawler.readers.finding.headline import _length
from crawler.readers.finding.published import modified, published
from crawler.readers.page.document import Document
from tests.test_published import TEXT, TITLE, URL

DAY, MORNING, AFTERNOON = "2019-08-05", "2019-08-05T07:00:00+07:00", "2019-08-05T14:30:00+07:00"
SECONDS = "2019-08-05T14:30:25+07:00"
FORMS = {
    # weekdays
    "Thứ Hai, 05/08/2019 | 07:00 GMT+7": MORNING,
    "Thứ hai, ngày 05/08/2019 - 07:00": MORNING,
    "Thứ hai - 05/08/2019 07:00": MORNING,
    "Thứ Hai, ngày 5 tháng 8 năm 2019, 07:00": MORNING,
    "Bắc Kạn, thứ hai, 05/08/2019 07:00": MORNING,
    "T2, 05/08/2019 07:00": MORNING,
    "T.2, 05/08/2019": DAY,
    "T2 - 05/08/2019": DAY,
    "Hai, 05/08/2019 - 07:00": MORNING,
    "Mon, 05/08/2019 - 07:00": MORNING,
    "Monday, August 5, 2019": DAY,
    # labels
    "Ngày đăng: 5.8.2019": DAY,
    "Ngày đăng : 05-08-2019": DAY,
    "NGÀY ĐĂNG 05/08/2019 07:00": MORNING,
    "Ngày đăng tin: 05/08/2019": DAY,
    "Ngày xuất bản: 2019-08-05 07:00:00.0": MORNING,
    "Ngày: 05/08/2019": DAY,
    "Đăng: 05/08/2019": DAY,
    "Đăng ngày 05 tháng 08 năm 2019": DAY,
    "Đăng vào lúc 07:00 ngày 05/08/2019": MORNING,
    "đăng lúc 07:00' 05/08/2019": MORNING,
    "Gửi lúc 07:00 ngày 05/08/2019": MORNING,
    "Được đăng: Thứ hai, 05 Tháng 8 2019 07:00": MORNING,
    "Được viết ngày 05 Tháng 8 2019": DAY,
    "Thời gian đăng: 07:00 05/08/2019": MORNING,
    "Posted on 05/08/2019 by admin": DAY,
    # the time of day
    "05/08/2019 14:30:25 (GMT+7)": SECONDS,
    "05/08/2019, 14:30 (GMT+7)": AFTERNOON,
    "05/08/2019 14h30": AFTERNOON,
    "05/08/2019 2:30 CH": AFTERNOON,
    "[05/08/2019 14:30]": AFTERNOON,
    "(05/08/2019)": DAY,
    "14:30 | 05/08/2019": AFTERNOON,
    "14:30, ngày 05/08/2019": AFTERNOON,
    "14 giờ 30 phút, ngày 05/08/2019": AFTERNOON,
    "07h00' 05/08/2019": MORNING,
    "05-08-2019 lúc 07 giờ 00": MORNING,
    "Lúc 07:00, 05/08/2019": MORNING,
    "07:00 AM | 05/08/2019": MORNING,
    "7:00 sáng, 05/08/2019": MORNING,
    "Huyện Chợ Đồn, ngày 05/08/2019 07:00": MORNING,
    # months that are named, and cut
    "5 Tháng Tám, 2019": DAY,
    "Tháng Tám 5, 2019": DAY,
    "Ngày 05 tháng 8, 2019": DAY,
    "5 Tháng 8, 2019 7:00 Sáng": MORNING,
    "05 Th8, 2019": DAY,
    "Th8 05, 2019": DAY,
    "05 thg 8, 2019": DAY,
    "T8 05, 2019": DAY,
    "05 T8 2019": DAY,
    "05/T8/2019": DAY,
    "05/Th8/2019": DAY,
    "05 Aug 2019": DAY,
    # figures
    "05/8/2019": DAY,
    "05 / 08 / 2019": DAY,
    "05 - 08 - 2019": DAY,
    "2019-08-05": DAY,
    "2019-08-05 07:00:00": MORNING,
    "2019/08/05": DAY,
    # years of two digits
    "05/08/19": DAY,
    "5.8.19": DAY,
    "05/08/19 07:00": MORNING,
    "Thứ hai, 05/08/19": DAY,
    "Ngày đăng: 05/08/19": DAY,
    # beside what else is told
    "Tác giả: Hoàng Thị Lan | 05/08/2019": DAY,
    "Hoàng Thị Lan - 05/08/2019 07:00": MORNING,
    "Nguồn: Ban Biên tập - 05/08/2019": DAY,
    "admin 05/08/2019 120 lượt xem 0 bình luận": DAY,
    "Chuyên mục: Tin trong huyện | Ngày đăng: 05/08/2019 | Lượt xem: 210": DAY,
    "05/08/2019 07:00 Đã xem: 120": MORNING,
    "05/08/2019 In bài viết Gửi email": DAY,
    "Cỡ chữ: A- A A+ 05/08/2019": DAY,
}
ARTICLE = f"<div class=detail>{TITLE}{TEXT}</div>"
PLACES = {
    "below the title": f"{TITLE}<p>{{}}</p>{TEXT}",
    "below it, in a span": f"{TITLE}<span>{{}}</span><div>{TEXT}</div>",
    "below it, named": f"{TITLE}<div class=meta><span class=post-date>{{}}</span></div>{TEXT}",
    "below it, in a part beside": f"<div>{TITLE}</div><div><em>{{}}</em></div><div>{TEXT}</div>",
    "below it, after the lead": f"{TITLE}<p>Xã ra quân mở đường.</p><div>{{}}</div>{TEXT}",
    "above it": f"<p>{{}}</p>{TITLE}{TEXT}",
    "in it": f"{TITLE.replace('</h1>', ' <span class=date>{}</span></h1>')}{TEXT}",
    "in a table": f"<table><tr><td>{TITLE}<tr><td>{{}}<tr><td>{TEXT}</table>",
    "beside it in a table": f"<table><tr><td>{TITLE}<td>{{}}<tr><td colspan=2>{TEXT}</table>",
    "in a list": f"{TITLE}<ul><li>Tin tức</li><li>{{}}</li><li>Lượt xem: 7</li></ul>{TEXT}",
    "at the end, named": f"{TITLE}{TEXT}<p class=date>{{}}</p>",
    "beside buttons": f"{TITLE}<div class=social-share><b class=date>{{}}</b></div>{TEXT}",
}
MENU = (
    "<ul><li><a href=/>Trang chủ</a><li><a href=/gioi-thieu/>Giới thiệu</a>"
    "<li><a href=/tin-tuc/>Tin tức</a><li><a href=/van-ban/>Văn bản</a></ul>"
)


def page(content: str, at: datetime | None = None) -> Document:
    """Return a page with a menu above some content."""
    return Document(
        "<html lang=vi><head><title>Ra quân làm đường giao thông nông thôn - Huyện</title></head>"
        f"<body><div id=page><div>{MENU}</div><div id=content>{content}</div></div></body></html>",
        URL,
        at,
    )


def told(document: Document) -> str | None:
    dating = published(document)
    if dating is None or dating.value.may_be_clock:
        return None
    return dating.value.moment.isoformat()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read_wherever_it_stands(form: str, place: str) -> None:
    assert told(page(PLACES[place].format(form))) == FORMS[form]


@pytest.mark.parametrize(
    "block",
    [
        "<div class=date><span>05</span><span>08/2019</span></div>",
        "<div class=date><div>05</div><div>08-2019</div></div>",
        "<div class=date><p>05</p><p>08</p><p>2019</p></div>",
        "<div><div>05</div><div>08/2019</div></div>",
        "<div class=date><b>05</b><i>Tháng 8</i><em>2019</em></div>",
        "<div class=date><div>05</div><div>Th8</div><div>2019</div></div>",
        "<div class=date><div>Thứ hai</div><div>05/08/2019</div></div>",
        "<table><tr><th>Ngày đăng</th><td>05/08/2019</td></tr></table>",
        "<dl><dt>Tác giả</dt><dd>Ban Biên tập</dd><dt>Ngày đăng:</dt><dd>05/08/2019</dd></dl>",
        "<span class=date title='05/08/2019'>6 năm trước</span>",
        "<time title='05/08/2019'>6 năm trước</time>",
        "<time>Thứ Hai, 05/08/2019</time>",
        "<time datetime=''>5 Tháng Tám, 2019</time>",
        "<time>05/08/19</time>",
        "<ul><li><i class='fa fa-user'></i> Lan<li><i class='fa fa-calendar'></i> 05/08/2019</ul>",
        "<p><img src=/lich.png alt=''> 05/08/2019 <img src=/mat.png alt=''> 100</p>",
    ],
)
def test_a_date_in_several_elements_or_attributes_is_read(block: str) -> None:
    assert told(page(f"{TITLE}{block}{TEXT}")) == DAY


@pytest.mark.parametrize(
    "block",
    [
        "<p>5</p><p>08/2019</p>",
        "<div>Lượt xem</div><div>5</div><div>08/2019</div>",
        "<div class=meta><div class=views>5</div><div>08/2019</div></div>",
        "<div class=meta><div class=date>08/2019</div><div class=comments>5</div></div>",
        "<ul><li><i class='fa fa-eye'></i> 5<li><i class='fa fa-calendar'></i> 08/2019</ul>",
        "<p><i class='fa fa-comment'></i> 5 <i class='fa fa-calendar'></i> 08/2019</p>",
    ],
)
def test_a_counter_beside_a_month_is_no_day_of_it(block: str) -> None:
    assert told(page(f"{TITLE}{block}{TEXT}")) is None


@pytest.mark.parametrize("place", ["below the title", "above it", "in a list", "in a table"])
@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("Cập nhật lúc: 14:30 05/08/2019", AFTERNOON),
        ("(Cập nhật: 05/08/2019 14:30)", AFTERNOON),
        ("Ngày cập nhật: 05/08/2019", DAY),
        ("Lần cập nhật cuối 05/08/2019", DAY),
    ],
)
def test_a_change_is_told_as_one_and_not_as_the_day_of_publication(
    form: str, expected: str, place: str
) -> None:
    document = page(PLACES[place].format(form))
    changed = modified(document)
    assert changed is not None
    assert (changed.value.isoformat(), published(document)) == (expected, None)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("3 ngày trước", "2019-08-05"),
        ("2 giờ trước", "2019-08-08T08:00:00+07:00"),
        ("Hôm qua, 08:30", "2019-08-07T08:30:00+07:00"),
        ("Hôm nay, 08:30", "2019-08-08T08:30:00+07:00"),
    ],
)
def test_how_long_ago_it_was_counts_from_the_capture_if_that_is_known(
    form: str, expected: str
) -> None:
    content = f"{TITLE}<div class=post-date>{form}</div>{TEXT}"
    dating = published(page(content, datetime(2019, 8, 8, 3, 0, tzinfo=UTC)))
    assert dating is not None
    assert dating.value.moment.isoformat() == expected
    assert (dating.value.confidence, dating.by) == (
        "low",
        "line below the title, div.post-date, at the time of capture",
    )
    assert told(page(content)) is None


CLOCKS = [
    "Thứ sáu, 17/05/2024",
    "Thứ sáu, ngày 17 tháng 05 năm 2024",
    "Thứ 6, 17.5.2024",
    "Thứ Sáu, 17/05/2024 10:00",
    "17/05/2024 10:00:12 SA",
    "Friday, May 17, 2024",
]


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(
    "head",
    [
        "<div id=header><div class=date>{}</div></div><div id=menu>{}</div>",
        "<header><span class=date>{}</span></header>{}",
        "<header><time>{}</time></header>{}",
        "<div class=top-bar><p>{}</p><a href=/lien-he/>Liên hệ</a></div><div>{}</div>",
        "<div class=row><p>{}</p></div><div class=row>{}</div>",
        "<table><tr><td><img src=b.jpg><tr><td class=date>{}<td>{}</table>",
        "<nav><span class=date>{}</span>{}</nav>",
        # of names that only clocks have, also below the menu
        "<div></div><div id=date-now>{0}</div>",
        "<div></div><div class=time-now>{0}</div>",
        "<div></div><div id=digitclock>{0}</div>",
        "<div></div><div class=ngayhientai>{0}</div>",
        "<div></div><marquee>{0}</marquee>",
    ],
)
def test_a_clock_in_the_head_of_the_page_is_no_date(head: str, clock: str) -> None:
    assert told(Document(f"<html lang=vi><div>{head.format(clock, MENU)}{ARTICLE}", URL)) is None


BARS = [
    f"<div class=bar>{{}}</div>{ARTICLE}",
    f"<div class=bar><span class=date>{{}}</span><form><input></form></div>{ARTICLE}",
    f"<table><tr><td>Tin tức<td class=Time>{{}}</table><table><tr><td>{ARTICLE}</table>",
]


@pytest.mark.parametrize(
    ("content", "clock"),
    [(bar, clock) for bar in BARS for clock in CLOCKS[:5]]
    + [(f"{ARTICLE}<div class=right><div class=date>{{}}</div></div>", CLOCKS[0])],
)
def test_what_has_the_form_of_clocks_is_believed_where_it_is_not_that_of_the_capture(
    content: str, clock: str
) -> None:
    filled = content.format(clock)
    assert told(page(filled)) is None
    assert told(page(filled, datetime(2024, 5, 17, 3, 0, tzinfo=UTC))) is None
    known = told(page(filled, datetime(2024, 5, 19, 3, 0, tzinfo=UTC))) or ""
    assert known.startswith("2024-05-17")


@pytest.mark.parametrize(
    "block",
    [
        "<div class=post-date>Cập nhật: 3 ngày trước</div>",
        "<div class=post-date>Chỉnh sửa lần cuối hôm qua</div>",
        "<dl><dt>Cập nhật</dt><dd class=date>3 ngày trước</dd></dl>",
        "<div class=info>Hết hạn 3 ngày trước</div>",
    ],
)
def test_how_long_ago_something_else_was_is_not_the_day_of_publication(block: str) -> None:
    assert told(page(f"{TITLE}{block}{TEXT}", datetime(2019, 8, 8, 3, 0, tzinfo=UTC))) is None


RIGHT = f"{ARTICLE}<div class=right><div class=date>{{}}</div></div>"


def test_a_clock_of_two_digits_is_no_date() -> None:
    weekday = RIGHT.format("Thứ sáu, 17/05/24")
    assert told(page(weekday)) is None
    for clock in (weekday, RIGHT.format("17/05/24 10:00")):
        assert told(page(clock, datetime(2024, 5, 17, 3, 0, tzinfo=UTC))) is None
        known = told(page(clock, datetime(2024, 5, 19, 3, 0, tzinfo=UTC))) or ""
        assert known.startswith("2024-05-17")
    head = f"<div class=date>17/05/24</div>{MENU}{ARTICLE}"
    assert told(Document(f"<html lang=vi>{head}", URL)) is None
    labelled = RIGHT.format("Ngày đăng: 17/05/24")
    assert told(page(labelled, datetime(2024, 5, 17, 3, 0, tzinfo=UTC))) == "2024-05-17"


BOXED = f"<header>{TITLE}<span class=author>Hoàng Thị Lan</span></header>"
"""A title and its author in a part of the page of their own."""


@pytest.mark.parametrize("clock", CLOCKS[:3])
@pytest.mark.parametrize(
    "content",
    [
        f"<article>{BOXED}{TEXT}<p class=date>{{}}</p></article>",
        f"<article>{BOXED}{TEXT}<time>{{}}</time></article>",
        f"<article>{BOXED}<div>{TEXT}</div><footer><b class=date>{{}}</b></footer></article>",
        f"<article><div class=date>{{}}</div>{BOXED}{TEXT}</article>",
        f"<div>{BOXED}<div>{TEXT}<p><b class=ngay-dang>{{}}</b></p></div></div>",
        f"<div>{BOXED}<div>{TEXT}</div><div class=date>{{}}</div></div>",
        f"<div>{BOXED}<div class=social><b class=date>{{}}</b></div>{TEXT}</div>",
    ],
)
def test_what_has_the_form_of_clocks_is_believed_with_the_text(content: str, clock: str) -> None:
    assert told(page(content.format(clock))) == "2024-05-17"


@pytest.mark.parametrize(
    "content",
    [
        f"{BOXED}<div><div>{TEXT}</div><div class=right><p class=date>{{}}</p></div></div>",
        f"<div>{BOXED}{TEXT}</div><div class=date>{{}}</div>",
        f"<div><div class=date>{{}}</div>{BOXED}{TEXT}</div>",
    ],
)
def test_what_has_the_form_of_clocks_is_not_believed_beside_the_text(content: str) -> None:
    assert told(page(content.format(CLOCKS[0]))) is None


def links(*named: tuple[str, str]) -> str:
    items = "".join(f"<li><a href='{href}'>{words}</a></li>" for words, href in named)
    return f"<ul class=list>{items}</ul>"


TABS = links(("Nội dung", "#1"), ("Hình ảnh", "#2"), ("Video", "#3"), ("Góp ý", "#4"))
SIZES = links(*((words, "javascript:void(0)") for words in ("A-", "A", "A+", "In")))
TAGS = links(("Đường", "/tag/1"), ("Xã", "/tag/2"), ("Nông thôn", "/tag/3"), ("Bê tông", "/tag/4"))
SHARED = links(*((on, f"https://{on}.example/share?u=1") for on in ("zalo", "fb", "x", "in")))


@pytest.mark.parametrize("at", [None, datetime(2019, 8, 8, 3, 0, tzinfo=UTC)])
@pytest.mark.parametrize(
    "content",
    [f"<div class=detail><b class=date>{{}}</b>{row}{TITLE}{TEXT}</div>"
     for row in (TABS, SIZES, TAGS, SHARED)]
    + [f"<article><time>{{}}</time>{row}{BOXED}{TEXT}</article>"
       for row in (TABS, SIZES, TAGS, SHARED)]
    + [f"<b class=date>{{}}</b>{row}{ARTICLE}" for row in (TABS, SIZES)]
    + [f"<b class=date>{{}}</b><div class=path>{MENU}</div>{ARTICLE}"],
)  # fmt: skip
def test_a_row_of_links_about_the_article_is_no_menu(content: str, at: datetime | None) -> None:
    assert told(page(content.format("05/08/2019"), at)) == DAY


@pytest.mark.parametrize("at", [None, datetime(2019, 8, 8, 3, 0, tzinfo=UTC)])
@pytest.mark.parametrize(
    "menu", [MENU, MENU.replace("<a href=/>", "<a href=/default.aspx?tabid=1>")]
)
@pytest.mark.parametrize(
    "content",
    [
        f"<div class=date>{{}}</div>{{}}{TITLE}{TEXT}",
        f"<table><tr><td class=date>{{}}<tr><td>{{}}<tr><td>{TITLE}<tr><td>{TEXT}</table>",
    ],
)
def test_a_menu_beside_the_heading_is_the_site_s(
    content: str, menu: str, at: datetime | None
) -> None:
    body = content.format("05/08/2019", menu)
    assert told(Document(f"<html lang=vi><form>{body}</form>", URL, at)) is None


def test_an_hour_above_the_title_makes_an_article_of_a_page_but_no_date_of_it() -> None:
    html = (
        "<html lang=vi><title>UBND huyện</title><table><tr><td>Tin tức"
        f"<td class=Time>09.08.2019 07:58</table><table><tr><td>{TITLE}"
        "<p>Sáng nay, hơn một trăm đoàn viên đã ra quân mở rộng tuyến đường vào thôn Nà Lẹng.</p>"
    )
    read = read_page(html.encode(), URL)
    assert (read.kind, read.article and read.article.published_at) == ("article", None)
    assert read.article is not None
    assert (read.article.published_raw, read.article.published_by) == (None, None)
    assert "unless it is the page's clock" in str(read.evidence["published_at"])
    known = read_page(html.encode(), URL, at=datetime(2019, 8, 12, 3, 0, tzinfo=UTC))
    assert known.article is not None
    assert str(known.article.published_at) == "2019-08-09 07:58:00+07:00"


@pytest.mark.parametrize("name", ["published", "post-date", "ngay-dang"])
def test_what_is_named_for_publication_is_no_clock(name: str) -> None:
    bar = f"<div class=bar><span class={name}>05/08/2019 07:00</span></div>{ARTICLE}"
    assert told(page(bar)) == MORNING


def test_a_line_above_the_title_that_may_be_a_clock_is_told_as_doubtful() -> None:
    content = f"<div class=bar>Tin tức | 05/08/2019</div>{ARTICLE}"
    dating = published(page(content))
    assert dating is not None
    assert (dating.value.confidence, dating.by) == (
        "low",
        "line above the title, div.bar, unless it is the page's clock",
    )
    known = published(page(content, datetime(2019, 8, 8, 3, 0, tzinfo=UTC)))
    assert known is not None
    assert (known.value.confidence, known.by) == ("medium", "line above the title, div.bar")


def test_a_date_in_front_of_a_breadcrumb_is_read() -> None:
    trail = f"<div class=breadcrumb>{MENU}</div>"
    assert told(page(f"<p>05/08/2019</p>{trail}{ARTICLE}")) == DAY


def test_a_page_is_measured_once_however_many_lines_stand_above_its_title(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[int] = []

    def measure(node: LexborNode) -> int:
        measured.append(node.mem_id)
        return _length(node)

    monkeypatch.setattr(headline, "_length", measure)
    lines = "<p>Tin trong huyện</p>" * 20 + "<p>Cập nhật: 05/08/2019</p>" * 5
    for at in (None, datetime(2019, 8, 8, 3, 0, tzinfo=UTC)):
        document = page(f"<div class=box>{lines}<div>{TITLE}</div></div>{TEXT}", at)
        around = document.css("#content, #page, .box")
        for read in (published, modified):
            measured.clear()
            read(document)
            assert all(measured.count(part.mem_id) <= 1 for part in around)
        assert modified(document) is not None
