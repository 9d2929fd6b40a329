"""Atom feeds: of all articles, of those of a portal, a place or a document; and of changes.

Those of articles have what was last seen for the first time in front: new articles, and articles
that were edited. ``/changes.atom`` has the edits themselves, and what is gone from its portal.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import tilde_decode
from datasette.utils.asgi import Request, Response

from crawler.text.shown import called
from crawler.vocabulary import PlaceKind
from reading_room.articles.addresses import article_path
from reading_room.asking.queries import permitted_archive, rows, untitled
from reading_room.feeds import (
    ENTRIES,
    Address,
    Entry,
    Feed,
    absolute,
    article_entry,
    entry_id,
    feed_answer,
)
from reading_room.language import gettext as _
from reading_room.subjects.documents import document_path, key_in_path
from reading_room.subjects.places import name_of, place_path

ALL, CHANGES = "/feed.atom", "/changes.atom"

_SHOWN = "articles.id NOT IN (SELECT article_id FROM withheld WHERE document IS NOT NULL)"
_OF_PAGES = {
    "coverage-site.html": re.compile(r"/coverage/[^/]+"),
    "place.html": re.compile(r"/places/[^/]+/[^/]+"),
    "document.html": re.compile(r"/documents/.+"),
}
"""Whose pages have a feed of their own, by their templates: at their address with an ending."""


async def newest(db: Database, condition: str = "1", **values: object) -> list[dict[str, Any]]:
    """Return the articles of a feed, by a condition in SQL: those the texts of which were last seen
    for the first time. Older archives do not know when that was.
    """
    columns = await db.table_columns("articles")
    seen = "revised_at" if "revised_at" in columns else "first_seen_at"
    shown = _SHOWN if "withheld" in await db.table_names() else "1"
    return await rows(
        db,
        f"""
        SELECT articles.*, coalesce(sites.name, site) AS site_name
        FROM (SELECT id FROM articles WHERE ({condition}) AND {shown}
              ORDER BY {seen} DESC, id DESC LIMIT :most) AS found
        JOIN articles USING (id) LEFT JOIN sites ON sites.key = site
        ORDER BY {seen} DESC, articles.id DESC""",  # noqa: S608
        **values,
        most=ENTRIES,
    )


async def _answer(
    datasette: Datasette,
    request: Request,
    title: str,
    page: str,
    found: list[dict[str, Any]],
) -> Response:
    address = absolute(datasette, request)
    entries = [article_entry(row, address) for row in found]
    feed = Feed(f"{title} · Tin Huyện", address(page), _own(datasette, request), entries)
    return feed_answer(request, feed)


def _own(datasette: Datasette, request: Request) -> str:
    """Return the address of the feed that is asked for."""
    query = f"?{request.query_string}" if request.query_string else ""
    return absolute(datasette, request)(request.path) + query


async def of_all(request: Request, datasette: Datasette) -> Response:
    """Answer ``/feed.atom``."""
    db = await permitted_archive(datasette, request)
    return await _answer(datasette, request, _("New and changed articles"), "/", await newest(db))


async def of_portal(request: Request, datasette: Datasette) -> Response:
    """Answer ``/coverage/SITE.atom``."""
    db = await permitted_archive(datasette, request)
    site = tilde_decode(request.url_vars["site"])
    found = await rows(db, "SELECT name FROM sites WHERE key = ?", site)
    if not found:
        raise NotFound(f"The archive has no portal {site}")
    articles = await newest(db, "site = :site", site=site)
    page = request.path.removesuffix(".atom")
    return await _answer(datasette, request, found[0]["name"], page, articles)


async def of_place(request: Request, datasette: Datasette) -> Response:
    """Answer ``/places/KIND/CODE.atom``."""
    db = await permitted_archive(datasette, request)
    kind, code = request.url_vars["kind"], request.url_vars["code"]
    name = await name_of(db, PlaceKind(kind), code) if kind in {*PlaceKind} else None
    if name is None:
        raise NotFound(f"No such place: {kind} {code}")
    named = "SELECT article_id FROM place_articles WHERE kind = :kind AND code = :code"
    articles = await newest(db, f"articles.id IN ({named})", kind=kind, code=code)
    return await _answer(datasette, request, name, place_path(kind, code), articles)


async def of_document(request: Request, datasette: Datasette) -> Response:
    """Answer ``/documents/KEY.atom``, and ``/documents.atom?key=`` where a path cannot say it."""
    db = await permitted_archive(datasette, request)
    path = request.url_vars.get("key")
    key = key_in_path(path) if path else request.args.get("key") or ""
    is_known = "citations" in await db.table_names() and await rows(
        db, "SELECT 1 FROM citations WHERE key = ? LIMIT 1", key
    )
    if not is_known:
        raise NotFound(f"No article cites {key}")
    articles = await newest(
        db, "articles.id IN (SELECT article_id FROM citations WHERE key = :key)", key=key
    )
    return await _answer(datasette, request, key, document_path(key), articles)


async def of_changes(request: Request, datasette: Datasette) -> Response:
    """Answer ``/changes.atom``: the last edit of each article, and what is gone from its portal."""
    db = await permitted_archive(datasette, request)
    if "history" not in await db.view_names() or "withheld" not in await db.table_names():
        raise NotFound("This archive is of an older version; tinhuyen serve brings it up to date")
    address = absolute(datasette, request)
    edited = [_edit(row, address) for row in await newest(db, "revision > 1")]
    gone = [_loss(row, address) for row in await _gone(db)]
    entries = sorted(edited + gone, key=lambda entry: entry.updated, reverse=True)[:ENTRIES]
    title = _("Edits and losses")
    own = _own(datasette, request)
    return feed_answer(request, Feed(f"{title} · Tin Huyện", address("/"), own, entries))


async def _gone(db: Database) -> list[dict[str, Any]]:
    return await rows(
        db,
        f"""
        SELECT articles.*, coalesce(sites.name, articles.site) AS site_name, gone_since
        FROM urls JOIN articles ON articles.url = urls.url AND articles.site = urls.site
        LEFT JOIN sites ON sites.key = articles.site
        WHERE gone_since IS NOT NULL AND urls.state = 'gone' AND {_SHOWN}
        ORDER BY gone_since DESC LIMIT :most""",  # noqa: S608
        most=ENTRIES,
    )


def _edit(row: Mapping[str, Any], address: Address) -> Entry:
    """Return the entry of the last edit of an article: what leads to what changed."""
    return Entry(
        id=entry_id(f"{row['code']} {row['text_sha256']} {row['revised_at']}"),
        title=_("Changed: %(title)s") % {"title": _name_of(row)},
        updated=row["revised_at"],
        link=address(f"/changes/{row['id']}/{row['revision']}"),
        authors=[row["site_name"]],
        categories=[("revised", _("Changed"))],
        related={address(article_path(row)): _("The article")},
        original=row["url"],
    )


def _loss(row: Mapping[str, Any], address: Address) -> Entry:
    """Return the entry of an article that is gone from its portal."""
    return Entry(
        id=entry_id(f"{row['code']} gone {row['gone_since']}"),
        title=_("Gone from its portal: %(title)s") % {"title": _name_of(row)},
        updated=row["gone_since"],
        link=address(article_path(row)),
        authors=[row["site_name"]],
        categories=[("gone", _("Gone"))],
        original=row["url"],
    )


def _name_of(row: Mapping[str, Any]) -> str:
    return called(row["title"], row["lead"], row["body"]) or untitled()


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Offer the feeds."""
    return [
        (r"^/feed\.atom$", of_all),
        (r"^/changes\.atom$", of_changes),
        (r"^/coverage/(?P<site>[^/]+)\.atom$", of_portal),
        (r"^/places/(?P<kind>[a-z-]+)/(?P<code>\d{2,5})\.atom$", of_place),
        (r"^/documents\.atom$", of_document),
        (r"^/documents/(?P<key>.+)\.atom$", of_document),
    ]


@hookimpl
def extra_template_vars(template: str, request: Request) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Give ``feed`` to each page: the path of its own one, or of that of all articles."""

    async def variables() -> dict[str, Any]:
        pattern = _OF_PAGES.get(template)
        has_own = request and pattern and pattern.fullmatch(request.path)
        return {"feed": f"{request.path}.atom" if has_own else ALL}

    return variables
