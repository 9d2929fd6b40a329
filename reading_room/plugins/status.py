"""How fresh the archive is: ``/status`` for people and programs, ``/metrics`` for Prometheus,
``/health`` for whoever watches the room, and badges for pages elsewhere.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from babel.dates import format_timedelta
from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import tilde_decode
from datasette.utils.asgi import Request, Response
from jinja2 import Environment
from markupsafe import escape

from archive.reading import (
    COLLECTED,
    CURRENT_ALARMS,
    LAST_FLEET,
    LAST_REVIEWS,
    LAST_RUN,
    Freshness,
    Report,
    Sampled,
    freshness_of,
    freshness_query,
    health_of,
    sampled_of_each,
)
from crawler.text.dates import VIET_NAM
from crawler.vocabulary import Health, Reviewed
from crawler.vocabulary.words import LANGUAGES, both
from reading_room.asking.queries import html_answer, json_answer, permitted_archive, rows
from reading_room.language import (
    DEFAULT,
    N_,
    day,
    gettext,
    language,
    ngettext,
    number,
    speaking,
    told,
)

_GOOD, _OLD, _NONE = "#2f7a43", "#9a5b00", "#5f5a52"
"""Colours behind white letters: fresh, stale, nothing known."""
_PER_LETTER, _MARGIN = 6.6, 6
"""Pixels of a badge, its letters at 11 pixels; a wide guess, for no font is told."""

_ONE_OF_EACH = (
    (timedelta(hours=1), N_("every hour")),
    (timedelta(days=1), N_("every day")),
    (timedelta(weeks=1), N_("every week")),
    (timedelta(days=30), N_("every month")),
    (timedelta(days=365), N_("every year")),
)


async def fresh(db: Database, site: str | None = None) -> list[Freshness]:
    """Return how fresh each portal is, or *site* alone, by key."""
    if "is_doubtful" not in await db.table_columns("sites"):
        raise NotFound("This archive is of an older version; tinhuyen serve brings it up to date")
    sql, values = freshness_query(site, datetime.now(UTC))

    def ask(connection: sqlite3.Connection) -> list[Freshness]:
        return [*map(freshness_of, connection.execute(sql, values))]

    found: list[Freshness] = await db.execute_fn(ask)
    return found


async def reviews(db: Database) -> dict[str | None, Sampled]:
    """Return what came of the articles of each portal that people held against their pages."""
    if "reviews" not in await db.table_names():  # an archive of an older version
        return {}
    return {each.site: each for each in sampled_of_each(await rows(db, LAST_REVIEWS, site=None))}


async def fleet(db: Database) -> dict[str, Any] | None:
    """Return how the fleet was when it was last collected, and what was collected of each of its
    districts; None of an archive that is collected from none.
    """
    if "fleets" not in await db.table_names():  # an archive of an older version
        return None
    districts = await rows(db, COLLECTED)
    state = await rows(db, LAST_FLEET)
    if not (districts or state):
        return None
    return {"state": state[0] if state else None, "districts": districts}


async def status(request: Request, datasette: Datasette) -> Response:
    """Answer ``/status`` and ``/status.json``."""
    db = await permitted_archive(datasette, request)
    found = await fresh(db)
    alarms = await rows(db, CURRENT_ALARMS, site=None)
    reviewed = await reviews(db)
    collected = await fleet(db)
    if request.url_vars["json"]:
        sites = [
            each.as_dict() | {"reviews": of.as_dict() if (of := reviewed.get(each.site)) else None}
            for each in found
        ]
        told = {"sites": sites, "alarms": [*map(dict, alarms)], "fleet": collected}
        return json_answer(told)
    now = datetime.now(UTC)
    values = {
        "portals": sorted(found, key=lambda each: (each.staleness is None, each.name)),
        "stale": sum(each.staleness is not None for each in found),
        "due": sum(each.is_due(now) for each in found),
        "alarms": alarms,
        "reviewed": reviewed,
        "fleet": collected,
        "names": {each.site: each.name for each in found},
        "now": now,
        "alternate_url_json": datasette.urls.path("/status.json"),
    }
    return await html_answer(datasette, request, "status.html", values)


async def metrics(request: Request, datasette: Datasette) -> Response:
    """Answer ``/metrics``, in Prometheus' text format."""
    db = await permitted_archive(datasette, request)
    found, alarms = await fresh(db), await rows(db, CURRENT_ALARMS, site=None)
    body = prometheus_text(found, await _report(db, 0), await _free(db), alarms)
    return _text(body, 200)


