"""A page as learning sees it: its elements, its pieces of text and its links, in their order."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from crawler.profiles.words import letters
from crawler.readers.page.document import Document
from crawler.readers.page.files import is_file
from crawler.text.addresses import absolute, on_same_host, urlkey

_UNREAD = frozenset(
    ["script", "style", "noscript", "template", "svg", "head", "select", "option", "textarea",
     "iframe", "object", "button"]
)  # fmt: skip
_MOST_NODES = 20_000
_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class Element:
    """An element of a page."""

    node: LexborNode
    tag: str
    parent: int
    classes: tuple[str, ...]
    id: str
    link: int
    """The link that it lies in or is, as a number in `View.links`; -1 for none."""
    start: int
    """Its pieces of text are those from here…"""
    end: int = 0
    """…to before here."""
    last: int = 0
    """The number of the last element in it."""
    nth: int = 1
    """Which of its kind it is among its siblings."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text node."""

    text: str
    element: int
    link: int


@dataclass(slots=True)
class Link:
    """A link that leads to some page or file."""

    element: int
    url: str
    key: str
    words: str = ""
    is_file: bool = False


@dataclass
class View:
    """One of the pages that are learnt from."""

    document: Document
    key: str
    elements: list[Element] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pictures: list[tuple[int, str]] = field(default_factory=list)
    """Elements that are pictures, and their addresses."""
    numbers: dict[int, int] = field(default_factory=dict)
    """The number of an element by its ``mem_id``."""
    _found: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the page."""
        return self.document.url

    @cached_property
    def lengths(self) -> list[int]:
        """How many characters stand before each piece, and in all."""
        sums = [0]
        for piece in self.pieces:
            sums.append(sums[-1] + len(piece.text))
        return sums

    def size(self, number: int) -> int:
        """Return how many characters an element says."""
        element = self.elements[number]
        return self.lengths[element.end] - self.lengths[element.start]

    def text(self, number: int) -> str:
        """Return what an element says."""
        element = self.elements[number]
        return " ".join(p.text for p in self.pieces[element.start : element.end])

    def matches(self, selector: str) -> tuple[int, ...]:
        """Return the numbers of the elements that a selector finds."""
        found = self._found.get(selector)
        if found is None:
            nodes = self.document.css(selector)
            numbers = (self.numbers.get(node.mem_id, -1) for node in nodes)
            found = self._found[selector] = tuple(n for n in numbers if n >= 0)
        return found

    def first(self, selector: str) -> int:
        """Return the number of the first element with a text that a selector finds; -1 for none."""
        return next((n for n in self.matches(selector)[:3] if self.size(n)), -1)

    def holds(self, outer: int, inner: int) -> bool:
        """Whether an element lies in another, or is it."""
        return outer <= inner <= self.elements[outer].last

    def links_in(self, number: int) -> list[Link]:
        """Return the links of an element."""
        first, last = number, self.elements[number].last
        at = bisect_left(self.links, first, key=lambda link: link.element)
        found = []
        while at < len(self.links) and self.links[at].element <= last:
            found.append(self.links[at])
            at += 1
        return found

    def around(self, number: int) -> list[int]:
        """Return an element and those around it, the innermost first, without ``<body>``."""
        found = []
        while number > 0:
            found.append(number)
            number = self.elements[number].parent
        return found

    def called(self, number: int, most: int = 4) -> object:
        """Return how an element and those around it are called, *most* of them in all: what the
        links of one list have in common, and the lines of one place on all pages."""
        around = self.around(number)[:most]
        return tuple((self.elements[n].tag, self.elements[n].classes[:1]) for n in around)


def view(document: Document) -> View:
    """Return a page as learning sees it."""
    seen = View(document, urlkey(document.url))
    if document.tree.body is not None:
        _gather(seen, document.tree.body)
    strays = not on_same_host(document.base, document.url)
    for link in seen.links:
        link.words = seen.text(link.element)
        if strays and on_same_host(link.url, document.base):
            # a copy of pages that still name another host as their base: its pages are meant
            here = urlsplit(document.url)
            link.key = urlkey(urlunsplit((here.scheme, here.netloc, *urlsplit(link.url)[2:])))
    return seen


def _gather(seen: View, body: LexborNode) -> None:
    elements, above = seen.elements, list[int]()
    counts: list[dict[str, int]] = []
    node = body
    while True:  # no recursion: pages may be nested without end
        tag = node.tag
        if tag == "-text":
            text = _SPACE.sub(" ", node.text_content or "").strip() if above else ""
            if text:
                seen.pieces.append(Piece(text, above[-1], elements[above[-1]].link))
        elif tag and tag not in _UNREAD and tag[0] not in "-!" and len(elements) < _MOST_NODES:
            number = _add(seen, node, tag, above, counts)
            if (child := node.first_child) is not None:
                above.append(number)
                counts.append({})
                node = child
                continue
            elements[number].end, elements[number].last = len(seen.pieces), number
        elif counts and tag and tag[0] not in "-!":
            counts[-1][tag] = counts[-1].get(tag, 0) + 1
        while above and node.next is None and node.parent is not None:
            node = node.parent
            counts.pop()
            closed = elements[above.pop()]
            closed.end, closed.last = len(seen.pieces), len(elements) - 1
        beside = node.next if above else None
        if beside is None:
            return
        node = beside


def _add(
    seen: View, node: LexborNode, tag: str, above: list[int], counts: list[dict[str, int]]
) -> int:
    number, parent = len(seen.elements), above[-1] if above else -1
    attributes = node.attributes
    link = seen.elements[parent].link if parent >= 0 else -1
    if tag == "a" and link < 0 and (href := (attributes.get("href") or "").strip()):
        url = None if href.startswith("#") else absolute(href, seen.document.base)
        if url:
            link = len(seen.links)
            seen.links.append(Link(number, url, urlkey(url), is_file=is_file(url)))
    elif tag == "img" and (src := absolute(attributes.get("src") or "", seen.document.base)):
        seen.pictures.append((number, src))
    nth = 1
    if counts:
        nth = counts[-1][tag] = counts[-1].get(tag, 0) + 1
    classes = tuple((attributes.get("class") or "").split()) if attributes else ()
    name = (attributes.get("id") or "") if attributes else ""
    element = Element(node, tag, parent, classes, name, link, len(seen.pieces), nth=nth)
    seen.elements.append(element)
    seen.numbers[node.mem_id] = number
    return number


def shows(seen: View, number: int) -> str:
    """Return the letters that an element says."""
    return letters(seen.text(number))
