"""Which pages of a site are of one template, and which of them teach most of it."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from crawler.profiles.learning.sample import Sample
from crawler.profiles.learning.selectors import lasts
from crawler.profiles.words import form_of
from crawler.text.addresses import absolute, urlkey

_NAMED = re.compile(rb"\s(class|id)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)
_HREF = re.compile(rb"\shref\s*=\s*(?:\"([^\"#]+)|'([^'#]+)|([^\s>\"'#]+))", re.IGNORECASE)
_ALIKE = 0.3
"""Names that two pages have in common, of all that they have, if they are of one template."""
_FEWEST, _SHARE = 4, 0.1
"""A template has so many of the pages, and such a share of them."""
_NEARLY_ALL, _HARDLY_ANY, _MOST_NAMES, _FEWEST_NAMES = 0.85, 0.2, 24, 4
_FEWEST_OF_A_KIND = 2
_USUAL = 0.4
"""A page to which such a share of the others leads stands in the menus."""
_HUBS = 0.3
"""The share of pages that lead to many others, listings mostly, among those that are learnt from.
"""


def parted(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Return the pages of a site by the periods of its templates, oldest first.

    A portal has one template at a time, and another one has names of its own for its elements. So
    pages that have hardly any in common are of two, if the ones are all older than the others.
    """
    timed = sorted(samples, key=lambda one: (_at(one), one.url, one.body))
    if not timed:
        return []
    kinds = _kinds([names_in(one.body) for one in timed])
    least = max(_FEWEST, _SHARE * len(timed))
    starts, end = [0], -1
    for (first, last), kind in sorted((_span(kind), kind) for kind in kinds if len(kind) >= least):
        if 0 <= end < first:  # those before have come to their end
            starts.append(next(number for number in kind if number > end))
        end = max(end, last)
    return [timed[start:end] for start, end in zip(starts, [*starts[1:], len(timed)], strict=True)]


def _at(sample: Sample) -> datetime:
    return sample.at or datetime.min.replace(tzinfo=UTC)


def names_in(body: bytes) -> frozenset[str]:
    """Return the classes and ids of a page, as selectors; not such as are made up for it alone."""
    found: set[str] = set()
    for kind, *values in _NAMED.findall(body):
        sign = "#" if kind.lower() == b"id" else "."
        found.update(sign + name for name in b"".join(values).decode("utf-8", "replace").split())
    return frozenset(filter(lasts, found))


def _kinds(names: Sequence[frozenset[str]]) -> list[list[int]]:
    """Return which pages have names in common with each other, or with some that have."""
    kinds: list[list[int]] = []
    for number, own in enumerate(names):
        near = [kind for kind in kinds if any(_likeness(own, names[n]) >= _ALIKE for n in kind)]
        kinds = [kind for kind in kinds if kind not in near]
        kinds.append(sorted([number, *(n for kind in near for n in kind)]))
    return kinds


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _span(kind: Sequence[int]) -> tuple[int, int]:
    """Return the first and the last page of a kind, but for one that strays if there are many."""
    strays = len(kind) // 10
    return kind[min(1, strays)], kind[-1 - min(1, strays)]


def template_of(
    samples: Sequence[Sample],
    others: Sequence[Sequence[Sample]] = (),
    articles: Collection[str] = (),
) -> tuple[str, ...]:
    """Return selectors of what nearly all of some pages have, and hardly any of each of *others*;
    none if that are too few to tell a template by.

    *articles* are the forms of address that only articles have. Where pages of both kinds are
    among them, nearly all of each have it: else it were the template of the articles alone, which
    are the most, and no list would fit it. A start page, which often has names of its own, is a
    list where there are hardly any others; if it has too little in common with the articles, and
    there is no other template to tell from, there is none.
    """
    pages: list[Sample] = []
    lists: list[Sample] = []
    starts: list[Sample] = []
    for one in samples:
        kind = starts if _is_start(one) else pages if form_of(one.url) in articles else lists
        kind.append(one)
    if len(lists) < _FEWEST_OF_A_KIND:
        lists += starts
    if lists and len(pages) >= _FEWEST_OF_A_KIND:
        of_both = _common([lists, pages], others)
        if of_both or not others:
            return of_both
    return _common([samples], others)


def _common(
    kinds: Sequence[Sequence[Sample]], others: Sequence[Sequence[Sample]]
) -> tuple[str, ...]:
    own, elsewhere = [_shares(some) for some in kinds], [_shares(some) for some in others]
    found = [
        name
        for name in own[0]
        if all(some.get(name, 0) >= _NEARLY_ALL for some in own)
        and all(some.get(name, 0) <= _HARDLY_ANY for some in elsewhere)
    ]
    found.sort(key=lambda name: (-len(name), name))  # a long name is the less likely another's, too
    return tuple(sorted(found[:_MOST_NAMES])) if len(found) >= _FEWEST_NAMES else ()


def _shares(samples: Sequence[Sample]) -> dict[str, float]:
    """Return on which share of some pages each name stands."""
    counts = Counter(name for one in samples for name in names_in(one.body))
    return {name: count / len(samples) for name, count in counts.items()}


def worth_learning_from(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return no more than so many pages, most of them such as few others lead to, and that a few of
    the others, which are there too, lead to: articles and listings. What the links to a page say of
    it is what learning begins with.
    """
    if len(samples) <= most:
        return list(samples)
    pages = {urlkey(one.url): one for one in sorted(samples, key=lambda one: (one.url, one.body))}
    named_by = _linked(pages)
    named = Counter(key for keys in named_by.values() for key in keys)
    usual = {key for key, count in named.items() if count > _USUAL * len(pages)}  # menus name them
    named_by = {key: keys - usual for key, keys in named_by.items()}
    chosen = {key: None for key, one in pages.items() if _is_start(one)}
    hubs = [key for key in _best(pages, lambda key: len(named_by[key])) if key not in chosen]
    chosen |= dict.fromkeys(hubs[: max(2, round(_HUBS * most))])
    leading = Counter(key for hub in chosen for key in named_by[hub])
    for key in _best(pages, lambda key: leading[key]):
        if key not in usual:
            chosen.setdefault(key)
    return [pages[key] for key in [*chosen][:most]]


def _best(pages: dict[str, Sample], worth: Callable[[str], int]) -> list[str]:
    return sorted(pages, key=lambda key: (-worth(key), key))


def _is_start(one: Sample) -> bool:
    parts = urlsplit(one.url)
    return parts.path in ("", "/") and not parts.query


def _linked(pages: dict[str, Sample]) -> dict[str, set[str]]:
    """Return which of the pages each of them links to, by their keys."""
    known: dict[tuple[str, str], str | None] = {}
    found = {}
    for key, one in pages.items():
        keys = set()
        for values in _HREF.findall(one.body):
            href = b"".join(values).decode("utf-8", "replace").replace("&amp;", "&")
            # The menus are the same on all pages: each of their links is looked at once.
            base = urlsplit(one.url).netloc if href.startswith(("/", "http")) else one.url
            if (base, href) not in known:
                url = absolute(href, one.url)
                known[base, href] = urlkey(url) if url else None
            keys.add(known[base, href])
        found[key] = {other for other in keys if other in pages and other != key}
    return found
