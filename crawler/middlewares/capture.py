"""Hand every answer that the crawl uses to the archive, as it came over the wire."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.headers import Headers

from crawler.exchange import Exchange
from crawler.keeper import Keeper

RECEIVED = "received"
"""The key of a request's meta under which its exchange stands until it is recorded."""
Field = tuple[bytes, bytes]
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
"""Scrapy forgets the words of a status line; these are the standard's."""


class CaptureMiddleware:
    """Has the crawl's `Keeper` record exchanges; ``response.meta["capture"]`` says where.

    It stands outside the retries, which throw answers away, but keeps the bytes as the downloader
    got them: middlewares further in undo the content encoding.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.received, signal=signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl."""
        return cls(crawler)

    def received(self, response: Response, request: Request) -> None:
        """Remember an answer before anything is done to it."""
        took = timedelta(seconds=request.meta.get("download_latency") or 0)
        request.meta[RECEIVED] = exchange_of(request, response, datetime.now(UTC) - took)

    def process_response(self, request: Request, response: Response) -> Response:
        """Record an answer that reached this far."""
        exchange = request.meta.pop(RECEIVED, None)
        keeper = self.crawler.get_item_pipeline(Keeper)
        if exchange is not None and keeper is not None:
            request.meta["capture"] = keeper.record(exchange)
        return response


def exchange_of(request: Request, response: Response, at: datetime) -> Exchange:
    """Return a request and its answer as an exchange that began at *at*."""
    version = response.protocol if response.protocol in ("HTTP/1.0", "HTTP/1.1") else "HTTP/1.1"
    content_type = response.headers.get("Content-Type")
    return Exchange(
        url=response.url,
        at=at,
        status=response.status,
        head=head_of(response.status, _pairs(response.headers), version),
        body=response.body,
        request_head=_request_head(request),
        request_body=request.body,
        content_type=content_type.decode("latin-1") if content_type else None,
        ip_address=str(response.ip_address) if response.ip_address else None,
        truncated="dataloss" in response.flags,
    )


def _request_head(request: Request) -> bytes:
    parts = urlsplit(request.url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    host = b"" if "Host" in request.headers else f"Host: {parts.netloc}".encode()
    return _head(f"{request.method} {target} HTTP/1.1", _pairs(request.headers), host)


def head_of(status: int, fields: Iterable[Field], version: str = "HTTP/1.1") -> bytes:
    """Return the head of an answer with these header fields."""
    return _head(f"{version} {status} {_PHRASES.get(status, '')}", fields)


def _pairs(headers: Headers) -> Iterator[Field]:
    return ((name, value) for name, values in headers.items() for value in values)


def _head(start_line: str, fields: Iterable[Field], *first: bytes) -> bytes:
    lines = [b"%b: %b" % field for field in fields]
    return b"\r\n".join([start_line.encode(), *filter(None, first), *lines, b"", b""])
