"""How a room is opened to its visitors: where it is had, by which names, and what may be asked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasette.app import Datasette


class Robots(StrEnum):
    """What search engines and other programs are asked to leave alone, in ``/robots.txt``."""

    ALL = "all"
    """Nothing."""
    ARTICLES = "articles"
    """What is computed for whoever asks: searches, lists by facets, SQL, data."""
    NONE = "none"
    """Everything."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a room; these defaults are those of one that only its own process asks."""

    prefix: str = "/"
    """The path beneath which the room is had, with a slash at both ends."""
    is_https: bool = False
    """Whether its own addresses begin with https, whatever a request came by."""
    hosts: frozenset[str] | None = None
    """The names by which it is had, in small letters, beside addresses and names of this machine;
    None if it answers by any name."""
    sql: bool = True
    """Whether visitors may ask in SQL of their own."""
    sql_seconds: int = 5
    """Seconds that a query may take."""
    workers: int = 0
    """Processes that answer what visitors ask in their own words; with none the room does it."""
    requests_a_minute: int = 0
    """Of one address, on the average; as many as they like if that is 0."""
    robots: Robots = Robots.ARTICLES
    contact: str | None = None
    """Whom to write to of what is kept here: an e-mail address, or a page."""


def rules_of(room: "Datasette") -> Rules:
    """Return the rules of a room; of one that Datasette opened by itself those that ask nothing."""
    rules = getattr(room, "rules", None)
    return rules if isinstance(rules, Rules) else Rules()
