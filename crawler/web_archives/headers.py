"""The header fields of an answer that a web archive gives again."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

Field = tuple[str, str]
"""A header field, name and value."""

_PREFIX = "x-archive-orig-"
_BY_THE_WAYBACK_MACHINE = ("content-type", "content-length", "location")
"""Fields that it gives with the prefix, as all that were archived, and pywb never does."""
_OF_THE_ARCHIVE = (
    "memento-datetime", "link", "content-location", "preference-applied", "vary",
    "transfer-encoding", "connection", "keep-alive",
)  # fmt: skip
"""Fields that an archive adds to the archived ones, or that concern the way from it to us."""


def fields_of(head: bytes) -> list[Field]:
    """Return the fields of the head of an answer, in their order."""
    # As bytes: of what Latin-1 makes of "ễ" and "à" one is an end of a line, and one a blank.
    parted = (line.partition(b":") for line in head.splitlines()[1:])
    return [
        (name.strip().decode("latin-1"), value.strip().decode("latin-1"))
        for name, colon, value in parted
        if colon
    ]


def captured_at(headers: Iterable[Field]) -> datetime | None:
    """Return when an answer was archived, as its ``Memento-Datetime`` says, UTC."""
    for name, value in headers:
        if name.lower() == "memento-datetime":
            try:
                return parsedate_to_datetime(value).astimezone(UTC)
            except (ValueError, OverflowError):
                return None
    return None


def archived_fields(fields: list[Field], at: datetime, length: int) -> list[Field]:
    """Return the header fields of a memento as the portal sent them.

    *fields* are those with which the archive answered, *at* is when it was archived, *length* is
    that of the body as it came now. The encoding is that in which it came.
    """
    own = {name.lower()[len(_PREFIX) :] for name, _ in fields if _is_prefixed(name)}
    only_prefixed = any(name in own for name in _BY_THE_WAYBACK_MACHINE)
    kept = list(_archived(fields, at, only_prefixed=only_prefixed))
    names = {name.lower() for name, _ in kept}
    for name, value in fields:
        lower = name.lower()
        if lower == "content-encoding" or (lower == "content-type" and lower not in names):
            kept.append((name, value))
    return [(n, str(length)) if n.lower() == "content-length" else (n, v) for n, v in kept]


def _archived(fields: list[Field], at: datetime, *, only_prefixed: bool) -> Iterator[Field]:
    for name, value in fields:
        if _is_prefixed(name):
            name = name[len(_PREFIX) :]
            if name.lower() not in ("content-encoding", "transfer-encoding"):
                yield name.title() if name.islower() else name, value
        elif not only_prefixed:
            lower = name.lower()
            of_today = lower == "date" and not _is_about(value, at)
            if not (lower in _OF_THE_ARCHIVE or lower == "content-encoding" or of_today):
                yield name, value


def _is_prefixed(name: str) -> bool:
    return name.lower().startswith(_PREFIX)


def _is_about(date: str, at: datetime) -> bool:
    """Whether a ``Date`` is that of a time: clocks of servers may be a day off."""
    try:
        return abs(parsedate_to_datetime(date).astimezone(UTC) - at) <= timedelta(days=1)
    except (ValueError, OverflowError):
        return False
