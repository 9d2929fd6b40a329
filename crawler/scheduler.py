"""The archive is the queue."""

import heapq
from itertools import count
from typing import Protocol, Self, runtime_checkable

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler


@runtime_checkable
class Asking(Protocol):
    """A spider that knows what is open, and how to ask for it."""

    def next_request(self) -> Request | None:
        """Return a request for what is open, None if there is none now."""

    def has_open(self) -> bool:
        """Whether more is open."""


class FrontierScheduler(BaseScheduler):
    """Hands out the addresses that the archive says are open, one when one is asked for.

    What Scrapy gives back to be asked for again or further (a retry, the next hop of a redirect, a
    part of an article, a page of a route) waits here, in memory. All of it concerns something that
    is still open in the archive, so that a crawl that is killed loses nothing.
    """

    def __init__(self, spider: Asking) -> None:
        self.spider = spider
        self.queue: list[tuple[int, int, Request]] = []
        self.numbers = count()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the scheduler of one crawl."""
        spider: object = crawler.spider
        assert isinstance(spider, Asking)
        return cls(spider)

    def enqueue_request(self, request: Request) -> bool:
        """Take a request that does not come from the archive."""
        heapq.heappush(self.queue, (-request.priority, next(self.numbers), request))
        return True

    def next_request(self) -> Request | None:
        """Return the next request: what waits here, then what the archive has open."""
        if self.queue:
            return heapq.heappop(self.queue)[2]
        return self.spider.next_request()

    def has_pending_requests(self) -> bool:
        """Whether there is anything left to ask for."""
        return bool(self.queue) or self.spider.has_open()
