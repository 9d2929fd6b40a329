"""A district's spider: asks for what the archive has open, and says what came of it."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from shutil import disk_usage
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.appraisal import join, judge
from crawler.bounds import Bounds
from crawler.failures import (
    REFUSED,
    BoundReachedError,
    NoRobotsError,
    NotNowError,
    explain,
    is_refusal,
    is_success,
)
from crawler.frontier import Frontier
from crawler.keeper import Keeper, Kept
from crawler.middlewares.backoff import DATALOSS
from crawler.page import Page, RoutePage
from crawler.scheduler import Asking
from crawler.scope import Scoped, SiteScope, Told
from crawler.sites import Site
from crawler.spiders.absences import Absence, Absences, absent_below
from crawler.spiders.arguments import is_true
from crawler.spiders.divided import DividedPosts
from crawler.spiders.learning import SiteLearning
from crawler.spiders.linked import LinkedArticles
from crawler.spiders.reading import SiteReading, header, received_at
from crawler.spiders.repeats import Repeats
from crawler.spiders.requisites import RequisiteTaking
from crawler.spiders.walk import RescueWalk, RouteWalk
from crawler.text.addresses import absolute, host_of, is_on_loopback, urlkey
from crawler.visit import LOOKED_AT_AGAIN_AFTER, Origin, Visit
from crawler.vocabulary import (
    Discovery,
    Flag,
    PageKind,
    ProblemKind,
    Reason,
    RouteStatus,
    RunOutcome,
    State,
)
from crawler.vocabulary.sentences import Notice

logger = logging.getLogger(__name__)

WAITING = "waiting"
"""The key of a request's meta under which its `Waiting` stands."""
_READ, _LISTED = "read", "listed"
"""The keys under which stands what was read of an answer, as a page and as a list."""
_LONG = 1 << 18
"""Bytes of a page that is read in another thread, so that nothing else waits for it."""
_GONE = (404, 410)
_NOT_MODIFIED, _PARTIAL = 304, 206
_ALL = re.compile(r"bytes 0-(\d+)/(\d+)")
_COOKIE = re.compile(r"\s*([!#-'*+.^-z|~0-9A-Z-]{1,100})=([^;\x00-\x1f]{0,4000})")
_MOST_COOKIES = 20
_SMALL_DISK = 10
"""A disk of less than so many times what is to stay free has no such bound."""
_FREE_DISK = Bounds.setting("free_disk")
_COUNT_EVERY = 100
_FIRST = 20
"""The priority of what others wait for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An address whose redirect set a cookie, and may wait for it."""

    url: str
    visit: Visit | None
    """What came of it if it does not; None if it led to a form of itself."""
    cookies: dict[str, str]


