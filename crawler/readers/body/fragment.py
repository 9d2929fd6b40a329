"""The article's own fragment of a page, taken apart into blocks, pictures and attachments.

The rest of the page is never seen here: a reader finds the element that holds the article and
drops what its CMS puts inside; what is left is an editor's HTML, with all that editors do.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urlsplit

from crawler.page import Attachment, Block, Image
from crawler.readers.body.elements import Element, Node, Text, parse, source, words_of
from crawler.readers.page.pictures import LAZY, is_picture, is_placeholder, largest, thumbnail
from crawler.text.addresses import absolute, on_same_host
from crawler.vocabulary import BlockKind

_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "link",
        "meta",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "svg",
        "canvas",
        "nav",
    ]
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_CONTAINERS = frozenset(
    [
        "address",
        "article",
        "aside",
        "body",
        "center",
        "details",
        "div",
        "fieldset",
        "figure",
        "footer",
        "header",
        "html",
        "main",
        "section",
        "summary",
        "dl",
        "dt",
        "dd",
        "li",
        "td",
        "tr",
        "tbody",
        "thead",
    ]
)
_LISTS = frozenset(["ul", "ol"])
_CELLS = frozenset(["td", "th"])
_EMBEDS = frozenset(["iframe", "video", "audio", "embed", "object"])
_BLOCK_LEVEL = frozenset(
    [
        *_HEADINGS,
        *_CONTAINERS,
        *_EMBEDS,
        "p",
        "ul",
        "ol",
        "table",
        "blockquote",
        "pre",
        "img",
    ]
)
_FILES = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|zip|rar|7z)$", re.IGNORECASE)
_CAPTION_CLASS = re.compile(r"caption|chu-?thich|image-desc|img-desc", re.IGNORECASE)
_CAPTIONED_CLASS = re.compile(r"\b(?:wp-caption|gallery-item)\b")
_CENTRED = re.compile(r"text-align:\s*center", re.IGNORECASE)
_MAY_HIDE = re.compile(r"none|hidden|-\s*\d{3}|font-size\s*:\s*0", re.IGNORECASE)
_FAR_OFF = re.compile(r"-(?:[5-9]\d\d|\d{4,})")
"""Half a screen and more: no indent that Word writes goes so far."""
_NOTHING = re.compile(r"[01](?![.\d])")
_AMP_PICTURES = frozenset(["amp-img", "amp-anim"])
_LONGEST_CAPTION = 300
_DEEPEST = 100
"""Levels of nesting below which only the words are read; browsers, too, set themselves a limit."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What an article's HTML holds, in the order of the page."""

    blocks: tuple[Block, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def is_file(url: str) -> bool:
    """Whether an address is that of a document or an archive."""
    try:
        return _FILES.search(urlsplit(url).path) is not None
    except ValueError:
        return False


def read_fragment(html: str, base_url: str) -> Fragment:
    """Take apart the HTML of an article that stands on the page *base_url*.

    Links and pictures become absolute; captions go with their pictures, out of the text. The HTML
    of the blocks is the page's own, not yet safe to show.
    """
    root = parse(html)
    _tidy(root)
    walk = _Walk(base_url)
    walk.links(root)
    walk.container(root)
    return Fragment(tuple(walk.blocks), tuple(walk.images), tuple(walk.attachments))


class _Walk:
    """One pass through a fragment; ``run`` holds the inline nodes of the paragraph at hand."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.blocks: list[Block] = []
        self.images: list[Image] = []
        self.attachments: list[Attachment] = []
        self.run: list[Node] = []
        self.awaits_caption = False
        self.depth = 0

    def links(self, root: Element) -> None:
        """Make links absolute and note those that lead to files."""
        labels: dict[str, str] = {}
        for a in _find(root, ["a"]):
            if "href" not in a.attrs:
                continue
            url = absolute(a.attrs["href"], self.base_url)
            if url is None:
                del a.attrs["href"]
                continue
            a.attrs["href"] = url
            if is_file(url):
                if "wp-block-file__button" in a.get("class"):
                    a.remove()
                labels.setdefault(url, "")
                labels[url] = labels[url] or _text(a).replace("\n", " ")
        self.attachments += [Attachment(url, label or None) for url, label in labels.items()]

    def container(self, element: Element) -> None:
        """Walk through an element that is no block itself."""
        self.depth += 1
        for child in list(element.contents):
            if isinstance(child, Element) and self.depth > _DEEPEST:
                self.run.append(Text(_text(child)))
            elif isinstance(child, Element):
                self.element(child)
            elif isinstance(child, Text):
                self.run.append(child)
        self.flush(element)
        self.depth -= 1

    def element(self, element: Element) -> None:
        """Take one element: a block of its own, a container, or a part of the run."""
        name = element.name
        if name == "br" or not (
            name in _BLOCK_LEVEL or name == "hr" or element.holds(_BLOCK_LEVEL)
        ):
            self.run.append(element)
            return
        self.flush(element.parent)
        if name == "img":
            self.picture(element, None)
        elif name in _EMBEDS:
            self.embed(element)
        elif name in _HEADINGS and not element.holds(["img"]):
            element.name = max(name, "h2")  # the one h1 of a page is its title
            self.block(BlockKind.HEADING, element, _text(element).replace("\n", " "))
        elif name in _LISTS and not element.holds(["img", "table"]):
            self.block(BlockKind.LIST, element, "\n".join(_list_lines(element)))
        elif name == "blockquote":
            self.quote(element)
        elif name == "pre":
            self.inner_pictures(element)
            self.block(BlockKind.PRE, element, words_of(element))
        elif name == "table" and not _is_layout(element):
            self.inner_pictures(element)
            self.block(BlockKind.TABLE, element, "\n".join(_table_lines(element)))
        elif _holds_captioned_pictures(element):
            self.pictures(element)
        else:
            self.container(element)

    def flush(self, parent: Element | None) -> None:
        """End the paragraph at hand. *parent* is the element in which it stands."""
        run, self.run = self.run, []
        if all(isinstance(node, Text) and node.isspace() for node in run):
            return  # what stands between two blocks
        for nodes in _split_at_blank_lines(run):
            text = _text_of(nodes)
            if not text.strip():
                continue
            html = "".join(map(source, nodes)).strip()
            if self.awaits_caption and _reads_as_caption(nodes, parent, text):
                self.caption(text)
            else:
                self.add(Block(BlockKind.PARAGRAPH, f"<p>{html}</p>", text))

    def block(self, kind: BlockKind, element: Element, text: str) -> None:
        if text.strip():
            self.add(Block(kind, source(element), text))

    def quote(self, element: Element) -> None:
        """Add each paragraph of a quote as a quote of its own."""
        before = len(self.blocks)
        self.container(element)
        for number, block in enumerate(self.blocks[before:], before):
            if block.text:
                html = f"<blockquote>{block.html}</blockquote>"
                self.blocks[number] = Block(BlockKind.QUOTE, html, block.text)

    def inner_pictures(self, element: Element) -> None:
        """Note the pictures of a block that keeps them in their places, as a table of data does."""
        for img in _find(element, ["img"]):
            image = _image(img, None, self.base_url)
            if image is None:
                img.remove()
                continue
            img.attrs = {"alt": image.alt or "", "src": image.url}
            if image not in self.images:
                self.images.append(image)

    def add(self, block: Block) -> None:
        self.blocks.append(block)
        self.awaits_caption = False

    def picture(self, img: Element, caption: str | None) -> None:
        """Add a picture as a block of its own."""
        image = _image(img, caption, self.base_url)
        if image is None or image in self.images:
            return
        self.images.append(image)
        self.add(Block(BlockKind.FIGURE, _figure(image), ""))
        self.awaits_caption = caption is None

    def pictures(self, element: Element) -> None:
        """Add the pictures of a figure, a gallery or a layout table, each with its caption."""
        inner = list(element.elements())
        captions = [e for e in inner if _is_caption(e)] or _cells_without_pictures(element)
        texts = [text for caption in captions if (text := _text(caption).strip())]
        nested = any(_holds_captioned_pictures(e) for e in inner if e.name != "table")
        if nested or not _is_made_of(element, texts):
            self.container(element)
            return
        images = _find(element, ["img"])
        for number, img in enumerate(images):
            last = number == len(images) - 1
            rest = " ".join(texts[number:]) if last else "".join(texts[number : number + 1])
            self.picture(img, rest.replace("\n", " ") or None)

    def caption(self, text: str) -> None:
        """Give the last picture the caption that stood below it as a paragraph."""
        last = self.images[-1]
        image = replace(last, caption=text.replace("\n", " "))
        self.images[-1] = image
        self.blocks[-1] = Block(BlockKind.FIGURE, _figure(image), "")
        self.awaits_caption = False

    def embed(self, element: Element) -> None:
        """Keep where a film or a frame came from, as a link."""
        holders = [element, *_find(element, ["source", "embed"])]
        sources = (h.get(name) for h in holders for name in (*LAZY, "src", "data"))
        url = next((u for s in sources if s and (u := absolute(s, self.base_url))), None)
        if url is None:
            return
        if is_file(url):
            if all(known.url != url for known in self.attachments):
                self.attachments.append(Attachment(url))
        else:
            link = escape(url)
            self.add(Block(BlockKind.EMBED, f'<p><a href="{link}">{link}</a></p>', ""))


def _tidy(root: Element) -> None:
    """Drop what no reader sees, and put letters in the place of their pictures."""
    names = {element.name for element in root.elements()}
    if names & _AMP_PICTURES:
        _name_pictures(root)
    if "noscript" in names:
        _take_twins(root)
    holders: dict[int, Element] = {}
    for element in root.elements():
        if element.parent is not None and _tidied(element) is not element:
            holders[id(element.parent)] = element.parent
    for holder in holders.values():
        kept = [_tidied(node) for node in holder.contents]
        holder.contents = [node for node in kept if node is not None]


def _name_pictures(root: Element) -> None:
    """Call the pictures of AMP what they are; what they hold is for browsers without scripts."""
    for element in root.elements():
        if element.name in _AMP_PICTURES:
            element.name = "img"
            element.contents = []


def _take_twins(root: Element) -> None:
    """Take the pictures that stand in ``<noscript>`` beside those that a script loads later.

    Such a twin gives its address to a neighbour that has none yet. One that stands alone may be a
    counter's.
    """
    for noscript in _find(root, ["noscript"]):
        pictures = _find(noscript, ["img"])
        if len(pictures) != 1 or noscript.parent is None:
            continue
        (twin,) = pictures
        beside = [node for node in _beside(noscript) if node.name == "img"]
        lazy = next((img for img in beside if not _is_loaded(img)), None)
        if lazy is not None:
            lazy.attrs = lazy.attrs | {
                name: twin.attrs[name] for name in ("src", "srcset") if name in twin.attrs
            }


def _beside(element: Element) -> Iterator[Element]:
    """Yield the elements before and after one, with nothing but white space between."""
    assert element.parent
    nodes = [n for n in element.parent.contents if not (isinstance(n, Text) and n.isspace())]
    at = next(number for number, node in enumerate(nodes) if node is element)
    for node in (*nodes[max(0, at - 1) : at], *nodes[at + 1 : at + 2]):
        if isinstance(node, Element):
            yield node


def _is_loaded(img: Element) -> bool:
    """Whether an element names its picture, be it for a script."""
    url = largest(img.attrs, "http://any.invalid/")
    return url is not None and not is_placeholder(url)


def _tidied(node: Node) -> Node | None:
    if not isinstance(node, Element):
        return node
    if node.name in _DROPPED or (node.attrs and _is_hidden(node)):
        return None
    if node.name == "img" and _is_letter(node):
        return Text(node.get("alt"), node.parent)
    return node


def _is_hidden(element: Element) -> bool:
    if "hidden" in element.attrs:
        return True
    style = element.get("style")
    if not _MAY_HIDE.search(style):
        return False
    look = _declarations(style)
    return (
        look.get("display") == "none"
        or look.get("visibility") == "hidden"
        or _is_out_of_sight(look)
        or _is_shrunk_away(element, look)
    )


def _declarations(style: str) -> dict[str, str]:
    parts = (part.partition(":") for part in style.lower().replace("!important", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in parts}


def _is_out_of_sight(look: dict[str, str]) -> bool:
    """Whether an element, or its text, is moved off the screen, where spam is hidden."""
    moved = ["text-indent", "margin-left", "margin-top"]
    if look.get("position") in ("absolute", "fixed"):
        moved += ["left", "right", "top"]
    return any(_FAR_OFF.match(look.get(name, "")) for name in moved)


def _is_shrunk_away(element: Element, look: dict[str, str]) -> bool:
    """Whether text is made too small to see.

    Layouts shrink, too: a frame that holds a film, or the line around pictures and larger text.
    """
    cut_off = look.get("overflow") == "hidden" and any(
        _NOTHING.match(look.get(name, "")) for name in ("height", "max-height", "width")
    )
    if not cut_off and not re.match(r"0(?![.\d])", look.get("font-size", "")):
        return False
    if element.holds(["img", *_EMBEDS]):
        return False
    return cut_off or not any("font-size" in inner.get("style") for inner in element.elements())


def _find(element: Element, names: Collection[str]) -> list[Element]:
    """Return the elements of some names that lie in an element."""
    return [inner for inner in element.elements() if inner.name in names]


def _children(element: Element, names: Collection[str]) -> list[Element]:
    """Return those that lie in it directly."""
    return [n for n in element.contents if isinstance(n, Element) and n.name in names]


def _text(node: Node) -> str:
    return _text_of([node])


def _text_of(nodes: Iterable[Node]) -> str:
    """Return what a browser would show of inline nodes: white space folded, <br> as newline."""
    text = "".join(_strings(nodes))
    if "\n" not in text:
        return text.strip(" ")
    return "\n".join(line.strip(" ") for line in text.split("\n")).strip("\n")


_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_HTML_SPACE = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")
"""White space that is more than a single blank."""


def _strings(nodes: Iterable[Node]) -> list[str]:
    strings: list[str] = []
    waiting: list[Node | None] = [*nodes]
    waiting.reverse()
    while waiting:  # no recursion: pages may be nested without end
        node = waiting.pop()
        if isinstance(node, Text):
            strings.append(_HTML_SPACE.sub(" ", node))
        elif isinstance(node, Element):
            if node.name in ("br", "p", "div", "li", "tr"):
                waiting.append(None)
            waiting += node.contents[::-1]
        elif node is None:
            strings.append("\n")
    return strings


def _split_at_blank_lines(run: list[Node]) -> Iterator[list[Node]]:
    """Part a run where an editor meant a new paragraph.

    That is where two or more <br> follow each other, and where the source has a blank line, which
    WordPress makes a paragraph of, but not if a single block stands in the article.
    """
    if not any(_parts(node) for node in run):
        yield run
        return
    nodes: list[Node] = []
    breaks: list[Node] = []
    for node in _parted(run):
        if (isinstance(node, Element) and node.name == "br") or (
            breaks and isinstance(node, Text) and not node.strip()
        ):
            breaks.append(node)
        else:
            if sum(isinstance(b, Element) for b in breaks) >= 2:
                yield nodes
                nodes = []
            elif nodes:
                nodes += breaks
            breaks = []
            nodes.append(node)
    yield nodes


def _parts(node: Node) -> bool:
    """Whether a paragraph may end at a node."""
    if isinstance(node, Element):
        return node.name == "br"
    return isinstance(node, Text) and _BLANK_LINE.search(node) is not None


def _parted(run: list[Node]) -> Iterator[Node]:
    for node in run:
        if isinstance(node, Text) and _BLANK_LINE.search(node):
            first, *others = _BLANK_LINE.split(node)
            yield Text(first)
            for part in others:
                yield from (Element("br"), Element("br"), Text(part))
        else:
            yield node


def _list_lines(element: Element, depth: int = 1) -> Iterator[str]:
    number = _first_number(element)
    for item in element.contents:
        # Only <li> may stand in a list, but editors write text and further lists there, too.
        if not isinstance(item, Element):
            if text := _text(item).strip():
                yield text
            continue
        if item.name in _LISTS and depth < _DEEPEST:
            yield from _list_lines(item, depth + 1)
            continue
        nested = _children(item, _LISTS) if depth < _DEEPEST else []
        inner = [node for node in item.contents if not any(node is part for part in nested)]
        if text := _text_of(inner).replace("\n", " "):
            yield f"{number}. {text}" if element.name == "ol" else f"- {text}"
        number += 1
        for part in nested:
            yield from _list_lines(part, depth + 1)


def _first_number(element: Element) -> int:
    start = element.get("start")
    return int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1


def _is_layout(table: Element) -> bool:
    """Whether a table only places things: one cell, other tables, or pictures with captions."""
    cells = _find(table, _CELLS)
    if len(cells) <= 1 or table.holds(["table"]):
        return True
    told = [len(text) for cell in _cells_without_pictures(table) if (text := _text(cell).strip())]
    return len(told) <= len(_find(table, ["img"])) and max(told, default=0) <= _LONGEST_CAPTION


def _table_lines(table: Element) -> Iterator[str]:
    for row in _find(table, ["tr"]):
        cells = [_text(cell).replace("\n", " ") for cell in _children(row, _CELLS)]
        if any(cells):
            yield " | ".join(cells)


def _is_letter(img: Element) -> bool:
    """Whether a picture stands for a character: WordPress sends emoji so."""
    return bool(re.search(r"\b(?:emoji|wp-smiley)\b", img.get("class")))


def _holds_captioned_pictures(element: Element) -> bool:
    may = element.name in ("figure", "table") or _CAPTIONED_CLASS.search(element.get("class"))
    return bool(may) and element.holds(["img"])


def _is_caption(element: Element) -> bool:
    if element.name == "figcaption":
        return True
    return bool(_CAPTION_CLASS.search(element.get("class"))) and not element.holds(["img"])


def _is_made_of(element: Element, texts: list[str]) -> bool:
    """Whether an element says nothing but these texts."""
    return "".join(_text(element).split()) == "".join("".join(texts).split())


def _cells_without_pictures(element: Element) -> list[Element]:
    return [cell for cell in _find(element, _CELLS) if not cell.holds(["img"])]


def _reads_as_caption(nodes: list[Node], parent: Element | None, text: str) -> bool:
    """Whether the paragraph below a picture without a caption looks like its caption."""
    if len(text) > _LONGEST_CAPTION:
        return False
    if parent is not None and parent.name == "figcaption":
        return True
    told = [node for node in nodes if _text(node).strip()]
    if all(_is_italic(node) or (isinstance(node, Element) and _is_caption(node)) for node in told):
        return True
    if parent is None:
        return False
    style = f"text-align:{parent.get('align')};{parent.get('style')}"
    return bool(_CAPTION_CLASS.search(parent.get("class")) or _CENTRED.search(style))


def _is_italic(node: Node) -> bool:
    texts = node.texts() if isinstance(node, Element) else [node] if isinstance(node, Text) else []
    told = [text for text in texts if _text(text).strip()]
    return all(text.parent is not None and text.parent.is_within(["em", "i"]) for text in told)


def _image(img: Element, caption: str | None, base_url: str) -> Image | None:
    url = largest(img.attrs, base_url, _sources(img))
    width, height = _pixels(img, "width"), _pixels(img, "height")
    if 1 in (width, height):
        return None
    url = _linked(img, url, base_url) or url
    if url is None:
        return None
    return Image(url, caption, _alt(img), width, height, thumbnail(img.attrs, base_url, url))


def _sources(img: Element) -> list[dict[str, str]]:
    """Return the attributes of the sources of the ``<picture>`` in which an element stands."""
    holder = _holder(img, "picture")
    return [source.attrs for source in _find(holder, ["source"])] if holder else []


def _linked(img: Element, shown: str | None, base_url: str) -> str | None:
    """Return the picture to which the link around this one leads, which is its larger form.

    One on another host is not taken for one that the portal itself can give.
    """
    link = _holder(img, "a")
    url = absolute(link.get("href"), base_url) if link and link.get("href") else None
    if link is None or url is None or not is_picture(url) or len(_find(link, ["img"])) > 1:
        return None
    is_lost = shown and on_same_host(shown, base_url) and not on_same_host(url, base_url)
    return None if is_lost else url


def _holder(element: Element, name: str) -> Element | None:
    """Return the element of a name in which one lies."""
    holder = element.parent
    while holder is not None and holder.name != name:
        holder = holder.parent
    return holder


def _alt(img: Element) -> str | None:
    return img.get("alt").strip() or None


def _pixels(img: Element, name: str) -> int | None:
    value = img.get(name).removesuffix("px")
    return int(value) or None if re.fullmatch(r"[0-9]{1,5}", value) else None


def _figure(image: Image) -> str:
    size = "".join(
        f' {name}="{value}"'
        for name, value in (("width", image.width), ("height", image.height))
        if value
    )
    caption = f"<figcaption>{escape(image.caption)}</figcaption>" if image.caption else ""
    img = f'<img src="{escape(image.url)}" alt="{escape(image.alt or "")}"{size}>'
    return f"<figure>{img}{caption}</figure>"
