"""How two texts differ: the words that stayed, those that went and those that came.

Paragraphs are compared first, and then the words of those that changed, each time by the greedy
algorithm of E. Myers, An O(ND) Difference Algorithm (1986), which finds a shortest way from one to
the other. Its time and memory are bounded, whatever the texts are; see `MOST_STEPS`.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Literal, NamedTuple

MOST_STEPS = 1_000_000
"""Steps that a comparison may take: half a second at most, and 4 MB."""
FEWEST_SAME = 0.2
"""The share of its letters by which a passage is an older one changed, and not another one."""

_PARAGRAPHS = re.compile(r"\n\s*\n")
_BREAK = "\n\n"
_BROKEN = "¶"
_SPACE = r"(?:(?!\n\n)\s)*"
_WORD = re.compile(rf"\n\n|(?:[\w\u0300-\u036f]+(?:[./:,-](?=\w))?)+{_SPACE}|[^\w\s]{_SPACE}")
"""A word with its marks, composed or not, a number as "30/2020/NĐ-CP", or a sign; each with the
space behind it. Two line feeds part paragraphs."""

Kind = Literal["same", "del", "ins"]


class Run(NamedTuple):
    """Some words in a row that stayed, went or came; "¶" is an end of a paragraph that did so."""

    kind: Kind
    text: str


Paragraph = list[Run]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts as one, in paragraphs."""

    paragraphs: list[Paragraph]
    is_complete: bool = True
    """Whether all of it was compared; else some of what is shown as replaced may be unchanged."""

    def runs(self) -> Iterator[Run]:
        """Yield the runs of all paragraphs."""
        for paragraph in self.paragraphs:
            yield from paragraph

    def words(self, kind: Kind) -> int:
        """Return how many words stayed, went or came."""
        texts = (run.text.replace(_BROKEN, "") for run in self.runs() if run.kind == kind)
        return sum(len(text.split()) for text in texts)


def compare(old: str, new: str, most_steps: int = MOST_STEPS) -> Comparison:
    """Return the paragraphs of two texts as one, with the words that went and those that came.

    Without the words that went, what is left is the new text to the letter; without those that
    came, the old one, but for its spaces. What would take more than *most_steps* is shown as
    replaced, and the comparison is not complete.
    """
    steps = _Steps(most_steps)
    olds, news = ([p.strip() for p in _PARAGRAPHS.split(text.strip())] for text in (old, new))
    found: list[Paragraph] = []
    for same, gone, come in _passages(olds, news, steps):
        found += _unchanged(news[come]) if same else _changed(olds[gone], news[come], steps)
    paragraphs = [paragraph for paragraph in found if any(run.text for run in paragraph)]
    return Comparison(paragraphs, is_complete=not steps.ran_out)


def compare_rows(
    old: Sequence[str], new: Sequence[str], most_steps: int = MOST_STEPS
) -> Comparison:
    """Do the same for lists, the rows of which stay, go or come as they are."""
    steps = _Steps(most_steps)
    found: list[Paragraph] = []
    for same, gone, come in _passages(old, new, steps):
        found += _unchanged(new[come]) if same else _replaced(old[gone], new[come])
    return Comparison(found, is_complete=not steps.ran_out)


def _unchanged(texts: Iterable[str]) -> list[Paragraph]:
    return [[Run("same", text)] for text in texts]


def _replaced(gone: Iterable[str], come: Iterable[str]) -> list[Paragraph]:
    return [[Run("del", text)] for text in gone] + [[Run("ins", text)] for text in come]


@dataclass(slots=True)
class _Steps:
    left: int
    ran_out: bool = False


def _passages(
    old: Sequence[str], new: Sequence[str], steps: _Steps
) -> Iterator[tuple[bool, slice, slice]]:
    """Yield where two sequences are the same and where they are not, in turn."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    olds, news = old[start : len(old) - end], new[start : len(new) - end]
    matches = [(start + x, start + y, length) for x, y, length in _matches(olds, news, steps)]
    i = j = 0
    for x, y, length in (
        (0, 0, start),
        *matches,
        (len(old) - end, len(new) - end, end),
    ):
        if x > i or y > j:
            yield False, slice(i, x), slice(j, y)
        i, j = x + length, y + length
        if length:
            yield True, slice(x, i), slice(y, j)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many elements two sequences have in common at their beginning."""
    pairs = zip(old, new, strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(old), len(new)))


