"""What a page links to, told from its bytes.

It is asked of every article, so that a page is not parsed once more for it: this takes a hundredth
of what reading it does. What stands in a comment is no link.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from crawler.readers.page.limits import MOST_BYTES
from crawler.text.addresses import absolute

_LINK = re.compile(
    rb"""<a\s[^<>]{0,500}?(?<=[\s"'])href\s{0,9}=\s{0,9}(?:"([^"<>]{1,2000})"|'([^'<>]{1,2000})'"""
    rb"""|([^\s"'<>]{1,2000}))""",
    re.IGNORECASE,
)
_BASE = re.compile(
    rb"""<base\s[^<>]{0,500}?(?<=[\s"'])href\s{0,9}=\s{0,9}["']([^"'<>]{1,2000})""", re.IGNORECASE
)
_OF_ADDRESS = re.compile(rb"(?!#|javascript:|mailto:|tel:|data:)", re.IGNORECASE)
_WHOLE = re.compile(rb"https?://[a-z0-9]", re.IGNORECASE)
"""How addresses begin that surely name a host: of "http://&#47;a" it is the page's."""
_ROOTED = re.compile(rb"/[a-z0-9]", re.IGNORECASE)
"""How those begin that lead to the same from all pages of a host."""
_MOST = 500
_MOST_TOLD = 20_000

Told = dict[str, set[int]]
"""The hashes of addresses that were told of other pages already, as these write them, by the scheme
and host of the pages."""


def linked(body: bytes, url: str, told: Told | None = None) -> tuple[str, ...]:
    """Return the addresses that a page links to, absolute, in its order, each once.

    What is among the *told* is left out, so that the menu of a portal is looked at once and not on
    each of its pages; and what is told now is put there, if it leads to the same from all of its
    pages.
    """
    page = b"".join(_without_comments(body[:MOST_BYTES]))
    named = _BASE.search(page)
    base = (absolute(_text(named[1]), url) if named else None) or url
    hrefs: dict[bytes, None] = {}
    for match in _LINK.finditer(page):
        href = (match[match.lastindex or 0]).strip()
        if _OF_ADDRESS.match(href):
            hrefs[href] = None
            if len(hrefs) == _MOST:
                break
    scheme, origin = base.partition(":")[0], "/".join(base.split("/", 3)[:3])
    known = set() if told is None else told.setdefault(origin, set())
    if len(known) >= _MOST_TOLD:
        known.clear()  # it is said once more what is the same
    found: dict[str, None] = {}
    for href in hrefs:
        if (number := hash(href)) in known:
            continue
        is_whole = _WHOLE.match(href)
        address = _whole_address(href, scheme) if is_whole else _led_to(href, base)
        if address == url:
            continue
        if address:
            found[address] = None
            if is_whole or _ROOTED.match(href):
                known.add(number)
    return tuple(found)


@lru_cache(maxsize=4096)  # the menu of a portal is in all its pages
def _whole_address(href: bytes, scheme: str) -> str | None:
    """Return what an address leads to that needs no base, but for how that is asked for."""
    return _led_to(href, f"{scheme}://portal.example/")


def _led_to(href: bytes, base: str) -> str | None:
    text = _text(href)
    # Where an address is written in an old charset, what it names is not to be told from here.
    return None if "\ufffd" in text else absolute(text, base)


def _text(href: bytes) -> str:
    text = href.decode("utf-8", "replace")
    return unescape(text) if "&" in text else text


def _without_comments(page: bytes) -> Iterator[bytes]:
    start = 0
    while (at := page.find(b"<!--", start)) >= 0:
        yield page[start:at]
        end = page.find(b"-->", at)
        if end < 0:
            return
        start = end + 3
    yield page[start:]
