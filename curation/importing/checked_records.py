"""Records of WARC and ARC files, each checked before it is handed on.

The standards: "The WARC Format 1.1" (ISO 28500:2017) and the Internet Archive's "ARC File Format"
of 1996. FastWARC and warcio skip what they cannot read; here it is told.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from archive.warc import has_status, parted, read_head
from crawler.encodings import EncodingError, uncompressed, untransferred
from curation.importing.beginnings import ARC, EITHER, WARC, Beginning
from curation.importing.damage import DamageError, HopelessError, LyingError
from curation.importing.moments import NoMomentError, moment
from curation.importing.streams import Mark, Stream

LARGEST_BLOCK = 34 << 20
"""Bytes of a block that can be handed on: a page may have 32 MiB, and has a head."""

_LONGEST_HEADER = 64 << 10
_PIECE = 1 << 20
_ALGORITHMS = {"sha1", "sha256", "sha512", "md5"}
_NUMBER = re.compile(r"\d{1,18}")
_MOST_AHEAD = timedelta(days=1)

Digest = tuple[str, bytes]
"""An algorithm of `hashlib` and what it yields."""


@dataclass(slots=True)
class Record:
    """One record of an archive. ARC's records are responses, too."""

    place: Mark
    type: str
    """In lower case: "response", "request", "revisit", ..."""
    url: str | None
    at: datetime | None
    """UTC."""
    length: int
    """Bytes of the block."""
    fields: dict[str, str] = field(default_factory=dict)
    """The header by names in lower case."""
    block: bytes | None = None
    """None if nobody wanted it, or it is larger than `LARGEST_BLOCK`."""

    @property
    def id(self) -> str:
        """The record's own name."""
        return self.fields.get("warc-record-id", "")

    @property
    def is_http(self) -> bool:
        """Whether the block is a message of HTTP: of answers it says so itself, whatever they are
        called, and one without a status line is the page alone, as HTTP/0.9 had it.
        """
        if self.type == "response" and self.block is not None:
            return has_status(self.block)
        return self.fields.get("content-type", "").lower().startswith("application/http")

    def message(self) -> tuple[bytes, bytes]:
        """Return the block parted into head and body; no head if it is no message of HTTP."""
        block = self.block or b""
        return parted(block) if self.is_http else (b"", block)


Wanted = Callable[[Record], bool]
"""Whether the block of a record, of which only the header has been read, is to be handed on."""


def is_archive(stream: Stream) -> bool:
    """Whether a stream begins as a WARC or an ARC file."""
    return stream.begins(EITHER)


def records(
    stream: Stream, wanted: Wanted, damaged: Callable[[DamageError], None]
) -> Iterator[Record]:
    """Yield the records of a stream, each whole and with the digests that it claims.

    What cannot be read is told to *damaged*, which may raise; then the records after it follow.
    """
    kind: Beginning | None = None
    while True:
        mark = stream.mark()
        try:
            while stream.look(1) in (b"\r", b"\n"):
                stream.take(1)
            if not stream.look(1):
                return
            mark = stream.mark()
            kind = kind or (ARC if stream.begins(ARC) else WARC)
            record = (_read_arc if kind is ARC else _read_warc)(stream, mark, wanted)
        except HopelessError as error:
            return damaged(HopelessError(f"the record at {mark}: {error}"))
        except LyingError as error:
            damaged(LyingError(f"the record at {mark}: {error}"))
        except DamageError as error:
            damaged(DamageError(f"the record at {mark}: {error}"))
            if not _go_on(stream, mark, kind or EITHER, damaged):
                return
        else:
            yield record


def _go_on(
    stream: Stream, mark: Mark, kind: Beginning, damaged: Callable[[DamageError], None]
) -> bool:
    try:
        return stream.go_on(mark, kind)
    except DamageError as error:
        damaged(error)
        return False


# WARC


def _read_warc(stream: Stream, mark: Mark, wanted: Wanted) -> Record:
    if not re.match(rb"WARC/[01]\.\d", stream.look(8)):
        raise DamageError("it does not begin as a record of WARC 1.0 or 1.1")
    stream.line(_LONGEST_HEADER)
    fields = _header(stream)
    claimed = fields.get("content-length", "")
    if not _NUMBER.fullmatch(claimed):
        raise DamageError(f"its Content-Length is {claimed[:40]!r}, which is no number")
    url = fields.get("warc-target-uri", "").strip("<>") or None
    date = fields.get("warc-date", "")
    record = Record(mark, fields.get("warc-type", "").lower(), url, None, int(claimed), fields)
    _read_block(stream, record, wanted, kind=WARC)
    record.at = _moment(date)
    return record


