"""What a page kept costs, in bytes and processor time, against .warc.gz as warcio writes it.

``python bench/storage.py --help`` tells the options; bench/README.md what is compared.
"""

import argparse
import gzip
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from stage import BenchError, Verdict, perform
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.warc import (
    Rewritten,
    Source,
    WarcFile,
    WarcWriter,
    name_of,
    read_dictionary,
    rewrite,
    zstd,
)
from archive.warc.records import bytes_of, request, response
from crawler.exchange import Capture, Exchange
from curation.recompress import chosen_of
from demo.faults import Faults
from demo.portal import Portal
from demo.server import serving

PAGES = Path(__file__).parents[2] / "shared" / "pages"
AIM = 5
AIM_ANEW = 0.12
"""Share of warcio's bytes that a page is to take once it was written anew."""
_AGENT = "TinHuyen/0.1 (+https://tinhuyen.example/contact)"


@dataclass(frozen=True)
class Cost:
    """What all pages took."""

    bytes: int
    seconds: float
    parts: Mapping[str, int]
    """Bytes by what they are of: dictionaries, answers, requests, and what describes a file."""


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
    judge(verdict, f"demo, {options.articles} articles", served(scaled), aim=AIM, aim_anew=AIM_ANEW)
    judge(verdict, "demo as it comes", served(Portal.embedded()))
    real = list(of_one_site(options.pages))
    if real:
        named = f"real pages of {urlsplit(real[0].url).hostname}"
        judge(verdict, named, real, aim_anew=AIM_ANEW)
    else:
        verdict.tell("real pages", f"{options.pages} is not here")


def judge(
    verdict: Verdict,
    what: str,
    exchanges: list[Exchange],
    aim: int | None = None,
    aim_anew: float | None = None,
) -> None:
    """Tell the figures for some exchanges, and judge them where there is an aim: *aim* for how many
    times smaller they are as they come, *aim_anew* for the share of warcio's bytes once anew.
    """
    theirs, (ours, anew) = as_warcio_writes(exchanges), as_we_write(exchanges)
    count = len(exchanges)
    received = sum(len(e.head) + len(e.body) for e in exchanges) / count
    verdict.tell(what, f"{count} pages of {received / 1000:.1f} KB")
    written = ("warcio, .warc.gz", theirs), ("ours, .warc.zst", ours), ("ours, anew", anew)
    for name, cost in written:
        told = (
            f"{cost.bytes / count / 1000:.2f} KB, {cost.seconds / count * 1000:.2f} ms CPU a page"
        )
        if cost.parts:
            shares = ", ".join(f"{what} {size / count:.0f}" for what, size in cost.parts.items())
            told += f" ({shares} B)"
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
    share = anew.bytes / theirs.bytes
    told = f"{share:.3f} of the bytes"
    if aim_anew is None:
        verdict.tell("  anew against warcio's", told)
    else:
        met = share <= aim_anew
        verdict.judge("  anew against warcio's", told, f"at most {aim_anew}", met)
    least = as_one(exchanges)
    verdict.tell("  zstd -19 --long of all as one", f"{least / theirs.bytes:.3f} of the bytes")


def as_we_write(exchanges: list[Exchange]) -> tuple[Cost, Cost]:
    """Write as a crawl does: all files, with dictionaries and warcinfo; and then these anew, as
    ``tinhuyen recompress`` does, the reading again included.
    """
    info = {"software": "bench"}
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        captures: list[Capture] = []
        files: list[WarcFile] = []

        def write(_: Path) -> None:
            writer = WarcWriter(folder, "bench", info, [], [])
            captures.extend(writer.write(exchange) for exchange in exchanges)
            files.extend(writer.begun)
            writer.close()

        crawled = _measured(write)
        sources = [
            Source(
                replace(file, end=(folder / file.name).stat().st_size),
                [capture for capture in captures if capture.warc_file == file.name],
            )
            for file in files
        ]
        done: list[Rewritten] = []

        def anew(_: Path) -> None:
            dictionary = chosen_of(folder, sources).dictionary
            name = name_of(folder, "bench", len(files) + 1, datetime.now(UTC))
            done.append(rewrite(folder, name, sources, dictionary, lambda *_: None))

        again = _measured(anew)
        rewritten = Source(done[0].file, done[0].captures)
        return (
            Cost(sum(s.file.end for s in sources), crawled.seconds, _parts(folder, sources)),
            Cost(rewritten.file.end, again.seconds, _parts(folder, [rewritten])),
        )


def _parts(folder: Path, sources: list[Source]) -> dict[str, int]:
    captures = [capture for source in sources for capture in source.captures]
    dictionaries = 0
    for source in sources:
        with (folder / source.file.name).open("rb") as file:
            if read_dictionary(file):
                dictionaries += file.tell()
    heads = sum(source.file.head_length for source in sources)
    return {
        "dictionaries": dictionaries,
        "answers": sum(capture.warc_length for capture in captures),
        "requests": sum(capture.request_length for capture in captures),
        "warcinfo": heads - dictionaries,
    }


def as_one(exchanges: list[Exchange]) -> int:
    """Return what all records take as one stream, of which none could be read alone: no file in
    which each is a frame of its own can be as small.
    """
    records = []
    for exchange in exchanges:
        answer = response(exchange, hashlib.sha256(exchange.body).hexdigest(), None)
        asked = request(exchange, answer.record_id or "")
        records += [bytes_of(record) for record in (answer, asked) if record]
    parameter = zstd.CompressionParameter
    options = {
        parameter.compression_level: 19,
        parameter.window_log: 27,
        parameter.enable_long_distance_matching: 1,
    }
    return len(zstd.compress(b"".join(records), options=options))


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
        size = sum(f.stat().st_size for f in folder.rglob("*.*") if f.is_file())
        return Cost(size, seconds, {})


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
