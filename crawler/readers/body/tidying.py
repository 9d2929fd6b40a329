"""What editors and systems leave in an article's HTML, put in order before it is read.

Taken out is what no reader sees or fills in. Struck-out text becomes ``<del>``, which is shown and
is no text; pictures that a script loads later get the address that ``<noscript>`` holds for them; a
form around prose, as ASP.NET puts around all it shows, becomes the box that it is.
"""

import re
from collections.abc import Iterator

from crawler.readers.body.elements import EMBEDS, Element, Node, Text, find
from crawler.readers.page.files import is_file
from crawler.readers.page.pictures import is_late, is_picture, is_placeholder, largest
from crawler.text.addresses import absolute, on_same_host

_DROPPED = frozenset(
    ["script", "style", "noscript", "template", "link", "meta", "form", "input", "button", "select",
     "textarea", "svg", "canvas", "nav"]
)  # fmt: skip
_AMP = {
    "amp-img": "img", "amp-anim": "img", "amp-iframe": "iframe", "amp-video": "video",
    "amp-audio": "audio",
}  # fmt: skip
_ITEMS = frozenset(["li", "p"])
_STRUCK = frozenset(["del", "s", "strike"])
_ADVERT = re.compile(r"\badsbygoogle\b|\bdcmads\b")
_ADVERT_DATA = ("data-ad-client", "data-ad-slot", "data-revive-zoneid")
_UNFILLED = frozenset(["hidden", "submit", "button", "image", "reset"])
"""Kinds of fields that ask nothing of a person."""
_NO_PROSE = frozenset(["a", "button", "label", "legend", "noscript", "option", "script", "select",
                       "style", "textarea"])  # fmt: skip
_SENTENCE, _MUCH_PROSE = 40, 200
"""Characters of a text that is no label, and of so much prose that a form is not all there is."""
_MAY_HIDE = re.compile(r"none|hidden|-\s*\d{3}|font-size\s*:\s*0", re.IGNORECASE)
_FAR_OFF = re.compile(r"-(?:[5-9]\d\d|\d{4,})")
"""Half a screen and more: no indent that Word writes goes so far."""
_NOTHING = re.compile(r"[01](?![.\d])")


def tidy(root: Element, base_url: str) -> None:
    """Put an article's HTML, which stands on the page *base_url*, in order for its reading."""
    elements = list(root.elements())
    names = {element.name for element in elements}
    if not names.isdisjoint(_AMP):
        _name_for_browsers(elements)
    if "noscript" in names:
        _take_twins(root, base_url)
    if "form" in names:
        _unwrap_forms(root)
    if any(map(_is_struck, elements)):
        _mark_struck(root)
    _take_teasers(elements)
    holders: dict[int, Element] = {}
    for element in elements:
        if element.parent is not None and _tidied(element) is not element:
            holders[id(element.parent)] = element.parent
    for holder in holders.values():
        kept = [_tidied(node) for node in holder.contents]
        holder.contents = [node for node in kept if node is not None]


def _tidied(node: Node) -> Node | None:
    if not isinstance(node, Element):
        return node
    if node.name in _DROPPED or (node.attrs and (_is_hidden(node) or _is_advert(node))):
        return None
    if node.name == "img" and _is_letter(node):
        return Text(node.get("alt"), node.parent)
    return node


def _take_teasers(elements: list[Element]) -> None:
    """Take out items of lists and paragraphs that are nothing but the title of another article, by
    which WordPress's themes name what they list: ``<li><a rel="bookmark" href="…">…</a></li>``."""
    for link in elements:
        if link.name == "a" and "bookmark" in link.attrs.get("rel", "").split():
            item = link
            while item.parent is not None and item.name not in _ITEMS and _is_alone(item):
                item = item.parent
            if item.name in _ITEMS:
                item.remove()


def _is_alone(element: Element) -> bool:
    """Whether nothing else stands in what an element stands in."""
    beside = element.parent.contents if element.parent is not None else []
    return all(
        node is element or not isinstance(node, Element | Text) or not str(node).strip()
        for node in beside
    )


def _is_advert(element: Element) -> bool:
    """Whether an ``<ins>`` is what networks of adverts make of it, and not an editor's."""
    if element.name != "ins":
        return False
    named = _ADVERT.search(element.get("class"))
    return bool(named) or any(name in element.attrs for name in _ADVERT_DATA)


def _name_for_browsers(elements: list[Element]) -> None:
    """Call the elements of AMP what they are; what a picture holds is for those without scripts."""
    for element in elements:
        element.name = _AMP.get(element.name, element.name)
        if element.name == "img":
            element.contents = []


# Pictures that are loaded later

_MOST_TWINS = 500
_ANY_PAGE = "http://any.invalid/"


def _take_twins(root: Element, base_url: str) -> None:
    """Take the pictures that stand in ``<noscript>`` for those that a script loads later.

    Such a twin gives its address to a neighbour that has none yet. One that stands alone is taken
    in its place if a script makes the picture; it may be a counter's, too.
    """
    for noscript in find(root, ["noscript"])[:_MOST_TWINS]:
        pictures = find(noscript, ["img"])
        holder = noscript.parent
        if len(pictures) != 1 or holder is None:
            continue
        (twin,) = pictures
        beside = list(_pictures_beside(noscript))
        lazy = next((img for img in beside if _waits(img)), None)
        if lazy is not None:
            lazy.attrs = lazy.attrs | {
                name: twin.attrs[name] for name in ("src", "srcset") if name in twin.attrs
            }
        elif not beside and _is_shown_alone(twin, noscript, base_url):
            twin.parent = holder
            holder.contents = [twin if node is noscript else node for node in holder.contents]


