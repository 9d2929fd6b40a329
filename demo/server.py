"""The portal on loopback.

`serving` runs it beside the caller, in a thread; `run` in the foreground::

    with serving(Portal.embedded(), Faults(latency=0.2)) as server:
        httpx.get(server.url)
        server.log[-1].status
"""

import asyncio
import errno
import logging
import os
import random
import socket
import threading
import time
import zlib
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from demo.answer import HTML, Answer
from demo.district import TIMEZONE
from demo.encoding import encode
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.routes import respond
from demo.theme import CLOCK, UID, VIEWS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MEANT = ("without completing response", "timeout graceful shutdown exceeded")


def _is_error(record: logging.LogRecord) -> bool:
    """Keep uvicorn quiet about what is meant: connections cut, slow answers ended with the server.

    Errors of the portal's own are still reported.
    """
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and not any(words in record.getMessage() for words in MEANT)


logging.getLogger("uvicorn.error").addFilter(_is_error)

DRIP_INTERVAL = 0.05
"""Seconds between two pieces of a body that drips."""
CACHE_BYTES = 256 << 20
WEEKDAYS = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")
STILL = (1024, "60c6b2d1a3f5e", datetime(2021, 6, 14, 8, 30, tzinfo=TIMEZONE))
"""Views, block id and time of pages that do not change."""


@dataclass
class Request:
    """A request as the server saw it."""

    time: float
    """Seconds of `time.monotonic` at its arrival."""
    method: str
    target: str
    """Path and query."""
    headers: dict[str, str]
    """Names in lower case."""
    status: int = 0
    """What it was answered; 0 until then."""


class Application:
    """The portal as an ASGI application; `log` grows by every request."""

    def __init__(self, portal: Portal, faults: Faults | None = None) -> None:
        self.portal = portal
        self.faults = faults or Faults()
        self.log: list[Request] = []
        self._views: Counter[str] = Counter()
        self._cache = _Cache(CACHE_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = _request(scope)
        self.log.append(request)
        fault = self.faults.of(request.target)
        if fault.latency and await _client_leaves(receive, within=fault.latency):
            return
        answer = self._answer(request, fault)
        request.status = int(answer.status)
        await _send(answer, fault, request.method == "HEAD", receive, send)

    def _answer(self, request: Request, fault: Fault) -> Answer:
        """Return the answer with its body in bytes and all its headers."""
        if request.method not in ("GET", "HEAD"):
            answer = Answer(
                "", status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"allow": "GET, HEAD"}
            )
        elif fault.status is not None or fault.body is not None:
            answer = _faulty(fault)
        else:
            return self._page(request, fault)
        return self._finished(answer, request, fault)

    def _page(self, request: Request, fault: Fault) -> Answer:
        """Return the portal's own answer, from the cache if it can be.

        Pages that change on every fetch are kept before those changes, others ready to be sent.
        """
        faults = self.faults
        base = f"http://{request.headers.get('host', '127.0.0.1')}"
        path = request.target.partition("?")[0]
        slug = path.strip("/")
        hidden = faults.hides_prev(slug), faults.hides_next(slug), faults.hides_block(slug)
        key = (self.portal.version, base, request.target, hidden)
        if faults.counter or not _is_article(self.portal, path):
            if (answer := self._cache.get(key)) is None:
                answer = respond(self.portal, faults, base, request.target, request.headers)
                if _is_article(self.portal, path):
                    answer = self._cache.put(key, answer)
            return self._finished(answer, request, fault)
        gzipped = faults.gzip and "gzip" in request.headers.get("accept-encoding", "")
        sent = (key, gzipped, faults.encoding, faults.charset, fault.oversize)
        if (answer := self._cache.get(sent)) is None:
            answer = respond(self.portal, faults, base, request.target, request.headers)
            answer = self._cache.put(sent, self._finished(answer, request, fault))
        return answer

    def _finished(self, answer: Answer, request: Request, fault: Fault) -> Answer:
        body, headers = answer.body, dict(answer.headers)
        content_type = answer.kind
        if isinstance(body, str):
            charset = "UTF-8"
            if answer.kind == HTML:
                body = self._with_changes(body, request.target)
                charset = self.faults.charset or self.faults.encoding.upper()
                body = body.replace('<meta charset="UTF-8" />', f'<meta charset="{charset}" />', 1)
                body = encode(body, self.faults.encoding)
            else:
                body = body.encode()
            content_type += f"; charset={charset}"
        if fault.oversize:
            body += b" " * (fault.oversize - len(body))
        if answer.status != HTTPStatus.NOT_MODIFIED:
            headers["content-type"] = content_type
        compressible = body and not answer.kind.startswith(("image/", "application/pdf"))
        accepted = "gzip" in request.headers.get("accept-encoding", "")
        if self.faults.gzip and compressible:
            headers["vary"] = "Accept-Encoding"
            if accepted:
                body = _gzip(body)
                headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        return replace(answer, body=body, headers=headers)

    def _with_changes(self, page: str, target: str) -> str:
        """Fill in what changes on every fetch."""
        views, uid, now = STILL
        if self.faults.counter:
            self._views[target] += 1
            views += self._views[target]
            uid = f"{random.getrandbits(52):013x}"
            now = datetime.now(TIMEZONE)
        clock = f"{WEEKDAYS[now.weekday()]}, {now:%d/%m/%Y %H:%M:%S}"
        return page.replace(VIEWS, str(views)).replace(UID, uid).replace(CLOCK, clock)


