"""DotNetNuke (DNN), with the news modules that portals run on it.

Every module stands in an element of its own, whose id begins ``dnn_ctr`` and the module's number.
An article of the module EasyDNNnews, in its older and its newer template::

    <div id="dnn_ctr1094_ViewEasyDNNNewsMain_ctl00_pnlViewArticle">
      <div class="article details"><h1>…</h1>
        <div class="edn_metaDetails1">14/05/2014 | 08:30</div>
        <div class="Detail_Summary"><p>…</p></div>
        <div class="main_content"> … </div></div></div>

    <article class="edn_article edn_articleDetails"><h1 class="edn_articleTitle">…</h1>
      <div class="edn_metaDetails"> <time>…</time> </div>
      <div class="edn_articleSummary">…</div> <div class="edn_articleContent"> … </div></article>

Modules that Vietnamese companies wrote have no classes in common, but the ids of ASP.NET labels,
whose names are English or Vietnamese words::

    <span id="dnn_ctr400_ViewNews_lblTitle" class="Article_Title">…</span>
    <span id="dnn_ctr400_ViewNews_lblDate">Ngày đăng: 14/05/2014</span>
    <span id="dnn_ctr400_ViewNews_lblSummary">…</span>
    <span id="dnn_ctr400_ViewNews_lblContent"> … </span>

DNN's own module for pieces of HTML has such a label, too; its text is no article.
"""

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.page.document import Document

_SIGNS = (
    'meta[name="generator"][content^="DotNetNuke"]',
    '[id^="dnn_ctr"]',
    '[href*="/DesktopModules/"], [src*="/DesktopModules/"]',
)
_VIEWED = '[id$="_pnlViewArticle"]'


def _labels(*names: str) -> layout.Selectors:
    """Return the selectors of the ASP.NET controls in news modules that have one of some names."""
    return tuple(f'[id^="dnn_ctr"][id$="_{name}" i]:not([id*="_HtmlModule_"])' for name in names)


DOTNETNUKE = layout.Layout(
    title=(
        f"{_VIEWED} h1",
        ".edn_articleDetails .edn_articleTitle",
        *_labels("lblTitle", "lbTitle", "lblTieuDe", "lbTieuDe", "lblHeadline"),
        ".Article_Title",
    ),
    lead=(
        f"{_VIEWED} .Detail_Summary",
        ".edn_articleDetails .edn_articleSummary",
        *_labels("lblSummary", "lbSummary", "lblTomTat", "lblTrichDan", "lblSapo"),
        ".Article_Summary",
    ),
    published=(
        f'{_VIEWED} [class*="edn_metaDetails"] time',
        f'{_VIEWED} [class*="edn_metaDetails"]',
        ".edn_articleDetails .edn_metaDetails time",
        ".edn_articleDetails .edn_metaDetails",
        *_labels("lblDate", "lbDate", "lblPublishDate", "lblPublishedDate", "lblNgayDang"),
        ".Article_Date",
    ),
    author=(*_labels("lblAuthor", "lbAuthor", "lblTacGia"), ".Article_Author"),
    source=_labels("lblSource", "lblNguon", "lblNguonTin"),
    categories=(f"{_VIEWED} .eds_category", ".edn_articleDetails .edn_categories a"),
    tags=(f"{_VIEWED} .article_tags a", ".edn_articleDetails .edn_articleTags a"),
    content=(
        f"{_VIEWED} .main_content",
        f"{_VIEWED} .EDN_article_content",
        ".edn_articleDetails .edn_articleContent",
        *_labels("lblContent", "lbContent", "lblNoiDung", "lbNoiDung", "lblBody", "divContent"),
        ".Article_Content",
    ),
    listed=(
        '[id$="_pnlListArticles"] h1 a[href], [id$="_pnlListArticles"] h2 a[href], '
        ".edn_articleTitle a[href]",
    ),
    junk="script, style, .addthis_toolbox, .clear_content, [class*=SocialMedia]",
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of DotNetNuke, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page of DotNetNuke: an article of a news module, a listing, or something else."""
    return layout.read(document, DOTNETNUKE, layout.kind_of(document, DOTNETNUKE))
