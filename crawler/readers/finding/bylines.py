"""Who wrote an article, where it was taken from, and how it was filed, as the page says."""

from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborNode

from crawler.page import Article
from crawler.readers.finding.headline import Surroundings, name_of
from crawler.readers.page.document import Document
from crawler.readers.page.structured import What
from crawler.text.bylines import is_account, is_labelled, read_byline, read_end, read_name


def author(document: Document, *selectors: str, heading: LexborNode | None = None) -> str | None:
    """Return the author, without the label: where a family puts it, or by the general rules.

    Several are parted by ", ". The general rules are: JSON-LD and microdata; what is marked as an
    author's name near *heading*, the element that shows the title; ``<meta>``, unless it is only
    the site's name.
    """
    for name, rule in _authors(document, selectors, heading):
        document.evidence["author"] = rule
        return name
    document.evidence.pop("author", None)
    return None


def source(document: Document, *selectors: str) -> str | None:
    """Return the body or medium that the article was taken from, where a family says so."""
    for selector in selectors:
        for node in document.tree.css(selector)[:_MOST]:
            byline = read_byline(_pieces(node))
            if name := byline.source or (None if byline.author else read_name(_pieces(node))):
                document.evidence["source"] = selector
                return name
    return None


def category(document: Document, *selectors: str) -> str | None:
    """Return the most specific category: the last where a family puts them, or what is said."""
    if named := document.texts("category", *selectors):
        return named[-1]
    return _claimed(document, "category", "section")


def tags(document: Document, *selectors: str) -> list[str]:
    """Return the tags where a family puts them, or those said of the article for programs.

    ``<meta name="keywords">`` is not among them: portals repeat there what the whole site is about.
    """
    if named := document.texts("tags", *selectors):
        return named
    said = [s for s in document.structured.claims("keywords") if not s.rule.endswith("keywords")]
    for one in said:
        document.evidence["tags"] = one.rule
    return list(dict.fromkeys(one.value for one in said))


def language(document: Document) -> str | None:
    """Return the language that the page declares: of its ``<html>``, else of its article."""
    return document.language or _claimed(document, "language", "language")


def sign(article: Article, evidence: dict[str, str]) -> None:
    """Take author and source from the end of the article's text, which stays as it is.

    A writer named there goes before a system's account ("admin"), but not before a name that the
    page gives as the author's.
    """
    lines = [line for block in article.blocks[-_LAST_BLOCKS:] for line in block.text.split("\n")]
    end = read_end(lines)
    if end.author and (article.author is None or is_account(article.author)):
        article.author, evidence["author"] = end.author, "end of the text"
    if end.source and article.source is None:
        article.source, evidence["source"] = end.source, "end of the text"


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
    document: Document, selectors: tuple[str, ...], heading: LexborNode | None
) -> Iterator[tuple[str, str]]:
    for selector in selectors:
        for node in document.tree.css(selector)[:_MOST]:
            byline = read_byline(_pieces(node))
            if name := byline.author or (None if byline.source else read_name(_pieces(node))):
                yield name, selector
    said = [one for one in document.structured.claims("author") if read_name(one.value)]
    sites = {one.value.casefold() for one in document.structured.claims("publisher")}
    of_article = [one for one in said if not one.rule.startswith("meta")]
    own = [one for one in of_article if one.value.casefold() not in sites]
    if own:
        yield _joined(one.value for one in own if one.rule == own[0].rule), own[0].rule
    yield from _marked(document, heading)
    for one in (*of_article, *said):
        if one in of_article or one.value.casefold() not in sites:
            yield _joined([one.value]), one.rule


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, map(read_name, names))))


def _pieces(node: LexborNode) -> str:
    """Return what an element says, the texts of the elements inside parted by newlines."""
    texts = node.text(separator="\0")[:_MOST_TEXT].split("\0")
    return "\n".join(" ".join(text.split()) for text in texts)


def _marked(document: Document, heading: LexborNode | None) -> Iterator[tuple[str, str]]:
    """Yield the names in elements that are marked as an author's, near the heading."""
    around = Surroundings(document, heading)
    for selector in _MARKED:
        for node in around.nearest(document.tree.css(selector)[:_MOST]):
            if len(text := _pieces(node)) <= _LONGEST and (name := read_name(text)):
                yield name, name_of(node)
    for line in around.lines_after():
        is_byline = len(line.text) <= _LONGEST and is_labelled(line.text)
        if is_byline and (name := read_name(line.text)):
            yield name, f"line below the title, {name_of(line.node)}"


_LONGEST, _MOST_TEXT = 160, 2000


def _claimed(document: Document, what: str, of: What) -> str | None:
    said = document.structured.first(of)
    if said:
        document.evidence[what] = said.rule
    return said.value if said else None
