"""A second opinion on where an article stands, where the page's structure leaves a doubt.

Each opinion is a set of passages, the elements whose own text is prose: those in the container that
the structure shows; those that stand most densely; those that trafilatura takes; those that the
page itself tells programs as the article's body. None is right on every page, but they go wrong
in different ways. So the one that agrees most with the others is believed.
"""

from collections.abc import Collection
from functools import cached_property

from selectolax.lexbor import LexborNode

from crawler.readers.body.fallback import text_by_trafilatura
from crawler.readers.finding.content import Outline
from crawler.readers.page.document import Document, letters_of
from crawler.readers.page.evidence import Read

_ENOUGH = 250
"""Characters of prose from which a text may be all that an article says."""
_MOST, _AGREES, _COVERED = 0.6, 0.8, 0.9
"""Shares: of a page's prose, of two opinions, of what a container must hold."""
_NEAR = 900
"""Characters of prose that may stand between a heading and its text: a summary."""
_MOST_PASSAGES, _LONGEST_TEXT = 2_000, 300_000
"""Passages, and characters in which they are looked for, that no article has: comparing them would
take long."""
_SHORTEST_LINE = 12
"""Characters of a line, where a page has next to no prose."""
_FAVOUR = 0.1
"""What structure is ahead by: only it sees lists, tables and pictures."""


def second_opinion(
    document: Document,
    outline: Outline,
    own: Read[LexborNode],
    heading: LexborNode | None,
    *,
    speaks: bool,
) -> Read[LexborNode]:
    """Return the element that holds the article, where *own* is what structure shows.

    That is *own* unless there is a reason to doubt it and others agree on something else. What was
    decided is then known to *outline*, too. *speaks* says that the page calls itself an article:
    then its text may be a few lines; else others are not asked about so little.
    """
    passages = _Passages(outline)
    if passages.length(passages.lengths) < _ENOUGH:
        if not speaks:
            return own
        passages = _Passages(outline, _SHORTEST_LINE)
    if len(passages.lengths) > _MOST_PASSAGES:
        return own
    shown, densest = passages.of_container(own.value), passages.densest()
    body = document.structured.first("body")
    told = passages.told_in(body.value) if body else frozenset[int]()
    named_else = passages.between(own.value, shown)
    doubtful = _is_doubtful(passages, shown, densest, told, outline.place_of(heading))
    if not doubtful and not named_else:
        return own
    if not named_else and _is_settled(passages, shown, densest, told):
        return _decided(passages, own, [shown, densest], told)
    taken = passages.told_in(text_by_trafilatura(document))
    outline.believe(named_else & taken, [])
    if not doubtful:
        return own
    if told <= shown and passages.agreement(taken, told) > _COVERED > passages.agreement(
        densest, told
    ):
        taken = shown  # it took the page's word for it, which is no more than how it begins
    return _decided(passages, own, [shown, densest, taken], told)


def _decided(
    passages: "_Passages",
    own: Read[LexborNode],
    opinions: list[frozenset[int]],
    told: frozenset[int],
) -> Read[LexborNode]:
    """Return the element of the opinion that agrees most with the others, and those that agree with
    it as evidence."""
    shown = opinions[0]
    names = (own.by, "the densest prose", "trafilatura")[: len(opinions)]
    best = _most_agreed(passages, opinions, told)
    if best is None:
        return own
    if passages.agreement(shown, opinions[best]) >= _AGREES:
        best = 0
    chosen = opinions[best]
    agreeing = [
        name
        for name, other in zip(names, opinions, strict=True)
        if name != names[best] and passages.agreement(chosen, other) >= _AGREES
    ]
    agreeing += [_TOLD] * (passages.part(told, chosen) >= _AGREES)
    if best == 0 or not agreeing:
        return Read(own.value, f"{own.by}, with {' and '.join(agreeing)}") if agreeing else own
    outline, start, end = passages.outline, min(chosen), max(chosen)
    holder = passages.holder_of(chosen)
    others = [n for n in passages.within(holder) - chosen if not start < n < end]
    outline.believe(chosen, others)
    by = " and ".join([names[best], *agreeing])
    return Read(outline.node(holder), f"{by}, not {own.by}")


_TOLD = "JSON-LD articleBody"


def _is_settled(
    passages: "_Passages",
    shown: frozenset[int],
    densest: frozenset[int],
    told: frozenset[int],
) -> bool:
    """Whether structure is believed whatever a third opinion is: so much of what it could be ahead
    by, its agreement with the second and with what is told, the first has.

    To ask trafilatura takes longer than all else of a page, which only its length or the words that
    stand before it made doubtful.
    """
    most = 1 + bool(told)
    return passages.agreement(shown, densest) + passages.part(told, shown) + _FAVOUR >= most


