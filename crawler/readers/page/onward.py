"""Where a page sends the browser on that is no page itself.

::

    <meta http-equiv="refresh" content="0; url=/portal/">
    <script>window.location = "/portal/Pages/index.aspx";</script>
    <frameset rows="100,*"><frame src="/banner.htm"><frame src="/trangchu.htm"></frameset>
"""

import re
from collections.abc import Iterator

from crawler.readers.page.document import Document
from crawler.readers.page.evidence import Read
from crawler.text.addresses import absolute

_REFRESH = re.compile(
    r"\s*(\d{0,6})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?(?:\"([^\"]*)|'([^']*)|([^\"'\s].*))",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST_WAIT = 120
"""Seconds; a page that is to be loaded anew later is one to read."""
_LITERAL = r"(?P<quote>\\?[\"'])(?P<url>(?:(?![\"'\\]).|\\/){1,2000})(?P=quote)\s*"
_OBJECT = r"(?:\b(?:window|document|self|top|parent)\s*\.\s*)*\blocation\s*"
_ASSIGNED = re.compile(_OBJECT + r"(?:\.\s*href\s*)?=(?!=)\s*" + _LITERAL + r"(?:[;}\n)\"']|\Z)")
_CALLED = re.compile(_OBJECT + r"\.\s*(?:replace|assign)\s*\(\s*" + _LITERAL + r"\)")
_MOST_SCRIPT = 20_000
_FEW_WORDS, _FEW_LINKS = 60, 4
_MOST_FRAMES = 12


def refreshed(header: str, base: str) -> str | None:
    """Return where the header ``Refresh``, or the content of such a ``<meta>``, leads, if on."""
    match = _REFRESH.match(header)
    if match is None or int(match[1] or 0) > _LONGEST_WAIT:
        return None
    target = next(filter(None, match.groups()[1:]), "").strip()
    return absolute(target, base) if target else None


def onward(document: Document) -> Read[str] | None:
    """Return where a page with next to no content sends the browser, None if it does not."""
    for node in document.css("meta[http-equiv][content]")[:50]:
        attributes = node.attributes
        if (attributes.get("http-equiv") or "").strip().lower() == "refresh":
            url = refreshed(attributes.get("content") or "", document.base)
            if url and url != document.url:
                return Read(url, 'meta[http-equiv="refresh"]')
    if not _says_little(document):
        return None
    for script in _scripts(document):
        match = _CALLED.search(script) or _ASSIGNED.search(script)
        url = absolute(match["url"].replace("\\/", "/"), document.url) if match else None
        if url and url != document.url:
            return Read(url, "a script")
    return None


def frames(document: Document) -> tuple[str, ...]:
    """Return the pages that a page with no content of its own shows in frames."""
    selector = "frame[src]" if document.has("frameset") else "iframe[src]"
    if selector == "iframe[src]" and not _says_little(document):
        return ()
    found = document.css(selector)[:_MOST_FRAMES]
    urls = (absolute(node.attributes.get("src") or "", document.base) for node in found)
    return tuple(dict.fromkeys(url for url in urls if url and url != document.url))


def _says_little(document: Document) -> bool:
    if len(document.css("a[href]")) > _FEW_LINKS:
        return False
    body = document.tree.body
    if body is None:
        return True
    unseen = sum(len(node.text().split()) for node in body.css("script, style, noscript"))
    return len(body.text().split()) - unseen <= _FEW_WORDS


def _scripts(document: Document) -> Iterator[str]:
    for node in document.css("script:not([src])")[:20]:
        yield node.text()[:_MOST_SCRIPT]
    body = document.tree.body
    if body is not None and (loaded := body.attributes.get("onload")):
        yield loaded[:_MOST_SCRIPT]
