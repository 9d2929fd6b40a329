"""Taking what pages need to look as they did: style sheets, fonts, theme pictures."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.failures import ExplainedError, is_refusal
from crawler.frontier import Frontier
from crawler.page import Requisite
from crawler.readers import read_requisites, read_sheet
from crawler.sites import Site
from crawler.spiders.taking import Leaving, MediaTaking
from crawler.text.addresses import as_served
from crawler.text.media_types import is_css
from crawler.visit import Sought, Visit
from crawler.vocabulary import PageKind, State

logger = logging.getLogger(__name__)

_BROKE_READER = "what it needs to look as it did could not be read; please report it with the log"
_TOO_MANY_REQUESTS = 429


class RequisiteTaking(MediaTaking):
    """The style sheets, fonts and theme pictures of one crawl, asked for when all else is done.

    The first page of each kind a day is asked what it needs: pages of a kind have one template. A
    host that fails to answer is not asked for more of them in this crawl; they stay open.
    """

    def __init__(self, site: Site, frontier: Frontier, crawl: Leaving) -> None:
        super().__init__(site, frontier, crawl)
        self.looked_at: set[tuple[PageKind, date]] = set()
        """The kinds of pages that were asked, each with the day on which they were received."""
        self.is_over = False
        """Whether no more is to be asked for in this crawl."""

    def next_request(self) -> Request | None:
        """Return a request for the next of them, None if there is none, or no more in this crawl.

        Whoever asks has nothing else to ask for, and asks again when it is answered.
        """
        url = None if self.is_over else self.frontier.next_requisite()
        return self._request(url, url) if url else None

    def of_page(self, visit: Visit, response: Response) -> Visit:
        """Return the visit of a page with what it needs, if it is the first of its kind that day.

        A page that stands in another's place is not asked.
        """
        page = visit.page
        if page is None or visit.flag:
            return visit
        template = page.kind, visit.at.date()
        if template in self.looked_at:
            return visit
        self.looked_at.add(template)
        return self._needing(visit, response, partial(read_requisites, page=page))

    def answered(
        self, response: Response, url: str, sought: Sought | None, hops: int
    ) -> Iterator[Request | Visit]:
        """Turn an answer into a visit; a style sheet names more."""
        self.is_over |= response.status >= 500 or response.status == _TOO_MANY_REQUESTS
        for result in super().answered(response, url, sought, hops):
            is_held = isinstance(result, Visit) and result.state == State.HELD
            if isinstance(result, Visit) and is_held and is_css(_content_type(response), url):
                result = self._needing(result, response, read_sheet)
            yield result

    def _needing(
        self,
        visit: Visit,
        response: Response,
        read: Callable[[bytes, str, str | None], tuple[Requisite, ...]],
    ) -> Visit:
        """Return a visit with what is needed of the site's own hosts, in the form they serve."""
        try:
            found = read(response.body, response.url, _content_type(response) or None)
        except Exception:  # the page itself must not be lost with its looks
            logger.exception("%s: %s", response.url, _BROKE_READER)
            return visit
        needed = {
            as_served(requisite.url, response.url): requisite.kind
            for requisite in reversed(found)
            if self.site.has_host_of(requisite.url)
        }
        return replace(
            visit, requisites=tuple(Requisite(needed[url], url) for url in reversed(needed))
        )

    def unanswered(self, failure: Failure) -> Iterator[Visit]:
        """Turn a request that got no answer into a visit."""
        error = failure.value
        self.is_over |= not is_refusal(error) and not isinstance(error, ExplainedError)
        yield from super().unanswered(failure)


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
