"""SharePoint with the web parts of Tân Dân, which runs the portals of several provinces.

An article; its address is ``/portal/Pages/2024-5-17/<slug>.aspx``, month and day without zeros::

    <p class="tandan-p-article-news-title">…</p>
    <span class="tandan-span-date-publish">Đăng ngày 17 - 05 - 2024</span>
    <span class="tandan-span-view">Lượt xem: 400</span>
    <p class="tandan-p-article-news-summary">…</p>
    <div class="tandan-p-article-main"><div class="ms-rtestate-field"> … </div>
      <div class="tandan-div-article-other">Các tin khác …</div></div>

or, in an older set of web parts, ``.tandan-title-view``, ``.tandan-date-view`` and
``.tandan-content-view``. No article names a neighbour; a listing of them is
``/portal/Pages/<Category>.aspx?PageIndex=2``. Other pages of SharePoint are not read here.
"""

import re

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.page.document import Document

_SIGNS = ('[class*="tandan-"]',)

_ARTICLE = re.compile(r"/20[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}/[^/]+\.aspx", re.IGNORECASE)

SHAREPOINT = layout.Layout(
    title=(
        ".tandan-p-article-news-title:not(:has(a))",
        ".tandan-title-view",
        "h1.title-news",
    ),
    lead=(".tandan-p-article-news-summary", ".tandan-summary-view"),
    published=(".tandan-span-date-publish", ".tandan-date-view"),
    author=(".tandan-p-article-author", ".tandan-span-author", ".tandan-author-view"),
    tags=(".td-tags a",),
    content=(".tandan-p-article-main", ".tandan-p-article-news-content", ".tandan-content-view"),
    listed=(
        ".tandan-p-article-news-title a[href], .channel-news-title a[href], .title-news a[href]",
        'a[href*="/Pages/20"][href$=".aspx"]',
    ),
    junk="script, style, .social-share, [class*=article-other], [class*=tandan-span-view]",
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is made of Tân Dân's web parts, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page made of Tân Dân's web parts: an article, a listing, or something else."""
    is_article = bool(_ARTICLE.search(document.url))
    kind = layout.kind_of(document, SHAREPOINT, names_article=is_article)
    return layout.read(document, SHAREPOINT, kind)
