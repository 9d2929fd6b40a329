"""In which language a page is answered: the one chosen by the switch, remembered in a cookie, else
the one that the browser asks for.

``/language/CODE?to=/path`` is the switch.
"""

from collections.abc import Callable
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import cast
from urllib.parse import quote, urlsplit

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)
from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from crawler.vocabulary.words import LANGUAGES
from reading_room import language
from reading_room.articles.formats import FORMATS

COOKIE = "language"
REMEMBERED_SECONDS = 365 * 24 * 3600

_here = ContextVar("here", default="/")
"""The path and query of the page that is being answered; error pages are not told it otherwise."""


def path_within(wanted: str) -> str:
    """Return *wanted* if it is a path of this host with nothing before it, else ``/``.

    Browsers read ``//host`` and ``/\\host`` as another host's, and drop tabs and line feeds.
    """
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and wanted.isprintable() and "\\" not in wanted
    return wanted if is_ours and not wanted.startswith("//") and not parts.netloc else "/"


async def switch(request: Request, datasette: Datasette) -> Response:
    """Remember the language chosen, and lead back to where it was chosen."""
    chosen = request.url_vars["language"]
    if chosen not in LANGUAGES:
        raise NotFound(f"No page is written in {chosen}")
    back = path_within(request.args.get("to") or "/")
    response: Response = Response.redirect(datasette.urls.path(back))
    response.set_cookie(
        COOKIE, chosen, max_age=REMEMBERED_SECONDS, samesite="lax", httponly=True,
        path=datasette.setting("base_url"),
    )  # fmt: skip
    return response


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., object]]]:
    """Serve the switch."""
    return [(r"^/language/(?P<language>[^/]+)$", switch)]


def vietnamese(text: str) -> Markup:
    """Return words of the archive for a sentence of ours, marked as Vietnamese."""
    return Markup('<span lang="vi">{}</span>').format(text)


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Let templates speak: ``_``, ``ngettext``, ``{% trans %}``, and ``words|told``; and tell them
    the address of the switch that leads back to where they are, ``in_language("en")``.
    """
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext,
        language.ngettext,
        newstyle=True,
        pgettext=language.pgettext,
        npgettext=language.npgettext,
    )
    plural = cast(Callable[..., str], env.globals["ngettext"])

    @pass_context
    def ngettext(context: Context, one: str, many: str, num: int, **values: object) -> str:
        """Return the form for *num*, which is written as the language does."""
        return plural(context, one, many, num, **{"num": language.number(num), **values})

    env.filters.update(told=language.told, number=language.number, vietnamese=vietnamese)
    env.globals.update(
        ngettext=ngettext,
        language=language.language,
        language_names=language.NAMES,
        in_language=lambda code: (
            f"{datasette.urls.path(f'/language/{code}')}?to={quote(_here.get(), safe='/')}"
        ),
    )


def _asked(scope: HTTPScope) -> str:
    """Return the language in which a request is to be answered."""
    headers = dict(scope["headers"])
    cookies = SimpleCookie()
    try:
        cookies.load(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        cookies.clear()
    remembered = cookies[COOKIE].value if COOKIE in cookies else None
    return language.chosen_language(
        remembered, headers.get(b"accept-language", b"").decode("latin-1")
    )


_WORDED = (
    *(b"text/html", b"text/csv", b"image/svg+xml", b"application/json"),
    *(each.media_type.encode() for each in FORMATS.values()),
)
"""Types of answers that may have words in the reader's language: charts and their data, and the
notes of references, too.
"""


def with_language_told(
    headers: list[tuple[bytes, bytes]], chosen: str
) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with what a cache has to know: that it is in one of several
    languages, and in which.
    """
    told = {name.lower(): value for name, value in headers}
    kind = told.get(b"content-type", b"").partition(b";")[0]
    if kind not in _WORDED or b"accept-language" in told.get(b"vary", b"").lower():
        return headers
    of_page = [(b"content-language", chosen.encode())] if kind == b"text/html" else []
    return [*headers, (b"vary", b"Accept-Language, Cookie"), *of_page]


@hookimpl
def asgi_wrapper() -> Callable[[ASGI3Application], ASGI3Application]:
    """Answer each request in its language."""

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def in_language(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            chosen = _asked(scope)
            query = scope["query_string"].decode("latin-1")
            _here.set(scope["path"] + (f"?{query}" if query else ""))

            async def send_told(message: ASGISendEvent) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = with_language_told([*message["headers"]], chosen)
                await send(message)

            with language.speaking(chosen):
                await app(scope, receive, send_told)

        return in_language

    return wrap
