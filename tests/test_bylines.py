"""Who wrote an article and where it was taken from, by lines and by pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.page import Block
from crawler.readers.finding.bylines import author, category, language, signature, source, tags
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read
from crawler.text.bylines import Byline, is_account, read_byline, read_end, read_name
from tests.strategies import texts

URL = "https://huyen.example/tin-tuc/ra-quan-lam-duong.html"
CENTRE = "Trung tâm Văn hóa, Thông tin và Truyền thông huyện"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # the author
        ("Tin, ảnh: Ban Biên tập", Byline("Ban Biên tập")),
        ("Tin ảnh: Tổ Thông tin", Byline("Tổ Thông tin")),
        ("Tin và ảnh: Tổ Thông tin", Byline("Tổ Thông tin")),
        ("TIN, BÀI: Tổ Thông tin", Byline("Tổ Thông tin")),
        ("Tin – bài – ảnh : Tổ Thông tin.", Byline("Tổ Thông tin")),
        ("Bài và ảnh: Phòng Văn hóa và Thông tin", Byline("Phòng Văn hóa và Thông tin")),
        ("Bài viết: Hội Liên hiệp Phụ nữ huyện", Byline("Hội Liên hiệp Phụ nữ huyện")),
        (f"(Tin, ảnh: {CENTRE})", Byline(CENTRE)),
        ("Tin, ảnh: Văn phòng HĐND – UBND huyện", Byline("Văn phòng HĐND – UBND huyện")),
        ("Tác giả: Tên tác giả", Byline("Tên tác giả")),
        ("Tác giả bài viết: Tên tác giả", Byline("Tên tác giả")),
        ("Người viết: Tên tác giả", Byline("Tên tác giả")),
        ("Thực hiện: Tổ Thông tin", Byline("Tổ Thông tin")),
        ("T/h: Tổ Thông tin", Byline("Tổ Thông tin")),
        ("CTV: Tên tác giả", Byline("Tên tác giả")),
        ("Tin: Tổ Thông tin; Ảnh: Đoàn xã", Byline("Tổ Thông tin")),
        ("Tin: Tổ Thông tin - Ảnh: Đoàn xã", Byline("Tổ Thông tin")),
        # the source
        ("Nguồn: Báo Bắc Kạn", Byline(None, "Báo Bắc Kạn")),
        ("(Nguồn: baobackan.vn)", Byline(None, "baobackan.vn")),
        ("Nguồn tin: Cổng thông tin điện tử tỉnh", Byline(None, "Cổng thông tin điện tử tỉnh")),
        ("Trích nguồn: TTXVN", Byline(None, "TTXVN")),
        ("Theo Báo Bắc Kạn", Byline(None, "Báo Bắc Kạn")),
        ("(Theo TTXVN)", Byline(None, "TTXVN")),
        ("Theo baobackan.vn", Byline(None, "baobackan.vn")),
        ("Theo: Chinhphu.vn", Byline(None, "Chinhphu.vn")),
        # neither
        ("", Byline()),
        ("Ban Biên tập", Byline()),
        ("Ảnh: Đoàn xã", Byline()),
        ("Nguồn ảnh: Đoàn xã", Byline()),
        ("Biên tập: Tổ Thông tin", Byline()),
        ("Theo kế hoạch, trong tháng này xã sẽ đổ bê tông toàn tuyến.", Byline()),
        ("Theo Kế hoạch số 12 của UBND huyện", Byline()),
        ("Theo Nghị quyết của Đảng bộ huyện", Byline()),
        ("Theo đồng chí Bí thư Đảng ủy xã", Byline()),
        ("Theo Chủ tịch UBND xã, đến nay đã có hai mươi hộ hiến đất.", Byline()),
        ("Theo đó", Byline()),
        ("Tin vui đến với bà con thôn Nà Lẹng", Byline()),
        ("Tin, ảnh:", Byline()),
        ("Tin, ảnh: @huyendoan", Byline()),
        ("Nguồn: https://baobackan.vn/bai-viet", Byline()),
        ("Nguồn nước: nước sinh hoạt của thôn lấy từ khe núi", Byline()),
    ],
)
def test_a_line_at_the_end(line: str, expected: Byline) -> None:
    assert read_byline(line) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Tuyến đường đã xong.", "Tin, ảnh: Tổ Thông tin"], Byline("Tổ Thông tin")),
        (
            ["Tuyến đường đã xong.", "Tổ Thông tin", "Nguồn: Báo Bắc Kạn", ""],
            Byline(None, "Báo Bắc Kạn"),
        ),
        (
            ["Đường đã xong.", "Bài và ảnh: Tổ Thông tin", "Theo Báo Bắc Kạn"],
            Byline("Tổ Thông tin", "Báo Bắc Kạn"),
        ),
        (["Tuyến đường đã xong./. Tin, ảnh: Tổ Thông tin"], Byline("Tổ Thông tin")),
        (["Tuyến đường đã xong. (Theo Báo Bắc Kạn)"], Byline(None, "Báo Bắc Kạn")),
        (["Tuyến đường đã xong. (Nguồn: TTXVN)."], Byline(None, "TTXVN")),
        (["Nguồn: Báo Bắc Kạn", "Một.", "Hai.", "Ba."], Byline()),  # not at the end
        (["Đường đã xong. Theo kế hoạch sẽ nghiệm thu trong tháng."], Byline()),
        ([], Byline()),
    ],
)
def test_the_end_of_a_text(lines: list[str], expected: Byline) -> None:
    assert read_end(lines) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ban Biên tập", "Ban Biên tập"),
        ("Tác giả: Ban Biên tập", "Ban Biên tập"),
        ("Người đăng: Ban Biên tập", "Ban Biên tập"),
        ("Viết bởi Ban Biên tập", "Ban Biên tập"),
        ("Bởi\nBan Biên tập\n-", "Ban Biên tập"),
        ("Post author\nBy\nBan Biên tập", "Ban Biên tập"),
        ("By Editorial Board, 14/06/2021", "Editorial Board"),
        ("Written by Editorial Board in News on 1 June 2019", "Editorial Board"),
        ("Erstellt von Redaktion am Dienstag, 6. Mai 2014", "Redaktion"),
        ("Ban Biên tập | 14/06/2021 | 400 lượt xem", "Ban Biên tập"),
        ("Ban Biên tập - Lượt xem: 400", "Ban Biên tập"),
        ("Văn phòng HĐND – UBND huyện", "Văn phòng HĐND – UBND huyện"),
        ("Văn phòng HĐND - UBND huyện - 14/06/2021", "Văn phòng HĐND - UBND huyện"),
        ("Văn phòng HĐND – UBND huyện – Lượt xem: 400", "Văn phòng HĐND – UBND huyện"),
        (f"  {CENTRE} ", CENTRE),
        (f"Ban Biên tập\nBan Biên tập gồm đại diện của {CENTRE} và các xã.", "Ban Biên tập"),
        ("Tên tác giả ,\nTổ Thông tin", "Tên tác giả, Tổ Thông tin"),
        ("admin", "admin"),
        ("", None),
        ("By", None),
        ("14/06/2021", None),
        ("2021", None),
        ("@huyendoan", None),
        ("https://www.facebook.com/huyendoan", None),
        ("đã được sửa đổi 2 năm trước", None),
        ("x" * 100, None),
    ],
)
def test_the_name_in_an_element(raw: str, expected: str | None) -> None:
    assert read_name(raw) == expected


@pytest.mark.parametrize(
    "name", ["admin", "Administrator", "Super User", "webmaster", "admin2", "Quản trị viên"]
)
def test_a_system_s_account_is_nobody(name: str) -> None:
    assert is_account(name)
    assert not is_account("Ban Quản trị")


@given(st.one_of(st.text(), texts))
def test_nothing_raises(raw: str) -> None:
    read_byline(raw)
    read_end([raw, raw])
    assert read_name(raw) != ""


def page(below: str = "", head: str = "", lang: str = "vi") -> Document:
    html = (
        f"<html lang='{lang}'><head><title>Ra quân làm đường - Huyện</title>{head}</head><body>"
        f"<div><h1>Ra quân làm đường</h1>{below}<p>Sáng nay, xã ra quân làm đường.</p></div>"
    )
    return Document(html, URL)


SITE = '<meta property="og:site_name" content="Cổng thông tin huyện">'


@pytest.mark.parametrize(
    ("document", "expected", "rule"),
    [
        (
            page(
                head='<script type="application/ld+json">{"@type": "NewsArticle", "author": '
                '[{"name": "Tổ Thông tin"}, {"name": "Đoàn xã"}]}</script>'
            ),
            "Tổ Thông tin, Đoàn xã", "JSON-LD author",
        ),
        (page("<a rel=author href=/x>Ban Biên tập</a>"), "Ban Biên tập", "a"),
        (page("<p class=byline>Bởi <b>Ban Biên tập</b></p>"), "Ban Biên tập", "p.byline"),
        (page("<span class=tac-gia>Tổ Thông tin</span>"), "Tổ Thông tin", "span.tac-gia"),
        (page("<p>Tác giả: Tổ Thông tin</p>"), "Tổ Thông tin", "line below the title, p"),
        (page(head='<meta name="author" content="Tổ Thông tin">'), "Tổ Thông tin", "meta author"),
        # the site's own name tells less than a name on the page
        (
            page(
                "<p class=author>Tổ Thông tin</p>",
                SITE + '<script type="application/ld+json">{"@type": "NewsArticle", '
                '"author": {"name": "Cổng thông tin huyện"}}</script>',
            ),
            "Tổ Thông tin", "p.author",
        ),
        # not the article's
        (page(head=SITE + '<meta name="author" content="Cổng thông tin huyện">'), None, None),
        (page("<div class=comments><b class=author>Bạn đọc</b></div>"), None, None),
        (page("<div><h3><a href=/khac>Khai giảng năm học mới ở xã</a></h3>"
              "<i class=author>Tổ Thông tin</i></div>"), None, None),
        (page(head='<meta name="twitter:creator" content="@huyendoan">'), None, None),
        (page(), None, None),
    ],
)  # fmt: skip
def test_the_author(document: Document, expected: str | None, rule: str | None) -> None:
    found = author(document)
    assert found == (Read(expected, rule) if expected and rule else None)


def test_the_author_and_the_source_where_a_family_puts_them() -> None:
    document = page(
        "<p class=right><b>Tác giả:</b> Tổ Thông tin</p><p class=right>Nguồn tin: Báo Bắc Kạn</p>"
    )
    assert author(document, ".none", "p.right") == Read("Tổ Thông tin", "p.right")
    assert source(document, ".none", "p.right") == Read("Báo Bắc Kạn", "p.right")
    assert source(document) is None


def test_how_it_is_filed() -> None:
    document = page(
        "<ul><li><a>Tin tức</a><li><a>Xây dựng</a></ul><i>đường</i><i>nông thôn mới</i>",
        '<meta property="article:section" content="Kinh tế">'
        '<meta property="article:tag" content="xi măng"><meta name="keywords" content="UBND">',
    )
    assert category(document, "li a") == Read("Xây dựng", "li a")
    assert category(document, ".none") == Read("Kinh tế", "meta article:section")
    assert tags(document, "i") == Read(("đường", "nông thôn mới"), "i")
    assert tags(document) == Read(("xi măng",), "meta article:tag")


def test_the_language_that_is_declared() -> None:
    assert language(page(lang="vi-VN")) == Read("vi-VN", "html[lang]")
    locale = page(lang="", head='<meta property="og:locale" content="vi_VN">')
    assert language(locale) == Read("vi_VN", "meta og:locale")
    assert language(page(lang="")) is None


@pytest.mark.parametrize(
    ("stated", "expected"),
    [(None, "Tổ Thông tin"), ("admin", "Tổ Thông tin"), ("Ban Biên tập", "Ban Biên tập")],
)
def test_a_signed_text_stays_as_it_is(stated: str | None, expected: str) -> None:
    blocks = [
        Block("paragraph", f"<p>{text}</p>", text)
        for text in ("Tuyến đường đã xong.", "Tin, ảnh: Tổ Thông tin", "Theo Báo Bắc Kạn")
    ]
    said = Read(stated, "p.author") if stated else None
    author, source = signature(blocks, said, None)
    assert author == (Read(expected, "end of the text") if expected != stated else said)
    assert source == Read("Báo Bắc Kạn", "end of the text")
