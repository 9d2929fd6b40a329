"""Folding: Vietnamese without its marks, as people type it into a search box."""

import unicodedata

from crawler.text.lookalikes import LOOK_ALIKES


class _Folded(dict[int, str]):
    """What each character is without its marks, worked out when it is first met."""

    def __missing__(self, codepoint: int) -> str:
        letters = unicodedata.normalize("NFD", chr(codepoint))
        folded = "".join(c for c in letters if not unicodedata.combining(c))
        self[codepoint] = folded
        return folded


_DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789", strict=True))
_TYPED = {"đ": "d", "Đ": "D", **_DIGITS}
"""Letters and digits that are no other with a mark, and what they are typed as."""
_ALIKE = {letter: _TYPED[meant] for letter, meant in LOOK_ALIKES.items()}
_FOLDED = _Folded(str.maketrans(_TYPED | _ALIKE))


def fold(text: str) -> str:
    """Return *text* without marks, with đ and what looks like it as d, and raised digits as plain
    ones: "Chợ Đồn" becomes "Cho Don", "120m²" "120m2".

    Words stay words: the number and order of the tokens is that of the NFC text, so positions in
    an index of the folded text point at the words as written.
    """
    return text.translate(_FOLDED)
