"""How the archive writes times."""

from datetime import UTC, datetime

from crawler.text.dates import Moment


def utc(moment: datetime) -> str:
    """Return a time of crawling as the archive writes it: ``2025-06-30T01:02:03Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso(moment: Moment | None) -> str | None:
    """Return a time of publication as the archive writes it, with the portal's offset."""
    return moment.isoformat() if moment else None
