"""How many articles: year by year, month by month, and in which months none."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from datasette.database import Database

from crawler.text.dates import VIET_NAM
from reading_room.charts import Category, Chart, Series, Shape
from reading_room.charts.scales import told_number
from reading_room.figures.asked import Asked, Counts, counted_by, name_asked
from reading_room.figures.period import (
    drawable,
    left_out_notes,
    month_categories,
    months_of,
    told_peak,
    year_categories,
    years_of,
)
from reading_room.language import gettext as _
from reading_room.language import ngettext

YEAR, MONTH = "year", "substr(published_at, 1, 7)"
"""When an article was published, in SQL."""


def today() -> date:
    """Return the day in Viet Nam."""
    return datetime.now(UTC).astimezone(VIET_NAM).date()


async def years(db: Database, asked: Asked) -> Chart:
    """Return how many articles there are of each year."""
    found = _drawable(await counted_by(db, asked, YEAR))
    return Chart(
        name="years",
        title=_("Articles by year"),
        of=await name_asked(db, asked),
        heading=_("Year"),
        **_columns(found, year_categories(years_of(found.numbers), asked.filters)),
    )


class _Drawable(NamedTuple):
    numbers: dict[str, int]
    notes: tuple[str, ...]
    """What is not among them."""
    at: datetime | None


def _drawable(counts: Counts) -> _Drawable:
    dated = {at: number for at, number in counts.numbers.items() if at is not None}
    numbers, odd = drawable(dated, today())
    return _Drawable(numbers, left_out_notes(odd, counts.numbers.get(None, 0)), counts.at)


async def months(db: Database, asked: Asked) -> Chart:
    """Return how many articles there are of each month."""
    found = _drawable(await counted_by(db, asked, MONTH))
    return Chart(
        name="months",
        title=_("Articles by month"),
        of=await name_asked(db, asked),
        heading=_("Month"),
        **_columns(found, month_categories(months_of(found.numbers), asked.filters)),
    )


def _columns(found: _Drawable, categories: tuple[Category, ...]) -> dict[str, Any]:
    names = {category.key: category.label for category in categories}
    return {
        "told": told_peak(found.numbers, names),
        "shape": Shape.COLUMNS,
        "categories": categories,
        "series": (series_of("articles", _("Articles"), found.numbers, categories),),
        "notes": found.notes,
        "at": found.at,
    }


def series_of(
    key: str, name: str, numbers: Mapping[str, int], categories: tuple[Category, ...]
) -> Series:
    """Return counts as the series of a chart, 0 where nothing was counted."""
    return Series(key, name, tuple(numbers.get(category.key, 0) for category in categories))


async def silence(db: Database, asked: Asked) -> Chart:
    """Return the months of each year, those without an article between others among them."""
    found = _drawable(await counted_by(db, asked, MONTH))
    counts = found.numbers
    inside = set(months_of(counts))
    silent = [month for month in sorted(inside) if not counts.get(month)]
    every = [f"{year}-{month:02}" for year in years_of(counts) for month in range(1, 13)]
    categories = tuple(
        Category(each.key, each.label, each.key[:4], each.filters)
        for each in month_categories(every, asked.filters)
    )
    told = ngettext(
        "%(number)s month without an article between the first and the last one.",
        "%(number)s months without an article between the first and the last one.",
        len(silent),
    ) % {"number": told_number(len(silent))}
    return Chart(
        name="silence",
        title=_("Silent months"),
        of=await name_asked(db, asked),
        told=told,
        shape=Shape.STRIP,
        heading=_("Month"),
        categories=categories,
        series=(
            Series(
                "articles",
                _("Articles"),
                tuple(counts.get(month, 0) if month in inside else None for month in every),
            ),
        ),
        notes=found.notes,
        at=found.at,
    )
