"""The links of a page that may lead to a neighbour of its article, and what is said of them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from selectolax.lexbor import LexborNode

from crawler.readers.page.document import Document, nodes_after, nodes_before, text_of
from crawler.text.addresses import absolute, on_same_host, urlkey
from crawler.text.classnames import DIRECTIONS, Place, place
from crawler.text.labels import Label, Side, arrow, heading, label, names_other_things
from crawler.text.paging import is_same_article, leads_elsewhere, may_be_its_page

_HIGHEST = 5
"""How many elements, itself and those around it, may tell what a link is."""
_MOST_TARGETS = 4
"""Pages that a cell, or a row of cells, for two neighbours may link to."""
_LONGEST_LABEL = 60
_LONGEST_BESIDE = 40
"""Letters right beside a label; more are a text that it is a part of."""
_LONGEST_NAME = 2000
"""Letters of an address, or of the classes and the id of an element."""
_FARTHEST = 10
"""How many nodes before and after a link are looked at."""
_LONGEST_LIST = 50
_MOST_NODES = 1000
"""How far into an element its links are looked for."""
_MOST_OF_A_TARGET = 20
"""How many links to each of its targets a part of a page has at most: one of a story has three."""
_MOST_LINKS = (4000, 1000)
"""How many links of a page are looked at: the first, the last."""


@dataclass(slots=True, kw_only=True)
class Link:
    """A link, and what is said of where it leads."""

    node: LexborNode
    url: str
    rel: Side | None = None
    in_head: bool = False
    label: Label | None = None
    """What its words, the words before it, or its tooltip say."""
    arrow: Side | None = None
    cell: Side | None = None
    """The direction that a class or id says, its own or one around it."""
    cell_class: str = ""
    in_post_navigation: bool = False
    """Whether classes or ids speak of posts or articles, not only of back and on."""
    in_list: Side | None = None
    """The direction of a list of older or newer articles in which it is the nearest."""
    paired: bool = False
    """Whether one that leads the other way stands beside it."""
    may_be_its_page: bool = False
    """Whether its address might be that of another page of the same article."""

    @property
    def hint(self) -> Side | None:
        """The direction that label, class and arrow suggest, where they agree."""
        said = {self.label.side if self.label else None, self.cell, self.arrow} - {None}
        return said.pop() if len(said) == 1 else None

    def denies(self, side: Side | None) -> bool:
        """Whether its label says another direction."""
        return self.label is not None and self.label.side != side


class Links:
    """The links of a page. *parts* are the addresses of the article's own further pages."""

    def __init__(self, document: Document, parts: Collection[str] = ()) -> None:
        self.document = document
        self.tree = document.tree
        self.base = document.base
        self.directed: frozenset[int] = frozenset()
        """The elements, by ``mem_id``, whose classes or ids may name a direction."""
        self.parts = frozenset(map(urlkey, parts))
        self.own = {document.url}
        canonical = self.tree.css_first('link[rel="canonical"][href]')
        named = absolute(canonical.attributes["href"] or "", self.base) if canonical else None
        if named and on_same_host(named, document.url):
            self.own.add(named)

    def selected(self, selector: str) -> list[Link]:
        """Return the links that a selector finds."""
        links = []
        for node in self.document.css(selector)[:_LONGEST_LIST]:
            around = _around(node)
            url = None if _is_among_other_things(around) else self._leads_on(node)
            if url:
                said = _label(node, _words(node)) or self._introduced(around)[0]
                links.append(Link(node=node, url=url, label=said))
        return links

    def of_rel(self) -> list[Link]:
        """Return the links that a ``rel`` says to lead back or on, those of the head last."""
        seen = [self._in_body(node) for node in self.tree.css(_OF_REL)[: sum(_MOST_LINKS)]]
        return [link for link in seen if link] + self._in_heads()

    def all(self) -> list[Link]:
        """Return all links of which anything is said, those of the head last."""
        self.directed = frozenset(element.mem_id for element in self.tree.css(_DIRECTED))
        nodes, (first, last) = self.tree.css("a[href]"), _MOST_LINKS
        nodes = nodes[:first] + nodes[first:][-last:]
        links = [link for node in nodes if (link := self._in_body(node))]
        self._pair(links)
        return links + self._in_heads()

    def _leads_on(self, node: LexborNode) -> str | None:
        """Return the address of a link, if it may be that of another article."""
        href = _href(node)
        if not href or href.startswith("#") or len(href) > _LONGEST_NAME:
            return None
        url = absolute(href, self.base)
        if url is None or urlkey(url) in self.parts:
            return None
        if any(is_same_article(url, own) or leads_elsewhere(url, own) for own in self.own):
            return None
        return url

    def _may_be_its_page(self, url: str) -> bool:
        return any(may_be_its_page(url, own) for own in self.own)

    def _in_heads(self) -> list[Link]:
        nodes = self.tree.css("link[rel]")[: sum(_MOST_LINKS)]
        return [link for node in nodes if (link := self._in_head(node))]

    def _in_head(self, node: LexborNode) -> Link | None:
        rel = _rel(node)
        url = self._leads_on(node) if rel else None
        if url is None:
            return None
        doubtful = self._may_be_its_page(url)
        return Link(node=node, url=url, rel=rel, in_head=True, may_be_its_page=doubtful)

    def _in_body(self, node: LexborNode) -> Link | None:
        if (node.attributes["href"] or "#").startswith("#"):
            return None
        words, around = _words(node), _around(node)
        said, rel, pointed = _label(node, words), _rel(node), arrow(words) or _icon(node, words)
        before, items = (None, None) if said else self._introduced(around)
        is_directed = any(element.mem_id in self.directed for element in around)
        cell = self._cell(around) if is_directed else Place()
        if not (said or rel or pointed or before or items or cell.side):
            return None
        if names_other_things(words) or _is_among_other_things(around):
            return None
        if items:
            node = self._nearest(items) or node
        url = self._leads_on(node)
        if url is None:
            return None
        return Link(
            node=node,
            url=url,
            rel=rel,
            label=said or before,
            arrow=pointed,
            cell=cell.side,
            cell_class=cell.name,
            in_post_navigation=cell.names_article,
            in_list=items.side if items else None,
            may_be_its_page=self._may_be_its_page(url),
        )

    def _nearest(self, items: "Items") -> LexborNode | None:
        """Return the link of a list that is the nearest to the article.

        That is the newest of the older ones, the oldest of the newer ones: by their dates, else
        by the numbers in their addresses; the first where neither tells.
        """
        older = items.side == "prev"
        nodes = [node for node in items.nodes if self._leads_on(node)]
        if not nodes:
            return None
        keys = [_date_beside(node) for node in nodes]
        if "" in keys:
            numbers = [_number(_href(node)) for node in nodes]
            own = max(map(_number, self.own))
            if not all(0 < n < own if older else 0 < own < n for n in numbers):
                return nodes[0]
            keys = [f"{n:020}" for n in numbers]
        nearest = max(keys) if older else min(keys)
        same = [node for node, key in zip(nodes, keys, strict=True) if key == nearest]
        nearest_is_last = keys[0] < keys[-1] if older else keys[0] > keys[-1]
        return same[-1] if nearest_is_last else same[0]

    def _introduced(self, around: list[LexborNode]) -> "tuple[Label | None, Items | None]":
        """Return what a label before a link says; or the list that the link begins, under a
        heading."""
        cell, text = _text_before(around)
        said, direction = (label(text), heading(text)) if text else (None, None)
        if direction and len(nodes := _items(cell)) > 1:
            return None, Items(direction, nodes)
        if direction and not said:
            said = Label(direction, names_article=True, text=text)
        return (said if said and self._is_small(cell) else None), None

    def _cell(self, around: list[LexborNode]) -> Place:
        """Return the direction that the nearest element around a link names, if it is about that
        one link; and whether any element speaks of neighbouring articles."""
        places = [(element, place(_names(element))) for element in around]
        names_article = any(said.names_article for _, said in places)
        for element, said in places:
            if said.side and (element is around[0] or self._is_small(element)):
                return replace(said, names_article=names_article)
            if said.side or said.both_sides:
                break
        return Place(names_article=names_article)

    def _pair(self, links: list[Link]) -> None:
        """Mark the links that stand with one that leads the other way in a small element."""
        rows: defaultdict[int, list[Link]] = defaultdict(list)
        for link in filter(lambda link: link.hint, links):
            for element in _around(link.node)[1:]:
                if self._is_small(element):
                    rows[element.mem_id].append(link)
        for row in rows.values():
            sides = {link.hint: link.url for link in row}
            if len(set(sides.values())) == 2:
                for link in row:
                    link.paired = True

    def _is_small(self, element: LexborNode) -> bool:
        """Whether an element holds links to no more pages than a cell, or a row of cells, does."""
        return element.mem_id not in self._large

    @cached_property
    def _large(self) -> frozenset[int]:
        """The elements, by ``mem_id``, that hold links to more pages than `_MOST_TARGETS`."""
        return holding_more(self.tree.css("a[href]"), _MOST_TARGETS)


