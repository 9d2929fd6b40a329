"""The communes and units that articles name."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from archive.connection import Row

FIRST = 1
"""The position of the first character, as SQL counts."""


def places_of(words: str, site: Mapping[str, Any], published_at: str | None) -> list[Row]:
    """Return what the *words* of an article name, as rows of ``places`` without its number.

    *site* is the row of its portal, *published_at* as the column has it. What was written there by
    other means, and is no day, counts for none.
    """
    # Whose patterns take as long to compile as opening the archive does.
    from crawler.country.mentions import places

    day = None
    with suppress(ValueError):
        day = date.fromisoformat(published_at[:10]) if published_at else None
    return [
        place._asdict() | {"position": place.position + FIRST}
        for place in places(words, site["district"], site["unit"], day)
    ]
