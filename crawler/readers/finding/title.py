"""What a page calls its article: as it shows it, wherever the theme puts it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.readers.finding.headline import names_of
from crawler.readers.page.document import Document, letters_of, line_of
from crawler.readers.page.evidence import Read
from crawler.text.addresses import absolute
from crawler.text.fold import fold
from crawler.text.site_names import is_portal_s

_SHOWN = {
    "h1": 0.1,
    "[itemprop~=headline], .entry-title, .post-title, .article-title, .news-title": 0.05,
    "h2, h3": 0.0,
}
"""Where themes show titles, and what that is worth beside what the words are."""
_ELSEWHERE = frozenset(["nav", "footer", "aside", "form", "dialog"])
_SEPARATORS = re.compile(r"\s+[|–—•·:»›/\\-]+\s+|\s*[|»›]\s*|\s*--+\s*|:\s+")
_BETWEEN = " |–—•·:»›/\\-"
_MOST, _ENOUGH, _SHORTEST, _LONG = 60, 0.75, 10, 20


@dataclass(frozen=True, slots=True)
class Title:
    """What a page calls its article."""

    text: str
    heading: LexborNode | None = None
    """The element that shows it, if any does."""


def title(document: Document) -> Read[Title] | None:
    """Return the title of the article that a page is about.

    A heading that the head's title begins or ends with is it; the head's words, which may be cut
    short or end in the site's name, only confirm it. Where head and heading are both the name of a
    portal, neither is a title.
    """
    told = list(document.structured.claims("title"))
    head = document.tree.css_first("head title, title")
    name = line_of(head) if head is not None else ""
    words = (*(said.value for said in told), name, _behind_site(name, document))
    hints = [hint for hint in words if hint and not is_portal_s(hint)]
    first = [node for node in document.tree.css("h1")[:_MOST] if _may_be_title(line_of(node))]
    best, second = _confirmed(document, hints, first)
    if best := best or _as_bold_words(document, hints):
        # Where a breadcrumb shows the title, the article begins at a heading of its own.
        heading = best.value if _is_shown(best.value, document) else second
        return Read(Title(without_kicker(best.value, document), heading), best.by)
    alone = [node for node in first if _is_shown(node, document)]
    if len(alone) == 1 and _is_told_otherwise(alone[0], hints, document):
        return Read(Title(without_kicker(alone[0], document), alone[0]), "h1, told otherwise")
    for said in told:
        if not is_portal_s(said.value):
            return Read(Title(without_site(said.value, document)), said.by)
    if len(alone) == 1:
        return Read(Title(without_kicker(alone[0], document), alone[0]), "h1")
    return Read(Title(without_site(name, document)), "title") if name else None


def _may_be_title(text: str) -> bool:
    return bool(text) and not is_portal_s(text)


def _confirmed(
    document: Document, hints: list[str], first: list[LexborNode]
) -> tuple[Read[LexborNode] | None, LexborNode | None]:
    """Return the heading that the *hints* confirm best, and another that they confirm, too.

    *first* are the page's ``<h1>``.
    """
    best, second, worth = None, None, _ENOUGH
    cut = [without_site(hint, document) for hint in hints]
    for selector, bonus in _SHOWN.items():
        for node in document.css(selector)[:_MOST]:
            found = _agreement(line_of(node), hints) + bonus
            if first == [node] and _goes_on(line_of(node), [*hints, *cut]):
                found = _CERTAIN
            if found > _ENOUGH and is_portal_s(line_of(node)):
                continue
            if found > worth and _is_shown(node, document, is_alone=first == [node]):
                best, worth = Read(node, selector), found
            elif found > _ENOUGH and second is None and _is_shown(node, document):
                second = node
    return best, second


_CERTAIN = 2.0


def _goes_on(text: str, hints: list[str]) -> bool:
    """Whether a heading begins with one of the head's titles and says a little more: who writes
    those cuts them short, and teasers with them."""
    letters, told = letters_of(text), [letters_of(hint) for hint in hints]
    return any(
        len(hint) >= _LONG and letters.startswith(hint) and len(hint) < len(letters) < 2 * len(hint)
        for hint in told
    )


_OF_SITE = re.compile(
    r"(?:^|[\s_-])(?:header|banner|logo|brand|masthead|site)(?![a-z])", re.IGNORECASE
)
"""Names of what shows whose page it is."""
_LEAST_IN_COMMON = 1 / 2


def _is_told_otherwise(node: LexborNode, hints: list[str], document: Document) -> bool:
    """Whether the page's only heading is what the head tells in other words, as is done for search
    engines: it shares some of them, and does not name the site."""
    text = line_of(node)
    parts = _SEPARATORS.split(text)
    if any(_is_site(part, document) or is_portal_s(part) for part in parts):
        return False
    holder: LexborNode | None = node
    while holder is not None and holder.tag not in ("body", "article", "main"):
        if holder is not node and _OF_SITE.search(names_of(holder)):
            return False
        holder = holder.parent
    return any(_share_words(text, hint) for hint in hints)


def _share_words(one: str, other: str) -> bool:
    """Whether two lines have several words in common, which are a part of what the shorter says."""
    words = [{*re.findall(r"\w{2,}", text.casefold())} for text in (one, other)]
    shared = words[0] & words[1]
    least = min(sum(map(len, each)) for each in words)
    return len(shared) > 1 and sum(map(len, shared)) >= _LEAST_IN_COMMON * least


_BOLD = "b, strong, .title, .tieude, .tieu-de"
_PLAIN = "h4, h5, h6, div, p, td, span, font, em, li"
_MOST_PLAIN = 3000
_LONGEST, _MOST_NAMES = 500, 6
"""Characters of a title that the head tells, and names in it, that are looked at."""


def _as_bold_words(document: Document, hints: list[str]) -> Read[LexborNode] | None:
    """Return what shows the title where no heading does: old pages set it in bold, or in any
    element; then it may be the beginning of the head's title, before the names of the site."""
    told = {letters_of(hint) for hint in hints}
    for node in document.css(_BOLD)[:_MOST]:
        if letters_of(line_of(node)) in told and _is_shown(node, document):
            return Read(node, _BOLD)
    told = {letters for hint in hints for letters in _beginnings(hint, document)}
    lengths = {len(letters) for letters in told}
    for node in document.css(_PLAIN)[:_MOST_PLAIN] if told else ():
        only = node.first_child
        if only is not None and only.next is None and only.tag == "-text":
            letters = letters_of(only.text_content or "")
            if len(letters) in lengths and letters in told and _is_shown(node, document):
                return Read(node, "the words of the title")
    return None


