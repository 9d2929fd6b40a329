"""The page that tells programs what they can have: each of its examples gives something."""

import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from datasette.plugins import pm
from selectolax.lexbor import LexborHTMLParser as Page

from reading_room import reading_room
from reading_room.visitors.rules import Rules
from tests.room_sample import build_archive, with_originals


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_originals(build_archive(tmp_path_factory.mktemp("api") / "archive.db"))


@asynccontextmanager
async def asking(archive: Path, rules: Rules) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=reading_room(archive, rules).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://tin.example") as client:
        yield client


async def test_each_example_gives_something_beneath_a_path_too(archive: Path) -> None:
    async with asking(archive, Rules(prefix="/kho/", is_https=True)) as client:
        told = (await client.get("/kho/api.json")).json()
        assert len(told["addresses"]) > 10
        for each in told["addresses"]:
            assert each["example"].startswith("https://tin.example/kho/")
            answer = await client.get(each["example"].replace("https:", "http:"))
            assert answer.status_code == 200, each
            is_json = "json" in answer.headers["content-type"]
            assert is_json == (".json" in each["example"]), each
            found = answer.json() if is_json else answer.text
            if isinstance(found, dict):
                found = next((found[name] for name in ("rows", "results") if name in found), found)
            assert found, each


async def test_the_page_shows_each_address_and_commands_that_can_be_run(archive: Path) -> None:
    async with asking(archive, Rules()) as client:
        told = (await client.get("/api.json")).json()
        page = Page((await client.get("/api")).text)
        shown = [node.text() for node in page.css("#content dt a code")]
        assert shown == [each["address"] for each in told["addresses"]]
        for node in page.css("#content dt a"):
            answer = await client.get(node.attributes["href"] or "")
            assert answer.status_code == 200, node.attributes
        commands = page.css("pre.curl")[0].text().strip().splitlines()
        assert len(commands) > 4
        for command in commands:
            curl, address = shlex.split(command)
            assert curl == "curl"
            assert (await client.get(address)).status_code == 200, command


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "Dữ liệu cho chương trình"), ("en", "Data for programs")]
)
async def test_it_is_in_one_language(archive: Path, language: str, words: str) -> None:
    async with asking(archive, Rules()) as client:
        answer = await client.get("/api", headers={"accept-language": language})
        assert Page(answer.text).css("h1")[0].text() == words


async def test_it_tells_the_rules_of_this_room(archive: Path) -> None:
    rules = Rules(sql=False, sql_seconds=7, requests_a_minute=42)
    async with asking(archive, rules) as client:
        answer = await client.get("/api.json", headers={"accept-language": "en"})
        told = " ".join(answer.json()["limits"])
        assert "7 seconds" in told
        assert "42 times" in told
        assert "takes no SQL" in told
        assert "sql=" not in answer.text
        page = (await client.get("/api")).text
        assert not re.search(r"[?&]sql=", page)


async def test_an_archive_without_articles_has_the_page(tmp_path: Path) -> None:
    empty = build_archive(tmp_path / "archive.db", [], [], [])
    async with asking(empty, Rules()) as client:
        assert (await client.get("/api")).status_code == 200


FORMER = ("/archive/search", "/archive/articles_citing")
"""Addresses that lead on to others."""
OTHER_FORMS = (r"\.atom\$$", "badge")
"""Forms that the page tells of in words, and pictures."""


async def test_each_address_of_ours_with_data_is_on_the_page(archive: Path) -> None:
    """Whoever adds one names it in reading_room/plugins/api.py."""
    room = reading_room(archive)
    async with asking(archive, Rules()) as client:
        told = (await client.get("/api.json")).json()["addresses"]
    examples = [urlsplit(each["example"]).path for each in told]
    await room.invoke_startup()
    ours = [route for found in pm.hook.register_routes(datasette=room) for route, _ in found]
    with_data = [
        route
        for route in ours
        if re.search(r"json|csv|metrics|health", route)
        and not any(re.search(form, route) for form in OTHER_FORMS)
        and not any(former in route for former in FORMER)
    ]
    assert len(with_data) > 8
    for route in with_data:
        if "/-/" not in route:
            assert any(re.match(route, example) for example in examples), route
