"""Ask a web archive in the portal's place, and read its answers as the portal's own.

`WaybackSpider` has them put among the middlewares of its crawls.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol, Self, runtime_checkable
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.exchange import Exchange
from crawler.failures import ExplainedError
from crawler.middlewares.backoff import BackOffMiddleware
from crawler.middlewares.capture import RECEIVED, head_of
from crawler.text.addresses import urlkey
from crawler.vocabulary import Source
from crawler.web_archives.headers import archived_fields, captured_at
from crawler.web_archives.wayback import WebArchive

ORIGINAL = "original"
"""The key of a request's meta under which the portal's address stands that it is for."""

WANTED_AT = "memento_at"
"""The key under which the time stands for which it asks, where that is not left to the spider."""

_NOT_FOUND = 404
_HOPS = "memento_hops"
_MOST_HOPS = 5


class NotArchivedError(ExplainedError):
    """A web archive has no answer of the portal to a request."""

    is_final = False
    """Whether it said that it has none, so that it need not be asked again."""

    @classmethod
    def answered(cls, status: int) -> Self:
        """Return the error of an archive that answered so for itself."""
        if status != _NOT_FOUND:
            return cls(f"the web archive answered HTTP {status}")
        error = cls("not in the web archive")
        error.is_final = True
        return error


@runtime_checkable
class AsksWebArchive(Protocol):
    """A spider that asks a web archive."""

    web_archive: WebArchive

    def wanted_at(self, url: str) -> datetime:
        """Return the time for which to ask for an address."""


class _WebArchiveMiddleware:
    def __init__(self, spider: AsksWebArchive) -> None:
        self.spider = spider
        self.archive = spider.web_archive

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl of a web archive."""
        spider: object = crawler.spider
        assert isinstance(spider, AsksWebArchive)
        return cls(spider)


class AskMementoMiddleware(_WebArchiveMiddleware):
    """Turns a request to the portal into one to the archive.

    It stands outside all that judges where a request goes, so that these judge the host that is
    really asked: its robots.txt, its delay.
    """

    def process_request(self, request: Request) -> Request | None:
        """Return the request for the memento of an address, None for one that is for the archive
        itself.
        """
        meta, url = request.meta, request.url
        if ORIGINAL in meta or meta.get("dont_obey_robotstxt") or self.archive.lists(url):
            return None
        at = meta.get(WANTED_AT) or self.spider.wanted_at(url)
        mapped = {ORIGINAL: url, "dont_redirect": True}
        return request.replace(url=self.archive.memento(url, at), meta=meta | mapped)


class ArchiveBackOffMiddleware(BackOffMiddleware):
    """Waits where the archive itself says "later"; what a memento says was answered long ago."""

    def says_later(self, response: Response) -> bool:
        """Whether the archive may be asked again later."""
        return super().says_later(response) and "Memento-Datetime" not in response.headers


class MementoMiddleware(_WebArchiveMiddleware):
    """Turns an archive's answer into the portal's: its address, its header, its time.

    It stands between the retries, which are for the archive's own failures, and the captures, which
    are of what the portal sent. A way to another time of the same address is followed; what is no
    memento fails with `NotArchivedError`.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return a memento as the portal's answer."""
        original = request.meta.get(ORIGINAL)
        if original is None:
            return response
        exchange: Exchange = request.meta.pop(RECEIVED)
        fields = _fields(exchange.head)
        at = captured_at(fields)
        if at is None and 300 <= response.status < 400:
            return self._nearest(request, response, original)
        if at is None and response.status == 200 and request.meta.get(_HOPS):
            memento = self.archive.original(request.url)
            at = memento.at if memento else None  # the archive itself said that there is one
        if at is None:
            raise NotArchivedError.answered(response.status)
        fields = archived_fields(fields, at, len(exchange.body))
        # Nobody asked the portal for it now: there is no request, and no address of a server.
        request.meta[RECEIVED] = replace(
            exchange,
            url=original,
            at=at,
            head=head_of(response.status, [(n.encode(), v.encode("latin-1")) for n, v in fields]),
            request_head=None,
            request_body=b"",
            content_type=next((v for n, v in fields if n.lower() == "content-type"), None),
            ip_address=None,
            source=Source.WAYBACK,
        )
        headers: dict[str, list[str]] = {}
        for name, value in fields:
            if name.lower() == "location":
                value = self._portals(value, request.url)
            if name.lower() != "content-encoding":  # it is undone
                headers.setdefault(name, []).append(value)
        return response.replace(url=original, headers=headers)

    def _nearest(self, request: Request, response: Response, original: str) -> Request:
        """Return the request for the memento that there is."""
        location = (response.headers.get("Location") or b"").decode("utf-8", "replace")
        url = urljoin(request.url, location)
        memento = self.archive.original(url)
        hops = request.meta.get(_HOPS, 0)
        # Archives think addresses the same that differ in more than we would think.
        if memento is None or urlkey(memento.url).lower() != urlkey(original).lower():
            raise NotArchivedError(f"the web archive leads to {url}")
        if hops >= _MOST_HOPS:
            raise NotArchivedError("the web archive redirects without end")
        return request.replace(url=url, meta=request.meta | {_HOPS: hops + 1})

    def _portals(self, location: str, asked: str) -> str:
        """Return where an archived redirect led, whether or not the archive has rewritten it."""
        memento = self.archive.original(urljoin(asked, location))
        return memento.url if memento else location


def _fields(head: bytes) -> list[tuple[str, str]]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return [(name, value) for name, colon, value in (li.partition(": ") for li in lines) if colon]
