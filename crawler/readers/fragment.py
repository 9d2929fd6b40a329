"""The article's own fragment of a page, taken apart into blocks, pictures and attachments.

The rest of the page is never seen here: a reader finds the element that holds the article and
drops what its CMS puts inside; what is left is an editor's HTML, with all that editors do.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Literal
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from crawler.items import Attachment, Block, Image
from crawler.text.addresses import absolute

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
_LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-img-url", "src")
_LONGEST_CAPTION = 300
_DEEPEST = 100
"""Levels of nesting below which only the words are read; browsers, too, set themselves a limit."""


@dataclass(slots=True)
class Fragment:
    """What an article's HTML holds, in the order of the page."""

    blocks: list[Block] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


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
    soup = BeautifulSoup(html, "lxml")
    _tidy(soup)
    walk = _Walk(base_url)
    walk.links(soup)
    walk.container(soup)
    return walk.fragment


class _Walk:
    """One pass through a fragment; ``run`` holds the inline nodes of the paragraph at hand."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.fragment = Fragment()
        self.run: list[PageElement] = []
        self.awaits_caption = False
        self.depth = 0

    def links(self, soup: BeautifulSoup) -> None:
        """Make links absolute and note those that lead to files."""
        labels: dict[str, str] = {}
        for a in _find(soup, ["a"]):
            if not a.has_attr("href"):
                continue
            url = absolute(str(a["href"]), self.base_url)
            if url is None:
                del a["href"]
                continue
            a["href"] = url
            if is_file(url):
                if "wp-block-file__button" in _classes(a):
                    a.extract()
                labels.setdefault(url, "")
                labels[url] = labels[url] or _text(a).replace("\n", " ")
        self.fragment.attachments += [
            Attachment(url, label or None) for url, label in labels.items()
        ]

    def container(self, element: Tag) -> None:
        """Walk through an element that is no block itself."""
        self.depth += 1
        for child in list(element.contents):
            if isinstance(child, Tag) and self.depth > _DEEPEST:
                self.run.append(NavigableString(_text(child)))
            elif isinstance(child, Tag):
                self.tag(child)
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                self.run.append(child)
        self.flush(element)
        self.depth -= 1

    def tag(self, tag: Tag) -> None:
        """Take one element: a block of its own, a container, or a part of the run."""
        name = tag.name
        if name == "br" or not (name in _BLOCK_LEVEL or name == "hr" or _holds(tag, _BLOCK_LEVEL)):
            self.run.append(tag)
            return
        self.flush(tag.parent)
        if name == "img":
            self.picture(tag, None)
        elif name in _EMBEDS:
            self.embed(tag)
        elif name in _HEADINGS and not _holds(tag, ["img"]):
            tag.name = max(name, "h2")  # the one h1 of a page is its title
            self.block("heading", tag, _text(tag).replace("\n", " "))
        elif name in _LISTS and not _holds(tag, ["img", "table"]):
            self.block("list", tag, "\n".join(_list_lines(tag)))
        elif name == "blockquote":
            self.quote(tag)
        elif name == "pre":
            self.inner_pictures(tag)
            self.block("pre", tag, tag.get_text())
        elif name == "table" and not _is_layout(tag):
            self.inner_pictures(tag)
            self.block("table", tag, "\n".join(_table_lines(tag)))
        elif _holds_captioned_pictures(tag):
            self.pictures(tag)
        else:
            self.container(tag)

    def flush(self, parent: Tag | None) -> None:
        """End the paragraph at hand. *parent* is the element in which it stands."""
        run, self.run = self.run, []
        if all(isinstance(node, NavigableString) and node.isspace() for node in run):
            return  # what stands between two blocks
        for nodes in _split_at_blank_lines(run):
            text = _text_of(nodes)
            if not text.strip():
                continue
            html = "".join(_source(node) for node in nodes).strip()
            if self.awaits_caption and _reads_as_caption(nodes, parent, text):
                self.caption(text)
            else:
                self.add(Block("paragraph", f"<p>{html}</p>", text))

    def block(self, kind: "str", tag: Tag, text: str) -> None:
        if text.strip():
            self.add(Block(kind, str(tag), text))  # type: ignore[arg-type]

    def quote(self, tag: Tag) -> None:
        """Add each paragraph of a quote as a quote of its own."""
        before = len(self.fragment.blocks)
        self.container(tag)
        for number, block in enumerate(self.fragment.blocks[before:], before):
            if block.text:
                html = f"<blockquote>{block.html}</blockquote>"
                self.fragment.blocks[number] = Block("quote", html, block.text)

    def inner_pictures(self, tag: Tag) -> None:
        """Note the pictures of a block that keeps them in their places, as a table of data does."""
        for img in _find(tag, ["img"]):
            image = _image(img, None, self.base_url)
            if image is None:
                img.decompose()
                continue
            img.attrs = {"alt": image.alt or "", "src": image.url}
            if image not in self.fragment.images:
                self.fragment.images.append(image)

    def add(self, block: Block) -> None:
        self.fragment.blocks.append(block)
        self.awaits_caption = False

    def picture(self, img: Tag, caption: str | None) -> None:
        """Add a picture as a block of its own."""
        image = _image(img, caption, self.base_url)
        if image is None or image in self.fragment.images:
            return
        self.fragment.images.append(image)
        self.add(Block("figure", _figure(image), ""))
        self.awaits_caption = caption is None

    def pictures(self, tag: Tag) -> None:
        """Add the pictures of a figure, a gallery or a layout table, each with its caption."""
        captions = [t for t in _tags(tag) if _is_caption(t)] or _cells_without_pictures(tag)
        texts = [text for caption in captions if (text := _text(caption).strip())]
        nested = any(_holds_captioned_pictures(t) for t in _tags(tag) if t.name != "table")
        if nested or not _is_made_of(tag, texts):
            self.container(tag)
            return
        images = _find(tag, ["img"])
        for number, img in enumerate(images):
            last = number == len(images) - 1
            rest = " ".join(texts[number:]) if last else "".join(texts[number : number + 1])
            self.picture(img, rest.replace("\n", " ") or None)

    def caption(self, text: str) -> None:
        """Give the last picture the caption that stood below it as a paragraph."""
        last = self.fragment.images[-1]
        image = Image(last.url, text.replace("\n", " "), last.alt, last.width, last.height)
        self.fragment.images[-1] = image
        self.fragment.blocks[-1] = Block("figure", _figure(image), "")
        self.awaits_caption = False

    def embed(self, tag: Tag) -> None:
        """Keep where a film or a frame came from, as a link."""
        holders = [tag, *_find(tag, ["source", "embed"])]
        sources = (h[name] for h in holders for name in (*_LAZY_SOURCES, "data") if h.get(name))
        url = next((u for s in sources if (u := absolute(str(s), self.base_url))), None)
        if url is None:
            return
        if is_file(url):
            if all(known.url != url for known in self.fragment.attachments):
                self.fragment.attachments.append(Attachment(url))
        else:
            link = escape(url)
            self.add(Block("embed", f'<p><a href="{link}">{link}</a></p>', ""))


def _tidy(soup: BeautifulSoup) -> None:
    """Drop what no reader sees, and put letters in the place of their pictures."""
    holders: dict[int, Tag] = {}
    for tag in _tags(soup):
        if tag.parent is not None and _tidied(tag) is not tag:
            holders[id(tag.parent)] = tag.parent
    for holder in holders.values():
        kept = [_tidied(node) for node in holder.contents]
        holder.clear()  # all at once: to take a tag out of its place takes a look at all before it
        holder.extend(node for node in kept if node is not None)


def _tidied(node: PageElement) -> PageElement | None:
    if not isinstance(node, Tag):
        return node
    if node.name in _DROPPED or (node.attrs and _is_hidden(node)):
        return None
    if node.name == "img" and _is_letter(node):
        return NavigableString(str(node.get("alt", "")))
    return node


def _is_hidden(tag: Tag) -> bool:
    if tag.has_attr("hidden"):
        return True
    style = str(tag.get("style", ""))
    if not _MAY_HIDE.search(style):
        return False
    look = _declarations(style)
    return (
        look.get("display") == "none"
        or look.get("visibility") == "hidden"
        or _is_out_of_sight(look)
        or _is_shrunk_away(tag, look)
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


def _is_shrunk_away(tag: Tag, look: dict[str, str]) -> bool:
    """Whether text is made too small to see.

    Layouts shrink, too: a frame that holds a film, or the line around pictures and larger text.
    """
    cut_off = look.get("overflow") == "hidden" and any(
        _NOTHING.match(look.get(name, "")) for name in ("height", "max-height", "width")
    )
    if not cut_off and not re.match(r"0(?![.\d])", look.get("font-size", "")):
        return False
    if _holds(tag, ["img", *_EMBEDS]):
        return False
    return cut_off or not any("font-size" in str(node.get("style", "")) for node in _tags(tag))


def _tags(tag: Tag) -> Iterator[Tag]:
    """Yield the elements that lie in a tag: what `Tag.find_all` does, without making a filter."""
    return (node for node in tag.descendants if isinstance(node, Tag))


def _find(tag: Tag, names: Collection[str]) -> list[Tag]:
    """Return the elements of some names that lie in a tag."""
    return [node for node in _tags(tag) if node.name in names]


def _children(tag: Tag, names: Collection[str]) -> list[Tag]:
    """Return those that lie in it directly."""
    return [node for node in tag.contents if isinstance(node, Tag) and node.name in names]


def _holds(tag: Tag, names: Collection[str]) -> bool:
    return any(node.name in names for node in _tags(tag))


def _classes(tag: Tag) -> str:
    value = tag.get("class") or ""
    return value if isinstance(value, str) else " ".join(value)


def _text(node: PageElement) -> str:
    return _text_of([node])


def _text_of(nodes: Iterable[PageElement]) -> str:
    """Return what a browser would show of inline nodes: white space folded, <br> as newline."""
    text = "".join(_strings(nodes))
    if "\n" not in text:
        return text.strip(" ")
    return "\n".join(line.strip(" ") for line in text.split("\n")).strip("\n")


_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_HTML_SPACE = re.compile(r"[ \t\n\r\f]+")


def _strings(nodes: Iterable[PageElement]) -> list[str]:
    strings: list[str] = []
    waiting: list[PageElement | Literal["\n"]] = [*nodes]
    waiting.reverse()
    while waiting:  # no recursion: pages may be nested without end
        node = waiting.pop()
        if isinstance(node, Tag):
            if node.name in ("br", "p", "div", "li", "tr"):
                waiting.append("\n")
            waiting += reversed(node.contents)
        elif not isinstance(node, NavigableString):
            strings.append("\n")
        elif not isinstance(node, PreformattedString):
            strings.append(_HTML_SPACE.sub(" ", node))
    return strings


def _source(node: PageElement) -> str:
    return str(node) if isinstance(node, Tag) else escape(str(node), quote=False)


def _split_at_blank_lines(run: list[PageElement]) -> Iterator[list[PageElement]]:
    """Part a run where an editor meant a new paragraph.

    That is where two or more <br> follow each other, and where the source has a blank line, which
    WordPress makes a paragraph of, but not if a single block stands in the article.
    """
    if not any(_parts(node) for node in run):
        yield run
        return
    nodes: list[PageElement] = []
    breaks: list[PageElement] = []
    for node in _parted(run):
        if (isinstance(node, Tag) and node.name == "br") or (
            breaks and isinstance(node, NavigableString) and not node.strip()
        ):
            breaks.append(node)
        else:
            if sum(isinstance(b, Tag) for b in breaks) >= 2:
                yield nodes
                nodes = []
            elif nodes:
                nodes += breaks
            breaks = []
            nodes.append(node)
    yield nodes


def _parts(node: PageElement) -> bool:
    """Whether a paragraph may end at a node."""
    if isinstance(node, Tag):
        return node.name == "br"
    return isinstance(node, NavigableString) and _BLANK_LINE.search(node) is not None


def _parted(run: list[PageElement]) -> Iterator[PageElement]:
    for node in run:
        if isinstance(node, NavigableString) and _BLANK_LINE.search(node):
            first, *others = _BLANK_LINE.split(node)
            yield NavigableString(first)
            for part in others:
                yield from (Tag(name="br"), Tag(name="br"), NavigableString(part))
        else:
            yield node


def _list_lines(tag: Tag, depth: int = 1) -> Iterator[str]:
    number = _first_number(tag)
    for item in tag.children:
        # Only <li> may stand in a list, but editors write text and further lists there, too.
        if not isinstance(item, Tag):
            if text := _text(item).strip():
                yield text
            continue
        if item.name in _LISTS and depth < _DEEPEST:
            yield from _list_lines(item, depth + 1)
            continue
        nested = _children(item, _LISTS) if depth < _DEEPEST else []
        inner = [node for node in item.children if not any(node is part for part in nested)]
        if text := _text_of(inner).replace("\n", " "):
            yield f"{number}. {text}" if tag.name == "ol" else f"- {text}"
        number += 1
        for part in nested:
            yield from _list_lines(part, depth + 1)


def _first_number(tag: Tag) -> int:
    start = str(tag.get("start", ""))
    return int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1


def _is_layout(table: Tag) -> bool:
    """Whether a table only places things: one cell, other tables, or pictures with captions."""
    cells = _find(table, _CELLS)
    if len(cells) <= 1 or _holds(table, ["table"]):
        return True
    told = [len(text) for cell in _cells_without_pictures(table) if (text := _text(cell).strip())]
    return len(told) <= len(_find(table, ["img"])) and max(told, default=0) <= _LONGEST_CAPTION


def _table_lines(tag: Tag) -> Iterator[str]:
    for row in _find(tag, ["tr"]):
        cells = [_text(cell).replace("\n", " ") for cell in _children(row, _CELLS)]
        if any(cells):
            yield " | ".join(cells)


def _is_letter(img: Tag) -> bool:
    """Whether a picture stands for a character: WordPress sends emoji so."""
    return bool(re.search(r"\b(?:emoji|wp-smiley)\b", _classes(img)))


def _holds_captioned_pictures(tag: Tag) -> bool:
    may = tag.name in ("figure", "table") or _CAPTIONED_CLASS.search(_classes(tag))
    return bool(may) and _holds(tag, ["img"])


def _is_caption(tag: Tag) -> bool:
    if tag.name == "figcaption":
        return True
    return bool(_CAPTION_CLASS.search(_classes(tag))) and not _holds(tag, ["img"])


def _is_made_of(tag: Tag, texts: list[str]) -> bool:
    """Whether an element says nothing but these texts."""
    return "".join(_text(tag).split()) == "".join("".join(texts).split())


def _cells_without_pictures(tag: Tag) -> list[Tag]:
    return [cell for cell in _find(tag, _CELLS) if not _holds(cell, ["img"])]


def _reads_as_caption(nodes: list[PageElement], parent: Tag | None, text: str) -> bool:
    """Whether the paragraph below a picture without a caption looks like its caption."""
    if len(text) > _LONGEST_CAPTION:
        return False
    if parent is not None and parent.name == "figcaption":
        return True
    told = [node for node in nodes if _text(node).strip()]
    if all(_is_italic(node) or (isinstance(node, Tag) and _is_caption(node)) for node in told):
        return True
    if parent is None:
        return False
    style = f"text-align:{parent.get('align', '')};{parent.get('style', '')}"
    return bool(_CAPTION_CLASS.search(_classes(parent)) or _CENTRED.search(style))


def _is_italic(node: PageElement) -> bool:
    strings = node.find_all(string=True) if isinstance(node, Tag) else [node]
    told = [string for string in strings if _text(string).strip()]
    return all(string.find_parent(["em", "i"]) for string in told)


def _image(img: Tag, caption: str | None, base_url: str) -> Image | None:
    sources = (str(img.get(name, "")) for name in _LAZY_SOURCES)
    url = next((u for s in sources if s and (u := absolute(s, base_url))), None)
    width, height = _pixels(img, "width"), _pixels(img, "height")
    if url is None or 1 in (width, height):
        return None
    return Image(url, caption, _alt(img), width, height)


def _alt(img: Tag) -> str | None:
    return str(img.get("alt", "")).strip() or None


def _pixels(img: Tag, name: str) -> int | None:
    value = str(img.get(name, "")).removesuffix("px")
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
