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

from dataclasses import replace

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.families import generic
from crawler.readers.page.document import Document, text_of
from crawler.readers.page.evidence import evidence
from crawler.vocabulary import PageKind

_SIGNS = (
    'meta[name="generator"][content^="WordPress"]',
    'link[rel="https://api.w.org/"]',
    '[href*="/wp-content/"], [src*="/wp-content/"]',
    '[href*="/wp-includes/"], [src*="/wp-includes/"]',
)

PARTS = (".page-links", ".post-nav-links", ".page-nav-post")
"""What holds the numbers of the parts that ``<!--nextpage-->`` divides a post into."""
_LISTING_CLASSES = frozenset(
    ["home", "blog", "archive", "category", "tag", "author", "date", "search", "paged"]
)

_NAVIGATION = ":is(.post-navigation, .nav-links, .nav-single, #nav-below, #nav-above)"
"""What core and its themes since 2010 put around the links to the neighbours."""

_NO_CATEGORY = (
    ":not(.wp-block-post-terms:not(.taxonomy-post_tag) a, .taxonomy-category a, .cat-links a,"
    " .post-categories a, .wp-block-query a, .wp-block-tag-cloud a)"
)
"""Block themes call the links to categories and any other terms tags, too."""

WORDPRESS = layout.Layout(
    title=(
        "h1.entry-title",
        "h1.wp-block-post-title",
        "h1.post-title, h1.single-post-title, h1.title-post",
        ".elementor-widget-theme-post-title .elementor-heading-title",
        # A link in it leads to another article, in a list.
        ".hentry .entry-title:not(:has(a)), article .entry-title:not(:has(a))",
        ".type-post header h1, article header h1",
        ".type-post h1",
        ".type-post > h2",
    ),
    lead=(
        "article .entry-summary",
        "article .entry-subtitle",
        ".elementor-widget-theme-post-excerpt .elementor-widget-container",
    ),
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
        "article .byline .vcard",
        ".wp-block-post-author__name",
        ".wp-block-post-author-name",
    ),
    categories=(
        ".cat-links a",
        ".taxonomy-category a",
        ".post-categories a",
        ".type-post a[rel~=category]",
        "article a[rel~=category]",
        "a[rel~=category]",
    ),
    tags=(
        ".tags-links a",
        ".taxonomy-post_tag a",
        f".type-post a[rel=tag]{_NO_CATEGORY}",
        f"article a[rel=tag]{_NO_CATEGORY}",
        f"a[rel=tag]{_NO_CATEGORY}",
    ),
    content=(
        ".entry-content",
        ".wp-block-post-content",
        ".elementor-widget-theme-post-content .elementor-widget-container",
        ".elementor-widget-theme-post-content",
        ".et_pb_post_content",
        ".fl-post-content",
        ".type-post .post-content, .type-post .post-entry, .type-post .entry-body",
        "article .post-content",
        ".single-post-content, .post-single-content",
        ".type-post [itemprop~=articleBody]",
        ".type-post .entry, .type-post .entrytext",
    ),
    featured=("article figure.post-thumbnail", "figure.wp-block-post-featured-image"),
    prev=(
        f"{_NAVIGATION} .nav-previous a[href]",
        ".post-navigation-link-previous a[href]",
        ".navigation .alignleft a[href]",
    ),
    next=(
        f"{_NAVIGATION} .nav-next a[href]",
        ".post-navigation-link-next a[href]",
        ".navigation .alignright a[href]",
    ),
    parts=PARTS,
    listed=(".entry-title a[href]", ".wp-block-post-title a[href]", "a[rel=bookmark][href]"),
    junk=(
        "script, style, .widget, .sharedaddy, .shariff, "
        ".addtoany_share_save_container, "
        ".jp-relatedposts, .yarpp, .yarpp-related, .crp_related, .rp4wp-related-posts, "
        ".post-views, .page-links, .post-nav-links, .post-navigation, .page-nav-post, .code-block, "
        ".wp-block-file__button, #ez-toc-container, #toc_container, .lwptoc, .kk-star-ratings, "
        ".post-ratings, .heateor_sss_sharing_container, .heateorSssSharingContainer, .essb_links, "
        ".wpulike, .fb-comments, .fb-like, .saboxplugin-wrap, .blog-share, .author-box, "
        ".post-tags, .entry-meta, .postmetadata, .PostMeta, "
        # core's comments, which page builders put into the content
        "#comments, .comments-area, .comment-list, .commentlist, li.comment, .comment-respond, "
        # what an editor may put into a block theme's text, and is none
        ".wp-block-post-terms, .wp-block-post-date, .wp-block-post-author, .wp-block-avatar, "
        ".wp-block-post-author-name, .wp-block-post-title, .wp-block-post-navigation-link, "
        ".wp-block-comments, .wp-block-post-comments-form, .wp-block-latest-posts, "
        ".wp-block-latest-comments, .wp-block-query, .wp-block-archives, .wp-block-categories, "
        ".wp-block-tag-cloud, .wp-block-calendar, .wp-block-rss, .wp-block-search, "
        ".wp-block-social-links, .wp-block-navigation, .wp-block-page-list, .wp-block-loginout, "
        ".wp-block-template-part, .wp-block-site-title, .wp-block-site-tagline, "
        ".wp-block-read-more"
    ),
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of WordPress, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page of a stock theme: a post, a listing, or something else."""
    kind = kind_of(document, WORDPRESS)
    if kind.name == PageKind.ARTICLE and _is_in_pieces(document):
        page = generic.read(document)
        if page.kind == PageKind.ARTICLE:
            return replace(page, evidence=kind.evidence | page.evidence)
    page = layout.read(document, WORDPRESS, kind)
    if page.kind == PageKind.OTHER and page.article is None and "page" in document.body_classes:
        return generic.reading(document, page)  # builders set static pages in ways of their own
    return page


def _says_article(document: Document) -> bool:
    """Whether a static page calls itself an article of a day. That Open Graph does means nothing:
    extensions call every static page so."""
    structured = document.structured
    return structured.is_article and structured.first("published") is not None


def _is_in_pieces(document: Document) -> bool:
    """Whether what should hold the text is there several times, and does not mostly stand in the
    first: a theme of its own gives the same class to teasers, or to each paragraph."""
    places = document.find_all(*WORDPRESS.content)
    if places is None or len(places.value) == 1:
        return False
    lengths = [len(text_of(place)) for place in places.value]
    return lengths[0] < sum(lengths) / 2


def kind_of(document: Document, theme: layout.Layout) -> layout.Kind:
    """Return what core's classes on ``<body>`` say that a page of any theme is."""
    classes = document.body_classes
    if "page" in classes and _says_article(document):
        classes -= {"page"}
    kind = layout.Kind(PageKind.OTHER)
    if told := classes & {"attachment", "error404", "page"}:
        kind = kind.told(PageKind.OTHER, f"body.{min(told)}")
    if classes & {"attachment", "error404"}:
        return kind
    is_post = "single" in classes or not classes & (_LISTING_CLASSES | {"page"})
    content = document.find(*theme.content) if is_post else None
    name = layout.title_of(document, theme) if content else None
    kind = layout.Kind(PageKind.OTHER, kind.evidence | evidence(content=content, title=name))
    if content and (name or "single" in classes):  # a post may have no title
        protected = content.value.css_first("form.post-password-form") is not None
        return replace(kind, name=PageKind.PROTECTED if protected else PageKind.ARTICLE)
    if classes & _LISTING_CLASSES or (document.is_start_page and document.has(theme.listed[0])):
        return replace(kind, name=PageKind.LISTING)
    return kind
