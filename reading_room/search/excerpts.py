"""What of a text is shown beside a hit: the passage that has most of the words, with these marked.

The text is the stored one; where its words stand is known by their offsets in it
(`archive.search.words`), so that nothing is marked but what was looked for, and all is escaped.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from markupsafe import Markup, escape

from archive.search.asked import Term
from archive.search.words import Word, begins, spelling, words

WORDS_SHOWN = 40
_FARTHEST = 200_000
"""How far into a text a passage is looked for, characters."""
_BEFORE = 8
"""Words shown before the first hit of a passage."""
_AS_TYPED, _OTHERWISE = Markup("<mark>{}</mark>"), Markup('<mark class="other">{}</mark>')
_PARAGRAPH = re.compile(r"[^\n]+")


class Mark(NamedTuple):
    """Where a term stands in a text."""

    start: int
    end: int
    first: int
    """The number of its first word in the text."""
    term: Term
    is_exact: bool
    """Whether it is spelled as typed; without marks, every spelling is."""


class Excerpt(NamedTuple):
    """A passage of a text."""

    text: str
    marks: tuple[tuple[int, int, bool], ...]
    """What of it was looked for: from where to where, and whether it is spelled as typed."""

    @property
    def html(self) -> Markup:
        """The passage, escaped, with what was looked for marked."""
        parts, end = [Markup()], 0
        for start, stop, is_exact in self.marks:
            mark = _AS_TYPED if is_exact else _OTHERWISE
            parts += [escape(self.text[end:start]), mark.format(self.text[start:stop])]
            end = stop
        return Markup().join([*parts, escape(self.text[end:])])


def marked(text: str, terms: Collection[Term]) -> Excerpt:
    """Return a whole text, such as a title, with *terms* marked in it."""
    marks = _marks([*words(text)], terms)
    return Excerpt(text, _apart(text, ((m.start, m.end, m.is_exact) for m in marks)))


def excerpt(text: str, terms: Collection[Term]) -> Excerpt:
    """Return the passage of a text in which most of the *terms* stand close together; its beginning
    if none does.
    """
    best: tuple[float, str, list[Word], list[Mark]] | None = None
    first: tuple[str, list[Word]] | None = None
    for paragraph in _PARAGRAPH.finditer(text, 0, _FARTHEST):
        if not (found := [*words(paragraph[0])]):
            continue
        first = first or (paragraph[0], found)
        marks = _densest([*_marks(found, terms)])
        worth = _worth(marks)
        if marks and (best is None or worth > best[0]):
            best = worth, paragraph[0], found, marks
            if worth >= len(terms):
                break
    if best:
        return _passage(best[1], best[2], best[3])
    return _passage(*first, []) if first else Excerpt("", ())


def _marks(text: Sequence[Word], terms: Iterable[Term]) -> Iterator[Mark]:
    """Yield where *terms* stand among the words of a text, in the order in which they stand."""
    starts: dict[str, list[tuple[Term, tuple[str, ...]]]] = {}
    beginnings: list[tuple[Term, tuple[str, ...]]] = []
    for term in terms:
        folded = tuple(spelling(word).folded for word in term.words)
        if term.prefix and len(folded) == 1:
            beginnings.append((term, folded))
        else:
            starts.setdefault(folded[0], []).append((term, folded))
    for number, word in enumerate(text):
        for term, folded in (*starts.get(word.folded, ()), *beginnings):
            run = text[number : number + len(folded)]
            if _fits([one.folded for one in run], folded, _STARTS if term.prefix else _IS):
                starts_so = begins if term.prefix else _IS
                is_as_typed = _fits([one.exact for one in run], term.words, starts_so)
                is_exact = is_as_typed or not (term.exact or term.is_marked)
                if is_exact or not term.exact:
                    yield Mark(run[0].start, run[-1].end, number, term, is_exact)


_Compared = Callable[[str, str], bool]
_STARTS: _Compared = str.startswith
_IS: _Compared = str.__eq__


def _fits(run: Sequence[str], wanted: Sequence[str], is_last: _Compared) -> bool:
    if len(run) < len(wanted) or [*run[:-1]] != [*wanted[:-1]]:
        return False
    return is_last(run[-1], wanted[-1])


def _densest(marks: list[Mark]) -> list[Mark]:
    """Return those that fit into a passage and tell most of what was looked for; all are in the
    order in which they stand.
    """
    first = attrgetter("first")
    windows = (
        marks[n : bisect_left(marks, mark.first + WORDS_SHOWN - _BEFORE, n, key=first)]
        for n, mark in enumerate(marks[:1000])
    )
    return max(windows, key=_worth, default=[])


def _worth(marks: Iterable[Mark]) -> float:
    """Return how many different terms there are, one in another spelling counting for less."""
    worth: dict[Term, float] = {}
    for mark in marks:
        worth[mark.term] = max(worth.get(mark.term, 0), 1 if mark.is_exact else 0.75)
    return sum(worth.values())


def _passage(text: str, found: Sequence[Word], marks: Sequence[Mark]) -> Excerpt:
    """Return some words of a paragraph from before the first mark on."""
    first = max(0, marks[0].first - _BEFORE) if marks else 0
    first = max(0, min(first, len(found) - WORDS_SHOWN))
    last = min(len(found), first + WORDS_SHOWN) - 1
    start = found[first].start if first else 0
    end = found[last].end if last < len(found) - 1 else len(text)
    before, after = "… " * (start > 0), " …" * (end < len(text))
    shift = len(before) - start
    inside = ((m.start, m.end, m.is_exact) for m in marks if m.start >= start and m.end <= end)
    return Excerpt(
        before + text[start:end] + after,
        tuple((a + shift, b + shift, is_exact) for a, b, is_exact in _apart(text, inside)),
    )


def _apart(text: str, marks: Iterable[tuple[int, int, bool]]) -> tuple[tuple[int, int, bool], ...]:
    """Return marks that do not overlap, of those that do the first and longest; words side by side
    have one.
    """
    apart: list[tuple[int, int, bool]] = []
    for start, end, is_exact in sorted(marks, key=lambda one: (one[0], -one[1], not one[2])):
        before = apart[-1] if apart else (0, 0, is_exact)
        if start < before[1]:
            continue
        if apart and is_exact == before[2] and text[before[1] : start].isspace():
            start = apart.pop()[0]
        apart.append((start, end, is_exact))
    return tuple(apart)
