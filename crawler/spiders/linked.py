"""What articles link to: lists of what else there is to read may name what no list does."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scrapy.http import Response

from crawler.appraisal import as_link
from crawler.bounds import Bounds
from crawler.frontier import Frontier
from crawler.profiles.words import form_of, varies
from crawler.readers.page.linked import linked
from crawler.sites import Site
from crawler.text.addresses import urlkey
from crawler.visit import MOST_LINKS, Link, Visit
from crawler.vocabulary import State
from crawler.vocabulary.sentences import Notice

logger = logging.getLogger(__name__)

_FEWEST = 8
"""Addresses of one form that are asked for before the others of it are."""
_MOST_WRONG = 0.8
"""The share of them that are no article above which the others are not asked for."""


@dataclass(slots=True)
class _Form:
    """What became of the links of one form that were asked for."""

    waiting: int = 0
    articles: int = 0
    others: int = 0

    @property
    def is_wrong(self) -> bool:
        """Whether addresses of this form have shown to be none of articles."""
        settled = self.articles + self.others
        return self.others >= _FEWEST and self.others > _MOST_WRONG * settled

    def bears(self, more: int) -> bool:
        """Whether so many more may be asked for, by what is known until now."""
        return bool(self.articles) or self.waiting + self.others + more < _FEWEST


class LinkedArticles:
    """The links of a crawl's articles: those that read as addresses of articles are asked for when
    all else is done.

    How a site's articles are addressed is told by those that are held (`form_of`). Of each form a
    few links are asked for first: where they lead to no articles, the others are left alone.
    """

    def __init__(
        self,
        site: Site,
        frontier: Frontier,
        bounds: Bounds,
        tell_bound: Callable[[str], None],
        *,
        is_portal: bool = True,
    ) -> None:
        self.site = site
        self.frontier = frontier
        self.left = bounds.linked
        """How many may be asked for yet."""
        self.tell_bound = tell_bound
        self.is_portal = is_portal
        """Whether the portal itself is asked: a web archive lists all that it has of one."""
        self.seen: set[int] = set()
        """The hashes of links that were dealt with, so that a menu is not looked at again."""
        self.room: int | None = None
        """How many more may be noted; None before it was asked."""
        self.forms: set[str] = set()
        """The forms of the articles that this crawl has read."""
        self.judged_with = 0
        """How many articles had been read when links were last judged."""
        self.asked = 1
        """How many links were asked for then."""
        self.is_judging = False

    def of_page(self, visit: Visit, response: Response) -> Visit:
        """Return the visit of an article with what its page links to that may be articles."""
        if visit.state != State.HELD or visit.page is None or not self.is_portal:
            return visit
        if varies(form := form_of(visit.url)):
            self.forms.add(form)
        own = {urlkey(url) for url in (visit.url, *visit.page.parts)}
        links = [
            link
            for url in linked(response.body, response.url)
            if (link := self._new(url, response.url)) and urlkey(link) not in own
        ]
        if self.room is None:
            self.room = MOST_LINKS - self.frontier.count_links()
        if len(links) > self.room:
            self.tell_bound(Notice.MANY_LINKS.of(most=f"{MOST_LINKS:,}"))
        links = links[: max(0, self.room)]
        self.room -= len(links)
        return replace(visit, linked=tuple(links))

    def _new(self, url: str, by: str) -> str | None:
        """Return a link that was not seen yet in this crawl and may be the address of an article of
        the site, in the form in which its host serves it.
        """
        number = hash(url)
        if number in self.seen:
            return None
        if len(self.seen) >= MOST_LINKS:
            self.seen.clear()
        self.seen.add(number)
        return as_link(self.site, url, by)

    def are_to_be_judged(self, articles: int) -> bool:
        """Whether links may have to be asked for: there are others now, or so many articles have
        been read, which may be addressed otherwise.
        """
        if self.is_judging or self.left <= 0:
            return False
        return articles != self.judged_with or (
            self.asked > 0 and self.frontier.has_links_to_judge()
        )

    async def judge(self, articles: int) -> None:
        """Have those asked for that read as addresses of articles.

        Other things are done in between: a portal may have a hundred thousand articles.
        """
        self.is_judging = True
        try:
            links = self.frontier.links()
            forms = self.forms | await self._further_forms(links)
            asked, others = self._parted(links, forms)
            self.frontier.judge_links(asked, others)
        finally:
            self.judged_with, self.is_judging = articles, False
        self.asked = len(asked)
        if asked:
            told = "%s: asks for %d addresses that only other articles link to"
            logger.info(told, self.site.key, len(asked))

    async def _further_forms(self, links: Sequence[Link]) -> set[str]:
        """Return the forms of all articles that are held, if they are needed: a link that was
        judged has one of them only if an article of that form was read since.
        """
        forms: set[str] = set()
        if all(link.is_judged or form_of(link.url) in self.forms for link in links):
            return forms
        for urls in self.frontier.articles():
            forms.update(map(form_of, urls))
            await asyncio.sleep(0)
        return forms

    def _parted(self, links: Sequence[Link], forms: set[str]) -> tuple[list[Link], list[Link]]:
        """Return which links are to be asked for now, and which are not; of the rest it is decided
        when more is known.
        """
        known = self._known()
        now: Counter[str] = Counter()
        asked: list[Link] = []
        others: list[Link] = []
        for link in links:
            form = form_of(link.url)
            so_far = known.get(form, _Form())
            if form not in forms or so_far.is_wrong:
                others.append(link)
            elif self.left <= 0:
                self.tell_bound(Notice.LINKS.of(setting=Bounds.setting("linked")))
                break
            elif so_far.bears(now[form]):
                now[form] += 1
                self.left -= 1
                asked.append(link)
        return asked, [link for link in others if not link.is_judged]

    def _known(self) -> dict[str, _Form]:
        known: dict[str, _Form] = {}
        for url, state in self.frontier.linked():
            so_far = known.setdefault(form_of(url), _Form())
            so_far.waiting += state == State.WAITING
            so_far.articles += state in (State.HELD, State.GONE)
            so_far.others += state == State.NOT_ARTICLE
        return known
