"""The article's fragment taken apart: the HTML that editors and systems leave behind."""

import pytest
from bs4 import BeautifulSoup
from bs4.element import Comment
from hypothesis import given

from crawler.page import Attachment, Image
from crawler.readers.body.fragment import Fragment, read_fragment
from tests.strategies import html as any_html

PAGE = "https://chodon.gov.vn/tin-tuc/bai/"
SITE = "https://chodon.gov.vn"
LONG = "Sau ba năm thực hiện, phong trào đã nhận được sự hưởng ứng tích cực của bà con. " * 5


def read(html: str) -> Fragment:
    return read_fragment(f"<div>{html}</div>", PAGE)


def told(html: str) -> list[tuple[str, str]]:
    """Return the kind and text of each block."""
    return [(block.kind, block.text) for block in read(html).blocks]


def texts(html: str) -> list[str]:
    return [block.text for block in read(html).blocks if block.text]


def captions(html: str) -> list[tuple[str, str | None]]:
    """Return the path and caption of each picture."""
    return [(image.url.removeprefix(SITE), image.caption) for image in read(html).images]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Một.</p><p>Hai.</p>", ["Một.", "Hai."]),
        ("<p>Một <b>đậm</b> và <i>nghiêng</i>.</p>", ["Một đậm và nghiêng."]),
        ("<p>  Một\n  dòng  </p>", ["Một dòng"]),
        ("Chữ trần", ["Chữ trần"]),
        ("Chữ trần<p>Một.</p>chữ sau", ["Chữ trần", "Một.", "chữ sau"]),
        ("<p></p><p>&nbsp;</p><p><br></p><p>Một.</p>", ["Một."]),
        # one <br> is a line, two are a paragraph
        ("<p>Câu một<br>Câu hai</p>", ["Câu một\nCâu hai"]),
        ("<p>Một.<br><br>Hai.</p>", ["Một.", "Hai."]),
        ("Một.<br>\n<br/>Hai.<br><br><br>Ba.", ["Một.", "Hai.", "Ba."]),
        ("<p><br>Một.<br></p>", ["Một."]),
        ("<b>Một.</b><br><br><i>Hai.</i>", ["Một.", "Hai."]),
        # a blank line in the source is one, too: WordPress leaves it beside a block
        ("Một.\n\nHai.", ["Một.", "Hai."]),
        ("Một.\r\n \r\nHai.\n\n\n\nBa.", ["Một.", "Hai.", "Ba."]),
        ("Một\ndòng.", ["Một dòng."]),
        # containers
        ("<div><div><div><p>Một.</p></div></div></div>", ["Một."]),
        ("<div>Một.<div>Hai.</div>Ba.</div>", ["Một.", "Hai.", "Ba."]),
        ("<center><font>Một.</font></center>", ["Một."]),
        ("<span><p>Một.</p><p>Hai.</p></span>", ["Một.", "Hai."]),
        ("<p>Một.</p><hr><p>Hai.</p>", ["Một.", "Hai."]),
        ("<p>Một<hr>Hai</p>", ["Một", "Hai"]),
        ("<dl><dt>Thời gian</dt><dd>8 giờ</dd></dl>", ["Thời gian", "8 giờ"]),
        ("<details><summary>Mở</summary>Một.</details>", ["Mở", "Một."]),
        ("<p>Một.<p>Hai.", ["Một.", "Hai."]),
        # what nobody sees
        ("<p>Một.</p><!-- <p>Ghi chú</p> --><p>Hai<!-- x -->.</p>", ["Một.", "Hai."]),
        ("<script>x()</script><style>p{}</style><p>Một.</p>", ["Một."]),
        ("<p>Một<script>x()</script>.</p>", ["Một."]),
        ("<p><b>Một<script>x()</script></b>.</p>", ["Một."]),
        ('<p>Một.</p><div style="display:none"><p>Cá độ</p></div>', ["Một."]),
        ('<p>Một<span style="DISPLAY : none">Cá độ</span>.</p>', ["Một."]),
        ('<p><b>Một<span style="visibility: hidden">Cá độ</span></b>.</p>', ["Một."]),
        ("<p>Một.</p><p hidden>Cá độ</p>", ["Một."]),
        ("<form><p>Tìm</p><input><button>Gửi</button></form><p>Một.</p>", ["Một."]),
        ("<p>Một.</p><nav><a href='/'>Trang chủ</a></nav>", ["Một."]),
        ("<svg><text>Hình</text></svg><p>Một.</p>", ["Một."]),
        ("<noscript><img src='/a.jpg'></noscript><p>Một.</p>", ["Một."]),
        # a picture for a letter
        ('<p>Mùa <img class="emoji" alt="🌾" src="https://s.w.org/1.svg">!</p>', ["Mùa 🌾!"]),
        ('<p>Mùa <b>vàng<img class="emoji" alt="🌾" src="/1.svg"></b>!</p>', ["Mùa vàng🌾!"]),
    ],
)
def test_paragraphs(html: str, expected: list[str]) -> None:
    assert told(html) == [("paragraph", text) for text in expected]
    assert not read(html).images


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h2>Kết quả</h2><p>Một.</p>", [("heading", "Kết quả"), ("paragraph", "Một.")]),
        ("<h1>Kết quả</h1>", [("heading", "Kết quả")]),
        ("<h3>Kết<br>quả</h3>", [("heading", "Kết quả")]),
        ("<h2></h2><h3>&nbsp;</h3><p>Một.</p>", [("paragraph", "Một.")]),
        ("<ul><li>Một</li><li>Hai</li></ul>", [("list", "- Một\n- Hai")]),
        ("<ol><li>Một</li><li>Hai</li></ol>", [("list", "1. Một\n2. Hai")]),
        ('<ol start="3"><li>Ba</li><li>Bốn</li></ol>', [("list", "3. Ba\n4. Bốn")]),
        ('<ol start="x"><li>Một</li></ol>', [("list", "1. Một")]),
        ("<ul><li><p>Một</p><p>tiếp</p></li></ul>", [("list", "- Một tiếp")]),
        (
            "<ul><li>Một<ul><li>Một a</li></ul></li><li>Hai</li></ul>",
            [("list", "- Một\n- Một a\n- Hai")],
        ),
        (
            "<ul><li>Một</li><ul><li>Một a</li></ul><li>Hai</li></ul>",
            [("list", "- Một\n- Một a\n- Hai")],
        ),
        (
            "<ol><li>Một<ul><li>a</li></ul></li><li>Hai</li></ol>",
            [("list", "1. Một\n- a\n2. Hai")],
        ),
        ("<ul>Gồm:<li>Một</li></ul>", [("list", "Gồm:\n- Một")]),
        ("<ul><li></li></ul>", []),
        (
            "<ul><li>Mùa <img class=emoji alt=🌾 src=/1.svg></li></ul>",
            [("list", "- Mùa 🌾")],
        ),
        (
            "<ul><li>Một<span hidden>ẩn</span></li></ul>",
            [("list", "- Một")],
        ),
        ("<blockquote><p>Một.</p></blockquote>", [("quote", "Một.")]),
        ("<blockquote><p>Một.</p><p>Hai.</p></blockquote>", [("quote", "Một."), ("quote", "Hai.")]),
        (
            "<blockquote>Một.<cite>Ban Biên tập</cite></blockquote>",
            [("quote", "Một.Ban Biên tập")],
        ),
        ("<pre>  a\n    b</pre>", [("pre", "  a\n    b")]),
        (
            "<table><tr><th>Xã</th><th>Hộ</th></tr><tr><td>Nghĩa Tá</td><td>12</td></tr></table>",
            [("table", "Xã | Hộ\nNghĩa Tá | 12")],
        ),
        (
            "<table><tr><td><p>Xã</p><p>thị trấn</p></td><td></td></tr></table>",
            [("table", "Xã thị trấn | ")],
        ),
        (
            "<figure class=wp-block-table><table><tr><td>1</td><td>2</td></tr></table></figure>",
            [("table", "1 | 2")],
        ),
        # tables that only place things
        (
            "<table><tr><td><p>Một.</p><p>Hai.</p></td></tr></table>",
            [("paragraph", "Một."), ("paragraph", "Hai.")],
        ),
        (
            "<table><tr><td>Mục</td><td><table><tr><td>1</td><td>2</td></tr></table></td></tr></table>",
            [("paragraph", "Mục"), ("table", "1 | 2")],
        ),
        ("<table><tr><td></td><td> </td></tr></table>", []),
    ],
)
def test_blocks(html: str, expected: list[tuple[str, str]]) -> None:
    assert told(html) == expected


