"""What the archive's charts are of: each figure a question to the archive, answered as a `Chart`.

``/charts/NAME.svg``, ``.csv`` and ``.json`` name them; a page takes one in with ``_chart.html``.
"""

from collections.abc import Awaitable, Callable, Set
from typing import NamedTuple

from datasette.database import Database

from reading_room.charts import Chart
from reading_room.figures import articles, ledger, places, words
from reading_room.figures.asked import Asked


class Figure(NamedTuple):
    """A question to the archive."""

    answered: Callable[[Database, Asked], Awaitable[Chart | None]]
    """Returns the chart; None where there is nothing that it could be asked of."""
    of: Set[str]
    """By which fields of `Asked` it may be narrowed."""


_ANY = {"site", "place", "document"}
FIGURES = {
    "years": Figure(articles.years, _ANY),
    "months": Figure(articles.months, _ANY),
    "silence": Figure(articles.silence, _ANY),
    "held": Figure(ledger.held, {"site"}),
    "freshness": Figure(ledger.freshness, set()),
    "places": Figure(places.places, {"place"}),
    "words": Figure(words.words, {"q", "site", "by"}),
}
"""The figures by their names."""


async def chart_of(db: Database, name: str, asked: Asked) -> Chart | None:
    """Return the chart of a figure; None where it is not asked of that, or there is no such one.

    Raises `NotFound` where it is asked of what the archive does not know, `BusyError` or
    `TooSlowError` where it takes too long.
    """
    figure = FIGURES.get(name)
    if figure is None or not {*asked.address} <= figure.of:
        return None
    return await figure.answered(db, asked)


__all__ = ["FIGURES", "Asked", "chart_of"]
