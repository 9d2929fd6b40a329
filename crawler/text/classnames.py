"""What the classes and the id of an element say of the links inside: "nav-previous", "bai-sau"."""

import re
from dataclasses import dataclass
from functools import lru_cache

from crawler.text.labels import Side

DIRECTIONS = ("prev", "next", "older", "newer", "truoc", "tiep", "bai-sau", "cu-hon", "moi-hon")
"""Of these, names that say a direction have at least one in them."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ARTICLE = "post|article|entry|story|news|single|blog|adjacent|artikel|beitrag|bai|tin"
_NAVIGATION = "nav|navi|navigation|navigate|pagination|pager|paging|pagi"
_KNOWN = re.compile(
    rf"(?P<article>{_ARTICLE})?s?(?P<navigation>{_NAVIGATION})?(?:page|link)?"
    r"(?:(?P<prev>prev(?:ious)?|older)|(?P<next>next|newer))?"
    rf"(?P<article_>{_ARTICLE})?s?(?P<navigation_>{_NAVIGATION})?(?:page|link|title|item)?s?"
)
"""A word, or several written as one: "prevpost", "nextlink"."""
_BOTH = re.compile(r"prev(?:ious)?[-_]?(?:and|or)?[-_]?next|next[-_]?prev", re.IGNORECASE)
_VIETNAMESE = re.compile(
    r"(?:bai|tin)[-_]?(?:viet)?[-_]?"
    r"(?:(?P<prev>truoc|cu[-_]?hon)|(?P<next>sau|ke|tiep|moi[-_]?hon))",
    re.IGNORECASE,
)
_OTHER_THINGS = re.compile(
    r"(?<![^\W_])(?:comments?|commentlist|respond|calendar|gallery|slider|slideshow|carousel|swiper"
    r"|slick|owl|flexslider|lightbox|fancybox|breadcrumbs?|ajax|shar(?:e|ing)|social)(?![^\W_])",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(r"(?:has|no|with|format|is|category|tag)-|(?:read|up)[-_]?next")


@dataclass(frozen=True, slots=True)
class Place:
    """What the classes and the id of an element say."""

    side: Side | None = None
    """The one direction that they name."""
    name: str = ""
    """The class or id that names it."""
    both_sides: bool = False
    names_article: bool = False
    """Whether they speak of neighbouring articles, not only of back and on."""
    other_things: bool = False
    """Whether they speak of comments, calendars, pictures, and the like."""


@lru_cache(maxsize=4096)  # the same few stand around all links of a portal
def place(names: str) -> Place:
    """Read the classes and the id of an element, parted by spaces."""
    sides: dict[Side, str] = {}
    names_article = other_things = False
    for name in names.split():
        if _SAYS_NOTHING.match(name):
            continue
        side, speaks_of_articles = _read(name)
        if side:
            sides.setdefault(side, name)
        names_article |= speaks_of_articles
        other_things |= _OTHER_THINGS.search(name) is not None
    side, name = next(iter(sides.items())) if len(sides) == 1 else (None, "")
    return Place(side, name, len(sides) > 1, names_article, other_things)


def _read(name: str) -> tuple[Side | None, bool]:
    """Return the direction in one name, and whether it speaks of neighbouring articles."""
    if _BOTH.search(name):
        return None, True
    if match := _VIETNAMESE.search(name):
        return ("prev" if match["prev"] else "next"), True
    told: set[str] = set()
    for word in _WORD.findall(name):
        if match := _KNOWN.fullmatch(word.lower()):
            told |= {key.rstrip("_") for key, said in match.groupdict().items() if said}
    has_side = len(told & {"prev", "next"}) == 1
    side: Side | None = ("prev" if "prev" in told else "next") if has_side else None
    return side, len(told & {"article", "navigation"}) + has_side > 1
