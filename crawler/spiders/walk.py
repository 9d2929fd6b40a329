"""Walking a portal's second routes, beside its chain."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.exchange import Capture
from crawler.failures import REFUSED, NoRobotsError, NotNowError, explain
from crawler.frontier import Frontier
from crawler.page import Found, Page, RoutePage
from crawler.routes import ROUTES, Route, rest
from crawler.sites import Site
from crawler.visit import Origin, RouteState, Visit
from crawler.vocabulary import Discovery, PageKind, ReadFrom, RouteStatus, RunOutcome, State

logger = logging.getLogger(__name__)

_LATER = (408, 425, 429)
_PAST_THE_END = (400, 404, 410)
_PRIORITY = 10  # a page of a route reveals a hundred addresses, an article two

ShutOut = Callable[[NoRobotsError], Iterator[Visit]]
"""What the spider does where robots.txt cannot be had."""


class RouteWalk:
    """The walks of one crawl: which route to try, where to go on, when to stop.

    Routes are tried in the order of `ROUTES`, which is that of how little they ask. One that lists
    all there is suffices, until the archive says that there must be more.
    """

    routes: Mapping[Discovery, Route] = ROUTES
    goes_first = False
    """Whether nothing else is to be asked for yet."""

    def __init__(self, site: Site, frontier: Frontier, shut_out: ShutOut, *, full: bool) -> None:
        self.site = site
        self.frontier = frontier
        self.shut_out = shut_out
        self.full = full
        self.tried: set[Discovery] = set()
        self.lost = False
        """Whether a route that was to say what is new gave no answer to that."""

    def begin(self) -> Iterator[Request]:
        """Yield the request to begin with, if a route is known or still to be tried."""
        known = self._known()
        name = next((name for name in self.routes if name in known and _worked(known[name])), None)
        rest_known = known.get(Discovery.REST)
        if name is None or (self.full and rest_known and rest_known.state != RouteStatus.OPEN):
            yield from self.try_next()
        else:
            self.tried.add(name)
            yield self._resume(name, known[name])

    @property
    def suffices(self) -> bool:
        """Whether a route that is known to work says what is new, without the start pages."""
        return not self.full and any(
            state.state == RouteStatus.OPEN for state in self._known().values()
        )

    def _known(self) -> dict[Discovery, RouteState]:
        """Return what is known of the routes of this crawl, by name."""
        known = self.frontier.routes()
        return {name: known[name] for name in self.routes if name in known}

    def try_next(self) -> Iterator[Request]:
        """Yield the first request of the next route that has not been tried, if there is one."""
        known = {} if self.full else self._known()
        for name, route in self.routes.items():
            state = known.get(name)
            told_off = state and state.state in (RouteStatus.ABSENT, RouteStatus.REFUSED)
            if name in self.tried or told_off:
                continue
            self.tried.add(name)
            if state and state.state == RouteStatus.OPEN:
                yield self._resume(name, state)
            else:
                yield self._try(name, route.start_urls(self.site.base_url))
            return

    def _try(self, name: Discovery, urls: list[str]) -> Request:
        return self._request(name, urls[0], others=urls[1:])

    def _resume(self, name: Discovery, state: RouteState) -> Request:
        if state.pending:
            return self._request(name, state.pending[0])
        url = state.url or self.routes[name].start_urls(self.site.base_url)[0]
        request = self._request(name, url, others=[])
        if not self.full:
            if state.etag:
                request.headers["If-None-Match"] = state.etag
            if state.last_modified:
                request.headers["If-Modified-Since"] = state.last_modified
        return request

    def _request(self, name: Discovery, url: str, others: list[str] | None = None) -> Request:
        """Return a request for a page of a route; *others* is not None for the first of a walk."""
        return Request(
            url,
            callback=self.answered,
            errback=self.unanswered,
            cb_kwargs={"name": name, "others": others, "asked": url},
            priority=_PRIORITY,
        )

    def answered(
        self, response: Response, name: Discovery, others: list[str] | None, asked: str
    ) -> Iterator[Any]:
        """Store what a page of a route lists, and go on."""
        status = response.status
        headers = _headers(response)
        page = self._read(response, name, headers) if status == 200 else None
        if status == 304:
            self.frontier.note_route(name, state=RouteStatus.OPEN)
            self.goes_first = False
        elif page is not None:
            first = others is not None
            url = response.url if first else asked  # a walk begins where a redirect leads
            capture = response.meta.get("capture")
            yield from self._listed(page, name, url, headers, first=first, capture=capture)
        elif others is not None:
            yield from self._absent(name, others, _state_of(status))
        elif status == 200 or status in _PAST_THE_END:
            yield from self._listed(RoutePage(), name, asked, headers, first=False)
        else:
            logger.warning("%s: HTTP %s; the route goes on in the next crawl", asked, status)
            self.goes_first = False

    def _read(
        self, response: Response, name: Discovery, headers: dict[str, str]
    ) -> RoutePage | None:
        try:
            return self.routes[name].read(response.body, response.url, headers)
        except Exception:  # what a portal sends must not end the walk unsaid
            logger.exception("%s: the answer broke its reader; please report it", response.url)
            return None

    def _listed(
        self,
        page: RoutePage,
        name: Discovery,
        url: str,
        headers: dict[str, str],
        *,
        first: bool,
        capture: Capture | None = None,
    ) -> Iterator[Any]:
        page = self._stay(page, url)
        if first:
            is_another = name not in self._known()
            self.frontier.begin_route(name, url)
            if is_another:  # of which nothing was walked
                self.frontier.note_route(name, walked_at=None)
        for found in page.found:
            if found.article:
                yield _visit(found, url, capture)
        state = self.frontier.store_route(name, url, page)
        if first:
            validators = {
                "etag": headers.get("etag"),
                "last_modified": headers.get("last-modified"),
            }
            self.frontier.note_route(name, **validators)
        if state.pending:
            yield self._request(name, state.pending[0])
        else:
            self._ended(name)

    def _ended(self, name: Discovery) -> None:
        self.goes_first = False

    def _absent(self, name: Discovery, others: list[str], state: RouteStatus) -> Iterator[Request]:
        if others:
            yield self._try(name, others)
            return
        known = self._known().get(name)
        if known and known.walked:  # it was there: it may be again
            state = RouteStatus.FAILED
        self.lost = True
        self.frontier.note_route(name, state=state, pending="[]")
        self.goes_first = False
        yield from self.try_next()

    def unanswered(self, failure: Failure) -> Iterator[Any]:
        """Go on to the next address or route when one cannot be had."""
        self.goes_first = False
        error = failure.value
        if isinstance(error, NotNowError):
            raise CloseSpider(RunOutcome.NOT_NOW)
        if isinstance(error, NoRobotsError):
            yield from self.shut_out(error)
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        name, others = request.cb_kwargs["name"], request.cb_kwargs["others"]
        logger.info("%s: %s", request.url, explain(error))
        if others is not None:  # robots.txt may allow it one day, and asking that costs nothing
            yield from self._absent(name, others, RouteStatus.FAILED)

    def _stay(self, page: RoutePage, url: str) -> RoutePage:
        """Return a list without what lies off the site, in the form in which the host serves."""
        ours = self.site.ours
        return replace(
            page,
            found=self._ours(page.found, url),
            more_urls=tuple(served for other in page.more_urls if (served := ours(other, url))),
            next_url=ours(page.next_url, url),
        )

    def _ours(self, found: Iterable[Found], by: str) -> tuple[Found, ...]:
        """Return what of a list is the site's, in the form of the address *by*."""
        ours = ((one, self.site.ours(one.url, by)) for one in found)
        return tuple(replace(one, url=served) for one, served in ours if served)


