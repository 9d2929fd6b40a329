"""Sitemaps (sitemaps.org): an index that names parts, and parts that name addresses.

WordPress core serves ``/wp-sitemap.xml`` with at most 2,000 addresses a part and no ``lastmod``;
plugins serve ``/sitemap_index.xml`` or ``/sitemap.xml``, often with it. NukeViet, Blogger and
Liferay have ``/sitemap.xml``, too, NukeViet's with the newest 1,000 articles only; DotNetNuke has
``/SiteMap.aspx``. Parts that list no posts (pages, categories, tags, authors) are left out where
their name says so.

A sitemap may also be a text with an address a line, or a feed; it may be packed, and it is read as
it comes (`crawler.answers`).
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from crawler.answers.elements import Elements, Entry, decoded, unpacked
from crawler.bounds import DEFAULT, Bounds
from crawler.page import Found, RoutePage
from crawler.routes.feed import read_entries
from crawler.text.addresses import absolute
from crawler.vocabulary.sentences import ListDamage

_NO_POSTS = re.compile(
    r"(?:posts-page|taxonom|users|author|categor|post_?tag|product)[\w-]*\.xml|/page-sitemap",
    re.IGNORECASE,
)
_NUKEVIETS_MOST = 1000
"""NukeViet lists no more than its newest articles; a list of just so many may be cut short."""
_LINE = re.compile(r"https?://\S+", re.IGNORECASE)


def start_urls(base_url: str) -> list[str]:
    """Return where sitemaps usually are."""
    names = ("wp-sitemap.xml", "sitemap_index.xml", "sitemap.xml", "SiteMap.aspx")
    return [urljoin(base_url, name) for name in names]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read an index or a part; an index names its parts as ``more_urls``."""
    return read_within(body, url, headers, DEFAULT)


def read_within(
    body: bytes, url: str, headers: Mapping[str, str], bounds: Bounds
) -> RoutePage | None:
    """Read an answer as `read` does, as far as *bounds* allow."""
    plain, broken = unpacked(body)
    text = decoded(plain, headers.get("content-type"))
    del plain  # it may be large, and what follows takes as much again
    if lines := _lines(text, bounds.sitemap_elements):
        return _of_lines(lines, url, broken, bounds)
    elements = Elements(
        text,
        url,
        roots=("urlset", "sitemapindex"),
        names=("sitemap", "url"),
        wanted=("loc", "lastmod"),
        most=bounds.sitemap_elements,
    )
    if elements.root is None:
        if "sitemap" in urlsplit(url).path.lower() and (page := read_entries(text, url, bounds)):
            return _without_next(page, broken)
        is_one = broken is not None or elements.is_error
        return RoutePage(is_cut=True, damage=broken or ListDamage.NO_SITEMAP) if is_one else None
    found: list[Found] = []
    more_urls: list[str] = []
    for entry in elements:
        address = _address(entry)
        if address is None:
            continue
        if entry.name == "url":
            changed = next(entry.named("lastmod"), None)
            found.append(Found(address, (changed.text.strip() if changed else "") or None))
        elif not _NO_POSTS.search(address):
            more_urls.append(address)
    is_cut = elements.is_cut or broken is not None or len(found) == _NUKEVIETS_MOST
    damage = "; ".join(filter(None, (broken, elements.damage))) or None
    return RoutePage(tuple(found), more_urls=tuple(more_urls), is_cut=is_cut, damage=damage)


def _address(entry: Entry) -> str | None:
    location = next(entry.named("loc"), None)
    target = location.text.strip() if location else ""
    return absolute(target, location.base) if location and target else None


def _lines(text: str, most: int) -> list[str]:
    """Return the lines of a sitemap in text, one more than *most* if there are more."""
    start = text.lstrip()[:2000]
    if not _LINE.match(start) or "<" in start:
        return []
    return [line.strip() for line in text.split("\n", most + 1)[: most + 1] if line.strip()]


def _of_lines(lines: list[str], url: str, broken: str | None, bounds: Bounds) -> RoutePage:
    most = bounds.sitemap_elements
    is_long = len(lines) > most
    addresses = [absolute(line, url) for line in lines[:most] if _LINE.fullmatch(line)]
    damage = broken or (ListDamage.TO_LINE.of(number=f"{most:,}") if is_long else None)
    found = tuple(Found(address) for address in addresses if address)
    return RoutePage(found, is_cut=damage is not None, damage=damage)


def _without_next(page: RoutePage, broken: str | None) -> RoutePage:
    """Return a feed as a sitemap: it names the newest, and says nothing of the others."""
    return RoutePage(page.found, is_cut=True, damage=broken or page.damage)
