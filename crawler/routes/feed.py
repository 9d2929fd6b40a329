"""Feeds (RSS 2.0 and Atom), page by page: ``/feed/?paged=2`` until a page is not there."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree

from crawler.items import Found, RoutePage
from crawler.text.addresses import absolute

_PAGE = re.compile(r"[0-9]{1,6}")


def start_urls(base_url: str) -> list[str]:
    """Return where WordPress has the feed."""
    return [urljoin(base_url, "feed/")]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read a page of a feed; the next one is that of the next number, if this one has entries."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        root = etree.fromstring(body.strip(), parser)
    except etree.XMLSyntaxError:
        return None
    if etree.QName(root).localname not in ("rss", "feed", "RDF"):
        return None
    page = RoutePage()
    for entry in root.iter("{*}item", "{*}entry"):
        if address := _link(entry, url):
            page.found.append(Found(address))
    if page.found:
        page.next_url = _next(url)
    return page


def _link(entry: etree._Element, url: str) -> str | None:
    for link in entry.iterchildren("{*}link"):
        href = link.get("href") if link.get("rel", "alternate") == "alternate" else None
        if target := (href or link.text or "").strip():
            return absolute(target, url)
    return None


def _next(url: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    number = query.get("paged", "")
    query["paged"] = str(int(number) + 1 if _PAGE.fullmatch(number) else 2)
    return urlunsplit(parts._replace(query=urlencode(query)))
