"""Folding: Vietnamese without its marks, as people type it into a search box."""

import unicodedata

_D = str.maketrans("đĐ", "dD")


def fold(text: str) -> str:
    """Return *text* without marks and with đ as d: "Chợ Đồn" becomes "Cho Don".

    Words stay words: the number and order of the tokens is that of the NFC text, so positions in
    an index of the folded text point at the words as written.
    """
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_D)
