"""A small archive for the tests of the reading room, and the means to make others."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from sqlite_utils import Database

from pipelines.schema import migrations
from web import reading_room
from web.plugins.search import fold

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
        "reason": "404 Not Found",
    },
    {"url": "https://chodon.example/tim-kiem/", "found_by": "listing", "state": "not_article"},
    {"url": "https://nalang.example/cho-tai/", "site": "nalang", "state": "waiting"},
)


def build_archive(
    path: Path,
    articles: Sequence[Mapping[str, Any]] = ARTICLES,
    sites: Sequence[Mapping[str, Any]] = SITES,
    urls: Sequence[Mapping[str, Any]] = URLS,
) -> Path:
    """Make an archive file at *path*; an article may carry tags, images and attachments."""
    db = Database(path)
    migrations.apply(db)
    db.enable_wal()
    with db.atomic():
        db.table("sites").insert_all(dict(site) for site in sites)
        for article in articles:
            _store(db, article)
        db.table("urls").insert_all({**_url_row(url["url"]), **url} for url in urls)
        run = {"id": 1, "site": "chodon", "started_at": SEEN, "finished_at": SEEN, "requests": 9}
        db.table("runs").insert({**run, "outcome": "finished", "new": len(articles)})
        problem = {"run_id": 1, "at": SEEN, "kind": "http", "message": "404 Not Found"}
        db.table("problems").insert(
            {"id": 1, "url": "https://chodon.example/bai-da-mat/", **problem}
        )
    db.close()
    return path


def _url_row(url: str) -> dict[str, Any]:
    key = url.removeprefix("https://").rstrip("/")
    row: dict[str, Any] = {
        "site": "chodon",
        "url": url,
        "urlkey": key,
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
        "text_sha256": hashlib.sha256(f"{title}\n{lead}\n{body}".encode()).hexdigest(),
        **{name: value for name, value in article.items() if name not in parts},
    }
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