def _beginnings(hint: str, document: Document) -> Iterator[str]:
    """Yield the letters of a head's title, and of it without the names behind it."""
    found = (match.start() for match in _SEPARATORS.finditer(hint[:_LONGEST]))
    for end in (len(hint), *islice(found, _MOST_NAMES)):
        begun = hint[:end]
        if len(letters := letters_of(begun)) > _LONG and not names_only_site(begun, document):
            yield letters


def _is_shown(node: LexborNode, document: Document, *, is_alone: bool = False) -> bool:
    """Whether a heading is one of the article's: not of the menu, and no link to the start page.

    An ``<h1>`` that *is_alone* may stand in a breadcrumb, whose last item is the page at hand.
    """
    link = node.css_first("a[href]")
    parent: LexborNode | None = node
    elsewhere = _ELSEWHERE - {"nav"} if is_alone else _ELSEWHERE
    while parent is not None and (
        parent.tag not in elsewhere or (parent.tag == "form" and document.spans_page(parent))
    ):
        link = parent if parent.tag == "a" else link
        parent = parent.parent
    url = absolute(link.attributes.get("href") or "", document.base) if link is not None else None
    return parent is None and (url is None or urlsplit(url).path != "/")


def _agreement(text: str, hints: list[str]) -> float:
    """Return how much of a heading is in the head's titles, or of one in it; 0 to 1."""
    letters = letters_of(text)
    if not letters:
        return 0
    best = 0.0
    for hint in hints:
        other = letters_of(hint)
        if letters == other:
            return 1.2
        if other and (letters in other or other in letters):
            lengths = sorted([len(letters), len(other)])
            begins = 0.15 if len(letters) > _SHORTEST and other.startswith(letters) else 0
            best = max(best, 0.5 + lengths[0] / lengths[1] / 2 + begins)
    return best


