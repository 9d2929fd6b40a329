"""Columns over a line of time: how many, month by month or year by year."""

from collections.abc import Sequence

from reading_room.charts.canvas import LINE, MARGIN, Canvas, rounded
from reading_room.charts.chart import Chart
from reading_room.charts.scales import LETTER, placed, told_number, width_of

PLOT = 190
"""Pixels of the plot from bottom to top."""
THINNEST = 4
"""Pixels of a category, from which on it has a bar of its own; narrower ones are one outline."""


def draw(chart: Chart, canvas: Canvas) -> None:
    """Draw the columns of a chart."""
    above = canvas.legend(chart) + LINE
    left, numbers = canvas.axis(chart, above, PLOT)
    slot = (canvas.width - MARGIN - left) / len(chart.categories)
    bottom, per_unit = above + PLOT, PLOT / numbers[-1]
    under: Sequence[float] = [0.0] * len(chart.categories)
    for number, series in enumerate(chart.series):
        over = [low + (value or 0) for low, value in zip(under, series.values, strict=True)]
        steps = [
            (bottom - per_unit * low, bottom - per_unit * high)
            for low, high in zip(under, over, strict=True)
        ]
        if slot < THINNEST:
            canvas.path(_outline(steps, left, slot), f"s{number} whole")
        else:
            _bars(canvas, chart, number, steps, left, slot)
        under = over
    if len(chart.series) == 1:
        _tell_each(canvas, chart, left, slot, bottom, per_unit)
    canvas.add("line", "base", x1=left, y1=bottom, x2=canvas.width - MARGIN, y2=bottom)
    name_categories(canvas, chart, left, slot, bottom)


def name_categories(canvas: Canvas, chart: Chart, left: float, slot: float, bottom: float) -> None:
    """Name under the plot what stands over it, as far as there is room; end the drawing there."""
    names = [
        (left + slot * (n + 0.5), category.tick)
        for n, category in enumerate(chart.categories)
        if category.tick
    ]
    for x, name in placed(names, MARGIN, canvas.width - MARGIN):
        canvas.say(name, x, bottom + LINE, anchor="middle")
    canvas.height = bottom + LINE + MARGIN


def _bars(
    canvas: Canvas,
    chart: Chart,
    number: int,
    steps: Sequence[tuple[float, float]],
    left: float,
    slot: float,
) -> None:
    series, wide = chart.series[number], min(slot * 0.8, 48)
    for n, (low, high) in enumerate(steps):
        if value := series.values[n]:
            told = f"{chart.categories[n].label}: {told_number(value, chart.unit)}"
            of = f" ({series.name})" if len(chart.series) > 1 else ""
            x = left + slot * (n + 0.5) - wide / 2
            height = max(low - high, 0.5)  # a bar that is hardly any is seen all the same
            canvas.add(
                "rect", f"s{number}", told + of, x=x, y=low - height, width=wide, height=height
            )


def _outline(steps: Sequence[tuple[float, float]], left: float, slot: float) -> str:
    """Return the outline of a series that has no room for bars: up, along and back again."""
    along = [f"M{rounded(left)} {rounded(steps[0][0])}"]
    along += [f"V{rounded(high)}H{left + slot * n:.2f}" for n, (_, high) in enumerate(steps, 1)]
    back = [f"V{rounded(steps[n][0])}H{left + slot * n:.2f}" for n in range(len(steps) - 1, -1, -1)]
    return "".join([*along, *back, "z"])


def _tell_each(
    canvas: Canvas, chart: Chart, left: float, slot: float, bottom: float, per_unit: float
) -> None:
    """Write the number over each column, if there is room over all of them."""
    told = [told_number(value, chart.unit) if value else "" for value in chart.series[0].values]
    if max(map(width_of, told)) + 4 > slot:
        return
    for n, text in enumerate(told):
        if text:
            y = bottom - per_unit * (chart.series[0].values[n] or 0) - LETTER / 3
            canvas.say(text, left + slot * (n + 0.5), y, anchor="middle")
