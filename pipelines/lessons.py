"""What a crawl that learns asks of the archive (`crawler.lessons.Lessons`)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from archive import Archive
from crawler.lessons import KeptProfile, Received
from crawler.visit import Visit
from crawler.vocabulary import Sign
from pipelines.tidy import tidy


class Storing(Protocol):
    """What it needs of the pipeline that stores."""

    async def settled(self) -> None:
        """Wait until what waits to be stored is."""

    def storing(self) -> AbstractContextManager[None]:
        """Write something beside the visits; end the crawl where nothing can be written."""


class ArchiveLessons:
    """How the pages of one site are read, as the archive knows it."""

    def __init__(self, store: Storing, archive: Archive, site: str, run_id: int) -> None:
        self.store = store
        self.archive = archive
        self.site = site
        self.run_id = run_id

    def profiles(self) -> tuple[KeptProfile, ...]:
        """Return the profiles of the site, oldest first."""
        return self.archive.lessons.profiles(self.site)

    def write(self, profiles: Sequence[KeptProfile]) -> None:
        """Put these in the place of the profiles that a person wrote."""
        self._put(profiles, learnt=False)

    def learn(self, profiles: Sequence[KeptProfile]) -> None:
        """Put these in the place of the profiles that were learnt."""
        self._put(profiles, learnt=True)

    def _put(self, profiles: Sequence[KeptProfile], *, learnt: bool) -> None:
        known = [one for one in self.profiles() if (one.learnt_at is not None) == learnt]
        if profiles or known:
            with self.store.storing():
                self.archive.lessons.put(self.site, profiles, learnt=learnt)

    def signs(self) -> frozenset[Sign]:
        """Return what speaks for it that the site's pages are read badly."""
        return self.archive.lessons.signs(self.site)

    def known(self) -> int:
        """Return how many pages of the site were received."""
        return self.archive.lessons.known(self.site)

    def last(self, url: str, before: datetime) -> Received | None:
        """Return a page as it was received last *before* a time, None if it was not."""
        return self.archive.lessons.last(self.site, url, before)

    def unread(self) -> int:
        """Return how many articles of the site were read by no profile."""
        return self.archive.lessons.unread(self.site)

    async def settled(self) -> None:
        """Wait until the archive has what was received until now."""
        await self.store.settled()

    def samples(self, most: int) -> Iterator[Received]:
        """Yield no more than so many pages of the site."""
        with self.store.storing():  # what is under way is among them
            pass
        return self.archive.lessons.samples(self.site, most)

    def to_read_again(self) -> Iterator[Received]:
        """Yield the pages from which articles were read, and those that were read as none."""
        with self.store.storing():
            pass
        return self.archive.lessons.to_read_again(self.site)

    def read_again(self, visit: Visit) -> None:
        """Store how a page reads that was received before."""
        assert visit.page
        page, _ = tidy(visit.page)
        with self.store.storing():
            self.archive.lessons.read_again(self.run_id, self.site, replace(visit, page=page))

    def applied(self) -> None:
        """Note that all that was received has been read by the profiles that there are."""
        with self.store.storing():
            self.archive.lessons.applied(self.site)
