"""What became of the hosts: whose a page says that it is; a made country, asked and asked again."""

import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive import Archive
from crawler.country import (
    REFORM,
    District,
    bodies_since,
    districts,
    provinces,
    provinces_since,
    successions,
    units,
)
from crawler.sites import Site
from crawler.survey import APART, LATELY, UNSETTLED, Finding, Holding, ask_again_at
from crawler.surveying.bodies import Level, body_of
from crawler.surveying.claims import named_in
from crawler.surveying.judging import Received, judge
from crawler.vocabulary import NameAnswer, Says
from tests.common_crawl import crawling_all
from tests.conftest import Run, run
from tests.raw import ROBOTS, Asked, RawServer, answer, raw_server
from tests.resolver import ALLOWED
from tests.warcs import THEN, page
from tests.web_archive import Machine, remembering

# Whose a line says that a page is

OWN = body_of("Huyện Chợ Đồn")
LINES: list[tuple[str, bool, tuple[str, Level] | None]] = [
    ("Cổng thông tin điện tử huyện Chợ Đồn", False, ("huyện", Level.DISTRICT)),
    ("CỔNG TTĐT HUYỆN CHỢ ĐỒN - TỈNH BẮC KẠN", False, ("huyện", Level.DISTRICT)),
    ("Cong thong tin dien tu huyen Cho Don", False, ("huyện", Level.DISTRICT)),
    ("Trang chủ | Huyện Chợ Đồn", True, ("huyện", Level.DISTRICT)),
    ("HUYỆN ỦY - HĐND - UBND HUYỆN CHỢ ĐỒN", True, ("huyện", Level.DISTRICT)),
    ("Bản quyền © 2020 thuộc về UBND huyện Chợ Đồn. Điện thoại: 0209", False, ("huyện", 2)),
    ("Cơ quan chủ quản: Ủy ban nhân dân xã Nghĩa Tá, tỉnh Thái Nguyên", False, ("xã", 3)),
    ("Trang thông tin điện tử tỉnh Thái Nguyên - Xã Chợ Đồn", False, ("xã", Level.COMMUNE)),
    ("UBND phường Đức Xuân", True, ("phường", Level.COMMUNE)),
    ("Cổng thông tin điện tử Thị xã Sông Cầu", False, ("thị xã", Level.DISTRICT)),
    ("Website của UBND TP. Thuỷ Nguyên", False, ("thành phố", Level.DISTRICT)),
    ("Cổng thông tin điện tử thành phố Thủy Nguyên", False, ("thành phố", Level.DISTRICT)),
    ("Cổng thông tin điện tử Thành phố Hà Nội", False, ("thành phố", Level.PROVINCE)),
    ("Trang thông tin điện tử huyện đảo Lý Sơn", False, ("huyện", Level.DISTRICT)),
    ("Trang thông tin điện tử đặc khu Lý Sơn", False, ("đặc khu", Level.COMMUNE)),
    ("Huyện Chợ Đồn tổ chức hội nghị tổng kết", True, None),
    ("Xã Nghĩa Tá", False, None),
    ("Xã Nghĩa Tá khánh thành cầu treo", True, None),
    ("Bài đăng trên Cổng thông tin điện tử xã Nghĩa Tá", False, None),
    ("Cổng thông tin điện tử Sở Nông nghiệp", False, None),
    ("Cổng thông tin điện tử huyện Không Có Thật", False, None),
    ("Tin tức - Sự kiện", True, None),
    ("", True, None),
]


@pytest.mark.parametrize(("line", "is_title", "expected"), LINES)
def test_a_line_says_whose_a_page_is(
    line: str, is_title: bool, expected: tuple[str, int] | None
) -> None:
    bodies = named_in(line, OWN, is_title=is_title)
    smallest = max(bodies, key=lambda body: body.level, default=None)
    assert (smallest and (smallest.type, smallest.level)) == expected


# What a page is

CHO_DON = Site(
    key="chodon", name="Huyện Chợ Đồn", base_url="https://chodon.example/", cms=None,
    district="064", hosts=("https://chodon.tinh.example/",),
    doubtful=("https://chodon.gov.example/",),
)  # fmt: skip


