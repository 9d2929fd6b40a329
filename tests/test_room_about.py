"""The page that says what is kept, how to cite it, and how to ask that something be hidden."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as Page

from archive import Archive
from crawler.vocabulary import Grade
from reading_room import reading_room
from reading_room.visitors.rules import Rules
from tests.room_sample import PERSIMMON, build_archive, opened, with_originals


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = with_originals(build_archive(tmp_path_factory.mktemp("about") / "archive.db"))
    with Archive.open(path) as archive:
        archive.withheld.hide(PERSIMMON, Grade.TEXT, "theo yêu cầu")
    return path


async def asked(archive: Path, contact: str | None, language: str = "en") -> Page:
    app = reading_room(archive, Rules(contact=contact)).app()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/about", headers={"accept-language": language})
        assert answer.status_code == 200
        return Page(answer.text)


@pytest.mark.parametrize(
    ("contact", "leads_to"),
    [
        ("kho@tin.example", "mailto:kho@tin.example"),
        ("https://tin.example/lien-he", "https://tin.example/lien-he"),
        ("số 1 phố Mẫu", None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
async def test_it_says_whom_to_write_to(
    archive: Path, contact: str | None, leads_to: str | None
) -> None:
    page = await asked(archive, contact)
    (notice,) = page.css(".notice")
    assert (contact or "has not said yet") in notice.text()
    assert [link.attributes["href"] for link in notice.css("a")] == ([leads_to] if leads_to else [])
    assert "1 article or address is hidden" in page.text()


@pytest.mark.parametrize(
    ("language", "words"),
    [("vi", "Đề nghị ẩn nội dung"), ("en", "To ask that something be hidden")],
)
async def test_it_is_in_one_language(archive: Path, language: str, words: str) -> None:
    page = await asked(archive, "kho@tin.example", language)
    assert words in page.css("#takedown")[0].text()


@pytest.fixture
async def paths(archive: Path) -> AsyncIterator[dict[str, httpx.Response]]:
    async with opened(archive) as room:
        paths = ("/takedown", "/", "/archive", "/archive/tags/1", "/coverage", "/khong-co")
        yield {path: await room.client.get(path) for path in paths}


async def test_every_page_leads_there(paths: dict[str, httpx.Response]) -> None:
    assert paths.pop("/takedown").headers["location"] == "/about#takedown"
    for path, answer in paths.items():
        links = {link.attributes["href"] for link in Page(answer.text).css("footer a")}
        assert "/about" in links, path
