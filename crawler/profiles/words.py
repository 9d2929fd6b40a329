"""Words and addresses as learning and reading by a profile compare them."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.text.fold import fold

_DIGITS = re.compile(r"\d+")
_CODE = re.compile(r"[0-9a-f]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(?:html?|aspx?|php|jsp|jspx|shtml)$", re.IGNORECASE)
_NESTED = re.compile(r"/(?:https?[:_]|javascript)|[?&](?:returnurl|redirect)=", re.IGNORECASE)
_VARYING = "#*~"
"""What the form of an address has in place of what differs (`form_of`)."""
_NUMBER_BEHIND = re.compile(r"[-_.](?:[a-z]{1,4})?\d+$", re.IGNORECASE)


@lru_cache(maxsize=8192)
def letters(text: str) -> str:
    """Return the letters and digits of a text, in small ones: what is compared of words."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFC", text).casefold()))


@lru_cache(maxsize=8192)
def masked(text: str) -> str:
    """Return a text with # for every number, so that a counter is the same on every page."""
    return _DIGITS.sub("#", letters(text))


def named_by(url: str) -> str:
    """Return the words of a title as an address has them, folded, without blanks; "" if it has
    none."""
    segment = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    segment = _NUMBER_BEHIND.sub("", _EXTENSION.sub("", segment))
    return letters(fold(segment)) if segment.count("-") + segment.count("_") >= 2 else ""


@lru_cache(maxsize=8192)
def form_of(url: str) -> str:
    """Return what the addresses of pages of one kind have in common: "/tin-tuc/~-#"."""
    parts = urlsplit(url)
    segments = [_segment(s) for s in unquote(parts.path).strip("/").split("/")]
    query = sorted({(key, _value(value)) for key, value in parse_qsl(parts.query, True)})
    asked = "&".join(f"{key}={value}" for key, value in query)
    return "/" + "/".join(segments) + (f"?{asked}" if asked else "")


def varies(form: str) -> bool:
    """Whether addresses of a form differ in more than where they lie: others may have it, too."""
    return any(sign in form for sign in _VARYING)


def is_nested(url: str) -> bool:
    """Whether an address has another within it, as saved pages have them."""
    return _NESTED.search(url.partition("//")[2]) is not None


def _segment(segment: str) -> str:
    stem, dot, extension = segment.rpartition(".")
    if not dot or not _EXTENSION.search(segment):
        stem, dot, extension = segment, "", ""
    if stem.isdecimal():
        form = "#"
    elif _CODE.fullmatch(stem):
        form = "*"
    elif _NUMBER_BEHIND.search(stem) and stem.count("-") >= 2:
        form = "~-#"
    elif stem.count("-") >= 2:
        form = "~"
    else:
        form = _DIGITS.sub("#", stem)
    return form + dot + extension


def _value(value: str) -> str:
    return "#" if value.isdecimal() else "*" if _CODE.fullmatch(value) else "~"
