"""Pages that are none: what a host shows, with status 200, where it has nothing."""

from pathlib import Path

import pytest

from crawler.page import Article, Block, Image, Page
from crawler.readers import read_page
from crawler.spiders.absences import NAME, Absence, absent_beside
from tests.conftest import Archived
from tests.raw import ROBOTS, Asked, Portal, answer, article, held, listing

SAID = [
    "404", "Lỗi 404", "404 - Không tìm thấy trang", "Error 404: Page not found", "Page not found",
    "Không tìm thấy trang", "Không tìm thấy trang bạn yêu cầu",
    "Xin lỗi, không tìm thấy nội dung này",
    "Trang bạn tìm kiếm không tồn tại", "Bài viết không còn tồn tại", "Bài viết này đã bị xóa",
    "Đường dẫn không tồn tại!", "The page you requested was not found",
    "Oops! That page can’t be found",
    "Không tìm thấy trang - Cổng thông tin điện tử huyện Mẫu",
]  # fmt: skip
NEWS = [
    "Cảnh báo trang web giả mạo không tồn tại trong danh bạ",
    "Không tìm thấy trang thiết bị y tế tại trạm xá xã Bản Mẫu",
    "Quốc lộ 404 thông xe", "Tìm thấy bài viết cổ trong chùa",
    "Tin đã bị xóa khỏi danh sách hộ nghèo",
    "404 hộ dân được cấp nước sạch", "Không tìm được tiếng nói chung về đất đai",
]  # fmt: skip


def page(title: str, text: str = "<p>Mời quý vị về trang chủ.</p>") -> Page:
    html = (
        f'<html lang="vi"><head><title>{title}</title></head><body><a href="/">Trang chủ</a>'
        f'<h1>{title}</h1><div class="content">{text}</div></body></html>'
    )
    return read_page(html.encode(), "https://huyen.example/tin/bai-1.html", "text/html")


@pytest.mark.parametrize("title", SAID)
def test_a_page_that_says_that_there_is_none_is_none(title: str) -> None:
    assert page(title).kind == "other"
    assert page(title).evidence["absent"]


@pytest.mark.parametrize("title", NEWS)
def test_news_that_speaks_of_it_is_news(title: str) -> None:
    assert "absent" not in page(title).evidence


def test_a_text_below_such_a_title_is_an_article() -> None:
    text = "".join(
        f"<p>Đoạn {n}: huyện Mẫu kể lại chuyện một trang sách cũ.</p>" for n in range(40)
    )
    assert page("Không tìm thấy trang", text).kind == "article"


@pytest.mark.parametrize(
    ("url", "beside"),
    [
        ("https://h.example/tin/bai-12.html", f"https://h.example/tin/{NAME}.html"),
        ("https://h.example/2021/05/28/bai/", f"https://h.example/2021/05/28/{NAME}/"),
        ("https://h.example/bai", f"https://h.example/{NAME}"),
        (
            "https://h.example/tin.aspx?id=12&loai=a3",
            "https://h.example/tin.aspx?id=999999999&loai=a3",
        ),
        ("https://h.example/tin/bai.html?xem=in", f"https://h.example/tin/{NAME}.html"),
    ],
)
def test_what_cannot_exist_has_the_form_of_what_does(url: str, beside: str) -> None:
    assert absent_beside(url) == beside


def read(*lines: str, title: str = "Huyện Mẫu", pictures: tuple[str, ...] = ()) -> Page:
    blocks = tuple(Block("paragraph", f"<p>{line}</p>", line) for line in lines)
    images = tuple(map(Image, pictures))
    return Page("article", Article(title, blocks=blocks, images=images))


def test_what_says_something_of_its_own_is_an_article() -> None:
    shown = read("Chưa có nội dung.", "Bây giờ là 08:30.", pictures=("logo.png",))
    absence = Absence.of(shown, b"<a>", "https://h.example/khong/")

    def is_absent(page: Page, body: bytes = b"<b>") -> bool:
        return absence.shows(page, body, "https://h.example/tin-1/")

    assert is_absent(read("Chưa có nội dung.", "Bây giờ là 09:15."))
    assert is_absent(read("Chưa có nội dung.", "Truy cập: mười hai", pictures=("logo.png",)))
    assert is_absent(read(title="Khác", pictures=("a.jpg",)), b"<a>")
    assert not is_absent(read("Chưa có nội dung.", "Xã Bản Mẫu họp bàn việc sửa cầu."))
    assert not is_absent(read("Chưa có nội dung.", pictures=("cau.jpg",)))
    assert not is_absent(read("Chưa có nội dung.", title="Lịch họp"))


