"""Of what a figure is asked: the archive, a site, a place, a document; and what counts articles."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from datasette import NotFound
from datasette.database import Database

from archive.search.found import MONTH
from crawler.vocabulary import Attribution, PlaceKind
from reading_room.asking.queries import rows
from reading_room.asking.shelf import Derived, derived
from reading_room.subjects.places import SITES, name_of, place_of

OF_PORTALS = (PlaceKind.PROVINCE, PlaceKind.DISTRICT, PlaceKind.PROVINCE_SINCE)
"""The places whose articles are those of their portals; those of others name them."""


_VALUES = ("site", "document")
"""What of an address is a parameter of SQL as it stands."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what a figure is asked: by an address, or by a page. Raises `NotFound` of no place, or of
    what nothing is counted by."""

    site: str = ""
    """The key of a site."""
    place: str = ""
    """A place: "district:064"."""
    document: str = ""
    """The key of a document, as ``citations.key``."""
    q: str = ""
    """Words, with commas between them."""
    by: str = ""
    """"month", where words are counted by month and not by year."""

    def __post_init__(self) -> None:
        if self.place and place_of(self.place) is None:
            raise NotFound(f"No such place: {self.place}")
        if self.by not in ("", MONTH):
            raise NotFound(f"Words are counted by year, or by={MONTH}, not by {self.by!r}")

    @property
    def condition(self) -> str:
        """Which rows of ``articles`` are meant, in SQL, but for the `others`."""
        conditions = ["articles.site = :site"] if self.site else []
        if self._of_portals:
            conditions.append(f"articles.{self._of_portals}")
        elif self.place:
            conditions.append(
                "articles.id IN (SELECT article_id FROM place_articles"
                " WHERE kind = :kind AND code = :code)"
            )
        if self.document:
            conditions.append(
                "articles.id IN (SELECT article_id FROM citations WHERE key = :document)"
            )
        return " AND ".join(conditions) or "1"

    @property
    def others(self) -> str | None:
        """Which of them are not meant after all: what other bodies published on the portals of a
        place. These few are looked for, since to look up all the others takes ten times as long.
        """
        if self._of_portals is None:
            return None
        return (
            "articles.id IN (SELECT article_id FROM attributions"  # noqa: S608 - ours
            f" WHERE attribution = '{Attribution.OTHER}' AND {self._of_portals})"
        )

    @property
    def _of_portals(self) -> str | None:
        """By which portals articles are those of the place; None where they name it, or of none."""
        place = place_of(self.place)
        if place is None or place[0] not in OF_PORTALS:
            return None
        return f"site IN (SELECT key FROM sites WHERE {SITES[place[0]]})"  # noqa: S608 - ours

    @property
    def values(self) -> dict[str, str]:
        """The parameters of the conditions."""
        found = {name: value for name, value in self.address.items() if name in _VALUES}
        if place := place_of(self.place):
            found["code"] = place[1]
            if self._of_portals is None:
                found["kind"] = place[0].value
        return found

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """The filters of the table ``articles`` that choose the same; it cannot choose a place."""
        return (("site", self.site),) if self.site else ()

    @property
    def address(self) -> Mapping[str, str]:
        """What an address says of it."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in asked.items() if value}


async def name_asked(db: Database, asked: Asked) -> str:
    """Return what that is called of which a figure is asked; "" of the whole archive.

    Raises `NotFound` where the archive knows none.
    """
    names: list[str] = []
    if asked.site:
        found = await rows(db, "SELECT name FROM sites WHERE key = :site", site=asked.site)
        if not found:
            raise NotFound(f"The archive has no portal {asked.site!r}")
        names.append(found[0]["name"])
    if place := place_of(asked.place):
        name = await name_of(db, *place)
        if name is None:
            raise NotFound(f"No such place: {asked.place}")
        names.append(name)
    if asked.document:
        names.append(asked.document)
    return " · ".join(names)


async def counted(db: Database, sql: str, **values: object) -> Derived[list[dict[str, Any]]]:
    """Return the rows of a query that counts articles, as they were kept (`derived`)."""
    return await derived(db, f"{sql} {sorted(values.items())}", lambda: rows(db, sql, **values))


class Counts(NamedTuple):
    """How many articles there are of each month, year or place."""

    numbers: dict[str | None, int]
    at: datetime | None
    """Of when they are; None where nothing has changed since."""


async def counted_by(db: Database, asked: Asked, at: str) -> Counts:
    """Return how many articles that are meant there are of each value of *at*, in SQL."""
    sql = f"SELECT {at} AS at, count(*) AS articles FROM articles WHERE {{}} GROUP BY 1"  # noqa: S608
    kept = await counted(db, sql.format(asked.condition), **asked.values)
    found = Counter({row["at"]: row["articles"] for row in kept.value})
    if asked.others:
        others = f"{asked.condition} AND {asked.others}"
        for row in (await counted(db, sql.format(others), **asked.values)).value:
            found[row["at"]] -= row["articles"]
    numbers = {None if key is None else str(key): number for key, number in (+found).items()}
    return Counts(numbers, time_of(kept))


def time_of(kept: Derived[Any]) -> datetime | None:
    """Return of when something is that was kept; None where nothing has changed since."""
    return None if kept.is_current else kept.at
