"""A district's spider: asks for what the archive has open, and says what came of it."""

import logging
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.appraisal import join, judge, read
from crawler.bounds import Bounds
from crawler.exchange import Capture
from crawler.failures import (
    REFUSED,
    NoRobotsError,
    NotNowError,
    explain,
    is_refusal,
)
from crawler.frontier import Frontier
from crawler.keeper import Keeper, Kept
from crawler.page import Page
from crawler.readers import read_announced
from crawler.routes import ROUTES
from crawler.scheduler import Asking
from crawler.scope import Scoped, SiteScope, Told
from crawler.sites import Site
from crawler.spiders.arguments import is_true
from crawler.spiders.requisites import RequisiteTaking
from crawler.spiders.walk import RescueWalk, RouteWalk
from crawler.text.addresses import absolute, is_on_loopback, urlkey
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, Flag, PageKind, RouteStatus, RunOutcome, State

logger = logging.getLogger(__name__)

_GONE = (404, 410)
_NUMBERS = re.compile(rb"[0-9a-f]*[0-9][0-9a-f]*")
"""Clocks, counters and tokens, which change with every answer."""
_BROKE_READER = "the page broke its reader; please report it with the log"


class DistrictSpider(Spider, Asking, Kept, Scoped, Told):
    """Crawls one portal; the loader gives it its site, the archive its frontier.

    Arguments, as ``scrapy crawl chodon -a NAME=VALUE`` gives them: *url*, an article or listing to
    start from; *limit*, after how many articles to stop; *full*, yes to ask again for what is
    held; *rescue*, yes to take REST's whole articles first. A further mode is a subclass, which
    `crawler.loader` knows by the argument that asks for it.
    """

    site: Site
    substitute: str | None = None
    """The address of whoever is asked in the portal's place; here it is the portal itself."""
    most_hops = 5
    """How many redirects among the forms of an address are followed."""
    shutting_flags: tuple[Flag, ...] = (Flag.CHALLENGE, Flag.CLOSED)
    """What is wrong with a page that a host shows to all it does not let in: no answer."""

    def __init__(
        self,
        url: str = "",
        limit: str = "",
        full: str = "",
        rescue: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.first_url = url
        self.limit = int(limit or 0)
        self.full = is_true("full", full)
        self.rescue = is_true("rescue", rescue)
        self.scope = SiteScope(self.site)
        self.articles = 0
        self.walk: RouteWalk | None = None
        self.at_start = False
        """Whether the start pages were asked for."""
        self.silent = 0
        """How many requests in a row got no answer."""
        self.alike = 0
        """How many addresses in a row had the page that the one before them had."""
        self.last_seen = b""
        """The digest of that page, but for its numbers; empty for an article."""
        self.is_shut_out = False
        """Whether the host's robots.txt could not be had."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Create the spider of one crawl."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        return spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Let the site's description decide how its host is asked."""
        super().update_settings(settings)
        if cls.site.delay is not None:
            settings.set("DOWNLOAD_DELAY", cls.site.delay, priority="spider")
        if not cls.site.verify_certificate:
            settings.set("DOWNLOAD_VERIFY_CERTIFICATES", False, priority="spider")

    @cached_property
    def frontier(self) -> Frontier:
        """What the archive has open."""
        keeper = self.crawler.get_item_pipeline(Keeper)
        assert keeper, "a crawl needs the pipeline that knows what is open"
        return keeper.frontier

    @cached_property
    def bounds(self) -> Bounds:
        """How much of anything the portal may have us take."""
        return Bounds.of(self.settings.getint)

    def announce(self, route: Discovery, urls: Iterable[str]) -> None:
        """Take note of addresses at which the portal says that it has a route (`Told`)."""
        if self.walk is not None:
            self.walk.announce(route, urls)

    @cached_property
    def requisites(self) -> RequisiteTaking:
        """The taking of what pages need to look as they did."""
        return RequisiteTaking(self.site, self.frontier)

    async def start(self) -> AsyncIterator[Request]:
        """Yield the requests that the archive does not know of: start pages and routes."""
        self._require_contact()
        self.walk = self._new_walk()
        if self.first_url:
            self.walk.goes_first = False  # it is the one that is asked for, and what it leads to
            url = absolute(self.first_url, self.site.base_url) or self.first_url
            for request in self._taken(url):
                yield request
            return
        suffices = self.walk.suffices
        for request in self.walk.begin():
            yield request
        for request in self._taken(*self.site.start_urls) if suffices else self._from_the_start():
            yield request

    def _new_walk(self) -> RouteWalk:
        walk = RescueWalk if self.rescue else RouteWalk
        return walk(self.site, self.frontier, self.shut_out, full=self.full, bounds=self.bounds)

    def _from_the_start(self) -> Iterator[Request]:
        """Yield requests for the start pages, and have the newest articles asked for again."""
        self.at_start = True
        self._expect_news()
        yield from self._taken(self.site.base_url, *self.site.start_urls)

    def _expect_news(self) -> None:
        """Have the articles asked for again beside which news may stand by now."""
        self.frontier.recheck_heads()

    def _taken(self, *urls: str) -> Iterator[Request]:
        for url in urls:
            if self.frontier.take(url):
                yield self._request(url, Origin(Discovery.SEED))

    def _require_contact(self) -> None:
        asked = self.substitute or self.site.base_url
        if not self.settings["CONTACT"] and not is_on_loopback(asked):
            logger.error(
                "%s: set TINHUYEN_CONTACT to an e-mail address or web page where the host's "
                "staff can reach you; it is sent with every request",
                self.site.key,
            )
            raise CloseSpider(RunOutcome.NO_CONTACT)

    # What the scheduler asks

    def next_request(self) -> Request | None:
        """Return a request for what the archive has open."""
        return None if self._waits else self._next_open()

    def _next_open(self) -> Request | None:
        found = self.frontier.next(full=self.full)
        return self._request(*found) if found else None

    def has_open(self) -> bool:
        """Whether the archive has more open."""
        return self._waits or self.frontier.has_open(full=self.full)

    @property
    def _waits(self) -> bool:
        return self.walk is not None and self.walk.goes_first

    def idle(self) -> None:
        """Go on where all is done and yet there must be more.

        If the route that tells what is new did not answer, the start page is asked; if the archive
        knows that it lacks something, another route. What pages need to look as they did comes
        last, one by one, so that no article waits for it.
        """
        requests = list(self._left_to_walk())
        if not requests and (requisite := self.requisites.next_request()):
            requests = [requisite]
        engine = self.crawler.engine
        assert engine
        for request in requests:
            engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _left_to_walk(self) -> Iterator[Request]:
        if self.walk is None or self.first_url:
            return
        if self.walk.lost and not self.at_start:
            yield from self._from_the_start()
        elif not self.limit and not self.frontier.is_whole():
            yield from self.walk.try_next()

    # Requests and what comes of them

    def _request(self, url: str, origin: Origin, hops: int = 0) -> Request:
        return Request(
            url,
            callback=self.answered,
            errback=self.unanswered,
            cb_kwargs={"origin": origin, "hops": hops},
            # The spider follows redirects itself, to write down where each address leads.
            meta={"dont_redirect": True},
        )

    def answered(self, response: Response, origin: Origin, hops: int) -> Iterator[Any]:
        """Turn an answer into a visit. What it leads to, the archive hands out in its turn."""
        status = response.status
        self.silent = self.silent if status == 200 else 0
        if 300 <= status < 400:
            yield self._redirected(response, origin, hops)
        elif status == 200:
            yield from self._read(response, origin)
        elif status in _GONE:
            yield self._visit(response, origin, State.GONE, f"HTTP {status}")
        elif status in REFUSED:
            yield self._visit(response, origin, State.REFUSED, f"HTTP {status}")
        else:
            yield self._visit(response, origin, State.FAILED, f"HTTP {status}")

    def unanswered(self, failure: Failure) -> Iterator[Visit | Request]:
        """Turn a request that got no answer into a visit."""
        error = failure.value
        if isinstance(error, NotNowError):
            raise CloseSpider(RunOutcome.NOT_NOW)  # it was not asked for, and stays open
        if isinstance(error, NoRobotsError):
            yield from self.shut_out(error)
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        state = State.REFUSED if is_refusal(error) else State.FAILED
        origin, now = request.cb_kwargs["origin"], datetime.now(UTC)
        yield Visit(self._address_of(request), origin, now, state, reason=explain(error))
        self._count(error)

    def shut_out(self, error: NoRobotsError) -> Iterator[Visit]:
        """End the crawl of a host whose robots.txt cannot be had: nothing may be asked for."""
        if not self.is_shut_out:
            self.is_shut_out = True
            now = datetime.now(UTC)
            yield Visit(
                self.site.base_url, Origin(Discovery.SEED), now, State.FAILED, reason=explain(error)
            )
            raise CloseSpider(RunOutcome.NO_ROBOTS)

    def _count(self, error: BaseException | None) -> None:
        if not is_refusal(error):
            self._count_silence()

    def _count_silence(self) -> None:
        """End the crawl of a host that answers no more; what is left stays open."""
        self.silent += 1
        if self.silent >= self.settings.getint("MOST_FAILURES_IN_A_ROW"):
            raise CloseSpider(RunOutcome.NO_ANSWER)

    def _visit(
        self,
        response: Response,
        origin: Origin,
        state: State,
        reason: str | None = None,
        **more: Any,
    ) -> Visit:
        capture = response.meta.get("capture")
        at = _received(response)
        return Visit(
            response.url, origin, at, state, response.status, reason, capture=capture, **more
        )

    def _address_of(self, request: Request) -> str:
        """Return the portal's address that a request is for."""
        return request.url

    def _redirected(self, response: Response, origin: Origin, hops: int) -> Request | Visit:
        location = _header(response, "Location")
        target = absolute(location, response.url)
        if not location or target is None:
            reason = f"HTTP {response.status} that leads nowhere"
            return self._visit(response, origin, State.FAILED, reason)
        if not self.site.owns(target):
            reason = f"leads off the site, to {target}"
            return self._visit(response, origin, State.ELSEWHERE, reason)
        if urlkey(target) != urlkey(response.url):
            reason = f"HTTP {response.status}"
            return self._visit(response, origin, State.ELSEWHERE, reason, moved_to=target)
        if hops >= self.most_hops:
            return self._visit(response, origin, State.FAILED, "redirects without end")
        return self._request(target, origin, hops + 1)

    def _read(self, response: Response, origin: Origin) -> Iterator[Any]:
        if not response.body.strip():
            yield self._visit(response, origin, State.FAILED, "an empty page")
            return
        page = self._page(response)
        if page is None:
            yield self._visit(response, origin, State.FAILED, _BROKE_READER)
            return
        state, reason, flag = judge(page, origin.found_by)
        if flag:
            page = replace(page, parts=())  # where else it leads is the portal's own word still
        visit = self._visit(response, origin, state, reason, flag=flag, page=page)
        visit = self.requisites.of_page(visit, response)
        if origin.found_by == Discovery.SEED and not flag:
            self._note_announced(response)
        yield self._next_part(visit)
        if page.kind == PageKind.LISTING and not flag:
            yield from self._walk_on(response, origin)
        if flag in self.shutting_flags:
            self._count_silence()
        else:
            self.silent = 0
        self._count_alike(page, response)
        self.articles += page.kind == PageKind.ARTICLE
        if self.limit and self.articles >= self.limit:
            raise CloseSpider(RunOutcome.LIMIT)

    def _count_alike(self, page: Page, response: Response) -> None:
        """End the crawl of a portal that shows a login form, or the like, at every address."""
        seen = b""
        if page.kind != PageKind.ARTICLE:
            path = urlsplit(response.url).path.encode()
            seen = sha256(_NUMBERS.sub(b"", response.body.replace(path, b""))).digest()
        self.alike = self.alike + 1 if seen and seen == self.last_seen else 0
        self.last_seen = seen
        if self.alike + 1 >= self.settings.getint("MOST_ALIKE_IN_A_ROW"):
            raise CloseSpider(RunOutcome.SAME_PAGE)

    def _walk_on(self, response: Response, origin: Origin) -> Iterator[Request]:
        """Have a list walked to its end that the operator or the portal names.

        That of the start page is a route's; where a route lists all, others need not be walked.
        """
        is_named = origin.found_by == Discovery.SEED
        if self.walk is None or (is_named and not self.first_url and self._is_start(response.url)):
            return
        routes = self.frontier.routes() if not is_named else {}
        if any(routes[name].state == RouteStatus.OPEN for name in routes if name.lists_all):
            return
        headers = {"content-type": _header(response, "Content-Type")}
        page = ROUTES[Discovery.LISTING].read(response.body, response.url, headers)
        if page is not None:
            to_end = not is_named or not self.frontier.was_asked(response.url)
            yield from self.walk.enlist(page, response.url, to_end=to_end)

    def _is_start(self, url: str) -> bool:
        return urlkey(url) == urlkey(self.site.base_url)

    def _note_announced(self, response: Response) -> None:
        """Take note of the feeds, sitemaps and REST that a start page names in its head."""
        content_type = _header(response, "Content-Type") or None
        try:
            named = read_announced(response.body, response.url, content_type)
        except Exception:  # the page itself must not be lost with what it names
            logger.exception("%s: %s", response.url, _BROKE_READER)
            return
        for route, urls in named.items():
            self.announce(route, urls)

    def _page(self, response: Response) -> Page | None:
        content_type = _header(response, "Content-Type") or None
        try:
            return read(self.site, response.body, response.url, content_type, _received(response))
        except Exception:  # the address must not vanish from the ledger
            logger.exception("%s: %s", response.url, _BROKE_READER)
            return None

    # An article in several parts is one visit: its parts are fetched one after another.

    def _next_part(self, visit: Visit, taken: int = 0) -> Request | Visit:
        """Return the request for the next part, so many of them *taken*, or the whole visit."""
        is_whole = visit.page is None or taken == len(visit.page.parts)
        return visit if is_whole else self._part_request(visit, taken)

    def _part_request(self, visit: Visit, taken: int) -> Request:
        assert visit.page
        return Request(
            visit.page.parts[taken],
            callback=self.part_answered,
            errback=self.part_unanswered,
            cb_kwargs={"visit": visit, "taken": taken + 1},
            dont_filter=True,
        )

    def part_answered(self, response: Response, visit: Visit, taken: int) -> Iterator[Any]:
        """Add a part to its article, and go on to the next or finish the visit."""
        self.silent = 0
        part = self._page(response) if response.status == 200 else None
        whole = join(visit.page, part) if visit.page and part else None
        if whole is None:
            yield self._broken(visit, f"its part {response.url} was answered {response.status}")
            return
        captures = filter(None, [response.meta.get("capture")])
        visit = replace(visit, page=whole, parts=(*visit.parts, *captures))
        yield self._next_part(visit, taken)

    def part_unanswered(self, failure: Failure) -> Iterator[Visit]:
        """Give up an article of which a part cannot be had, until the next crawl."""
        if isinstance(failure.value, NotNowError):
            raise CloseSpider(RunOutcome.NOT_NOW)
        request: Request = failure.request  # type: ignore[attr-defined]
        reason = f"its part {self._address_of(request)}: {explain(failure.value)}"
        yield self._broken(request.cb_kwargs["visit"], reason)
        self._count(failure.value)

    def _broken(self, visit: Visit, reason: str) -> Visit:
        return replace(visit, state=State.FAILED, reason=reason)


def _received(response: Response) -> datetime:
    """Return when an answer was received, as its capture says."""
    capture: Capture | None = response.meta.get("capture")
    return capture.fetched_at if capture else datetime.now(UTC)


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("utf-8", "replace")
