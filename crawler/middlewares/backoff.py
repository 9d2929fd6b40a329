"""Wait as long as a host asks, and longer each time it fails."""

import logging
import re
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Response
from scrapy.utils.misc import load_object

from crawler.failures import BrokenAnswerError
from crawler.middlewares.encoding import BROKEN, WHY
from crawler.middlewares.turns import turns_of
from crawler.text.addresses import host_of
from crawler.vocabulary import Reason

DATALOSS = "dataloss"
"""The flag that Scrapy gives an answer that is shorter than announced."""
_BEFORE = "short_before"
_USUAL = 3
_TAIL = 4096
_END = re.compile(
    rb"(?:</html|</urlset|</sitemapindex|</rss|</feed|</rdf:RDF)\s*>(?:\s|<!--.*?-->)*\Z|\]\s*\Z",
    re.IGNORECASE | re.DOTALL,
)

logger = logging.getLogger(__name__)

_MOST_ASKED = 30 * 86_400.0
"""Seconds for which a host is left alone at most, whatever it asks: it may have meant less."""


class BackOffMiddleware:
    """Retries as Scrapy's own middleware does, but not before the host may be ready again.

    After one of ``RETRY_HTTP_CODES``, or a connection that failed, the host is left alone, by
    whoever asks it (`crawler.keeper.Turns`): as many seconds as ``Retry-After`` asks, else
    ``BACKOFF_START`` doubled with every retry of the request, and at most ``BACKOFF_MAX``
    (settings, seconds). So is an answer that is cut short, or whose encoding is. What a host asks
    for beyond that is noted, and is no retry. Counts the waits under ``backoff/count``.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.codes = {int(code) for code in settings.getlist("RETRY_HTTP_CODES")}
        self.exceptions = tuple(map(load_object, settings.getlist("RETRY_EXCEPTIONS")))
        self.start = settings.getfloat("BACKOFF_START")
        self.short: Counter[str] = Counter()
        """How many answers of a host were shorter than announced, and whole."""
        self.longest = settings.getfloat("BACKOFF_MAX")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl, which is of one site."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Retry an answer that says "later", or is not whole, once the time has come."""
        if {DATALOSS, BROKEN} & set(response.flags):
            return self._retry_broken(request, response)
        if not self.says_later(response):
            return response
        asked = retry_after(response)
        if asked is not None and asked > self.longest:
            logger.warning("%s asks to wait %.0f s: too long for this crawl", response.url, asked)
            self._leave_alone(request, min(asked, _MOST_ASKED))
            return response
        return self._retry(request, Reason.STATUS.of(status=response.status), asked) or response

    def _retry_broken(self, request: Request, response: Response) -> Request | Response:
        """Retry an answer that is not whole. One that is cut short and comes the same each time, to
        its end, is what the host has: it announces more than it sends.
        """
        host, digest = host_of(request.url), sha256(response.body).digest()
        is_short = BROKEN not in response.flags
        has_end = is_short and _END.search(response.body[-_TAIL:]) is not None
        is_same = request.meta.get(_BEFORE) == digest
        if has_end and (is_same or self.short[host] >= _USUAL):
            self.short[host] += 1
            return response
        why = Reason.CUT if is_short else Reason.UNREADABLE.of(why=request.meta.get(WHY))
        if retry := self._retry(request, why):
            retry.meta[_BEFORE] = digest
            return retry
        if is_short and is_same and request.meta.get("dont_obey_robotstxt"):
            return response  # its robots.txt, which has no end
        raise ResponseDataLossError() if is_short else BrokenAnswerError(why)

    def says_later(self, response: Response) -> bool:
        """Whether a host answers so that it may be asked again later."""
        return response.status in self.codes

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Retry a connection that failed, once the time has come."""
        if not isinstance(exception, self.exceptions):
            return None
        return self._retry(request, exception)

    def _retry(
        self, request: Request, reason: str | Exception, asked: float | None = None
    ) -> Request | None:
        assert self.crawler.spider
        retry = get_retry_request(request, spider=self.crawler.spider, reason=reason)
        if retry:
            growing = self.start * 2.0 ** (retry.meta["retry_times"] - 1)
            wait = min(growing, self.longest) if asked is None else asked
            self._leave_alone(request, wait)
            self.crawler.stats.inc_value("backoff/count")
        return retry

    def _leave_alone(self, request: Request, seconds: float) -> None:
        turns_of(self.crawler).leave_alone(host_of(request.url), seconds)


def retry_after(response: Response) -> float | None:
    """Return how many seconds the header ``Retry-After`` asks to wait (RFC 9110), None without."""
    header = response.headers.get("Retry-After")
    return None if header is None else seconds_asked(header.decode("latin-1"))


def seconds_asked(header: str) -> float | None:
    """Return how many seconds a ``Retry-After`` asks to wait, None if it says no such thing."""
    value = header.strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
        return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
