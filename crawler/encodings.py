"""The encodings of HTTP undone (RFC 9110, 8.4 and RFC 9112, 7), in bounded memory.

Whatever is wrong with a body, all functions raise `EncodingError` for it and nothing else.
"""

import re
import sys
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, Final

from fastwarc.stream_io import BrotliReader

from crawler.vocabulary.sentences import Packing

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGEST_BODY: Final = 32 << 20
"""Bytes that a body may have without its encodings: as many as a crawl takes."""

_PIECE = 1 << 14
_ZSTD = (b"\x28\xb5\x2f\xfd", *(b"%c\x2a\x4d\x18" % (0x50 + n) for n in range(16)))
"""How the frames of Zstandard begin, and those that are to be skipped (RFC 8878, 3.1)."""
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")


class EncodingError(ValueError):
    """A body whose encoding cannot be undone; the message says why."""


class TooLargeError(EncodingError):
    """A body that holds more than *most* bytes without its encodings."""

    def __init__(self, most: int) -> None:
        super().__init__(Packing.LARGE.of(number=most >> 20))


def untransferred(body: bytes, transfer: str) -> bytes:
    """Return a body without what its header Transfer-Encoding names."""
    *codings, last = transfer.lower().split(",")
    if last.strip() == "identity":
        return body
    if last.strip() != "chunked":
        raise EncodingError(Packing.TRANSFER.of(name=repr(transfer[:40])))
    return uncompressed(_unchunked(body), ",".join(codings))


def uncompressed(body: bytes, encoding: str, most: int = LARGEST_BODY) -> bytes:
    """Return a body without what its header Content-Encoding names, if it has *most* bytes then, or
    fewer.
    """
    for coding in reversed(encoding.lower().split(",")):
        name = coding.strip()
        if name in _CODINGS:
            body = _CODINGS[name](body, most) if body else body
        elif name not in ("", "identity"):
            raise EncodingError(Packing.CONTENT.of(name=repr(encoding[:40])))
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
    raise EncodingError(Packing.CHUNKS)


def _gunzipped(body: bytes, most: int) -> bytes:
    return _joined(gunzipped(body, most))


def _joined(pieces: Iterator[bytes]) -> bytes:
    """Return pieces as one; they are not in memory beside it."""
    whole = BytesIO()
    for piece in pieces:
        whole.write(piece)
    return whole.getvalue()


def gunzipped(body: bytes, most: int) -> Iterator[bytes]:
    """Yield what the members of gzip say of which a body consists, piece by piece, and no more than
    *most* bytes; what follows the last member is nothing.
    """
    return _decompressed(body, lambda: _Zlib(31), (b"\x1f\x8b",), most)


def _inflated(body: bytes, most: int) -> bytes:
    try:
        return _joined(_decompressed(body, lambda: _Zlib(15), (), most))
    except TooLargeError:
        raise
    except EncodingError:  # as some servers misunderstand it
        return _joined(_decompressed(body, lambda: _Zlib(-15), (), most))


def _unzstd(body: bytes, most: int) -> bytes:
    return _joined(_decompressed(body, zstd.ZstdDecompressor, _ZSTD, most))


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


def _decompressed(
    body: bytes, begin: Callable[[], Any], marks: tuple[bytes, ...], most: int
) -> Iterator[bytes]:
    """Yield what the members say of which a body consists; all but the first begin with a mark.

    It is taken piece by piece, for each member hands back what follows it: of a body of nothing but
    small ones that would be all of it, again and again.
    """
    at, left = 0, most
    while True:
        member = begin()
        while not member.eof:
            if at >= len(body):
                raise EncodingError(Packing.CUT)
            try:
                piece = member.decompress(body[at : at + _PIECE], max_length=left + 1)
            except (zlib.error, zstd.ZstdError) as error:
                raise EncodingError(Packing.DAMAGED.of(error=error)) from error
            yield piece[:left]
            at += _PIECE
            left -= len(piece)
            if left < 0:
                raise TooLargeError(most)
        at = min(at, len(body)) - len(member.unused_data)
        if not body.startswith(marks, at):
            return


def _unbrotli(body: bytes, most: int) -> bytes:
    return _joined(_brotli_pieces(body, most))


def _brotli_pieces(body: bytes, most: int) -> Iterator[bytes]:
    reader, left = BrotliReader(BytesIO(body)), most
    try:
        while piece := reader.read(64 << 10):
            left -= len(piece)
            if left < 0:
                raise TooLargeError(most)
            yield piece
    except OSError as error:
        raise EncodingError(Packing.DAMAGED.of(error=error)) from error


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
    "br": _unbrotli,
    "zstd": _unzstd,
}
KNOWN: Final = frozenset(_CODINGS)
"""The encodings that can be undone, by their names."""
