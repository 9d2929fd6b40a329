"""Wait as long as a host asks, and longer each time it fails."""

import asyncio
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

logger = logging.getLogger(__name__)


class BackOffMiddleware(RetryMiddleware):
    """Retries as Scrapy does, but not before the host may be ready again.

    After a 429 or 5xx, or a connection that failed, the whole site waits: as many seconds as
    ``Retry-After`` asks, else ``BACKOFF_START`` doubled with every retry of the request, and at most
    ``BACKOFF_MAX`` (settings, seconds). A host that asks for more is not asked again in this crawl.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self.start = crawler.settings.getfloat("BACKOFF_START")
        self.longest = crawler.settings.getfloat("BACKOFF_MAX")
        self.not_before = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl, which is of one site."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Hold a request back until the host may be asked again."""
        while (wait := self.not_before - monotonic()) > 0:
            await asyncio.sleep(wait)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Retry an answer that says "later", once the time has come."""
        if response.status not in self.retry_http_codes:
            return response
        asked = retry_after(response)
        if asked is not None and asked > self.longest:
            logger.warning("%s asks to wait %.0f s: too long for this crawl", response.url, asked)
            return response
        retry = super().process_response(request, response)
        if isinstance(retry, Request):
            self._hold(asked if asked is not None else self._growing(retry))
        return retry

    def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:
        """Retry a connection that failed, once the time has come."""
        retry = super().process_exception(request, exception)
        if isinstance(retry, Request):
            self._hold(self._growing(retry))
        return retry

    def _growing(self, retry: Request) -> float:
        return min(self.start * 2 ** (retry.meta["retry_times"] - 1), self.longest)

    def _hold(self, seconds: float) -> None:
        self.not_before = max(self.not_before, monotonic() + seconds)
        self.crawler.stats.inc_value("backoff/count")


def retry_after(response: Response) -> float | None:
    """Return how many seconds the header ``Retry-After`` asks to wait (RFC 9110), None without."""
    header = response.headers.get("Retry-After")
    if header is None:
        return None
    value = header.decode("latin-1").strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds())