def test_headings_leave_the_first_level_to_the_title() -> None:
    assert [block.html for block in read("<h1>Một</h1><h4>Hai</h4>").blocks] == [
        "<h2>Một</h2>",
        "<h4>Hai</h4>",
    ]


def test_each_paragraph_of_a_quote_is_a_quote() -> None:
    blocks = read("<blockquote><p>Một <b>hai</b>.</p><ul><li>Ba</li></ul></blockquote>").blocks
    assert [block.html for block in blocks] == [
        "<blockquote><p>Một <b>hai</b>.</p></blockquote>",
        "<blockquote><ul><li>Ba</li></ul></blockquote>",
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p><img src="/a.jpg"></p><p>Văn bản.</p>', [("/a.jpg", None)]),
        ('<a href="/tin/to/"><img src="/a.jpg"></a>', [("/a.jpg", None)]),
        ('<img src="/a.jpg"><img src="/a.jpg">', [("/a.jpg", None)]),
        # captions that say so
        (
            '<figure><img src="/a.jpg"><figcaption>Lễ ra quân</figcaption></figure>',
            [("/a.jpg", "Lễ ra quân")],
        ),
        (
            '<figure><figcaption>Lễ <b>ra quân</b></figcaption><img src="/a.jpg"></figure>',
            [("/a.jpg", "Lễ ra quân")],
        ),
        ('<figure><img src="/a.jpg"></figure>', [("/a.jpg", None)]),
        (
            '<div class="wp-caption"><img src="/a.jpg"><p class="wp-caption-text">Lễ</p></div>',
            [("/a.jpg", "Lễ")],
        ),
        (
            '<figure class="wp-caption"><a href="/to.jpg"><img src="/a.jpg"></a>'
            '<figcaption class="wp-caption-text">Dòng một<br>dòng hai</figcaption></figure>',
            [("/to.jpg", "Dòng một dòng hai")],
        ),
        # galleries: of the classic editor, of blocks, of blocks with one caption for all
        (
            '<div class="gallery"><dl class="gallery-item"><dt><img src="/a.jpg"></dt>'
            '<dd class="wp-caption-text">Một</dd></dl><dl class="gallery-item"><dt>'
            '<img src="/b.jpg"></dt></dl><br style="clear: both"></div>',
            [("/a.jpg", "Một"), ("/b.jpg", None)],
        ),
        (
            '<div class="gallery"><figure class="gallery-item"><div><img src="/a.jpg"></div>'
            '<figcaption>Một</figcaption></figure><figure class="gallery-item">'
            '<img src="/b.jpg"><figcaption>Hai</figcaption></figure></div>',
            [("/a.jpg", "Một"), ("/b.jpg", "Hai")],
        ),
        (
            '<figure class="wp-block-gallery"><figure class="wp-block-image"><img src="/a.jpg">'
            '</figure><figure class="wp-block-image"><img src="/b.jpg">'
            "<figcaption>Hai</figcaption></figure></figure>",
            [("/a.jpg", None), ("/b.jpg", "Hai")],
        ),
        (
            '<figure class="wp-block-gallery"><ul><li><figure><img src="/a.jpg">'
            "<figcaption>Một</figcaption></figure></li></ul></figure>",
            [("/a.jpg", "Một")],
        ),
        # layout tables
        (
            '<table><tr><td><img src="/a.jpg"></td></tr><tr><td>Lễ ra quân</td></tr></table>',
            [("/a.jpg", "Lễ ra quân")],
        ),
        (
            '<table><tr><td><img src="/a.jpg"></td><td><img src="/b.jpg"></td></tr>'
            "<tr><td>Một</td><td>Hai</td></tr></table>",
            [("/a.jpg", "Một"), ("/b.jpg", "Hai")],
        ),
        # a paragraph below the picture that looks like a caption
        (
            '<p><img src="/a.jpg"></p><p style="text-align: center">Lễ ra quân</p>',
            [("/a.jpg", "Lễ ra quân")],
        ),
        ('<img src="/a.jpg"><p align="center">Lễ ra quân</p>', [("/a.jpg", "Lễ ra quân")]),
        ('<p><img src="/a.jpg"></p><p><em>Lễ ra quân</em></p>', [("/a.jpg", "Lễ ra quân")]),
        ('<p><img src="/a.jpg"><br><i>Lễ ra quân</i></p>', [("/a.jpg", "Lễ ra quân")]),
        (
            '<p><img src="/a.jpg"></p><p><b><i>Lễ</i></b> <em>ra quân</em></p>',
            [("/a.jpg", "Lễ ra quân")],
        ),
        ('<img src="/a.jpg"><p class="chuthich">Lễ ra quân</p>', [("/a.jpg", "Lễ ra quân")]),
        (
            '<img src="/a.jpg"><img src="/b.jpg"><p><em>Lễ ra quân</em></p>',
            [("/a.jpg", None), ("/b.jpg", "Lễ ra quân")],
        ),
        # lazy pictures
        ('<img src="data:image/gif;base64,R0" data-src="/a.jpg">', [("/a.jpg", None)]),
        ('<img src="/trong.gif" data-lazy-src="/a.jpg">', [("/a.jpg", None)]),
        ('<img src="/trong.gif" data-original="/a.jpg">', [("/a.jpg", None)]),
        ('<img src="data:image/gif;base64,R0">', []),
        ('<img src="javascript:x()">', []),
        ("<img>", []),
        # no pictures
        ('<img src="/dem.gif" width="1" height="1">', []),
    ],
)
def test_pictures(html: str, expected: list[tuple[str, str | None]]) -> None:
    assert captions(html) == expected
    assert [text for kind, text in told(html) if kind != "figure"] in ([], ["Văn bản."])


