"""A search as an address names it: the words, the filters, the order and the page.

``/search?q=chợ đồn&from=2019&to=6/2020&site=chodon&year=2020&sort=new&page=2``. A filter may be
given several times: an article has to meet one of them. What cannot be read is a `Mistake`, and
nothing is searched: without a filter that was asked for, other things would be found.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from archive.search.asked import Asked, understood
from archive.search.found import FACETS, Filters
from crawler.vocabulary import Order
from reading_room.asking.queries import page_number
from reading_room.subjects.places import place_of

PAGE_SIZE = 20
MOST_VALUES = 20
"""Values of one filter that are read."""

ORDERS = {"new": Order.NEWEST, "old": Order.OLDEST}
"""The orders by what an address calls them; without one, the best is first."""
FILTERS = {
    "site": "sites",
    "province": "provinces",
    "year": "years",
    "category": "categories",
    "author": "authors",
    "place": "places",
    "document": "documents",
}
"""The fields of `Filters` by what an address calls them: one for each of `FACETS`."""
NAMES = ("q", "from", "to", *FACETS, "spelling", "sort")
"""What an address may have beside its page, in the order in which links have it."""
FORMER = {"from_year": "from", "to_year": "to"}
"""What addresses called otherwise before."""

_DAY = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
    r"|(?:(?:(?P<day_>\d{1,2})[/.-])?(?P<month_>\d{1,2})[/.-])?(?P<year_>\d{4})"
)


class Mistake(NamedTuple):
    """A part of an address that cannot be read."""

    name: str
    value: str


class Search(NamedTuple):
    """What an address asks for."""

    asked: Asked
    filters: Filters
    order: Order
    page: int
    arguments: tuple[tuple[str, str], ...]
    """The address's own words, but for the page: each name with a value, in one order."""
    mistakes: tuple[Mistake, ...]

    @property
    def offset(self) -> int:
        """The number of hits before the page."""
        return (self.page - 1) * PAGE_SIZE

    @property
    def is_filtered(self) -> bool:
        """Whether not all articles are searched."""
        return self.filters != Filters()

    def values(self, name: str) -> tuple[str, ...]:
        """Return what the address has under a name."""
        return tuple(value for known, value in self.arguments if known == name)

    def value(self, name: str) -> str:
        """Return the first of `values`; "" if there is none."""
        return next(iter(self.values(name)), "")

    def link(self, page: int = 1) -> str:
        """Return the query string of a page of this search."""
        further = [("page", str(page))] if page > 1 else []
        return "?" + urlencode([*self.arguments, *further])

    def adding(self, name: str, value: str) -> str:
        """Return the query string of the same search with a value more."""
        return _query([*self.arguments, (name, value)])

    def setting(self, name: str, value: str = "") -> str:
        """Return the query string of the same search with this value of a name only, or none."""
        kept = [one for one in self.arguments if one[0] != name]
        return _query([*kept, (name, value)] if value else kept)

    def without(self, name: str, value: str) -> str:
        """Return the query string of the same search without a value."""
        return _query([one for one in self.arguments if one != (name, value)])

    @property
    def unfiltered(self) -> str:
        """The query string of a search for the same words in all articles."""
        return _query([one for one in self.arguments if one[0] in ("q", "sort")])


def _query(arguments: Sequence[tuple[str, str]]) -> str:
    ordered = sorted(dict.fromkeys(arguments), key=lambda one: NAMES.index(one[0]))
    return "?" + urlencode(ordered)


def search_of(arguments: Sequence[tuple[str, str]]) -> Search:
    """Return what the *arguments* of an address ask for, names with values."""
    given: dict[str, list[str]] = {}
    for name, value in arguments:
        if value := value.strip():
            given.setdefault(FORMER.get(name, name), []).append(value)
    kept = {
        name: [*dict.fromkeys(given[name])][: MOST_VALUES if name in FILTERS else 1]
        for name in NAMES
        if name in given
    }
    asked = understood(kept.get("q", [""])[0])
    best = Order.BEST if asked.wanted else Order.NEWEST
    return Search(
        asked,
        _filters(kept),
        ORDERS.get(kept.get("sort", [""])[0]) or best,
        page_number(given.get("page", [""])[0]),
        tuple((name, value) for name, values in kept.items() for value in values),
        tuple(_mistakes(kept)),
    )


def _filters(given: Mapping[str, Sequence[str]]) -> Filters:
    days = {name: days_of(values[0]) for name, values in given.items() if name in ("from", "to")}
    since, until = days.get("from"), days.get("to")
    return Filters(
        **{field: tuple(given.get(name, ())) for name, field in FILTERS.items()},
        since=since[0].isoformat() if since else None,
        until=until[1].isoformat() if until else None,
        spelling="exact" if given.get("spelling") == ["exact"] else "any",
    )


def _mistakes(given: Mapping[str, Sequence[str]]) -> Iterator[Mistake]:
    tests: dict[str, Callable[[str], object]] = {
        **dict.fromkeys(("from", "to"), days_of),
        "year": re.compile(r"\d{4}").fullmatch,
        "place": place_of,
        "sort": ORDERS.get,
        "spelling": lambda value: value == "exact",
    }
    for name, values in given.items():
        test = tests.get(name, bool)
        yield from (Mistake(name, value) for value in values if not test(value))


def days_of(text: str) -> tuple[date, date] | None:
    """Return the first and last day of what is typed for a day, a month or a year: "14/6/2021",
    "2021-06", "2021"; None if it is none.
    """
    found = _DAY.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(found[n] or found[f"{n}_"] or 0) for n in ("year", "month", "day"))
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    last = month or 12
    return first, date(year, last, monthrange(year, last)[1])
