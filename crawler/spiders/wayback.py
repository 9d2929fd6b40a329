"""A district as web archives have it: they are asked in the portal's place."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.bounds import DEFAULT, Bounds
from crawler.exchange import Capture
from crawler.failures import (
    REFUSED,
    BoundReachedError,
    NoRobotsError,
    NotNowError,
    explain,
    explain_of_archive,
    is_refusal,
    is_success,
)
from crawler.frontier import Frontier
from crawler.keeper import Keeper
from crawler.mementos import Archived, AskedMemento
from crawler.middlewares.backoff import BackOffMiddleware
from crawler.middlewares.wayback import (
    CHOICE,
    CUT,
    IS_TRIED,
    ORIGINAL,
    WANTED_AT,
    WITHOUT,
    ArchiveBackOffMiddleware,
    AskMementoMiddleware,
    AsksWebArchives,
    MementoMiddleware,
    NotArchivedError,
)
from crawler.page import RoutePage
from crawler.reach import Reach
from crawler.routes import ROUTES, read_within
from crawler.scope import SiteScope
from crawler.sites import Site
from crawler.spiders.district import DistrictSpider
from crawler.spiders.mementos import Mementos, Trial
from crawler.spiders.taking import Leaving
from crawler.spiders.walk import RouteWalk, headers_of, whole_article
from crawler.text.addresses import host_of, is_on_loopback, on_same_host, urlkey
from crawler.text.dates import VIET_NAM
from crawler.visit import Origin, RouteState, Visit
from crawler.vocabulary import (
    Discovery,
    ProblemKind,
    Reason,
    RouteStatus,
    RunOutcome,
    State,
)
from crawler.vocabulary.sentences import Notice
from crawler.web_archives.kinds import AnyWebArchive, Choice, addresses, web_archive_at
from crawler.web_archives.lists import CapturesPage, is_for_programs

logger = logging.getLogger(__name__)

_LEAST_DELAY = 1.0  # seconds between two requests, whatever the portal bore
_MIDDLEWARES = {
    AskMementoMiddleware: 40,
    MementoMiddleware: 545,
    BackOffMiddleware: None,
    ArchiveBackOffMiddleware: 550,
}
_LISTS_FIRST = 10  # they reveal many addresses
_CRAWLS_LOOKED_UP_AFTER = timedelta(days=7)
"""How long a list of lists is left alone, of which each is walked once and for all."""


class WaybackSpider(DistrictSpider, AsksWebArchives):
    """Crawls a portal that is gone along its archived links.

    Argument beside those of `DistrictSpider`: *wayback*, the addresses of the web archives in the
    order in which they are asked, with spaces between them.
    """

    most_hops = 0  # all forms of an address are one there: the same would be given again
    asks_what_is_absent = False  # it has no answer to what nobody asked
    shutting_flags = ()  # it gives what hosts once showed; it lets us in itself

    def __init__(self, wayback: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.rescue:
            raise ValueError("-a rescue asks the portal's own REST: leave it out, or -a wayback")
        wanted, site = _end_of(self.site), self.site
        self.archives: tuple[AnyWebArchive, ...] = tuple(
            web_archive_at(url, wanted, site.places, site.active_from) for url in addresses(wayback)
        )
        self.substitute = " ".join(archive.root for archive in self.archives)
        self.scope = ArchiveScope(self.site, self.archives)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Have every request pass through the archives."""
        super().update_settings(settings)
        for middleware, order in _MIDDLEWARES.items():
            settings.set_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", middleware, order)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Create the spider; what the site's description says of its host holds for no other."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        if not all(is_on_loopback(archive.root) for archive in spider.archives):
            delay = max(settings.getfloat("DOWNLOAD_DELAY"), _LEAST_DELAY)
            settings.set("DOWNLOAD_DELAY", delay, priority="spider")
        settings.set("DOWNLOAD_VERIFY_CERTIFICATES", True, priority="spider")
        return spider

    @cached_property
    def mementos(self) -> Mementos:
        """The choice of mementos."""
        keeper = self.crawler.get_item_pipeline(Keeper)
        assert keeper, "a crawl needs the pipeline that knows what the archives have"
        return Mementos(
            self.archives, keeper.mementos, self, full=self.full, most=self.bounds.mementos
        )

    @property
    def left_archives(self) -> set[str]:
        """The roots of the archives that are not asked any more in this crawl."""
        return {one.root for one in self.archives if host_of(one.store) in self.left}

    def choose(self, request: Request) -> Choice | None:
        """Return what is to be asked for, for a request to the portal."""
        trial: Trial | None = request.meta.get(IS_TRIED)
        if trial is not None:
            return self.mementos.choose(request.url, request.cb_kwargs["origin"].found_by, trial)
        without = request.meta.get(WITHOUT, ())
        return self.mementos.nearest(request.url, request.meta.get(WANTED_AT), without)

    def page_request(self, url: str, origin: Origin) -> Request:
        """Return the request for an address of the portal."""
        return self._request(url, origin)

    def _request(self, url: str, origin: Origin, hops: int = 0) -> Request:
        request = super()._request(url, origin, hops)
        request.meta[IS_TRIED] = Trial()
        return request

    def _new_walk(self) -> RouteWalk:
        return MementoWalk(
            self.site, self.frontier, self, full=self.full,
            mementos=self.mementos, bounds=self.bounds,
        )  # fmt: skip

    def _expect_news(self) -> None:
        """There are none."""

    def _know_hosts(self) -> None:
        """The archives' lists say what they have; without one, all start pages are asked."""

    def _further_starts(self) -> tuple[str, ...]:
        return self.site.hosts

    # What came of requests

    def answered(self, response: Response, origin: Origin, hops: int) -> Iterator[Any]:
        """Turn a memento into a visit, or look for another one that says more."""
        self._heard_of(response.request)
        if CUT in response.flags and is_success(response.status):
            self.keep_within_bounds()
            visit = self._visit(response, origin, State.FAILED, Reason.CUT_IN_ARCHIVE)
            yield self.mementos.or_another(visit, response)
            return
        for result in super().answered(response, origin, hops):
            is_visit = isinstance(result, Visit)
            yield self.mementos.or_another(result, response) if is_visit else result

    def unanswered(self, failure: Failure) -> Iterator[Visit | Request]:
        """Turn a request that got no answer into one for the next memento, or a visit."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error, url = failure.value, self._address_of(request)
        origin: Origin = request.cb_kwargs["origin"]
        if isinstance(error, NotNowError | NoRobotsError):
            yield from self.leave(error, url)
            if other := self.mementos.without(url, origin, request):
                yield other
            else:
                self.frontier.put_off(url)
            return
        result: Visit | Request | None
        if is_refusal(error):
            now = datetime.now(UTC)
            result = Visit(url, origin, now, State.REFUSED, reason=explain(error))
        else:
            result = self.mementos.instead(url, origin, request, error)
        if result is None:
            self.frontier.put_off(url)
        else:
            yield result
        if CHOICE in request.meta:
            self._count_archive(error, request)

    def part_unanswered(self, failure: Failure) -> Iterator[Visit]:
        """Give up an article of which a part cannot be had."""
        error = failure.value
        has_none = isinstance(error, NotArchivedError) and error.is_final
        for visit in super().part_unanswered(failure):
            yield replace(visit, web_archive=self.substitute if has_none else None)

    # Which archives are asked

    def leave(self, error: NotNowError | NoRobotsError, url: str) -> Iterator[Visit]:
        """Ask the host of an archive no more; the crawl goes on at the others."""
        if isinstance(error, BoundReachedError):
            raise CloseSpider(error.outcome)
        has_no_robots = isinstance(error, NoRobotsError)
        outcome = RunOutcome.NO_ROBOTS if has_no_robots else RunOutcome.NOT_NOW
        hosts = [error.host] if error.host else [host_of(one.store) for one in self.archives]
        self._leave_archive(hosts, outcome)
        if has_no_robots and self._has_left_all():
            now, origin = datetime.now(UTC), Origin(Discovery.SEED)
            why = explain_of_archive(error)
            yield Visit(self.site.base_url, origin, now, State.FAILED, reason=why)
        self._end_if_all_are_left()

    def _leave_archive(self, hosts: Iterable[str], outcome: RunOutcome) -> None:
        for host in hosts:
            if host not in self.left:
                logger.warning("%s is left by this crawl: %s", host, outcome)
                self.left[host] = outcome
        self.missed = self.missed or outcome

    def has_left(self, url: str) -> bool:
        """Whether an archive's list, or any address of the portal, is asked for no more."""
        if any(archive.lists(url) for archive in self.archives):
            return host_of(url) in self.left
        return self._has_left_all()

    def _has_left_all(self) -> bool:
        return all(host_of(archive.store) in self.left for archive in self.archives)

    def _end_if_all_are_left(self) -> None:
        if self._has_left_all():
            raise CloseSpider(next(iter(self.left.values())))

    def _heard(self, url: str) -> None:
        """Do nothing: an answer of the portal's is an archive's, whose host `_heard_of` knows."""

    def _heard_of(self, request: Request | None) -> None:
        """Note that the host that was asked answers."""
        if request is not None:
            self.silent.pop(host_of(request.url), None)

    def _count_archive(self, error: BaseException | None, request: Request) -> None:
        """Leave an archive that answers no more; that it has nothing is an answer."""
        host = host_of(request.url)
        if isinstance(error, NotArchivedError):
            self._heard_of(request)
        elif not is_refusal(error):
            self.silent[host] += 1
            if self.silent[host] >= self.settings.getint("MOST_FAILURES_IN_A_ROW"):
                self._leave_archive([host], RunOutcome.NO_ANSWER)
                self._end_if_all_are_left()

    def _address_of(self, request: Request) -> str:
        return str(request.meta.get(ORIGINAL) or request.url)

    def _part_request(self, visit: Visit, taken: int) -> Request:
        request = super()._part_request(visit, taken)
        request.meta[WANTED_AT] = visit.at  # all parts of one time
        return request


