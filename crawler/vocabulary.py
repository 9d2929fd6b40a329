"""Closed sets of words, each once: what stores, shows and documents them reads them here."""

from enum import StrEnum
from typing import Literal

PageKind = Literal[
    "article", "part", "protected", "listing", "challenge", "closed", "spam", "other"
]
"""A part is a further page of a divided article, whose first page its ``links`` name; a protected
page is an article that the portal shows only to those who know a password."""
Confidence = Literal["high", "medium", "low"]
"""How sure a reading is: said for a program or under a label; said where such things stand;
inferred from something else."""
BlockKind = Literal["paragraph", "heading", "list", "quote", "table", "figure", "embed", "pre"]


Source = Literal["live", "wayback", "import"]
"""Where an answer was had: from the portal, from a web archive in its place, from a file."""
Flag = Literal["challenge", "closed", "spam", "empty", "shrunk"]
"""Why a page that was served must not be shown as the article of its address."""


class State(StrEnum):
    """What became of an address, as the ledger calls it."""

    WAITING = "waiting"
    HELD = "held"
    NOT_ARTICLE = "not_article"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"
    ELSEWHERE = "elsewhere"
