"""What the articles of a site link to, and which of it is asked for."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from archive.connection import Connection
from archive.tables import Tables
from archive.tables.links import LinkQueries
from archive.transactions import Transactions
from crawler.visit import MOST_LINKS, Link


class Linked(LinkQueries):
    """What may be articles since other articles link to it."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db)
        self._links = tables.links
        self._transactions = transactions

    def unknown(self, site: str) -> list[Link]:
        """Return what nothing else has named until now, the oldest first."""
        self.forget_known(site)
        return self.of(site)

    def forget_known(self, site: str) -> None:
        """Forget what something else has named by now."""
        with self._transactions.begin():
            self._links.forget_known(site)

    def note(self, site: str, named: Iterable[tuple[Sequence[str], str, datetime]]) -> None:
        """Note what pages of articles link to, each with the address of its article and when it was
        received; no more than are kept in mind.
        """
        with self._transactions.begin():
            room = MOST_LINKS - self.count(site)
            for urls, on, at in named:
                room -= self._links.note(site, urls[: max(0, room)], on, at)

    def judge(self, site: str, asked: Sequence[Link], others: Iterable[Link]) -> None:
        """Have some asked for, as addresses of articles, and note of *others* that they are not."""
        with self._transactions.begin():
            self._links.judge(site, asked, others, datetime.now(UTC))
