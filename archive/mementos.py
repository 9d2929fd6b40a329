"""What web archives have of the sites, as crawls of them learn it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from archive.connection import Connection
from archive.tables import Tables
from archive.tables.mementos import MementoQueries
from archive.transactions import Transactions
from crawler.mementos import Archived, AskedMemento
from crawler.vocabulary import RouteStatus


class MementoBook(MementoQueries):
    """What web archives list, and what of it was asked for."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db)
        self._mementos = tables.mementos
        self._urls = tables.urls
        self._transactions = transactions

    def exhausted(self, site: str, url: str) -> frozenset[str]:
        """Return the web archives that have given all that they have of an address."""
        known = self._urls.known(site, url)
        return frozenset((known["web_archive"] or "").split()) if known else frozenset()

    def note(self, site: str, captures: Sequence[Archived], lists: Collection[Archived]) -> None:
        """Write down what a web archive lists; *lists* are those that are for programs."""
        with self._transactions.begin():
            self._mementos.note(site, captures, lists)

    def note_asked(self, site: str, url: str, asked: AskedMemento) -> None:
        """Write down that one was asked for that is no page."""
        with self._transactions.begin():
            self._mementos.note_asked(site, url, [asked], datetime.now(UTC))

    def note_list(self, site: str, web_archive: str, url: str, state: RouteStatus) -> None:
        """Write down what came of a list."""
        with self._transactions.begin():
            self._mementos.note_list(site, web_archive, url, state, datetime.now(UTC))

    def forget_failures(self, site: str) -> None:
        """Forget the lists that could not be had."""
        with self._transactions.begin():
            self._mementos.forget_failures(site)