def received(
    body: str = "", status: int | None = 200, *, leads_to: str | None = None, **other: Any
) -> Received:
    facts = {
        "dns": NameAnswer.FOUND,
        "content_type": "text/html; charset=utf-8",
        "asked_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return Received(
        url=CHO_DON.base_url, served_from=CHO_DON.base_url, body=body.encode(), status=status,
        leads_to=leads_to, **(facts | other),
    )  # fmt: skip


def titled(title: str, body: str = "<p>Tin mới trong ngày.</p>") -> str:
    """Return a start page with a menu, as a portal has one."""
    menu = "".join(f'<li><a href="/muc-{n}/">Mục {n}</a></li>' for n in range(15))
    news = "".join(f'<h3><a href="/tin-{n}.html">Tin số {n} của xã</a></h3>' for n in range(12))
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><ul>{menu}</ul>{body}{news}</body></html>"
    )


LINKS = (
    "<select><option>Cổng thông tin điện tử xã Nghĩa Tá</option></select><div><a "
    'href="https://babe.example/">Cổng thông tin điện tử huyện Ba Bể</a> <a '
    'href="https://tinh.example/"><img src="/logo.png" alt="Cổng thông tin điện tử tỉnh Bắc Kạn">'
    "</a></div><ul><li>Xã Nghĩa Tá</li><li>Thị trấn Bằng Lũng</li></ul>"
)
GAMBLING = titled(
    "Nhà cái mm88 uy tín hàng đầu, đăng ký tân thủ nhận khuyến mãi",
    "<h1>Nhà cái mm88: tài xỉu, nổ hũ, bắn cá</h1><p>Link vào nhà cái mm88 mới nhất: soi kèo, đá "
    "gà, xóc đĩa, game bài đổi thưởng. Nạp đầu nhận khuyến mãi, hoàn trả cho hội viên.</p>",
)
SHOP = titled(
    "Replica watches outlet, cheap vuitton outlet with free shipping",
    "<h1>Replica watches</h1><p>Cheap jerseys, replica bags, ray ban outlet: order now, place your "
    "order, discount and free shipping at the best price.</p>",
)
CHALLENGE = (
    "<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and "
    'cookies to continue</noscript><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/x">'
    "window._cf_chl_opt = {};</script></body></html>"
)
PARKED = (
    "<html><head><title>chodon.example</title></head><body><h1>This domain is for sale</h1>"
    '<a href="https://sedo.example/">Make an offer</a></body></html>'
)
PAGES: dict[str, tuple[Received, Says, str | None]] = {
    "own by title": (received(titled("Cổng thông tin điện tử huyện Chợ Đồn")), Says.OWN, None),
    "own by the word for what it was": (received(titled("UBND Thị xã Chợ Đồn")), Says.OWN, None),
    "own by footer": (
        received(titled("Trang chủ", "<p>Cơ quan chủ quản: <b>UBND huyện</b> Chợ Đồn</p>")),
        Says.OWN,
        None,
    ),
    "own by banner": (
        received(titled("Trang chủ", '<a href="/"><img src="b.png" alt="Trang thông tin điện tử '
                        'huyện Chợ Đồn"></a>')),
        Says.OWN,
        None,
    ),
    "own, with links to others": (
        received(titled("Cổng thông tin điện tử huyện Chợ Đồn", LINKS)), Says.OWN, None,
    ),
    "a new commune of the same name": (
        received(titled("Trang thông tin điện tử xã Chợ Đồn, tỉnh Thái Nguyên")), Says.OTHER,
        "02020",
    ),
    "another unit that it went into": (received(titled("UBND xã Nghĩa Tá")), Says.OTHER, "02071"),
    "another district": (received(titled("UBND huyện Ba Bể")), Says.OTHER, None),
    "the province": (received(titled("Cổng TTĐT tỉnh Thái Nguyên")), Says.OTHER, "19"),
    "the province, without marks": (
        received(titled("Cong thong tin dien tu tinh Thai Nguyen")), Says.OTHER, "19",
    ),
    "a province that is a city": (received(titled("UBND Thành phố Huế")), Says.OTHER, "46"),
    "a province that is no more": (received(titled("UBND tỉnh Bắc Kạn")), Says.OTHER, None),
    "a commune of a province": (
        received(titled("UBND xã Nghĩa Tá", "<p>Bản quyền thuộc tỉnh Thái Nguyên</p>")),
        Says.OTHER, "02071",
    ),
    "both": (
        received(titled("UBND xã Chợ Đồn", "<p>Bản quyền thuộc UBND huyện Chợ Đồn</p>")),
        Says.UNKNOWN,
        None,
    ),
    "neither": (received(titled("Trang chủ")), Says.UNKNOWN, None),
    "links alone": (received(titled("Trang chủ", LINKS)), Says.UNKNOWN, None),
    "gambling": (received(GAMBLING), Says.GAMBLING, None),
    "a shop": (received(SHOP), Says.SPAM, None),
    "a challenge": (received(CHALLENGE), Says.REFUSING, None),
    "a challenge with 503": (received(CHALLENGE, 503), Says.REFUSING, None),
    "forbidden": (received("<h1>403</h1>", 403), Says.REFUSING, None),
    "too many": (received("slow down", 429), Says.REFUSING, None),
    "robots": (received(status=None, reason="robots.txt forbids it"), Says.REFUSING, None),
    "parked": (received(PARKED), Says.PARKED, None),
    "a server as installed": (
        received("<html><title>Welcome to nginx!</title><h1>Welcome to nginx!</h1></html>"),
        Says.PARKED,
        None,
    ),
    "closed for a while": (
        received("<html><title>Bảo trì</title><h1>Trang web đang bảo trì</h1></html>"),
        Says.UNKNOWN,
        None,
    ),
    "an error": (received("<h1>Lỗi</h1>", 500), Says.UNKNOWN, None),
    "no page": (received("<h1>Không có</h1>", 404), Says.UNKNOWN, None),
    "a picture": (received("GIF89a", content_type="image/gif"), Says.UNKNOWN, None),
    "elsewhere": (received(leads_to="https://quangcao.example/"), Says.ELSEWHERE, None),
    "moved": (received(leads_to="https://chodon.tinh.example/vi/"), Says.MOVED, None),
    "moved to one in doubt": (received(leads_to="https://chodon.gov.example/"), Says.MOVED, None),
    "on its host, above its place": (
        received(titled("UBND huyện Chợ Đồn"), leads_to="https://chodon.example/x/"),
        Says.OWN,
        None,
    ),
    "no name": (
        received(status=None, dns=NameAnswer.NO_NAME, reason="the host name is not known",
                 is_silence=True),
        Says.SILENT,
        None,
    ),
    "too large": (
        received(status=None, reason="the answer is larger than the limit"), Says.UNKNOWN, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES)
def test_a_host_is_what_its_start_page_says(case: str) -> None:
    given, says, unit = PAGES[case]
    found = judge(CHO_DON, given)
    assert (found.says, found.unit) == (says, unit), found.evidence
    assert found.evidence


def test_the_evidence_quotes_what_decided() -> None:
    both = judge(CHO_DON, PAGES["both"][0]).evidence
    assert "Bản quyền thuộc UBND huyện Chợ Đồn" in both
    assert "UBND xã Chợ Đồn" in both
    assert "nhà cái" in judge(CHO_DON, PAGES["gambling"][0]).evidence
    assert "https://quangcao.example/" in judge(CHO_DON, PAGES["elsewhere"][0]).evidence


def test_a_commune_s_own_portal_is_its_own_and_the_district_s_is_not() -> None:
    commune = Site(key="xa", name="Xã Nghĩa Tá", base_url=CHO_DON.base_url, cms=None, unit="02071")
    assert judge(commune, PAGES["another unit that it went into"][0]).says == Says.OWN
    assert judge(commune, PAGES["own by title"][0]).says == Says.OTHER


@pytest.mark.parametrize(
    ("title", "says", "unit"),
    [
        ("Cổng thông tin điện tử tỉnh Tuyên Quang", Says.OWN, None),
        ("UBND TINH TUYEN QUANG", Says.OWN, None),
        ("UBND thành phố Tuyên Quang", Says.OTHER, None),  # a district's, of old
        ("Trang thông tin điện tử phường Minh Xuân", Says.OTHER, "02215"),
        ("Cổng thông tin điện tử tỉnh Thái Nguyên", Says.OTHER, "19"),
    ],
)
def test_a_province_s_own_portal_is_its_own(title: str, says: Says, unit: str | None) -> None:
    province = Site(
        key="t", name="Tỉnh Tuyên Quang", base_url=CHO_DON.base_url, cms=None, unit="08"
    )
    found = judge(province, received(titled(title)))
    assert (found.says, found.unit) == (says, unit), found.evidence


def test_each_province_since_knows_its_own_portal_and_is_told_on_a_district_s() -> None:
    for code in provinces_since():
        name = bodies_since()[code].full_name
        page = received(titled(f"Cổng thông tin điện tử {name}"))
        own = Site(key="t", name=name, base_url=CHO_DON.base_url, cms=None, unit=code)
        assert judge(own, page).says == Says.OWN, name
        told = judge(CHO_DON, page)
        assert (told.says, told.unit) == (Says.OTHER, code), name


def test_each_district_knows_its_own_portal() -> None:
    wrong = []
    for district in districts().values():
        site = Site(key="x", name="x", base_url=CHO_DON.base_url, cms=None, district=district.code)
        shown = f"<title>Cổng thông tin điện tử {district.name}</title>".upper()
        if (found := judge(site, received(shown))).says != Says.OWN:
            wrong.append((district.name, found.evidence))
    assert wrong == []


CHAU_THANH = "Cổng thông tin điện tử huyện Châu Thành"


@pytest.mark.parametrize(
    ("title", "is_doubtful", "says"),
    [
        (f"{CHAU_THANH}, tỉnh An Giang", True, Says.OWN),
        (f"{CHAU_THANH} - tỉnh Tiền Giang", False, Says.OTHER),
        (CHAU_THANH, False, Says.OWN),
        (CHAU_THANH, True, Says.UNKNOWN),
    ],
)
def test_of_several_districts_of_a_name_the_province_decides(
    title: str, is_doubtful: bool, says: Says
) -> None:
    (code,) = (
        d.code for d in districts().values() if d.name == "Huyện Châu Thành" and d.province == "89"
    )
    url = CHO_DON.base_url
    site = Site(
        key="x", name="x", base_url=url, cms=None, district=code,
        doubtful=(url,) if is_doubtful else (),
    )  # fmt: skip
    assert judge(site, received(titled(title))).says == says


def test_each_unit_is_told_from_the_districts_that_went_into_it() -> None:
    wrong = []
    for each in {s.unit: s for s in successions() if districts()[s.district].active_to}.values():
        site = Site(key="x", name="x", base_url=CHO_DON.base_url, cms=None, district=each.district)
        full = units()[each.unit].full_name
        found = judge(site, received(f"<title>Trang thông tin điện tử {full}</title>"))
        if (found.says, found.unit) != (Says.OTHER, each.unit):
            wrong.append((full, each.district, found.says, found.unit))
    assert wrong == []


# When a host is asked again


def test_what_is_not_settled_is_asked_again_sooner() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert ask_again_at(Says.SILENT, at, is_dead=False) == at + APART
    assert ask_again_at(Says.SILENT, at, is_dead=True) == at + LATELY
    assert ask_again_at(Says.UNKNOWN, at, is_dead=False) == at + UNSETTLED
    assert ask_again_at(Says.OWN, at, is_dead=False) == at + LATELY


def a_finding(says: Says, at: datetime) -> Finding:
    return Finding(
        site="chodon", url=CHO_DON.base_url, asked_at=at, says=says, evidence="x",
        dns=NameAnswer.FOUND,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "says", "dead", "since"),
    [
        ([0], "s", False, 0),
        ([0, 1, 5], "sss", False, 0),
        ([0, 24], "ss", True, 0),
        ([0, 30, 31], "sos", False, 31),
        ([0, 30, 60], "oss", True, 30),
        ([0, 30, 60], "sso", False, None),
    ],
)
def test_a_host_is_dead_when_it_was_silent_on_two_days(
    hours: list[int], says: str, dead: bool, since: int | None, tmp_path: Path
) -> None:
    first = datetime(2026, 11, 1, tzinfo=UTC)
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        archive.surveys.know([{"key": "chodon", "name": "x", "base_url": CHO_DON.base_url}])
        for hour, word in zip(hours, says, strict=True):
            says_ = Says.SILENT if word == "s" else Says.OWN
            archive.surveys.note([a_finding(says_, first + timedelta(hours=hour))])
        (row,) = archive.surveys.last()
    began = first + timedelta(hours=since) if since is not None else None
    assert bool(row["is_dead"]) == dead
    assert row["silent_since"] == (began.isoformat().replace("+00:00", "Z") if began else None)


