"""UTF-8 once read as windows-1252 or ISO 8859-1 and stored so: "Há»™i nghá»‹" for "Hội nghị"."""

import re
import unicodedata

from crawler.text.charset.markup import WESTERN, readable, with_letters, with_readable
from crawler.text.charset.syllables import WORD, is_syllable
from crawler.text.patterns import lazily

_BYTES = WESTERN | {"Ă": 0xC3}  # as windows-1258 shows it


def _class(first: int, last: int) -> str:
    return "[" + "".join(c for c, byte in _BYTES.items() if first <= byte <= last) + "]"


_REST = _class(0x80, 0xBF)
_LETTER = lazily(f"{_class(0xC2, 0xDF)}{_REST}|{_class(0xE0, 0xEF)}{_REST}{{2}}")
_WORD = lazily(r"[^ \t\r\n\f]+")  # U+00A0 and U+0085 are parts of letters here
_PUNCTUATION = frozenset("\u00a0“”‘’„–—…•·«»°²³½¼¾×©®™§±\u200b\u00ad₫")
_MIN_WORDS = 2
_MIN_SHARE = 0.8
_TIMES = 3
"""How often a text may have been read wrongly on its way."""


def mend(parts: list[str]) -> list[str] | None:
    """Return the `pieces` of a page with its mojibake mended, None if nothing was.

    A word is mended if the whole of it reads as UTF-8 again and is Vietnamese then; and none is
    unless several are, and nearly all that could be. Markup stays, but for what of it a person
    reads (`with_readable`).
    """
    mended: dict[str, str | None] = {}
    for text in readable(parts):
        for word in _WORD.findall(with_letters(text)):
            if not word.isascii() and word not in mended and _LETTER.search(word):
                mended[word] = _read_again(word)
    certain = sum(map(_is_vietnamese, mended.values()))
    doubtful = sum(1 for word in mended.values() if word is None)
    if certain < _MIN_WORDS or certain < _MIN_SHARE * (certain + doubtful):
        return None

    def changed(text: str) -> str:
        letters = with_letters(text)
        new = _WORD.sub(lambda word: mended.get(word[0]) or word[0], letters)
        return text if new == letters else new

    return [
        with_readable(part, changed) if number % 2 else changed(part)
        for number, part in enumerate(parts)
    ]


def _read_again(word: str) -> str | None:
    """Return what *word* was before, once or more times over, else None."""
    for _ in range(_TIMES):
        try:
            word = _LETTER.sub(_utf8, word)
        except UnicodeDecodeError:
            return None
        if not _LETTER.search(word):
            return word if all(map(_is_at_home, word)) else None
    return None


def _utf8(letter: re.Match[str]) -> str:
    return bytes(_BYTES[c] for c in letter[0]).decode()


def _is_at_home(char: str) -> bool:
    """Whether a character is one of Vietnamese texts."""
    if char.isascii() or char in _PUNCTUATION or char in "đĐ":
        return True
    letters = unicodedata.normalize("NFD", char)
    return (letters[0] in "AEIOUYaeiouy" and len(letters) > 1) or unicodedata.combining(char) > 0


def _is_vietnamese(word: str | None) -> bool:
    tokens = [token for token in WORD.findall(word or "") if not token.isascii()]
    return bool(tokens) and all(map(is_syllable, tokens))