def without_kicker(node: LexborNode, document: Document) -> str:
    """Return what a heading says, without a kicker in front and the site's name behind, which are
    elements of their own in it; what the head says begins with the title itself."""
    text = line_of(node)
    while (only := node.first_child) is not None and only.next is None and only.tag != "-text":
        node = only
    if node.first_child is None or node.first_child.next is None:
        return text
    head = document.tree.css_first("head title, title")
    name = line_of(head) if head is not None else ""
    told = (said.value for said in document.structured.claims("title"))
    hints = [hint for hint in told if hint != text]  # that may be the heading's own words
    for hint in hints:
        if len(hint) < len(text) and text.endswith(hint):
            return hint
        rest = letters_of(text[len(hint) :])
        if rest and text.startswith(hint) and letters_of(name).endswith(rest):
            return hint
    first = next(node.iter(), None)
    kicker = line_of(first) if first is not None else ""
    rest = text.removeprefix(kicker).strip()
    if first is None or rest == text or len(rest) <= _SHORTEST or not letters_of(kicker):
        return text
    if any(hint.startswith(rest) for hint in (*hints, name)):
        return rest
    # A kicker with a colon behind it is a part of the title; without it the head may part them.
    if kicker[-1].isalnum() and any(tail.startswith(rest) for tail in _tails(name)):
        return rest
    is_whole = any(letters_of(hint).startswith(letters_of(text)) for hint in (*hints, name))
    return text if is_whole or not _KICKER.search(names_of(first)) else rest


_KICKER = re.compile(
    r"kicker|overline|(?:top|high)-?line|eyebrow|dachzeile|roofline|(?:sur|over|super|pre)-?(?:title|head)",
    re.IGNORECASE,
)
"""Names of a line above a title."""


def _tails(name: str) -> Iterator[str]:
    """Yield what stands behind each separator of a title, but for colons."""
    for match in islice(_SEPARATORS.finditer(name[:_LONGEST]), _MOST_NAMES):
        if ":" not in match[0]:
            yield name[match.end() :]


def without_site(text: str, document: Document) -> str:
    """Return a title of the head without the site's name."""
    parts = _SEPARATORS.split(text)
    if len(parts) < 2 or is_portal_s(text):
        return text
    for part in (parts[-1], parts[0]):
        if letters_of(part) and (_is_site(part, document) or is_portal_s(part)):
            rest = text[: text.rindex(part)] if part is parts[-1] else text[len(part) :]
            return rest.strip(_BETWEEN)
    return text


def names_only_site(text: str, document: Document) -> bool:
    """Whether a title of the head tells no more than whose page it is: one that begins with a line
    has nothing before that."""
    if text.startswith(("–", "—", "|", "»", "- ")) or is_portal_s(text):
        return True
    return all(_is_site(part, document) for part in _SEPARATORS.split(text))


def _behind_site(text: str, document: Document) -> str | None:
    """Return the last part of a title that leads down to the page: site, section, title."""
    parts = _SEPARATORS.split(text)
    return parts[-1] if len(parts) > 1 and _is_site(parts[0], document) else None


def _is_site(part: str, document: Document) -> bool:
    """Whether a part of a title is the site's name: as it is told, or as its host has it."""
    site, letters = document.structured.first("publisher"), letters_of(part)
    if not letters or (site and letters == letters_of(site.value)):
        return True
    return _is_host(part, document) or _names_feeds(letters, document)


def _names_feeds(letters: str, document: Document) -> bool:
    """Whether the names of all feeds of a page hold a part of a title: WordPress names them
    "<site> » Feed", and "<site> » <title> Comments Feed"."""
    return bool(document.feeds) and all(letters in name for name in document.feeds)


_MOST_IN_NAME = 2
"""Words of a site's name."""


def _is_host(part: str, document: Document) -> bool:
    """Whether a part of a title is the name that its host has, with or without its marks, with a
    word beside it at most."""
    letters, is_short = letters_of(fold(part)), len(re.findall(r"\w+", part)) <= _MOST_IN_NAME
    labels = (urlsplit(document.url).hostname or "").split(".")[:-1]
    names = [name for label in labels if len(name := letters_of(label)) >= _SHORTEST // 2]
    return any(
        letters.startswith(name) and (is_short or len(letters) <= 2 * len(name)) for name in names
    )
