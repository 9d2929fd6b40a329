"""What the pages of a site say of each other: which words lead where, and what stands on all."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from crawler.profiles.learning.pages import Link, Piece, View
from crawler.profiles.learning.selectors import Names
from crawler.profiles.words import letters, masked, named_by
from crawler.text.addresses import on_same_host
from crawler.text.dates import VIET_NAM, Moment, dates_in, flat, has_year, parse_machine
from crawler.text.fold import fold

_BEHIND = re.compile(r"[\s(\[|–-]*\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{4}.*$", re.DOTALL)
_CUT = re.compile(r"(?:\.{2,}|…)\s*$")
_SHORTEST, _SHORTEST_CUT, _LONGEST_MENU, _TITLE = 8, 15, 30, 20
_GENERIC = 3
"""Pages to which the same words lead, so that they name none of them."""
_MOSTLY = 0.6
_LONGEST_ROW = 1500
_LONG, _MOST_LINES = 40, 40


@dataclass(frozen=True, slots=True)
class Row:
    """A link among others of its kind, and what stands beside it."""

    seen: View
    link: Link
    element: int
    """The largest element around the link in which no other page is linked."""
    dates: tuple[Moment, ...]


class Site:
    """The pages that are learnt from, together."""

    def __init__(self, views: Sequence[View]) -> None:
        self.views = views
        self.names = Names.of(views)
        self._counts = Counter(
            said
            for seen in views
            for said in {(masked(one.text), seen.called(one.element)) for one in seen.pieces}
        )
        self._placed = Counter(
            placed
            for seen in views
            for placed in {(one.key, seen.called(one.element)) for one in seen.links}
        )
        self._pictures = Counter(
            source for seen in views for source in {source for _, source in seen.pictures}
        )
        self._words: defaultdict[str, set[str]] = defaultdict(set)
        self._cut: defaultdict[str, set[str]] = defaultdict(set)
        self._learn_words()

    def _learn_words(self) -> None:
        leading: defaultdict[str, set[str]] = defaultdict(set)
        for seen in self.views:
            for link in seen.links:
                leading[letters(link.words)].add(link.key)
        for seen in self.views:
            for link in seen.links:
                words = _BEHIND.sub("", link.words)
                said = letters(words)
                if len(leading[letters(link.words)]) >= _GENERIC or link.is_file:
                    continue
                if _CUT.search(words):
                    if len(said) >= _SHORTEST_CUT:
                        self._cut[link.key].add(said)
                elif len(said) >= _SHORTEST:
                    self._words[link.key].add(said)

    def is_common(self, seen: View, piece: Piece) -> bool:
        """Whether a piece of text stands in the same place of so many pages that it is none of any
        article."""
        n = len(self.views)
        count = self._counts[masked(piece.text), seen.called(piece.element)]
        return count >= max(2, min(n, round(n * 0.45)))

    def is_frame(self, seen: View, number: int) -> bool:
        """Whether all that an element says stands on many pages."""
        element = seen.elements[number]
        pieces = seen.pieces[element.start : element.end]
        return all(self.is_common(seen, piece) for piece in pieces)

    @cached_property
    def frame(self) -> tuple[str, ...]:
        """The long lines, masked, that stand on many pages."""
        found: Counter[str] = Counter()
        for seen in self.views:
            pieces = (one for one in seen.pieces if one.link < 0 and len(one.text) >= _LONG)
            found.update({masked(one.text) for one in pieces if self.is_common(seen, one)})
        return tuple(sorted(said for said, _ in found.most_common(_MOST_LINES)))

    def is_furniture(self, link: Link, seen: View) -> bool:
        """Whether a link stands on most pages, and in the same place there."""
        return self._placed[link.key, seen.called(link.element)] >= max(
            2, _MOSTLY * len(self.views)
        )

    def is_icon(self, source: str) -> bool:
        """Whether a picture stands on several pages."""
        return self._pictures[source] >= max(2, 0.3 * len(self.views))

    def is_own(self, link: Link, seen: View) -> bool:
        """Whether a link leads to the portal of a page: to its host, or to that of its base."""
        return on_same_host(link.url, seen.url) or on_same_host(link.url, seen.document.base)

    def is_named(self, seen: View) -> bool:
        """Whether it is known, from elsewhere than its text, what a page is called."""
        return bool(self._words[seen.key] or self._cut[seen.key] or named_by(seen.url))

    def is_title(self, seen: View, said: str) -> bool:
        """Whether some letters are what the links to a page, or its address, call it."""
        if len(said) < _SHORTEST:
            return False
        if said in self._words[seen.key]:
            return True
        if any(said.startswith(cut) for cut in self._cut[seen.key]):
            return True
        name = named_by(seen.url)
        if len(name) < _SHORTEST:
            return False
        folded = fold(said)
        return (
            folded == name
            or (len(name) >= _TITLE and folded.startswith(name) and len(name) > len(folded) / 2)
            or (len(folded) >= _TITLE and name.startswith(folded) and len(name) - len(folded) < 4)
        )

    @cached_property
    def menu(self) -> dict[str, str]:
        """What the menus name, by its letters: short words of links that stand on most pages, among
        others as short."""
        found: dict[str, str] = {}
        for seen in self.views:
            groups: defaultdict[object, list[Link]] = defaultdict(list)
            for link in seen.links:
                if self.is_furniture(link, seen) and link.words:
                    groups[seen.called(link.element)].append(link)
            for group in groups.values():
                sizes = sorted(len(letters(link.words)) for link in group)
                if sizes[len(sizes) // 2] >= _LONGEST_MENU - 6:
                    continue  # a list of the newest or most read
                for link in group:
                    said = letters(link.words)
                    if 2 < len(said) < _LONGEST_MENU:
                        found.setdefault(said, link.words)
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """The links to pages of the site that are called something, with what stands beside."""
        return [row for seen in self.views for row in self._rows(seen)]

    def _rows(self, seen: View) -> Iterator[Row]:
        for link in seen.links:
            if len(letters(link.words)) < _SHORTEST or link.is_file or not self.is_own(link, seen):
                continue
            element = link.element
            for outer in seen.around(link.element)[1:]:
                keys = {one.key for one in seen.links_in(outer)}
                if len(keys) > 1 or seen.size(outer) > _LONGEST_ROW or outer == 0:
                    break
                element = outer
            yield Row(seen, link, element, _dates_beside(seen, link, element))

    @cached_property
    def dates(self) -> dict[str, set[date]]:
        """The days that stand beside the links to a page, by its key."""
        found: defaultdict[str, set[date]] = defaultdict(set)
        for row in self.rows:
            found[row.link.key].update(map(day_of, row.dates))
        return found


def day_of(moment: Moment) -> date:
    """Return the day of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def _dates_beside(seen: View, link: Link, element: int) -> tuple[Moment, ...]:
    """Return the dates in the row of a link; if it has none of its own, in what follows it."""
    row = seen.elements[element]
    pieces = [p.text for p in seen.pieces[row.start : row.end]]
    if element == link.element:
        for number in range(row.end, min(row.end + 2, seen.elements[row.parent].end)):
            piece = seen.pieces[number]
            if piece.link >= 0:
                break
            pieces.append(piece.text)
    return tuple(m for text in pieces for m in moments_in(text))


def moments_in(text: str) -> list[Moment]:
    """Return the moments that a short text tells."""
    if len(text) > 120 or not has_year(text):
        return []
    if (machine := parse_machine(text)) is not None:
        return [machine.astimezone(VIET_NAM) if isinstance(machine, datetime) else machine]
    return [found.moment for found in dates_in(flat(text)) if found.moment]
