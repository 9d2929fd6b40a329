"""Dates as Vietnamese portals write them. Day before month, always; nothing is guessed."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta, timezone

VIET_NAM = timezone(timedelta(hours=7))
"""The offset of Viet Nam, the same all year and since 1975."""

Moment = datetime | date
"""When something happened: an aware datetime, or a date where the time of day is not known."""

_MONTH_WORDS = {
    "một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7,
    "bẩy": 7, "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "chạp": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
    "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_WORD = "|".join(sorted(_MONTH_WORDS, key=len, reverse=True))
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>(?:19|20)\d\d)"
_DATES = [
    re.compile(rf"(?<![\d/.-]){_YEAR}-(?P<month>\d{{1,2}})-{_DAY}(?!\d)"),
    re.compile(
        rf"(?<![\d/.-]){_DAY}\s*(?P<sep>[/.-])\s*(?P<month>\d{{1,2}})\s*(?P=sep)\s*{_YEAR}(?!\d)"
    ),
    re.compile(rf"(?<!\d){_DAY}\s+tháng\s+(?P<month>\d{{1,2}})\s*(?:,|năm|-|/)?\s*{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\d){_DAY}\s+(?:tháng\s+)?(?P<word>{_WORD})\s*(?:,|năm|\.)?\s*{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\w)tháng\s+(?P<word>{_WORD})\s+{_DAY}\s*,\s*{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\w)(?P<word>{_WORD})\.?\s+{_DAY}(?:st|nd|rd|th)?\s*,\s*{_YEAR}(?!\d)"),
]
_TIME = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})\s*(?::|h|giờ)\s*(?P<minute>\d{2})(?:\s*(?::|phút)\s*(?P<second>\d{2}))?"
    r"\s*(?P<half>sa|ch|am|pm)?(?![\d:\w])"
)
_OFFSET = re.compile(r"(?:gmt|utc)\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})")


def parse_iso(raw: str) -> Moment | None:
    """Return the moment of an ISO 8601 string as in ``datetime`` attributes, else None.

    A time without an offset is taken in Viet Nam's; a date alone stays a date.
    """
    raw = raw.strip()
    try:
        if len(raw) == len("2021-06-14"):
            return date.fromisoformat(raw)
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=VIET_NAM)


def parse_date(raw: str) -> Moment | None:
    """Return the moment that a line such as "Thứ hai, 14/06/2021 | 08:30 GMT+7" names, else None.

    *raw* is the text of a dateline, not of an article: the first date in it is taken. Without a
    time of day the result is a date. A relative date ("2 giờ trước") names none.
    """
    text = " ".join(unicodedata.normalize("NFC", raw).lower().split())
    for pattern in _DATES:
        if found := pattern.search(text):
            break
    else:
        return None
    word = found.groupdict().get("word")
    month = _MONTH_WORDS[word] if word else int(found["month"])
    try:
        day = date(int(found["year"]), month, int(found["day"]))
        rest = text[: found.start()] + " | " + text[found.end() :]
        return _with_time(day, rest)
    except ValueError:  # 31/02/2021, 25:70
        return None


def _with_time(day: date, rest: str) -> Moment:
    found = _TIME.search(rest)
    if not found:
        return day
    hour, half = int(found["hour"]), found["half"]
    if half in ("ch", "pm") and hour < 12:
        hour += 12
    elif half in ("sa", "am") and hour == 12:
        hour = 0
    clock = time(hour, int(found["minute"]), int(found["second"] or 0))
    offset = _OFFSET.search(rest)
    zone = VIET_NAM
    if offset:
        zone = timezone(timedelta(hours=int(offset["sign"] + offset["hours"])))
    return datetime.combine(day, clock, zone)
