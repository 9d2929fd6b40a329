"""What a page needs to look as it did: style sheets, fonts, and the pictures of its frame.

::

    <link rel="stylesheet" href="/theme/style.css"> <link rel="icon" href="/favicon.ico">
    <style>@font-face { src: url(/theme/a.woff2) }</style>
    <div class="logo"><a href="/"><img src="/theme/logo.png"></a></div>
    <div style="background-image: url(/theme/banner.jpg)">

Scripts are none of them: what they would do to a page of long ago, nobody can tell.
"""

from collections.abc import Collection, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.page import Requisite
from crawler.readers.page import pictures
from crawler.readers.page.document import Document
from crawler.readers.page.stylesheets import in_declarations, in_styles
from crawler.text.addresses import absolute, on_same_host
from crawler.vocabulary import MediaKind

_LINKS = {
    "stylesheet": MediaKind.STYLE,
    "icon": MediaKind.THEME,
    "apple-touch-icon": MediaKind.THEME,
}
"""What a ``<link>`` names, by a word of its ``rel``."""
_PRELOADED = {"style": MediaKind.STYLE, "font": MediaKind.FONT, "image": MediaKind.THEME}
_ORDER = (MediaKind.STYLE, MediaKind.FONT, MediaKind.THEME)
"""The most important first: there is a bound to how many are asked for."""
_FRAMES = ("header", "footer", "nav", "logo", "banner")
"""Names of elements, and words in classes and ids, of what frames a page."""
_MOST = 200


def requisites(document: Document, known: Collection[str] = ()) -> tuple[Requisite, ...]:
    """Return what a page needs to look as it did, each address once, the most important first.

    *known* are the addresses of the article's own pictures, which are none of the frame. Nor are
    the pictures of other articles: those in a link to another page of the site, unless they stand
    in the head, the foot or the menu. Of a page that names hundreds, the first 200 are taken.
    """
    found: dict[str, MediaKind] = {}
    for requisite in (
        *_linked(document),
        *styled(document.tree, document.base),
        *_pictured(document, {*known}),
    ):
        found.setdefault(requisite.url, requisite.kind)
    ordered = sorted(found, key=lambda url: _ORDER.index(found[url]))
    return tuple(Requisite(found[url], url) for url in ordered[:_MOST])


def _linked(document: Document) -> Iterator[Requisite]:
    for node in document.tree.css("link[href]"):
        words = (node.attributes.get("rel") or "").lower().split()
        if "alternate" in words:
            continue  # a style that a reader would have to choose
        kind = next((_LINKS[word] for word in words if word in _LINKS), None)
        if "preload" in words:
            kind = _PRELOADED.get((node.attributes.get("as") or "").lower())
        url = _address(node, "href", document.base)
        if kind and url:
            yield Requisite(kind, url)


def styled(part: LexborHTMLParser | LexborNode, base: str) -> Iterator[Requisite]:
    """Yield what the styles in a part of a page name; addresses are relative to *base*."""
    for node in part.css("style"):
        yield from in_styles(node.text(), base)
    for node in part.css('[style*="url(" i]'):
        yield from in_declarations(node.attributes.get("style") or "", base)
    for node in part.css("[background]"):
        if url := _address(node, "background", base):
            yield Requisite(MediaKind.THEME, url)


def _pictured(document: Document, known: Collection[str]) -> Iterator[Requisite]:
    for node in document.tree.css('img, input[type="image"]'):
        if "1" in (node.attributes.get("width"), node.attributes.get("height")):
            continue  # a counter
        offered = pictures.forms(node.attributes, document.base)
        if not offered or not offered.isdisjoint(known) or _is_of_another_page(node, document):
            continue
        for url in dict.fromkeys(_shown(node, document.base)):
            yield Requisite(MediaKind.THEME, url)


def _shown(node: LexborNode, base: str) -> Iterator[str]:
    """Yield the forms of a picture that a replay may ask for: without scripts, and the best."""
    yield from pictures.plain(node.attributes, base, ("src",))
    if best := pictures.largest(node.attributes, base):
        yield best


def _is_of_another_page(node: LexborNode, document: Document) -> bool:
    """Whether a picture stands for another page of the site, as in a list of articles."""
    link: LexborNode | None = None
    above = node.parent
    while above is not None:
        if _is_frame(above):
            return False
        if above.tag == "a" and link is None:
            link = above
        above = above.parent
    url = _address(link, "href", document.base) if link else None
    if url is None or not on_same_host(url, document.url):
        return False
    return url.partition("://")[2].partition("/")[2] != ""


def _is_frame(node: LexborNode) -> bool:
    if node.tag in _FRAMES:
        return True
    if node.tag in ("html", "body"):
        return False  # whose classes tell of the whole page
    named = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}".lower()
    return any(word in named for word in _FRAMES)


def _address(node: LexborNode, name: str, base: str) -> str | None:
    value = (node.attributes.get(name) or "").strip()
    return absolute(value, base) if value and not value.startswith("#") else None
