"""Pages of no known family: what is the article, what it is called, and what is neither."""

import sys

import pytest

from crawler.page import Page
from crawler.readers import read_page, recognise
from crawler.readers.page.document import Document

URL = "https://huyen.example/tin/trong-rung.html"
FIRST = (
    "Sáng nay, các xã phía nam huyện đồng loạt ra quân trồng rừng đầu xuân, không khí rất sôi nổi."
)
SECOND = "Mỗi xã phấn đấu trồng mới năm mươi héc-ta rừng ngay trong tháng đầu tiên của năm nay."
THIRD = "Cây giống do hợp tác xã trong huyện ươm, bảo đảm chất lượng và giao tận nơi cho từng thôn."
TEXT = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
HEAD = "<title>Ra quân trồng rừng đầu xuân - Trang tin huyện</title>"
H1 = "<h1>Ra quân trồng rừng đầu xuân</h1>"


def read(body: str, head: str = HEAD, url: str = URL) -> Page:
    return read_page(f"<head>{head}</head><body>{body}</body>".encode(), url, cms="generic")


def paragraphs(page: Page) -> list[str]:
    assert page.article
    return [block.text for block in page.article.blocks]


def test_no_family_is_recognised() -> None:
    assert recognise(Document(f"{HEAD}{H1}{TEXT}", URL)) is None
    page = read_page(f"{HEAD}{H1}{TEXT}".encode(), URL)
    assert page.kind == "article"
    assert page.evidence["cms"] == "generic: any page"
    assert page.charset == "utf-8"


@pytest.mark.parametrize(
    "body",
    [
        H1 + TEXT,
        f"{H1}<div>{TEXT}</div>",
        f"<article>{H1}{TEXT}</article>",
        f"<main>{H1}<div class='noi-dung'>{TEXT}</div></main>",
        f"{H1}<div itemprop='articleBody'>{TEXT}</div>",
        f"{H1}<div><section>{TEXT[: len(FIRST) + 7]}</section>"
        f"<section>{TEXT[len(FIRST) + 7 :]}</section></div>",
        f"{H1}<table><tr><td>{TEXT}</td></tr></table>",
        f"<div>{H1}<div>{FIRST}<br><br>{SECOND}<br><br>{THIRD}</div></div>",
        f"<div class='with-sidebar has-comments'>{H1}{TEXT}</div>",
        f"<div class='content-sidebar-wrap'>{H1}{TEXT}</div>",
        f"<header><p>Trang tin của huyện</p>{H1}</header>{TEXT}<footer>Lượt xem: 12</footer>",
    ],
)
def test_the_text_is_found_in_any_layout(body: str) -> None:
    page = read(body)
    assert paragraphs(page) == [FIRST, SECOND, THIRD]
    assert page.article
    assert page.article.title == "Ra quân trồng rừng đầu xuân"


@pytest.mark.parametrize(
    "noise",
    [
        "<div class='share-buttons'><a href='/s'>Chia sẻ</a></div>",
        "<ul class='social'><li>Facebook</li><li>Zalo</li></ul>",
        f"<div id='comments'><p>{SECOND.replace('Mỗi', 'Từng')} Rất mong huyện quan tâm.</p></div>",
        "<div class='tin-lien-quan'><a href='/1'>Khai giảng năm học mới</a></div>",
        "<div><ul><li><a href='/1'>Khai giảng năm học mới</a></li></ul></div>",
        "<nav><a href='/'>Trang chủ</a></nav>",
        "<aside><p>Đường dây nóng của huyện nghe phản ánh cả ngày lẫn đêm.</p></aside>",
        "<p hidden>Bạn đã không sử dụng Site, bấm vào đây để duy trì trạng thái đăng nhập.</p>",
        "<div style='display: none'>Bạn đã không sử dụng Site, bấm vào đây để duy trì.</div>",
        "<div class='cookie-notice'>Trang này dùng cookie để ghi nhớ lựa chọn của bạn.</div>",
        "<div class='luot-xem'>Lượt xem: 1.411</div>",
        "<div class='pageNav'><a rel='prev' href='/tin/1'>Bài trước</a></div>",
        "<script>var x = 'Một đoạn mã dài hơn bốn mươi ký tự nằm giữa bài viết';</script>",
        "<form><label>Ý kiến của bạn</label><input></form>",
    ],
)
def test_what_is_not_the_article_is_left_out(noise: str) -> None:
    for body in (
        H1 + TEXT + noise,
        f"{H1}<div><p>{FIRST}</p>{noise}<p>{SECOND}</p><p>{THIRD}</p></div>",
    ):
        assert paragraphs(read(body)) == [FIRST, SECOND, THIRD], body


