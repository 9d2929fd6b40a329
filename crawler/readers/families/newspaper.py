"""WordPress with tagDiv's Newspaper theme, which many districts use.

A post, in the classic template (Newspaper 6 to 10, and 11 or 12 without the cloud templates)::

    <div class="td-post-header">
      <ul class="td-category"><li class="entry-category"><a href="…">Tin tức</a></li></ul>
      <header class="td-post-title">
        <h1 class="entry-title">…</h1> <p class="td-post-sub-title">…</p>
        <div class="td-module-meta-info">
          <div class="td-post-author-name"><a href="…">Ban Biên tập</a></div>
          <span class="td-post-date"><time class="entry-date updated td-module-date" datetime="…">
        </div>
      </header>
    </div>
    <div class="td-post-content"> … </div>
    <div class="td-block-row td-post-next-prev">
      <div class="td-block-span6 td-post-prev-post"><div class="td-post-next-prev-content">
        <span>Bài trước</span><a href="…">…</a></div></div>
      <div class="td-block-span6 td-post-next-post"> … </div>
    </div>

The article's picture stands in ``.td-post-featured-image``, within header or content, or fills the
head of the page (``#td-full-screen-header-image``); the link around it leads to its full size and
has its caption. At an end of the chain the cell is empty or missing. The class "updated" on the
time is a misnomer: it is the date of publication. In a cloud template every part is a block of its
own::

    <div class="td_block_wrap tdb_title"><h1 class="tdb-title-text">…</h1></div>
    <div class="td_block_wrap tdb_single_date"><time class="entry-date" datetime="…"></div>
    <div class="td_block_wrap tdb_single_content td-post-content"><div class="tdb-block-inner">…
    <div class="td_block_wrap tdb_single_next_prev"><div class="tdb-block-inner">
      <div class="tdb-next-post tdb-post-prev"><span>Bài trước</span><a href="…">…</a></div>
      <div class="tdb-next-post tdb-post-next"> … </div></div></div>
"""

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.families.wordpress import PARTS, kind_of
from crawler.readers.page.document import Document

_SIGNS = (
    '[href*="/themes/Newspaper"], [src*="/themes/Newspaper"]',
    ".td-post-content",
    ".tdb_single_content",
    ".td_module_wrap",
)

NEWSPAPER = layout.Layout(
    title=(
        ".td-post-header h1.entry-title",
        ".tdb_title .tdb-title-text",
        "header.td-post-title .entry-title",
        "h1.entry-title",
    ),
    lead=(".td-post-header .td-post-sub-title", ".td-post-sub-title", ".tdb_single_subtitle p"),
    published=(
        ".td-post-header .td-post-date time",
        ".tdb_single_date time",
        "header.td-post-title .td-post-date time",
        ".td-post-header .td-post-date",
    ),
    modified=('meta[itemprop="dateModified"]',),
    author=(
        ".td-post-header .td-post-author-name a",
        "header.td-post-title .td-post-author-name a",
        ".tdb_single_author .tdb-author-name",
    ),
    categories=(".td-post-header .td-category a", ".tdb_single_categories a.tdb-entry-category"),
    tags=(".td-tags a", ".tdb-tags a"),
    content=(
        ".tdb_single_content > .tdb-block-inner",
        ".tdb_single_content",
        ".td-post-content",
        ".td-post-text-content",
    ),
    featured=(
        ".tdb_single_featured_image figure",
        ".tdb_single_featured_image .tdb-block-inner",
        ".tdb_single_bg_featured_image",
        ".td-post-header .td-post-featured-image figure",
        ".td-post-featured-image",
        ".td-post-featured-video",
        "#td-full-screen-header-image, .td-full-screen-header-image",
    ),
    prev=(
        ".td-post-next-prev .td-post-prev-post a[href]",
        ".tdb_single_next_prev .tdb-post-prev a[href]",
    ),
    next=(
        ".td-post-next-prev .td-post-next-post a[href]",
        ".tdb_single_next_prev .tdb-post-next a[href]",
    ),
    parts=PARTS,
    listed=(".td-module-title a[href]",),
    junk=(
        "script, style, .td-a-rec, .td-g-rec, .td-a-ad, .td-adspot-title, "
        ".td-post-sharing, .td-post-sharing-top, .td-post-sharing-bottom, [class*=td-ps-], "
        ".addtoany_share_save_container, .sharedaddy, .shariff, .fb-like, .zalo-share-button, "
        ".code-block, .td_block_wrap:not(.tdb_single_content), .td-related-title, "
        ".td_mod_related_posts, .td-post-views, .page-nav, .td-smart-list-pagination, "
        ".td-smart-list-dropdown-wrap, .td-review, .td-crumb-container, .td-post-next-prev, "
        ".post-views, .wp-block-file__button"
    ),
    utc_is_local=True,
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of the Newspaper theme, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page of the Newspaper theme: a post, a listing, or something else."""
    return layout.read(document, NEWSPAPER, kind_of(document, NEWSPAPER))
