"""What was received, as a reader wants to know it, and as it was.

``/captures/ID`` says what a capture is, and shows it: a page in a frame in which nothing runs
(``…/page``, with its style sheets at ``…/style/ID``), a picture as such, all else to be saved
(``…/raw``). A link in the frame leads to ``…/link?to=ADDRESS``, and from there to what the archive
holds. ``capture.html`` and ``capture-link.html`` draw the pages; ``_captures.html`` is how a
capture is named elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.typing import ASGISendCallable
from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError
from jinja2 import Environment

from crawler.text.addresses import absolute, urlkey
from crawler.text.media_types import is_html
from crawler.text.shown import web_address
from crawler.text.sniffing import is_page
from crawler.vocabulary import Flag, MediaState, Source, State, Trade
from crawler.vocabulary.words import Words, both_at_length, words_for, words_of
from reading_room.articles.addresses import article_path
from reading_room.asking.queries import html_answer, permitted_archive, rows
from reading_room.captured import originals
from reading_room.captured.files import (
    FRAMED,
    LEADING_OUT,
    Kind,
    file_name,
    kind_of,
    media_path,
    saved_as,
)
from reading_room.captured.originals import require_shown
from reading_room.language import SOURCE, language

if TYPE_CHECKING:
    from archive.originals import Original

NOTED = frozenset(flag for flag in Flag if not flag.is_suspicion)
"""The flags that tell no suspicion."""


def flags(text: str | None, reason: str | None = None) -> list[Words]:
    """Return what is wrong with a capture or became of it, by the words of ``captures.flags``.

    Of spam that is what it sells, where the *reason* that is stored of it names the trade.
    """
    trade = Trade.of_reason(reason)
    return [
        both_at_length(trade) if trade and flag == Flag.SPAM else words_for(Flag, flag)
        for flag in (text or "").split()
    ]


def show_bytes(size: int | None) -> str:
    """Return a size in decimal units, as the language of the page writes it: "58,3 kB" in
    Vietnamese; "" for None.
    """
    if size is None:
        return ""
    amount, unit = float(size), "byte"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    digits = 0 if unit == "byte" or amount >= 100 else 1
    told = f"{amount:.{digits}f} {unit}"
    if language() != SOURCE:
        return told.replace(".", ",")
    return f"{told}s" if unit == "byte" and size != 1 else told


async def capture_page(db: Database, capture_id: int) -> dict[str, Any]:
    """Gather what the page of a capture shows. Raises `NotFound` where there is none, and
    `WithheldError` where it is of an address that is not shown.
    """
    capture = await _capture(db, capture_id)
    await require_shown(db, capture)
    words = {*capture["flags"].split()}
    reasons = await rows(
        db,
        "SELECT message FROM problems WHERE run_id = ? AND url = ? AND kind = 'quarantine'"
        " ORDER BY id DESC LIMIT 1",
        capture["run_id"],
        capture["url"],
    )
    return {
        "capture": capture,
        "is_set_aside": bool(words) and words.isdisjoint(NOTED),
        "reason": reasons[0]["message"] if reasons else None,
        "shown": await _shown(db, capture),
        "reads": await _read_from(db, capture),
        "media": await rows(db, "SELECT * FROM media WHERE capture_id = ?", capture["id"]),
        "parts": await rows(
            db, "SELECT id, url FROM captures WHERE part_of = ? ORDER BY id", capture["id"]
        ),
        "others": await _others(db, capture),
        "of_others": await _of_others(db, capture),
    }


async def _capture(db: Database, capture_id: int) -> dict[str, Any]:
    found = await rows(
        db,
        "SELECT captures.*, sites.name AS site_name FROM captures"
        " LEFT JOIN sites ON sites.key = site WHERE id = ?",
        capture_id,
    )
    if not found:
        raise NotFound(f"The archive has no capture {capture_id}")
    return found[0]


@dataclass(frozen=True, slots=True)
class Shown:
    """How a capture is shown: by what its bytes are."""

    way: str
    """"page", "picture", "document" (a PDF), "file", "nothing" (there is no body); or why it is
    not: "missing", "damaged", "withheld".
    """
    path: str | None = None
    """Where it is given."""


_WHY_NOT = {404: "missing", 410: "damaged", 451: "withheld"}


async def _shown(db: Database, capture: Mapping[str, Any]) -> Shown:
    """Return how a capture can be shown."""
    try:
        original = await originals.read(db, capture["id"])
    except (NotFound, DatasetteError) as error:
        return Shown(_WHY_NOT[error.status])
    holder = original.capture
    kind, path = kind_of(original.body), media_path(holder.id or 0, holder.payload_sha256)
    if not original.body:
        return Shown("nothing")
    if is_shown_as_page(original):
        return Shown("page", f"/captures/{capture['id']}/page")
    if kind and kind.is_picture:
        return Shown("picture", path)
    return Shown("document" if kind and kind.ending == "pdf" else "file", path)


def is_shown_as_page(original: "Original") -> bool:
    """Whether what was received is a page, by its header and its bytes."""
    told = original.capture.content_type
    if kind_of(original.body):
        return False
    return is_html(told or "") or is_page(original.body, told)


async def _read_from(db: Database, capture: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the texts that were read from a capture: articles, and earlier revisions of some."""
    return await rows(
        db,
        "SELECT id AS article_id, revision, called(title, lead, body) AS title, 1 AS is_newest"
        " FROM articles"
        " WHERE capture_id = ?1"
        " UNION ALL SELECT article_id, revision, called(title, lead, body), 0 FROM revisions"
        " WHERE capture_id = ?1"
        " ORDER BY article_id, revision LIMIT 100",
        capture["part_of"] or capture["id"],
    )


