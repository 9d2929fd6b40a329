"""The encodings of HTTP undone (RFC 9110, 8.4 and RFC 9112, 7), in bounded memory.

Whatever is wrong with a body, all functions raise `EncodingError` for it and nothing else.
"""

import re
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

from fastwarc.stream_io import BrotliReader

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGEST_BODY: Final = 32 << 20
"""Bytes that a body may have without its encodings: as many as a crawl takes."""

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")


class EncodingError(ValueError):
    """A body whose encoding cannot be undone; the message says why."""


def untransferred(body: bytes, transfer: str) -> bytes:
    """Return a body without what its header Transfer-Encoding names."""
    *codings, last = transfer.lower().split(",")
    if last.strip() == "identity":
        return body
    if last.strip() != "chunked":
        raise EncodingError(f"its Transfer-Encoding, {transfer[:40]!r}, is not known")
    return uncompressed(_unchunked(body), ",".join(codings))


def uncompressed(body: bytes, encoding: str) -> bytes:
    """Return a body without what its header Content-Encoding names."""
    for coding in reversed(encoding.lower().split(",")):
        name = coding.strip()
        if name in _CODINGS:
            body = _CODINGS[name](body) if body else body
        elif name not in ("", "identity"):
            raise EncodingError(f"its Content-Encoding, {encoding[:40]!r}, is not known")
    return body


def _unchunked(body: bytes) -> bytes:
    pieces: list[bytes] = []
    position = 0
    while found := _CHUNK.match(body, position):
        size = int(found[1], 16)
        if not size:
            return b"".join(pieces)
        start, end = found.end(), found.end() + size
        if len(body) < end:
            break
        pieces.append(body[start:end])
        position = end + (2 if body[end : end + 2] == b"\r\n" else 1)
    if pieces and position >= len(body):
        return b"".join(pieces)  # whole but for the mark of the end, which some archives leave out
    raise EncodingError("its chunks are damaged or cut off")


def _gunzipped(body: bytes) -> bytes:
    return _decompressed(body, lambda: _Zlib(31))


def _inflated(body: bytes) -> bytes:
    try:
        return _decompressed(body, lambda: _Zlib(15))
    except EncodingError:
        return _decompressed(body, lambda: _Zlib(-15))  # as some servers misunderstand it


def _unzstd(body: bytes) -> bytes:
    return _decompressed(body, zstd.ZstdDecompressor)


class _Zlib:
    """A stream of zlib's with the interface of `zstd.ZstdDecompressor`."""

    def __init__(self, wbits: int) -> None:
        self.inner = zlib.decompressobj(wbits)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self.inner.decompress(data, max_length)

    @property
    def eof(self) -> bool:
        return self.inner.eof

    @property
    def unused_data(self) -> bytes:
        return self.inner.unused_data


def _decompressed(body: bytes, begin: Callable[[], Any]) -> bytes:
    """Return what the members say of which a body consists."""
    pieces: list[bytes] = []
    left = LARGEST_BODY
    while body:
        member = begin()
        try:
            piece = member.decompress(body, max_length=left + 1)
        except (zlib.error, zstd.ZstdError) as error:
            if pieces:
                break  # what follows the last member is nothing
            raise EncodingError(f"its compressed bytes are damaged ({error})") from error
        if pieces and not (piece or member.eof):
            break
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            raise EncodingError(_TOO_LARGE)
        if not member.eof:
            raise EncodingError("its compressed bytes are cut off")
        body = member.unused_data
    return b"".join(pieces)


def _unbrotli(body: bytes) -> bytes:
    reader = BrotliReader(BytesIO(body))
    pieces, left = [], LARGEST_BODY
    try:
        while piece := reader.read(64 << 10):
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise EncodingError(_TOO_LARGE)
    except OSError as error:
        raise EncodingError(f"its compressed bytes are damaged ({error})") from error
    return b"".join(pieces)


_TOO_LARGE = f"it holds more than {LARGEST_BODY >> 20} MiB"
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
    "br": _unbrotli,
    "zstd": _unzstd,
}
KNOWN: Final = frozenset(_CODINGS)
"""The encodings that can be undone, by their names."""
