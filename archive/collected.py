"""What a fleet held, as far as this archive has it: noted where it is read without the fleet."""

from collections.abc import Mapping
from datetime import UTC, datetime

from archive.connection import Connection
from archive.tables import Tables
from archive.tables.collections import CollectionQueries
from archive.transactions import Transactions


class CollectionBook(CollectionQueries):
    """What was collected, and how the fleet was then."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions

    def note(self, site: str, generation: int, made_at: datetime) -> None:
        """Note that a generation of a district, which was *made_at* a time, was collected just now.

        A district of which nothing was stored yet is no site of the archive, and not noted.
        """
        with self._transactions.begin():
            if self._tables.sites.is_known(site):
                self._tables.collections.put(site, generation, made_at, datetime.now(UTC))

    def note_fleet(self, state: Mapping[str, int]) -> None:
        """Note how the fleet is just now: the columns of ``fleets``."""
        with self._transactions.begin():
            self._tables.collections.put_fleet(state, datetime.now(UTC))