def test_a_link_in_a_sentence_stays_whatever_it_is_called() -> None:
    told = f"{FIRST} Theo <a class='share tags' href='/x'>Hạt Kiểm lâm</a>, cây sống đạt tỷ lệ cao."
    page = read(f"{H1}<p>{told}</p><p>{SECOND}</p><p>{THIRD}</p>")
    assert "Theo Hạt Kiểm lâm, cây sống" in paragraphs(page)[0]


def test_a_paragraph_that_is_a_link_to_a_file_stays() -> None:
    page = read(
        f"{H1}<div>{TEXT}<div><a href='/tep/ke-hoach.pdf'>Kế hoạch trồng rừng</a></div></div>"
    )
    assert page.article
    assert paragraphs(page)[-1] == "Kế hoạch trồng rừng"
    assert [file.url for file in page.article.attachments] == [
        "https://huyen.example/tep/ke-hoach.pdf"
    ]


def test_the_summary_between_title_and_text_is_the_lead() -> None:
    page = read(f"<div>{H1}<p>{SECOND}</p></div><div>{TEXT}{TEXT}{TEXT}</div>")
    assert page.article
    assert page.article.lead == SECOND


def test_the_title_again_is_no_lead() -> None:
    title = "Hơn 200 người ra quân trồng rừng phòng hộ đầu xuân tại các xã phía nam huyện"
    head = f"<title>{title}</title>"
    page = read(f"<div><h1>{title}</h1><p>{title}</p></div><div>{TEXT}{TEXT}{TEXT}</div>", head)
    assert page.article
    assert page.article.title == title
    assert page.article.lead is None


def test_addresses_are_relative_to_the_base() -> None:
    page = read(f"{H1}{TEXT}<p><img src='a.jpg'></p>", HEAD + "<base href='/anh/2023/'>")
    assert page.article
    assert page.article.images[0].url == "https://huyen.example/anh/2023/a.jpg"


# Articles of several pages

PAGER = "<div>Trang: {0}</div>"
MORE = "".join(
    f"<p><a href='/tin/{number}'>Tin số {number} của huyện trong tuần đầu tháng Giêng</a></p>"
    for number in range(3)
)


@pytest.mark.parametrize(
    ("own", "links", "expected"),
    [
        (
            "/tin/rung.html",
            ["?page=2", "?page=3"],
            ["/tin/rung.html?page=2", "/tin/rung.html?page=3"],
        ),
        ("/tin/rung.html?id=7", ["?id=7&trang=2"], ["/tin/rung.html?id=7&trang=2"]),
        ("/tin/rung/", ["2/", "3/"], ["/tin/rung/2/", "/tin/rung/3/"]),
        ("/tin/rung", ["/tin/rung/trang-2"], ["/tin/rung/trang-2"]),
        ("/tin/trong-rung.html", ["trong-rung-2.html"], ["/tin/trong-rung-2.html"]),
        (
            "/tin/rung.html",
            ["?start=1", "?start=2"],
            ["/tin/rung.html?start=1", "/tin/rung.html?start=2"],
        ),
    ],
)
def test_the_pages_of_an_article_are_its_parts(
    own: str, links: list[str], expected: list[str]
) -> None:
    host = "https://huyen.example"
    numbered = "<b>1</b> " + " ".join(
        f"<a href='{href}'>{number}</a>" for number, href in enumerate(links, start=2)
    )
    page = read(f"<div>{H1}{TEXT}{PAGER.format(numbered)}</div>", url=host + own)
    assert page.kind == "article"
    assert list(page.parts) == [host + path for path in expected]
    assert page.evidence["parts"]
    assert page.next_url is None
    assert paragraphs(page) == [FIRST, SECOND, THIRD]


