"""``/about``: what is kept here and why, how it is cited, and how to ask that something be hidden.

``templates/about.html`` draws it; every page's footer leads there.
"""

from collections.abc import Callable, Sequence
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from crawler.text.shown import web_address
from reading_room.asking.queries import html_answer, permitted_archive, rows
from reading_room.visitors.rules import rules_of


def contact_address(contact: str | None) -> str | None:
    """Return where a link to a contact leads: to a page, or to a letter; None if there is none."""
    if not contact:
        return None
    return web_address(contact) or (f"mailto:{contact}" if "@" in contact else None)


async def about(request: Request, datasette: Datasette) -> Response:
    """Answer ``/about``."""
    db = await permitted_archive(datasette, request)
    held = await rows(
        db,
        "SELECT (SELECT count(*) FROM articles) AS articles,"
        " (SELECT count(*) FROM sites) AS portals",
    )
    hidden = []
    if "takedowns" in await db.table_names():  # an archive of an older version has none
        hidden = await rows(db, "SELECT count(*) AS n FROM takedowns WHERE lifted_at IS NULL")
    contact = rules_of(datasette).contact
    values = {
        "held": held[0],
        "hidden": hidden[0]["n"] if hidden else 0,
        "contact": contact,
        "contact_address": contact_address(contact),
    }
    return await html_answer(datasette, request, "about.html", values)


async def takedown(datasette: Datasette) -> Response:
    """Lead from ``/takedown`` to where it is told."""
    response: Response = Response.redirect(datasette.urls.path("/about#takedown"))
    return response


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the page."""
    return [(r"^/about$", about), (r"^/takedown$", takedown)]
