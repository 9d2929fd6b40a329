"""A parsed page, as the page readers see it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.readers.page.evidence import Read
from crawler.readers.page.structured import Structured
from crawler.text.addresses import absolute


class Document:
    """A page and its address.

    Selectors are tried in order and the first that matches anything wins; what is returned says
    which one that was. *page* is its text, or that text in UTF-8.
    """

    def __init__(
        self, page: str | bytes, url: str, at: datetime | None = None, *, is_start: bool = False
    ) -> None:
        self.url = url
        self.is_start = is_start
        """Whether it is known to be the start page, whatever its address."""
        self.at = at
        """When the page was received, which "2 giờ trước" counts from."""
        self.tree = LexborHTMLParser(page)
        self._holders: dict[str, Sequence[LexborHTMLParser | LexborNode]] = {}
        self._wide: dict[int, bool] = {}
        self.base = self._base()
        """What the addresses of links are relative to."""

    @cached_property
    def _source(self) -> bytes:
        """The page in small letters, for what is told from its letters alone."""
        return self.tree.raw_html.lower()

    def _base(self) -> str:
        node = self.tree.css_first("base[href]")
        href = (node.attributes.get("href") or "") if node else ""
        return absolute(href, self.url) or self.url

    def css(self, selector: str) -> list[LexborNode]:
        """Return all elements that a selector matches."""
        if not (possible := self._possible(selector)):
            return []
        places = self._places(possible)
        if len(places) == 1:
            return places[0].css(possible)
        nodes = (node for place in places for node in place.css(possible))
        return list({node.mem_id: node for node in nodes}.values())  # a place may lie in another

    def css_first(self, selector: str) -> LexborNode | None:
        """Return the first element that a selector matches."""
        if not (possible := self._possible(selector)):
            return None
        found = (place.css_first(possible) for place in self._places(possible))
        return next((node for node in found if node is not None), None)

    def _places(self, selector: str) -> Sequence[LexborHTMLParser | LexborNode]:
        """Return, in order, what holds all that a selector may match: the page, or a few elements.

        Of ".a .b a" lexbor would follow every link of the page up to the root.
        """
        if (outermost := _outermost(selector)) is None:
            return (self.tree,)
        if (places := self._holders.get(outermost)) is None:
            places = self.tree.css(outermost)
            places = places if len(places) <= _MOST_PLACES else (self.tree,)
            self._holders[outermost] = places
        return places

    def drop(self, nodes: Iterable[LexborNode]) -> None:
        """Take elements out of the page."""
        self._holders.clear()
        for node in nodes:
            node.decompose()

    def _possible(self, selector: str) -> str:
        """Return what of a selector may match, by the classes that it asks for; "" if nothing.

        Families know many themes, of which a page shows one: a look at every element for each
        selector took longer than all else.
        """
        choices, there = _choices(selector), self._classes
        possible = [choice for choice, classes in choices if classes <= there]
        return selector if len(possible) == len(choices) else ", ".join(possible)

    def css_in(self, element: LexborNode, selector: str) -> list[LexborNode]:
        """Return the elements in one, itself among them, that a selector matches."""
        possible = self._possible(selector)
        return element.css(possible) if possible else []

    @cached_property
    def _classes(self) -> frozenset[str]:
        """The classes of the page and maybe more, in lower case, as pages without a doctype may
        write them.

        They are looked for in its source, which takes half the time of a look at all elements.
        """
        values = set(_CLASS_VALUE.findall(self._source))
        named = b" ".join(values)
        if b"&" in named or any(len(value) == _LONGEST_BARE for value in values):
            names = (node.attrs.get("class") or "" for node in self.tree.css("[class]"))
            return frozenset(" ".join(names).lower().split())
        return frozenset(named.translate(_QUOTES).decode(errors="replace").split())

    def has_class_like(self, *parts: str) -> bool:
        """Whether a class of the page may hold one of some words, which are in lower case."""
        return any(part in name for name in self._classes for part in parts)

    def has(self, selector: str) -> bool:
        """Whether anything matches."""
        return self.css_first(selector) is not None

    def find(self, *selectors: str) -> Read[LexborNode] | None:
        """Return the first element that a selector matches."""
        return next(self._matches(selectors), None)

    def find_all(self, *selectors: str) -> Read[list[LexborNode]] | None:
        """Return all elements that the first selector with a match matches."""
        found = (Read(nodes, selector) for selector in selectors if (nodes := self.css(selector)))
        return next(found, None)

    def text(self, *selectors: str) -> Read[str] | None:
        """Return the text of the first element that has any, white space folded."""
        found = (Read(text_of(node.value), node.by) for node in self._matches(selectors))
        return next((text for text in found if text.value), None)

    def texts(self, *selectors: str) -> Read[tuple[str, ...]] | None:
        """Return the texts of all elements that the first matching selector matches, each once."""
        if (nodes := self.find_all(*selectors)) is None:
            return None
        texts = dict.fromkeys(text for text in map(text_of, nodes.value) if text)
        return Read(tuple(texts), nodes.by) if texts else None

    def address(self, *selectors: str) -> Read[str] | None:
        """Return the absolute address of the first link found that leads to some page."""
        for node in self._matches(selectors):
            href = (node.value.attributes.get("href") or "").strip()
            url = None if href.startswith("#") or not href else absolute(href, self.base)
            if url:
                return Read(url, node.by)
        return None

    def addresses(self, *selectors: str) -> Read[tuple[str, ...]] | None:
        """Return the absolute addresses of all links found, each once, but not the page's own."""
        if (nodes := self.find_all(*selectors)) is None:
            return None
        hrefs = (node.attributes.get("href") for node in nodes.value)
        urls = dict.fromkeys(url for href in hrefs if href and (url := absolute(href, self.base)))
        urls.pop(self.url, None)
        return Read(tuple(urls), nodes.by)

    @cached_property
    def structured(self) -> Structured:
        """What the page tells programs of its article."""
        return Structured(self.tree, self.url)

    def meta(self, name: str) -> str | None:
        """Return the content of a ``<meta>`` by name or property."""
        return next(iter(self.structured.meta.get(name.lower(), ())), None)

    def json_ld(self, name: str) -> str | None:
        """Return a property of the article that the page describes in JSON-LD, if it is text."""
        return self.structured.json_ld(name)

    def spans_page(self, form: LexborNode) -> bool:
        """Whether a form holds most of the page, as ASP.NET puts one around all that it shows."""
        if form.mem_id not in self._wide:
            body = self.tree.body
            whole = len(body.text()) if body is not None else 0
            self._wide[form.mem_id] = 2 * len(form.text()) > whole
        return self._wide[form.mem_id]

    @cached_property
    def pictures(self) -> tuple[str, ...]:
        """The pictures that the page tells programs show what it is about, absolute."""
        named = [url for name in _PICTURES for url in self.structured.meta.get(name, ())]
        found = (absolute(url, self.base) for url in named[:_MOST_PICTURES])
        return tuple(dict.fromkeys(url for url in found if url))

    @cached_property
    def feeds(self) -> tuple[str, ...]:
        """The letters of the names that the page gives its feeds."""
        nodes = self.tree.css(_FEEDS)[:_MOST_PLACES]
        return tuple(
            letters_of((node.attributes.get("title") or "")[:_LONGEST_LINE]) for node in nodes
        )

    @property
    def language(self) -> Read[str] | None:
        """The language that the page declares for itself, such as "vi" or "vi-VN"."""
        root = self.tree.css_first(_DECLARED)
        lang = (root.attributes.get("lang") or "").strip() if root else ""
        return Read(lang, _DECLARED) if lang else None

    @property
    def canonical_url(self) -> Read[str] | None:
        """What the page calls its own address."""
        return self.address('link[rel="canonical"]')

    @property
    def body_classes(self) -> frozenset[str]:
        """The classes of ``<body>``, in which WordPress says what a page is."""
        body = self.tree.body
        return frozenset((body.attributes.get("class") or "").split()) if body else frozenset()

    @property
    def is_start_page(self) -> bool:
        """Whether it is a host's start page: by its address, or because the host leads there."""
        parts = urlsplit(self.url)
        return self.is_start or (parts.path == "/" and not parts.query)

    def _matches(self, selectors: tuple[str, ...]) -> Iterator[Read[LexborNode]]:
        for selector in selectors:
            if (node := self.css_first(selector)) is not None:
                yield Read(node, selector)