def test_what_archives_have_is_summed_up_whenever_it_is_heard(tmp_path: Path) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with Archive.open(tmp_path / "archive.db", create=True) as archive:
        archive.surveys.know([{"key": "chodon", "name": "x", "base_url": CHO_DON.base_url}])
        url, one = CHO_DON.base_url, Holding(archive="https://a/", asked_at=at)
        full = Holding(archive="https://b/", asked_at=at, first=THEN, last=at, pages=7)
        archive.surveys.note_holding(["chodon"], url, full)
        archive.surveys.note([a_finding(Says.OWN, at)])
        archive.surveys.note_holding(["chodon"], url, one)
        failed = Holding(archive="https://b/", asked_at=at, error="HTTP 503")
        archive.surveys.note_holding(["chodon"], url, failed)
        (row,) = archive.surveys.last()
        assert (row["archived"], row["first_archived"]) == (7, "2021-07-01T08:30:00Z")
        known = {h["archive"]: (h["pages"], h["error"]) for h in archive.surveys.holdings()}
    assert known == {"https://a/": (0, None), "https://b/": (7, "HTTP 503")}


# A made country

DISTRICTS = [d for d in districts().values() if d.dissolved_on == REFORM.isoformat()][100:]
"""Whose portals it has."""


class Made(NamedTuple):
    """A host of the country, as it is, and as it is to be told."""

    says: Says
    answer: Callable[[Asked, District], bytes] | None
    """None where nothing listens."""
    count: int
    name: str = ""
    """How the host's name begins; that of its kind if it says nothing."""
    tls: bool = False


