"""Feeds (RSS 2.0 and Atom), page by page.

WordPress has as many pages as its posts fill: ``/feed/?paged=2``, until one is not there. Blogger
names the next page itself (``<link rel="next">``, RFC 5005). The feeds of NukeViet and Joomla hold
the newest articles and no more, and answer any number with the same ones.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree

from crawler.page import Found, RoutePage
from crawler.text.addresses import absolute

_PAGE = re.compile(r"[0-9]{1,6}")
_ADDRESSES = (
    "feed/",
    "vi/news/rss/",
    "feeds/posts/default?max-results=150",
    "?format=feed&type=rss",
)


def start_urls(base_url: str) -> list[str]:
    """Return where WordPress, NukeViet, Blogger and Joomla have the feed."""
    return [urljoin(base_url, address) for address in _ADDRESSES]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read a page of a feed."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        root = etree.fromstring(body.strip(), parser)
    except etree.XMLSyntaxError:
        return None
    if etree.QName(root).localname not in ("rss", "feed", "RDF"):
        return None
    entries = root.iter("{*}item", "{*}entry")
    found = tuple(Found(address) for entry in entries if (address := _link(entry, url)))
    return RoutePage(found, (_named(root, url) or _numbered(url)) if found else None)


def _link(entry: etree._Element, url: str) -> str | None:
    for link in entry.iterchildren("{*}link"):
        href = link.get("href") if link.get("rel", "alternate") == "alternate" else None
        if target := (href or link.text or "").strip():
            return absolute(target, url)
    return None


def _named(root: etree._Element, url: str) -> str | None:
    """Return the next page that a feed names itself."""
    for link in root.iter("{http://www.w3.org/2005/Atom}link"):
        if link.get("rel") == "next" and (href := (link.get("href") or "").strip()):
            return absolute(href, url)
    return None


def _numbered(url: str) -> str | None:
    """Return the page of the next number, where numbers are known to count."""
    parts = urlsplit(url)
    if not parts.path.endswith("/feed/"):
        return None
    query = dict(parse_qsl(parts.query))
    number = query.get("paged", "")
    query["paged"] = str(int(number) + 1 if _PAGE.fullmatch(number) else 2)
    return urlunsplit(parts._replace(query=urlencode(query)))
