"""The text of a page between its markup, for what must change the one and never the other."""

import re
from collections.abc import Callable, Iterator
from html import unescape

from crawler.text.patterns import lazily

_MARKUP = lazily(
    r"""(<!--.*?(?:-->|\Z)
        |<script\b.*?(?:</script|\Z)
        |<style\b.*?(?:</style|\Z)
        |<[!?/a-z](?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?+)*+(?:>|\Z))""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
"""Each alternative goes on to the end of the page if its own never comes: the time is linear."""
_READABLE = lazily(
    r"""(?P<name>\s(?:alt|title|content)\s*+=\s*+)(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)')""",
    re.IGNORECASE,
)
_ENTITY = lazily(r"&(?:#[0-9]{3,4}|#[xX][0-9a-fA-F]{2,4}|[A-Za-z]{2,6}[0-9]{0,2});")


def pieces(page: str) -> list[str]:
    """Return *page* cut up: text, markup, text and so on by turns. Joined, they are the page.

    Scripts, style sheets and comments are markup.
    """
    return _MARKUP.split(page)


def readable(parts: list[str]) -> Iterator[str]:
    """Yield what a person reads of a page's `pieces`, the text and some attributes' values, but for
    what `is_plain`: nothing in that is to be mended.
    """
    for number, part in enumerate(parts):
        if is_plain(part):
            continue
        if number % 2 == 0:
            yield part
            continue
        for found in _READABLE.finditer(part):
            value = found["double"] or found["single"] or ""
            if not is_plain(value):
                yield value


def is_plain(text: str) -> bool:
    """Whether a text has no letter beyond ASCII, nor an entity that may be one."""
    return text.isascii() and "&" not in text


def with_readable(tag: str, change: Callable[[str], str]) -> str:
    """Return *tag* with what a person reads of it changed: an image's description, a title, the
    content of a meta element. No other attribute is touched."""

    def changed(found: re.Match[str]) -> str:
        quote = '"' if found["double"] is not None else "'"
        return f"{found['name']}{quote}{change(found['double'] or found['single'] or '')}{quote}"

    return _READABLE.sub(changed, tag)


def with_letters(text: str) -> str:
    """Return escaped *text* with the entities of windows-1252's upper half as characters.

    Those that markup needs, such as ``&lt;`` and ``&amp;``, stay, and so do letters beyond it.
    """
    return _ENTITY.sub(_letter, text) if "&" in text else text


def _letter(entity: re.Match[str]) -> str:
    letter = unescape(entity[0])
    return letter if letter in WESTERN else entity[0]


WESTERN = {
    letter: byte
    for byte in range(0x80, 0x100)
    for letter in (chr(byte), bytes([byte]).decode("cp1252", "ignore"))
    if letter
}
"""The bytes of the letters of windows-1252, and of ISO 8859-1, whose upper controls it replaces."""
