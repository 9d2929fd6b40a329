"""How much processor time and memory a crawl takes, against plain Scrapy and a usual spider.

``python bench/speed.py --help`` tells the options; bench/README.md how to read the result.
"""

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from selectolax.lexbor import LexborHTMLParser

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # run as a script, where the project is not installed
    sys.path.insert(0, str(ROOT))

from bench.quality import PAGES, QualityError, corpus  # noqa: E402
from bench.stage import BenchError, served  # noqa: E402
from crawler.readers import CMS, read_page  # noqa: E402
from crawler.text.charset import decode  # noqa: E402
from demo.portal import Portal  # noqa: E402

SPIDERS = ROOT / "bench" / "spiders"
AIMS = {"plain": 2.0, "afternoon": 0.12}
"""Our processor time a page may be at most this multiple of theirs."""
STORED = "SELECT count(*) FROM articles WHERE title <> '' AND body <> ''"


@dataclass(frozen=True)
class Cost:
    """What one run of a command took."""

    cpu: float
    """Seconds of processor time, user and system, of the process and its children."""
    memory: int
    """Peak resident memory, bytes."""


@dataclass(frozen=True)
class Course:
    """What the contestants are sent over: a portal being served."""

    url: str
    """Its start page."""
    articles: list[str]
    """The addresses of its articles, newest first."""


@dataclass(frozen=True)
class Contestant:
    """A command to measure: over the whole course, and over as little of it as it can."""

    name: str
    does: str
    """What it is, for the reader of the table."""
    run: Callable[[Course, Path, bool], tuple[Cost, int]]
    """Runs it in an empty folder, over the whole course or a little of it; returns the pages that
    it fetched beside what it took."""


def run_ours(
    course: Course, folder: Path, whole: bool, program: Sequence[str] = ("-m", "tinhuyen")
) -> tuple[Cost, int]:
    """Run ``tinhuyen crawl`` as an operator does, but for the delay between requests."""
    (folder / "bench.toml").write_text(
        f'[bench]\nname = "Huyện Thử"\nbase_url = "{course.url}"\ncms = "newspaper"\n'
        "delay = 0.0001\n",
        encoding="utf-8",
    )
    db = folder / "archive.db"
    command = [sys.executable, *program, "crawl", "bench", "--db", str(db)]
    cost, _ = measure(
        command + ([] if whole else ["--limit", "1"]),
        folder,
        TINHUYEN_SITES=str(folder),
        TINHUYEN_CONTACT="https://tinhuyen.example/contact",
    )
    if whole:
        require_rows(db, STORED, course)
        require_rows(db, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'bai'", course)
    return cost, count(db, "SELECT requests FROM runs")


def run_unindexed(course: Course, folder: Path, whole: bool) -> tuple[Cost, int]:
    """Run the same, without what brings the index of ranked search up in the end."""
    return run_ours(course, folder, whole, ("-c", _UNINDEXED))


_UNINDEXED = """
from tinhuyen import cli, indexing
indexing.keep_up = lambda *_, **__: None
cli.main()
"""


def run_plain(course: Course, folder: Path, whole: bool) -> tuple[Cost, int]:
    """Run Scrapy over the list of all addresses."""
    addresses = folder / "addresses.txt"
    addresses.write_text("\n".join(course.articles if whole else course.articles[:1]))
    cost, log = measure(scrapy("plain.py", addresses=addresses), folder)
    pages = fetched(log)
    if whole and pages != len(course.articles):
        raise BenchError(f"{pages} of {len(course.articles)} pages were fetched:\n{log}")
    return cost, pages


def run_afternoon(course: Course, folder: Path, whole: bool) -> tuple[Cost, int]:
    """Run the usual spider from the newest article to the oldest."""
    db = folder / "afternoon.db"
    command = scrapy("afternoon.py", url=course.articles[0], db=db)
    cost, log = measure(command + ([] if whole else ["-s", "CLOSESPIDER_ITEMCOUNT=1"]), folder)
    if whole:
        require_rows(db, STORED, course)
    return cost, fetched(log)


OURS = Contestant("ours", "tinhuyen crawl: read, clean, store, index", run_ours)
CONTESTANTS = (
    OURS,
    Contestant("plain", "Scrapy with its defaults, which only fetches", run_plain),
    Contestant("afternoon", "Scrapy, BeautifulSoup, an insert an article", run_afternoon),
)
INDEXED = (OURS, Contestant("unindexed", "the same without the index of search", run_unindexed))


def scrapy(spider: str, **arguments: object) -> list[str]:
    """Return the command that runs a spider; without debug lines, which would cost it time."""
    options = [part for key, value in arguments.items() for part in ("-a", f"{key}={value}")]
    spider = str(SPIDERS / spider)
    return [sys.executable, "-m", "scrapy", "runspider", spider, "-s", "LOG_LEVEL=INFO", *options]


def measure(command: list[str], folder: Path, **environment: str) -> tuple[Cost, str]:
    """Run a command in *folder*; return what it took and what it printed.

    Python may keep what it compiles, as where it is installed: else start-up is a third longer.
    Raises `BenchError` with its output if it fails.
    """
    left_out = ("TINHUYEN_", "SCRAPY_", "PYTHONDONTWRITEBYTECODE")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    output = folder / "output.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=folder, env=inherited | environment, stdout=sink, stderr=sink
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    printed = output.read_text(encoding="utf-8")
    if process.returncode:
        raise BenchError(f"{' '.join(command)}\nended with {process.returncode}:\n{printed}")
    kibibyte = 1 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kibibyte), printed