def of_page(html: Callable[[District], str], status: str = "200 OK") -> Any:
    return lambda asked, district: answer(html(district), status=status)


def led(asked: Asked, district: District) -> bytes:
    return answer("", "text/html", "302 Found", "Location: https://quangcao.example/")


def moved(asked: Asked, district: District) -> bytes:
    host = asked.headers["host"]
    if host.startswith("moved"):
        return answer(
            "", "text/html", "301 Moved", f"Location: http://{host.replace('moved', 'new')}/"
        )
    return answer(titled(f"Cổng thông tin điện tử {district.name}"))


def refused_by_robots(asked: Asked, district: District) -> bytes:
    assert asked.path == "/robots.txt", "robots.txt is obeyed"
    return answer("User-agent: *\nDisallow: /\n", "text/plain")


def sleeping(asked: Asked, district: District) -> bytes:
    time.sleep(8)
    return b""


def units_of(district: District) -> str:
    return next(s.unit for s in successions() if s.district == district.code)


def province_of(district: District) -> str:
    return provinces()[district.province].name_after


MADE: dict[str, Made] = {
    "own": Made(Says.OWN, of_page(lambda d: titled(f"Cổng thông tin điện tử {d.name}")), 12),
    "upper": Made(Says.OWN, of_page(lambda d: titled(f"UBND {d.name}".upper())), 4),
    "xa": Made(
        Says.OTHER,
        of_page(lambda d: titled(f"Trang thông tin điện tử {units()[units_of(d)].full_name}")),
        6,
    ),
    "tinh": Made(
        Says.OTHER, of_page(lambda d: titled(f"Cổng thông tin điện tử tỉnh {province_of(d)}")), 2
    ),
    "parked": Made(Says.PARKED, of_page(lambda d: PARKED), 4),
    "gambling": Made(Says.GAMBLING, of_page(lambda d: GAMBLING), 5),
    "elsewhere": Made(Says.ELSEWHERE, led, 3),
    "moved": Made(Says.MOVED, moved, 3),
    "forbidden": Made(Says.REFUSING, of_page(lambda d: "<h1>403</h1>", "403 Forbidden"), 3),
    "challenge": Made(Says.REFUSING, of_page(lambda d: CHALLENGE, "403 Forbidden"), 3),
    "robots": Made(Says.REFUSING, refused_by_robots, 2),
    "nobody": Made(Says.UNKNOWN, of_page(lambda d: titled("Trang chủ")), 2),
    "dead": Made(Says.SILENT, None, 5),
    "lame": Made(Says.SILENT, None, 2),
    "closed": Made(Says.SILENT, None, 2),
    "slow": Made(Says.SILENT, sleeping, 2),
    "selfsigned": Made(
        Says.OWN, of_page(lambda d: titled(f"Cổng thông tin điện tử {d.name}")), 3, tls=True
    ),
}
assert sum(made.count for made in MADE.values()) + MADE["moved"].count >= 60, "hosts"


