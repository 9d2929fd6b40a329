"""The Zstandard frames of a file of captures: a dictionary, then one frame a record.

The form is the IIPC's "Zstandard Compression for WARC Files 1.0".
"""

import struct
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from crawler.vocabulary.soundness import RecordDamage

if sys.version_info >= (3, 14):
    from compression import zstd as zstd
else:
    from backports import zstd as zstd


class WarcError(Exception):
    """A record that cannot be read; the message says why, without the name of its file."""


DICTIONARY_FRAME: Final = 0x184D2A5D
"""First four bytes of the frame with the dictionary, which stands first in a file."""
FRAME = b"\x28\xb5\x2f\xfd"
LEVEL: Final = 6
"""A third smaller than the default of 3 for 0.1 ms a page; above it a tenth is gained for twice the
time."""
_DICTIONARY_LEVEL = 9
_LARGEST_DICTIONARY = 8 << 20
LARGEST_RECORD = 64 << 20
"""Bytes that a record may have uncompressed; a crawl takes no answer half as large."""
_IN_PLACE = {1001: 1}
"""``ZSTD_c_forceAttachDict``: to look a page up in the dictionary where it is. By itself zstd makes
a copy of the dictionary's tables for each page, which takes as long as to compress it."""


def compressor_with(
    dictionary: "zstd.ZstdDict | None", level: int = LEVEL
) -> "zstd.ZstdCompressor":
    """Return a compressor for the records of a file with this dictionary."""
    options = _parameters(level)
    digested = dictionary.as_digested_dict if dictionary else None
    with suppress(zstd.ZstdError, ValueError):  # experimental: another version may not know it
        return zstd.ZstdCompressor(options=options | _IN_PLACE, zstd_dict=digested)
    return zstd.ZstdCompressor(options=options, zstd_dict=digested)


def compressed(compressor: "zstd.ZstdCompressor", record: bytes) -> bytes:
    """Return a record as a frame of its own, which tells how long it is."""
    compressor.set_pledged_input_size(len(record))
    return compressor.compress(record, zstd.ZstdCompressor.FLUSH_FRAME)


def packed(dictionary: "zstd.ZstdDict", level: int = _DICTIONARY_LEVEL) -> bytes:
    """Return the skippable frame that holds a dictionary, compressed."""
    content = zstd.compress(dictionary.dict_content, options=_parameters(level))
    return struct.pack("<II", DICTIONARY_FRAME, len(content)) + content


def _parameters(level: int) -> dict[int, int]:
    parameter = zstd.CompressionParameter
    return {parameter.compression_level: level, parameter.checksum_flag: 1}


_dictionaries: OrderedDict[Path, "tuple[int, zstd.ZstdDict | None]"] = OrderedDict()
_MOST_DICTIONARIES = 16


def dictionary_of(path: Path) -> "zstd.ZstdDict | None":
    """Return the dictionary of a file, None if it has none.

    Raises OSError if the file cannot be read, `WarcError` if the dictionary cannot.
    """
    changed = path.stat().st_mtime_ns
    if path not in _dictionaries or (_dictionaries[path][0] != changed):
        with path.open("rb") as file:
            _dictionaries[path] = changed, read_dictionary(file)
        while len(_dictionaries) > _MOST_DICTIONARIES:
            _dictionaries.popitem(last=False)
    return _dictionaries[path][1]


class _File(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


def read_dictionary(file: _File) -> "zstd.ZstdDict | None":
    """Return the dictionary with which a file begins that stands at its beginning, None if there
    is none; the file then stands at its first record. Raises `WarcError` if it is damaged.
    """
    head = file.read(8)
    if len(head) < 8 or struct.unpack("<I", head[:4])[0] != DICTIONARY_FRAME:
        file.seek(0)
        return None
    length = struct.unpack("<I", head[4:])[0]
    if length > _LARGEST_DICTIONARY:
        raise WarcError(RecordDamage.DICTIONARY_LARGE.of(number=_LARGEST_DICTIONARY >> 20))
    data = file.read(length)
    try:
        if data.startswith(FRAME):
            data = decompressed(data, None, _LARGEST_DICTIONARY)
        dictionary = zstd.ZstdDict(data)
        zstd.ZstdDecompressor(zstd_dict=dictionary.as_digested_dict)  # tells whether it is sound
        return dictionary
    except (zstd.ZstdError, ValueError) as error:
        raise WarcError(RecordDamage.DICTIONARY.of(error=error)) from error


def decompressed(
    frame: bytes, dictionary: "zstd.ZstdDict | None", limit: int = LARGEST_RECORD
) -> bytes:
    """Return what a frame holds. Raises `WarcError` if it is not whole, or larger than *limit*."""
    digested = dictionary.as_digested_dict if dictionary else None
    try:
        decompressor = zstd.ZstdDecompressor(zstd_dict=digested)
        data = decompressor.decompress(frame, max_length=limit)
    except (zstd.ZstdError, ValueError) as error:
        raise WarcError(str(error)) from error
    if not decompressor.eof:
        raise WarcError(RecordDamage.CUT if decompressor.needs_input else RecordDamage.LARGE)
    if decompressor.unused_data:
        raise WarcError(RecordDamage.BETWEEN)
    return data


def frames(path: Path, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset, length in the file and uncompressed bytes of each record from *start* on.

    Raises `WarcError` at the first that is not whole, and OSError if the file cannot be read.
    """
    dictionary = dictionary_of(path)
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    offset = 0
    if dictionary is not None and start == 0:
        offset = 8 + struct.unpack("<I", data[4:8])[0]
    for place, length, record in frames_in(data, dictionary, offset):
        yield start + place, length, record


def frames_in(
    data: bytes, dictionary: "zstd.ZstdDict | None", offset: int = 0
) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset, length and uncompressed bytes of each record in *data* from *offset* on.

    Raises `WarcError` at the first that is not whole.
    """
    while offset < len(data):
        if data[offset : offset + 4] != FRAME:
            raise WarcError(RecordDamage.NO_RECORD)
        try:
            length = zstd.get_frame_size(memoryview(data)[offset:])
        except zstd.ZstdError as error:
            raise WarcError(RecordDamage.CUT) from error
        yield offset, length, decompressed(data[offset : offset + length], dictionary)
        offset += length
