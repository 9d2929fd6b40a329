"""Dates as Vietnamese portals write them, real forms from their pages."""

import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.dates import (
    VIET_NAM,
    dates_in,
    flat,
    is_of_web,
    offset_near,
    parse_date,
    parse_iso,
    parse_machine,
    parse_relative,
    parse_short,
)
from tests.strategies import texts

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
        ("thứ hai, 14 06 2021 08:30", JUNE_0830),
        ("( thứ hai, 14 06 2021 08:30 )", JUNE_0830),
        ("Thứ Hai, ngày 14/06/2021 - 08:30", JUNE_0830),
        ("08:30, 14/06/2021", JUNE_0830),
        ("08:30 | 14/06/2021", JUNE_0830),
        ("14/06/2021 8h30", JUNE_0830),
        ("14/06/2021 08h30'", JUNE_0830),
        ("8g30, 14/6/2021", JUNE_0830),
        ("14/06/2021, 08:30h", JUNE_0830),
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
        ("Thứ Hai, 14/6/2021, 8:30 (GMT+7)", JUNE_0830),
        ("08:30-14/06/2021", JUNE_0830),
        ("08 giờ 30 - 14/06/2021", JUNE_0830),
        ("Thứ 2, 14/06/2021 - 08:30:00", JUNE_0830),
        ("T2, 14/06/2021 08:30", JUNE_0830),
        ("Chủ nhật, ngày 13/06/2021, 08:30", "2021-06-13T08:30:00+07:00"),
        ("Được đăng ngày Thứ hai, 14 Tháng 6 2021 08:30", JUNE_0830),
        ("Gửi bởi Ban Biên tập lúc 08:30 ngày 14/06/2021", JUNE_0830),
        # of two times, the nearest
        ("14/06/2021 08:30 (cập nhật 15/06/2021 09:00)", JUNE_0830),
        ("08:30 14/06/2021, sửa lúc 09:00 15/06/2021", JUNE_0830),
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
        ("14 thg 6, 2021", JUNE),
        ("thg 6 14, 2021", JUNE),
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
        ("Monday, 14 June 2021 at 8:30 a.m.", JUNE_0830),
        ("14-Jun-2021", JUNE),
        ("Jun 14 2021", JUNE),
        ("the 14th of June 2021", JUNE),
        # other languages
        ("Montag, 14. Juni 2021, 08:30 Uhr", JUNE_0830),
        ("14. März 2021", "2021-03-14"),
        ("lundi 14 juin 2021 à 8h30", JUNE_0830),
        ("1er août 2021", "2021-08-01"),
        ("14 de junio de 2021", JUNE),
        ("3 de Setembro, 2021", "2021-09-03"),
        ("14 giugno 2021", JUNE),
        ("14 czerwca 2021", JUNE),
        ("14 июня 2021, 08:30", JUNE_0830),
        ("14 cze 2021", JUNE),
        ("den 14 juni 2021", JUNE),
        ("14. června 2021", JUNE),
        ("14. kesäkuuta 2021", JUNE),
        ("14 Haziran 2021", JUNE),
        ("14 iunie 2021", JUNE),
        ("14 Ιουνίου 2021", JUNE),
        ("14 Oktober 2021", "2021-10-14"),
        ("14 listopada 2021", "2021-11-14"),  # in Polish; the Croats call October so
        ("14 de juny de 2021", JUNE),
        ("2021. június 14. 8:30", JUNE_0830),
        ("14. junija 2021", JUNE),
        ("23. 12. 2024 13:31", "2024-12-23T13:31:00+07:00"),
        ("2021年6月14日 08時30分", JUNE_0830),
        ("2021년 6월 14일", JUNE),
        ("2021. 6. 14.", JUNE),
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
        "số 14 06 2021",  # blanks part the numbers of a date only behind a weekday
        "trong năm, 14 06 2021",
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
        "bậc 5 năm 2021",
        "họp ngày 5, năm 2021",
        "06/14/2021",  # an American's, perhaps
        "14 người 2021",
        "14/06/20211",
        "14/06-2021",
        "14/06/1021",
        # a weekday behind a day and its month, no month
        "05/08 T2 2019",
        "5.8 t2 2019",
        "Ngày 05-08 T2, 2019",
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


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2021-06-14T08:30:00+07:00", JUNE_0830),
        ("2021-06-14 08:30 +07:00", JUNE_0830),
        ("2021-6-14 8:30:00", JUNE_0830),
        ("2021-06-14T01:30:00 UTC", "2021-06-14T01:30:00+00:00"),
        ("2021-06-14T08:30:00.0000000+07:00", JUNE_0830),
        ("2021-6-5", "2021-06-05"),
        ("Mon, 14 Jun 2021 08:30:00 +0700", JUNE_0830),
        ("14 Jun 2021 01:30:00 GMT", "2021-06-14T01:30:00+00:00"),
        ("Mon, 14 Jun 2021 01:30:00 -0000", "2021-06-14T01:30:00+00:00"),
        ("1623634200", "2021-06-14T01:30:00+00:00"),
        ("1623634200000", "2021-06-14T01:30:00+00:00"),
        ("20210614083000", JUNE_0830),
    ],
)
def test_for_programs(raw: str, expected: str) -> None:
    moment = parse_machine(raw)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "14/06/2021",
        "0001-01-01T00:00:00",
        "2021-2-31 08:30",
        "2021-06-14T25:30:00 UTC",
        "Sat, 19 Oct 2019 00:04:00 +020",
        "Mon, 31 Feb 2021 08:30:00 +0700",
        "0",
        "12345678",
        "20211399083000",
        "99999999999999",
    ],
)
def test_not_for_programs(raw: str) -> None:
    assert parse_machine(raw) is None


