"""Folding: Vietnamese without its marks, as people type it into a search box."""

import unicodedata


class _Folded(dict[int, str]):
    """What each character is without its marks, worked out when it is first met."""

    def __missing__(self, codepoint: int) -> str:
        letters = unicodedata.normalize("NFD", chr(codepoint))
        folded = "".join(c for c in letters if not unicodedata.combining(c))
        self[codepoint] = folded
        return folded


_FOLDED = _Folded({ord("đ"): "d", ord("Đ"): "D"})


def fold(text: str) -> str:
    """Return *text* without marks and with đ as d: "Chợ Đồn" becomes "Cho Don".

    Words stay words: the number and order of the tokens is that of the NFC text, so positions in
    an index of the folded text point at the words as written.
    """
    return text.translate(_FOLDED)
