"""The bytes of a file, decompressed as they are asked for, in constant memory.

A stream of compressed bytes consists of members: gzip's members, Zstandard's frames. An archive
has one a record, or one for all.
"""

import re
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from archive.warc import DICTIONARY_FRAME, WarcError, read_dictionary
from curation.importing.beginnings import Beginning
from curation.importing.damage import DamageError, HopelessError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
"""First four bytes of a Zstandard frame that holds no data."""
_INPUT = 64 << 10
_PIECE = 256 << 10
_MOST_TIMES = 500
"""How many times its size a file may expand to: pages by a dictionary reach 250, zeros 1,000."""
_MOST_TRIES = 10_000
"""Places that are tried at most for the next sound record: what looks like one may be a trap."""
_MOST_TRIED = 1 << 30
"""Bytes that these may read: each may look like the beginning of all that follows."""
_FREE = 64 << 20
"""Bytes to which even the smallest file may expand."""


class File(Protocol):
    """A file that is read, or a member of a zip file."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many bytes, none at the end."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go on at an offset from the beginning."""

    def tell(self) -> int:
        """Return the offset."""


class Meter:
    """Counts what is read of a file and what it expands to, and ends what expands without end."""

    def __init__(self, advance: Callable[[int], None] = lambda _: None) -> None:
        self.read = 0
        self.made = 0
        self.advance = advance
        """Told of the bytes read, for a progress bar."""

    def took(self, size: int) -> None:
        """Count bytes read from the disk."""
        self.read += size
        self.advance(size)

    def gave(self, size: int) -> None:
        """Count bytes that came out of a decompressor. Raises `HopelessError` for a bomb."""
        self.made += size
        if self.made > _FREE + _MOST_TIMES * self.read:
            raise HopelessError(
                f"it expands to more than {_MOST_TIMES} times its size: a decompression bomb"
            )


class MeteredFile:
    """A file whose reading is counted: as from the disk, or as out of a zip file's decompressor."""

    def __init__(self, file: File, count: Callable[[int], None]) -> None:
        self.file = file
        self.count = count
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1, /) -> bytes:
        """Read and count."""
        data = self.file.read(size)
        self.count(len(data))
        return data

    def seekable(self) -> bool:
        """Say so, as `zipfile` asks."""
        return True


