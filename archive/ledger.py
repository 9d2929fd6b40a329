"""The ledger of an archive: what is known, what is held, what is missing, and why."""

from datetime import UTC, datetime

from archive.connection import Connection, Row
from archive.tables import Tables
from archive.tables.urls import UrlQueries
from archive.transactions import Transactions
from crawler.visit import Origin
from crawler.vocabulary import Discovery, Recheck

_HEADS_A_RUN = 10  # a portal that shows no neighbours has as many heads as articles


class Ledger(UrlQueries):
    """Every address the archive knows, what became of it, and what a crawl asks for next."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db, tables.noise)
        self._tables = tables
        self._transactions = transactions

    def seed(self, site: str, url: str) -> Row:
        """Return the row of an address to start from; make it if there is none."""
        with self._transactions.begin():
            self._tables.urls.discover(site, url, Origin(Discovery.SEED), datetime.now(UTC))
            row = self._tables.urls.known(site, url)
            assert row
            return row

    def recheck_heads(self, site: str) -> None:
        """Have the newest articles asked for again that had no newer neighbour when last seen."""
        with self._transactions.begin():
            heads = self._tables.articles.heads(site, _HEADS_A_RUN)
            self._tables.urls.read(site, heads)
            for url in heads:
                self._tables.urls.recheck(site, url, Recheck.NEWEST)

    def coverage(self, site: str) -> Row | None:
        """Return the row of the view ``coverage``, None for a site that was never crawled."""
        return next(self._db.query("SELECT * FROM coverage WHERE site = ?", [site]), None)

    def all_coverage(self) -> list[Row]:
        """Return the rows of the view ``coverage``, by site."""
        return list(self._db.query("SELECT * FROM coverage ORDER BY site"))

    def gaps(self, site: str) -> list[Row]:
        """Return the rows of the view ``gaps``: what is missing, and why."""
        return list(self._db.query("SELECT * FROM gaps WHERE site = ? ORDER BY state, url", [site]))

    def is_all_known(self, site: str) -> bool:
        """Whether nothing speaks of more at a portal than is known, by what the verdict counts as
        lacking: articles that its own list has and nothing names, or that its list of all does not
        name; where no list can tell, breaks of a chain beside which a list was walked. What is
        known may not have been asked for yet.
        """
        row = self.coverage(site)
        if row is None:
            return False
        if row["proved_at"] is None and self._tables.routes.doubted(site, datetime.now(UTC))[0]:
            return False
        if row["claimed"] is not None or row["proved_at"] is not None:
            return not row["unnamed"]
        walked = any(route.walked for route in self._tables.routes.states(site).values())
        chained = "SELECT 1 FROM articles WHERE site = ? AND prev_url IS NOT NULL LIMIT 1"
        is_chained = self._db.execute(chained, [site]).fetchone() is not None
        return walked and is_chained and not row["broken"]
