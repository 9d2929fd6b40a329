"""NukeViet, the Vietnamese CMS that many districts run, versions 3 to 4.5.

An article of the module "news"; its address is ``/vi/news/<category>/<slug>-<id>.html``::

    <div class="news_column panel panel-default" itemtype="http://schema.org/NewsArticle" itemscope>
      <h1 class="title margin-bottom-lg" itemprop="headline">…</h1>
      <span class="hidden hide d-none" itemprop="datePublished">2021-06-15T09:00:00+07:00</span>
      <span class="h5">Thứ hai - 14/06/2021 08:30</span>
      <figure class="article center"><img …/><figcaption>…</figcaption></figure>
      <div class="hometext m-bottom" itemprop="description">…</div>
      <div id="news-bodyhtml" class="bodytext margin-bottom-lg"> … </div>
      <div class="list-group news-download-file"><div class="list-group-item">
        <a href="…?download=1&amp;id=0" download>Tập tin: <strong>ke-hoach.pdf</strong></a></div>
      <p class="h5 text-right"><strong>Tác giả: </strong>…</p>
      <p class="h5 text-right"><strong>Nguồn tin: </strong>…</p>
    </div>
    <div class="h5"><em class="fa fa-tags"></em><strong>Tags: </strong><a title="…">…</a></div>
    <p class="h3"><strong>Những tin mới hơn</strong></p>
    <ul class="detail-related related list-items"><li><a href="…">…</a> <em>(15/06/2021)</em></li>
    <p class="h3"><strong>Những tin cũ hơn</strong></p>
    <ul class="detail-related related list-items"><li> …

and up to version 4.0::

    <div id="news_detail"><h1>…</h1><span class="time">Thứ hai - 14/06/2021 08:30</span>
      <div id="hometext"><div id="imghome"><img …/><p><em>…</em></p></div> … </div>
      <div class="bodytext"> … </div>

The hidden "datePublished" is not believed: 4.5 writes the time of the last change into it
(modules/news/theme.py assigns it twice). The two lists name articles of the
same category, each from the nearest to the farthest. A page of the module "page" looks the same,
but is none of the news.
"""

import re

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.page.document import Document
from crawler.vocabulary import PageKind

_SIGNS = (
    'meta[name="generator"][content^="NukeViet"]',
    "#news-bodyhtml",
    ".news-download-file",
    '[src*="/themes/default/js/main.js"] ~ [src*="nv.core.js"], [src*="/js/nukeviet.js"]',
)
_FALSE_DATE = ".hidden[itemprop=datePublished]"
_STATIC = "#page-bodyhtml"
_ARTICLE = re.compile(r"(?<!/page)-[0-9]+(?:\.html|/)$")


def _first_of_list(heading: str) -> layout.Selectors:
    """Return where the nearest article stands in a list below the article with some heading."""
    above = f'p:has(> strong:lexbor-contains("{heading}"))'
    return f"{above} + div ul.related a[href]", f"{above} + ul.related a[href]"


NUKEVIET = layout.Layout(
    title=("h1[itemprop=headline]", ".news_column h1", "#news_detail h1", "h1.title"),
    lead=(".hometext", "#hometext h2", "#hometext"),
    published=(
        ".news_column .row .h5",
        ".news_column .time",
        "#news_detail .time",
        ".news_column .h5",
    ),
    modified=("[itemprop=dateModified]",),
    author=('p:has(> strong:lexbor-contains("Tác giả"))',),
    source=('p:has(> strong:lexbor-contains("Nguồn tin"))',),
    categories=(".breadcrumbs [itemprop=itemListElement]:not(:first-child) [itemprop=name]",),
    tags=(".fa-tags ~ a[title]", ".keywords a[title]"),
    content=("#news-bodyhtml", ".news_column .bodytext", "#news_detail .bodytext"),
    featured=("figure.article", "#imghome", ".imghome"),
    prev=_first_of_list("tin cũ hơn"),
    next=_first_of_list("tin mới hơn"),
    files=(".news-download-file .list-group-item > a[href]",),
    listed=(
        ".news_column h2 > a[href], .news_column h3 > a[href], .related.list-items li a[href], "
        ".list-group > a.show[href], .thumbnail .caption h4 > a[href]",
    ),
    junk="script, style, .fb-like, .zalo-share-button, #imgpreview",
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of NukeViet, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page of NukeViet: an article of its news, a listing of them, or something else."""
    document.drop(document.tree.css(_FALSE_DATE))
    kind = layout.kind_of(document, NUKEVIET, names_article=bool(_ARTICLE.search(document.url)))
    if document.has(_STATIC):
        kind = kind.told(PageKind.OTHER, _STATIC)
    return layout.read(document, NUKEVIET, kind)
