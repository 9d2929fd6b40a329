"""Small portals in markup that no reader was written for: what learning is measured by.

Each module describes one maker: how its articles, listings and start page look. What stands in
them is put together here from sentences in our own words, by a fixed seed. The markup follows what
such portals are known to do (cards, tables, rows of bare links, dates in cells, banners that
change, clocks, days of a build); none of it was written with a look at the rules that learn.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

PLACES = (
    "Nà Phặc", "Bản Lác", "Khe Tang", "Suối Giàng", "Đồng Văn", "Mường Lát", "Thạch Kim", "Yên Thổ",
    "Phú Lộc", "Tân Hợp", "Cao Sơn", "Bình Minh", "Lũng Cú", "Vĩnh Hải", "Quảng Lưu", "Hòa An",
)  # fmt: skip
DEEDS = (
    "khánh thành nhà văn hóa thôn", "ra quân nạo vét kênh mương nội đồng", "trao nhà tình nghĩa",
    "tổ chức hội thi nấu ăn truyền thống", "tập huấn kỹ thuật trồng nấm", "tổng kết năm học",
    "tiêm phòng cho đàn gia súc", "diễn tập phòng cháy chữa cháy rừng", "sơ kết vụ lúa đông xuân",
    "đón đoàn thầy thuốc về khám bệnh", "phát động thu gom rác thải", "mở phiên chợ nông sản sạch",
)  # fmt: skip
NOTICES = (
    "Thông báo lịch cắt nước sinh hoạt tại xã", "Kế hoạch tuyển dụng giáo viên mầm non xã",
    "Danh sách hộ nghèo được hỗ trợ năm", "Quyết định phân công trực lễ tại thị trấn",
)  # fmt: skip
SENTENCES = (
    "Ngay từ sáng sớm, đông đảo bà con đã có mặt để cùng góp sức.",
    "Công việc được chia đều cho từng tổ, ai cũng cố gắng xong trước buổi trưa.",
    "Theo bà con kể lại, đã gần mười năm nay địa phương mới có một ngày vui như vậy.",
    "Kinh phí do nhân dân đóng góp một nửa, phần còn lại lấy từ quỹ phúc lợi của xã.",
    "Các cháu học sinh góp vui bằng những tiết mục hát then và múa sạp.",
    "Lãnh đạo huyện ghi nhận nỗ lực của thôn và mong phong trào được giữ vững.",
    "Những năm trước, đoạn đường này cứ mưa xuống là lầy lội, xe cộ không qua được.",
    "Sau khi nghe báo cáo, nhiều ý kiến đề nghị làm sớm hệ thống thoát nước.",
    "Cây trồng mới cho thu hoạch sau tám tháng, giá bán cao hơn hẳn so với ngô lai.",
    "Ban tổ chức trao hai mươi suất quà cho các gia đình có hoàn cảnh khó khăn.",
    "Trưởng thôn cho biết sẽ tiếp tục vận động các hộ còn lại tham gia trong quý tới.",
    "Buổi chiều cùng ngày, đoàn đi thăm vườn ươm và khu chăn nuôi của hợp tác xã.",
    "Nhờ có điện lưới, nhiều nhà đã mua được máy xay xát và tủ lạnh.",
    "Trạm y tế xã bố trí hai bàn khám, phát thuốc miễn phí cho người cao tuổi.",
    "Đến nay toàn huyện còn bảy thôn chưa có đường bê tông đến trung tâm.",
)
CATEGORIES = ("Tin trong huyện", "Văn hóa - Xã hội", "Thông báo")


@dataclass(frozen=True)
class Story:
    """An article of a portal, and what a reader ought to find on its page."""

    number: int
    title: str
    slug: str
    date: datetime
    category: int
    lead: str
    paragraphs: tuple[str, ...]
    picture: str | None
    file: str | None
    shows_date: bool = True
    """Whether its own page tells when it was published."""

    label: str | None = None
    """The words of the link to its file, where that stands in the text as a paragraph."""

    @property
    def text(self) -> str:
        """Its paragraphs, parted by a blank line."""
        label = (self.label,) if self.label and self.file else ()
        return "\n\n".join((*self.paragraphs, *label))


@dataclass(frozen=True)
class Served:
    """A page of a portal: its bytes, and what it truly is."""

    body: bytes
    kind: str
    story: Story | None = None
    links: tuple[str, ...] = ()
    """Paths of the articles that a listing names."""


@dataclass
class Portal:
    """A whole portal: its pages by their paths, with the query."""

    name: str
    host: str
    pages: dict[str, Served] = field(default_factory=dict)
    """The start page is the first, its listings come next."""

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.host}{path}"

    def add(self, path: str, html: str, kind: str, **gold: object) -> None:
        """Add a page."""
        self.pages[path] = Served(html.encode(), kind, **gold)  # type: ignore[arg-type]


def stories(seed: int, count: int = 30) -> list[Story]:
    """Return the articles of a portal, the newest first."""
    random = Random(seed)
    start = datetime(2019, 3, 4, 7, 15) + timedelta(days=seed * 31)
    made, used = [], set[str]()
    for number in range(count):
        is_notice = random.random() < 0.2
        while True:
            place = random.choice(PLACES)
            title = (
                f"{random.choice(NOTICES)} {place} {random.randint(2, 40)}"
                if is_notice
                else f"Xã {place} {random.choice(DEEDS)} lần thứ {random.randint(2, 30)}"
            )
            if title not in used:
                break
        used.add(title)
        when = start + timedelta(days=3 * number, minutes=random.randint(0, 600))
        count_of = random.randint(0, 1) if is_notice else random.randint(3, 8)
        paragraphs = tuple(
            f"{' '.join(random.sample(SENTENCES, random.randint(2, 4)))} Đó là lần thứ {n + number}."
            for n in range(count_of)
        )
        made.append(
            Story(
                number=4100 + 7 * number,
                title=title,
                slug=slug(title),
                date=when,
                category=2 if is_notice else random.randint(0, 1),
                lead=f"Ngày {when:%d/%m}, tại {place}: {random.choice(SENTENCES)}",
                paragraphs=paragraphs,
                picture=None if is_notice else f"/hinh/{number}/anh-{number}.jpg",
                file=f"/tep/{number}/van-ban-{number}.pdf" if is_notice else None,
            )
        )
    return made[::-1]


def slug(words: str) -> str:
    """Return words as addresses have them."""
    import unicodedata

    plain = unicodedata.normalize("NFD", words.lower().replace("đ", "d"))
    letters = (
        c if c.isascii() and c.isalnum() else " " for c in plain if ord(c) < 0x300 or ord(c) > 0x36F
    )
    return "-".join("".join(letters).split())


def pages_of(found: list[Story], size: int) -> list[list[Story]]:
    """Return the pages of a listing."""
    return [found[n : n + size] for n in range(0, len(found), size)]


def portals() -> list[Portal]:
    """Return the portals of all makers."""
    from tests.makers import cards, cells, hashes, rows

    makers: tuple[Callable[[], Portal], ...] = (
        cards.portal,
        cells.portal,
        rows.portal,
        hashes.portal,
    )
    return [maker() for maker in makers]
