"""Taking pictures and files: what to ask for, and what came of it."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

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
from crawler.page import AboutPicture
from crawler.readers import read_about_picture
from crawler.readers.page.pictures import stem
from crawler.readers.page.uploads import is_larger, upload_of
from crawler.scope import WHOLE_HOST
from crawler.sites import Site
from crawler.spiders.absences import absent_beside
from crawler.spiders.stand_ins import StandIns
from crawler.text.addresses import absolute, urlkey
from crawler.visit import Origin, Sought, Visit
from crawler.vocabulary import Discovery, MediaKind, Reason, State

logger = logging.getLogger(__name__)

_MOST_HOPS = 5
_GONE = (404, 410)
_A_PAGE = "text/html"


class Leaving(Protocol):
    """A spider that leaves a host which is not to be asked."""

    asks_what_is_absent: bool
    """Whether hosts are asked what they show where there is nothing."""

    def leave(self, error: NotNowError | NoRobotsError, url: str) -> Iterator[Visit]:
        """Leave the host of an address that cannot be asked for."""

    def has_left(self, url: str) -> bool:
        """Whether the host of an address is not asked any more in this crawl."""


class MediaTaking:
    """The pictures and files of one crawl: what to ask for, and what came of it.

    Only the site's own hosts are asked, or a web archive for them: the archive hands out no others.
    """

    def __init__(self, site: Site, frontier: Frontier, crawl: Leaving) -> None:
        self.site = site
        self.frontier = frontier
        self.crawl = crawl
        self.stand_ins = StandIns()

    def next_request(self) -> Request | None:
        """Return a request for the next picture or file, None if there is none now."""
        url = self.frontier.next_media()
        return self._request(url, url, self.frontier.sought(url)) if url else None

    def _request(
        self, asked: str, url: str, sought: Sought | None = None, hops: int = 0
    ) -> Request:
        return Request(
            asked,
            callback=self.answered,
            errback=self.unanswered,
            cb_kwargs={"url": url, "sought": sought, "hops": hops},
            meta={"dont_redirect": True, WHOLE_HOST: True},  # they may lie above the site
            headers={"Accept": "*/*"},
        )

    def answered(
        self, response: Response, url: str, sought: Sought | None, hops: int
    ) -> Iterator[Request | Visit]:
        """Turn an answer into a visit, or follow where it leads.

        What is *sought* is a picture as it was uploaded, or a page about one: no article says that
        it is there, and only what answers to the form that the article shows is held.
        """
        status = response.status
        capture: Capture | None = response.meta.get("capture")
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if 300 <= status < 400:
            yield self._redirected(response, url, sought, hops)
        elif sought and is_success(status) and sought.kind == MediaKind.PAGE:
            yield _told(response, url, sought, _about(response, sought))
        elif sought and is_success(status):
            yield from self._upload(response, url, sought)
        elif is_success(status) and content_type.lower().startswith(_A_PAGE):
            yield _visit(url, State.FAILED, status, Reason.WEB_PAGE, capture)
        elif is_success(status) and not response.body:
            yield _visit(url, State.FAILED, status, Reason.NO_BYTES, capture)
        elif is_success(status):
            yield _visit(url, State.HELD, status, None, capture)
        else:
            state = State.GONE if status in _GONE else State.FAILED
            state = State.REFUSED if status in REFUSED else state
            yield _visit(url, state, status, Reason.STATUS.of(status=status), capture)

    def _upload(self, response: Response, url: str, sought: Sought) -> Iterator[Request | Visit]:
        """Turn what lies where an upload might into a visit; or have it wait until it is known what
        the host gives where there can be no picture.
        """
        state, reason = State.HELD, None
        if not is_larger(response.body, sought.form, sought.size):
            state, reason = State.GONE, Reason.NO_UPLOAD.of(url=sought.form)
        elif self.crawl.asks_what_is_absent and not self.stand_ins.is_known(url):
            if self.stand_ins.hold_back((response, url, sought)):
                yield self._absence_request(url)
            return
        elif self.stand_ins.gives(url, response.body):
            state, reason = State.GONE, Reason.SAME_FOR_NOTHING
        yield _visit(url, state, response.status, reason, response.meta.get("capture"))

    def _absence_request(self, url: str) -> Request:
        return Request(
            absent_beside(url),
            callback=self.absence_answered,
            errback=self.absence_unanswered,
            cb_kwargs={"beside": url},
            meta={"dont_redirect": True, WHOLE_HOST: True},
            headers={"Accept": "*/*"},
        )

    def absence_answered(self, response: Response, beside: str) -> Iterator[Request | Visit]:
        """Take note of what a host gives where it has no picture, and judge what waited for that.

        Where it leads on, it does so for an upload as well, which is then taken for none.
        """
        given = response.body if is_success(response.status) else None
        for waiting in self.stand_ins.learn(beside, given):
            yield from self._upload(*waiting)

    def absence_unanswered(self, failure: Failure) -> Iterator[Request | Visit]:
        """Judge what waited, by itself; of a host that is not to be asked it stays open."""
        request: Request = failure.request  # type: ignore[attr-defined]
        beside: str = request.cb_kwargs["beside"]
        logger.info("%s: %s", request.url, explain(failure.value))
        if isinstance(failure.value, NotNowError | NoRobotsError):
            self.stand_ins.forget(beside)
            yield from self.crawl.leave(failure.value, beside)
            return
        for waiting in self.stand_ins.learn(beside, None):
            yield from self._upload(*waiting)

    def _redirected(
        self, response: Response, url: str, sought: Sought | None, hops: int
    ) -> Request | Visit:
        location = (response.headers.get("Location") or b"").decode("utf-8", "replace")
        target = absolute(location, response.url) if location else None
        if sought and target and sought.kind == MediaKind.PAGE:
            if about := _about(response, sought, location):
                return _told(response, url, sought, about)
        elif sought and target and urlkey(target) != urlkey(url):  # there is something else
            return _visit(url, State.GONE, response.status, Reason.NO_UPLOAD.of(url=sought.form))
        if target is None or hops >= _MOST_HOPS:
            how = Reason.STATUS.of(status=response.status)
            reason = Reason.LEADS_NOWHERE.of(how=how)
            return _visit(url, State.FAILED, response.status, reason)
        if not self.site.has_host_of(target):
            reason = Reason.OFF_THE_SITE.of(url=target)
            return _visit(url, State.ELSEWHERE, response.status, reason)
        return self._request(target, url, sought, hops + 1)

    def unanswered(self, failure: Failure) -> Iterator[Visit]:
        """Turn a request that got no answer into a visit."""
        error = failure.value
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(error, NotNowError | NoRobotsError):
            yield from self.crawl.leave(error, request.cb_kwargs["url"])  # it stays open
            return
        state = State.REFUSED if is_refusal(error) else State.FAILED
        yield _visit(request.cb_kwargs["url"], state, reason=explain(error))


def _about(response: Response, sought: Sought, location: str | None = None) -> AboutPicture | None:
    """Return what an answer where a page about a picture was sought says of it."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1") or None
    return read_about_picture(response.body, response.url, content_type, sought.form, location)


def _told(response: Response, url: str, sought: Sought, about: AboutPicture | None) -> Visit:
    """Return the visit of a page that says this about the picture of which there is a form."""
    capture: Capture | None = response.meta.get("capture")
    if about is None:
        reason = Reason.NO_SUCH_PICTURE.of(url=sought.form)
        return _visit(url, State.GONE, response.status, reason, capture)
    visit = _visit(url, State.HELD, response.status, None, capture)
    believed = upload_of(sought.form, sought.form)
    is_another = believed and about.picture and stem(believed) != stem(about.picture)
    return replace(visit, about=about, refuted=believed if is_another else None)


def _visit(
    url: str,
    state: State,
    status: int | None = None,
    reason: str | None = None,
    capture: Capture | None = None,
) -> Visit:
    at = capture.fetched_at if capture else datetime.now(UTC)
    origin = Origin(Discovery.LISTING)
    return Visit(url, origin, at, state, status, reason, is_media=True, capture=capture)
