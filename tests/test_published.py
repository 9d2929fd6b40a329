"""When an article was published: what tells it, and what must not be taken for it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given

from crawler.readers.finding.headline import Surroundings
from crawler.readers.finding.published import Dating, modified, published
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read, value_of
from tests.strategies import html as any_html

URL = "https://huyen.example/tin-tuc/ra-quan-lam-duong.html"
AT = datetime(2024, 5, 17, 3, 0, tzinfo=UTC)
"""When the pages are received: ten in the morning, in Viet Nam."""

TITLE = "<h1>Ra quân làm đường giao thông nông thôn</h1>"
TEXT = (
    "<p>Sáng nay, hơn một trăm đoàn viên, thanh niên của xã đã ra quân mở rộng tuyến đường vào "
    "thôn Nà Lẹng. Tuyến đường dài một cây số, nối trung tâm xã với khu ruộng, lâu nay mùa mưa "
    "lầy lội, xe máy không đi được, nông sản phải gùi bộ ra chợ.</p>"
    "<p>Theo kế hoạch, trong tháng này xã sẽ đổ bê tông toàn tuyến. Nhà nước hỗ trợ xi măng, bà "
    "con góp cát, sỏi và ngày công. Chủ tịch UBND xã cho biết đến nay đã có hai mươi hộ hiến đất, "
    "không một hộ nào đòi đền bù, và tuyến đường sẽ xong trước mùa gặt.</p>"
)


def page(
    below: str = "",
    *,
    head: str = "",
    above: str = "",
    end: str = "",
    lang: str = "vi",
    url: str = URL,
    at: datetime | None = None,
) -> Document:
    """Return a page of an article with something in the places where pages put dates."""
    html = (
        f'<html lang="{lang}"><head><title>Ra quân làm đường giao thông nông thôn - Huyện</title>'
        f"{head}</head><body><div id=page><div id=content>{above}{TITLE}{below}{TEXT}</div>{end}"
        "</div></body></html>"
    )
    return Document(html, url, at)


def json_ld(said: str) -> str:
    return f'<script type="application/ld+json">{said}</script>'


JUNE_0830 = "2021-06-14T08:30:00+07:00"


@pytest.mark.parametrize(
    ("document", "expected", "rule", "confidence"),
    [
        # said for programs
        (
            page(head=json_ld(f'{{"@type": "NewsArticle", "datePublished": "{JUNE_0830}"}}')),
            JUNE_0830, "JSON-LD datePublished", "high",
        ),
        (
            page(head='<meta name="article:published_time" content="2021-06-14T08:30:00+0700">'),
            JUNE_0830, "meta article:published_time", "high",
        ),
        (
            page(head='<meta name="pubdate" content="14/06/2021 8:30:00 SA">'),
            JUNE_0830, "meta pubdate", "high",
        ),
        (
            page(head='<meta name="DC.date.issued" content="2021-06-14">'),
            "2021-06-14", "meta dc.date.issued", "high",
        ),
        (
            page(head='<meta property="og:published_time" content="1623634200">'),
            "2021-06-14T01:30:00+00:00", "meta og:published_time", "high",
        ),
        # in elements that are for times
        (page(f'<time datetime="{JUNE_0830}">hai năm trước</time>'), JUNE_0830,
         "time [datetime]", "high"),
        (page(f'<p itemprop="datePublished" content="{JUNE_0830}">'), JUNE_0830,
         "p [content]", "high"),
        (page(f'<abbr class="published" title="{JUNE_0830}">14 thg 6</abbr>'), JUNE_0830,
         "abbr.published [title]", "high"),
        (page('<time class="entry-date updated">14 Tháng Sáu, 2021</time>'), "2021-06-14",
         "time.entry-date", "medium"),
        # in a line below the title
        (page('<div class="time">Thứ hai, 14/06/2021 | 08:30 GMT+7</div>'), JUNE_0830,
         "line below the title, div.time", "medium"),
        (page("<p><i>Thứ hai - 14/06/2021 08:30</i></p>"), JUNE_0830,
         "line below the title, i", "medium"),
        (page("<div>Ngày đăng: <b>14/06/2021</b> | Lượt xem: 400</div>"), "2021-06-14",
         "line below the title, div", "high"),
        (page("<span>Đăng ngày 14 - 06 - 2021</span><br>"), "2021-06-14",
         "line below the title, span", "high"),
        (page("<table><td>Đăng lúc:<td>08:30, 14/06/2021</table>"), JUNE_0830,
         "line below the title, td", "high"),
        (page("<div>Gửi lúc: 05/12/2013 15:42:27</div>"), "2013-12-05T15:42:27+07:00",
         "line below the title, div", "high"),
        (page('<p class="info">Tác giả: Ban Biên tập - Ngày đăng: 14.06.2021</p>'), "2021-06-14",
         "line below the title, p.info", "high"),
        (page('<p class="meta">14/06/2021 (Cập nhật: 15/06/2021 09:00)</p>'), "2021-06-14",
         "line below the title, p.meta", "medium"),
        (page('<p class="meta">Cập nhật: 15/06/2021. Ngày đăng: 14/06/2021</p>'), "2021-06-14",
         "line below the title, p.meta", "high"),
        (page('<span class="post-meta">By Ban Biên tập on 14 June 2021</span>'), "2021-06-14",
         "line below the title, span.post-meta", "medium"),
        (page("<div>Ngày 14 tháng 6 năm 2021</div>"), "2021-06-14",
         "line below the title, div", "medium"),
        (page('<aside class="meta"><p>14/06/2021 - 08:30</p></aside>'), JUNE_0830,
         "line below the title, p", "medium"),
        (page("<div>Thông báo | 14/06/2021</div>"), "2021-06-14",
         "line below the title, div", "medium"),
        # in a line above it
        (page(above="<div>Thứ Hai, 14 tháng 6, 2021</div>"), "2021-06-14",
         "line above the title, div", "medium"),
        (page(above="<div>Thứ Hai, 14 tháng 6, 2021</div>", at=AT), "2021-06-14",
         "line above the title, div", "medium"),
        # in a table above it, of whose parts the title's own has as many
        (Document("<title>Ra quân làm đường giao thông nông thôn</title><div><div><table><tr>"
                  "<td class=FolderTitle>Tin tức<td class=Time>14/06/2021</table></div><div><table>"
                  f"<tr><td>{TITLE}<tr><td>{TEXT}</table></div></div>", URL), "2021-06-14",
         "line above the title, td.Time, unless it is the page's clock", "low"),
        # that is the clock of no capture
        (Document("<title>Ra quân làm đường giao thông nông thôn</title><div><div><p class=bar>"
                  f"14/06/2021</p></div><div>{TITLE}{TEXT}</div></div>", URL, AT), "2021-06-14",
         "line above the title, p.bar", "medium"),
        # with a year of two digits, in a line of its own
        (page("<p>14.06.21</p>"), "2021-06-14", "line below the title, p", "low"),
        (page(above="<span class=date>14/06/21 08:30</span>"), JUNE_0830,
         "line above the title, span.date", "low"),
        # named as a date, or beside a picture of a calendar, at the foot of the article
        (page(end="<p class=ngay-dang>14/06/2021</p>"), "2021-06-14", "p.ngay-dang", "medium"),
        (page(end='<p><i class="fa fa-calendar"></i> 14 thg 6, 2021 / Tổ tin</p>'), "2021-06-14",
         "p", "medium"),
        (page(end="<p class=date>14.06.21</p>"), "2021-06-14", "p.date", "low"),
        # below who wrote it, whose name is no label
        (page("<p>Nguyễn Văn Bản</p><p>14/06/2021, lượt xem: 17</p>"), "2021-06-14",
         "line below the title, p", "medium"),
        # beside a link to the office that wrote it
        (page('<div><a rel=author href="/vp/">Văn phòng Hội đồng nhân dân và Ủy ban nhân dân '
              'huyện</a> <time>14/06/2021</time></div>'), "2021-06-14", "time", "medium"),
        # in what themes name as a part of the page around the article
        (page("<div class=post-share><span class=date>14/06/2021</span></div>"), "2021-06-14",
         "span.date", "low"),
        (page("<aside class=left><p>Tổ tin</p><div class=publish><time>14/06/2021</time></div>"
              "</aside>"), "2021-06-14", "time", "low"),
        # behind a label, though another day is named as a date
        (page(above="<div class=logo><span class=date>Huyện ta — 20.06.21 09:51</span></div>",
              end="<div class=share>Ngày đăng: 14/06/2021</div>"), "2021-06-14", "label", "medium"),
        # in the head, of whatever it is
        (page(head='<meta name="date" content="2021-06-14">'), "2021-06-14", "meta date",
         "medium"),
        (page(head='<meta name="date" content="2021-06-13"><meta property="article:published_time"'
              f' content="{JUNE_0830}">'), JUNE_0830, "meta article:published_time", "high"),
        # in what a script holds
        (page(end=f'<script>var bai = {{"publishDate": "{JUNE_0830}", "id": 7}};</script>'),
         JUNE_0830, "script", "low"),
        (page(end='<script>var bai = {"published": 1623634200, "id": 7};</script>'),
         "2021-06-14T01:30:00+00:00", "script", "low"),
        (page(end=f'<script>push("{{\\"published_at\\":\\"{JUNE_0830}\\"}}")</script>'),
         JUNE_0830, "script", "low"),
        # behind a label anywhere
        (page(end="<div class=footer>Ngày đăng: 14/06/2021, lượt xem: 17</div>"), "2021-06-14",
         "label", "medium"),
        (page(end="<div class=footer>Bài viết được đăng vào thứ hai, 14/06/2021</div>"),
         "2021-06-14", "label", "medium"),
        # in the address
        (page(url="https://huyen.example/2021/06/14/ra-quan/"), "2021-06-14", "address", "low"),
        (page(url="https://huyen.example/portal/Pages/2021-6-14/ra-quan.aspx"), "2021-06-14",
         "address", "low"),
        (page(url="https://huyen.example/ra-quan-20210614083012345.htm"), "2021-06-14",
         "address", "low"),
        # in English
        (page("<p>Posted on June 14, 2021</p>", lang="en"), "2021-06-14",
         "line below the title, p", "high"),
        (page("<p>06/14/2021</p>", lang="en-US"), "2021-06-14",
         "line below the title, p", "medium"),
        (page("<p>14/06/2021</p>", lang="en-US"), "2021-06-14",
         "line below the title, p", "medium"),
        (page("<p>05/06/2021</p>", lang="en-US", url="https://huyen.gov.vn/tin/"), "2021-06-05",
         "line below the title, p", "medium"),
    ],
)  # fmt: skip
def test_what_tells_it(document: Document, expected: str, rule: str, confidence: str) -> None:
    dating = published(document)
    assert dating is not None
    assert (dating.value.moment.isoformat(), dating.by) == (expected, rule)
    assert dating.value.confidence == confidence


OTHERS = (
    "<div class=list><div><h3><a href='/tin-tuc/khai-giang.html'>Khai giảng năm học mới ở xã</a>"
    "</h3><span class=date>14/06/2021</span></div></div>"
)


@pytest.mark.parametrize(
    "document",
    [
        # a document that the article cites
        page("<p>Thực hiện Đề án số 06-ĐA/TU ngày 14/12/2017</p>"),
        page("<p><b>Theo Quyết định số 1811/QĐ-UBND ngày 14/12/2017 của UBND tỉnh</b></p>"),
        page("<p>(Kế hoạch số 12 ngày 14/12/2017)</p>"),
        page("<p class=info>Quyết định của UBND huyện ngày 14/12/2017</p>"),
        page("<p>Số: 36-HD/VPTW, ngày 14/12/2017</p>"),
        page("<div class=meta>Ngày ban hành: 14/12/2017</div>"),
        page("<div class=meta>Ngày hiệu lực: 14/12/2017</div>"),
        page("<p>Chợ Đồn, ngày 14 tháng 12 năm 2017</p>"),
        # a sentence, not a dateline
        page("<p>Ngày 14/12/2017, Huyện ủy tổ chức hội nghị tổng kết công tác năm.</p>"),
        page("<h2>Hội nghị ngày 14/12/2017 bàn cách làm đường liên thôn</h2>"),
        # the site's licence, its copyright, its clock
        page(end="<div>Giấy phép số 123/GP-TTĐT ngày 14/12/2017 của Bộ Thông tin</div>"),
        page(end="<footer>Giấy phép thiết lập, cấp ngày 14/12/2017</footer>"),
        page("<div class=date>Giấy phép xuất bản số 7, ngày đăng ký 14/12/2017</div>"),
        page(end="<footer>© 2017 – 14/12/2017 UBND huyện</footer>"),
        page("<p>Bản quyền © 14/12/2017</p>"),
        page(above="<div>Hôm nay, thứ sáu, 17/05/2024</div>"),
        page(above="<div>Thứ sáu, ngày 17 tháng 5 năm 2024</div>", at=AT),
        page(above="<div class=current-date>Thứ sáu, 17/05/2024</div>"),
        # what others wrote, or what else was written
        page(end="<div class=comments><p>Gửi lúc: 05/12/2013 15:42:27</p></div>"),
        page("<div id=binh-luan><p>14/06/2021 08:30</p></div>"),
        page(end="<div class=comment><time datetime=2021-06-14>14/06/2021</time></div>"),
        page(end=OTHERS),
        page(OTHERS),
        page(end="<aside><span class=date>14/06/2021</span></aside>"),
        page(f"<div class=related><time datetime={JUNE_0830}>14/06</time></div>"),
        page(end="<p>Ngày đăng: 14/06/2021</p><p>Ngày đăng: 15/06/2021</p>"),
        page(
            head=json_ld(
                '{"@graph": [{"@type": "Article", "url": "/a.html", "datePublished": "2021-06-14"},'
                ' {"@type": "Article", "url": "/b.html", "datePublished": "2021-06-15"}]}'
            )
        ),
        page(end="<p class=date>14/06/2021</p><p class=date>15/06/2021</p>"),
        page(end="<p class=current-date>14/06/2021</p>"),
        page(end="<p class=date>17/05/2024</p>", at=AT),
        page(end="<span class=ShowDate>2021-06-14T05:00:00.000Z</span>"),
        page(end='<script>[{"publishDate": "2021-06-14"}, {"publishDate": "2021-06-15"}]</script>'),
        # another time than that of publication
        page(end="<div class=ngaybanhanh>Ngày: 14/06/2021</div>"),
        page("<dl><dt>Bắt đầu:</dt><dd class=event-meta>14/06/2021 08:30</dd></dl>"),
        page("<p class=date>05/06/21</p>", lang="en-US"),
        page(end="<p>Posted on 05/06/2021</p>", lang="en-US"),
        page("<div class=date>Cập nhật: 14/06/2021 08:30</div>"),
        page("<div class=date>Cập nhật lần cuối: 14/06/2021</div>"),
        page("<div class=time>Sửa lúc 14/06/2021 08:30</div>"),
        page("<p>Last updated on June 14, 2021</p>"),
        page(f"<time class=updated itemprop=dateModified datetime={JUNE_0830}></time>"),
        page(head=f'<meta property="article:modified_time" content="{JUNE_0830}">'),
        page("<div class=date>Từ ngày 14/06/2021 đến ngày 16/06/2021</div>"),
        page("<div class=date>14/06/2021 - 16/06/2021</div>"),
        page("<div class=date>Khai mạc: 14/06/2021</div>"),
        page("<div class=date>Hạn nộp hồ sơ: 14/06/2021</div>"),
        page("<p class=date>Sinh ngày 14/06/1951</p>"),
        page("<div class=date>14/06/2031</div>", at=AT),
        page(
            "<p class=date>Cập nhật 14/06/2021</p>",
            end="<div class=box><p class=date>10/06/2021</p></div>",
        ),
        # the days of a story
        page(
            "<ul><li><time>10/01/2021</time><li><time>12/02/2021</time><li><time>14/06/2021</time>"
        ),
        # what stands around the page, not the article
        page(end="<footer><time>14/06/2021</time></footer>"),
        page(above="<div class=social><span class=date>14/06/2021</span></div>"),
        page("<div class=share><time>14/06/2021</time></div>"),
        # not to be known
        page("<div class=date>2 giờ trước</div>"),
        page("<div class=date>31/02/2021</div>"),
        page("<div class=date>14/06</div>"),
        page("<p class=date>05/06/2021</p>", lang="en-US"),
        page('<time datetime="0001-01-01T00:00:00"></time>'),
        page(head='<meta property="article:published_time" content="-0001-11-30T00:00:00+00:00">'),
        page(url="https://huyen.example/14122017.html"),
        page(url="https://huyen.example/tin-20211399.html"),
        page(url="https://huyen.example/2021/14/06/"),
        page(url="https://huyen.example/tin-120210614.html"),
    ],
)
def test_what_must_not_be_taken_for_it(document: Document) -> None:
    assert published(document) is None


def test_a_family_s_own_place_goes_first() -> None:
    document = page(
        '<div class="detail-time">Thứ hai, 14/06/2021 08:30</div>',
        head='<meta property="article:published_time" content="2021-06-15T10:00:00+07:00">',
    )
    assert published(document, ".none", ".detail-time") == Read(
        Dating(datetime.fromisoformat(JUNE_0830), "Thứ hai, 14/06/2021 08:30", "medium"),
        ".detail-time",
    )


def test_a_family_s_place_that_tells_a_change_is_passed_over() -> None:
    document = page('<div class="time">Cập nhật: 14/06/2021 08:30</div>')
    assert published(document, ".time") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 giờ trước", "2024-05-17T08:00:00+07:00"),
        ("5 phút trước", "2024-05-17T09:55:00+07:00"),
        ("Hôm qua, 08:30", "2024-05-16T08:30:00+07:00"),
        ("3 ngày trước", "2024-05-14"),
    ],
)
def test_relative_times_count_from_the_capture(text: str, expected: str) -> None:
    document = page(f'<div class="time">{text}</div>', at=AT)
    dating = published(document, ".time")
    assert dating is not None
    assert (dating.value.moment.isoformat(), dating.value.confidence) == (expected, "low")
    assert dating.by == ".time, at the time of capture"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (f"<time datetime={JUNE_0830}>14/06/2021</time>", JUNE_0830),
        ("<p>Thứ hai, 14/06/2021 | 08:30</p>", JUNE_0830),
        ("<p>14/06/2021 03:30</p>", "2021-06-14T03:30:00+02:00"),
        ("<p>14/06/2021 08:31</p>", "2021-06-14T01:30:00+00:00"),  # another moment
        ("<p>14/06/2021</p>", "2021-06-14T01:30:00+00:00"),
        ("", "2021-06-14T01:30:00+00:00"),
    ],
)
def test_a_moment_told_in_utc_gets_the_offset_it_is_shown_at(shown: str, expected: str) -> None:
    head = '<meta property="article:published_time" content="2021-06-14T01:30:00Z">'
    dating = published(page(shown, head=head))
    assert dating is not None
    assert dating.value.moment.isoformat() == expected
    assert dating.by.startswith("meta article:published_time")


CHANGED = "2021-07-01T09:00:00+07:00"
TOLD_LATER = f'<meta property="article:published_time" content="{JUNE_0830}">'


@pytest.mark.parametrize(
    "document",
    [
        # the theme writes the day of a change as that of publication, and shows it as what it is
        page(
            f'<p>Updated <time datetime="{CHANGED}">01/07/2021</time></p>',
            head=json_ld(f'{{"@type": "NewsArticle", "datePublished": "{JUNE_0830}"}}')
            + f'<meta name="sailthru.date" content="{CHANGED}">',
        ),
        page(
            f'<p>Cập nhật: <time datetime="{CHANGED}">01/07/2021</time></p>',
            head=f'{TOLD_LATER}<meta name="pubdate" content="{CHANGED}">',
        ),
        # ... or tells it as that of a change, to the second
        page(
            f'<p itemprop="datePublished" content="{CHANGED}"></p>',
            head=f'{TOLD_LATER}<meta property="article:modified_time" content="{CHANGED}">',
        ),
        page(
            f'<p itemprop="datePublished" content="{CHANGED}"></p><p>01/07/2021</p>',
            head=f'{TOLD_LATER}<meta property="og:updated_time" content="{CHANGED}">',
        ),
    ],
)
def test_what_is_told_of_a_change_as_well_is_not_when_it_appeared(document: Document) -> None:
    dating = published(document)
    assert dating
    assert dating.value.moment == datetime.fromisoformat(JUNE_0830)


@pytest.mark.parametrize(
    "below",
    [
        f'<p>Đăng ngày <time datetime="{CHANGED}">01/07/2021</time></p>',
        f'<p>Đăng ngày 01/07/2021, cập nhật <time datetime="{CHANGED}">01/07/2021</time></p>',
        "<p>Ngày đăng: 01/07/2021 09:00</p>",
    ],
)
def test_of_what_is_contradictory_that_counts_which_is_shown_as_of_publication(below: str) -> None:
    head = f'{TOLD_LATER}<meta name="pubdate" content="{CHANGED}">'
    dating = published(page(below, head=head))
    assert dating
    assert dating.value.moment == datetime.fromisoformat(CHANGED)


def test_of_several_times_the_nearest_to_the_title_counts() -> None:
    later = "<div class=note><time datetime=2022-01-01>01/01/2022</time></div>"
    document = page(f"<div><time datetime={JUNE_0830}></time></div>", end=later)
    dating = published(document)
    assert dating is not None
    assert dating.value.moment.isoformat() == JUNE_0830


def test_the_article_s_own_footer_may_hold_it() -> None:
    html = (
        f"<body><main><article>{TITLE}{TEXT}<footer class=entry-meta>Đăng trong Tin tức "
        "<time class=date>14/06/2021</time></footer></article></main>"
        "<footer><time class=date>15/06/2021</time></footer>"
    )
    dating = published(Document(html, URL))
    assert dating is not None
    assert str(dating.value.moment) == "2021-06-14"


def test_the_white_space_of_a_template_makes_no_name_a_title() -> None:
    name = "Tổ\n" + " " * 40 + "tin"
    document = page(f'<div><a href="/to-tin/">{name}</a> <time>14/06/2021</time></div>')
    dating = published(document)
    assert dating is not None
    assert dating.by == "time"


def test_the_heading_may_be_given() -> None:
    html = (
        "<title>UBND huyện</title><h1>Cổng thông tin huyện</h1><p>01/01/2022</p><div><div>"
        f"<h2>Ra quân</h2><p>14/06/2021</p>{TEXT}</div></div>"
    )
    document = Document(html, URL)
    dating = published(document, around=Surroundings(document, document.tree.css_first("h2")))
    assert dating is not None
    assert dating.value.moment == date(2021, 6, 14)


@pytest.mark.parametrize(
    ("document", "expected", "rule"),
    [
        (
            page(head=f'<meta property="article:modified_time" content="{JUNE_0830}">'),
            JUNE_0830, "meta article:modified_time",
        ),
        (
            page(head=json_ld('{"@type": "Article", "dateModified": "2021-06-14"}')),
            "2021-06-14", "JSON-LD dateModified",
        ),
        (
            page("<p>Cập nhật: 14/06/2021 08:30</p>"),
            JUNE_0830, "line below the title, p",
        ),
        (
            page('<p class="meta">13/06/2021 (sửa lúc 08:30 14/06/2021)</p>'),
            JUNE_0830, "line below the title, p.meta",
        ),
    ],
)  # fmt: skip
def test_when_it_was_changed(document: Document, expected: str, rule: str) -> None:
    moment = modified(document)
    assert moment is not None
    assert (moment.value.isoformat(), moment.by) == (expected, rule)


def test_a_change_where_the_family_puts_it() -> None:
    document = page('<p class="changed">Sửa: 14/06/2021 08:30</p>')
    moment = modified(document, ".none", ".changed")
    assert moment is not None
    assert (moment.value.isoformat(), moment.by) == (JUNE_0830, ".changed")


def test_no_change_is_known() -> None:
    document = page("<p>14/06/2021</p>")
    assert modified(document) is None


@given(any_html)
def test_any_page_is_read(html: str) -> None:
    document = Document(f"<title>Ra quân</title><h1>Ra quân</h1>{html}", URL, AT)
    dating = published(document)
    changed = modified(document)
    for moment in (dating.value.moment if dating else None, value_of(changed)):
        assert not isinstance(moment, datetime) or moment.utcoffset() is not None


ZEROS = [
    "1970-01-01T00:00:00+00:00",
    "1970-01-01T07:00:00+07:00",
    "1969-12-31T17:00:00-07:00",
    "1900-01-01T00:00:00",
    "1899-12-30T00:00:00",
    "0001-01-01T00:00:00",
    "0000-00-00 00:00:00",
    "-0001-11-30T00:00:00+00:00",
    "01/01/1970",
    "01/01/1970 07:00",
]


@pytest.mark.parametrize("zero", ZEROS)
def test_what_systems_print_for_no_date_is_none(zero: str) -> None:
    head = f'<meta property="article:published_time" content="{zero}">'
    told = json_ld(f'{{"@type": "NewsArticle", "datePublished": "{zero}"}}')
    zero_time = f'<time datetime="{zero}">{zero}</time>'
    for document in (page(head=head), page(head=told), page(zero_time), page(f"<p>{zero}</p>")):
        assert published(document) is None
        assert modified(document) is None
    shown = published(page("<p class=date>14/06/2021 08:30</p>", head=head))
    assert shown
    assert shown.value.moment.isoformat() == JUNE_0830


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none" class="date">02/05/2019</div>',
        '<p hidden>Ngày đăng: 02/05/2019</p>',
        '<span style="visibility: hidden"><i>02/05/2019 10:00</i></span>',
        '<time style="display: none">02/05/2019</time>',
        '<div style="display:none"><time datetime="2019-05-02">02/05/2019</time></div>',
    ],
)  # fmt: skip
def test_a_date_that_is_shown_goes_before_a_hidden_one(hidden: str) -> None:
    shown = "<time>14/06/2021 08:30</time>" if "<time" in hidden else "<p>14/06/2021 08:30</p>"
    for below in (hidden + shown, shown + hidden):
        found = published(page(below))
        assert found
        assert found.value.moment.isoformat() == JUNE_0830


def test_of_several_elements_of_a_family_the_one_that_is_shown_counts() -> None:
    document = page(
        '<span class="ngay" hidden>02/05/2019</span><span class="ngay">14/06/2021 08:30</span>'
    )
    found = published(document, ".ngay")
    assert found
    assert found.value.moment.isoformat() == JUNE_0830


@pytest.mark.parametrize(
    ("told", "shown", "day"),
    [
        ("6/5/2021 8:30:00 AM", "05/06/2021", "2021-06-05"),
        ("6/5/2021 8:30:00 AM", "06/05/2021 08:30", "2021-05-06"),
        ("06/05/2021", "05/06/2021 08:30", "2021-06-05"),
        ("06/05/2021", "06/05/2021", "2021-05-06"),
        ("06/05/2021", "", "2021-05-06"),
        ("6/14/2021 8:30:00 AM", "", "2021-06-14"),
        ("06/14/2021", "", "2021-06-14"),
        ("06/14/2021 20:30:00", "", "2021-06-14"),
        ("6/5/2021 8:30:00 AM", "", None),  # either
    ],
)
def test_where_the_month_may_come_first_what_is_shown_decides(
    told: str, shown: str, day: str | None
) -> None:
    below = f"<p class=date>{shown}</p>" if shown else ""
    in_time = f'<time datetime="{told}">{shown}</time>'
    for document in (
        page(below, head=f'<meta name="pubdate" content="{told}">'),
        page(in_time),
        page(below, head=json_ld(f'{{"@type": "NewsArticle", "datePublished": "{told}"}}')),
    ):
        found = published(document)
        assert (found.value.moment.isoformat()[:10] if found else None) == day


@pytest.mark.parametrize(
    "below",
    [
        '<time datetime="Mon Jun 14 2021 08:30:00 GMT+0700 (Giờ Đông Dương)">thứ hai</time>',
        '<time datetime="/Date(1623634200000)/"></time>',
        '<span class="timeago" title="14/06/2021 08:30">3 năm trước</span>',
        '<span class="timeago" data-timestamp="1623634200">3 năm trước</span>',
        '<abbr title="2021-06-14T08:30:00+07:00">3 năm trước</abbr>',
        "<p><script>document.write(new Date(1623634200000).toLocaleString())</script></p>",
        "<p><script>ngay(Date.UTC(2021, 5, 14, 1, 30))</script></p>",
        "<p>08:30:00, 14/6/2021</p>",
    ],
)
def test_dates_as_scripts_write_them(below: str) -> None:
    found = published(page(below))
    assert found
    assert found.value.moment == datetime.fromisoformat(JUNE_0830)


@pytest.mark.parametrize("number", [1623634200, 1623634200000, "1623634200.0"])
def test_dates_that_json_tells_as_numbers(number: object) -> None:
    document = page(head=json_ld(f'{{"@type": "NewsArticle", "datePublished": {number}}}'))
    found = published(document)
    assert found
    assert found.value.moment == datetime.fromisoformat(JUNE_0830)


def test_local_time_that_is_called_utc_is_only_what_the_theme_writes_so() -> None:
    for raw, moment in (
        ("2021-06-14T08:30:00+00:00", JUNE_0830),
        ("2021-06-14T01:30:00.000Z", "2021-06-14T01:30:00+00:00"),
        ("2021-06-14T01:30:00Z", "2021-06-14T01:30:00+00:00"),
    ):
        document = page(f'<time class="ngay" datetime="{raw}"></time>')
        found = published(document, ".ngay", local_as_utc=True)
        assert found
        assert found.value.moment.isoformat() == moment


def test_a_midnight_told_in_utc_is_of_the_day_that_is_shown() -> None:
    head = '<meta property="article:published_time" content="2021-06-13T17:00:00.000Z">'
    found = published(page("<p class=date>14/06/2021</p>", head=head))
    assert found
    assert found.value.moment.isoformat() == "2021-06-14T00:00:00+07:00"
