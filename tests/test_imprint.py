"""What pages call their site, and were made with; another name and CMS as signs of a takeover."""

from typing import Any

import pytest

from crawler.page import Imprint
from crawler.readers import read_page
from crawler.text.site_names import is_one_body_s, is_portal_s
from tests.conftest import Archived, long, run
from tests.content import in_the_next_second
from tests.raw import NOT_FOUND, ROBOTS, Asked, answer, listing
from tests.raw import Portal as RawPortal
from tests.test_strangers import BRIDGE, CARDS, NEW_DAY, OLD_DAY, html

URL = "https://huyen.example/tin/cau-treo.html"
FORMER, RENAMED, ANOTHER = (
    "Trang thông tin điện tử huyện Mẫu",
    "Cổng TTĐT UBND huyện Mẫu",
    "Trang thông tin điện tử xã Suối Lạnh",
)

# What a page says

HEADS = {
    f'<meta property="og:site_name" content="{FORMER}">': FORMER,
    f"<title>{BRIDGE[0]} - {FORMER}</title>": FORMER,
    f"<title>{FORMER} | {BRIDGE[0]}</title>": FORMER,
    f"<title>{BRIDGE[0]} » Tin tức » {FORMER}</title>": FORMER,
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "'
    + BRIDGE[0]
    + '", "publisher": {"@type": "Organization", "name": "'
    + FORMER
    + '"}}</script>': FORMER,
    f"<title>{BRIDGE[0]}</title>": None,
    "<title>Trang chủ</title>": None,
}


@pytest.mark.parametrize("head", HEADS)
def test_the_name_that_a_page_gives_its_site(head: str) -> None:
    page = html(BRIDGE, OLD_DAY).replace(f"<title>{BRIDGE[0]}</title>", head)
    assert read_page(page.encode(), URL).imprint.site_name == HEADS[head]


@pytest.mark.parametrize(
    ("told", "generator"),
    [
        (["WordPress 6.4.3"], "WordPress"),
        (["Elementor 3.18; features: x", "WordPress 5.9"], "WordPress"),
        (["NukeViet v4.5"], "NukeViet"),
        (["Cổng Sen - bản 2.1"], "Cổng Sen - bản"),
        (["Hoa Sen"], "Hoa Sen"),
        ([], None),
    ],
)
def test_what_a_page_was_made_with(told: list[str], generator: str | None) -> None:
    head = "".join(f'<meta name="generator" content="{name}">' for name in told)
    page = html(BRIDGE, OLD_DAY).replace("</head>", head + "</head>")
    assert read_page(page.encode(), URL).imprint.generator == generator


def test_a_page_that_says_nothing_of_its_site() -> None:
    assert read_page(b"<h1>A</h1>", URL).imprint == Imprint()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FORMER, RENAMED),
        (FORMER, "TRANG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU - TỈNH BẮC KẠN"),
        (FORMER, "Huyen Mau"),
        (FORMER, "Cổng thông tin điện tử"),
        ("mau.example.gov.vn", "mau.example.gov.vn"),
    ],
)
def test_names_that_may_be_one_body_s(one: str, other: str) -> None:
    assert is_one_body_s(one, other)
    assert is_one_body_s(other, one)


@pytest.mark.parametrize(
    "other", [ANOTHER, "Cổng thông tin điện tử xã Mẫu", "Huyện Mẫu Sơn Đông B"]
)
def test_names_of_other_bodies(other: str) -> None:
    own = "Trang thông tin điện tử huyện Mẫu Lâm" if "Đông" in other else FORMER
    assert not is_one_body_s(own, other)


# In an archive

_PLACES = ("suối Lạnh", "đèo Gió", "bản Nưa", "núi Đỏ", "thác Bạc", "hồ Sen", "đồi Chè", "khe Tre",
           "chợ Phiên", "bến Đá")  # fmt: skip


def said(page: str, name: str | None, cms: str | None) -> str:
    head = f'<meta property="og:site_name" content="{name}">' if name else ""
    head += f'<meta name="generator" content="{cms} 4.1">' if cms else ""
    return page.replace("</head>", head + "</head>")


OURS = {
    f"/tin/bai-{number}.html": html(
        (f"Huyện Mẫu sửa đường lên {place}", f"Đường lên {place} dài {number} km đã được huyện sửa "
         "xong trước mùa mưa năm nay.", BRIDGE[2]), OLD_DAY,
    )
    for number, place in enumerate(_PLACES, 1)
}  # fmt: skip
THEIRS = {
    f"/xa/tin-{number}.html": html(
        (f"Thông báo {place} của Trung tâm hành chính công", *CARDS[1:], f"Đợt {number}."), NEW_DAY
    )
    for number, place in enumerate(_PLACES[:5], 1)
}