AT = datetime(2021, 6, 14, 1, 30, 20, tzinfo=UTC)
"""Half past eight in Viet Nam."""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("14.06.21", JUNE),
        ("14/6/21", JUNE),
        ("14-06-21 08:30", JUNE_0830),
        ("14.06.21, 8:30 Uhr", JUNE_0830),
        ("31.12.99", "1999-12-31"),
        ("31/02/21", None),
        ("14/06.21", None),
        ("Hội nghị 14/06/21", None),
        ("21/06/2021", None),
        ("14 06/2021", JUNE),
        ("14, 06-2021", JUNE),
        ("14 Tháng 6 Năm 2021", JUNE),
        ("14 T6 2021", JUNE),
        ("14 13/2021", None),
        ("14 06/2021 17", None),
        ("1.2.3", None),
    ],
)
def test_a_year_of_two_digits_alone_in_its_line(raw: str, expected: str | None) -> None:
    moment = parse_short(raw)
    assert (moment.isoformat() if moment else None) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("5 phút trước", "2021-06-14T08:25:00+07:00"),
        ("cách đây 45 phút trước", "2021-06-14T07:45:00+07:00"),
        ("2 giờ trước", "2021-06-14T06:00:00+07:00"),
        ("10 tiếng trước", "2021-06-13T22:00:00+07:00"),
        ("3 ngày trước", "2021-06-11"),
        ("Hôm qua, 08:30", "2021-06-13T08:30:00+07:00"),
        ("Hôm nay lúc 7 giờ 15", "2021-06-14T07:15:00+07:00"),
        ("hôm qua", "2021-06-13"),
        ("2 hours ago", "2021-06-14T06:00:00+07:00"),
        ("Yesterday at 8:30 am", "2021-06-13T08:30:00+07:00"),
    ],
)
def test_relative(raw: str, expected: str) -> None:
    moment = parse_relative(raw, AT)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "14/06/2021",
        "Hôm nay, thứ hai, 14/06/2021",  # a page's clock
        "2 tuần trước",
        "3 tháng trước",
        "một năm trước",
        "trước đó",
        "Bài trước",
        "Hôm qua lúc 25:10",
        "12345 phút trước",
    ],
)
def test_not_relative(raw: str) -> None:
    assert parse_relative(raw, AT) is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("06/14/2021", JUNE),
        ("14/06/2021", JUNE),
        ("06/06/2021", "2021-06-06"),
        ("6-14-2021 8:30 AM", JUNE_0830),
        ("05.06.2021", "2021-06-05"),  # no American writes dots
        ("05/06/2021", None),
        ("14/13/2021", None),
    ],
)
def test_where_the_month_may_come_first(raw: str, expected: str | None) -> None:
    moment = parse_date(raw, american=True)
    assert (moment and moment.isoformat()) == expected