def _is_doubtful(
    passages: "_Passages",
    shown: frozenset[int],
    densest: frozenset[int],
    told: frozenset[int],
    heading: int,
) -> bool:
    """Whether what structure shows is next to nothing, a small part of the page's prose, apart from
    the heading, not where most prose stands, or not what the page tells programs."""
    length = passages.length(shown)
    if length < _ENOUGH or length < _MOST * passages.length(passages.lengths):
        return True
    if passages.agreement(shown, densest) < _AGREES:
        return True
    if told and passages.part(told, shown) < _AGREES:
        return True
    if heading < 0:
        return False
    start = min(shown)
    is_else = passages.outline.is_else
    between = [n for n in passages.lengths if heading < n < start and not is_else(n)]
    before = [n for n in shown if n < heading]
    return passages.length(between) > _NEAR or passages.length(before) > _ENOUGH


def _most_agreed(
    passages: "_Passages", opinions: list[frozenset[int]], told: frozenset[int]
) -> int | None:
    """Return which opinion agrees most with the others, and with what the page has *told*; of equal
    ones the first; None if there is none."""
    best, most = None, 0.0
    for number, opinion in enumerate(opinions):
        others = (other for place, other in enumerate(opinions) if place != number)
        worth = sum(passages.agreement(opinion, other) for other in others)
        worth += passages.part(told, opinion)
        if number == 0 and opinion:
            worth += _FAVOUR
        if worth > most:
            best, most = number, worth
    return best


class _Passages:
    """The passages of a page, and what may be said of some of them."""

    def __init__(self, outline: Outline, *shortest: int) -> None:
        self.outline = outline
        self.lengths = outline.passages(*shortest)

    def length(self, numbers: Collection[int]) -> int:
        """Return the characters of some passages."""
        return sum(self.lengths[number] for number in numbers)

    def agreement(self, one: frozenset[int], other: frozenset[int]) -> float:
        """Return how far two opinions agree: F1 of their characters, 0 to 1."""
        both = self.length(one) + self.length(other)
        return 2 * self.length(one & other) / both if both else 0.0

    def part(self, one: frozenset[int], whole: frozenset[int]) -> float:
        """Return which part of some passages is among others, 0 to 1."""
        length = self.length(one)
        return self.length(one & whole) / length if length else 0.0

    def within(self, holder: int) -> frozenset[int]:
        """Return the passages that stand in an element, whatever is named how."""
        return frozenset(n for n in self.lengths if holder in self.outline.holders(n))

    def of_container(self, container: LexborNode) -> frozenset[int]:
        """Return the passages of an element that are named for nothing else."""
        holder = self.outline.place_of(container)
        return frozenset(n for n in self.within(holder) if not self.outline.is_else(n, holder))

    def between(self, container: LexborNode, shown: frozenset[int]) -> frozenset[int]:
        """Return the passages that stand among those that a container shows, but are named for
        something else."""
        if not shown:
            return frozenset()
        inside, start, end = self.within(self.outline.place_of(container)), min(shown), max(shown)
        return frozenset(n for n in inside - shown if start < n < end)

    def told_in(self, text: str) -> frozenset[int]:
        """Return the passages whose words stand in a text."""
        told = letters_of(text[:_LONGEST_TEXT])
        said = self._letters.items()
        return frozenset(number for number, letters in said if letters and letters in told)

    @cached_property
    def _letters(self) -> dict[int, str]:
        return {number: letters_of(self.outline.said_by(number)) for number in self.lengths}

    def densest(self) -> frozenset[int]:
        """Return the passages of the element that holds most prose directly, or in the elements
        directly in it."""
        weights: dict[int, float] = {}
        for number, length in self.lengths.items():
            _, *holders = self.outline.holders(number)
            for holder, share in zip(holders, (1, 0.5), strict=False):
                weights[holder] = weights.get(holder, 0) + share * length
        best = max(weights, key=lambda holder: weights[holder], default=None)
        return self.within(best) if best is not None else frozenset()

    def holder_of(self, numbers: Collection[int]) -> int:
        """Return the innermost element that holds nearly all of some passages."""
        held: dict[int, int] = {}
        for number in numbers:
            for holder in self.outline.holders(number):
                held[holder] = held.get(holder, 0) + self.lengths[number]
        least = _COVERED * self.length(numbers)
        innermost = max(holder for holder, length in held.items() if length >= least)
        return self.outline.block_around(innermost)
