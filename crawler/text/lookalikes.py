"""Letters that only look like Đ and đ, read as what they stand for where the text is Vietnamese.

Ð (eth, U+00D0) is what fonts and keyboards of old gave for Đ: it stands where windows-1252 has its
one letter of that look. Others are Ɖ (U+0189), ɖ (U+0256), and d with a stroke laid over it.
"""

import re
from typing import Final

from crawler.text.charset.syllables import WORD, is_syllable

LOOK_ALIKES: Final = {"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ"}
"""What looks like a letter, and the letter."""
STROKES: Final = "\u0335\u0336"
"""Strokes that are laid over the letter before."""

_ANY = re.compile(f"[{''.join(LOOK_ALIKES)}]|[Dd][{STROKES}]")
_SIGN = re.compile(f"[{''.join(LOOK_ALIKES)}{STROKES}]")
"""What there is of `_ANY` in all that it finds, at a fifth of its time."""
_VIETNAMESE = re.compile("[ĂăƠơƯư\u1ea0-\u1ef9]")
_OTHER = re.compile("[ÞþÆæ]")
"""Letters of languages that have ð for itself."""
_ABBREVIATION = re.compile(f"[BCDGHKLMNPQRSTVX{''.join(LOOK_ALIKES)}]{{2,7}}")
"""Consonants alone, as in HÐND and QÐ."""


def as_vietnamese(text: str) -> str:
    """Return *text* with what looks like Đ as Đ: all of it where the text is Vietnamese, else what
    can be a Vietnamese word or abbreviation. Text of other languages stays."""
    if not _SIGN.search(text) or not _ANY.search(text):
        return text
    if _OTHER.search(text):
        return text
    if _VIETNAMESE.search(text):
        return _ANY.sub(_letter, text)
    return WORD.sub(_word, text)


def as_shown(text: str) -> str:
    """Return *text* with all that looks like Đ as Đ, for what is compared with Vietnamese words."""
    return _ANY.sub(_letter, text) if _SIGN.search(text) else text


def _letter(found: re.Match[str]) -> str:
    shown = found[0]
    return LOOK_ALIKES.get(shown) or ("Đ" if shown[0] == "D" else "đ")


def _word(found: re.Match[str]) -> str:
    word = found[0]
    if not _ANY.search(word):
        return word
    read = _ANY.sub(_letter, word)
    return read if is_syllable(read) or _ABBREVIATION.fullmatch(word) else word
