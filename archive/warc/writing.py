"""Writing what is received, as it comes."""

import errno
import hashlib
import os
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from archive.disk import sync
from archive.warc.dictionaries import FEWEST_PAGES, made_of, would_pay
from archive.warc.files import SUFFIX, WarcFile
from archive.warc.frames import (
    WarcError,
    compressed,
    compressor_with,
    dictionary_of,
    packed,
    zstd,
)
from archive.warc.records import bytes_of, request, response, warcinfo
from crawler.exchange import Capture, Exchange
from crawler.text.media_types import is_html

ROLL_BYTES: Final = 64 << 20
"""Bytes from which a file is followed by another one."""
DICTIONARY_PAGES: Final = 64
_LARGEST_SAMPLE = 256 << 10


class WarcWriter:
    """Appends exchanges to the files of one site; nobody else may write to them meanwhile."""

    def __init__(
        self,
        folder: Path,
        site: str,
        info: Mapping[str, str],
        files: list[WarcFile],
        samples: list[bytes],
        roll_bytes: int = ROLL_BYTES,
    ) -> None:
        """*info* goes into each ``warcinfo`` record; *files* are those that the site has, oldest
        first; *samples* are records of recent pages of it, for a dictionary.
        """
        self.folder = folder
        self.site = site
        self.info = dict(info)
        self.serial = len(files)
        self.samples = deque(samples, maxlen=DICTIONARY_PAGES)
        self.roll_bytes = roll_bytes
        self.file: BinaryIO | None = None
        self.begun: list[WarcFile] = []
        """The files that were begun and that nobody has noted yet."""
        self.pages = len(samples)
        """Pages that were written, as far as is known."""
        self.judged_at = FEWEST_PAGES
        """At how many pages of this file it is asked again whether a better dictionary would pay:
        when it has half as many as came before it, then at twice as many each time, for to ask
        takes as long as to compress some eighty pages."""
        self.in_file = 0
        """Pages that were written to this file."""
        self.written = 0
        """How often something was written, by which it is told what is on the disk."""
        self.synced = 0
        """How much of that is on the disk."""
        if files:
            self._go_on(files[-1])

    def _go_on(self, last: WarcFile) -> None:
        path = self.folder / last.name
        with suppress(OSError, WarcError):  # a damaged one is left as it is, and a new one begun
            dictionary = dictionary_of(path)
            if last.end >= self.roll_bytes or would_pay([*self.samples], dictionary, self.pages):
                return
            if path.stat().st_size != last.end:
                return
            self._open(path, last.name, dictionary)

    def _open(self, path: Path, name: str, dictionary: "zstd.ZstdDict | None") -> None:
        self.file = path.open("ab")
        self.name = name
        self.dictionary = dictionary
        self.compressor = compressor_with(dictionary)
        self.in_file, self.judged_at = 0, max(FEWEST_PAGES, self.pages // 2)

    def write(
        self, exchange: Exchange, revisits: Capture | None = None, digest: str | None = None
    ) -> Capture:
        """Append an exchange; as a revisit record, if *revisits* holds the same body already.

        *digest* is the SHA-256 of its body, if known. Raises OSError if it cannot be written, or
        the file is not there any more as it was left.
        """
        self.require_there()
        file = self._file()
        digest = digest or hashlib.sha256(exchange.body).hexdigest()
        answer = response(exchange, digest, revisits)
        asked = request(exchange, answer.record_id or "")
        records = [bytes_of(record) for record in (answer, asked) if record]
        del answer, asked  # they hold the body once more, which may be long
        frames = [compressed(self.compressor, record) for record in records]
        offset = file.tell()
        try:
            file.write(b"".join(frames))
            file.flush()
        except OSError:
            self._cut(file, offset)
            raise
        self.written += 1
        if is_sample(exchange.status, exchange.content_type, len(exchange.body)):
            self.pages += 1
            self.in_file += 1
            self.samples.append(b"".join(records))
        return Capture(
            url=exchange.url,
            fetched_at=exchange.at,
            status=exchange.status,
            content_type=exchange.content_type,
            bytes=len(exchange.body),
            payload_sha256=digest,
            warc_file=self.name,
            warc_offset=offset,
            warc_length=len(frames[0]),
            request_length=sum(map(len, frames[1:])),
            warc_sha256=hashlib.sha256(b"".join(frames)).hexdigest(),
            source=exchange.source,
            refers_to=revisits.id if revisits else None,
        )

    def require_there(self) -> None:
        """Raise OSError (ESTALE) if the file is not where it was, or not as long as it was left:
        what is written to one that was deleted is nowhere, and nobody would be told.
        """
        if self.file is None:
            return
        path, mine = self.folder / self.name, os.fstat(self.file.fileno())
        try:
            there: os.stat_result | None = path.stat()
        except FileNotFoundError:
            there = None
        is_it = there is not None and os.path.samestat(there, mine)
        if not is_it or mine.st_size != self.file.tell():
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))

    def sync(self) -> None:
        """Have what was written on the disk, so that a power cut does not lose it."""
        if self.file and self.synced < self.written:
            sync(self.file.fileno())
            self.synced = self.written

    def handle(self) -> int | None:
        """Return another handle of the file if something in it may not be on the disk yet.

        Whoever syncs it elsewhere closes it; the file itself may have been ended until then.
        """
        return os.dup(self.file.fileno()) if self.file and self.synced < self.written else None

    def close(self) -> None:
        """End writing."""
        self.sync()
        if self.file:
            self.file.close()
            self.file = None

    def _file(self) -> BinaryIO:
        """Return the file to write to, beginning a new one where it is time."""
        if self.file:
            if self.file.tell() < self.roll_bytes and not self._is_outgrown():
                return self.file
            self.close()
        self._begin()
        assert self.file
        return self.file

    def _is_outgrown(self) -> bool:
        """Whether a file with a dictionary of what came since would save more than it costs."""
        if self.in_file < self.judged_at:
            return False
        self.judged_at *= 2
        return would_pay([*self.samples], self.dictionary, self.pages)

    def _begin(self) -> None:
        self.serial += 1
        now = datetime.now(UTC)
        name = f"{self.site}/{self.site}-{now:%Y%m%d%H%M%S}-{self.serial:05}{SUFFIX}"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dictionary = made_of([*self.samples])
        head = packed(dictionary) if dictionary else b""
        self._open(path, name, dictionary)
        assert self.file
        head += compressed(self.compressor, bytes_of(warcinfo(path.name, now, self.info)))
        try:
            self.file.write(head)
            self.file.flush()
        except OSError:
            self.file.close()
            self.file = None
            path.unlink(missing_ok=True)
            raise
        self.written += 1
        self.begun.append(WarcFile(name, len(head), hashlib.sha256(head).hexdigest(), len(head)))

    def _cut(self, file: BinaryIO, offset: int) -> None:
        """Take back what was written of a record."""
        with suppress(OSError):
            file.truncate(offset)
        with suppress(OSError):
            file.close()  # its buffer may still hold the rest
        self.file = None
        with suppress(OSError):
            os.truncate(self.folder / self.name, offset)


def is_sample(status: int, content_type: str | None, length: int) -> bool:
    """Whether a body of *length* bytes is a page of which a dictionary can be made."""
    return status == 200 and length <= _LARGEST_SAMPLE and is_html(content_type or "")