# What one link, and the elements around it, say. ------------------------------------------------

_TOPS = frozenset(["article", "main", "body", "html"])
_SEPARATORS = " \t\r\n|/-–—•·\xa0"
_DIRECTED = ", ".join(
    f'[{attribute}*="{word}" i]' for attribute in ("class", "id") for word in DIRECTIONS
)
_REL: dict[str, Side] = {"prev": "prev", "previous": "prev", "next": "next"}
_OF_REL = ", ".join(f'a[rel~="{rel}" i][href]' for rel in _REL)


def _rel(node: LexborNode) -> Side | None:
    rel = node.attributes.get("rel")
    return next((_REL[word] for word in rel.lower().split() if word in _REL), None) if rel else None


def _href(node: LexborNode) -> str:
    return (node.attributes.get("href") or "").strip()


def _folded(text: str) -> str:
    return " ".join(text.split())


def _words(node: LexborNode) -> str:
    """Return what a link shows: text, or the description of its picture."""
    if words := _folded(node.text()):
        return words
    picture = node.css_first("img[alt]")
    return (picture.attributes.get("alt") or "").strip() if picture else ""


def _label(node: LexborNode, words: str) -> Label | None:
    """Return what a link says of its direction, unless it is one in a running text."""
    attributes = node.attributes
    for told in (words, attributes.get("aria-label"), attributes.get("title")):
        if told and (said := label(told)):
            return None if _is_in_running_text(node) else said
    return None


