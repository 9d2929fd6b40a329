"""Feeds (RSS 2.0 and Atom), page by page.

WordPress has as many pages as its posts fill: ``/feed/?paged=2``, until one is not there. Blogger
names the next page itself (``<link rel="next">``, RFC 5005). The feeds of NukeViet and Joomla hold
the newest articles and no more, and answer any number with the same ones. RSS 1.0 has the address
in ``rdf:about``, too, and some feeds have it in ``guid`` only. All are read as they come
(`crawler.answers`).
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from crawler.answers.elements import Child, Elements, Entry, decoded
from crawler.bounds import DEFAULT, Bounds
from crawler.page import Found, RoutePage
from crawler.text.addresses import absolute

_PAGE = re.compile(r"[0-9]{1,6}")
_ADDRESS = re.compile(r"https?://\S", re.IGNORECASE)
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
    return read_within(body, url, headers, DEFAULT)


def read_within(
    body: bytes, url: str, headers: Mapping[str, str], bounds: Bounds
) -> RoutePage | None:
    """Read an answer as `read` does, as far as *bounds* allow."""
    return read_entries(decoded(body, headers.get("content-type")), url, bounds)


def read_entries(text: str, url: str, bounds: Bounds = DEFAULT) -> RoutePage | None:
    """Read a page of a feed from its text."""
    elements = Elements(
        text,
        url,
        roots=("rss", "feed", "RDF"),
        names=("item", "entry"),
        wanted=("link", "guid", "origlink"),
        most=bounds.feed_entries,
    )
    if elements.root is None:
        # The addresses of feeds answer a great deal; only of what says so it is known to be one.
        return None
    found = tuple(Found(address) for entry in elements if (address := _link(entry)))
    next_url = (_named(elements.outside) or _numbered(url)) if found else None
    return RoutePage(found, next_url, is_cut=elements.is_cut, damage=elements.damage)


def _link(entry: Entry) -> str | None:
    """Return the address of an entry: its link, else the name by which it is known."""
    for link in (*entry.named("origlink"), *entry.named("link")):
        is_other = link.attributes.get("rel", "alternate") != "alternate"
        target = (link.attributes.get("href") or link.text).strip()
        if target and not is_other:
            return absolute(target, link.base)
    for guid in entry.named("guid"):
        target = guid.text.strip()
        is_link = guid.attributes.get("ispermalink", "true").strip().lower() != "false"
        if target and (_ADDRESS.match(target) or (is_link and "/" in target)):
            return absolute(target, guid.base)
    about = entry.attributes.get("rdf:about", "").strip()
    return absolute(about, entry.base) if about else None


def _named(outside: list[Child]) -> str | None:
    """Return the next page that a feed names itself."""
    for link in outside:
        href = link.attributes.get("href", "").strip()
        if link.name == "link" and link.attributes.get("rel") == "next" and href:
            return absolute(href, link.base)
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
