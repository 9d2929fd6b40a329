"""Search: ``/search``, as a page, as JSON, as CSV and as a feed.

``templates/search.html`` draws it from what `reading_room.search.answers` finds. The canned query
that search once was leads here, with all that its address asked for.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import AsgiStream, AsgiWriter, Request, Response
from datasette.views.base import DatasetteError

from archive.search.asked import Asked
from archive.search.found import FACETS, Found
from crawler.country.gazetteer import places_called
from crawler.text.cells import BYTE_ORDER_MARK, line
from crawler.text.fold import fold
from crawler.vocabulary import Order
from crawler.vocabulary.words import Words, both
from reading_room.asking.queries import html_answer, json_answer, permitted_archive
from reading_room.feeds import ENTRIES, Feed, absolute, article_entry, feed_answer
from reading_room.language import gettext as _
from reading_room.language import pgettext
from reading_room.search.addresses import PAGE_SIZE, Search, search_of
from reading_room.search.answers import (
    HIT_COLUMNS,
    answer,
    articles_of,
    elsewhere,
    found_whole,
    labelled,
    labels_of,
)
from reading_room.subjects.documents import briefly, documents_called

PLACES = 5
"""Places of the name that was typed, to which the page leads."""
DOCUMENTS = 5
"""Documents of the number that was typed, likewise."""
_OF_LAWS = re.compile(r"\b(?:luat|hien phap|phap lenh)\b")
COLUMNS = (
    *("article_id", "code", "site", "site_name", "published_at", "title", "lead"),
    *("author", "category", "url"),
)
"""What JSON and CSV tell of each article; CSV its text, too."""
READ_AT_ONCE = 200
"""Articles that a CSV is made of at a time."""


def _search(request: Request) -> Search:
    return search_of([(name, v) for name in request.args for v in request.args.getlist(name)])


async def search(request: Request, datasette: Datasette) -> Response | AsgiStream:
    """Answer a search."""
    db = await permitted_archive(datasette, request)
    asked = _search(request)
    form = (request.url_vars["format"] or "").removeprefix(".")
    if form and asked.mistakes:
        raise DatasetteError(
            "; ".join(f"{name}={value!r} cannot be read" for name, value in asked.mistakes),
            status=400,
        )
    if form == "csv":
        return await as_csv(db, asked)
    if form == "atom":
        return await as_feed(datasette, request, db, asked)
    if form == "json":
        return await as_json(datasette, db, asked, is_array=request.args.get("_shape") == "array")
    return await as_page(datasette, request, db, asked)


async def as_page(datasette: Datasette, request: Request, db: Database, asked: Search) -> Response:
    """Return the page of results."""
    is_asked = bool(asked.arguments) and not asked.mistakes
    values: dict[str, Any] = {
        "search": asked,
        "notes": [_told(both(n.kind), n.words) for n in asked.asked.notes],
        "chosen": await _chosen(db, asked),
        "page_size": PAGE_SIZE,
    }
    if is_asked:
        meant = places_called(asked.asked.text)
        told = await answer(db, asked, FACETS)
        values |= {
            "found": told.found,
            "hits": told.hits,
            "left_out": [both(one) for one in told.found.left_out],
            "facets": await _facets(db, told.found),
            "elsewhere": None if told.found.total else await elsewhere(db, asked),
            "documents": await documents_meant(db, asked.asked),
            "places": meant[:PLACES],
            "more_places": max(0, len(meant) - PLACES),
        }
    return await html_answer(datasette, request, "search.html", values)


def _told(words: Words, typed: str) -> Words:
    return Words(*(text.replace("{words}", typed) for text in words))


async def _facets(db: Database, found: Found) -> dict[str, list[dict[str, Any]]]:
    return {name: await labelled(db, name, found.facets.get(name, ())) for name in FACETS}


async def _chosen(db: Database, asked: Search) -> list[dict[str, str]]:
    """Return the filters that are on, each with how it is called and the search without it."""
    chosen = []
    for name in FACETS:
        values = asked.values(name)
        labels = await labels_of(db, name, values)
        chosen += [
            {"name": name, "value": value, "label": label, "without": asked.without(name, value)}
            for value, label in zip(values, labels, strict=True)
        ]
    return chosen


async def documents_meant(db: Database, asked: Asked) -> list[dict[str, Any]]:
    """Return the documents that a query names by number, or as a law by name: with ``key``,
    ``type`` and ``articles``, the most cited first.
    """
    if "citations" not in await db.table_names():  # an archive of an older version
        return []
    named = [asked.text] if _OF_LAWS.search(fold(asked.text).lower()) else []
    meant = [
        document
        for name in asked.documents or named
        for document in await documents_called(db, name)
    ]
    return await briefly(db, meant[:DOCUMENTS])


async def as_json(datasette: Datasette, db: Database, asked: Search, *, is_array: bool) -> Response:
    """Return the results for programs: if asked so, as a mere array, as the canned query did."""
    told = await answer(db, asked, FACETS)
    found = told.found
    results = [_result(hit) for hit in told.hits]
    if is_array:
        response: Response = Response.json(results)
        return response
    path = datasette.urls.path("/search.json")
    has_more = asked.offset + len(found.hits) < found.total and found.hits
    return json_answer({
        "query": asked.asked.text,
        "notes": [{"note": note.kind, "words": note.words} for note in asked.asked.notes],
        "total": found.total,
        "exact": found.exact,
        "page": asked.page,
        "next_url": f"{path}{asked.link(asked.page + 1)}" if has_more else None,
        "facets": {
            name: [{"value": value, "articles": number} for value, number in values]
            for name, values in found.facets.items()
        },
        "results": results,
        "engine": found.engine,
        "left_out": list(found.left_out),
        "as_of": found.as_of,
    })  # fmt: skip


def _result(hit: Mapping[str, Any]) -> dict[str, Any]:
    return {name: hit[name] for name in COLUMNS} | {
        "exact": hit["is_exact"],
        "score": hit["score"],
        "excerpt": hit["excerpt"].text,
        "marks": [[start, end] for start, end, _is_exact in hit["excerpt"].marks],
    }


async def as_csv(db: Database, asked: Search) -> AsgiStream:
    """Return all results as CSV, in their order, streamed."""
    found = await found_whole(db, asked)
    ids = [hit.article_id for hit in found.hits]

    async def stream(writer: AsgiWriter) -> None:
        async for lines in csv_lines(db, ids):
            await writer.write(lines)

    return AsgiStream(
        stream,
        content_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": 'attachment; filename="search.csv"',
            "x-left-out": ", ".join(found.left_out),  # the file itself has no place for it
        },
    )


async def csv_lines(db: Database, ids: Sequence[int]) -> AsyncIterator[str]:
    """Yield the CSV of articles, some lines at a time."""
    columns = (*COLUMNS, "body")
    yield BYTE_ORDER_MARK + line(columns)
    for start in range(0, len(ids), READ_AT_ONCE):
        some = ids[start : start + READ_AT_ONCE]
        articles = await articles_of(db, some, HIT_COLUMNS)
        known = (articles[number] for number in some if number in articles)
        yield "".join(line(article[column] for column in columns) for article in known)


async def as_feed(datasette: Datasette, request: Request, db: Database, asked: Search) -> Response:
    """Return the newest of what a search finds as an Atom feed, whatever its order is."""
    found = await answer(db, asked._replace(order=Order.NEWEST, page=1), most=ENTRIES)
    address = absolute(datasette, request)
    words = asked.asked.text
    title = _("Search: %(words)s") % {"words": words} if words else pgettext("menu", "Articles")
    return feed_answer(
        request,
        Feed(
            title=title,
            subtitle=_("The newest articles that a search finds"),
            link=address("/search") + asked.link(),
            address=address("/search.atom") + asked.link(),
            entries=[article_entry(hit, address) for hit in found.hits],
        ),
    )


async def former(request: Request, datasette: Datasette) -> Response:
    """Lead from where search was as a canned query."""
    asked = [(name, value) for name in request.args for value in request.args.getlist(name)]
    path = datasette.urls.path(f"/search{request.url_vars['format'] or ''}")
    response: Response = Response.redirect(
        f"{path}?{urlencode(asked)}" if asked else path, status=301
    )
    return response


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the page, and lead to it from its former address."""
    return [
        (r"^/search(?P<format>\.json|\.csv|\.atom)?$", search),
        (r"^/archive/search(?P<format>\.json|\.csv)?$", former),
    ]
