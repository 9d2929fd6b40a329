"""Reading a page as one of a site: what the crawl and whoever reads it again share."""

from datetime import datetime

from crawler.items import Page
from crawler.readers import read_page
from crawler.sites import Site
from crawler.text.addresses import urlkey


def read(site: Site, body: bytes, url: str, content_type: str | None, at: datetime) -> Page:
    """Return what a page of *site* says that was received *at* a time.

    What leads off the site is forgotten; the rest has the form in which the host serves. Raises
    nothing but what a reader's mistake does.
    """
    page = read_page(body, url, content_type, site.cms, at)
    ours = site.ours
    page.prev_url, page.next_url = ours(page.prev_url, url), ours(page.next_url, url)
    page.links = [link for address in page.links if (link := ours(address, url))]
    page.parts = [part for address in page.parts if (part := ours(address, url))]
    page.canonical_url = ours(page.canonical_url, url)
    if page.canonical_url:
        key = urlkey(page.canonical_url)
        if key in (urlkey(url), urlkey(site.base_url)):
            page.canonical_url = None  # the page itself, or a theme's mistake
    return page


def join(whole: Page, part: Page) -> bool:
    """Add a further part to a divided article; False if the page is none."""
    if whole.article is None or part.article is None:
        return False
    whole.article.blocks += part.article.blocks
    whole.article.images += part.article.images
    whole.article.attachments += part.article.attachments
    return True
