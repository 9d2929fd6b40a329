"""A webhook on loopback, which keeps what it was told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any


@dataclass
class Hook:
    """What is listening."""

    url: str = ""
    """Its address, as Apprise has it."""
    status: int = 200
    """What it answers; what it does not take it does not keep."""
    patience: float = 0
    """Seconds before it answers."""
    beats: int = 0
    """How often it was merely asked for, as a dead man's switch is."""
    got: list[dict[str, Any]] = field(default_factory=list)
    """The messages that it took, each with its title and text."""


@contextmanager
def listening(secret: str = "secret") -> Iterator[Hook]:
    """Listen, at an address that holds a *secret*."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sleep(hook.patience)
            if hook.status == 200:
                hook.got.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def do_GET(self) -> None:
            hook.beats += hook.status == 200
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        hook.url = f"json://toi:{secret}@127.0.0.1:{server.server_port}/{secret}"
        yield hook
        server.shutdown()
