"""Whether the portal that answers a crawl is the one whose articles are held."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from archive import Archive, Question
from crawler.page import Imprint
from crawler.text.addresses import host_of, urlkey
from crawler.text.site_names import is_one_body_s
from crawler.visit import Origin, Visit
from crawler.vocabulary import Flag, ImprintKind, Outcome, State
from crawler.vocabulary.sentences import Takeover

_FEWEST_HELD = 8
"""Of fewer, it says little that they are gone."""
_STRANGERS = 3
"""So many new articles make it worth asking, where nothing shows that it is still the portal."""
_SAMPLE, _LEAST_GONE = 6, 4
_LEAST_OF_RENAMED, _SHARE_OF_RENAMED = 3, 0.5
"""How many must be gone, and what share of those asked for, where the pages are another site's by
what they say of themselves."""
_RENAMED, _MOSTLY = 3, 0.8
"""So many pages say something new of themselves, and such a share, before it is taken for that."""
_REMEMBERED = 20


class Naming:
    """What the pages of a crawl say of their site, beside what they said before.

    A portal that takes another name, or moves to another CMS, is the same; one that has another
    name and another CMS may be another one.
    """

    def __init__(self, before: Mapping[ImprintKind, Sequence[str]]) -> None:
        self.before = before
        self.new: dict[ImprintKind, Counter[str]] = {kind: Counter() for kind in ImprintKind}
        self.same: Counter[ImprintKind] = Counter()

    def saw(self, imprint: Imprint) -> None:
        """Take note of what a page says."""
        for kind, value in imprint.said.items():
            if any(_are_alike(kind, value, known) for known in self.before[kind]):
                self.same[kind] += 1
            else:
                self.new[kind][value] += 1

    def has_changed(self, kind: ImprintKind) -> bool:
        """Whether the pages say something else of their site than before."""
        new = self.new[kind].total()
        is_most = new >= _RENAMED and new >= _MOSTLY * (new + self.same[kind])
        return bool(self.before[kind]) and is_most

    @property
    def is_another_s(self) -> bool:
        """Whether they have another name and another CMS."""
        return all(map(self.has_changed, ImprintKind))

    @property
    def told(self) -> str:
        """What has changed, in words; "" if nothing has."""
        words = {
            ImprintKind.NAME: Takeover.RENAMED,
            ImprintKind.GENERATOR: Takeover.MADE_OTHERWISE,
        }
        return "; ".join(
            told.of(words=self.new[kind].most_common(1)[0][0], other_words=self.before[kind][0])
            for kind, told in words.items()
            if self.has_changed(kind)
        )


@lru_cache(maxsize=1024)  # each page says the same
def _are_alike(kind: ImprintKind, one: str, other: str) -> bool:
    if kind == ImprintKind.NAME:
        return is_one_body_s(one, other)
    return one.casefold() == other.casefold()


class Continuity:
    """What a crawl of a portal has seen of what was held before, and of what was not.

    The portal is the same if anything that was held is named by a list or a page, or is found
    unchanged, or if something new is an article that was held at another address. Where none of
    that is seen, and articles come that nobody knew, some that are held are asked for. If all of
    these are gone, another body seems to have taken over the host. So it does, too, if its pages
    have another name and another CMS (`Naming`), and half of what is asked for is gone.
    """

    def __init__(
        self, archive: Archive, site: str, started: datetime, *, asks_portal: bool
    ) -> None:
        self.archive = archive
        self.site = site
        self.started = started
        self.is_exempt = not asks_portal or archive.owners.held_before(site, started) < _FEWEST_HELD
        """Whether nothing that is seen tells whose it is."""
        self.is_sure = self.is_exempt
        """Whether something was seen that was held before, so that it is the portal, or a stranger
        who keeps some of its pages."""
        self.naming = Naming(archive.owners.imprints(site))
        self.strangers = 0
        self.newest: deque[str] = deque(maxlen=_REMEMBERED)
        """The addresses of the last of them."""
        self.gone: set[str] = set()
        """The keys of the articles that are held and were found to be there no more."""
        self.asked: list[str] = []
        """The articles that are held and were chosen to be asked for."""
        self.pending: set[str] = set()
        """The keys of those that are asked for to know, and of which it is not known yet."""
        self.has_asked = False

    def named(self, urls: Iterable[str | None]) -> None:
        """Take note of what the portal names."""
        if not self.is_sure:
            named = [url for url in urls if url]
            self.is_sure = self.archive.owners.is_any_held(self.site, named, self.started)

    def stored(self, visit: Visit, outcome: Outcome | None) -> None:
        """Take note of what a visit meant that is in the archive now."""
        if self.is_exempt or visit.is_media:
            return
        if visit.page and not visit.flag:
            self.naming.saw(visit.page.imprint)
        self.pending.discard(urlkey(visit.url))
        shows_another = outcome == Outcome.GONE and visit.state == State.HELD  # it was set aside
        if outcome == Outcome.NEW or shows_another:
            self.strangers += 1
        if outcome == Outcome.NEW:
            self.newest.append(visit.url)
        if not self.is_sure or self.naming.is_another_s:
            self._look_for_what_was_held(visit, outcome)

    def _look_for_what_was_held(self, visit: Visit, outcome: Outcome | None) -> None:
        is_there = self._is_there(visit, outcome)
        if outcome == Outcome.NEW:
            self.is_sure = self.is_sure or self.archive.owners.is_known(self.site, visit.url)
        elif is_there:
            self.is_sure = True
        elif is_there is False and self.archive.owners.was_held(self.site, visit.url, self.started):
            self.gone.add(urlkey(visit.url))
        if visit.page and not self.is_sure:
            page = visit.page
            self.named((page.prev_url, page.next_url, *page.links))

    def _is_there(self, visit: Visit, outcome: Outcome | None) -> bool | None:
        """Return whether what was held at an address is there, None if that is not known."""
        if outcome in (Outcome.CHANGED, Outcome.UNCHANGED):
            owners = self.archive.owners
            return outcome == Outcome.UNCHANGED or not owners.is_replaced(self.site, visit.url)
        is_read = outcome == Outcome.FAILED and visit.page is not None
        is_other = is_read and visit.flag in (None, Flag.EMPTY)  # and no challenge, or the like
        if outcome == Outcome.GONE or visit.state == State.ELSEWHERE or is_other:
            return False
        return None

    def ask(self) -> list[tuple[str, Origin]]:
        """Return what is to be asked for, since there is doubt; once."""
        if self.has_asked or self.is_exempt or self.strangers < _STRANGERS:
            return []
        if self.is_sure and not self.naming.is_another_s:
            return []
        self.has_asked = True
        sample = self.archive.owners.sample(self.site, self.started, _SAMPLE)
        chosen = [one for one in sample if urlkey(one[0]) not in self.gone]
        self.asked = [url for url, _ in sample]
        self.pending = {urlkey(url) for url, _ in chosen}
        return chosen

    def is_not_asked(self, url: str) -> None:
        """Note that something of what was to be asked for cannot be."""
        self.pending.discard(urlkey(url))

    def question(self) -> Question | None:
        """Return what speaks for another owner, None while that is not clear."""
        if self.is_exempt or not self.has_asked or self.pending:
            return None
        gone, host = len(self.gone), host_of(self.archive.runs.site(self.site)["base_url"])
        if not self.is_sure and gone >= _LEAST_GONE:
            told = Takeover.NONE_THERE.of(number=gone, host=host)
        elif self.naming.is_another_s and (gone := self._gone_of_those_asked()):
            told = Takeover.FEW_THERE.of(number=gone, most=len(self.asked), host=host)
        else:
            return None
        told = "; ".join(filter(None, (self.naming.told, told)))
        return Question(
            self.started,
            gone,
            self.strangers,
            Takeover.QUESTION.of(signs=told, number=self.strangers, site=self.site),
        )

    def _gone_of_those_asked(self) -> int:
        """Return how many of the articles that were asked for are gone, where these are many, and
        no few of what has come are articles that were held; else, or if it is not known yet, 0.
        """
        owners = self.archive.owners
        lost = [url for url in self.asked if urlkey(url) in self.gone]
        # What has moved may stand, and have been seen, elsewhere.
        found = Counter(owners.whereabouts(self.site, url, self.started) for url in lost)
        gone, least = found[State.GONE], max(_LEAST_OF_RENAMED, _SHARE_OF_RENAMED * len(self.asked))
        if found[State.WAITING] or gone < least:
            return 0
        moved = sum(owners.is_known(self.site, url) for url in self.newest)
        return gone if 2 * moved < max(1, len(self.newest)) else 0
