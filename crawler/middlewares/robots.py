"""Ask a host's robots.txt first, and obey it."""

import asyncio

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser

from crawler.failures import NoRobotsError, NotNowError, explain
from crawler.text.addresses import absolute

_TOO_MANY_REQUESTS = 429


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt as Scrapy's own middleware does, and as RFC 9309 says where it has none.

    A host that has none (a 4xx, or a redirect off the site) may be crawled. One that does not
    answer, or with a 5xx, may not: every request to it fails with `NoRobotsError`. Scrapy's own
    would crawl it.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.asked: dict[str, asyncio.Task[RobotParser | None]] = {}

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
            raise NoRobotsError(f"robots.txt could not be had: {explain(error)}") from error
        if response.status >= 500 or response.status == _TOO_MANY_REQUESTS:
            raise NoRobotsError(f"robots.txt could not be had: HTTP {response.status}")
        if response.status != 200:
            return None
        return self._parserimpl.from_crawler(self.crawler, response.body)
