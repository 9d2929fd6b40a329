"""The clocks that pages show: dates that are those of now, and of no article.

Portals write today into their heads, mostly as "Thứ sáu, 17/05/2024" or with the time of day, and
seldom name it a clock. Some show the hour at which a page was built above each title.
"""

import re
from datetime import datetime

from selectolax.lexbor import LexborNode

from crawler.readers.finding.headline import Surroundings, is_named_by
from crawler.text.datelines import is_as_clocks
from crawler.text.dates import VIET_NAM, Moment

_OF_PUBLICATION = re.compile(
    r"publish|posted|(?:post|entry)-?date|created|ngay-?dang|dang-?luc", re.IGNORECASE
)


class Clocks:
    """What of a page, which was received at *at* if that is known, may be a clock."""

    def __init__(self, around: Surroundings, at: datetime | None) -> None:
        self._around = around
        self._at = at
        self._today = {at.date(), at.astimezone(VIET_NAM).date()} if at else set()

    def tell(self, moment: Moment, node: LexborNode, text: str) -> bool:
        """Whether an element that shows a moment is one, as far as can be known: that is today, or
        the element like one, or it tells an hour above the title (`may_tell_hour`)."""
        day = moment.date() if isinstance(moment, datetime) else moment
        return day in self._today or self.are_like(node, text) or self.may_tell_hour(moment, node)

    def may_tell_hour(self, moment: Moment, node: LexborNode) -> bool:
        """Whether an element may tell the hour of the capture, which is not known: it stands above
        the title, and nothing names it for publication."""
        is_above = isinstance(moment, datetime) and self._around.is_above(node)
        return is_above and self.may_be(node) and not is_named_by(node, _OF_PUBLICATION)

    def are_like(self, node: LexborNode, text: str) -> bool:
        """Whether an element with some text is like one: it stands in the head of the page, or, if
        nobody knows which day was today, away from the heading in the form that clocks have."""
        return self._around.is_in_head(node) or (is_as_clocks(text) and self.may_be(node))

    def may_be(self, node: LexborNode) -> bool:
        """Whether nobody can tell if an element is one: it stands away from the heading and the
        text, and the day of the capture is not known."""
        if self._at is not None or self._around.is_beside(node):
            return False
        return not self._around.is_with_text(node)