class ArchiveScope(SiteScope):
    """The mementos of what the site owns, the archives' lists and their robots.txt."""

    def __init__(self, site: Site, archives: tuple[AnyWebArchive, ...]) -> None:
        super().__init__(site)
        self.archives = archives

    @property
    def reach(self) -> Reach:
        """What the site's description and whoever named the archives name of what is not public."""
        hosts = (url for archive in self.archives for url in (archive.root, archive.store))
        return Reach.of((*hosts, *self.site.places), self.site.networks)

    def stray(self, request: Request) -> str | None:
        """Return the portal's address that a request is for if it is off the site, else None."""
        if self._is_archives_own(request):
            return None
        for archive in self.archives:
            memento = archive.original(request.url)
            url = memento.url if memento else request.meta.get(ORIGINAL)
            if url and archive.gives(request.url, url):
                return super().stray(request.replace(url=url))
        return request.url

    def _is_archives_own(self, request: Request) -> bool:
        if request.meta.get("dont_obey_robotstxt"):
            hosts = (at for archive in self.archives for at in (archive.root, archive.store))
            return any(on_same_host(request.url, host) for host in hosts)
        return any(archive.lists(request.url) for archive in self.archives)


class MementoWalk(RouteWalk):
    """The walk of the archives' own lists, one archive after another; then of the lists for
    programs that they have of the portal. What it listed for people is a page among others there.

    What is listed is written down, so that a crawl that goes on knows it, and a list that says the
    same for ever is asked for once. That an archived list names something, or that one was not
    archived, proves nothing of what the portal had.
    """

    goes_first = True  # it says which mementos there are
    begins_with_news = False
    suffices = True

    def __init__(
        self,
        site: Site,
        frontier: Frontier,
        crawl: Leaving,
        *,
        full: bool,
        mementos: Mementos,
        bounds: Bounds = DEFAULT,
    ) -> None:
        super().__init__(site, frontier, crawl, full=full, bounds=bounds)
        self.mementos = mementos
        self.kept = mementos.kept
        self.archives = (*mementos.archives.values(),)
        self.routes = {Discovery.WAYBACK: _Lists(self.archives)}
        self.asked_lists = 0

    def begin(self) -> Iterator[Request]:
        """Yield the request to begin with: where an earlier crawl ended, else the first list."""
        name = Discovery.WAYBACK
        self.tried.add(name)
        state = self._known().get(name)
        known = {url: self._archive_of(url) for url in (state.pending if state else ())}
        following = self._next_of(url for url, archive in known.items() if archive)
        if state and following and not self.full:
            self._add_to_walk(state, {one.root for one in known.values() if one})
            yield self._request(name, following)
            return
        self.kept.forget_failures()
        if first := self._first_lists():
            yield self._try(name, first)
        else:
            self.goes_first = False
            yield from self._to_archived_lists()

    def _first_lists(self) -> list[str]:
        """Return where to begin: the lists of the start page, of one archive after another."""
        lists = [url for one in self.archives for url in one.start_urls(self.site.base_url)]
        return [url for url in lists if not self._is_known(url)]

    def _is_known(self, url: str) -> bool:
        """Whether a list need not be asked for again."""
        archive, walk = self._archive_of(url), self.kept.walks().get(url)
        if walk is None or archive is None or self.full or walk[1] != RouteStatus.OPEN:
            return False
        # What names lists that are for ever is itself not, and tells of a new one a month.
        is_of_lists = not archive.finds_by_address and not archive.is_for_ever(url)
        is_fresh = datetime.now(UTC) - walk[2] < _CRAWLS_LOOKED_UP_AFTER
        return archive.is_for_ever(url) or (is_of_lists and is_fresh)

    def _add_to_walk(self, state: RouteState, walking: set[str]) -> None:
        """Have the lists of archives walked, too, that were not asked when the walk began."""
        asked = {whose for whose, _, _ in self.kept.walks().values()} | walking
        new = [one for one in self.archives if one.root not in asked]
        lists = [url for one in new for place in self.site.places
                 for url in one.start_urls(place)[:1]]  # fmt: skip
        if lists:
            pending = json.dumps([*dict.fromkeys([*state.pending, *lists])])
            self.frontier.note_route(Discovery.WAYBACK, pending=pending)

    def _archive_of(self, url: str) -> AnyWebArchive | None:
        return next((archive for archive in self.archives if archive.lists(url)), None)

    def _known(self) -> dict[Discovery, RouteState]:
        # What other archives said is no news of these.
        known = super()._known()
        return {name: state for name, state in known.items()
                if state.url and self._archive_of(state.url)}  # fmt: skip

    def _broken(self, name: Discovery, asked: str, why: str) -> Iterator[Request]:
        """Leave a walk that comes no further; it goes on there in the next crawl."""
        self._note_list(asked, RouteStatus.FAILED)
        return self._stuck(name, asked, why)

    def _absent(self, name: Discovery, others: list[str], state: RouteStatus) -> Iterator[Request]:
        yield from super()._absent(name, others, state)
        if not others:
            yield from self._to_archived_lists()

    def _go_on(self, name: Discovery, pending: Iterable[str]) -> Iterator[Request]:
        yield from super()._go_on(name, pending)
        if name not in self.walking:
            yield from self._to_archived_lists()

    async def answered(
        self, response: Response, name: Discovery, others: list[str] | None, asked: str
    ) -> AsyncIterator[Any]:
        """Store what a page of a list names, and go on.

        Where an archive does not tell what it has of a further host, it is asked for the host's
        start page, so that the ledger says what came of that.
        """
        archive = self._archive_of(asked)
        assert archive
        status = response.status
        if archive.is_empty(status, response.body):
            self._note_list(asked, RouteStatus.OPEN)
            results = self._listed(RoutePage(), name, asked, {}, first=others is not None)
        elif others is None and archive.says_later(status, asked):
            self._note_list(asked, RouteStatus.FAILED)
            results = self._stuck(name, asked, Reason.STATUS.of(status=status))
        elif others is None and status in REFUSED:
            self._note_list(asked, RouteStatus.REFUSED)
            wanted = parse_qs(urlsplit(asked).query).get("url", [""])[0]
            logger.warning("%s: HTTP %s; it lists nothing of %s", asked, status, wanted)
            if wanted in self.site.hosts:
                self.frontier.know(wanted)
            results = self._listed(RoutePage(), name, asked, {}, first=False)
        elif others is None and not is_success(status) and (other := archive.alternative(asked)):
            self._replace(asked, other)
            results = iter([self._request(name, other)])
        else:
            if not is_success(status):
                self._note_list(asked, RouteStatus.FAILED)
            async for result in super().answered(response, name, others, asked):
                yield result
            return
        for result in results:
            yield result

    def unanswered(self, failure: Failure) -> Iterator[Any]:
        """Go on to the next list when one cannot be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self._note_list(request.cb_kwargs["asked"], RouteStatus.FAILED)
        yield from super().unanswered(failure)

    def _replace(self, asked: str, other: str) -> None:
        pending = [other if url == asked else url for url in self._pending(Discovery.WAYBACK)]
        self.frontier.note_route(Discovery.WAYBACK, pending=json.dumps(pending))

    def _note_list(self, url: str, state: RouteStatus) -> None:
        if archive := self._archive_of(url):
            self.kept.note_list(archive.root, url, state)

    def _listed(
        self,
        page: RoutePage,
        name: Discovery,
        url: str,
        headers: dict[str, str],
        *,
        first: bool,
        capture: Capture | None = None,
        has_news: bool = False,
    ) -> Iterator[Any]:
        if first:  # what there is of the other hosts, and of the other archives, are further lists
            page = replace(page, more_urls=(*page.more_urls, *self._further(url)))
        more_urls = tuple(more for more in page.more_urls if not self._is_known(more))
        yield from super()._listed(
            replace(page, more_urls=more_urls), name, url, headers,
            first=first, capture=capture, has_news=has_news,
        )  # fmt: skip

    def _further(self, answered: str) -> Iterator[str]:
        """Yield the lists of a walk whose first one answered."""
        for archive in self.archives:
            if archive.lists(answered):
                for place in self.site.hosts:
                    yield from archive.further_lists(place, answered)
                continue
            lists = archive.start_urls(self.site.base_url)
            if not any(urlkey(url) in self.first_asked for url in lists):
                for place in self.site.places:
                    yield from archive.start_urls(place)[:1]

    def _is_of_today(self, url: str) -> bool:
        """One server lists all hosts."""
        return True

    def _is_ours(self, name: Discovery, url: str) -> bool:
        return self._archive_of(url) is not None

    def _stay(self, page: RoutePage, url: str, name: Discovery) -> RoutePage:
        """Return a list, having written down what it lists."""
        if isinstance(page, CapturesPage):
            ours = [one for one in page.captures if self.site.ours(one.url, self.site.base_url)]
            served = [
                replace(one, url=self.site.ours(one.url, self.site.base_url) or one.url)
                for one in ours
            ]
            self.kept.note(served, [one for one in served if is_for_programs(one)])
        self._note_list(url, RouteStatus.OPEN)
        return page

    def _form(self, url: str) -> str:
        return self.site.base_url

    # The lists for programs that the portal had

    def _to_archived_lists(self) -> Iterator[Request]:
        """Yield the request for the next archived list for programs, if one is to be asked for."""
        roots = [root for root in self.mementos.archives
                 if root not in self.mementos.crawl.left_archives]  # fmt: skip
        lists = self.kept.lists_for_programs(roots)
        if not lists:
            return
        if self.asked_lists >= self.bounds.archived_lists:
            told = Notice.ARCHIVED_LISTS.of(
                number=self.asked_lists,
                most=len(lists),
                setting=self.bounds.setting("archived_lists"),
            )
            self.frontier.tell(ProblemKind.BOUND, told)
            return
        self.asked_lists += 1
        yield Request(
            lists[0].url,
            callback=self.archived_list_answered,
            errback=self.archived_list_unanswered,
            cb_kwargs={"listed": lists[0]},
            priority=_LISTS_FIRST,
            meta={WANTED_AT: lists[0].at, "dont_redirect": True},
        )

    async def archived_list_answered(
        self, response: Response, listed: Archived
    ) -> AsyncIterator[Any]:
        """Have what an archived list names asked for, and take what it gives whole."""
        self.keep_within_bounds()
        page, reason = None, None
        if is_success(response.status):
            page = await asyncio.to_thread(self._read_archived, response)
        if page is None:
            reason = Reason.NO_LIST_ARCHIVED.of(status=response.status)
        else:
            ours = await self._ours_in_turns(page.found, self._form(listed.url))
            page = replace(page, found=ours)
            page, _ = await self._listed_before(page, Discovery.WAYBACK, listed.url)
            for found in page.found:
                if found.article:
                    yield whole_article(found, listed.url, response.meta.get("capture"))
            self.frontier.list_route(Discovery.WAYBACK, listed.url, page.found)
        self.kept.note_asked(listed.url, AskedMemento(listed.web_archive, listed.at, reason))
        for request in self._to_archived_lists():
            yield request

    def _read_archived(self, response: Response) -> RoutePage | None:
        """Read an archived answer as what it is: of REST, a sitemap or a feed."""
        headers = headers_of(response)
        for name, route in ROUTES.items():
            if name == Discovery.LISTING:
                continue
            try:
                page = read_within(route, response.body, response.url, headers, self.bounds)
            except Exception:  # what a portal sends must not end the walk unsaid
                logger.exception("%s: it broke its reader; please report it", response.url)
                return None
            if page is not None and page.found:
                return page
        return None

    def archived_list_unanswered(self, failure: Failure) -> Iterator[Any]:
        """Go on to the next archived list where one cannot be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        listed, error = request.cb_kwargs["listed"], failure.value
        if isinstance(error, NotNowError | NoRobotsError):
            yield from self.crawl.leave(error, listed.url)
        else:
            asked = AskedMemento(listed.web_archive, listed.at, explain(error))
            self.kept.note_asked(listed.url, asked)
        yield from self._to_archived_lists()


class _Lists:
    """The lists of several web archives as one route (`crawler.routes.Route`)."""

    def __init__(self, archives: tuple[AnyWebArchive, ...]) -> None:
        self.archives = archives

    def start_urls(self, base_url: str) -> list[str]:
        """Return where they list what they have below *base_url*."""
        return [url for archive in self.archives for url in archive.start_urls(base_url)]

    def read(self, body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
        """Read a list, as the archive does whose it is."""
        archive = next((one for one in self.archives if one.lists(url)), None)
        return archive.read(body, url, headers) if archive else None


def _end_of(site: Site) -> datetime:
    """Return the end of the body's last day, UTC, or the present if it has not come."""
    now = datetime.now(UTC)
    if site.active_to is None:
        return now
    last = date.fromisoformat(site.active_to)
    return min(now, datetime.combine(last, time(23, 59, 59), VIET_NAM).astimezone(UTC))
