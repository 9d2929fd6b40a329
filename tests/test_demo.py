"""The demo portal: its pages say what its record says, and it serves what WordPress does."""

import ast
import json
import re
import socket
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

import demo
from demo.district import TIMEZONE
from demo.encoding import encode
from demo.faults import Fault, Faults
from demo.media import dimensions, document, picture
from demo.portal import Portal, Post
from demo.posts import PostError, parse_body, parse_post
from demo.routes import respond
from demo.server import Server, serving

SAMPLES = r"""
[[post]]
slug = "cho-phien-na-pan"
title = "Chợ phiên Nà Pản họp lại sau Tết"
date = 2021-03-01T08:30:00+07:00
category = "Kinh tế - Xã hội"
author = "Tổ Thông tin"
tags = ["chợ phiên"]
lead = "Sau hai tháng nghỉ, chợ đông trở lại."
body = '''
Sáng sớm, **hàng trăm** người đã đến [chợ](https://khuoisao.example/gioi-thieu/).\
Ai cũng vui.

## Hàng hóa

- Rau rừng
- Mật ong

1. Gà
2. Vịt

> Năm nay chợ vui hơn.

| Mặt hàng | Giá |
| Mật ong | 150.000 đồng |

![Chợ](cho.jpg "Một góc chợ")

[Thông báo số 04/TB-UBND](tb-04.pdf)
'''

[[post]]
slug = "bau-cu"
title = "Bầu cử ở xã Hạ Sao"
date = 2021-05-23T07:00:00+07:00
category = "Thông báo"
traps = ["tdb"]
body = "Cử tri đi bầu từ sáng sớm."

[[post]]
slug = "tong-ket-nam"
title = "Tổng kết năm 2022 – 2023"
date = 2023-01-05T16:00:00+07:00
modified = 2023-01-06T08:00:00+07:00
category = "Thông báo"
body = '''
Hội nghị tổng kết.

![](a.jpg "Ảnh một")
![](b.png "")
'''
"""

TEXT = """\
Sáng sớm, hàng trăm người đã đến chợ.
Ai cũng vui.

Hàng hóa

- Rau rừng
- Mật ong

1. Gà
2. Vịt

Năm nay chợ vui hơn.

Mặt hàng | Giá
Mật ong | 150.000 đồng

Thông báo số 04/TB-UBND"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2021.toml").write_text(SAMPLES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with serving(Portal.from_folder(folder)) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def embedded() -> Iterator[tuple[Portal, httpx.Client]]:
    portal = Portal.embedded()
    with serving(portal) as running, httpx.Client(base_url=running.url) as visitor:
        yield portal, visitor


def page_of(client: httpx.Client, path: str) -> LexborHTMLParser:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return LexborHTMLParser(answer.text)


def neighbours(page: LexborHTMLParser) -> tuple[str | None, str | None]:
    """The paths that the neighbour block of a page links to, whichever the template."""
    found = []
    for cell in (".td-post-prev-post, .tdb-post-prev", ".td-post-next-post, .tdb-post-next"):
        link = page.css_first(", ".join(f"{part} a" for part in cell.split(", ")))
        address = link.attributes["href"] if link else None
        found.append("/" + address.split("/", 3)[3] if address else None)
    return found[0], found[1]


def letters(text: str) -> str:
    """A text without anything that markup, spacing and normal form can change."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFC", text).replace("&nbsp;", ""))


# Reading the posts


def test_record_of_a_post(folder: Path) -> None:
    post = Portal.from_folder(folder).posts[0]
    assert post.text == TEXT
    assert post.path == "/cho-phien-na-pan/"
    assert post.published_at == datetime(2021, 3, 1, 8, 30, tzinfo=TIMEZONE)
    assert [(i.path, i.alt, i.caption) for i in post.images] == [
        ("/wp-content/uploads/2021/03/cho.jpg", "Chợ", "Một góc chợ")
    ]
    assert [(a.path, a.label) for a in post.attachments] == [
        ("/wp-content/uploads/2021/03/tb-04.pdf", "Thông báo số 04/TB-UBND")
    ]


