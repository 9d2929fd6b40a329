"""``/guide``: how to search, read, cite and take away, in the reader's language.

It is the Markdown in ``guide/``, which the docs have, too; addresses of this room, which stand in
it as code, become links.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from markupsafe import Markup

from reading_room import HERE
from reading_room.asking.queries import html_answer
from reading_room.language import language

FILES = {"vi": "huong-dan.md", "en": "reading.md"}

_ADDRESS = re.compile(r"<code>(/[a-z]+)</code>")


@cache
def rendered(code: str) -> str:
    """Return the guide in a language, as HTML."""
    from markdown_it import MarkdownIt

    text = (HERE / "guide" / FILES[code]).read_text(encoding="utf-8")
    html: str = MarkdownIt("commonmark").enable("table").render(text)
    return html


async def guide(request: Request, datasette: Datasette) -> Response:
    """Answer ``/guide``."""

    def link(address: re.Match[str]) -> str:
        return f'<a href="{datasette.urls.path(address[1])}"><code>{address[1]}</code></a>'

    html = Markup(_ADDRESS.sub(link, rendered(language())))  # noqa: S704 - our own text
    return await html_answer(datasette, request, "guide.html", {"guide": html})


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the page."""
    return [(r"^/guide$", guide)]
