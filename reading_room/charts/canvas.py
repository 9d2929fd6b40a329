"""What shapes of charts are put together of: words, bars and lines as SVG, and a legend."""

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from reading_room.charts.chart import Chart, Shape
from reading_room.charts.scales import LETTER, marks, shortened, told_marks, width_of

MARGIN = 6
"""Pixels that stay free at each side."""
LINE = 18
"""Pixels from one line of words to the next."""
SWATCH = 22
"""Pixels that the sample of a series takes in the legend, with what is free behind it."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_xml(text: str) -> str:
    """Return a text escaped, without what XML has no characters for."""
    return str(escape(_NOT_XML.sub("", text)))


def rounded(pixels: float) -> str:
    """Return a length as it is written: to a tenth of a pixel."""
    return f"{pixels:.1f}".removesuffix(".0")


class Canvas:
    """A drawing under way. Lengths are pixels, from the upper left corner."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self.parts: list[str] = []

    def add(self, element: str, kind: str, title: str | None = None, **lengths: float) -> None:
        """Add an element of a *kind* that the style sheet knows; *title* is shown beside it."""
        at = "".join(f' {name}="{rounded(value)}"' for name, value in lengths.items())
        inside = f"><title>{as_xml(title)}</title></{element}>" if title else "/>"
        self.parts.append(f'<{element} class="{kind}"{at}{inside}')

    def path(self, points: str, kind: str, title: str | None = None) -> None:
        """Add a line or an outline, as the attribute ``d`` describes it."""
        inside = f"><title>{as_xml(title)}</title></path>" if title else "/>"
        self.parts.append(f'<path class="{kind}" d="{points}"{inside}')

    def say(self, text: str, x: float, y: float, *, anchor: str = "start", kind: str = "") -> None:
        """Write a text at *x*, on the line *y*."""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        of = f' class="{kind}"' if kind else ""
        self.parts.append(
            f'<text{of} x="{rounded(x)}" y="{rounded(y)}"{place}>{as_xml(text)}</text>'
        )

    def drawn(self) -> Markup:
        """Return what was drawn so far."""
        return Markup("\n".join(self.parts))  # noqa: S704 - each text in it is escaped by as_xml

    def legend(self, chart: Chart, samples: Iterable[tuple[str, str]] | None = None) -> float:
        """Name the series, or other *samples* with their kinds, and return how high that is."""
        if samples is None:
            if len(chart.series) < 2:
                return 0
            samples = ((s.name, f"s{n}") for n, s in enumerate(chart.series))
        x, y = float(MARGIN), float(LETTER)
        for number, (name, kind) in enumerate(samples):
            told = shortened(name, self.width - 2 * MARGIN - SWATCH)
            if x > MARGIN and x + SWATCH + width_of(told) > self.width - MARGIN:
                x, y = MARGIN, y + LINE
            self._sample(chart.shape, number, kind, x, y)
            self.say(told, x + SWATCH, y)
            x += SWATCH + width_of(told) + 2 * MARGIN
        return y + LINE - LETTER

    def _sample(self, shape: Shape, number: int, kind: str, x: float, y: float) -> None:
        if shape == Shape.LINES:
            middle = y - LETTER / 3
            self.path(f"M{rounded(x)} {rounded(middle)}h16", f"line {kind}")
            self.marker(number, x + 8, middle, kind)
        else:
            self.add("rect", kind, x=x, y=y - 10, width=14, height=12)

    def marker(self, number: int, x: float, y: float, kind: str, title: str | None = None) -> None:
        """Mark a point by the form that the series of this *number* has."""
        form = MARKERS[number % len(MARKERS)]
        self.path(f"M{rounded(x)} {rounded(y)}{form}", f"mark {kind}", title)

    def axis(self, chart: Chart, above: float, height: float) -> tuple[float, Sequence[float]]:
        """Draw the numbers from bottom to top of a plot, with a line at each; return where the plot
        begins, and the numbers."""
        at = marks(chart.top, chart.unit)
        told = told_marks(at, chart.unit)
        left = MARGIN + max(map(width_of, told)) + MARGIN
        for number, text in zip(at, told, strict=True):
            y = above + height * (1 - number / at[-1])
            self.add("line", "rule", x1=left, y1=y, x2=self.width - MARGIN, y2=y)
            self.say(text, left - MARGIN, y + LETTER / 3, anchor="end")
        return left, at


MARKERS = (
    "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "m-3-3h6v6h-6z",
    "m0-4.5l4.5 8h-9z",
    "m0-4.5l4.5 4.5l-4.5 4.5l-4.5-4.5z",
    "m-4-1.2h2.8v-2.8h2.4v2.8h2.8v2.4h-2.8v2.8h-2.4v-2.8h-2.8z",
    "m0 4.5l4.5-8h-9z",
)
"""Disc, square, triangle, diamond, cross, and the triangle on its head; around a point."""
