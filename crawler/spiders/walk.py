"""Walking a portal's second routes, beside its chain."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.appraisal import judge
from crawler.bounds import DEFAULT, Bounds
from crawler.exchange import Capture
from crawler.failures import (
    REFUSED,
    NoRobotsError,
    NotNowError,
    explain,
    is_refusal,
    is_success,
)
from crawler.frontier import Frontier
from crawler.learner import is_by_general_reader
from crawler.page import Found, Page, RoutePage
from crawler.readers import read_links
from crawler.routes import ROUTES, Route, read_within, rest
from crawler.scope import WHOLE_HOST
from crawler.sites import Site
from crawler.spiders.list_walk import ListWalk
from crawler.spiders.taking import Leaving
from crawler.text.addresses import as_served, on_same_host, urlkey
from crawler.visit import Origin, RouteState, Visit
from crawler.vocabulary import (
    Discovery,
    ListState,
    PageKind,
    ProblemKind,
    ReadFrom,
    Reason,
    RouteStatus,
    State,
)
from crawler.vocabulary.sentences import ListDamage, Notice

logger = logging.getLogger(__name__)

_LATER = (408, 425, 429)
_GONE = (404, 410)
_PAST_THE_END = (400, *_GONE)
_TRIED_AGAIN_AFTER = timedelta(days=30)
"""How long a route is left alone that was absent or refused: a portal may open one."""
_WALKED_AGAIN_AFTER = timedelta(days=30)
"""How long the depth of lists is left alone that show nothing new at their beginning."""
_UNIONS = (Discovery.SITEMAP, Discovery.FEED)
"""The routes of which a portal may name several at once, all of which are to be walked."""
_LONG = 1 << 16
"""Bytes of an answer that is read in another thread, so that others are dealt with meanwhile."""
_MOST_ANNOUNCED = 100
_AT_ONCE = 500
"""How many articles of a list are stored at once: a long one would hold up all else."""
_PRIORITY = 10  # a page of a route reveals a hundred addresses, an article two


class RouteWalk:
    """The walks of one crawl: which route to try, where to go on, when to stop.

    Routes are tried in the order of `ROUTES`, which is that of how little they ask. One that lists
    all there is suffices, until the archive says that there must be more.
    """

    routes: Mapping[Discovery, Route] = ROUTES
    goes_first = False
    """Whether nothing else is to be asked for yet."""
    begins_with_news = True
    """Whether what is new stands on the first page of a route."""

    def __init__(
        self,
        site: Site,
        frontier: Frontier,
        crawl: Leaving,
        *,
        full: bool,
        bounds: Bounds = DEFAULT,
    ) -> None:
        self.site = site
        self.frontier = frontier
        self.crawl = crawl
        self.full = full
        self.bounds = bounds
        self.is_own: Callable[[Request], bool] = lambda request: True
        """Whether robots.txt of a request's host is the site's own."""
        self.read_list: Callable[[Response], RoutePage | None] | None = None
        """Reads a page of a list as the site's pages are read; without it, as any page is."""
        self.read_page: Callable[[Response], Page | None] = lambda response: None
        """Reads an answer that is no list, as the site's pages are read."""
        self.take_article: Callable[[Response, Origin], Iterable[Any]] = lambda response, origin: ()
        """Takes such an answer as one to its address, which became known so."""
        self.holds_lists: Callable[[], bool] = lambda: False
        """Whether lists are not to be walked yet, since it is to be learnt how they are read."""
        self.is_held = False
        """Whether lists were to be walked, and are not yet."""
        self.held: set[Discovery] = set()
        """The routes whose walk waits meanwhile: their pages may have no end, and learning goes on
        when nothing is under way. Lists for people are learnt from, too."""
        self.keep_within_bounds: Callable[[], None] = lambda: None
        """Ends the crawl where a bound of it is reached."""
        self.tried: set[Discovery] = set()
        self.gone_on: set[Discovery] = set()
        """The routes whose walk goes on from an earlier crawl: news may stand on the first page."""
        self.stuck: set[str] = set()
        """The keys of the pages of lists at which this crawl comes no further."""
        self.walking: set[Discovery] = set()
        """The routes of which a page is being asked for."""
        self.lists: dict[str, ListWalk] = {}
        """The lists of which a page is to be asked for, by its key."""
        self.resumed: set[str] = set()
        """The keys of the pages of lists to which an earlier crawl has come."""
        self.named: set[str] = set()
        """The keys of the lists that were named in this crawl, each of which is walked once: start
        pages may name each other."""
        self.further: set[str] = set()
        """The keys of the pages that the pager of another one named."""
        self.guessed: set[str] = set()
        """The keys of those of them that are only believed to be there."""
        self.failed: set[Discovery] = set()
        """The routes that were looked for in this crawl where an answer could not be read, or had.
        """
        self.lost = False
        """Whether a route that was to say what is new gave no answer to that."""
        self.announced: dict[Discovery, dict[str, str]] = {}
        """Where the portal itself says that it has a route, by urlkey."""
        self.fed: dict[str, set[str]] = {}
        """What the pages of a feed have named until now, by the key of its page to be asked for."""
        self.first_asked: set[str] = set()
        """The keys of the addresses at which a route was looked for in this crawl."""

    def announce(self, name: Discovery, urls: Iterable[str]) -> None:
        """Take note of addresses at which the portal says that it has a route.

        A route tells what is new, and what the portal has in all: those of a host that it has left
        would say so of that host only.
        """
        known = self.announced.setdefault(name, {})
        for named in urls:
            for url in rest.urls_below(named) if name == Discovery.REST else [named]:
                is_taken = self._is_of_today(url) and self._is_ours(name, url)
                if len(known) < _MOST_ANNOUNCED and is_taken:
                    known.setdefault(urlkey(url), as_served(url, self.site.base_url))

    def _is_ours(self, name: Discovery, url: str) -> bool:
        """Whether a list may be asked for: sitemaps may lie above the site, on its hosts."""
        if name == Discovery.SITEMAP:
            return self.site.has_host_of(url)
        return self.site.owns(url)

    def begin(self) -> Iterator[Request]:
        """Yield the request to begin with, if a route is known or still to be tried."""
        known = self._known()
        name = self._resumable()
        rest_known = known.get(Discovery.REST)
        if name is None or (self.full and rest_known and rest_known.state != RouteStatus.OPEN):
            yield from self.try_next()
        else:
            self.tried.add(name)
            yield self._resume(name, known[name])
        listing = known.get(Discovery.LISTING)
        self.resumed = set(map(urlkey, listing.pending if listing else ()))
        if listing and listing.pending and Discovery.LISTING not in self.walking:
            yield from self._go_on(Discovery.LISTING, listing.pending)

    def enlist(self, page: RoutePage, url: str, *, to_end: bool) -> Iterator[Request]:
        """Have a list walked that was asked for at *url* beside the routes, and reads as *page*.

        One that was not asked for before is walked *to_end*, others as far as there is news.
        """
        name = Discovery.LISTING
        if name not in self.routes:
            return
        found = self._ours(page.found, self._form(url))
        page = self._within(replace(self._stay(page, url, name), found=found), url)
        has_news = self.frontier.list_route(name, url, page.found)
        goes_on = self.frontier.meet_list(url, page, to_end=has_news or to_end)
        if not (page.next_url or page.more_urls) or not goes_on:
            return
        self._follow(page)
        known = self._known().get(name)
        following = [*page.more_urls, *([page.next_url] if page.next_url else [])]
        pending = dict.fromkeys([*(known.pending if known else ()), *following])
        columns: dict[str, Any] = {"pending": json.dumps(list(pending))}
        if to_end:
            columns["walked_at"] = None  # what is pending is walked to its end
        self.frontier.note_route(name, **columns)
        if name not in self.walking:
            yield from self._go_on(name, pending)

    def _within(self, page: RoutePage, url: str) -> RoutePage:
        """Return a page of a list with where the list goes on, if it does (`ListWalk`): not behind
        more pages than are believed. A first page that only scripts lead on from is cut short.
        """
        is_from_first = urlkey(url) not in self.resumed
        known = self.lists.pop(urlkey(url), None) or ListWalk(url, is_from_first=is_from_first)
        is_first = known.pages == 0 and urlkey(url) not in self.further
        if is_first and page.next_url is None and page.is_scripted:
            return replace(page, is_cut=True, damage=Reason.SCRIPTED)
        was_cut = page.is_cut
        page = known.take(page, url)
        if page.is_cut and page.damage and not was_cut and not known.is_doubted(page):
            self._tell_missing(page, page.damage, url)
        if page.next_url is None:
            return page
        if known.pages >= self.bounds.list_pages:
            told = ListDamage.TO_PAGE.of(url=known.url, number=f"{known.pages:,}")
            self.frontier.tell(ProblemKind.BOUND, told, url)
            return replace(page, next_url=None, is_cut=True, damage=told)
        self.lists[urlkey(page.next_url)] = known
        return page

    def _tell_missing(self, page: RoutePage, why: str, url: str) -> None:
        """Tell that a page of a list for people is missing, and whether it was walked further."""
        notice = Notice.LEFT_OUT if page.next_url else Notice.NO_FURTHER
        self.frontier.tell(ProblemKind.ROUTE, notice.of(why=why), url)

    def _resumable(self) -> Discovery | None:
        """Return the best route that is known to work, None if a better one is not tried yet."""
        known = self._known()
        for name in self.routes:
            if name not in known or _is_to_be_tried_again(known[name]):
                return None
            if _worked(known[name]):
                return name
        return None

    @property
    def suffices(self) -> bool:
        """Whether a route that is known to work says what is new, without the start pages. One that
        was to list all, and did not name what the portal shows, does not.
        """
        known, name = self._known(), self._resumable()
        if self.full or name is None:
            return False
        if name.lists_all and known[name].is_doubted:
            return False
        return any(state.state == RouteStatus.OPEN for state in known.values())

    def _known(self) -> dict[Discovery, RouteState]:
        """Return what is known of the routes of this crawl, by name."""
        known = self.frontier.routes()
        return {name: known[name] for name in self.routes if name in known}

    def try_next(self) -> Iterator[Request]:
        """Yield the first request of the next route that has not been tried, if there is one.

        One that was tried in vain is tried again where the portal says since that it has it.
        """
        known = {} if self.full else self._known()
        for name in self.routes:
            state = known.get(name)
            told_off = state and _is_told_off(state) and not _is_to_be_tried_again(state)
            news = [url for key, url in self.announced.get(name, {}).items()
                    if key not in self.first_asked]  # fmt: skip
            is_open = state is not None and state.state == RouteStatus.OPEN
            if (name in self.tried or told_off) and (is_open or not news):
                continue
            if name == Discovery.LISTING and self.holds_lists():
                self.is_held = True
                return
            if name in self.tried or told_off:
                yield self._try(name, news)
            else:
                self.tried.add(name)
                if state and _worked(state):
                    yield self._resume(name, state)
                else:
                    yield self._try(name, self._addresses(name))
            return

    def walk_lists_anew(self) -> Iterator[Request]:
        """Walk the lists that people read to their ends, since they are read otherwise than when
        they were walked, or waited for it.
        """
        name = Discovery.LISTING
        is_known = name in self._known()
        if name in self.routes and (is_known or name in self.tried or self.is_held):
            if is_known:
                columns = dict.fromkeys(("url", "walked_at", "etag", "last_modified", "proves"))
                self.frontier.note_route(name, pending="[]", **columns)
            self.tried.discard(name)
            self.named.clear()
            yield from self.try_next()
        self.is_held = False

    def _addresses(self, name: Discovery) -> list[str]:
        """Return where to look for a route: where the portal says, then where it usually is."""
        named = self.announced.get(name, {})
        usual = self.routes[name].start_urls(self.site.base_url)
        return [*named.values(), *(url for url in usual if urlkey(url) not in named)]

    def _try(self, name: Discovery, urls: list[str]) -> Request:
        self.first_asked.add(urlkey(urls[0]))
        return self._request(name, urls[0], others=urls[1:])

    def _resume(self, name: Discovery, state: RouteState) -> Request:
        following = self._next_of(state.pending)
        if following and state.url and self._is_of_today(following):
            self.gone_on.add(name)
            return self._request(name, following)
        if state.url is None:  # there are lists that were enlisted, and the route itself is unknown
            return self._try(name, self._addresses(name))
        url = state.url
        self.first_asked.add(urlkey(url))
        request = self._request(name, url, others=[])
        is_stale = name == Discovery.LISTING and state.is_to_be_looked_at(datetime.now(UTC))
        if not self.full and not is_stale:
            if state.etag:
                request.headers["If-None-Match"] = state.etag
            if state.last_modified:
                request.headers["If-Modified-Since"] = state.last_modified
        return request

    def _request(self, name: Discovery, url: str, others: list[str] | None = None) -> Request:
        """Return a request for a page of a route; *others* is not None for the first of a walk."""
        self.walking.add(name)
        return Request(
            url,
            callback=self.answered,
            errback=self.unanswered,
            cb_kwargs={"name": name, "others": others, "asked": url},
            priority=_PRIORITY,
            meta={WHOLE_HOST: True} if name == Discovery.SITEMAP else {},
        )

    async def answered(
        self, response: Response, name: Discovery, others: list[str] | None, asked: str
    ) -> AsyncIterator[Any]:
        """Store what a page of a route lists, and go on."""
        self.keep_within_bounds()
        status = response.status
        headers = headers_of(response)
        page = await self._read(response, name, headers) if is_success(status) else None
        if page is not None and page.damage:
            self._tell(page, response.url)
        if page is not None and page.damage and not (page.found or page.more_urls):
            if others is not None:
                results = self._absent(name, others, RouteStatus.FAILED)
            else:
                results = self._passed_over(page, name, asked, headers)
        elif status == 304:
            self.frontier.note_route(name, state=RouteStatus.OPEN)
            results = self._go_on(name, self._pending(name))
        elif page is not None:
            first = others is not None
            url = response.url if first else asked  # a walk begins where a redirect leads
            if first:
                page = self._with_others(page, name, asked)
            capture = response.meta.get("capture")
            found = await self._ours_in_turns(page.found, self._form(url))
            page = replace(self._stay(page, url, name), found=found)
            page = replace(page, is_further=urlkey(asked) in self.further)
            if name == Discovery.LISTING:
                page = self._within(page, asked if urlkey(asked) in self.lists else url)
            if name == Discovery.FEED:
                page = self._unless_repeated(page, asked)
            self._follow(page)
            page, has_news = await self._listed_before(page, name, url)
            results = self._listed(
                page, name, url, headers, first=first, capture=capture, has_news=has_news
            )
        elif others is not None:
            results = self._absent(name, others, _state_of(status))
        elif name == Discovery.SITEMAP and status in _PAST_THE_END:
            told = ListDamage.NO_PART.of(status=status)
            self._tell(RoutePage(damage=told), asked)
            results = self._listed(RoutePage(is_cut=True), name, asked, headers, first=False)
        elif name == Discovery.LISTING:
            results = self._no_list(response, asked, headers)
        elif status in _PAST_THE_END:
            is_cut = urlkey(asked) not in self.further
            results = self._listed(RoutePage(is_cut=is_cut), name, asked, headers, first=False)
        else:
            status_told = Reason.STATUS.of(status=status)
            told = ListDamage.NO_MORE if is_success(status) else status_told
            results = self._broken(name, asked, told)
        for result in results:
            yield result

    def _unless_repeated(self, page: RoutePage, asked: str) -> RoutePage:
        """Return a page of a feed, or as no page one behind the first that names only what those
        before it did: many a portal shows one and the same feed whatever page of it is asked for.
        """
        before = self.fed.pop(urlkey(asked), None)
        named = {urlkey(found.url) for found in page.found}
        if before is not None and named <= before:
            return replace(page, found=(), next_url=None)
        if page.next_url:
            self.fed[urlkey(page.next_url)] = named | (before or set())
        return page

    def _follow(self, page: RoutePage) -> None:
        """Take note of the page that another one of a list leads to."""
        if page.next_url:
            self.further.add(urlkey(page.next_url))
            if page.is_guessed:
                self.guessed.add(urlkey(page.next_url))

    def _no_list(self, response: Response, asked: str, headers: dict[str, str]) -> Iterator[Any]:
        """Go on where no page of a list for people is, though one was named there.

        What the portal names as a list, and has no more or is something else, is accounted for. A
        further page of a list, which its pager named, is not: what stands on it is not known. But
        what a page links to that the others of the list do not, stands on it: the last one often
        names an article or two, and reads as no list. What was withheld is known of neither.
        """
        status, known = response.status, self.lists.get(urlkey(asked))
        is_further, is_guessed = (urlkey(asked) in keys for keys in (self.further, self.guessed))
        page = self.read_page(response) if is_success(status) else None
        why = _withheld(page, response) if is_success(status) else Reason.STATUS.of(status=status)
        if not is_further and why == Reason.LOGIN:
            why = None  # menus lead to one, and it stands in place of nothing
        found: tuple[Found, ...] = ()
        if is_further and known and not is_guessed and (why is None or (page and page.breaks_off)):
            found = self._new_links(known, response, asked)
        if (is_guessed and status in _PAST_THE_END) or (why is None and is_further and known):
            yield from self._behind(RoutePage(found), asked, headers)
        elif is_further or (why and status not in _GONE):
            yield from self._cut(asked, why or Reason.NO_LIST, headers, found)
        else:
            yield from self._settled(page, response, asked, headers)

    def _new_links(self, known: ListWalk, response: Response, asked: str) -> tuple[Found, ...]:
        """Return what a page links to of the site that those before it of its list do not."""
        links = {urlkey(url): url for url in read_links(response.body, response.url)}
        new = [Found(url) for key, url in links.items() if key not in known.links]
        return self._ours(new, asked)

    def _behind(
        self, page: RoutePage, asked: str, headers: dict[str, str], why: str | None = None
    ) -> Iterator[Any]:
        """Go on behind a page of a list for people that reads as none, which shows of no pager that
        it works; it is told *why*, if it is missing.
        """
        is_end = urlkey(asked) in self.further and not page.found
        page = self._within(replace(page, is_further=is_end), asked)
        self._follow(page)
        if why:
            self._tell_missing(page, why, asked)
        yield from self._listed(page, Discovery.LISTING, asked, headers, first=False)

    def _settled(
        self, page: Page | None, response: Response, asked: str, headers: dict[str, str]
    ) -> Iterator[Any]:
        """Note that what was named as a list is none, and go on; an article is taken as one."""
        name, status = Discovery.LISTING, response.status
        is_article = page is not None and page.kind == PageKind.ARTICLE
        reason = None if is_success(status) else Reason.STATUS.of(status=status)
        state = ListState.GONE if reason else ListState.OTHER
        if page is not None and is_article:
            state = ListState.ARTICLE
            # The general reader takes many a list for an article until it is learnt how they look.
            is_sure = not is_by_general_reader(page) and urlkey(response.url) == urlkey(asked)
            if is_sure:
                self.frontier.list_route(name, asked, (Found(asked),))
            if is_sure and (origin := self.frontier.take(asked)):
                yield from self.take_article(response, origin)
        yield from self._listed(RoutePage(), name, asked, headers, first=False)
        self.frontier.settle_list(asked, state, status=status, reason=reason)

    def _cut(
        self, asked: str, why: str, headers: dict[str, str], found: tuple[Found, ...] = ()
    ) -> Iterator[Any]:
        """Leave a page of a list for people that cannot be had, and go on behind it or, where no
        pager named anything there, with the other lists.
        """
        page = RoutePage(found, is_cut=True, damage=self._why_cut(asked, why))
        yield from self._behind(page, asked, headers, why)

    def _why_cut(self, asked: str, why: str) -> str:
        """Return why a list for people was left at the page *asked*, as the ledger keeps it."""
        return Reason.LIST_PAGE.of(url=asked, why=why) if urlkey(asked) in self.further else why

    def _tell(self, page: RoutePage, url: str) -> None:
        """Note what is wrong with a list."""
        kind = ProblemKind.ROUTE if page.is_cut else ProblemKind.DAMAGED
        told = page.damage or ""
        if not (page.found or page.more_urls):
            told = Notice.NOTHING_READ.of(what=told)
        logger.warning("%s: %s", url, told)
        self.frontier.tell(kind, told, url)

    def _with_others(self, page: RoutePage, name: Discovery, asked: str) -> RoutePage:
        """Return the first page of a walk with the other lists that the portal names beside it."""
        named = self.announced.get(name, {})
        if name not in _UNIONS or urlkey(asked) not in named:
            return page
        others = [url for key, url in named.items() if key not in self.first_asked]
        self.first_asked.update(map(urlkey, others))
        return replace(page, more_urls=(*page.more_urls, *others))

    async def _listed_before(
        self, page: RoutePage, name: Discovery, url: str
    ) -> tuple[RoutePage, bool]:
        """Store all but the last articles of a long list, in between with whatever else is to be
        done; return the rest, and whether any of these is news.
        """
        found, has_news = page.found, False
        while len(found) > _AT_ONCE and not any(one.article for one in found):
            has_news |= self.frontier.list_route(name, url, found[:_AT_ONCE])
            found = found[_AT_ONCE:]
            await asyncio.sleep(0)
        return replace(page, found=found), has_news

    def _broken(self, name: Discovery, asked: str, why: str) -> Iterator[Request]:
        """Leave a walk that comes no further, and look for what is new elsewhere.

        The next crawl begins with the route's first page again, where news stands, and walks to the
        end: were it to ask for this page alone, it would see nothing else for as long as it fails.
        """
        if name == Discovery.LISTING:
            self.frontier.settle_list(
                asked, ListState.CUT, status=None, reason=self._why_cut(asked, why)
            )
        if not self._is_of_today(asked):  # what is new stands elsewhere
            yield from self._stuck(name, asked, why)
            return
        told = Notice.NO_FURTHER.of(why=why)
        logger.warning("%s: %s", asked, told)
        self.frontier.tell(ProblemKind.ROUTE, told, asked)
        columns: dict[str, Any] = dict.fromkeys(("etag", "last_modified", "walked_at", "proves"))
        self.frontier.note_route(name, state=RouteStatus.FAILED, pending="[]", **columns)
        self.gone_on.discard(name)
        self._ended(name)
        self.lost = True
        yield from self.try_next()

    def _stuck(self, name: Discovery, asked: str, why: str) -> Iterator[Request]:
        """Leave a page of a list for the next crawl, and go on with the other lists."""
        self.frontier.tell(ProblemKind.ROUTE, Notice.GOES_ON.of(why=why), asked)
        self.stuck.add(urlkey(asked))
        yield from self._go_on(name, self._pending(name))

    def _passed_over(
        self, page: RoutePage, name: Discovery, asked: str, headers: dict[str, str]
    ) -> Iterator[Any]:
        """Go on behind a page that cannot be read; the next crawl walks all of the route again."""
        if name == Discovery.LISTING:
            yield from self._cut(asked, page.damage or "", headers)
        else:
            yield from self._listed(RoutePage(is_cut=True), name, asked, headers, first=False)
        self.frontier.note_route(name, walked_at=None)

    async def _read(
        self, response: Response, name: Discovery, headers: dict[str, str]
    ) -> RoutePage | None:
        if name == Discovery.LISTING and self.read_list:
            read = partial(self.read_list, response)
        else:
            read = partial(self._read_as, name, response.body, response.url, headers, self.bounds)
        try:
            return read() if len(response.body) < _LONG else await asyncio.to_thread(read)
        except Exception:  # what a portal sends must not end the walk unsaid
            logger.exception("%s: the answer broke its reader; please report it", response.url)
            return RoutePage(is_cut=True, damage=ListDamage.BROKE_READER)

    def _read_as(
        self, name: Discovery, body: bytes, url: str, headers: dict[str, str], bounds: Bounds
    ) -> RoutePage | None:
        page = read_within(self.routes[name], body, url, headers, bounds)
        if (
            page is None
            and name == Discovery.SITEMAP
            and urlkey(url) in self.announced.get(name, {})
        ):
            page = read_within(self.routes[Discovery.FEED], body, url, headers, bounds)
            page = page and replace(page, next_url=None, is_cut=True)
        return page

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
        if first:
            before = self._known().get(name)
            is_another = before is None or before.url is None
            self.frontier.begin_route(name, url)
            # Lists that were enlisted before the route was known, and those of further hosts.
            others = [
                other
                for other in (before.pending if before else ())
                if is_another or not self._is_of_today(other)
            ]
            if others:
                pending = dict.fromkeys([url, *others])
                self.frontier.note_route(name, pending=json.dumps(list(pending)))
            if is_another or _is_to_be_walked_again(name, before):
                self.frontier.note_route(name, walked_at=None)  # it is walked to its end
        for found in page.found:
            if found.article:
                yield whole_article(found, url, capture)
        state = self.frontier.store_route(name, url, page, has_news=has_news)
        if first:
            validators = {
                "etag": headers.get("etag"),
                "last_modified": headers.get("last-modified"),
            }
            self.frontier.note_route(name, **validators)
        yield from self._go_on(name, state.pending)

    def _go_on(self, name: Discovery, pending: Iterable[str]) -> Iterator[Request]:
        """Yield the request for what is to be walked next of a route, if that may be asked for."""
        url = self._next_of(pending)
        waits = name != Discovery.LISTING and not self.goes_first and self.holds_lists()
        if waits and (url or name in self.gone_on):
            self.held.add(name)
        elif url and self._is_of_today(url):
            yield self._request(name, url)
        elif self.begins_with_news and name in self.gone_on:
            self.gone_on.remove(name)
            yield self._resume(name, self._known()[name])
        elif url:
            yield self._request(name, url)
        else:
            self._ended(name)

    def next_held(self) -> Request | None:
        """Return the request with which a walk goes on that waited."""
        while self.held:
            name = min(self.held)
            self.held.remove(name)
            if request := next(self._go_on(name, self._pending(name)), None):
                return request
        return None

    def _pending(self, name: Discovery) -> tuple[str, ...]:
        known = self._known().get(name)
        return known.pending if known else ()

    def _next_of(self, pending: Iterable[str]) -> str | None:
        """Return the page to go on with: of the host of today if there is one, of none that is left
        by the crawl.
        """
        asked = [
            url for url in pending if urlkey(url) not in self.stuck and not self.crawl.has_left(url)
        ]
        return min(asked, key=lambda url: not self._is_of_today(url), default=None)

    def _is_of_today(self, url: str) -> bool:
        """Whether a list is on the host where the portal lies today."""
        return on_same_host(url, self.site.base_url)

    def _ended(self, name: Discovery) -> None:
        self.walking.discard(name)
        self.goes_first = False

    def _absent(self, name: Discovery, others: list[str], state: RouteStatus) -> Iterator[Request]:
        self.walking.discard(name)
        if state == RouteStatus.FAILED:
            self.failed.add(name)
        if others:
            yield self._try(name, others)
            return
        if name in self.failed:
            state = state if state == RouteStatus.REFUSED else RouteStatus.FAILED
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
        request: Request = failure.request  # type: ignore[attr-defined]
        name, others = request.cb_kwargs["name"], request.cb_kwargs["others"]
        self.walking.discard(name)
        is_dead_twin = isinstance(error, NoRobotsError) and not self.is_own(request)
        if isinstance(error, NotNowError | NoRobotsError) and not is_dead_twin:
            yield from self.crawl.leave(error, request.cb_kwargs["asked"])
            yield from self._go_on(name, self._pending(name))
            return
        logger.info("%s: %s", request.url, explain(error))
        if others is not None:  # robots.txt may allow it one day, and asking that costs nothing
            yield from self._absent(name, others, RouteStatus.FAILED)
        elif name == Discovery.LISTING and is_refusal(error):  # of this one; others may be had
            yield from self._cut(request.cb_kwargs["asked"], explain(error), {})
        else:
            yield from self._broken(name, request.cb_kwargs["asked"], explain(error))

    def _stay(self, page: RoutePage, url: str, name: Discovery) -> RoutePage:
        """Return a list that leads on to no page off the site, in the form the host serves."""
        more_urls = (
            as_served(other, url) for other in page.more_urls if self._is_ours(name, other)
        )
        next_url = page.next_url and as_served(page.next_url, url)
        numbered = ((number, as_served(other, url)) for number, other in page.numbered)
        more = {urlkey(other): other for other in more_urls}
        if name == Discovery.LISTING:
            self.named.add(urlkey(url))
            more = {key: other for key, other in more.items() if key not in self.named}
            self.named |= more.keys()
        return replace(
            page,
            more_urls=tuple(more.values()),
            next_url=next_url if next_url and self._is_ours(name, next_url) else None,
            numbered=tuple((n, other) for n, other in numbered if self._is_ours(name, other)),
        )

    def _form(self, url: str) -> str:
        """Return the address by whose form those are spelled that the list at *url* names."""
        return url

    async def _ours_in_turns(self, found: Sequence[Found], by: str) -> tuple[Found, ...]:
        """Return what of a list is the site's, letting others go on between two batches."""
        ours: list[Found] = []
        for first in range(0, len(found), _AT_ONCE):
            ours += self._ours(found[first : first + _AT_ONCE], by)
            await asyncio.sleep(0)
        return tuple(ours)

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
    had_begun = state.walked or state.url is not None
    return state.state == RouteStatus.OPEN or (state.state == RouteStatus.FAILED and had_begun)


