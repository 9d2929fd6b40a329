"""Asking hosts what they are today, and web archives what they have of them, outside any crawl."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError

from crawler.failures import NoRobotsError, NotNowError, explain, explain_of_archive, is_refusal
from crawler.mementos import Archived
from crawler.middlewares.turns import ASKER
from crawler.page import RoutePage
from crawler.reach import Reach
from crawler.readers import read_onward
from crawler.readers.page.onward import refreshed
from crawler.scope import Scope, Scoped, reach_of
from crawler.sites import Site
from crawler.spiders.reading import header
from crawler.survey import VALID, Holding
from crawler.surveying.judging import Received
from crawler.text.addresses import (
    DEFAULT_PORTS,
    absolute,
    host_of,
    is_on_loopback,
    on_same_host,
    urlkey,
)
from crawler.text.places import is_below
from crawler.turn import Asker
from crawler.vocabulary import NameAnswer, Reason
from crawler.web_archives.kinds import AnyWebArchive

logger = logging.getLogger(__name__)

_HOSTS_AT_ONCE = 24
_MOST_HOPS = 5
_CONNECT_SECONDS = 20.0
_MOST_LISTS = 50
"""Answers of a CDX server that are read for one host, of 10,000 captures each."""
_MOST_INDEXES = 1000
"""Answers that are read for one host where each crawl has an index of its own, of which there were
110 in 2026.
"""
_AT_ONCE = 0.01
_LEAST_DELAY = 1.0
_NOTHING: tuple[Request, ...] = ()
"""What is left for Scrapy to ask."""
_IS_LITERAL = re.compile(r"[0-9.]+|.*:.*")
_ERROR_NUMBER = re.compile(r"\[Errno (-?\d+)\]")
_NO_SUCH_NAME = ("-2", "-5", "8", "11001", "11004")
"""What the systems' resolvers say of a name that has no address (EAI_NONAME, EAI_NODATA)."""
_NAMELESS = {
    NameAnswer.NO_NAME: Reason.NO_HOST,
    NameAnswer.NO_ANSWER: Reason.NO_NAME_SERVER,
}
_OTHERS_CERTIFICATE = (62, 64)
"""What OpenSSL says of a certificate that is of another host, by name or address."""


class Question(NamedTuple):
    """A start page that is to be asked for, and the sites that say that it is theirs."""

    url: str
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """What came of asking for a page."""

    url: str
    response: Response | None = None
    reason: str | None = None
    is_silence: bool = False


