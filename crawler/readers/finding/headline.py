"""The headline of a page, and what stands around it: where a page says when and by whom."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice, takewhile
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.readers.page.document import Document, nodes_before
from crawler.text.addresses import absolute
from crawler.text.remembering import remembered

_INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
     "font", "i", "img", "ins", "kbd", "label", "mark", "meta", "q", "s", "samp", "small", "span",
     "strike", "strong", "sub", "sup", "svg", "time", "tt", "u", "var",
     "-text", "-comment", "-cdata"]
)  # fmt: skip
_UNREAD = frozenset(
    ["script", "style", "noscript", "template", "svg", "form", "select", "button", "nav", "marquee",
     "footer", "iframe", "textarea", "video", "audio", "head", "title"]
)  # fmt: skip
_OF_OTHERS = (
    r"comments?|commentlist|disqus|related|popular|recent|trending|calendar|[a-z]*clock|today|"
    r"(?:current|server|system)-?(?:date|time)|(?:date|time)-?now|dong-?ho|(?:ngay-?)?hien-?tai|"
    r"binh-?luan|y-?kien|hom-?nay|lien-?quan|tin-?khac|tin-?moi|tin-?cu"
)
"""Names of what speaks of something else than the article: of others, of now."""
_AROUND = "footer|breadcrumbs?|menu|navigation|shar(?:e|ing)|social"
"""Names of what stands around an article, and may hold a line about it, too."""
_ELSEWHERE = re.compile(
    rf"(?:^|[\s_-])(?:{_OF_OTHERS}|{_AROUND})(?![a-z])|(?:^|\s)(?:sidebar|nav)(?![a-z])",
    re.IGNORECASE,
)
_ABOUT_OTHERS = re.compile(rf"(?:^|[\s_-])(?:{_OF_OTHERS})(?![a-z])", re.IGNORECASE)
_MARGINS = frozenset(["aside", "footer", "form"])
_OF_ARTICLE = re.compile(r"meta|info|byline|date", re.IGNORECASE)
"""Names of an ``<aside>`` that speaks of the article."""
_FARTHEST, _FARTHEST_BEFORE, _MOST_LEVELS = 300, 60, 3
"""Nodes behind the heading, nodes in front of it, and elements around it, to look at."""
_OF_TABLES = frozenset(["td", "tr", "tbody", "thead"])
"""What a table is made of: these and the table are one element around the heading."""
_MOST_BESIDE = 1500
"""Nodes between a heading and its text, with all that themes put there; and in front of an element
in the same one."""
_WHOLE_PAGE, _WHOLE_ARTICLE = frozenset(["body", "html"]), frozenset(["article", "main"])
_LONG = 220
"""Characters of a line that is a paragraph of the article."""
_TITLE, _SHORT_TITLE = 40, 20
"""Characters of a link that is the title of another article, and of one that is a heading."""
_LONGEST_TEASER, _MOST_RAW = 600, 10_000
"""Characters that a teaser says at most, and of text with all its white space to tell that."""
_HEADINGS = ", ".join(f"h{level}" for level in range(1, 7))
_MOST_HEADED = 500
"""How many links in the headings of a teaser are looked at, which says little, whatever its tags.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as it shows, and the innermost element that its first words stand in."""

    text: str
    node: LexborNode


class Surroundings:
    """The heading of an article, and the page around it, for all who look near it.

    Without a *heading* given it is found by the page's own title: quicker than what the article is
    called, and enough to look near.
    """

    def __init__(self, document: Document, heading: LexborNode | None = None) -> None:
        self._document = document
        self._heading = heading
        self._long: dict[int, bool] = {}
        self._teasers: dict[int, bool] = {}

    @cached_property
    def heading(self) -> LexborNode | None:
        """The element that shows the title."""
        return self._heading if self._heading is not None else _heading(self._document)

    @cached_property
    def lines_after(self) -> Iterable[Line]:
        """The lines behind the heading, up to the second long paragraph or another title."""
        return _Lasting(_up_to_text(self.heading) if self.heading is not None else ())

    @cached_property
    def lines_before(self) -> Iterable[Line]:
        """The lines in front of the heading in its part of the page, the nearest first."""
        return _Lasting(_lines(self.heading, backwards=True) if self.heading is not None else ())

    def nearest(self, nodes: Iterable[LexborNode]) -> list[LexborNode]:
        """Return such elements as may speak of the article, the nearest to the heading first.

        Near are those that share a small part of the page with it. Without a heading the only
        element is as near as can be.
        """
        own = [node for node in nodes if not self._is_elsewhere(node, _is_read)]
        own = [node for node in own if not self.is_of_another(node)]
        if self.heading is None:
            return own if len(own) == 1 else []
        near = [(self._distance(node), node) for node in own]
        near = [pair for pair in near if pair[0] < len(self._levels)]
        return [node for _, node in sorted(near, key=lambda pair: pair[0])]

    def in_margins(self, nodes: Iterable[LexborNode]) -> list[LexborNode]:
        """Return such elements as may speak of the article though they stand in what is named as a
        part of the page around it: between the heading and the text, or in the article's own
        footer. Themes put the date there, and beside the buttons for sharing."""
        return [
            node
            for node in nodes
            if (node.mem_id in self._beside or self._is_in_its_footer(node))
            and not self._is_elsewhere(node, _may_hold_line)
            and not self.is_of_another(node)
        ]

    @cached_property
    def _way(self) -> list[LexborNode]:
        """What stands between the heading and the second long piece of text, with that."""
        way: list[LexborNode] = []
        if self.heading is None:
            return way
        long = 0
        for node in _walk(self.heading, backwards=False, enters=_may_hold_line, most=_MOST_BESIDE):
            way.append(node)
            long += _is_long_piece(node)
            if long > 1:
                break
        return way

    @cached_property
    def _beside(self) -> frozenset[int]:
        """What stands between the heading and the second long piece of text. (In front of a heading
        menus and buttons hold the date of today.)"""
        return frozenset(node.mem_id for node in self._way)

    @cached_property
    def _around_text(self) -> frozenset[int]:
        """The parts of the page that hold the first long piece of text, up to the smallest one that
        holds the heading, too; none if only the whole page does."""
        text = next(filter(_is_long_piece, self._way), None)
        parts = [part.mem_id for part in _parts_around(text)] if text is not None else []
        own = next((number for number, part in enumerate(parts) if part in self._levels), -1)
        return frozenset(parts[: own + 1])

    def is_with_text(self, node: LexborNode) -> bool:
        """Whether an element stands where only the article is told of: in the ``<article>`` that
        holds the heading, between that and the text, or below the heading and directly in a part
        that holds the text. (A column beside the text is a part of its own.)"""
        parts = list(_parts_around(node))
        if any(part.tag == "article" and part.mem_id in self._levels for part in parts):
            return True
        if not self._around_text or self.is_above(node):
            return False
        before_text = takewhile(lambda one: not _is_long_piece(one), self._way)
        if any(one.mem_id == node.mem_id for one in before_text):
            return True
        holders = (part for part in parts[1:] if part.tag not in _INLINE and part.tag != "p")
        holder = next(holders, None)
        return holder is not None and holder.mem_id in self._around_text

    def _is_in_its_footer(self, node: LexborNode) -> bool:
        """Whether an element stands in a footer of the ``<article>`` that holds the heading."""
        footer = None
        for part in _parts_around(node):
            if part.tag == "article":
                return footer is not None and part.mem_id in self._levels
            if part.tag == "footer" or "footer" in names_of(part):
                footer = part
        return False

    def is_beside(self, node: LexborNode) -> bool:
        """Whether an element stands in the smallest part of the page that holds the heading and
        anything else."""
        return self.heading is not None and self._distance(node) <= self._alone

    @cached_property
    def _alone(self) -> int:
        """How many parts of the page hold the heading and nothing else; measured once, for those
        around them may be large."""
        if self.heading is None:
            return 0
        length = _length(self.heading)
        return sum(
            1 for _ in takewhile(lambda p: _length(p) == length, _parts_around(self.heading))
        )

    def is_above(self, node: LexborNode) -> bool:
        """Whether an element ends before the heading begins."""
        return self.heading is not None and _stands_before(node, self.heading)

    @cached_property
    def _menu(self) -> LexborNode | None:
        """The last menu in front of the heading."""
        if self.heading is None:
            return None
        lists = self._document.css(_LISTS)[:_MOST_LISTS]
        before = [part for part in lists if _stands_before(part, self.heading)]
        return next(filter(self._is_menu, before[: -_MOST_MENUS - 1 : -1]), None)

    def _is_menu(self, part: LexborNode) -> bool:
        """Whether an element is a menu of the site: many short links, and little else. Those that
        stand with the article are its tabs, tags or buttons, unless one leads to the start page."""
        if is_named_by(part, _NO_MENU):
            return False
        links = part.css("a[href]")
        lengths = sorted(length for a in links if (length := _length(a)))
        if len(lengths) < _OF_MENU or lengths[len(lengths) // 2] > _LONGEST_OF_MENU:
            return False
        if sum(lengths) * 2 <= _length(part) or not any(map(self._leads_on, links)):
            return False
        if any(map(self._leads_to_start, links)):
            return True
        return not any(holder.mem_id in self._around_text for holder in _parts_around(part))

    def _leads_on(self, link: LexborNode) -> bool:
        """Whether a link leads to another page, and not to a part of this one or to a script."""
        url = absolute(link.attributes.get("href") or "", self._document.base)
        return url is not None and url != self._document.url

    def _leads_to_start(self, link: LexborNode) -> bool:
        url = absolute(link.attributes.get("href") or "", self._document.base)
        is_start = url is not None and _is_start(url)
        return is_start or _HOME.fullmatch(_plain(link.text())) is not None

    def is_in_head(self, node: LexborNode) -> bool:
        """Whether an element stands in the head of the page, in front of a menu that the heading
        stands behind: nothing there is of one article."""
        return self._menu is not None and _stands_before(node, self._menu)

    def innermost(self, nodes: Iterable[LexborNode]) -> list[LexborNode]:
        """Return those of some elements that share the smallest part of the page with the
        heading."""
        distances = [(self._distance(node), node) for node in nodes]
        least = min((distance for distance, _ in distances), default=0)
        return [node for distance, node in distances if distance == least]

    def block_of(self, line: Line) -> LexborNode | None:
        """Return the smallest part of the page that says more than a line, if that is not long."""
        for part in _parts_around(line.node):
            if self._is_long(part):
                return None
            if _length(part) > len(line.text):
                return part
        return None

    def is_of_another(self, node: LexborNode) -> bool:
        """Whether an element stands in a teaser: beside a link that is another article's title."""
        for part in _parts_around(node):
            if part.mem_id in self._levels or self._is_long(part):
                return False
            if self._is_teaser(part):
                return True
        return False

    def _is_teaser(self, part: LexborNode) -> bool:
        """Whether an element holds a link that is another article's title; asked once of each, for
        many may stand in it."""
        if part.mem_id not in self._teasers:
            # Not "h2 a[href]": lexbor would go from each link of the page up to its root.
            headed = (a for heading in part.css(_HEADINGS) for a in heading.css("a[href]"))
            titles = [a for a in islice(headed, _MOST_HEADED) if _length(a) >= _SHORT_TITLE]
            titles += [a for a in part.css("a[href]") if _length(a) >= _TITLE]
            is_one = not all(self._leads_here(a) or _names_no_article(a) for a in titles)
            self._teasers[part.mem_id] = is_one
        return self._teasers[part.mem_id]

    def _is_elsewhere(self, node: LexborNode, may_hold: Callable[[LexborNode], bool]) -> bool:
        """Whether an element stands in a part of the page that is not the article's, as one that
        *may_hold* something of it is."""
        parent: LexborNode | None = node
        while parent is not None and parent.tag not in _WHOLE_PAGE | _WHOLE_ARTICLE:
            is_page = parent.tag == "form" and self._document.spans_page(parent)
            if not is_page and not may_hold(parent) and parent is not node:
                return True
            parent = parent.parent
        return False

    @cached_property
    def _levels(self) -> dict[int, int]:
        """The parts of the page that hold the heading, numbered from the inside."""
        parts = _parts_around(self.heading) if self.heading is not None else ()
        return {part.mem_id: level for level, part in enumerate(parts)}

    def _distance(self, node: LexborNode) -> int:
        levels = (self._levels.get(part.mem_id) for part in _parts_around(node))
        return next((level for level in levels if level is not None), len(self._levels))

    def _is_long(self, part: LexborNode) -> bool:
        """Whether an element says more than a teaser; asked once of each, for it may be large."""
        if part.mem_id not in self._long:
            text = part.text()[:_MOST_RAW]
            self._long[part.mem_id] = len(text) > _LONGEST_TEASER < len(" ".join(text.split()))
        return self._long[part.mem_id]

    def _leads_here(self, link: LexborNode) -> bool:
        href = link.attributes.get("href") or ""
        return absolute(href, self._document.base) == self._document.url