class DistrictSpider(Spider, Asking, Kept, Scoped, Told):
    """Crawls one portal; the loader gives it its site, the archive its frontier.

    Arguments, as ``scrapy crawl chodon -a NAME=VALUE`` gives them: *url*, an article or listing to
    start from; *limit*, after how many articles to stop; *full*, yes to ask again for what is
    held; *rescue*, yes to take REST's whole articles first; *avoid*, hosts of the site that are not
    asked, parted by spaces. A further mode is a subclass, which
    `crawler.loader` knows by the argument that asks for it.
    """

    site: Site
    substitute: str | None = None
    """The address of whoever is asked in the portal's place; here it is the portal itself."""
    most_hops = 5
    """How many redirects among the forms of an address are followed."""
    shutting_flags: tuple[Flag, ...] = (Flag.CHALLENGE, Flag.CLOSED)
    """What is wrong with a page that a host shows to all it does not let in: no answer."""
    asks_what_is_absent = True
    """Whether hosts are asked what they show where they have no page."""

    def __init__(
        self,
        url: str = "",
        limit: str = "",
        full: str = "",
        rescue: str = "",
        avoid: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.avoided = frozenset(avoid.split())
        """The hosts that this crawl does not ask: they are others' by now, or dead."""
        self.first_url = url
        self.limit = int(limit or 0)
        self.full = is_true("full", full)
        self.rescue = is_true("rescue", rescue)
        self.scope = SiteScope(self.site)
        self.reading = SiteReading(self.site)
        self.articles = 0
        self.walk: RouteWalk | None = None
        self.told_bounds: set[str] = set()
        self.answers = 0
        self.reading_ahead = asyncio.Lock()
        """Held while a long page is read in another thread."""
        self.repeats = Repeats()
        self.absences = Absences()
        self.told_owner = False
        """Whether it was told that another body seems to have taken over the host."""
        self.told_short = False
        """Whether it was told that the host announces more than it sends."""
        self.told_unlisted = False
        """Whether it was told that lists of all do not name what the portal shows."""
        self.cookies: dict[str, str] = {}
        """What the portal's redirects wait for, found out by following them."""
        self.at_start = False
        """Whether the start pages were asked for."""
        self.silent: Counter[str] = Counter()
        """How many requests in a row got no answer, by host."""
        self.left: dict[str, RunOutcome] = {}
        """The hosts that are not asked any more in this crawl, and why."""
        self.missed: RunOutcome | None = None
        """Why the first host was left of which something is missing for that."""

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
        for name, bound in cls.site.bounds:
            settings.set(Bounds.setting(name), bound, priority="spider")
        if not cls.site.verify_certificate:
            settings.set("DOWNLOAD_VERIFY_CERTIFICATES", False, priority="spider")

    @cached_property
    def frontier(self) -> Frontier:
        """What the archive has open."""
        keeper = self.crawler.get_item_pipeline(Keeper)
        assert keeper, "a crawl needs the pipeline that knows what is open"
        return keeper.frontier

    @cached_property
    def is_another_s(self) -> bool:
        """Whether, when the crawl began, the host was another body's, or may have been: then there
        is nothing to ask for.
        """
        asks_host = self.substitute is None
        return asks_host and (self.frontier.is_another_s() or self.frontier.is_in_question())

    @cached_property
    def learning(self) -> SiteLearning:
        """How the crawl learns how the site is read."""
        keeper = self.crawler.get_item_pipeline(Keeper)
        assert keeper, "a crawl needs the pipeline that knows how pages were read"
        return SiteLearning(self.reading, keeper.lessons)

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
        return RequisiteTaking(self.site, self.frontier, self)

    @cached_property
    def linked(self) -> LinkedArticles:
        """What the articles of this crawl link to."""
        return LinkedArticles(
            self.site, self.frontier, self.bounds, self._tell_bound,
            is_portal=self.substitute is None,
        )  # fmt: skip

    @cached_property
    def divided(self) -> DividedPosts:
        """The posts of this crawl of which pages may show the first part only."""
        return DividedPosts(self.site, self.frontier, self, is_off=self.substitute is not None)

    async def start(self) -> AsyncIterator[Request]:
        """Yield the requests that the archive does not know of: start pages and routes."""
        self._require_contact()
        if self.is_another_s:
            if self.frontier.is_in_question():
                raise CloseSpider(RunOutcome.ANOTHER_OWNER)
            return
        for host in self.avoided:
            self.frontier.leave(host)
        await self.learning.begin()
        self.walk = self._new_walk()
        self.walk.is_own = self._is_own
        self.walk.read_list = self.reading.listed
        self.walk.read_page = self.reading.page
        self.walk.take_article = lambda response, origin: self.answered(response, origin, hops=0)
        self.walk.holds_lists = lambda: self.learning.is_holding
        self.walk.keep_within_bounds = self.keep_within_bounds
        if self.first_url:
            self.walk.goes_first = False  # it is the one that is asked for, and what it leads to
            url = absolute(self.first_url, self.site.base_url) or self.first_url
            for request in self._taken(url):
                yield request
            return
        self._know_hosts()
        suffices = self.walk.suffices and not self.learning.is_untaught
        for request in self.walk.begin():
            yield request
        starts = self._known_starts() if suffices else self._from_the_start()
        for request in starts:
            yield request

    def _new_walk(self) -> RouteWalk:
        walk = RescueWalk if self.rescue else RouteWalk
        return walk(self.site, self.frontier, self, full=self.full, bounds=self.bounds)

    def _from_the_start(self) -> Iterator[Request]:
        """Yield requests for the start pages, and have the newest articles asked for again."""
        self.at_start = True
        self._expect_news()
        yield from self._taken(self.site.base_url, *self.site.start_urls, *self._further_starts())

    def _known_starts(self) -> Iterator[Request]:
        """Yield requests for what is to be asked although a route tells what is new: the start page
        every few days, for it shows what a list that is no longer kept up does not name.
        """
        asked_at = self.frontier.asked_at(self.site.base_url)
        is_due = asked_at is None or datetime.now(UTC) - asked_at >= LOOKED_AT_AGAIN_AFTER
        if is_due and self.substitute is None:
            yield from self._taken(self.site.base_url)
        yield from self._taken(*self.site.start_urls)

    def _know_hosts(self) -> None:
        """Have the start pages of further hosts asked for, once: what is new is not there."""
        for place in self.site.hosts:
            if not self.has_left(place):
                self.frontier.know(place)

    def _further_starts(self) -> tuple[str, ...]:
        """Return the start pages of further hosts that are asked for, whatever is known of them."""
        return self.site.hosts if self.full else ()

    def _expect_news(self) -> None:
        """Have the articles asked for again beside which news may stand by now."""
        self.frontier.recheck_heads()

    def _taken(self, *urls: str) -> Iterator[Request]:
        for url in urls:
            if not self.has_left(url) and self.frontier.take(url):
                yield self._request(url, Origin(Discovery.SEED))

    def _require_contact(self) -> None:
        asked = self.substitute.split() if self.substitute else self.site.places
        if not self.settings["CONTACT"] and not all(map(is_on_loopback, asked)):
            logger.error(
                "%s: set TINHUYEN_CONTACT to an e-mail address or web page where the host's "
                "staff can reach you; it is sent with every request",
                self.site.key,
            )
            raise CloseSpider(RunOutcome.NO_CONTACT)

    # What the scheduler asks

    def next_request(self) -> Request | None:
        """Return a request for what the archive has open."""
        if self.learning.is_holding or self._waits or self.is_another_s:
            return None
        if self.walk is not None and (request := self.walk.next_held()):
            return request
        return self._next_open()

    def _next_open(self) -> Request | None:
        found = self.frontier.next(full=self.full)
        if found is None:
            return None
        request = self._request(*found)
        if self.substitute is None:
            etag, last_modified = self.frontier.version(found[0])
            if etag:
                request.headers["If-None-Match"] = etag
            if last_modified:
                request.headers["If-Modified-Since"] = last_modified
        return request

    def has_open(self) -> bool:
        """Whether the archive has more open. While it is to be learnt how the site is read, what is
        under way is to come to its end.
        """
        if self.is_another_s:
            return False
        has_held = self.walk is not None and bool(self.walk.held)
        return not self.learning.is_holding and (self._waits or has_held or self._has_more())

    def _has_more(self) -> bool:
        return self.frontier.has_open(full=self.full)

    @property
    def _waits(self) -> bool:
        return self.walk is not None and self.walk.goes_first

    def idle(self) -> None:
        """Go on where all is done and yet there must be more.

        If the route that tells what is new did not answer, the start page is asked; if the archive
        knows that it lacks something, another route; then what only other articles link to. What
        pages need to look as they did comes last, one by one, so that no article waits for it.
        """
        requests = list(self._to_learn_from()) if self.learning.is_holding else self._left()
        if not requests and (self.learning.go_on(self._wake) or self._follows_links()):
            raise DontCloseSpider
        if not requests:
            self.keep_limit()
        if not requests and not self.is_another_s and (requisite := self.requisites.next_request()):
            requests = [requisite]
        engine = self.crawler.engine
        assert engine
        for request in requests:
            engine.crawl(request)
        if requests:
            raise DontCloseSpider
        self._ask_whose_it_is()
        if self.missed:
            raise CloseSpider(self.missed)

    def _left(self) -> list[Request]:
        return list(self._doubted()) or list(self._left_to_walk())

    def _doubted(self) -> Iterator[Request]:
        """Yield requests for what tells whether the portal is still there, if that is in doubt."""
        if self.substitute is not None or self.is_another_s:
            return
        for url, origin in self.frontier.doubted():
            yield self._request(url, origin).replace(priority=_FIRST)

    def _ask_whose_it_is(self) -> None:
        """End the crawl of a host that another body seems to have taken over."""
        if self.substitute is None and (question := self.frontier.question()):
            if not self.told_owner:  # answers that were under way come yet
                self.told_owner = True
                logger.error("%s: %s", self.site.key, question)
            raise CloseSpider(RunOutcome.ANOTHER_OWNER)

    def _to_learn_from(self) -> Iterator[Request]:
        """Yield the requests for pages from which it is learnt how the site is read."""
        while urls := self.learning.wanted():
            asked = False
            for url in filter(self.site.owns, urls):
                if not self.has_left(url) and (origin := self.frontier.take(url)):
                    asked = True
                    yield self._request(url, origin)
            if asked:
                return

    def _wake(self) -> None:
        """Have Scrapy look for something to ask for."""
        engine = self.crawler.engine
        if engine and (slot := engine._slot):
            slot.nextcall.schedule()

    def closed(self, reason: str) -> None:
        """End what is worked on beside the requests, since the crawl has ended."""
        if "learning" in self.__dict__:
            self.learning.stop()

    def _left_to_walk(self) -> Iterator[Request]:
        if self.walk is None or self.first_url or self.has_left(self.site.base_url):
            return
        if self.learning.has_learnt or self.walk.is_held:
            self.learning.has_learnt = False
            yield from self.walk.walk_lists_anew()
        elif self.walk.lost and not self.at_start:
            yield from self._from_the_start()
        elif not self.limit and not self._is_all_known():
            yield from self.walk.try_next()

    def _is_all_known(self) -> bool:
        """Whether nothing speaks of more at the portal than is known; lists of all that do not name
        what it shows are told of, and prove nothing.
        """
        unlisted, example = self.frontier.doubt_lists()
        if unlisted and not self.told_unlisted:
            self.told_unlisted = True
            told = Notice.UNLISTED.of(number=unlisted)
            self.frontier.tell(ProblemKind.DAMAGED, told, example)
        return self.frontier.is_all_known()

    def _follows_links(self) -> bool:
        """Whether links of articles are being judged: some may have to be asked for."""
        if self.linked.is_judging:
            return True
        if self.limit or self.first_url or self.is_another_s:  # a later crawl judges them
            return False
        if not self.linked.are_to_be_judged(self.articles):
            return False
        self.judging = asyncio.ensure_future(self._judge_links())
        return True

    async def _judge_links(self) -> None:
        """Have links of articles asked for; the crawl goes on, or is idle again."""
        with suppress(CloseSpider):  # the archive cannot be written, and ends the crawl
            await self.linked.judge(self.articles)
        self._wake()

    # Requests and what comes of them

    def _request(self, url: str, origin: Origin, hops: int = 0) -> Request:
        return Request(
            url,
            callback=self.received,
            errback=self.unanswered,
            cb_kwargs={"origin": origin, "hops": hops},
            # The spider follows redirects itself, to write down where each address leads.
            meta={"dont_redirect": True},
            headers={"Cookie": _cookie_header(self.cookies)} if self.cookies else None,
        )

    def received(
        self, response: Response, origin: Origin, hops: int
    ) -> Iterator[Any] | AsyncIterator[Any]:
        """Deal with an answer; a long page is read in another thread before."""
        if len(response.body) < _LONG or not is_success(response.status):
            return self.answered(response, origin, hops)
        return self._read_aside(response, origin, hops)

    async def _read_aside(
        self, response: Response, origin: Origin, hops: int
    ) -> AsyncIterator[Any]:
        # One by one, so that what comes of several does not come at once.
        async with self.reading_ahead:
            await asyncio.to_thread(self._read_ahead, response)
        for result in self.answered(response, origin, hops):
            yield result

    def _read_ahead(self, response: Response) -> None:
        """Read a page, and the list that it may be, before somebody asks for them."""
        page = response.meta[_READ] = self.reading.page(response)
        if page is not None and page.kind == PageKind.LISTING:
            response.meta[_LISTED] = self.reading.listed(response, page)

    def answered(self, response: Response, origin: Origin, hops: int) -> Iterator[Any]:
        """Turn an answer into a visit. What it leads to, the archive hands out in its turn."""
        self.keep_within_bounds()
        self._ask_whose_it_is()
        yield from self._doubted()
        status = response.status
        if not is_success(status):
            self._heard(response.url)
        if DATALOSS in response.flags and not self.told_short:
            self.told_short = True
            self.frontier.tell(ProblemKind.CUT, Notice.SHORT, response.url)
        waiting: Waiting | None = response.meta.get(WAITING)
        if waiting and not 300 <= status < 400:
            if urlkey(waiting.url) == urlkey(response.url):
                self.cookies = waiting.cookies  # that is what it waits for: others do, too
            elif waiting.visit:
                yield waiting.visit
                origin = Origin(origin.found_by, waiting.url)
        if status == _NOT_MODIFIED and _is_conditional(response.request):
            yield self._visit(response, origin, State.HELD)
        elif 300 <= status < 400:
            yield self._redirected(response, origin, hops)
        elif is_success(status) or _is_whole_part(response):
            yield from self._read(response, origin, hops)
        elif status in _GONE:
            yield self._visit(response, origin, State.GONE, Reason.STATUS.of(status=status))
        elif status in REFUSED:
            yield self._visit(response, origin, State.REFUSED, Reason.STATUS.of(status=status))
        else:
            yield self._visit(response, origin, State.FAILED, Reason.STATUS.of(status=status))

    def unanswered(self, failure: Failure) -> Iterator[Visit | Request]:
        """Turn a request that got no answer into a visit."""
        error = failure.value
        request: Request = failure.request  # type: ignore[attr-defined]
        is_dead_twin = isinstance(error, NoRobotsError) and not self._is_own(request)
        if isinstance(error, NotNowError | NoRobotsError) and not is_dead_twin:
            yield from self.leave(error, self._address_of(request))
            return
        waiting: Waiting | None = request.meta.get(WAITING)
        if waiting and waiting.visit and urlkey(waiting.url) != urlkey(request.url):
            yield waiting.visit
        state = State.REFUSED if is_refusal(error) else State.FAILED
        origin, now = request.cb_kwargs["origin"], datetime.now(UTC)
        yield Visit(self._address_of(request), origin, now, state, reason=explain(error))
        self._count(error, self._address_of(request))

    def _tell_bound(self, message: str, url: str | None = None) -> None:
        """Note once that a bound was reached."""
        if message not in self.told_bounds:
            self.told_bounds.add(message)
            logger.warning("%s: %s", self.site.key, message)
            self.frontier.tell(ProblemKind.BOUND, message, url)

    @cached_property
    def _folder(self) -> Path:
        """Where the archive lies, on whose disk there must be room after each answer."""
        return Path(self.settings["ARCHIVE_DB"]).absolute().parent

    def keep_within_bounds(self) -> None:
        """End the crawl of a portal that knows no end, or before the disk is full."""
        least, disk = self.bounds.free_disk, disk_usage(self._folder)
        if disk.free < least < disk.total / _SMALL_DISK:
            mib = disk.free >> 20
            told = Notice.LITTLE_DISK.of(number=mib, folder=self._folder, setting=_FREE_DISK)
            self._tell_bound(told)
            raise CloseSpider(RunOutcome.BOUND)
        self.answers += 1
        if self.answers % _COUNT_EVERY == 1 and self.frontier.known() > self.bounds.addresses:
            most, setting = self.bounds.addresses, self.bounds.setting("addresses")
            told = Notice.MANY_ADDRESSES.of(most=f"{most:,}", setting=setting)
            self._tell_bound(told)
            raise CloseSpider(RunOutcome.BOUND)

    def _is_own(self, request: Request) -> bool:
        """Whether a request is to the site as it is described, and not to a twin of another scheme
        or with "www.", of which a dead one must not shut the site out.
        """
        own = {urlsplit(place)[:2] for place in self.site.places}
        return self.substitute is not None or urlsplit(request.url)[:2] in own

    def leave(self, error: NotNowError | NoRobotsError, url: str) -> Iterator[Visit]:
        """Ask the host of an address no more: it is not to be asked now, or has no robots.txt.

        What was not asked for stays open. Where robots.txt could not be had, that is written down
        once.
        """
        if isinstance(error, BoundReachedError):
            raise CloseSpider(error.outcome)  # no host is asked any more
        has_no_robots = isinstance(error, NoRobotsError)
        outcome = RunOutcome.NO_ROBOTS if has_no_robots else RunOutcome.NOT_NOW
        missing = self._leave(self._host_asked(url), outcome)
        if missing and has_no_robots:
            now, origin = datetime.now(UTC), Origin(Discovery.SEED)
            yield Visit(missing, origin, now, State.FAILED, reason=explain(error))
        self._end_if_all_are_left()

    def has_left(self, url: str) -> bool:
        """Whether the host of an address is not asked any more in this crawl."""
        return self._host_asked(url) in self.left.keys() | self.avoided

    def _leave(self, host: str, outcome: RunOutcome) -> str | None:
        """Leave a host; return an address that is missing thereby, None if nothing more is."""
        if host in self.left:
            return None
        self.left[host] = outcome
        missing = self.frontier.leave(host)
        if host == self._host_asked(self.site.base_url):
            missing = self.site.base_url  # nobody knows what is new
        if missing:
            logger.warning("%s is left by this crawl: %s", host, outcome)
            self.missed = self.missed or outcome
        return missing

    def _end_if_all_are_left(self) -> None:
        if {*map(self._host_asked, self.site.places)} <= self.left.keys() | self.avoided:
            raise CloseSpider(next(iter(self.left.values())))

    def _host_asked(self, url: str) -> str:
        """Return the host that is asked for an address of the portal."""
        return host_of(url)

    def _heard(self, url: str) -> None:
        """Note that the host of an address answers."""
        self.silent.pop(self._host_asked(url), None)

    def _count(self, error: BaseException | None, url: str) -> None:
        if not is_refusal(error):
            self._count_silence(url)

    def _count_silence(self, url: str) -> None:
        """Leave a host that answers no more; what is left of it stays open."""
        host = self._host_asked(url)
        self.silent[host] += 1
        if self.silent[host] >= self.settings.getint("MOST_FAILURES_IN_A_ROW"):
            self._leave(host, RunOutcome.NO_ANSWER)
            self._end_if_all_are_left()

    def _visit(
        self,
        response: Response,
        origin: Origin,
        state: State,
        reason: str | None = None,
        **more: Any,
    ) -> Visit:
        capture = response.meta.get("capture")
        at = received_at(response)
        return Visit(
            response.url, origin, at, state, response.status, reason, capture=capture,
            etag=header(response, "ETag") or None,
            last_modified=header(response, "Last-Modified") or None, **more,
        )  # fmt: skip

    def _address_of(self, request: Request) -> str:
        """Return the portal's address that a request is for."""
        return request.url

    def _redirected(self, response: Response, origin: Origin, hops: int) -> Request | Visit:
        """Return what comes of a redirect. Where one sets a cookie, it is followed at once and with
        it: it may lead back, and wait for it.
        """
        led = self._led(response, header(response, "Location"), origin, hops)
        waiting: Waiting | None = response.meta.get(WAITING)
        set_now = _cookies(response) if self.most_hops else {}
        if not set_now and waiting is None:
            return led
        visit = led if isinstance(led, Visit) else None
        waiting = waiting or Waiting(response.url, visit, self.cookies)
        waiting = replace(waiting, cookies=_together(waiting.cookies, set_now))
        target = visit.moved_to if visit else led.url
        if target is None:
            return waiting.visit or led
        if hops >= self.most_hops:
            last = self._visit(response, origin, State.FAILED, Reason.ENDLESS)
            return replace(last, url=waiting.url)
        request = self._request(target, origin, hops + 1)
        request.headers["Cookie"] = _cookie_header(waiting.cookies)
        request.meta[WAITING] = waiting
        return request

    def _led(
        self,
        response: Response,
        location: str,
        origin: Origin,
        hops: int,
        how: str | None = None,
    ) -> Request | Visit:
        """Return what comes of an answer that leads to *location*; *how*, if not by its status."""
        how = how or f"HTTP {response.status}"
        target = absolute(location, response.url)
        if not location or target is None:
            reason = Reason.LEADS_NOWHERE.of(how=how)
            return self._visit(response, origin, State.FAILED, reason)
        if not self.site.owns(target):
            reason = Reason.OFF_THE_SITE.of(url=target)
            return self._visit(response, origin, State.ELSEWHERE, reason)
        if urlkey(target) != urlkey(response.url):
            return self._visit(response, origin, State.ELSEWHERE, how, moved_to=target)
        if hops >= self.most_hops:
            return self._visit(response, origin, State.FAILED, Reason.ENDLESS)
        return self._request(target, origin, hops + 1)

    def _read(self, response: Response, origin: Origin, hops: int = 0) -> Iterator[Any]:
        if not response.body.strip():
            yield self._visit(response, origin, State.FAILED, Reason.EMPTY)
            return
        known = _READ in response.meta
        page: Page | None = response.meta.pop(_READ) if known else self.reading.page(response)
        if page is None:
            yield self._visit(response, origin, State.FAILED, Reason.BROKE_READER)
            return
        if _says_nothing(page):
            sent_on, shown = self.reading.sent_on(response)
            if sent_on:
                yield self._led(
                    response, sent_on.value, origin, hops, Reason.LED_ON.of(by=sent_on.by)
                )
                return
            if shown:
                page = Page(PageKind.LISTING, evidence=page.evidence | {"links": "frames"})
                for frame in shown:
                    if self.frontier.take(frame):
                        yield self._request(frame, Origin(Discovery.SEED, response.url))
        is_led = origin.found_by == Discovery.SEED and origin.found_on is not None
        if is_led and not self.first_url:
            page = self.reading.as_start(page, response)
        is_named = bool(self.first_url) and origin.found_by == Discovery.SEED  # by the operator
        if page.kind == PageKind.ARTICLE and self.asks_what_is_absent and not is_named:
            if not self.absences.is_known(response.url):
                response.meta[_READ] = page
                yield from self._ask_what_is_absent(response, origin, hops)
                return
            if self.absences.shows(page, response.body, response.url):
                page = Page(
                    PageKind.OTHER, evidence=page.evidence | {"absent": Reason.SAME_FOR_NOTHING}
                )
        state, reason, flag = judge(page, origin.found_by)
        if flag:
            page = replace(page, parts=())  # where else it leads is the portal's own word still
        if copied := self._copied(page, response.url):
            yield self._visit(
                response, origin, State.ELSEWHERE, Reason.SAME_ARTICLE, moved_to=copied, page=None
            )
            return
        visit = self._visit(response, origin, state, reason, flag=flag, page=page)
        visit = self.linked.of_page(self.requisites.of_page(visit, response), response)
        if origin.found_by == Discovery.SEED and not flag:
            for route, urls in self.reading.announced(response).items():
                self.announce(route, urls)
        if page.kind == PageKind.ARTICLE and (broken := page.breaks_off):
            self.frontier.tell(ProblemKind.CUT, Reason.BREAKS_OFF.of(where=broken), response.url)
        # Before the page is stored: whether a list names anything new is asked of what is known.
        further = [] if flag else list(self._walk_on(response, origin, page))
        if self.divided.may_hide_parts(visit, response.body):
            yield from self.divided.put_together(visit)
        else:
            yield self.next_part(visit)
        yield from further
        if flag in self.shutting_flags:
            self._count_silence(response.url)
        else:
            self._heard(response.url)
        self._count_alike(page, response)
        is_first = not self.first_url and self.substitute is None
        is_start = is_first and self.reading.is_start(response.url)
        self.learning.saw(page, response, is_start)
        self.articles += page.kind == PageKind.ARTICLE
        self.keep_limit()

    def keep_limit(self) -> None:
        """End a crawl that has taken as many articles as it was to; those that wait, come first."""
        waits = self.divided.waiting or self.learning.is_holding
        if self.limit and self.articles >= self.limit and not waits:
            raise CloseSpider(RunOutcome.LIMIT)

    def _ask_what_is_absent(
        self, response: Response, origin: Origin, hops: int
    ) -> Iterator[Request]:
        """Have an answer wait until it is known what its host shows where it has no page."""
        if url := self.absences.hold_back(response, origin, hops):
            yield self._absence_request(url, response.url)

    def _absence_request(self, url: str, beside: str) -> Request:
        return Request(
            url,
            callback=self.absence_answered,
            errback=self.absence_unanswered,
            cb_kwargs={"beside": beside},
            priority=_FIRST,
            meta={"dont_redirect": True},
        )

    def absence_answered(self, response: Response, beside: str) -> Iterator[Any]:
        """Take note of what a host shows where it has no page, and read what waited for that."""
        page = self.reading.page(response) if is_success(response.status) else None
        absence = Absence.of(page, response.body, response.url) if page else None
        first = self.absences.first_of(beside)
        shown: Page | None = first.meta[_READ] if absence and first is not None else None
        if absence and first is not None and shown and absence.shows(shown, first.body, first.url):
            # It may be that the host looks at the number of an article only, and not at its name.
            other = absent_below(self.site.place_of(beside) or self.site.base_url)
            if urlkey(response.url) != urlkey(other):
                yield self._absence_request(other, beside)
                return
        yield from self._go_on_reading(beside, absence)

    def absence_unanswered(self, failure: Failure) -> Iterator[Any]:
        """Read what waited: of a host that does not say so, nothing is taken for absent."""
        request: Request = failure.request  # type: ignore[attr-defined]
        logger.info("%s: %s", request.url, explain(failure.value))
        yield from self._go_on_reading(request.cb_kwargs["beside"], None)

    def _go_on_reading(self, beside: str, absence: Absence | None) -> Iterator[Any]:
        for response, origin, hops in self.absences.learn(beside, absence):
            yield from self._read(response, origin, hops)

    def _count_alike(self, page: Page, response: Response) -> None:
        """End the crawl of a portal that shows a login form, or the like, at every address."""
        is_article = page.kind == PageKind.ARTICLE
        alike = self.repeats.count_alike(response.body, response.url, is_article=is_article)
        if alike >= self.settings.getint("MOST_ALIKE_IN_A_ROW"):
            raise CloseSpider(RunOutcome.SAME_PAGE)

    def _copied(self, page: Page, url: str) -> str | None:
        """Return the first of many addresses at which one and the same article was read, or of two
        that differ in small and capital letters only.

        What it links to is known of the first ones: where each names ever new addresses, there is
        no end.
        """
        if page.kind != PageKind.ARTICLE or page.article is None:
            return None
        most, copies = self.bounds.copies, self.repeats.of_article(page.article, url)
        if copies.believe(url, most):
            return None
        if not copies.has_in_other_case(url):
            self._tell_bound(
                Notice.COPIES.of(most=most, url=copies.url, setting=self.bounds.setting("copies")),
                url,
            )
        return copies.url

    def _walk_on(self, response: Response, origin: Origin, page: Page) -> Iterator[Request]:
        """Have a list walked to its end that the operator or the portal names.

        That of the start page is a route's; where a route lists all, others need not be walked.
        """
        is_named = origin.found_by == Discovery.SEED
        if page.kind != PageKind.LISTING:
            return
        is_route = is_named and not self.first_url and self.reading.is_start(response.url)
        if self.walk is None or is_route:
            return
        routes = self.frontier.routes() if not is_named else {}
        if any(routes[name].state == RouteStatus.OPEN for name in routes if name.lists_all):
            return
        known = _LISTED in response.meta
        listed: RoutePage | None
        listed = response.meta.pop(_LISTED) if known else self.reading.listed(response, page)
        if listed is not None:
            to_end = not is_named or not self.frontier.was_asked(response.url)
            yield from self.walk.enlist(listed, response.url, to_end=to_end)

    # An article in several parts is one visit: its parts are fetched one after another.

    def next_part(self, visit: Visit, taken: int = 0) -> Request | Visit:
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
        self._heard(response.url)
        part = self.reading.part(response) if is_success(response.status) else None
        whole = join(visit.page, part) if visit.page and part else None
        if whole is None:
            yield self._broken(
                visit, Reason.PART_STATUS.of(url=response.url, status=response.status)
            )
            return
        captures = filter(None, [response.meta.get("capture")])
        visit = replace(visit, page=whole, parts=(*visit.parts, *captures))
        yield self.next_part(visit, taken)

    def part_unanswered(self, failure: Failure) -> Iterator[Visit]:
        """Give up an article of which a part cannot be had, until the next crawl."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, NotNowError):
            yield from self.leave(failure.value, self._address_of(request))
            return
        reason = Reason.PART.of(url=self._address_of(request), why=explain(failure.value))
        yield self._broken(request.cb_kwargs["visit"], reason)
        self._count(failure.value, self._address_of(request))

    def _broken(self, visit: Visit, reason: str) -> Visit:
        return replace(visit, state=State.FAILED, reason=reason)


def _says_nothing(page: Page) -> bool:
    """Whether a page may be there only to lead on."""
    if page.article or page.prev_url or page.next_url or page.links:
        return False
    return page.kind in (PageKind.OTHER, PageKind.LISTING, PageKind.CLOSED)


def _is_whole_part(response: Response) -> bool:
    """Whether an answer says that it is a part, and is all there is."""
    match = _ALL.fullmatch(header(response, "Content-Range").strip())
    if response.status != _PARTIAL or match is None:
        return False
    return int(match[1]) + 1 == int(match[2]) == len(response.body)


def _is_conditional(request: Request | None) -> bool:
    """Whether a request asks for a page only if it is another than before."""
    conditions = ("If-None-Match", "If-Modified-Since")
    return request is not None and any(name in request.headers for name in conditions)


def _cookies(response: Response) -> dict[str, str]:
    """Return the cookies that an answer sets."""
    lines = (line.decode("latin-1") for line in response.headers.getlist("Set-Cookie"))
    found = (match for line in lines if (match := _COOKIE.match(line)))
    return {match[1]: match[2] for match in list(found)[:_MOST_COOKIES]}


def _together(known: dict[str, str], set_now: dict[str, str]) -> dict[str, str]:
    """Return cookies with those that were set now, of all the latest: a portal may set no end."""
    kept = {name: value for name, value in known.items() if name not in set_now}
    return dict([*kept.items(), *set_now.items()][-_MOST_COOKIES:])


def _cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
