"""The files of an index, as Tantivy lays them: which belong to it, and whether they are whole.

An index is what its ``meta.json`` names: segments of six files each, and a file of what was deleted
in it. Others lie beside them while somebody writes, and for good where that one was killed, or in a
copy that was taken meanwhile: they belong to no index. The next one who writes removes those that
``.managed.json`` has, and those that would be in its way.
"""

import json
import os
import re
import struct
import zlib
from pathlib import Path

META = "meta.json"
"""The file that says what belongs to an index; it is replaced as a whole."""

_OF_A_SEGMENT = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_DELETED = re.compile(r"[0-9a-f]{32}\.(\d+)\.del")
_TRAILER = struct.Struct("<II")
_MAGIC = 1337
"""What a file of Tantivy's ends with: how long its footer is, and this."""
_PIECE = 1 << 20


def named(place: Path) -> tuple[str, ...]:
    """Return the names of the files that make up the index in a folder, beside `META`.

    Raises OSError if that cannot be read, ValueError if it is damaged.
    """
    try:
        found: list[str] = []
        for segment in json.loads((place / META).read_bytes())["segments"]:
            number = str(segment["segment_id"]).replace("-", "")
            found += [f"{number}.{suffix}" for suffix in _OF_A_SEGMENT]
            if deletes := segment["deletes"]:
                found.append(f"{number}.{int(deletes['opstamp'])}.del")
    except (KeyError, TypeError) as error:
        raise ValueError(f"{META} does not say what belongs to it: {error!r}") from error
    return tuple(found)


def share(place: Path) -> None:
    """Have an index be read by whoever may read its folder: Tantivy makes `META` anew at each
    commit for its owner alone.
    """
    meta = place / META
    meta.chmod(meta.stat().st_mode | (place.stat().st_mode & 0o444))


def clear_the_way(place: Path) -> None:
    """Remove what a commit has left that was never finished, and that would be in the way of the
    next one: whoever writes, alone, calls it before.

    What a commit deletes is a file that has its number, and Tantivy does not write over files. A
    number after that of `META` was never committed, so that nobody reads such a file. Raises
    OSError if that cannot be done, ValueError if `META` is damaged.
    """
    try:
        committed = int(json.loads((place / META).read_bytes())["opstamp"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{META} does not say what was committed: {error!r}") from error
    for file in place.iterdir():
        found = _DELETED.fullmatch(file.name)
        if found and int(found[1]) > committed:
            file.unlink()


def damaged(place: Path) -> tuple[str, ...]:
    """Return the names of the files of an index that are gone or not as they were written."""
    try:
        names = named(place)
    except (OSError, ValueError):
        return (META,)
    return tuple(name for name in names if not _is_intact(place / name))


def _is_intact(path: Path) -> bool:
    """Whether a file has the checksum that stands in its footer."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(-_TRAILER.size, os.SEEK_END)
            length, magic = _TRAILER.unpack(file.read())
            left = size - _TRAILER.size - length
            file.seek(left)
            footer = json.loads(file.read(length))
            checksum = 0
            file.seek(0)
            while left > 0 and (piece := file.read(min(left, _PIECE))):
                checksum = zlib.crc32(piece, checksum)
                left -= len(piece)
            return bool(magic == _MAGIC and left == 0 and checksum == footer["crc"])
    except (OSError, struct.error, ValueError, KeyError, TypeError):
        return False