# Crawled

_EMPTY = (
    '<html lang="vi"><head><title>Huyện Mẫu</title></head><body><div class="main">'
    "<h1>Huyện Mẫu</h1>"
    '<p class="date">{day}/03/2019 08:30</p><div class="content"><p>Mục này đang được cập nhật, '
    "mời quý vị và các bạn xem các tin khác của huyện ở trang chủ.</p></div></div></body></html>"
)
LIVE = {f"/tin/bai-{n}.html": article(n) for n in range(1, 4)}
NAMED = [*LIVE, "/tin/bai-8.html", "/tin/bai-9.html"]


def soft(asked: Asked) -> bytes:
    """Answer as a host that knows no 404."""
    if asked.path == "/robots.txt":
        return ROBOTS
    if asked.path == "/":
        return answer(listing(NAMED))
    return answer(LIVE.get(asked.path) or _EMPTY.format(day=10 + asked.count))


def states(archived: Archived) -> dict[str, str]:
    rows = archived.rows("SELECT url, state FROM urls WHERE url LIKE '%/bai-%'")
    return {Path(row["url"]).name: row["state"] for row in rows}


def test_a_host_is_asked_once_what_it_shows_where_there_is_no_page(portal: Portal) -> None:
    archived, server = portal(soft)
    archived.crawl(code=None)
    assert archived.rows("SELECT count(*) AS n FROM articles") == [{"n": 3}]
    assert states(archived) == dict.fromkeys(
        (f"bai-{n}.html" for n in range(1, 4)), "held"
    ) | dict.fromkeys(("bai-8.html", "bai-9.html"), "gone")
    asked = [target for target in server.asked if NAME in target]
    assert asked == [f"/tin/{NAME}.html"]
    reasons = archived.rows("SELECT DISTINCT reason FROM gaps WHERE state = 'gone'")
    assert reasons == [{"reason": "the host shows the same where there can be no page"}]
    assert archived.rows("SELECT * FROM urls WHERE url LIKE ?", f"%{NAME}%") == []

    server.asked.clear()
    archived.crawl(code=None)
    is_read = not LIVE.keys().isdisjoint(server.asked)
    assert is_read == any(NAME in target for target in server.asked), "only where one is read"


def test_an_article_that_gives_way_to_it_is_gone_and_kept(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    archived, _ = portal(soft)
    archived.crawl(code=None)
    (text,) = archived.rows("SELECT body FROM articles WHERE url LIKE '%bai-2.html'")
    monkeypatch.delitem(LIVE, "/tin/bai-2.html")
    summary = archived.crawl("--full", code=None)
    assert (summary["changed"], summary["gone"]) == (0, 3)
    archived.crawl("--full", code=None)
    assert states(archived)["bai-2.html"] == "gone"
    assert archived.rows("SELECT body FROM articles WHERE url LIKE '%bai-2.html'") == [text]
    assert archived.rows("SELECT * FROM revisions") == []


@pytest.mark.parametrize("answered", ["404", "robots"])
def test_of_a_host_that_does_not_say_so_nothing_is_taken_for_absent(
    portal: Portal, answered: str
) -> None:
    def answers(asked: Asked) -> bytes:
        if asked.path == "/robots.txt" and answered == "robots":
            return answer(f"User-agent: *\nDisallow: /tin/{NAME}", "text/plain")
        if NAME in asked.path:
            return answer(_EMPTY.format(day=10), status="404 Not Found")
        return soft(asked)

    archived, server = portal(answers)
    archived.crawl(code=None)
    assert held(archived) == len(NAMED)
    assert any(NAME in target for target in server.asked) == (answered == "404")


def test_an_article_whose_host_looks_at_its_number_only_is_no_absence(portal: Portal) -> None:
    pages = {f"/tin/{n}/": article(n) for n in range(1, 4)}

    def answers(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(listing([f"{path}ten-bai.html" for path in pages]))
        page = pages.get(asked.path.rpartition("/")[0] + "/")
        return answer(page) if page else answer("", status="404 Not Found")

    archived, server = portal(answers)
    archived.crawl(code=None)
    assert held(archived) == len(pages)
    assert len([target for target in server.asked if NAME in target]) == 2
