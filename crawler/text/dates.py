"""Dates as portals write them. Day before month, always; nothing is guessed."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime

from crawler.text.lookalikes import as_shown
from crawler.text.patterns import lazily

VIET_NAM = timezone(timedelta(hours=7))
"""The offset of Viet Nam, the same all year and since 1975."""

_STEP = timedelta(minutes=15)
_FARTHEST_WEST, _FARTHEST_EAST = timedelta(hours=-12), timedelta(hours=14)

Moment = datetime | date
"""When something happened: an aware datetime, or a date where the time of day is not known."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text."""

    moment: Moment | None
    """None if there is no such day, such as 31/02/2021."""
    start: int
    end: int
    """Where in the text its day stands; the time of day may stand before or after."""


_MONTHS = {
    "một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7,
    "bẩy": 7, "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "chạp": 12,
}  # fmt: skip
_MONTHS_ELSEWHERE = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jänner feber mär apr mai jun jul aug sept okt nov dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago set oct nov dic",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre"
        " dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
        " listopada grudnia",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "januar februar marts april maj juni juli august september oktober november desember",
        "ledna února března dubna května června července srpna září října listopadu prosince",
        "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta"
        " syyskuuta lokakuuta marraskuuta joulukuuta",
        "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
        "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie"
        " decembrie",
        "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου"
        " οκτωβρίου νοεμβρίου δεκεμβρίου",
        "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
        "január február március április május június július augusztus szeptember október november"
        " december",
        "januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra"
        " decembra",
        "januari februari maret april mei juni juli agustus september oktober november desember",
    )
    for number, name in enumerate(names.split(), 1)
}


def _any_of(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>(?:19|20)\d\d)"
_NUMBER = r"(?P<month>\d{1,2})"
# "tháng 6", "tháng sáu", and "Th6", "thg 6" or "T6" as WordPress, browsers and portals cut it; but
# "T2" behind a day and its month is a weekday. "năm" alone is no month but "year".
_BEHIND_NO_DAY = r"(?<!\d[/.:-]\d\d\s)(?<!\d[/.:-]\d\s)"
_MONTH = (
    rf"(?:(?:tháng\s+|thg\s+|th\.?\s*|{_BEHIND_NO_DAY}t\.?\s*){_NUMBER}"
    rf"|tháng\s+(?P<word>{_any_of(_MONTHS)}))"
)
_NAME = r"(?P<name>[^\W\d_]{3,12})\.?"
_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
_BEHIND_WEEKDAY = "|".join(f"(?<={day}, )" for day in _WEEKDAYS)
_DATES = [
    lazily(rf"(?<![\d/.-]){_YEAR}(?P<sep>[/.-])\s?{_NUMBER}(?P=sep)\s?{_DAY}(?!\d)"),
    lazily(
        rf"(?<!\d)(?:(?<!\d[/.-])|(?<=:\d\d-)){_DAY}"
        rf"\s*(?P<sep>(?P<slash>[/-])|\.)\s*{_NUMBER}\s*(?P=sep)\s*{_YEAR}(?!\d)"
    ),
    # "thứ năm, 08 08 2019": only behind a weekday, for blanks part other numbers, too
    lazily(rf"(?:{_BEHIND_WEEKDAY}){_DAY}(?P<sep>\s){_NUMBER}\s{_YEAR}(?!\d)"),
    lazily(rf"(?<!\d){_DAY}(?:\s+|[-/]){_MONTH}\s*(?:,|năm|[-/])?\s*{_YEAR}(?!\d)"),
    lazily(rf"(?<!\w){_MONTH}\s+{_DAY}\s*,\s*{_YEAR}(?!\d)"),
    lazily(
        rf"(?<!\d){_DAY}(?:st|nd|rd|th|er|\.|º)?(?:\s+(?:de|of)\s+|\s+|[-/]){_NAME}"
        rf"(?:\s*,|\s+del?\s|[-/])?\s*{_YEAR}(?!\d)"
    ),
    lazily(rf"(?<!\w){_NAME}\s+{_DAY}(?:st|nd|rd|th)?(?:\s*,\s*|\s+){_YEAR}(?!\d)"),
    lazily(rf"(?<!\d){_YEAR}\.\s?{_NAME}\s+{_DAY}\.?(?!\d)"),  # "2021. június 14."
    lazily(rf"(?<!\d){_YEAR}\s?[年년]\s?{_NUMBER}\s?[月월]\s?{_DAY}\s?[日일]"),
]
_TIME = lazily(
    r"(?<![\d:])(?P<hour>\d{1,2})\s*(?::|h|g|giờ|時|时|시)\s*(?P<minute>\d{2})"
    r"(?:\s*(?::|phút|分|분)\s*(?P<second>\d{2})(?:\.\d+)?)?(?:\s*(?:phút|分|분)|\s?h(?!\w))?"
    r"\s*(?P<half>sa|ch|am|pm|a\.m|p\.m|sáng|chiều|tối)?(?![\d:\w])"
)
_OFFSET = lazily(
    r"\b(?:gmt|utc)(?:\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?)?"
)
_AFTERNOON = ("ch", "pm", "p.m", "chiều", "tối")
_MORNING = ("sa", "am", "a.m", "sáng")
_SOME_YEAR = lazily(r"(?:19|20)\d\d")
_YEARS = range(1900, 2100)
_FIRST_OF_WEB = 1990


