"""The reading room in a real browser, on a phone and on a desk.

With ``SCREENS=folder`` the pages are also saved there as pictures.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from tests.browsers import chromium, served
from tests.room_sample import build_archive, with_originals
from tests.test_room_pages import CODES

LIST = "/archive/articles?_col=title&_col=site&_col=published_at&_sort_desc=published_at"
PAGES = {
    "home": ("/", "Tin Huyện"),
    "search": ("/search?q=duong", "Tìm trong kho"),
    "list": (LIST, "Bài viết"),
    "article": ("/a/2", "Khởi công tuyến đường liên xã dài 12 km"),
    "changed": (
        "/a/6",
        "Huyện Chợ Đồn triển khai Đề án phát triển cây hồng không hạt",
    ),
    "revision": (
        "/a/6/1",
        "Huyện Chợ Đồn triển khai đề án trồng hồng không hạt",
    ),
    "new": ("/new", "Có gì mới"),
    "changes": ("/changes/6/2", "Bản 2 khác bản 1"),
    "capture": ("/captures/6", "Bản chụp 6"),
    "spam": ("/captures/7", "Bản chụp 7"),
    "captures": ("/archive/captures", "Bản chụp"),
    "quarantine": ("/archive/quarantine", "Bản chụp bị giữ lại"),
    "citing": (
        "/archive/articles_citing?document=30/2020/NĐ-CP",
        "Nghị định 30/2020/NĐ-CP",
    ),
    "table": ("/archive/articles", "Bài viết"),
    "query": (
        "/archive/not_held",
        "Địa chỉ chưa có trong kho và lý do",
    ),
    "places": ("/places?name=cho+don", "Địa danh xưa và nay"),
    "district": ("/places/district/064", "Huyện Chợ Đồn huyện"),
    "unit": ("/places/unit/02020", "Xã Chợ Đồn xã, phường, đặc khu từ 7/2025"),
    "search-in-place": (
        "/search?q=duong&place=unit:02020",
        "Tìm trong kho",
    ),
    "coverage": ("/coverage", "Mức đầy đủ của kho"),
    "documents": ("/documents", "Văn bản được dẫn"),
    "coverage-site": ("/coverage/chodon", "Cổng thông tin điện tử huyện Chợ Đồn"),
    "status": ("/status", "Tình trạng kho"),
    "sql": ("/archive?sql=select+*+from+articles", "Kho dữ liệu Tin Huyện"),
    "database": ("/archive", "Kho dữ liệu Tin Huyện"),
    "missing": ("/archive/khong-co", "Không tìm thấy trang này"),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample archive, served on loopback."""
    archive = with_originals(build_archive(tmp_path_factory.mktemp("screens") / "archive.db"))
    with served(archive) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as browser:
        yield browser


class Visit:
    """A page open in the browser, which can reach nothing but the reading room."""

    def __init__(self, browser: Browser, address: str, width: int, colours: str = "light") -> None:
        self.address = address
        self.errors: list[str] = []
        self.asked_of_others: list[Request] = []
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if colours == "dark" else "light",
            permissions=["clipboard-read", "clipboard-write"],
            locale="vi-VN",
        )
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else None
        )
        self.page.on("dialog", lambda dialog: self.errors.append(f"dialog {dialog.message}"))
        self.page.route("**/*", self._only_the_reading_room)

    def _only_the_reading_room(self, route: Route) -> None:
        if route.request.url.startswith(self.address):
            route.continue_()
        else:
            self.asked_of_others.append(route.request)
            route.abort()

    def open(self, path: str) -> Page:
        """Go to *path* and wait until the page is loaded and its scripts have run."""
        self.page.goto(self.address + path)
        return self.page

    def unexpected_errors(self, *expected: str) -> list[str]:
        """Return what the console said, but for what a 404 or a lost picture makes it say."""
        return [error for error in self.errors if not any(part in error for part in expected)]


@pytest.fixture(params=[390, 1280], ids=["phone", "desk"])
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    """A new visit at each of the widths."""
    visit = Visit(browser, address, request.param)
    yield visit
    visit.page.context.close()


