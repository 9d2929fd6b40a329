"""How answers are taken off the wire: what is not quite HTTP is taken as browsers take it, and no
connection is made where none may be (`crawler.reach`).
"""

import logging
import re
import socket
from contextlib import suppress
from functools import cached_property
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _BindAddressAgent,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response
from scrapy.utils._download_handlers import normalize_bind_address, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
)
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web._newclient import Request as WireRequest
from twisted.web.client import Agent
from twisted.web.iweb import IResponse
from zope.interface import directlyProvides, implementer, providedBy

from crawler.bounds import DEFAULT, Bounds
from crawler.failures import NotPublicError
from crawler.reach import Reach
from crawler.scope import reach_of

logger = logging.getLogger(__name__)

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
"""The name of a header field (RFC 9110, 5.1)."""
_LENGTH = re.compile(rb"([0-9]{1,18})(?:\s*,\s*\1)*")
_MOST_FIELDS = 300
_LONGEST_LINE = 1 << 20
_LONGEST_HEAD = 2 << 20
"""Bytes of the lines of a head, taken or not, after which no end is awaited any more."""
_MOST_LINES = 10_000
"""Lines, likewise: each is work."""
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
    fields = 0
    """How many they are."""
    came = 0
    """Bytes of the lines of the head so far."""
    lines = 0
    """How many they are."""

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 (Twisted's)
        """Take a line of the head, further ones of a field included."""
        self.came += len(line) + 1
        self.lines += 1
        if self.came > _LONGEST_HEAD or self.lines > _MOST_LINES:
            raise DownloadCancelledError(f"the head goes on after its line {self.lines}")
        super().lineReceived(line)

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802 (Twisted's)
        """Take one field."""
        name = name.strip()
        if not _NAME.fullmatch(name) or self.fields > _MOST_FIELDS:
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
        self.fields += 1
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


@implementer(IResolutionReceiver)
class _Sieve:
    """Hands on the addresses of a host at which it may be asked, and keeps the others back."""

    def __init__(self, receiver: Any, host: str, guard: "GuardedReactor") -> None:
        self.receiver = receiver
        self.host = host
        self.guard = guard
        self.refused: list[str] = []
        self.is_found = False

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802 (Twisted's)
        """Hand on that it began."""
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        """Hand on an address, or keep it back."""
        ip: str = getattr(address, "host", "")
        if self.guard.reach.allows(self.host, ip):
            self.is_found = True
            self.receiver.addressResolved(address)
        else:
            self.refused.append(ip)

    def resolutionComplete(self) -> None:  # noqa: N802
        """Hand on that it ended; where nothing is left, the guard knows why."""
        if self.refused and not self.is_found:
            self.guard.refused = self.refused[0]
        self.receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedReactor:
    """A reactor for one request, whose names lead only where the request may go.

    Endpoints connect to the addresses that its resolver gives, and ask no other: between the
    judgement and the connection nobody is asked for the name again.
    """

    def __init__(self, reactor: Any, reach: Reach) -> None:
        self.reactor = reactor
        self.reach = reach
        self.refused: str | None = None
        """The address at which the host was not asked, if it has no other."""
        directlyProvides(self, providedBy(reactor), IReactorPluggableNameResolver)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reactor, name)

    @property
    def nameResolver(self) -> "GuardedReactor":  # noqa: N802
        """What names are looked up by (`IReactorPluggableNameResolver`)."""
        return self

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: object,  # noqa: N803
        hostName: str,  # noqa: N803
        *how: Any,
        **more: Any,
    ) -> Any:
        """Look up a name (`IHostnameResolver`)."""
        sieve = _Sieve(resolutionReceiver, hostName, self)
        return self.reactor.nameResolver.resolveHostName(sieve, hostName, *how, **more)


class GuardedAgent(_ScrapyAgent):
    """Scrapy's agent of one request, which goes by a `GuardedReactor`."""

    guard: Any
    """The `GuardedReactor`: types do not know that it is one."""

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        if request.meta.get("proxy"):  # the proxy looks names up
            return super()._get_agent(request, timeout)
        return _BindAddressAgent(
            reactor=self.guard,
            contextFactory=self._contextFactory,
            connectTimeout=timeout,
            bindAddress=normalize_bind_address(self._bindAddress),
            pool=self._pool,
        )


class ForgivingHandler(HTTP11DownloadHandler):
    """Scrapy's handler of http and https, for portals as they are.

    It connects to hosts of the public internet, to those that the spider's `Reach` names, and to
    those in ``NETWORKS``; any other request fails with `NotPublicError`, and nothing is sent. A
    proxy, which the operator named, is connected to wherever it is; it looks names up by itself.
    """

    def __init__(self, crawler: Crawler, *arguments: Any) -> None:
        super().__init__(crawler, *arguments)

        class Factory(ForgivingFactory):
            most = crawler.settings.getint(Bounds.setting("header_bytes"))

        self._pool._factory = Factory

    @cached_property
    def reach(self) -> Reach:
        """What may be connected to in this crawl, beside the public internet."""
        return reach_of(self._crawler)

    async def download_request(self, request: Request) -> Response:
        """Download, as Scrapy's handler does, but for where it connects to."""
        from twisted.internet import reactor

        if request.meta.get("proxy"):
            self._judge_written(request)
        agent = GuardedAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        agent.guard = GuardedReactor(reactor, self.reach)
        try:
            with wrap_twisted_exceptions():
                return await maybe_deferred_to_future(agent.download_request(request))
        except Exception as error:
            if agent.guard.refused is not None:
                raise NotPublicError.at(agent.guard.refused) from error
            raise

    def _judge_written(self, request: Request) -> None:
        """Raise `NotPublicError` for a host that is written as an address where none is asked."""
        host = urlparse_cached(request).hostname or ""
        address = _written(host)
        if address and not self.reach.allows(host, address):
            raise NotPublicError.at(address)


def _written(host: str) -> str | None:
    """Return the IP address that a host is written as, or known by; None for a name.

    Systems take ``127.1``, ``2130706433`` and ``0x7f000001`` for ``127.0.0.1``, and what ends in
    "localhost", too (RFC 6761, 6.3).
    """
    if host.lower().rstrip(".").rpartition(".")[2] == "localhost":
        return "127.0.0.1"
    if ":" in host:
        return host
    with suppress(OSError, ValueError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return None
