"""What a person points at on a page: the words of a field, or a selector of them, as a rule.

Words are looked for on the pages that are learnt from. Of the selectors that find the element that
says them the one is taken that finds such a field on most of the other articles, too.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from selectolax.lexbor import LexborNode

from crawler.profiles.learning.contents import Article, pointed_content
from crawler.profiles.learning.datings import is_in_row
from crawler.profiles.learning.pages import View, shows
from crawler.profiles.learning.selectors import plainest, selectors
from crawler.profiles.learning.site import Site, day_of, moments_in
from crawler.profiles.profile import Profile, Rule, Rules
from crawler.profiles.reading import (
    LONGEST_DATELINE,
    LONGEST_NAME,
    LONGEST_TITLE,
    STAMPS,
)
from crawler.profiles.words import letters
from crawler.readers.page.document import text_of
from crawler.text.addresses import on_same_host
from crawler.text.dates import parse_machine
from crawler.vocabulary import Field

OF_ARTICLES = frozenset(Field) - {Field.LISTED, Field.NEXT_PAGE, Field.OTHER}
_LONGEST = {
    Field.TITLE: LONGEST_TITLE, Field.PUBLISHED: LONGEST_DATELINE,
    Field.CATEGORY: LONGEST_NAME, Field.AUTHOR: LONGEST_NAME,
}  # fmt: skip
"""Characters that a field has at most: reading by a profile takes no more."""
_PAGE = 1 << 20
_MOST_PLACES, _WORD = 400, 3
_BESIDE = frozenset([Field.TITLE, Field.PUBLISHED, Field.LEAD])
"""What stands beside the links to articles, too."""
_OFTEN_NONE = frozenset([Field.LEAD, Field.CATEGORY, Field.AUTHOR, Field.FILES, Field.NEXT_PAGE])


@dataclass(frozen=True, slots=True)
class Pointed:
    """A rule that a person gave, and what comes of it on the pages that are learnt from."""

    field: Field
    rule: Rule
    without: tuple[str, ...] = ()
    """Addresses of the pages on which it finds nothing."""
    other: tuple[str, ...] = ()
    """Addresses of the pages on which what it finds is no such field."""

    @property
    def is_worth_telling(self) -> bool:
        """Whether there are pages of which a person should know that it does not hold there."""
        return bool(self.other or (self.without and self.field not in _OFTEN_NONE))


def pointed_at(site: Site, pages: Sequence[View], field: Field, words: str) -> Pointed | None:
    """Return the rule for a field of which a person says what it is on some page; None if no page
    says that, or in no place that can be told from others.

    *pages* are those that have the field: articles, or listings.
    """
    places = _places(site, pages, field, words)
    if field == Field.NEXT_PAGE and len(letters(words)) >= _WORD:
        found = {f'a:lexbor-contains("{_escaped(words)}")'} if places else set()
    else:
        found = {
            selector
            for seen, number in places[:_MOST_PLACES]
            for selector in selectors(seen, number, site.names)
            if _first(seen, field, selector) == number
        }
    rated = [tried(site, pages, field, selector) for selector in sorted(found)]
    best = max(rated, key=_worth, default=None)
    return best if best and best.rule.support else None


def pointed_text(
    site: Site, articles: Sequence[Article], words: str, sections: frozenset[str]
) -> Pointed | None:
    """Return the rule for the text of articles, of which a person says that some words are of it;
    None as `pointed_at`. *sections* are names by which sections are called.
    """
    pages = [article.seen for article in articles]
    places = _places(site, pages, Field.CONTENT, words)
    selector = pointed_content(site, articles, sections, places)
    return tried(site, pages, Field.CONTENT, selector) if selector else None


def _places(site: Site, pages: Sequence[View], field: Field, words: str) -> list[tuple[View, int]]:
    """Return the elements that are some words of a field, each with its page."""
    said = letters(words)
    days = {day_of(moment) for moment in moments_in(words)} if field == Field.PUBLISHED else set()
    if not said:
        return []
    return [
        (seen, number)
        for seen in pages
        for number in _saying(seen, field, said, days)
        if _fits(site, seen, field, number) and not (field in _BESIDE and is_in_row(seen, number))
    ]


def _escaped(words: str) -> str:
    return words.strip().replace("\\", "\\\\").replace('"', '\\"')


def _worth(one: Pointed) -> tuple[int, tuple[int, ...]]:
    return one.rule.support - 2 * one.rule.against, plainest(one.rule.selector)


def tried(site: Site, pages: Sequence[View], field: Field, selector: str) -> Pointed:
    """Return what comes of a selector for a field on some pages that have it."""
    fit, without, other = 0, [], []
    for seen in pages:
        number = _first(seen, field, selector)
        if number < 0:
            without.append(seen.url)
        elif _fits(site, seen, field, number):
            fit += 1
        else:
            other.append(seen.url)
    rule = Rule(selector, fit, len(other), confirmed=True)
    return Pointed(field, rule, tuple(without), tuple(other))


def rules_of(told: Profile | None, field: Field) -> Rules:
    """Return the rules for a field that a person gave."""
    return tuple(one for one in told.rules_for(field) if one.is_a_persons) if told else ()


def with_person(told: Rules, learnt: Rules, pages: Collection[View], field: Field) -> Rules:
    """Return rules that a person gave, and behind them those learnt ones that help where these find
    nothing, and contradict them nowhere.
    """
    if not told:
        return learnt
    kept = []
    for rule in learnt:
        both = [(_at(seen, field, told), _first(seen, field, rule.selector)) for seen in pages]
        agree = all(own == other for own, other in both if own >= 0 and other >= 0)
        if agree and any(own < 0 <= other for own, other in both):
            kept.append(rule)
    return (*told, *kept)


def confirmed(rules: Rules) -> Rules:
    """Return rules as a person confirms them."""
    return tuple(one if one.is_a_persons else replace(one, confirmed=True) for one in rules)


def _at(seen: View, field: Field, rules: Rules) -> int:
    found = (_first(seen, field, rule.selector) for rule in rules)
    return next((number for number in found if number >= 0), -1)


def _first(seen: View, field: Field, selector: str) -> int:
    """Return the element that reading takes for a field; -1 if a selector finds none."""
    found = seen.matches(selector)
    if field in (Field.FILES, Field.NEXT_PAGE):
        return next((n for n in found if seen.elements[n].link >= 0), -1)
    if field == Field.CONTENT:
        return next(iter(found), -1)
    longest = _LONGEST.get(field)
    for number in found[:3]:
        size = seen.size(number)
        if field == Field.PUBLISHED and _is_stamp(seen.elements[number].node):
            return number
        if size and (longest is None or size <= longest):
            return number
    return -1


def _is_stamp(node: LexborNode) -> bool:
    return any(parse_machine(node.attributes.get(name) or "") for name in STAMPS)


def _fits(site: Site, seen: View, field: Field, number: int) -> bool:
    """Whether an element may be a field of its page."""
    element = seen.elements[number]
    if field == Field.TITLE:
        link = seen.links[element.link] if element.link >= 0 else None
        if link is not None and link.key != seen.key:
            return False
        return not site.is_frame(seen, number) and shows(seen, number) not in site.menu
    if field == Field.PUBLISHED:
        return bool(moments_in(text_of(element.node))) or _is_stamp(element.node)
    if field == Field.FILES:
        link = seen.links[element.link]
        return link.is_file and not site.is_furniture(link, seen)
    if field == Field.NEXT_PAGE:
        return on_same_host(seen.links[element.link].url, seen.url)
    if field == Field.LEAD:
        return not site.is_frame(seen, number)
    if field in (Field.CATEGORY, Field.AUTHOR):
        links = seen.links_in(number) or seen.links[max(0, element.link) : element.link + 1]
        return not any(site.is_furniture(link, seen) for link in links)
    return True


def _saying(seen: View, field: Field, said: str, days: set[date]) -> Iterator[int]:
    """Yield the elements of a page that say some letters and nothing else; if there are none, the
    smallest that say them among others, or tell one of some *days*.
    """
    exact, around = [], []
    for number, element in enumerate(seen.elements):
        if element.start == element.end or not number:
            continue
        shown = shows(seen, number)
        if field in (Field.FILES, Field.NEXT_PAGE) and element.link < 0:
            continue
        if shown == said:
            exact.append(number)
        elif seen.size(number) <= _LONGEST.get(field, _PAGE):
            told = {day_of(one) for one in moments_in(seen.text(number))} if days else days
            if said in shown or told & days:
                around.append(number)
    outer = {n for n, inner in pairwise(around) if seen.holds(n, inner)}
    yield from exact or [n for n in around if n not in outer]
