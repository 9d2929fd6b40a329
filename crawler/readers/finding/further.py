"""Further articles that a page shows below its own, as one scrolls on.

Each stands whole in a part of its own, with its own day, under a heading like that of the article:
of no other class, and no link, as the titles in a list are::

    <div> <h1 class="title first">…</h1> <i>05/08/2019</i> <p>…</p> </div>    the article
    <div> <h1 class="title">…</h1> <i>01/08/2019</i> <p>…</p> </div>    the next, often longer
"""

from collections.abc import Collection, Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

from crawler.readers.page.document import Document, letters_of, text_of
from crawler.text.datelines import read_dateline

_LITTLE = 250
"""Characters that an article says at least, where others may be left out beside it."""
_MOST = 60
"""Headings, and elements in front of one, that are looked at."""
_LONGEST_LINE, _NEAR = 100, 200
"""Characters of a line that tells a day; nodes below a heading, among which it stands."""


def further_articles(document: Document, heading: LexborNode | None) -> list[LexborNode]:
    """Return the parts of a page that hold other whole articles than that under *heading*."""
    name = _classes(heading) if heading is not None else frozenset()
    if heading is None or not name:
        return []
    alike = [node for node in document.css(heading.tag or "")[:_MOST] if _classes(node) & name]
    alike = [node for node in alike if _classes(node) <= name or _classes(node) >= name]
    if len(alike) < 2 or alike[0].mem_id != heading.mem_id:
        return []
    title, around = letters_of(text_of(heading)), {node.mem_id for node in _upwards(heading)}
    parts: dict[int, LexborNode] = {}
    for node in alike[1:]:
        if _is_link(node) or letters_of(text_of(node)) in ("", title):
            return []
        if not any(holder.mem_id in parts for holder in _upwards(node)):
            part = _begun_by(node, around)
            if not _is_dated(part):
                return []  # a section of the one article
            parts[part.mem_id] = part
    left = _said(document.css("p")) - sum(_said(part.css("p")) for part in parts.values())
    return list(parts.values()) if left >= _LITTLE else []


def _begun_by(heading: LexborNode, around: Collection[int]) -> LexborNode:
    """Return the largest part of the page that begins with a heading: no prose stands in it before,
    nor the article's own heading."""
    part = heading
    for holder in _upwards(heading):
        if holder.mem_id in around:
            break
        part = holder
        if _follows_prose(part):
            break
    return part


def _follows_prose(part: LexborNode) -> bool:
    """Whether prose stands before something in the same element, or more than is looked at."""
    before = part.prev
    for _ in range(_MOST):
        if before is None:
            return False
        if before.tag and before.tag[0] not in "-!" and _said(before.css("p")) >= _LITTLE:
            return True
        before = before.prev
    return True


def _is_dated(part: LexborNode) -> bool:
    """Whether a part of a page tells near its beginning, in a line of its own, when it appeared."""
    for node in islice(part.traverse(include_text=True), _NEAR):
        line = " ".join((node.text_content or "").split()) if node.tag == "-text" else ""
        dateline = read_dateline(line) if len(line) <= _LONGEST_LINE else None
        if dateline is not None and dateline.published:
            return True
    return False


def _classes(node: LexborNode) -> frozenset[str]:
    return frozenset((node.attributes.get("class") or "").split())


def _upwards(node: LexborNode) -> Iterator[LexborNode]:
    holder: LexborNode | None = node
    while holder is not None:
        yield holder
        holder = holder.parent


def _is_link(node: LexborNode) -> bool:
    return node.css_first("a[href]") is not None or any(n.tag == "a" for n in _upwards(node))


def _said(paragraphs: list[LexborNode]) -> int:
    return sum(len(text_of(node)) for node in paragraphs)
