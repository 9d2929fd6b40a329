"""Which memento of an address is asked for, and which instead where that says nothing."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.failures import NoRobotsError, NotNowError, explain
from crawler.mementos import Archived, AskedMemento, KeptMementos
from crawler.middlewares.wayback import CHOICE, IS_TRIED, NotArchivedError
from crawler.spiders.taking import Leaving
from crawler.text.addresses import urlkey
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, PageKind, Reason, RouteStatus, State
from crawler.web_archives.choice import untried
from crawler.web_archives.kinds import AnyWebArchive, Choice
from crawler.web_archives.lists import CapturesPage

_PRIORITY = 5  # what was begun is ended first
_BY_LISTS = (Discovery.WAYBACK, Discovery.REST, Discovery.SITEMAP, Discovery.FEED)
"""How addresses became known that lists name by the thousand: where an archive has listed all that
it has, it is not asked for what it does not list."""


class AsksMementos(Leaving, Protocol):
    """A spider that asks web archives for the pages of a portal."""

    @property
    def left_archives(self) -> Collection[str]:
        """The roots of those that are not asked any more in this crawl."""

    def page_request(self, url: str, origin: Origin) -> Request:
        """Return the request for an address of the portal."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried for an address in this crawl."""

    asked: tuple[AskedMemento, ...] = ()
    """The mementos that were had, or said to be there, and say nothing."""
    without: frozenset[str] = frozenset()
    """The archives that said that they have none."""
    failing: frozenset[str] = frozenset()
    """The archives that gave no answer."""
    looked_up: frozenset[str] = frozenset()
    """The archives that were asked for a list of its captures."""
    first: Visit | None = None
    """What came of the first one: it counts if no other says more."""
    failure: Visit | None = None
    """What came of it where none was had."""


