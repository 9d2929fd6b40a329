"""Blogger, where schools, communes and some districts keep their news.

A post; its address is ``/2014/05/<slug>.html`` on any blog::

    <h2 class="date-header"><span>Thứ Tư, 14 tháng 5, 2014</span></h2>
    <div class="post hentry">
      <h3 class="post-title entry-title">…</h3>
      <div class="post-body entry-content"> … </div>
      <div class="post-footer">
        <span class="post-author vcard">Người đăng: <span class="fn"><span itemprop="name">…
        <a class="timestamp-link"><abbr class="published" title="2014-05-14T08:30:00+07:00">08:30
        <span class="post-labels">Nhãn: <a href="…/search/label/…" rel="tag">…</a></span></div>
    </div>
    <div class="blog-pager" id="blog-pager">
      <span id="blog-pager-newer-link"><a class="blog-pager-newer-link">Bài đăng Mới hơn</a></span>
      <span id="blog-pager-older-link"><a class="blog-pager-older-link">Bài đăng Cũ hơn</a></span>

and in the themes of 2017 and later (Contempo, Soho, Emporio, Notable)::

    <body class="item-view version-1-3-3 …">
      <h3 class="post-title entry-title">…</h3>
      <span class="byline post-author …">Người đăng: <span class="fn">…</span>
      <a class="timestamp-link"><time class="published" datetime="…">14 tháng 5, 2014</time></a>

The same pager turns the pages of a listing, where it leads to ``/search?updated-max=…``. A label
is a tag: Blogger has no categories. ``/p/<slug>.html`` is a page that stands outside the blog.
"""

import re
from urllib.parse import urlsplit

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.page.document import Document
from crawler.vocabulary import PageKind

_SIGNS = (
    'meta[name="generator"][content="blogger" i]',
    'link[rel="service.post"][href*="blogger.com/feeds/"]',
    ".widget.Blog .post-body",
)
_POST = re.compile(r"/[0-9]{4}/[0-9]{2}/[^/]+\.html")
_STATIC = re.compile(r"/p/[^/]+\.html")

BLOGGER = layout.Layout(
    title=(".post-title.entry-title", ".post-title", ".entry-title"),
    published=(
        "abbr.published[title]",
        "time.published[datetime]",
        ".post-timestamp time[datetime]",
    ),
    author=(".post-author .fn [itemprop=name]", ".post-author .fn", ".post-author-link"),
    tags=(".post-labels a[rel=tag]", ".post-labels a", "a[rel=tag]"),
    content=(".post-body",),
    prev=("a.blog-pager-older-link[href]", "#blog-pager-older-link a[href]"),
    next=("a.blog-pager-newer-link[href]", "#blog-pager-newer-link a[href]"),
    listed=(".post-title a[href]", ".entry-title a[href]"),
    junk="script, style, .post-share-buttons, .post-footer, .jump-link, .reaction-buttons",
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of Blogger, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page of a blog: a post, a listing, or something else."""
    return layout.read(document, BLOGGER, _kind(document))


def _kind(document: Document) -> layout.Kind:
    """Return what a page is; the address says it, which has the same form on every blog."""
    path = urlsplit(document.url).path
    if _STATIC.fullmatch(path):
        return layout.Kind(PageKind.OTHER).told(PageKind.OTHER, "address /p/")
    if _POST.fullmatch(path):
        return layout.kind_of(document, BLOGGER, names_article=True)
    listing = any(document.has(selector) for selector in BLOGGER.listed)
    return layout.Kind(PageKind.LISTING if listing else PageKind.OTHER)
