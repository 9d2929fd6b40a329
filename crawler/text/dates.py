"""Dates as Vietnamese portals write them. Day before month, always; nothing is guessed."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta, timezone

VIET_NAM = timezone(timedelta(hours=7))
"""The offset of Viet Nam, the same all year and since 1975."""

Moment = datetime | date
"""When something happened: an aware datetime, or a date where the time of day is not known."""

_MONTHS = {
    "một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7,
    "bẩy": 7, "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "chạp": 12,
}  # fmt: skip
_ENGLISH_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
    "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip


def _any_of(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>(?:19|20)\d\d)"
_NUMBER = r"(?P<month>\d{1,2})"
# "tháng 6", "tháng sáu", and "Th6" as WordPress cuts it. "năm" alone is no month but "year".
_MONTH = rf"(?:(?:tháng\s+|th\.?\s*){_NUMBER}|tháng\s+(?P<word>{_any_of(_MONTHS)}))"
_ENGLISH = rf"(?P<word>{_any_of(_ENGLISH_MONTHS)})\.?"
_DATES = [
    re.compile(rf"(?<![\d/.-]){_YEAR}(?P<sep>[/.-]){_NUMBER}(?P=sep){_DAY}(?!\d)"),
    re.compile(rf"(?<![\d/.-]){_DAY}\s*(?P<sep>[/.-])\s*{_NUMBER}\s*(?P=sep)\s*{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\d){_DAY}\s+{_MONTH}\s*(?:,|năm|[-/])?\s*{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\w){_MONTH}\s+{_DAY}\s*,\s*{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\d){_DAY}(?:st|nd|rd|th)?\s+{_ENGLISH}\s*,?\s*{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\w){_ENGLISH}\s+{_DAY}(?:st|nd|rd|th)?\s*,\s*{_YEAR}(?!\d)"),
]
_TIME = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})\s*(?::|h|giờ)\s*(?P<minute>\d{2})(?:\s*(?::|phút)\s*(?P<second>\d{2}))?"
    r"(?:\s*phút)?\s*(?P<half>sa|ch|am|pm|sáng|chiều|tối)?(?![\d:\w])"
)
_OFFSET = re.compile(
    r"\b(?:gmt|utc)(?:\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?)?"
)
_AFTERNOON, _MORNING = ("ch", "pm", "chiều", "tối"), ("sa", "am", "sáng")


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
    if not 1900 <= moment.year < 2100:
        return None
    if len(raw) <= len("2021-06-14"):
        return moment.date()
    return moment if moment.tzinfo else moment.replace(tzinfo=VIET_NAM)


def parse_date(raw: str) -> Moment | None:
    """Return the moment that a line such as "Thứ hai, 14/06/2021 | 08:30 GMT+7" names, else None.

    *raw* is the text of a dateline, not of an article: the first date in it is taken. Without a
    time of day the result is a date. A relative date ("2 giờ trước") names none.
    """
    text = " ".join(unicodedata.normalize("NFC", raw).lower().split())
    matches = (match for pattern in _DATES if (match := pattern.search(text)))
    found = min(matches, key=re.Match.start, default=None)
    if found is None:
        return None
    named = found.groupdict()
    month = (_MONTHS | _ENGLISH_MONTHS).get(named.get("word") or "") or int(named["month"])
    try:
        day = date(int(named["year"]), month, int(named["day"]))
        rest = text[: found.start()] + " | " + text[found.end() :]
        return _with_time(day, rest)
    except ValueError:  # 31/02/2021, 25:70
        return None


def _with_time(day: date, rest: str) -> Moment:
    offset = _OFFSET.search(rest)
    found = _TIME.search(_OFFSET.sub(" ", rest))
    if not found:
        return day
    hour, half = int(found["hour"]), found["half"]
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in _MORNING and hour == 12:
        hour = 0
    clock = time(hour, int(found["minute"]), int(found["second"] or 0))
    return datetime.combine(day, clock, _zone(offset) if offset else VIET_NAM)


def _zone(offset: re.Match[str]) -> timezone:
    ahead = timedelta(hours=int(offset["hours"] or 0), minutes=int(offset["minutes"] or 0))
    return timezone(-ahead if offset["sign"] == "-" else ahead)
