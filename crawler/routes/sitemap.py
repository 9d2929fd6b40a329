"""Sitemaps (sitemaps.org): an index that names parts, and parts that name addresses.

WordPress core serves ``/wp-sitemap.xml`` with at most 2,000 addresses a part and no ``lastmod``;
plugins serve ``/sitemap_index.xml`` or ``/sitemap.xml``, often with it. NukeViet, Blogger and
Liferay have ``/sitemap.xml``, too, NukeViet's with the newest 1,000 articles only; DotNetNuke has
``/SiteMap.aspx``. Parts that list no posts (pages, categories, tags, authors) are left out where
their name says so.
"""

import gzip
import re
import zlib
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import urljoin

from lxml import etree

from crawler.page import Found, RoutePage
from crawler.text.addresses import absolute

_NO_POSTS = re.compile(
    r"(?:posts-page|taxonom|users|author|categor|post_?tag|product)[\w-]*\.xml|/page-sitemap",
    re.IGNORECASE,
)
_NUKEVIETS_MOST = 1000
"""NukeViet lists no more than its newest articles; a list of just so many may be cut short."""
_LARGEST = 64 * 1024 * 1024


def start_urls(base_url: str) -> list[str]:
    """Return where sitemaps usually are."""
    names = ("wp-sitemap.xml", "sitemap_index.xml", "sitemap.xml", "SiteMap.aspx")
    return [urljoin(base_url, name) for name in names]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read an index or a part; an index names its parts as ``more_urls``."""
    try:
        root = _parse(body)
    except (etree.XMLSyntaxError, OSError, EOFError, zlib.error):
        return None
    kind = etree.QName(root).localname
    if kind not in ("sitemapindex", "urlset"):
        return None
    found: list[Found] = []
    more_urls: list[str] = []
    for entry in root.iterchildren("{*}sitemap", "{*}url"):
        location = entry.findtext("{*}loc")
        address = absolute(location, url) if location else None
        if address is None:
            continue
        if kind == "urlset":
            found.append(Found(address, (entry.findtext("{*}lastmod") or "").strip() or None))
        elif not _NO_POSTS.search(address):
            more_urls.append(address)
    is_cut = len(found) == _NUKEVIETS_MOST
    return RoutePage(tuple(found), more_urls=tuple(more_urls), is_cut=is_cut)


def _parse(body: bytes) -> etree._Element:
    if body[:2] == b"\x1f\x8b":
        with gzip.open(BytesIO(body)) as unpacked:
            body = unpacked.read(_LARGEST)
    # Nothing outside the document is read, and no entity is expanded.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(body.strip(), parser)
