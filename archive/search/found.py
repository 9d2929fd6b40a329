"""What a search asks beyond words, and what it answers: frozen values."""

from typing import Literal, NamedTuple

from crawler.vocabulary import LeftOut, Order

__all__ = ["COUNTABLE", "FACETS", "MONTH", "Filters", "Found", "Hit", "LeftOut", "Order"]

FACETS = ("site", "province", "year", "category", "author", "place", "document")
"""What filters, and can be counted of all that match."""
MONTH = "month"
COUNTABLE = (*FACETS, MONTH)
"""What can be counted of all that match: months of publication ("2021-09"), too, all of them."""


class Filters(NamedTuple):
    """What is wanted of an article beside its words; several values of one are any of them."""

    sites: tuple[str, ...] = ()
    """Keys, as ``sites.key``."""
    provinces: tuple[str, ...] = ()
    """As ``sites.province``."""
    places: tuple[str, ...] = ()
    """Kind and code, as ``place_articles`` has them: ``unit:01234``."""
    years: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    """Keys of cited documents, as ``citations.key``."""
    since: str | None = None
    """A day (YYYY-MM-DD) of publication, as the portal's clock has it; it is included."""
    until: str | None = None
    spelling: Literal["any", "exact"] = "any"
    """Whether words that were typed with marks have to be spelled so."""


class Hit(NamedTuple):
    """An article that was found."""

    article_id: int
    exact: bool
    """Whether every word stands in it as typed; True where none was typed with marks."""
    score: float
    """By how much it is before others; 0.0 where the order is by date."""


class Found(NamedTuple):
    """What was found."""

    total: int
    """All that match, in any spelling unless the filters ask for the exact one."""
    exact: int | None
    """Of them, those in which every word is spelled as typed; None where no marks were typed."""
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[tuple[str, int], ...]]
    """Of each of `COUNTABLE` that was asked for, its values among all that match, and in how many
    articles each is, most first."""
    engine: Literal["tantivy", "fts5"]
    left_out: tuple[LeftOut, ...]
    """What was not ranked or not counted; empty if nothing."""
    as_of: int
    """The number of the last change (``articles.changed``) that the answer knows of."""