class SurveySpider(Spider, Scoped):
    """Asks hosts for robots.txt and their start pages, many at once, each in its turn.

    What each answered is given to *keep* as soon as it is known; what could not be asked now to
    *leave*, with the reason. Certificates are looked at, and what is sent under one that is broken
    is judged all the same: nothing of it is kept.
    """

    name = "survey"

    def __init__(
        self,
        questions: Sequence[Question],
        keep: Callable[[Question, Received], None],
        leave: Callable[[Question, str], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.questions = questions
        self.keep = keep
        self.leave = leave
        self.scope: Scope = HostsScope(questions)
        self.hears = False
        """Whether any name was found, or known not to be: else this machine has no network."""
        self.unheard: list[tuple[Question, Received]] = []
        """What is not to be believed before that is known."""

    async def start(self) -> AsyncIterator[Request]:
        """Ask all of them; nothing is left to be asked for then."""
        gate = asyncio.Semaphore(_HOSTS_AT_ONCE)

        async def ask(question: Question) -> None:
            async with gate:
                await self._survey(question)

        await _all_of([ask(question) for question in self.questions])
        for question, received in self.unheard:
            if self.hears:
                self.keep(question, received)
            else:
                self.leave(question, "no name server answers: has this machine a network?")
        for request in _NOTHING:
            yield request

    async def _survey(self, question: Question) -> None:
        if not self.crawler.crawling:
            return
        try:
            received = await self._received(question)
        except NotNowError as error:
            if self.crawler.crawling:
                self.leave(question, str(error))
            return
        if not self.crawler.crawling:
            return  # what is cut off by the end says nothing of the host
        if received.dns == NameAnswer.NO_ANSWER:
            self.unheard.append((question, received))
        else:
            self.keep(question, received)

    async def _received(self, question: Question) -> Received:
        at = datetime.now(UTC)
        parts = urlsplit(question.url)
        dns, address = await self._look_up(parts.hostname or "")
        self.hears |= dns != NameAnswer.NO_ANSWER
        received = Received(url=question.url, asked_at=at, dns=dns)
        if address is None:
            return replace(received, reason=_NAMELESS[dns], is_silence=True)
        if not reach_of(self.crawler).allows(parts.hostname or "", address):
            why = Reason.NOT_PUBLIC.of(address=address)
            return replace(received, reason=why, is_silence=True)
        tls, page = await self._connected(question, address)
        if page.response is None:
            why = page.reason or ""
            return replace(received, tls=tls, reason=why, is_silence=page.is_silence)
        return self._of_page(replace(received, tls=tls), page.response, page.url)

    async def _connected(self, question: Question, address: str) -> tuple[str | None, _Page]:
        """Return what is said of the host's certificate, and what came of asking for the page."""
        parts = urlsplit(question.url)
        tls: str | None = None
        why: str | None = None
        if parts.scheme == "https":
            tls, why = await _certificate(parts.hostname or "", address, parts.port or 443)
        if why is None:
            page = await self._page(question.url, question)
        else:
            page = _Page(question.url, reason=why, is_silence=True)
        if page.is_silence and _has_http_twin(question.url):
            twin = await self._page(urlunsplit(parts._replace(scheme="http")), question)
            page = page if twin.is_silence else twin
        return tls, page

    def _of_page(self, received: Received, response: Response, led_to: str) -> Received:
        content_type = header(response, "Content-Type") or None
        return replace(
            received,
            status=response.status,
            leads_to=None if is_below(led_to, received.url) else led_to,
            served_from=response.url,
            body=response.body,
            content_type=content_type,
        )

    async def _look_up(self, host: str) -> tuple[NameAnswer, str | None]:
        from twisted.internet import reactor

        if _IS_LITERAL.fullmatch(host):
            return NameAnswer.FOUND, host
        resolver: Any = reactor
        try:
            address: str = await maybe_deferred_to_future(resolver.resolve(host))
        except DNSLookupError as error:
            number = _ERROR_NUMBER.search(str(error))
            is_none = number is not None and number[1] in _NO_SUCH_NAME
            return NameAnswer.NO_NAME if is_none else NameAnswer.NO_ANSWER, None
        except (UnicodeError, OSError):
            return NameAnswer.NO_NAME, None
        return NameAnswer.FOUND, address

    async def _page(self, url: str, question: Question) -> _Page:
        """Ask for a page, and follow where it leads as far as that is on its host.

        The `url` of what is returned is where it leads, on its host or off it. NotNowError if
        nothing is to be asked of the host now.
        """
        asker = self._asker(question)
        for _ in range(_MOST_HOPS):
            request = Request(url, callback=NO_CALLBACK, meta={"dont_redirect": True, ASKER: asker})
            assert self.crawler.engine
            try:
                response = await self.crawler.engine.download_async(request)
            except NotNowError:
                raise
            except Exception as error:  # whatever a host may do to a connection
                is_silence = _is_silence(error)
                cause = error.__cause__ if isinstance(error, NoRobotsError) else None
                return _Page(url, reason=explain(cause or error), is_silence=is_silence)
            target = _target_of(response)
            if target is None or target == url:
                return _Page(url, response)
            if not on_same_host(target, url):
                return _Page(target, response)
            url = target
        return _Page(url, reason=Reason.ENDLESS)

    def _asker(self, question: Question) -> Asker:
        own = [site.delay for site in question.sites if site.delay is not None]
        usual = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        usual = min(usual, _AT_ONCE) if is_on_loopback(question.url) else usual
        return _asker(self.crawler, question, max(own, default=usual))


class HoldingsSpider(Spider, Scoped):
    """Asks a web archive, one place after another, what it has of them."""

    name = "holdings"

    def __init__(
        self,
        archive: AnyWebArchive,
        questions: Sequence[Question],
        keep: Callable[[Question, Holding], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.archive = archive
        self.questions = questions
        self.keep = keep
        self.is_shut = False
        """Whether it said that it is not to be asked any more for now."""
        self.answers: dict[str, Response] = {}
        """What it answered that names its lists, by the address."""
        self.scope: Scope = ListsScope(archive)

    async def start(self) -> AsyncIterator[Request]:
        """Ask for all of them; nothing is left to be asked for then."""
        for question in self.questions:
            if self.is_shut or not self.crawler.crawling:
                break
            holding = await self._holding(question)
            if self.crawler.crawling and holding:
                self.keep(question, holding)
        for request in _NOTHING:
            yield request

    async def _holding(self, question: Question) -> Holding | None:
        """Return what the archive has of a host, None where it is not to be asked any more now."""
        archive = self.archive.asked_for((question.url,))
        found = Holding(archive=archive.address, asked_at=datetime.now(UTC))
        moments: list[datetime] = []
        pages: set[str] = set()
        waiting = archive.start_urls(question.url)[:1]
        most = _MOST_LISTS if archive.finds_by_address else _MOST_INDEXES
        for _ in range(most):
            if not waiting:
                first, last = min(moments, default=None), max(moments, default=None)
                return replace(found, first=first, last=last, pages=len(pages))
            url = waiting.pop(0)
            try:
                response = await self._answer(url, archive, question)
            except NotNowError:
                return None
            except Exception as error:  # whatever may happen on the way
                return replace(found, error=explain_of_archive(error))
            if archive.is_empty(response.status, response.body):
                continue
            captures, listed = _listed(response, archive, url)
            if captures is not None and listed is not None:
                seen = [*moments, *(one.at for one in captures)]
                moments = [min(seen), max(seen)] if seen else []
                pages.update(urlkey(one.url) for one in listed.found)
                waiting += listed.more_urls
            elif other := archive.alternative(url):
                waiting.insert(0, other)
            else:
                self.is_shut = archive.says_later(response.status, url)
                told = Reason.STATUS.of(status=response.status)
                is_none = response.status == 200
                return replace(found, error="its answer is no list" if is_none else told)
        return replace(found, error=f"its list goes on after {most} parts")

    async def _answer(self, url: str, archive: AnyWebArchive, question: Question) -> Response:
        """Return what is at a list; what names lists, the same for all hosts, is asked for once."""
        if url in self.answers:
            return self.answers[url]
        response = await self._ask(url, question)
        names_lists = not archive.finds_by_address and not archive.is_for_ever(url)
        if names_lists and response.status == 200:
            self.answers[url] = response
        return response

    async def _ask(self, url: str, question: Question) -> Response:
        delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        is_near = is_on_loopback(self.archive.root)
        delay = min(delay, _AT_ONCE) if is_near else max(delay, _LEAST_DELAY)
        asker = _asker(self.crawler, question, delay)
        request = Request(url, callback=NO_CALLBACK, meta={"dont_redirect": True, ASKER: asker})
        assert self.crawler.engine
        return await self.crawler.engine.download_async(request)


class HostsScope:
    """Some hosts, whatever lies on them: a start page may lead there."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.hosts = {host_of(question.url) for question in questions}
        sites = [site for question in questions for site in question.sites]
        self.reach = Reach.of(
            (question.url for question in questions),
            dict.fromkeys(network for site in sites for network in site.networks),
        )

    def stray(self, request: Request) -> str | None:
        """Return the address of a request that is on none of them, else None."""
        return None if host_of(request.url) in self.hosts else request.url


class ListsScope:
    """The lists of a web archive, and its robots.txt."""

    def __init__(self, archive: AnyWebArchive) -> None:
        self.archive = archive
        self.reach = Reach.of([archive.root])

    def stray(self, request: Request) -> str | None:
        """Return the address of a request that is neither, else None."""
        if request.meta.get("dont_obey_robotstxt"):
            return None if on_same_host(request.url, self.archive.root) else request.url
        return None if self.archive.lists(request.url) else request.url


def _asker(crawler: Crawler, question: Question, delay: float) -> Asker:
    """Return who asks for a site, *delay* seconds apart."""
    settings = crawler.settings
    return Asker(
        delay=delay,
        site=question.sites[0].key,
        requests_a_day=settings.getint("HOST_REQUESTS_A_DAY"),
        all_requests_a_day=settings.getint("REQUESTS_A_DAY"),
        all_bytes_a_day=settings.getint("BYTES_A_DAY"),
        bytes_a_day=settings.getint("HOST_BYTES_A_DAY"),
    )


async def _all_of(work: list[Coroutine[Any, Any, None]]) -> None:
    """Do all of it at once; where one fails, nothing of it goes on."""
    async with asyncio.TaskGroup() as group:
        for each in work:
            group.create_task(each)


def _target_of(response: Response) -> str | None:
    """Return where an answer sends the browser, None if it is a page to look at."""
    if 300 <= response.status < 400:
        return absolute(header(response, "Location"), response.url)
    if target := refreshed(header(response, "Refresh"), response.url):
        return target
    try:
        sent_on, shown = read_onward(
            response.body, response.url, header(response, "Content-Type") or None
        )
    except Exception:  # a page that breaks a reader is still looked at
        logger.exception("%s: %s", response.url, Reason.BROKE_READER)
        return None
    if sent_on:
        return sent_on.value
    own = [url for url in shown if on_same_host(url, response.url)]
    return own[-1] if own else None  # the last frame is the widest: before it stand the menus


def _listed(
    response: Response, archive: AnyWebArchive, url: str
) -> tuple[list[Archived] | None, RoutePage | None]:
    """Return the captures of pages that an answer lists, and what it says as a route."""
    if response.status != 200:
        return None, None
    return archive.captures_in(response.body, url), archive.read(response.body, url, {})


def _is_silence(error: BaseException) -> bool:
    """Whether an error says that nothing answers there."""
    if isinstance(error, NoRobotsError):
        return error.__cause__ is not None
    return not is_refusal(error)


def _has_http_twin(url: str) -> bool:
    """Whether what does not answer by TLS may do so without."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.port in (None, DEFAULT_PORTS["https"])


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _certificate(host: str, address: str, port: int) -> tuple[str | None, str | None]:
    """Return what is said of the certificate of a host, and why there is no connection at all."""
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(
                address, port, ssl=_trusting(), server_hostname=host
            )
        writer.close()
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in _OTHERS_CERTIFICATE:
            return Reason.OTHERS_CERTIFICATE, None
        return Reason.CERTIFICATE.of(why=error.verify_message), None
    except ssl.SSLError as error:
        why = (error.reason or Reason.NO_REASON).lower().replace("_", " ")
        return Reason.INSECURE.of(why=why), None
    except ConnectionRefusedError:
        return None, Reason.CONNECTION_REFUSED
    except TimeoutError:
        return None, Reason.NO_CONNECTION_IN_TIME
    except ConnectionError:
        return Reason.INSECURE.of(why=Reason.CLOSED_IT), None
    except OSError:
        return None, Reason.UNREACHABLE
    return VALID, None