class RescueWalk(RouteWalk):
    """Takes the whole articles that REST gives, before anything else is asked for."""

    goes_first = True

    def begin(self) -> Iterator[Request]:
        """Yield the request for the newest articles."""
        self.tried.add(Discovery.REST)
        yield self._try(Discovery.REST, rest.rescue_urls(self.site.base_url))

    def _ended(self, name: Discovery) -> None:
        if name == Discovery.REST:  # later walks need no whole articles
            self.frontier.note_route(name, url=rest.start_urls(self.site.base_url)[0])
        super()._ended(name)


def _worked(state: RouteState) -> bool:
    """Whether a route answered when it was last asked, or did so until it failed."""
    return state.state == RouteStatus.OPEN or (state.state == RouteStatus.FAILED and state.walked)


def _state_of(status: int) -> RouteStatus:
    """Return the state of a route whose first page was answered so, and not with a list."""
    if status in REFUSED:
        return RouteStatus.REFUSED
    return RouteStatus.FAILED if status >= 500 or status in _LATER else RouteStatus.ABSENT


def _headers(response: Response) -> dict[str, str]:
    pairs = response.headers.to_unicode_dict()
    return {str(name).lower(): str(value) for name, value in pairs.items()}


def _visit(found: Found, url: str, capture: Capture | None) -> Visit:
    """Return the visit that an article given whole by a route amounts to."""
    page = Page(PageKind.ARTICLE, found.article)
    at = capture.fetched_at if capture else datetime.now(UTC)
    return Visit(
        found.url, Origin(Discovery.REST, url), at, State.HELD,
        page=page, read_from=ReadFrom.REST, capture=capture,
    )  # fmt: skip
