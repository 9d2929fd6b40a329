"""A small archive for the tests of the reading room, and the means to make others."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Literal

from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser
from sqlite_utils import Database

from archive import SITE_COLUMNS, Archive
from archive.codes import code_of
from archive.connection import Connection
from archive.schema import migrations
from crawler.exchange import Exchange
from crawler.page import Article, Attachment, Block, Image, Page
from crawler.text.addresses import urlkey
from crawler.text.fold import fold
from crawler.visit import Origin, Visit
from crawler.vocabulary import Flag, State, Trade
from crawler.vocabulary.sentences import Notice, StandIn
from reading_room import reading_room

SEEN = "2025-06-20T03:15:00Z"

SITES: Sequence[Mapping[str, Any]] = (
    {
        "key": "chodon",
        "name": "Cổng thông tin điện tử huyện Chợ Đồn",
        "province": "Bắc Kạn",
        "cms": "newspaper",
        "base_url": "https://chodon.example/",
    },
    {
        "key": "nalang",
        "name": "Trang thông tin điện tử huyện Nà Lạng",
        "province": "Bắc Kạn",
        "cms": "wordpress",
        "base_url": "https://nalang.example/",
    },
)

HOSTILE = "<script>alert(1)</script> \"Nháy\" 'đơn' & <img src=x onerror=alert(2)>"

ARTICLES: Sequence[Mapping[str, Any]] = (
    {
        "url": "https://chodon.example/khai-giang/",
        "title": "Các trường học trên địa bàn huyện Chợ Đồn khai giảng năm học mới",
        "lead": "Sáng 5/9, hơn 12 nghìn học sinh trong huyện dự lễ khai giảng.",
        "body": "Lễ khai giảng diễn ra gọn nhẹ.\n\nĐường tới trường nay đã được rải nhựa.",
        "author": "Ban Biên tập",
        "category": "Giáo dục",
        "published_at": "2021-09-05T08:30:00+07:00",
        "published_raw": "5 Tháng Chín, 2021",
        "published_by": "time.entry-date[datetime]",
        "next_url": "https://chodon.example/duong-lien-xa/",
        "tags": ["khai giảng", "giáo dục"],
        "images": [
            {
                "url": "https://chodon.example/anh/le-khai-giang.jpg",
                "caption": "Học sinh Trường Tiểu học Nà Lẹng trong lễ khai giảng",
                "width": 800,
                "height": 533,
            },
            {"url": "javascript:alert(3)", "caption": "Hình có địa chỉ xấu"},
        ],
    },
    {
        "url": "https://chodon.example/duong-lien-xa/",
        "title": "Khởi công tuyến đường liên xã dài 12 km",
        "body": "Tuyến đường nối hai xã vùng cao.\n\nTheo Nghị định số 30/2020/NĐ-CP về văn thư.",
        "body_html": "<h2>Quy mô</h2><p>Tuyến đường nối hai xã <b>vùng cao</b>.</p>"
        "<table><tr><th>Hạng mục</th><th>Chiều dài</th></tr>"
        "<tr><td>Nền đường</td><td>12 km</td></tr></table>"
        "<ul><li>Mặt đường rộng 3,5 m</li><li>Hai cầu bản</li></ul>"
        "<p>Theo Nghị định số 30/2020/NĐ-CP về văn thư.</p>",
        "author": "Tổ Thông tin",
        "category": "Kinh tế",
        "published_at": "2022-03-01T09:00:00+07:00",
        "prev_url": "https://chodon.example/khai-giang/",
        "next_url": "https://chodon.example/bai-da-mat/",
        "attachments": [
            {"url": "https://chodon.example/tep/quyet-dinh.pdf", "label": "Quyết định (PDF)"}
        ],
        "tags": ["giao thông"],
    },
    {
        "url": "https://chodon.example/duong-mia/",
        "title": "Nông dân vào vụ ép mật: giá dường như tăng",
        "body": "Bà con xã vùng thấp dương nỏ, dường như vụ này được mùa. " * 6,
        "category": "Kinh tế",
        "published_at": "2023-11-02T10:00:00+07:00",
    },
    {
        "url": "https://nalang.example/thong-bao/",
        "site": "nalang",
        "title": "Thông báo lịch tiếp công dân của Chủ tịch UBND huyện",
        "body": "Người dân đến trụ sở tiếp công dân vào ngày 15 hằng tháng.",
        "category": "Thông báo",
        "published_raw": "đang cập nhật",
    },
    {
        "url": "https://nalang.example/bai-xau/",
        "site": "nalang",
        "title": HOSTILE,
        "lead": "Đoạn đầu <script>alert(4)</script>",
        "body": "Một <b>chữ đậm</b> giả và từ phalanx \ue000<i>lạ\ue001.",
        "body_html": '<p onclick="alert(5)">Chữ <a href="javascript:alert(6)">liên kết</a>'
        '<script>alert(7)</script><img src=x onerror="alert(8)"><style>p{}</style></p>',
        "author": "<b>Ban Biên tập</b>",
        "category": '"><script>alert(9)</script>',
        "published_at": "2024-01-10T07:00:00+07:00",
        "published_raw": '10/1/2024" onmouseover="alert(10)',
        "prev_url": "javascript:alert(11)",
        "tags": ["<i>thẻ</i>"],
        "images": [{"url": 'https://x.example/a.jpg" onerror="alert(12)', "caption": HOSTILE}],
        "attachments": [{"url": "javascript:alert(13)", "label": "<b>tệp</b>"}],
    },
)

URLS: Sequence[Mapping[str, Any]] = (
    {
        "url": "https://chodon.example/bai-da-mat/",
        "found_by": "next",
        "found_on": "https://chodon.example/duong-lien-xa/",
        "state": "gone",
        "status": 404,
        "reason": "HTTP 404",
    },
    {"url": "https://chodon.example/tim-kiem/", "found_by": "listing", "state": "not_article"},
    {"url": "https://nalang.example/cho-tai/", "site": "nalang", "state": "waiting"},
)


PERSIMMON = "https://chodon.example/hong-khong-hat/"
PERSIMMON_ID = 6
PERSIMMON_TEXT = (
    "Ngày 6/3, Ủy ban nhân dân huyện tổ chức hội nghị triển khai Đề án số 06-ĐA/TU về phát triển "
    "cây ăn quả giai đoạn 2024 - 2028.",
    "Toàn huyện hiện có hơn 400 ha hồng không hạt, trong đó 250 ha đã cho thu hoạch. Cây trồng tập "
    "trung ở các xã phía nam, nơi đất đồi thoai thoải và đủ nước tưới.",
    "Theo kế hoạch, mỗi năm huyện trồng mới 50 ha, hỗ trợ cây giống và phân bón cho hộ nghèo, hộ "
    "cận nghèo. Vốn lấy từ ngân sách huyện và chương trình mục tiêu quốc gia.",
    "Cán bộ khuyến nông sẽ về từng thôn hướng dẫn kỹ thuật cắt tỉa, phòng trừ sâu bệnh và bảo "
    "quản quả sau thu hoạch.",
    "Các hợp tác xã ký hợp đồng bao tiêu, giá thu mua không thấp hơn giá thị trường tại thời điểm "
    "thu hoạch.",
    "Công tác văn thư của đề án thực hiện theo Nghị định số 30/2020/NĐ-CP của Chính phủ.",
    "Hội nghị giao phòng chuyên môn theo dõi, báo cáo kết quả trước ngày 15/12 hằng năm.",
)
"""The paragraphs of an article that changes, as it first was."""


def build_archive(
    path: Path,
    articles: Sequence[Mapping[str, Any]] = ARTICLES,
    sites: Sequence[Mapping[str, Any]] = SITES,
    urls: Sequence[Mapping[str, Any]] = URLS,
) -> Path:
    """Make an archive file at *path*; an article may carry tags, images and attachments."""
    db = Database(path)
    migrations.apply(Connection(db.conn))
    db.enable_wal()
    with db.atomic():
        db.table("sites").insert_all(dict(site) for site in sites)
        for article in articles:
            _store(db, article)
        db.table("urls").insert_all({**_url_row(url["url"]), **url} for url in urls)
        run = {"id": 1, "site": "chodon", "started_at": SEEN, "finished_at": SEEN, "requests": 9}
        db.table("runs").insert({**run, "outcome": "finished", "new": len(articles)})
        problem = {"run_id": 1, "at": SEEN, "kind": "http", "message": "HTTP 404"}
        db.table("problems").insert(
            {"id": 1, "url": "https://chodon.example/bai-da-mat/", **problem}
        )
    db.close()
    return path


def with_originals(path: Path) -> Path:
    """Add to the archive at *path* what two crawls and an import received, and return it.

    The article `PERSIMMON` has three revisions: of a web archive, of the first crawl and of the
    second. The first article's address serves spam in the end; one of its pictures is held.
    """
    dated = datetime.fromisoformat("2024-03-07T09:15:00+07:00")
    first = Article(
        title="Huyện Chợ Đồn triển khai đề án trồng hồng không hạt",
        lead="Mỗi năm huyện trồng mới 50 ha.",
        blocks=_blocks(PERSIMMON_TEXT),
        author="Tổ Thông tin",
        published_at=dated.date(),
        published_raw="07/3/2024",
        published_by="span.ngay-dang",
        published_confidence="medium",
        attachments=(Attachment("https://chodon.example/tep/06-da-tu.pdf", "Đề án 06 (PDF)"),),
    )
    second = replace(
        first,
        title="Huyện Chợ Đồn triển khai Đề án phát triển cây hồng không hạt",
        blocks=_blocks((
            *PERSIMMON_TEXT[:2],
            PERSIMMON_TEXT[2].replace("50 ha", "60 ha").replace("hộ nghèo, ", "hộ nghèo và "),
            *PERSIMMON_TEXT[3:6],
            PERSIMMON_TEXT[6].replace("15/12", "20/12"),
        )),
        published_at=dated,
        published_raw="2024-03-07T09:15:00+07:00",
        published_by="JSON-LD NewsArticle datePublished",
        published_confidence="high",
    )  # fmt: skip
    third = replace(
        second,
        lead="Mỗi năm huyện trồng mới 60 ha.",
        author="Ban Biên tập",
        source="Báo Bắc Kạn",
        blocks=(*second.blocks, *_blocks(("Ảnh: đồi hồng ở xã phía nam huyện.",))),
    )
    opening = _as_item(ARTICLES[0])
    with _receiving(path, "2025-07-02T01:00:00Z") as crawl:
        crawl.article(opening, ARTICLES[0]["url"], next_url=ARTICLES[0]["next_url"])
        crawl.article(second, PERSIMMON)
        crawl.media(opening.images[0].url, b"JFIF", "image/jpeg")
        crawl.media(first.attachments[0].url, b"", "text/html", State.GONE)
    with _receiving(path, "2024-04-01T05:30:00Z", "import") as imported:
        imported.article(first, PERSIMMON)
    with _receiving(path, "2025-08-15T02:00:00Z") as crawl:
        crawl.article(third, PERSIMMON)
        spam = StandIn.SPAM.of(trade=Trade.GAMBLING, words="nhà cái, nổ hũ")
        crawl.aside(ARTICLES[0]["url"], "spam", spam)
        challenge = StandIn.CHALLENGE.of(sign=HOSTILE)
        crawl.aside("https://chodon.example/<b>bat-thuong</b>/", "challenge", challenge)
        message = Notice.DATED_AGAINST.of(
            time=SEEN, url="https://chodon.example/sau/", other_time="2024-01-01"
        )
        crawl.archive.runs.note_problem(crawl.run_id, "date", message, PERSIMMON)
    return path


Source = Literal["live", "wayback", "import"]


@contextmanager
def _receiving(path: Path, at: str, source: Source = "live") -> Iterator["_Receiving"]:
    with Archive.open(path, create=True) as archive:
        receiving = _Receiving(archive, at, source)
        yield receiving
        archive.runs.finish(receiving.run_id, "finished", 0, 0)


class _Receiving:
    """A crawl of the first portal, or an import, that receives pages at one moment."""

    def __init__(self, archive: Archive, at: str, source: Source) -> None:
        self.archive, self.source = archive, source
        self.at = datetime.fromisoformat(at)
        self.site = SITES[0]["key"]
        row = {key: SITES[0].get(key) for key in SITE_COLUMNS}
        self.run_id = archive.runs.start(row, self.at)
        archive.captures.begin(self.run_id, self.site, {"software": "Tin Huyện"})

    def article(self, article: Article, url: str, next_url: str | None = None) -> None:
        """Receive the page of an article."""
        body = f"<h1>{escape(article.title)}</h1>{article.body_html}".encode()
        self._record(url, body, State.HELD, page=Page("article", article, next_url=next_url))

    def aside(self, url: str, flag: Flag, reason: str) -> None:
        """Receive a page that is set aside."""
        self._record(url, b"<script>alert(22)</script>", State.FAILED, reason=reason, flag=flag)

    def media(self, url: str, body: bytes, content_type: str, state: State = State.HELD) -> None:
        """Receive a picture or file."""
        reason = None if state == State.HELD else "HTTP 404"
        self._record(url, body, state, content_type, is_media=True, reason=reason)

    def _record(
        self, url: str, body: bytes, state: State, content_type: str = "text/html", **more: Any
    ) -> None:
        status = 404 if state == State.GONE else 200
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: {content_type}\r\n\r\n".encode()
        exchange = Exchange(
            url, self.at, status, head, body, content_type=content_type, source=self.source
        )
        if "is_media" not in more:
            self.archive.ledger.seed(self.site, url)
        capture = self.archive.captures.keep(exchange)
        origin = Origin("import" if self.source == "import" else "listing")
        visit = Visit(url, origin, self.at, state, status, capture=capture, **more)
        self.archive.visits.record(self.run_id, self.site, visit)


def _blocks(paragraphs: Sequence[str]) -> tuple[Block, ...]:
    return tuple(Block("paragraph", f"<p>{escape(text)}</p>", text) for text in paragraphs)


def _as_item(row: Mapping[str, Any]) -> Article:
    """Return an article of `ARTICLES` as a reader would."""
    return Article(
        title=row["title"],
        lead=row.get("lead"),
        blocks=_blocks(row["body"].split("\n\n")),
        author=row.get("author"),
        category=row.get("category"),
        published_at=datetime.fromisoformat(row["published_at"]),
        published_raw=row.get("published_raw"),
        published_by=row.get("published_by"),
        published_confidence="high",
        tags=tuple(row.get("tags", ())),
        images=tuple(Image(**image) for image in row.get("images", ())),
    )


def _url_row(url: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "site": "chodon",
        "url": url,
        "urlkey": urlkey(url),
        "found_by": "seed",
        "found_at": SEEN,
    }
    row |= {"state": "held", "status": None, "reason": None, "found_on": None}
    return {**row, "tries": 0, "tried_at": None}


def _store(db: Database, article: Mapping[str, Any]) -> None:
    parts = {"tags", "images", "attachments"}
    title, lead, body = article["title"], article.get("lead") or "", article.get("body") or ""
    row = {
        "site": "chodon",
        "words": len(body.split()),
        "first_seen_at": SEEN,
        "last_seen_at": SEEN,
        "revised_at": SEEN,
        "text_sha256": hashlib.sha256(f"{title}\n{lead}\n{body}".encode()).hexdigest(),
        **{name: value for name, value in article.items() if name not in parts},
    }
    row |= {"code": code_of(row["site"], urlkey(row["url"])), "change": "new"}
    db.execute("UPDATE counters SET value = value + 1")
    row["changed"] = next(db.query("SELECT value FROM counters"))["value"]
    number = db.table("articles").insert(row).last_rowid
    db.table("urls").insert({**_url_row(article["url"]), "site": row["site"]})
    for name in ("images", "attachments"):
        for position, part in enumerate(article.get(name, ()), 1):
            db.table(name).insert({"article_id": number, "position": position, **part})
    for tag in article.get("tags", ()):
        db.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", [tag])
        db.execute("INSERT INTO article_tags SELECT ?, id FROM tags WHERE name = ?", [number, tag])
    db.execute(
        "INSERT INTO articles_fts (rowid, title, lead, body, exact) VALUES (?, ?, ?, ?, ?)",
        [number, fold(title), fold(lead), fold(body), f"{title}\n{lead}\n{body}"],
    )


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Datasette]:
    """Open the reading room over the archive at *path*, and close it at the end."""
    room = reading_room(path)
    await room.invoke_startup()
    try:
        yield room
    finally:
        if room.executor is not None:
            room.executor.shutdown()
        for database in room.databases.values():
            database.close()


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    """Return what the elements say that a selector finds."""
    return [" ".join(node.text().split()) for node in page.css(selector)]


def links(page: LexborHTMLParser, selector: str) -> list[str]:
    """Return where the links lead that a selector finds."""
    return [str(node.attributes["href"]) for node in page.css(selector)]
