"""Which links of a listing lead to articles, and by which addresses articles are known."""

from collections import Counter
from collections.abc import Sequence

from crawler.profiles.learning.pages import Link, View
from crawler.profiles.learning.selectors import is_by_place, plainest, selectors
from crawler.profiles.learning.site import Site
from crawler.profiles.profile import Rule
from crawler.profiles.words import form_of, is_nested, letters

_TITLE, _FEWEST, _MOST_RULES, _MOST_TRIED, _PURE = 20, 2, 10, 150, 0.85


def learn_forms(
    views: Sequence[View], articles: Sequence[View]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the forms of address that only articles have, and those that only others have."""
    keys = {seen.key for seen in articles}
    of_articles = {form_of(seen.url) for seen in articles}
    of_others = Counter(form_of(seen.url) for seen in views if seen.key not in keys)
    told = of_articles if not of_articles & of_others.keys() else set()
    others = {form for form, n in of_others.items() if n > 1 or told} - of_articles
    return (
        tuple(sorted(form for form in told if any(c in form for c in "#*~"))),
        tuple(sorted(form for form in others if len(form) > 1)),
    )


class _Judged:
    """What the links of a page that is no article are."""

    def __init__(
        self, site: Site, seen: View, articles: set[str], forms: tuple[str, ...], others: set[str]
    ) -> None:
        self.seen = seen
        self.good: set[int] = set()
        self.bad: set[int] = set()
        dated = {row.link.element for row in site.rows if row.seen is seen and row.dates}
        for link in seen.links:
            verdict = _is_article(site, seen, link, articles, forms, others)
            if verdict is None and link.element in dated and link.words:
                verdict = True
            if verdict is not None:
                (self.good if verdict else self.bad).add(link.element)


def _is_article(
    site: Site,
    seen: View,
    link: Link,
    articles: set[str],
    forms: tuple[str, ...],
    others: set[str],
) -> bool | None:
    """Return whether a link leads to an article; None if that is not known."""
    said = letters(link.words)
    if (link.words and not said) or said.isdecimal() or is_nested(link.url):
        return False
    if link.is_file or link.key in others or not site.is_own(link, seen) or said in site.menu:
        return False
    if site.is_furniture(link, seen):
        return False if len(said) < _TITLE else None
    if link.key in articles:
        return True
    if not said:
        return None
    if forms:
        return form_of(link.url) in forms
    return len(said) >= _TITLE or None


def learn_listed(site: Site, articles: Sequence[View], forms: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return the rules by which a listing's links to articles are found; against each stands on
    how many articles it finds links, too."""
    keys = {seen.key for seen in articles}
    others = {seen.key for seen in site.views if seen.key not in keys}
    pages = [
        _Judged(site, seen, keys, forms, others) for seen in site.views if seen.key not in keys
    ]
    votes: Counter[str] = Counter()
    for page in pages:
        for number in page.good:
            seen = page.seen
            votes.update({s for s in selectors(seen, number, site.names) if not is_by_place(s)})
    left = [set(page.good) for page in pages]
    rules: list[Rule] = []
    tried = [selector for selector, _ in votes.most_common(_MOST_TRIED)]
    while len(rules) < _MOST_RULES:
        best = max((_worth(site, pages, left, s) for s in tried), default=None)
        if best is None or best[0] < _FEWEST:
            break
        selector = best[3]
        support = 0
        for page, missing in zip(pages, left, strict=True):
            found = set(page.seen.matches(selector))
            missing -= found
            support += bool(found & page.good)
        against = sum(bool(seen.matches(selector)) for seen in articles)
        rules.append(Rule(selector, support, against))
    return tuple(rules)


def _worth(
    site: Site, pages: list[_Judged], left: list[set[int]], selector: str
) -> tuple[int, int, tuple[int, ...], str]:
    """Return how many links a selector adds, if nearly all that it finds lead to articles."""
    added = good = bad = pinned = 0
    for page, missing in zip(pages, left, strict=True):
        found = set(page.seen.matches(selector))
        added += len(found & missing)
        good += len(found & page.good)
        bad += len(found & page.bad)
        for number in found:
            link = page.seen.elements[number].link
            pinned += link >= 0 and site.is_furniture(page.seen.links[link], page.seen)
    pure = good >= _PURE * (good + bad) and pinned <= 0.2 * (good + bad + pinned)
    return (added if pure else 0), -bad, plainest(selector), selector
