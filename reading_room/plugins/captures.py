"""What was received, as a reader wants to know it: the page of a capture.

No byte that was fetched is served; the page says where it is kept. ``row-archive-captures.html``
draws it, and ``_captures.html`` is how a capture is named.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import urlsafe_components
from datasette.utils.asgi import Request
from jinja2 import Environment

from crawler.vocabulary import Flag, MediaState, Source, Trade
from crawler.vocabulary.words import Words, both_at_length, words_for, words_of
from reading_room.queries import rows

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
    """Return a size as Vietnamese writes it, in decimal units: "58,3 kB"; "" for None."""
    if size is None:
        return ""
    amount, unit = float(size), "byte"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    digits = 0 if unit == "byte" or amount >= 100 else 1
    return f"{amount:.{digits}f} {unit}".replace(".", ",")


async def capture_page(db: Database, capture_id: str) -> dict[str, Any]:
    """Gather what the page of a capture shows; an empty dict where there is no such capture."""
    found = await rows(
        db,
        "SELECT captures.*, sites.name AS site_name FROM captures"
        " LEFT JOIN sites ON sites.key = site WHERE id = ?",
        capture_id,
    )
    if not found:
        return {}
    capture = found[0]
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
        "reads": await _read_from(db, capture),
        "media": await rows(db, "SELECT * FROM media WHERE capture_id = ?", capture["id"]),
        "parts": await rows(
            db, "SELECT id, url FROM captures WHERE part_of = ? ORDER BY id", capture["id"]
        ),
        "others": await _others(db, capture),
        "of_others": await _of_others(db, capture),
    }


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
    env.filters.update(bytes=show_bytes, flags=flags)


@hookimpl
def extra_template_vars(
    template: str, database: str | None, request: Request, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]] | None:
    """Give ``page`` to the page of a capture."""
    if template != "row-archive-captures.html":
        return None

    async def variables() -> dict[str, Any]:
        row_id = urlsafe_components(request.url_vars["pks"])[0]
        return {"page": await capture_page(datasette.get_database(database), row_id)}

    return variables