class _Cache:
    """Answers by key, the most recently used ones up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._answers: OrderedDict[object, Answer] = OrderedDict()
        self._left = limit

    def get(self, key: object) -> Answer | None:
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: object, answer: Answer) -> Answer:
        self._answers[key] = answer
        self._left -= _weight(answer)
        while self._left < 0:
            _, oldest = self._answers.popitem(last=False)
            self._left += _weight(oldest)
        return answer


def _weight(answer: Answer) -> int:
    # Python keeps Vietnamese text in two bytes a letter.
    return len(answer.body) * (2 if isinstance(answer.body, str) else 1)


def _is_article(portal: Portal, path: str) -> bool:
    return path.endswith("/") and portal.get(path.strip("/")) is not None


def _request(scope: Scope) -> Request:
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1")
    if "://" in path:  # the whole address, as a client asks a proxy (RFC 9112, 3.2.2)
        path = urlsplit(path).path or "/"
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    target = f"{path}?{query}" if query else path
    return Request(time.monotonic(), scope["method"], target, headers)


def _faulty(fault: Fault) -> Answer:
    status = HTTPStatus(fault.status or 200)
    headers = {}
    if fault.location is not None:
        headers["location"] = fault.location
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    page = f"<html><head><title>{status} {status.phrase}</title></head><body></body></html>"
    return Answer(page if fault.body is None else fault.body, HTML, status, headers)


def _gzip(body: bytes) -> bytes:
    # Level 1 and no time in the header: quick, and the same bytes for the same page.
    packer = zlib.compressobj(1, wbits=31)
    return packer.compress(body) + packer.flush()


async def _client_leaves(receive: Receive, within: float) -> bool:
    """Wait so many seconds; return at once, and True, if the client closes the connection."""

    async def leaving() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(leaving(), within)
    except TimeoutError:
        return False
    return True


async def _send(answer: Answer, fault: Fault, head: bool, receive: Receive, send: Send) -> None:
    assert isinstance(answer.body, bytes)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    body = b"" if head else answer.body
    if fault.drip is not None:
        step = max(1, int(fault.drip * DRIP_INTERVAL))
        stop = len(body) if fault.cut is None else int(len(body) * fault.cut)
        for start in range(0, stop, step):
            piece = body[start : min(start + step, stop)]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if await _client_leaves(receive, within=len(piece) / fault.drip):
                return
        body = body[stop:]
    elif fault.cut is not None:
        piece = body[: int(len(body) * fault.cut)]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if fault.cut is None:
        await send({"type": "http.response.body", "body": body})
    # An answer left unfinished makes uvicorn close the connection: that is the cut.


@dataclass
class Server:
    """A portal being served; `portal` and `faults` may be changed meanwhile."""

    url: str
    """Where it is, such as ``http://127.0.0.1:40123``, without a final slash."""
    application: Application = field(repr=False)

    @property
    def portal(self) -> Portal:
        """The portal served."""
        return self.application.portal

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.application.faults

    @property
    def log(self) -> list[Request]:
        """Every request so far, in the order of arrival."""
        return self.application.log


@contextmanager
def serving(
    portal: Portal, faults: Faults | None = None, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Server]:
    """Serve a portal in a thread until the block ends; port 0 takes a free one.

    Raises `OSError` if the port cannot be had.
    """
    application = Application(portal, faults)
    with _listening(host, port) as listener:
        runner = _runner(application)
        thread = threading.Thread(target=runner.run, args=([listener],), daemon=True)
        thread.start()
        while not runner.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield Server(_url(listener), application)
        finally:
            runner.should_exit = True
            thread.join()


def run(
    host: str = "127.0.0.1",
    port: int = 8100,
    portal: Portal | None = None,
    faults: Faults | None = None,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve a portal, by default the embedded one, until interrupted.

    Calls `ready` with the address once it can be visited. Raises `OSError` if the port cannot be
    had, `demo.posts.PostError` for embedded posts that cannot be read.
    """
    application = Application(portal or Portal.embedded(), faults)
    with _listening(host, port) as listener, suppress(KeyboardInterrupt):
        ready(_url(listener))
        _runner(application).run([listener])


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens already, so that clients may come before the server runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's delay off: without, 40 ms go by on each answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OverflowError:
        listener.close()
        raise OSError(errno.EINVAL, f"no port {port}: ports go from 0 to 65535") from None
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno) if error.errno else str(error)
        advice = "; choose another with --port" if error.errno == errno.EADDRINUSE else ""
        raise OSError(error.errno, f"cannot serve on {host}:{port}: {reason}{advice}") from error
    listener.listen(256)
    return listener


def _url(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _runner(application: Application) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            application,
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=30,
        )
    )
