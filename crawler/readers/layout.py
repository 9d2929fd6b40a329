"""One way to read a page, given where a family of portals puts the parts of an article."""

from dataclasses import dataclass, replace
from html import escape

from selectolax.lexbor import LexborNode

from crawler.page import NO_EVIDENCE, Attachment, Evidence, Page
from crawler.readers.body.fragment import Fragment, read_fragment
from crawler.readers.finding.bylines import author, category, language, source, tags
from crawler.readers.finding.findings import Findings, with_article
from crawler.readers.finding.headline import Surroundings
from crawler.readers.finding.neighbours import neighbours
from crawler.readers.finding.parts import Parts, as_part
from crawler.readers.finding.published import modified, published
from crawler.readers.finding.title import names_only_site, title, without_kicker
from crawler.readers.page.document import Document, text_of
from crawler.readers.page.evidence import Read, evidence, value_of
from crawler.readers.page.pictures import is_picture
from crawler.readers.page.requisites import styled
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


@dataclass(frozen=True, slots=True)
class Kind:
    """What a page is, and what was seen of it to tell that."""

    name: PageKind
    evidence: Evidence = NO_EVIDENCE
    """"kind" stands in it where the page itself says what it is."""

    def told(self, name: PageKind, by: str) -> "Kind":
        """Return the kind that the page itself calls itself, by some sign."""
        return Kind(name, self.evidence | {"kind": by})


def read(document: Document, layout: Layout, kind: Kind) -> Page:
    """Read a page that is known to be of some kind.

    One that says itself that it is no article, as a static page does, is read like one where it
    has a title and a text; its kind stays.
    """
    canonical = document.canonical_url
    page = Page(
        kind.name,
        canonical_url=value_of(canonical),
        evidence=kind.evidence | evidence(canonical_url=canonical),
    )
    if kind.name == PageKind.LISTING:
        links = document.addresses(*layout.listed)
        return replace(
            page, links=value_of(links) or (), evidence=page.evidence | evidence(links=links)
        )
    if kind.name in (PageKind.ARTICLE, PageKind.PROTECTED):
        parts = _parts(document, layout)
        page = _among_others(page, document, layout, parts)
        if kind.name == PageKind.ARTICLE:
            page = _with_article(page, document, layout)
            return as_part(page) if parts and parts.value.is_further else page
    if kind.name == PageKind.OTHER and "kind" in kind.evidence and _shows_text(document, layout):
        page = _with_article(page, document, layout)
    return page


def _among_others(
    page: Page, document: Document, layout: Layout, parts: Read[Parts] | None
) -> Page:
    """Return a page with its neighbours and the parts of its article."""
    others = parts.value.others if parts else ()
    prev_url, next_url = neighbours(document, layout.prev, layout.next, others)
    return replace(
        page,
        prev_url=value_of(prev_url),
        next_url=value_of(next_url),
        parts=others,
        evidence=page.evidence | evidence(parts=parts, prev_url=prev_url, next_url=next_url),
    )


def _shows_text(document: Document, layout: Layout) -> bool:
    """Whether a page has what an article has: a title, and a text where the family puts it."""
    return any(map(document.has, layout.content)) and title_of(document, layout) is not None


def kind_of(document: Document, layout: Layout, *, names_article: bool = False) -> Kind:
    """Return what a page is by what stands on it.

    *names_article* says that its address is one of an article: then it is no listing, whatever
    lists stand beside the article, and "other" means that *layout* does not fit.
    """
    content = document.find(*layout.content)
    if content and (name := title_of(document, layout)):
        return Kind(PageKind.ARTICLE, evidence(content=content, title=name))
    listing = not names_article and any(document.has(selector) for selector in layout.listed)
    return Kind(PageKind.LISTING if listing else PageKind.OTHER)


def _parts(document: Document, layout: Layout) -> Read[Parts] | None:
    """Return the other parts of a divided article; this is a further one if links stand before the
    mark of the part at hand."""
    block = document.find(*layout.parts)
    if block is None:
        return None
    marks = block.value.css("a[href], .current, .active")
    hrefs = [mark.attributes.get("href") or "" for mark in marks]
    urls = dict.fromkeys(url for href in hrefs if href and (url := absolute(href, document.base)))
    urls.pop(document.url, None)
    if not urls:
        return None
    is_further = next((n for n, mark in enumerate(marks) if _is_current(mark)), 0) > 0
    return Read(Parts(tuple(urls), is_further), block.by)


def _is_current(mark: LexborNode) -> bool:
    classes = (mark.attributes.get("class") or "").split()
    return "current" in classes or "active" in classes


def title_of(document: Document, layout: Layout) -> Read[str] | None:
    """Return the article's title: from where the family puts it, else by what any page shows; ""
    where the head names but the site: then the article has none."""
    if found := _heading(document, layout):
        return Read(without_kicker(found.value, document), found.by)
    told = title(document)
    if told is None or told.value.heading is not None:
        return Read(told.value.text, told.by) if told else None
    if names_only_site(told.value.text, document):
        return Read("", f"{told.by}, which names the site")
    return Read(told.value.text, told.by)


def _heading(document: Document, layout: Layout) -> Read[LexborNode] | None:
    """Return the element that shows the title where the family puts it."""
    for selector in layout.title:
        if (node := document.css_first(selector)) is not None and text_of(node):
            return Read(node, selector)
    return None


def _with_article(page: Page, document: Document, layout: Layout) -> Page:
    around = Surroundings(document, value_of(_heading(document, layout)))
    found = Findings(
        title=title_of(document, layout),
        author=author(document, *layout.author),
        source=source(document, *layout.source),
        published_at=published(
            document, *layout.published, around=around, local_as_utc=layout.utc_is_local
        ),
        modified_at=modified(document, *layout.modified, around=around),
        category=category(document, *layout.categories),
        tags=tags(document, *layout.tags),
        language=language(document),
    )
    # Last, for it takes the article apart, and what is asked for above may stand inside.
    fragment, seen = _content(document, layout)
    found = replace(found, lead=document.text(*layout.lead))
    return with_article(replace(page, evidence=page.evidence | seen), found, fragment)


def _picture_html(featured: LexborNode, base: str) -> str:
    """Return the HTML of an article's picture, which may be the background of an element."""
    html = featured.html or ""
    if featured.css_first("img, iframe, video") is not None:
        return html
    url = next((named.url for named in styled(featured, base) if is_picture(named.url)), None)
    return html if url is None else f'<figure><img src="{escape(url)}"></figure>'


def _content(document: Document, layout: Layout) -> tuple[Fragment, Evidence]:
    """Return the text with its pictures and files, and where they were found."""
    content = document.find(*layout.content)
    if content is None:
        return Fragment(), NO_EVIDENCE
    html = ""
    if featured := document.find(*layout.featured):
        html = _picture_html(featured.value, document.base)
        document.drop([featured.value])  # its caption is nothing of the lead
    document.drop(document.css_in(content.value, layout.junk))
    fragment = read_fragment(html + (content.value.html or ""), document.base, document.pictures)
    attachments = {file.url: file for file in fragment.attachments}
    files = document.find_all(*layout.files)
    for link in files.value if files else ():
        if url := absolute(link.attributes.get("href") or "", document.base):
            attachments.setdefault(url, Attachment(url, text_of(link) or None))
    return (
        replace(fragment, attachments=tuple(attachments.values())),
        evidence(content=content, featured=featured, files=files),
    )
