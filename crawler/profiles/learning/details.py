"""Where the lead, the category and the files of articles stand."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from crawler.profiles.learning.contents import Article
from crawler.profiles.learning.pages import View, shows
from crawler.profiles.learning.selectors import is_by_place, plainness, selectors, worth
from crawler.profiles.learning.site import Row, Site, moments_in
from crawler.profiles.profile import Rule
from crawler.profiles.words import letters

_LEAD = re.compile(
    r"sapo|lead|tom-?tat|trich|summary|descri|hometext|teaser|abstract|gioi-?thieu-?tin", re.I
)
_SHORTEST_LEAD, _LONGEST_LEAD, _LONGEST_NAME, _NEAR = 30, 900, 60, 6
_MOST_TRIED = 40


def learn_lead(site: Site, articles: Sequence[tuple[View, int]]) -> tuple[Rule, ...]:
    """Return where the lead stands: what lists show beside the link to an article, or what a class
    calls so; an element of its own, one on a page."""
    votes: Counter[str] = Counter()
    for seen, title in articles:
        teasers = [*_teasers(site, seen)]
        for number in _leads(seen, title, teasers):
            votes.update({s for s in selectors(seen, number, site.names) if not is_by_place(s)})
    tried = [_tried_lead(site, articles, s) for s, _ in votes.most_common(_MOST_TRIED)]
    best = max((rule for rule in tried if rule), key=worth, default=None)
    return (best,) if best else ()


def _teasers(site: Site, seen: View) -> Iterator[str]:
    for row in site.rows:
        if row.link.key == seen.key and row.seen is not seen:
            yield from _beside(row)


def _beside(row: Row) -> Iterator[str]:
    element = row.seen.elements[row.element]
    for piece in row.seen.pieces[element.start : element.end]:
        said = letters(piece.text)
        if piece.link < 0 and len(said) >= _SHORTEST_LEAD and not moments_in(piece.text):
            yield said[: len(said) - 3] if piece.text.rstrip().endswith(("...", "…")) else said


def _leads(seen: View, title: int, teasers: list[str]) -> Iterator[int]:
    """Yield the elements that may be the lead of a page."""
    for number in range(title + 1, len(seen.elements)):
        element = seen.elements[number]
        size = seen.size(number)
        if element.link >= 0 or not _SHORTEST_LEAD <= size <= _LONGEST_LEAD:
            continue
        called = " ".join((*element.classes, element.id))
        if _LEAD.search(called):
            yield number
        elif teasers:
            said = shows(seen, number)
            if any(said.startswith(t[:60]) and len(said) < 3 * len(t) + 60 for t in teasers):
                yield number


def _tried_lead(site: Site, articles: Sequence[tuple[View, int]], selector: str) -> Rule | None:
    support = against = 0
    for seen, title in articles:
        found = [n for n in seen.matches(selector) if seen.size(n)]
        if not found:
            continue
        first = found[0]
        fits = len(found) == 1 and first > title and seen.size(first) <= _LONGEST_LEAD
        fits = fits and not site.is_frame(seen, first) and not seen.links_in(first)
        support, against = support + fits, against + (not fits)
    return Rule(selector, support, against) if support >= 2 and support > 3 * against else None


def learn_category(site: Site, articles: Sequence[tuple[View, int]]) -> tuple[Rule, ...]:
    """Return where the category stands: a name near the title that the menus or many articles
    have."""
    named = section_names(site, articles)
    votes: Counter[str] = Counter()
    for seen, title in articles:
        for number in _near(seen, title):
            votes.update(set(selectors(seen, number, site.names)))
    tried = [_tried_category(site, articles, s, named) for s, _ in votes.most_common(_MOST_TRIED)]
    best = max((rule for rule in tried if rule), key=worth, default=None)
    return (best,) if best else ()


def section_names(site: Site, articles: Sequence[tuple[View, int]]) -> frozenset[str]:
    """Return the letters by which sections are called."""
    keys = {seen.key for seen, _ in articles}
    of_links = {
        letters(link.words)
        for seen in site.views
        for link in seen.links
        if link.key not in keys and not link.is_file and site.is_own(link, seen)
    }
    return frozenset(n for n in {*site.menu, *of_links} if 4 <= len(n) <= _LONGEST_NAME)


def _near(seen: View, title: int) -> Iterator[int]:
    """Yield the elements near the title that are a short name."""
    start = seen.elements[title].start
    for piece in seen.pieces[max(0, start - _NEAR) : start + _NEAR]:
        for number in seen.around(piece.element)[:2]:
            if seen.holds(number, title) or seen.holds(title, number):
                continue
            size = seen.size(number)
            if 4 <= size <= _LONGEST_NAME and not moments_in(seen.text(number)):
                yield number


def _tried_category(
    site: Site, articles: Sequence[tuple[View, int]], selector: str, named: frozenset[str]
) -> Rule | None:
    said: list[str] = []
    near = 0
    for seen, title in articles:
        number = seen.first(selector)
        if number < 0 or seen.size(number) > _LONGEST_NAME or site.is_frame(seen, number):
            continue
        gap = abs(seen.elements[number].start - seen.elements[title].start)
        near += gap <= _NEAR + 4
        said.append(shows(seen, number))
    filled, times = len(said), Counter(said)
    if filled < 2 or filled < 0.4 * len(articles) or len(times) < 2 or near < 0.7 * filled:
        return None
    if len(times) > max(3, 0.8 * filled) and not all(word in named for word in said):
        return None
    support = sum(word in named or times[word] > 1 for word in said)
    against = filled - support
    return Rule(selector, support, against) if support > against else None


def learn_files(
    site: Site, articles: Sequence[Article], container: Sequence[int]
) -> tuple[Rule, ...]:
    """Return where files stand that are not within the text."""
    votes: Counter[str] = Counter()
    wanted: list[tuple[View, set[int]]] = []
    for article, content in zip(articles, container, strict=True):
        seen = article.seen
        files = {
            link.element
            for link in seen.links
            if link.is_file
            and not site.is_furniture(link, seen)
            and not (content >= 0 and seen.holds(content, link.element))
        }
        wanted.append((seen, files))
        for number in files:
            ways = selectors(seen, number, site.names)
            votes.update({way for way in ways if not is_by_place(way)})
    rules: list[Rule] = []
    for selector, _ in sorted(votes.items(), key=lambda one: (-one[1], plainness(one[0]))):
        support = against = 0
        for seen, files in wanted:
            found = {n for n in seen.matches(selector) if seen.elements[n].link >= 0}
            found = {n for n in found if seen.links[seen.elements[n].link].is_file}
            found -= {
                n for n in found if site.is_furniture(seen.links[seen.elements[n].link], seen)
            }
            support += bool(found & files)
            against += bool(found) and not found & files
        if support and support > 2 * against and not _is_held(rules, wanted, selector):
            rules.append(Rule(selector, support, against))
        if len(rules) == 3:
            break
    return tuple(rules)


def _is_held(rules: list[Rule], wanted: list[tuple[View, set[int]]], selector: str) -> bool:
    """Whether earlier rules find all that a selector does."""
    for seen, _ in wanted:
        found = {n for rule in rules for n in seen.matches(rule.selector)}
        if not set(seen.matches(selector)) <= found:
            return False
    return bool(rules)