WHITE = "data:image/gif;base64,R0"


@pytest.mark.parametrize(
    ("html", "url"),
    [
        # the link around a thumbnail
        ('<a href="/to.jpg"><img src="/a-300x200.jpg"></a>', "/to.jpg"),
        ('<a href="/to.JPG?x=1"><img src="/a.jpg"></a>', "/to.JPG?x=1"),
        ('<a href="/to.jpg"><span><img src="/a.jpg"></span></a>', "/to.jpg"),
        ('<a href="/to.jpg"><img src="data:image/gif;base64,R0"></a>', "/to.jpg"),
        ('<a href="/to.jpg"><img src="/a.jpg" srcset="/b.jpg 900w"></a>', "/to.jpg"),
        ('<a href="/to.pdf"><img src="/a.jpg"></a>', "/a.jpg"),
        ('<a href="/tin/"><img src="/a.jpg"></a>', "/a.jpg"),
        ('<a href="https://b.example/to.jpg"><img src="/a.jpg"></a>', "/a.jpg"),
        ('<a href="/s1600-h/to.jpg"><img src="/a.jpg"></a>', "/a.jpg"),
        ('<a name="x"><img src="/a.jpg"></a>', "/a.jpg"),
        # sets of sizes
        ('<img src="/a.jpg" srcset="/b.jpg 300w, /c.jpg 1024w,/d.jpg 768w">', "/c.jpg"),
        ('<img src="/a.jpg" srcset="/b,1.jpg 300w, /c,2.jpg 301w">', "/c,2.jpg"),
        ('<img src="/a.jpg" srcset="/a.jpg, /b.jpg 1.5x, /c.jpg 3x">', "/c.jpg"),
        ('<img src="/a.jpg" srcset="/b.jpg 1x">', "/a.jpg"),
        ('<img src="/a.jpg" srcset="/b.jpg">', "/a.jpg"),
        ('<img srcset="/b.jpg">', "/b.jpg"),
        ('<img src="/a.jpg" srcset="/b.jpg ..w, /c.jpg -5w, , ,">', "/a.jpg"),
        ('<img src="/a.jpg" srcset="data:image/gif;base64,R0 900w">', "/a.jpg"),
        ('<img src="/a.jpg" srcset="/loading.gif 900w">', "/a.jpg"),
        (
            '<picture><source srcset="/b.webp 1200w"><img src="/a.jpg" srcset="/c.jpg 600w">'
            "</picture>",
            "/b.webp",
        ),
        (
            '<picture><source srcset="/b.webp 600w"><img src="/a.jpg" srcset="/c.jpg 600w">'
            "</picture>",
            "/c.jpg",
        ),
        ('<picture><source srcset="/b.webp"><img src="/a.jpg"></picture>', "/a.jpg"),
        ('<picture><source data-srcset="/b.webp"><img src="data:,"></picture>', "/b.webp"),
        # lazy forms
        ('<img src="/loading.svg" data-srcset="/b.jpg 300w, /c.jpg 900w">', "/c.jpg"),
        ('<img src="/a.jpg" data-src="/spacer.gif">', "/a.jpg"),
        ('<img src="/img/1x1.gif" data-lazy-src="/a.jpg">', "/a.jpg"),
        ('<img src="/blank.jpg">', "/blank.jpg"),  # photographs are named so, too
        ('<img src="/blank.gif" width="1" height="1" data-src="/a.jpg">', "/a.jpg"),
        ('<img src="/lazy-load.gif" data-lazyload="/a.jpg">', "/a.jpg"),
        ('<img src="/xam.png" class="lazyload" data-anh="/a.jpg">', "/a.jpg"),
        ('<img class="b-lazy" src="/0.svg" data-thumb="/nho.jpg" data-x="/a.jpg">', "/a.jpg"),
        ('<img src="/a.jpg" data-anh="/b.jpg">', "/a.jpg"),
        ('<img src="/a.jpg" data-large_image="/goc.jpg">', "/goc.jpg"),
        ('<img src="/loading.gif" data-ezsrcset="/b.jpg 300w, /c.jpg 900w">', "/c.jpg"),
        ('<img src="/a.jpg" data-orig-file="/goc.jpg" srcset="/b.jpg 900w">', "/goc.jpg"),
        ('<img src="/a.jpg" data-full-url="/goc.jpg">', "/goc.jpg"),
        ('<amp-img src="/a.jpg" srcset="/b.jpg 640w"></amp-img>', "/b.jpg"),
        ('<amp-img src="/a.jpg"><noscript><img src="/b.jpg"></noscript></amp-img>', "/a.jpg"),
        # twins for browsers without scripts
        (f'<img src="{WHITE}"><noscript><img src="/a.jpg"></noscript>', "/a.jpg"),
        (f'<noscript><img src="/a.jpg"></noscript> <img src="{WHITE}">', "/a.jpg"),
        (
            f'<img src="{WHITE}"><noscript><img src="/a.jpg" srcset="/b.jpg 900w"></noscript>',
            "/b.jpg",
        ),
        ('<img src="" data-src="/a.jpg"><noscript><img src="/b.jpg"></noscript>', "/a.jpg"),
        ('<img src="/loading.gif"><noscript><img src="/b.jpg"></noscript>', "/b.jpg"),
        ('<img class="lazy" src="/xam.png"><noscript><img src="/b.jpg"></noscript>', "/b.jpg"),
        (
            '<span><img src="/loading.gif"></span><noscript><img src="/b.jpg"></noscript>',
            "/b.jpg",
        ),
        ('<figure><noscript><img src="/b.jpg"></noscript></figure>', "/b.jpg"),
        ('<div data-bg="/b.jpg"></div><noscript><img src="/b.jpg"></noscript>', "/b.jpg"),
        ('<noscript><img src="/b.jpg" alt="Chợ phiên"></noscript>', "/b.jpg"),
    ],
)
def test_a_picture_is_taken_in_the_largest_form_that_the_page_offers(html: str, url: str) -> None:
    fragment = read_fragment(f"<p>Một.</p>{html}<p>Hai.</p>", "https://huyen.example/tin/a/")
    assert [image.url for image in fragment.images] == [f"https://huyen.example{url}"]
    figures = [block.html for block in fragment.blocks if block.kind == "figure"]
    assert len(figures) == 1
    assert f'src="https://huyen.example{url}"' in figures[0]


