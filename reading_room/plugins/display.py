"""How values are shown to people: times, numbers, search hits and long texts."""

import re
import sqlite3
from collections.abc import Awaitable
from datetime import UTC, datetime
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.app import Datasette
from jinja2 import Environment
from markupsafe import Markup, escape

from crawler.text.dates import VIET_NAM
from crawler.text.shown import called
from crawler.vocabulary.words import reason_words
from reading_room.queries import UNTITLED, rows

HIT_START, HIT_END = "\ue000", "\ue001"
"""Private-use characters that snippet() and highlight() put round a hit, so that the text can be
escaped first and marked afterwards."""

SHOWN_OF_LONG_TEXT = 160
"""Characters of a body that a table cell shows."""

_TIMES = re.compile(
    r"(^|_)(at|since|until)$|^(oldest|newest|from|as_of|first|last)$|^(first|last)_archived$"
)
"""The columns that hold times."""

_REASONS = ("reason", "prev_reason", "evidence", "tls", "error")
"""The columns that hold reasons of the ledger, among other words."""

_HIT = re.compile(f"{HIT_START}([^{HIT_START}{HIT_END}]*){HIT_END}")
_STRAY = re.compile(f"[{HIT_START}{HIT_END}]")


def _parse(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.astimezone(VIET_NAM) if moment.tzinfo is UTC else moment


def show_time(value: object) -> str:
    """Return an ISO 8601 time as "14/06/2021 08:30", UTC in Viet Nam's time; else as it stands."""
    moment = _parse(value)
    if moment is None:
        return "" if value is None else str(value)
    return f"{moment:%d/%m/%Y}" if len(str(value)) == 10 else f"{moment:%d/%m/%Y %H:%M}"


def show_day(value: object) -> str:
    """Return an ISO 8601 time as its day, "14/06/2021"; what is no such time, as it stands."""
    moment = _parse(value)
    return f"{moment:%d/%m/%Y}" if moment else "" if value is None else str(value)


def show_number(value: int) -> str:
    """Return a number with dots between the thousands, as Vietnamese writes it: 12.345."""
    return f"{value:,}".replace(",", ".")


def show_hits(text: str | None) -> Markup:
    """Return *text* escaped, with ``<mark>`` where the full-text index marked a hit."""
    marked = _HIT.sub(r"<mark>\1</mark>", str(escape(text or "")))
    return Markup(_STRAY.sub("", marked))  # noqa: S704 - escaped on the line above


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give SQL ``called(title, lead, body)``."""
    conn.create_function("called", 3, called, deterministic=True)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer the functions of this file to templates as filters."""
    env.filters.update(
        time=show_time, day=show_day, number=show_number, hits=show_hits, reason=reason_words
    )


def _link(path: object, text: object) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, text)


def _reading_path(row: sqlite3.Row, table: str | None) -> tuple[str, str] | None:
    """Return the table and key of the page on which the text is read that a row names by title."""
    keys = row.keys()
    if table == "articles":
        return ("articles", str(row["id"])) if "id" in keys else None
    article_id = row["article_id"] if "article_id" in keys else None
    if isinstance(article_id, dict):  # a foreign key with the label that Datasette found for it
        article_id = article_id["value"]
    if article_id is None:
        return None
    if "revision" in keys and not ("is_newest" in keys and row["is_newest"]):
        return "revisions", f"{article_id},{row['revision']}"
    return "articles", str(article_id)


async def _first_words(datasette: Datasette, database: str, path: tuple[str, str]) -> Markup:
    """Return the link to a text without a title, or of which none is shown."""
    table, key = path
    names = ("id",) if table == "articles" else ("article_id", "revision")
    found = await rows(
        datasette.get_database(database),
        f"SELECT called(title, lead, body) AS title FROM {table}"  # noqa: S608
        f" WHERE {' AND '.join(f'{name} = ?' for name in names)}",
        *key.split(","),
    )
    told = found[0]["title"] if found else ""
    return _link(datasette.urls.row(database, *path), told or UNTITLED)


@hookimpl
def render_cell(
    row: sqlite3.Row,
    value: object,
    column: str,
    table: str | None,
    database: str,
    datasette: Datasette,
) -> Markup | Awaitable[Markup] | None:
    """Show a cell of a table or of an SQL result; None leaves it to Datasette."""
    if column in ("capture_id", "refers_to", "part_of") and isinstance(value, int):
        return _link(datasette.urls.row(database, "captures", str(value)), value)
    if column == "title" and value == "" and (path := _reading_path(row, table)):
        return _first_words(datasette, database, path)
    if not isinstance(value, str) or not value:
        return None
    if HIT_START in value:
        return show_hits(value)
    if _TIMES.search(column) and _parse(value):
        return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(value, show_time(value))
    if column in _REASONS and (told := reason_words(value)) and told.en != value:
        return Markup(
            '<span title="{}">{}</span> <span class="muted" lang="en">({})</span>'
        ).format(value, told.vi, told.en)
    if column == "title" and (path := _reading_path(row, table)):
        return _link(datasette.urls.row(database, *path), value)
    if column == "key" and table in ("citations", None) and "number" in row.keys():  # noqa: SIM118
        citing = datasette.urls.query(database, "articles_citing")
        return _link(f"{citing}?{urlencode({'document': value})}", value)
    if column == "rules" and table == "profiles":
        return Markup('<pre class="rules">{}</pre>').format(value)
    if column in ("body", "body_html") and len(value) > SHOWN_OF_LONG_TEXT:
        return Markup("{}…").format(value[:SHOWN_OF_LONG_TEXT])
    return None
