"""The index of a WARC file as replay tools read it: sorted lines of CDXJ, in gzip members.

"ZipNum": a second, short index says where each member begins, so that a reader fetches only one.
"""

import heapq
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from crawler.text.addresses import DEFAULT_PORTS
from curation.exporting.warc import Place, Sink

LINES = 1024
"""Lines a gzip member, as Webrecorder's tools have."""
_RUN = 100_000
"""Lines that are sorted in memory, some 40 MB."""
_GZIP = 31
_WWW = re.compile(r"www\d*\.")
_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PATH_SESSION = re.compile(
    rb"(?i)(.*/)\((?:(?:[a-z]\([0-9a-z]{24}\))+|[0-9a-z]{24})\)/([^?]+\.aspx.*)"
)
_QUERY_SESSIONS = [
    re.compile(rb"(?i)(.*)(?:" + name + rb")(?:&(.*))?")
    for name in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
]


def surt(url: str) -> str:
    """Return the key by which pywb looks an address up, in ASCII: ``vn,gov,chodon)/tin-tuc``.

    It is what the Internet Archive's tools make of it ("Sort-friendly URI Reordering Transform"),
    not `crawler.text.addresses.urlkey`, which says what addresses are one page.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return _escaped(url.encode())
    host = _WWW.sub("", _escaped(_unescaped(host.encode())), count=1) if host else ""
    labels = ",".join(reversed(host.strip(".").split(".")))
    named = f":{port}" if port and port != DEFAULT_PORTS.get(parts.scheme) else ""
    return f"{labels}{named}){_path(parts.path)}{_query(parts.query)}"


def _path(path: str) -> str:
    kept: list[bytes] = []
    segments = _unescaped(path.encode()).split(b"/")[1:]
    for segment in segments:
        if segment == b".." and kept:
            kept.pop()
        elif segment != b".":
            kept.append(segment)
    last = kept.pop() if kept else b""
    joined = b"/" + b"".join(segment + b"/" for segment in kept if segment) + last
    joined = _escaped(joined).lower().encode()
    if match := _PATH_SESSION.fullmatch(joined):
        joined = match[1] + match[2]
    return joined.decode().removesuffix("/") or "/"


def _query(query: str) -> str:
    data = _escaped(_unescaped(query.encode())).encode()
    for session in _QUERY_SESSIONS:
        if match := session.fullmatch(data):
            data = match[1] + (match[2] or b"")
    parameters = sorted(tuple(p.split("=", 1)) for p in data.decode().lower().split("&"))
    joined = "&".join("=".join(parameter) for parameter in parameters)
    return f"?{joined}" if joined else ""


def _unescaped(data: bytes) -> bytes:
    while (once := unquote_to_bytes(data)) != data:
        data = once
    return data


def _escaped(data: bytes) -> str:
    return quote_from_bytes(data, safe=_SAFE)


def line(place: Place, filename: str) -> str:
    """Return the line that tells where a capture stands in the file *filename*."""
    capture = place.exchanged.capture
    entry = {"url": capture.url}
    if place.exchanged.kind == "revisit":
        entry["mime"] = "warc/revisit"
    elif mime := re.split(r"[;\s]", (capture.content_type or "").strip(), maxsplit=1)[0]:
        entry["mime"] = mime
    entry |= {
        "status": str(capture.status),
        "digest": place.exchanged.digest,
        "length": str(place.length),
        "offset": str(place.offset),
        "filename": filename,
    }
    return f"{surt(capture.url)} {capture.fetched_at:%Y%m%d%H%M%S} {json.dumps(entry)}\n"


class SortedLines:
    """Lines of ASCII in the order of their bytes, however many; they are sorted on the disk."""

    def __init__(self, folder: Path) -> None:
        """*folder* is where the files lie meanwhile; nobody sees them, and they cannot be left."""
        self.folder = folder
        self.lines: list[str] = []
        self.runs: list[IO[str]] = []

    def add(self, line: str) -> None:
        """Take a line, which ends with a newline. Raises OSError."""
        self.lines.append(line)
        if len(self.lines) >= _RUN:
            run = TemporaryFile("w+", encoding="ascii", dir=self.folder)  # noqa: SIM115
            self.runs.append(run)
            run.writelines(sorted(self.lines))
            run.seek(0)
            self.lines = []

    def __iter__(self) -> Iterator[str]:
        """Yield all lines, once."""
        yield from heapq.merge(*self.runs, sorted(self.lines))

    def close(self) -> None:
        """Forget them."""
        for run in self.runs:
            run.close()


def write(lines: Iterator[str], name: str, file: Sink) -> Iterator[str]:
    """Write sorted lines to the file *name*, and yield the lines of the index of its members."""
    yield f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': name})}\n"
    offset = 0
    for block in _blocks(lines):
        member = zlib.compress("".join(block).encode("ascii"), wbits=_GZIP)
        file.write(member)
        entry = json.dumps({"offset": offset, "length": len(member)})
        yield f"{_begin(block[0])} {entry}\n"
        offset += len(member)
    if not offset:  # a gzip file of nothing is not nothing
        file.write(zlib.compress(b"", wbits=_GZIP))


def _blocks(lines: Iterator[str]) -> Iterator[list[str]]:
    """Yield the lines of each member.

    ReplayWeb.page looks for ``x/`` where the key is ``x``, and for no member that ends before the
    last key between them, such as ``x-1``: so these stay together.
    """
    block: list[str] = []
    stem = ""
    for line in lines:
        key = line.partition(" ")[0]
        if not (stem and key.startswith(stem) and key[len(stem) :] < "/"):
            stem = key
            if len(block) >= LINES:
                yield block
                block = []
        block.append(line)
    if block:
        yield block


def _begin(line: str) -> str:
    return line.partition(" {")[0]