def fetched(log: str) -> int:
    """Return how many pages Scrapy's log says were fetched."""
    found = re.search(r"'downloader/response_status_count/200': (\d+)", log)
    return int(found[1]) if found else 0


def require_rows(db: Path, sql: str, course: Course) -> None:
    """Raise `BenchError` unless a query counts every article of the course."""
    if (rows := count(db, sql)) != len(course.articles):
        raise BenchError(f"{db.name} holds {rows} of {len(course.articles)} articles: {sql}")


def count(db: Path, sql: str) -> int:
    """Return the one number that a query yields."""
    with closing(sqlite3.connect(db)) as connection:
        return int(connection.execute(sql).fetchone()[0])


@contextmanager
def coursed(posts: int, page_bytes: int) -> Iterator[Course]:
    """Serve the demo portal, and say where its articles are."""
    paths = [post.path for post in Portal.scaled(posts, page_bytes).newest]
    with served(posts, page_bytes) as url:
        yield Course(f"{url}/", [url + path for path in paths])


@dataclass(frozen=True)
class Result:
    """What a contestant took, the median of the rounds."""

    name: str
    does: str
    cpu_a_page: float
    """Milliseconds of processor time a page, beyond start-up."""
    start_up: float
    """Seconds of processor time before the first page."""
    memory: float
    """Peak resident memory over the whole course, MiB."""
    rounds: list[float]
    """``cpu_a_page`` of every round."""


def race(
    contestants: Sequence[Contestant], course: Course, rounds: int, tell: Callable[[str], None]
) -> list[Result]:
    """Send some contestants over the course in turn, *rounds* times."""
    runs: dict[str, list[tuple[float, float, float]]] = {c.name: [] for c in contestants}
    for number in range(1, rounds + 1):
        for contestant in contestants:
            with (
                TemporaryDirectory(prefix="bench-") as short,
                TemporaryDirectory(prefix="bench-") as long,
            ):
                start, few = contestant.run(course, Path(short), False)
                whole, all_ = contestant.run(course, Path(long), True)
            a_page = (whole.cpu - start.cpu) / (all_ - few)
            runs[contestant.name].append((a_page, start.cpu - few * a_page, whole.memory))
            tell(f"round {number} of {rounds}: {contestant.name} {a_page * 1000:.2f} ms a page")
    return [_result(contestant, runs[contestant.name]) for contestant in contestants]


def _result(contestant: Contestant, runs: Sequence[tuple[float, float, float]]) -> Result:
    a_page, start_up, memory = zip(*runs, strict=True)
    return Result(
        contestant.name,
        contestant.does,
        round(median(a_page) * 1e3, 3),
        round(median(start_up), 2),
        round(median(memory) / 2**20, 1),
        [round(cpu * 1e3, 3) for cpu in a_page],
    )


