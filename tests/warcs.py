"""Archives as others write them, of pages served on loopback."""

import gzip
import http.client
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

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
    """Write a WARC file as warcio does: of gzip members if its name ends in .gz."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz", warc_version=version)
        writer.write_record(
            writer.create_warcinfo_record(path.name, info or {"software": "a test"})
        )
        for seen in pages:
            date = {"WARC-Date": f"{seen.at:%Y-%m-%dT%H:%M:%SZ}"}
            response = writer.create_warc_record(
                seen.url,
                "response",
                payload=BytesIO(seen.body),
                http_headers=StatusAndHeaders(seen.status, list(seen.headers), "HTTP/1.1"),
                warc_headers_dict=dict(date),
            )
            writer.write_record(response)
            if requests:
                target = urlsplit(seen.url).path
                asked = [("Host", urlsplit(seen.url).netloc), ("User-Agent", "another")]
                request = writer.create_warc_record(
                    seen.url,
                    "request",
                    http_headers=StatusAndHeaders(
                        f"GET {target} HTTP/1.1", asked, is_http_request=True
                    ),
                    warc_headers_dict=date
                    | {"WARC-Concurrent-To": response.rec_headers["WARC-Record-ID"]},
                )
                writer.write_record(request)
    return path


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
