"""Fixity of the files of captures: is every byte there, and is it the one that was written?"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from archive.warc import WarcError, WarcFile, blocks_of, parse, read_bytes
from crawler.exchange import Capture
from crawler.vocabulary.soundness import CaptureFault

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Task:
    """Captures of one file, to be checked in another process."""

    folder: Path
    file: WarcFile
    captures: list[Capture]
    begins: bool
    """Whether the head of the file is to be checked, too."""


@dataclass(slots=True)
class Found:
    """What is wrong with a file and the captures in it."""

    head: str | None = None
    damaged: dict[int, str] = field(default_factory=dict)
    """What is wrong with the bytes of captures or what is known of them, by id."""
    unreadable: dict[int, str] = field(default_factory=dict)
    """What hinders captures whose bytes are sound to be read, by id."""


def tasks(folder: Path, file: WarcFile, captures: Sequence[Capture]) -> Iterator[Task]:
    """Yield the checks of a file in batches."""
    remaining = iter(captures)
    yield Task(folder, file, list(islice(remaining, _BATCH)), begins=True)
    while batch := list(islice(remaining, _BATCH)):
        yield Task(folder, file, batch, begins=False)


def misplaced(file: WarcFile, captures: Sequence[Capture], size: int) -> Iterator[str]:
    """Yield what bytes of a file of *size* bytes belong to nothing, or to two captures.

    *captures* are all that are in it, in its order.
    """
    end = file.head_length
    for capture in captures:
        if capture.warc_offset > end:
            yield CaptureFault.STRAY.of(first=end, last=capture.warc_offset)
        elif capture.warc_offset < end:
            yield CaptureFault.TWO.of(first=capture.warc_offset, url=capture.url)
        end = capture.warc_offset + capture.warc_length + capture.request_length
    if size > end:
        yield CaptureFault.UNFINISHED.of(first=end, last=size)
    elif size < end:
        yield CaptureFault.SHORT.of(number=size, most=end)


def check(task: Task) -> Found:
    """Return what is wrong with a file and its captures."""
    found = Found()
    try:
        if task.begins:
            found.head = damage_of_head(task.folder, task.file)
    except OSError as error:
        found.head = CaptureFault.UNREADABLE.of(why=error.strerror or error)
    for capture in task.captures:
        assert capture.id is not None
        try:
            data = read_bytes(task.folder, capture)
            message = _damage(data, capture) or _contradiction(data, task.folder, capture)
            if message:
                found.damaged[capture.id] = message
        except WarcError as error:
            found.unreadable[capture.id] = CaptureFault.UNREADABLE.of(why=error)
        except OSError as error:
            found.damaged[capture.id] = CaptureFault.UNREADABLE.of(why=error.strerror or error)
    return found


def damage_of_head(folder: Path, file: WarcFile) -> str | None:
    """Return what is wrong with the beginning of a file. Raises OSError."""
    with (folder / file.name).open("rb") as content:
        digest = hashlib.sha256(content.read(file.head_length)).hexdigest()
    if digest != file.head_sha256:
        return CaptureFault.BEGINNING
    return None


def damage(folder: Path, capture: Capture) -> str | None:
    """Return what is wrong with the bytes of a capture. Raises OSError."""
    return _damage(read_bytes(folder, capture), capture)


def _damage(data: bytes, capture: Capture) -> str | None:
    length = capture.warc_length + capture.request_length
    if len(data) < length:
        return CaptureFault.FEWER.of(number=len(data), most=length)
    if hashlib.sha256(data).hexdigest() != capture.warc_sha256:
        return CaptureFault.ALTERED.of(number=length)
    return None


def _contradiction(data: bytes, folder: Path, capture: Capture) -> str | None:
    """Return what the archive says of a capture and its record, read as *data*, does not."""
    record = parse(blocks_of(data, folder, capture)[0])
    is_revisit = capture.refers_to is not None
    said = {
        CaptureFault.ADDRESS: (capture.url, record.url),
        CaptureFault.TIME: (capture.fetched_at, record.at.replace(microsecond=0)),
        CaptureFault.STATUS: (capture.status, record.status),
        CaptureFault.KIND: (is_revisit, record.type == "revisit"),
    }
    for fault, (known, told) in said.items():
        if known != told:
            return fault.of(told=told, known=known)
    return None if is_revisit else _other_body(record.received, capture)


def _other_body(body: bytes, capture: Capture) -> str | None:
    if len(body) != capture.bytes:
        return CaptureFault.LENGTH.of(number=len(body), most=capture.bytes)
    if hashlib.sha256(body).hexdigest() != capture.payload_sha256:
        return CaptureFault.BODY
    return None
