"""What an answer is by its first bytes, as the MIME Sniffing standard tells it.

https://mimesniff.spec.whatwg.org/, 7.1 and 6. A header that says what a thing is is believed; one
that is missing, is no type at all, or says no more than "bytes", is not; "text/plain" is, as the
standard has it.
"""

import re
from typing import Final

from crawler.text.patterns import lazily

_HTML: Final = lazily(
    rb"(?:\xef\xbb\xbf)?(?:[\t\n\x0c\r ]|<!--.*?-->|<\?xml.*?\?>)*"
    rb"<(?:!DOCTYPE HTML|(?:HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P)"
    rb"(?=[\t\n\x0c\r />]))",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE_PAGE: Final = lazily(
    rb"(?:\xef\xbb\xbf)?(?:[\t\n\x0c\r ]|<!--.*?-->|<\?xml.*?\?>)*<(?:!DOCTYPE HTML|HTML[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_BYTES: Final = 1445
"""As many as the standard looks at."""
_SIGNATURES: Final = {
    b"%PDF-": "application/pdf",
    b"%!PS-Adobe-": "application/postscript",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
    b"\x00\x00\x01\x00": "image/x-icon",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b\x08": "application/gzip",
    b"Rar!\x1a\x07": "application/x-rar-compressed",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "application/msword",
    b"wOFF": "font/woff",
    b"wOF2": "font/woff2",
    b"ID3": "audio/mpeg",
    b"OggS\x00": "application/ogg",
}
_TYPE: Final = lazily(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+|\*/\*)")
_UNKNOWN: Final = ("unknown/unknown", "application/unknown", "*/*")
_VAGUE: Final = (
    *(
        "application/octet-stream",
        "binary/octet-stream",
        "application/force-download",
    ),
    *("application/x-httpd-php", "application/x-msdownload", "httpd/unix-directory"),
    *("text/xml", "application/xml", "text/x-php", "application/x-php", "text/asp", "text/htm"),
)
"""Types that servers send for pages by mistake: a whole page in one is a page."""


def signature(body: bytes) -> str | None:
    """Return the type of a picture, a document or an archive by its first bytes, None if none."""
    return next((kind for mark, kind in _SIGNATURES.items() if body.startswith(mark)), None)


def is_page(body: bytes, content_type: str | None) -> bool:
    """Whether an answer whose header does not say that it is a page is one nevertheless."""
    start = body[:_BYTES]
    if signature(start):
        return False
    match = _TYPE.match(content_type or "")
    kind = match[1].lower() if match else ""
    if not kind or kind in _UNKNOWN:
        return _HTML.match(start) is not None or not _is_binary(start)
    return kind in _VAGUE and _WHOLE_PAGE.match(start) is not None


def _is_binary(start: bytes) -> bool:
    """Whether there are bytes that no text has (the standard's "binary data byte")."""
    if start.startswith((b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf")):
        return False
    return any(b <= 0x08 or b == 0x0B or 0x0E <= b <= 0x1A or 0x1C <= b <= 0x1F for b in start)
