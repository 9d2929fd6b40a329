"""Archives as others write them, of pages served on loopback."""

import gzip
import hashlib
import http.client
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from fastwarc.warc import WarcRecord, WarcRecordType

THEN = datetime(2021, 7, 1, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """An answer of a server."""

    url: str
    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime = THEN

    @property
    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status}", *(f"{k}: {v}" for k, v in self.headers), "", ""]
        return "\r\n".join(lines).encode()


def page(url: str, body: bytes, at: datetime = THEN, kind: str = "text/html") -> Seen:
    """Return an answer of our own making."""
    headers = (("Content-Type", kind), ("Content-Length", str(len(body))))
    return Seen(url, "200 OK", headers, body, at)


def fetch(base: str, paths: Iterable[str], at: datetime = THEN) -> list[Seen]:
    """Ask a server for pages, as an archive would have at that time."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)
    seen = []
    for path in paths:
        connection.request("GET", path)
        answer = connection.getresponse()
        status = f"{answer.status} {answer.reason}"
        seen.append(Seen(base + path, status, tuple(answer.getheaders()), answer.read(), at))
    connection.close()
    return seen


def write_warc(
    path: Path,
    pages: Iterable[Seen],
    *,
    version: str = "1.1",
    requests: bool = True,
    info: dict[str, str] | None = None,
) -> Path:
    """Write a WARC file as FastWARC does: of gzip members if its name ends in .gz."""
    with path.open("wb") as file:
        told = "".join(f"{k}: {v}\r\n" for k, v in (info or {"software": "a test"}).items())
        about = _record(WarcRecordType.warcinfo, THEN, told.encode(), "application/warc-fields")
        records = [about]
        for seen in pages:
            response = _record(
                WarcRecordType.response,
                seen.at,
                seen.head + seen.body,
                f"{_HTTP}response",
                seen.url,
            )
            digest = b32encode(hashlib.sha1(seen.body).digest()).decode()
            response.headers["WARC-Payload-Digest"] = f"sha1:{digest}"
            records.append(response)
            if requests:
                asked = f"GET {urlsplit(seen.url).path} HTTP/1.1\r\nHost: " + (
                    f"{urlsplit(seen.url).netloc}\r\nUser-Agent: another\r\n\r\n"
                )
                kind = WarcRecordType.request
                request = _record(kind, seen.at, asked.encode(), f"{_HTTP}request", seen.url)
                request.headers["WARC-Concurrent-To"] = response.record_id or ""
                records.append(request)
        for record in records:
            plain = BytesIO()
            record.write(plain, checksum_data=True)
            data = plain.getvalue().replace(b"WARC/1.1", b"WARC/" + version.encode(), 1)
            file.write(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


_HTTP = "application/http; msgtype="


def _record(
    kind: "WarcRecordType", at: datetime, block: bytes, content_type: str, url: str | None = None
) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(kind)
    record.headers["WARC-Date"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    record.headers["Content-Type"] = content_type
    if url:
        record.headers["WARC-Target-URI"] = url
    record.set_bytes_content(block)
    return record


def plain(pages: Iterable[Seen], folder: Path, **options: bool) -> bytes:
    """Return the bytes of a plain WARC file."""
    return write_warc(folder / "plain.warc", pages, **options).read_bytes()


def write_arc(path: Path, pages: Iterable[Seen]) -> Path:
    """Write an ARC file of version 1, each record a gzip member if its name ends in .gz."""
    about = b"1 0 Internet Archive\nURL IP-address Archive-date Content-type Archive-length\n"
    head = b"filedesc://%b 0.0.0.0 20050101000000 text/plain %d\n" % (
        path.name.encode(),
        len(about),
    )
    records = [head + about + b"\n"]
    for seen in pages:
        block = seen.head + seen.body
        line = f"{seen.url} 127.0.0.1 {seen.at:%Y%m%d%H%M%S} text/html {len(block)}\n"
        records.append(line.encode() + block + b"\n")
    pack = gzip.compress if path.suffix == ".gz" else bytes
    path.write_bytes(b"".join(pack(record) for record in records))
    return path


def at(seen: Iterable[Seen], moment: datetime) -> list[Seen]:
    """Return answers as if they had been seen at another time."""
    return [replace(one, at=moment) for one in seen]


def moved(seen: Iterable[Seen], base: str) -> list[Seen]:
    """Return what was seen of a portal as if it had been another's, which lies at *base*."""
    there = []
    for one in seen:
        before = "/".join(one.url.split("/")[:3])
        body = one.body.replace(before.encode(), base.encode())
        headers = tuple(
            (name, str(len(body)) if name.lower() == "content-length" else value)
            for name, value in one.headers
        )
        url = base + one.url.removeprefix(before)
        there.append(replace(one, url=url, body=body, headers=headers))
    return there
