"""Posts of WordPress of which a page shows the first part, and does not say that there are more.

``<!--nextpage-->`` divides a post. The block themes since Twenty Twenty-Two link the further parts
of what the block editor has divided, and not those of what the editor before it has. REST has all
of the text, and its search finds the mark in it.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.failures import NoRobotsError, NotNowError, explain, is_success
from crawler.frontier import Frontier
from crawler.routes import rest
from crawler.sites import Site
from crawler.spiders.taking import Leaving
from crawler.text.addresses import as_served, urlkey
from crawler.visit import Visit
from crawler.vocabulary import Discovery, PageKind, RouteStatus, State

logger = logging.getLogger(__name__)

_OF_BLOCK_THEME = b"wp-block-post-content"
_FAMILIES = ("wordpress", "newspaper")
_MOST = 1_000
"""Posts that are believed to be divided; a search that finds more does not search."""
_PRIORITY = 20  # pages wait for it


class Parted(Leaving, Protocol):
    """A spider that puts articles together from their parts."""

    def next_part(self, visit: Visit, taken: int = 0) -> Request | Visit:
        """Return the request for the next part, so many of them *taken*, or the whole visit."""

    def keep_limit(self) -> None:
        """End a crawl that has taken as many articles as it was to."""


class DividedPosts:
    """Where one crawl finds the whole text of such posts. It asks once, when the first page of a
    block theme is read; until it is answered, such pages wait.
    """

    def __init__(self, site: Site, frontier: Frontier, crawl: Parted, *, is_off: bool) -> None:
        self.site = site
        self.frontier = frontier
        self.crawl = crawl
        self.waiting: list[Visit] = []
        self.is_asking = False
        self.found: dict[str, str] = {}
        """What the pages of the list have named until now."""
        self.whole: dict[str, str] | None = {} if is_off else None
        """Where REST has each of them, by the urlkey of the post; None before it was asked."""

    def may_hide_parts(self, visit: Visit, body: bytes) -> bool:
        """Whether a page may be the first part of a post without saying so."""
        page = visit.page
        if page is None or page.kind != PageKind.ARTICLE or page.parts:
            return False
        if visit.state != State.HELD or _OF_BLOCK_THEME not in body or self.whole == {}:
            return False
        return page.evidence.get("cms", "").startswith(_FAMILIES)

    def put_together(self, visit: Visit) -> Iterator[Request | Visit]:
        """Yield what comes of a page that may hide parts: the visit, or a request for the whole
        text; or nothing yet, if it is not known where that is.
        """
        if self.whole is not None:
            yield self._completed(visit)
            return
        self.waiting.append(visit)
        if self.is_asking:
            return
        self.is_asking = True
        if url := self._list():
            yield self._request(rest.divided_urls(url))
        else:
            yield from self._known({})

    def _list(self) -> str | None:
        """Return the list of posts of REST, None if the portal has none."""
        known = self.frontier.routes().get(Discovery.REST)
        if known and known.state in (RouteStatus.ABSENT, RouteStatus.REFUSED):
            return None
        return (known.url if known else None) or rest.start_urls(self.site.base_url)[0]

    def _request(self, url: str) -> Request:
        return Request(url, callback=self.answered, errback=self.unanswered, priority=_PRIORITY)

    def answered(self, response: Response) -> Iterator[Request | Visit]:
        """Go on with the list, as long as it names others, and at its end with the pages that
        wait.
        """
        found: dict[str, str] = {}
        following: str | None = None
        if is_success(response.status):
            pairs = response.headers.to_unicode_dict().items()
            headers = {str(name).lower(): str(value) for name, value in pairs}
            try:
                found, following = rest.read_divided(response.body, response.url, headers)
            except Exception:  # the pages that wait must not be lost with it
                logger.exception("%s: broke its reader; please report it", response.url)
        known = len(self.found)
        for url, single in found.items():
            if self.site.owns(url) and self.site.owns(single):
                self.found[urlkey(url)] = as_served(single, response.url)
        if len(self.found) > _MOST:
            logger.warning("%s: finds too much to be believed", response.url)
            yield from self._known({})
        elif following and len(self.found) > known:
            yield self._request(following)
        else:
            yield from self._known(self.found)

    def unanswered(self, failure: Failure) -> Iterator[Request | Visit]:
        """Go on without, or leave the host with all that waits."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, NotNowError | NoRobotsError):
            self.waiting, self.is_asking = [], False  # they stay open
            yield from self.crawl.leave(failure.value, request.url)
            return
        logger.info("%s: %s", request.url, explain(failure.value))
        yield from self._known({})

    def _known(self, whole: dict[str, str]) -> Iterator[Request | Visit]:
        self.whole = whole
        waiting, self.waiting = self.waiting, []
        yield from map(self._completed, waiting)
        self.crawl.keep_limit()

    def _completed(self, visit: Visit) -> Request | Visit:
        assert self.whole is not None
        assert visit.page
        single = self.whole.get(urlkey(visit.url))
        if single is None:
            return self.crawl.next_part(visit)
        return self.crawl.next_part(replace(visit, page=replace(visit.page, parts=(single,))))
