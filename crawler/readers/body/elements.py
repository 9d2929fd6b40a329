"""The article's part of the page's tree as elements that can be walked through and changed.

The page is parsed once, by lexbor. What of its tree is the article is copied into these elements,
which know nothing beyond what a walk through an article asks for.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "menuitem",
     "meta", "param", "source", "track", "wbr", "basefont", "bgsound", "command", "frame", "image",
     "isindex", "nextid", "spacer"]
)  # fmt: skip
_UNSEEN = frozenset(
    ["script", "style", "template", "link", "meta", "form", "input", "button", "select", "textarea",
     "svg", "canvas", "nav"]
)  # fmt: skip
"""Elements that are no part of a text, with all that they hold."""
_PRESERVING = frozenset(["pre", "textarea"])
"""Elements whose white space is meant, even where it is all that they hold."""
_ENDED_BY_P = frozenset(
    ["h1", "h2", "h3", "h4", "h5", "h6", "b", "i", "u", "s", "tt", "big", "small", "strike"]
)
"""Elements that a paragraph in them ends, as in HTML 4: what follows was meant to be text again."""
_RUBY = frozenset(["rt", "rp"])
_SPACE = " \n\t\f\r"
_TOKENS = {
    "*": frozenset(["class", "accesskey", "dropzone"]),
    **dict.fromkeys(["a", "link"], frozenset(["rel", "rev"])),
    **dict.fromkeys(["td", "th"], frozenset(["headers"])),
    "area": frozenset(["rel"]),
    "form": frozenset(["accept-charset"]),
    "icon": frozenset(["sizes"]),
    "iframe": frozenset(["sandbox"]),
    "object": frozenset(["archive"]),
    "output": frozenset(["for"]),
}
"""Attributes that hold words, by element: white space between these says nothing."""


class Text(str):
    """Characters between two tags."""

    __slots__ = ("parent",)
    parent: "Element | None"

    def __new__(cls, text: str, parent: "Element | None" = None) -> "Text":
        """Make a text that stands in *parent*, or in no element."""
        self = super().__new__(cls, text)
        self.parent = parent
        return self


class Element:
    """An element, with what lies in it in order."""

    __slots__ = ("attrs", "contents", "name", "parent")

    def __init__(
        self, name: str, attrs: dict[str, str] | None = None, parent: "Element | None" = None
    ) -> None:
        self.name = name
        self.attrs = attrs or {}
        self.contents: list[Node] = []
        self.parent = parent

    def get(self, name: str) -> str:
        """Return the value of an attribute, "" without it."""
        return self.attrs.get(name, "")

    def elements(self) -> "Iterator[Element]":
        """Yield the elements in it, at any depth, in the order of the page."""
        waiting = [node for node in reversed(self.contents) if isinstance(node, Element)]
        while waiting:  # no recursion: pages may be nested without end
            element = waiting.pop()
            yield element
            for node in reversed(element.contents):
                if isinstance(node, Element):
                    waiting.append(node)  # a list each takes a third longer

    def texts(self) -> Iterator[Text]:
        """Yield the texts in it, at any depth, in the order of the page."""
        waiting = self.contents[::-1]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Text):
                yield node
            elif isinstance(node, Element):
                waiting += node.contents[::-1]

    def holds(self, names: Collection[str]) -> bool:
        """Whether an element of one of these names lies in it."""
        elements = [self]
        for element in elements:  # which grows meanwhile
            for node in element.contents:
                if isinstance(node, Element):
                    if node.name in names:
                        return True
                    elements.append(node)
        return False

    def is_within(self, names: Collection[str]) -> bool:
        """Whether it is, or lies in, an element of one of these names."""
        element: Element | None = self
        while element is not None and element.name not in names:
            element = element.parent
        return element is not None

    def remove(self) -> None:
        """Take it out of the element in which it lies."""
        if self.parent is not None:
            self.parent.contents = [node for node in self.parent.contents if node is not self]
            self.parent = None


Node = Element | Text


def parse(html: str) -> Element:
    """Return an element that holds what the body of a page of this HTML holds.

    Nothing is raised for any HTML; an empty one holds nothing.
    """
    body = LexborHTMLParser(html.removeprefix("\N{BYTE ORDER MARK}")).body
    return grow(Element(""), children_of(body) if body is not None else ())


def children_of(node: LexborNode) -> Iterator[LexborNode]:
    """Yield what lies in a node of a page directly."""
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def grow(root: Element, nodes: Iterable[LexborNode]) -> Element:
    """Let an element hold what some nodes of a page hold, at the end of what it holds; return it.

    The page stays as it is. What no reader sees (`_UNSEEN`) is left out, and so are comments.
    """
    for top in nodes:
        _grow(root, top)
    return root


def _grow(root: Element, top: LexborNode) -> None:
    holders = [root]  # what takes up the text, for each element that is open
    words: list[str] = []  # the text at hand, which may come in pieces
    node, preserving = top, 0
    while True:  # no recursion: pages may be nested without end
        name = node.tag
        if name == "-text":
            words.append(node.text_content or "")
        elif name is not None:
            if words:
                _end_text(words, holders[-1], preserving)
            if name[0] not in "-!" and name not in _UNSEEN:
                if name == "p" and holders[-1].name in _ENDED_BY_P:
                    _end_phrases(holders)
                element = Element(name, _read(name, node.attributes), holders[-1])
                holders[-1].contents.append(element)
                if (child := node.first_child) is not None:
                    node = child
                    holders.append(element)
                    preserving += name in _PRESERVING
                    continue
        while True:
            if len(holders) > 1 and (beside := node.next) is not None:
                node = beside
                break
            _end_text(words, holders[-1], preserving)
            if len(holders) == 1 or node.parent is None:
                return
            node = node.parent
            holders.pop()
            preserving -= node.tag in _PRESERVING


def _end_phrases(holders: list[Element]) -> None:
    """End the headings and the ``<b>`` and ``<i>`` at hand, for a paragraph begins in them."""
    phrases = 0
    while holders[-1 - phrases].name in _ENDED_BY_P:
        phrases += 1
    holders[-phrases:] = [holders[-1 - phrases]] * phrases


def _end_text(words: list[str], parent: Element, preserving: int) -> None:
    """Put the text at hand into *parent*, shortened if it is nothing but white space."""
    if not words:
        return
    text = words[0] if len(words) == 1 else "".join(words)
    words.clear()
    if not preserving and not text.strip(_SPACE):
        text = "\n" if "\n" in text else " "
    parent.contents.append(Text(text, parent))


def _read(name: str, attrs: dict[str, str | None]) -> dict[str, str]:
    if not attrs:
        return {}
    lists = _LISTS.get(name, _TOKENS["*"])
    return {
        key: (" ".join(value.split()) if key in lists else value) if value else ""
        for key, value in attrs.items()
    }


_LISTS = {name: _TOKENS["*"] | lists for name, lists in _TOKENS.items()}


def source(node: Node) -> str:
    """Return the HTML of a node."""
    return sources([node])


def sources(nodes: Sequence[Node]) -> str:
    """Return the HTML of nodes that follow each other."""
    pieces: list[str] = []
    waiting: list[Node | str] = [*nodes]
    waiting.reverse()
    while waiting:  # no recursion: pages may be nested without end
        node_or_tag = waiting.pop()
        if isinstance(node_or_tag, Text):
            pieces.append(_escaped(node_or_tag))
        elif isinstance(node_or_tag, str):
            pieces.append(node_or_tag)
        elif node_or_tag.contents or node_or_tag.name not in _VOID:
            pieces.append(f"<{node_or_tag.name}{_attributes(node_or_tag)}>")
            waiting.append(f"</{node_or_tag.name}>")
            waiting += node_or_tag.contents[::-1]
        else:
            pieces.append(f"<{node_or_tag.name}{_attributes(node_or_tag)}/>")
    return "".join(pieces)


_TO_ESCAPE = re.compile("[&<>]")


def _escaped(text: str) -> str:
    if _TO_ESCAPE.search(text) is None:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attributes(element: Element) -> str:
    if not element.attrs:
        return ""
    return "".join(f" {name}={_quoted(value)}" for name, value in sorted(element.attrs.items()))


def _quoted(value: str) -> str:
    value = _escaped(value)
    if '"' not in value:
        return f'"{value}"'
    return f"'{value}'" if "'" not in value else '"' + value.replace('"', "&quot;") + '"'


def words_of(element: Element) -> str:
    """Return the text in an element as it stands, without the readings beside ruby characters."""
    texts = element.texts()
    return "".join(text for text in texts if not (text.parent and text.parent.is_within(_RUBY)))
