"""How many articles: year by year, month by month, and in which months none."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from datasette.database import Database

from crawler.text.dates import VIET_NAM
from reading_room.charts import Category, Chart, Series, Shape
from reading_room.charts.scales import told_number
from reading_room.figures.asked import Asked, counted_by, name_asked
from reading_room.figures.period import (
    Counts,
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
    found = await counted_by(db, asked, YEAR)
    counts, notes = _counts(found)
    names = years_of(counts)
    return _columns(
        "years", await name_asked(db, asked), _("Articles by year"), _("Year"), counts,
        year_categories(names, asked.filters), notes,
    )  # fmt: skip


async def by_month(db: Database, asked: Asked) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return how many articles there are of each month that has some, and what is not counted."""
    return _counts(await counted_by(db, asked, MONTH))


def _counts(found: Mapping[str | None, int]) -> tuple[dict[str, int], tuple[str, ...]]:
    dated = {at: number for at, number in found.items() if at is not None}
    counts, odd = drawable(dated, today())
    return counts, left_out_notes(odd, found.get(None, 0))


async def months(db: Database, asked: Asked) -> Chart:
    """Return how many articles there are of each month."""
    counts, notes = await by_month(db, asked)
    return _columns(
        "months", await name_asked(db, asked), _("Articles by month"), _("Month"), counts,
        month_categories(months_of(counts), asked.filters), notes,
    )  # fmt: skip


def _columns(
    name: str,
    of: str,
    title: str,
    heading: str,
    counts: Counts,
    categories: tuple[Category, ...],
    notes: tuple[str, ...],
) -> Chart:
    return Chart(
        name=name,
        title=title,
        of=of,
        told=told_peak(counts, {category.key: category.label for category in categories}),
        shape=Shape.COLUMNS,
        heading=heading,
        categories=categories,
        series=(series_of("articles", _("Articles"), counts, categories),),
        notes=notes,
    )


def series_of(key: str, name: str, counts: Counts, categories: tuple[Category, ...]) -> Series:
    """Return counts as the series of a chart, 0 where nothing was counted."""
    return Series(key, name, tuple(counts.get(category.key, 0) for category in categories))


async def silence(db: Database, asked: Asked) -> Chart:
    """Return the months of each year, those without an article between others among them."""
    counts, notes = await by_month(db, asked)
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
        notes=notes,
    )