def utc(moment: datetime) -> str:
    """Return an aware time in UTC, to the second: ``2025-06-30T01:02:03Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(raw: str) -> Moment | None:
    """Return the moment of an ISO 8601 string as in ``datetime`` attributes, else None.

    A time without an offset is taken in Viet Nam's; a date alone stays a date. Years before 1900
    are what systems print for no date at all ("0001-01-01T00:00:00").
    """
    raw = raw.strip()
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    if len(raw) <= len("2021-06-14"):
        return moment.date()
    return moment if moment.tzinfo else moment.replace(tzinfo=VIET_NAM)


_NEARLY_ISO = lazily(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[T\s]*"
    r"(?P<time>\d{1,2}:\d\d(?::\d\d)?)?(?:\.\d+)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_EPOCH = lazily(r"(?:/Date\()?(1\d{9})(?:\d{3})?(?:\.\d+)?(?:[+-]\d{4})?(?:\)/)?")
"""Seconds or milliseconds since 1970, also as .NET writes them: "/Date(1565128800000+0700)/"."""
_AS_SCRIPTS_PRINT = lazily(
    r"(?:[A-Z][a-z]{2},?\s+)?(?P<month>[A-Z][a-z]{2})\s+(?P<day>\d{1,2})\s+"
    r"(?:(?P<year>\d{4})(?:\s+(?P<time>\d\d:\d\d:\d\d)\s*(?P<zone>(?:GMT|UTC)?(?:[+-]\d{4})?|ICT))?"
    r"|(?P<time_first>\d\d:\d\d:\d\d)\s+(?P<zone_first>GMT|UTC|ICT)?\s*(?P<year_last>\d{4}))"
    r"(?:\s+\([^()]*\))?"
)
"""What Date.toString() of JavaScript and Java, and C's asctime, print."""
_IN_SCRIPT = lazily(
    r"(?:new\s+)?Date(?P<utc>\.UTC)?\(\s*(?:(?P<epoch>1\d{9}(?:\d{3})?)(?:\s*\*\s*1000)?"
    r"|(?P<parts>(?:19|20)\d\d(?:\s*,\s*\d{1,3}){2,6})"
    r"|(?P<quote>[\"'])(?P<words>[^\"']{6,40})(?P=quote))\s*\)"
)
_RFC_2822 = lazily(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d\d:\d\d(?::\d\d)?"
    r"\s+(?:[+-]\d{4}|GMT|UTC?|Z|E[SD]T|C[SD]T|M[SD]T|P[SD]T)"
)
_DIGITS = lazily(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")


def parse_machine(raw: str) -> Moment | None:
    """Return the moment that a string written for programs names, else None.

    ISO 8601 and what nearly is ("2022-5-5 22:17:36", "2021-06-14T08:30:00 UTC"), RFC 2822 as in
    feeds and headers, seconds or milliseconds since 1970, 20210614083000, and what JavaScript
    prints ("Mon Jun 14 2021 08:30:00 GMT+0700 (Indochina Time)") or is given ("Date.UTC(2021, 5,
    14)", whose months are counted from 0).
    """
    raw = raw.strip()
    if moment := parse_iso(raw):
        return moment
    try:
        if found := _NEARLY_ISO.fullmatch(raw):
            return _of_nearly_iso(found)
        if epoch := _EPOCH.fullmatch(raw):
            return _since_1970(epoch[1])
        if digits := _DIGITS.fullmatch(raw):
            return parse_iso("{}-{}-{}T{}:{}:{}".format(*digits.groups()))
        if _RFC_2822.fullmatch(raw):
            moment = parsedate_to_datetime(raw)
            return parse_iso((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat())
        if printed := _AS_SCRIPTS_PRINT.fullmatch(raw):
            return _as_printed(printed)
        if script := _IN_SCRIPT.fullmatch(raw):
            return _of_script(script)
    except (ValueError, OverflowError):
        pass
    return None


def _of_nearly_iso(found: re.Match[str]) -> Moment | None:
    day = f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}"
    if not found["time"]:
        return parse_iso(day)
    zone = (found["zone"] or "").upper().replace("UTC", "Z").replace("GMT", "Z")
    hour, _, rest = found["time"].partition(":")
    return parse_iso(f"{day}T{hour:0>2}:{rest}{zone}")


def _since_1970(seconds: str) -> Moment | None:
    return parse_iso(datetime.fromtimestamp(int(seconds[:10]), UTC).isoformat())


def _as_printed(found: re.Match[str]) -> Moment | None:
    month = _MONTHS_ELSEWHERE.get(found["month"].lower())
    if month is None:
        return None
    day = f"{found['year'] or found['year_last']}-{month:02}-{int(found['day']):02}"
    clock = found["time"] or found["time_first"]
    zone = (found["zone"] or found["zone_first"] or "").replace("ICT", "+0700")
    if clock is None:
        return parse_iso(day)
    named = "Z" if zone in ("GMT", "UTC") else zone.removeprefix("GMT").removeprefix("UTC")
    return parse_iso(f"{day}T{clock}{named}")


def _of_script(found: re.Match[str]) -> Moment | None:
    if found["epoch"]:
        return _since_1970(found["epoch"])
    if found["words"]:
        return parse_machine(found["words"])
    year, month, day, *clock = (int(part) for part in found["parts"].split(","))
    zone = UTC if found["utc"] else VIET_NAM
    if not clock:
        return date(year, month + 1, day)
    hour, minute, second, *_ = *clock, 0, 0
    return datetime(year, month + 1, day, hour, minute, second, tzinfo=zone)


def moments_in_script(text: str) -> list[tuple[Moment, str]]:
    """Return the moments that a piece of JavaScript makes dates of, with the words that do."""
    found = ((_of_script_or_none(match), match[0]) for match in _IN_SCRIPT.finditer(text))
    return [(moment, words) for moment, words in found if moment]


def _of_script_or_none(found: re.Match[str]) -> Moment | None:
    try:
        return _of_script(found)
    except (ValueError, OverflowError):
        return None


_AMERICAN = lazily(
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>(?:19|20)\d\d)(?:,?\s+(?P<time>\d{1,2}:\d\d(?::\d\d)?)"
    r"\s*(?P<half>[AP]M)?)?",
    re.IGNORECASE,
)


def parse_american(raw: str) -> Moment | None:
    """Return the moment of a string for programs whose month comes first, else None.

    "8/25/2019 3:00:00 PM", as .NET prints it, where it is not set to Vietnamese.
    """
    if (found := _AMERICAN.fullmatch(raw.strip())) is None:
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        clock = f"{found['time'] or ''} {(found['half'] or '').lower()}".strip()
        return _with_time(day, "", clock)
    except ValueError:
        return None


def parse_date(raw: str, american: bool = False) -> Moment | None:
    """Return the moment that a line such as "Thứ hai, 14/06/2021 | 08:30 GMT+7" names, else None.

    *raw* is the text of a dateline, not of an article: the first date in it is taken, and if there
    is no such day, none. Without a time of day the result is a date. A relative date ("2 giờ
    trước") names none: see `parse_relative`. *american* is that of `dates_in`.
    """
    first = next(iter(dates_in(flat(raw), american)), None)
    return first.moment if first else None


_SHORT = lazily(
    r"(?P<day>\d{1,2})(?P<sep>[./-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d\d)"
    r"(?:[\s,|–-]+(?P<clock>\d{1,2}(?::|h)\d\d(?::\d\d)?))?(?:\s*uhr)?"
)
_APART = lazily(rf"{_DAY}[\s,|]+(?:(?:tháng|thg|th?)\.?\s*)?{_NUMBER}[\s,./|-]+(?:năm\s+)?{_YEAR}")
"""The day, the month and the year as the parts of an element hold them: "05", "08/2019"."""


def parse_short(raw: str) -> Moment | None:
    """Return the moment of a line that is a date with a year of two digits, and nothing else, or
    one whose parts stand apart.

    "23.09.22", "14/06/21 08:30" and "05 08/2019": within a line such numbers may be anything.
    """
    line = flat(raw)
    try:
        if found := _APART.fullmatch(line):
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
        if (found := _SHORT.fullmatch(line)) is None:
            return None
        year = int(found["year"])
        century = 1900 if year >= _FIRST_OF_WEB % 100 else 2000
        day = date(century + year, int(found["month"]), int(found["day"]))
        return _with_time(day, "", found["clock"] or "")
    except ValueError:
        return None


_RELATIVE = lazily(
    r"(?<!\d)(?P<count>\d{1,2})\s*(?:(?P<minutes>phút|minutes?|mins?)"
    r"|(?P<hours>giờ|tiếng|hours?|hrs?)|(?P<days>ngày|days?))\s*(?:trước|ago)\b"
)
_NAMED_DAY = lazily(r"\b(?:(?P<today>hôm nay|today)|(?P<yesterday>hôm qua|yesterday))\b")


def parse_relative(raw: str, at: datetime) -> Moment | None:
    """Return the moment that "2 giờ trước" or "Hôm qua, 08:30" names in a page received at *at*.

    *at* is aware. What is counted in hours is known to the hour, in days to the day; weeks and
    months are too coarse to name a moment.
    """
    line, at = flat(raw), at.astimezone(VIET_NAM).replace(second=0, microsecond=0)
    if _matches(line):
        return None
    if found := _RELATIVE.search(line):
        count = int(found["count"])
        if found["minutes"]:
            return at - timedelta(minutes=count)
        if found["hours"]:
            return at.replace(minute=0) - timedelta(hours=count)
        return (at - timedelta(days=count)).date()
    if found := _NAMED_DAY.search(line):
        day = at.date() - timedelta(days=1 if found["yesterday"] else 0)
        try:
            return _with_time(day, line[: found.start()], line[found.end() :])
        except ValueError:
            return None
    return None


def is_of_web(moment: Moment) -> bool:
    """Whether something can have been published on the Web then.

    Earlier dates are what systems print for none at all: zero, counted from 1970 ("1970-01-01
    07:00"), from 30 December 1899, or from the first of January 1900.
    """
    return moment.year >= _FIRST_OF_WEB


def has_year(raw: str) -> bool:
    """Whether a text can hold a date."""
    return _SOME_YEAR.search(raw) is not None


def offset_near(ahead: timedelta, within: timedelta = timedelta(0)) -> timezone | None:
    """Return the offset of a place where clocks are so far ahead of UTC, give or take *within*.

    None where there is none: all are quarters of an hour, from 12 hours behind to 14 ahead.
    """
    offset = round(ahead / _STEP) * _STEP
    is_one = _FARTHEST_WEST <= offset <= _FARTHEST_EAST and abs(ahead - offset) <= within
    return timezone(offset) if is_one else None


def flat(raw: str) -> str:
    """Return a line as `dates_in` reads it: NFC, in small letters, with single spaces."""
    return " ".join(as_shown(unicodedata.normalize("NFC", raw)).lower().split())


def dates_in(line: str, american: bool = False) -> list[Dated]:
    """Return the dates in a `flat` line, in its order, each with the time of day nearest to it.

    With *american*, 06/14/2021 is the fourteenth of June, and 05/06/2021, which may be either, no
    moment.
    """
    matches = _matches(line)
    starts, ends = [match.start() for match in matches], [match.end() for match in matches]
    return [
        Dated(
            _moment(match, line[left : match.start()], line[match.end() : right], american),
            *match.span(),
        )
        for match, left, right in zip(matches, [0, *ends], [*starts[1:], len(line)], strict=False)
    ]


def _matches(line: str) -> list[re.Match[str]]:
    """Return where dates stand, possible ones or not."""
    if not has_year(line):
        return []
    found = (match for pattern in _DATES for match in pattern.finditer(line) if _month(match))
    matches: list[re.Match[str]] = []
    for match in sorted(found, key=re.Match.start):
        if not matches or match.start() >= matches[-1].end():
            matches.append(match)
    return matches


def _month(match: re.Match[str]) -> int | None:
    named = match.groupdict()
    if name := named.get("name"):
        return _MONTHS_ELSEWHERE.get(name)
    return _MONTHS[word] if (word := named.get("word")) else int(match["month"])


def _moment(match: re.Match[str], before: str, after: str, american: bool) -> Moment | None:
    day, month = int(match["day"]), _month(match) or 0
    if american and match.groupdict().get("slash") and day != month:
        if day <= 12 and month <= 12:
            return None
        if month > 12:
            day, month = month, day
    try:
        return _with_time(date(int(match["year"]), month, day), before, after)
    except ValueError:  # 31/02/2021, 25:70
        return None


def _with_time(day: date, before: str, after: str) -> Moment:
    offset = _OFFSET.search(after) or _OFFSET.search(before)
    before, after = _OFFSET.sub(" ", before), _OFFSET.sub(" ", after)
    times = [(match.start(), match) for match in _TIME.finditer(after)]
    times += [(len(before) - match.end(), match) for match in _TIME.finditer(before)]
    if not times:
        return day
    found = min(times, key=lambda time: time[0])[1]
    hour, half = int(found["hour"]), found["half"]
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in _MORNING and hour == 12:
        hour = 0
    minute, second = int(found["minute"]), int(found["second"] or 0)
    if (hour, minute, second) == (24, 0, 0):  # the end of that day
        hour, day = 0, day + timedelta(days=1)
    clock = time(hour, minute, second)
    return datetime.combine(day, clock, _zone(offset) if offset else VIET_NAM)


def _zone(offset: re.Match[str]) -> timezone:
    ahead = timedelta(hours=int(offset["hours"] or 0), minutes=int(offset["minutes"] or 0))
    return timezone(-ahead if offset["sign"] == "-" else ahead)