@pytest.mark.parametrize(
    ("hours", "seconds", "within", "expected"),
    [
        (7, 0, 0, "UTC+07:00"),
        (0, 0, 0, "UTC"),
        (5.75, 0, 0, "UTC+05:45"),
        (-12, 0, 0, "UTC-12:00"),
        (14, 0, 0, "UTC+14:00"),
        (7, 59, 59, "UTC+07:00"),
        (7, -59, 59, "UTC+07:00"),
        (7, 1, 0, None),
        (7, 60, 59, None),
        (14.25, 0, 0, None),
        (-12.25, 0, 0, None),
        (6.9, 0, 0, None),
        (24 * 365, 0, 0, None),
    ],
)
def test_offsets_that_places_have(
    hours: float, seconds: int, within: int, expected: str | None
) -> None:
    offset = offset_near(timedelta(hours=hours, seconds=seconds), timedelta(seconds=within))
    assert (offset and str(offset)) == expected


def test_all_dates_of_a_line() -> None:
    line = flat("Ngày đăng: 14/06/2021 08:30 | Cập nhật: 15 Tháng Sáu, 2021 09:00; 31/02/2021")
    found = [(line[dated.start : dated.end], dated.moment) for dated in dates_in(line)]
    assert found == [
        ("14/06/2021", datetime(2021, 6, 14, 8, 30, tzinfo=VIET_NAM)),
        ("15 tháng sáu, 2021", datetime(2021, 6, 15, 9, 0, tzinfo=VIET_NAM)),
        ("31/02/2021", None),
    ]


@given(st.one_of(st.text(), texts, st.from_regex(r"[0-9/.: -]{0,16}(gmt)?[+-]?[0-9:]{0,6}")))
def test_nothing_raises_and_every_moment_has_an_offset(raw: str) -> None:
    for moment in (parse_date(raw), parse_iso(raw), parse_machine(raw), parse_relative(raw, AT)):
        if isinstance(moment, datetime):
            assert moment.utcoffset() is not None


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


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon Jun 14 2021 08:30:00 GMT+0700 (Indochina Time)", "2021-06-14T08:30:00+07:00"),
        ("Mon Jun 14 2021 01:30:00 GMT+0000 (UTC)", "2021-06-14T01:30:00+00:00"),
        ("Mon Jun 14 2021", "2021-06-14"),
        ("Mon Jun 14 08:30:00 ICT 2021", "2021-06-14T08:30:00+07:00"),
        ("Mon Jun 14 08:30:00 2021", "2021-06-14T08:30:00+07:00"),
        ("Mon, 14 Jun 2021 01:30:00 GMT", "2021-06-14T01:30:00+00:00"),
        ("/Date(1623634200000)/", "2021-06-14T01:30:00+00:00"),
        ("/Date(1623634200000+0700)/", "2021-06-14T01:30:00+00:00"),
        ("1623634200.5", "2021-06-14T01:30:00+00:00"),
        ("Date.UTC(2021, 5, 14, 1, 30)", "2021-06-14T01:30:00+00:00"),
        ("new Date(2021, 5, 14, 8, 30, 0)", "2021-06-14T08:30:00+07:00"),
        ("new Date(2021, 5, 14)", "2021-06-14"),
        ("new Date(1623634200 * 1000)", "2021-06-14T01:30:00+00:00"),
        ('new Date("2021-06-14T08:30:00")', "2021-06-14T08:30:00+07:00"),
        ("2021-06-14T01:30:00.0000000Z", "2021-06-14T01:30:00+00:00"),
        ("new Date(2021, 12, 14)", None),
        ("Mon Abc 14 2021", None),
        ("Date.now()", None),
    ],
)
def test_what_scripts_print_or_are_given(raw: str, expected: str | None) -> None:
    moment = parse_machine(raw)
    assert (moment.isoformat() if moment else None) == expected


def test_a_label_with_a_letter_that_looks_like_d_is_read() -> None:
    assert flat("Ðăng ngày 14/06/2021") == "đăng ngày 14/06/2021"


def test_the_end_of_a_day_is_the_beginning_of_the_next() -> None:
    assert parse_date("14/06/2021 24:00") == datetime(2021, 6, 15, tzinfo=VIET_NAM)
    assert parse_date("14/06/2021 24:30") is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (date(1970, 1, 1), False),
        (date(1899, 12, 30), False),
        (date(1997, 11, 19), True),
        (datetime(2021, 6, 14, tzinfo=VIET_NAM), True),
    ],
)
def test_before_the_web_nothing_was_published_on_it(moment: date, expected: bool) -> None:
    assert is_of_web(moment) is expected
