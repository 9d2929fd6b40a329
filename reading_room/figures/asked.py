"""What a figure is asked of: the whole archive, a site or a place; and counts that are kept."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasette import NotFound
from datasette.database import Database

from crawler.vocabulary import PlaceKind
from reading_room.places import name_of, place_of
from reading_room.queries import rows

KEPT = 256
"""Answers that are kept in memory, of all figures together."""
DEAR = 0.05
"""Seconds from which on an answer is dear."""
WRITTEN_SECONDS, KEPT_SECONDS = 60, 600
"""For so long a dear answer is kept while articles change, and any answer while none does; what
else an answer is of, such as whose a portal was, changes rarely."""

_kept: OrderedDict[tuple[object, ...], tuple[int, float, float, list[dict[str, Any]]]] = (
    OrderedDict()
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what a figure is asked: by an address, or by a page. Raises `NotFound` of no place."""

    site: str = ""
    """The key of a site."""
    place: str = ""
    """A place: "district:064"."""
    q: str = ""
    """Words, with commas between them."""

    def __post_init__(self) -> None:
        if self.place and place_of(self.place) is None:
            raise NotFound(f"No such place: {self.place}")

    @property
    def condition(self) -> str:
        """Which rows of ``articles`` are meant, in SQL."""
        conditions = ["1"]
        if self.site:
            conditions.append("articles.site = :site")
        if self.place:
            conditions.append(
                "articles.id IN (SELECT article_id FROM place_articles"
                " WHERE kind = :kind AND code = :code)"
            )
        return " AND ".join(conditions)

    @property
    def values(self) -> dict[str, str]:
        """The parameters of the condition."""
        found = {"site": self.site} if self.site else {}
        if place := place_of(self.place):
            found |= {"kind": place[0].value, "code": place[1]}
        return found

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """The filters of the table ``articles`` that choose the same; it cannot choose a place."""
        return (("site", self.site),) if self.site else ()

    @property
    def address(self) -> Mapping[str, str]:
        """What an address says of it."""
        asked = {"site": self.site, "place": self.place, "q": self.q}
        return {name: value for name, value in asked.items() if value}


async def name_asked(db: Database, asked: Asked) -> str:
    """Return what the site or place is called that a figure is asked of; "" of the whole archive.

    Raises `NotFound` where the archive knows none.
    """
    if asked.site:
        found = await rows(db, "SELECT name FROM sites WHERE key = :site", site=asked.site)
        name = found[0]["name"] if found else None
    elif place := place_of(asked.place):
        name = await name_of(db, PlaceKind(place[0]), place[1])
    else:
        return ""
    if name is None:
        raise NotFound(f"The archive has nothing of {asked.site or asked.place!r}")
    return str(name)


async def counted(db: Database, sql: str, **values: object) -> list[dict[str, Any]]:
    """Return the rows of a query over articles, kept in memory as long as no article changes.

    What was dear is kept for a minute while a crawl writes: it would be asked for again at each
    request.
    """
    key = (db.path, sql, *sorted(values.items()))
    changed = await last_change(db)
    if key in _kept:
        of, at, took, answer = _kept[key]
        age = time.monotonic() - at
        if age < (KEPT_SECONDS if of == changed else WRITTEN_SECONDS if took > DEAR else 0):
            _kept.move_to_end(key)
            return answer
    began = time.monotonic()
    answer = await rows(db, sql, **values)
    _kept[key] = (changed, began, time.monotonic() - began, answer)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return answer


async def last_change(db: Database) -> int:
    """Return the number of the archive's last change; 0 of an archive of an older version."""
    if "counters" not in await db.table_names():
        return 0
    return int((await rows(db, "SELECT max(value) AS changed FROM counters"))[0]["changed"] or 0)
