"""The walk of one list for people: what its pages have named, and where it goes on.

::

    page 1 names 2, 3 -> page 2 names 3, 4 -> page 3 is a notice -> page 4, which page 2 named

A list ends where nothing leads further, or its pages name nothing new any more. But one of them
may be a notice, empty, or cut, and not the end: so the walk goes on to the nearest page that a
pager has named. What stood on the page is missing if one behind it has news, or a pager has named
it by its number: "Trang sau" stands on many a last page; what is counted was to show something.
"""

from dataclasses import dataclass, field, replace

from crawler.page import Claim, RoutePage
from crawler.text.addresses import urlkey
from crawler.vocabulary import Reason
from crawler.vocabulary.sentences import Ending

_FEW, _SHARE = 2, 0.05
"""How many articles a list may say that it has, and not name, and what share of them."""
_SUDDEN = {Ending.PROGRAM, Ending.TAG}


@dataclass(slots=True)
class ListWalk:
    """What a crawl has seen of one list."""

    url: str
    """Its first page, or that from which this crawl went on."""
    pages: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """The keys of the articles that it has named, and how many links of a page led to each at most.
    """
    links: set[str] = field(default_factory=set)
    """The keys of all that its pages link to."""
    is_from_first: bool = True
    """Whether its pages were walked from the first on."""
    ahead: dict[int, str] = field(default_factory=dict)
    """The pages that its pagers have named and that were not asked for, by their numbers."""
    _passed: set[int] = field(default_factory=set)
    """The numbers of those that were."""
    _asked: set[str] = field(default_factory=set)
    """The keys of its pages."""
    _named: set[str] = field(default_factory=set)
    """The keys of the pages that the pagers of those with news have named by their numbers."""
    _silent: str | None = None
    """Why the first page counts as missing behind which none has had news."""
    _is_gap: bool = False
    """Whether it, or one behind it, was named by its number: something was to stand there."""
    _claim: Claim | None = None
    """What the last page that had news says of the list."""
    _ending: str | None = None
    """How a page broke off that named the next one all the same: all of its portal's may."""

    def take(self, page: RoutePage, url: str) -> RoutePage:
        """Return its page at *url* with where the list goes on behind it, if it does. It is cut if
        what stood on it is missing, or on a page before it; with what it takes back, if that was
        believed of a page before, and is not so.
        """
        shown = {urlkey(found.url): found.shown for found in page.found}
        # A list may show what a box beside it shows on each of its pages.
        is_more = any(times > self.seen.get(key, 0) for key, times in shown.items())
        has_news = self.pages == 0 or is_more
        self._note(page, url, shown)
        if has_news:
            self._claim = page.claim
            self.ahead |= {n: other for n, other in page.numbered if n not in self._passed}
            self._named |= {urlkey(other) for _, other in page.numbered if page.is_counted}
        page = self._unless_broken(page, url)
        page = self._led_on(page, has_news=has_news)
        if page.is_cut:
            return page
        if has_news and self._silent:
            told, self._silent = self._silent, None
            return replace(page, is_cut=True, damage=told)
        is_gap = not has_news and urlkey(url) in self._named
        self._is_gap |= is_gap
        if not has_news and (page.next_url or is_gap):
            why = Reason.LIST_PAGE.of(url=url, why=Reason.NAMES_NOTHING)
            self._silent = self._silent or why
            return replace(page, is_cut=True, damage=self._silent)
        if page.next_url is None and (short := self._falls_short()):
            return replace(page, is_cut=True, damage=short)
        if self._silent and self._is_gap:
            return replace(page, is_cut=True, damage=self._silent)
        return replace(page, takes_back=self._silent)

    def is_doubted(self, page: RoutePage) -> bool:
        """Whether a page that it has taken may yet turn out to lie behind the list's end."""
        return page.is_cut and page.damage == self._silent and not self._is_gap

    def _note(self, page: RoutePage, url: str, shown: dict[str, int]) -> None:
        self.pages += 1
        self.seen |= {key: max(times, self.seen.get(key, 0)) for key, times in shown.items()}
        self.links |= {urlkey(url), *map(urlkey, page.links)}
        self._asked.add(urlkey(url))

    def _led_on(self, page: RoutePage, *, has_news: bool) -> RoutePage:
        """Return a page with the one that is to be asked for next: that which it names itself, or
        the nearest of those that others named. Of what a page names that has no news, one page is
        believed: some pagers have no end.
        """
        own = page.next_url
        is_believed = has_news or (self._silent is None and not page.is_guessed)
        if own and is_believed and urlkey(own) not in self._asked:
            self._pass(page, own)
            return page
        return replace(page, next_url=self._nearest(), is_guessed=False)

    def _falls_short(self) -> str | None:
        """Return how a list that has ended contradicts what it says of itself. It may have counted
        an article or two that it does not show any more.
        """
        claim = self._claim or Claim()
        for told, why in ((claim.page, Reason.SAYS_PAGES), (claim.shown, Reason.SAYS_SHOWN)):
            if told and told[0] < told[1]:
                return why.of(number=told[0], most=told[1])
        named, said = len(self.seen), claim.articles or 0
        if self.is_from_first and said - named > max(_FEW, said * _SHARE):
            return Reason.SAYS_ARTICLES.of(number=named, most=said)
        return None

    def _unless_broken(self, page: RoutePage, url: str) -> RoutePage:
        """Return a page as one that is cut, if it breaks off before it could name the next one."""
        if page.breaks_off is None or page.is_cut:
            return page
        if page.next_url:
            self._ending = page.breaks_off
        if self._ending and _is_alike(page.breaks_off, self._ending):
            return page
        why = Reason.BREAKS_OFF.of(where=page.breaks_off)
        return replace(page, is_cut=True, damage=Reason.LIST_PAGE.of(url=url, why=why))

    def _pass(self, page: RoutePage, next_url: str) -> None:
        """Take note that the next page is asked for, whatever form its number gives its address."""
        key = urlkey(next_url)
        numbers = [n for n, other in page.numbered if urlkey(other) == key]
        for number in numbers or [n for n, _ in page.numbered][:1]:
            self._passed.add(number)
            self.ahead.pop(number, None)

    def _nearest(self) -> str | None:
        """Return the nearest page that was named, and not asked for."""
        while self.ahead:
            number = min(self.ahead)
            self._passed.add(number)
            url = self.ahead.pop(number)
            if urlkey(url) not in self._asked:
                return url
        return None


def _is_alike(one: str, other: str) -> bool:
    """Whether two pages break off in one way: with elements open, it may be any number of them."""
    return one == other or not {one, other} & _SUDDEN