def test_a_further_page_names_the_first() -> None:
    pager = PAGER.format("<a href='/tin/rung.html'>1</a> 2 <a href='?page=3'>3</a>")
    page = read(f"<div>{H1}{TEXT}{pager}</div>", url="https://huyen.example/tin/rung.html?page=2")
    assert page.kind == "part"
    assert list(page.links) == ["https://huyen.example/tin/rung.html"]
    assert page.parts == ()
    assert paragraphs(page) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    "below",
    [
        MORE + PAGER.format("<a href='?page=2'>2</a> <a href='?page=3'>3</a>"),  # of the list
        PAGER.format("<a href='?cpage=2'>2</a>"),  # of comments
        PAGER.format("<a href='/tin/tin-khac-2.html'>2</a>"),
        PAGER.format("<a href='/tin?page=2'>2</a>"),  # of the section
        PAGER.format("<a href='?page=5'>2</a>"),  # of something that is not counted so
        "<table><tr><td><a href='?day=2'>2</a></td><td><a href='?day=3'>3</a></td></table>",
    ],
)
def test_a_pager_of_something_else_divides_no_article(below: str) -> None:
    page = read(f"<div>{H1}{TEXT}</div>{below}")
    assert page.kind == "article"
    assert page.parts == ()


# Text that no structure shows

VERSES = "<div><span>Rừng xanh thay áo mới,</span></div><div>Suối reo vang đầu bản.</div>" * 15
DATED = HEAD + "<meta property='article:published_time' content='2023-02-06T08:00:00+07:00'>"


def test_where_no_element_holds_prose_trafilatura_is_asked() -> None:
    page = read(VERSES, DATED)
    assert page.kind == "article"
    assert page.evidence["content"] == "trafilatura"
    many = read(VERSES, DATED + "<i></i>" * 12_000)
    assert many.evidence.get("content") != "trafilatura", "of many tags each costs it more"
    assert page.article
    assert page.article.title == "Ra quân trồng rừng đầu xuân"
    assert page.article.body.count("Suối reo vang đầu bản.") == 15
    assert str(page.article.published_at) == "2023-02-06 08:00:00+07:00"


@pytest.mark.parametrize(
    ("body", "head", "url"),
    [
        (VERSES, HEAD, URL),  # may be a menu
        (VERSES, DATED, "https://huyen.example/"),
        ("<div>Rừng xanh.</div>", DATED, URL),
        (
            "".join(f"<div><a href='/{n}'>Tin số {n} trong tuần</a></div>" for n in range(9)),
            DATED,
            URL,
        ),
        (VERSES + f"<script>{'x' * 2**20}</script>", DATED, URL),  # would take too long
    ],
)
def test_trafilatura_is_not_believed_where_nothing_else_speaks_for_an_article(
    body: str, head: str, url: str
) -> None:
    assert read(body, head, url).kind != "article"


@pytest.mark.parametrize(
    ("said", "head"),
    [
        ("<div>Rừng xanh thay áo mới.</div><div>Suối reo vang đầu bản.</div>", DATED),
        ("<div>Rừng xanh.</div>", DATED + "<meta property='og:type' content='article'>"),
    ],
)
def test_a_page_without_prose_that_says_it_is_an_article_is_a_short_one(
    said: str, head: str
) -> None:
    page = read(said, head)
    assert page.kind == "article"
    assert "Rừng xanh" in " ".join(paragraphs(page))


def test_where_structure_shows_a_text_trafilatura_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    assert paragraphs(read(H1 + TEXT)) == [FIRST, SECOND, THIRD]


