"""WordPress posts: one way to read them, given where a theme puts things."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from crawler.items import Article, Page, PageKind
from crawler.readers.document import Document
from crawler.readers.fragment import Fragment, read_fragment
from crawler.text.dates import VIET_NAM, Moment, parse_date, parse_iso

Selectors = tuple[str, ...]

_PARTS = (
    ".page-links a.post-page-numbers[href]",
    ".post-nav-links a[href]",
    ".page-nav-post a[href]",
)
_DIVIDED = ".page-links, .post-nav-links, .page-nav-post"
_LISTING_CLASSES = frozenset(
    ["home", "blog", "archive", "category", "tag", "author", "date", "search", "paged"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Where a theme puts the parts of a post, as CSS selectors, the best first."""

    content: Selectors
    title: Selectors
    published: Selectors
    """``time`` elements, or elements whose text is a date."""
    prev: Selectors
    next: Selectors
    listed: Selectors
    """Links to posts on a listing."""
    lead: Selectors = ()
    modified: Selectors = ()
    author: Selectors = ()
    categories: Selectors = ()
    """All categories of the post, the most specific last."""
    tags: Selectors = ()
    featured: Selectors = ()
    """The post's picture, where it stands outside the content."""
    junk: str = "script, style"
    """What the theme and its plugins put inside the content."""
    utc_is_local: bool = False
    """Whether the theme writes local time with a false offset of +00:00."""


def read(document: Document, theme: Theme) -> Page:
    """Read a page of a WordPress portal that uses *theme*."""
    kind = _kind(document, theme)
    page = Page(kind, canonical_url=document.canonical_url, evidence=document.evidence)
    if kind == "listing":
        page.links = document.addresses("links", *theme.listed)
    if kind in ("article", "protected"):
        if document.has(_DIVIDED):  # few are, and to look at every link for its place takes long
            page.parts = document.addresses("parts", *_PARTS)
        page.prev_url = _neighbour(document, "prev_url", theme.prev, page.parts)
        page.next_url = _neighbour(document, "next_url", theme.next, page.parts)
    if kind == "article":
        # Before the article is taken apart: the numbers of the parts may stand inside its content.
        current = document.text("part", ".post-page-numbers.current") if page.parts else None
        page.article = _article(document, theme)
        if page.parts and current and re.sub(r"\D", "", current) not in ("", "1"):
            page.kind, page.links, page.parts = "part", page.parts[:1], []
            page.canonical_url = page.prev_url = page.next_url = None
    return page


def _neighbour(document: Document, what: str, selectors: Selectors, parts: list[str]) -> str | None:
    """Return a neighbour's address; "next" may also be said of a part of the same article."""
    url = document.address(what, *selectors)
    if url is None or url == document.url or url in parts:
        document.evidence.pop(what, None)
        return None
    return url


def _kind(document: Document, theme: Theme) -> PageKind:
    classes = document.body_classes
    if classes & {"attachment", "error404"}:
        return "other"
    is_post = "single" in classes or not classes & (_LISTING_CLASSES | {"page"})
    content = document.find("content", *theme.content) if is_post else None
    if content is not None and document.text("title", *theme.title):
        protected = content.css_first("form.post-password-form") is not None
        return "protected" if protected else "article"
    if classes & _LISTING_CLASSES or (document.is_start_page and document.has(theme.listed[0])):
        return "listing"
    return "other"


def _article(document: Document, theme: Theme) -> Article:
    fragment = _content(document, theme)
    published, raw, rule = _published(document, theme)
    categories = document.texts("category", *theme.categories)
    return Article(
        title=document.text("title", *theme.title) or "",
        lead=document.text("lead", *theme.lead),
        blocks=fragment.blocks,
        author=document.text("author", *theme.author),
        category=categories[-1] if categories else None,
        tags=document.texts("tags", *theme.tags),
        published_at=published,
        published_raw=raw,
        published_by=rule,
        modified_at=_modified(document, theme),
        images=fragment.images,
        attachments=fragment.attachments,
        language=document.language,
    )


def _content(document: Document, theme: Theme) -> Fragment:
    content = document.find("content", *theme.content)
    if content is None:
        return Fragment()
    for node in content.css(theme.junk):
        node.decompose()
    featured = document.find("featured", *theme.featured)
    parts = [node.html or "" for node in (featured, content) if node is not None]
    return read_fragment("".join(parts), document.url)


def _published(document: Document, theme: Theme) -> tuple[Moment | None, str | None, str | None]:
    for selector in theme.published:
        node = document.find("published_at", selector)
        if node is None:
            continue
        attribute = node.attributes.get("datetime")
        if attribute and (moment := parse_iso(attribute)):
            if theme.utc_is_local:
                moment, note = _without_false_offset(moment, document)
                selector += note
            document.evidence["published_at"] = f"{selector} [datetime]"
            return moment, attribute, f"{selector} [datetime]"
        if moment := parse_date(text := node.text().strip()):
            document.evidence["published_at"] = selector
            return moment, text, selector
    document.evidence.pop("published_at", None)
    return _from_head(document, "published_at", "article:published_time", "datePublished")


def _from_head(
    document: Document, what: str, meta: str, json_ld: str
) -> tuple[Moment | None, str | None, str | None]:
    """Return what the head says of a date, the text it says it in, and where."""
    sources = (
        (document.meta(meta), f"meta {meta}"),
        (document.json_ld(json_ld), f"JSON-LD {json_ld}"),
    )
    for raw, rule in sources:
        if raw and (moment := parse_iso(raw)):
            document.evidence[what] = rule
            return moment, raw, rule
    return None, None, None


def _without_false_offset(moment: Moment, document: Document) -> tuple[Moment, str]:
    """Undo what Newspaper up to 10.2 does: it prints local time and calls it UTC.

    The head, which other code writes, may tell the same moment truly: its distance is the offset.
    Without it the offset is Viet Nam's.
    """
    if not isinstance(moment, datetime) or moment.utcoffset() != timedelta(0):
        return moment, ""
    head = parse_iso(document.meta("article:published_time") or "")
    ahead = moment - head if isinstance(head, datetime) else VIET_NAM.utcoffset(None)
    if ahead == timedelta(0):
        return moment, ""
    if abs(ahead) > timedelta(hours=14) or ahead % timedelta(minutes=15):
        ahead = VIET_NAM.utcoffset(None)
    return moment.replace(tzinfo=timezone(ahead)), " (local time called UTC)"


def _modified(document: Document, theme: Theme) -> Moment | None:
    for selector in theme.modified:
        node = document.find("modified_at", selector)
        if node is not None:
            raw = node.attributes.get("datetime") or node.attributes.get("content") or ""
            if moment := parse_iso(raw):
                return moment
    document.evidence.pop("modified_at", None)
    return _from_head(document, "modified_at", "article:modified_time", "dateModified")[0]