def prometheus_text(
    found: Iterable[Freshness],
    report: Report,
    free: int,
    alarms: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Return what is measured, a line each, with what it means."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"tinhuyen_{name}", meaning, labels, registry=registry)

    gauge("healthy", "1 if the archive can be read and its disk has room.").set(report.is_well)
    gauge("disk_free_bytes", "Bytes that are free on the disk of the archive.").set(free)
    measured: dict[str, tuple[str, Callable[[Freshness], float | None]]] = {
        "articles": ("Articles held.", lambda each: each.articles),
        "stale": ("1 if the verdict may not hold any more.", lambda e: e.staleness is not None),
        "last_run_timestamp_seconds": ("When the last run began.", lambda e: _seconds(e.begun)),
        "last_success_timestamp_seconds": (
            "When a run last came to its end.", lambda each: _seconds(each.last_success),
        ),
        "newest_article_timestamp_seconds": (
            "When the newest article was published.", lambda each: _seconds(each.newest_at),
        ),
        "next_run_timestamp_seconds": (
            "From when on the next run is due.", lambda each: _seconds(each.next_at),
        ),
        "cadence_seconds": (
            "Seconds between two runs.", lambda each: each.cadence.total_seconds(),
        ),
    }  # fmt: skip
    sites = [*found]
    for name, (meaning, value) in measured.items():
        of_all = gauge(f"site_{name}", meaning, "site")
        for each in sites:
            if (amount := value(each)) is not None:
                of_all.labels(each.site).set(amount)
    for name in ("requests", "bytes", "new", "failed"):
        of_all = gauge(f"site_{name}", f"Of the last run, and of a week: {name}.", "site", "of")
        for each in sites:
            of_all.labels(each.site, "last run").set(getattr(each.last_run, name))
            of_all.labels(each.site, "last week").set(getattr(each.last_week, name))
    rings = gauge("alarm", "1 for what is wrong; of the archive where no site is.", "site", "kind")
    for alarm in alarms:
        rings.labels(alarm["site"] or "", alarm["kind"]).set(1)
    text: bytes = generate_latest(registry)
    return text.decode()


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


async def health(request: Request, datasette: Datasette) -> Response:
    """Answer ``/health``: 200 with a sentence, or 503; ``?days=`` says how old a run may be."""
    days = request.args.get("days") or ""
    try:
        db = await permitted_archive(datasette, request)
        report = await _report(db, int(days) if days.isdecimal() and len(days) < 6 else None)
    except (sqlite3.Error, OSError, NotFound):
        report = Report(Health.UNREADABLE)
    told = {code: report.in_words(code) for code in LANGUAGES}
    if (request.headers.get("accept") or "").startswith("application/json"):
        body: Response = Response.json(
            {"well": report.is_well, "health": report.health, **told},
            status=200 if report.is_well else 503,
        )
        return body
    return _text("\n".join(told.values()) + "\n", 200 if report.is_well else 503)


def _text(body: str, code: int) -> Response:
    answer: Response = Response.text(body, status=code)
    return answer


async def _report(db: Database, days: int | None) -> Report:
    last = await rows(db, LAST_RUN)
    more = {} if days is None else {"days": days}
    return health_of(last[0]["started_at"], await _free(db), datetime.now(UTC), **more)


async def _free(db: Database) -> int:
    return shutil.disk_usage(Path(db.path).resolve().parent).free


async def badge(request: Request, datasette: Datasette) -> Response:
    """Answer ``/badge.svg`` and ``/badge/KEY.svg``: a picture for a page elsewhere, whose language
    is that of ``?language=`` and not the browser's.
    """
    chosen = request.args.get("language")
    with speaking(chosen if chosen in LANGUAGES else DEFAULT):
        return await _badge(request, datasette)


async def _badge(request: Request, datasette: Datasette) -> Response:
    db = await permitted_archive(datasette, request)
    if "site" not in request.url_vars:
        (all_,) = await rows(
            db,
            "SELECT (SELECT count(*) FROM sites) AS sites, (SELECT count(*) FROM articles) AS n,"
            " (SELECT max(finished_at) FROM runs WHERE outcome = 'finished') AS last",
        )
        told = f"{_portals(all_['sites'])} · {_articles(all_['n'])}"
        return _picture("Tin Huyện", told, _GOOD if all_["last"] else _NONE)
    site = tilde_decode(request.url_vars["site"])
    found = await fresh(db, site)
    if not found:
        raise NotFound(f"The archive has no portal {site}")
    (each,) = found
    told = _articles(each.articles)
    if each.as_of is None:
        unchecked = gettext("not checked yet")
        return _picture(each.name, f"{told} · {unchecked}", _NONE)
    told = f"{told} · {_day_here(each.as_of)}"
    return _picture(each.name, told, _OLD if each.staleness else _GOOD)


def _portals(count: int) -> str:
    return ngettext("%(num)s portal", "%(num)s portals", count) % {"num": number(count)}


def _articles(count: int) -> str:
    return ngettext("%(num)s article", "%(num)s articles", count) % {"num": number(count)}


def _picture(label: str, told: str, colour: str) -> Response:
    return Response(
        badge_svg(label, told, colour),
        content_type="image/svg+xml; charset=utf-8",
        headers={"cache-control": "max-age=3600"},
    )


def badge_svg(label: str, told: str, colour: str) -> str:
    """Return a badge: a name, and beside it, on a colour, what is told of it."""
    widths = [round(_PER_LETTER * len(text)) + 2 * _MARGIN for text in (label, told)]
    left, right = widths
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img">'
        f"<title>{escape(label)}: {escape(told)}</title>"
        f'<rect rx="3" width="{left + right}" height="20" fill="#3a3733"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3}z"'
        f' fill="{colour}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"'
        ' text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 2 * _MARGIN}">{escape(label)}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 2 * _MARGIN}">'
        f"{escape(told)}</text></g></svg>"
    )