# The title


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        ("<title>Trồng rừng | Trang tin</title>", "<h1>Trồng rừng</h1>", "Trồng rừng"),
        # the site's name is no title
        (
            "<title>Trang tin » Ra quân trồng rừng đầu xuân</title>",
            "<h1><a href='/'>Trang tin</a></h1><h2>Ra quân trồng rừng đầu xuân</h2>",
            "Ra quân trồng rừng đầu xuân",
        ),
        (
            "<title>Ra quân trồng rừng đầu xuân - Trang tin huyện</title>",
            "<h1>Trang tin huyện</h1><h3>Ra quân trồng rừng đầu xuân</h3>",
            "Ra quân trồng rừng đầu xuân",
        ),
        # as the page shows it, not as the head cuts it
        (
            "<title>Ra quân trồng rừng…</title><meta property='og:title' content='Ra quân trồng'>",
            "<h1>Ra quân trồng rừng đầu xuân</h1>",
            "Ra quân trồng rừng đầu xuân",
        ),
        (
            "<title>x</title><meta property='og:title' content='Ra quân trồng rừng'>",
            "<h1><span>Nông nghiệp</span> Ra quân trồng rừng</h1>",
            "Ra quân trồng rừng",
        ),
        ("<title>Ra quân trồng rừng</title>", "<b>Ra quân trồng rừng</b>", "Ra quân trồng rừng"),
        ("<title>Ra quân trồng rừng</title>", "", "Ra quân trồng rừng"),
        (
            "<title>Ra quân - Trang tin</title><meta property='og:site_name' content='Trang tin'>",
            "",
            "Ra quân",
        ),
        # a name that only the host tells
        ("<title>Ra quân trồng rừng | Huyen 24h</title>", "", "Ra quân trồng rừng"),
        ("<title>Huyen 24h » Ra quân trồng rừng</title>", "", "Ra quân trồng rừng"),
        # the head and a teaser cut it short; the page shows it whole
        (
            "<title>Huyện ra quân trồng rừng đầu xuân - Trang tin</title>"
            "<meta property='og:title' content='Huyện ra quân trồng rừng đầu xuân'>",
            "<h2 class='entry-title'>Huyện ra quân trồng rừng đầu xuân</h2>"
            "<h1>Huyện ra quân trồng rừng đầu xuân tại các xã phía nam</h1>",
            "Huyện ra quân trồng rừng đầu xuân tại các xã phía nam",
        ),
        ("", "<h1>Ra quân trồng rừng</h1>", "Ra quân trồng rừng"),
        # a kicker is an element of its own, also inside a link
        (
            "<title>Trồng rừng đầu xuân - Trang tin</title>",
            "<h1><a href='/tin/1'><b>Nông nghiệp</b> Trồng rừng đầu xuân</a></h1>",
            "Trồng rừng đầu xuân",
        ),
        # also where the head parts it from the title, or its own name does
        (
            "<title>Nông nghiệp - Trồng rừng đầu xuân ở Mẫu | Diễn đàn huyện</title>",
            "<h1><span>Nông nghiệp</span> <i></i>Trồng rừng đầu xuân ở Mẫu</h1>",
            "Trồng rừng đầu xuân ở Mẫu",
        ),
        (
            "<title>Trồng rừng | Trang tin</title>",
            "<h1><span class='news-kicker'>Trồng rừng</span> Hai trăm người ra quân</h1>",
            "Hai trăm người ra quân",
        ),
        # but not where the head has both
        (
            "<title>Trồng rừng: Hai trăm người ra quân - Huyện Mẫu</title>",
            "<h1><span class='news-kicker'>Trồng rừng</span> Hai trăm người ra quân</h1>",
            "Trồng rừng Hai trăm người ra quân",
        ),
        (
            "<title>Thư ngỏ: gửi bà con các xã - Huyện Mẫu</title>",
            "<h1><b>Thư ngỏ:</b> gửi bà con các xã</h1>",
            "Thư ngỏ: gửi bà con các xã",
        ),
        # the head alone cuts it, before the site's name
        (
            "<title>Huyện ra quân trồng rừng đầu xuân - Trang thông tin huyện Mẫu</title>",
            "<h3 class='entry-title'>Huyện ra quân trồng rừng đầu xuân</h3>"
            "<h1>Huyện ra quân trồng rừng đầu xuân tại các xã phía nam</h1>",
            "Huyện ra quân trồng rừng đầu xuân tại các xã phía nam",
        ),
        # a breadcrumb may end in the only <h1>
        (
            "<title>Huyện ra quân trồng rừng | Trang tin</title>",
            "<nav><ol><li><h1>Huyện ra quân trồng rừng</h1></ol></nav><h2>Mùa xuân mới</h2>",
            "Huyện ra quân trồng rừng",
        ),
        # from the site by way of the section to the title
        (
            "<title>Huyen.example » Tin tức » Ra quân trồng rừng đầu xuân</title>",
            "<h2><a href='/tin/trong-rung.html'>Ra quân trồng rừng đầu xuân</a></h2>",
            "Ra quân trồng rừng đầu xuân",
        ),
        ("<title>Ra quân trồng rừng - Huyện 24h</title>", "", "Ra quân trồng rừng"),
        # one that names itself
        (
            "<title>Ra quân trồng rừng - Cổng thông tin điện tử huyện Mẫu</title>",
            "",
            "Ra quân trồng rừng",
        ),
        # shown by an element of no name, before names that only the head tells
        (
            "<title>Ra quân trồng rừng phòng hộ đầu xuân – Tin tức – Mục của chúng tôi</title>",
            "<table><tr><td>Ra quân trồng rừng phòng hộ đầu xuân</td></tr></table>",
            "Ra quân trồng rừng phòng hộ đầu xuân",
        ),
        # told to search engines in other words
        (
            "<title>Trồng rừng đầu xuân: hơn 200 người ở huyện ra quân</title>"
            "<meta property='og:title' content='Trồng rừng đầu xuân: hơn 200 người ra quân'>",
            "<h1>Hơn 200 người ra quân trồng rừng</h1>",
            "Hơn 200 người ra quân trồng rừng",
        ),
        (
            "<meta property='og:title' content='Huyện Mẫu trồng rừng đầu xuân'>",
            "<div class='site-header'><h1>Huyện Mẫu đầu nguồn</h1></div>",
            "Huyện Mẫu trồng rừng đầu xuân",
        ),
        (
            "<meta property='og:title' content='Huyện Mẫu trồng rừng đầu xuân'>",
            "<h1>Tin tức, sự kiện</h1>",
            "Huyện Mẫu trồng rừng đầu xuân",
        ),
        # the head names nothing but the site
        (
            "<title>Huyen</title>",
            "<h3>Danh mục</h3><h2>Ra quân trồng rừng</h2>",
            "Ra quân trồng rừng",
        ),
        (
            "<title>Huyen</title>",
            "<h2>Ra quân trồng rừng</h2><h3>Mùa xuân của các xã</h3>",
            "Ra quân trồng rừng",
        ),
        # nor do the headings: then it is what is named as a title
        *(
            (
                f"<title>{site}</title><meta property='og:title' content='{site}'>",
                f"<h1>{heading}</h1><div class='box-title'>Liên kết trang</div>"
                f"<table><tr><td class='FolderTitle'>Tin tức, sự kiện<td>08:30</table>{shown}",
                "Ra quân trồng rừng đầu xuân ở các xã phía nam",
            )
            for site, heading in (
                ("Trang thông tin điện tử huyện Mẫu", "TRANG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU"),
                ("Huyện Mẫu - Cổng thông tin điện tử - Tỉnh Bắc Kạn", "Home"),
                ("TTTĐT thị xã Mẫu", "Chào mừng quý vị đến với Trang thông tin điện tử thị xã Mẫu"),
            )
            for shown in (
                "<table><tr><td><p class='Title allowMenuPost'>"
                "Ra quân trồng rừng đầu xuân ở các xã phía nam</table>",
                "<div class='chi-tiet-tieu-de'>Ra quân trồng rừng đầu xuân ở các xã phía nam</div>",
                "<span class='tieude'>Ra quân trồng rừng đầu xuân ở các xã phía nam</span>"
                f"<p><b>{SECOND}</b></p>",
            )
        ),
        # a title may speak of a portal, all in capitals, and may begin with the name of one
        (
            "<title>RA MẮT TRANG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU</title>",
            "<h1>RA MẮT TRANG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU</h1>",
            "RA MẮT TRANG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU",
        ),
        (
            "<title>Cổng thông tin điện tử huyện Mẫu đổi giao diện</title>",
            "<h1>Cổng thông tin điện tử huyện Mẫu đổi giao diện</h1>",
            "Cổng thông tin điện tử huyện Mẫu đổi giao diện",
        ),
    ],
)
def test_the_title_is_what_the_page_shows(head: str, heading: str, title: str) -> None:
    page = read(heading + TEXT, head)
    assert page.article
    assert page.article.title == title
    assert page.evidence["title"]


