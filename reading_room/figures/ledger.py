"""What the ledger says: what is held of what was published, and how fresh the portals are."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from datasette.database import Database

from archive.reading import ages_query
from crawler.text.dates import VIET_NAM
from crawler.vocabulary import GapState, State
from crawler.vocabulary.words import both
from reading_room.asking.queries import rows
from reading_room.charts import Category, Chart, Shape
from reading_room.charts.scales import told_number
from reading_room.figures.articles import series_of, today
from reading_room.figures.asked import Asked, counted, name_asked, time_of
from reading_room.figures.period import Counts, drawable, year_categories, years_of
from reading_room.language import gettext as _
from reading_room.language import ngettext, told

MISSING = tuple(state for state in State if state in {*GapState})
"""The states of addresses that are not held, and should be."""
_UNDATED = ""

_HELD = """
    SELECT coalesce(CAST(year AS TEXT), '') AS at, 'held' AS state, count(*) AS n
    FROM articles WHERE site = :site GROUP BY 1"""
_NOT_HELD = """
    SELECT coalesce(CAST(naming.year AS TEXT), '') AS at, urls.state, count(*) AS n
    FROM urls LEFT JOIN articles AS naming
    ON naming.site = urls.site AND naming.url = urls.found_on
    WHERE urls.site = :site AND urls.state IN (SELECT value FROM json_each(:states))
    AND NOT EXISTS (SELECT 1 FROM articles AS held
                    WHERE held.url = urls.url AND held.site = urls.site)
    GROUP BY 1, 2"""


async def held(db: Database, asked: Asked) -> Chart | None:
    """Return of each year how many articles of a site are held, and how many addresses are not.

    Nobody knows when what is not held was published: it stands at the year of the article whose
    page names it.
    """
    if not asked.site:
        return None
    name = await name_asked(db, asked)
    found: dict[State, dict[str, int]] = {state: {} for state in (State.HELD, *MISSING)}
    held_now = await counted(db, _HELD, site=asked.site)
    for row in held_now.value:
        found[State.HELD][row["at"]] = row["n"]
    states = json.dumps(MISSING)
    for row in await rows(db, _NOT_HELD, site=asked.site, states=states):
        found[State(row["state"])][row["at"]] = row["n"]
    by_year = {state: _at_year(counts) for state, counts in found.items()}
    years = years_of(year for counts in by_year.values() for year in counts if year != _UNDATED)
    categories = year_categories(years, asked.filters)
    if any(_UNDATED in counts for counts in by_year.values()):
        categories = (*categories, Category(_UNDATED, _("year unknown"), "?"))
    missing = sum(sum(counts.values()) for state, counts in by_year.items() if state in MISSING)
    return Chart(
        name="held",
        title=_("Held, and not held"),
        of=name,
        told=_("%(held)s articles are held; %(missing)s addresses are known and not held.")
        % {"held": told_number(sum(by_year[State.HELD].values())), "missing": told_number(missing)},
        shape=Shape.COLUMNS,
        heading=_("Year"),
        categories=categories,
        series=tuple(
            series_of(state, told(both(state)), counts, categories)
            for state, counts in by_year.items()
            if counts or state == State.HELD
        ),
        notes=(_("What is not held stands at the year of the article that names it."),)
        if missing
        else (),
        at=time_of(held_now),
    )


def _at_year(counts: Counts) -> dict[str, int]:
    """Return counts by year; those of years that cannot be right are of an unknown one."""
    kept, odd = drawable(counts, today())
    return kept | ({_UNDATED: odd} if odd else {})


DAYS = (1, 7, 31, 92, 366, 3 * 366)
"""The ages by which portals are told apart, in days: up to so many."""


def _ages() -> tuple[Category, ...]:
    return (
        *(
            Category(f"{days} d", name)
            for days, name in zip(
                DAYS,
                (
                    _("up to a day"),
                    _("up to a week"),
                    _("up to a month"),
                    _("up to 3 months"),
                    _("up to a year"),
                    _("up to 3 years"),
                ),
                strict=True,
            )
        ),
        Category("more", _("longer ago")),
        Category("never", _("never")),
    )


async def freshness(db: Database, _asked: Asked) -> Chart:
    """Return how long ago the newest article of each portal was published, and how long ago a crawl
    of it last came to its end, as numbers of portals.
    """
    now = datetime.now(UTC)
    sql, values = ages_query(now)
    portals = await rows(db, sql, **values)
    newest = Counter(age_of(portal["newest"], now) for portal in portals)
    success = Counter(age_of(portal["last_success"], now) for portal in portals)
    categories = _ages()
    fresh = sum(newest[each.key] for each in categories[:3])
    return Chart(
        name="freshness",
        title=_("How fresh the portals are"),
        told=ngettext(
            "Of %(number)s portal, %(fresh)s with an article of the last month; "
            "%(never)s without any.",
            "Of %(number)s portals, %(fresh)s with an article of the last month; "
            "%(never)s without any.",
            len(portals),
        )
        % {
            "number": told_number(len(portals)),
            "fresh": told_number(fresh),
            "never": told_number(newest["never"]),
        },
        shape=Shape.ROWS,
        heading=_("How long ago"),
        categories=categories,
        series=(
            series_of("newest", _("Newest article"), newest, categories),
            series_of("success", _("Last crawl that came to its end"), success, categories),
        ),
    )


def age_of(written: Any, now: datetime) -> str:
    """Return how long ago something was, as the key of a category; a day alone begins in Viet Nam.

    What the clock puts in the future was just now.
    """
    if not written:
        return "never"
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:  # who reads an archive may find anything in it
        return "never"
    age = now - (moment if moment.tzinfo else moment.replace(tzinfo=VIET_NAM))
    days = age.total_seconds() / 86_400
    return next((f"{most} d" for most in DAYS if days <= most), "more")
