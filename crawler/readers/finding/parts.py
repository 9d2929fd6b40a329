"""The further pages of an article that is divided, in any layout::

    <p>The text of page 1 …</p>
    <div>Trang: <b>1</b> <a href="/tin/bai-viet.html?page=2">2</a> <a href="…?page=3">3</a></div>

A link is one to a further page if its label is a number, and its address is that of the page of
this number of the same article. A list of other articles, too, may have such a pager: what stands
below the links to them is not believed.
"""

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from crawler.page import Block, Page
from crawler.readers.page.document import Document, text_of
from crawler.readers.page.evidence import Read
from crawler.text.addresses import absolute, urlkey
from crawler.text.paging import page_number
from crawler.vocabulary import PageKind

_NUMBER = re.compile(r"(?:(?:trang|page|phần|part)\s*)?(\d{1,2})", re.IGNORECASE)
_PAGER = re.compile(r"(?:trang|page|phần|part)?[\s\d:;,.…|/«»<>()\[\]-]*", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_MOST_LINKS, _LONGEST_LABEL = 3000, 10
_PROSE, _TITLE = 40, 30
"""Characters of a text that is prose, and of a link that is the title of another article."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The pages of a divided article."""

    others: tuple[str, ...]
    """The addresses of all but the page at hand, in order."""
    is_further: bool
    """Whether the page at hand is another one than the first."""


def parts(document: Document, container: LexborNode) -> Read[Parts] | None:
    """Return the other pages of the article in *container*, if it is divided."""
    found: dict[int, tuple[str, LexborNode]] = {}
    own, forms = 1, set[str]()
    for link in document.tree.css("a[href]")[:_MOST_LINKS]:
        numbered = _numbered(link, document)
        if numbered is None:
            continue
        number, url, here = numbered
        form = _DIGITS.sub("", url) if number > 1 else ""  # another pager's are of another form
        if number not in found and forms <= {form, ""}:
            own, found[number] = here, (url, link)
            forms.add(form)
    if not found or not _is_of_text(found[min(found)][1], container, document):
        return None
    others = tuple(found[number][0] for number in sorted(found))
    return Read(Parts(others, own > 1), "links that are numbers")


def without_pager(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the text of a page of a divided article without the numbers of its pages below."""
    while blocks and blocks[-1].text and _PAGER.fullmatch(blocks[-1].text):
        blocks = blocks[:-1]
    return blocks


def as_part(page: Page) -> Page:
    """Return a page that was read as an article as a further part of one."""
    return replace(
        page,
        kind=PageKind.PART,
        links=page.parts[:1],
        parts=(),
        canonical_url=None,
        prev_url=None,
        next_url=None,
    )


def _numbered(link: LexborNode, document: Document) -> tuple[int, str, int] | None:
    """Return the number of a page that a link leads to, its address, and the number of this one."""
    label = link.text() if link.first_child is not None else ""
    if len(label) > 5 * _LONGEST_LABEL:
        return None
    match = _NUMBER.fullmatch(text_of(link).strip("[]().- "))
    url = absolute(link.attributes.get("href") or "", document.base) if match else None
    if match is None or url is None or urlkey(url) == urlkey(document.url):
        return None
    own = page_number(url, number := int(match[1]), document.url)
    return (number, url, own) if own else None


def _is_of_text(link: LexborNode, container: LexborNode, document: Document) -> bool:
    """Whether no list of other articles stands between the text and a link."""
    inside = {node.mem_id for node in container.traverse(include_text=True)}
    titles = 0
    body = document.tree.body
    for node in body.traverse(include_text=True) if body is not None else ():
        if node == link:
            return titles < 2
        if node.tag == "a":
            titles += len(text_of(node)) >= _TITLE
        elif node.is_text_node and node.mem_id in inside:
            text = (node.text_content or "").strip()
            if len(text) >= _PROSE and node.parent is not None and node.parent.tag != "a":
                titles = 0
    return False
