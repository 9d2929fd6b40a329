"""Bars that lie, each beside its name: which places have how many."""

from reading_room.charts.canvas import MARGIN, Canvas
from reading_room.charts.chart import Chart
from reading_room.charts.scales import LETTER, shortened, told_number, width_of

BAR = 15
"""Pixels from a bar to the next one of its row."""
BETWEEN = 9
"""Pixels between two rows."""


def draw(chart: Chart, canvas: Canvas) -> None:
    """Draw the rows of a chart."""
    above = y = canvas.legend(chart) + MARGIN
    told = [[told_number(v or 0, chart.unit) for v in series.values] for series in chart.series]
    names = max(width_of(category.label) for category in chart.categories)
    left = MARGIN + min(names, canvas.width * 0.42) + MARGIN
    numbers = max(width_of(text) for texts in told for text in texts)
    longest = canvas.width - MARGIN - numbers - MARGIN - left
    for n, category in enumerate(chart.categories):
        middle = y + BAR * len(chart.series) / 2 + LETTER / 3
        canvas.say(
            shortened(category.label, left - 2 * MARGIN), left - MARGIN, middle, anchor="end"
        )
        for number, series in enumerate(chart.series):
            length = longest * ((series.values[n] or 0) / chart.top)
            if length:
                canvas.add(
                    "rect", f"s{number}", f"{category.label}: {told[number][n]}",
                    x=left, y=y + 1, width=max(length, 0.5), height=BAR - 2,
                )  # fmt: skip
            canvas.say(told[number][n], left + length + MARGIN, y + BAR / 2 + LETTER / 3)
            y += BAR
        y += BETWEEN
    canvas.add("line", "base", x1=left, y1=above - 2, x2=left, y2=y - BETWEEN + 2)
    canvas.height = y
