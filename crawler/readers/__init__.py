"""Page readers: pure functions of a page's bytes and address, one file a CMS family."""

from typing import Protocol

from crawler.items import Page
from crawler.readers import newspaper, wordpress
from crawler.readers.document import Document
from crawler.text.charset import decode


class Reader(Protocol):
    """What the module of a CMS family offers."""

    def recognise(self, document: Document) -> str | None:
        """Return the sign by which a page is of the family, else None."""

    def read(self, document: Document) -> Page:
        """Read a page of the family."""


CMS: dict[str, Reader] = {"newspaper": newspaper, "wordpress": wordpress}
"""The families by the name that ``cms`` has in a site's TOML; the most particular first."""

_HTML = ("text/html", "application/xhtml+xml")


def read_page(
    body: bytes, url: str, content_type: str | None = None, cms: str | None = None
) -> Page:
    """Return what a page says.

    *body* is the page as received, without transfer or content encoding; *url* the address that it
    was served from; *content_type* the header of that name, if known; *cms* a name of `CMS`, tried
    before the others. A page of no known family is of kind "other". Nothing is raised for any
    bytes; ValueError for an unknown *cms*.
    """
    if cms is not None and cms not in CMS:
        raise ValueError(f"unknown cms {cms!r}; known: {', '.join(CMS)}")
    if content_type and content_type.split(";")[0].strip().lower() not in _HTML:
        return Page("other", evidence={"content_type": content_type})
    text, charset = decode(body, content_type)
    document = Document(text, url)
    unread: Page | None = None
    for name in sorted(CMS, key=lambda name: name != cms):
        document.evidence = {"charset": charset}
        if sign := CMS[name].recognise(document):
            document.evidence["cms"] = f"{name}: {sign}"
            page = CMS[name].read(document)
            if page.kind != "other":
                return page
            unread = unread or page  # another may know more: Newspaper is WordPress, too
    return unread or Page("other", canonical_url=document.canonical_url, evidence=document.evidence)
