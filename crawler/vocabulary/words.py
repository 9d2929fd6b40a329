"""What the words of the vocabulary are called before people: read from the catalogues.

``catalogues/LANGUAGE/LC_MESSAGES/vocabulary.po`` are gettext catalogues. The context of a message
is the set that it belongs to ("State"), its id the member's value; where a member is also told at
length, the context says so ("State, at length").
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
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
    Grade,
    PageKind,
    PlaceKind,
    Recheck,
    RunOutcome,
    Sentence,
    Skipped,
    State,
    Trade,
    Untaken,
    Verdict,
    sentences,
    soundness,
)
from crawler.vocabulary.catalogue import read_catalogue, translations
from crawler.vocabulary.soundness import Record, Said

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

CATALOGUES, DOMAIN = Path(__file__).parent / "catalogues", "vocabulary"
LANGUAGES = ("vi", "en")


_DIGITS, _ONE_WORD, _FILE = "[0-9]+", r"\S+", r"[^:;]{0,500}\.warc[^\s:;]*"
_THING = r"(?:\w+:/)?/[^:;]{0,500}|(?:[^:;]{0,500}[/\\])?[^\s:;]{1,500}|[^:;]{1,500}\.db"
"""How the name of a file, a folder, a store or a table looks: with spaces only in a folder's."""
_PROFILE = r"profiles/\S+\.toml"
_COUNTS = ("number", "most", "least", "before", "now", "size")
"""What is written as the language writes numbers."""
_FORMS = (
    dict.fromkeys(("code", "status", "first", "last", "stamp"), _DIGITS)
    | dict.fromkeys(_COUNTS, "[0-9][0-9,]*")
    | dict.fromkeys(("url", "site", "host", "day", "other_day", "time", "other_time"), _ONE_WORD)
    | dict.fromkeys(("meta", "setting", "kind", "table", "block"), _ONE_WORD)
    | dict.fromkeys(("claim", "other_claim"), "“.+")
    | {"file": _FILE, "trade": "|".join(Trade), "place_kind": "|".join(PlaceKind)}
    | {"place": "[^(),;:]+"}
    | {"profile": _PROFILE, "profiles": f"{_PROFILE}(?: and {_PROFILE})*"}
)
"""How what varies in a sentence looks; of what is not named here, it may be anything."""
_DAY_FORMS = {"vi": "dd/MM/y", "en": "d MMMM y"}
_DAYS = ("day", "other_day")
"""What is written as the language writes days."""
_NAMES = (
    *("code", "status", "url", "site", "host", "address", "time", "other_time"),
    *("meta", "setting", "path", "folder", "file", "command"),
    *("first", "last", "stamp", "table", "block", "dest", "columns", "numbers", "profile"),
    "place",
)
"""What is a name, or as good as one, and is told as it is."""
_SENTENCES = (
    *("why", "what", "where", "how", "sign", "signs", "claim", "other_claim"),
    *("outcome", "span", "usual", "fault", "instead"),
)
"""What may be a sentence of ours, or several. What is named nowhere here others have said."""
_NAMES_OR_SENTENCES = ("record", "profiles")
"""What may be a sentence of ours, and else is told as it is."""
_MEMBERS: Mapping[str, type[StrEnum]] = {
    "trade": Trade, "kind": PageKind, "outcome": RunOutcome, "place_kind": PlaceKind,
    "grade": Grade, "other_grade": Grade,
}  # fmt: skip
"""The sets of which something is a member, if nothing else."""
_Form = Callable[[str], str]

_SEVERAL = ("; ", ", ")
"""What stands between several sentences that fill one place; no single word is one of several."""
_MOST_WITHIN = 4
"""Parts of one sentence between such marks of its own."""
_MOST_SENTENCES = 1000
"""Sentences whose words are remembered: a ledger has few, each at thousands of addresses."""


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
    named = [
        each for module in (vocabulary, sentences, soundness) for each in vars(module).values()
    ]
    sets = [value for value in named if _is_set(value)]
    return [Phrase, *(value for value in dict.fromkeys(sets) if value not in NOT_SHOWN)]


def _is_set(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, StrEnum) and len(value) > 0


def kept_sentences() -> list[Sentence]:
    """Return the members of all sets of sentences."""
    return [member for words in shown_sets() if issubclass(words, Sentence) for member in words]


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


