"""The bodies that issue official documents: by the letters in a number, and as a text names them.

The abbreviations are those of Decree 30/2020/NĐ-CP (annex III) for the state and of Guidance
36-HD/VPTW of 2018 for the Party, and what ministries and provinces made of them in use.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from crawler.text.patterns import lazily

_FIELDS = {
    "NV": "Nội vụ", "TC": "Tài chính", "YT": "Y tế", "GDĐT": "Giáo dục và Đào tạo",
    "GD&ĐT": "Giáo dục và Đào tạo", "TNMT": "Tài nguyên và Môi trường",
    "TN&MT": "Tài nguyên và Môi trường", "NNPTNT": "Nông nghiệp và Phát triển nông thôn",
    "NN&PTNT": "Nông nghiệp và Phát triển nông thôn", "NNMT": "Nông nghiệp và Môi trường",
    "KHĐT": "Kế hoạch và Đầu tư", "KH&ĐT": "Kế hoạch và Đầu tư", "CT": "Công Thương",
    "XD": "Xây dựng", "GTVT": "Giao thông vận tải", "TP": "Tư pháp",
    "TTTT": "Thông tin và Truyền thông", "TT&TT": "Thông tin và Truyền thông",
    "KHCN": "Khoa học và Công nghệ", "KH&CN": "Khoa học và Công nghệ",
    "LĐTBXH": "Lao động - Thương binh và Xã hội", "LĐTB&XH": "Lao động - Thương binh và Xã hội",
    "VHTTDL": "Văn hóa, Thể thao và Du lịch", "VHTT&DL": "Văn hóa, Thể thao và Du lịch",
}  # fmt: skip
"""What a ministry, a province's department and a district's office are each for."""
_MORE_FIELDS = (
    "Dân tộc và Tôn giáo", "Dân tộc", "Tài chính - Kế hoạch", "Kinh tế và Hạ tầng", "Kinh tế",
    "Kinh tế, Hạ tầng và Đô thị", "Văn hóa và Thông tin", "Văn hóa - Xã hội", "Ngoại vụ", "Du lịch",
    "Ngoại giao", "Công an", "Quốc phòng", "Nông nghiệp", "Quản lý đô thị",
)  # fmt: skip
_CENTRAL = {
    "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ", "VPCP": "Văn phòng Chính phủ",
    "CTN": "Chủ tịch nước", "QH": "Quốc hội", "UBTVQH": "Ủy ban Thường vụ Quốc hội",
    "VPQH": "Văn phòng Quốc hội",
    "TW": "Trung ương Đảng", "VPTW": "Văn phòng Trung ương Đảng",
    "BTGTW": "Ban Tuyên giáo Trung ương", "BTCTW": "Ban Tổ chức Trung ương",
    "BDVTW": "Ban Dân vận Trung ương", "BNCTW": "Ban Nội chính Trung ương",
    "UBKTTW": "Ủy ban Kiểm tra Trung ương", "UBDT": "Ủy ban Dân tộc", "NHNN": "Ngân hàng Nhà nước",
    "TTCP": "Thanh tra Chính phủ", "KTNN": "Kiểm toán Nhà nước", "BCA": "Bộ Công an",
    "TANDTC": "Tòa án nhân dân tối cao", "VKSNDTC": "Viện kiểm sát nhân dân tối cao",
    "BQP": "Bộ Quốc phòng", "BNG": "Bộ Ngoại giao", "LĐTBXH": "Bộ Lao động - Thương binh và Xã hội",
    "TLĐ": "Tổng Liên đoàn Lao động Việt Nam", "BNN": "Bộ Nông nghiệp và Phát triển nông thôn",
    "TWĐTN": "Trung ương Đoàn",
} | {f"B{letters}": f"Bộ {field}" for letters, field in _FIELDS.items()}  # fmt: skip
_LOCAL = {
    "UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân", "TU": "Tỉnh ủy", "HU": "Huyện ủy",
    "ThU": "Thành ủy", "TTHĐND": "Thường trực Hội đồng nhân dân", "ĐU": "Đảng ủy",
    "BTGTU": "Ban Tuyên giáo Tỉnh ủy", "BTCTU": "Ban Tổ chức Tỉnh ủy",
    "BDVTU": "Ban Dân vận Tỉnh ủy", "BNCTU": "Ban Nội chính Tỉnh ủy", "VPTU": "Văn phòng Tỉnh ủy",
    "UBKTTU": "Ủy ban Kiểm tra Tỉnh ủy", "BTGHU": "Ban Tuyên giáo Huyện ủy",
    "BTCHU": "Ban Tổ chức Huyện ủy", "BDVHU": "Ban Dân vận Huyện ủy", "VPHU": "Văn phòng Huyện ủy",
    "UBKTHU": "Ủy ban Kiểm tra Huyện ủy", "BCĐ": "Ban Chỉ đạo", "MTTQ": "Ủy ban Mặt trận Tổ quốc",
    "LĐLĐ": "Liên đoàn Lao động", "HND": "Hội Nông dân", "CCB": "Hội Cựu chiến binh",
    "SNN": "Sở Nông nghiệp và Phát triển nông thôn",
    "LHPN": "Hội Liên hiệp Phụ nữ", "TĐTN": "Đoàn Thanh niên", "VP": "Văn phòng",
    "BCH": "Ban Chỉ huy",
} | {
    start + letters: f"{kind} {field}"
    for start, kind in (("S", "Sở"), ("P", "Phòng"))
    for letters, field in _FIELDS.items()
}  # fmt: skip
LETTERS = _CENTRAL | _LOCAL
"""The bodies by their letters in a number."""

_OTHERS = (
    "Thủ tướng", "Bộ Chính trị",
    "Ban Bí thư Trung ương Đảng", "Ban Bí thư Trung ương", "Ban Bí thư",
    "Ban Chấp hành Trung ương Đảng", "Ban Chấp hành Trung ương", "Trung ương", "Tỉnh đoàn",
    "Huyện đoàn", "Thị ủy", "Quận ủy", "Hội Nông dân", "Công an", "Bộ Chỉ huy Quân sự",
    "Ban Chỉ huy Quân sự", "Ủy ban Mặt trận Tổ quốc Việt Nam", "Tòa án nhân dân",
    "Viện kiểm sát nhân dân", "Đảng bộ", "Kho bạc Nhà nước", "Bảo hiểm xã hội",
)  # fmt: skip
_CENTRAL_NAMES = frozenset((*_CENTRAL.values(), *_OTHERS[:8]))
_OFFICES = {
    office.lower(): office
    for office in ("Chủ tịch", "Phó Chủ tịch", "Giám đốc", "Phó Giám đốc", "Bộ trưởng",
                   "Ban Thường vụ", "Ban Chấp hành", "Thường trực")
}  # fmt: skip
_SAME = {"UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân", "Trung ương": "Trung ương Đảng",
         "Thủ tướng": "Thủ tướng Chính phủ", "UBMTTQ": "Ủy ban Mặt trận Tổ quốc"}  # fmt: skip

_UPPER = "A-ZĐÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĨŨƠƯẠ-Ỹ"
_CAPITALISED = rf"(?=[{_UPPER}])[^\W\d_]+"
_LONG = r"Hồ\s+Chí\s+Minh|Thừa\s+Thiên\s+Huế|Bà\s+Rịa\s+-\s+Vũng\s+Tàu"
_PLACE = rf"{_LONG}|{_CAPITALISED}(?:\s{_CAPITALISED}){{0,2}}"
_PLACE_OF_PERSON = rf"{_LONG}|{_CAPITALISED}(?:\s{_CAPITALISED})?"  # whose name may follow
_LEVELS = {"tp": "thành phố", "tx": "thị xã"}


def _phrase(words: str) -> str:
    """Return a pattern for *words* with either spelling of "ủy" and "hóa", and any spaces."""
    for one, other in (("ủy", "uỷ"), ("hóa", "hoá"), ("Tòa", "Toà")):
        words = words.replace(one, f"(?:{one}|{other})")
    words = words.replace("Ủy", "(?:Ủy|Uỷ)").replace("Trung ương", "(?:Trung ương|TW|(?-i:TƯ))")
    return words.replace(" ", r"\s+")


_KINDS = ("Bộ", "Sở", "Phòng")
_NAMES = sorted(
    {
        *LETTERS.values(), *_OTHERS, *_SAME,
        *(f"{kind} {field}" for kind in _KINDS for field in (*_FIELDS.values(), *_MORE_FIELDS)),
    },
    key=len,
    reverse=True,
)  # fmt: skip
_BY_NAME = {name.lower(): name for name in _NAMES}
STATED = lazily(
    rf"(?:(?P<office>(?i:{'|'.join(map(_phrase, _OFFICES))}))\s+(?!(?i:nước|Trung\s+ương)\b))?"
    rf"(?P<body>(?i:{'|'.join(map(_phrase, _NAMES))}))(?!\w)"
    r"(?:\s+(?P<level>(?i:tỉnh|thành\s+phố|huyện|quận|thị\s+xã|xã|phường|thị\s+trấn|TP\.?|TX\.?)"
    r")(?!\w))?"
    rf"(?:\s+(?P<place>(?(office)(?:{_PLACE_OF_PERSON})|(?:{_PLACE}))))?"
)
"""A body as a text names it: "Chủ tịch UBND huyện Chợ Đồn"."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that issues documents."""

    name: str
    is_local: bool
    """Whether there are many of the name: one in each province, district or commune."""
    level: str = ""
    place: str = ""

    def within(self, province: str | None) -> "Body":
        """Return the body as one of *province*, if it is local and no place was named."""
        if not self.is_local or self.place or not province:
            return self
        is_province = self.level == "tỉnh" or self.name.endswith("Tỉnh ủy")
        return replace(self, place=province if is_province else f"({province})")

    @property
    def where(self) -> str:
        """Where a local body is, as far as is known: "Bắc Kạn", "huyện Chợ Đồn"."""
        level = "" if self.level == "tỉnh" else self.level
        return f"{level} {self.place}".strip() if self.is_local else ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.name, self.level, self.place)))


