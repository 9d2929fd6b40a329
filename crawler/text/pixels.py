"""How many pixels a picture has, by the first bytes of its file.

Nothing is decoded: how large a picture is stands at a place of the file that its format prescribes.
JPEG (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1 and B.2), PNG, GIF and WebP
(https://developers.google.com/speed/webp/docs/riff_container) are known: what portals have.
"""

from typing import Final

Size = tuple[int, int]
"""Width and height."""

_WITHOUT_LENGTH: Final = frozenset([0x01, *range(0xD0, 0xD8)])
"""Markers of JPEG that nothing follows."""
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of JPEG after which the size stands."""
_SCAN: Final = 0xDA
_MOST_SEGMENTS: Final = 1000


def size_of(body: bytes) -> Size | None:
    """Return the size of a picture; None if it is none of a known format, or does not say it."""
    size: Size | None = None
    if body.startswith(b"\xff\xd8\xff"):
        size = _of_jpeg(body)
    elif body.startswith(b"\x89PNG\r\n\x1a\n") and body[12:16] == b"IHDR" and len(body) >= 24:
        size = _big(body, 16, 4), _big(body, 20, 4)
    elif body.startswith((b"GIF87a", b"GIF89a")) and len(body) >= 10:
        size = _little(body, 6, 2), _little(body, 8, 2)
    elif body.startswith(b"RIFF") and body[8:12] == b"WEBP" and len(body) >= 30:
        size = _of_webp(body)
    return size if size and min(size) > 0 else None


def _of_jpeg(body: bytes) -> Size | None:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while body[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if at + 9 > len(body) or body[at] != 0xFF or body[at + 1] == _SCAN:
            return None
        if body[at + 1] in _FRAMES:
            return _big(body, at + 7, 2), _big(body, at + 5, 2)
        at += 2 if body[at + 1] in _WITHOUT_LENGTH else 2 + _big(body, at + 2, 2)
    return None


def _of_webp(body: bytes) -> Size | None:
    kind = body[12:16]
    if kind == b"VP8X":
        return _little(body, 24, 3) + 1, _little(body, 27, 3) + 1
    if kind == b"VP8L":
        packed = _little(body, 21, 4)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(body, 26, 2) & 0x3FFF, _little(body, 28, 2) & 0x3FFF
    return None


def _big(body: bytes, at: int, length: int) -> int:
    return int.from_bytes(body[at : at + length], "big")


def _little(body: bytes, at: int, length: int) -> int:
    return int.from_bytes(body[at : at + length], "little")