def test_where_all_that_is_told_names_the_portal_the_article_has_no_title() -> None:
    site = "Trang thông tin điện tử huyện Mẫu - tỉnh Bắc Kạn"
    page = read(f"<h1>{site}</h1>{TEXT}", f"<title>{site}</title>")
    assert page.article
    assert page.article.title == ""
    assert page.evidence["title"] == "title, which names the site"
    assert paragraphs(page) == [FIRST, SECOND, THIRD]


# Kinds

ITEM = "<div><h3><a href='/tin/{0}'>Tin số {0} của huyện trong tuần</a></h3><p>{1}</p></div>"


def test_many_headings_that_are_links_make_a_listing() -> None:
    page = read(H1 + "".join(ITEM.format(number, SECOND) for number in range(5)))
    assert page.kind == "listing"
    assert list(page.links) == [f"https://huyen.example/tin/{number}" for number in range(5)]


@pytest.mark.parametrize("url", ["https://huyen.example/", "https://huyen.example/tin-tuc/"])
def test_a_list_with_little_text_below_the_name_of_its_portal_is_a_listing(url: str) -> None:
    items = "".join(ITEM.format(number, "Tóm tắt ngắn.") for number in range(5))
    page = read(f"<h1>Cổng thông tin</h1>{items}", "<title>Huyện Mẫu</title>", url=url)
    assert page.kind == "listing"
    assert list(page.links) == [f"https://huyen.example/tin/{number}" for number in range(5)]
    assert page.evidence["content"] == "around the portal's name"


