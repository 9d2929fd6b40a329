"""Dates as archives write them.

"The WARC Format 1.1" has the forms of W3C's "Date and Time Formats", from a year to fractions of a
second; ARC files have up to fourteen digits. What names no more than a day, a month or a year is
its beginning.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_PARTS = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?)"
    r"(?:(?:[Tt_]|\s+)(?P<hour>\d\d?):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?)?)?"
)
_DIGITS = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)"
    r"(?:(?P<minute>\d\d)(?:(?P<second>\d\d)(?P<fraction>\d{0,3}))?)?)?)?)?"
)
_COMPACT = re.compile(r"(\d{8})[Tt](\d{4,6})[Zz]?")


class NoMomentError(ValueError):
    """What is no date of an archive."""


def moment(text: str) -> datetime:
    """Return the moment in UTC that a date names, or begins with. Raises `NoMomentError`."""
    text = text.strip()
    if compact := _COMPACT.fullmatch(text):
        text = compact[1] + compact[2]
    found = _PARTS.fullmatch(text) or _DIGITS.fullmatch(text)
    try:
        return (_of_parts(found.groupdict()) if found else _of_mail(text)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NoMomentError(f"{text[:40]!r} is no date") from error


def _of_parts(parts: dict[str, str | None]) -> datetime:
    second = int(parts["second"] or 0)
    zone = (parts.get("zone") or "Z").upper()
    offset = "+00:00" if zone in ("Z", "UTC", "GMT") else zone
    year, month, day = (int(parts[name] or 1) for name in ("year", "month", "day"))
    hour, minute = (int(parts[name] or 0) for name in ("hour", "minute"))
    fraction = f"{parts['fraction'] or 0:0<6}"[:6]
    # A leap second, which Python does not know, is the last one before it.
    written = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{min(second, 59):02}"
    if second > 60:
        raise ValueError("no minute has so many seconds")
    return datetime.fromisoformat(f"{written}.{fraction}{offset}")


def _of_mail(text: str) -> datetime:
    """Return a date as HTTP and mail write it: "Wed, 01 May 2019 08:00:00 GMT"."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, IndexError) as error:
        raise ValueError(str(error)) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
