"""What was received, one capture at a time, for whoever only reads: the reading room.

Each is looked up, read and judged anew: it may be withheld from one moment to the next.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from fastwarc.warc import WarcRecord

from archive.connection import Connection, composed
from archive.errors import ArchiveError, explain
from archive.flags import carries
from archive.giving import Giving
from archive.reading import reading_address
from archive.tables.captures import CaptureQueries
from archive.times import utc
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


class Originals:
    """What an archive has received, opened to be read; close it.

    Raises sqlite3.Error if the file cannot be opened.
    """

    def __init__(self, db: Path) -> None:
        self._folder = folder_of(db)
        self._db = Connection(sqlite3.connect(reading_address(db), uri=True))
        self._captures = CaptureQueries(self._db)

    def close(self) -> None:
        """Close the archive."""
        self._db.close()

    def capture(self, capture_id: int) -> Capture:
        """Return where a capture lies. Raises `NoOriginalError` if there is none."""
        capture = self._captures.get(capture_id)
        if capture is None:
            raise NoOriginalError(f"there is no capture {capture_id}")
        return capture

    def site_of(self, capture: Capture) -> str:
        """Return the key of the site that a capture is of."""
        row = self._captures.row(capture.id or 0)
        return str(row["site"]) if row else ""

    def get(self, capture_id: int) -> Original:
        """Return what a capture holds, or of a revisit the one it refers to.

        Raises an `OriginalError` of the kind that says why there is none to be given.
        """
        try:
            return self._read(capture_id)
        except ArchiveError as error:  # what is withheld cannot be told from the rest
            raise WithheldOriginalError(str(error)) from error
        except sqlite3.Error as error:
            raise NoOriginalError(f"capture {capture_id}: {explain(error)}") from error

    def beside(self, site: str, url: str, at: datetime) -> Capture | None:
        """Return the capture with a body that a site has of an address nearest to a time, whether
        the address is written with "www." and by https, or without.

        That is what the archive shows of the address: nothing that is set aside or lost.
        """
        forms = json.dumps([*dict.fromkeys(_forms(url))])
        time = utc(at)
        found = self._db.execute(_NEAREST, {"urls": forms, "site": site, "at": time}).fetchone()
        found = found or self._db.execute(_LED_TO, {"urls": forms, "site": site}).fetchone()
        return self._captures.get(found[0]) if found else None

    def _read(self, capture_id: int) -> Original:
        capture = self.capture(capture_id)
        if capture.refers_to:
            capture = self.capture(capture.refers_to)
        if self._captures.is_flagged(capture, Flag.LOST):
            raise DamagedOriginalError(f"capture {capture_id} is lost: its file was cut short")
        kept = _kept(self._folder, capture)
        if Giving.of(self._db).gives(self._db, capture, kept):
            raise WithheldOriginalError(f"capture {capture_id} holds something that is withheld")
        try:
            received = body_of(WarcRecord.from_bytes(kept))
            body = parse(kept).body
        except (WarcError, ValueError, EOFError) as error:
            raise DamagedOriginalError(f"{_place(capture)} cannot be read: {error}") from error
        if hashlib.sha256(received).hexdigest() != capture.payload_sha256:
            raise DamagedOriginalError(f"{_place(capture)} is not as it was received")
        return Original(capture, received, body)


def original(db: Path, capture_id: int) -> Original:
    """Return what a capture of the archive at *db* holds; raises what `Originals.get` does."""
    try:
        with closing(Originals(db)) as originals:
            return originals.get(capture_id)
    except sqlite3.Error as error:
        raise NoOriginalError(f"capture {capture_id}: {explain(error)}") from error


_SHOWN = f"status IN (200, 304) AND (flags = '' OR {carries(Flag.ACCEPTED)})"
_NEAREST = composed(
    """
    SELECT coalesce(refers_to, captures.id) FROM json_each(:urls) AS form CROSS JOIN captures
    ON url = form.value AND site = :site
    WHERE {shown} ORDER BY form.key > 0, abs(julianday(fetched_at) - julianday(:at)) LIMIT 1""",
    shown=_SHOWN,
)
_LED_TO = composed(
    """
    SELECT coalesce(refers_to, captures.id) FROM json_each(:urls) AS form
    CROSS JOIN media ON media.url = form.value AND media.site = :site
    JOIN captures ON captures.id = capture_id
    WHERE state = 'held' AND {shown} ORDER BY form.key LIMIT 1""",
    shown=_SHOWN.replace("status", "captures.status"),
)
"""What an address led to, which is held under another one."""


def _forms(url: str) -> Iterator[str]:
    """Yield the forms in which one and the same address is written, as it is first."""
    scheme, separator, rest = url.partition("://")
    bare = rest.removeprefix("www.")
    for written in (scheme, "https", "http"):
        for host in (rest, bare, f"www.{bare}"):
            yield f"{written}{separator}{host}"


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
