"""What is withheld is not shown, and the pages of it say so: since when, and why.

The texts are not in the archive's file; what this file sees to is that a reader is told, and met
by no empty page. ``templates/451.html`` draws the page, which answers for an article, its earlier
texts, its changes and the captures of its address; those of an article ask for it themselves
(`reading_room.queries`).
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
from reading_room.queries import rows, untitled


async def mark_of_capture(db: Database, capture_id: str) -> dict[str, Any]:
    """Raise `WithheldError` if a capture is one of an address that is not shown."""
    for capture in await rows(db, "SELECT url, site FROM captures WHERE id = ?", capture_id):
        await require_shown(db, capture)
    return {}


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates what is shown for a title that is withheld, and the grades in words."""
    env.filters.update(titled=lambda title: title or untitled())
    env.globals.update(grades=words_of(Grade))


@hookimpl
def extra_template_vars(
    template: str, database: str | None, request: Request, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    """Show another page in the place of that of a capture which is not shown."""
    if template != "row-archive-captures.html":
        return None

    async def variables() -> dict[str, Any]:
        row_id = urlsafe_components(request.url_vars["pks"])[0]
        return await mark_of_capture(datasette.get_database(database), row_id)

    return variables
