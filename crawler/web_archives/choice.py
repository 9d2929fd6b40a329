"""Which of several captures of an address is worth asking for, by what is known before."""

from collections.abc import Collection, Iterable
from datetime import datetime

from crawler.mementos import Archived

_STAND_IN = 4
"""At so many addresses one and the same body stands in the place of what was there: a notice, a
challenge, a page that says that there is none. An article stands at one, or at few."""


def ranked(captures: Iterable[Archived], wanted: datetime) -> list[Archived]:
    """Return captures, the best first, for the end of a portal: *wanted*, UTC.

    What was answered with 200 comes before a redirect, and what is whole before what is cut; what
    stands at one address before what stands at many; what was archived before the end before what
    was after it, since portals end in redirects and notices; then what is nearest to it.
    """
    return sorted(
        captures,
        key=lambda one: (
            one.status >= 300,
            one.is_cut,
            one.alike >= _STAND_IN,
            one.at > wanted,
            abs(one.at - wanted),
        ),
    )


def untried(
    captures: Iterable[Archived], done: Collection[Archived], wanted: datetime
) -> list[Archived]:
    """Return the captures of an address that are worth asking for, the best first, where *done* are
    those that were: the same body need not be asked for twice.
    """
    places = {(one.web_archive, one.at) for one in done}
    bodies = {one.digest for one in done} - {None}
    return [
        one
        for one in ranked(captures, wanted)
        if (one.web_archive, one.at) not in places and one.digest not in bodies
    ]
