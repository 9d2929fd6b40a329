"""Charts: numbers drawn as SVG by pure functions, without a script, a font or anything from
elsewhere. A chart's table says the same and is what counts; the drawing is for the eye.

A `Chart` is what is to be shown, whatever it is of; :func:`draw` draws it for a width.
"""

from reading_room.charts.chart import Category, Chart, Series, Shape, Unit
from reading_room.charts.drawing import NARROW, WIDE, draw, standalone

__all__ = [
    "NARROW",
    "WIDE",
    "Category",
    "Chart",
    "Series",
    "Shape",
    "Unit",
    "draw",
    "standalone",
]
