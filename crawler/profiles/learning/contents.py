"""Where the text stands: in the element that holds what varies from article to article."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from crawler.profiles.captioned import is_caption, with_caption
from crawler.profiles.learning.pages import View
from crawler.profiles.learning.selectors import is_by_place, plainest, plainness, selectors
from crawler.profiles.learning.site import Site
from crawler.profiles.profile import Rule
from crawler.profiles.words import letters, masked
from crawler.readers.body.fragment import read_fragment
from crawler.readers.page.pictures import plain
from crawler.text.addresses import absolute

_LONG = 1500
"""Characters of a text that says as much of where texts stand as any longer one."""
_PICTURE = 30
"""Characters that a picture weighs: those of a text begin with one."""
_FILE = 60
"""Characters that a file weighs where no article has a text."""
_CHAIN, _ENOUGH, _FEWEST, _TIE = 0.8, 60, 2, 0.015
_RECALL = 1.5
"""How much more it counts that nothing of the text is lost than that nothing else is in it, which
may be taken out."""
_SENTENCE, _NEARLY_ALL = 40, 0.85
"""Letters from which a line may be a sentence of an author."""
_PHOTO = 200
"""Pixels that a photo has in each direction, as far as the page tells: no icon or banner has."""
_PIXELS = re.compile(r"(\d{1,5})(?:px)?")
_FEWEST_SAYING = 3
"""Articles that say the same: two may do so by chance."""
_NO_CONTAINER = frozenset(["tbody", "tr", "p", "span", "b", "font"])
_NEVER_JUNK = frozenset(["figcaption", "td", "th", "b", "strong", "em", "i", "u", "font"])


@dataclass(frozen=True, slots=True)
class Article:
    """A page that is learnt from as an article."""

    seen: View
    title: int
    taken: tuple[int, ...]
    """Elements that are something else than the text: title, date, category, lead."""

    def is_taken(self, element: int) -> bool:
        """Whether an element lies in one of those."""
        return any(self.seen.holds(number, element) for number in self.taken)

    def taken_from(self, number: int) -> int:
        """Return how many characters of an element those say."""
        inner = {n for n in self.taken if n != number and self.seen.holds(number, n)}
        return sum(map(self.seen.size, inner))


def learn_content(
    site: Site, articles: Sequence[Article], sections: frozenset[str]
) -> tuple[Rule, ...]:
    """Return the rules by which the text is found; *sections* are names that are none of it."""
    weights = _weighed(site, articles, sections)
    candidates: Counter[str] = Counter()
    for article, weight in zip(articles, weights, strict=True):
        if weight[-1] >= _ENOUGH:
            for number in _chain(article.seen, weight):
                candidates.update(set(selectors(article.seen, number, site.names)))
    rules: list[Rule] = []
    left = [n for n, weight in enumerate(weights) if weight[-1] >= _ENOUGH]
    while left and len(rules) < 3:
        scored = [
            (_score(articles, weights, left, selector), selector)
            for selector, _ in candidates.most_common(80)
        ]
        fit = [(score, s) for (score, held), s in scored if held >= (1 if not rules else 2)]
        top = max((score for score, _ in fit), default=0.0)
        if top <= 0:
            break
        close = [s for score, s in fit if score >= top - _TIE]
        selector = max(close, key=partial(_fitness, articles, left))
        held = [n for n in left if _measure(articles[n], weights[n], selector) > 0.5]
        rules.append(Rule(selector, len(held), len(left) - len(held) if not rules else 0))
        missing = [n for n in left if articles[n].seen.first(selector) < 0]
        left = missing if len(missing) < len(left) else []
    return tuple(rules)


def _said_by_all(articles: Sequence[Article]) -> frozenset[str]:
    """Return what stands on nearly all of the articles, as the form for a comment does: where most
    pages that are learnt from are lists, it is not what stands on most pages.
    """
    counts = Counter(
        said for one in articles for said in {letters(piece.text) for piece in one.seen.pieces}
    )
    least = max(_FEWEST_SAYING, _NEARLY_ALL * len(articles))
    return frozenset(said for said, count in counts.items() if count >= least)


def _fitness(
    articles: Sequence[Article], left: list[int], selector: str
) -> tuple[bool, int, tuple[int, ...]]:
    """Return what decides between selectors that hold the text as well: how far inside the pages it
    is what they find, for the inner is it; and how plain they are."""
    depth = sum(next(iter(articles[n].seen.matches(selector)), 0) for n in left)
    return plainness(selector)[0] < 2, depth, plainest(selector)


def _weighed(site: Site, articles: Sequence[Article], sections: frozenset[str]) -> list[list[int]]:
    """Return the `_weights` of articles: with files where none of them says much else."""
    sections |= _said_by_all(articles)
    weights = [_weights(site, one, sections, with_files=False) for one in articles]
    if all(weight[-1] < _ENOUGH for weight in weights):
        weights = [_weights(site, one, sections, with_files=True) for one in articles]
    return weights


def _weights(
    site: Site, article: Article, sections: frozenset[str], *, with_files: bool
) -> list[int]:
    """Return, summed up before each piece and in all, what of a page is likely its text."""
    seen, sums = article.seen, [0]
    pictures = Counter(
        seen.elements[number].start
        for number, source in seen.pictures
        if not site.is_icon(source) and not article.is_taken(number)
    )
    for at, piece in enumerate(seen.pieces):
        weight = _PICTURE * pictures[at]
        link = seen.links[piece.link] if piece.link >= 0 else None
        is_text = not site.is_common(seen, piece) and not article.is_taken(piece.element)
        is_text = is_text and letters(piece.text) not in sections
        is_text = is_text and not _is_in_footer(seen, piece.element)
        if is_text and (link is None or link.key == seen.key):
            weight += len(piece.text)
        if with_files and link is not None and link.is_file and not site.is_furniture(link, seen):
            weight += _FILE
        sums.append(sums[-1] + weight)
    return sums


def _is_in_footer(seen: View, number: int) -> bool:
    """Whether an element lies in a footer, which says of what stands above it who wrote it, and how
    it is filed: https://html.spec.whatwg.org/multipage/sections.html#the-footer-element
    """
    while number > 0:
        if seen.elements[number].tag == "footer":
            return True
        number = seen.elements[number].parent
    return False


def _weight(seen: View, sums: list[int], number: int) -> int:
    element = seen.elements[number]
    return sums[element.end] - sums[element.start]


def _chain(seen: View, sums: list[int]) -> list[int]:
    """Return the elements, one in the other, that hold nearly all of the text."""
    chain, number = [], 0
    children: defaultdict[int, list[int]] = defaultdict(list)
    for n, element in enumerate(seen.elements):
        if element.start < element.end:
            children[element.parent].append(n)
    whole = sums[-1]
    while True:
        best = max(children[number], key=lambda n: _weight(seen, sums, n), default=None)
        if best is None or _weight(seen, sums, best) < _CHAIN * whole:
            break
        number = best
        if seen.elements[number].tag not in _NO_CONTAINER:
            chain.append(number)
    if not chain:  # the text lies in pieces: in the smallest element that holds most of it
        chain.append(number)
    return chain[-8:]


def _measure(article: Article, sums: list[int], selector: str) -> float:
    """Return how well the element that a selector finds is the text: 1 if it holds all of it, and
    nothing else."""
    seen = article.seen
    number = next(iter(seen.matches(selector)), -1)
    if number < 0:
        return 0.0
    held, whole = _weight(seen, sums, number), sums[-1]
    if not held:
        return 0.0
    size = seen.size(number) - article.taken_from(number)
    recall, precision = held / whole, min(1.0, held / max(1, size))
    return (1 + _RECALL) * recall * precision / (recall + _RECALL * precision)


def _score(
    articles: Sequence[Article], weights: list[list[int]], left: list[int], selector: str
) -> tuple[float, int]:
    measures = [_measure(articles[n], weights[n], selector) for n in left]
    says = [min(1.0, weights[n][-1] / _LONG) for n in left]
    score = sum(m * s for m, s in zip(measures, says, strict=True)) / sum(says)
    return score, sum(m > 0.5 for m in measures)


def learn_junk(
    site: Site, articles: Sequence[Article], content: tuple[Rule, ...]
) -> tuple[str, ...]:
    """Return what stands within the text and is none of it: lists of other articles, tools."""
    votes: Counter[str] = Counter()
    against: Counter[str] = Counter()
    for article in articles:
        seen = article.seen
        if (container := content_at(seen, content)) < 0:
            continue
        junk: list[int] = []
        for number in range(container + 1, seen.elements[container].last + 1):
            if any(seen.holds(outer, number) for outer in junk):
                continue
            element = seen.elements[number]
            if element.start == element.end or not _is_junk(site, seen, number):
                continue
            junk.append(number)
        named = {
            s
            for n in junk
            for s in selectors(seen, n, site.names)
            if not is_by_place(s) and any(mark in s for mark in ".#")
        }
        for selector in named:
            found = [n for n in seen.matches(selector) if seen.holds(container, n)]
            clean = all(any(seen.holds(outer, n) for outer in junk) for n in found)
            (votes if clean else against)[selector] += 1
    fit = [s for s, count in votes.items() if count >= 2 and not against[s]]
    chosen = [*_repeated_pictures(articles, content)]
    for selector in sorted(fit, key=lambda s: (-votes[s], plainness(s))):
        if not any(_covers(articles, content, other, selector) for other in chosen):
            chosen.append(selector)
    return tuple(chosen[:12])


def _repeated_pictures(articles: Sequence[Article], content: tuple[Rule, ...]) -> Iterator[str]:
    """Yield selectors of the pictures that stand in the text of many articles: icons.

    A photo may be shared, too, by most articles of a small portal. None is left out that anywhere
    has a caption, or that stands within the prose and is as large as a photo.
    """
    counts: Counter[str] = Counter()
    photos: set[str] = set()
    for article in articles:
        seen = article.seen
        if (container := content_at(seen, content)) < 0:
            continue
        text = seen.elements[container].node
        inside = [n for n, _ in seen.pictures if seen.holds(container, n)]
        pictures = [n for n in inside if not _is_in_place_of_another(seen, n)]
        counts.update({_source(seen, n) for n in pictures})
        photos |= {
            _source(seen, n)
            for n in pictures
            if with_caption(seen.elements[n].node, text) is not None
            or (_is_as_large_as_a_photo(seen, n) and _is_within_prose(seen, n, container))
        }
    enough = max(2, 0.4 * len(articles))
    for source, count in sorted(counts.items()):
        if count >= enough and source not in photos and not set(source) & set('"\\\n'):
            yield f'img[src="{source}"]'


def _source(seen: View, picture: int) -> str:
    return seen.elements[picture].node.attributes.get("src") or ""


def _is_in_place_of_another(seen: View, picture: int) -> bool:
    """Whether what a picture shows first only holds the place of one that a script loads: that is
    the same for all photos of a portal."""
    attributes, base = seen.elements[picture].node.attributes, seen.document.base
    shown = next(iter(plain(attributes, base)), None)
    return shown is not None and shown != absolute(attributes.get("src") or "", base)


def _is_as_large_as_a_photo(seen: View, picture: int) -> bool:
    attributes = seen.elements[picture].node.attributes
    sizes = [_PIXELS.fullmatch(attributes.get(name) or "") for name in ("width", "height")]
    told = [int(size[1]) for size in sizes if size]
    return bool(told) and min(told) >= _PHOTO


def _is_within_prose(seen: View, picture: int, container: int) -> bool:
    """Whether a text goes on behind a picture that it began in front of."""
    element, text = seen.elements[picture], seen.elements[container]
    before = seen.pieces[text.start : element.start]
    after = seen.pieces[element.end : text.end]
    return all(any(len(one.text) > _SENTENCE for one in side) for side in (before, after))


def _covers(articles: Sequence[Article], content: tuple[Rule, ...], wide: str, narrow: str) -> bool:
    for article in articles:
        seen = article.seen
        outer = seen.matches(wide)
        if any(not any(seen.holds(o, n) for o in outer) for n in seen.matches(narrow)):
            return False
    return True


def _is_junk(site: Site, seen: View, number: int) -> bool:
    element = seen.elements[number]
    if element.tag in _NEVER_JUNK:
        return False
    pieces = seen.pieces[element.start : element.end]
    links = seen.links_in(number)
    if any(link.is_file and not site.is_furniture(link, seen) for link in links):
        return False
    if any(seen.holds(number, picture) for picture, _ in seen.pictures):
        return False
    others = {link.key for link in links if link.key != seen.key}
    linked = sum(len(p.text) for p in pieces if p.link >= 0)
    if len(others) >= _FEWEST and linked > 0.7 * seen.size(number) and site.is_own(links[0], seen):
        return True
    if is_caption(element.node) and any(seen.holds(element.parent, n) for n, _ in seen.pictures):
        return False  # though the same photo stands on many pages
    return site.is_frame(seen, number)


def content_at(seen: View, rules: tuple[Rule, ...]) -> int:
    """Return the element that holds a page's text; -1 if none does."""
    found = (next(iter(seen.matches(rule.selector)), -1) for rule in rules)
    return next((number for number in found if number >= 0), -1)


