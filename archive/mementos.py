"""What web archives have of the sites, as crawls of them learn it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from archive.tables import Tables
from archive.transactions import Transactions
from crawler.mementos import Archived, AskedMemento
from crawler.vocabulary import RouteStatus


class MementoBook:
    """What web archives list, and what of it was asked for."""

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._mementos = tables.mementos
        self._urls = tables.urls
        self._transactions = transactions

    def of(self, site: str, url: str) -> list[Archived]:
        """Return what web archives list of an address of a site."""
        return self._mementos.of(site, url)

    def exhausted(self, site: str, url: str) -> frozenset[str]:
        """Return the web archives that have given all that they have of an address."""
        known = self._urls.known(site, url)
        return frozenset((known["web_archive"] or "").split()) if known else frozenset()

    def lists_for_programs(self, site: str, web_archives: Collection[str]) -> list[Archived]:
        """Return the feeds, sitemaps and answers of REST that were not asked for, newest first."""
        return self._mementos.lists_for_programs(site, web_archives)

    def note(self, site: str, captures: Sequence[Archived], lists: Collection[Archived]) -> None:
        """Write down what a web archive lists; *lists* are those that are for programs."""
        with self._transactions.begin():
            self._mementos.note(site, captures, lists)

    def note_asked(self, site: str, url: str, asked: AskedMemento) -> None:
        """Write down that one was asked for that is no page."""
        with self._transactions.begin():
            self._mementos.note_asked(site, url, [asked], datetime.now(UTC))

    def walks(self, site: str) -> Mapping[str, tuple[str, RouteStatus, datetime]]:
        """Return the lists that were asked for, by address: whose, what came of it, and when."""
        return self._mementos.walks(site)

    def note_list(self, site: str, web_archive: str, url: str, state: RouteStatus) -> None:
        """Write down what came of a list."""
        with self._transactions.begin():
            self._mementos.note_list(site, web_archive, url, state, datetime.now(UTC))

    def forget_failures(self, site: str) -> None:
        """Forget the lists that could not be had."""
        with self._transactions.begin():
            self._mementos.forget_failures(site)
