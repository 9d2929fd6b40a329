"""What the pages have in common: how the archive is asked and answered with, and how an address
names a page of it.

Plugins are loaded by their path and cannot import each other; what several need stands here.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from datasette import NotFound
from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError

from crawler.vocabulary import Grade
from reading_room import editions
from reading_room.language import gettext

UNAVAILABLE = 451
"""The status of a page that is withheld: RFC 7725, "Unavailable For Legal Reasons"."""


async def rows(db: Database, sql: str, *values: object, **named: object) -> list[dict[str, Any]]:
    """Return the rows of a query, the parameters of which are given in order or by name.

    Raises `BusyError` if it takes longer than the room lets any query take: none of ours does
    where the machine is not busy with others.
    """
    try:
        return [dict(row) for row in (await db.execute(sql, named or values)).rows]
    except QueryInterrupted as error:
        raise BusyError from error


class BusyError(DatasetteError):
    """What a page shows could not be had in time: answered by saying so, and to come back."""

    RETRY_AFTER = 10
    """Seconds after which it is worth asking again."""

    def __init__(self) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            "The reading room is busy. Try again in a moment.", title="Busy", status=503
        )


async def permitted_archive(datasette: Datasette, request: Request) -> Database:
    """Return the archive, for a page of its own; raise `NotFound` where none is open.

    Raises Datasette's `Forbidden` if who asks may not see it.
    """
    await editions.require_archive(datasette, request)
    if "archive" not in datasette.databases:
        raise NotFound("No archive is open")
    archive: Database = datasette.get_database("archive")
    return archive


async def html_answer(
    datasette: Datasette, request: Request, template: str, values: Mapping[str, Any]
) -> Response:
    """Return the answer that a template draws of some values."""
    response: Response = Response.html(
        await datasette.render_template(template, {**values}, request=request)
    )
    return response


def json_answer(data: dict[str, Any]) -> Response:
    """Return the answer for programs."""
    response: Response = Response.json(data)
    return response


def address(path: str, **asked: object) -> str:
    """Return the address of what is *asked* of a path; what is empty, or page 1, is not asked."""
    query = urlencode({
        name: str(value)
        for name, value in asked.items()
        if value not in (None, "") and (name, value) != ("page", 1)
    })  # fmt: skip
    return f"{path}?{query}" if query else path


def untitled() -> str:
    """Return what is shown for a title that is withheld."""
    return gettext("(withheld)")


def page_number(text: str | None) -> int:
    """Return the page that an address asks for; 1 for what is no page number."""
    return max(1, int(text)) if text and text.isdecimal() and len(text) < 7 else 1


async def withheld(db: Database, condition: str, *values: object) -> dict[str, Any] | None:
    """Return since when and why an article is withheld, with what is shown of it; None if none is.

    *condition* chooses it, in SQL, by the columns of ``articles`` and ``withheld``.
    """
    if "withheld" not in await db.table_names():  # an archive of an older version
        return None
    found = await rows(
        db,
        "SELECT articles.id, articles.code, articles.url, title, author, source, category,"  # noqa: S608
        " published_at, modified_at, sites.name AS site_name,"
        " withheld.grade, reason, takedowns.at AS since"
        " FROM withheld JOIN takedowns ON takedowns.id = takedown"
        " JOIN articles ON articles.id = article_id LEFT JOIN sites ON sites.key = articles.site"
        f" WHERE {condition} LIMIT 1",
        *values,
    )
    return found[0] if found else None


async def mark_of_article(db: Database, article_id: int) -> dict[str, Any] | None:
    """Return since when and why an article is marked, None if it is not; raise `WithheldError` if
    its text is not shown.
    """
    told = await withheld(db, "article_id = ?", article_id)
    if told and Grade(told["grade"]).takes_out:
        raise WithheldError(told)
    return told


class WithheldError(DatasetteError):
    """Something that is not shown: answered with a page, or for a program, that says why."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        message = f"Withheld since {told['since']}: {told['reason']}"
        facts = {name: told.get(name) for name in ("code", "grade", "reason", "since")}
        shown = {"withheld": {**facts, "article": dict(told)}}
        super().__init__(  # type: ignore[no-untyped-call]
            message, title="Withheld", error_dict=shown, status=UNAVAILABLE
        )
