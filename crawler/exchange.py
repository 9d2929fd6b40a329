"""What was received, and where the archive keeps it."""

from dataclasses import dataclass
from datetime import datetime

from crawler.vocabulary import Source


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the response to it, as they went over the wire or as another archive has them.

    The heads are start line and header fields with the empty line that ends them; the body is as
    received, content encoding and all, but without transfer encoding.
    """

    url: str
    at: datetime
    """When the request was sent, UTC."""
    status: int
    head: bytes
    body: bytes
    request_head: bytes | None = None
    request_body: bytes = b""
    content_type: str | None = None
    """The header of that name."""
    ip_address: str | None = None
    source: Source = Source.LIVE
    truncated: bool = False
    """Whether the body is known to be only a part of what was sent."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Where the archive keeps an exchange."""

    url: str
    fetched_at: datetime
    """UTC."""
    status: int
    content_type: str | None
    bytes: int
    """The length of the body."""
    payload_sha256: str
    """Of the body, in hexadecimal."""
    warc_file: str
    """Relative to the folder of captures, with "/"."""
    warc_offset: int
    warc_length: int
    """Bytes of the response (or revisit) record in the file; the request record follows it."""
    request_length: int
    """Bytes of the request record in the file, 0 if there is none."""
    warc_sha256: str
    """Of both records as they stand in the file, in hexadecimal."""
    source: Source = Source.LIVE
    refers_to: int | None = None
    """The capture that holds the body, if this one is a revisit."""
    id: int | None = None
    """Its row of ``captures``, once there is one."""
