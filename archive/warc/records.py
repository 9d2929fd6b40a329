"""The records of an exchange, as WARC 1.1 writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from fastwarc.warc import WarcRecord, WarcRecordType

from crawler.exchange import Capture, Exchange
from crawler.vocabulary import Source

SOURCE: Final = "TinHuyen-Source"
"""The header of a record that says that it comes out of another archive."""

REPLACES: Final = "replaces"
"""The field of a warcinfo record that names a file in whose place its own stands."""


def warcinfo(filename: str, now: datetime, info: Mapping[str, str]) -> WarcRecord:
    """Return the record with which a file begins: who made it, and how."""
    record = _record(WarcRecordType.warcinfo, now, "application/warc-fields")
    record.headers["WARC-Filename"] = filename
    record.set_bytes_content("".join(f"{k}: {v}\r\n" for k, v in info.items()).encode())
    return record


def response(exchange: Exchange, digest: str, revisits: Capture | None) -> WarcRecord:
    """Return the record of an answer, whose body has the SHA-256 *digest*: a revisit without the
    body, if a capture holds it already; a resource, if no head of an answer is known.
    """
    kind, content_type = WarcRecordType.response, "application/http; msgtype=response"
    if revisits:
        kind = WarcRecordType.revisit
    elif not exchange.head:  # another archive has it, but not how a server sent it
        kind = WarcRecordType.resource
        content_type = exchange.content_type or "application/octet-stream"
    record = _record(kind, exchange.at, content_type)
    headers = record.headers
    if exchange.source != Source.LIVE:
        headers[SOURCE] = exchange.source
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


def request(exchange: Exchange, answered_by: str) -> WarcRecord | None:
    """Return the record of the request that the record with the id *answered_by* answers."""
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


def bytes_of(record: WarcRecord) -> bytes:
    """Return a record as it stands in a file, uncompressed."""
    out = BytesIO()
    record.write(out)
    return out.getvalue()
