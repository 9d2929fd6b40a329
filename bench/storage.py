"""What a page kept costs, in bytes and processor time, against .warc.gz as warcio writes it.

``python bench/storage.py --help`` tells the options; bench/README.md what is compared.
"""

import argparse
import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from stage import BenchError, Verdict, perform
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.warc import WarcWriter
from crawler.exchange import Exchange
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving

PAGES = Path(__file__).parents[2] / "shared" / "pages"
AIM = 5
_AGENT = "TinHuyen/0.1 (+https://tinhuyen.example/contact)"


@dataclass(frozen=True)
class Cost:
    """What all pages took."""

    bytes: int
    seconds: float


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=1000, help="of the larger demo (1000)")
    parser.add_argument("--pages", type=Path, default=PAGES, help="real pages, as in shared/pages")
    parser.add_argument("--quick", action="store_true", help="300 articles")
    options = parser.parse_args()
    if options.quick:
        options.articles = 300
    perform(compare, options)


def compare(options: argparse.Namespace, verdict: Verdict) -> None:
    """Write the same exchanges in both forms, and hold the one against the other."""
    scaled = Portal.scaled(options.articles)
    judge(verdict, f"demo, {options.articles} articles", served(scaled), aim=AIM)
    judge(verdict, "demo as it comes", served(Portal.embedded()))
    real = list(of_one_site(options.pages))
    if real:
        judge(verdict, f"real pages of {urlsplit(real[0].url).hostname}", real)
    else:
        verdict.tell("real pages", f"{options.pages} is not here")


def judge(verdict: Verdict, what: str, exchanges: list[Exchange], aim: int | None = None) -> None:
    """Tell both figures for some exchanges, and judge them where there is an *aim*."""
    theirs, ours = as_warcio_writes(exchanges), as_we_write(exchanges)
    count = len(exchanges)
    received = sum(len(e.head) + len(e.body) for e in exchanges) / count
    verdict.tell(what, f"{count} pages of {received / 1000:.1f} KB")
    for name, cost in (("warcio, .warc.gz", theirs), ("ours, .warc.zst", ours)):
        told = (
            f"{cost.bytes / count / 1000:.2f} KB, {cost.seconds / count * 1000:.2f} ms CPU a page"
        )
        verdict.tell(f"  {name}", told)
    smaller, faster = theirs.bytes / ours.bytes, theirs.seconds / ours.seconds
    told = f"{1 / smaller:.3f} of the bytes, {1 / faster:.2f} of the CPU"
    if aim is None:
        verdict.tell("  ours against warcio's", told)
    else:
        verdict.judge(
            "  ours against warcio's", told, f"at most {1 / aim:.2f} and 1",
            smaller >= aim and faster >= 1,
        )  # fmt: skip


def as_we_write(exchanges: list[Exchange]) -> Cost:
    """Write as a crawl does: all files, with dictionaries and warcinfo."""

    def write(folder: Path) -> None:
        writer = WarcWriter(folder, "bench", {"software": "bench"}, [], [])
        for exchange in exchanges:
            writer.write(exchange)
        writer.close()

    return _measured(write)


def as_warcio_writes(exchanges: list[Exchange]) -> Cost:
    """Write response and request records with warcio, a gzip member each."""

    def write(folder: Path) -> None:
        with (folder / "bench.warc.gz").open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="1.1")
            writer.write_record(writer.create_warcinfo_record("bench.warc.gz", {"software": "b"}))
            for exchange in exchanges:
                _write(writer, exchange)

    return _measured(write)


def _write(writer: WARCWriter, exchange: Exchange) -> None:
    records = (
        ("response", exchange.head, exchange.body),
        ("request", exchange.request_head or b"", b""),
    )
    for kind, head, body in records:
        first, *fields = head.decode("latin-1").strip().split("\r\n")
        protocol, _, rest = first.partition(" ")
        pairs = [tuple(field.split(": ", 1)) for field in fields]
        headers = StatusAndHeaders(rest, pairs, protocol, is_http_request=kind == "request")
        writer.write_record(
            writer.create_warc_record(
                exchange.url, kind, payload=BytesIO(body), http_headers=headers
            )
        )


def _measured(write: Callable[[Path], None]) -> Cost:
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        began = time.process_time()
        write(folder)
        seconds = time.process_time() - began
        return Cost(sum(f.stat().st_size for f in folder.rglob("*.*") if f.is_file()), seconds)


def served(portal: Portal) -> list[Exchange]:
    """Return the article pages of a demo portal as they are served."""
    exchanges = []
    with serving(portal, Faults()) as server:
        for post in portal.posts:
            asked = Request(server.url + post.path, headers={"User-Agent": _AGENT})
            with urlopen(asked) as answer:
                body = answer.read()
                fields = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            exchanges.append(_exchange(server.url + post.path, fields, body))
    return exchanges


def of_one_site(folder: Path) -> Iterator[Exchange]:
    """Yield real pages of the site of which *folder* has most, the Vietnamese ones."""
    for file in sorted((folder / "vi").glob("*.html.gz")):
        host, _, path = file.name.removesuffix(".html.gz").partition("__")
        if host == "odp.cantho.gov.vn":
            fields = "Content-Type: text/html; charset=utf-8\r\nServer: nginx\r\n"
            url = f"https://{host}/{path.replace('__', '/')}"
            yield _exchange(url, fields, gzip.decompress(file.read_bytes()))


def _exchange(url: str, fields: str, body: bytes) -> Exchange:
    parts = urlsplit(url)
    asked = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: {_AGENT}\r\n\r\n"
    if not body:
        raise BenchError(f"{url}: nothing was served")
    return Exchange(
        url=url,
        at=datetime.now(UTC),
        status=200,
        head=f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode(),
        body=body,
        request_head=asked.encode(),
        content_type="text/html; charset=utf-8",
        ip_address="127.0.0.1",
    )


if __name__ == "__main__":
    main()
