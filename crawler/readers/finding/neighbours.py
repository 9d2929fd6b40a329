"""The older and the newer neighbour of an article: "Bài trước", "Bài tiếp theo", in any layout.

Where a family of portals puts them is asked first. Then each link that is said to lead back or
on is weighed: by its ``rel``, its label, the classes around it, an arrow at its edge. Many such
links lead to something else, to page 2 of the same article, a calendar's month, a picture; what
tells of that forbids the link. Where the signs contradict each other, what people see counts.
"""

from collections.abc import Callable, Collection

from crawler.readers.finding.links import Link, Links
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read, value_of
from crawler.text.labels import Side

Selectors = tuple[str, ...]
Rule = Callable[[Link], Side | None]
"""Tells in which direction a link leads to a neighbour, if it does."""


def _label_naming_article(link: Link) -> Side | None:
    return link.label.side if link.label and link.label.names_article else None


def _rel(link: Link) -> Side | None:
    if link.in_head or link.may_be_its_page or link.denies(link.rel):
        return None
    return link.rel


def _class(link: Link) -> Side | None:
    return link.cell if link.in_post_navigation and not link.denies(link.cell) else None


def _label_against_rel_or_class(link: Link) -> Side | None:
    said = link.rel or (link.cell if link.in_post_navigation else None)
    denied = said and link.denies(said) and not link.may_be_its_page
    return link.label.side if link.label and denied else None


def _rel_in_head(link: Link) -> Side | None:
    return link.rel if link.in_head and not link.may_be_its_page else None


def _class_and_words(link: Link) -> Side | None:
    agreed = link.cell and (link.label or link.arrow) and not link.may_be_its_page
    return link.hint if agreed else None


def _nearest_in_list(link: Link) -> Side | None:
    return link.in_list


def _hint_in_pair(link: Link) -> Side | None:
    return link.hint if link.paired and not link.may_be_its_page else None


Rules = tuple[tuple[str, Rule], ...]
"""How a link is known, as a pattern of what to note; and the rule."""

RULES: tuple[Rules, Rules] = (
    (
        ('label "{0.label.text}"', _label_naming_article),
        ("a[rel={0.rel}]", _rel),
        ('label "{0.label.text}", against rel or class', _label_against_rel_or_class),
        ("head link[rel={0.rel}]", _rel_in_head),
        ("class {0.cell_class}", _class),
    ),
    (
        ("class {0.cell_class} and a label or arrow", _class_and_words),
        ("nearest in a list", _nearest_in_list),
        ("label, class or arrow, in a pair", _hint_in_pair),
    ),
)
"""How a neighbour is known, the surest way first. The second group is asked only where the first
finds neither: a chain that is known has an end, and what else the page holds must not prolong it.
"""
_RULES_OF_REL: Rules = (("a[rel={0.rel}]", _rel), ("head link[rel={0.rel}]", _rel_in_head))


def neighbours(
    document: Document,
    prev: Selectors = (),
    next: Selectors = (),  # noqa: A002 - what the field calls it
    parts: Collection[str] = (),
) -> tuple[Read[str] | None, Read[str] | None]:
    """Return the addresses of the older and the newer neighbour of the article on a page.

    *prev* and *next* select the links where a family of portals puts them, the best first; where
    none of them finds anything the general `RULES` are asked. *parts* are the addresses of the
    article's own further pages.
    """
    links = Links(document, parts)
    found = _by_selectors(links, {"prev": prev, "next": next})
    if not found:
        every = links.all()
        found = _by_rules(RULES[0], every, {}) or _by_rules(RULES[1], every, {})
    elif len(found) == 1:  # the end of the chain, or a cell of another name
        found = _by_rules(_RULES_OF_REL, links.of_rel(), found)
    return found.get("prev"), found.get("next")


Found = dict[Side, Read[str]]
"""The address of each neighbour that is known."""


def _by_selectors(links: Links, selectors: dict[Side, Selectors]) -> Found:
    """Return what a family's selectors find, exchanged where the links' labels say so."""
    known: dict[Side, Read[Link]] = {}
    for side, choices in selectors.items():
        for selector in choices:
            if side not in known and (found := links.selected(selector)):
                known[side] = Read(found[0], selector)
    if len({link.value.url for link in known.values()}) < len(known):
        del known["next"]
    links_of = {side: link.value for side, link in known.items()}
    denied = any(link.denies(side) for side, link in links_of.items())
    affirmed = any(link.label and not link.denies(side) for side, link in links_of.items())
    if not denied or affirmed:
        return {side: Read(link.value.url, link.by) for side, link in known.items()}
    return {
        "next" if side == "prev" else "prev": Read(link.value.url, f"{link.by}, against its label")
        for side, link in known.items()
    }


def _by_rules(rules: Rules, links: list[Link], found: Found) -> Found:
    """Return what is found and what the rules add to it; no page is both neighbours."""
    found = dict(found)
    for name, rule in rules:
        for link in links:
            side = rule(link)
            if side and side not in found and link.url not in map(value_of, found.values()):
                found[side] = Read(link.url, name.format(link))
    return found
