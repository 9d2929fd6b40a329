"""Whether the portal that answers a crawl is the one whose articles are held."""

from collections.abc import Iterable
from datetime import datetime

from archive import Archive, Question
from crawler.text.addresses import host_of, urlkey
from crawler.visit import Origin, Visit
from crawler.vocabulary import Flag, Outcome, State

_FEWEST_HELD = 8
"""Of fewer, it says little that they are gone."""
_STRANGERS = 3
"""So many new articles make it worth asking, where nothing shows that it is still the portal."""
_SAMPLE, _LEAST_GONE = 6, 4


class Continuity:
    """What a crawl of a portal has seen of what was held before, and of what was not.

    The portal is the same if anything that was held is named by a list or a page, or is found
    unchanged, or if something new is an article that was held at another address. Where none of
    that is seen, and articles come that nobody knew, some that are held are asked for. If all of
    these are gone, another body seems to have taken over the host.
    """

    def __init__(
        self, archive: Archive, site: str, started: datetime, *, asks_portal: bool
    ) -> None:
        self.archive = archive
        self.site = site
        self.started = started
        self.is_sure = not asks_portal or archive.owners.held_before(site, started) < _FEWEST_HELD
        """Whether there is no doubt (any more)."""
        self.strangers = 0
        self.gone: set[str] = set()
        """The keys of the articles that are held and were found to be there no more."""
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
        if self.is_sure or visit.is_media:
            return
        is_there = self._is_there(visit, outcome)
        self.pending.discard(urlkey(visit.url))
        if outcome == Outcome.NEW:
            self.strangers += 1
            self.is_sure = self.archive.owners.is_known(self.site, visit.url)
        elif outcome == Outcome.GONE and visit.state == State.HELD:
            self.strangers += 1  # it shows another article, which was set aside
            self.gone.add(urlkey(visit.url))
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
        if self.is_sure or self.has_asked or self.strangers < _STRANGERS:
            return []
        self.has_asked = True
        sample = self.archive.owners.sample(self.site, self.started, _SAMPLE)
        chosen = [one for one in sample if urlkey(one[0]) not in self.gone]
        self.pending = {urlkey(url) for url, _ in chosen}
        return chosen

    def is_not_asked(self, url: str) -> None:
        """Note that something of what was to be asked for cannot be."""
        self.pending.discard(urlkey(url))

    def question(self) -> Question | None:
        """Return what speaks for another owner, None while that is not clear."""
        gone = len(self.gone)
        if self.is_sure or not self.has_asked or self.pending or gone < _LEAST_GONE:
            return None
        host = host_of(self.archive.runs.site(self.site)["base_url"])
        return Question(
            self.started,
            gone,
            self.strangers,
            f"none of {gone} articles that are held and were asked for is at {host} any more, and "
            f"{self.strangers} others were found there: another body seems to have taken it over. "
            f"Whose is it? tinhuyen owner {self.site} --same, or --successor KEY",
        )
