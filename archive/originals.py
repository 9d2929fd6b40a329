"""What was received, one capture at a time, for whoever only reads: the reading room.

Each is looked up, read and judged anew: it may be withheld from one moment to the next.
"""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from fastwarc.warc import WarcRecord

from archive.connection import Connection
from archive.errors import ArchiveError, explain
from archive.giving import Giving
from archive.reading import reading_address
from archive.tables.captures import CaptureQueries
from archive.warc import WarcError, folder_of, parse, read_blocks
from archive.warc.reading import body_of
from crawler.exchange import Capture
from crawler.vocabulary import Flag

LARGEST: Final = 64 << 20
"""Bytes that the records of a capture may have in their file."""


class OriginalError(Exception):
    """An original that cannot be given; the message says which, and why."""


class NoOriginalError(OriginalError):
    """There is none, or the file that held it is not at hand."""


class DamagedOriginalError(OriginalError):
    """It is not as it was received, or was lost."""


class WithheldOriginalError(OriginalError):
    """It gives something that is withheld."""


@dataclass(frozen=True, slots=True)
class Original:
    """What a capture holds."""

    capture: Capture
    """The one that holds it: of a revisit, another one."""
    received: bytes
    """The body as it came; `Capture.payload_sha256` is its digest."""
    body: bytes
    """The body without its encodings."""


def original(db: Path, capture_id: int) -> Original:
    """Return what a capture of the archive at *db* holds, or of a revisit the one it refers to.

    Raises an `OriginalError` of the kind that says why there is none to be given.
    """
    try:
        with closing(sqlite3.connect(reading_address(db), uri=True)) as connection:
            return _original(Connection(connection), folder_of(db), capture_id)
    except sqlite3.Error as error:
        raise NoOriginalError(f"capture {capture_id}: {explain(error)}") from error


def _original(db: Connection, folder: Path, capture_id: int) -> Original:
    captures = CaptureQueries(db)
    capture = captures.get(capture_id)
    if capture and capture.refers_to:
        capture = captures.get(capture.refers_to)
    if capture is None:
        raise NoOriginalError(f"there is no capture {capture_id} with a body")
    if captures.is_flagged(capture, Flag.LOST):
        raise DamagedOriginalError(f"capture {capture_id} is lost: its file was cut short")
    kept = _kept(folder, capture)
    try:
        if Giving.of(db).gives(db, capture, kept):
            raise WithheldOriginalError(f"capture {capture_id} holds something that is withheld")
    except ArchiveError as error:  # what is withheld cannot be told: so nothing is given
        raise WithheldOriginalError(str(error)) from error
    try:
        received = body_of(WarcRecord.from_bytes(kept))
        body = parse(kept).body
    except (WarcError, ValueError, EOFError) as error:
        raise DamagedOriginalError(f"{_place(capture)} cannot be read: {error}") from error
    if hashlib.sha256(received).hexdigest() != capture.payload_sha256:
        raise DamagedOriginalError(f"{_place(capture)} is not as it was received")
    return Original(capture, received, body)


def _kept(folder: Path, capture: Capture) -> bytes:
    """Return the record of a capture, uncompressed; what an archive says may be anybody's words."""
    place, length = PurePosixPath(capture.warc_file), capture.warc_length + capture.request_length
    if place.is_absolute() or ".." in place.parts or "\0" in capture.warc_file:
        raise NoOriginalError(f"{capture.warc_file!r} is no file of captures")
    if not 0 < capture.warc_length <= length <= LARGEST or capture.warc_offset < 0:
        raise DamagedOriginalError(f"{_place(capture)} is larger than {LARGEST >> 20} MiB")
    try:
        return read_blocks(folder, capture)[0]
    except FileNotFoundError as error:
        raise NoOriginalError(
            f"{capture.warc_file} is not in {folder.name}/ beside the archive"
        ) from error
    except OSError as error:
        raise NoOriginalError(f"{capture.warc_file}: {error.strerror}") from error
    except WarcError as error:
        raise DamagedOriginalError(f"{_place(capture)} cannot be read: {error}") from error


def _place(capture: Capture) -> str:
    return f"capture {capture.id}, {capture.warc_file} from byte {capture.warc_offset}"
