"""Listings for people: the pages of a blog or category, from the newest to the oldest.

A listing names articles as its CMS family does (`crawler.readers`), and goes on where its pager
says "older": ``rel=next``, or the page of the next number as WordPress has it, ``/page/2/``.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.items import Found, RoutePage
from crawler.readers import read_page

_PAGE = re.compile(r"/page/([0-9]{1,6})/?$")


def start_urls(base_url: str) -> list[str]:
    """Return the second page of the portal's own list: the first is the start page."""
    return [urljoin(base_url, "page/2/")]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read a page of a list."""
    page = read_page(body, url, headers.get("content-type"))
    if page.kind != "listing":
        return None
    listed = RoutePage(found=[Found(link) for link in page.links])
    if listed.found:
        listed.next_url = _next(url)
    return listed


def _next(url: str) -> str:
    parts = urlsplit(url)
    found = _PAGE.search(parts.path)
    number = int(found[1]) if found else 1
    path = parts.path[: found.start()] if found else parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=f"{path}/page/{number + 1}/"))
