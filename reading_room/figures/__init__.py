"""What the archive's charts are of: each figure a question to the archive, answered as a `Chart`.

``/charts/NAME.svg``, ``.csv`` and ``.json`` name them; a page takes one in with ``_chart.html``.
"""

from collections.abc import Awaitable, Callable

from datasette.database import Database

from reading_room.charts import Chart
from reading_room.figures import articles, ledger, places, words
from reading_room.figures.asked import Asked

FIGURES: dict[str, Callable[[Database, Asked], Awaitable[Chart | None]]] = {
    "years": articles.years,
    "months": articles.months,
    "silence": articles.silence,
    "held": ledger.held,
    "freshness": ledger.freshness,
    "places": places.places,
    "words": words.words,
}
"""The figures by their names. One is None where there is nothing that it could be asked of."""

__all__ = ["FIGURES", "Asked"]
