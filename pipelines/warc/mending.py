"""Bringing the end of a file in order that a crash or a damage has left."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fastwarc.warc import WarcRecord

from crawler.items import Capture
from pipelines.warc.files import WarcFile
from pipelines.warc.frames import WarcError, frames
from pipelines.warc.reading import parse
from pipelines.warc.records import SOURCE


@dataclass(frozen=True, slots=True)
class Mended:
    """What was wrong with the end of a file, and what came of it."""

    file: str
    end: int
    """Where the file ends now."""
    adopted: list[Capture]
    """Whole records that no transaction had noted: of answers that were under way."""
    message: str


def mend(folder: Path, file: WarcFile) -> Mended | None:
    """Bring the end of a file in order: adopt whole records, cut off a torn one.

    None if nothing is wrong. A file that ends before it should is cut after its last whole record.
    Raises OSError if it can be neither read nor cut.
    """
    path = folder / file.name
    size = path.stat().st_size if path.exists() else 0
    if size == file.end:
        return None
    start = file.end if size > file.end else 0
    if size < file.head_length:
        return Mended(file.name, size, [], f"{file.name}: its beginning is lost; left as it is")
    end, whole = max(start, file.head_length), []
    with suppress(WarcError):
        for offset, length, data in frames(path, start):
            end = max(end, offset + length)
            whole.append((offset, length, data))
    adopted, end = _adoptable(path, file, whole) if start else ([], end)
    if end < size:
        os.truncate(path, end)
    told = [f"cut off a torn record of {size - end} bytes"] if end < size else []
    told += [f"adopted {len(adopted)} whole ones"] if adopted else []
    told += [f"{file.end - end} bytes are missing at its end"] if end < file.end else []
    return Mended(file.name, end, adopted, f"{file.name}: {'; '.join(told) or 'is whole'}")


def _adoptable(
    path: Path, file: WarcFile, records: list[tuple[int, int, bytes]]
) -> tuple[list[Capture], int]:
    """Return the captures that records amount to, and where the last of them ends.

    A response whose request is missing is torn: they are written together.
    """
    captures = []
    end = file.end
    for (offset, length, data), (_, request_length, request) in zip(
        records[::2], records[1::2], strict=False
    ):
        if b"WARC-Type: request" not in request[:200]:
            break
        record = parse(data)
        stored = WarcRecord.from_bytes(data)
        if record.type != "response" or stored.headers.get(SOURCE):
            break  # what comes out of another archive is taken from there again
        with path.open("rb") as opened:
            opened.seek(offset)
            raw = opened.read(length + request_length)
        stored.parse_http()
        body = stored.reader.read() if stored.reader else b""
        captures.append(
            Capture(
                url=record.url,
                fetched_at=record.at,
                status=record.status,
                content_type=record.content_type,
                bytes=len(body),
                payload_sha256=hashlib.sha256(body).hexdigest(),
                warc_file=file.name,
                warc_offset=offset,
                warc_length=length,
                request_length=request_length,
                warc_sha256=hashlib.sha256(raw).hexdigest(),
            )
        )
        end = offset + length + request_length
    return captures, end
