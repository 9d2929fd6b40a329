"""HTML as elements that can be walked through and changed, and written again.

lxml parses, as it does for BeautifulSoup, and what comes of it is what BeautifulSoup would make of
it; but these elements know nothing beyond what a walk through an article asks for, and cost a
quarter of the time.
"""

from collections.abc import Collection, Iterator

from lxml import etree

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "menuitem",
     "meta", "param", "source", "track", "wbr", "basefont", "bgsound", "command", "frame", "image",
     "isindex", "nextid", "spacer"]
)  # fmt: skip
_PRESERVING = frozenset(["pre", "textarea"])
"""Elements whose white space is meant, even where it is all that they hold."""
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


class Note:
    """A comment, or another thing that a browser does not show."""

    __slots__ = ("source",)

    def __init__(self, source: str) -> None:
        self.source = source


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
            waiting += [node for node in reversed(element.contents) if isinstance(node, Element)]

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


Node = Element | Text | Note


HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
EMBEDS = frozenset(["iframe", "video", "audio", "embed", "object"])
"""Elements that show what lies at an address of its own."""


def find(element: Element, names: Collection[str]) -> list[Element]:
    """Return the elements of some names that lie in an element."""
    return [inner for inner in element.elements() if inner.name in names]


def parse(html: str) -> Element:
    """Return an element that holds what a piece of HTML amounts to, within ``html`` and ``body``.

    Nothing is raised for any HTML; an empty one holds nothing.
    """
    builder = _Builder()
    parser = etree.HTMLParser(target=builder, recover=True)  # type: ignore[arg-type] # of bytes
    parser.feed(html.removeprefix("\N{BYTE ORDER MARK}"))
    parser.close()
    return builder.root


class _Builder:
    """What lxml tells of each tag and text."""

    def __init__(self) -> None:
        self.root = self.at = Element("")
        self.words: list[str] = []
        """The text at hand, which may come in pieces."""
        self.preserving = 0
        """How many elements that preserve white space are open."""

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if self.words:
            self._text()
        element = Element(name, _read(name, attrs) if attrs else None, self.at)
        self.at.contents.append(element)
        self.at = element
        self.preserving += name in _PRESERVING

    def end(self, name: str) -> None:
        if self.words:
            self._text()
        if self.at.name != name and not self.at.is_within((name,)):
            return
        while self.at.parent is not None:
            closed, self.at = self.at, self.at.parent
            self.preserving -= closed.name in _PRESERVING
            if closed.name == name:
                break

    def data(self, words: str) -> None:
        self.words.append(words)

    def comment(self, text: str) -> None:
        self._note(f"<!--{self._folded(text)}-->")

    def pi(self, target: str, data: str) -> None:
        self._note(f"<?{target} {data}>")

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        self._note("<!DOCTYPE>\n")

    def close(self) -> None:
        if self.words:
            self._text()

    def _text(self) -> None:
        words = "".join(self.words)
        self.words.clear()
        self.at.contents.append(Text(self._folded(words), self.at))

    def _folded(self, words: str) -> str:
        """Return a text, shortened if it is nothing but white space."""
        if self.preserving or words.strip(_SPACE):
            return words
        return "\n" if "\n" in words else " "

    def _note(self, source: str) -> None:
        if self.words:
            self._text()
        self.at.contents.append(Note(source))


def _read(name: str, attrs: dict[str, str]) -> dict[str, str]:
    lists = _TOKENS["*"] | _TOKENS.get(name, frozenset())
    return {key: " ".join(value.split()) if key in lists else value for key, value in attrs.items()}


def source(node: Node) -> str:
    """Return the HTML of a node."""
    pieces: list[str] = []
    waiting: list[Node | str] = [node]
    while waiting:
        node_or_tag = waiting.pop()
        if isinstance(node_or_tag, Text):
            pieces.append(_escaped(node_or_tag))
        elif isinstance(node_or_tag, str):
            pieces.append(node_or_tag)
        elif isinstance(node_or_tag, Note):
            pieces.append(node_or_tag.source)
        elif node_or_tag.contents or node_or_tag.name not in _VOID:
            pieces.append(f"<{node_or_tag.name}{_attributes(node_or_tag)}>")
            waiting.append(f"</{node_or_tag.name}>")
            waiting += node_or_tag.contents[::-1]
        else:
            pieces.append(f"<{node_or_tag.name}{_attributes(node_or_tag)}/>")
    return "".join(pieces)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attributes(element: Element) -> str:
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
