"""Listings for people: the pages of a blog or category, from the newest to the oldest.

A listing names articles as its CMS family does (`crawler.readers`), and goes on at the page of the
next number, as WordPress has it: ``/page/3/``. The first one is followed into the categories and
months that it links to, for a portal may cut its main list short.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.items import Found, RoutePage
from crawler.readers import read_page
from crawler.readers.document import Document
from crawler.text.charset import decode

_LIST = re.compile(r"/(?:category|chuyen-muc|danh-muc)/[^?#]+$|/20[0-9]{2}/(?:0[1-9]|1[0-2])/?$")
_PAGE = re.compile(r"/page/([0-9]{1,6})/?$")


def start_urls(base_url: str) -> list[str]:
    """Return the second page of the portal's own list, and its first, the start page."""
    return [urljoin(base_url, "page/2/"), base_url]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read a page of a list."""
    page = read_page(body, url, headers.get("content-type"))
    if page.kind != "listing":
        return None
    listed = RoutePage(found=[Found(link) for link in page.links])
    if listed.found:
        listed.next_url = _next(url)
    if _begins(url):
        document = Document(decode(body, headers.get("content-type"))[0], url)
        listed.more_urls = [u for u in document.addresses("lists", "a[href]") if _LIST.search(u)]
    return listed


def _begins(url: str) -> bool:
    """Whether a page is where a walk begins, and not a page of a category."""
    return bool(re.fullmatch(r"/(?:page/2/?)?", urlsplit(url).path))


def _next(url: str) -> str:
    parts = urlsplit(url)
    found = _PAGE.search(parts.path)
    number = int(found[1]) if found else 1
    path = parts.path[: found.start()] if found else parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=f"{path}/page/{number + 1}/"))
