"""What was received, in WARC 1.1 files compressed with Zstandard.

The form is the IIPC's "Zstandard Compression for WARC Files 1.0": a frame a record, after a
skippable frame with the dictionary that all of them use. The dictionary is made of pages of the
same site, which are alike but for their articles; a site's first file has none, and is short.
"""

import hashlib
import os
import re
import struct
import sys
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from fastwarc.warc import WarcRecord, WarcRecordType

from crawler.items import Capture, Exchange
from pipelines.encodings import EncodingError, uncompressed, untransferred

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIX: Final = ".warc.zst"
ROLL_BYTES: Final = 64 << 20
"""Bytes from which a file is followed by another one."""

DICTIONARY_FRAME: Final = 0x184D2A5D
"""First four bytes of the frame with the dictionary, which stands first in a file."""
_FRAME = b"\x28\xb5\x2f\xfd"
_LEVEL = 6
"""A third smaller than the default of 3 for 0.1 ms a page; above it a tenth is gained for twice the
time."""
_SHORT_FILES = {1: 8, 2: 256}
"""How many pages a site's first files take, by number: the sooner a dictionary, the better, and of
many pages a better one."""
_FEWEST_PAGES = 8
"""Of how many pages a dictionary is made at least."""
DICTIONARY_PAGES: Final = 64
_DICTIONARY_BYTES = 2 << 20
_LARGEST_DICTIONARY = 8 << 20
_LARGEST_SAMPLE = 256 << 10
_LARGEST_RECORD = 64 << 20
"""Bytes that a record may have uncompressed; a crawl takes no answer half as large."""
_PARAMETERS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: _LEVEL,
    zstd.CompressionParameter.checksum_flag: 1,
}
_IN_PLACE = {1001: 1}
"""``ZSTD_c_forceAttachDict``: to look a page up in the dictionary where it is. By itself zstd makes
a copy of the dictionary's tables for each page, which takes as long as to compress it."""
_SOURCE = "TinHuyen-Source"
"""The header of a record that says that it comes out of another archive."""
_HTML = re.compile(r"\s*(?:text/html|application/xhtml\+xml)\b", re.IGNORECASE)


class WarcError(Exception):
    """A record that cannot be read; the message says why, without the name of its file."""


