"""Captures as a plain WARC file: "WARC 1.1", a gzip member a record."""

import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Protocol

from fastwarc.warc import WarcRecord, WarcRecordType

from archive.selection import Extent, Selected
from archive.warc import WarcError, WarcFile, read_infos
from curation.exporting.exchanges import Exchanged, read
from curation.exporting.output import Exported
from curation.progress import Tell

SOFTWARE: Final = "Tin Huyện"
BEGINNING: Final = "1970-01-01T00:00:00Z"
"""When an export of nothing was made."""
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "tinhuyen.invalid")
_GZIP = 31
"""How zlib is asked for gzip; it writes neither a name nor a time."""
_TOLD_EACH = 100


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> int:
        """Write bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the response of a capture stands in the file that was written."""

    exchanged: Exchanged
    offset: int
    length: int


def write(selected: Selected, file: Sink, tell: Tell) -> Exported:
    """Write the captures that are selected; what cannot be read is left out and named."""
    exported, extent = Exported(), selected.extent()
    for _ in places(selected, extent, file, exported, tell):
        pass
    return exported


def places(
    selected: Selected, extent: Extent, file: Sink, exported: Exported, tell: Tell
) -> Iterator[Place]:
    """Write the captures, and yield where each stands; count them in *exported*.

    Before those of a file of ours stand its own warcinfo records, since they tell how they were
    taken; before all, one that tells of the export.
    """
    archive = selected.archive
    offset = _write(file, _about(extent))
    begun, files = None, {file.name: file for file in archive.captures.files()}
    exported.counts["captures"] = 0
    if lost := selected.lost():
        exported.counts["lost"] = lost
    if withheld := selected.withheld_captures():
        exported.counts["withheld"] = withheld
    for number, chosen in enumerate(selected.captures(), 1):
        capture = chosen.capture
        if capture.warc_file != begun:
            begun = capture.warc_file
            try:
                infos = read_infos(archive.folder, files[begun])
            except (WarcError, OSError) as error:
                exported.left_out.append(f"{begun} at 0: {_words(error)}")
                infos = [_stead(files[begun])]
            offset += sum(_write(file, info) for info in infos)
        try:
            exchanged = read(archive, chosen)
        except (WarcError, OSError) as error:
            where = f"{capture.warc_file} at {capture.warc_offset}, {capture.url}"
            exported.left_out.append(f"{where}: {_words(error)}")
            continue
        response, *others = exchanged.records
        length = _write(file, response)
        yield Place(exchanged, offset, length)
        offset += length + sum(_write(file, record) for record in others)
        exported.counts["captures"] += 1
        if capture.refers_to and exchanged.kind == "response":
            exported.counts["written whole"] += 1
        if number % _TOLD_EACH == 0 or number == extent.captures:
            tell("captures", number, extent.captures)


def _write(file: Sink, record: bytes) -> int:
    member = zlib.compress(record, wbits=_GZIP)
    file.write(member)
    return len(member)


def _words(error: WarcError | OSError) -> str:
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def _about(extent: Extent) -> bytes:
    """Return the warcinfo record of an export, which the same captures give again."""
    fields = {
        "software": f"{SOFTWARE} (tinhuyen export)",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description": f"{extent.captures} captures, exported from an archive of {SOFTWARE}; "
        "further warcinfo records tell how the captures after them were taken",
    }
    return _info(extent.sha256, extent.newest or BEGINNING, fields)


def _stead(file: WarcFile) -> bytes:
    """Return a warcinfo record in the stead of that of a file of ours which cannot be read: it must
    not be taken for a part of what stands before it.
    """
    fields = {
        "software": f"TinHuyen (in the stead of the warcinfo of {file.name}, which is damaged)",
        "isPartOf": f"({file.name.partition('/')[0]})",
    }
    return _info(file.head_sha256, BEGINNING, fields)


def _info(name: str, at: str, fields: Mapping[str, str]) -> bytes:
    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.headers["WARC-Date"] = at
    record.headers["WARC-Record-ID"] = f"<{uuid.uuid5(_NAMESPACE, name).urn}>"
    record.headers["Content-Type"] = "application/warc-fields"
    record.set_bytes_content("".join(f"{k}: {v}\r\n" for k, v in fields.items()).encode())
    out = BytesIO()
    record.write(out)
    return out.getvalue()
