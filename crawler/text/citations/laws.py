"""Laws that texts cite by their names, without a number."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.text.citations.issuers import Body
from crawler.text.patterns import lazily

_CODES = (
    "Dân sự", "Hình sự", "Lao động", "Hàng hải Việt Nam", "Hàng hải", "Tố tụng dân sự",
    "Tố tụng hình sự",
)  # fmt: skip
_LAWS = (
    "An ninh mạng", "An ninh quốc gia", "An toàn thông tin mạng", "An toàn thực phẩm",
    "An toàn, vệ sinh lao động", "Ban hành văn bản quy phạm pháp luật", "Báo chí",
    "Bảo hiểm xã hội", "Bảo hiểm y tế", "Bảo vệ bí mật nhà nước", "Bảo vệ môi trường",
    "Bảo vệ quyền lợi người tiêu dùng", "Bảo vệ và kiểm dịch thực vật", "Bảo vệ và phát triển rừng",
    "Bảo vệ, chăm sóc và giáo dục trẻ em", "Bầu cử đại biểu Quốc hội và đại biểu Hội đồng nhân dân",
    "Bình đẳng giới", "Cán bộ, công chức", "Căn cước công dân", "Căn cước", "Chăn nuôi",
    "Chính quyền địa phương", "Chứng khoán", "Công an nhân dân", "Công chứng", "Công đoàn",
    "Công nghệ thông tin", "Công nghệ cao", "Cư trú", "Cạnh tranh", "Dân quân tự vệ",
    "Di sản văn hóa", "Doanh nghiệp", "Du lịch", "Dược", "Đa dạng sinh học", "Đất đai",
    "Đấu giá tài sản", "Đấu thầu", "Đầu tư công", "Đầu tư", "Điện lực", "Điện ảnh", "Đê điều",
    "Giá", "Giao dịch điện tử", "Giao thông đường bộ", "Giao thông đường thủy nội địa",
    "Giáo dục đại học", "Giáo dục nghề nghiệp", "Giáo dục quốc phòng và an ninh", "Giáo dục",
    "Hòa giải ở cơ sở", "Hòa giải, đối thoại tại Tòa án", "Hộ tịch", "Hôn nhân và gia đình",
    "Hợp tác xã", "Hải quan", "Hoạt động giám sát của Quốc hội và Hội đồng nhân dân",
    "Kế toán", "Khám bệnh, chữa bệnh", "Khiếu nại", "Khoa học và công nghệ", "Khoáng sản",
    "Kiểm toán nhà nước", "Kiến trúc", "Kinh doanh bất động sản", "Lâm nghiệp", "Luật sư",
    "Lưu trữ", "Lý lịch tư pháp", "Mặt trận Tổ quốc Việt Nam", "Ngân sách nhà nước",
    "Nghĩa vụ quân sự", "Người cao tuổi", "Người khuyết tật", "Nhà ở", "Nuôi con nuôi",
    "Phá sản", "Phí và lệ phí", "Phòng cháy và chữa cháy", "Phòng cháy, chữa cháy",
    "Phòng, chống bạo lực gia đình", "Phòng, chống bệnh truyền nhiễm", "Phòng, chống ma túy",
    "Phòng, chống mua bán người", "Phòng, chống rửa tiền", "Phòng, chống tác hại của rượu, bia",
    "Phòng, chống tác hại của thuốc lá", "Phòng, chống tham nhũng", "Phòng, chống thiên tai",
    "Phổ biến, giáo dục pháp luật", "Phòng thủ dân sự", "Quảng cáo", "Quản lý thuế",
    "Quản lý nợ công", "Quản lý, sử dụng tài sản công", "Quản lý ngoại thương", "Quốc phòng",
    "Quốc tịch Việt Nam", "Quy hoạch đô thị", "Quy hoạch", "Sở hữu trí tuệ",
    "Sĩ quan Quân đội nhân dân Việt Nam", "Tài nguyên nước",
    "Tài nguyên, môi trường biển và hải đảo",
    "Thanh niên", "Thanh tra", "Thể dục, thể thao", "Thi đua, khen thưởng", "Thi hành án dân sự",
    "Thi hành án hình sự", "Thống kê", "Thủ đô", "Thú y", "Thủy lợi", "Thủy sản",
    "Thuế bảo vệ môi trường", "Thuế giá trị gia tăng", "Thuế sử dụng đất phi nông nghiệp",
    "Thuế thu nhập cá nhân", "Thuế thu nhập doanh nghiệp", "Thuế tiêu thụ đặc biệt",
    "Thực hiện dân chủ ở cơ sở", "Thực hành tiết kiệm, chống lãng phí", "Thương mại",
    "Tiếp cận thông tin", "Tiếp công dân", "Tiêu chuẩn và quy chuẩn kỹ thuật",
    "Tín ngưỡng, tôn giáo",
    "Tổ chức Chính phủ", "Tổ chức chính quyền địa phương",
    "Tổ chức Hội đồng nhân dân và Ủy ban nhân dân",
    "Tổ chức Quốc hội", "Tổ chức Tòa án nhân dân", "Tổ chức Viện kiểm sát nhân dân", "Tố cáo",
    "Tố tụng hành chính", "Trách nhiệm bồi thường của Nhà nước",
    "Trật tự, an toàn giao thông đường bộ",
    "Trẻ em", "Trồng trọt", "Trợ giúp pháp lý", "Trưng cầu ý dân", "Tương trợ tư pháp",
    "Viên chức", "Việc làm", "Viễn thông", "Xây dựng", "Xuất bản", "Xử lý vi phạm hành chính",
    "Xuất cảnh, nhập cảnh của công dân Việt Nam", "Đường bộ", "Đường sắt",
    "Người lao động Việt Nam đi làm việc ở nước ngoài theo hợp đồng", "Biên phòng Việt Nam",
    "Biên giới quốc gia", "Cảnh sát biển Việt Nam", "Cảnh vệ", "Các tổ chức tín dụng",
    "Ngân hàng Nhà nước Việt Nam", "Khí tượng thủy văn", "Đo đạc và bản đồ", "Hóa chất",
    "Năng lượng nguyên tử", "Sử dụng năng lượng tiết kiệm và hiệu quả",
    "Hiến, lấy, ghép mô, bộ phận cơ thể người và hiến, lấy xác",
)  # fmt: skip
"""The laws of recent decades, as the National Assembly names them."""


@dataclass(frozen=True, slots=True)
class Law:
    """A law as a text names it."""

    start: int
    end: int
    """Where it is named: offsets in the text."""
    type: str
    """"Luật", "Bộ luật" or "Hiến pháp"."""
    title: str
    """Type, name and, if stated, year: "Luật Đất đai 2013"."""
    body = Body("Quốc hội", is_local=False)


def _any_of(names: Iterable[str]) -> str:
    return "|".join(name.replace(" ", r"\s+") for name in sorted(names, key=len, reverse=True))


_TITLES = {name.lower(): name for name in (*_CODES, *_LAWS)}
_NAMED = lazily(
    rf"uật\s+(?:(?P<code>(?i:{_any_of(_CODES)}))|(?P<law>(?i:{_any_of(_LAWS)})))(?!\w)"
    r"(?:\s*(?:,\s*|\(\s*)?(?:(?i:năm)\s+)?(?P<year>(?:19|20)\d\d)(?!\w|[/.-]\d)\)?)?"
)
_CONSTITUTION = lazily(r"iến\s+pháp\s+(?:năm\s+)?(?P<year>(?:19|20)\d\d)(?!\w|[/.-]\d)")
_NO_LAW = lazily(r"(?:đại học|khoa|ngành|hội|công ty|viện|cử nhân)\s+$", re.IGNORECASE)
_FOREIGN = lazily(
    r"\s+(?:của\s+)?(?:nước\s+)?(?:Mỹ|Hoa Kỳ|Anh|Pháp|Đức|Nga|Nhật|Hàn Quốc|Trung Quốc|Thái Lan|"
    r"Lào|Campuchia|Singapore|Malaysia|Indonesia|Philippines|Úc|Ấn Độ|Đài Loan|châu Âu|EU)(?!\w)"
)


def laws(text: str) -> Iterator[Law]:
    """Yield the laws, codes and constitutions of Viet Nam that *text* names.

    "luật đất đai" is a law only with its year: in small letters it is a matter, not a document.
    """
    for found in _NAMED.finditer(text):
        start = _start(text, found)
        if start is None or _FOREIGN.match(text, found.end()):
            continue
        if not _NO_LAW.search(text[max(0, start - 12) : start]):
            name = _TITLES[" ".join((found["code"] or found["law"]).split()).lower()]
            yield _law(start, found, "Bộ luật" if found["code"] else "Luật", name)
    for found in _CONSTITUTION.finditer(text):
        if text[found.start() - 1 : found.start()] in ("H", "h"):
            yield _law(found.start() - 1, found, "Hiến pháp")


def _start(text: str, found: re.Match[str]) -> int | None:
    """Return where the law's name begins, or None if it is none."""
    start = found.start() - 1
    initial, before = text[max(0, start) : start + 1], text[max(0, start - 3) : max(0, start)]
    if found["code"]:
        return start - 3 if initial in ("L", "l") and before.lower() == "bộ " else None
    name = found["law"]
    if initial != "L" and not (initial == "l" and found["year"]):
        return None
    return start if " " in name or name[0].isupper() else None


def _law(start: int, found: re.Match[str], kind: str, name: str = "") -> Law:
    return Law(start, found.end(), kind, " ".join(filter(None, (kind, name, found["year"]))))