def _matches(old: Sequence[str], new: Sequence[str], steps: _Steps) -> list[tuple[int, int, int]]:
    """Return the stretches that a shortest way from *old* to *new* leaves as they are.

    Each as its place in both and its length; none at all if it would take more than the *steps*
    left. What stands in one of them only is no part of any, and is not looked at.
    """
    shared = set(old) & set(new)
    olds, news = ([i for i, each in enumerate(all_) if each in shared] for all_ in (old, new))
    stretches: list[tuple[int, int, int]] = []
    for x, y in _shortest_way([old[i] for i in olds], [new[i] for i in news], steps):
        i, j, length = stretches[-1] if stretches else (0, 0, 0)
        if (olds[x], news[y]) == (i + length, j + length) and length:
            stretches[-1] = (i, j, length + 1)
        else:
            stretches.append((olds[x], news[y], 1))
    return stretches


def _shortest_way(old: Sequence[str], new: Sequence[str], steps: _Steps) -> list[tuple[int, int]]:
    """Return the places of the elements that a shortest way from *old* to *new* keeps, in pairs."""
    if not old or not new:
        return []
    # Each number of edits costs a step more than the one before it.
    most_edits = min(len(old) + len(new), isqrt(2 * max(steps.left, 0)) + 2)
    zero = most_edits + 1
    reach = [0] * (2 * zero + 1)  # by diagonal, x - y + zero: the farthest x with so many edits
    trail: list[array[int]] = []
    for edits in range(most_edits + 1):
        trail.append(array("i", reach[zero - edits - 1 : zero + edits + 2 : 2]))
        for k in range(-edits, edits + 1, 2):
            came, went = reach[zero + k + 1], reach[zero + k - 1]
            begun = x = came if k == -edits or (k != edits and went < came) else went + 1
            y = x - k
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            reach[zero + k] = x
            steps.left -= 1 + x - begun
            if x >= len(old) and y >= len(new):
                return _way_back(trail, x, y)
        if steps.left < 0:
            break
    steps.ran_out = True
    return []


def _way_back(trail: "Sequence[array[int]]", x: int, y: int) -> list[tuple[int, int]]:
    kept = []
    for edits, reach in reversed(list(enumerate(trail))):
        k = x - y
        at = (k + edits) // 2  # of the diagonal below; that above is the next one
        down = k == -edits or (k != edits and reach[at] < reach[at + 1])
        begun = reach[at + 1] if down else reach[at] + 1
        kept += [(i, i - k) for i in range(x - 1, begun - 1, -1)]
        x = begun if down else begun - 1
        y = begun - k - 1 if down else begun - k
    return kept[::-1]


@dataclass(slots=True)
class _Change:
    gone: str = ""
    come: str = ""
    same: str = ""
    """What stayed behind it."""

    @property
    def size(self) -> int:
        return max(len(self.gone), len(self.come))


def _changed(gone: Sequence[str], come: Sequence[str], steps: _Steps) -> list[Paragraph]:
    """Return changed paragraphs with the words that differ, or one after the other if most do."""
    if not gone or not come:
        return _replaced(gone, come)
    olds, news = (_WORD.findall(_BREAK.join(texts)) for texts in (gone, come))
    bare_olds, bare_news = ([word.rstrip() for word in text] for text in (olds, news))
    changes = [_Change()]
    space = ""  # what stood behind an unchanged word before, if nothing does today
    for same, i, j in _passages(bare_olds, bare_news, steps):
        if same:
            changes[-1].same += "".join(news[j])
            last, word = olds[i][-1], news[j][-1]
            space = last[len(word) :] if word == word.rstrip() else ""
        else:
            gone_words = "".join(olds[i])
            changes.append(_Change(space * bool(gone_words) + gone_words, "".join(news[j])))
    changes = _legible(changes)
    if sum(len(change.same) for change in changes) < FEWEST_SAME * max(map(_length, (gone, come))):
        return _replaced(gone, come)
    return _paragraphs(changes)


def _length(texts: Sequence[str]) -> int:
    return sum(map(len, texts))


def _legible(changes: Sequence[_Change]) -> list[_Change]:
    """Return the changes, those made one between which something stayed by chance.

    That is what is no longer than the changes on either side: "và" between two new sentences.
    """
    result: list[_Change] = []
    for change in changes:
        while result and len(result[-1].same.strip()) <= min(result[-1].size, change.size):
            before = result.pop()
            change = _Change(
                before.gone + before.same + change.gone,
                before.come + before.same + change.come,
                change.same,
            )
        result.append(change)
    return result


def _paragraphs(changes: Sequence[_Change]) -> list[Paragraph]:
    """Part what changed where paragraphs end; a sign tells of an end that itself came or went."""
    found: list[Paragraph] = [[]]
    for change in changes:
        runs = Run("del", change.gone), Run("ins", change.come), Run("same", change.same)
        for kind, text in runs:
            for number, part in enumerate(text.split(_BREAK)):
                if number:
                    found[-1].append(Run(kind, "" if kind == "same" else _BROKEN))
                    found.append([])
                found[-1].append(Run(kind, part))
    return [[run for run in paragraph if run.text] for paragraph in found]
