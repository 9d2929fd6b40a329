"""Any page: by structure first, then by what the words say."""

import re

from selectolax.lexbor import LexborNode

from crawler.page import Article, Block, Page
from crawler.readers.body.fallback import fragment_by_trafilatura
from crawler.readers.body.fragment import Fragment, read_fragment
from crawler.readers.finding.bylines import author, category, language, sign, tags
from crawler.readers.finding.content import Outline
from crawler.readers.finding.neighbours import neighbours
from crawler.readers.finding.parts import as_part, parts, without_pager
from crawler.readers.finding.published import Dating, modified, published
from crawler.readers.finding.title import names_only_site, title
from crawler.readers.page.document import Document, text_of
from crawler.text.addresses import absolute
from crawler.vocabulary import BlockKind, PageKind


def recognise(document: Document) -> str | None:
    """Return the sign by which a page can be read here: any can."""
    return "any page"


def read(document: Document) -> Page:
    """Read a page of an unknown family."""
    page = Page(PageKind.OTHER, canonical_url=document.canonical_url, evidence=document.evidence)
    name, heading = title(document)
    outline = Outline(document)
    container = outline.container(heading)
    if container is None:
        return _without_structure(page, document, name, heading)
    if heading is None and (name is None or names_only_site(name, document)):
        heading = outline.heading(container)
        name = text_of(heading) if heading is not None else name
    dating = published(document, heading=heading)
    page.kind = _kind(document, outline, container, dating)
    if page.kind == PageKind.LISTING:
        page.links = _links(outline.items(container), document)
        return page
    if page.kind == PageKind.ARTICLE and not name:
        page.kind = PageKind.OTHER
    is_further = False
    if page.kind == PageKind.ARTICLE:
        page.parts, is_further = parts(document, container)
    page.prev_url, page.next_url = neighbours(document, parts=page.parts)
    if page.kind == PageKind.ARTICLE and name:
        around = [url for url in (page.prev_url, page.next_url, *page.parts) if url]
        page.article = _article(document, name, heading, outline, container, dating, around)
        if page.parts:
            page.article.blocks = without_pager(page.article.blocks)
        if is_further:
            as_part(page)
    return page


def _without_structure(
    page: Page, document: Document, name: str | None, heading: LexborNode | None
) -> Page:
    """Fill a page in which no element holds prose, if it says, or its date, that it is an article.

    Without either a menu is as likely.
    """
    dating = published(document, heading=heading)
    if document.is_start_page or not name or not (dating or _says_article(document)):
        return page
    fragment = fragment_by_trafilatura(document)
    if fragment and sum(len(block.text) for block in fragment.blocks) >= _ENOUGH:
        page.kind = PageKind.ARTICLE
        page.prev_url, page.next_url = neighbours(document)
        page.article = _described(document, name, heading, dating)
        _fill(page.article, fragment, document)
    return page


def _says_article(document: Document) -> bool:
    return document.structured.is_article or document.meta("og:type") == "article"


def reading(document: Document) -> Article | None:
    """Return what a page says that is known to be no article, if it has a title and some prose."""
    name, heading = title(document)
    outline = Outline(document)
    container = outline.container(heading)
    if name is None or container is None or outline.prose(container) < _ENOUGH:
        return None
    return _article(document, name, heading, outline, container, None, [])


_ENOUGH, _FEWEST = 250, 4


def _kind(
    document: Document, outline: Outline, container: LexborNode, dating: Dating | None
) -> PageKind:
    """Tell an article from a listing of articles and from what is neither."""
    if document.is_start_page:
        return PageKind.LISTING
    signs = _says_article(document)
    items, prose = len(outline.items(container)), outline.prose(container)
    if items >= _FEWEST and not signs and prose < items * _ENOUGH:
        return PageKind.LISTING
    return PageKind.ARTICLE if signs or dating or prose >= _ENOUGH else PageKind.OTHER


def _links(items: list[LexborNode], document: Document) -> list[str]:
    hrefs = (item.attributes.get("href") for item in items)
    urls = (absolute(href, document.base) for href in hrefs if href)
    document.evidence["links"] = "links that are headings"
    return list(dict.fromkeys(url for url in urls if url and url != document.url))


def _article(
    document: Document,
    name: str,
    heading: LexborNode | None,
    outline: Outline,
    container: LexborNode,
    dating: Dating | None,
    around: list[str],
) -> Article:
    article = _described(document, name, heading, dating)
    article.lead = outline.lead(container, heading)
    outline.clean(container, around)
    _fill(article, read_fragment(container.inner_html or "", document.base), document)
    return article


def _described(
    document: Document, name: str, heading: LexborNode | None, dating: Dating | None
) -> Article:
    """Return what a page tells of its article, without the text."""
    return Article(
        title=name,
        author=author(document, heading=heading),
        category=category(document),
        tags=tags(document),
        published_at=dating.moment if dating else None,
        published_raw=dating.raw if dating else None,
        published_by=dating.rule if dating else None,
        published_confidence=dating.confidence if dating else None,
        modified_at=modified(document, heading=heading),
        language=language(document),
    )


def _fill(article: Article, fragment: Fragment, document: Document) -> None:
    """Add the text, and what its last lines tell."""
    article.blocks = _from_the_title_on(fragment.blocks, article.title, article.published_raw)
    article.images, article.attachments = fragment.images, fragment.attachments
    sign(article, document.evidence)


_LONGEST_LINE = 80


def _from_the_title_on(blocks: list[Block], title: str, date: str | None) -> list[Block]:
    """Return the blocks without the title and the lines around it that stand above the text."""
    start = 0
    for number, block in enumerate(blocks[:15]):
        if _letters(block.text) == _letters(title):
            start = number + 1
    while start < len(blocks) and _is_dateline(blocks[start], date):
        start += 1
    return blocks[start:]


_DATE = re.compile(r"\d{1,2}\s*[./-]\s*\d{1,2}\s*[./-]\s*(?:19|20)\d\d|(?:19|20)\d\d")


def _is_dateline(block: Block, date: str | None) -> bool:
    return (
        block.kind == BlockKind.PARAGRAPH
        and len(block.text) <= _LONGEST_LINE
        and ((date is not None and date in block.text) or _DATE.search(block.text) is not None)
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
