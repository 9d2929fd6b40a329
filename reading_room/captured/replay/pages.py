"""Pages written anew of what in them is harmless, with what is held in the place of what they name.

The page is read as browsers read it, by lexbor, and written by the rules of this file, so that
nothing is left of whatever they do not know. The frame in which it is shown runs nothing anyway.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.readers.page import pictures
from crawler.readers.page.limits import within_limits
from crawler.text.addresses import absolute
from reading_room.captured.replay.sheets import data_address, inline, replayed_sheet

if TYPE_CHECKING:
    from reading_room.captured.replay import Held, Link

_TAGS: Final = frozenset([
    *("a", "abbr", "acronym", "address", "area", "article", "aside", "b", "bdi", "bdo", "big"),
    *("blockquote", "body", "br", "button", "caption", "center", "cite", "code", "col", "colgroup"),
    *("data", "datalist", "dd", "del", "details", "dfn", "dir", "div", "dl", "dt", "em"),
    *("fieldset", "figcaption", "figure", "font", "footer", "form", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "head", "header", "hgroup", "hr", "html", "i", "img", "input", "ins", "kbd", "label"),
    *("legend", "li", "main", "map", "mark", "marquee", "menu", "meter", "nav", "nobr", "ol"),
    *("optgroup", "option", "output", "p", "picture", "pre", "progress", "q", "rb", "rp", "rt"),
    *("rtc", "ruby", "s", "samp", "search", "section", "select", "small", "span", "strike"),
    *("strong", "sub", "summary", "sup", "table", "tbody", "td", "textarea", "tfoot", "th"),
    *("thead", "time", "tr", "tt", "u", "ul", "var", "wbr"),
])  # fmt: skip
"""Elements that are written; of one that is not known its contents are."""
_DROPPED: Final = frozenset([
    *("script", "noscript", "template", "svg", "math", "canvas", "base", "meta", "param", "source"),
    *("track", "noembed", "noframes", "portal", "fencedframe", "slot", "title", "style", "link"),
])  # fmt: skip
"""Elements that go with all that they hold, or of which something else is written."""
_FRAMES: Final = {
    "iframe": "src", "frame": "src", "embed": "src", "object": "data", "video": "src",
    "audio": "src", "applet": "code",
}  # fmt: skip
"""Elements that load a page or a file of their own, by the attribute that names it. A link to it is
written in their place."""
_VOID: Final = frozenset(["area", "br", "col", "hr", "img", "input", "wbr"])
_WRITTEN_AS: Final = {"xmp": "pre", "listing": "pre", "plaintext": "pre", "image": "img"}
_CUSTOM: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")

_ATTRIBUTES: Final = frozenset([
    *("abbr", "align", "alink", "alt", "axis", "behavior", "bgcolor", "border", "bordercolor"),
    *("cellpadding", "cellspacing", "checked", "class", "clear", "color", "cols", "colspan"),
    *("compact", "coords", "datetime", "dir", "direction", "disabled", "face", "for", "frame"),
    *("headers", "height", "hidden", "high", "hspace", "id", "label", "lang", "link", "loop"),
    *("low", "max", "maxlength", "media", "min", "multiple", "name", "noshade", "nowrap", "open"),
    *("optimum", "placeholder", "readonly", "reversed", "role", "rows", "rowspan", "rules"),
    *("scope", "scrollamount", "scrolldelay", "selected", "shape", "size", "span", "start"),
    *("summary", "tabindex", "text", "title", "type", "valign", "value", "vlink", "vspace"),
    *("width",),
])  # fmt: skip
"""Attributes that are written as they are: none of them names an address."""
_TELLING: Final = re.compile(r"aria-[a-z]+|data-[a-z0-9_.-]+")
"""Attributes that style sheets choose by; they are written if they name nothing with a path."""
_LONGEST_VALUE, _LONGEST_TELLING, _LONGEST_TITLE = 20_000, 200, 500
_INPUTS: Final = {
    "submit": "button", "image": "button", "file": "text", "password": "text", "reset": "button",
}  # fmt: skip
"""What inputs are written as that would send something, or ask for it."""
_DOCTYPE: Final = re.compile(
    r"(?:\ufeff|\s|<!--.*?-->|<\?.*?\?>)*<!doctype\s+html"
    r"(?:\s+public\s+[\"']([-\w/. +:]{0,100})[\"'](\s*[\"'])?)?",
    re.IGNORECASE | re.DOTALL,
)
_VIEWPORT: Final = re.compile(r"[\w=,. ;-]{1,200}")
_NOTE: Final = "clear: both; margin: 0; padding: 1em; background: #fff3c4; color: #222"
_MOST_FORMS: Final = 12
"""Forms of one picture that are looked for."""


def replayed(page: str, url: str, held: "Held", link: "Link", cut: str = "") -> str:
    """Return the text of a page from *url*, as it is shown: harmless, and with what is *held*.

    What it links to leads where *link* says. Of one that would keep a browser busy without end, as
    much is shown as the crawler reads, and the words *cut* tell so where it ends.
    """
    body, left_out = within_limits(page.encode(errors="replace"))
    writing = _Writing(LexborHTMLParser(body), url, held, link)
    note = f'<p style="{_NOTE}">{escape(cut)}</p>' if left_out and cut else ""
    return "".join([_doctype(page), *writing.written(), note])


def _doctype(page: str) -> str:
    """Return what makes a browser show a page by the same rules as it did, of old or of today."""
    found = _DOCTYPE.match(page[:10_000])
    if not found:
        return ""
    if found[1] is None:
        return "<!DOCTYPE html>"
    system = ' "about:legacy-compat"' if found[2] else ""
    return f'<!DOCTYPE html PUBLIC "{found[1]}"{system}>'


class _Writing:
    """One page being written."""

    def __init__(self, tree: LexborHTMLParser, url: str, held: "Held", link: "Link") -> None:
        self._tree, self._held, self._link = tree, held, link
        base = tree.css_first("base[href]")
        href = (base.attributes.get("href") or "") if base else ""
        self._base = absolute(href, url) or url
        self._special: Mapping[str, Callable[[LexborNode], str]] = {
            "img": self._picture,
            "style": self._style,
            "link": self._sheet,
            "title": self._title,
            "meta": self._viewport,
        }

    def written(self) -> Iterator[str]:
        """Yield the page, piece by piece; without recursion, however deep it is."""
        node, ends = self._tree.root, list[tuple[LexborNode, str]]()
        while node is not None:
            start, end, goes_in = self._begun(node)
            yield start
            child = node.child if goes_in else None
            if child is not None:
                ends.append((node, end))
                node = child
                continue
            yield end
            while node is not None and node.next is None:
                if not ends:
                    return
                node, end = ends.pop()
                yield end
            node = node.next if ends else None

    def _begun(self, node: LexborNode) -> tuple[str, str, bool]:
        """Return how a node begins and ends, and whether what it holds is written."""
        if node.is_text_node:
            return escape(node.text_content or "", quote=False), "", False
        tag = _WRITTEN_AS.get(node.tag or "", node.tag or "")
        if not node.is_element_node:
            return "", "", False
        if tag in self._special:
            return self._special[tag](node), "", False
        if tag in _FRAMES:
            return self._frame(node, _FRAMES[tag]), "", False
        if tag in _DROPPED or (tag == "input" and _type(node) == "hidden"):
            return "", "", False
        if tag == "frameset":
            return "<body>", "</body>", True
        if tag not in _TAGS and not _CUSTOM.fullmatch(tag):
            return "", "", True
        start = f"<{tag}{''.join(self._attributes(node, tag))}>"
        if tag == "head":
            start += '<meta charset="utf-8">'
        if tag in ("pre", "textarea"):
            start += "\n"  # which is not shown, so that one that follows is
        return start, "" if tag in _VOID else f"</{tag}>", tag not in _VOID

    def _attributes(self, node: LexborNode, tag: str) -> Iterator[str]:
        for name, value in node.attributes.items():
            value = (value or "")[:_LONGEST_VALUE]
            if name == "style":
                value = replayed_sheet(value, self._base, self._held)
            elif name == "background":
                value = self._file([value]) or ""
            elif name == "href" and tag in ("a", "area"):
                yield from self._leading(value)
                continue
            elif name == "usemap":
                value = value if value.startswith("#") else ""
            elif name == "type" and tag in ("input", "button"):
                kind = value.strip().lower()
                value = _INPUTS.get(kind, kind) if tag == "input" else "button"
            elif _TELLING.fullmatch(name):
                if tag == "img" or len(value) > _LONGEST_TELLING or {*"/:"} & {*value}:
                    continue
            elif name not in _ATTRIBUTES:
                continue
            yield _attribute(name, value)
        if tag == "button" and "type" not in node.attributes:
            yield _attribute("type", "button")

    def _leading(self, href: str) -> Iterator[str]:
        """Yield the attributes of a link: within the page, or out of the frame."""
        href = href.strip()
        if href.startswith("#"):
            yield _attribute("href", href)
        elif href and (url := absolute(href, self._base)):
            yield _attribute("href", self._link(url))
            yield ' target="_top" rel="nofollow"'

    def _file(self, addresses: list[str]) -> str | None:
        """Return where the first of some addresses is given that is held."""
        written_once = dict.fromkeys(address.strip() for address in addresses)
        for written in [*written_once][:_MOST_FORMS]:
            if written[:5].lower() == "data:":
                found = data_address(written)
            else:
                url = absolute(written, self._base) if written else None
                found = self._held.file(url) if url else None
            if found:
                return found
        return None

    def _picture(self, node: LexborNode) -> str:
        attributes, parent = node.attributes, node.parent
        beside = parent.css("source") if parent is not None and parent.tag == "picture" else []
        sources = [source.attributes for source in beside]
        offered = pictures.plain(attributes, self._base)
        real = [url for url in offered if not pictures.is_placeholder(url)]
        best = pictures.largest(attributes, self._base, sources)
        forms = [*real, *([best] if best else [])]
        for one in (attributes, *sources):
            forms += sorted(pictures.forms(one, self._base))
        # Of a picture that is held in another size than here that one is shown.
        larger = [pictures.stem(url) for url in forms if pictures.is_sized(url)]
        path = self._file([*forms, *larger, attributes.get("src") or ""])
        source = _attribute("src", path) if path else ""
        return f"<img{''.join(self._attributes(node, 'img'))}{source}>"

    def _style(self, node: LexborNode) -> str:
        css = replayed_sheet(node.text(), self._base, self._held)
        media = node.attributes.get("media")
        told = _attribute("media", media) if media else ""
        return f"<style{told}>{inline(css)}</style>"

    def _sheet(self, node: LexborNode) -> str:
        attributes = node.attributes
        rel = (attributes.get("rel") or "").lower().split()
        if "stylesheet" not in rel or "alternate" in rel or "disabled" in attributes:
            return ""
        url = absolute((attributes.get("href") or "").strip(), self._base)
        path = self._held.sheet(url) if url else None
        if not path:
            return ""
        media = attributes.get("media")
        if attributes.get("onload") and media == "print":  # how a sheet is loaded late, by a script
            media = None
        told = _attribute("media", media) if media else ""
        return f'<link rel="stylesheet"{_attribute("href", path)}{told}>'

    def _title(self, node: LexborNode) -> str:
        return f"<title>{escape(node.text()[:_LONGEST_TITLE], quote=False)}</title>"

    def _viewport(self, node: LexborNode) -> str:
        content = node.attributes.get("content") or ""
        if (node.attributes.get("name") or "").lower() != "viewport":
            return ""
        return (
            f'<meta name="viewport"{_attribute("content", content)}>'
            if _VIEWPORT.fullmatch(content)
            else ""
        )

    def _frame(self, node: LexborNode, name: str) -> str:
        """Return a link in the place of a frame that people could see."""
        attributes = node.attributes
        if {attributes.get("width"), attributes.get("height")} & {"0", "1", "0px", "1px"}:
            return ""
        nested = node.css_first("source[src]")
        href = attributes.get(name) or (nested.attributes.get("src") if nested else "") or ""
        url = absolute(href.strip(), self._base) if href.strip() else None
        leading = "".join(self._leading(url)) if url else ""
        return f"<p><a{leading}>{escape(url)}</a></p>" if url else ""


def _type(node: LexborNode) -> str:
    return (node.attributes.get("type") or "").strip().lower()


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"'
