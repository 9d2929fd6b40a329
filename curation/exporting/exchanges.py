"""The WARC records of captures, as they are exported: byte for byte as they are kept."""

import hashlib
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Literal

from fastwarc.warc import WarcRecord, WarcRecordType

from archive import Archive
from archive.selection import Chosen
from archive.warc import WarcError, read_blocks, read_body, read_bytes
from crawler.exchange import Capture

_OF_REVISITS = (
    "WARC-Profile",
    "WARC-Refers-To",
    "WARC-Refers-To-Target-URI",
    "WARC-Refers-To-Date",
)
_NOT_MODIFIED = 304

Kind = Literal["response", "revisit"]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A capture, ready to be written."""

    capture: Capture
    kind: Kind
    digest: str
    """Of the payload, as the record gives it: "sha256:" and hexadecimal digits."""
    records: list[bytes]
    """Response or revisit, and request if there is one."""


def read(archive: Archive, chosen: Chosen) -> Exchanged:
    """Return the records of a capture; of a revisit without its original, as a whole response.

    Raises `WarcError` and OSError if they are not as they were written.
    """
    capture = chosen.capture
    records = _blocks(archive.folder, capture)
    if capture.refers_to is None:
        return Exchanged(capture, "response", f"sha256:{capture.payload_sha256}", records)
    holder = archive.captures.get(capture.refers_to)
    if holder is None:
        raise WarcError(f"the capture that it revisits, {capture.refers_to}, is missing")
    if chosen.has_body:
        return Exchanged(capture, "revisit", f"sha256:{holder.payload_sha256}", records)
    capture = replace(capture, content_type=capture.content_type or holder.content_type)
    records[0], digest = _whole(archive.folder, capture, holder, records[0])
    return Exchanged(capture, "response", digest, records)


def _blocks(folder: Path, capture: Capture) -> list[bytes]:
    if hashlib.sha256(read_bytes(folder, capture)).hexdigest() != capture.warc_sha256:
        raise WarcError("its bytes are not those that were written")
    return read_blocks(folder, capture)


def _whole(folder: Path, capture: Capture, holder: Capture, revisit: bytes) -> tuple[bytes, str]:
    """Return a revisit as the response that it was, and the digest of its payload.

    The server sent no body with "304 Not Modified", and none is written. A revisit that came
    without the head of its response gets that of its original.
    """
    kept, original = WarcRecord.from_bytes(revisit), None
    head, body = _block(kept), b""
    if capture.status != _NOT_MODIFIED:
        body = read_body(folder, holder)
        original = None if head else WarcRecord.from_bytes(_blocks(folder, holder)[0])
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    response = WarcRecord()
    response.init_headers(WarcRecordType.response)
    for name, value in kept.headers.items():
        if name not in _OF_REVISITS:
            response.headers[name] = value
    like = original.headers if original else {"WARC-Type": "response"}
    for name in ("WARC-Type", "Content-Type"):
        if name in like:
            response.headers[name] = like[name]
    response.headers["WARC-Payload-Digest"] = digest
    response.set_bytes_content(_block(original) if original else head + body)
    out = BytesIO()
    response.write(out)
    return out.getvalue(), digest


def _block(record: WarcRecord) -> bytes:
    return record.reader.read() if record.reader else b""
