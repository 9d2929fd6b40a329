"""The closed sets: each word once, each with its words in both languages, and no others."""

from collections.abc import Iterator
from enum import StrEnum
from string import Formatter

import pytest

from crawler import vocabulary
from crawler.vocabulary import (
    Flag,
    GapState,
    MediaState,
    Sentence,
    State,
    Trade,
    sentences,
    soundness,
    words,
)
from crawler.vocabulary.sentences import StandIn
from crawler.vocabulary.words import LANGUAGES, TOLD_AT_LENGTH, catalogue, context_of, shown_sets

SETS = shown_sets()


def wanted() -> Iterator[tuple[str, str]]:
    """Yield context and id of all that a catalogue must have."""
    for members in SETS:
        for member in members:
            yield context_of(members), member.value
            if members in TOLD_AT_LENGTH:
                yield context_of(members, at_length=True), member.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_member_has_its_words_and_nothing_else_has(language: str) -> None:
    known = {
        (m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalogue(language) if m.id
    }
    assert known == {*wanted()}
    for message in catalogue(language):
        strings = [message.string] if isinstance(message.string, str) else message.string
        assert all(strings), f"{message.context}: {message.id!r} has no words in {language!r}"
        assert not message.fuzzy or not message.id, message.id


def test_the_languages_leave_the_same_to_be_filled_in() -> None:
    def fields(language: str, context: str, value: str) -> set[str | None]:
        message = catalogue(language).get(value, context)
        assert message
        text = message.string if isinstance(message.string, str) else message.string[-1]
        return {field for _, field, _, _ in Formatter().parse(text) if field}

    for context, value in wanted():
        assert len({frozenset(fields(each, context, value)) for each in LANGUAGES}) == 1, value


def test_every_set_is_shown_or_said_not_to_be() -> None:
    defined = {
        value
        for module in (vocabulary, sentences, soundness)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, StrEnum)
    } - {StrEnum, Sentence}
    assert defined == {*SETS, *words.NOT_SHOWN} - {words.Phrase}
    for members in defined:
        assert (members.__doc__ or "").strip(), members


def test_sets_that_are_parts_of_the_states_have_their_words() -> None:
    for part in (MediaState, GapState):
        assert {*part} - {*State} <= {"broken", "cut"}


def test_numbers_are_written_as_the_language_does() -> None:
    waiting = vocabulary.Lack.WAITING
    assert words.counted(waiting, 1, "en") == "1 address is waiting"
    assert words.counted(waiting, 1234, "en") == "1,234 addresses are waiting"
    assert words.counted(waiting, 1234, "vi") == "1.234 địa chỉ đang chờ"


@pytest.mark.parametrize("trade", Trade)
def test_the_trade_is_read_from_the_reason_that_names_it(trade: Trade) -> None:
    assert Trade.of_reason(StandIn.SPAM.of(trade=trade, words="nổ hũ, soi kèo")) is trade
    for other in (None, "", "gone", f"a {trade} spam: x"):
        assert Trade.of_reason(other) is None


def test_what_became_of_a_capture_is_no_suspicion() -> None:
    suspicions = {flag for flag in Flag if flag.is_suspicion}
    assert suspicions == {"challenge", "closed", "spam", "empty", "shrunk", "another"}