def folder_of(db: Path) -> Path:
    """Return the folder of the captures that belong to an archive: ``captures`` beside it.

    Archives of other names have theirs: ``tests.db`` has ``tests-captures``.
    """
    return db.with_name("captures" if db.stem == "archive" else f"{db.stem}-captures")


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A file of captures, as far as it is known to be whole."""

    name: str
    """Relative to the folder of captures, with "/"."""
    head_length: int
    """Bytes of the dictionary and the warcinfo record, with which it begins."""
    head_sha256: str
    end: int
    """Where the last record ends that is known."""


@dataclass(frozen=True, slots=True)
class Record:
    """A capture, read again."""

    url: str
    at: datetime
    type: str
    """"response", "revisit" or "resource"."""
    status: int
    content_type: str | None
    body: bytes
    """Without content or transfer encoding; empty for a revisit."""
    headers: list[tuple[str, str]]


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
        self.pages = 0
        self.unsynced = False
        if files:
            self._go_on(files[-1])

    def _go_on(self, last: WarcFile) -> None:
        path = self.folder / last.name
        with suppress(OSError, WarcError):  # a damaged one is left as it is, and a new one begun
            dictionary = dictionary_of(path)
            learnt = dictionary is None and len(self.samples) >= _FEWEST_PAGES
            if learnt or last.end >= self.roll_bytes:
                return
            if path.stat().st_size != last.end:
                return
            self._open(path, last.name, dictionary)

    def _open(self, path: Path, name: str, dictionary: "zstd.ZstdDict | None") -> None:
        self.file = path.open("ab")
        self.name = name
        self.compressor = _compressor(dictionary)

    def write(
        self, exchange: Exchange, revisits: Capture | None = None, digest: str | None = None
    ) -> Capture:
        """Append an exchange; as a revisit record, if *revisits* holds the same body already.

        *digest* is the SHA-256 of its body, if known. Raises OSError if it cannot be written.
        """
        file = self._file()
        digest = digest or hashlib.sha256(exchange.body).hexdigest()
        response = _response(exchange, digest, revisits)
        request = _request(exchange, response.record_id or "")
        records = [_bytes_of(record) for record in (response, request) if record]
        frames = [self._compressed(record) for record in records]
        offset = file.tell()
        try:
            file.write(b"".join(frames))
            file.flush()
        except OSError:
            self._cut(file, offset)
            raise
        self.unsynced = True
        if is_sample(exchange.status, exchange.content_type, len(exchange.body)):
            self.pages += 1
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

    def sync(self) -> None:
        """Have what was written on the disk, so that a power cut does not lose it."""
        if self.file and self.unsynced:
            os.fdatasync(self.file.fileno()) if hasattr(os, "fdatasync") else os.fsync(self.file)
            self.unsynced = False

    def close(self) -> None:
        """End writing."""
        self.sync()
        if self.file:
            self.file.close()
            self.file = None

    def _file(self) -> BinaryIO:
        """Return the file to write to, beginning a new one where it is time."""
        if self.file:
            short = self.pages >= _SHORT_FILES.get(self.serial, sys.maxsize)
            if not short and self.file.tell() < self.roll_bytes:
                return self.file
            self.close()
        self._begin()
        assert self.file
        return self.file

    def _begin(self) -> None:
        self.serial += 1
        now = datetime.now(UTC)
        name = f"{self.site}/{self.site}-{now:%Y%m%d%H%M%S}-{self.serial:05}{SUFFIX}"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dictionary = _made_of(list(self.samples))
        head = b"".join(_dictionary_frame(dictionary)) if dictionary else b""
        self._open(path, name, dictionary)
        assert self.file
        head += self._compressed(_bytes_of(_warcinfo(path.name, now, self.info)))
        try:
            self.file.write(head)
            self.file.flush()
        except OSError:
            self.file.close()
            self.file = None
            path.unlink(missing_ok=True)
            raise
        self.pages = 0
        self.unsynced = True
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

    def _compressed(self, record: bytes) -> bytes:
        self.compressor.set_pledged_input_size(len(record))
        return self.compressor.compress(record, zstd.ZstdCompressor.FLUSH_FRAME)


def _compressor(dictionary: "zstd.ZstdDict | None") -> "zstd.ZstdCompressor":
    digested = dictionary.as_digested_dict if dictionary else None
    with suppress(zstd.ZstdError, ValueError):  # experimental: another version may not know it
        return zstd.ZstdCompressor(options=_PARAMETERS | _IN_PLACE, zstd_dict=digested)
    return zstd.ZstdCompressor(options=_PARAMETERS, zstd_dict=digested)


def is_sample(status: int, content_type: str | None, length: int) -> bool:
    """Whether a body of *length* bytes is a page of which a dictionary can be made."""
    return status == 200 and length <= _LARGEST_SAMPLE and bool(_HTML.match(content_type or ""))


# Records


def _warcinfo(filename: str, now: datetime, info: Mapping[str, str]) -> WarcRecord:
    record = _record(WarcRecordType.warcinfo, now, "application/warc-fields")
    record.headers["WARC-Filename"] = filename
    record.set_bytes_content("".join(f"{k}: {v}\r\n" for k, v in info.items()).encode())
    return record


def _response(exchange: Exchange, digest: str, revisits: Capture | None) -> WarcRecord:
    kind, content_type = WarcRecordType.response, "application/http; msgtype=response"
    if revisits:
        kind = WarcRecordType.revisit
    elif not exchange.head:  # another archive has it, but not how a server sent it
        kind = WarcRecordType.resource
        content_type = exchange.content_type or "application/octet-stream"
    record = _record(kind, exchange.at, content_type)
    headers = record.headers
    if exchange.source != "live":
        headers[_SOURCE] = exchange.source
    headers["WARC-Target-URI"] = exchange.url
    if exchange.ip_address:
        headers["WARC-IP-Address"] = exchange.ip_address
    if exchange.truncated:
        headers["WARC-Truncated"] = "unspecified"
    if revisits:
        changed = "server-not-modified" if exchange.status == 304 else "identical-payload-digest"
        headers["WARC-Profile"] = f"http://netpreserve.org/warc/1.1/revisit/{changed}"
        headers["WARC-Refers-To-Target-URI"] = revisits.url
        headers["WARC-Refers-To-Date"] = _date(revisits.fetched_at)
        digest = revisits.payload_sha256
    headers["WARC-Payload-Digest"] = f"sha256:{digest}"
    record.set_bytes_content(exchange.head if revisits else exchange.head + exchange.body)
    return record


def _request(exchange: Exchange, answered_by: str) -> WarcRecord | None:
    if exchange.request_head is None:
        return None
    record = _record(WarcRecordType.request, exchange.at, "application/http; msgtype=request")
    record.headers["WARC-Target-URI"] = exchange.url
    record.headers["WARC-Concurrent-To"] = answered_by
    record.set_bytes_content(exchange.request_head + exchange.request_body)
    return record


def _record(kind: "WarcRecordType", at: datetime, content_type: str) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(kind)
    record.headers["WARC-Date"] = _date(at)
    record.headers["Content-Type"] = content_type
    return record


def _date(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _bytes_of(record: WarcRecord) -> bytes:
    out = BytesIO()
    record.write(out)
    return out.getvalue()


# Dictionaries


def _made_of(samples: list[bytes]) -> "zstd.ZstdDict | None":
    """Return a dictionary made of the newest pages, in the format that the IIPC asks for."""
    chosen: list[bytes] = []
    room = _DICTIONARY_BYTES
    for sample in reversed(samples):
        if len(sample) <= room:
            chosen.insert(0, sample)  # what is last is found at the least cost: the newest
            room -= len(sample)
    if len(chosen) < _FEWEST_PAGES:
        return None
    raw = zstd.ZstdDict(b"".join(chosen), is_raw=True)
    return zstd.finalize_dict(raw, chosen, _DICTIONARY_BYTES + (64 << 10), _LEVEL)


def _dictionary_frame(dictionary: "zstd.ZstdDict") -> tuple[bytes, bytes]:
    options = _PARAMETERS | {zstd.CompressionParameter.compression_level: 9}
    packed = zstd.compress(dictionary.dict_content, options=options)
    return struct.pack("<II", DICTIONARY_FRAME, len(packed)), packed


_dictionaries: OrderedDict[Path, "tuple[int, zstd.ZstdDict | None]"] = OrderedDict()
_MOST_DICTIONARIES = 16


def dictionary_of(path: Path) -> "zstd.ZstdDict | None":
    """Return the dictionary of a file, None if it has none.

    Raises OSError if the file cannot be read, `WarcError` if the dictionary cannot.
    """
    changed = path.stat().st_mtime_ns
    if path not in _dictionaries or (_dictionaries[path][0] != changed):
        with path.open("rb") as file:
            _dictionaries[path] = changed, read_dictionary(file)
        while len(_dictionaries) > _MOST_DICTIONARIES:
            _dictionaries.popitem(last=False)
    return _dictionaries[path][1]


class _File(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


def read_dictionary(file: _File) -> "zstd.ZstdDict | None":
    """Return the dictionary with which a file begins that stands at its beginning, None if there
    is none; the file then stands at its first record. Raises `WarcError` if it is damaged.
    """
    head = file.read(8)
    if len(head) < 8 or struct.unpack("<I", head[:4])[0] != DICTIONARY_FRAME:
        file.seek(0)
        return None
    length = struct.unpack("<I", head[4:])[0]
    if length > _LARGEST_DICTIONARY:
        raise WarcError(f"its dictionary is larger than {_LARGEST_DICTIONARY >> 20} MiB")
    data = file.read(length)
    try:
        if data.startswith(_FRAME):
            data = _decompressed(data, None, _LARGEST_DICTIONARY)
        dictionary = zstd.ZstdDict(data)
        zstd.ZstdDecompressor(zstd_dict=dictionary.as_digested_dict)  # tells whether it is sound
        return dictionary
    except (zstd.ZstdError, ValueError) as error:
        raise WarcError(f"its dictionary is damaged: {error}") from error


def _decompressed(frame: bytes, dictionary: "zstd.ZstdDict | None", limit: int) -> bytes:
    """Return what a frame holds. Raises `WarcError` if it is not whole, or larger than *limit*."""
    digested = dictionary.as_digested_dict if dictionary else None
    try:
        decompressor = zstd.ZstdDecompressor(zstd_dict=digested)
        data = decompressor.decompress(frame, max_length=limit)
    except (zstd.ZstdError, ValueError) as error:
        raise WarcError(str(error)) from error
    if not decompressor.eof:
        raise WarcError("it is not whole" if decompressor.needs_input else "it is too large")
    if decompressor.unused_data:
        raise WarcError("something stands between it and the next record")
    return data


# Reading


def read_bytes(folder: Path, capture: Capture) -> bytes:
    """Return the bytes of a capture's records as they stand in the file. Raises OSError."""
    with (folder / capture.warc_file).open("rb") as file:
        file.seek(capture.warc_offset)
        return file.read(capture.warc_length + capture.request_length)