def _is_told_off(state: RouteState) -> bool:
    return state.state in (RouteStatus.ABSENT, RouteStatus.REFUSED)


def _is_to_be_tried_again(state: RouteState) -> bool:
    """Whether a route that was not there, or shut, was left alone for long enough."""
    return _is_told_off(state) and datetime.now(UTC) - state.checked_at > _TRIED_AGAIN_AFTER


def _is_to_be_walked_again(name: Discovery, state: RouteState | None) -> bool:
    """Whether a list for people was not walked to its end for long: something may have been put
    deep into it.
    """
    if name != Discovery.LISTING or state is None or state.walked_at is None:
        return False
    return datetime.now(UTC) - state.walked_at > _WALKED_AGAIN_AFTER


def _state_of(status: int) -> RouteStatus:
    """Return the state of a route whose first page was answered so, and not with a list."""
    if status in REFUSED:
        return RouteStatus.REFUSED
    return RouteStatus.FAILED if status >= 500 or status in _LATER else RouteStatus.ABSENT


def headers_of(response: Response) -> dict[str, str]:
    """Return the header fields of an answer, their names in lower case."""
    pairs = response.headers.to_unicode_dict()
    return {str(name).lower(): str(value) for name, value in pairs.items()}


def _withheld(page: Page | None, response: Response) -> str | None:
    """Return why an answer tells nothing of what its page has; None if it is that page. None as
    *page* broke its reader.
    """
    if not response.body.strip():
        return Reason.EMPTY
    if page is None:
        return Reason.BROKE_READER
    if page.kind == PageKind.LOGIN:
        return Reason.LOGIN
    state, why, _ = judge(page, Discovery.LISTING)
    return why if state in (State.FAILED, State.REFUSED) else None


def whole_article(found: Found, url: str, capture: Capture | None) -> Visit:
    """Return the visit that an article given whole by a route amounts to."""
    page = Page(PageKind.ARTICLE, found.article)
    at = capture.fetched_at if capture else datetime.now(UTC)
    return Visit(
        found.url, Origin(Discovery.REST, url), at, State.HELD,
        page=page, read_from=ReadFrom.REST, capture=capture,
    )  # fmt: skip
