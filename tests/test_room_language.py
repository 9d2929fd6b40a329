"""In which language the reading room answers, and that its catalogues say all that it says."""

import ast
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import pytest
from datasette.app import Datasette

from crawler.vocabulary.words import Words
from reading_room.language import (
    chosen_language,
    day,
    gettext,
    language,
    month,
    number,
    speaking,
    told,
)
from reading_room.messages import in_words
from reading_room.plugins.display import show_month, show_time
from reading_room.plugins.language import path_within
from tests.room_sample import build_archive, opened
from tests.words import ROOM, TRANSLATED, is_complete, said, translated

_FIELD = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%")


@pytest.mark.parametrize(
    ("remembered", "accepted", "chosen"),
    [
        (None, "", "vi"),
        (None, "vi-VN,vi;q=0.9,en;q=0.5", "vi"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "fr-FR, en;q=0.4, vi;q=0.6", "vi"),
        (None, "fr, de;q=0.5", "vi"),
        (None, "en;q=0, vi;q=0.1", "vi"),
        (None, "en, vi", "en"),
        (None, "vi;q=nan, en;q=x, *", "vi"),
        ("vi", "en", "vi"),
        ("en", "vi", "en"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_remembered_comes_before_the_browsers(
    remembered: str | None, accepted: str, chosen: str
) -> None:
    assert chosen_language(remembered, accepted) == chosen


def test_a_language_holds_while_a_page_is_made() -> None:
    before = language()
    with speaking("en"):
        assert language() == "en"
        assert gettext("Show pages in this language") == "Show pages in this language"
        with speaking("vi"):
            assert gettext("Show pages in this language") == "Xem bằng ngôn ngữ này"
    assert language() == before


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    assert (number(1234567), number(12.5)) == ("1.234.567", "12,5")
    assert (day(DAY), month(DAY)) == ("14/06/2021", "tháng 6/2021")
    with speaking("en"):
        assert (number(1234567), number(12.5)) == ("1,234,567", "12.5")
        assert (day(DAY), month(DAY)) == ("14 June 2021", "June 2021")
        assert show_time("2021-06-14T01:30:00Z") == "14 June 2021, 08:30"
        assert show_month("2021-06") == "June 2021"


DAY = date(2021, 6, 14)


def test_what_stands_in_both_languages_is_told_in_one() -> None:
    words = {"vi": "Cổng", "en": "Portal"}
    assert [told(each) for each in (words, Words(**words), "SQL", None)] == [
        "Cổng", "Cổng", "SQL", "",
    ]  # fmt: skip
    with speaking("en"):
        assert told(words) == told(Words(**words)) == "Portal"


def raised() -> Iterator[str]:
    """Yield what the room's own errors say, with an x for what varies."""
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Name(name), [ast.Constant(str() as said), *_]) if name in ERRORS:
                    yield said
                case ast.Call(ast.Name(name), [ast.JoinedStr(parts), *_]) if name in ERRORS:
                    yield "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts
                    )


ERRORS = {"NotFound", "Forbidden", "BadRequest", "DatasetteError"}


def test_what_our_errors_say_is_told_in_the_readers_language() -> None:
    messages = [*raised()]
    assert len(messages) > 5
    for message in messages:
        assert in_words(message), f"reading_room/messages.py lacks {message!r}"
    assert in_words("Cannot sort table by x") == "Không xếp bảng theo x được"
    assert in_words('near "slect": syntax error') is None


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/search?q=ch%E1%BB%A3", "/search?q=ch%E1%BB%A3"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("/\t/elsewhere.example/", "/"),
        ("https://elsewhere.example/", "/"),
        ("search", "/"),
        ("/a\r\nSet-Cookie: b=c", "/"),
    ],
)
def test_the_switch_leads_nowhere_else(wanted: str, path: str) -> None:
    assert path_within(wanted) == path


def fields(text: object) -> tuple[str, ...]:
    return tuple(sorted(_FIELD.findall(str(text))))


@pytest.mark.parametrize("tongue", TRANSLATED)
def test_all_that_pages_say_is_translated_and_nothing_else(tongue: str) -> None:
    """`make words` brings the catalogue up to the pages."""
    spoken = {(message.context, message.id) for message in said() if message.id}
    catalogue = translated(tongue)
    known = {(message.context, message.id) for message in catalogue if message.id}
    assert sorted(map(str, spoken - known)) == []
    assert sorted(map(str, known - spoken)) == []
    for message in catalogue:
        if message.id:
            assert is_complete(message), message.id
            assert not message.fuzzy, message.id
            last = message.id if isinstance(message.id, str) else message.id[-1]
            forms = (message.string,) if isinstance(message.string, str) else message.string
            assert {*map(fields, forms)} == {fields(last)}, message.id


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Datasette]:
    async with opened(build_archive(tmp_path / "archive.db")) as room:
        yield room


async def test_pages_say_in_which_language_they_are(room: Datasette) -> None:
    plain = await room.client.get("/")
    assert plain.headers["content-language"] == "vi"
    assert "Accept-Language" in plain.headers["vary"]
    for form in ("svg", "csv", "json"):  # whose words are in the reader's language, too
        chart = await room.client.get(f"/charts/months.{form}")
        assert (chart.status_code, "Accept-Language" in chart.headers["vary"]) == (200, True)
    assert 'href="/language/en?to=/"' in plain.text
    english = await room.client.get("/", headers={"accept-language": "en"})
    assert english.headers["content-language"] == "en"
    assert 'href="/language/vi?to=/"' in english.text
    data = await room.client.get("/archive/articles.json?_size=1")
    assert "content-language" not in data.headers


async def test_the_switch_is_remembered_and_leads_back(room: Datasette) -> None:
    switched = await room.client.get(
        "/language/en?to=/coverage%3Fstate%3Dall", follow_redirects=False
    )
    assert switched.status_code == 302
    assert switched.headers["location"] == "/coverage?state=all"
    cookie = switched.headers["set-cookie"]
    assert "HttpOnly" in cookie
    page = await room.client.get(
        "/", headers={"cookie": cookie.partition(";")[0], "accept-language": "vi"}
    )
    assert page.headers["content-language"] == "en"
    odd = await room.client.get(
        "/", headers={"cookie": 'language=xx; =;;"', "accept-language": "en"}
    )
    assert odd.headers["content-language"] == "en"
    assert (await room.client.get("/language/fr")).status_code == 404
