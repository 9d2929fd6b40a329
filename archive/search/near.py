"""Words near those that were typed and that no article has: what else may have been meant.

A word is near if one slip of the finger makes it the other: a letter more, less, another or out of
place; or if it is what an input method makes of the keys that were struck, where none was on
("ddoongf" is "đồng", "d9o6ng2" too).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product

from archive.search.asked import Asked
from archive.search.words import has_marks, spelling
from crawler.text.charset.syllables import is_syllable

Frequency = Callable[[str], int]
"""In how many articles a word is, by its folded spelling."""

MOST_CHECKED = 8
"""Words of a query that are looked at."""
A_WORD = 3
"""Near words of one word."""
SUGGESTIONS = 3
"""Queries that are suggested."""
_SHORTEST, _LONGEST = 2, 24

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_TELEX_LETTERS = {"aw": "ă", "aa": "â", "dd": "đ", "ee": "ê", "oo": "ô", "ow": "ơ", "uw": "ư"}
_VNI_LETTERS = {"a8": "ă", "a6": "â", "d9": "đ", "e6": "ê", "o6": "ô", "o7": "ơ", "u7": "ư"}
_TELEX_TONES = dict(zip("sfrxj", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_VNI_TONES = dict(zip("12345", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_VOWEL = re.compile("[aăâeêioôơuưy]")


def suggestions(asked: Asked, frequency: Frequency) -> list[str]:
    """Return queries like *asked* in which each word that no article has is a near one that some
    have, the likeliest first; none if there is no such word, or none is near.
    """
    unknown = [
        word
        for word in dict.fromkeys(word for term in asked.terms for word in term.words)
        if not frequency(spelling(word).folded)
    ]
    if not unknown or len(unknown) > MOST_CHECKED:
        return []
    choices = [near_words(word, frequency) for word in unknown]
    if not all(choices):
        return []
    texts = (_replaced(asked.text, unknown, chosen) for chosen in product(*choices))
    return [*islice((text for text in texts if text != asked.text), SUGGESTIONS)]


def near_words(word: str, frequency: Frequency) -> list[str]:
    """Return up to `A_WORD` words near *word* that articles have, the most frequent first; what an
    input method makes of it before all others.
    """
    for meant in _keys_struck(word):
        if frequency(spelling(meant).folded):
            return [meant]
    if not _SHORTEST <= len(word) <= _LONGEST or word.isdigit():
        return []
    found: dict[str, str] = {}
    for near in map(spelling, _slips(word)):
        if has_marks(near.exact) or near.folded not in found:  # as near to what was typed
            found[near.folded] = near.exact
    known = {near: often for folded, near in found.items() if (often := frequency(folded))}
    return sorted(known, key=lambda near: -known[near])[:A_WORD]


def _slips(word: str) -> Iterator[str]:
    """Yield what one slip may have made *word* of."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in _LETTERS:
            if after:
                yield before + letter + after[1:]
            yield before + letter + after


def _keys_struck(word: str) -> Iterator[str]:
    """Yield the syllable that an input method makes of the keys of *word*: Telex, then VNI."""
    if not word.isascii() or len(word) > _LONGEST:
        return
    for letters, tones in ((_TELEX_LETTERS, _TELEX_TONES), (_VNI_LETTERS, _VNI_TONES)):
        if (meant := _typed_with(word, letters, tones)) != word and is_syllable(meant):
            yield meant


def _typed_with(word: str, letters: dict[str, str], tones: dict[str, str]) -> str:
    made, tone = "", ""
    for key in word:
        if (joined := _with_mark(made, key, letters)) is not None:
            made = joined
        elif key in tones and _VOWEL.search(made):
            tone = tones[key]
        else:
            made += key
    vowels = [*_VOWEL.finditer(made)]
    if tone and vowels:
        # where it stands makes no difference: `spelling` has it in its place
        end = vowels[-1].end()
        made = unicodedata.normalize("NFC", made[:end] + tone + made[end:])
    return spelling(made).exact


def _with_mark(made: str, key: str, letters: dict[str, str]) -> str | None:
    """Return what a key makes of the letters before it: "uo" and "w" are "ươ", "o" and "o" "ô"."""
    if key == "w" and made.endswith("uo"):
        return made[:-2] + "ươ"
    if key == "7" and made.endswith("uo"):
        return made[:-2] + "ươ"
    for pair, letter in letters.items():
        place = made.rfind(pair[0])
        if pair[1] == key and place >= 0 and not _CONSONANT_AND_VOWEL.search(made[place + 1 :]):
            return made[:place] + letter + made[place + 1 :]
    return None


_CONSONANT_AND_VOWEL = re.compile("[^aeiouy][aeiouy]")


def _replaced(text: str, unknown: Sequence[str], chosen: Iterable[str]) -> str:
    """Return a query as it was typed, with some of its words replaced."""
    meant = dict(zip(unknown, chosen, strict=True))
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"[^\W_]+", lambda m: meant.get(spelling(m[0]).exact, m[0]), text)
