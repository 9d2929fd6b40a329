"""What a file holds: one stream of records, or in a zip file (WACZ) one a member.

"WACZ Format 1.1.1" of Webrecorder, and its packages of several ("multi-wacz-package"), which hold
WACZ files in place of WARC files. A zip file is read where it lies; nothing is unpacked, and no
name in it is used for anything but to tell where a mistake is.
"""

import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any, cast

from curation.importing.beginnings import EITHER
from curation.importing.checked_records import Record, Wanted, is_archive, records
from curation.importing.damage import DamageError, HopelessError, ImportRefusedError
from curation.importing.streams import (
    GzipStream,
    Mark,
    Meter,
    MeteredFile,
    Stream,
    stream_of,
)

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_RECORD_FILES = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz")
_PACKAGES = (".wacz",)
FILES = (*_RECORD_FILES, *_PACKAGES)
"""How the names of files end that hold records."""
_DEEPEST = 3
"""How many zip files may lie one in the other."""
_DESCRIPTION = "datapackage.json"
_LONGEST_DESCRIPTION = 4 << 20
_MOST_PARTS_TOLD = 5
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_KINDS = {
    b"<": "a web page; save it with a tool that writes WARC, such as wget --warc-file",
    b"%PDF": "a PDF file",
    b"SQLite format 3": "a database",
    b"\x04\x22\x4d\x18": "compressed with LZ4; decompress it first",
    b"BZh": "compressed with bzip2; decompress it first",
    b"\xfd7zXZ": "compressed with xz; decompress it first",
}

Damaged = Callable[[DamageError], None]


def read_file(path: Path, wanted: Wanted, damaged: Damaged, meter: Meter) -> Iterator[Record]:
    """Yield the records of a WARC, ARC or WACZ file, each whole, in their order.

    *damaged* is told what cannot be read, and may raise; then what follows is read. Raises
    `ImportRefusedError` for a file that cannot be opened or is none of the three.
    """
    with _opened(path) as file:
        metered = MeteredFile(file, meter.took)
        if file.read(4) in _ZIP:
            size = file.seek(0, 2)
            yield from _zipped(_Zip(metered, size), wanted, damaged, meter)
        else:
            file.seek(0)
            if stream := _stream(path, metered, damaged, meter):
                yield from records(stream, wanted, damaged)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path.is_dir():
        raise ImportRefusedError(f"{path}: a folder; name the files in it, as in {path}/*.warc.gz")
    try:
        if not path.is_file():
            missing = "no such file" if not path.exists() else "no file that can be read twice"
            raise ImportRefusedError(f"{path}: {missing}")
        with path.open("rb") as file:
            yield file
    except OSError as error:
        what = error.strerror or error
        raise ImportRefusedError(f"{path}: cannot be read: {what}") from error


def _stream(path: Path, file: MeteredFile, damaged: Damaged, meter: Meter) -> Stream | None:
    """Return the stream of a file that is no zip file, at its first record that can be read."""
    try:
        stream = stream_of(file, meter)
    except HopelessError as error:
        damaged(error)
        return None
    try:
        if is_archive(stream):
            return stream
        start = stream.look(32)
    except DamageError as error:
        damaged(error)
        return stream if _goes_on(stream) else None
    if not start:
        raise ImportRefusedError(f"{path}: an empty file")
    kind = next((kind for magic, kind in _KINDS.items() if start.lstrip().startswith(magic)), "")
    told = kind or f"it begins with {start[:16]!r}"
    raise ImportRefusedError(f"{path}: no WARC, ARC or WACZ file: {told}")


def _goes_on(stream: Stream) -> bool:
    """Whether a stream that begins with damage has a record after it."""
    try:
        return stream.go_on(Mark(0, 0), EITHER)
    except DamageError:
        return False


# WACZ


@dataclass(frozen=True, slots=True)
class _Zip:
    """A zip file, or one that is a member of another."""

    file: MeteredFile
    size: int
    depth: int = 1
    is_compressed: bool = False
    """Whether it, or what it lies in, is compressed: to go back in it is to begin anew."""


def _zipped(zipped: _Zip, wanted: Wanted, damaged: Damaged, meter: Meter) -> Iterator[Record]:
    try:
        archive = zipfile.ZipFile(cast(Any, zipped.file))
        members = _members(archive, zipped)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        damaged(DamageError(f"the zip file (WACZ) is damaged or cut off ({error})"))
        yield from _scattered(zipped.file, wanted, damaged, meter)
        return
    except DamageError as error:
        damaged(error)
        return
    for member in members:
        yield from _member(
            archive, member, zipped, wanted, _within(member.filename, damaged), meter
        )


