"""A picture with a caption, as what a portal shows of itself has none."""

from collections.abc import Collection

from selectolax.lexbor import LexborNode

from crawler.readers.body.fragment import CAPTION_CLASS
from crawler.readers.page.document import letters_of


def with_caption(picture: LexborNode, text: LexborNode) -> LexborNode | None:
    """Return the part of a text that holds a picture and its caption, and says nothing else; None
    if the picture has no caption that the page marks as one, or shares it with others.

    What only looks like a caption, a line in italics, may be the author's first sentence.
    """
    holder = picture.parent
    while holder is not None and holder.mem_id != text.mem_id:
        if len(holder.css("img")) > 1:
            return None
        if said := letters_of(holder.text()):
            return holder if said == _captions(holder) else None
        holder = holder.parent
    return None


def _captions(holder: LexborNode) -> str:
    """Return the letters of the captions in an element; a credit inside one is a part of it."""
    marked = [node for node in holder.css("figcaption, [class]") if is_caption(node)]
    known = {node.mem_id for node in marked}
    outermost = (node for node in marked if not _lies_in_one(node, known))
    return "".join(letters_of(node.text()) for node in outermost)


def is_caption(node: LexborNode) -> bool:
    """Whether an element is marked as what is said of a picture."""
    names = node.attributes.get("class") or ""
    return node.tag == "figcaption" or CAPTION_CLASS.search(names) is not None


def _lies_in_one(node: LexborNode, known: Collection[int]) -> bool:
    above = node.parent
    while above is not None and above.mem_id not in known:
        above = above.parent
    return above is not None
