"""Bringing the end of a file in order that a crash or a damage has left."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fastwarc.warc import WarcRecord

from archive.warc.files import WarcFile
from archive.warc.frames import FRAME, WarcError, frames
from archive.warc.reading import body_of, parse
from archive.warc.records import SOURCE
from crawler.exchange import Capture
from crawler.vocabulary import Source


@dataclass(frozen=True, slots=True)
class Mended:
    """What was wrong with a file, and what came of it."""

    file: str
    end: int
    """Where the records end now that are there."""
    adopted: list[Capture]
    """Whole records that no transaction had noted: of answers that were under way, or of a time
    that the database has forgotten."""
    revisits: frozenset[int]
    """Where the adopted ones stand that are revisits; which captures hold their bodies is not known
    here."""
    message: str
    is_damage: bool
    """Whether something is gone that was noted; else a crash explains it."""


def mend(folder: Path, file: WarcFile) -> Mended | None:
    """Bring the end of a file in order: adopt whole records, cut off a torn one.

    None if nothing is wrong. A file that ends before it should is cut after its last whole record;
    what is whole is never cut, and what may hold something whole is set aside in a file of its own.
    A file that is missing may come back, and nothing of it is given up. Raises OSError if the file
    can be neither read nor cut.
    """
    path = folder / file.name
    if not path.exists():
        message = f"{file.name}: is missing; put it back, from a backup or the disk that holds it"
        return Mended(file.name, file.end, [], frozenset(), message, is_damage=True)
    size = path.stat().st_size
    if size == file.end:
        return None
    start = file.end if size > file.end else 0
    if size < file.head_length:
        message = f"{file.name}: its beginning is lost; left as it is"
        return Mended(file.name, size, [], frozenset(), message, is_damage=True)
    end, whole = max(start, file.head_length), []
    with suppress(WarcError):
        for offset, length, data in frames(path, start):
            end = max(end, offset + length)
            whole.append((offset, length, data))
    adopted, end = _adopted(path, file, whole) if start else ([], end)
    revisits = frozenset(offset for offset, _, data in whole if _REVISIT in data[:200])
    told = [_cut(path, end, size)] if end < size else []
    told += [f"adopted {len(adopted)} whole ones"] if adopted else []
    told += [f"{file.end - end} bytes are missing at its end"] if end < file.end else []
    message = f"{file.name}: {'; '.join(told) or 'is whole'}"
    return Mended(file.name, end, adopted, revisits, message, is_damage=end < file.end)


def _cut(path: Path, end: int, size: int) -> str:
    """Cut a file off at *end*; say what became of the rest."""
    with path.open("rb") as file:
        file.seek(end)
        rest = file.read()
    told = f"cut off a torn record of {size - end} bytes"
    if FRAME in rest[1:]:  # it may be no tail of a crash, but damage with whole records behind it
        aside = path.with_name(f"{path.name}.cut-{end}")
        aside.write_bytes(rest)
        told += f", which are set aside in {aside.name}"
    os.truncate(path, end)
    return told


def _adopted(
    path: Path, file: WarcFile, records: list[tuple[int, int, bytes]]
) -> tuple[list[Capture], int]:
    """Return the captures that records amount to, and where the last of them ends.

    An answer of a live crawl whose request is missing, at the end of the file, is torn: they are
    written together, and it is asked for again.
    """
    captures: list[Capture] = []
    end = file.end
    for index, (offset, length, data) in enumerate(records):
        if _REQUEST in data[:200]:
            end = offset + length
            continue
        request_length = 0
        if index + 1 < len(records) and _REQUEST in records[index + 1][2][:200]:
            request_length = records[index + 1][1]
        elif index + 1 == len(records) and not WarcRecord.from_bytes(data).headers.get(SOURCE):
            break
        captures.append(_capture(path, file.name, offset, length, request_length, data))
        end = offset + length + request_length
    return captures, end


_REQUEST, _REVISIT = b"WARC-Type: request", b"WARC-Type: revisit"


def _capture(
    path: Path, name: str, offset: int, length: int, request_length: int, data: bytes
) -> Capture:
    record = parse(data)
    stored = WarcRecord.from_bytes(data)
    source = Source(stored.headers.get(SOURCE) or Source.LIVE)
    stated = (stored.headers.get("WARC-Payload-Digest") or "").removeprefix("sha256:")
    body = body_of(stored)
    with path.open("rb") as file:
        file.seek(offset)
        raw = file.read(length + request_length)
    return Capture(
        url=record.url,
        fetched_at=record.at,
        status=record.status,
        content_type=record.content_type,
        bytes=len(body),
        payload_sha256=stated if record.type == "revisit" else hashlib.sha256(body).hexdigest(),
        warc_file=name,
        warc_offset=offset,
        warc_length=length,
        request_length=request_length,
        warc_sha256=hashlib.sha256(raw).hexdigest(),
        source=source,
    )
