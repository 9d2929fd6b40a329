"""WordPress with a stock theme, or any that follows core's conventions.

A post in a classic theme such as Twenty Twenty-One::

    <article class="post type-post">
      <header class="entry-header"><h1 class="entry-title">…</h1>
        <figure class="post-thumbnail"> … </figure></header>
      <div class="entry-content"> … </div>
      <footer class="entry-footer">
        <span class="posted-on"><time class="entry-date published" datetime="…">
        <span class="byline">Bởi <a href="…" rel="author">…</a></span>
        <span class="cat-links"> <a rel="category tag"> … <span class="tags-links"> <a rel="tag"> …
    </article>
    <nav class="navigation post-navigation"><div class="nav-links">
      <div class="nav-previous"><a href="…" rel="prev">…</a></div>
      <div class="nav-next"><a href="…" rel="next">…</a></div></div></nav>

and in a block theme such as Twenty Twenty-Three::

    <h1 class="wp-block-post-title">…</h1> <div class="wp-block-post-date"><time datetime="…">
    <div class="entry-content wp-block-post-content"> … </div>
    <div class="post-navigation-link-previous wp-block-post-navigation-link"><a rel="prev">

At an end of the chain the cell is missing.
"""

from crawler.items import Page
from crawler.readers import theme
from crawler.readers.document import Document

_SIGNS = (
    'meta[name="generator"][content^="WordPress"]',
    'link[rel="https://api.w.org/"]',
    '[href*="/wp-content/"], [src*="/wp-content/"]',
    '[href*="/wp-includes/"], [src*="/wp-includes/"]',
)

WORDPRESS = theme.Theme(
    title=("h1.entry-title", "h1.wp-block-post-title", "article .entry-title", "article header h1"),
    lead=("article .entry-summary", "article .entry-subtitle"),
    published=(
        ".entry-footer time.entry-date",
        "time.entry-date.published",
        ".wp-block-post-date:not(.wp-block-post-date__modified-date) time",
        ".posted-on time:not(.updated)",
        "time.entry-date",
    ),
    modified=(
        "article time.updated:not(.published)",
        ".wp-block-post-date__modified-date time",
        'meta[itemprop="dateModified"]',
    ),
    author=(
        "article .byline a[rel=author]",
        "article .byline .author",
        ".byline a[rel=author]",
        "article .author.vcard",
        ".wp-block-post-author__name",
        ".wp-block-post-author-name",
    ),
    categories=(
        ".cat-links a",
        ".taxonomy-category a",
        "article a[rel~=category]",
    ),
    tags=(".tags-links a", ".taxonomy-post_tag a", "article a[rel=tag]"),
    content=(".entry-content", ".wp-block-post-content", "article .post-content"),
    featured=("article figure.post-thumbnail", "figure.wp-block-post-featured-image"),
    prev=(
        ".post-navigation .nav-previous a[href]",
        ".post-navigation-link-previous a[href]",
        "a[rel=prev][href]:not(.page-numbers)",
        "head link[rel=prev][href]",
    ),
    next=(
        ".post-navigation .nav-next a[href]",
        ".post-navigation-link-next a[href]",
        "a[rel=next][href]:not(.page-numbers)",
        "head link[rel=next][href]",
    ),
    listed=(".entry-title a[href]", ".wp-block-post-title a[href]", "a[rel=bookmark][href]"),
    junk=(
        "script, style, noscript, ins, .sharedaddy, .addtoany_share_save_container, .shariff, "
        ".jp-relatedposts, .yarpp, .post-views, .page-links, .post-nav-links, .post-navigation, "
        ".code-block, "
        ".wp-block-file__button"
    ),
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of WordPress, else None."""
    return next((sign for sign in _SIGNS if document.has(sign)), None)


def read(document: Document) -> Page:
    """Read a page of a stock theme: a post, a listing, or something else."""
    return theme.read(document, WORDPRESS)
