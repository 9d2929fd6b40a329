"""The facts of the invented district that the portal belongs to."""

from dataclasses import dataclass
from datetime import timedelta, timezone

TIMEZONE = timezone(timedelta(hours=7))
"""Asia/Ho_Chi_Minh, which has had no other offset in the years of the portal."""

HOST = "khuoisao.example"
"""The host that posts use for links within the portal; the server puts its own in its place."""

NAME = "Cổng thông tin điện tử huyện Khuổi Sao"
TAGLINE = "Trang tin của Đảng bộ, chính quyền và Nhân dân huyện Khuổi Sao, tỉnh Đông Lĩnh"
EDITOR = "quantri"
"""The account that WordPress names where a post names no author; the theme does not show it."""

LICENCE = (
    "Giấy phép số 12/GP-TTĐT ngày 05/3/2018 của Sở Thông tin và Truyền thông tỉnh Đông Lĩnh. "
    "Ghi rõ nguồn “Cổng thông tin điện tử huyện Khuổi Sao” khi phát hành lại thông tin."
)

CATEGORIES = {
    "Tin tức - Sự kiện": "tin-tuc-su-kien",
    "Kinh tế - Xã hội": "kinh-te-xa-hoi",
    "Xây dựng Đảng": "xay-dung-dang",
    "Xây dựng nông thôn mới": "xay-dung-nong-thon-moi",
    "Văn hóa - Du lịch": "van-hoa-du-lich",
    "Giáo dục - Y tế": "giao-duc-y-te",
    "Quốc phòng - An ninh": "quoc-phong-an-ninh",
    "Chuyển đổi số": "chuyen-doi-so",
    "Chỉ đạo điều hành": "chi-dao-dieu-hanh",
    "Thông báo": "thong-bao",
}
"""Name and slug of every category, in the order of the menu."""


@dataclass(frozen=True)
class StaticPage:
    """A page that is no post: it has an address and a text, but no date and no neighbours."""

    id: int
    slug: str
    title: str
    paragraphs: tuple[str, ...]


PAGES = (
    StaticPage(
        2,
        "gioi-thieu",
        "Giới thiệu chung",
        (
            "Khuổi Sao là huyện vùng cao nằm ở phía tây bắc tỉnh Đông Lĩnh, gồm 15 đơn vị hành "
            "chính cấp xã với 14 xã và 01 thị trấn. Huyện lỵ đặt tại thị trấn Nà Pản.",
            "Địa hình của huyện chủ yếu là núi đá vôi và đồi đất xen kẽ những thung lũng hẹp. "
            "Suối Lẹng chảy dọc huyện từ bắc xuống nam, cấp nước cho những cánh đồng lớn nhất.",
        ),
    ),
    StaticPage(
        8,
        "co-cau-to-chuc",
        "Cơ cấu tổ chức",
        (
            "UBND huyện có 12 cơ quan chuyên môn, làm việc theo quy chế ban hành kèm theo Quyết "
            "định số 215/QĐ-UBND ngày 16/7/2021.",
            "Văn phòng HĐND và UBND huyện là đầu mối tiếp nhận văn bản và phản ánh, kiến nghị.",
        ),
    ),
    StaticPage(
        11,
        "lien-he",
        "Liên hệ",
        (
            "Bộ phận Tiếp nhận và Trả kết quả của UBND huyện làm việc từ thứ Hai đến thứ Sáu, "
            "buổi sáng từ 7 giờ 30 phút, buổi chiều từ 13 giờ 30 phút.",
            "Ý kiến của bạn đọc xin gửi về Ban Biên tập Cổng thông tin điện tử huyện.",
        ),
    ),
)
