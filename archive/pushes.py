"""What of the live portals was handed to services that archive it, too."""

from datetime import UTC, datetime

from archive.connection import Connection
from archive.tables import Tables
from archive.tables.pushes import PushQueries
from archive.transactions import Transactions
from crawler.vocabulary import PushState


class PushBook(PushQueries):
    """What was handed in, and what came of it."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions

    def note(
        self, site: str, url: str, service: str, state: PushState, *,
        job: str | None = None, message: str | None = None,
    ) -> int:  # fmt: skip
        """Note that a page was handed to a service just now, and return the number of that."""
        with self._transactions.begin():
            return self._tables.pushes.add(
                site, url, service, datetime.now(UTC), state, job=job, message=message
            )

    def settle(
        self, number: int, state: PushState, *,
        memento: str | None = None, message: str | None = None,
    ) -> None:  # fmt: skip
        """Note what came of it."""
        with self._transactions.begin():
            self._tables.pushes.settle(number, state, memento=memento, message=message)
