"""Reading captures again, each by its place in its file."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastwarc.warc import WarcRecord, WarcRecordType

from archive.warc.files import WarcFile
from archive.warc.frames import (
    WarcError,
    decompressed,
    dictionary_of,
    frames_in,
    read_dictionary,
)
from archive.warc.messages import Head, parted, read_head
from archive.warc.records import bytes_of, response
from crawler.encodings import EncodingError, uncompressed, untransferred
from crawler.exchange import Capture, Exchange


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
    received: bytes
    """The body as it was received; of a revisit what its record holds, which is none."""


def read_bytes(folder: Path, capture: Capture) -> bytes:
    """Return the bytes of a capture's records as they stand in the file. Raises OSError."""
    with (folder / capture.warc_file).open("rb") as file:
        file.seek(capture.warc_offset)
        return file.read(capture.warc_length + capture.request_length)


def read_record(folder: Path, capture: Capture) -> Record:
    """Read the response (or revisit) record of a capture.

    Raises `WarcError` if it is damaged, and OSError if its file cannot be read.
    """
    path = folder / capture.warc_file
    with path.open("rb") as file:
        file.seek(capture.warc_offset)
        frame = file.read(capture.warc_length)
    return parse(decompressed(frame, dictionary_of(path)))


def read_blocks(folder: Path, capture: Capture) -> list[bytes]:
    """Return the records of a capture uncompressed: response or revisit, and request if there is
    one. Raises as above.
    """
    return blocks_of(read_bytes(folder, capture), folder, capture)


def blocks_of(data: bytes, folder: Path, capture: Capture) -> list[bytes]:
    """Return the same of a capture whose bytes were read already (`read_bytes`)."""
    dictionary = dictionary_of(folder / capture.warc_file)
    frames = [data[: capture.warc_length], data[capture.warc_length :]]
    return [decompressed(frame, dictionary) for frame in frames if frame]


def read_infos(folder: Path, file: WarcFile) -> list[bytes]:
    """Return the warcinfo records with which a file begins, uncompressed: its own, and of one that
    was written anew those of the files in whose place it stands. Raises as above.
    """
    with (folder / file.name).open("rb") as opened:
        dictionary = read_dictionary(opened)
        records = opened.read(file.head_length - opened.tell())
    return [record for _, _, record in frames_in(records, dictionary)]


def read_body(folder: Path, capture: Capture) -> bytes:
    """Return the body of a capture as it was received. Raises as `read_record` does."""
    try:
        return body_of(WarcRecord.from_bytes(read_blocks(folder, capture)[0]))
    except (ValueError, EOFError) as error:
        raise WarcError(str(error)) from error


def as_kept(exchange: Exchange) -> Record:
    """Return an exchange as it is read again when it has been written. Raises `WarcError`."""
    return parse(bytes_of(response(exchange, "", None)))


def parse(data: bytes) -> Record:
    """Return the record of a response, a revisit or a resource. Raises `WarcError`."""
    try:
        record = WarcRecord.from_bytes(data)
        head, body = _parts(record)
        return Record(
            url=record.headers["WARC-Target-URI"],
            at=record.record_date,
            type=record.headers["WARC-Type"],
            status=(head.status or 0) if head else 200,
            content_type=head.get("Content-Type") if head else record.headers["Content-Type"],
            body=_decoded(head, body) if record.record_type != WarcRecordType.revisit else b"",
            headers=[*head.fields] if head else [],
            received=body,
        )
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise WarcError(str(error)) from error


def body_of(record: WarcRecord) -> bytes:
    """Return the body that a record of a file holds, as it was received."""
    return _parts(record)[1]


def _parts(record: WarcRecord) -> tuple[Head | None, bytes]:
    """Return the head and the body of what was received, as it was; no head if it is no message
    of HTTP.
    """
    block = record.reader.read() if record.reader else b""
    if not record.is_http:
        return None, block
    head, body = parted(block)
    return read_head(head), body


def _decoded(head: Head | None, body: bytes) -> bytes:
    """Return a body without the encodings that its header names.

    Other archives keep the header of an encoding that they have undone: such a body is text.
    """
    for name, undo in _ENCODINGS if head and body else ():
        if head and (encoding := head.get(name)):
            try:
                body = undo(body, encoding)
            except EncodingError:
                if not body.lstrip().startswith((b"<", b"\xef\xbb\xbf<", b"{", b"[")):
                    raise
    return body


_ENCODINGS = (("Transfer-Encoding", untransferred), ("Content-Encoding", uncompressed))
