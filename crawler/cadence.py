"""How often a site is crawled, and from when on again: by how often it published, how its last run
ended and how it is crawled; arithmetic on values.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil

from crawler.survey import LATELY
from crawler.vocabulary import RunOutcome, Way

SHORTEST = timedelta(hours=1)
"""No site is crawled more often, unless its entry says so; what was cut short goes on so soon."""
LONGEST = timedelta(days=30)
"""None is crawled more seldom."""
_DAY = timedelta(days=1)
_YEAR = timedelta(days=365)
_MONTHS = timedelta(days=60)
UNLEARNT = _DAY
"""What holds while a site has too few articles to learn from."""
_PAUSES = 2
"""How often a site is crawled in the time that usually lies between two of its articles."""
_SILENCES = 20
"""Of how many parts of a silence one is let pass: after 20 days it is asked once a day."""

_CUT_SHORT = {
    None,
    *(RunOutcome.SHUTDOWN, RunOutcome.KILLED, RunOutcome.LIMIT),
    *(RunOutcome.ARCHIVE, RunOutcome.NO_CONTACT),
}
"""How a run ended of which more is to be had at once: it was told to stop, or this machine was not
up to it.
"""


def learnt_cadence(pause: timedelta | None, silence: timedelta | None) -> timedelta:
    """Return the time between two crawls of a site that is learnt from its history.

    *pause* usually lies between two of its articles, None where there are too few to tell; for
    *silence* nothing new had come when it was last crawled with success, None if it never was. So
    a lively portal is asked hourly at most, and one that fell silent ever more seldom, down to once
    a month.
    """
    wanted = UNLEARNT if pause is None else pause / _PAUSES
    wanted = max(wanted, (silence or timedelta()) / _SILENCES)
    return min(max(wanted, SHORTEST), LONGEST)


def recheck_after(age: timedelta, url: str) -> timedelta:
    """Return after how long an article that is so old is asked for again: when a quarter of its age
    has passed, after a day at least, after a year at most.

    Where that is months it is up to a quarter of that sooner, its address says how much: so what
    came in one crawl is not asked for again in one.
    """
    wait = max(_DAY, min(age / 4, _YEAR))
    if wait < _MONTHS:
        return wait
    spread = int.from_bytes(sha256(url.encode()).digest()[:2], "big") / 2**16
    return wait * (1 - spread / 4)


def rechecks(due: int, since_last: timedelta | None) -> int:
    """Return how many of the articles that are due to be asked for again fall to one crawl, so that
    they come within a month, and not in one day; *since_last* is the time since the last crawl
    that came to its end, None if there was none.
    """
    return ceil(due * (min(since_last or timedelta(), LONGEST) / LONGEST))


def run_again_at(
    begun: datetime, outcome: str | None, cadence: timedelta, *, way: Way = Way.LIVE
) -> datetime:
    """Return from when on a site is due again whose last run was *begun* then and ended so
    (`RunOutcome`; None while it has no end).

    What was cut short goes on within the hour. Where the host bore no more for the day, the next
    day begins anew. One that failed otherwise is not tried more than once a day. What came whole
    from web archives is asked for again when these may have more.
    """
    if outcome in _CUT_SHORT:
        return begun + min(SHORTEST, cadence)
    if outcome == RunOutcome.NOT_NOW:
        begun = begun.astimezone(UTC)
        return begun.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if outcome != RunOutcome.FINISHED:
        return begun + max(cadence, UNLEARNT)
    return begun + (max(cadence, LATELY) if way == Way.ARCHIVES else cadence)