@pytest.mark.parametrize(
    ("html", "thumbnail"),
    [
        ('<img src="/a.jpg">', None),
        ('<img src="/a.jpg" srcset="/a.jpg 900w, /b.jpg 300w">', None),
        ('<a href="/to.jpg"><img src="/a.jpg"></a>', "/a.jpg"),
        ('<img src="/a.jpg" srcset="/a.jpg 300w, /b.jpg 900w">', "/a.jpg"),
        ('<picture><source srcset="/b.webp 900w"><img src="/a.jpg"></picture>', "/a.jpg"),
        ('<img src="/a.jpg" data-src="/b.jpg">', "/a.jpg"),
        # what but holds the place of a picture
        ('<img src="/loading.gif" data-src="/b.jpg">', None),
        (f'<img src="{WHITE}" data-src="/b.jpg">', None),
        ('<img srcset="/a.jpg 300w, /b.jpg 900w">', None),
    ],
)
def test_what_the_page_itself_shows_of_a_picture_is_told(html: str, thumbnail: str | None) -> None:
    (image,) = read_fragment(html, "https://huyen.example/tin/a/").images
    assert image.thumbnail == (thumbnail and f"https://huyen.example{thumbnail}")


@pytest.mark.parametrize(
    "html",
    [
        '<img src="/spacer.gif" alt="">',
        '<img src="/loading.svg">',
        '<noscript><img src="https://dem.example/1.jpg" alt="Đếm"></noscript>',
        '<noscript><img src="/1.jpg" width="1" height="1" alt="Đếm"></noscript>',
    ],
)
def test_what_holds_the_place_of_a_picture_or_counts_is_none(html: str) -> None:
    assert read(f"<p>Một.</p>{html}<p>Hai.</p>").images == ()