def learn_furniture(
    articles: Sequence[Article], content: tuple[Rule, ...], junk: Collection[str]
) -> tuple[str, ...]:
    """Return the lines that stand in the text of most articles; of sentences, which authors write
    again and again, those that stand in nearly all.
    """
    counts: Counter[str] = Counter()
    read = 0
    for article in articles:
        if (container := content_at(article.seen, content)) < 0:
            continue
        read += 1
        html = article.seen.elements[container].node.inner_html or ""
        blocks = read_fragment(html, article.seen.document.base).blocks
        counts.update({masked(block.text) for block in blocks if 1 < len(block.text) <= 120})

    def enough(said: str) -> float:
        return max(3, read * (_NEARLY_ALL if len(said) > _SENTENCE else 0.5))

    return tuple(sorted(s for s, count in counts.items() if count >= enough(s) and s.strip("#")))


def pointed_content(
    site: Site,
    articles: Sequence[Article],
    sections: frozenset[str],
    places: Sequence[tuple[View, int]],
) -> str | None:
    """Return the selector of what holds the text around some elements, which a person says are of
    it; None if nothing does that can be told from the rest of its page.
    """
    weights = _weighed(site, articles, sections)
    left = [n for n, weight in enumerate(weights) if weight[-1]]
    found = {
        selector
        for seen, number in places
        for outer in seen.around(number)
        if seen.elements[outer].tag not in _NO_CONTAINER
        for selector in selectors(seen, outer, site.names)
        if seen.holds(next(iter(seen.matches(selector)), number + 1), number)
    }
    scored = [(_score(articles, weights, left, selector)[0], selector) for selector in found]
    top = max((score for score, _ in scored), default=0.0)
    close = [selector for score, selector in scored if left and score >= top - _TIE]
    return max(close, key=partial(_fitness, articles, left), default=None)