class _Lasting(Iterable[Line]):
    """The lines of a part of the page, for whoever asks and however often: read once, and no
    farther than somebody asks.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._coming = iter(lines)
        self._read: list[Line] = []

    def __iter__(self) -> Iterator[Line]:
        for number in count():
            if number == len(self._read):
                line = next(self._coming, None)
                if line is None:
                    return
                self._read.append(line)
            yield self._read[number]


_LISTS, _MOST_LISTS, _MOST_MENUS = "nav, ul", 200, 40
"""What may be a menu, and how many of them, and of those in front of a heading, are looked at."""
_OF_MENU, _LONGEST_OF_MENU = 4, 30
"""Links of which a list is a menu, and characters that each may have: no title, but a section."""


_NO_MENU = re.compile(r"crumb|breadcum|path|duong-?dan|shar|social", re.IGNORECASE)
"""Names of links in a row that stand around one article."""
_HOME = re.compile(r"trang (?:chủ|nhất)|home")
"""What a link to the start page says, wherever that is."""


def _stands_before(node: LexborNode, other: LexborNode) -> bool:
    """Whether an element ends before another one begins."""
    ours, theirs = list(_parts_around(node))[::-1], list(_parts_around(other))[::-1]
    for one, two in zip(ours, theirs, strict=False):
        if one.mem_id != two.mem_id:
            beside = islice(nodes_before(two), _MOST_BESIDE)
            return any(part.mem_id == one.mem_id for part in beside)
    return False


def _is_long_piece(node: LexborNode) -> bool:
    return node.tag == "-text" and len(node.text_content or "") > _LONG


def _names_no_article(link: LexborNode) -> bool:
    """Whether a link says that it leads to who wrote the article, or to what it is filed under:
    names of offices and of categories are as long as titles."""
    return bool(_RELATIONS & {*(link.attributes.get("rel") or "").lower().split()})


_RELATIONS = frozenset(["author", "category", "tag"])


def _length(node: LexborNode) -> int:
    return len(" ".join(node.text().split()))


def name_of(node: LexborNode) -> str:
    """Return an element's tag and first class, as a selector."""
    classes = (node.attributes.get("class") or "").split()
    return f"{node.tag}.{classes[0]}" if classes else str(node.tag)


