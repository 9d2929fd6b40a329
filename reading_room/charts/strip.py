"""A strip of twelve months for each year: when there was much, little or nothing."""

from collections.abc import Sequence
from itertools import pairwise

from reading_room.charts.canvas import LINE, MARGIN, Canvas
from reading_room.charts.chart import Chart
from reading_room.charts.scales import LETTER, told_number, width_of
from reading_room.language import gettext as _

CELL = 24
"""Pixels of a month from bottom to top."""
LEVELS = 4


def draw(chart: Chart, canvas: Canvas) -> None:
    """Draw the strips of a chart: of each category in turn January to December."""
    values = chart.series[0].values
    levels = bounds([value for value in values if value])
    told = [told_number(value) if value is not None else "" for value in values]
    years = [chart.categories[n].tick or "" for n in range(0, len(values), 12)]
    left = MARGIN + max(map(width_of, years)) + MARGIN
    slot = (canvas.width - MARGIN - left) / 12
    are_told = max(map(width_of, told)) + 4 <= slot
    above = canvas.legend(chart, _samples(levels)) + LINE + MARGIN
    for month in range(12):
        canvas.say(str(month + 1), left + slot * (month + 0.5), above - MARGIN, anchor="middle")
    for n, value in enumerate(values):
        y, x = above + CELL * (n // 12), left + slot * (n % 12)
        if n % 12 == 0:
            canvas.say(years[n // 12], left - MARGIN, y + CELL / 2 + LETTER / 3, anchor="end")
        if value is None:
            continue
        kind = f"h{level(value, levels)}"
        title = f"{chart.categories[n].label}: {told[n]}"
        canvas.add("rect", kind, title, x=x + 1, y=y + 1, width=slot - 2, height=CELL - 2)
        if are_told:
            canvas.say(
                told[n], x + slot / 2, y + CELL / 2 + LETTER / 3, anchor="middle", kind=f"on-{kind}"
            )
    canvas.height = above + CELL * len(years) + MARGIN


def bounds(values: Sequence[float]) -> tuple[float, ...]:
    """Return from which number on each level begins, so that about as many months are in each."""
    ordered = sorted(values)
    starts = (ordered[len(ordered) * n // LEVELS] for n in range(LEVELS)) if ordered else ()
    return tuple(dict.fromkeys(starts))


def level(value: float, levels: Sequence[float]) -> int:
    """Return the level of a number, 0 for nothing; the last one is always the darkest."""
    if not value:
        return 0
    return LEVELS - len(levels) + sum(value >= start for start in levels)


def _samples(levels: Sequence[float]) -> Sequence[tuple[str, str]]:
    """Return the legend of the levels: what each begins with, and ends before."""
    told = [
        told_number(start) if end - start <= 1 else f"{told_number(start)}–{told_number(end - 1)}"
        for start, end in pairwise(levels)
    ]
    last = [_("%(number)s or more") % {"number": told_number(levels[-1])}]
    kinds = [f"h{level(start, levels)}" for start in levels]
    return [(_("none"), "h0"), *zip([*told, *last], kinds, strict=True)]