def read_record(folder: Path, capture: Capture) -> Record:
    """Read the response (or revisit) record of a capture.

    Raises `WarcError` if it is damaged, and OSError if its file cannot be read.
    """
    return parse(read_blocks(folder, capture)[0])


def read_blocks(folder: Path, capture: Capture) -> list[bytes]:
    """Return the records of a capture uncompressed: response or revisit, and request if there is
    one. Raises as above.
    """
    data = read_bytes(folder, capture)
    dictionary = dictionary_of(folder / capture.warc_file)
    frames = [data[: capture.warc_length], data[capture.warc_length :]]
    return [_decompressed(frame, dictionary, _LARGEST_RECORD) for frame in frames if frame]


def read_info(folder: Path, file: WarcFile) -> bytes:
    """Return the warcinfo record with which a file begins, uncompressed. Raises as above."""
    with (folder / file.name).open("rb") as opened:
        dictionary = read_dictionary(opened)
        frame = opened.read(file.head_length - opened.tell())
    return _decompressed(frame, dictionary, _LARGEST_RECORD)


def read_body(folder: Path, capture: Capture) -> bytes:
    """Return the body of a capture as it was received. Raises as `read_record` does."""
    try:
        return _body(WarcRecord.from_bytes(read_blocks(folder, capture)[0]))
    except (ValueError, EOFError) as error:
        raise WarcError(str(error)) from error


