"""A sample of articles that people hold against their pages, and what share of them is right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from random import SystemRandom
from typing import Any

from archive.connection import Connection, Row
from archive.tables import Tables
from archive.tables.articles import ArticleQueries
from archive.tables.reviews import ReviewQueries, digest_of
from archive.transactions import Transactions
from crawler.vocabulary import Reviewed

_SURE = 1.959964
"""Of how many standard deviations on either side 95 in 100 of a normal distribution are."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What came of the reviews of a site, or of the whole archive."""

    site: str | None
    verdicts: Counter[str]
    """How many articles, by what was found last of each (`Reviewed`)."""
    outdated: int
    """How many read otherwise since; they are not among the others, and are shown again first."""

    @property
    def number(self) -> int:
        """How many articles were reviewed as they read today."""
        return self.verdicts.total()

    @property
    def right(self) -> int:
        """How many of them are read rightly."""
        return self.verdicts[Reviewed.RIGHT]

    @property
    def interval(self) -> tuple[float, float]:
        """Between which shares that of all articles lies, with 95 per cent of confidence."""
        return wilson(self.right, self.number)

    def as_dict(self) -> dict[str, Any]:
        """Return it for a program."""
        low, high = self.interval
        return {
            "site": self.site, "reviewed": self.number, "right": self.right,
            "low": round(low, 4), "high": round(high, 4),
            "verdicts": dict(self.verdicts), "outdated": self.outdated,
        }  # fmt: skip

    def in_words(self) -> str:
        """Say it in a sentence: the share, and how sure it is."""
        again = f"; {self.outdated} read otherwise since" if self.outdated else ""
        if not self.number:
            return f"no article was reviewed as it reads today{again}"
        low, high = self.interval
        wrong = ", ".join(
            f"{self.verdicts[verdict]} {verdict}"
            for verdict in Reviewed
            if verdict != Reviewed.RIGHT and self.verdicts[verdict]
        )
        return (
            f"{self.right} of {self.number} reviewed articles are read rightly: "
            f"{self.right / self.number:.0%} ({low:.0%} to {high:.0%}, 95% confidence)"
            + (f"; wrong: {wrong}" if wrong else "")
            + again
        )


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
        known = {row["article"]: row["reads"] for row in self.last(site)}
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
        last = self.last(site)
        sites = [] if site else sorted({row["site"] for row in last})
        return [_counted(site, last), *(_counted(each, last) for each in sites)]


def _counted(site: str | None, last: Sequence[Row]) -> Sampled:
    rows = [row for row in last if site is None or row["site"] == site]
    verdicts = Counter(row["verdict"] for row in rows if row["reads"])
    return Sampled(site, verdicts, len(rows) - verdicts.total())


def wilson(hits: int, number: int) -> tuple[float, float]:
    """Return the score interval of a share, at 95 per cent: where *hits* of a *number* that was
    taken at random were such, between which shares that of all lies.

    Wilson (1927), Journal of the American Statistical Association 22, 209-212. Unlike the usual
    one it is honest for small samples, and where all were.
    """
    if not number:
        return 0.0, 1.0
    share, squared = hits / number, _SURE**2
    middle = (share + squared / (2 * number)) / (1 + squared / number)
    spread = sqrt(share * (1 - share) / number + squared / (4 * number**2))
    reach = _SURE * spread / (1 + squared / number)
    # Where none or all hit, an end is the share itself, which the sums above may miss by a hair.
    return min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach))
