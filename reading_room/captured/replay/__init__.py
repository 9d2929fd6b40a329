"""A page as it was captured, made such that it looks as it did and does nothing.

Nothing in it runs, and nothing is loaded but what the archive holds. That is meant twice: what is
written is chosen from lists of what is harmless, by elements, attributes and functions of CSS, and
the policy with which it is sent (`plugins/captures.py`) keeps browsers from anything else.

It reads pages as the crawler does, and is therefore loaded only when a page is looked at.
"""

from collections.abc import Callable
from typing import Protocol

from reading_room.captured.replay.pages import replayed
from reading_room.captured.replay.sheets import replayed_sheet, sheet_text

__all__ = ["Held", "Link", "replayed", "replayed_sheet", "sheet_text"]

Link = Callable[[str], str]
"""From an address that a page links to, to the path of the reading room that tells of it."""


class Held(Protocol):
    """Where the archive gives what a page needs; None where it is not held. Both take addresses."""

    def file(self, url: str) -> str | None:
        """Return the path of a picture or a font."""

    def sheet(self, url: str) -> str | None:
        """Return the path of a style sheet."""