def test_the_caption_of_a_picture_that_only_a_script_knows_is_kept() -> None:
    html = '<figure><img src="/loading.gif"><figcaption>Lễ ra quân.</figcaption></figure>'
    assert texts(html) == ["Lễ ra quân."]


def test_the_caption_below_a_picture_that_stands_elsewhere_too_is_its_caption() -> None:
    html = "<img src='/a.jpg'><p>Một.</p><p><img src='/a.jpg'></p><p><em>Chú thích.</em></p>"
    fragment = read(html)
    assert captions(html) == [("/a.jpg", "Chú thích.")]
    assert sum("<figcaption>Chú thích.</figcaption>" in b.html for b in fragment.blocks) == 1
    assert texts(html) == ["Một."]


def test_a_picture_that_has_a_caption_in_one_of_its_places_has_it() -> None:
    html = (
        "<figure><img src='/a.jpg'></figure><p>Một.</p>"
        "<figure><img src='/a.jpg'><figcaption>Chú thích.</figcaption></figure>"
    )
    assert captions(html) == [("/a.jpg", None), ("/a.jpg", "Chú thích.")]


def test_a_picture_with_two_captions_is_shown_with_both() -> None:
    html = "".join(
        f"<figure><img src='/a.jpg'><figcaption>{caption}</figcaption></figure>"
        for caption in ("Trước lễ.", "Sau lễ.", "Trước lễ.")
    )
    assert captions(html) == [("/a.jpg", "Trước lễ."), ("/a.jpg", "Sau lễ.")]


@pytest.mark.parametrize(
    "html",
    [
        "<figure><img src='/a.jpg'><figcaption>Chợ phiên. <span class='caption-credit'>Ảnh: Hà"
        "</span></figcaption></figure>",
        "<figure><img src='/a.jpg'><figcaption><p>Chợ phiên.</p><p class='credit'>Ảnh: Hà</p>"
        "</figcaption></figure>",
        "<div class='wp-caption'><img src='/a.jpg'><p class='wp-caption-text'>Chợ phiên. "
        "<cite class='photo-caption'>Ảnh: Hà</cite></p></div>",
    ],
)
def test_a_credit_is_a_part_of_its_caption(html: str) -> None:
    assert captions(html) == [("/a.jpg", "Chợ phiên. Ảnh: Hà")]
    assert texts(html) == []


def test_the_caption_that_a_link_shows_with_the_larger_form() -> None:
    html = "<figure><a href='/to.jpg' data-caption='Cầu mới.'><img src='/a.jpg'></a></figure>"
    assert captions(html) == [("/to.jpg", "Cầu mới.")]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hạn <del>20/4</del> <ins>25/4</ins>.</p>", "Hạn  25/4."),
        ("<p>Hạn <s>20/4</s> 25/4.</p>", "Hạn  25/4."),
        ("<p>Hạn <strike>20/4</strike> 25/4.</p>", "Hạn  25/4."),
        ("<p>Hạn <span style='text-decoration: line-through'>20/4</span> 25/4.</p>", "Hạn  25/4."),
        ("<p>Hạn <b style='text-decoration:line-through red'>2<i>0</i></b>25.</p>", "Hạn 25."),
        ("<del><p>Bãi bỏ.</p></del><p>Văn bản còn lại có hiệu lực.</p>",
         "Văn bản còn lại có hiệu lực."),
        ("<ul><li><del>Xã Tả</del></li><li>Xã Hữu</li></ul><p>Hai xã.</p>", "- Xã Hữu\n\nHai xã."),
        ("<ins><p>Bổ sung.</p></ins><p>Hết.</p>", "Bổ sung.\n\nHết."),
        ("<ins class='adsbygoogle' data-ad-slot='1'><p>Mua!</p></ins><p>Hết.</p>", "Hết."),
    ],
)  # fmt: skip
def test_what_was_struck_out_is_no_text_and_what_was_inserted_is(html: str, text: str) -> None:
    assert "\n\n".join(texts(html)) == text