class Mementos:
    """The choice of mementos in one crawl of web archives.

    Of what the archives have listed, the best is asked for, whichever has it (`ranked`); of what
    was not listed, what each gives as the nearest to the end of the portal, one archive after
    another. Where that turns out to be a redirect, an error or a notice, as dead portals end, or no
    article where there must be one, the next ones are tried, *most* in all.
    """

    def __init__(
        self,
        archives: tuple[AnyWebArchive, ...],
        kept: KeptMementos,
        crawl: AsksMementos,
        *,
        full: bool,
        most: int,
    ) -> None:
        self.archives = {archive.root: archive for archive in archives}
        self.wanted = archives[0].wanted
        self.kept = kept
        self.crawl = crawl
        self.full = full
        self.most = most
        self.whole: dict[str, bool] = {}
        """Whether each archive has listed all that it has, by its root."""

    def choose(self, url: str, found_by: Discovery, trial: Trial) -> Choice | None:
        """Return what is to be asked for next of an address, None if there is nothing more."""
        if len(trial.asked) >= self.most:
            return None
        return next(self._choices(url, found_by, trial, self.crawl.left_archives), None)

    def is_put_off(self, url: str, found_by: Discovery, trial: Trial) -> bool:
        """Whether there would be something, but for archives that are not asked any more."""
        if len(trial.asked) >= self.most:
            return False
        return any(self._choices(url, found_by, trial, ()))

    def _choices(
        self, url: str, found_by: Discovery, trial: Trial, left: Collection[str]
    ) -> Iterator[Choice]:
        captures = [one for one in self.kept.of(url) if one.web_archive in self.archives]
        shut = {*trial.failing, *left}
        for one in self._untried(captures, trial):
            if one.web_archive not in shut:
                archive = self.archives[one.web_archive]
                yield Choice(archive, one.at, one.place, is_listed=True)
        listing = {one.web_archive for one in captures}
        shut |= trial.without | listing | {one.web_archive for one in trial.asked}
        shut |= set() if self.full else {*self.kept.exhausted(url)}
        for root, archive in self.archives.items():
            is_named = found_by not in _BY_LISTS or not self.has_listed_all(root)
            if archive.finds_by_address and is_named and root not in shut:
                yield Choice(archive, archive.wanted)

    def _untried(self, captures: Sequence[Archived], trial: Trial) -> list[Archived]:
        """Return the captures that were not asked for, nor their like, the best first."""
        tried = {(one.web_archive, one.at) for one in trial.asked}
        done = [
            one
            for one in captures
            if (one.web_archive, one.at) in tried or (one.asked_at is not None and not self.full)
        ]
        return untried(captures, done, self.wanted)

    def nearest(self, url: str, at: datetime | None, without: Collection[str]) -> Choice | None:
        """Return what is asked for of what is no page: what is listed next to a time, else what the
        first archive gives that was not asked.
        """
        wanted = at or self.wanted
        listed = [
            one
            for one in self.kept.of(url)
            if one.web_archive in self.archives
            and one.web_archive not in {*self.crawl.left_archives, *without}
            and one.status == 200
        ]
        if listed:
            one = min(listed, key=lambda one: abs(one.at - wanted))
            return Choice(self.archives[one.web_archive], one.at, one.place, is_listed=True)
        for root, archive in self.archives.items():
            if archive.finds_by_address and root not in {*self.crawl.left_archives, *without}:
                return Choice(archive, wanted)
        return None

    def has_listed_all(self, root: str) -> bool:
        """Whether an archive has listed all that it has of the site."""
        if root not in self.whole:
            states = [state for whose, state, _ in self.kept.walks().values() if whose == root]
            self.whole[root] = bool(states) and {*states} == {RouteStatus.OPEN}
        return self.whole[root]

    # What came of it

    def or_another(self, visit: Visit, response: Response) -> Visit | Request:
        """Return a visit, or the request that may lead to one that says more."""
        trial: Trial | None = response.meta.get(IS_TRIED)
        choice: Choice | None = response.meta.get(CHOICE)
        if trial is None or choice is None:
            return visit
        root = choice.archive.root
        at = choice.at if choice.is_listed else visit.at
        if _says_something(visit):
            taken = AskedMemento(root, at)
            return replace(visit, web_archive=root, asked=(*trial.asked, taken))
        asked = AskedMemento(root, at, visit.reason or Reason.SAYS_NOTHING)
        trial = replace(trial, asked=(*trial.asked, asked), first=trial.first or visit)
        return self._go_on(visit.url, visit.origin, trial)

    def instead(
        self, url: str, origin: Origin, request: Request, error: BaseException | None
    ) -> Visit | Request | None:
        """Return how to go on when a memento could not be had: a visit or a request; None if the
        address is to be left open.
        """
        trial: Trial = request.meta[IS_TRIED]
        choice: Choice | None = request.meta.get(CHOICE)
        if choice is None and self.is_put_off(url, origin.found_by, trial):
            return None
        if choice is not None:
            root = choice.archive.root
            if not isinstance(error, NotArchivedError) or error.may_pass:
                trial = replace(trial, failing=trial.failing | {root})
            elif choice.is_listed:
                asked = AskedMemento(root, choice.at, str(error))
                trial = replace(trial, asked=(*trial.asked, asked))
            else:
                trial = replace(trial, without=trial.without | {root})
        visit = Visit(url, origin, datetime.now(UTC), State.FAILED, reason=explain(error))
        return self._go_on(url, origin, replace(trial, failure=visit))

    def without(self, url: str, origin: Origin, request: Request) -> Request | None:
        """Return the request to another archive than one that is not asked any more, None if the
        address is to be left open.
        """
        trial: Trial = request.meta[IS_TRIED]
        if self.choose(url, origin.found_by, trial) is None:
            return None
        return self._request(url, origin, trial)

    def _go_on(self, url: str, origin: Origin, trial: Trial) -> Visit | Request:
        if self.choose(url, origin.found_by, trial):
            return self._request(url, origin, trial)
        if look_up := self._look_up(url, origin, trial):
            return look_up
        return self._last(trial)

    def _request(self, url: str, origin: Origin, trial: Trial) -> Request:
        request = self.crawl.page_request(url, origin)
        return request.replace(meta=request.meta | {IS_TRIED: trial}, priority=_PRIORITY)

    def _last(self, trial: Trial) -> Visit:
        """Return what counts where nothing says more."""
        visit = trial.first or trial.failure
        assert visit
        unasked = trial.failing | {*self.crawl.left_archives}
        final = [
            root
            for root, archive in self.archives.items()
            if root not in unasked and (archive.finds_by_address or self.has_listed_all(root))
        ]
        return replace(visit, web_archive=" ".join(final) or None, asked=trial.asked)

    def _look_up(self, url: str, origin: Origin, trial: Trial) -> Request | None:
        """Return the request for a list of an address' captures, of an archive that gave one, and
        has not listed what it has.
        """
        if len(trial.asked) >= self.most:
            return None
        for root in dict.fromkeys(one.web_archive for one in trial.asked):
            lists = self.archives[root].captures_of(url)
            is_known = root in trial.looked_up or self.has_listed_all(root)
            if lists and not is_known and root not in self.crawl.left_archives:
                trial = replace(trial, looked_up=trial.looked_up | {root})
                return self._list_request(url, origin, trial, lists, self.archives[root])
        return None

    def _list_request(
        self, url: str, origin: Origin, trial: Trial, lists: list[str], archive: AnyWebArchive
    ) -> Request:
        return Request(
            lists[0],
            callback=self.looked_up,
            errback=self.not_looked_up,
            cb_kwargs={
                "url": url, "origin": origin, "trial": trial, "lists": lists[1:],
                "archive": archive,
            },
            priority=_PRIORITY,
        )  # fmt: skip

    def looked_up(
        self, response: Response, url: str, origin: Origin, trial: Trial, lists: list[str],
        archive: AnyWebArchive,
    ) -> Iterator[Visit | Request]:  # fmt: skip
        """Go on with the captures that an archive lists of an address."""
        page = archive.read(response.body, response.url, {}) if response.status == 200 else None
        if page is None and lists:
            yield self._list_request(url, origin, trial, lists, archive)
            return
        if isinstance(page, CapturesPage):
            self.kept.note([one for one in page.captures if urlkey(one.url) == urlkey(url)], ())
        yield self._go_on(url, origin, trial)

    def not_looked_up(self, failure: Failure) -> Iterator[Visit | Request]:
        """Leave it at what is known of an address."""
        request: Request = failure.request  # type: ignore[attr-defined]
        told = request.cb_kwargs
        error, trial = failure.value, told["trial"]
        trial = replace(trial, failing=trial.failing | {told["archive"].root})
        if isinstance(error, NotNowError | NoRobotsError):
            yield from self.crawl.leave(error, request.url)
        yield self._go_on(told["url"], told["origin"], trial)


def _says_something(visit: Visit) -> bool:
    """Whether a visit tells what its address was; a page of no kind may be a notice of its end."""
    of_no_kind = visit.page is not None and visit.page.kind == PageKind.OTHER
    return visit.state in (State.HELD, State.NOT_ARTICLE) and not of_no_kind
