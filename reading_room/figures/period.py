"""Months and years: all of a span, what each is called, and which are too odd to be drawn."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from babel.dates import format_date

from reading_room.charts import Category
from reading_room.charts.scales import told_number
from reading_room.language import gettext as _
from reading_room.language import language, ngettext

MOST_YEARS = 60
"""Years before this one that are drawn; what is said to be older is most likely a mistake."""
NAMED_MONTHS = 18
"""Months of which each is named at the axis; of more, only where a year begins."""

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_FORMS = {"vi": "M/y", "en": "MMM y"}

Counts = Mapping[str, int]


def drawable(counts: Counts, today: date) -> tuple[dict[str, int], int]:
    """Return the counts by month or year that can be drawn, and of how many the others are: those
    of the next year but one, or of more than `MOST_YEARS` ago.
    """
    reach = range(today.year - MOST_YEARS, today.year + 2)
    kept = {key: n for key, n in counts.items() if _is_time(key) and int(key[:4]) in reach}
    return kept, sum(counts.values()) - sum(kept.values())


def _is_time(key: str) -> bool:
    return bool(_MONTH.fullmatch(key)) or (len(key) == 4 and key.isdecimal())


def by_year(counts: Counts) -> dict[str, int]:
    """Return counts by month as counts by year."""
    found: dict[str, int] = {}
    for month, number in counts.items():
        found[month[:4]] = found.get(month[:4], 0) + number
    return found


def years_of(found: Iterable[str]) -> list[str]:
    """Return all years from the first to the last one of *found*, months or years."""
    numbers = sorted(int(key[:4]) for key in found)
    return [f"{year:04}" for year in range(numbers[0], numbers[-1] + 1)] if numbers else []


def months_of(found: Iterable[str]) -> list[str]:
    """Return all months from the first to the last one of *found*."""
    inside = sorted(found)
    months = (f"{year}-{month:02}" for year in years_of(inside) for month in range(1, 13))
    return [month for month in months if inside[0] <= month <= inside[-1]]


def month_name(month: str) -> str:
    """Return what a month is called in the language of the page: "3/2021"."""
    day = date.fromisoformat(f"{month}-01")
    return str(format_date(day, _FORMS[language()], locale=language()))


def year_categories(
    years: Iterable[str], filters: tuple[tuple[str, str], ...] = ()
) -> tuple[Category, ...]:
    """Return years as the categories of a chart; *filters* choose their articles besides."""
    return tuple(Category(year, year, year, (*filters, ("year", year))) for year in years)


def month_categories(
    months: Iterable[str], filters: tuple[tuple[str, str], ...] = ()
) -> tuple[Category, ...]:
    """Return months as the categories of a chart."""
    every = [*months]
    are_few = len(every) <= NAMED_MONTHS
    return tuple(
        Category(
            month,
            name := month_name(month),
            name if are_few else month[:4] if month.endswith("-01") else None,
            (
                *filters,
                ("published_at__gte", month),
                ("published_at__lt", _following(month)),
            ),
        )
        for month in every
    )


def _following(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def left_out_notes(odd: int, undated: int) -> tuple[str, ...]:
    """Return what is said of articles that are in no month or year of a chart."""
    notes = []
    if undated:
        told = ngettext(
            "%(number)s article without a date is not counted.",
            "%(number)s articles without a date are not counted.",
            undated,
        )
        notes.append(told % {"number": told_number(undated)})
    if odd:
        told = ngettext(
            "%(number)s article with a date that cannot be right is not counted.",
            "%(number)s articles with dates that cannot be right are not counted.",
            odd,
        )
        notes.append(told % {"number": told_number(odd)})
    return tuple(notes)


def told_peak(counts: Counts, name: Mapping[str, str]) -> str:
    """Return in a sentence from when to when something was counted, and when it was most."""
    inside = sorted(key for key, number in counts.items() if number)
    if not inside:
        return _("There is nothing to draw yet.")
    if len(inside) == 1:
        return _("All in %(name)s: %(number)s.") % {
            "name": name[inside[0]], "number": told_number(counts[inside[0]]),
        }  # fmt: skip
    most = max(inside, key=lambda key: (counts[key], key))
    return _("From %(first)s to %(last)s; most in %(most)s: %(number)s.") % {
        "first": name[inside[0]],
        "last": name[inside[-1]],
        "most": name[most],
        "number": told_number(counts[most]),
    }
