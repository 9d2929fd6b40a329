"""What the hosts of sites were found to be when they were last asked, dead ones included."""

from collections.abc import Iterable, Mapping
from typing import Any

from archive.connection import Connection
from archive.tables import Tables
from archive.tables.surveys import SurveyQueries
from archive.transactions import Transactions
from crawler.survey import Finding, Holding


class SurveyBook(SurveyQueries):
    """What is known of hosts by surveys."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions

    def know(self, sites: Iterable[Mapping[str, Any]]) -> None:
        """Write down sites (their `SITE_COLUMNS`) that the archive does not know yet.

        Those that it knows stay as they were described when they were last crawled: the next crawl
        is to see what has changed since.
        """
        with self._transactions.begin():
            for site in sites:
                if not self._tables.sites.is_known(site["key"]):
                    self._tables.sites.put(site)

    def note(self, findings: Iterable[Finding]) -> None:
        """Note what a host was found to be, which may be one of several sites."""
        with self._transactions.begin():
            for finding in findings:
                self._tables.surveys.add(finding)

    def note_holding(self, sites: Iterable[str], url: str, holding: Holding) -> None:
        """Note what a web archive has of the host of some sites."""
        with self._transactions.begin():
            for site in sites:
                self._tables.surveys.put(site, url, holding)
