"""What the head of a page says of where else the portal lists its articles.

::

    <link rel="alternate" type="application/rss+xml" title="Tin mới" href="/rss/tin.rss">
    <link rel="https://api.w.org/" href="https://huyen.example/wp-json/">
    <link rel="sitemap" href="/sitemap.xml">
"""

import re
from collections.abc import Mapping

from crawler.readers.page.document import Document
from crawler.text.addresses import absolute
from crawler.vocabulary import Discovery

_FEED = re.compile(r"application/(?:rss|atom|rdf)\+xml|text/(?:rss|atom)", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|phan-hoi|binh-luan|phản hồi|bình luận", re.IGNORECASE)
_REST = "https://api.w.org/"
_MOST = 30


def announced(document: Document) -> Mapping[Discovery, tuple[str, ...]]:
    """Return the feeds, sitemaps and roots of REST that a page names, by their routes."""
    named: dict[Discovery, dict[str, None]] = {}
    for node in document.css("link[rel][href]")[:1000]:
        attributes = node.attributes
        rels = (attributes.get("rel") or "").lower().split()
        href, name = (attributes.get("href") or "").strip(), None
        if _REST in rels:
            name = Discovery.REST
        elif "sitemap" in rels:
            name = Discovery.SITEMAP
        elif {"alternate", "feed"} & set(rels) and _FEED.match(attributes.get("type") or ""):
            told = f"{href} {attributes.get('title') or ''}"
            name = None if _COMMENTS.search(told) else Discovery.FEED
        url = absolute(href, document.base) if name and href else None
        if name and url and len(named.setdefault(name, {})) < _MOST:
            named[name][url] = None
    return {name: tuple(urls) for name, urls in named.items()}