def as_kept(exchange: Exchange) -> Record:
    """Return an exchange as it is read again when it has been written. Raises `WarcError`."""
    return parse(_bytes_of(_response(exchange, "", None)))


def parse(data: bytes) -> Record:
    """Return the record of a response, a revisit or a resource. Raises `WarcError`."""
    try:
        record, body = _decoded(data)
        fields = record.http_headers
        return Record(
            url=record.headers["WARC-Target-URI"],
            at=record.record_date,
            type=record.headers["WARC-Type"],
            status=(fields.status_code or 0) if fields else 200,
            content_type=fields.get("Content-Type") if fields else record.headers["Content-Type"],
            body=body if record.record_type != WarcRecordType.revisit else b"",
            headers=[(str(k), str(v)) for k, v in fields.items()] if fields else [],
        )
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise WarcError(str(error)) from error


def _decoded(data: bytes) -> tuple[WarcRecord, bytes]:
    """Return a record and its body without the encodings that its header names.

    Other archives keep the header of an encoding that they have undone: such a body is text.
    """
    record = WarcRecord.from_bytes(data)
    body = _body(record)
    fields = record.http_headers
    if fields and body:
        # FastWARC would decode a body whole, however large it becomes.
        for name, undo in _ENCODINGS:
            if encoding := fields.get(name):
                try:
                    body = undo(body, encoding)
                except EncodingError:
                    if not body.lstrip().startswith((b"<", b"\xef\xbb\xbf<", b"{", b"[")):
                        raise
    return record, body


_ENCODINGS = (("Transfer-Encoding", untransferred), ("Content-Encoding", uncompressed))


def _body(record: WarcRecord) -> bytes:
    """Return the body as it was received."""
    record.parse_http()
    return record.reader.read() if record.reader else b""


def frames(path: Path, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset, length in the file and uncompressed bytes of each record from *start* on.

    Raises `WarcError` at the first that is not whole, and OSError if the file cannot be read.
    """
    dictionary = dictionary_of(path)
    digested = dictionary.as_digested_dict if dictionary else None
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    offset = 0
    if dictionary is not None and start == 0:
        offset = 8 + struct.unpack("<I", data[4:8])[0]
    while offset < len(data):
        if data[offset : offset + 4] != _FRAME:
            raise WarcError("it does not begin as a record")
        decompressor = zstd.ZstdDecompressor(zstd_dict=digested)
        try:
            record = decompressor.decompress(data[offset:], max_length=_LARGEST_RECORD)
        except zstd.ZstdError as error:
            raise WarcError(str(error)) from error
        if not decompressor.eof:
            raise WarcError("it is not whole")
        end = len(data) - len(decompressor.unused_data)
        yield start + offset, end - offset, record
        offset = end


# Mending


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
        if record.type != "response" or stored.headers.get(_SOURCE):
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
