"""Words over time: in what share of the articles of each year, or month, a word stands."""

import time
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from datasette.database import Database

from archive.search.asked import Asked as Query
from archive.search.asked import Term
from archive.search.found import MONTH, Filters
from archive.search.words import has_marks, spellings
from crawler.vocabulary import LeftOut, Order
from reading_room.charts import Category, Chart, Series, Shape, Unit
from reading_room.charts.scales import told_number
from reading_room.figures import articles
from reading_room.figures.articles import today
from reading_room.figures.asked import Asked, counted_by, name_asked
from reading_room.figures.period import (
    drawable,
    month_categories,
    months_of,
    year_categories,
    years_of,
)
from reading_room.language import gettext as _
from reading_room.language import ngettext
from reading_room.search.answers import TooSlowError, asking, searcher_of

MOST_WORDS = 5
"""Words that are compared at once."""
SECONDS = 5
"""For how long one word after another is looked for; the slower engine takes long over each."""
LONGEST = 100
"""Letters of what stands between two commas; the rest is left out."""
FEW = 10
"""Articles of a month or year of which fewer are too few for a share to say much."""
MOST_NAMED = 10
"""Words of those left out that are named; of more it is told how many they are."""


class Told(NamedTuple):
    """A word that was asked for: what was typed, and in how many articles of each year or month it
    stands; None where that takes too long."""

    word: str
    counts: dict[str, int] | None


def asked_words(q: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words that a query names, and those that are too many."""
    plain = unicodedata.normalize("NFC", q).replace(";", ",")
    typed = (" ".join(word.split())[:LONGEST].strip() for word in plain.split(","))
    every = tuple(dict.fromkeys(word for word in typed if word))
    return every[:MOST_WORDS], every[MOST_WORDS:]


async def words(db: Database, asked: Asked) -> Chart | None:
    """Return in what share of the articles of each year, or month, the words stand that are asked
    for.

    Raises `TooSlowError` where none is found, but not all could be counted.
    """
    wanted, too_many = asked_words(asked.q)
    if not wanted:
        return None
    by_month = asked.by == MONTH
    of_all = await counted_by(db, asked, articles.MONTH if by_month else articles.YEAR)
    dated = {at: n for at, n in of_all.numbers.items() if at}
    every, _odd = drawable(dated, today())
    found = []
    began = time.monotonic()
    for word in wanted:
        is_late = time.monotonic() - began > SECONDS
        found.append(Told(word, None if is_late else await _counts(db, asked, word)))
    if all(not each.counts for each in found) and any(each.counts is None for each in found):
        raise TooSlowError
    categories = _categories(every, by_month=by_month)
    return Chart(
        name="words",
        title=(
            _("Share of the articles of each month")
            if by_month
            else _("Share of the articles of each year")
        ),
        of=await name_asked(db, asked),
        told=_told(found),
        shape=Shape.LINES,
        heading=_("Month") if by_month else _("Year"),
        categories=categories,
        series=tuple(
            Series(
                word,
                word,
                tuple(
                    counts.get(each.key, 0) / every[each.key] if each.key in every else None
                    for each in categories
                ),
            )
            for word, counts in found
            if counts is not None
        ),
        unit=Unit.SHARE,
        notes=(*_notes(found, too_many, every),),
        at=of_all.at,
    )


def _categories(found: Iterable[str], *, by_month: bool) -> tuple[Category, ...]:
    return month_categories(months_of(found)) if by_month else year_categories(years_of(found))


async def _counts(db: Database, asked: Asked, word: str) -> dict[str, int] | None:
    query = query_of(word)
    if not query.wanted:
        return {}
    filters = Filters(sites=(asked.site,) if asked.site else (), spelling="exact")
    by = asked.by or "year"
    found = await asking(searcher_of(db).search, query, filters, Order.BEST, 0, 0, (by,))
    if {LeftOut.TIME, LeftOut.COUNT, LeftOut.FACETS} & {*found.left_out}:
        return None
    return dict(found.facets[by])


def query_of(typed: str) -> Query:
    """Return the query for words side by side; a star behind them lets the last one go on."""
    words = tuple(word.exact for word in spellings(typed))
    return Query(typed, ((Term(words, prefix=typed.endswith("*")),),) if words else ())


def search_for(word: str) -> str:
    """Return what finds the articles that have a word, typed into the search."""
    return f'"{word}"' if any(has_marks(each.exact) for each in spellings(word)) else word


def _told(found: list[Told]) -> str:
    told = [
        _("“%(word)s” in %(number)s articles")
        % {"word": word, "number": told_number(sum(counts.values()))}
        for word, counts in found
        if counts is not None
    ]
    return "; ".join(told) + "." if told else ""


def _notes(found: list[Told], too_many: tuple[str, ...], every: Mapping[str, int]) -> Iterable[str]:
    if long := [word for word, counts in found if counts is None]:
        yield _("It takes too long to count: %(words)s.") % {"words": ", ".join(long)}
    if too_many:
        yield left_out_note(too_many)
    if few := sum(number < FEW for number in every.values()):
        yield _(
            "Of %(number)s of the %(all)s spans of time fewer than %(few)s articles are held; their"
            " shares say little."
        ) % {
            "number": told_number(few),
            "all": told_number(len(every)),
            "few": told_number(FEW),
        }


def left_out_note(too_many: tuple[str, ...]) -> str:
    """Return what is said of the words that were too many."""
    named, others = too_many[:MOST_NAMED], len(too_many) - MOST_NAMED
    told = _("More than %(number)s words were asked for; left out: %(words)s.") % {
        "number": told_number(MOST_WORDS),
        "words": ", ".join(named),
    }
    if others <= 0:
        return told
    more = ngettext(
        "%(number)s more was left out, too.", "%(number)s more were left out, too.", others
    )
    return f"{told} {more % {'number': told_number(others)}}"
