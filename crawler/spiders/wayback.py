"""A district as a web archive has it: the archive is asked in the portal's place."""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.bounds import DEFAULT, Bounds
from crawler.exchange import Capture
from crawler.failures import REFUSED, NoRobotsError, NotNowError
from crawler.frontier import Frontier
from crawler.middlewares.backoff import BackOffMiddleware
from crawler.middlewares.wayback import (
    ORIGINAL,
    WANTED_AT,
    ArchiveBackOffMiddleware,
    AskMementoMiddleware,
    AsksWebArchive,
    MementoMiddleware,
    NotArchivedError,
)
from crawler.page import RoutePage
from crawler.scope import SiteScope
from crawler.sites import Site
from crawler.spiders.district import DistrictSpider
from crawler.spiders.mementos import Mementos
from crawler.spiders.taking import Leaving
from crawler.spiders.walk import RouteWalk
from crawler.text.addresses import host_of, is_on_loopback, on_same_host
from crawler.text.dates import VIET_NAM
from crawler.visit import Origin, RouteState, Visit
from crawler.vocabulary import Discovery
from crawler.web_archives.wayback import WebArchive

logger = logging.getLogger(__name__)

_LEAST_DELAY = 1.0  # seconds between two requests, whatever the portal bore
_MIDDLEWARES = {
    AskMementoMiddleware: 40,
    MementoMiddleware: 545,
    BackOffMiddleware: None,
    ArchiveBackOffMiddleware: 550,
}