def _pictures_beside(noscript: Element) -> Iterator[Element]:
    """Yield the pictures before and after it that stand alone in what lies there."""
    for element in _elements_beside(noscript):
        inner = [element] if element.name == "img" else find(element, ["img"])
        if len(inner) == 1 and element.name != "noscript":
            yield inner[0]


def _elements_beside(element: Element) -> Iterator[Element]:
    """Yield the elements before and after one, with nothing but white space between."""
    assert element.parent
    nodes = [n for n in element.parent.contents if not (isinstance(n, Text) and n.isspace())]
    at = next(number for number, node in enumerate(nodes) if node is element)
    for node in (*nodes[max(0, at - 1) : at], *nodes[at + 1 : at + 2]):
        if isinstance(node, Element):
            yield node


def _waits(img: Element) -> bool:
    """Whether an element does not name its picture, not even for a script."""
    url = largest(img.attrs, _ANY_PAGE)
    if url is None or is_placeholder(url):
        return True
    return url == absolute(img.get("src"), _ANY_PAGE) and is_late(img.attrs, _ANY_PAGE)


def _is_shown_alone(twin: Element, noscript: Element, base_url: str) -> bool:
    """Whether a picture that only ``<noscript>`` holds is one of the article's."""
    url = absolute(twin.get("src"), base_url)
    if url is None or not is_picture(url) or is_placeholder(url) or _is_hidden(twin):
        return False
    if "1" in (twin.get("width"), twin.get("height")):
        return False
    if noscript.is_within(["figure"]):
        return True
    assert noscript.parent
    around = [noscript.parent, *_elements_beside(noscript)]
    is_named = any(is_picture(value) for e in around for value in e.attrs.values())
    return is_named or (bool(twin.get("alt").strip()) and on_same_host(url, base_url))


# Forms


def _unwrap_forms(root: Element) -> None:
    """Make boxes of the forms that prose stands in; the labels of what is filled in go."""
    said = sum(len(text.strip()) for text in root.texts())
    for form in find(root, ["form"]):
        if not _holds_article(form, said):
            continue
        form.name, form.attrs = "div", {}
        if _is_filled_in(form):
            for label in find(form, ["label", "legend"]):
                label.remove()


def _holds_article(form: Element, said: int) -> bool:
    """Whether what a form holds is the article's; *said* is how much all of this says."""
    prose = [len(text.strip()) for text in form.texts() if not _is_of_field(text)]
    if 2 * sum(prose) > said:
        return True
    told = sum(length for length in prose if length >= _SENTENCE)
    if _is_filled_in(form):
        return told >= _MUCH_PROSE
    return (
        told > 0
        or form.holds(["table"])
        or any(is_file(link.get("href")) for link in find(form, ["a"]))
    )


def _is_of_field(text: Text) -> bool:
    return text.parent is not None and text.parent.is_within(_NO_PROSE)


def _is_filled_in(form: Element) -> bool:
    """Whether a form asks a person for something."""
    return form.holds(["textarea", "select"]) or any(
        field.get("type").lower() not in _UNFILLED for field in find(form, ["input"])
    )


# Struck-out text


def _is_struck(element: Element) -> bool:
    return element.name in _STRUCK or "line-through" in element.attrs.get("style", "").lower()


def _mark_struck(root: Element) -> None:
    """Put ``<del>`` around each struck-out text, however it was struck out.

    Where most is struck out it is no correction, but a tag that was never closed, or a whole text
    that was withdrawn: then all of it stays text.
    """
    struck: set[int] = set()
    holders: list[Element] = []
    for element in root.elements():  # the outer before the inner
        if _is_struck(element) or id(element.parent) in struck:
            struck.add(id(element))
            holders.append(element)
    texts = [n for e in holders for n in e.contents if isinstance(n, Text) and n.strip()]
    said = sum(len(text.strip()) for text in root.texts())
    mark = "del" if 2 * sum(len(text.strip()) for text in texts) <= said else "s"
    for holder in holders:
        holder.contents = [_marked(node, mark, holder) for node in holder.contents]
        if holder.name in _STRUCK:
            holder.name, holder.attrs = "span", {}


def _marked(node: Node, mark: str, holder: Element) -> Node:
    if not isinstance(node, Text) or not node.strip():
        return node
    marked = Element(mark, parent=holder)
    marked.contents, node.parent = [node], marked
    return marked


# What is not seen


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
    if element.holds(["img", *EMBEDS]):
        return False
    return cut_off or not any("font-size" in inner.get("style") for inner in element.elements())


def _is_letter(img: Element) -> bool:
    """Whether a picture stands for a character: WordPress sends emoji so."""
    return bool(re.search(r"\b(?:emoji|wp-smiley)\b", img.get("class")))
