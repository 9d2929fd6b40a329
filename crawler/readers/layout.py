"""One way to read a page, given where a family of portals puts the parts of an article."""

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from crawler.page import Article, Attachment, Page
from crawler.readers.body.fragment import Fragment, read_fragment
from crawler.readers.finding.bylines import author, category, language, sign, source, tags
from crawler.readers.finding.neighbours import neighbours
from crawler.readers.finding.parts import as_part
from crawler.readers.finding.published import modified, published
from crawler.readers.finding.title import title, without_kicker
from crawler.readers.page.document import Document, text_of
from crawler.text.addresses import absolute
from crawler.vocabulary import PageKind

Selectors = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a family puts the parts of an article, as CSS selectors, the best first."""

    content: Selectors
    title: Selectors
    published: Selectors
    """``time`` elements, or elements whose text is a date."""
    listed: Selectors
    """Links to articles on a listing."""
    prev: Selectors = ()
    next: Selectors = ()
    parts: Selectors = ()
    """What holds the links to the parts of a divided article, and marks the one at hand."""
    lead: Selectors = ()
    modified: Selectors = ()
    author: Selectors = ()
    source: Selectors = ()
    """What names the body or medium that the article was taken from."""
    categories: Selectors = ()
    """All categories of the article, the most specific last."""
    tags: Selectors = ()
    featured: Selectors = ()
    """The article's picture, where it stands outside the content."""
    files: Selectors = ()
    """Links to the files that the article offers, where they stand outside the content."""
    junk: str = "script, style"
    """What the CMS and its extensions put inside the content."""
    utc_is_local: bool = False
    """Whether the family writes local time with a false offset of +00:00."""


def sign_of(document: Document, signs: Selectors) -> str | None:
    """Return the first of a family's signs that a page shows, if it shows any."""
    if not document.has(", ".join(signs)):  # one look at a page that shows none, as most do
        return None
    return next((sign for sign in signs if document.has(sign)), None)


def read(document: Document, layout: Layout, kind: PageKind) -> Page:
    """Read a page that is known to be of some kind.

    One that says itself that it is no article, as a static page does, is read like one where it
    has a title and a text; its kind stays.
    """
    page = Page(kind, canonical_url=document.canonical_url, evidence=document.evidence)
    if kind == PageKind.LISTING:
        page.links = document.addresses("links", *layout.listed)
    if kind in (PageKind.ARTICLE, PageKind.PROTECTED):
        page.parts, is_further = _parts(document, layout)
        found = neighbours(document, layout.prev, layout.next, page.parts)
        page.prev_url, page.next_url = found
    if kind == PageKind.ARTICLE:
        page.article = _article(document, layout)
        if is_further:
            as_part(page)
    if kind == PageKind.OTHER and "kind" in document.evidence and _shows_text(document, layout):
        page.article = _article(document, layout)
    return page


def _shows_text(document: Document, layout: Layout) -> bool:
    """Whether a page has what an article has: a title, and a text where the family puts it."""
    return any(map(document.has, layout.content)) and title_of(document, layout) is not None


def kind_of(document: Document, layout: Layout, *, names_article: bool = False) -> PageKind:
    """Return what a page is by what stands on it.

    *names_article* says that its address is one of an article: then it is no listing, whatever
    lists stand beside the article, and "other" means that *layout* does not fit.
    """
    if document.find("content", *layout.content) and title_of(document, layout):
        return PageKind.ARTICLE
    document.evidence.pop("content", None)
    listing = not names_article and any(document.has(selector) for selector in layout.listed)
    return PageKind.LISTING if listing else PageKind.OTHER


def _parts(document: Document, layout: Layout) -> tuple[list[str], bool]:
    """Return the addresses of the other parts of a divided article; and whether this is a further
    part, that is: whether links stand before the mark of the part at hand."""
    block = document.find("parts", *layout.parts)
    if block is None:
        return [], False
    marks = block.css("a[href], .current, .active")
    hrefs = [mark.attributes.get("href") or "" for mark in marks]
    urls = dict.fromkeys(url for href in hrefs if href and (url := absolute(href, document.base)))
    urls.pop(document.url, None)
    if not urls:
        document.evidence.pop("parts", None)
    return list(urls), next((n for n, mark in enumerate(marks) if _is_current(mark)), 0) > 0


def _is_current(mark: LexborNode) -> bool:
    classes = (mark.attributes.get("class") or "").split()
    return "current" in classes or "active" in classes


def title_of(document: Document, layout: Layout) -> str | None:
    """Return the article's title: from where the family puts it, else by what any page shows."""
    for selector in layout.title:
        if (node := document.css_first(selector)) is not None and text_of(node):
            document.evidence["title"] = selector
            return without_kicker(node, document)
    return title(document)[0]


def _article(document: Document, layout: Layout) -> Article:
    name = title_of(document, layout) or ""
    written_by = author(document, *layout.author)
    taken_from = source(document, *layout.source)
    dating = published(document, *layout.published, local_as_utc=layout.utc_is_local)
    changed = modified(document, *layout.modified)
    filed_under, tagged = category(document, *layout.categories), tags(document, *layout.tags)
    # Last, for it takes the article apart, and what is asked for above may stand inside.
    fragment = _content(document, layout)
    article = Article(
        title=name,
        lead=document.text("lead", *layout.lead),
        blocks=fragment.blocks,
        author=written_by,
        source=taken_from,
        category=filed_under,
        tags=tagged,
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


def _content(document: Document, layout: Layout) -> Fragment:
    content = document.find("content", *layout.content)
    if content is None:
        return Fragment()
    html = ""
    if featured := document.find("featured", *layout.featured):
        html = featured.html or ""
        featured.decompose()  # its caption is nothing of the lead
    for node in content.css(layout.junk):
        node.decompose()
    fragment = read_fragment(html + (content.html or ""), document.base)
    known = {file.url for file in fragment.attachments}
    for link in document.find_all("files", *layout.files):
        url = absolute(link.attributes.get("href") or "", document.base)
        if url and url not in known:
            known.add(url)
            fragment.attachments.append(Attachment(url, text_of(link) or None))
    return fragment
