"""How answers are taken off the wire: what is not quite HTTP is taken as browsers take it."""

import logging
import re
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web._newclient import Request as WireRequest
from twisted.web.iweb import IResponse

from crawler.bounds import DEFAULT, Bounds

logger = logging.getLogger(__name__)

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
"""The name of a header field (RFC 9110, 5.1)."""
_LENGTH = re.compile(rb"([0-9]{1,18})(?:\s*,\s*\1)*")
_MOST_FIELDS = 300
_LONGEST_LINE = 1 << 20
_NEEDED = frozenset(
    [b"content-type", b"content-length", b"content-encoding", b"transfer-encoding", b"location"]
)
_LONGEST_NEEDED = 4096


class ForgivingParser(_LenientHTTPClientParser):
    """Takes a header without the fields that are none, where Twisted gives up the whole answer.

    A blank before the colon is left out, a name that is no name is skipped, and so is a length that
    is no number, or another than the first; then the answer ends with its connection. So is what
    lies beyond `most` bytes of fields: no reader of WARC files would read it back.
    """

    MAX_LENGTH = _LONGEST_LINE
    most = DEFAULT.header_bytes
    taken = 0
    """Bytes of the fields so far."""

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802 (Twisted's)
        """Take one field."""
        name = name.strip()
        kept = sum(1 for _ in self.headers.getAllRawHeaders())
        if not _NAME.fullmatch(name) or kept > _MOST_FIELDS:
            logger.debug("skipped the header field %.80r: it has no name, or is one too many", name)
            return
        if name.lower() == b"content-length":
            length = _LENGTH.fullmatch(value)
            if length is None or self.connHeaders.hasHeader(b"content-length"):
                logger.debug("skipped the length %.80r", value)
                return
            value = length[1]
        is_needed = name.lower() in _NEEDED and len(value) <= _LONGEST_NEEDED
        if self.taken + len(name) + len(value) > self.most and not is_needed:
            logger.debug("skipped the header field %r: there are too many bytes of them", name)
            return
        self.taken += len(name) + len(value) + len(b": \r\n")
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]


class ForgivingProtocol(_LenientHTTP11ClientProtocol):
    """Reads answers with `ForgivingParser`."""

    most = DEFAULT.header_bytes

    def request(self, request: WireRequest) -> "Deferred[IResponse]":
        """Send a request."""
        answered = super().request(request)
        assert self._parser is not None
        self._parser.__class__ = ForgivingParser  # the class is hardcoded
        self._parser.most = self.most  # type: ignore[attr-defined]
        return answered


class ForgivingFactory(_LenientHTTP11ClientFactory):
    """Makes connections of `ForgivingProtocol`."""

    most = DEFAULT.header_bytes

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802
        """Make one."""
        protocol = ForgivingProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
        protocol.most = self.most
        return protocol


class ForgivingHandler(HTTP11DownloadHandler):
    """Scrapy's handler of http and https, for portals as they are."""

    def __init__(self, crawler: Crawler, *arguments: Any) -> None:
        super().__init__(crawler, *arguments)

        class Factory(ForgivingFactory):
            most = crawler.settings.getint(Bounds.setting("header_bytes"))

        self._pool._factory = Factory