def names_of(node: LexborNode) -> str:
    """Return an element's classes and id."""
    return f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"


def is_named_by(node: LexborNode, pattern: re.Pattern[str]) -> bool:
    """Whether a pattern finds a name of an element, or of what holds it directly."""
    holders = [holder for holder in (node, node.parent) if holder is not None]
    return any(pattern.search(names_of(holder)) for holder in holders)


def is_named_elsewhere(node: LexborNode) -> bool:
    """Whether an element is named as a part of the page that is not the article's."""
    return _are_of_elsewhere(names_of(node))


@remembered  # the same few names on each page of a site
def _are_of_elsewhere(names: str) -> bool:
    return _ELSEWHERE.search(names) is not None


@remembered
def _are_about_others(names: str) -> bool:
    return _ABOUT_OTHERS.search(names) is not None


def _heading(document: Document) -> LexborNode | None:
    """Return the heading that is most like the page's own title, or its only ``<h1>``."""
    tree = document.tree
    titles = [document.meta("og:title") or ""]
    if (node := tree.css_first("head title")) is not None:
        titles.append(node.text())
    titles = [title for raw in titles for title in _parts(_plain(raw))]
    first = [node for node in tree.css("h1")[:_MOST] if not _names_the_site(node, document)]
    best, most = (first[0], 0.4) if len(first) == 1 else (None, 0.4)
    for heading in [*first, *tree.css("h2, h3, h4, [itemprop=headline]")[:_MOST]]:
        text = _plain(heading.text())
        worth = max((_alike(text, title) for title in titles), default=0)
        if heading.tag == "h1":
            worth += 0.1
        if worth > most and not _names_the_site(heading, document):
            best, most = heading, worth
    return best


