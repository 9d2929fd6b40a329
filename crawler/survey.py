"""What a survey found: what one host of a site is today, and what a web archive has of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawler.vocabulary import NameAnswer, Says, Way

WEB_ARCHIVES = {
    "https://web.archive.org/": "https://web.archive.org/web/",
    "https://index.commoncrawl.org/": "https://index.commoncrawl.org/",
}
"""The web archives that have most of Vietnam's portals, in the order in which they are asked: what
a person types for each, and what the archive's tables call it.
"""
LATELY = timedelta(days=30)
"""For how long it holds what a host is."""
UNSETTLED = timedelta(days=7)
"""For how long it holds that a host refuses, or does not say whose it is."""
APART = timedelta(days=1)
"""The least time between the first and the last silence of a host that is called dead."""

VALID = "valid"
"""What is said of a certificate with which nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one host of a site was found to be."""

    site: str
    """The key of the site."""
    url: str
    """The start page that was asked for."""
    asked_at: datetime
    """UTC."""
    says: Says
    evidence: str
    """By what it says so, in words."""
    dns: NameAnswer
    tls: str | None = None
    """`VALID`, or in words what is wrong with the certificate; None where none was shown."""
    status: int | None = None
    """The status of the last answer, None if there was none."""
    leads_to: str | None = None
    """Where the start page led, if that is not below it."""
    unit: str | None = None
    """The code of the unit or province since July 2025 whose the host is, where that is known."""
    cms: str | None = None
    """What the start page is made with, by the names of page readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a web archive has of one host of a site: pages that were answered with status 200."""

    archive: str
    """The address below which its mementos lie."""
    asked_at: datetime
    first: datetime | None = None
    """When the oldest of them was archived, UTC."""
    last: datetime | None = None
    pages: int = 0
    """How many addresses it has a page of."""
    error: str | None = None
    """Why it is not known, in words."""


def ask_again_at(says: Says, asked_at: datetime, *, is_dead: bool) -> datetime:
    """Return from when on a host is to be asked again."""
    if says == Says.SILENT and not is_dead:
        return asked_at + APART
    return asked_at + (LATELY if says.is_settled or is_dead else UNSETTLED)


def asked_again_at(survey: Mapping[str, Any]) -> datetime:
    """Return from when on a host is to be asked again, by the row of its last survey."""
    asked_at = datetime.fromisoformat(survey["asked_at"])
    return ask_again_at(Says(survey["says"]), asked_at, is_dead=bool(survey["is_dead"]))


def way_of(
    base_url: str,
    surveys: Mapping[str, Mapping[str, Any]],
    archives: Mapping[str, int | None],
    wanted: Collection[str] = tuple(WEB_ARCHIVES.values()),
    *,
    is_doubtful: bool,
) -> Way:
    """Return how a site is crawled: live, from web archives, or not.

    *surveys* are the rows of the last surveys of its hosts, by their start pages; *archives* of how
    many addresses each web archive that was asked has a page, None of one that could not be heard;
    *wanted* those without which it is not known that there is none. *is_doubtful* where nobody
    knows whether the start page is the site's.
    """
    if any(Says(survey["says"]) == Says.OWN for survey in surveys.values()):
        return Way.LIVE
    base = surveys.get(base_url)
    if is_doubtful:
        return Way.NOTHING
    if base is None or Says(base["says"]) == Says.UNKNOWN:
        return Way.LIVE
    if Says(base["says"]) == Says.SILENT and not base["is_dead"]:
        return Way.LATER
    heard = {name for name, pages in archives.items() if pages is not None}
    is_all = heard.issuperset(archives) and heard.issuperset(wanted)
    return Way.NOTHING if is_all and not any(archives.values()) else Way.ARCHIVES
