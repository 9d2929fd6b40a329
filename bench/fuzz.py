"""Damage saved pages at random, and report what a page reader must never do with any bytes.

``python bench/fuzz.py --minutes 30`` reads pages that are cut, doubled, mixed and overwritten: our
fixtures, and other people's pages where they are at hand. It ends with exit code 1 if a page was
read with an error, took over 2.5 times the processor time of 32 MiB of plain prose, or made the
process grow by over 500 MiB; the page is kept in the folder ``--keep`` (fuzz/).
"""

import argparse
import hashlib
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # run as a script, where the project is not installed
    sys.path.insert(0, str(ROOT))

from bench.quality import PAGES, QualityError, corpus  # noqa: E402
from crawler.readers import CMS, read_page  # noqa: E402

MOST_TIMES, MOST_BYTES = 2.5, 500 * 2**20
PROSE = "<p>Một đoạn văn bản dài hơn bốn mươi ký tự, để tính là văn xuôi. ".encode()
YARDSTICK = b"<title>T</title><h1>T</h1>" + PROSE * (32 * 2**20 // len(PROSE))
"""A harmless page of which as much is read as of any."""
URL = "https://huyen.example/tin/trong-rung.html"
CHARSETS = (None, "text/html", "text/html; charset=windows-1258", "text/html; charset=utf-16le")


def pages() -> list[bytes]:
    """Return the pages to damage."""
    found = [file.read_bytes() for file in sorted(ROOT.glob("tests/fixtures/*/*.html"))]
    try:
        found += [sample.body for sample in corpus(PAGES)]
    except QualityError as error:
        print(f"only our own fixtures: {error}", file=sys.stderr)
    return found


def damaged(source: list[bytes], dice: random.Random) -> bytes:
    """Return a page with some damages, now and then blown up beyond all measure."""
    body = bytearray(dice.choice(source))
    for _ in range(dice.randint(1, 30)):
        at, length = dice.randrange(len(body) + 1), int(dice.expovariate(1 / 200))
        match dice.randrange(6):
            case 0:
                del body[at : at + length]
            case 1:
                body[at:at] = body[at : at + length] * dice.randint(1, 20)
            case 2:
                body[at : at + length] = dice.randbytes(min(length, 50))
            case 3:
                other = dice.choice(source)
                start = dice.randrange(len(other) + 1)
                body[at:at] = other[start : start + length * 10]
            case 4:
                body[at:at] = dice.choice([b"<", b">", b'"', b"</div>", b"<!--", b"<script>", b"&"])
            case _:
                if at < len(body):
                    body[at] ^= 1 << dice.randrange(8)
    if dice.random() < 0.02:
        at, length = dice.randrange(len(body) + 1), dice.randint(1, 300)
        piece = bytes(body[at : at + length]) or b"<div>"
        body[at:at] = piece * (dice.randint(1, 32 * 2**20) // len(piece))
    return bytes(body)


def processor_time(body: bytes) -> float:
    """Return the seconds that a sound page takes."""
    before = time.process_time()
    read_page(body, URL)
    return time.process_time() - before


def faults(body: bytes, cms: str | None, content_type: str | None, usual: float) -> Iterator[str]:
    """Read a page; yield what went wrong. *usual* is what the yardstick takes, seconds."""
    held, before = forget_peak(), time.process_time()
    try:
        read_page(body, URL, content_type, cms)
    except Exception as error:
        yield f"raised {type(error).__name__}: {error}"
    if (times := (time.process_time() - before) / usual) > MOST_TIMES:
        yield f"took {times:.1f} times as long as 32 MiB of prose"
    if (grown := peak() - held) > MOST_BYTES:
        yield f"took {grown / 2**20:.0f} MiB"


def forget_peak() -> int:
    """Measure the peak of memory anew, where Linux lets us; return what is held now, bytes."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak()


def peak() -> int:
    """Return the most memory that was resident, bytes."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most * (1 if sys.platform == "darwin" else 1024)
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Fuzz for some minutes, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (1)")
    parser.add_argument("--seed", type=int, default=0, help="makes the same choices again (0)")
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz"), help="where bad pages go (fuzz/)"
    )
    options = parser.parse_args()
    dice, source = random.Random(options.seed), pages()
    kinds: Counter[str] = Counter()
    slowest, read, largest = 0.0, 0, 0
    usual = min(processor_time(YARDSTICK) for _ in range(3))
    end = time.monotonic() + options.minutes * 60
    while time.monotonic() < end:
        body = damaged(source, dice)
        cms, content_type = dice.choice([None, *CMS]), dice.choice(CHARSETS)
        held, before = forget_peak(), time.process_time()
        wrong = list(faults(body, cms, content_type, usual))
        slowest, read = max(slowest, time.process_time() - before), read + 1
        largest = max(largest, peak() - held)
        for fault in wrong:
            options.keep.mkdir(exist_ok=True)
            file = options.keep / f"{hashlib.sha256(body).hexdigest()[:12]}.html"
            file.write_bytes(body)
            kinds[fault.partition(":")[0]] += 1
            print(f"{file}: {fault} (cms {cms}, {content_type})", flush=True)
    print(
        f"{read} pages; the slowest took {slowest / usual:.2f} times as long as 32 MiB of prose "
        f"({usual:.2f} s), the largest {largest / 2**20:.0f} MiB"
    )
    if kinds:
        sys.exit(f"fuzz: {dict(kinds)}")


if __name__ == "__main__":
    main()