def test_decomposed_source_gives_a_composed_record() -> None:
    text = "Huyện Khuổi Sao"
    (block,) = parse_body(unicodedata.normalize("NFD", text))
    assert block == parse_body(text)[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slug": "Có dấu"}, 'slug is "Có dấu"; use a-z, 0-9 and single hyphens'),
        ({"slug": "gioi-thieu"}, "is the address of a static page"),
        ({"title": ""}, "title is empty"),
        ({"date": "2021"}, "date is '2021'; give a date and time with offset"),
        ({"date": datetime(2021, 1, 1)}, "without an offset"),
        ({"category": "Tin"}, 'category is "Tin"; known: Tin tức - Sự kiện'),
        ({"status": "pending"}, 'status is "pending"; known: publish, draft, private'),
        ({"tags": "một"}, "tags is 'một'; give a list of texts"),
        ({"traps": ["nfc"]}, 'traps has unknown "nfc"; known: repeat:N'),
        ({"traps": ["repeat:3"]}, 'has "repeat:3"; the post has 2 paragraphs, so 1 to 2'),
        ({"traps": ["glue:2"]}, 'has "glue:2"; the post has 2 paragraphs, so 1 to 1'),
        ({"traps": ["doubled_lead"]}, "has no lead"),
        ({"traps": ["caption_paragraph"]}, "the first picture no caption"),
        ({"autor": "x"}, "autor is unknown; known: slug, title"),
    ],
)
def test_wrong_posts_are_refused(change: dict[str, object], message: str) -> None:
    good = {
        "slug": "bai",
        "title": "Bài",
        "date": datetime(2021, 1, 1, tzinfo=TIMEZONE),
        "category": "Thông báo",
        "body": "Một.\n\nHai.",
    }
    parse_post(good)
    with pytest.raises(PostError, match=re.escape(message)) as error:
        parse_post(good | change, "2021.toml: post 3")
    assert str(error.value).startswith("2021.toml: post 3 (")


