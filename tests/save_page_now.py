"""A service as "Save Page Now 2" documents itself: pages are handed in, and asked after."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass
class SavePageNow:
    """What the service was asked, and how it answers."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path or page handed in, and header fields of each request."""
    pending: int = 0
    """So many times the status of each job is still pending."""
    refusals: list[tuple[int, dict[str, str], object]] = field(default_factory=list)
    """Status, header fields and body of what is answered first, in place of anything else."""
    broken: set[str] = field(default_factory=set)
    """Pages that cannot be archived."""
    at: str = "21000304050607"
    """When whatever it has was archived."""
    jobs: dict[str, str] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)

    @property
    def pages(self) -> list[str]:
        """The pages that were handed in."""
        return [what for method, what, _ in self.asked if method == "POST"]

    def handed(self, page: str) -> tuple[int, dict[str, Any]]:
        job = f"spn2-{len(self.jobs):040}"
        self.jobs[job] = page
        return 200, {"url": page, "job_id": job, "message": "The capture will start soon."}

    def status(self, job: str) -> tuple[int, dict[str, Any]]:
        if job not in self.jobs:
            return 404, {"status": "error", "status_ext": "error:not-found"}
        self.looked[job] = self.looked.get(job, 0) + 1
        if self.looked[job] <= self.pending:
            return 200, {"status": "pending", "job_id": job, "resources": []}
        if self.jobs[job] in self.broken:
            told = "Couldn't resolve the host."
            return 200, {"status": "error", "status_ext": "error:no-host", "message": told}
        page = {"original_url": self.jobs[job], "timestamp": self.at}
        return 200, {"status": "success", "job_id": job, "http_status": 200, **page}


@contextmanager
def save_page_now() -> Iterator[SavePageNow]:
    """Serve one on loopback; its address ends in ``/save``."""
    service = SavePageNow()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            (page,) = form["url"]
            service.asked.append(("POST", page, dict(self.headers)))
            self._answer(lambda: service.handed(page))

        def do_GET(self) -> None:
            service.asked.append(("GET", self.path, dict(self.headers)))
            self._answer(lambda: service.status(self.path.rpartition("/")[2]))

        def _answer(self, usual: Any) -> None:
            fields: dict[str, str] = {}
            if service.refusals:
                code, fields, body = service.refusals.pop(0)
            else:
                code, body = usual()
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(code)
            for name, value in {**fields, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}/save"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
