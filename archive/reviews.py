"""A sample of articles that people hold against their pages, and what share of them is right."""

from datetime import datetime
from random import SystemRandom

from archive.connection import Connection, Row
from archive.reviewed import Sampled, digest_of, is_as_reviewed, sampled_of_each
from archive.tables import Tables
from archive.tables.articles import ArticleQueries
from archive.tables.reviews import ReviewQueries
from archive.transactions import Transactions
from crawler.vocabulary import Reviewed


class ReviewBook(ReviewQueries):
    """The reviews of an archive."""

    def __init__(
        self,
        db: Connection,
        tables: Tables,
        transactions: Transactions,
        articles: ArticleQueries,
    ) -> None:
        super().__init__(db)
        self._reviews = tables.reviews
        self._transactions = transactions
        self._articles = articles

    def sample(self, number: int, site: str | None = None) -> list[Row]:
        """Return so many rows of ``articles`` at random, each with the ``digest`` of how it reads.

        Those that were reviewed and read otherwise since come first: were they left out, only what
        was right would stay in the sample. None was reviewed as it reads today.
        """
        able = {*self.with_captures(site)}
        known = {row["article"]: is_as_reviewed(row) for row in self.last(site)}
        again = sorted(article for article, reads in known.items() if article in able and not reads)
        chance = SystemRandom()
        chosen = chance.sample(again, min(number, len(again)))
        rest = sorted(able - known.keys())
        chosen += chance.sample(rest, min(number - len(chosen), len(rest)))
        rows = {row["id"]: row for row in self._articles.rows(chosen)}
        return [rows[one] | {"digest": digest_of(rows[one])} for one in chosen if one in rows]

    def add(self, code: str, digest: str, verdict: Reviewed, by: str, at: datetime) -> None:
        """Keep what a person found of the article of a code, as it read by this *digest*."""
        with self._transactions.begin():
            self._reviews.add(code, digest, verdict, by, at)

    def sampled(self, site: str | None = None) -> list[Sampled]:
        """Return what came of the reviews: of a site, or of all together and of each by itself."""
        return sampled_of_each(self.last(site), site)