def test_wrong_files_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "2022.toml").write_text(SAMPLES, encoding="utf-8")
    with pytest.raises(PostError, match=r'2022\.toml: two posts have the slug "cho-phien-na-pan"'):
        Portal.from_folder(folder)
    (folder / "2022.toml").write_text("[[post", encoding="utf-8")
    with pytest.raises(PostError, match=r"2022\.toml: not valid TOML"):
        Portal.from_folder(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(PostError, match="no posts there"):
        Portal.from_folder(tmp_path / "empty")


# The chain


def test_posts_of_one_date_skip_each_other() -> None:
    portal = Portal([])
    same = datetime(2020, 1, 2, tzinfo=TIMEZONE)
    dates = {"a": datetime(2020, 1, 1, tzinfo=TIMEZONE), "b": same, "c": same, "d": same}
    dates["e"] = datetime(2020, 1, 3, tzinfo=TIMEZONE)
    for slug, day in dates.items():
        portal.add(slug=slug, title=slug, date=day, category="Thông báo", body="Tin.")
    a, b, c, _, e = portal.posts
    assert (portal.next(a), portal.previous(e)) == (b, portal.get("d"))
    assert (portal.previous(c), portal.next(c)) == (a, e)
    assert (portal.previous(a), portal.next(e)) == (None, None)


def test_chain_of_the_embedded_portal(embedded: tuple[Portal, httpx.Client]) -> None:
    portal, client = embedded
    paths = [post.path for post in portal.posts]
    links = [neighbours(page_of(client, path)) for path in paths]
    assert links == list(zip([None, *paths[:-1]], [*paths[1:], None], strict=True))


def test_home_leads_to_the_newest_post(embedded: tuple[Portal, httpx.Client]) -> None:
    portal, client = embedded
    assert f'{portal.newest[0].path}"' in client.get("/").text


# Pages


def test_pages_say_what_the_record_says(embedded: tuple[Portal, httpx.Client]) -> None:
    portal, client = embedded
    for post in portal.posts:
        page = page_of(client, post.path)
        title = page.css_first("h1.entry-title, h1.tdb-title-text")
        assert title is not None
        assert unicodedata.normalize("NFC", title.text()) == post.title
        time = page.css_first("article time.entry-date.updated.td-module-date")
        assert time is not None
        if isinstance(post.published_at, datetime):
            assert time.attributes["datetime"] == post.published_at.isoformat()
        content = page.css_first(".td-post-content")
        assert content is not None
        for node in content.css(".td-post-sharing-inside, .td_block_related_posts"):
            node.decompose()
        sources = [node.attributes["src"] or "" for node in content.css("img")]
        assert ["/" + source.split("/", 3)[3] for source in sources] == [
            image.path for image in post.images
        ]
        captions = [node.text().strip() for node in content.css("figcaption")]
        for node in content.css("figcaption, .wp-block-file__button"):
            node.decompose()
        if adds_text(post):
            continue
        assert [unicodedata.normalize("NFC", caption) for caption in captions] == [
            image.caption for image in post.images if image.caption
        ] or set(post.traps) & {"nbsp", "zerowidth", "literal_entities"}
        items = re.compile(r"^(?:- |\d+\. )", re.MULTILINE)
        shown, recorded = letters(content.text()), items.sub("", post.text)
        assert shown in (letters(recorded), letters(post.text)), post.slug


def adds_text(post: Post) -> bool:
    names = {trap.partition(":")[0] for trap in post.traps}
    return bool(names & {"repeat", "glue", "doubled_lead", "caption_paragraph"})


PARAGRAPHS = "Đoạn một khá dài.\n\nĐoạn hai khá dài.\n\nĐoạn ba.\n\nĐoạn bốn."


def trapped(*traps: str, **keys: object) -> LexborHTMLParser:
    """The article that a post with these traps is rendered as."""
    portal = Portal([])
    post = portal.add(
        **{"slug": "bai", "title": "Bài ở Khuổi Sao", "category": "Thông báo"}
        | {"date": datetime(2022, 1, 14, 9, 5, tzinfo=TIMEZONE), "body": PARAGRAPHS}
        | {"traps": list(traps)}
        | keys
    )
    page = respond(portal, Faults(), "http://127.0.0.1", post.path, {}).body
    article = LexborHTMLParser(page).css_first("article")
    assert article is not None
    return LexborHTMLParser(article.html or "")


def paragraphs(page: LexborHTMLParser) -> list[str]:
    return [node.text() for node in page.css(".td-post-content p")]


def test_trap_repeat() -> None:
    assert paragraphs(trapped("repeat:1"))[3] == "Đoạn một khá dài."


def test_trap_glue() -> None:
    assert paragraphs(trapped("glue:1"))[2] == "Đoạn ba.Đoạn một khá dài."


def test_trap_nfd() -> None:
    page = trapped("nfd")
    title = page.css_first("h1")
    assert title is not None
    assert title.text() == unicodedata.normalize("NFD", "Bài ở Khuổi Sao")
    assert paragraphs(page)[0] == unicodedata.normalize("NFD", "Đoạn một khá dài.")


@pytest.mark.parametrize(
    ("trap", "sign"),
    [("nbsp", "\xa0"), ("nbsp", "  "), ("zerowidth", "\u200b"), ("literal_entities", "&nbsp;")],
)
def test_traps_of_spacing(trap: str, sign: str) -> None:
    page = trapped(trap, body="Đồng bào các dân tộc trong huyện " * 10)
    shown = "".join(paragraphs(page))
    assert sign in shown
    assert letters(shown) == letters("Đồng bào các dân tộc trong huyện " * 10)


def test_trap_caption_paragraph() -> None:
    page = trapped("caption_paragraph", body='Một.\n\n![](a.jpg "Bà con đi chợ")')
    assert page.css_first("figcaption") is None
    assert paragraphs(page)[-1] == "Bà con đi chợ"


def test_trap_doubled_lead() -> None:
    page = trapped("doubled_lead", lead="Tóm tắt.")
    lead = page.css_first(".td-post-sub-title")
    assert lead is not None
    assert lead.text() == paragraphs(page)[0] == "Tóm tắt."


def test_trap_no_datetime() -> None:
    page = trapped("no_datetime")
    time = page.css_first("time")
    assert time is not None
    assert time.text() == "14 Tháng Một, 2022"
    assert "09:05" not in (page.html or "")
    post = Portal([]).add(
        slug="bai",
        title="Bài",
        date=datetime(2022, 1, 14, 9, 5, tzinfo=TIMEZONE),
        category="Thông báo",
        body="Tin.",
        traps=["no_datetime"],
    )
    assert post.published_at == date(2022, 1, 14)
    assert post.modified_at is None


@pytest.mark.parametrize(
    ("trap", "block"),
    [("share_inside", ".td-post-sharing"), ("related_inside", ".td_block_related_posts")],
)
def test_traps_of_the_theme(trap: str, block: str) -> None:
    assert trapped(trap).css_first(f".td-post-content {block}") is not None
    assert trapped().css_first(f".td-post-content {block}") is None


def test_ends_of_the_chain_leave_their_cell_empty(client: httpx.Client) -> None:
    page = page_of(client, "/cho-phien-na-pan/")
    cell = page.css_first(".td-post-prev-post")
    assert cell is not None
    assert cell.html == '<div class="td-block-span6 td-post-prev-post"></div>'
    assert neighbours(page) == (None, "/bau-cu/")


def test_pages_change_on_every_fetch_unless_still(server: Server, client: httpx.Client) -> None:
    path = "/bau-cu/"
    first, second = client.get(path).text, client.get(path).text
    assert first != second
    views = re.compile(r'class="td-nr-views-\d+">(\d+)<')
    assert int(views.findall(second)[0]) == int(views.findall(first)[0]) + 1
    server.faults.counter = False
    assert client.get(path).content == client.get(path).content
    assert client.get("/").content == client.get("/").content


# What WordPress serves besides


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/bau-cu", "/bau-cu/"),
        ("/?p=120", "/bau-cu/"),
        ("/?page_id=2", "/gioi-thieu/"),
        ("/gioi-thieu", "/gioi-thieu/"),
        ("/category/thong-bao", "/category/thong-bao/"),
        ("/page/1/", "/"),
        ("/feed", "/feed/"),
        ("/tong-ket/", "/tong-ket-nam/"),
    ],
)
def test_redirects(client: httpx.Client, target: str, location: str) -> None:
    answer = client.get(target)
    assert answer.status_code == 301
    assert answer.headers["location"] == str(client.base_url.join(location))


