"""Ends a crawl that makes no progress: no answer came, and no visit was stored, for too long."""

import asyncio
import logging
import os
import signal
from time import monotonic
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.vocabulary import RunOutcome

logger = logging.getLogger(__name__)

_LOOKS = 20
"""How often it is looked, in the time after which a crawl is stuck."""
_GRACE = 60.0
"""Seconds that a stuck crawl is given to wind up, after which its whole process ends."""


class StuckExtension:
    """Ends a crawl as `RunOutcome.STUCK` after ``STUCK_AFTER`` seconds without progress.

    Time for which the whole process stood still counts as one look: a machine that slept, or a
    process that was stopped for an hour, is not stuck for that.
    """

    def __init__(self, crawler: Crawler, seconds: float) -> None:
        self.crawler = crawler
        self.seconds = seconds
        self.every = seconds / _LOOKS
        self.idle = 0.0
        self.looked_at = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.ending: asyncio.Future[None] | None = None
        for handler, told in (
            (self.begin, signals.spider_opened),
            (self.progress, signals.response_received),
            (self.progress, signals.item_scraped),
            (self.end, signals.spider_closed),
        ):
            crawler.signals.connect(handler, signal=told)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the extension for one crawl, unless the setting is 0."""
        if not (seconds := crawler.settings.getfloat("STUCK_AFTER")):
            raise NotConfigured
        return cls(crawler, seconds)

    def begin(self) -> None:
        """Begin to look."""
        self.looked_at = monotonic()
        self._look_later()

    def progress(self) -> None:
        """Note that there is progress."""
        self.idle = 0.0

    def end(self) -> None:
        """Look no more."""
        if self.timer:
            self.timer.cancel()

    def _look_later(self) -> None:
        self.timer = asyncio.get_event_loop().call_later(self.every, self._look)

    def _look(self) -> None:
        now = monotonic()
        self.idle += min(now - self.looked_at, 2 * self.every)
        self.looked_at = now
        if self.idle < self.seconds:
            self._look_later()
            return
        logger.error("%s: stuck: nothing came for %g s", self.crawler.spidercls.name, self.seconds)
        self.crawler.stats.set_value("finish_reason", RunOutcome.STUCK)
        self.timer = asyncio.get_event_loop().call_later(min(_GRACE, self.seconds), self._give_up)
        assert self.crawler.engine
        self.ending = asyncio.ensure_future(
            self.crawler.engine.close_spider_async(reason=RunOutcome.STUCK)
        )

    def _give_up(self) -> None:
        """End the process, as whoever asks it to: what is under way does not end by itself."""
        os.kill(os.getpid(), signal.SIGTERM)