_MOST = 60


_SEPARATOR = re.compile(r"\s+[|–—»«·:-]\s+")
_SHORTEST = 10


def _parts(title: str) -> list[str]:
    """Return a title, and what may be the article's own part of it."""
    parts = _SEPARATOR.split(title)
    return [title, *(part for part in parts if len(part) >= _SHORTEST)] if title else []


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _alike(text: str, title: str) -> float:
    """Return which part of the longer one the shorter one is, if it stands in it; 0 to 1."""
    if not text or (text not in title and title not in text):
        return 0
    return min(len(text), len(title)) / max(len(text), len(title))


def _names_the_site(heading: LexborNode, document: Document) -> bool:
    """Whether a heading leads to the start page, as a site's name does."""
    parent = heading.parent
    link = parent if parent is not None and parent.tag == "a" else heading.css_first("a[href]")
    href = (link.attributes.get("href") or "") if link is not None else ""
    url = absolute(href, document.url) if href else None
    return url is not None and _is_start(url)


def _is_start(url: str) -> bool:
    return urlsplit(url).path == "/" and not urlsplit(url).query


def _up_to_text(heading: LexborNode) -> Iterator[Line]:
    """Yield the lines behind a heading, up to the second long paragraph or another title."""
    long = 0
    for line in _lines(heading, backwards=False):
        yield line
        long += len(line.text) > _LONG
        if long > 1 or (line.node.tag == "a" and len(line.text) >= _TITLE):
            return