def save(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENS"):
        width = page.evaluate("innerWidth")
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_and_are_quiet(visit: Visit, name: str) -> None:
    path, heading = PAGES[name]
    page = visit.open(path)
    save(page, name)
    assert " ".join(page.locator("h1").inner_text().split()) == heading
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert not visit.unexpected_errors("404" if name == "missing" else "nothing")
    assert not visit.asked_of_others


def test_all_columns_of_a_row_are_in_sight_each_with_its_name(visit: Visit) -> None:
    page = visit.open("/archive/urls/1")
    save(page, "row")
    assert page.evaluate(
        "(w => w.scrollWidth - w.clientWidth)(document.querySelector('.table-wrapper'))"
    ) == 0  # fmt: skip
    names = page.evaluate(
        """[...document.querySelectorAll(".rows-and-columns td")]
        .filter((cell) => cell.offsetHeight)
        .map((cell) => getComputedStyle(cell, "::before").content)"""
    )
    assert len(names) > 20
    assert names[:3] == ['"id"', '"site"', '"url"']
    assert "none" not in names


def test_a_reader_types_finds_and_reads(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_label("Từ cần tìm").fill("cho don")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=cho+don*")
    assert page.locator(".results mark").first.inner_text() == "Chợ Đồn"
    page.locator(".results a").first.click()
    page.wait_for_url(f"**/a/{CODES[0]}")
    assert page.locator("article h1").inner_text().startswith("Các trường học")
    page.locator(".neighbour.next a").click()
    page.wait_for_url(f"**/a/{CODES[1]}")


def test_a_lost_picture_leaves_its_caption(visit: Visit) -> None:
    page = visit.open("/archive/articles/1")
    save(page, "article-with-lost-picture")
    figure = page.locator("figure").first
    figure.scroll_into_view_if_needed()
    figure.locator(".lost").wait_for(state="visible")
    assert not figure.locator("img").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert not visit.asked_of_others
    assert not visit.unexpected_errors("404", "410")


def test_a_hostile_article_does_nothing(visit: Visit) -> None:
    for path in ("/archive/articles/5", "/search?q=script", "/archive/articles", "/"):
        visit.open(path)
    assert not visit.unexpected_errors()
    assert not visit.asked_of_others


def test_a_citation_is_copied(visit: Visit) -> None:
    page = visit.open("/archive/articles/1")
    page.locator("[data-copy=citation]").click()
    page.get_by_role("button", name="Đã chép").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("Ban Biên tập, “Các trường")


def test_keys_walk_the_chain(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, 1280)
    page = visit.open(f"/a/{CODES[1]}")
    assert page.locator(".neighbour.prev .keys").inner_text().split() == ["←", "j"]
    assert page.locator(".neighbour.next .keys").count() == 0
    for key, number in (("j", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("k", 1)):
        page.keyboard.press(key)
        page.wait_for_url(f"**/a/{CODES[number]}")
    page.get_by_label("Tìm trong kho").press("j")
    page.keyboard.press("Control+j")
    assert page.url.endswith(CODES[1])
    assert not visit.errors
    page.context.close()


def test_datasettes_own_scripts_run_under_our_policy(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, 1280)
    page = visit.open("/archive?sql=select+1")
    assert page.locator(".CodeMirror").count() == 1
    assert page.get_by_role("button", name="Trình bày lại SQL").is_visible()
    page = visit.open("/archive/articles")
    page.locator("th.col-author .dropdown-menu-icon").click()
    assert "Tác giả" in page.locator(".dropdown-column-description").inner_text()
    assert page.evaluate("DATASETTE_ALLOW_FACET") is True
    assert not visit.errors
    page.context.close()


def test_the_keyboard_reaches_the_text_first(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, 1280)
    page = visit.open("/archive/articles/2")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.context.close()


@pytest.mark.parametrize(
    "name",
    [
        *("home", "search", "article", "table", "coverage", "coverage-site", "status"),
        *("changed", "revision", "changes", "spam", "citing"),
    ],
)
def test_text_stands_out_in_the_dark(browser: Browser, address: str, name: str) -> None:
    visit = Visit(browser, address, 390, colours="dark")
    page = visit.open(PAGES[name][0])
    save(page, f"{name}-dark")
    faint = page.evaluate(FAINT_TEXT)
    assert faint == []
    page.context.close()


@pytest.mark.parametrize(
    "name",
    [
        *("home", "search", "article", "table", "coverage", "coverage-site", "status"),
        *("changed", "revision", "changes", "spam", "citing"),
    ],
)
def test_text_stands_out_in_the_light(browser: Browser, address: str, name: str) -> None:
    visit = Visit(browser, address, 390)
    assert visit.open(PAGES[name][0]).evaluate(FAINT_TEXT) == []
    visit.page.context.close()


FAINT_TEXT = """() => {
  // WCAG 2.2, 1.4.3: the contrast of every visible text with the background behind it.
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const background = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, style, .CodeMirror, .unseen, .skip")) continue;
    const a = luminance(channels(getComputedStyle(element).color));
    const b = luminance(background(element));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5)
      faint.add(`${element.tagName}.${element.className} ${contrast.toFixed(1)} ` +
                texts.currentNode.data.trim().slice(0, 30));
  }
  return [...faint];
}"""
