"""The article's own fragment of a page, taken apart into blocks, pictures and attachments.

The rest of the page is never seen here: a reader finds the element that holds the article and
drops what its CMS puts inside; what is left is an editor's HTML, with all that editors do.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape

from crawler.page import Attachment, Block, Image
from crawler.readers.body.elements import (
    EMBEDS,
    HEADINGS,
    Element,
    Node,
    Text,
    find,
    parse,
    source,
    words_of,
)
from crawler.readers.body.tidying import tidy
from crawler.readers.page.files import file_of, is_file, is_file_name, is_file_type
from crawler.readers.page.picture_pages import is_small_form, page_about
from crawler.readers.page.pictures import (
    LAZY,
    is_picture,
    is_placeholder,
    is_sized,
    largest,
    stem,
    thumbnail,
)
from crawler.readers.page.uploads import upload_of
from crawler.text.addresses import absolute, on_same_host
from crawler.text.labels import leads_on
from crawler.vocabulary import BlockKind

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
_RECORDINGS = frozenset(["video", "audio"])
_BLOCK_LEVEL = frozenset(
    [
        *HEADINGS,
        *_CONTAINERS,
        *EMBEDS,
        "p",
        "ul",
        "ol",
        "table",
        "blockquote",
        "pre",
        "img",
    ]
)
CAPTION_CLASS = re.compile(r"caption|chu-?thich|image-desc|img-desc", re.IGNORECASE)
_CAPTIONED_CLASS = re.compile(r"\b(?:wp-caption|gallery-item)\b")
_CENTRED = re.compile(r"text-align:\s*center", re.IGNORECASE)
_LONGEST_CAPTION = 300
_DEEPEST = 100
"""Levels of nesting below which only the words are read; browsers, too, set themselves a limit."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What an article's HTML holds, in the order of the page."""

    blocks: tuple[Block, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def read_fragment(html: str, base_url: str, offered: Iterable[str] = ()) -> Fragment:
    """Take apart the HTML of an article that stands on the page *base_url*.

    Links and pictures become absolute; captions go with their pictures, out of the text. The HTML
    of the blocks is the page's own, not yet safe to show. *offered* are pictures that the page
    names elsewhere: one that the article shows in a smaller form is taken in theirs.
    """
    root = parse(html)
    unseen = find(root, ["noscript"])
    tidy(root, base_url)
    walk = _Walk(base_url, {stem(url): url for url in offered if not is_sized(url)})
    walk.links(root)
    walk.container(root)
    walk.played(unseen)
    images = tuple(map(_without_needless_page, walk.images))
    return Fragment(tuple(walk.blocks), images, tuple(walk.attachments))


class _Walk:
    """One pass through a fragment; ``run`` holds the inline nodes of the paragraph at hand."""

    def __init__(self, base_url: str, originals: dict[str, str]) -> None:
        self.base_url = base_url
        self.originals = originals
        """By their stems, pictures that the page names elsewhere as they were uploaded."""
        self.blocks: list[Block] = []
        self.images: list[Image] = []
        self.figures: dict[str, list[_Shown]] = {}
        """By their addresses, the pictures that stand in blocks of their own."""
        self.attachments: list[Attachment] = []
        self.run: list[Node] = []
        self.awaiting: _Shown | None = None
        """The picture whose caption the next paragraph may be."""
        self.depth = 0

    def links(self, root: Element) -> None:
        """Make links absolute and note those that lead to files."""
        for element in root.elements():
            if element.name == "a":
                self.link(element)
            elif len(element.attrs) > ("class" in element.attrs) and element.name not in EMBEDS:
                self.shown_file(element)

    def link(self, a: Element) -> None:
        if "href" not in a.attrs:
            return
        url = absolute(a.attrs["href"], self.base_url)
        if url is None:
            del a.attrs["href"]
            return
        a.attrs["href"] = url
        if (file := file_of(url)) or _offers_file(a, url):
            words = _text(a).replace("\n", " ")
            if "wp-block-file__button" in a.get("class"):
                a.remove()
                words = ""
            elif a.is_within(_RECORDINGS):  # what browsers of old get in the place of the player
                words = ""
            self.attach(file or url, words)

    def shown_file(self, element: Element) -> None:
        """Note the file that an element names for a script which shows it."""
        for name, value in element.attrs.items():
            is_named = (name.startswith("data-") or name == "source") and is_file(value)
            if is_named and (url := absolute(value, self.base_url)):
                self.attach(file_of(url) or url, "")

    def played(self, unseen: Iterable[Element]) -> None:
        """Note the recordings of a list that a script plays, as WordPress names them in what stands
        there for those without scripts.
        """
        for a in (a for element in unseen for a in find(element, ["a"])):
            url = absolute(a.get("href"), self.base_url)
            if url and (file := file_of(url)):
                self.attach(file, _text(a).replace("\n", " "))

    def attach(self, url: str, label: str) -> None:
        """Note a file, once, with the first words that name it."""
        for number, known in enumerate(self.attachments):
            if known.url == url:
                self.attachments[number] = replace(known, label=known.label or label or None)
                return
        self.attachments.append(Attachment(url, label or None))

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
            linked = _caption_of_link(element)
            self.picture(element, linked)
            if linked and self.images:  # what is shown below it goes before what the link tells
                self.awaiting = next(iter(self.figures.get(self.images[-1].url, ())), None)
        elif name in EMBEDS:
            self.embed(element)
        elif name in HEADINGS and not element.holds(["img"]):
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
            if self.awaiting and _reads_as_caption(nodes, parent, text):
                self.caption(self.awaiting, text)
                self.awaiting = None
            elif _only_leads_on(nodes, text):
                self.add(Block(BlockKind.EMBED, f"<p>{html}</p>", ""))
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
        for img in find(element, ["img"]):
            image = _image(img, None, self.base_url, self.originals)
            if image is None:
                img.remove()
                continue
            img.attrs = {"alt": image.alt or "", "src": image.url}
            if image not in self.images:
                self.images.append(image)

    def add(self, block: Block) -> None:
        self.blocks.append(block)
        self.awaiting = None

    def picture(self, img: Element, caption: str | None) -> None:
        """Add a picture as a block of its own.

        One that stands there already is not shown again, but for another caption or description;
        what stands below it is then the caption of that.
        """
        image = _image(img, caption, self.base_url, self.originals)
        if image is None:
            if caption:  # of a picture that only a script knows
                self.add(Block(BlockKind.PARAGRAPH, f"<p>{escape(caption)}</p>", caption))
            return
        known = self.figures.setdefault(image.url, [])
        for shown in known:
            if self.images[shown.image] == image:
                self.awaiting = shown if caption is None else None
                return
        self.images.append(image)
        self.add(Block(BlockKind.FIGURE, _figure(image), ""))
        shown = _Shown(len(self.images) - 1, len(self.blocks) - 1)
        known.append(shown)
        self.awaiting = shown if caption is None else None

    def pictures(self, element: Element) -> None:
        """Add the pictures of a figure, a gallery or a layout table, each with its caption."""
        inner = list(element.elements())
        captions = _outermost_captions(inner) or _cells_without_pictures(element)
        texts = [text for caption in captions if (text := _text(caption).strip())]
        nested = any(_holds_captioned_pictures(e) for e in inner if e.name != "table")
        if nested or not _is_made_of(element, texts):
            self.container(element)
            return
        images = find(element, ["img"])
        for number, img in enumerate(images):
            last = number == len(images) - 1
            rest = " ".join(texts[number:]) if last else "".join(texts[number : number + 1])
            self.picture(img, rest.replace("\n", " ") or _caption_of_link(img))

    def caption(self, shown: "_Shown", text: str) -> None:
        """Give a picture the caption that stood below it, or where it is shown again."""
        image = replace(self.images[shown.image], caption=text.replace("\n", " "))
        self.images[shown.image] = image
        self.blocks[shown.block] = replace(self.blocks[shown.block], html=_figure(image))

    def embed(self, element: Element) -> None:
        """Keep where a film or a frame came from, as a link; and the files that are shown so."""
        is_recording = element.name in _RECORDINGS
        offers: list[tuple[str, bool]] = []
        for holder in (element, *find(element, ["source", "embed", "param"])):
            is_said = is_recording or is_file_type(holder.get("type"))
            names = ("value",) if holder.name == "param" else (*LAZY, "src", "data")
            written = [holder.get(name) for name in names]
            if holder.name == "param":
                written = [value for value in written if is_file(value)]
            offers += [(u, is_said) for w in written if w and (u := absolute(w, self.base_url))]
        if not offers:
            return
        url, is_said = offers[0]
        file = next((file for url, _ in offers if (file := file_of(url))), url if is_said else None)
        if file:
            self.attach(file, "")
        if not file or is_recording:
            link = escape(file or url)
            self.add(Block(BlockKind.EMBED, f'<p><a href="{link}">{link}</a></p>', ""))


@dataclass(frozen=True, slots=True)
class _Shown:
    """Where a picture stands among the images and the blocks of a fragment."""

    image: int
    block: int


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


def _offers_file(a: Element, url: str) -> bool:
    """Whether a link says that it gives a file, whatever its address."""
    is_named = any("." in text for text in a.texts()) and is_file_name(_text(a))
    if "download" not in a.attrs and not is_named:
        return False
    return not is_picture(url) and not a.holds(["img"])


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
        elif isinstance(node, Element) and node.name != "del":
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
    cells = find(table, _CELLS)
    if len(cells) <= 1 or table.holds(["table"]):
        return True
    told = [len(text) for cell in _cells_without_pictures(table) if (text := _text(cell).strip())]
    return len(told) <= len(find(table, ["img"])) and max(told, default=0) <= _LONGEST_CAPTION


def _table_lines(table: Element) -> Iterator[str]:
    rows: dict[int, list[str]] = {}  # by what holds the cells: editors leave out <tr>
    for cell in find(table, _CELLS):
        if cell.parent is None or cell.parent.name not in _CELLS:
            rows.setdefault(id(cell.parent), []).append(_text(cell).replace("\n", " "))
    for cells in rows.values():
        if any(cells):
            yield " | ".join(cells)


def _holds_captioned_pictures(element: Element) -> bool:
    may = element.name in ("figure", "table") or _CAPTIONED_CLASS.search(element.get("class"))
    return bool(may) and element.holds(["img"])


def _is_caption(element: Element) -> bool:
    if element.name == "figcaption":
        return True
    return bool(CAPTION_CLASS.search(element.get("class"))) and not element.holds(["img"])


def _outermost_captions(elements: Iterable[Element]) -> list[Element]:
    """Return the captions among some elements; a credit inside one is a part of it."""
    captions: list[Element] = []
    for element in elements:
        if _is_caption(element):
            holder = element.parent
            while holder is not None and not any(holder is caption for caption in captions[-1:]):
                holder = holder.parent
            if holder is None:
                captions.append(element)
    return captions


def _caption_of_link(img: Element) -> str | None:
    """Return the caption that the link around a picture shows with its larger form."""
    link = _holder(img, "a")
    return (" ".join(link.get("data-caption").split()) or None) if link else None


def _is_made_of(element: Element, texts: list[str]) -> bool:
    """Whether an element says nothing but these texts."""
    return "".join(_text(element).split()) == "".join("".join(texts).split())


def _cells_without_pictures(element: Element) -> list[Element]:
    return [cell for cell in find(element, _CELLS) if not cell.holds(["img"])]


def _reads_as_caption(nodes: list[Node], parent: Element | None, text: str) -> bool:
    """Whether the paragraph below a picture without a caption looks like its caption."""
    if len(text) > _LONGEST_CAPTION:
        return False
    if parent is not None and parent.name == "figcaption":
        return True
    told = [node for node in nodes if _text(node).strip()]
    if all(_is_italic(node) or (isinstance(node, Element) and _is_caption(node)) for node in told):
        return True
    if parent is None or _reads_as_heading(told, text):
        return False
    style = f"text-align:{parent.get('align')};{parent.get('style')}"
    return bool(CAPTION_CLASS.search(parent.get("class")) or _CENTRED.search(style))


def _only_leads_on(nodes: list[Node], text: str) -> bool:
    """Whether a paragraph says nothing but where its link leads."""
    elements = (node for node in nodes if isinstance(node, Element))
    return leads_on(text) and any(e.name == "a" or e.holds(["a"]) for e in elements)


def _reads_as_heading(told: list[Node], text: str) -> bool:
    """Whether a paragraph is set as a heading of what follows: all bold, and no sentence."""
    is_bold = all(isinstance(node, Element) and node.name in ("b", "strong") for node in told)
    return is_bold and not text.rstrip().endswith((".", "!", "?", "…", ")"))


def _is_italic(node: Node) -> bool:
    texts = node.texts() if isinstance(node, Element) else [node] if isinstance(node, Text) else []
    told = [text for text in texts if _text(text).strip()]
    return all(text.parent is not None and text.parent.is_within(["em", "i"]) for text in told)


def _image(
    img: Element, caption: str | None, base_url: str, originals: dict[str, str]
) -> Image | None:
    url = largest(img.attrs, base_url, _sources(img))
    width, height = _pixels(img, "width"), _pixels(img, "height")
    if 1 in (width, height):
        if url is None or url == absolute(img.get("src"), base_url):
            return None
        width = height = None  # of what holds the picture's place
    url = _linked(img, url, base_url) or url
    if url is None or _holds_place(url):
        return None
    if is_sized(url):
        url = originals.get(stem(url), url)
    smaller, larger = thumbnail(img.attrs, base_url, url), upload_of(url, base_url)
    image = Image(url, caption, _alt(img), width, height, smaller, larger)
    return replace(image, page=_page_about(img, image, base_url))


def _page_about(img: Element, image: Image, base_url: str) -> str | None:
    """Return the page about a picture to which a link leads that holds nothing else."""
    link = _holder(img, "a")
    if link is None or len(find(link, ["img"])) > 1 or _text(link).strip():
        return None
    return page_about(link.attrs, img.attrs, base_url, is_small=_is_small(image))


def _is_small(image: Image) -> bool:
    """Whether what the article names of a picture is a smaller form of it."""
    is_declared = image.thumbnail is None  # else the size is that of what is shown
    width, height = (image.width, image.height) if is_declared else (None, None)
    return is_small_form(image.url, width, height)


def _without_needless_page(image: Image) -> Image:
    """Return a picture without the page about it, if that could tell nothing that is not known."""
    return replace(image, page=None) if image.caption and not _is_small(image) else image


def _holds_place(url: str) -> bool:
    """Whether an address is surely that of a placeholder: photographs are named so, too."""
    return is_placeholder(url) and not url.lower().endswith((".jpg", ".jpeg", ".webp"))


def _sources(img: Element) -> list[dict[str, str]]:
    """Return the attributes of the sources of the ``<picture>`` in which an element stands."""
    holder = _holder(img, "picture")
    return [source.attrs for source in find(holder, ["source"])] if holder else []


def _linked(img: Element, shown: str | None, base_url: str) -> str | None:
    """Return the picture to which the link around this one leads, which is its larger form.

    One on another host is not taken for one that the portal itself can give.
    """
    link = _holder(img, "a")
    url = absolute(link.get("href"), base_url) if link and link.get("href") else None
    if link is None or url is None or not is_picture(url) or len(find(link, ["img"])) > 1:
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