def test_what_was_struck_out_is_shown_as_such() -> None:
    (block,) = read("<p>Hạn <strike>20/4</strike> 25/4.</p>").blocks
    assert "<del>20/4</del>" in block.html


def test_a_text_that_is_struck_out_whole_stays_text() -> None:
    assert texts("<s><p>Thông báo số 5.</p><p>Chợ nghỉ.</p></s>") == [
        "Thông báo số 5.",
        "Chợ nghỉ.",
    ]


def test_the_cells_of_a_table_without_rows_are_text() -> None:
    assert texts("<table><td>Xã<td>Số hộ<tr><td>Tả Lèng<td>120</table>") == [
        "Xã | Số hộ\nTả Lèng | 120"
    ]


FIELDS = '<input type="hidden" name="__VIEWSTATE" value="x"><input type="submit" value="Gửi">'
PROSE = "Bà con các bản trong xã đã góp công làm xong con đường liên thôn trước mùa mưa. "


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<form>{FIELDS}<p>Đường mới.</p></form>", ["Đường mới."]),
        (f"<p>{PROSE * 4}</p><form>{FIELDS}<p>{PROSE}</p></form>", [PROSE * 4, PROSE]),
        (
            f"<p>{PROSE}</p><form><label>Tên</label><input name='t'><p>Bắt buộc *</p></form>",
            [PROSE],
        ),
        (
            f"<form><p>{PROSE * 3}</p><label>Tìm kiếm</label><input name='q'></form>",
            [PROSE * 3],
        ),
        (
            f"<p>{PROSE * 3}</p><form><p>Địa chỉ thư của bạn sẽ không được hiện ra cho ai.</p>"
            "<textarea></textarea></form>",
            [PROSE * 3],
        ),
    ],
)
def test_prose_in_a_form_is_text_and_what_is_filled_in_is_not(
    html: str, expected: list[str]
) -> None:
    assert texts(html) == [text.strip() for text in expected]


@pytest.mark.parametrize(
    ("html", "is_text"),
    [
        ("<p><a href='/x'>Xem chi tiết tại đây</a></p>", False),
        ("<p>Mời bạn đọc xem toàn văn <a href='/x.pdf'>tại đây</a>.</p>", False),
        ("<p>&gt;&gt; <a href='/x'>Xem tiếp</a></p>", False),
        ("<p><a href='/x.doc'>Tải về</a></p>", False),
        ("<p>Xem chi tiết tại đây</p>", True),
        ("<p><a href='/x'>Xem Quyết định số 5 tại đây</a></p>", True),
        ("<p>Chợ họp <a href='/x'>tại đây</a> mỗi tuần.</p>", True),
    ],
)
def test_what_only_leads_on_is_no_text_but_stays(html: str, is_text: bool) -> None:
    fragment = read(f"<p>Một.</p>{html}")
    assert (len([b for b in fragment.blocks if b.text]) == 2) is is_text
    assert len(fragment.blocks) == 2


def test_a_picture_that_is_shown_in_two_forms_is_one() -> None:
    small = '<p><a href="/to.jpg"><img src="/{}.jpg"></a></p>'
    html = small.format("a") + small.format("b")
    (image,) = read_fragment(html, "https://huyen.example/tin/a/").images
    assert image.thumbnail == "https://huyen.example/a.jpg"


def test_each_twin_goes_to_its_own_picture() -> None:
    html = "".join(
        f'<p><noscript><img src="/{n}.jpg"></noscript><img src="{WHITE}" alt="{n}"></p>'
        for n in "abc"
    )
    fragment = read_fragment(html.replace("</p><p>", ""), "https://huyen.example/")
    assert [(i.url[-5:], i.alt) for i in fragment.images] == [(f"{n}.jpg", n) for n in "abc"]


def test_pictures_in_one_link_are_all_kept() -> None:
    html = '<a href="/to.jpg"><img src="/a.jpg"><img src="/b.jpg"></a>'
    assert captions(html) == [("/a.jpg", None), ("/b.jpg", None)]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<img src="/a.jpg"><p>Lễ ra quân diễn ra tại xã.</p>', "Lễ ra quân diễn ra tại xã."),
        (f'<img src="/a.jpg"><p align="center">{LONG}</p>', LONG.strip()),
        (f'<img src="/a.jpg"><p><em>{LONG}</em></p>', LONG.strip()),
        ('<img src="/a.jpg"><p><em>Lễ</em> ra quân.</p>', "Lễ ra quân."),
        ("<p><em>Ban Biên tập</em></p>", "Ban Biên tập"),
        (f'<table><tr><td><img src="/a.jpg"></td><td>{LONG}</td></tr></table>', LONG.strip()),
        (f'<figure><img src="/a.jpg"><p>{LONG}</p></figure>', LONG.strip()),
    ],
)
def test_text_beside_a_picture_that_is_no_caption(html: str, text: str) -> None:
    blocks = [block for block in read(html).blocks if block.kind != "figure"]
    assert "".join(block.text for block in blocks).strip(" |") == text
    assert all(image.caption is None for image in read(html).images)


