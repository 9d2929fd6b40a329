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

from crawler.encodings import EncodingError, uncompressed, untransferred
from curation.importing.damage import DamageError, HopelessError, LyingError
from curation.importing.streams import Mark, Stream

LARGEST_BLOCK = 34 << 20
"""Bytes of a block that can be handed on: a page may have 32 MiB, and has a head."""

_WARC, _ARC = b"WARC/", b"filedesc:"
_LONGEST_HEADER = 64 << 10
_LONGEST_HEAD = 256 << 10
_PIECE = 1 << 20
_SPACE = b"\r\n"
_LOOSE_END = 16
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
        """Whether the block is a message of HTTP."""
        return self.fields.get("content-type", "").lower().startswith("application/http")

    def message(self) -> tuple[bytes, bytes]:
        """Return the block parted into head and body; no head if it is no message of HTTP."""
        block = self.block or b""
        if not self.is_http:
            return b"", block
        if self.type == "revisit" and b"\r\n\r\n" not in block:
            return block, b""
        for end in (b"\r\n\r\n", b"\n\n"):
            if (found := block.find(end, 0, _LONGEST_HEAD)) >= 0:
                return block[: found + len(end)], block[found + len(end) :]
        return b"", block


Wanted = Callable[[Record], bool]
"""Whether the block of a record, of which only the header has been read, is to be handed on."""


def is_archive(stream: Stream) -> bool:
    """Whether a stream begins as a WARC or an ARC file."""
    return stream.look(len(_ARC)).startswith((_WARC, _ARC))


def records(
    stream: Stream, wanted: Wanted, damaged: Callable[[DamageError], None]
) -> Iterator[Record]:
    """Yield the records of a stream, each whole and with the digests that it claims.

    What cannot be read is told to *damaged*, which may raise; then the records after it follow.
    """
    read: Callable[[Stream, Mark, Wanted], Record] | None = None
    while True:
        mark = stream.mark()
        try:
            while stream.look(1) in (b"\r", b"\n"):
                stream.take(1)
            if not stream.look(1):
                return
            mark = stream.mark()
            read = read or (_read_arc if stream.look(len(_ARC)) == _ARC else _read_warc)
            record = read(stream, mark, wanted)
        except HopelessError as error:
            return damaged(HopelessError(f"the record at {mark}: {error}"))
        except LyingError as error:
            damaged(LyingError(f"the record at {mark}: {error}"))
        except DamageError as error:
            damaged(DamageError(f"the record at {mark}: {error}"))
            if not _go_on(stream, mark, damaged):
                return
        else:
            yield record


def _go_on(stream: Stream, mark: Mark, damaged: Callable[[DamageError], None]) -> bool:
    try:
        return stream.go_on(mark, _WARC)
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
    date = fields.get("warc-date")
    record = Record(mark, fields.get("warc-type", "").lower(), url, None, int(claimed), fields)
    _read_block(stream, record, wanted, expected_end=b"\r\n\r\n")
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


def _moment(text: str | None) -> datetime:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        raise LyingError(f"its date is {(text or '')[:40]!r}, which is none") from None
    return _past(at if at.tzinfo else at.replace(tzinfo=UTC))


def _past(at: datetime) -> datetime:
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise LyingError(f"its date, {at}, is none") from None
    if at > datetime.now(UTC) + _MOST_AHEAD:
        raise LyingError(f"its date, {at:%Y-%m-%d}, has not come yet")
    return at


# ARC


def _read_arc(stream: Stream, mark: Mark, wanted: Wanted) -> Record:
    line = _text(stream.line(_LONGEST_HEADER)).rstrip()
    # An address may hold spaces; the fields after it are five, or ten of which four are for ARC.
    url, _, date, content_type, length = (line.rsplit(" ", 4) + [""] * 5)[:5]
    if not (re.fullmatch(r"\d{8,14}", date) and _NUMBER.fullmatch(length)):
        raise DamageError("it does not begin as a record of an ARC file")
    record = Record(mark, "response", url, None, int(length))
    if url.startswith("filedesc:"):
        record.type = "warcinfo"
    elif url.startswith(("http:", "https:")):
        record.fields["content-type"] = "application/http"
    else:
        record.fields["content-type"] = content_type
    _read_block(stream, record, wanted, expected_end=b"\n")
    try:
        record.at = _past(
            datetime.strptime(date.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        )
    except ValueError:
        raise LyingError(f"its date is {date!r}, which is none") from None
    return record


# Blocks and digests


def _read_block(stream: Stream, record: Record, wanted: Wanted, *, expected_end: bytes) -> None:
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
    _end(stream, record, expected_end)
    stream.finish_member()
    if hashed and block_digest and hashed.digest() != block_digest[1]:
        raise LyingError("its block is not what its WARC-Block-Digest says")
    record.block = b"".join(pieces) if keeps else None
    if payload_digest and record.block is not None and not _is_payload(record, payload_digest):
        raise LyingError("its payload is not what its WARC-Payload-Digest says")
    if not wants:
        record.block = None


def _end(stream: Stream, record: Record, expected: bytes) -> None:
    """Take what ends a record. Of files made by hand it is seldom what the standard asks for."""
    if stream.look(len(expected)) == expected:
        stream.take(len(expected))
        return
    after = stream.look(_LOOSE_END)
    rest = after.lstrip(_SPACE)
    if rest and not rest.startswith(_WARC) and not (expected == b"\n" and after != rest):
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
        with suppress(EncodingError):
            body = untransferred(body, header_field(head, b"transfer-encoding") or "identity")
            yield body
            yield uncompressed(body, header_field(head, b"content-encoding") or "")


def header_field(head: bytes, name: bytes) -> str | None:
    """Return a header field of a message of HTTP."""
    found = re.search(rb"(?mi)^%b[ \t]*:[ \t]*([^\r\n]*)" % re.escape(name), head)
    return found[1].strip().decode("latin-1") if found else None
