"""Where the title stands: in the element that says what the links to a page call it."""

from collections import Counter
from collections.abc import Iterator
from statistics import median

from crawler.profiles.learning.pages import View, shows
from crawler.profiles.learning.selectors import selectors, worth
from crawler.profiles.learning.site import Site
from crawler.profiles.profile import Rule
from crawler.profiles.words import letters

_LONGEST, _SHORTEST, _MOST_TRIED, _MOST_RULES = 400, 8, 60, 3
_DISTINCT = 0.6
_SECTION = 15
"""Letters below which what heads pages is rather the names of sections than titles."""


def learn_title(site: Site) -> tuple[Rule, ...]:
    """Return the rules by which titles are found."""
    pages = [seen for seen in site.views if not seen.document.is_start_page]
    votes: Counter[str] = Counter()
    for seen in pages:
        found = {s for n in _titles(site, seen) for s in selectors(seen, n, site.names)}
        votes.update(found)
    rules: list[Rule] = []
    left = pages
    while left and len(rules) < _MOST_RULES:
        tried = [_tried(site, left, selector) for selector, _ in votes.most_common(_MOST_TRIED)]
        fit = [rule for rule in tried if rule and rule.support > 2 * rule.against]
        if rules:  # a listing may head itself by a link to itself
            fit = [rule for rule in fit if rule.support > 1 and not _is_link(left, rule.selector)]
        best = max(fit, key=worth, default=None)
        if best is None:
            break
        rules.append(best)
        left = [seen for seen in left if seen.first(best.selector) < 0]
    return tuple(rules)


def _is_link(pages: list[View], selector: str) -> bool:
    """Whether what a selector finds lies in a link."""
    found = ((seen, seen.first(selector)) for seen in pages)
    return any(
        seen.elements[around].tag == "a"
        for seen, number in found
        if number >= 0
        for around in seen.around(number)
    )


def _titles(site: Site, seen: View) -> Iterator[int]:
    """Yield the elements that say what a page is called elsewhere, but for links to others."""
    if not site.is_named(seen):
        return
    for number, element in enumerate(seen.elements):
        if element.start == element.end or seen.size(number) > _LONGEST or not number:
            continue
        if element.link >= 0 and seen.links[element.link].key != seen.key:
            continue
        said = shows(seen, number)
        if site.is_title(seen, said) and said not in site.menu:
            linked = {link.key for link in seen.links_in(number)} - {seen.key}
            if not linked:
                yield number


def _tried(site: Site, pages: list[View], selector: str) -> Rule | None:
    """Return what pages say of a selector; None if what it finds is the same on many of them."""
    support = against = 0
    said, sizes = [], []
    for seen in pages:
        if (number := seen.first(selector)) < 0:
            continue
        words = shows(seen, number)
        said.append(words)
        if site.is_title(seen, words):
            support += 1
            sizes.append(len(words))
        elif site.is_named(seen) and words not in site.menu and len(words) >= _SHORTEST:
            against += 1
    if not support or median(sizes) < _SECTION:
        return None
    if len(said) > 2 and len(set(said)) < _DISTINCT * len(said):
        return None
    return Rule(selector, support, against)


def title_at(seen: View, rules: tuple[Rule, ...]) -> int:
    """Return the element that shows a page's title; -1 if none does."""
    return next((n for rule in rules if (n := seen.first(rule.selector)) >= 0), -1)


def may_be_article(site: Site, seen: View, title: int) -> bool:
    """Whether a page with a title may be an article: not the start page, nor one of the menu's."""
    if title < 0 or seen.document.is_start_page:
        return False
    return letters(seen.text(title)) not in site.menu
