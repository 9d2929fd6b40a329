"""Whether a page ends, or breaks off: a program died, a connection was cut behind a proxy."""

import re

from crawler.vocabulary.sentences import Ending

_TAIL = 1 << 16
_LAST_WORDS = 1 << 9
"""Bytes in which nearly all pages end, and to look through which takes no time."""
_DEATH = 1 << 12
_ENDS = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_IS_PAGE = re.compile(rb"<(?:html|body)\b", re.IGNORECASE)
_FATAL = re.compile(
    rb"(?:Fatal|Parse) error(?:</b>)?:|Maximum execution time|Allowed memory size"
    rb"|Uncaught \w*E\w+:",
    re.IGNORECASE,
)
_BLOCK = re.compile(rb"<(/?)(?:div|article|section|main|table|td)\b", re.IGNORECASE)


def broken_off(body: bytes) -> str | None:
    """Return how a page breaks off, in words, None if it ends, or nothing says that it does not.

    Some portals never close their pages: one without ``</html>`` breaks off only if it ends within
    a tag, with the last words of a program, or with more elements open than it closes.
    """
    if _ends(body):
        return None
    if _FATAL.search(body[-_DEATH:]):
        return Ending.PROGRAM
    if not _IS_PAGE.search(body, 0, _TAIL):
        return None
    if body.rfind(b"<") > body.rfind(b">"):
        return Ending.TAG
    tags = _BLOCK.findall(body)
    open_ = len(tags) - 2 * sum(1 for slash in tags if slash)
    return Ending.ELEMENTS.of(number=open_) if open_ > 0 else None


def _ends(body: bytes) -> bool:
    return any(_ENDS.search(body[-length:]) for length in (_LAST_WORDS, _TAIL))