def _header(stream: Stream) -> dict[str, str]:
    """Return the fields of a header up to the empty line that ends it; of each name the first."""
    fields: dict[str, str] = {}
    name, left = "", _LONGEST_HEADER
    while line := stream.line(left):
        left -= len(line)
        text = _text(line.rstrip(b"\r\n"))
        if not text:
            return fields
        if text[0] in " \t" and name:
            fields[name] += f" {text.strip()}"
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        fields.setdefault(name, value.strip())
    raise DamageError("the file ends in the middle of its header: it is cut off")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _moment(text: str) -> datetime:
    try:
        at = moment(text)
    except NoMomentError:
        raise LyingError(f"its date is {text[:40]!r}, which is none") from None
    if at > datetime.now(UTC) + _MOST_AHEAD:
        raise LyingError(f"its date, {at:%Y-%m-%d}, has not come yet")
    return at


# ARC


def _read_arc(stream: Stream, mark: Mark, wanted: Wanted) -> Record:
    found = ARC.pattern.match(stream.line(ARC.longest))
    if not found:
        raise DamageError("it does not begin as a record of an ARC file")
    url, content_type = _text(found["url"]), _text(found["type"] or b"")
    record = Record(mark, "response", url, None, int(found["length"]))
    if url.startswith("filedesc:"):
        record.type = "warcinfo"
    elif url.lower().startswith(("http:", "https:")):
        record.fields["content-type"] = "application/http"
    else:
        record.fields["content-type"] = content_type
    _read_block(stream, record, wanted, kind=ARC)
    record.at = _moment(_text(found["date"]))
    return record


# Blocks and digests


def _read_block(stream: Stream, record: Record, wanted: Wanted, *, kind: Beginning) -> None:
    """Take a record's block, keep it if it is wanted, and hold it against its digests."""
    block_digest = _digest(record, "warc-block-digest")
    payload_digest = _digest(record, "warc-payload-digest")
    wants = record.length <= LARGEST_BLOCK and wanted(record)
    keeps = wants or (payload_digest is not None and record.length <= LARGEST_BLOCK)
    hashed = hashlib.new(block_digest[0], usedforsecurity=False) if block_digest else None
    pieces: list[bytes] = []
    left = record.length
    while left:
        piece = stream.take(min(left, _PIECE))
        if not piece:
            raise DamageError(
                f"it is to hold {record.length} bytes, but the file ends {left} bytes too early"
            )
        left -= len(piece)
        if hashed:
            hashed.update(piece)
        if keeps:
            pieces.append(piece)
    _end(stream, record, kind)
    stream.finish_member()
    if hashed and block_digest and hashed.digest() != block_digest[1]:
        raise LyingError("its block is not what its WARC-Block-Digest says")
    record.block = b"".join(pieces) if keeps else None
    if payload_digest and record.block is not None and not _is_payload(record, payload_digest):
        raise LyingError("its payload is not what its WARC-Payload-Digest says")
    if not wants:
        record.block = None


def _end(stream: Stream, record: Record, kind: Beginning) -> None:
    """Take what ends a record. Of files made by hand it is seldom what the standard asks for."""
    for expected in (b"\n", b"\r\n") if kind is ARC else (b"\r\n\r\n",):
        if stream.look(len(expected)) == expected:
            stream.take(len(expected))
            return
    while stream.look(1) in (b"\r", b"\n"):
        stream.take(1)
    if stream.look(1) and not stream.begins(kind):
        raise DamageError(f"it does not end after the {record.length} bytes that it claims to hold")


def _digest(record: Record, name: str) -> Digest | None:
    return parse_digest(record.fields.get(name, ""))


def parse_digest(text: str) -> Digest | None:
    """Return what a digest field says, such as "sha1:BASE32"; None if we know no such algorithm."""
    algorithm, _, text = text.partition(":")
    algorithm = algorithm.strip().lower().replace("-", "")
    if algorithm not in _ALGORITHMS or not text.strip():
        return None
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    return algorithm, _bytes_of(text.strip(), size)


def _bytes_of(text: str, size: int) -> bytes:
    """Return what a digest says in hexadecimal or base 32; b"" if it is neither."""
    try:
        if len(text) == 2 * size:
            return bytes.fromhex(text)
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error):
        return b""


def _is_payload(record: Record, digest: Digest) -> bool:
    """Whether a record's payload has a digest; a revisit's is that of another record."""
    if record.type == "revisit" or "warc-truncated" in record.fields:
        return True
    return any(matches(digest, data) for data in _payloads(record))


def matches(digest: Digest, data: bytes) -> bool:
    """Whether data have a digest."""
    return hashlib.new(digest[0], data, usedforsecurity=False).digest() == digest[1]


def _payloads(record: Record) -> Iterator[bytes]:
    """Yield what writers have called the payload: with and without the encodings of HTTP."""
    head, body = record.message()
    yield body
    if record.block and record.is_http and record.type == "response":
        yield record.block
        fields = read_head(head)
        with suppress(EncodingError):
            body = untransferred(body, fields.get("transfer-encoding") or "identity")
            yield body
            yield uncompressed(body, fields.get("content-encoding") or "")
