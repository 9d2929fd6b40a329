"""Servers that say, byte by byte, what a test wants; no HTTP library would let them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Archived

Answer = Callable[["Asked"], bytes]


class Asked:
    """A request as the server saw it."""

    def __init__(self, head: bytes, count: int, url: str) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.target = first.split(" ")[1]
        self.path = self.target.partition("?")[0]
        pairs = (line.partition(":") for line in lines if line)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self.count = count
        """How often this target was asked for, this time included."""
        self.url = url
        """The server's address, without a slash at its end."""


class RawServer:
    """A server whose answers are what `answer` gives: on loopback, or on all addresses of a
    *host* such as ``0.0.0.0``.
    """

    def __init__(self, answer: Answer, host: str = "127.0.0.1") -> None:
        self.answer = answer
        self.asked: list[str] = []
        counts: Counter[str] = Counter()
        raw = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                head = b""
                while line := self.rfile.readline():
                    if line == b"\r\n":
                        break
                    head += line
                if not head:
                    return
                target = head.split(b" ")[1].decode("latin-1")
                counts[target] += 1
                raw.asked.append(target)
                with suppress(OSError):
                    self.wfile.write(raw.answer(Asked(head, counts[target], raw.url)))

        class Server(ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self.server = Server((host, 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def raw_server(answer: Answer, host: str = "127.0.0.1") -> Iterator[RawServer]:
    """Serve for the length of the block."""
    raw = RawServer(answer, host)
    thread = threading.Thread(target=raw.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield raw
    finally:
        raw.server.shutdown()
        raw.server.server_close()
        thread.join()


def answer(
    body: str | bytes,
    content_type: str | None = "text/html; charset=utf-8",
    status: str = "200 OK",
    *headers: str,
) -> bytes:
    """Return an answer as it goes over the wire; the connection ends with it."""
    body = body.encode() if isinstance(body, str) else body
    typed = [f"Content-Type: {content_type}"] if content_type is not None else []
    length = [] if any(h.lower().startswith("content-length") for h in headers) else [len(body)]
    lines = [f"HTTP/1.1 {status}", *typed, *(f"Content-Length: {n}" for n in length), *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


ROBOTS = answer("User-agent: *\nDisallow:\n", "text/plain")
NOT_FOUND = answer("<h1>Không có</h1>", status="404 Not Found")

_PROSE = (
    "Sáng nay, Ủy ban nhân dân huyện Mẫu họp bàn việc sửa cầu treo và con đường vào bản trước mùa "
    "mưa; các xã đã góp hơn bốn trăm ngày công và vật liệu tại chỗ cho công trình này."
)


def article(number: int, older: str | None = None, newer: str | None = None) -> str:
    """Return the page of an article, with links to its neighbours."""
    name = f"Bài số {number}: huyện Mẫu sửa đường đợt {number}"
    links = f'<a rel="prev" href="{older}">Bài trước</a>' if older else ""
    links += f'<a rel="next" href="{newer}">Bài sau</a>' if newer else ""
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{name}</title></head>'
        f'<body><div class="top"><a href="/">Trang chủ</a></div><div class="main"><h1>{name}</h1>'
        f'<p class="date">{number % 27 + 1:02}/03/2019 08:30</p><div class="content"><p>Đợt '
        f"{number}. {_PROSE}</p><p>{_PROSE}</p></div>"
        f'<div class="post-navigation">{links}</div></div></body></html>'
    )


def listing(hrefs: list[str], more: str = "", head: str = "") -> str:
    """Return a page that lists articles, with whatever is to stand below and in its head."""
    items = "".join(
        f'<h3><a href="{href}">Tin của huyện Mẫu: {href}</a></h3><p>Tóm tắt ngắn.</p>'
        for href in hrefs
    )
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Huyện Mẫu</title>{head}'
        f'</head><body><h1>Cổng thông tin</h1><div class="list">{items}</div>{more}</body></html>'
    )


def bare(head: str = "", body: str = "<h1>Cổng thông tin</h1><p>Chào mừng.</p>") -> str:
    """Return a start page that names no article."""
    return f'<html lang="vi"><head><title>Cổng</title>{head}</head><body>{body}</body></html>'


def chain(count: int) -> dict[str, str]:
    """Return the pages of articles that name each other, by path: ``/tin/bai-1.html`` is oldest."""
    paths = [None, *(f"/tin/bai-{n}.html" for n in range(1, count + 1)), None]
    return {
        path: article(n, paths[n - 1], paths[n + 1])
        for n, path in enumerate(paths)
        if path is not None
    }


def lone(count: int) -> dict[str, str]:
    """Return the pages of articles that name no neighbours, by path."""
    return {f"/tin/bai-{n}.html": article(n) for n in range(1, count + 1)}


# Crawls of such servers

QUICK = ("-s", "BACKOFF_START=0.01", "-s", "RETRY_TIMES=1")
Portal = Callable[..., tuple["Archived", RawServer]]
"""Serves what a function answers as the site ``test``: ``portal(answered, delay=0.1)``."""


def held(archived: "Archived") -> int:
    (row,) = archived.rows("SELECT count(*) AS n FROM articles")
    return int(row["n"])


def problems(archived: "Archived") -> list[tuple[str, str]]:
    rows = archived.rows("SELECT kind, message FROM problems ORDER BY id")
    return [(row["kind"], row["message"]) for row in rows]


def of_pages(pages: dict[str, str], **others: bytes) -> Answer:
    """Return the answers of a portal: its pages, and others by what their paths end in."""

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt" and "robots" not in others:
            return ROBOTS
        for name, other in others.items():
            if asked.path.rpartition("/")[2].partition(".")[0] == name:
                return other.replace(b"URL", asked.url.encode())
        return answer(pages[asked.target]) if asked.target in pages else NOT_FOUND

    return answered