@dataclass
class Country:
    """The hosts of a made country, and the sites that are told of them."""

    folder: Path
    machine: Machine
    expected: dict[str, Says] = field(default_factory=dict)
    """What each host is, by its name."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each host was asked for its start page."""

    @property
    def db(self) -> Path:
        return self.folder / "archive.db"

    @property
    def words(self) -> list[str]:
        """The command that surveys it."""
        settings = {
            "DOWNLOAD_DELAY": "0.01", "BACKOFF_START": "0.01",
            "DOWNLOAD_TIMEOUT": "3", "RETRY_TIMES": "0",
        }  # fmt: skip
        given = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        return ["survey", "--db", str(self.db), *ALLOWED, *given, "--wayback", self.machine.url]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TINHUYEN_SITES": str(self.folder / "sites"),
            "TINHUYEN_CONTACT": "https://tinhuyen.example/contact",
        }

    def survey(self, *arguments: str, code: int | None = 0) -> Run:
        done = run(*self.words, *arguments, **self.environment)
        assert "Traceback" not in done.err, done.err
        assert code is None or done.code == code, done.out + done.err
        return done

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.db)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, parameters)]

    def start_pages(self) -> dict[str, str]:
        """Return the start page of each site, by its key."""
        sites = tomllib.loads((self.folder / "sites" / "nuoc.toml").read_text(encoding="utf-8"))
        return {key: str(site["base_url"]) for key, site in sites.items()}

    def told(self) -> dict[str, Says]:
        rows = self.rows("SELECT host, says FROM last_surveys")
        return {row["host"].partition(":")[0]: Says(row["says"]) for row in rows}