def _is_in_running_text(node: LexborNode) -> bool:
    """Whether text goes on into a link or out of it, or a longer one stands beside it."""
    before = [other.text() for other in islice(nodes_before(node), _FARTHEST) if other.is_text_node]
    after = [other.text() for other in islice(nodes_after(node), _FARTHEST) if other.is_text_node]
    beside = sum(len(text.strip()) for text in (*before, *after))
    into = before[0].rstrip()[-1:].isalpha() if before else False
    out_of = after[0].lstrip()[:1] if after else ""
    return beside > _LONGEST_BESIDE or into or out_of.islower() or out_of in (",", ".")


def _icon(node: LexborNode, words: str) -> Side | None:
    """Return the direction of the icon that a link without words consists of."""
    icon = None if words else node.css_first("i[class], span[class], em[class], svg[class]")
    classes = (icon.attributes.get("class") or "").lower() if icon else ""
    left, right = "left" in classes, "right" in classes
    return None if left == right else "prev" if left else "next"


@dataclass(frozen=True, slots=True)
class Items:
    """The links of a list under a heading that says in which direction it goes."""

    side: Side
    nodes: list[LexborNode]


def _text_before(around: list[LexborNode]) -> tuple[LexborNode, str]:
    """Return the short text that stands right before a link, and what begins after it: the link,
    or the largest element that begins with it; "" if there is none, or if it holds a link, too."""
    for cell in around:
        before = cell.prev
        for _ in range(_FARTHEST):
            if before is None:
                break
            text = "" if before.is_comment_node else before.text().strip(_SEPARATORS)
            if text:
                is_label = len(text) <= _LONGEST_LABEL and before.tag != "a"
                is_label = is_label and (before.is_text_node or not before.css_first("a[href]"))
                return cell, _folded(text) if is_label else ""
            before = before.prev
    return around[-1], ""