def _lines(start: LexborNode, *, backwards: bool) -> Iterator[Line]:
    """Join the texts between the elements that break lines."""
    texts: list[LexborNode] = []
    most = _FARTHEST_BEFORE if backwards else _FARTHEST
    for node in _walk(start, backwards=backwards, enters=_is_read, most=most):
        if node.tag == "-text":
            texts.append(node)
        elif texts and node.tag not in _INLINE:
            yield from _joined(texts[::-1] if backwards else texts)
            texts = []
    yield from _joined(texts[::-1] if backwards else texts)


def _joined(texts: list[LexborNode]) -> Iterator[Line]:
    text = " ".join(" ".join(node.text_content or "" for node in texts).split())
    holder = next((node.parent for node in texts if (node.text_content or "").strip()), None)
    if text and holder is not None:
        yield Line(text, holder)


def _walk(
    start: LexborNode, *, backwards: bool, enters: Callable[[LexborNode], bool], most: int
) -> Iterator[LexborNode]:
    """Yield at *most* so many nodes behind *start* in the order of the page, or in front of it, the
    nearest first, with those in each that it *enters*; and an element that holds them when it is
    left."""
    ends = _WHOLE_PAGE | _WHOLE_ARTICLE
    node, inside, level = start, False, 0
    for _ in range(most):
        child = (node.last_child if backwards else node.first_child) if inside else None
        beside = node.prev if backwards else node.next
        if child is not None:
            node, level = child, level - (node.tag not in _OF_TABLES)
        elif beside is not None:
            node = beside
        else:
            holder = node.parent
            level += holder is not None and holder.tag not in _OF_TABLES
            if holder is None or holder.tag in ends or (backwards and level > _MOST_LEVELS):
                return
            node, inside = holder, False
            yield node
            continue
        inside = enters(node) and not hides(node.attributes)
        yield node


_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def is_unseen(node: LexborNode) -> bool:
    """Whether an element is not shown, as it or one around it says."""
    return any(hides(part.attributes) for part in _parts_around(node))


def hides(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element's attributes say that it is not shown."""
    style = attributes.get("style")
    return "hidden" in attributes or bool(style and _UNSEEN.search(style))


def _is_read(node: LexborNode) -> bool:
    """Whether an element is one whose words may be of the article at hand."""
    if node.tag in _UNREAD or node.first_child is None:
        return False
    if node.tag == "aside" and not _OF_ARTICLE.search(names_of(node)):
        return False
    return not is_named_elsewhere(node)


def _may_hold_line(node: LexborNode) -> bool:
    """Whether an element may hold a line about the article, beside other things."""
    if node.tag in _UNREAD - _MARGINS or node.first_child is None:
        return False
    return not _are_about_others(names_of(node))


def _parts_around(node: LexborNode) -> Iterator[LexborNode]:
    """Yield an element and those that hold it, up to the whole page."""
    part: LexborNode | None = node
    while part is not None and part.tag not in _WHOLE_PAGE:
        yield part
        part = part.parent
