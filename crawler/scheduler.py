"""The archive is the queue."""

import heapq
from itertools import count
from typing import Any, Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler


class FrontierScheduler(BaseScheduler):
    """Hands out the addresses that the archive says are open, one when one is asked for.

    What Scrapy gives back to be asked for again or further (a retry, the next hop of a redirect, a
    part of an article, a page of a route) waits here, in memory. All of it concerns something that
    is still open in the archive, so that a crawl that is killed loses nothing.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.queue: list[tuple[int, int, Request]] = []
        self.numbers = count()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the scheduler of one crawl."""
        return cls(crawler)

    @property
    def spider(self) -> Any:
        """The spider, which knows its frontier and how to ask for an address."""
        return self.crawler.spider

    def enqueue_request(self, request: Request) -> bool:
        """Take a request that does not come from the archive."""
        heapq.heappush(self.queue, (-request.priority, next(self.numbers), request))
        return True

    def next_request(self) -> Request | None:
        """Return the next request: what waits here, then what the archive has open."""
        if self.queue:
            return heapq.heappop(self.queue)[2]
        request: Request | None = self.spider.next_request()
        return request

    def has_pending_requests(self) -> bool:
        """Whether there is anything left to ask for."""
        return bool(self.queue) or bool(self.spider.has_open())
