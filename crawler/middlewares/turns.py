"""Ask a host only when its turn has come, whoever else asks it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from time import time
from typing import Self
from weakref import WeakKeyDictionary

from scrapy import Request, signals
from scrapy.crawler import Crawler

from crawler.failures import NotNowError
from crawler.keeper import KeepsTurns, Kept, Turns
from crawler.text.addresses import host_of
from crawler.turn import Asker, HostState, Turn, seconds_to_midnight

logger = logging.getLogger(__name__)

ASKER = "asker"
"""The key of a request's meta under which stands who asks (`Asker`), where that is not the crawl's
own site.
"""
NOT_NOW = "hosts/not_now"
"""The statistic that says why a host is not asked any more in a crawl."""
SLOT = "in turn"
"""The slot of Scrapy's downloader for what has had its turn (``DOWNLOAD_SLOTS``): its own delay
would come on top.
"""
_SECONDS_BETWEEN_LOOKS = 0.5


class MemoryTurns:
    """The turns of one crawl that nobody keeps (`crawler.keeper.Turns`)."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self.clock = clock
        self.hosts: dict[str, HostState] = {}

    def take(self, host: str, asker: Asker) -> Turn:
        """Take a turn if there is one now, else return how long to wait."""
        now = self.clock()
        if asker.is_bound_for_all:
            states = [state.at(now) for state in self.hosts.values()]
            requests = sum(state.requests for state in states)
            if used_up := asker.used_up_of_all(requests, sum(state.bytes for state in states)):
                return Turn(seconds_to_midnight(now), used_up=used_up)
        turn, self.hosts[host] = self._state(host).turn(asker, now)
        return turn

    def done(self, host: str, count: int) -> None:
        """Note that a host has sent so many bytes more."""
        self.hosts[host] = self._state(host).received(count, self.clock())

    def leave_alone(self, host: str, seconds: float) -> None:
        """Note that a host is to be left alone from now on for so many seconds."""
        now = self.clock()
        self.hosts[host] = self._state(host).left_alone(now + seconds, now)

    def obey(self, host: str, crawl_delay: float | None) -> None:
        """Note the seconds between two requests that its robots.txt asks for."""
        self.hosts[host] = self._state(host).asked_by_robots(crawl_delay, self.clock())

    def _state(self, host: str) -> HostState:
        return self.hosts.get(host) or HostState.unknown(self.clock())


unkept: WeakKeyDictionary[Crawler, Turns] = WeakKeyDictionary()
"""The turns of crawls that have no keeper of any."""


def turns_of(crawler: Crawler) -> Turns:
    """Return the turns that all components of a crawl go by: its keeper's, else its own."""
    if crawler in unkept:
        return unkept[crawler]
    keeper = crawler.get_item_pipeline(KeepsTurns)
    if keeper and keeper.turns:
        return keeper.turns
    return unkept.setdefault(crawler, MemoryTurns())


class TurnMiddleware:
    """Has every request wait for its turn, the last thing before it is sent.

    Those of a crawl to one host go one by one, in their order, ``DOWNLOAD_DELAY`` seconds apart or
    as far as the host's robots.txt and others who ask it want. A host that asks to wait longer than
    ``BACKOFF_MAX`` seconds, or of which ``HOST_REQUESTS_A_DAY`` or ``HOST_BYTES_A_DAY`` are used
    up, or ``REQUESTS_A_DAY`` or ``BYTES_A_DAY`` of all hosts, is not asked any more in this crawl:
    the request fails with `NotNowError`, and so does one
    that waits when the crawl is stopped. ``hosts/not_now`` in the statistics says why.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.longest = settings.getfloat("BACKOFF_MAX")
        spider: object = crawler.spider
        self.asker = Asker(
            delay=settings.getfloat("DOWNLOAD_DELAY"),
            site=spider.site.key if isinstance(spider, Kept) else None,
            requests_a_day=settings.getint("HOST_REQUESTS_A_DAY"),
            bytes_a_day=settings.getint("HOST_BYTES_A_DAY"),
            all_requests_a_day=settings.getint("REQUESTS_A_DAY"),
            all_bytes_a_day=settings.getint("BYTES_A_DAY"),
        )
        self.queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        crawler.signals.connect(self.received, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Hold a request back until its turn has come."""
        host = host_of(request.url)
        asker = request.meta.get(ASKER, self.asker)
        async with self.queues[host]:
            while (wait := self._wait(host, asker)) > 0:
                if not self.crawler.crawling:
                    raise NotNowError("the crawl is being stopped")
                await asyncio.sleep(min(wait, _SECONDS_BETWEEN_LOOKS))
        request.meta["download_slot"] = SLOT

    def _wait(self, host: str, asker: Asker) -> float:
        """Return the seconds to wait, 0 if the turn is had. NotNowError if that is too long."""
        turn = turns_of(self.crawler).take(host, asker)
        if turn.used_up:
            raise self._not_now(host, f"{host} is left alone for today: {turn.used_up}")
        if turn.is_asked and turn.wait > self.longest:
            told = f"{host} asks to wait {turn.wait:.0f} s: too long for this crawl"
            raise self._not_now(host, told)
        return turn.wait

    def _not_now(self, host: str, why: str) -> NotNowError:
        if self.crawler.stats.get_value(NOT_NOW) is None:
            self.crawler.stats.set_value(NOT_NOW, why)
            logger.warning("%s", why)
        return NotNowError(why).of_host(host)

    def received(self, data: bytes, request: Request) -> None:
        """Count what a host sends, of answers too that are cut or too large."""
        turns_of(self.crawler).done(host_of(request.url), len(data))
