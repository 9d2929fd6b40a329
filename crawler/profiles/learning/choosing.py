"""Which pages of a site are worth asking for, so that it can be learnt."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from crawler.profiles.learning.pages import Link, View, view
from crawler.profiles.learning.sample import Sample, documents
from crawler.profiles.words import is_nested, letters
from crawler.text.addresses import on_same_host
from crawler.text.fold import fold

FEWEST_PAGES = 10
"""Requests that learning may cost."""
ROUNDS = (FEWEST_PAGES - 3, FEWEST_PAGES)
"""How many pages there are to be after each round of asking; the second goes by what the first
pages name."""
_TITLE, _SHORTEST = 24, 3
_NEWS = re.compile(
    r"tin\b|tin tuc|thong bao|su kien|hoat dong|van hoa|kinh te|chinh tri|xa hoi|giao duc|y te"
    r"|chi dao|thoi su|an ninh|noi bat|moi nhat|tuyen truyen|nong thon|xem (?:tiep|them|tat ca)"
)
_NO_NEWS = re.compile(
    r"gioi thieu|lien he|so do|trang chu|trang nhat|dang nhap|gop y|hoi dap|thu tuc|van ban"
    r"|thu vien|ban do|co cau|to chuc|chuc nang|lich|thu dien tu|rss|english|dau trang|tong quan"
    r"|video"
)
"""Words that name sections of news, and those that name others, without marks."""


def worth_asking(
    samples: Sequence[Sample], most: int = FEWEST_PAGES, *, ends: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the addresses that teach most beside the pages that are there, the best first; none
    that only *ends* name, addresses of pages that read as articles, where links to these look like
    titles, too.

    About half are links that look like titles, taken in turn from the places where the pages show
    them; the others short ones, such as name sections of news. In all they are as many as bring
    the pages to *most*.
    """
    views = [view(document) for document in documents(samples)]
    have = {seen.key for seen in views}
    places: defaultdict[object, dict[str, Link]] = defaultdict(dict)
    sections: dict[str, Link] = {}
    links = [link for seen in views for link in seen.links]
    titled = {link.key for link in links if len(letters(link.words)) >= _TITLE}
    for seen in views:
        is_end = seen.url in ends and seen.key in titled
        for link in seen.links if not is_end else ():
            if link.key in have or link.is_file or not _is_own(link, seen):
                continue
            if len(letters(link.words)) >= _TITLE:
                places[seen.called(link.element, 3)].setdefault(link.key, link)
            elif len(letters(link.words)) > _SHORTEST:
                sections.setdefault(link.key, link)
    titles = _in_turn([[*place.values()] for place in places.values()])
    left = max(0, most - len(views))
    named = sorted(sections.values(), key=lambda link: -_is_of_news(link, titles))
    named = [link for link in named if all(link.key != title.key for title in titles)]
    chosen = titles[: left - min(len(named), left * 2 // 5)]
    chosen += named[: left - len(chosen)]
    chosen += [link for link in titles if link not in chosen][: left - len(chosen)]
    return tuple(link.url for link in chosen)


def _is_own(link: Link, seen: View) -> bool:
    return on_same_host(link.url, seen.url) and not is_nested(link.url)


def _is_of_news(link: Link, titles: list[Link]) -> int:
    """Return how likely a link leads to a listing of articles."""
    said = fold(link.words.lower())
    below = link.url.rstrip("/") + "/"
    holds = sum(title.url.startswith(below) for title in titles) if below.count("/") > 3 else 0
    return 2 * bool(_NEWS.search(said)) + 2 * (holds > 1) - 3 * bool(_NO_NEWS.search(said))


def _in_turn(places: list[list[Link]]) -> list[Link]:
    """Return links of several places, one of each in turn, each page once."""
    found: dict[str, Link] = {}
    for turn in range(max(map(len, places), default=0)):
        for place in places:
            if turn < len(place):
                found.setdefault(place[turn].key, place[turn])
    return [*found.values()]
