"""Which memento of an address is asked for, and which instead where that says nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.failures import NotNowError
from crawler.middlewares.wayback import WANTED_AT
from crawler.page import Found
from crawler.spiders.taking import Leaving
from crawler.text.addresses import urlkey
from crawler.visit import Visit
from crawler.vocabulary import PageKind, State
from crawler.web_archives.wayback import WebArchive

_MOST_TRIES = 3
_PRIORITY = 5  # what was begun is ended first

Ask = Callable[..., Request]
"""How the spider asks for an address: ``ask(url, origin)``."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left to try for an address."""

    moments: list[datetime]
    """Of its other mementos, the best first."""
    first: Visit
    """What came of the first one: it counts if no other says more."""


class Mementos:
    """The choice of mementos in one crawl of a web archive.

    It is the one that the archive's list has next to the wanted time, with status 200; of what was
    not listed, the one that the archive gives as the nearest. Where that turns out to be a
    redirect, an error or a notice, as dead portals end, the address' other captures are looked up.
    """

    def __init__(self, archive: WebArchive, ask: Ask, crawl: Leaving) -> None:
        self.archive = archive
        self.ask = ask
        self.crawl = crawl
        self.listed: dict[str, datetime] = {}

    def note(self, found: Found) -> None:
        """Remember what the archive's list says of an address."""
        key = urlkey(found.url)
        if found.captured_at and self.archive.is_nearer(found.captured_at, self.listed.get(key)):
            self.listed[key] = found.captured_at

    def at(self, url: str) -> datetime:
        """Return the time for which to ask for an address."""
        return self.listed.get(urlkey(url), self.archive.wanted)

    def or_another(self, visit: Visit, response: Response) -> Visit | Request:
        """Return a visit, or the request that may lead to one that says more."""
        left: _Left | None = response.meta.get("left")
        if _says_something(visit):
            return visit
        if left is None:
            return self._look_up(visit, self.archive.captures_of(visit.url))
        return self._next(left)

    def _look_up(self, visit: Visit, urls: list[str]) -> Request:
        return Request(
            urls[0],
            callback=self.looked_up,
            errback=self.not_looked_up,
            cb_kwargs={"visit": visit, "urls": urls[1:]},
            priority=_PRIORITY,
        )

    def looked_up(
        self, response: Response, visit: Visit, urls: list[str]
    ) -> Iterator[Visit | Request]:
        """Go on with the captures that the archive lists of an address."""
        moments = self.archive.others(response.body, visit.at) if response.status == 200 else None
        if moments is None and urls:
            yield self._look_up(visit, urls)
        else:
            yield self._next(_Left((moments or [])[: _MOST_TRIES - 1], visit))

    def not_looked_up(self, failure: Failure) -> Iterator[Visit]:
        """Leave it at what came of the first memento."""
        request: Request = failure.request  # type: ignore[attr-defined]
        visit: Visit = request.cb_kwargs["visit"]
        if isinstance(failure.value, NotNowError):
            yield from self.crawl.leave(failure.value, visit.url)
        else:
            yield visit

    def _next(self, left: _Left) -> Visit | Request:
        if not left.moments:
            return left.first
        at, *moments = left.moments
        request = self.ask(left.first.url, left.first.origin)
        meta: dict[str, Any] = {WANTED_AT: at, "left": _Left(moments, left.first)}
        return request.replace(meta=request.meta | meta, priority=_PRIORITY)

    def instead(self, request: Request) -> Visit | Request | None:
        """Return how to go on when another memento could not be had, None if it was the first."""
        left: _Left | None = request.meta.get("left")
        return self._next(left) if left else None


def _says_something(visit: Visit) -> bool:
    """Whether a visit tells what its address was; a page of no kind may be a notice of its end."""
    of_no_kind = visit.page is not None and visit.page.kind == PageKind.OTHER
    return visit.state in (State.HELD, State.NOT_ARTICLE) and not of_no_kind
