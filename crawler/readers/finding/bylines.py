"""Who wrote an article, where it was taken from, and how it was filed, as the page says."""

from collections.abc import Iterable, Iterator, Sequence

from selectolax.lexbor import LexborNode

from crawler.page import Block
from crawler.readers.body.elements import HEADINGS
from crawler.readers.finding.headline import Surroundings, name_of, names_of
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read
from crawler.text.bylines import is_account, is_labelled, read_byline, read_end, read_name
from crawler.vocabulary import BlockKind


def author(
    document: Document, *selectors: str, around: Surroundings | None = None
) -> Read[str] | None:
    """Return the author, without the label: where a family puts it, or by the general rules.

    Several are parted by ", ". The general rules are: JSON-LD and microdata; what is marked as an
    author's name near the heading that *around* is about (found here if not given); ``<meta>``,
    unless it is only the site's name.
    """
    return next(_authors(document, selectors, around), None)


def source(document: Document, *selectors: str) -> Read[str] | None:
    """Return the body or medium that the article was taken from, where a family says so."""
    for selector in selectors:
        for node in document.css(selector)[:_MOST]:
            byline = read_byline(_pieces(node))
            if name := byline.source or (None if byline.author else read_name(_pieces(node))):
                return Read(name, selector)
    return None


def category(document: Document, *selectors: str) -> Read[str] | None:
    """Return the most specific category: the last where a family puts them, or what is said."""
    if named := document.texts(*selectors):
        return Read(named.value[-1], named.by)
    return document.structured.first("section")


def tags(document: Document, *selectors: str) -> Read[tuple[str, ...]] | None:
    """Return the tags where a family puts them, or those said of the article for programs.

    ``<meta name="keywords">`` is not among them: portals repeat there what the whole site is about.
    """
    if named := document.texts(*selectors):
        return named
    said = [s for s in document.structured.claims("keywords") if not s.by.endswith("keywords")]
    return Read(tuple(dict.fromkeys(one.value for one in said)), said[-1].by) if said else None


def language(document: Document) -> Read[str] | None:
    """Return the language that the page declares: of its ``<html>``, else of its article."""
    return document.language or document.structured.first("language")


def signature(
    blocks: Sequence[Block], author: Read[str] | None, source: Read[str] | None
) -> tuple[Read[str] | None, Read[str] | None]:
    """Return author and source of an article, as the end of its text and the page tell them.

    The text stays as it is. A writer named there goes before a system's account ("admin"), but not
    before a name that the page gives as the author's.
    """
    said = [block.text for block in blocks[-_LAST_BLOCKS:] if block.kind != BlockKind.HEADING]
    lines = [line for text in said for line in text.split("\n")]
    end = read_end(lines)
    if end.author and (author is None or is_account(author.value)):
        author = Read(end.author, _SIGNED)
    if end.source and source is None:
        source = Read(end.source, _SIGNED)
    return author, source


_SIGNED = "end of the text"
_LAST_BLOCKS = 6
"""The blocks, pictures among them, in which an article is signed."""
_MARKED = (
    "[rel~=author]",
    "[itemprop~=author]",
    ".author .fn, .author.vcard, .byline .author",
    ".author-name, .post-author, .entry-author, .article-author, .author",
    ".byline",
    "[class*=author i]:not(button), [class*=byline i], [class*=autor i], [class*=tacgia i], "
    "[class*=tac-gia i]",
)
_MOST = 30


def _authors(
    document: Document, selectors: tuple[str, ...], around: Surroundings | None
) -> Iterator[Read[str]]:
    for selector in selectors:
        for node in document.css(selector)[:_MOST]:
            byline = read_byline(_pieces(node))
            if name := byline.author or (None if byline.source else read_name(_pieces(node))):
                yield Read(name, selector)
    said = [one for one in document.structured.claims("author") if read_name(one.value)]
    sites = {one.value.casefold() for one in document.structured.claims("publisher")}
    of_article = [one for one in said if not one.by.startswith("meta")]
    own = [one for one in of_article if one.value.casefold() not in sites]
    if own:
        yield Read(_joined(one.value for one in own if one.by == own[0].by), own[0].by)
    yield from _marked(document, around or Surroundings(document))
    for one in (*of_article, *said):
        if one in of_article or one.value.casefold() not in sites:
            yield Read(_joined([one.value]), one.by)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, map(read_name, names))))


def _pieces(node: LexborNode) -> str:
    """Return what an element says, the texts of the elements inside parted by newlines."""
    texts = node.text(separator="\0")[:_MOST_TEXT].split("\0")
    return "\n".join(" ".join(text.split()) for text in texts)


def _marked(document: Document, around: Surroundings) -> Iterator[Read[str]]:
    """Yield the names in elements that are marked as an author's, near the heading."""
    for selector in _MARKED:
        for node in around.nearest(document.css(selector)[:_MOST]):
            if _is_of_picture(node):
                continue
            if len(text := _pieces(node)) <= _LONGEST and (name := read_name(text)):
                yield Read(name, name_of(node))
    for line in around.lines_after:
        is_byline = len(line.text) <= _LONGEST and is_labelled(line.text)
        if is_byline and line.node.tag not in HEADINGS and (name := read_name(line.text)):
            yield Read(name, f"line below the title, {name_of(line.node)}")


def _is_of_picture(node: LexborNode) -> bool:
    """Whether an element stands in a picture's caption: there it names the photographer."""
    parent, levels = node.parent, 0
    while parent is not None and levels < _FEW_LEVELS:
        if parent.tag in ("figure", "figcaption") or "caption" in names_of(parent).lower():
            return True
        parent, levels = parent.parent, levels + 1
    return False


_LONGEST, _MOST_TEXT = 160, 2000
_FEW_LEVELS = 5