def test_a_long_article_may_end_in_a_list_of_others() -> None:
    page = read(H1 + TEXT * 8 + "".join(ITEM.format(number, "") for number in range(5)))
    assert page.kind == "article"


def test_a_start_page_is_a_listing() -> None:
    assert read(H1 + TEXT, url="https://huyen.example/").kind == "listing"


@pytest.mark.parametrize("body", ["", "<p>Lỗi</p>", "<h1>Liên hệ</h1><form><input></form>", "<<<"])
def test_what_says_next_to_nothing_is_something_else(body: str) -> None:
    assert read(body).kind == "other"


def test_a_short_text_is_an_article_if_the_page_says_so() -> None:
    short = "<h1>Thông báo nghỉ lễ</h1><div><p>Cơ quan nghỉ hai ngày.</p></div>"
    assert read(short, "").kind == "other"
    page = read(short, "<meta property='og:type' content='article'>")
    assert page.kind == "article"
    assert paragraphs(page) == ["Cơ quan nghỉ hai ngày."]


@pytest.mark.parametrize(
    "line",
    [
        "Năm 2019 là năm đầu thực hiện chương trình nông thôn mới.",
        "Ngày 02/9/1945, cả nước mừng vui.",
        "Bản Mẫu, ngày 12 tháng 3 năm 2018",
        "Kỷ niệm 02/9/1945 - 02/9/2020",
        "Chợ phiên xưa và nay, 1990 đến 2020",
    ],
)
def test_a_first_line_that_names_a_year_or_a_day_is_text(line: str) -> None:
    assert paragraphs(read(f"{H1}<div><p>{line}</p>{TEXT}</div>"))[0] == line


@pytest.mark.parametrize(
    "line",
    [
        "12/03/2018",
        "Thứ hai, 12/03/2018 08:30",
        "Ngày đăng: 12/03/2018 | Lượt xem: 57",
        "Văn Hà - 12/03/2018 08:30",
        "Cập nhật: 12/03/2018",
    ],
)
def test_a_first_line_that_only_says_when_is_none(line: str) -> None:
    assert paragraphs(read(f"{H1}<div><p>{line}</p>{TEXT}</div>"))[0] == FIRST


LINKS = "<li><a href='/mau-1'>Đơn xin giao rừng</a></li><li><a href='/mau-2'>Giấy cam kết</a></li>"