class WaybackSpider(DistrictSpider, AsksWebArchive):
    """Crawls a portal that is gone along its archived links.

    Argument beside those of `DistrictSpider`: *wayback*, the web archive's address.
    """

    most_hops = 0  # all forms of an address are one there: the same would be given again
    asks_what_is_absent = False  # it has no answer to what nobody asked
    shutting_flags = ()  # it gives what hosts once showed; it lets us in itself

    def __init__(self, wayback: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.rescue:
            raise ValueError("-a rescue asks the portal's own REST: leave it out, or -a wayback")
        self.web_archive = WebArchive.at(wayback, _end_of(self.site))
        self.substitute = self.web_archive.root
        self.scope = ArchiveScope(self.site, self.web_archive)
        self.mementos = Mementos(self.web_archive, self._request, self)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Have every request pass through the archive."""
        super().update_settings(settings)
        for middleware, order in _MIDDLEWARES.items():
            settings.set_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", middleware, order)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Create the spider; what the site's description says of its host holds for no other."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        if not is_on_loopback(spider.web_archive.root):
            delay = max(settings.getfloat("DOWNLOAD_DELAY"), _LEAST_DELAY)
            settings.set("DOWNLOAD_DELAY", delay, priority="spider")
        settings.set("DOWNLOAD_VERIFY_CERTIFICATES", True, priority="spider")
        return spider

    def wanted_at(self, url: str) -> datetime:
        """Return the time for which to ask for an address."""
        return self.mementos.at(url)

    def _new_walk(self) -> RouteWalk:
        return MementoWalk(
            self.site, self.frontier, self, full=self.full,
            mementos=self.mementos, bounds=self.bounds,
        )  # fmt: skip

    def _expect_news(self) -> None:
        """There are none."""

    def _know_hosts(self) -> None:
        """The archive's lists say what it has of them; without one, all start pages are asked."""

    def _further_starts(self) -> tuple[str, ...]:
        return self.site.hosts

    def answered(self, response: Response, origin: Origin, hops: int) -> Iterator[Any]:
        """Turn a memento into a visit, or look for another one that says more."""
        for result in super().answered(response, origin, hops):
            is_visit = isinstance(result, Visit)
            yield self.mementos.or_another(result, response) if is_visit else result

    def unanswered(self, failure: Failure) -> Iterator[Visit | Request]:
        """Turn a request that got no answer into a visit, or one to the next memento."""
        request: Request = failure.request  # type: ignore[attr-defined]
        other = self.mementos.instead(request)
        if other and not isinstance(failure.value, NotNowError | NoRobotsError):
            yield other
            return
        for result in super().unanswered(failure):
            yield self._attributed(result, failure) if isinstance(result, Visit) else result

    def part_unanswered(self, failure: Failure) -> Iterator[Visit]:
        """Give up an article of which a part cannot be had."""
        for visit in super().part_unanswered(failure):
            yield self._attributed(visit, failure)

    def _attributed(self, visit: Visit, failure: Failure) -> Visit:
        """Return a visit that got no answer; the archive is noted if it said that it has none."""
        error = failure.value
        has_none = isinstance(error, NotArchivedError) and error.is_final
        return replace(visit, web_archive=self.web_archive.root if has_none else None)

    def _count(self, error: BaseException | None, url: str) -> None:
        if isinstance(error, NotArchivedError):
            self._heard(url)  # that is an answer
        else:
            super()._count(error, url)

    def _host_asked(self, url: str) -> str:
        return host_of(self.web_archive.root)

    def _visit(self, *args: Any, **more: Any) -> Visit:
        return super()._visit(*args, web_archive=self.web_archive.root, **more)

    def _address_of(self, request: Request) -> str:
        return str(request.meta.get(ORIGINAL) or request.url)

    def _part_request(self, visit: Visit, taken: int) -> Request:
        request = super()._part_request(visit, taken)
        request.meta[WANTED_AT] = visit.at  # all parts of one time
        return request


class ArchiveScope(SiteScope):
    """The mementos of what the site owns, the archive's lists and its robots.txt."""

    def __init__(self, site: Site, archive: WebArchive) -> None:
        super().__init__(site)
        self.archive = archive

    def stray(self, request: Request) -> str | None:
        """Return the portal's address that a request is for if it is off the site, else None."""
        if self._is_archives_own(request):
            return None
        memento = self.archive.original(request.url)
        return super().stray(request.replace(url=memento.url)) if memento else request.url

    def _is_archives_own(self, request: Request) -> bool:
        if request.meta.get("dont_obey_robotstxt"):
            return on_same_host(request.url, self.archive.root)
        return self.archive.lists(request.url)


class MementoWalk(RouteWalk):
    """The walk of the archive's own list; what a portal listed is a page among others there."""

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
        self.routes = {Discovery.WAYBACK: mementos.archive}

    def _known(self) -> dict[Discovery, RouteState]:
        lists = self.mementos.archive.lists  # what another archive said is no news of this one
        known = super()._known()
        return {name: state for name, state in known.items() if state.url and lists(state.url)}

    def _broken(self, name: Discovery, asked: str, why: str) -> Iterator[Request]:
        """Leave a walk that comes no further; it goes on there in the next crawl."""
        return self._stuck(name, asked, why)

    async def answered(
        self, response: Response, name: Discovery, others: list[str] | None, asked: str
    ) -> AsyncIterator[Any]:
        """Store what a page of the list names, and go on.

        Where the archive does not tell what it has of a further host, it is asked for the host's
        start page, so that the ledger says what came of that.
        """
        if others is None and response.status in REFUSED:
            wanted = parse_qs(urlsplit(asked).query).get("url", [""])[0]
            logger.warning("%s: HTTP %s; it lists nothing of %s", asked, response.status, wanted)
            if wanted in self.site.hosts:
                self.frontier.know(wanted)
            for result in self._listed(RoutePage(), name, asked, {}, first=False):
                yield result
            return
        async for result in super().answered(response, name, others, asked):
            yield result

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
        if first:  # what there is of the other hosts is a list of its own each
            lists = (self._list_like(url, place) for place in self.site.hosts)
            page = replace(page, more_urls=(*page.more_urls, *lists))
        yield from super()._listed(
            page, name, url, headers, first=first, capture=capture, has_news=has_news
        )

    def _is_of_today(self, url: str) -> bool:
        """One server lists all hosts."""
        return True

    def _list_like(self, url: str, place: str) -> str:
        """Return where the server that answered at *url* lists what there is of a place."""
        lists = self.mementos.archive.start_urls(place)
        server = url.partition("?")[0]
        return next((other for other in lists if other.partition("?")[0] == server), lists[0])

    def _stay(self, page: RoutePage, url: str, name: Discovery) -> RoutePage:
        """Return a list without what lies off the site; it goes on where it says itself."""
        page = replace(page, found=self._ours(page.found, self.site.base_url))
        for found in page.found:
            self.mementos.note(found)
        return page


def _end_of(site: Site) -> datetime:
    """Return the end of the body's last day, UTC, or the present if it has not come."""
    now = datetime.now(UTC)
    if site.active_to is None:
        return now
    last = date.fromisoformat(site.active_to)
    return min(now, datetime.combine(last, time(23, 59, 59), VIET_NAM).astimezone(UTC))