@pytest.mark.parametrize(
    "target",
    ["/khong-co/", "/?p=9", "/page/2/", "/category/khong/", "/feed/?paged=2", "/wp-sitemap-9.xml"],
)
def test_missing_pages(client: httpx.Client, target: str) -> None:
    assert client.get(target).status_code == 404


def test_drafts_are_nowhere(server: Server, client: httpx.Client) -> None:
    post = server.portal.edit("bau-cu", status="draft")
    for target in (post.path, f"/?p={post.id}", f"/wp-json/wp/v2/posts/{post.id}"):
        assert client.get(target).status_code == 404
    for target in ("/", "/feed/", "/wp-sitemap-posts-post-1.xml", "/wp-json/wp/v2/posts"):
        assert post.slug not in client.get(target).text
    assert neighbours(page_of(client, "/cho-phien-na-pan/"))[1] == "/tong-ket-nam/"


def test_feed_and_its_validators(server: Server, client: httpx.Client) -> None:
    answer = client.get("/feed/")
    items = ElementTree.fromstring(answer.content).findall("./channel/item")
    assert [item.findtext("link", "")[len(server.url) :] for item in items] == [
        post.path for post in server.portal.newest
    ]
    etag, changed = answer.headers["etag"], answer.headers["last-modified"]
    assert changed == "Fri, 06 Jan 2023 01:00:00 GMT"
    for headers in ({"if-none-match": etag}, {"if-modified-since": changed}):
        fresh = client.get("/feed/", headers=headers)
        assert (fresh.status_code, fresh.content) == (304, b"")
    both = {"if-none-match": '"old"', "if-modified-since": changed}
    assert client.get("/feed/", headers=both).status_code == 200
    server.portal.edit("bau-cu", title="Đổi tên")
    assert client.get("/feed/", headers={"if-none-match": etag}).status_code == 200