def ratios(results: list[Result]) -> dict[str, float]:
    """Return our time a page as a multiple of each other contestant's, by its name."""
    ours, *others = results
    return {other.name: ours.cpu_a_page / other.cpu_a_page for other in others}


def report(results: list[Result], posts: int) -> Iterator[str]:
    """Yield the lines of the table and of what it says."""
    yield f"{posts} articles, median of {len(results[0].rounds)} rounds"
    yield ""
    yield f"{'':10} {'CPU a page':>11} {'start-up':>9} {'peak memory':>12}"
    for r in results:
        yield (
            f"{r.name:10} {r.cpu_a_page:8.2f} ms {r.start_up:7.2f} s {r.memory:8.0f} MiB  {r.does}"
        )
    yield ""
    for name, ratio in ratios(results).items():
        aim = AIMS.get(name)
        verdict = "met" if aim and ratio <= aim else "not met"
        judged = f" (aim: at most {aim:g}: {verdict})" if aim else ""
        yield f"ours / {name}: {ratio:.2f}{judged}"


# What reading a page takes


def reading(times: int) -> Iterator[str]:
    """Yield a line for each page reader: processor time a page, and that of parsing it alone.

    A family reads its fixtures; ``generic`` other people's pages, if they are at hand.
    """
    fixtures = sorted((ROOT / "tests" / "fixtures").glob("*/*.html"))
    courses = {name: [f.read_bytes() for f in fixtures if f.parent.name == name] for name in CMS}
    try:
        courses["generic"] = [sample.body for sample in corpus(PAGES)]
    except QualityError as error:
        print(f"generic reads its fixtures: {error}", file=sys.stderr)
    yield f"{'':12}{'pages':>6}{'bytes':>9}{'parsing':>11}{'reading':>11}{'beyond':>11}"
    for name, bodies in courses.items():
        parsing = _a_page(lambda body: LexborHTMLParser(decode(body)[0]), bodies, times)
        whole = _a_page(lambda body, cms=name: read_page(body, _URL, cms=cms), bodies, times)
        size = sum(map(len, bodies)) // max(1, len(bodies))
        figures = "".join(f"{ms:8.2f} ms" for ms in (parsing, whole, whole - parsing))
        yield f"{name:12}{len(bodies):6}{size:9}{figures}"


_URL = "https://huyen.example/tin/trong-rung.html"


def _a_page(read: Callable[[bytes], object], bodies: list[bytes], times: int) -> float:
    """Return the least of some measurements, in milliseconds of processor time a page."""
    least = float("inf")
    for _ in range(times):
        before = time.process_time()
        for body in bodies:
            read(body)
        least = min(least, time.process_time() - before)
    return least / max(1, len(bodies)) * 1000


def main() -> None:
    """Run the bench and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=2000, help="articles of the portal (2000)")
    parser.add_argument("--page-bytes", type=int, default=100_000, help="of a page (100000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (3)")
    parser.add_argument("--quick", action="store_true", help="300 articles, one round")
    parser.add_argument("--json", action="store_true", help="print the figures for a program")
    parser.add_argument("--index", action="store_true", help="with the index of search and without")
    parser.add_argument("--readers", action="store_true", help="the page readers alone")
    options = parser.parse_args()
    if options.readers:
        print(*reading(options.rounds), sep="\n")
        return
    if options.quick:
        options.pages, options.rounds = 300, 1
    if options.pages < 50 or options.rounds < 1:
        parser.error("it takes 50 pages and one round at least")
    try:
        with coursed(options.pages, options.page_bytes) as course:
            contestants = INDEXED if options.index else CONTESTANTS
            tell = partial(print, file=sys.stderr)
            results = race(contestants, course, options.rounds, tell)
    except BenchError as error:
        sys.exit(f"bench: {error}")
    if options.json:
        print(json.dumps({"results": [asdict(r) for r in results], "ratios": ratios(results)}))
    else:
        print(*report(results, options.pages), sep="\n")


if __name__ == "__main__":
    main()