@pytest.mark.parametrize(
    "box",
    [
        f"<p>Hồ sơ gồm:</p><ul>{LINKS}</ul>",
        f"<p>{SECOND} Hồ sơ gồm:</p> <ol>{LINKS}</ol>",
        f"Các biểu mẫu như sau:<ul>{LINKS}</ul>",
        f"<p>Hồ sơ gồm:</p><div><ul>{LINKS}</ul></div>",
        "<p>Hồ sơ gồm:</p><table><tr><td><a href='/mau-1'>Đơn xin giao rừng</a></td></tr>"
        "<tr><td><a href='/mau-2'>Giấy cam kết</a></td></tr></table>",
    ],
)
def test_a_list_of_links_that_the_text_announces_is_text(box: str) -> None:
    said = "\n".join(paragraphs(read(f"{H1}<div>{TEXT}{box}<p>{THIRD}</p></div>")))
    assert "Đơn xin giao rừng" in said
    assert "Giấy cam kết" in said


@pytest.mark.parametrize("label", ["Tin liên quan:", "Xem thêm:", "Tin mới:", "Tin cũ hơn:"])
def test_a_list_of_other_articles_is_no_text(label: str) -> None:
    box = f"<p>{label}</p><ul>{LINKS}</ul>"
    said = paragraphs(read(f"{H1}<div><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>{box}</div>"))
    assert "Đơn xin giao rừng" not in "\n".join(said)


LINKS = "<ul><li><a href='/1'>Khai giảng năm học mới</a></li><li><a href='/2'>Tin hai</a></li></ul>"


@pytest.mark.parametrize(
    ("around", "kept"),
    [
        (f"<h3>Đọc nhiều trong tuần</h3>{LINKS}", []),
        (f"<section><h3>Trong tuần</h3><div>{LINKS}</div></section>", []),
        (f"<h2>Kỳ sau</h2>{LINKS}<h2>Trong tuần</h2>{LINKS}", []),
        (f"<h3>Kết quả</h3>{LINKS}<p>{FIRST[:40]}.</p>", ["Kết quả", f"{FIRST[:40]}."]),
        (f"<h2>Kết quả</h2>{LINKS}<h3>Năm qua</h3><p>Tốt.</p>", ["Kết quả", "Năm qua", "Tốt."]),
        ("<h3>Kết quả</h3>", ["Kết quả"]),  # nothing was taken from under it
        ("<h3>Kết quả</h3><div class=adsbox></div>", ["Kết quả"]),
    ],
)
def test_the_heading_of_links_that_are_no_text_goes_with_them(around: str, kept: list[str]) -> None:
    assert paragraphs(read(f"{H1}<div>{TEXT}{around}</div>")) == [FIRST, SECOND, THIRD, *kept]


@pytest.mark.parametrize(
    "part",
    [
        f"<form method='post'><input type='hidden' name='x'><p>{SECOND}</p></form>",
        f"<div class='print'><p>{SECOND}</p></div>",
        f"<p class='print'>{SECOND}</p>",
        f"<div class='bio'><p>{SECOND}</p></div>",
        f"<p class='bio'>{SECOND}</p>",
    ],
)
def test_prose_in_a_form_or_named_for_print_is_text(part: str) -> None:
    page = read(f"{H1}<div><p>{FIRST}</p>{part}<p>{THIRD}</p></div>")
    assert paragraphs(page) == [FIRST, SECOND, THIRD]


def test_what_a_form_asks_is_no_text() -> None:
    asks = f"<form><p>{SECOND}</p><textarea></textarea></form>"
    page = read(f"{H1}<div><p>{FIRST}</p>{TEXT}{asks}</div>")
    assert paragraphs(page) == [FIRST, FIRST, SECOND, THIRD]


def test_a_form_around_the_whole_page_hides_neither_title_nor_date() -> None:
    page = read(
        f"<form id='aspnetForm'><input type='hidden' name='__VIEWSTATE'>{H1}"
        f"<time>12/03/2018 08:30</time><div>{TEXT}</div></form>"
    )
    assert page.article
    assert page.article.title == "Ra quân trồng rừng đầu xuân"
    assert str(page.article.published_at) == "2018-03-12 08:30:00+07:00"
    assert paragraphs(page) == [FIRST, SECOND, THIRD]


