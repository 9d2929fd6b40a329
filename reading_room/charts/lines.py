"""Lines over time: what share of the articles has a word, each a series."""

from collections.abc import Iterator, Sequence

from reading_room.charts.canvas import LINE, MARGIN, Canvas, rounded
from reading_room.charts.chart import Chart
from reading_room.charts.columns import PLOT, name_categories
from reading_room.charts.scales import told_number

MOST_MARKED = 40
"""Categories of a line whose every point has a mark."""

Point = tuple[float, float]


def draw(chart: Chart, canvas: Canvas) -> None:
    """Draw the lines of a chart."""
    above = canvas.legend(chart) + LINE
    left, numbers = canvas.axis(chart, above, PLOT)
    slot = (canvas.width - MARGIN - left) / len(chart.categories)
    bottom = above + PLOT
    canvas.add("line", "base", x1=left, y1=bottom, x2=canvas.width - MARGIN, y2=bottom)
    for number, series in enumerate(chart.series):
        points = [
            None if v is None else (left + slot * (n + 0.5), bottom - PLOT * (v / numbers[-1]))
            for n, v in enumerate(series.values)
        ]
        of = f"{series.name}, " if len(chart.series) > 1 else ""
        for piece in _pieces(points):
            path = "L".join(f"{rounded(x)} {rounded(y)}" for x, y in piece)
            canvas.path(f"M{path}", f"line s{number}")
        for n, point in enumerate(points):
            is_alone = not any(points[max(n - 1, 0) : n]) and not any(points[n + 1 : n + 2])
            if point and (is_alone or len(points) <= MOST_MARKED):
                told = told_number(series.values[n] or 0, chart.unit)
                title = f"{of}{chart.categories[n].label}: {told}"
                canvas.marker(number, *point, f"s{number}", title)
    name_categories(canvas, chart, left, slot, bottom)


def _pieces(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    """Yield the parts of a line between what is not told; a point alone is none."""
    piece: list[Point] = []
    for point in [*points, None]:
        if point:
            piece.append(point)
        else:
            if len(piece) > 1:
                yield piece
            piece = []