def test_sitemap_has_2000_addresses_a_file() -> None:
    with serving(Portal.scaled(4_100), Faults()) as running, httpx.Client() as client:
        index = client.get(running.url + "/wp-sitemap.xml").text
        parts = re.findall(r"<loc>(.*?wp-sitemap-posts-post-\d+\.xml)</loc>", index)
        counts = [client.get(part).text.count("<loc>") for part in parts]
        assert counts == [2_000, 2_000, 100]
        running.faults.sitemap_cap = 30
        assert client.get(parts[0]).text.count("<loc>") == 30
        running.faults.sitemap = False
        assert client.get(parts[0]).status_code == 404
        assert "Sitemap" not in client.get(running.url + "/robots.txt").text


def test_rest_lists_posts(server: Server, client: httpx.Client) -> None:
    answer = client.get("/wp-json/wp/v2/posts", params={"per_page": 2, "orderby": "modified"})
    assert answer.headers["x-wp-total"] == "3"
    assert answer.headers["x-wp-totalpages"] == "2"
    newest, _ = answer.json()
    assert newest["link"] == server.url + "/tong-ket-nam/"
    assert newest["date"] == "2023-01-05T16:00:00"
    assert newest["modified_gmt"] == "2023-01-06T01:00:00"
    assert newest["title"]["rendered"] == "Tổng kết năm 2022 &#8211; 2023"
    assert '<figcaption class="wp-element-caption">Ảnh một' in newest["content"]["rendered"]


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("page=2&per_page=2", ["cho-phien-na-pan"]),
        ("order=asc&orderby=date", ["cho-phien-na-pan", "bau-cu", "tong-ket-nam"]),
        ("after=2021-05-23T07:00:00", ["tong-ket-nam"]),
        ("before=2021-05-23T00:00:00Z", ["cho-phien-na-pan"]),
        ("modified_after=2023-01-05T20:00:00", ["tong-ket-nam"]),
        ("slug=bau-cu", ["bau-cu"]),
        ("categories=3", ["cho-phien-na-pan"]),
        ("exclude=100,140", ["bau-cu"]),
    ],
)
def test_rest_selects_posts(client: httpx.Client, query: str, slugs: list[str]) -> None:
    answer = client.get(f"/wp-json/wp/v2/posts?_fields=slug&{query}")
    assert answer.json() == [{"slug": slug} for slug in slugs]


