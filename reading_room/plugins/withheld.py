"""What is withheld is not shown, and the pages of it say so: since when, and why.

The texts are not in the archive's file; what this file sees to is that a reader is told, and met
by no empty page. ``templates/451.html`` draws the page, which answers for an article, its earlier
texts, its changes and the captures of its address.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import urlsafe_components
from datasette.utils.asgi import Request
from jinja2 import Environment

from crawler.vocabulary import Grade
from crawler.vocabulary.words import words_of
from reading_room.originals import require_shown
from reading_room.queries import UNTITLED, WithheldError, rows, withheld


async def mark_of_article(db: Database, article_id: str) -> dict[str, Any]:
    """Return why an article is marked; raise `WithheldError` if its text is not shown."""
    told = await withheld(db, "article_id = ?", article_id)
    if told and Grade(told["grade"]).takes_out:
        raise WithheldError(told)
    return {"mark": told}


async def mark_of_capture(db: Database, capture_id: str) -> dict[str, Any]:
    """Raise `WithheldError` if a capture is one of an address that is not shown."""
    for capture in await rows(db, "SELECT url, site FROM captures WHERE id = ?", capture_id):
        await require_shown(db, capture)
    return {}


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates what is shown for a title that is withheld, and the grades in words."""
    env.filters.update(titled=lambda title: title or UNTITLED)
    env.globals.update(grades=words_of(Grade))


@hookimpl
def extra_template_vars(
    template: str, database: str | None, request: Request, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    """Give ``mark`` to the page of an article that is marked, or show another page in its place."""
    look = {
        "row-archive-articles.html": mark_of_article,
        "row-archive-captures.html": mark_of_capture,
    }.get(template)
    if look is None:
        return None

    async def variables() -> dict[str, Any]:
        row_id = urlsafe_components(request.url_vars["pks"])[0]
        return await look(datasette.get_database(database), row_id)

    return variables
