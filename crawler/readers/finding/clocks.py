"""The clocks that pages show: dates that are those of now, and of no article.

Portals write today into their heads, mostly as "Thứ sáu, 17/05/2024", and seldom name it a clock.
"""

from datetime import datetime

from selectolax.lexbor import LexborNode

from crawler.readers.finding.headline import Surroundings
from crawler.text.datelines import is_as_clocks
from crawler.text.dates import VIET_NAM, Moment


class Clocks:
    """What of a page, which was received at *at* if that is known, may be a clock."""

    def __init__(self, around: Surroundings, at: datetime | None) -> None:
        self._around = around
        self._at = at
        self._today = {at.date(), at.astimezone(VIET_NAM).date()} if at else set()

    def tell(self, moment: Moment, node: LexborNode, text: str) -> bool:
        """Whether an element that shows a moment is one: that is today, or the element like one."""
        day = moment.date() if isinstance(moment, datetime) else moment
        return day in self._today or self.are_like(node, text)

    def are_like(self, node: LexborNode, text: str) -> bool:
        """Whether an element with some text is like one: it stands in the head of the page, or, if
        nobody knows which day was today, away from the heading in the form that clocks have."""
        if self._around.is_in_head(node):
            return True
        return self._at is None and is_as_clocks(text) and not self._around.is_beside(node)

    def may_be(self, node: LexborNode) -> bool:
        """Whether nobody can tell if an element above the heading is one."""
        return self._at is None and not self._around.is_beside(node)
