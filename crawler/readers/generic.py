"""Any page: by structure first, then by what the words say."""

import re

from selectolax.lexbor import LexborNode

from crawler.items import Article, Block, Page, PageKind
from crawler.readers.bylines import author, category, language, sign, tags
from crawler.readers.content import Outline
from crawler.readers.document import Document
from crawler.readers.fragment import read_fragment
from crawler.readers.neighbours import neighbours
from crawler.readers.published import Dating, modified, published
from crawler.readers.title import title
from crawler.text.addresses import absolute


def recognise(document: Document) -> str | None:
    """Return the sign by which a page can be read here: any can."""
    return "any page"


def read(document: Document) -> Page:
    """Read a page of an unknown family."""
    page = Page("other", canonical_url=document.canonical_url, evidence=document.evidence)
    name, heading = title(document)
    outline = Outline(document)
    container = outline.container(heading)
    if container is None:
        return page
    dating = published(document, heading=heading)
    page.kind = _kind(document, outline, container, dating)
    if page.kind == "listing":
        page.links = _links(outline.items(container), document)
        return page
    page.prev_url, page.next_url = neighbours(document)
    if page.kind == "article" and name:
        around = [url for url in (page.prev_url, page.next_url) if url]
        page.article = _article(document, name, heading, outline, container, dating, around)
    else:
        page.kind = "other"
    return page


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
        return "listing"
    signs = document.structured.is_article or document.meta("og:type") == "article"
    items, prose = len(outline.items(container)), outline.prose(container)
    if items >= _FEWEST and not signs and prose < items * _ENOUGH:
        return "listing"
    return "article" if signs or dating or prose >= _ENOUGH else "other"


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
    changed = modified(document, heading=heading)
    written_by = author(document, heading=heading)
    filed_under, tagged = category(document), tags(document)
    lead = outline.lead(container, heading)
    outline.clean(container, around)
    fragment = read_fragment(container.inner_html or "", document.base)
    article = Article(
        title=name,
        lead=lead,
        author=written_by,
        category=filed_under,
        tags=tagged,
        blocks=_from_the_title_on(fragment.blocks, name, dating.raw if dating else None),
        published_at=dating.moment if dating else None,
        published_raw=dating.raw if dating else None,
        published_by=dating.rule if dating else None,
        published_confidence=dating.confidence if dating else None,
        modified_at=changed,
        images=fragment.images,
        attachments=fragment.attachments,
        language=language(document),
    )
    sign(article, document.evidence)
    return article


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
        block.kind == "paragraph"
        and len(block.text) <= _LONGEST_LINE
        and ((date is not None and date in block.text) or _DATE.search(block.text) is not None)
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
