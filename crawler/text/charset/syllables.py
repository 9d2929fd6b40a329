"""What can be a Vietnamese word: the test that tells a right reading of bytes from a wrong one.

Vietnamese is written in syllables, each an onset, a rime and a tone out of short closed lists. Text
read in a wrong charset hardly ever gives such syllables, and other languages rarely do.
"""

import unicodedata
from functools import lru_cache

from crawler.text.patterns import lazily

WORD = lazily(r"(?:[^\W\d_]|[\u0300-\u036f])+")
"""Letters in a row with their marks, composed or not."""

_ONSET = "b|ch?|d|đ|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|r|s|t[hr]?|v|x"
_OPEN = (
    "a|ai|ao|au|ay|âu|ây|e|eo|ê|êu|i|ia|iêu|iu|o|oa|oai|oao|oay|oe|oeo|oi|ô|ôi|ơ|ơi|u|ua|uây|uê|"
    "ui|uơ|uôi|uy|uya|uyu|ư|ưa|ưi|ươi|ươu|ưu|y|yêu"
)
_CLOSED = {
    "m": "a|ă|â|e|ê|i|iê|o|oa|oă|ô|ơ|u|uô|ươ|yê",
    "n": "a|ă|â|e|ê|i|iê|o|oa|oă|oe|ô|ơ|u|uâ|uô|uy|uyê|ươ|yê",
    "ng": "a|ă|â|e|iê|o|oa|oă|oo|ô|u|uâ|uô|ư|ươ|yê",
    "nh": "a|ê|i|oa|uê|uy",
}
_STOPPED = {
    "c": "a|ă|â|e|iê|o|oa|oă|oo|ô|u|uô|ư|ươ",
    "ch": "a|ê|i|oa|uê|uy",
    "p": "a|ă|â|e|ê|i|iê|o|oa|ô|ơ|u|uy|ươ",
    "t": "a|ă|â|e|ê|i|iê|o|oa|oă|oe|ô|ơ|u|uâ|uô|uy|uyê|ư|ươ|yê",
}
_AFTER_QU = lazily(r"[aăâeêiy]|ơ$|ôc$")
_RIMES = lazily(
    f"(?:{_ONSET})?(?:{_OPEN}|"
    + "|".join(f"(?:{nuclei}){final}" for final, nuclei in (_CLOSED | _STOPPED).items())
    + ")"
)
_TONES = lazily("[\u0300\u0301\u0303\u0309\u0323]")  # huyền, sắc, ngã, hỏi, nặng
_LETTERS = frozenset("abcdeghiklmnopqrstuvxyđ\u0302\u0306\u031b")
_STOP_TONES = ("\u0301", "\u0323")


_LONGEST = len(unicodedata.normalize("NFD", "nghuyễnh"))


def is_syllable(word: str) -> bool:
    """Whether *word* can be a Vietnamese syllable: "Đồn", "nghiêng", "QUỐC"; not "fỹr", "cộfa".

    It need not be a word that exists. A syllable that ends in a stop (c, ch, p, t) has one of two
    tones, unless it is written without any mark, as in names.
    """
    return len(word) <= _LONGEST and _fits(word)


@lru_cache(maxsize=8192)  # a page is made of a few hundred syllables
def _fits(word: str) -> bool:
    letters = unicodedata.normalize("NFD", word.lower())
    tones = _TONES.findall(letters)
    bare = _TONES.sub("", letters)
    if len(tones) > 1 or not _LETTERS.issuperset(bare):
        return False
    bare = unicodedata.normalize("NFC", bare)
    if bare.startswith("qu"):
        bare = bare[2:] if _AFTER_QU.match(bare[2:]) else "?"
    if not _RIMES.fullmatch(bare):
        return False
    return not tones or tones[0] in _STOP_TONES or not bare.endswith((*"cpt", "ch"))