_VARYING = re.compile(r"\\{(\w+)\\}")


@cache
def _patterns() -> list[tuple[Sentence, re.Pattern[str]]]:
    """Return how each sentence is recognised as it is kept: first what says nothing itself, and is
    known by what fills it; then those that say most themselves, for what else a sentence might be
    taken for leaves more to what varies.
    """
    records = "|".join(_VARYING.sub(_unnamed, re.escape(each)) for each in Record)
    forms = _FORMS | {"record": f"{records}|{_THING}"}

    def named(name: re.Match[str]) -> str:
        return f"(?P<{name[1]}>{forms.get(name[1], '.+')})"

    found = [
        (each, re.compile(_VARYING.sub(named, re.escape(each)), re.S)) for each in kept_sentences()
    ]
    return sorted(
        found, key=lambda pair: (pair[0] is not Said.OF, -len(re.sub(r"{\w+}", "", pair[0])))
    )


def _unnamed(name: re.Match[str]) -> str:
    return f"(?:{_FORMS.get(name[1], '.+')})"


def recognised(kept: str) -> tuple[Sentence, dict[str, str]] | None:
    """Return of which member a sentence is as it is kept, and what varies in it; None of none."""
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(kept)
        if found and (sentence is not Said.OF or _is_said(found["what"])):
            return sentence, found.groupdict()
    return None


def _is_said(kept: str) -> bool:
    """Whether something is a sentence, and not a member of a set alone, which others may say."""
    return " " in kept and sentence_in_words(kept, LANGUAGES[0]) is not None


@lru_cache(_MOST_SENTENCES)
def sentence_in_words(
    kept: str, language: str, form: _Form = str, quoted: _Form = str
) -> str | None:
    """Return a sentence of the archive's as a person says it, or several; None for what is none,
    such as the words of a program that failed.

    *form* makes of a text what is returned, such as HTML, and *quoted* of what in it is told as
    other people or programs wrote it.
    """
    if found := recognised(kept):
        sentence, varying = found
        told = {
            name: _filled(name, value, language, form, quoted) for name, value in varying.items()
        }
        return form(form(word(sentence, language)).format(**told))
    for between in _SEVERAL:
        if between in kept:
            parts = _several(kept.split(between), between, language, form, quoted)
            if parts:
                return form(form(between).join(parts))
    return None


def _several(
    parts: list[str], between: str, language: str, form: _Form, quoted: _Form
) -> list[str] | None:
    """Return the sentences that parts of a text are in words, each of as few of them as it can;
    None if they are not all of one.
    """
    told: list[str] = []
    while parts:
        for number in range(1, 1 + min(_MOST_WITHIN, len(parts))):
            text = between.join(parts[:number])
            # More parts than one are a sentence only if they are a single one.
            if " " in text and (number == 1 or recognised(text)):
                said = sentence_in_words(text, language, form, quoted)
                if said is not None:
                    told.append(said)
                    parts = parts[number:]
                    break
        else:
            return None
    return told


def _filled(name: str, value: str, language: str, form: _Form, quoted: _Form) -> str:
    """Return what fills the place of a *name* in a sentence, as the language says it."""
    from babel.numbers import format_decimal

    if name in _COUNTS:
        return form(str(format_decimal(int(value.replace(",", "")), locale=language)))
    if name in _DAYS:
        return form(_day(value, language))
    if name in _NAMES:
        return form(value)
    members = _MEMBERS.get(name)
    if members and value in {*members}:
        return form(word(members(value), language))
    is_name = name in _NAMES_OR_SENTENCES
    is_sentence = name in _SENTENCES or (is_name and " " in value)
    told = sentence_in_words(value, language, form, quoted) if is_sentence else None
    if told is None:
        return form(value) if is_name else quoted(value)
    return told


def _day(value: str, language: str) -> str:
    """Return a day, ISO 8601, as the language writes it; what is none, as it stands."""
    from babel.dates import format_date

    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return str(format_date(day, _DAY_FORMS[language], locale=language))


def sentence_or_as_it_stands(kept: str, language: str) -> str:
    """Return a sentence of the archive's as a person says it; what is none, as it stands."""
    return sentence_in_words(kept, language) or kept


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
