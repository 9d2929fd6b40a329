"""What came of the reviews: how many articles that people held against their pages read rightly."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from crawler.vocabulary import Reviewed

SHOWN = "articles.id NOT IN (SELECT article_id FROM withheld WHERE document IS NOT NULL)"
CHOSEN = f"(:site IS NULL OR site = :site) AND {SHOWN}"
"""The condition of articles of a site, or of all, of which nothing is withheld."""

LAST_REVIEWS = f"""
    WITH RECURSIVE leading (review, code) AS (
        SELECT id, code FROM reviews
        UNION
        SELECT review, leads_to FROM leading JOIN aliases USING (code)
        WHERE leads_to IS NOT NULL
    )
    SELECT max(reviews.id) AS id, reviews.digest, reviews.verdict, articles.id AS article,
           site, text_sha256, published_at, author
    FROM leading JOIN articles USING (code) JOIN reviews ON reviews.id = review
    WHERE {CHOSEN} GROUP BY articles.id ORDER BY articles.id"""  # noqa: S608 - our own words
"""The query for the last review of each article of a site, or of all, with what is judged of it."""

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


def is_as_reviewed(review: Mapping[str, Any]) -> bool:
    """Whether the article of a row of `LAST_REVIEWS` reads today as it did when it was reviewed."""
    return bool(review["digest"] == digest_of(review))


def sampled_of_each(reviews: Iterable[Mapping[str, Any]], site: str | None = None) -> list[Sampled]:
    """Return what came of the rows of `LAST_REVIEWS`: of a site, or of all together and then of
    each by itself.
    """
    last = [(row["site"], row["verdict"], is_as_reviewed(row)) for row in reviews]
    sites = [] if site else sorted({of for of, _, _ in last})
    return [_counted(each, last) for each in (site, *sites)]


def _counted(site: str | None, last: Iterable[tuple[str, str, bool]]) -> Sampled:
    of_site = [(verdict, reads) for of, verdict, reads in last if site in (None, of)]
    verdicts = Counter(verdict for verdict, reads in of_site if reads)
    return Sampled(site, verdicts, len(of_site) - verdicts.total())


def digest_of(article: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is judged of an article: the digest of its words, its day and its
    author, a line each. One that reads otherwise by now was not judged yet.
    """
    judged = (article["text_sha256"], article["published_at"] or "", article["author"] or "")
    return hashlib.sha256("\n".join(judged).encode("utf-8", "surrogatepass")).hexdigest()


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