def test_the_credit_of_a_picture_stays_with_it_and_is_not_the_author() -> None:
    page = read(
        f"{H1}<div><p>{FIRST}</p><figure><img src='/a.jpg'><figcaption>Ươm cây. "
        f"<span class='credits author'>Ảnh: Văn Hà</span></figcaption></figure>{TEXT}</div>"
    )
    assert page.article
    assert [image.caption for image in page.article.images] == ["Ươm cây. Ảnh: Văn Hà"]
    assert page.article.author is None


def test_a_heading_at_the_end_is_no_signature() -> None:
    page = read(f"{H1}<div>{TEXT}<h3>Tác giả: nhân dân các xã</h3><p>{FIRST}</p></div>")
    assert page.article
    assert page.article.author is None


LISTED = "".join(ITEM.format(number, SECOND) for number in range(5))
TOLD = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "%s",'
    ' "datePublished": "2024-02-24", "url": "https://huyen.example/tin/%s"}</script>'
)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (("Ra quân trồng rừng đầu xuân", "trong-rung"), "article"),
        (("Tin số 3 của huyện trong tuần", "3"), "listing"),  # one that it lists
    ],
)
def test_a_page_that_says_it_is_an_article_is_no_listing_of_its_family(
    told: tuple[str, str], kind: str
) -> None:
    listed = LISTED.replace("<h3>", '<h3 class="entry-title">')
    page = read_page(
        f'<html><head><meta name="generator" content="WordPress 6.4">{TOLD % told}</head>'
        f'<body class="archive">{H1}{TEXT}{TEXT}{listed}</body></html>'.encode(),
        "https://huyen.example/tin/trong-rung",
    )
    assert page.kind == kind
    if page.article:
        assert page.article.title == "Ra quân trồng rừng đầu xuân"


# Lists of teasers


def teaser(number: int, day: str = "0{}/03/2021", link: str = "/tin/so-{}.html") -> str:
    """Return a box with a title that leads to an article, its day and its first words."""
    title = f"Xã Bản Mẫu {number} khánh thành cầu treo qua suối Nặm"
    day, link = day.format(number + 1), link.format(number)
    words = f"{FIRST[:-1]} và làm đường thôn thứ {number}..."
    return f'<div class=tin><a href="{link}">{title}</a><i>{day}</i><p>{words}</p></div>'


SECTION = "https://huyen.example/tin-tuc"


@pytest.mark.parametrize("above", ["", "<h1>Tin tức</h1>", "<h2>Trang tin huyện</h2>"])
@pytest.mark.parametrize("count", [4, 8])
def test_boxes_of_titles_with_days_and_first_words_are_a_listing(above: str, count: int) -> None:
    boxes = "".join(map(teaser, range(count)))
    for head in ("<title>Tin tức - Trang tin huyện</title>", "<title>Trang tin huyện</title>"):
        page = read(f"{above}<div id=ds>{boxes}</div>", head, SECTION)
        assert page.kind == "listing"
        assert page.article is None
        assert page.links == tuple(f"https://huyen.example/tin/so-{n}.html" for n in range(count))


@pytest.mark.parametrize(
    "boxes",
    [
        "".join(map(teaser, range(3))),
        "".join(teaser(n, day="Nguồn: xã") for n in range(5)),
        "".join(teaser(n, link="/tin/mot.html") for n in range(5)),
        "".join(f"<div><p>{SECOND}</p>{teaser(n)}</div>" for n in range(5)),
    ],
)
def test_boxes_of_which_that_is_not_sure_are_no_listing(boxes: str) -> None:
    """Sections of an article, too, name days and link to what they tell of."""
    assert read(H1 + boxes, HEAD, SECTION).kind == "article"


@pytest.mark.parametrize("between", ["", "</div><div>"])
def test_an_article_with_teasers_below_it_stays_one(between: str) -> None:
    page = read(f"{H1}<div>{TEXT}{between}{''.join(map(teaser, range(6)))}</div>")
    assert page.kind == "article"
    assert paragraphs(page)[:3] == [FIRST, SECOND, THIRD]
