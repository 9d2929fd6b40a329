"""When an alarm rings: every threshold, with its default, in one place.

An operator's ``alarms.toml`` may set each for all sites, a site's TOML each for itself; 0 turns
the rule off. What each means before people is told in ``docs/alarms.md``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on something is wrong with a site, or with the archive."""

    silent_days: int = 14
    """Days without anything new that are no silence, however lively a portal was."""
    silent_percent: int = 150
    """Of the longest pause that the portal ever made: longer is a silence."""
    missed_hours: int = 26
    """Hours without a run that never ring: those of a daily schedule, and two."""
    missed_percent: int = 300
    """Of the usual time between two runs of the site, or of its cadence: later is missed."""
    small_percent: int = 25
    """Of the least that any of the last crawls asked for or saw: a crawl with less is too small."""
    lost_percent: int = 10
    """Of the articles that were held when a crawl ended: to hold so many fewer is below the
    floor."""
    failed_runs: int = 2
    """Crawls one after another that failed."""
    failed_percent: int = 30
    """Of what a crawl asked for: a crawl that could not have so much has failed."""
    set_aside: int = 3
    """Addresses whose last page was set aside within a month."""
    gaps: int = 10
    """Addresses that are missing since, at least."""
    gaps_percent: int = 5
    """Of what is held: so much more must be missing, too."""
    disk_megabytes: int = 500
    """Free megabytes (of 2^20 bytes) on the disk of the archive: fewer ring."""
    backup_days: int = 8
    """Days since the last backup that succeeded, once there was one."""

    def changed(self, by: Iterable[tuple[str, int]]) -> Self:
        """Return them with some set otherwise."""
        return replace(self, **dict(by))


NAMES: Final = tuple(field.name for field in fields(Thresholds))
DEFAULT: Final = Thresholds()


def mistaken(given: Mapping[str, object]) -> str | None:
    """Return what is wrong with thresholds as a file has them, None if nothing is: ``silent_dais``
    is unknown, -1 and true are no numbers of days.
    """
    for name, value in given.items():
        if name not in NAMES:
            return f"{name!r}; known: {', '.join(NAMES)}"
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            return f"{name} = {value!r}; it must be 1 or more, or 0 to turn its rule off"
    return None
