"""What is the name of a portal, and whether two are of one body: how portals call themselves varies
a great deal.

"Trang thông tin điện tử huyện Mẫu" and "Cổng TTĐT UBND huyện Mẫu - tỉnh Bắc Kạn" are one body's,
"Trang thông tin điện tử xã Mẫu" is another's.
"""

from crawler.text.fold import fold
from crawler.text.patterns import lazily

_WORDS = lazily(r"\w+")
_GENERAL = lazily(
    r"\b(?:cong|trang|website|web|site|portal|chu|home|"
    r"thong tin|dien tu|tong hop|ttdt|ttth|giao tiep|cua|chinh thuc|"
    r"uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|huyen uy|dang bo|chinh quyen|"
    r"chao mung|den voi|gov|vn|com|www|https?)\b"
)
"""What the names of all portals say, and tells nobody's."""

_PORTAL = lazily(
    r"\b(?:cổng|trang) (?:thông tin|tin|giao tiếp|điện tử|ttđt)\b|\btrang (?:chủ|web)\b|"
    r"\b(?:tttđt|ttđt|cttđt)\b|^home(?: ?page)?$|^(?:the )?(?:official )?website\b"
)
_BODY = lazily(
    r"(?:tỉnh|huyện|thị xã|thành phố|quận|phường|xã|thị trấn|ubnd|[uủ][ỷy] ban nhân dân)\b"
)
_OF_NAMES = frozenset(
    ["cổng", "trang", "website", "web", "site", "portal", "chủ", "home", "page", "homepage",
     "thông", "tin", "điện", "tử", "tổng", "hợp", "ttđt", "tttđt", "cttđt", "ttth", "giao",
     "tiếp", "của", "chính", "thức", "ủy", "uỷ", "ban", "nhân", "dân", "ubnd", "hội", "đồng",
     "hđnd", "đảng", "bộ", "quyền", "và", "tỉnh", "huyện", "thị", "xã", "thành", "phố", "quận",
     "phường", "trấn", "chào", "mừng", "bạn", "quý", "vị", "đến", "với", "gov", "vn", "com",
     "www", "the", "of", "official", "phòng", "sở", "đài", "trung", "tâm", "giáo", "dục", "đào",
     "tạo", "văn", "hóa", "hoá", "truyền", "thanh", "hình", "tư", "pháp", "nội", "vụ", "y", "tế"]
)  # fmt: skip
"""Words that are no names and stand in the names of portals, bodies and their offices."""
_BETWEEN_NAMES = lazily(r"\s+[-–—|•·:»]+\s+|\s*[|»]\s*")


def is_portal_s(text: str) -> bool:
    """Whether a text is no more than the name of a portal, and of bodies beside it.

    "Trang thông tin điện tử huyện Mẫu - Tỉnh Bắc Kạn" is, "Cổng thông tin điện tử huyện Mẫu đổi
    giao diện" is a title.
    """
    if len(text) > _LONGEST or _PORTAL.search(text.casefold()) is None:
        return False
    return all(map(_is_name, _BETWEEN_NAMES.split(text)))


def _is_name(part: str) -> bool:
    """Whether a part of a title is the name of a portal or body: what it says beyond that begins
    with capital letters; where all is in capitals, it does not stand in front of the portal."""
    plain = " ".join(part.casefold().split())
    portal, is_body = _PORTAL.search(plain), _BODY.match(plain) is not None
    if not portal and not is_body:
        return False
    if portal and not is_body and part.isupper():  # its capitals tell nothing
        return _OF_NAMES.issuperset(_WORDS.findall(plain[: portal.start()]))
    words = _WORDS.findall(part)
    return all(word.casefold() in _OF_NAMES or not word[0].islower() for word in words)


_LONGEST = 200


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
