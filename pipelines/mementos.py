"""What a crawl of web archives asks of the archive (`crawler.mementos.KeptMementos`)."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from archive import Archive
from crawler.mementos import Archived, AskedMemento
from crawler.vocabulary import RouteStatus


class Storing(Protocol):
    """What it needs of the pipeline that stores."""

    def storing(self) -> AbstractContextManager[None]:
        """Write something beside the visits; end the crawl where nothing can be written."""


class ArchiveMementos:
    """What the web archives have of one site, as the archive knows it."""

    def __init__(self, store: Storing, archive: Archive, site: str) -> None:
        self.store = store
        self.book = archive.mementos
        self.site = site

    def of(self, url: str) -> Sequence[Archived]:
        """Return what they list of an address."""
        return self.book.of(self.site, url)

    def exhausted(self, url: str) -> Collection[str]:
        """Return the web archives that have given all that they have of an address."""
        return self.book.exhausted(self.site, url)

    def lists_for_programs(self, web_archives: Collection[str]) -> Sequence[Archived]:
        """Return the feeds, sitemaps and answers of REST that were not asked for, newest first."""
        return self.book.lists_for_programs(self.site, web_archives)

    def note(self, captures: Sequence[Archived], lists: Collection[Archived]) -> None:
        """Write down what a web archive lists; *lists* are those that are for programs."""
        with self.store.storing():
            self.book.note(self.site, captures, lists)

    def note_asked(self, url: str, asked: AskedMemento) -> None:
        """Write down that one was asked for that is no page, and what came of it."""
        with self.store.storing():
            self.book.note_asked(self.site, url, asked)

    def walks(self) -> Mapping[str, tuple[str, RouteStatus, datetime]]:
        """Return the lists that were asked for, by address: whose, what came of it, and when."""
        return self.book.walks(self.site)

    def note_list(self, web_archive: str, url: str, state: RouteStatus) -> None:
        """Write down what came of a list of a web archive."""
        with self.store.storing():
            self.book.note_list(self.site, web_archive, url, state)

    def forget_failures(self) -> None:
        """Forget the lists that could not be had, since all are asked for again."""
        with self.store.storing():
            self.book.forget_failures(self.site)
