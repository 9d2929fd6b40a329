"""Whether two names of a portal are of one body: how portals call themselves varies a great deal.

"Trang thông tin điện tử huyện Mẫu" and "Cổng TTĐT UBND huyện Mẫu - tỉnh Bắc Kạn" are one body's,
"Trang thông tin điện tử xã Mẫu" is another's.
"""

import re

from crawler.text.fold import fold

_WORDS = re.compile(r"\w+")
_GENERAL = re.compile(
    r"\b(?:cong|trang|website|web|site|portal|chu|home|"
    r"thong tin|dien tu|tong hop|ttdt|ttth|giao tiep|cua|chinh thuc|"
    r"uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|huyen uy|dang bo|chinh quyen|"
    r"chao mung|den voi|gov|vn|com|www|https?)\b"
)
"""What the names of all portals say, and tells nobody's."""


def is_one_body_s(one: str, other: str) -> bool:
    """Whether two names may be of one body's portal; so they may if one of them tells nobody's."""
    first, second = _own_words(one), _own_words(other)
    shorter, longer = sorted((first, second), key=len)
    return _stand_in(shorter, longer)


def _own_words(name: str) -> list[str]:
    """Return the words of a name by which its body is told from others, without their marks."""
    return _WORDS.findall(_GENERAL.sub(" ", " ".join(_WORDS.findall(fold(name).casefold()))))


def _stand_in(words: list[str], others: list[str]) -> bool:
    """Whether words stand in others, in their order and one after another."""
    last = len(others) - len(words)
    return any(others[at : at + len(words)] == words for at in range(last + 1))
