"""Whether all is well with what serves and fills an archive, in a sentence for whoever watches."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.bounds import Bounds
from crawler.vocabulary import Health
from crawler.vocabulary.words import word

DAYS = 2
"""After how many days without a run nobody seems to crawl any more."""
LAST_RUN = """
SELECT max(started_at) AS started_at FROM (
    SELECT started_at FROM runs WHERE outcome IS NOT 'import' ORDER BY id DESC LIMIT 1000)
WHERE started_at <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 day')"""
"""The query for when the last crawl began, whatever it was of; in an archive that was merged, the
last one noted need not be it. One of a clock that was ahead is none."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and about what."""

    health: Health
    about: str = ""
    """The day of the last run, or the bytes that are free; in a sentence."""

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return self.health.is_well

    def in_words(self, language: str) -> str:
        """Return it as a sentence in a language of the catalogues."""
        return word(self.health, language).format(about=self.about)


def health_of(last_run: str | None, free: int, now: datetime, *, days: int = DAYS) -> Report:
    """Return how an archive fares whose *last_run* began then, and whose disk has bytes *free*.

    A crawl must not have been begun longer ago than so many *days*; 0 for any time.
    """
    if free < Bounds().free_disk:
        return Report(Health.DISK_FULL, f"{free // 2**20}")
    if last_run is None:
        return Report(Health.NEVER_RUN)
    is_old = days and now - datetime.fromisoformat(last_run) > timedelta(days=days)
    return Report(Health.NOT_RUN if is_old else Health.WELL, last_run[:10])
