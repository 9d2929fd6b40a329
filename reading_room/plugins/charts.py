"""Charts: ``/charts/NAME.svg``, ``.csv`` and ``.json``, words over time at ``/words``, and what
other pages take in with ``{% include "_chart.html" %}``.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from crawler.text.cells import BYTE_ORDER_MARK, line
from reading_room.asking.queries import BusyError, html_answer, json_answer, permitted_archive
from reading_room.charts import NARROW, WIDE, Chart, Shape, draw, standalone
from reading_room.charts.scales import told_number
from reading_room.figures import Asked, chart_of
from reading_room.figures.words import MOST_WORDS, asked_words, left_out_note, search_for
from reading_room.search.answers import TooSlowError


class Shown(NamedTuple):
    """A chart for a page, None if it took too long; and where else it is to be had."""

    chart: Chart | None
    svg: str = ""
    csv: str = ""
    json: str = ""


async def _is_known(db: Database) -> bool:
    """Whether the archive has what charts are asked of; one of an older version may not."""
    return {"articles", "sites", "urls", "runs", "counters"} <= {*await db.table_names()}


async def figure(datasette: Datasette, name: str, asked: Asked) -> Shown | None:
    """Return a figure for a page; None where there is nothing to show."""
    if "archive" not in datasette.databases:
        return None
    db = datasette.get_database("archive")
    if not await _is_known(db):
        return None
    try:
        chart = await chart_of(db, name, asked)
    except (BusyError, TooSlowError):
        return Shown(None)
    if chart is None or chart.is_empty:
        return None
    query = f"?{urlencode(asked.address)}" if asked.address else ""
    forms = (str(datasette.urls.path(f"/charts/{name}.{form}{query}")) for form in _FORMS)
    return Shown(chart, *forms)


class Table(NamedTuple):
    """The numbers of a chart as a page shows them."""

    head: Sequence[str]
    rows: Sequence[tuple[str, tuple[tuple[str, str], ...], Sequence[str]]]
    """Each with its name, the filters by which its articles are found, and its numbers."""


def table_of(chart: Chart) -> Table:
    """Return the table of a chart: a row a category, newest first where they are of time; of a
    strip, a row a year.
    """
    told = [
        ["" if value is None else told_number(value, chart.unit) for value in series.values]
        for series in chart.series
    ]
    if chart.shape == Shape.STRIP:
        years = [
            (year.tick or "", _of_year(year.filters, year.key), told[0][n : n + 12])
            for n, year in enumerate(chart.categories)
            if n % 12 == 0
        ]
        return Table([chart.heading, *map(str, range(1, 13))], years[::-1])
    rows = [
        (category.label, category.filters, [numbers[n] for numbers in told])
        for n, category in enumerate(chart.categories)
    ]
    return Table(
        [chart.heading, *(series.name for series in chart.series)],
        rows if chart.shape == Shape.ROWS else rows[::-1],
    )


def _of_year(filters: tuple[tuple[str, str], ...], month: str) -> tuple[tuple[str, str], ...]:
    kept = tuple(each for each in filters if not each[0].startswith("published_at"))
    return (*kept, ("year", month[:4]))


def csv_of(chart: Chart) -> str:
    """Return the numbers of a chart as CSV, each category with its key and its name."""
    lines: list[list[object]] = [["key", "name", *(series.key for series in chart.series)]]
    for n, category in enumerate(chart.categories):
        lines.append([category.key, category.label, *(s.values[n] for s in chart.series)])
    return BYTE_ORDER_MARK + "".join(map(line, lines))


def json_of(chart: Chart, asked: Asked) -> dict[str, Any]:
    """Return a chart for programs: its numbers, and of what it is."""
    return {
        "name": chart.name,
        "title": chart.full_title,
        "told": chart.told,
        "notes": chart.notes,
        "of": asked.address,
        "unit": chart.unit,
        "as_of": chart.at and chart.at.isoformat(),
        "series": {series.key: series.name for series in chart.series},
        "rows": [
            {
                "key": category.key,
                "name": category.label,
                "values": {series.key: series.values[n] for series in chart.series},
            }
            for n, category in enumerate(chart.categories)
        ],
    }


def _asked_by(request: Request) -> Asked:
    given = {name: (request.args.get(name) or "").strip() for name in Asked.__slots__}
    return Asked(**given)


async def one_chart(request: Request, datasette: Datasette) -> Response:
    """Answer with a chart as a file: a drawing, or its numbers."""
    db = await permitted_archive(datasette, request)
    name, form = request.url_vars["name"], request.url_vars["form"]
    asked = _asked_by(request)
    chart = await chart_of(db, name, asked) if await _is_known(db) else None
    if chart is None:
        raise NotFound(f"There is no chart {name} of what was asked")
    return _FORMS[form](chart, asked)


def _as_svg(chart: Chart, asked: Asked) -> Response:
    return Response(standalone(chart), content_type="image/svg+xml; charset=utf-8")


def _as_csv(chart: Chart, asked: Asked) -> Response:
    disposition = f'attachment; filename="{chart.name}.csv"'
    return Response(
        csv_of(chart),
        content_type="text/csv; charset=utf-8",
        headers={"content-disposition": disposition},
    )


def _as_json(chart: Chart, asked: Asked) -> Response:
    return json_answer(json_of(chart, asked))


_FORMS: dict[str, Callable[[Chart, Asked], Response]] = {
    "svg": _as_svg,
    "csv": _as_csv,
    "json": _as_json,
}
"""In what a chart is answered, by the end of its address."""


async def words_page(request: Request, datasette: Datasette) -> Response:
    """Answer ``/words``: words over time."""
    await permitted_archive(datasette, request)
    asked = _asked_by(request)
    wanted, too_many = asked_words(asked.q)
    values = {
        "asked": asked,
        "words": {word: search_for(word) for word in wanted},
        "most_words": MOST_WORDS,
        "left_out": left_out_note(too_many) if too_many else "",
    }
    return await html_answer(datasette, request, "words.html", values)


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the charts and the page."""
    forms = "|".join(_FORMS)
    return [
        (rf"^/charts/(?P<name>[a-z]+)\.(?P<form>{forms})$", one_chart),
        (r"^/words$", words_page),
    ]


@hookimpl
def extra_css_urls() -> list[str]:
    """Have the style sheet of charts loaded."""
    return ["/static/charts.css"]


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Offer to templates ``figure(name, site=…)``, which is waited for, and how it is shown."""

    async def of_name(name: str, **asked: str) -> Shown | None:
        return await figure(datasette, name, Asked(**asked))

    shown: Callable[..., Awaitable[Shown | None]] = of_name
    env.globals.update(
        figure=shown, drawn=draw, table_of=table_of, chart_widths={"wide": WIDE, "narrow": NARROW}
    )
