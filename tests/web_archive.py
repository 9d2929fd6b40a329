"""A web archive on loopback with the conventions of web.archive.org: mementos and a CDX server."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from crawler.text.addresses import urlkey
from tests.warcs import Seen

_MEMENTO = re.compile(r"/web/(\d{14})id_/(.+)")
_COLUMNS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


@dataclass
class Machine:
    """What a web archive has, and how it answers; all may be changed while it runs."""

    seen: list[Seen]
    url: str = ""
    log: list[str] = field(default_factory=list)
    """The targets that were asked for."""
    robots: str | None = None
    has_cdx: bool = True
    busy: Counter[str] = field(default_factory=Counter)
    """How many requests whose target has a text in it are still to be answered with 429."""
    retry_after: str = "0"
    """What such an answer says of when to come again."""
    blocked: set[str] = field(default_factory=set)
    """Hosts: the CDX server answers with 403 when it is asked for one."""
    broken: set[str] = field(default_factory=set)
    """Texts: what is asked for with one of them is answered with 500."""
    page_rows: int = 10_000

    def mementos(self, url: str) -> list[Seen]:
        """Return what was archived of an address."""
        return [seen for seen in self.seen if urlkey(seen.url) == urlkey(url)]

    def asked(self, text: str) -> int:
        """Return how many requests had a text in their target."""
        return sum(text in target for target in self.log)


@contextmanager
def remembering(seen: Iterable[Seen]) -> Iterator[Machine]:
    """Serve a web archive that has these answers."""
    machine = Machine(list(seen))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            machine.log.append(self.path)
            for text, left in machine.busy.items():
                if text in self.path and left > 0:
                    machine.busy[text] -= 1
                    return self._send(429, b"slower", {"Retry-After": machine.retry_after})
            if any(text in self.path for text in machine.broken):
                return self._send(500, b"broken")
            if self.path == "/robots.txt" and machine.robots is not None:
                return self._send(200, machine.robots.encode(), {"Content-Type": "text/plain"})
            if self.path.startswith("/cdx/search/cdx?") and machine.has_cdx:
                return self._list(parse_qs(urlsplit(self.path).query))
            if found := _MEMENTO.fullmatch(self.path):
                return self._replay(*found.groups())
            return self._send(404, b"<html>Hrm. Not archived.</html>")

        def _replay(self, timestamp: str, url: str) -> None:
            mementos = machine.mementos(url)
            if not mementos:
                return self._send(404, b"<html>Hrm. Not archived.</html>")
            wanted = datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            seen = min(mementos, key=lambda memento: abs(memento.at - wanted))
            if seen.at != wanted:
                where = f"{machine.url}web/{_stamp(seen)}id_/{seen.url}"
                why = f"found capture at {_stamp(seen)}"
                return self._send(302, b"", {"Location": where, "X-Archive-Redirect-Reason": why})
            status = int(seen.status.split()[0])
            fields = {f"X-Archive-Orig-{name.lower()}": value for name, value in seen.headers}
            for name, value in seen.headers:
                if name.lower() == "location":
                    fields["Location"] = f"{machine.url}web/{_stamp(seen)}id_/{value}"
                if name.lower() in ("content-type", "content-encoding"):
                    fields[name] = value
            fields |= {
                "Memento-Datetime": format_datetime(seen.at, usegmt=True),
                "Link": f'<{seen.url}>; rel="original"',
                "X-Archive-Src": "portal.warc.gz",
                "Server": "nginx",
            }
            return self._send(status, seen.body, fields)

        def _list(self, query: dict[str, list[str]]) -> None:
            assert query["output"] == ["json"]
            (url,), (match,) = query["url"], query["matchType"]
            if urlsplit(url).netloc in machine.blocked:
                return self._send(403, b"Blocked Site Error")
            key = urlkey(url)
            rows = []
            for seen in sorted(machine.seen, key=lambda seen: (urlkey(seen.url), seen.at)):
                own = urlkey(seen.url)
                if own == key if match == "exact" else own.startswith(key):
                    kind = dict(seen.headers).get("Content-Type", "text/html").partition(";")[0]
                    status = seen.status.split()[0]
                    digest = str(hash(seen.body))
                    rows.append([own, _stamp(seen), seen.url, kind, status, digest, "100"])
            for condition in query.get("filter", ()):
                name, _, pattern = condition.partition(":")
                rows = [r for r in rows if re.fullmatch(pattern, r[_COLUMNS.index(name)])]
            start = int(query.get("resumeKey", ["0 "])[0].split()[0])
            end = start + min(machine.page_rows, int(query.get("limit", [len(rows)])[0]))
            answer: list[Any] = [_COLUMNS, *rows[start:end]] if rows else []
            if "showResumeKey" in query and end < len(rows):
                answer += [[], [quote(f"{end} )/key")]]
            return self._send(
                200, json.dumps(answer).encode(), {"Content-Type": "application/json"}
            )

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response_only(status)
            for name, value in (headers or {"Content-Type": "text/html"}).items():
                self.send_header(name, value)
            self.send_header("Date", format_datetime(datetime.now(UTC), usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    machine.url = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield machine
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _stamp(seen: Seen) -> str:
    return f"{seen.at:%Y%m%d%H%M%S}"
