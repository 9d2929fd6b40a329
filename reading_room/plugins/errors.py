"""What the terminal is told of errors: a line for each that is ours, nothing of a visitor's.

A mistyped address, a mistake in SQL and a query that takes too long are answered on the page.
"""

import logging
import re
import sqlite3
import traceback
import warnings
from collections.abc import Awaitable, Callable, Generator
from errno import ENAMETOOLONG
from html import unescape
from typing import Any

from datasette import handle_exception as datasettes
from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils import tilde_decode, urlsafe_components
from datasette.utils.asgi import BadRequest, Base400, NotFound, Request, Response
from datasette.views.base import DatasetteError

from reading_room import HERE
from reading_room.asking.lanes import asks_freely
from reading_room.asking.queries import BusyError, WithheldError, withheld

# Where rich is installed, Datasette prints 200 lines with all local variables for each 404.
datasettes.rich = None  # type: ignore[assignment]

# Where one facet cannot be computed, Datasette never asks for the others, and Python says so.
warnings.filterwarnings("ignore", r"coroutine '(ArrayFacet|DateFacet|ColumnFacet|TableView)\b")

log = logging.getLogger(__name__)

MISTAKEN = 500
"""The status of `DatasetteError` if who raises it says none."""


def answerable(exception: Exception, path: str) -> Exception:
    """Return *exception* in a form that Datasette answers silently; log it if it is our fault."""
    if isinstance(exception, DatasetteError) and exception.message_is_html:
        return took_too_long(str(exception.message))
    if isinstance(exception, DatasetteError) and exception.status == MISTAKEN:
        exception.status = 400  # what Datasette raises itself is a visitor's mistake
    if isinstance(exception, (Base400, DatasetteError)):
        return exception
    if isinstance(exception, QueryInterrupted):  # of a CSV
        return took_too_long()
    if is_of_visitor(exception):
        return DatasetteError(str(exception), title="Invalid parameters", status=400)
    place = traceback.extract_tb(exception.__traceback__)[-1:]
    where = "".join(f" ({frame.filename}:{frame.lineno})" for frame in place)
    told = " ".join(f"{type(exception).__name__}: {exception}".split())
    log.error("%s: %s%s", path, told, where)
    return DatasetteError(str(exception), status=500)


def took_too_long(html: str = "") -> DatasetteError:
    """Return what is told of a query that was stopped; *html*, by Datasette, has its SQL."""
    sql = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)
    return DatasetteError(
        "SQL query took too long.",
        title="SQL Interrupted",
        error_dict={"sql": unescape(sql[1])} if sql else {},
        status=400,
    )


def is_of_visitor(exception: Exception) -> bool:
    """Whether something was wrong with what a visitor asks freely: Datasette could not read a
    parameter, or SQLite what it made of it. What our own code raises is never that.
    """
    if not asks_freely():
        return False
    if isinstance(exception, sqlite3.Error):
        return True
    ours = (str(HERE), str(HERE.parent / "crawler"))
    frames = traceback.extract_tb(exception.__traceback__)
    return isinstance(exception, (ValueError, TypeError, LookupError)) and not any(
        frame.filename.startswith(ours) for frame in frames
    )


@hookimpl(hookwrapper=True)
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Generator[None, Any, None]:
    """Let Datasette answer what became of *exception*, in place of all other answers."""
    outcome = yield

    async def answer() -> Response:
        told = exception
        is_told = isinstance(told, (Base400, DatasetteError)) and not isinstance(told, BadRequest)
        if not is_told and await names_no_row(request, datasette):
            told = NotFound("Record not found")
        if isinstance(told, OSError) and told.errno == ENAMETOOLONG:  # of a file to be served
            told = NotFound("This page was not found")
        told = await instead_of(told, request, datasette) or answerable(told, request.path)
        inner: Callable[[], Awaitable[Response]] = datasettes.handle_exception(
            datasette, request, told
        )
        response = await inner()
        if isinstance(told, BusyError):
            response.headers["retry-after"] = str(BusyError.RETRY_AFTER)
        return response

    outcome.force_result([answer])


async def names_no_row(request: Request, datasette: Datasette) -> bool:
    """Whether the address of a row has more or fewer parts than the key of its table.

    Datasette 0.65 compares them nowhere, and then SQLite lacks a value, or a page has one too many;
    1.0 takes it for a bad request.
    """
    wanted = request.scope.get("url_route", {}).get("kwargs", {})
    if not wanted.get("pks"):
        return False
    db = datasette.get_database(route=tilde_decode(wanted["database"]))
    key = await db.primary_keys(tilde_decode(wanted["table"])) or ["rowid"]
    return len(urlsafe_components(wanted["pks"])) != len(key)


async def instead_of(
    exception: Exception, request: Request, datasette: Datasette
) -> WithheldError | None:
    """Return what is told of an earlier text that is not there: that its article is withheld."""
    wanted = request.scope.get("url_route", {}).get("kwargs", {})
    if not isinstance(exception, NotFound) or wanted.get("table") != "revisions":
        return None
    article_id = urlsafe_components(wanted.get("pks") or "")[:1]
    db = datasette.get_database("archive")
    told = await withheld(db, "article_id = ? AND document IS NOT NULL", *article_id)
    return WithheldError(told) if told else None