def test_a_figure_loses_no_words() -> None:
    fragment = read(
        '<figure><img src="/a.jpg"><p>Chương trình: 8 giờ.</p>'
        "<figcaption>Lễ ra quân</figcaption></figure>"
    )
    assert [block.text for block in fragment.blocks if block.text] == [
        "Chương trình: 8 giờ.",
        "Lễ ra quân",
    ]


def test_pictures_in_a_table_of_data_stay_there_and_are_noted() -> None:
    fragment = read(
        "<table><tr><td>Xã</td><td>Ảnh</td><td>Diện tích</td></tr><tr><td>Nghĩa Tá</td>"
        '<td><img src="data:," data-src="/a.jpg" alt="Toàn cảnh" onload="x()"></td>'
        "<td>40 ha</td></tr></table>"
    )
    assert list(fragment.images) == [Image(f"{SITE}/a.jpg", None, "Toàn cảnh")]
    (block,) = fragment.blocks
    assert block.text == "Xã | Ảnh | Diện tích\nNghĩa Tá |  | 40 ha"
    assert f'<td><img alt="Toàn cảnh" src="{SITE}/a.jpg"/></td>' in block.html


def test_what_a_picture_says_of_itself() -> None:
    fragment = read('<img src="/a.jpg" alt=" Lễ ra quân " width="696px" height="464">')
    assert list(fragment.images) == [Image(f"{SITE}/a.jpg", None, "Lễ ra quân", 696, 464)]
    assert fragment.blocks[0].html == (
        f'<figure><img src="{SITE}/a.jpg" alt="Lễ ra quân" width="696" height="464"></figure>'
    )


@pytest.mark.parametrize("size", ["100%", "auto", "", "0", "-1", "9999999", "²"])
def test_a_size_that_is_none(size: str) -> None:
    (image,) = read(f'<img src="/a.jpg" width="{size}">').images
    assert image.width is None


def test_words_of_a_picture_cannot_break_out_of_its_html() -> None:
    fragment = read(
        "<figure><img src='/a.jpg?\"' alt='\"><script>'>"
        "<figcaption>&lt;script&gt;x()&lt;/script&gt;</figcaption></figure>"
    )
    assert "<script" not in fragment.blocks[0].html


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ('<iframe src="https://www.youtube.com/embed/x"></iframe>', "https://www.youtube.com/embed/x"),
        ('<p><iframe src="//video.example/1"></iframe></p>', "https://video.example/1"),
        ('<iframe src="about:blank" data-src="/xem/1"></iframe>', f"{SITE}/xem/1"),
        ('<video src="/phim.mp4" controls></video>', f"{SITE}/phim.mp4"),
        ('<video><source src="/phim.mp4"><p>Không xem được.</p></video>', f"{SITE}/phim.mp4"),
        ('<audio><source src="/ban-tin.mp3"></audio>', f"{SITE}/ban-tin.mp3"),
        ('<object data="/phim.swf"><embed src="/phim.swf"></object>', f"{SITE}/phim.swf"),
        ('<figure><div><iframe src="/xem"></iframe></div></figure>', f"{SITE}/xem"),
    ],
)  # fmt: skip
def test_embeds_become_links(html: str, url: str) -> None:
    (block,) = read(html).blocks
    assert (block.kind, block.text) == ("embed", "")
    assert block.html == f'<p><a href="{url}">{url}</a></p>'