def _within(name: str, damaged: Damaged) -> Damaged:
    return lambda error: damaged(type(error)(f"{name}, {error}"))


def _members(archive: zipfile.ZipFile, zipped: _Zip) -> list[zipfile.ZipInfo]:
    """Return the members that hold records. Raises `HopelessError` for a zip file's traps."""
    everything = archive.infolist()
    for member in everything:
        if _leads_outside(member.orig_filename):
            raise HopelessError(f"the zip file names {member.orig_filename!r}, outside of itself")
    members = [m for m in everything if m.filename.lower().endswith(FILES)]
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise HopelessError(f"{member.filename} is encrypted; decrypt the zip file first")
        if member.compress_type not in _METHODS:
            raise HopelessError(f"{member.filename} is compressed in a way that no WACZ file uses")
    if not members:
        raise HopelessError(
            _parts_elsewhere(archive)
            or "a zip file in which there is no WARC file, and so no WACZ file"
        )
    if sum(member.compress_size for member in everything) > zipped.size:
        raise HopelessError("the members of the zip file overlap: a decompression bomb")
    return members


def _parts_elsewhere(archive: zipfile.ZipFile) -> str:
    """Return what to do with a package that only names where its parts lie; "" for others."""
    with suppress(KeyError, ValueError, AttributeError, TypeError, RuntimeError, zlib.error):
        with archive.open(_DESCRIPTION) as opened:
            described = json.loads(opened.read(_LONGEST_DESCRIPTION))
        named = [str(part.get("path") or part.get("name")) for part in described["resources"]]
        if parts := [name for name in named if name.lower().endswith(_PACKAGES)]:
            told = ", ".join(repr(name[:200]) for name in parts[:_MOST_PARTS_TOLD])
            more = f" and {len(parts) - _MOST_PARTS_TOLD} more" if parts[_MOST_PARTS_TOLD:] else ""
            return f"a WACZ file of several parts, which are not in it: {told}{more}; import those"
    return ""


def _leads_outside(name: str) -> bool:
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return (
        ".." in posix.parts + windows.parts
        or posix.is_absolute()
        or bool(windows.anchor)
        or "\0" in name
    )


class _MemberFile(MeteredFile):
    """A member of a zip file, in which what is damaged is told as it is in other files."""

    def read(self, size: int = -1, /) -> bytes:
        """Read and count."""
        try:
            return super().read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise DamageError(f"the zip file is damaged ({error})") from error


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    within: _Zip,
    wanted: Wanted,
    damaged: Damaged,
    meter: Meter,
) -> Iterator[Record]:
    try:
        opened = archive.open(member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        return damaged(DamageError(f"it cannot be opened in the zip file ({error})"))
    with opened:
        file = _MemberFile(opened, meter.gave)
        try:
            if member.filename.lower().endswith(_PACKAGES):
                inner = _inner(member, file, within, meter)
                yield from _zipped(inner, wanted, damaged, meter)
                return
            stream = stream_of(file, meter)
            if not is_archive(stream):
                return damaged(DamageError("which is neither WARC nor ARC"))
        except DamageError as error:
            return damaged(error)
        yield from records(stream, wanted, damaged)


def _inner(member: zipfile.ZipInfo, file: MeteredFile, within: _Zip, meter: Meter) -> _Zip:
    """Return a zip file that lies in another. Raises `HopelessError` for one that is a trap."""
    if within.depth == _DEEPEST:
        raise HopelessError(f"more than {_DEEPEST} zip files lie one in the other; unpack some")
    compressed = member.compress_type != zipfile.ZIP_STORED
    if compressed and within.is_compressed:
        raise HopelessError("it is compressed in what is compressed; unpack the outer zip file")
    if compressed:
        meter.gave(member.file_size)  # its table of contents stands at the end
    return _Zip(file, member.file_size, within.depth + 1, compressed or within.is_compressed)


def _scattered(
    metered: MeteredFile, wanted: Wanted, damaged: Damaged, meter: Meter
) -> Iterator[Record]:
    """Yield the records in a zip file that has lost its table of contents, wherever they lie."""
    metered.seek(0)
    stream = GzipStream(metered, meter)
    if _goes_on(stream):
        yield from records(stream, wanted, damaged)
