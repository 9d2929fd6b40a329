"""Each page of the reading room is in one language, from its first word to its last."""

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.vocabulary import Sentence, words
from crawler.vocabulary.soundness import BackupTrouble, PushTrouble
from crawler.vocabulary.words import LANGUAGES
from tests.every_page import FEED, NO_PAGES, PAGES, PRINTED, UNSOUND, archive_of_every_page
from tests.room_sample import HOSTILE, SITES, opened
from tests.words import translated

_WITH_MARKS = re.compile("[À-ỹ]")
_NO_WORDS = "script, style, code, pre, textarea, [translate=no], .raised, #citation"
_TOLD_IN_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-label")
_AS_THEY_ARE = (".languages a", ".raised", "select", "tbody", ".facet-info ul")
"""What may be English on a Vietnamese page: the switch, SQLite's errors, names of columns, data."""


@dataclass(frozen=True)
class Answer:
    """What came of asking for a page."""

    status: int
    address: str
    """The one that it was given at in the end: others lead there."""
    headers: Mapping[str, str]
    text: str

    @property
    def page(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.text)


@dataclass(frozen=True)
class Walk:
    """What came of asking for all pages in all languages."""

    answers: Mapping[tuple[str, str], Answer]
    routes: Collection[str]
    """The patterns of the addresses that the room answers."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    path = archive_of_every_page(tmp_path_factory.mktemp("all") / "archive.db")

    async def asked_all() -> Walk:
        found = {}
        async with opened(path) as room:
            for asked in PAGES:
                for language in LANGUAGES:
                    answer = await room.client.get(
                        asked, headers={"accept-language": language}, follow_redirects=True
                    )
                    found[asked, language] = Answer(
                        answer.status_code,
                        answer.url.raw_path.decode(),
                        answer.headers,
                        answer.text,
                    )
            return Walk(found, [pattern.pattern for pattern, _ in room._routes()])

    return asyncio.run(asked_all())


@pytest.fixture(scope="module")
def answers(walk: Walk) -> Mapping[tuple[str, str], Answer]:
    return walk.answers


Answers = Mapping[tuple[str, str], Answer]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/status", UNSOUND),
        ("/archive/alarms", UNSOUND),
        ("/archive/backups", BackupTrouble.NOT_THERE),
        ("/archive/pushes", PushTrouble.FORGOTTEN),
    ],
)
def test_what_is_kept_of_faults_backups_and_pushes_is_told_in_the_language_of_the_page(
    answers: Mapping[tuple[str, str], Answer], asked: str, kept: Sentence, language: str
) -> None:
    body = answers[asked, language].page.body
    assert body
    told = " ".join(body.text().split())
    (other,) = {*LANGUAGES} - {language}
    assert words.word(kept, language) in told
    assert words.word(kept, other) not in told


def test_every_route_has_a_page_that_is_walked(walk: Walk) -> None:
    paths = [
        address.partition("?")[0]
        for asked in PAGES
        for address in (asked, walk.answers[asked, "vi"].address)
    ]
    left_out = [
        route
        for route in walk.routes
        if route not in NO_PAGES
        and not route.endswith(FEED)
        and not (route.startswith("/-/") and route.endswith(PRINTED))
        and not any(re.match(route, path) for path in paths)
    ]
    assert not "\n".join(left_out), "tests/every_page.py: PAGES, or NO_PAGES where it gives no page"


def test_each_page_answers_as_it_should(answers: Answers) -> None:
    assert {asked: answer.status for (asked, _), answer in answers.items()} == PAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_say_in_which_language_they_are_and_where_the_other_is(
    answers: Answers, language: str
) -> None:
    (other,) = {*LANGUAGES} - {language}
    for asked in PAGES:
        answer = answers[asked, language]
        assert answer.headers["content-language"] == language, asked
        assert "Accept-Language, Cookie" in answer.headers["vary"], asked
        html = answer.page.css_first("html")
        assert html is not None
        assert html.attributes["lang"] == language, asked
        for link in (*answer.page.css(".languages a"), *answer.page.css("link[hreflang]")):
            assert link.attributes["hreflang"] == other
        assert answer.page.css_first("link[hreflang]") is not None, asked


def test_the_switch_of_a_page_leads_back_to_it(answers: Answers) -> None:
    from urllib.parse import unquote

    for asked in PAGES:
        answer = answers[asked, "vi"]
        link = answer.page.css_first(".languages a")
        assert link is not None, asked
        head, _, back = str(link.attributes["href"]).partition("?to=")
        assert head == "/language/en"
        assert unquote(unquote(back)) == unquote(answer.address)


def told(page: LexborHTMLParser, language: str) -> Iterator[str]:
    """Yield what a page tells in a language: texts, and attributes that are read to people.

    What is marked as being in another language is left out, and so are names and SQL.
    """
    for node in page.css(_NO_WORDS):
        node.decompose()
    for node in page.css("[lang]"):
        if node.attributes["lang"] != language and node.tag != "html":
            for inner in node.css(f"[lang={language}]"):
                yield from _told(inner)
            node.decompose()
    for part in (page.body, *page.css("head meta[name=description]")):
        if part is not None:
            yield from _told(part)


def _told(node: LexborNode) -> Iterator[str]:
    for name in _TOLD_IN_ATTRIBUTES:
        for each in node.css(f"[{name}]"):
            if each.tag != "time":  # which has what the page itself says of the day
                yield str(each.attributes[name] or "")
    for text in node.text(separator="\n").splitlines():
        if text.strip():
            yield " ".join(text.split())


def without_names(text: str) -> str:
    """Return a text without the names that a heading may have in whatever language."""
    for name in (HOSTILE, "Tin Huyện", "30/2020/NĐ-CP", *(str(site["name"]) for site in SITES)):
        text = text.replace(name, "")
    return text


def test_an_english_page_has_no_vietnamese_but_what_is_marked_so(answers: Answers) -> None:
    for asked in PAGES:
        strange = [
            text
            for text in told(answers[asked, "en"].page, "en")
            if _WITH_MARKS.search(without_names(text))
        ]
        assert strange == [], f"{asked} says in English {strange}"


@cache
def translations() -> Mapping[str, str]:
    """Return what all that pages say in English is in Vietnamese, where that differs."""
    found = {}
    for catalogue in (translated("vi"), words.catalogue("vi")):
        for message in catalogue:
            said, means = (
                [each] if isinstance(each, str) else [*(each or ())]
                for each in (message.id, message.string)
            )
            for english in said:
                if english and english not in means:
                    found[english] = means[0]
    return found


def long(texts: Iterator[str], least: int) -> list[str]:
    """Return what is long enough to be looked for inside a sentence, of so many words at least."""
    whole = (text for text in texts if "%(" not in text and "{" not in text and "<" not in text)
    return [text for text in whole if len(text.split()) >= least]


def test_a_vietnamese_page_has_no_english_of_ours(answers: Answers) -> None:
    sentences = long(iter(translations()), 3)
    for asked in PAGES:
        page = answers[asked, "vi"].page
        for kept in _AS_THEY_ARE:
            for node in page.css(kept):
                node.decompose()
        assert [node.html for node in page.css("[lang=en]")] == [], asked
        said = [*told(page, "vi")]
        english = [text for text in said if text in translations()]
        assert english == [], f"{asked} says in Vietnamese {english}"
        everything = "\n".join(said)
        assert [text for text in sentences if text in everything] == [], asked


def test_an_english_page_has_no_vietnamese_words_of_ours_marked_as_if_quoted(
    answers: Answers,
) -> None:
    sentences = long(iter(translations().values()), 6)  # a word has two syllables
    for asked in PAGES:
        page = answers[asked, "en"].page
        quoted = "\n".join(
            node.text(separator=" ") for node in page.css("[lang=vi]") if node.tag != "a"
        )
        assert [text for text in sentences if text in quoted] == [], asked
