"""A chart as SVG: inside a page, whose style sheet colours it, or as a file of its own."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

from reading_room.charts import columns, lines, rows, strip
from reading_room.charts.canvas import LINE, MARGIN, Canvas, as_xml, rounded
from reading_room.charts.chart import Chart, Shape
from reading_room.charts.scales import LETTER, shortened
from reading_room.language import gettext as _
from reading_room.language import language

WIDE, NARROW = 720, 340
"""Pixels of a drawing for a desk and for a phone. Its letters are not scaled on either."""

STYLE = Path(__file__).parents[1] / "static" / "charts.css"

_DRAW = {
    Shape.COLUMNS: columns.draw,
    Shape.ROWS: rows.draw,
    Shape.LINES: lines.draw,
    Shape.STRIP: strip.draw,
}


def draw(chart: Chart, width: int = WIDE) -> Markup:
    """Return a chart as an element ``svg`` for a page. The chart's name and the width make up its
    ids: a page draws a chart once at each width.
    """
    canvas = _canvas(chart, width)
    within = f"0 0 {width} {rounded(canvas.height)}"
    return _element(chart, f"{chart.name}-{width}", f'class="drawing" viewBox="{within}"', canvas)


def standalone(chart: Chart, width: int = WIDE) -> str:
    """Return a chart as a file: with its title, notes and colours, light or dark as is wished."""
    canvas = _canvas(chart, width)
    head = 2 * LINE
    below = [*chart.notes] if not chart.is_empty else []
    height = head + canvas.height + LINE * len(below) + MARGIN
    around = Canvas(width)
    around.add("rect", "paper", x=0, y=0, width=width, height=height)
    around.say(shortened(chart.full_title, width - 2 * MARGIN), MARGIN, LINE, kind="heading")
    around.parts += [f'<g transform="translate(0 {head})">', *canvas.parts, "</g>"]
    for number, note in enumerate(below, 1):
        told = shortened(note, width - 2 * MARGIN)
        around.say(told, MARGIN, head + canvas.height + LINE * number - LINE + LETTER)
    form = f'viewBox="0 0 {width} {rounded(height)}" width="{width}" height="{rounded(height)}"'
    around.parts.insert(0, f"<style>{_style()}</style>")
    return str(_element(chart, chart.name, f'class="drawing" {form}', around)) + "\n"


def _canvas(chart: Chart, width: int) -> Canvas:
    canvas = Canvas(width)
    if chart.is_empty:
        canvas.say(shortened(_("There is nothing to draw yet."), width), MARGIN, LINE)
        canvas.height = 2 * LINE
    else:
        _DRAW[chart.shape](chart, canvas)
    return canvas


def _element(chart: Chart, id_: str, form: str, canvas: Canvas) -> Markup:
    id_ = f"chart-{id_}"
    return Markup(  # noqa: S704 - each text in it is escaped by as_xml
        f'<svg xmlns="http://www.w3.org/2000/svg" {form} role="img" lang="{language()}"'
        f' aria-labelledby="{id_}-title {id_}-desc">\n'
        f'<title id="{id_}-title">{as_xml(chart.full_title)}</title>\n'
        f'<desc id="{id_}-desc">{as_xml(chart.told)}</desc>\n'
        f"{canvas.drawn()}\n</svg>"
    )


_BLOCK = re.compile(r"(@media [^{]+)?(?<!\S):root \{([^}]*)\}(?:\s*\})?")
_COLOUR = re.compile(r"(--[\w-]+): ([^;]+);")
_USE = re.compile(r"var\((--[\w-]+)\)")


@cache
def _style() -> str:
    """Return the style sheet of a file: the page's, each colour put where it is used, since what
    draws files elsewhere knows no variables.
    """
    source = re.sub(r"/\*.*?\*/", "", STYLE.read_text(encoding="utf-8"), flags=re.DOTALL)
    light, dark, _paper = (dict(_COLOUR.findall(block)) for _, block in _BLOCK.findall(source))
    rules = "".join(re.findall(r"^\.drawing[^{]*\{[^}]*\}$", source, flags=re.MULTILINE))

    def coloured(colours: dict[str, str]) -> str:
        return _USE.sub(lambda use: colours[use[1]], rules)

    in_the_dark = coloured(light | dark)
    return f"{coloured(light)}@media (prefers-color-scheme: dark) {{{in_the_dark}}}"
