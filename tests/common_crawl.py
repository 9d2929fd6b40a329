"""Common Crawl on loopback, by its documented conventions: indexes in pages, and parts of files.

``collinfo.json`` names the crawls; each index answers ``url``, ``matchType``, ``output``, ``page``
and ``showNumPages`` as a CDX server of pywb does over an index in blocks, with 404 and a message
where it has nothing; the files are answered by ``Range`` alone, each record a gzip member.
"""

import gzip
import json
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from re import fullmatch
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.text.addresses import urlkey
from tests.warcs import Seen

_RECORD = """WARC/1.0\r
WARC-Type: response\r
WARC-Date: {at:%Y-%m-%dT%H:%M:%SZ}\r
WARC-Record-ID: <urn:uuid:6f7a1c1e-0000-4000-8000-{number:012d}>\r
Content-Length: {length}\r
Content-Type: application/http; msgtype=response\r
WARC-Target-URI: {url}\r
WARC-Payload-Digest: sha1:{digest}\r
{more}\r
"""


@dataclass
class Crawls:
    """What Common Crawl has, and how it answers; all may be changed while it runs."""

    files: dict[str, bytes] = field(default_factory=dict)
    """The WARC files, by name."""
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """The indexes, by the name of the crawl."""
    url: str = ""
    log: list[str] = field(default_factory=list)
    """The targets that were asked for."""
    page_rows: int = 15_000
    busy: Counter[str] = field(default_factory=Counter)
    """How many requests whose target has a text in it are still to be answered with 503."""
    refused: set[str] = field(default_factory=set)
    """Texts: what is asked for with one of them is answered with 403."""

    @property
    def collections(self) -> str:
        """The address that is named to a crawl."""
        return f"{self.url}collinfo.json"

    def asked(self, text: str) -> int:
        """Return how many requests had a text in their target."""
        return sum(text in target for target in self.log)

    def add(
        self,
        crawl: str,
        seen: Sequence[Seen],
        *,
        cut: Mapping[str, int] | None = None,
        wrong: Iterable[str] = (),
    ) -> None:
        """Add a crawl of these answers; those *cut* have so many bytes of their body, those of the
        addresses *wrong* are not what their digest says.
        """
        name = f"crawl-data/{crawl}/segments/1.0/warc/{crawl}-00000.warc.gz"
        packed, rows = b"", []
        for number, one in enumerate(seen):
            length = (cut or {}).get(one.url)
            body = one.body[:length]
            told = one.body + b"?" if one.url in wrong else body
            digest = b32encode(sha1(told, usedforsecurity=False).digest()).decode()
            record = _RECORD.format(
                at=one.at, number=number, length=len(one.head) + len(body), url=one.url,
                digest=digest, more="WARC-Truncated: length\r\n" if length else "",
            )  # fmt: skip
            member = gzip.compress(record.encode() + one.head + body + b"\r\n\r\n")
            rows.append({
                "urlkey": urlkey(one.url), "timestamp": f"{one.at:%Y%m%d%H%M%S}", "url": one.url,
                "mime": dict(one.headers).get("Content-Type", "text/html").partition(";")[0],
                "status": one.status.split()[0], "digest": digest, "length": str(len(member)),
                "offset": str(len(packed)), "filename": name,
            } | ({"truncated": "length"} if length else {}))  # fmt: skip
            packed += member
        self.files[f"/{name}"] = packed
        self.rows[crawl] = sorted(rows, key=lambda row: (row["urlkey"], row["timestamp"]))

    def found(self, crawl: str, query: Mapping[str, list[str]]) -> list[dict[str, str]]:
        """Return the rows that a query of an index asks for."""
        assert query["output"] == ["json"]
        assert query["matchType"] == ["prefix"]
        key = urlkey(query["url"][0])
        return [row for row in self.rows[crawl] if row["urlkey"].startswith(key)]


@contextmanager
def crawling_all(*crawls: tuple[str, Sequence[Seen]]) -> Iterator[Crawls]:
    """Serve these crawls: the name of each, and what it has."""
    known = Crawls()
    for name, seen in crawls:
        known.add(name, seen)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            known.log.append(self.path)
            for text, left in known.busy.items():
                if text in self.path and left > 0:
                    known.busy[text] -= 1
                    return self._send(503, b"<Code>SlowDown</Code>")
            if any(text in self.path for text in known.refused):
                return self._send(403, b"forbidden")
            path = urlsplit(self.path).path
            if path == "/collinfo.json":
                return self._json([
                    {"id": name, "name": name, "cdx-api": f"{known.url}{name}-index"}
                    for name in sorted(known.rows, reverse=True)
                ])  # fmt: skip
            if (index := fullmatch(r"/([\w-]+)-index", path)) and index[1] in known.rows:
                return self._list(index[1], parse_qs(urlsplit(self.path).query))
            if path in known.files:
                return self._part(known.files[path])
            return self._send(404, b"<Code>NoSuchKey</Code>")

        def _list(self, crawl: str, query: dict[str, list[str]]) -> None:
            rows = known.found(crawl, query)
            pages = max(1, -(-len(rows) // known.page_rows))
            if "showNumPages" in query:
                return self._json({"pages": pages, "pageSize": 5, "blocks": pages})
            number = int(query.get("page", ["0"])[0])
            if number >= pages:
                return self._send(400, b'{"message": "Page invalid"}')
            if not rows:
                told = {"message": f"No Captures found for: {query['url'][0]}"}
                return self._send(404, json.dumps(told).encode())
            some = rows[number * known.page_rows : (number + 1) * known.page_rows]
            return self._send(200, b"".join(json.dumps(row).encode() + b"\n" for row in some))

        def _part(self, packed: bytes) -> None:
            asked = fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
            assert asked, "whole files are not asked for"
            first, last = int(asked[1]), int(asked[2])
            told = f"bytes {first}-{last}/{len(packed)}"
            return self._send(206, packed[first : last + 1], {"Content-Range": told})

        def _json(self, value: Any) -> None:
            self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response_only(status)
            for name, value in ({"Content-Type": "binary/octet-stream"} | (headers or {})).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