@pytest.mark.parametrize(
    "query", ["per_page=101", "page=2", "page=0", "orderby=x", "after=x", "status=draft"]
)
def test_rest_refuses_bad_parameters(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/wp-json/wp/v2/posts?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("rest_")


def test_rest_names_what_numbers_mean(client: httpx.Client) -> None:
    post = client.get("/wp-json/wp/v2/posts/100?_embed").json()
    assert post["_embedded"]["author"][0]["name"] == "Tổ Thông tin"
    names = [[term["name"] for term in terms] for terms in post["_embedded"]["wp:term"]]
    assert names == [["Kinh tế - Xã hội"], ["chợ phiên"]]
    for kind in ("categories", "tags", "users"):
        (number,) = post[kind] if kind != "users" else [post["author"]]
        found = client.get(f"/wp-json/wp/v2/{kind}?include={number}").json()
        assert [item["id"] for item in found] == [number]
    assert client.get("/?rest_route=/wp/v2/posts/100").json()["slug"] == "cho-phien-na-pan"


def test_pictures_and_documents_are_real(client: httpx.Client) -> None:
    png = client.get("/wp-content/uploads/2023/01/b.png")
    assert png.headers["content-type"] == "image/png"
    width, height = dimensions("b.png")
    start = png.content.index(b"IDAT")
    length = int.from_bytes(png.content[start - 4 : start], "big")
    pixels = zlib.decompress(png.content[start + 4 : start + 4 + length])
    assert len(pixels) == height * (1 + 3 * width)
    jpeg = client.get("/wp-content/uploads/2021/03/cho-300x200.jpg")
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert jpeg.content == picture("cho.jpg", 300, 200)
    assert (jpeg.content[:2], jpeg.content[-2:]) == (b"\xff\xd8", b"\xff\xd9")
    pdf = client.get("/wp-content/uploads/2021/03/tb-04.pdf").content
    assert pdf == document("tb-04")
    xref = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    assert pdf[xref : xref + 4] == b"xref"


# Changes between requests


def test_posts_come_change_and_go(server: Server, client: httpx.Client) -> None:
    portal = server.portal
    moment = datetime(2024, 2, 1, 8, tzinfo=TIMEZONE)
    portal.add(slug="moi", title="Tin mới", date=moment, category="Thông báo", body="Mới.")
    assert neighbours(page_of(client, "/tong-ket-nam/"))[1] == "/moi/"
    with pytest.raises(PostError, match='slug "moi" is there already'):
        portal.add(slug="moi", title="Tin mới", date=moment, category="Thông báo", body="Mới.")
    changed = portal.edit("moi", slug="moi-hon", body="Đã sửa.")
    assert changed.text == "Đã sửa."
    assert changed.modified is not None
    assert client.get("/moi/").headers["location"] == f"{server.url}/moi-hon/"
    assert "Đã sửa." in client.get("/moi-hon/").text
    portal.delete("moi-hon")
    assert client.get("/moi-hon/").status_code == 404
    assert neighbours(page_of(client, "/tong-ket-nam/")) == ("/bau-cu/", None)


# Faults


def test_fault_of_the_first_requests(server: Server, client: httpx.Client) -> None:
    server.faults.paths["/bau-cu/"] = Fault(status=429, retry_after=7, first=2)
    answers = [client.get("/bau-cu/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert [request.status for request in server.log] == [429, 429, 200]


def test_fault_of_one_query(server: Server, client: httpx.Client) -> None:
    server.faults.paths["/?p=120"] = Fault(status=500)
    assert client.get("/?p=120").status_code == 500
    assert client.get("/").status_code == 200


def test_redirect_and_body_on_request(server: Server, client: httpx.Client) -> None:
    server.faults.paths |= {
        "/bau-cu/": Fault(status=302, location="https://khac.example/"),
        "/gioi-thieu/": Fault(body=b"<h1>Trang web tam dung</h1>"),
    }
    assert client.get("/bau-cu/").headers["location"] == "https://khac.example/"
    assert client.get("/gioi-thieu/").content == b"<h1>Trang web tam dung</h1>"


def test_cut_connection(server: Server, client: httpx.Client) -> None:
    server.faults.paths["/bau-cu/"] = Fault(cut=0.5, first=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/bau-cu/")
    assert client.get("/bau-cu/").status_code == 200


def test_dripping_body_arrives_whole(server: Server, client: httpx.Client) -> None:
    server.faults.counter = False
    whole = client.get("/bau-cu/").content
    server.faults.everywhere = Fault(drip=100_000)
    with client.stream("GET", "/bau-cu/", headers={"accept-encoding": "identity"}) as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == whole
    assert len(pieces) > 1


def test_latency_outlasts_an_impatient_client(server: Server, client: httpx.Client) -> None:
    server.faults.everywhere = Fault(latency=60)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/", timeout=0.1)
    assert server.log[-1].status == 0


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"hide_prev": True}, (None, "/tong-ket-nam/")),
        ({"hide_next": {"bau-cu"}}, ("/cho-phien-na-pan/", None)),
        ({"hide_next": {"khac"}}, ("/cho-phien-na-pan/", "/tong-ket-nam/")),
        ({"hide_neighbours": True}, (None, None)),
    ],
)
def test_hidden_neighbours(
    folder: Path, setting: dict[str, object], expected: tuple[str | None, str | None]
) -> None:
    faults = Faults(**setting)  # type: ignore[arg-type]
    with (
        serving(Portal.from_folder(folder), faults) as running,
        httpx.Client(base_url=running.url) as client,
    ):
        page = page_of(client, "/bau-cu/")
        assert neighbours(page) == expected
        shown = page.css_first(".tdb_single_next_prev") is not None
        assert shown is ("hide_neighbours" not in setting)


@pytest.mark.parametrize(("setting", "status"), [("forbidden", 401), ("absent", 404)])
def test_rest_shut_off(folder: Path, setting: str, status: int) -> None:
    faults = Faults(rest=setting)  # type: ignore[arg-type]
    with serving(Portal.from_folder(folder), faults) as running:
        assert httpx.get(f"{running.url}/wp-json/wp/v2/posts").status_code == status


