"""Liferay, versions 6 and 7, on which provinces run the portals of their districts together.

An article, as the Asset Publisher shows it in full::

    <div class="portlet-boundary portlet-asset-publisher …" id="p_p_id_101_INSTANCE_x_">
      <div class="taglib-header"><h1 class="header-title"><span>…</span></h1></div>
      <div class="asset-full-content show-asset-title">
        <div class="asset-content" id="_101_INSTANCE_x_612571">
          <div class="journal-content-article"> … </div>
          <div class="asset-ratings"> … </div> <div class="asset-links"> … </div></div>
        <div class="asset-metadata">
          <span class="metadata-entry metadata-publish-date">14/05/14</span>
          <span class="metadata-entry metadata-author">Bởi …</span></div></div></div>

in Liferay 7 the title is ``.component-title .asset-title``; and in a template that Vietnamese
portals use::

    <div class="asset_publisher_view_full_content">
      <div class="asset_title"><span>…</span></div>
      <div class="asset-publish-date"><span>Thứ Tư, ngày 14/05/2014 08:30</span></div>
      <div class="asset-abstract"><span class="assetdesc-text">…</span></div>
      <div class="asset-full-content"><div class="asset-content"> …

A page on which several articles stand in full is a listing. The same article has addresses without
end: those of the way by which one came. What the path names (``/-/asset_publisher/x/content/slug``,
``/-/slug``, ``/w/slug``) needs no parameters; of the others only those that name the article stay.
"""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.page import Page
from crawler.readers import layout
from crawler.readers.page.document import Document
from crawler.vocabulary import PageKind

_SIGNS = (
    ".portlet-boundary",
    '[class*="portlet-asset-publisher"]',
    ".journal-content-article",
    'script[src*="/o/frontend-js-"], link[href*="/o/frontend-css-"]',
)
_FULL = ".asset-full-content .asset-content"
_NAMED_BY_PATH = re.compile(r"/-/[^/]|/w/[^/]")
_OF_THE_WAY = re.compile(
    r"p_p_(?:auth|lifecycle|state|mode|col_\w+|cacheability|isolated|width)|p_(?:l_back_url\w*|o_p_id)|"
    r"(?:_\w+_)?(?:redirect|inheritRedirect|backURL|viewMode|delta|resetCur|keywords|"
    r"advancedSearch|andOperator|returnToFullPageURL)|refererPlid|controlPanelCategory|doAsUserId"
)

LIFERAY = layout.Layout(
    title=(
        ".asset_publisher_view_full_content .asset_title",
        ".asset-full-content .component-title .asset-title",
        ".asset-full-content .asset-title",
        ".portlet-asset-publisher .taglib-header .header-title",
        ".taglib-header .header-title",
        ".header-title",
        "h1.component-heading, .component-heading h1",
    ),
    lead=(".assetdesc-text", ".asset-full-content .asset-description"),
    published=(
        ".asset_publisher_view_full_content .asset-publish-date",
        ".asset-full-content .metadata-publish-date",
        ".metadata-publish-date",
    ),
    author=(".asset-full-content .user-info", ".asset-full-content span.metadata-author"),
    categories=(".asset-full-content .taglib-asset-categories-summary a",),
    tags=(".asset-full-content .taglib-asset-tags-summary a",),
    content=(".asset-full-content .journal-content-article", _FULL),
    files=(".asset-full-content .asset-attachments a[href]",),
    listed=(
        ".asset-abstract .asset-title a[href], .portlet-asset-publisher .asset-title a[href], "
        ".title-list a[href]",
        'a[href*="/-/asset_publisher/"][href*="/content/"]',
    ),
    junk=(
        "script, style, .asset-ratings, .asset-links, .asset-flag, .asset-more, .asset-edit, "
        ".asset-actions, .lfr-asset-anchor, .taglib-social-bookmarks, .taglib-discussion, "
        ".lfr-discussion, .asset-user-actions, .taglib-ratings, .social-panel"
    ),
)


def recognise(document: Document) -> str | None:
    """Return the sign by which a page is one of Liferay, else None."""
    return layout.sign_of(document, _SIGNS)


def read(document: Document) -> Page:
    """Read a page of Liferay: an article, a listing, or something else."""
    page = layout.read(document, LIFERAY, _kind(document))
    canonical = page.canonical_url
    if page.kind == PageKind.ARTICLE:
        canonical = plain_url(canonical or document.url)
    return replace(
        page,
        links=tuple(dict.fromkeys(map(plain_url, page.links))),
        prev_url=plain_url(page.prev_url) if page.prev_url else None,
        next_url=plain_url(page.next_url) if page.next_url else None,
        canonical_url=canonical,
    )


def plain_url(url: str) -> str:
    """Return an address without the parameters that tell the way by which one came to it."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if value and not _NAMED_BY_PATH.search(parts.path) and not _OF_THE_WAY.fullmatch(name)
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _kind(document: Document) -> layout.Kind:
    names_article = bool(_NAMED_BY_PATH.search(urlsplit(document.url).path))
    names_article = names_article or "_urlTitle=" in document.url
    if not names_article and len(document.tree.css(_FULL)) > 1:
        return layout.Kind(PageKind.LISTING)
    return layout.kind_of(document, LIFERAY, names_article=names_article)
