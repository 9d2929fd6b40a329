"""The words of a text, as a search compares them: one rule for texts and for what is typed.

A word is a run of letters and digits with their marks. It has two spellings. The exact one tells
"bão" from "báo", but not what is only written otherwise: capital and small letters, the Unicode
form, the place of a tone mark (hoà is hòa, uỷ is ủy, toàn is tòan) and what looks like Đ. The
folded one has no marks: "cho don" is "Chợ Đồn".
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from crawler.text.fold import fold
from crawler.text.lookalikes import as_shown

LONGEST = 64
"""Letters of a word that are compared; more is no word of a language."""

_MARKS = (
    "\u0300-\u036f"  # what is laid over letters
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"  # Thai, Lao
    "\u17b4-\u17d3\u17dd\uaa29-\uaa36\uaa43\uaa4c\uaa4d"  # Khmer, Cham
)
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
"""What may stand within a word and is not seen."""
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}{_UNSEEN}])*")
_INVISIBLE = re.compile(f"[{_UNSEEN}]")

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE = re.compile(f"[{_TONES}]")
_PLAIN_VOWELS = "aeiouy"
_GLIDE = re.compile(r"(?:[bcdđghklmnprstvx]{0,3}|q)([ou])|g(i)")
_AFTER_GLIDE = {"o": "ae", "u": "y", "i": "aeou"}
"""The vowels before which many write a tone on such a vowel: hòan, thủy, gìa."""
_VOWEL = "[aeiouy][\u0302\u0306\u031b]?"
_SYLLABLE = re.compile(
    rf"(?P<onset>(?:qu|gi(?=[aeiouy])|[bcdđghklmnprstvx]{{0,3}}))"
    rf"(?P<vowels>(?:{_VOWEL}){{1,3}})(?P<final>[cmnptgh]{{0,2}})"
)
_VOWELS = re.compile(_VOWEL)
_ASKED = 1 << 10
"""Beginnings of which it is remembered how words begin so: each is held against every word."""
_MANY = 1 << 16
"""Words whose spelling is remembered: a language written in syllables has few."""


class Word(NamedTuple):
    """A word of a text, and where it stands."""

    exact: str
    folded: str
    start: int
    end: int


class Spelling(NamedTuple):
    """A word as it is compared."""

    exact: str
    folded: str


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text, each with where it begins and ends in *text* as it was given."""
    for found in _WORD.finditer(text):
        exact, folded = spelling(found[0])
        yield Word(exact, folded, found.start(), found.end())


def spellings(text: str) -> list[Spelling]:
    """Return the words of a text in order, without where they stand."""
    return [spelling(word) for word in _WORD.findall(text)]


@lru_cache(_MANY)
def spelling(word: str) -> Spelling:
    """Return both spellings of one word."""
    exact = _exact(word)
    return Spelling(exact, fold(exact))


def has_marks(word: str) -> bool:
    """Whether the exact spelling of a word tells more than the folded one."""
    return word != fold(word)


def _exact(word: str) -> str:
    if word.isascii():
        return word.lower()[:LONGEST]
    shown = unicodedata.normalize("NFC", _INVISIBLE.sub("", as_shown(word)).lower())
    return _with_tone_in_place(shown)[:LONGEST]


def placements(word: str) -> list[str]:
    """Return how else the exact spelling of a word may be written: with its tone mark on each of
    its vowels, also on that of "qu" and "gi", where it stands in *word* first.
    """
    parts = _parts(word)
    if parts is None:
        return [word]
    onset, vowels, final, tone = parts
    if onset in ("qu", "gi"):
        onset, vowels = onset[0], [onset[1], *vowels]
    written = (
        [vowel + tone * (number == place) for number, vowel in enumerate(vowels)]
        for place in range(len(vowels))
    )
    spelled = (unicodedata.normalize("NFC", onset + "".join(each) + final) for each in written)
    return list(dict.fromkeys((word, *spelled)))


@lru_cache(_ASKED)
def beginnings(beginning: str) -> tuple[str, ...]:
    """Return how words begin that begin as the exact spelling *beginning* does, itself first.

    Where a syllable may go on, its tone may stand elsewhere in the end: "toà" is the beginning of
    "toàn" and of "tòa", "ủ" of "ủy", which many write "uỷ", and "ho" of "hòa", which is "hoà".
    """
    parts = _parts(beginning)
    if parts is None:
        glide = _GLIDE.fullmatch(beginning)
        vowels = _AFTER_GLIDE[glide[glide.lastindex or 0]] if glide else ""
        further = [beginning + tone + vowel for tone in _TONES for vowel in vowels]
        return (beginning, *(unicodedata.normalize("NFC", each) for each in further))
    onset, rime, final, tone = parts
    found = placements(beginning)
    if len(rime) == 1 and not final and rime[0] in _PLAIN_VOWELS:
        further = [f"{onset}{rime[0]}{vowel}{tone}" for vowel in _PLAIN_VOWELS]
        found += (unicodedata.normalize("NFC", each) for each in further)
    return (*found,)


def begins(word: str, beginning: str) -> bool:
    """Whether the exact spelling of a word begins so, as readers see it."""
    return word.startswith(beginnings(beginning))


def _with_tone_in_place(word: str) -> str:
    """Return a word with its tone mark where the newer spelling has it, if it is a syllable."""
    parts = _parts(word)
    if parts is None:
        return word
    onset, vowels, final, tone = parts
    # The tone after the vowel's own mark: NFC puts them in order.
    vowels[_place_of_tone(vowels, closed=bool(final))] += tone
    return unicodedata.normalize("NFC", onset + "".join(vowels) + final)


def _parts(word: str) -> tuple[str, list[str], str, str] | None:
    """Return onset, vowels, final and tone mark of a word, if it is a syllable with one."""
    letters = unicodedata.normalize("NFD", word)
    tones = _TONE.findall(letters)
    found = _SYLLABLE.fullmatch(_TONE.sub("", letters)) if len(tones) == 1 else None
    if found is None:
        return None
    return found["onset"], _VOWELS.findall(found["vowels"]), found["final"], tones[0]


def _place_of_tone(vowels: list[str], *, closed: bool) -> int:
    marked = [number for number, vowel in enumerate(vowels) if len(vowel) > 1]
    if marked:
        return marked[-1]
    if len(vowels) == 1:
        return 0
    return 1 if closed or len(vowels) > 2 else 0