def test_feeds_off_and_robots_of_our_own(server: Server, client: httpx.Client) -> None:
    server.faults.feeds = False
    server.faults.robots = "User-agent: *\nDisallow: /\n"
    assert client.get("/feed/").status_code == 404
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_windows_1258(server: Server, client: httpx.Client) -> None:
    server.faults.encoding = "windows-1258"
    answer = client.get("/cho-phien-na-pan/")
    assert answer.headers["content-type"] == "text/html; charset=WINDOWS-1258"
    text = answer.content.decode("cp1258")
    assert "Chợ phiên Nà Pản" not in text
    assert "Chợ phiên Nà Pản" in unicodedata.normalize("NFC", text)


def test_windows_1258_has_every_vietnamese_letter() -> None:
    vowels = ("".join(part) for part in zip("aăâeêioôơuưy" * 6, "AĂÂEÊIOÔƠUƯY" * 6, strict=True))
    letters = unicodedata.normalize(
        "NFC",
        "".join(
            letter + tone
            for pair in vowels
            for letter in pair
            for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
        )
        + "đĐ",
    )
    back = encode(letters, "windows-1258").decode("cp1258")
    assert unicodedata.normalize("NFC", back) == letters


def test_wrongly_declared_charset(server: Server, client: httpx.Client) -> None:
    server.faults.charset = "iso-8859-1"
    answer = client.get("/bau-cu/")
    assert answer.headers["content-type"].endswith("charset=iso-8859-1")
    assert '<meta charset="iso-8859-1" />' in answer.text
    assert "Bầu cử" in answer.content.decode()


def test_oversize_page(server: Server, client: httpx.Client) -> None:
    server.faults.paths["/bau-cu/"] = Fault(oversize=3_000_000)
    assert len(client.get("/bau-cu/").content) == 3_000_000


def test_compression(server: Server, client: httpx.Client) -> None:
    assert client.get("/").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/", headers={"accept-encoding": "br"}).headers
    server.faults.gzip = False
    assert "content-encoding" not in client.get("/").headers


# The server


def test_log_and_methods(server: Server, client: httpx.Client) -> None:
    head = client.head("/bau-cu/", headers={"user-agent": "test"})
    assert head.status_code == 200
    assert head.content == b""
    assert client.post("/").status_code == 405
    assert [(r.method, r.target, r.status) for r in server.log] == [
        ("HEAD", "/bau-cu/", 200),
        ("POST", "/", 405),
    ]
    assert server.log[0].headers["user-agent"] == "test"
    assert server.log[0].time < server.log[1].time


def test_port_in_use(server: Server) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with (
        pytest.raises(OSError, match=f"cannot serve on 127.0.0.1:{port}: Address already in use"),
        serving(server.portal, port=port),
    ):
        pass


def test_command_says_in_one_line_what_is_wrong() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "demo", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"demo: cannot serve on 127.0.0.1:{port}")
    assert done.stderr.count("\n") == 1


# Any number of posts


def test_scaled_portal_is_the_same_every_time() -> None:
    one, other = Portal.scaled(300), Portal.scaled(300)
    assert one.posts == other.posts
    assert len({post.date for post in one.posts}) == len({post.text for post in one.posts}) == 300
    with (
        serving(one, Faults(counter=False)) as running,
        httpx.Client(base_url=running.url) as client,
    ):
        for post in one.posts[::60]:
            page = client.get(post.path)
            assert 97_000 < len(page.content) < 101_000
            assert 10_000 < int(page.headers["content-length"]) < 40_000


def test_fifty_thousand_posts_are_at_hand() -> None:
    portal = Portal.scaled(50_000)
    assert len({post.date for post in portal.posts}) == 50_000
    assert portal.next(portal.posts[0]) == portal.posts[1]


def test_demo_is_an_independent_witness() -> None:
    ours = {"crawler", "archive", "pipelines", "curation", "tinhuyen", "reading_room"}
    assert demo.__file__ is not None
    for path in Path(demo.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not ours & {name.partition(".")[0] for name in names}, path


def test_structured_data_is_json(embedded: tuple[Portal, httpx.Client]) -> None:
    portal, client = embedded
    found = 0
    for post in portal.posts:
        page = page_of(client, post.path)
        for script in page.css('script[type="application/ld+json"]'):
            assert json.loads(script.text())["datePublished"] == post.date.isoformat()
            found += 1
    assert 0 < found < len(portal.posts)
