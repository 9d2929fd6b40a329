"""How values are shown to people: times, numbers, search hits and long texts."""

import re
import sqlite3
from collections.abc import Awaitable, Mapping
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from jinja2 import Environment
from markupsafe import Markup, escape

from crawler.text.shown import called
from crawler.vocabulary.words import sentence_in_words
from reading_room.articles.addresses import article_path, text_path
from reading_room.asking.queries import rows, untitled
from reading_room.language import day, language, moment_of, month
from reading_room.subjects.documents import document_path

HIT_START, HIT_END = "\ue000", "\ue001"
"""Private-use characters that snippet() and highlight() put round a hit, so that the text can be
escaped first and marked afterwards."""

SHOWN_OF_LONG_TEXT = 160
"""Characters of a body that a table cell shows."""

_TIMES = re.compile(
    r"(^|_)(at|since|until)$|^(oldest|newest|from|as_of|first|last)$|^(first|last)_archived$"
)
"""The columns that hold times."""

_SENTENCES = ("reason", "prev_reason", "evidence", "tls", "error", "message")
"""The columns that hold sentences of the archive's, among other words."""

_WITH_CODES = ("articles", "aliases", "changes", "takedowns", "reviews")
"""The tables that name articles by their codes."""

_HIT = re.compile(f"{HIT_START}([^{HIT_START}{HIT_END}]*){HIT_END}")
_STRAY = re.compile(f"[{HIT_START}{HIT_END}]")


def show_time(value: object) -> str:
    """Return an ISO 8601 time as the page's language writes it, UTC in Viet Nam's time:
    "14/06/2021 08:30" or "14 June 2021, 08:30"; what is no such time, as it stands.
    """
    moment = moment_of(value)
    if moment is None or len(str(value)) == len("2021-06-14"):
        return show_day(value)
    return f"{day(moment)}{' ' if language() == 'vi' else ', '}{moment:%H:%M}"


def show_day(value: object) -> str:
    """Return an ISO 8601 time as its day, "14/06/2021" or "14 June 2021"; what is no such time, as
    it stands.
    """
    moment = moment_of(value)
    return day(moment) if moment else "" if value is None else str(value)


def show_month(value: str) -> str:
    """Return a month, "2021-06", as "tháng 6/2021" or "June 2021"; what is none, as it stands."""
    moment = moment_of(f"{value}-01")
    return month(moment) if moment else value


def show_hits(text: str | None) -> Markup:
    """Return *text* escaped, with ``<mark>`` where the full-text index marked a hit."""
    marked = _HIT.sub(r"<mark>\1</mark>", str(escape(text or "")))
    return Markup(_STRAY.sub("", marked))  # noqa: S704 - escaped on the line above


def show_sentence(kept: str | None) -> Markup:
    """Return a sentence that the archive keeps (`crawler.vocabulary.sentences`) in the page's
    language, what others say in it marked as theirs; what is none, as it stands, marked as English.
    """
    if not kept:
        return Markup()
    return _in_words(kept) or Markup('<span lang="en">{}</span>').format(kept)


def _in_words(kept: str) -> Markup | None:
    said = sentence_in_words(kept, language(), escape, _quoted)
    return None if said is None else Markup(said)  # noqa: S704 - which escape has made


def _quoted(text: str) -> Markup:
    return Markup('<span lang="">{}</span>').format(text)


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give SQL ``called(title, lead, body)``."""
    conn.create_function("called", 3, called, deterministic=True)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer the functions of this file to templates as filters."""
    env.filters.update(
        time=show_time, day=show_day, month=show_month, hits=show_hits, sentence=show_sentence
    )


def _link(path: object, text: object) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, text)


def _read_as(row: sqlite3.Row, table: str | None) -> dict[str, Any] | None:
    """Return what names the text that a row names by title: its article by ``code`` or ``id``, and
    its ``revision`` if it is not the newest; None if the row names none.
    """
    values = dict(row)
    of_article = values.get("article_id")
    if isinstance(of_article, dict):  # a foreign key with the label that Datasette found for it
        of_article = of_article["value"]
    if of_article:
        is_earlier = "revision" in values and not values.get("is_newest")
        return {"id": of_article} | ({"revision": values["revision"]} if is_earlier else {})
    if values.get("code") and table in ("articles", None):
        return {"code": values["code"]}
    return {"id": values["id"]} if table == "articles" and "id" in values else None


def _page_of(named: Mapping[str, Any]) -> str:
    return text_path(named) if "revision" in named else article_path(named)


async def _first_words(datasette: Datasette, database: str, named: Mapping[str, Any]) -> Markup:
    """Return the link to a text without a title, or of which none is shown."""
    table, condition = "articles", " AND ".join(f"{name} = ?" for name in named)
    if "revision" in named:
        table, condition = "revisions", "article_id = ? AND revision = ?"
    found = await rows(
        datasette.get_database(database),
        f"SELECT called(title, lead, body) AS called, * FROM {table} WHERE {condition}",  # noqa: S608
        *named.values(),
    )
    words = found[0]["called"] if found else ""
    path = article_path(found[0]) if found and table == "articles" else _page_of(named)
    return _link(datasette.urls.path(path), words or untitled())


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
    if column == "title" and value == "" and (named := _read_as(row, table)):
        return _first_words(datasette, database, named)
    if not isinstance(value, str) or not value:
        return None
    if HIT_START in value:
        return show_hits(value)
    if _TIMES.search(column) and moment_of(value):
        return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(value, show_time(value))
    if column in _SENTENCES and (said := _in_words(value)) and said != escape(value):
        return Markup('<span title="{}">{}</span>').format(value, said)
    if column == "title" and (named := _read_as(row, table)):
        return _link(datasette.urls.path(_page_of(named)), value)
    if column in ("code", "leads_to") and table in _WITH_CODES:
        return _link(datasette.urls.path(article_path({"code": value})), value)
    if column == "key" and table in ("citations", None) and "number" in row.keys():  # noqa: SIM118
        return _link(datasette.urls.path(document_path(value)), value)
    if column == "rules" and table == "profiles":
        return Markup('<pre class="rules">{}</pre>').format(value)
    if column in ("body", "body_html") and len(value) > SHOWN_OF_LONG_TEXT:
        return Markup("{}…").format(value[:SHOWN_OF_LONG_TEXT])
    return None