@pytest.mark.parametrize(
    "html", ["<iframe></iframe>", '<iframe src="javascript:x()"></iframe>', "<video></video>"]
)
def test_embeds_of_nothing(html: str) -> None:
    assert read(html) == Fragment()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<p>Xem <a href="/tep/ke-hoach.pdf">Kế hoạch</a>.</p>',
            [("/tep/ke-hoach.pdf", "Kế hoạch")],
        ),
        ('<a href="/a.DOCX?v=1">Mẫu đơn</a>', [("/a.DOCX?v=1", "Mẫu đơn")]),
        ('<a href="/a.xls"></a>', [("/a.xls", None)]),
        ('<a href="/a.pdf">Một</a> <a href="/a.pdf">Hai</a>', [("/a.pdf", "Một")]),
        ('<a href="/a.pdf"></a> <a href="/a.pdf">Tải về</a>', [("/a.pdf", "Tải về")]),
        (
            '<div class="wp-block-file"><a href="/a.pdf">Quyết định</a>'
            '<a href="/a.pdf" class="wp-block-file__button" download>Tải về</a></div>',
            [("/a.pdf", "Quyết định")],
        ),
        (
            '<div class="wp-block-file"><object data="/a.pdf"></object>'
            '<a href="/a.pdf">Quyết định</a></div>',
            [("/a.pdf", "Quyết định")],
        ),
        ('<iframe src="/a.pdf"></iframe>', [("/a.pdf", None)]),
        ('<ul><li><a href="/a.zip">Một</a></li><li><a href="/b.rar">Hai</a></li></ul>',
         [("/a.zip", "Một"), ("/b.rar", "Hai")]),
        ('<a href="/tin-tuc/pdf/">Không phải tệp</a>', []),
        ('<a href="/?tep=a.pdf">Không biết</a>', []),
        ('<p hidden><a href="/an.pdf">Ẩn</a></p>', []),
        # recordings
        ('<video src="/a.mp4"></video>', [("/a.mp4", None)]),
        ('<video controls><source src="/phat?id=3"></video>', [("/phat?id=3", None)]),
        ('<audio><source src="/a.mp3?_=1"><a href="/a.mp3">/a.mp3</a></audio>', [("/a.mp3", None)]),
        ('<amp-audio src="/a.mp3"></amp-audio>', [("/a.mp3", None)]),
        ('<a href="/a.mp4">Phim</a>', [("/a.mp4", "Phim")]),
        ('<object><param name="URL" value="/a.wmv"><embed src="/a.wmv"></object>',
         [("/a.wmv", None)]),
        # what says itself that it gives a file
        ('<embed src="/tep?id=3" type="application/pdf">', [("/tep?id=3", None)]),
        ('<a href="/tep?id=3" download>Biểu mẫu</a>', [("/tep?id=3", "Biểu mẫu")]),
        ('<a href="/tep?id=3">Mau-01.docx</a>', [("/tep?id=3", "Mau-01.docx")]),
        ('<div class="_df_book" source="/a.pdf"></div>', [("/a.pdf", None)]),
        ('<a href="/to.jpg" download><img src="/a.jpg"></a>', []),
    ],
)  # fmt: skip
def test_attachments(html: str, expected: list[tuple[str, str | None]]) -> None:
    assert list(read(html).attachments) == [
        Attachment(SITE + path, label) for path, label in expected
    ]


def test_the_button_of_a_file_is_no_text() -> None:
    html = (
        '<div class="wp-block-file"><a href="/a.pdf">Quyết định</a>'
        '<a href="/a.pdf" class="wp-block-file__button">Tải về</a></div>'
    )
    assert told(html) == [("paragraph", "Quyết định")]


def test_links_become_absolute() -> None:
    (block,) = read(
        '<p><a href="../x/?utm_source=z#y">Một</a> <a href="javascript:x()">Hai</a> '
        '<a href=" JavaScript:x()">Ba</a> <a name="neo">Bốn</a></p>'
    ).blocks
    assert block.html == (
        f'<p><a href="{SITE}/tin-tuc/x/">Một</a> <a>Hai</a> <a>Ba</a> <a name="neo">Bốn</a></p>'
    )


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "ul", "li", "table", "span", "em"])
def test_any_depth_is_read(tag: str) -> None:
    fragment = read_fragment("<img src=/a.jpg>" + f"<{tag}>" * 9000 + "Chữ" + LONG, PAGE)
    assert "Chữ" in "".join(block.text for block in fragment.blocks)


@given(any_html)
def test_any_fragment_is_read(html: str) -> None:
    fragment = read(html)
    for block in fragment.blocks:
        assert block.html
        assert (block.kind in ("figure", "embed")) == (not block.text.strip())
    assert all(image.url.startswith("http") for image in fragment.images)


@given(any_html)
def test_no_words_are_lost(html: str) -> None:
    soup = BeautifulSoup(f"<div>{html}</div>", "lxml")
    for unseen in soup.css.select("script, style, svg, iframe, [hidden]"):
        unseen.decompose()
    fragment = read(html)
    said = [block.text for block in fragment.blocks]
    said += [image.caption or "" for image in fragment.images]
    together = "".join("".join(said).split())
    for string in soup.find_all(string=lambda s: not isinstance(s, Comment)):
        assert all(word in together for word in string.split())


TEASER = "<a rel='bookmark' href='/tin/khac/'>Khai giảng năm học mới</a>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<p>Một.</p><ul><li>{TEASER}</li><li><p>{TEASER}</p></li></ul>", ["Một."]),
        (f"<p>Một.</p><p><strong>{TEASER}</strong></p><p>Hai.</p>", ["Một.", "Hai."]),
        # in a sentence, and where nothing says that it is another article, it is the author's
        (f"<p>Xem {TEASER} hôm qua.</p>", ["Xem Khai giảng năm học mới hôm qua."]),
        ("<p><a href='/tin/khac/'>Khai giảng</a></p>", ["Khai giảng"]),
        (f"<ul><li>Hai, {TEASER}</li></ul>", ["- Hai, Khai giảng năm học mới"]),
        (f"<h2>{TEASER}</h2><p>Một.</p>", ["Khai giảng năm học mới", "Một."]),
    ],
)
def test_items_that_are_the_title_of_another_article_alone_are_no_text(
    html: str, expected: list[str]
) -> None:
    assert texts(html) == expected
