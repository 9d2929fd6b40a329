"""Which backups are kept: of each day, week and month the newest, for some time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from curation.backup.manifest import time_of


@dataclass(frozen=True, slots=True)
class Keep:
    """Of how many days, weeks and months that have a backup the newest is kept."""

    daily: int = 7
    weekly: int = 5
    monthly: int = 12


def kept(names: Collection[str], keep: Keep) -> set[str]:
    """Return which of these backups are kept: the newest of all is among them, whatever *keep* is.

    Days, weeks (from Monday) and months are those of UTC; only those count that have a backup.
    """
    newest_first = sorted(names, reverse=True)
    periods: list[tuple[int, Callable[[datetime], object]]] = [
        (keep.daily, lambda at: at.date()),
        (keep.weekly, lambda at: at.isocalendar()[:2]),
        (keep.monthly, lambda at: (at.year, at.month)),
    ]
    staying = set(newest_first[:1])
    for most, period in periods:
        newest: dict[object, str] = {}
        for name in newest_first:
            newest.setdefault(period(time_of(name)), name)
        staying |= {*[*newest.values()][:most]}
    return staying
