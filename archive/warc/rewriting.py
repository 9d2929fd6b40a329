"""Writing finished files anew: the same records, byte for byte, compressed better.

Several files become one, so that their pages share a dictionary. It begins with a warcinfo record
of its own, which says in the place of which files it stands, and with theirs.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from fastwarc.warc import WarcRecord

from archive.warc.dictionaries import FINISHED_LEVEL, PACKED_LEVEL
from archive.warc.files import SUFFIX, WarcFile
from archive.warc.frames import WarcError, compressed, compressor_with, packed, zstd
from archive.warc.reading import read_blocks, read_infos
from archive.warc.records import REPLACES, bytes_of, warcinfo
from crawler.exchange import Capture


@dataclass(frozen=True, slots=True)
class Source:
    """A finished file, and the captures in it, as they stand there."""

    file: WarcFile
    captures: Sequence[Capture]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file that was written anew, and where the same captures stand in it, in the same order."""

    file: WarcFile
    captures: Sequence[Capture]


def name_of(folder: Path, site: str, serial: int, now: datetime) -> str:
    """Return the name of a file of a site that is to be begun, which none has."""
    while True:
        name = f"{site}/{site}-{now:%Y%m%d%H%M%S}-{serial:05}{SUFFIX}"
        if not (folder / name).exists():
            return name
        serial += 1


def rewrite(
    folder: Path,
    name: str,
    sources: Sequence[Source],
    dictionary: "zstd.ZstdDict | None",
    tell: Callable[[int, int], None],
) -> Rewritten:
    """Write the captures of some files into a new one, and have it on the disk.

    It is read again, and what it says of each record held against what the old ones say. *tell* is
    told how many are written, and of how many. Raises `WarcError` if something differs or an old
    one cannot be read, and OSError if it cannot be written.
    """
    path = folder / name
    with path.open("xb") as file:
        head = _head(folder, path.name, sources, dictionary)
        file.write(head)
        captures = []
        total = sum(len(source.captures) for source in sources)
        for capture in _moved(folder, name, file, sources, dictionary):
            captures.append(capture)
            tell(len(captures), total)
        file.flush()
        os.fsync(file.fileno())
        end = file.tell()
    digest = hashlib.sha256(head).hexdigest()
    rewritten = Rewritten(WarcFile(name, len(head), digest, end), captures)
    _require_same(folder, sources, rewritten)
    return rewritten


def _head(
    folder: Path, name: str, sources: Sequence[Source], dictionary: "zstd.ZstdDict | None"
) -> bytes:
    earlier = [read_infos(folder, source.file) for source in sources]
    fields = _fields(earlier[-1][0])
    own = warcinfo(name, datetime.now(UTC), fields)
    told = "".join(
        f"{REPLACES}: {Path(source.file.name).name} ({len(source.captures)} captures)\r\n"
        for source in sources
    )
    lines = "".join(f"{field}: {value}\r\n" for field, value in fields.items())
    own.set_bytes_content((lines + told).encode())
    compressor = compressor_with(dictionary, FINISHED_LEVEL)
    records = [bytes_of(own), *(info for infos in earlier for info in infos)]
    head = packed(dictionary, PACKED_LEVEL) if dictionary else b""
    return head + b"".join(compressed(compressor, record) for record in records)


_KEPT = ("format", "conformsTo", "isPartOf")


def _software() -> str:
    return f"TinHuyen/{version('tinhuyen')} (tinhuyen recompress)"


def is_anew(folder: Path, file: WarcFile) -> bool:
    """Whether a file says that this version of Tin Huyện wrote it anew, and so as small as it can.
    Of one that cannot be read it is not known.
    """
    try:
        return _told_by(read_infos(folder, file)[0]).get("software") == _software()
    except (OSError, WarcError, IndexError):
        return False


def _told_by(info: bytes) -> dict[str, str]:
    """Return the fields of a warcinfo record."""
    content = WarcRecord.from_bytes(info).reader.read().decode("utf-8", "replace")
    return dict(line.partition(": ")[::2] for line in content.splitlines())


def _fields(info: bytes) -> Mapping[str, str]:
    """Return what a warcinfo record says that is as true of a file in the place of its own."""
    fields = _told_by(info)
    kept = {name: fields[name] for name in _KEPT if name in fields}
    return {"software": _software(), **kept} | {
        "description": "captures of earlier files, compressed anew, each record byte for byte; "
        "how they were taken tells the warcinfo record of each of these files, which follow"
    }


def _moved(
    folder: Path,
    name: str,
    file: BinaryIO,
    sources: Sequence[Source],
    dictionary: "zstd.ZstdDict | None",
) -> Iterator[Capture]:
    """Write the records of all captures, and yield each as it stands there."""
    compressor = compressor_with(dictionary, FINISHED_LEVEL)
    for source in sources:
        for capture in source.captures:
            frames = [compressed(compressor, block) for block in read_blocks(folder, capture)]
            offset = file.tell()
            file.write(b"".join(frames))
            yield replace(
                capture,
                warc_file=name,
                warc_offset=offset,
                warc_length=len(frames[0]),
                request_length=sum(map(len, frames[1:])),
                warc_sha256=hashlib.sha256(b"".join(frames)).hexdigest(),
            )


def _require_same(folder: Path, sources: Sequence[Source], rewritten: Rewritten) -> None:
    """Raise `WarcError` unless a file that was written anew says what the old ones say."""
    infos = [info for source in sources for info in read_infos(folder, source.file)]
    if read_infos(folder, rewritten.file)[1:] != infos:
        raise WarcError(f"{rewritten.file.name}: does not give back its warcinfo records")
    captures = [capture for source in sources for capture in source.captures]
    for earlier, now in zip(captures, rewritten.captures, strict=True):
        if read_blocks(folder, now) != read_blocks(folder, earlier):
            raise WarcError(
                f"{now.warc_file} at {now.warc_offset}, {now.url}: does not give back the records"
            )
