"""Ask a host's robots.txt first, and obey it."""

import asyncio
import logging
import math

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser

from crawler.failures import NoRobotsError, NotNowError, explain
from crawler.middlewares.turns import turns_of
from crawler.scope import Told
from crawler.text.addresses import absolute, host_of
from crawler.vocabulary import Discovery, Reason

logger = logging.getLogger(__name__)

_TOO_MANY_REQUESTS = 429


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt as Scrapy's own middleware does, and as RFC 9309 says where it has none.

    A host that has none (a 4xx, or a redirect off the site) may be crawled. One that does not
    answer, or with a 5xx, may not: every request to it fails with `NoRobotsError`. Scrapy's own
    would crawl it.

    What it says of the time between two requests (``Crawl-delay``, ``Request-rate``) is noted for
    whoever asks the host, up to ``CRAWL_DELAY_MAX`` seconds. The sitemaps that it names are told to
    the spider. No more than ``ROBOTS_BYTES_MAX`` bytes are read, as RFC 9309 allows.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.asked: dict[str, asyncio.Task[RobotParser | None]] = {}
        self.most = crawler.settings.getfloat("CRAWL_DELAY_MAX")
        self.longest = crawler.settings.getint("ROBOTS_BYTES_MAX")
        self.delays: dict[str, float] = {}
        """The longest delay that each host asks for: http, https and "www." are one."""

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules of the request's host, None if it has none; ask for them once."""
        url = absolute("/robots.txt", request.url) or request.url
        if url not in self.asked:
            self.asked[url] = asyncio.ensure_future(self._ask(url))
        return await self.asked[url]

    async def _ask(self, url: str) -> RobotParser | None:
        request = Request(
            url,
            callback=NO_CALLBACK,
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True},
        )
        assert self.crawler.engine
        try:
            response = await self.crawler.engine.download_async(request)
        except NotNowError:
            raise
        except IgnoreRequest:
            return None
        except Exception as error:
            why = Reason.NO_ROBOTS.of(why=explain(error))
            raise NoRobotsError(why).of_host(host_of(url)) from error
        if response.status >= 500 or response.status == _TOO_MANY_REQUESTS:
            why = Reason.NO_ROBOTS.of(why=Reason.STATUS.of(status=response.status))
            raise NoRobotsError(why).of_host(host_of(url))
        if response.status != 200:
            self._obey(url, None)
            return None
        body = response.body[: self.longest]
        if len(body) < len(response.body):
            logger.warning("%s: read as far as byte %d", url, self.longest)
        parser = self._parserimpl.from_crawler(self.crawler, body)
        self._announce(parser)
        self._obey(url, delay_asked(parser, self._robotstxt_useragent or self._default_useragent))
        return parser

    def _announce(self, parser: RobotParser) -> None:
        """Tell the spider of the sitemaps that robots.txt names."""
        rules, spider = getattr(parser, "rp", None), self.crawler.spider
        if isinstance(rules, Protego) and isinstance(spider, Told):
            spider.announce(Discovery.SITEMAP, rules.sitemaps)

    def _obey(self, url: str, delay: float | None) -> None:
        host = host_of(url)
        if delay is not None and delay > self.most:
            told = "%s asks for %g s between two requests in its robots.txt; it is given %g s"
            logger.warning(told, host, delay, self.most)
            delay = self.most
        if delay is not None:
            self.delays[host] = max(delay, self.delays.get(host, 0.0))
        turns_of(self.crawler).obey(host, self.delays.get(host))


def delay_asked(parser: RobotParser, user_agent: str) -> float | None:
    """Return the seconds between two requests that robots.txt asks a crawler for, None if none.

    ``Crawl-delay``, or ``Request-rate: 1/10``, whose hours of the day are taken for all day.
    """
    rules = getattr(parser, "rp", None)  # Scrapy's interface has no rates
    rate = rules.request_rate(user_agent) if isinstance(rules, Protego) else None
    delays = [parser.crawl_delay(user_agent)]
    if rate and rate.requests > 0:
        delays.append(rate.seconds / rate.requests)
    return max((d for d in delays if d is not None and 0 < d < math.inf), default=None)
