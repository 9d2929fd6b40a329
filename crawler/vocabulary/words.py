"""What the words of the vocabulary are called before people: read from the catalogues.

``catalogues/LANGUAGE/LC_MESSAGES/vocabulary.po`` are gettext catalogues. The context of a message
is the set that it belongs to ("State"), its id the member's value; where a member is also told at
length, the context says so ("State, at length").
"""

import re
from enum import StrEnum
from functools import cache, lru_cache
from gettext import GNUTranslations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from crawler import vocabulary
from crawler.vocabulary import (
    BlockKind,
    Confidence,
    FaultKind,
    GapState,
    Reason,
    Recheck,
    Skipped,
    State,
    Trade,
    Untaken,
    Verdict,
)
from crawler.vocabulary.catalogue import read_catalogue, translations

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

CATALOGUES, DOMAIN = Path(__file__).parent / "catalogues", "vocabulary"
LANGUAGES = ("vi", "en")


_NUMBERS = ("code", "status", "before", "now")
"""What of the varying parts of a reason is a number."""
_MOST_REASONS = 1000
"""Reasons whose words are remembered: a ledger has few, each at thousands of addresses."""


class Phrase(StrEnum):
    """What is said beside the words of the sets."""

    AND = "and"
    """Between the reasons of a verdict."""
    AS_OF = "as of"
    """Of when a verdict is."""
    STALE = "stale"
    """Of when a verdict is that may hold no more."""
    STALE_SINCE = "stale since"
    """Since when a verdict may hold no more, and why."""
    KNOWN = "known"
    """Of all addresses, whatever their state."""
    FOR_EXAMPLE = "for example"
    """Beside a reason of a verdict, one of what it counts."""
    RUNNING = "running"
    """Of a run that has no outcome yet."""
    UNKNOWN_ADDRESS = "unknown address"
    """Of an address that has no state, told at length."""


NOT_SHOWN: tuple[type[StrEnum], ...] = (BlockKind, Recheck, Skipped, Untaken, FaultKind)
"""The sets whose words nobody is shown, or that are told as they stand."""
TOLD_AT_LENGTH: tuple[type[StrEnum], ...] = (State, GapState, Confidence, Trade, Verdict)
"""The sets that have more to say of each member than its name."""


class Words(NamedTuple):
    """The same in Vietnamese and in English."""

    vi: str
    en: str


def shown_sets() -> list[type[StrEnum]]:
    """Return all sets that have words in the catalogues."""
    sets = [value for value in vars(vocabulary).values() if _is_set(value)]
    return [Phrase, *(value for value in sets if value not in NOT_SHOWN)]


def _is_set(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum


def catalogue(language: str) -> "Catalog":
    """Read the catalogue of a language, one of `LANGUAGES`."""
    return read_catalogue(CATALOGUES, language, DOMAIN)


def _translations(language: str) -> GNUTranslations:
    return translations(CATALOGUES, language, DOMAIN)


def context_of(words: type[StrEnum], *, at_length: bool = False) -> str:
    """Return the context under which the catalogues have the members of a set."""
    return f"{words.__name__}, at length" if at_length else words.__name__


def word(member: StrEnum, language: str) -> str:
    """Return what a member is called in a language."""
    return _translations(language).pgettext(context_of(type(member)), member.value)


def at_length(member: StrEnum, language: str) -> str:
    """Return what is said of a member of one of the sets `TOLD_AT_LENGTH`."""
    context = context_of(type(member), at_length=True)
    return _translations(language).pgettext(context, member.value)


def counted(member: StrEnum, number: int, language: str) -> str:
    """Return what so many of a member are called, the number written as the language does."""
    from babel.numbers import format_decimal

    context, value = context_of(type(member)), member.value
    told = _translations(language).npgettext(context, value, value, number)
    return told.format(number=format_decimal(number, locale=language))


@cache
def _patterns() -> list[tuple[Reason, re.Pattern[str]]]:
    """Return how each reason is recognised in what the ledger keeps."""

    def varying(name: re.Match[str]) -> str:
        return rf"(?P<{name[1]}>{r'[0-9]+' if name[1] in _NUMBERS else '.+'})"

    names = re.compile(r"\\{(\w+)\\}")
    return [(reason, re.compile(names.sub(varying, re.escape(reason)), re.S)) for reason in Reason]


@lru_cache(_MOST_REASONS)
def reason_in_words(kept: str, language: str) -> str | None:
    """Return a reason of the ledger as a person says it; None for what is none of `Reason`, such as
    the words in which a reader tells what stands in an article's place.

    What varies in it and is a reason itself is said so, too.
    """
    for reason, pattern in _patterns():
        if found := pattern.fullmatch(kept):
            varying = {
                name: reason_in_words(value, language) or value
                for name, value in found.groupdict().items()
            }
            return word(reason, language).format(**varying)
    return None


def reason_words(kept: str | None) -> Words | None:
    """Return a reason of the ledger in both languages, as it stands where it is none of `Reason`;
    None where there is none.
    """
    if not kept:
        return None
    return Words(*(reason_in_words(kept, language) or kept for language in LANGUAGES))


def both(member: StrEnum) -> Words:
    """Return what a member is called, in both languages."""
    return Words(*(word(member, language) for language in LANGUAGES))


def both_at_length(member: StrEnum) -> Words:
    """Return what is said of a member, in both languages."""
    return Words(*(at_length(member, language) for language in LANGUAGES))


def words_of(words: type[StrEnum]) -> dict[str, Words]:
    """Return what the members of a set are called, by their values."""
    return {member.value: both(member) for member in words}


def words_for(words: type[StrEnum], value: str) -> Words:
    """Return what a stored *value* of a set is called; one that is no member, as it stands."""
    return both(words(value)) if value in {*words} else Words(value, value)