async def _others(db: Database, capture: Mapping[str, Any]) -> dict[str, Any]:
    """Return the captures that its portal has of the same address next to one, and how many."""
    beside = {}
    for name, compares, order in (("older", "<", "DESC"), ("newer", ">", "ASC")):
        found = await rows(
            db,
            "SELECT id, fetched_at FROM captures"  # noqa: S608
            f" WHERE url = ? AND site = ? AND (fetched_at, id) {compares} (?, ?)"
            f" ORDER BY fetched_at {order}, id {order} LIMIT 1",
            capture["url"],
            capture["site"],
            capture["fetched_at"],
            capture["id"],
        )
        beside[name] = found[0] if found else None
    counted = await rows(
        db,
        "SELECT count(*) AS n FROM captures WHERE url = ? AND site = ?",
        capture["url"],
        capture["site"],
    )
    return {**beside, "count": counted[0]["n"]}


async def _of_others(db: Database, capture: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the newest capture that each other portal has of the same address, and how many."""
    return await rows(
        db,
        "SELECT id, max(fetched_at) AS fetched_at, count(*) AS count,"
        " coalesce(name, site) AS site_name"
        " FROM captures LEFT JOIN sites ON sites.key = site"
        " WHERE url = ? AND site <> ? GROUP BY site ORDER BY site",
        capture["url"],
        capture["site"],
    )


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer the words of this file to templates."""
    env.globals.update(capture_sources=words_of(Source), media_states=words_of(MediaState))
    env.globals.update(address_states={state.value: both_at_length(state) for state in State})
    env.filters.update(bytes=show_bytes, flags=flags)


async def capture(request: Request, datasette: Datasette) -> Response:
    """Answer with the page of a capture."""
    db = await permitted_archive(datasette, request)
    page = await capture_page(db, int(request.url_vars["capture"]))
    return await html_answer(
        datasette, request, "capture.html", {"page": page, "sandbox": LEADING_OUT}
    )


async def moved(request: Request, datasette: Datasette) -> Response:
    """Lead from where the table has a capture to its page."""
    path = datasette.urls.path(f"/captures/{request.url_vars['capture']}")
    response: Response = Response.redirect(path, status=301)
    return response


async def page(request: Request, datasette: Datasette, send: ASGISendCallable) -> None:
    """Answer with a page as it was captured, for the frame."""
    db = await permitted_archive(datasette, request)
    capture_id = int(request.url_vars["capture"])
    await require_shown(db, await _capture(db, capture_id))
    if not is_shown_as_page(await originals.read(db, capture_id)):
        raise NotFound(f"capture {capture_id} is no page")
    text = await originals.replayed_page(db, capture_id, datasette.urls.path)
    kind = Kind("text/html; charset=utf-8", "html", FRAMED)
    file = originals.waiting(text.encode())
    del text  # a slow reader may take it for long
    await originals.send_file(request, send, file, kind, name=f"{capture_id}.html")


async def style(request: Request, datasette: Datasette, send: ASGISendCallable) -> None:
    """Answer with a style sheet as the page of a capture is shown with it."""
    db = await permitted_archive(datasette, request)
    page_id, sheet_id = int(request.url_vars["capture"]), int(request.url_vars["sheet"])
    text = await originals.replayed_sheet(db, page_id, sheet_id, datasette.urls.path)
    kind = Kind("text/css; charset=utf-8", "css")
    file = originals.waiting(text.encode())
    del text
    await originals.send_file(request, send, file, kind, name=f"{sheet_id}.css")


async def raw(request: Request, datasette: Datasette, send: ASGISendCallable) -> None:
    """Answer with the bytes of a capture as they were received, to be saved."""
    db = await permitted_archive(datasette, request)
    original = await originals.read(db, int(request.url_vars["capture"]))
    held = await _capture(db, original.capture.id or 0)
    await require_shown(db, held)
    kind = saved_as(held["url"], held["content_type"])
    name = file_name(held["site"], held["id"], kind.ending)
    digest = held["payload_sha256"]
    file = originals.waiting(original.received)
    del original
    await originals.send_file(request, send, file, kind, name=name, digest=digest)


async def link(request: Request, datasette: Datasette) -> Response:
    """Lead from a link in a captured page to what the archive holds of the address; where it holds
    nothing, tell so, with the address. Nobody is led out of the archive.
    """
    db = await permitted_archive(datasette, request)
    here = await _capture(db, int(request.url_vars["capture"]))
    address = absolute(request.args.get("to") or "", here["url"])
    if address is None or web_address(address) is None:
        raise NotFound("This link leads to no page of the web")
    if found := await _article_at(db, here["site"], address):
        path = datasette.urls.path(found)
    elif beside := await originals.beside(db, here["id"], address):
        path = datasette.urls.path(f"/captures/{beside}")
    else:
        known = await rows(
            db,
            "SELECT state, reason FROM urls WHERE urlkey = ? AND site = ?",
            urlkey(address),
            here["site"],
        )
        told = {"capture": here, "address": address, "known": known[0] if known else None}
        return await html_answer(datasette, request, "capture-link.html", {"page": told})
    response: Response = Response.redirect(path)
    return response


async def _article_at(db: Database, site: str, address: str) -> str | None:
    """Return the path of the article that is held at an address, or where it led; of several sites,
    the site's own comes first.
    """
    found = await rows(
        db,
        "WITH RECURSIVE leading(site, url, steps) AS ("
        " SELECT site, url, 0 FROM urls WHERE urlkey = ?1"
        " UNION SELECT urls.site, urls.moved_to, steps + 1 FROM leading JOIN urls USING (url, site)"
        " WHERE urls.moved_to IS NOT NULL AND steps < 5)"
        " SELECT articles.* FROM leading JOIN articles USING (url, site)"
        " ORDER BY articles.site = ?2 DESC, steps LIMIT 1",
        urlkey(address),
        site,
    )
    return article_path(found[0]) if found else None


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., object]]]:
    """Serve captures, and lead to their pages from where the table has them."""
    one = r"^/captures/(?P<capture>\d{1,15})"
    return [
        (f"{one}$", capture),
        (f"{one}/page$", page),
        (rf"{one}/style/(?P<sheet>\d{{1,15}})$", style),
        (f"{one}/raw$", raw),
        (f"{one}/link$", link),
        (r"^/archive/captures/(?P<capture>\d{1,15})$", moved),
    ]