def lasting(duration: timedelta | None) -> str:
    """Return how long something lasts, roughly; of None, nothing."""
    return "" if duration is None else format_timedelta(duration, locale=language())


def how_often(interval: timedelta) -> str:
    """Return how often something is done, once each *interval*, roughly."""
    told = lasting(interval)
    for one, words in _ONE_OF_EACH:
        if told == lasting(one):  # as "every 1 month" nobody says it
            return gettext(words)
    return gettext("every %(time)s") % {"time": told}


def why_stale(portal: Freshness) -> str:
    """Return since when a portal is stale and why; nothing if it is not."""
    since = portal.stale_since
    return portal.why_stale(language(), _day_here(since) if since else None) or ""


def _day_here(moment: datetime) -> str:
    """Return the day of a time in UTC as pages write it, in Viet Nam's time."""
    return day(moment.astimezone(VIET_NAM))


def share_in_words(sampled: Sampled) -> str:
    """Say in a sentence what share of a sample is read rightly, how sure that is, and what is
    wrong: what `Sampled.in_words` says, in the words of the page.
    """
    if sampled.number:
        low, high = sampled.interval
        share = gettext(
            "%(right)s of %(number)s reviewed articles are read rightly:"
            " %(share)s (%(low)s to %(high)s, 95%% confidence)"
        ) % {
            "right": number(sampled.right),
            "number": number(sampled.number),
            "share": f"{sampled.right / sampled.number:.0%}",
            "low": f"{low:.0%}",
            "high": f"{high:.0%}",
        }
    else:
        share = gettext("no article was reviewed as it reads today")
    wrong = ", ".join(
        f"{number(sampled.verdicts[verdict])} {told(both(verdict))}"
        for verdict in Reviewed
        if verdict != Reviewed.RIGHT and sampled.verdicts[verdict]
    )
    parts = [share, gettext("the others: %(kinds)s") % {"kinds": wrong} if wrong else ""]
    if sampled.outdated:
        again = ngettext(
            "%(num)s reads otherwise since", "%(num)s read otherwise since", sampled.outdated
        )
        parts.append(again % {"num": number(sampled.outdated)})
    return "; ".join(filter(None, parts))


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the pages."""
    return [
        (r"^/status(?P<json>\.json)?$", status),
        (r"^/metrics$", metrics),
        (r"^/health$", health),
        (r"^/badge\.svg$", badge),
        (r"^/badge/(?P<site>[^/]+)\.svg$", badge),
    ]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer what the page says of how fresh a portal is."""
    env.filters["lasting"] = lasting
    env.filters["how_often"] = how_often
    env.filters["why_stale"] = why_stale
    env.filters["share_in_words"] = share_in_words
