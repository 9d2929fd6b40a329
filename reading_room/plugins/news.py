"""What is new since a reader was here: ``/new``.

Every change of an article has the archive's next number, so the last number that a reader has seen
says what they have not. ``/new?since=NUMBER`` is an address to keep; ``/new/read/NUMBER`` has the
browser remember it.
"""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from crawler.text.shown import called
from crawler.vocabulary import Change
from crawler.vocabulary.words import words_of
from reading_room.articles.addresses import article_path
from reading_room.asking.queries import html_answer, page_number, permitted_archive, rows

COOKIE = "read"
REMEMBERED_SECONDS = 365 * 24 * 3600
CHANGES_A_PAGE = 50


async def changes_since(db: Database, since: int, page: int) -> list[dict[str, Any]]:
    """Return a page of the changes after that of a number, the newest first, each with what is
    shown of its article.
    """
    found = await rows(
        db,
        """
        SELECT changes.*, articles.id, title, lead, body, revision, published_at,
               coalesce(sites.name, articles.site) AS site_name
        FROM (SELECT * FROM changes WHERE changed > :since
              ORDER BY changed DESC LIMIT :size OFFSET :size * (:page - 1)) AS changes
        LEFT JOIN articles USING (code) LEFT JOIN sites ON sites.key = articles.site
        ORDER BY changes.changed DESC""",
        since=since,
        size=CHANGES_A_PAGE,
        page=page,
    )
    return [
        {
            **row,
            "title": called(row["title"], row["lead"], row["body"]),
            "path": article_path({"code": row["leads_to"] or row["code"]}),
        }
        for row in found
    ]


def remembered(cookie: str) -> int:
    """Return the number that a browser remembers, by the value of its ``Cookie`` header; 0 if it
    remembers none.
    """
    cookies = SimpleCookie()
    try:
        cookies.load(cookie)
    except CookieError:
        return 0
    return _number(cookies[COOKIE].value) if COOKIE in cookies else 0


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0


async def news(request: Request, datasette: Datasette) -> Response:
    """Answer ``/new``: what changed since the number in the address, else the one remembered."""
    db = await _archive(datasette, request)
    asked = request.args.get("since")
    since = _number(asked) if asked else remembered(request.headers.get("cookie", ""))
    page = page_number(request.args.get("page"))
    counted = await rows(db, "SELECT count(*) AS n FROM changes WHERE changed > ?", since)
    last = await rows(db, "SELECT value FROM counters WHERE name = 'changed'")
    values = {
        "since": since,
        "is_asked": bool(asked),
        "last": last[0]["value"] if last else 0,
        "found": counted[0]["n"],
        "changes": await changes_since(db, since, page),
        "page": page,
        "page_size": CHANGES_A_PAGE,
    }
    return await html_answer(datasette, request, "new.html", values)


async def read(request: Request, datasette: Datasette) -> Response:
    """Have the browser remember that all up to a number has been seen."""
    response: Response = Response.redirect(datasette.urls.path("/new"))
    response.set_cookie(
        COOKIE, str(_number(request.url_vars["number"])), max_age=REMEMBERED_SECONDS,
        samesite="lax", httponly=True, path=datasette.setting("base_url"),
    )  # fmt: skip
    return response


async def _archive(datasette: Datasette, request: Request) -> Database:
    db = await permitted_archive(datasette, request)
    if "changes" not in await db.view_names():
        raise NotFound("This archive is of an older version; tinhuyen serve brings it up to date")
    return db


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Offer the page, and what remembers."""
    return [(r"^/new$", news), (r"^/new/read/(?P<number>\d{1,15})$", read)]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer to templates what changes are called."""
    env.globals.update(change_words=words_of(Change))