@lru_cache(maxsize=1024)
def by_letters(letters: str) -> Body | None:
    """Return the body that *letters* in a number stand for: "UBND", "QH14", "BTNMT", "TU"."""
    stem = letters.rstrip("0123456789")
    if stem != letters and stem not in ("QH", "UBTVQH"):
        return None
    name = LETTERS.get(stem)
    return Body(name, stem in _LOCAL) if name else None


def stated(found: re.Match[str]) -> Body:
    """Return the body that a match of `STATED` names, in the spelling that it has here."""
    name = _BY_NAME[_plain(found["body"])]
    is_local = name not in _CENTRAL_NAMES and not name.startswith(("Bộ ", "Ngân hàng"))
    is_local = is_local or name == "Bộ Chỉ huy Quân sự"
    name = _SAME.get(name, name)
    if found["office"]:
        name = f"{_OFFICES[_plain(found['office'])]} {name}"
    if not is_local:
        return Body(name, is_local=False)
    level = _plain(found["level"] or "").rstrip(".")
    place = " ".join((found["place"] or "").split())
    place = place.title() if place.isupper() and " " in place else place
    return Body(name, True, _LEVELS.get(level, level), place)


def _plain(words: str) -> str:
    words = re.sub(r"\b(?:[Tt][Ww]|TƯ)\b", "Trung ương", " ".join(words.split())).lower()
    return words.replace("uỷ", "ủy").replace("hoá", "hóa").replace("toà", "tòa")
