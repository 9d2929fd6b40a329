"""Questions to a portal outside of any crawl: a few requests, one after another, as politely."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.failures import explain
from crawler.scope import Scoped, SiteScope
from crawler.sites import Site
from crawler.text.addresses import absolute

logger = logging.getLogger(__name__)

_MOST_HOPS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for an address."""

    url: str
    """Where it was served from, after redirects."""
    status: int | None = None
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] | None = None
    """Their names in lower case."""
    reason: str | None = None
    """Why there is nothing to read, in words."""


Fetch = Callable[[str], Awaitable[Answer]]
"""Asks for an address and follows where it leads; never raises."""


class ProbeSpider(Spider, Scoped):
    """Runs *work*, an async function, which gets a `Fetch` that asks the site's host."""

    name = "probe"

    def __init__(self, site: Site, work: Callable[[Fetch], Awaitable[None]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.site = site
        self.scope = SiteScope(site)
        self.work = work

    async def start(self) -> AsyncIterator[Request]:
        """Do the work; nothing is left to be asked for then."""
        await self.work(self.fetch)
        left: tuple[Request, ...] = ()
        for request in left:
            yield request

    async def fetch(self, url: str) -> Answer:
        """Ask for an address (`Fetch`)."""
        for _ in range(_MOST_HOPS):
            request = Request(url, callback=NO_CALLBACK, meta={"dont_redirect": True})
            assert self.crawler.engine
            try:
                response = await self.crawler.engine.download_async(request)
            except IgnoreRequest as error:
                return Answer(url, reason=explain(error))
            except Exception as error:  # whatever a host may do to a connection
                return Answer(url, reason=explain(error))
            location = _header(response, "Location")
            target = absolute(location, url) if 300 <= response.status < 400 else None
            if target is None:
                return _answer(response)
            if not self.site.owns(target):
                return Answer(url, response.status, reason=f"leads off the site, to {target}")
            url = target
        return Answer(url, reason="redirects without end")


def _answer(response: Response) -> Answer:
    headers = {str(k).lower(): str(v) for k, v in response.headers.to_unicode_dict().items()}
    status = response.status
    return Answer(
        response.url,
        status,
        response.body,
        _header(response, "Content-Type") or None,
        headers,
        None if status == 200 else f"HTTP {status}",
    )


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("utf-8", "replace")
