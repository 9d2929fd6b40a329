"""Which pages of a site are worth asking for, so that it can be learnt."""

from collections import defaultdict
from collections.abc import Sequence

from crawler.profiles.learning.pages import Link, View, view
from crawler.profiles.learning.sample import Sample, documents
from crawler.profiles.words import letters
from crawler.text.addresses import on_same_host

FEWEST_PAGES = 10
"""Requests that learning may cost."""
_TITLE, _ARTICLES, _LISTINGS = 24, 6, 3


def worth_asking(samples: Sequence[Sample], most: int = FEWEST_PAGES) -> tuple[str, ...]:
    """Return the addresses that teach most beside the pages that are there, the best first.

    First come links that look like titles, taken in turn from the places where the pages show
    them; then short ones, which may be sections; in all as many as bring the pages to *most*.
    """
    views = [view(document) for document in documents(samples)]
    have = {seen.key for seen in views}
    places: defaultdict[object, list[Link]] = defaultdict(list)
    sections: dict[str, Link] = {}
    for seen in views:
        for link in seen.links:
            if link.key in have or link.is_file or not _is_own(link, seen):
                continue
            if len(letters(link.words)) >= _TITLE:
                places[_place(seen, link)].append(link)
            elif len(letters(link.words)) > 3:
                sections.setdefault(link.key, link)
    titles = _in_turn([*places.values()])
    left = max(0, most - len(views))
    chosen = [*titles[: max(_ARTICLES, left - _LISTINGS)]]
    chosen = chosen[: left - min(_LISTINGS, len(sections), left // 3)]
    keys = {link.key for link in chosen}
    chosen += [
        link for link in _spread([*sections.values()], left - len(chosen)) if link.key not in keys
    ]
    chosen += [link for link in titles if link not in chosen][: left - len(chosen)]
    return tuple(link.url for link in chosen)


def _is_own(link: Link, seen: View) -> bool:
    return on_same_host(link.url, seen.url)


def _place(seen: View, link: Link) -> object:
    around = seen.around(link.element)[:3]
    return tuple((seen.elements[n].tag, seen.elements[n].classes[:1]) for n in around)


def _in_turn(places: list[list[Link]]) -> list[Link]:
    """Return links of several places, one of each in turn, each page once."""
    found: dict[str, Link] = {}
    for turn in range(max(map(len, places), default=0)):
        for place in places:
            if turn < len(place):
                found.setdefault(place[turn].key, place[turn])
    return [*found.values()]


def _spread(links: list[Link], count: int) -> list[Link]:
    """Return some of several links, from all along them."""
    if count <= 0 or not links:
        return []
    step = max(1, len(links) // count)
    return links[::step][:count]