def _items(cell: LexborNode) -> list[LexborNode]:
    """Return the links of a list, each address once: those in *cell*, or in it and those like it
    that follow."""
    links = _links_in(cell)
    for following in islice(nodes_after(cell), 10 * _FARTHEST):
        if following.tag == cell.tag and (more := _links_in(following)):
            links |= more
            continue
        text = "" if following.is_comment_node else following.text().strip()
        if text and (following.is_element_node or label(text) or heading(text)):
            break
    return list(links.values())


def _links_in(element: LexborNode, most: int = _LONGEST_LIST) -> dict[str, LexborNode]:
    """Return the links in an element, or itself, by where they lead, each address once; no more
    than *most*, as far as they stand near its beginning."""
    links: dict[str, LexborNode] = {}
    anchors = (node for node in islice(element.traverse(), _MOST_NODES) if node.tag == "a")
    for node in islice(anchors, _MOST_OF_A_TARGET * most):
        if href := _href(node):
            links.setdefault(href, node)
            if len(links) == most:
                break
    return links


def holding_more(links: Iterable[LexborNode], most: int) -> frozenset[int]:
    """Return the elements, by ``mem_id``, in which links lead to more than *most* addresses.

    Each link tells the elements around it its address, up to one that has heard it, or enough: so
    have those around that, then. However deep links lie in each other, an element is so told
    only *most* + 1 times.
    """
    held: defaultdict[int, set[str]] = defaultdict(set)
    for node in links:
        href = _href(node)
        element: LexborNode | None = node
        while href and element is not None:
            told = held[element.mem_id]
            if href in told or len(told) > most:
                break
            told.add(href)
            element = element.parent
    return frozenset(element for element, told in held.items() if len(told) > most)


_DATE = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b")


def _date_beside(node: LexborNode) -> str:
    """Return the date that stands last with a link in its item of a list, as YYYYMMDD, or ""."""
    alone = [element for element in _around(node) if len(_links_in(element, 2)) == 1]
    item = alone[-1] if alone else node
    dates = _DATE.findall(text_of(item))
    return f"{dates[-1][2]}{dates[-1][1]:0>2}{dates[-1][0]:0>2}" if dates else ""


_NUMBER = re.compile(r"(\d{1,18})(?:\.[a-z]\w{1,4})?/?$")


def _number(url: str) -> int:
    """Return the number that an address ends in, or 0."""
    match = _NUMBER.search(url)
    return int(match[1]) if match else 0


def _is_among_other_things(around: list[LexborNode]) -> bool:
    return any(place(_names(element)).other_things for element in around)


def _names(element: LexborNode) -> str:
    attributes = element.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return names[:_LONGEST_NAME]


# Where to look. ---------------------------------------------------------------------------------


def _around(node: LexborNode) -> list[LexborNode]:
    """Return a node and the elements around it, as far as they may tell what it is."""
    around = [node]
    while len(around) < _HIGHEST:
        element = around[-1].parent
        if element is None or element.tag in _TOPS:
            break
        around.append(element)
    return around
