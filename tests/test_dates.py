"""Dates as Vietnamese portals write them, real forms from their pages."""

import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.dates import VIET_NAM, parse_date, parse_iso
from tests.strategies import quick, texts

JUNE = "2021-06-14"
JUNE_0830 = "2021-06-14T08:30:00+07:00"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # numbers
        ("14/06/2021", JUNE),
        ("14/6/2021", JUNE),
        ("14-06-2021", JUNE),
        ("14.06.2021", JUNE),
        ("Đăng ngày 14 - 06 - 2021", JUNE),
        ("2021-06-14", JUNE),
        ("2021/06/14", JUNE),
        ("Ngày đăng: 14/06/2021", JUNE),
        ("05/06/2021", "2021-06-05"),  # day before month, always
        ("12/11/2020", "2020-11-12"),
        ("29/02/2020", "2020-02-29"),
        # with a time of day
        ("Thứ hai, 14/06/2021 | 08:30 GMT+7", JUNE_0830),
        ("Thứ hai - 14/06/2021 08:30", JUNE_0830),
        ("Thứ Hai, ngày 14/06/2021 - 08:30", JUNE_0830),
        ("08:30, 14/06/2021", JUNE_0830),
        ("08:30 | 14/06/2021", JUNE_0830),
        ("14/06/2021 8h30", JUNE_0830),
        ("14/06/2021 08h30'", JUNE_0830),
        ("8 giờ 30 ngày 14/6/2021", JUNE_0830),
        ("8 giờ 30 phút, ngày 14/6/2021", JUNE_0830),
        ("Gửi lúc: 05/12/2013 15:42:27", "2013-12-05T15:42:27+07:00"),
        ("Cập nhật lúc 15 giờ 42 phút 27 giây, 05/12/2013", "2013-12-05T15:42:27+07:00"),
        ("2021-06-14 08:30:00", JUNE_0830),
        ("14/06/2021-08:30", JUNE_0830),
        ("14/06/2021 00:00", "2021-06-14T00:00:00+07:00"),
        # SA (sáng) and CH (chiều)
        ("14/06/2021 8:30:05 SA", "2021-06-14T08:30:05+07:00"),
        ("14/06/2021 2:30:05 CH", "2021-06-14T14:30:05+07:00"),
        ("14/06/2021 12:05 SA", "2021-06-14T00:05:00+07:00"),
        ("14/06/2021 12:05 CH", "2021-06-14T12:05:00+07:00"),
        ("14/06/2021 02:30 PM", "2021-06-14T14:30:00+07:00"),
        ("14/06/2021 8:30AM", JUNE_0830),
        ("2 giờ 30 chiều ngày 14/06/2021", "2021-06-14T14:30:00+07:00"),
        ("8 giờ 30 sáng 14/06/2021", JUNE_0830),
        ("19h15 tối 14/06/2021", "2021-06-14T19:15:00+07:00"),
        # offsets
        ("14/06/2021 08:30 (GMT+7)", JUNE_0830),
        ("14/06/2021 08:30 GMT+07:00", JUNE_0830),
        ("14/06/2021, 08:30 UTC +7", JUNE_0830),
        ("14/06/2021 GMT+07:00", JUNE),  # the offset is no time of day
        ("14/06/2021 01:30 GMT+0", "2021-06-14T01:30:00+00:00"),
        ("14/06/2021 01:30 GMT", "2021-06-14T01:30:00+00:00"),
        ("14/06/2021 01:30 GMT-3:30", "2021-06-14T01:30:00-03:30"),
        # months in words
        ("Ngày 5 tháng 6 năm 2021", "2021-06-05"),
        ("Chợ Đồn, ngày 05 tháng 06 năm 2021", "2021-06-05"),
        ("30 tháng 8, 2024", "2024-08-30"),
        ("14 Tháng Một, 2022", "2022-01-14"),
        ("14 Tháng Tư, 2022", "2022-04-14"),
        ("14 Tháng Năm, 2022", "2022-05-14"),
        ("14 tháng năm năm 2022", "2022-05-14"),
        ("14 Tháng Mười, 2022", "2022-10-14"),
        ("14 Tháng Mười Một, 2022", "2022-11-14"),
        ("14 Tháng Mười Hai, 2022", "2022-12-14"),
        ("14 Tháng Giêng 2022", "2022-01-14"),
        ("Tháng Sáu 14, 2021", JUNE),
        ("Tháng 6 14, 2021", JUNE),
        ("14 Th6, 2021", JUNE),
        ("Th6 14, 2021", JUNE),
        ("14 THÁNG SÁU, 2021 08:30", JUNE_0830),
        (unicodedata.normalize("NFD", "14 Tháng Bảy, 2022"), "2022-07-14"),
        (unicodedata.normalize("NFD", "Ngày 5 tháng 6 năm 2021"), "2021-06-05"),
        ("Thứ Năm, 17 Tháng Sáu, 2021", "2021-06-17"),
        # English
        ("14 June 2021", JUNE),
        ("June 14, 2021", JUNE),
        ("Monday, June 14th, 2021", JUNE),
        ("Jun 14, 2021 8:30 am", JUNE_0830),
        ("14 Sept. 2021", "2021-09-14"),
        ("1st May 2021", "2021-05-01"),
        # the first date counts
        ("14/06/2021 (cập nhật 15/06/2021)", JUNE),
        ("14 Tháng Sáu, 2021 – sửa ngày 15/06/2021", JUNE),
        ("  Thứ hai,\n\t14/06/2021\u00a0|\u00a008:30 ", JUNE_0830),
    ],
)
def test_a_dateline(raw: str, expected: str) -> None:
    moment = parse_date(raw)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "Bản tin huyện",
        # impossible
        "31/02/2021",
        "30/02/2020",
        "29/02/2021",
        "31/04/2021",
        "14/13/2021",
        "00/06/2021",
        "32 tháng 1, 2021",
        "14/06/2021 25:10",
        "14/06/2021 08:75",
        "14/06/2021 08:30 GMT+25",
        # relative: only meaningful with the time of capture
        "2 giờ trước",
        "5 phút trước",
        "hôm qua lúc 08:30",
        "Hôm nay",
        "3 ngày trước",
        "một năm trước",
        # not the whole of a date
        "14/06",
        "14/06/21",
        "06/2021",
        "tháng 6 năm 2021",
        "năm 2021",
        "08:30",
        "14 tháng 6",
        # no dates, though they look like it
        "30/2020/NĐ-CP",
        "06-ĐA/TU",
        "Kỳ họp thứ 5 năm 2021",
        "khóa XV, nhiệm kỳ 2016-2021",
        "1.14.06.2021",
        "0281.388.2021",
        "14/06/20211",
        "14/06-2021",
        "14/06/1021",
    ],
)
def test_no_date(raw: str) -> None:
    assert parse_date(raw) is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2021-06-14T08:30:00+07:00", JUNE_0830),
        (" 2021-06-14T08:30:00+07:00 ", JUNE_0830),
        ("2021-06-14T08:30:00+0700", JUNE_0830),
        ("2021-06-14T08:30:00", JUNE_0830),
        ("2021-06-14 08:30", JUNE_0830),
        ("2021-06-14T01:30:00Z", "2021-06-14T01:30:00+00:00"),
        ("2021-06-14T01:30:00+00:00", "2021-06-14T01:30:00+00:00"),
        ("2021-06-14T08:30:00.000+07:00", JUNE_0830),
        ("2021-06-14", JUNE),
        ("20210614", JUNE),
    ],
)
def test_iso(raw: str, expected: str) -> None:
    moment = parse_iso(raw)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "14/06/2021",
        "2021-02-31",
        "2021-06-14T25:00:00",
        "-0001-11-30T00:00:00+00:00",  # WordPress, of a post without a date
        "0001-01-01T00:00:00",  # .NET, of no date
        "9999-12-31T23:59:59",
        "০২/০৬/২০২১",
        "hôm qua",
    ],
)
def test_no_iso(raw: str) -> None:
    assert parse_iso(raw) is None


@quick
@given(st.one_of(st.text(), texts, st.from_regex(r"[0-9/.: -]{0,16}(gmt)?[+-]?[0-9:]{0,6}")))
def test_nothing_raises_and_every_moment_has_an_offset(raw: str) -> None:
    for moment in (parse_date(raw), parse_iso(raw)):
        if isinstance(moment, datetime):
            assert moment.utcoffset() is not None


@quick
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.times())
def test_what_portals_write_is_read_back(day: date, clock: object) -> None:
    moment = datetime.combine(day, clock, VIET_NAM).replace(microsecond=0)  # type: ignore[arg-type]
    written = (
        f"{moment:%d/%m/%Y %H:%M:%S}",
        f"{moment:%H:%M:%S}, ngày {day.day} tháng {day.month} năm {day.year}",
        f"{moment:%d - %m - %Y | %I:%M:%S} {'CH' if moment.hour >= 12 else 'SA'}",
    )
    assert [parse_date(raw) for raw in written] == [moment] * 3
    assert parse_iso(moment.isoformat()) == moment
