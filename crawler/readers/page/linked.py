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
_MOST = 500


def linked(body: bytes, url: str) -> tuple[str, ...]:
    """Return the addresses that a page links to, absolute, in its order, each once."""
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
    found = (_address(href, base) for href in hrefs)
    return tuple(dict.fromkeys(address for address in found if address and address != url))


def _address(href: bytes, base: str) -> str | None:
    if _WHOLE.match(href):
        return _whole_address(href, base.partition(":")[0])
    return _led_to(href, base)


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