_DECLARED = "html[lang]"
_FEEDS = 'link[rel="alternate"][type="application/rss+xml"][title]'
_PICTURES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image")
_MOST_PICTURES = 50
_CLASS = re.compile(r"\.([\w-]+)")
_LONGEST_BARE = 99
_CLASS_VALUE = re.compile(rb"class\s*=\s*(?=(\"[^\"]*\"|'[^']*'|[^\s>]{0,%d}))" % _LONGEST_BARE)
"""What may be the value of a class, whatever it stands in: nothing that is found is passed over."""
_QUOTES = bytes.maketrans(b"\"'", b"  ")


@lru_cache(maxsize=1024)
def _choices(selector: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the choices of a selector, each with the classes without which it cannot match."""
    choices, outside, depth = [""], [""], 0
    for letter in selector:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            choices.append("")
            outside.append("")
            continue
        choices[-1] += letter
        outside[-1] += "" if depth else letter  # what stands in brackets only narrows it down
    needed = (frozenset(_CLASS.findall(part.lower())) for part in outside)
    return tuple(zip(map(str.strip, choices), needed, strict=True))


_MOST_PLACES = 10
"""More may lie in each other, so that the same would be looked through again and again."""
_WITHIN = re.compile(r"([\w-]*(?:\.[\w-]+)+|:is\([^()]*\))[ >][^,+~]*")


@lru_cache(maxsize=1024)
def _outermost(selector: str) -> str | None:
    """Return ".a" of ".a .b > c": what a match lies in, where that is told by a class, or by one of
    several, as in ":is(.a, #b) .c".
    """
    within = _WITHIN.fullmatch(selector)
    return within[1] if within else None


_SPACE = re.compile(r"[ \t\n\r\f]+")


def text_of(node: LexborNode) -> str:
    """Return what an element says, white space folded as a browser does."""
    return _SPACE.sub(" ", node.text()).strip(" ")


_LONGEST_LINE = 4096


def line_of(node: LexborNode) -> str:
    """Return what an element says, as `text_of`, or "" if that is too long for a line."""
    text = node.text()
    return "" if len(text) > _LONGEST_LINE else _SPACE.sub(" ", text).strip(" ")


def nodes_before(node: LexborNode) -> Iterator[LexborNode]:
    """Yield what stands in front of a node in the same element, the nearest first."""
    while (before := node.prev) is not None:
        yield (node := before)


def nodes_after(node: LexborNode) -> Iterator[LexborNode]:
    """Yield what stands behind a node in the same element, the nearest first."""
    while (after := node.next) is not None:
        yield (node := after)


def letters_of(text: str) -> str:
    """Return the letters and digits of a text, in small ones: what is compared of two texts."""
    return "".join(filter(str.isalnum, text.casefold()))


def plain_text(html: str) -> str:
    """Return what a piece of HTML says."""
    body = LexborHTMLParser(html).body
    return text_of(body) if body else ""
