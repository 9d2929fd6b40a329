"""Reading what a crawl receives as pages of its site."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from scrapy.http import Response

from crawler.appraisal import join, read, read_part
from crawler.exchange import Capture
from crawler.lessons import Received
from crawler.page import Page, RoutePage
from crawler.profiles.periods import NO_PROFILES, Profiles
from crawler.readers import read_announced, read_links, read_onward
from crawler.readers.page.evidence import Read
from crawler.readers.page.onward import refreshed
from crawler.routes import listing
from crawler.sites import Site
from crawler.text.addresses import urlkey
from crawler.vocabulary import Discovery, PageKind, Reason

logger = logging.getLogger(__name__)


class SiteReading:
    """Reads answers as the pages of one site. What breaks a reader must not vanish from the ledger,
    nor end the crawl: it is logged.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.profiles: Profiles = NO_PROFILES
        """How the site's pages are read, as far as it was learnt or written down."""
        self.saw_list: Callable[[Page, Response, bool], None] = lambda page, response, is_start: (
            None
        )
        """Is told of each list of a site that has profiles, and whether it is the start page."""

    def page(self, response: Response, *, is_start: bool = False) -> Page | None:
        """Return what an answer says; None if it broke its reader."""
        content_type, at = header(response, "Content-Type") or None, received_at(response)
        return self._read(response.body, response.url, content_type, at, is_start=is_start)

    def part(self, response: Response) -> Page | None:
        """Return what a further part of an article says; None if it broke its reader."""
        content_type, at = header(response, "Content-Type") or None, received_at(response)
        return self._read_part(response.body, response.url, content_type, at)

    def received(self, received: Received) -> Page | None:
        """Return what a page says that was received before, with its further parts if it is an
        article today, as a list with a pager may have been taken for one; None if it, or one of
        them, cannot be read.
        """
        page = self._captured(received.capture, received.body)
        if page is None or page.article is None:
            return page
        for capture, body in received.parts:
            told, at = capture.content_type, capture.fetched_at
            part = self._read_part(body, capture.url, told, at)
            page = join(page, part) if page and part else None
        return page

    def _captured(self, capture: Capture, body: bytes) -> Page | None:
        return self._read(body, capture.url, capture.content_type, capture.fetched_at)

    def _read_part(
        self, body: bytes, url: str, content_type: str | None, at: datetime
    ) -> Page | None:
        try:
            return read_part(self.site, body, url, content_type, at, self.profiles)
        except Exception:
            logger.exception("%s: %s", url, Reason.BROKE_READER)
            return None

    def _read(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        at: datetime,
        *,
        is_start: bool = False,
    ) -> Page | None:
        try:
            return read(self.site, body, url, content_type, at, self.profiles, is_start=is_start)
        except Exception:
            logger.exception("%s: %s", url, Reason.BROKE_READER)
            return None

    def listed(self, response: Response, page: Page | None = None) -> RoutePage | None:
        """Return what an answer lists, which says what *page* does if it was read already; None if
        it is no list. Where the site has no profile for it, all families are asked.
        """
        headers = {"content-type": header(response, "Content-Type")}
        if page is None and self.profiles:
            page = self.page(response)
            if page is not None:
                self.saw_list(page, response, self.is_start(response.url))
        if page is not None and page.profile:
            return listing.read_as(page, response.body, response.url, headers)
        return listing.read(response.body, response.url, headers)

    def as_start(self, page: Page, response: Response) -> Page:
        """Return a page that the start page leads to, or shows in a frame, as one itself: what it
        links to is asked for.
        """
        if page.kind != PageKind.OTHER or "suspicion" in page.evidence:
            return page
        again = self.page(response, is_start=True)
        page = again if again is not None and again.kind == PageKind.LISTING else page
        if page.links:
            return page
        links = read_links(response.body, response.url)  # of a frame that is a menu
        ours = (self.site.ours(link, response.url) for link in links)
        named = tuple(dict.fromkeys(link for link in ours if link and not self.is_start(link)))
        return replace(page, kind=PageKind.LISTING, links=named) if named else page

    def sent_on(self, response: Response) -> tuple[Read[str] | None, tuple[str, ...]]:
        """Return where on the site an answer without content sends the browser, and what of the
        site it shows in frames.
        """
        content_type = header(response, "Content-Type") or None
        target = refreshed(header(response, "Refresh"), response.url)
        try:
            sent_on, shown = read_onward(response.body, response.url, content_type)
        except Exception:
            logger.exception("%s: %s", response.url, Reason.BROKE_READER)
            return None, ()
        if target and target != response.url:
            sent_on = Read(target, "the header Refresh")
        if sent_on and not self.site.owns(sent_on.value):
            sent_on = None  # what a page without content advertises is no address of it
        ours = (self.site.ours(url, response.url) for url in shown)
        own = urlkey(response.url)
        return sent_on, tuple(url for url in ours if url and urlkey(url) != own)

    def announced(self, response: Response) -> Mapping[Discovery, tuple[str, ...]]:
        """Return the feeds, sitemaps and REST that a start page names in its head."""
        content_type = header(response, "Content-Type") or None
        try:
            return read_announced(response.body, response.url, content_type)
        except Exception:  # the page itself must not be lost with what it names
            logger.exception("%s: %s", response.url, Reason.BROKE_READER)
            return {}

    def is_start(self, url: str) -> bool:
        """Whether an address is that of the site's start page."""
        return urlkey(url) == urlkey(self.site.base_url)


def received_at(response: Response) -> datetime:
    """Return when an answer was received, as its capture says."""
    capture: Capture | None = response.meta.get("capture")
    return capture.fetched_at if capture else datetime.now(UTC)


def header(response: Response, name: str) -> str:
    """Return a header of an answer, "" if it has none of that name."""
    return (response.headers.get(name) or b"").decode("utf-8", "replace")
