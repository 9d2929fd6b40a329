"""Learning in a crawl how the site's pages are read, and reading again what was received before."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from crawler.appraisal import judge
from crawler.learner import is_by_general_reader, is_of_portal, taught, together
from crawler.lessons import Lessons, Received
from crawler.page import Page
from crawler.profiles.learning import Sample, worth_asking
from crawler.profiles.learning.choosing import ROUNDS
from crawler.profiles.periods import Profiles, kept_as, profile_of
from crawler.profiles.profile import Profile
from crawler.spiders.reading import SiteReading, header, received_at
from crawler.visit import Visit
from crawler.vocabulary import PageKind, Sign

logger = logging.getLogger(__name__)

STEPS = (10, 40, 160)
"""Pages at which a site is learnt, and learnt again, and so on: more say more of what is its frame,
and which days many articles have in common."""
_MUCH_MORE = 1.5
_FEWEST = 4
_SAMPLES = 120
"""Pages that are at hand when a site is learnt; out of these it is chosen."""
_LONGEST = 1 << 19
"""Bytes of a page that is learnt from: longer ones teach no more, and take room and time."""
_BARREN = {Sign.NO_ARTICLE, Sign.NO_LINKS}
_BAD = {Sign.ONE_TITLE, Sign.ONE_TEXT, *_BARREN}


class SiteLearning:
    """How one crawl comes by the profiles of its site.

    A site of which neither a family nor a profile knows the start page is learnt from some pages
    that this names, before all others are asked for; from ten of those that come, where the crawl
    begins elsewhere; and again when there are more, when pages come that no profile fits, and where
    the signs of an earlier crawl say that its pages are read badly. When the profiles are others
    than before, what was received is read again: what is held, and what was taken for no article.

    Nothing is asked for meanwhile (`is_holding`), and nothing is under way.
    """

    def __init__(self, reading: SiteReading, lessons: Lessons) -> None:
        self.reading = reading
        self.lessons = lessons
        self.is_holding = False
        """Whether nothing is to be asked for, since it is to be learnt how it is read."""
        self.is_untaught = False
        """Whether earlier crawls received pages, and until now nothing was known of how they are
        read: with what is learnt, or is to be, the start page says more than it did."""
        self.has_nothing = self.is_barren = False
        """Whether nothing was read from the pages that earlier crawls received; whether what was
        read leads to no more."""
        self.has_learnt = False
        """Whether the profiles are others since the lists of the site were walked last."""
        self.task: asyncio.Task[None] | None = None
        self.known = 0
        """How many pages of the site were received."""
        self.before = 0
        """How many of these there were when the crawl began."""
        self.unknown = 0
        """Of how many pages nobody knew how to read them: of this crawl, and if the site has
        profiles, of those articles that none of them read."""
        self.tried = 0
        """How many of these there were when it was tried to learn it."""
        self.step, self.unknown_step = STEPS[0], STEPS[0]
        """At how many of the former, and of the latter, it is to be learnt next."""
        self.first: list[Sample] | None = None
        """The start page and what it led to, while learning asks for pages itself."""
        self.ends: set[str] = set()
        """The addresses of those that are articles: what only these link to is not asked for yet,
        since it may be no article, and its turn comes when all else is done (`LinkedArticles`)."""
        self._rounds = list(ROUNDS)
        reading.saw_list = self.saw

    async def begin(self) -> None:
        """Take the profiles that are known, read again what was not read by them yet, and learn
        where an earlier crawl ended with signs that it did not read what it received.
        """
        self.is_holding = True
        self.lessons.write([kept_as(one) for one in self.reading.site.profiles])
        self._take()
        kept = self.lessons.profiles()
        self.known = self.before = self.lessons.known()
        learnt_from = max((max(one.known, one.support) for one in kept), default=0)
        self.step = _after(learnt_from)
        by_none, signs = self.lessons.unread(), self.lessons.signs()
        is_badly_read = bool(_BAD & signs)
        if self.reading.profiles.learnt:
            self.unknown = self.tried = by_none
            self.unknown_step = _after(self.unknown)
        is_more = self.known >= max(STEPS[0], _MUCH_MORE * learnt_from)
        # What was read by no profile, and shows no signs, needs none: it was tried.
        is_unread = not by_none or (self.reading.site.cms == "generic" and is_badly_read)
        self.has_nothing, self.is_barren = not by_none, bool(_BARREN & signs)
        self.is_untaught = self.known > 0 and is_unread and not self.reading.profiles
        if is_more and (self.is_untaught or is_badly_read):
            await self._learn()
        elif not all(one.is_applied for one in kept):
            await self._read_again()
        # Of what nothing can be learnt, the start page teaches nothing either, crawl after crawl.
        self.is_untaught &= bool(self.reading.profiles) or self.before <= 1
        self.is_holding = False

    def _take(self) -> None:
        """Read by the profiles that are known."""
        self.reading.profiles = Profiles.kept(self.reading.site.profiles, self.lessons.profiles())

    def saw(self, page: Page, response: Response, is_start: bool) -> None:
        """Take note of a page that was received; *is_start* if the crawl began there."""
        if not is_of_portal(page):
            return
        self.known += 1
        is_unknown = is_by_general_reader(page)
        self.unknown += is_unknown
        if is_start and is_unknown and self._rounds and self._is_new(response):
            self.first, self.is_holding = self.first or [], True
        is_short = len(response.body) <= _LONGEST
        if self.first is not None and len(self.first) < ROUNDS[-1] and is_short:
            self.first.append(_sample_of(response))
            if page.kind == PageKind.ARTICLE and not is_start:
                self.ends.add(response.url)
        profiles = self.reading.profiles
        learns_more = self.known >= self.step and bool(profiles.learnt or profiles.provisional)
        self.is_holding |= learns_more or self.unknown >= self.unknown_step

    def _is_new(self, response: Response) -> bool:
        """Whether it is news that nobody knows how to read a start page: no earlier crawl received
        pages to learn from, what came was of no use, or its template was another one when it came
        last.
        """
        before = self.lessons.last(response.url, received_at(response))
        if not self.reading.profiles:
            is_other = before is None or before.body != response.body
            is_first = self.before <= 1 or (self.before < _FEWEST and is_other)
            is_in_vain = self.is_barren and self._leads_to_new(response)
            return is_first or self.has_nothing or is_in_vain
        page = self.reading.received(before) if before else None
        return page is not None and page.profile is not None

    def _leads_to_new(self, response: Response) -> bool:
        """Whether a start page leads to pages to learn from that were not received yet, or were
        notices, logins, or the like, when they were.
        """
        named = worth_asking([_sample_of(response)], ROUNDS[0])
        return not all(self._was_received(url, received_at(response)) for url in named)

    def _was_received(self, url: str, before: datetime) -> bool:
        received = self.lessons.last(url, before)
        page = self.reading.received(received) if received else None
        return page is not None and is_of_portal(page)

    def wanted(self) -> tuple[str, ...]:
        """Return the addresses that are to be asked for next, so that the site can be learnt."""
        if not self.first or not self._rounds:
            return ()
        most = self._rounds.pop(0)
        return worth_asking(self.first, most, ends=self.ends) or self.wanted()

    def go_on(self, then: Callable[[], None]) -> bool:
        """Learn, if that is due, in the background; call *then* when it is done. Return whether
        that is under way. Whoever calls this has nothing else under way.
        """
        if self.task is None and (self.is_holding or self._is_left()):
            self.is_holding = True
            self.task = asyncio.ensure_future(self._learn())
            self.task.add_done_callback(lambda task: self._done(task, then))
        return self.task is not None

    def _is_left(self) -> bool:
        """Whether there are pages of which nobody knows how to read them, and some of them are new
        since it was tried to learn it.
        """
        return self.unknown >= _FEWEST and self.unknown > self.tried

    def _done(self, task: asyncio.Task[None], then: Callable[[], None]) -> None:
        self.task = None
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, CloseSpider):
            logger.error("learning broke off: %r; please report it with the log", error)
        then()

    def stop(self) -> None:
        """Learn no more: the crawl ends."""
        if self.task:
            self.task.cancel()

    async def _learn(self) -> None:
        """Learn how the site is read, and read again what was received if that is new."""
        self.is_holding = True
        try:
            samples = []
            await self.lessons.settled()
            for one in self.lessons.samples(_SAMPLES):
                if len(one.body) <= _LONGEST:
                    samples.append(_sample(one))
                await asyncio.sleep(0)  # others go on between two pages
            found = await asyncio.to_thread(taught, self.reading.site, samples)
            self.known, kept = self.lessons.known(), self.lessons.profiles()
            before = [profile_of(one) for one in kept if one.learnt_at]
            now = datetime.now(UTC)
            profiles = together(before, found)
            self.lessons.learn([kept_as(p, known=self.known, learnt_at=now) for p in profiles])
            self.has_learnt |= _lists(profiles) != _lists(before)
            self._take()
            if not all(one.is_applied for one in self.lessons.profiles()):
                await self._read_again()
        finally:
            self.step, self.unknown_step = _after(self.known), _after(self.unknown)
            if self.first is not None:
                self._rounds = []
            self.tried, self.first, self.is_holding = self.unknown, None, False

    async def _read_again(self) -> None:
        """Read what was received before, page by page, so that other crawls go on meanwhile."""
        await self.lessons.settled()
        for received in self.lessons.to_read_again():
            if visit := self._visit(received):
                self.lessons.read_again(visit)
            await asyncio.sleep(0)
        self.lessons.applied()

    def _visit(self, received: Received) -> Visit | None:
        """Return what a page makes of its address today; None if that is as little as before."""
        page = self.reading.received(received)
        if page is None:
            return None
        says_more = page.kind == PageKind.ARTICLE or page.links or page.prev_url or page.next_url
        if not (received.is_text or says_more):
            return None
        state, reason, flag = judge(page, received.origin.found_by)
        capture = received.capture
        return Visit(
            received.url, received.origin, capture.fetched_at, state, capture.status, reason,
            page=page, capture=capture, flag=flag, parts=tuple(part for part, _ in received.parts),
        )  # fmt: skip


def _after(pages: int) -> int:
    """Return at how many pages a site is learnt again that was learnt from so many."""
    step = STEPS[0]
    while step <= pages:
        step *= STEPS[1] // STEPS[0]
    return step


def _sample_of(response: Response) -> Sample:
    content_type = header(response, "Content-Type") or None
    return Sample(response.url, response.body, content_type, received_at(response))


def _sample(received: Received) -> Sample:
    capture = received.capture
    return Sample(capture.url, received.body, capture.content_type, capture.fetched_at)


def _lists(profiles: Sequence[Profile]) -> set[str]:
    """Return by what profiles find the articles that a page lists."""
    return {rule.selector for profile in profiles for rule in profile.listed}