class Host:
    """A host whose pages, name and CMS are what they are told to be."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {**OURS}
        self.name, self.cms = FORMER, "Hoa Sen"

    def __call__(self, asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        if asked.path == "/":
            return answer(said(listing([*self.pages]), self.name, self.cms))
        if asked.path in self.pages:
            return answer(said(self.pages[asked.path], self.name, self.cms))
        return NOT_FOUND


def crawled(portal: RawPortal) -> tuple[Archived, Host]:
    host = Host()
    archived, _ = portal(host)
    archived.crawl(code=None)
    in_the_next_second()
    return archived, host


def questions(archived: Archived) -> list[str]:
    return [row["message"] for row in archived.rows("SELECT message FROM takeovers")]


def imprints(archived: Archived) -> dict[tuple[str, str], dict[str, Any]]:
    rows = archived.rows("SELECT * FROM imprints")
    return {(row["kind"], row["value"]): row for row in rows}


SOME_LEFT = {**dict([*OURS.items()][4:7]), **THEIRS}
"""Three of ten old articles are there yet, and named; five strangers are."""


def test_another_name_and_another_cms_where_most_is_gone_is_a_takeover(portal: RawPortal) -> None:
    archived, host = crawled(portal)
    known = imprints(archived)
    assert {*known} == {("name", FORMER), ("generator", "Hoa Sen")}
    host.pages, host.name, host.cms = SOME_LEFT, ANOTHER, "Cửa Sổ"

    assert archived.crawl(code=1)["outcome"] == "another owner"

    (told,) = questions(archived)
    assert f'call themselves "{ANOTHER}", and before "{FORMER}"' in told
    assert 'made with "Cửa Sổ", and before with "Hoa Sen"' in told
    assert "tinhuyen owner test --same, or --successor KEY" in told
    rows = archived.rows("SELECT attribution, count(*) AS n FROM attributions GROUP BY attribution")
    assert {row["attribution"]: row["n"] for row in rows}["own"] == len(OURS)
    now = imprints(archived)
    assert {*now} == {*known, ("name", ANOTHER), ("generator", "Cửa Sổ")}
    assert now["name", ANOTHER]["first_seen_at"] > now["name", FORMER]["last_seen_at"]


GOES_ON: dict[str, tuple[dict[str, str], str, str]] = {
    "another name alone": (SOME_LEFT, ANOTHER, "Hoa Sen"),
    "another CMS alone": (SOME_LEFT, FORMER, "Cửa Sổ"),
    "another form of its name, and another CMS": (SOME_LEFT, RENAMED, "Cửa Sổ"),
    "both, and all is there": (OURS | THEIRS, ANOTHER, "Cửa Sổ"),
    "both, and all has moved": (
        {path.replace("/tin/", "/moi/"): page for path, page in OURS.items()}, ANOTHER, "Cửa Sổ",
    ),
    "neither": (SOME_LEFT, FORMER, "Hoa Sen"),
}  # fmt: skip


@pytest.mark.parametrize(
    "case",
    ["another name alone", "both, and all has moved"]
    + [
        long(case)
        for case in GOES_ON
        if case not in ("another name alone", "both, and all has moved")
    ],
)
def test_a_portal_that_goes_on_under_another_name_or_cms(portal: RawPortal, case: str) -> None:
    archived, host = crawled(portal)
    host.pages, host.name, host.cms = GOES_ON[case]

    assert archived.crawl("--full", code=None)["outcome"] == "finished"

    assert questions(archived) == []


def test_who_says_that_it_is_the_same_is_not_asked_again(portal: RawPortal) -> None:
    archived, host = crawled(portal)
    host.pages, host.name, host.cms = SOME_LEFT, ANOTHER, "Cửa Sổ"
    archived.crawl(code=1)
    sites = str(archived.folder / "sites")
    assert run("owner", "test", "--db", archived.db, "--same", TINHUYEN_SITES=sites).code == 0
    in_the_next_second()

    assert archived.crawl(code=None)["outcome"] == "finished"

    assert len(questions(archived)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Trang thông tin điện tử huyện Mẫu, tỉnh Bắc Kạn",
        "CỔNG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU",
        "CHÀO MỪNG BẠN ĐẾN VỚI TRANG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU",
        "UBND HUYỆN MẪU TRANG THÔNG TIN ĐIỆN TỬ",
        "Huyện Mẫu - Cổng TTĐT",
        "TTTĐT thị xã Mẫu",
        "Chào mừng quý vị đến với Trang thông tin điện tử Ủy ban nhân dân huyện Mẫu",
        "Trang thông tin điện tử Phòng Giáo dục và Đào tạo huyện Mẫu",
        "Website huyện Mẫu",
        "Trang chủ",
        "Home",
    ],
)
def test_a_name_of_a_portal_says_nothing_else(name: str) -> None:
    assert is_portal_s(name)


@pytest.mark.parametrize(
    "title",
    [
        "Cổng thông tin điện tử huyện Mẫu đổi giao diện",
        "Website huyện Mẫu ra mắt bạn đọc",
        "RA MẮT TRANG THÔNG TIN ĐIỆN TỬ HUYỆN MẪU",
        "HỘI NGHỊ TẬP HUẤN QUẢN TRỊ CỔNG THÔNG TIN ĐIỆN TỬ - HUYỆN MẪU",
        "Trang trại bò sữa ở xã Mẫu",
        "Huyện Mẫu",
        "Cổng trường an toàn",
        "Sweet Home",
        "Ra quân - Trang tin",
        "Nguyễn Văn Mẫu | Cổng thông tin điện tử huyện Mẫu",
        "Trang thông tin điện tử " + "Mẫu " * 60,
        "",
    ],
)
def test_what_says_more_than_whose_portal_it_is_is_no_name_of_one(title: str) -> None:
    assert not is_portal_s(title)