def certificate(folder: Path) -> ssl.SSLContext:
    """Return what a server needs to show a certificate that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "huyen.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def behind_tls(raw: RawServer, context: ssl.SSLContext) -> None:
    """Have a server speak TLS."""
    plain = raw.server.get_request

    def secured() -> Any:
        connection, address = plain()
        connection.settimeout(5)
        try:
            secure = context.wrap_socket(connection, server_side=True)
        except OSError:  # who looks at the certificate goes
            connection.close()
            raise
        return secure, address

    raw.server.get_request = secured  # type: ignore[method-assign]


@contextmanager
def a_country(folder: Path, made: dict[str, Made] = MADE) -> Iterator[Country]:
    """Serve a country, and describe its sites."""
    with ExitStack() as stack:
        machine = stack.enter_context(remembering([]))
        country = Country(folder, machine)
        of: dict[str, tuple[Made, District]] = {}

        def answered(asked: Asked) -> bytes:
            host = asked.headers["host"].partition(":")[0]
            each, district = of[host]
            if asked.path == "/robots.txt" and each.answer not in (refused_by_robots, sleeping):
                return ROBOTS
            if asked.path == "/":
                country.asked[host] += 1
            assert each.answer
            return each.answer(asked, district)

        plain = stack.enter_context(raw_server(answered))
        secure = stack.enter_context(raw_server(answered))
        behind_tls(secure, certificate(folder))
        with closing(socket.socket()) as unused:
            unused.bind(("127.0.0.1", 0))
            closed = unused.getsockname()[1]
        ports = {True: secure.url.rpartition(":")[2], False: plain.url.rpartition(":")[2]}
        tables = []
        remaining = iter(DISTRICTS)
        for name, each in made.items():
            port = str(closed) if name == "closed" else ports[each.tls]
            scheme = "https" if each.tls else "http"
            for number in range(each.count):
                host, district = f"{name}{number}.example", next(remaining)
                of[host] = each, district
                country.expected[host] = each.says
                lines = [f'base_url = "{scheme}://{host}:{port}/"', 'cms = "generic"']
                lines += [f'district = "{district.code}"']
                if name == "moved":
                    new = f"new{number}.example"
                    of[new] = each, district
                    country.expected[new] = Says.OWN
                    lines.append(f'hosts = ["http://{new}:{port}"]')
                tables.append("\n".join([f"[{name}{number}]", *lines]))
        (folder / "sites").mkdir()
        (folder / "sites" / "nuoc.toml").write_text("\n\n".join(tables), encoding="utf-8")
        own = f"http://own0.example:{ports[False]}/"
        machine.seen += [
            page(f"{own}{n}.html", f"<p>{n}</p>".encode(), THEN + timedelta(days=n))
            for n in range(5)
        ]
        machine.seen.append(page(f"{own}0.html", b"<p>again</p>", THEN + timedelta(days=9)))
        yield country


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    with a_country(tmp_path) as made:
        yield made


def test_of_a_country_each_host_is_told_rightly_and_once(country: Country) -> None:
    done = country.survey()

    assert country.told() == country.expected
    assert len(country.expected) >= 60
    counts = Counter(country.expected.values())
    for says, count in counts.items():
        assert f"{count} {says}" in done.out
    by_host = {row["host"].partition(":")[0]: row for row in country.rows("SELECT * FROM surveys")}
    assert by_host["dead0.example"]["dns"] == "no such name"
    assert by_host["lame0.example"]["dns"] == "no answer"
    assert by_host["closed0.example"]["evidence"] == "the host refused the connection"
    assert "in time" in by_host["slow0.example"]["evidence"]
    assert "self-signed" in by_host["selfsigned0.example"]["tls"]
    assert by_host["moved0.example"]["leads_to"].startswith("http://new0.example:")
    assert by_host["own0.example"]["archived"] == 5
    assert by_host["own0.example"]["first_archived"] == "2021-07-01T08:30:00Z"
    assert by_host["own0.example"]["last_archived"] == "2021-07-10T08:30:00Z"
    assert by_host["own1.example"]["archived"] == 0
    sites = {row["key"]: row["district"] for row in country.rows("SELECT key, district FROM sites")}
    for number in range(MADE["xa"].count):
        unit = by_host[f"xa{number}.example"]["unit"]
        assert unit == units_of(districts()[sites[f"xa{number}"]])
    assert "silent since" in done.out
    assert "asked again from" in done.out
    assert "dead: silent" not in done.out

    before = country.asked.copy()
    assert "Nothing is due" in country.survey().err
    assert country.asked == before
    assert country.machine.asked("cdx") == len(country.expected), "of each host once"


def test_a_survey_that_is_killed_goes_on_with_what_is_left(country: Country) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tinhuyen", *country.words],
        env=os.environ | country.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and _noted(country) < 8:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    noted = {row["host"].partition(":")[0] for row in country.rows("SELECT host FROM surveys")}
    assert 8 <= len(noted) < len(country.expected), "it was killed in the middle"
    before = country.asked.copy()

    country.survey()

    assert country.told() == country.expected
    assert country.rows("SELECT count(*) AS n FROM surveys") == [{"n": len(country.expected)}]
    assert all(country.asked[host] == before[host] for host in noted)


def _noted(country: Country) -> int:
    if not country.db.exists():
        return 0
    try:
        return int(country.rows("SELECT count(*) AS n FROM surveys")[0]["n"])
    except sqlite3.OperationalError:  # it is being made
        return 0


def test_a_site_alone_and_again(country: Country) -> None:
    told = country.survey("own0", "dead0", "--json").json()
    assert [(row["site"], row["says"]) for row in told] == [("dead0", "silent"), ("own0", "own")]
    (own,) = (row for row in told if row["site"] == "own0")
    assert [h["pages"] for h in own["web_archives"]] == [5]
    assert own["is_dead"] is False
    assert {*country.asked} == {"own0.example"}

    told = country.survey("own0").out
    assert "1 host of 1 site: 1 own" in told
    assert "Nothing was asked" in told
    assert country.asked == {"own0.example": 1}
    country.survey("own0", "--again")
    assert country.asked == {"own0.example": 2}


def test_so_many_sites_at_most(country: Country) -> None:
    for expected in (5, 10):
        country.survey("--limit", "5")
        (row,) = country.rows("SELECT count(DISTINCT site) AS n FROM surveys")
        assert row["n"] == expected


def test_where_no_name_server_answers_nothing_is_said_of_any_host(tmp_path: Path) -> None:
    with a_country(tmp_path, {"lame": MADE["lame"]}) as country:
        done = country.survey(code=1)
        assert "has this machine a network?" in done.err
        assert country.rows("SELECT * FROM surveys") == []


def test_an_archive_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    with a_country(tmp_path, {"own": MADE["own"]._replace(count=1)}) as country:
        country.machine.broken.add("/cdx/")
        done = country.survey(code=1)
        assert "500" in done.err
        assert country.rows("SELECT archived FROM surveys") == [{"archived": None}]
        country.machine.broken.clear()
        country.survey()
        assert country.rows("SELECT archived FROM surveys") == [{"archived": 5}]
        assert country.asked == {"own0.example": 1}


def test_common_crawl_is_asked_what_it_has_too(tmp_path: Path) -> None:
    with (
        a_country(tmp_path, {"own": MADE["own"]._replace(count=2)}) as country,
        crawling_all(("CC-MAIN-2021-04", []), ("CC-MAIN-2019-30", [])) as crawls,
    ):
        base = country.start_pages()["own0"]
        seen = [page(f"{base}{n}.html", b"<p>x</p>", THEN + timedelta(days=n)) for n in range(9)]
        other = page(f"{base}0.html", b"<p>y</p>", THEN - timedelta(days=600))
        crawls.add("CC-MAIN-2021-04", seen)
        crawls.add("CC-MAIN-2019-30", [other])
        crawls.page_rows = 4

        told = country.survey("--wayback", crawls.collections, "--json").json()

        of_own0 = {h["archive"]: h for h in told[0]["web_archives"]}
        found = of_own0[crawls.collections]
        assert (found["pages"], found["first"], found["last"]) == (
            9, "2019-11-09T08:30:00Z", "2021-07-09T08:30:00Z",
        )  # fmt: skip
        assert [h["pages"] for h in told[1]["web_archives"]] == [0, 0]
        assert (told[0]["archived"], told[0]["first_archived"]) == (9, "2019-11-09T08:30:00Z")
        assert crawls.asked("collinfo") == 1, "the crawls are the same for all hosts"
        # the pages of the index that has some, and how many there are; of each other one page
        assert crawls.asked("-index") == (3 + 1) + (1 + 1) + 2
        assert country.machine.asked("/cdx/") == 2

        asked = len(crawls.log)
        country.survey("--wayback", crawls.collections)
        assert len(crawls.log) == asked, "it is known for a month"


def test_common_crawl_that_could_not_be_heard_whole_is_asked_again(tmp_path: Path) -> None:
    with (
        a_country(tmp_path, {"own": MADE["own"]._replace(count=3)}) as country,
        crawling_all(("CC-MAIN-2021-04", []), ("CC-MAIN-2019-30", [])) as crawls,
    ):
        crawls.refused.add("2019-30")
        done = country.survey("--wayback", crawls.collections, code=1)
        assert "HTTP 403" in reason_of(done)
        assert crawls.asked("2019-30") == 1, "who refuses is asked no more, of no other host"
        assert "2 lists of web archives" in done.err
        crawls.refused.clear()
        country.survey("--wayback", crawls.collections)
        held = country.rows("SELECT count(*) AS n FROM web_archives WHERE error IS NULL")
        assert held == [{"n": 6}]


def test_a_web_archive_that_nobody_hears_is_named_once(tmp_path: Path) -> None:
    with a_country(tmp_path, {"own": MADE["own"]._replace(count=3)}) as country:
        country.machine.broken.add("/cdx/")
        done = country.survey(code=1)
    (line,) = (line for line in done.err.splitlines() if "500" in line)
    assert "3 hosts, http://own0.example" in line


def reason_of(done: Run) -> str:
    return next(line for line in done.err.splitlines() if "collinfo" in line)


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    with a_country(tmp_path, {"own": MADE["own"]._replace(count=1)}) as country:
        both = country.survey("--no-archives", code=2)
        assert "--wayback or --no-archives" in both.err
        assert "no site is called" in country.survey("nirgends", code=2).err
        words = [word for word in country.words if "://" not in word and word != "--wayback"]
        unnamed = run(*words, TINHUYEN_SITES=country.environment["TINHUYEN_SITES"])
        assert (unnamed.code, "TINHUYEN_CONTACT" in unnamed.err) == (2, True)
        assert json.loads(country.survey("--json").out)[0]["says"] == "own"
