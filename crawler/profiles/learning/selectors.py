"""The selectors by which an element may be found again on another page of its site."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.profiles.learning.pages import Element, View
from crawler.profiles.profile import Rule

_NAME = re.compile(r"-?[A-Za-z_][\w-]*")
_MADE = re.compile(r"\d{3,}|(?:[0-9a-f]{2,}[-_]){3,}|[0-9a-f]{16,}", re.IGNORECASE)
"""What a program makes up anew for each page: a number of an item, a key."""
_HIGHEST = 6


@dataclass(frozen=True, slots=True)
class Names:
    """The classes and ids that stand on several pages, or several times on one, so that a rule may
    rest on them."""

    lasting: frozenset[str]

    @classmethod
    def of(cls, views: Sequence[View]) -> "Names":
        """Return those of some pages."""
        pages: Counter[str] = Counter()
        repeated: set[str] = set()
        for seen in views:
            here = Counter(name for element in seen.elements for name in _names(element))
            pages.update(here.keys())
            repeated.update(name for name, count in here.items() if count > 1)
        enough = 2 if len(views) > 2 else 1
        lasting = {name for name, count in pages.items() if count >= enough}
        return cls(frozenset(filter(lasts, lasting | repeated)))

    def steps(self, seen: View, number: int) -> list[str]:
        """Return how an element may be called by itself, the surest first; its tag if by no
        name."""
        element = seen.elements[number]
        named = [f"#{element.id}"] if element.id and f"#{element.id}" in self.lasting else []
        named += [f"{element.tag}.{c}" for c in element.classes if f".{c}" in self.lasting]
        return named or [element.tag]

    def is_named(self, seen: View, number: int) -> bool:
        """Whether an element has a class or id of its own."""
        return self.steps(seen, number)[0] != seen.elements[number].tag


def _names(element: Element) -> Iterator[str]:
    yield from (f".{name}" for name in element.classes)
    if element.id:
        yield f"#{element.id}"


def lasts(name: str) -> bool:
    """Whether a class or an id, as a selector, may stand on other pages, too: whether it was not
    made up for one of them.
    """
    return _NAME.fullmatch(name[1:]) is not None and not _MADE.search(name)


def selectors(seen: View, number: int, names: Names) -> Iterator[str]:
    """Yield selectors of an element: by its name, by names around it, by its place."""
    own = names.steps(seen, number)
    yield from own if names.is_named(seen, number) else ()
    around = seen.around(number)[1:]
    parent = around[0] if around else -1
    if parent > 0:
        yield from (f"{step} > {own[0]}" for step in names.steps(seen, parent)[:2])
    named = 0
    for outer in around[:_HIGHEST]:
        if names.is_named(seen, outer):
            yield from (f"{step} {own[0]}" for step in names.steps(seen, outer)[:2])
            named += 1
        if named == 2:
            break
    if (place := by_place(seen, number, names)) is not None:
        yield place


def by_place(seen: View, number: int, names: Names) -> str | None:
    """Return the way to an element from the nearest one around it that has a name."""
    steps: list[str] = []
    while number > 0 and len(steps) < _HIGHEST:
        element = seen.elements[number]
        if steps and names.is_named(seen, number):
            return " > ".join([names.steps(seen, number)[0], *steps])
        steps.insert(0, f"{element.tag}:nth-of-type({element.nth})")
        number = element.parent
    return " > ".join(["body", *steps]) if number == 0 else None


def is_by_place(selector: str) -> bool:
    """Whether a selector goes by where an element stands among others, which is the least sure."""
    return ":nth-of-type(" in selector


def plainness(selector: str) -> tuple[int, int, int]:
    """Return by what selectors that find the same are sorted, the plainest first.

    What has a name of its own comes first, then what lies directly in what has one, then what lies
    anywhere in it, then what is found by its place.
    """
    last = selector.rpartition(" ")[2]
    named = "." in last or "#" in last
    rank = 3 if is_by_place(selector) else 0 if named else 1 if " > " in selector else 2
    return rank, selector.count(" "), len(selector)


def plainest(selector: str) -> tuple[int, ...]:
    """Return by what the plainest of some selectors is the largest."""
    return tuple(-x for x in plainness(selector))


def worth(rule: Rule, dread: int = 2) -> tuple[int, tuple[int, ...]]:
    """Return by what the best of some rules is the largest: the pages that bear it out, less those
    against it *dread* times; of equals it is the plainest.
    """
    return rule.support - dread * rule.against, plainest(rule.selector)
