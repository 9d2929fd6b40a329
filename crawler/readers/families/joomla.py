"""Joomla, versions 1.6 to 5, and its extension K2.

An article in Joomla 3 (protostar)::

    <div class="item-page" itemscope itemtype="https://schema.org/Article">
      <div class="page-header"><h2 itemprop="headline">…</h2></div>
      <dl class="article-info muted">
        <dd class="createdby" itemprop="author">Viết bởi <span itemprop="name">…</span></dd>
        <dd class="category-name">Danh mục: <a href="…" itemprop="genre">…</a></dd>
        <dd class="published"><time datetime="2014-05-14T08:30:00+07:00">Xuất bản: …</time></dd>
        <dd class="hits">Lượt xem: 123</dd></dl>
      <ul class="tags inline"><li><a class="label label-info" href="…">…</a></li></ul>
      <div itemprop="articleBody"> … </div>
      <ul class="pager pagenav">
        <li class="previous"><a href="…" rel="prev">Trước</a></li>
        <li class="next"><a href="…" rel="next">Tiếp</a></li></ul>
    </div>

in Joomla 4 and 5 (Cassiopeia)::

    <div class="com-content-article item-page">
      <div class="page-header"><h1>…</h1></div>
      <dl class="article-info text-muted"> … </dl>
      <figure class="item-image"> … </figure>
      <div class="com-content-article__body"> … </div>
      <nav class="pagenavigation"><span class="pagination">
        <a class="btn btn-sm btn-secondary previous" href="…" rel="prev"> …

in Joomla 1.6 and 2.5, where the text is all that is left of ``.item-page``, and in K2::

    <div id="k2Container" class="itemView">
      <div class="itemHeader"><span class="itemDateCreated">Thứ tư, 14 Tháng 5 2014 08:30</span>
        <h2 class="itemTitle">…</h2><span class="itemAuthor">Viết bởi <a rel="author">…</a></span>
      <div class="itemBody"><div class="itemIntroText"> … <div class="itemFullText"> …
      <div class="itemCategory"><a>…</a></div> <ul class="itemTags"> <ul class="itemAttachments">
      <div class="itemNavigation"><a class="itemPrevious" href="…">« …</a><a class="itemNext"> …

Which of its neighbours is the older depends on the order in which the portal lists its articles;
what it calls the previous one is taken as such.
"""

from dataclasses import replace

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.page.document import Document
from crawler.vocabulary import PageKind

_SIGNS = (
    'meta[name="generator"][content^="Joomla"]',
    "script.joomla-script-options",
    ".com-content-article",
    "#k2Container",
    'script[src*="/media/system/js/"], script[src*="/media/jui/js/"]',
)
_ERROR = "body.error_site"

JOOMLA = layout.Layout(
    title=(
        ".item-page [itemprop=headline]",
        ".item-page .page-header h2",
        ".item-page .page-header h1",
        ".item-page > h2",
        ".item-page > h1",
        ".itemView .itemTitle",
    ),
    published=(
        ".item-page .article-info .published time",
        ".item-page .article-info .published",
        ".item-page .article-info .create time",
        ".item-page .article-info .create",
        ".itemView .itemDateCreated",
    ),
    modified=(".item-page .article-info .modified time", ".itemView .itemDateModified"),
    author=(
        ".item-page .createdby [itemprop=name]",
        ".item-page .createdby",
        ".itemView .itemAuthor a",
        ".itemView .itemAuthor",
    ),
    categories=(".item-page .category-name a", ".itemView .itemCategory a"),
    tags=(".item-page .tags a", ".itemView .itemTags a"),
    content=(
        ".item-page [itemprop=articleBody]",
        ".com-content-article__body",
        ".itemView .itemBody",
        ".item-page",
    ),
    featured=(".item-page .item-image", ".item-page .img-fulltext-left, .item-page .img-fulltext"),
    files=(".attachmentsContainer a.at_url[href]", ".itemAttachments a[href]"),
    prev=(
        ".item-page .pagenav .previous a[href]",
        ".item-page .pagenav .pagenav-prev a[href]",
        ".pagenavigation a.previous[href]",
        ".itemNavigation a.itemPrevious[href]",
    ),
    next=(
        ".item-page .pagenav .next a[href]",
        ".item-page .pagenav .pagenav-next a[href]",
        ".pagenavigation a.next[href]",
        ".itemNavigation a.itemNext[href]",
    ),
    parts=(".article-index",),
    listed=(
        ".blog h2 a[href], .blog-featured h2 a[href], .com-content-category-blog h2 a[href], "
        ".list-title a[href], .catItemTitle a[href], .genericItemTitle a[href]",
    ),
    junk=(
        "script, style, .page-header, .article-info, .article-info-term, .actions, .icons, .tags, "
        ".pagenav, .pagenavcounter, .pagenavigation, .pagination, .pager, .article-index, "
        ".content-links, .readmore, .item-page > h1, .item-page > h2:first-of-type, .item-image, "
        ".content_rating, .content_vote, .attachmentsContainer"
    ),
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of Joomla, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page of Joomla: an article, a listing, or something else."""
    kind = layout.kind_of(document, JOOMLA)
    if document.has(_ERROR):
        kind = kind.told(PageKind.OTHER, _ERROR)
    page = layout.read(document, JOOMLA, kind)
    parts = (url for url in page.parts if "showall=" not in url)  # all of them once more
    return replace(page, parts=tuple(parts))
