"""Files that were received, as they may be given to a browser: by what their bytes are.

What a server said of them is believed in nothing: pictures of pixels, fonts and PDF are told by
their first bytes; everything else is only offered to be saved, whatever it is called.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from crawler.text.media_types import is_css, is_html

_PIXELS: Final = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"GIF87a": ("image/gif", "gif"),
    b"GIF89a": ("image/gif", "gif"),
}
_FONTS: Final = {
    b"wOF2": ("font/woff2", "woff2"),
    b"wOFF": ("font/woff", "woff"),
    b"\x00\x01\x00\x00": ("font/ttf", "ttf"),
    b"true": ("font/ttf", "ttf"),
    b"OTTO": ("font/otf", "otf"),
}
_BMP_HEADERS: Final = (12, 40, 52, 56, 64, 108, 124)
"""Bytes that the second header of a BMP may have, which begins with that number."""
_AVIF: Final = re.compile(rb"....ftyp(?:avif|avis|.{8}(?:.{4}){0,8}?(?:avif|avis))", re.DOTALL)

_SAVED: Final = frozenset([
    *("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "pps", "ppsx", "odt", "ods", "odp"),
    *("rtf", "txt", "csv", "zip", "rar", "7z", "jpg", "jpeg", "png", "gif", "webp", "avif", "bmp"),
    *("mp3", "mp4", "m4a", "m4v", "webm", "ogg", "ogv", "mov", "avi", "wmv", "flv", "wav"),
])  # fmt: skip
"""Endings of names that are kept; what a browser would open as a page is saved as text."""
_ENDING: Final = re.compile(r"\.([A-Za-z0-9]{2,4})$")

LEADING_OUT: Final = "allow-top-navigation-by-user-activation"
"""What alone the frame of a captured page may do."""
_LOCKED: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
SHUT: Final = f"default-src 'none'; {_LOCKED}; sandbox"
"""The policy of a file that is opened by itself: nothing runs, nothing is loaded."""
PICTURE: Final = (
    f"default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; {_LOCKED}; sandbox"
)
"""That of a picture, which browsers show in a page of their own."""
DOCUMENT: Final = (
    "default-src 'none'; object-src 'self'; img-src 'self' data: blob:;"
    f" style-src 'unsafe-inline'; {_LOCKED}"
)
"""That of a PDF. It has no sandbox, in which not every browser opens its viewer (Chromium 156
does); by its type, and with ``nosniff``, nothing but that viewer reads it.
"""
FRAMED: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self';"
    f" sandbox {LEADING_OUT}"
)
"""That of a page as it was captured. It has no origin and runs nothing; what a reader clicks may
lead out of the frame, to a page of ours.
"""


def media_path(capture_id: int, digest: str) -> str:
    """Return the path at which the reading room gives what a capture with a body holds; *digest* is
    its ``payload_sha256``.
    """
    return f"/media/{capture_id}/{digest}"


_SAID_OTHERWISE: Final = re.compile(r"\s*(?:image/svg|text/|application/(?!octet-stream))", re.I)


def is_said_shown(content_type: str | None) -> bool:
    """Whether a picture may be one that is shown, by what its server said: its bytes decide."""
    return _SAID_OTHERWISE.match(content_type or "") is None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is to a browser."""

    content_type: str
    ending: str
    policy: str = SHUT
    is_shown: bool = True
    """Whether it may be shown in place; else it is offered to be saved."""

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture of pixels."""
        return self.is_shown and self.content_type.startswith("image/")

    @property
    def is_font(self) -> bool:
        """Whether it is a font."""
        return self.content_type.startswith("font/")


def kind_of(body: bytes) -> Kind | None:
    """Return what a file is that a browser may show; None of any other."""
    for mark, told in _PIXELS.items():
        if body.startswith(mark):
            return Kind(*told, PICTURE)
    for mark, told in _FONTS.items():
        if body.startswith(mark):
            return Kind(*told)
    if body.startswith(b"%PDF-"):
        return Kind("application/pdf", "pdf", DOCUMENT)
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return Kind("image/webp", "webp", PICTURE)
    if _AVIF.match(body[:64]):
        return Kind("image/avif", "avif", PICTURE)
    if body.startswith(b"BM") and int.from_bytes(body[14:18], "little") in _BMP_HEADERS:
        return Kind("image/bmp", "bmp", PICTURE)
    return None


def saved_as(url: str, content_type: str | None) -> Kind:
    """Return how a file is offered to be saved that is not shown: with an ending that says what it
    is, if that opens in no browser.
    """
    told = content_type or ""
    ending = _ENDING.search(unquote(urlsplit(url).path))
    wanted = ending[1].lower() if ending else ""
    if is_html(told) or is_css(told, url) or wanted == "svg" or "xml" in told or "script" in told:
        wanted = "txt"
    elif wanted not in _SAVED:
        wanted = "bin"
    return Kind("application/octet-stream", wanted, is_shown=False)


def file_name(site: str, capture_id: int, ending: str) -> str:
    """Return under which name a file is saved: of nothing that was received."""
    key = re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")[:60]
    return f"{key or 'tin-huyen'}-{capture_id}.{ending}"


class RangeError(ValueError):
    """A part that a file does not have."""


_RANGE: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def part_of(asked: str | None, length: int) -> range | None:
    """Return which bytes of a file a header ``Range`` asks for; None for all of it.

    One range is understood; several, or another unit, are answered with all (RFC 9110, 14.2).
    Raises `RangeError` where the file ends before it.
    """
    found = _RANGE.fullmatch((asked or "").strip())
    if found is None or found[1] == found[2] == "":
        return None
    first, last = found[1], found[2]
    if not first:  # the last so many bytes
        start, end = max(0, length - int(last)), length
    else:
        start, end = int(first), min(length, int(last) + 1 if last else length)
        if last and int(last) < int(first):
            return None
    if start >= length or start >= end:
        raise RangeError(f"bytes */{length}")
    return range(start, end)