class _Gunzip:
    """One gzip member, with the interface of `zstd.ZstdDecompressor`."""

    def __init__(self) -> None:
        self.inner = zlib.decompressobj(wbits=31)
        self.is_full = False
        self.error: zlib.error | None = None

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self.error:
            raise self.error
        data = self.inner.unconsumed_tail + data
        before = self.inner.copy()
        try:
            out = self.inner.decompress(data, max_length)
        except zlib.error as error:
            self.inner, self.error = before, error
            return self._up_to_the_error(data)
        self.is_full = len(out) == max_length
        return out

    def _up_to_the_error(self, data: bytes) -> bytes:
        """Return what can be had before the damage, or raise the error."""
        out = bytearray()
        with suppress(zlib.error):
            for byte in data:
                out += self.inner.decompress(bytes((byte,)))
        if not out and self.error:
            raise self.error
        return bytes(out)

    @property
    def eof(self) -> bool:
        return self.inner.eof

    @property
    def needs_input(self) -> bool:
        return not (self.inner.unconsumed_tail or self.is_full or self.error)

    @property
    def unused_data(self) -> bytes:
        return self.inner.unused_data


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a stream, at which a record begins."""

    member: int
    """Where in the file the member begins; for plain files, the place itself."""
    inside: int
    """Bytes of the member, uncompressed, before the place."""

    def __str__(self) -> str:
        if self.inside:
            return f"byte {self.inside} of what is compressed at byte {self.member}"
        return f"byte {self.member}"


class Stream:
    """Bytes to be taken in order, of which the next ones may be looked at."""

    def __init__(self, file: File, meter: Meter) -> None:
        self.file = file
        self.meter = meter
        self.buffer = b""
        self.position = 0
        """Of what is taken next in the buffer."""
        self.at = file.tell()
        """Where in the file the buffer ends."""

    def mark(self) -> Mark:
        """Return where the stream stands."""
        return Mark(self.at - len(self.buffer) + self.position, 0)

    def take(self, size: int) -> bytes:
        """Take up to *size* bytes: at least one, none at the end."""
        if self.position >= len(self.buffer) and not self._fill():
            return b""
        piece = self.buffer[self.position : self.position + size]
        self.position += len(piece)
        return piece

    def look(self, size: int) -> bytes:
        """Return the next *size* bytes, fewer at the end, without taking them."""
        while len(self.buffer) - self.position < size:
            if not self._fill():
                break
        return self.buffer[self.position : self.position + size]

    def line(self, limit: int) -> bytes:
        """Take a line with its end. Raises `DamageError` if it is longer than *limit* bytes."""
        while (end := self.buffer.find(b"\n", self.position)) < 0:
            if len(self.buffer) - self.position > limit or not self._fill():
                end = len(self.buffer) - 1
                break
        if end + 1 - self.position > limit:
            raise DamageError("its header is longer than any should be")
        line = self.buffer[self.position : end + 1]
        self.position = end + 1
        return line

    def begins(self, beginning: Beginning) -> bool:
        """Whether a record begins here; no more is looked at than is needed to tell."""
        size = beginning.shortest
        while True:
            start = self.look(size)
            if beginning.pattern.match(start):
                return True
            if len(start) < size or size >= beginning.longest or b"\n" in start:
                return False
            size = min(2 * size, beginning.longest)

    def find(self, beginning: Beginning) -> bool:
        """Take all that stands before the next line at which a record begins; False if there is
        none.
        """
        pattern = beginning.pattern
        line = re.compile(rb"\n(?:%b)" % pattern.pattern, pattern.flags)
        while not (found := line.search(self.buffer, self.position)):
            self.position = max(self.position, len(self.buffer) - beginning.longest)
            if not self._fill():
                return False
        self.position = found.start() + 1
        return True

    def finish_member(self) -> None:
        """Make sure that what was taken is sound, as far as that can be known before its end."""

    def go_on(self, after: Mark, beginning: Beginning) -> bool:
        """Go on, after a damaged record, where the next one begins; False if nowhere."""
        self._go_to(after.member + 1)
        return self.find(beginning)

    def _go_to(self, offset: int) -> None:
        self.file.seek(offset)
        self.buffer, self.position, self.at = b"", 0, offset

    def _fill(self) -> bool:
        """Append to the buffer; False at the end."""
        piece = self._next()
        if not piece:
            return False
        self.buffer = self.buffer[self.position :] + piece
        self.position = 0
        return True

    def _next(self) -> bytes:
        piece = self.file.read(_PIECE)
        self.at += len(piece)
        return piece


class CompressedStream(Stream):
    """A stream out of compressed members."""

    magic: bytes
    """With what a member begins."""

    def __init__(self, file: File, meter: Meter) -> None:
        super().__init__(file, meter)
        self.member: Any = None
        """The decompressor of the member that is being read."""
        self.member_at = self.at
        self.made = 0
        """Bytes that came out of the member."""
        self.input = b""

    def mark(self) -> Mark:
        """Return where the stream stands."""
        left = len(self.buffer) - self.position
        if not left and self.member is None:
            return Mark(self.at - len(self.input), 0)
        return Mark(self.member_at, self.made - left)

    def finish_member(self) -> None:
        """Read to the end of the member, if nothing but its checksum is left."""
        while self.position >= len(self.buffer) and self.member is not None:
            if piece := self._decompressed():
                self.buffer, self.position = piece, 0

    def go_on(self, after: Mark, beginning: Beginning) -> bool:
        """Go on, after a damaged record, where the next one begins; False if nowhere."""
        if self.member is not None and self.member_at == after.member and self.made > after.inside:
            return self._go_on_inside(beginning)
        return self._go_on_outside(after.member + 1, beginning)

    def _go_on_inside(self, beginning: Beginning) -> bool:
        try:
            return self.find(beginning)
        except HopelessError:
            raise
        except DamageError:
            return self._go_on_outside(self.member_at + 1, beginning)

    def _go_on_outside(self, offset: int, beginning: Beginning) -> bool:
        """Go on at the next member that holds a record."""
        tried = 0
        for _ in range(_MOST_TRIES):
            if tried > _MOST_TRIED or (offset := self._find_member(offset)) < 0:
                break
            try:
                if self.begins(beginning):
                    return True
                if not self.look(1):
                    break  # nothing but empty members up to the end
            except HopelessError:
                raise
            except DamageError:
                pass
            tried += self.at - offset
            offset = max(offset, self.member_at) + 1
        return False

    def _find_member(self, offset: int) -> int:
        self._go_to(offset)
        self.member, self.input = None, b""
        rest = b""
        while data := self.file.read(_INPUT):
            found = (rest + data).find(self.magic)
            if found >= 0:
                offset += found - len(rest)
                self._go_to(offset)
                return offset
            offset += len(data)
            rest = (rest + data)[1 - len(self.magic) :]
        return -1

    def _next(self) -> bytes:
        while True:
            if self.member is None and not self._begin():
                return b""
            if piece := self._decompressed():
                return piece

    def _begin(self) -> bool:
        """Begin the next member; False at the end of the file."""
        if not self._read_input(18):
            return False
        self.member_at = self.at - len(self.input)
        if not self.input.startswith(self.magic):
            raise DamageError("what stands there is not compressed as the rest is")
        self.member = self._decompressor()
        self.made = 0
        return True

    def _decompressed(self) -> bytes:
        """Return a piece of the member, which may be empty."""
        if self.member.needs_input and not self.input and not self._read_input(1):
            raise DamageError("the file ends in the middle of it: it is cut off")
        data, self.input = self.input, b""
        try:
            piece: bytes = self.member.decompress(data, max_length=_PIECE)
        except (zlib.error, zstd.ZstdError) as error:
            raise DamageError(f"its compressed bytes are damaged ({error})") from error
        if self.member.eof:
            self.input, self.member = self.member.unused_data, None
        self.made += len(piece)
        self.meter.gave(len(piece))
        return piece

    def _read_input(self, least: int) -> bool:
        """Have bytes to decompress, *least* of them if there are so many; False at the end."""
        while len(self.input) < least and (data := self.file.read(_INPUT)):
            self.input += data
            self.at += len(data)
        return bool(self.input)

    def _decompressor(self) -> Any:
        raise NotImplementedError


class GzipStream(CompressedStream):
    """A stream out of gzip members."""

    magic = GZIP

    def _decompressor(self) -> _Gunzip:
        return _Gunzip()

    def _begin(self) -> bool:
        """Begin the next member; what fills up a tape with zeros is none."""
        while self._read_input(18) and self.input[0] == 0:
            self.input = self.input.lstrip(b"\0")
        return super()._begin()


class ZstdStream(CompressedStream):
    """A stream out of Zstandard frames, with the dictionary that may stand before them."""

    magic = ZSTD

    def __init__(self, file: File, meter: Meter) -> None:
        try:
            dictionary = read_dictionary(file)
        except WarcError as error:
            raise HopelessError(str(error)) from error
        self.dictionary = dictionary.as_digested_dict if dictionary else None
        super().__init__(file, meter)

    def _decompressor(self) -> Any:
        return zstd.ZstdDecompressor(zstd_dict=self.dictionary)

    def _begin(self) -> bool:
        """Begin the next frame that holds data."""
        while self._read_input(8) and int.from_bytes(self.input[:4], "little") in _SKIPPABLE:
            left = 8 + int.from_bytes(self.input[4:8], "little")
            while left and self._read_input(1):
                skipped = min(left, len(self.input))
                self.input, left = self.input[skipped:], left - skipped
        return super()._begin()


def stream_of(file: File, meter: Meter) -> Stream:
    """Return the stream of a file, which begins where the file stands."""
    start = file.tell()
    magic = file.read(4)
    file.seek(start)
    if magic.startswith(GZIP):
        return GzipStream(file, meter)
    if magic == ZSTD or magic == DICTIONARY_FRAME.to_bytes(4, "little"):
        return ZstdStream(file, meter)
    return Stream(file, meter)
