"""How long readers wait for each kind of page of a large archive, while a crawl writes to it.

``python bench/pages.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode

from large import make_archive
from stage import ROOT, BenchError, Verdict, perform

READERS = 8
COLD, WARM = 500.0, 150.0
"""Milliseconds within which the first front page is there, and half of all later ones."""
BATCH, PAUSE = 20, 1.0
"""Articles that the crawl stores at a time, and seconds between two such batches."""

_SERVER = """
import sys, uvicorn
from pathlib import Path
from reading_room import reading_room
from reading_room.visitors.rules import Rules
app = reading_room(Path(sys.argv[1]), Rules(workers=2)).app()
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=100_000, help="that are held (100000)")
    parser.add_argument("--db", type=Path, help="an archive to ask; without it one is made")
    parser.add_argument("--requests", type=int, default=150, help="of each reader (150)")
    parser.add_argument("--pause", type=float, default=1.0, help="s that a page is read (1)")
    parser.add_argument("--port", type=int, default=8797, help="of the room (8797)")
    parser.add_argument("--still", action="store_true", help="no crawl writes meanwhile")
    parser.add_argument("--quick", action="store_true", help="2000 articles, 40 requests")
    options = parser.parse_args()
    if options.quick:
        options.articles, options.requests, options.pause = 2_000, 40, 0.2
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Ask a room just opened for its front page, and another for coverage; then have eight readers
    ask for pages of all kinds, each of which they read for a while, as articles are stored.
    """
    with ExitStack() as stack:
        db = options.db
        if db is None:
            db = Path(stack.enter_context(TemporaryDirectory(prefix="bench-"))) / "archive.db"
            make_archive(db, options.articles)
        paths = paths_of(db)
        with served(db, options.port):
            cold = ask(options.port, paths["front"][0])
        verdict.judge("the first front page", f"{cold.milliseconds:.0f} ms",
                      f"at most {COLD:.0f} ms", cold.milliseconds <= COLD)  # fmt: skip
        with served(db, options.port) as server:
            cold = ask(options.port, paths["coverage"][0])
            verdict.tell("the first coverage page", f"{cold.milliseconds:.0f} ms")
            for of_kind in paths.values():
                ask(options.port, of_kind[0])
            began = processor_time(server.pid)
            with _nobody() if options.still else crawling(db) as crawl:
                readers = [Reader(number, options, paths) for number in range(READERS)]
                for reader in readers:
                    reader.start()
                for reader in readers:
                    reader.join()
            spent = processor_time(server.pid) - began
        asked = [each for reader in readers for each in reader.asked]
        judge(asked, verdict)
        verdict.tell("articles stored meanwhile", str(crawl.stored))
        verdict.tell("processor time of a page", f"{1000 * spent / len(asked):.0f} ms")


@dataclass(frozen=True, slots=True)
class Asked:
    """A page that was asked for."""

    kind: str
    status: int
    milliseconds: float


def judge(asked: list[Asked], verdict: Verdict) -> None:
    """Print what the pages of each kind took, the median and that of the slowest of a hundred."""
    for kind in dict.fromkeys(each.kind for each in sorted(asked, key=lambda each: each.kind)):
        took = [each.milliseconds for each in asked if each.kind == kind]
        half = statistics.median(took)
        most = statistics.quantiles(took, n=100)[-1] if len(took) > 1 else half
        figure = f"{half:.0f} / {most:.0f} ms"
        if kind == "front":
            verdict.judge(f"{kind}, p50 / p99", figure, f"p50 at most {WARM:.0f} ms", half <= WARM)
        else:
            verdict.tell(f"{kind}, p50 / p99", figure)
    failed = [each for each in asked if each.status != 200]
    told = ", ".join(sorted({f"{each.kind} {each.status}" for each in failed}))
    verdict.judge("pages that failed", f"{len(failed)} {told}".strip(), "none", not failed)


def paths_of(db: Path) -> Mapping[str, list[str]]:
    """Return addresses of each kind of page: of portals, places and documents the largest."""
    with closing(sqlite3.connect(f"{db.resolve().as_uri()}?mode=ro", uri=True)) as archive:

        def found(sql: str) -> list[str]:
            return [str(row[0]) for row in archive.execute(sql)]

        sites = found("SELECT site FROM articles GROUP BY site ORDER BY count(*) DESC LIMIT 5")
        keys = found("SELECT key FROM citations GROUP BY key ORDER BY count(*) DESC LIMIT 5")
        codes = found("SELECT code FROM articles WHERE id % 997 = 1 LIMIT 50")
        communes = found("SELECT code FROM places GROUP BY code ORDER BY count(*) DESC LIMIT 3")
        provinces = found(
            "SELECT districts.province FROM districts JOIN sites ON district = districts.code"
            " JOIN articles ON site = key GROUP BY 1 ORDER BY count(*) DESC LIMIT 3"
        )
        last = archive.execute(
            "SELECT published_at, id FROM articles ORDER BY published_at DESC, id LIMIT 1 OFFSET 49"
        ).fetchone()
    after = f"{last[0].replace(':', '~3A').replace('+', '~2B')},{last[1]}"
    return {
        "front": ["/"],
        "table with facets": ["/archive/articles"],
        "table of a portal": [f"/archive/articles?site={site}" for site in sites],
        "second page, newest first": [
            "/archive/articles?" + urlencode({"_next": after, "_sort_desc": "published_at"})
        ],
        "database": ["/archive"],
        "coverage": ["/coverage", "/coverage?verdict=incomplete", "/coverage?page=3"],
        "portal": [f"/coverage/{site}" for site in sites],
        "places": ["/places"],
        "place": [
            *(f"/places/district/{site[1:]}" for site in sites),
            *(f"/places/province/{code}" for code in provinces),
            *(f"/places/commune/{code}" for code in communes),
        ],
        "document": [f"/documents/{quote(key)}" for key in keys],
        "documents": ["/documents", "/documents?name=luat", "/documents.json?type=Luật"],
        "article": [f"/a/{code}" for code in codes],
    }


def ask(port: int, path: str, kind: str = "") -> Asked:
    """Ask the room for a page, and read all of it."""
    began = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as room:
        room.request("GET", quote(path, safe="/?&=%~,+()"), headers={"accept-language": "vi"})
        answer = room.getresponse()
        answer.read()
    return Asked(kind, answer.status, 1000 * (time.monotonic() - began))


class Reader(threading.Thread):
    """Somebody who asks for one page after the other, of kinds in an order of their own."""

    def __init__(
        self, number: int, options: argparse.Namespace, paths: Mapping[str, list[str]]
    ) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self._random, self._paths = Random(number), paths
        self._requests, self._port, self._pause = options.requests, options.port, options.pause

    def run(self) -> None:
        """Ask for as many pages as a reader does."""
        for _ in range(self._requests):
            kind = self._random.choice(list(self._paths))
            self.asked.append(ask(self._port, self._random.choice(self._paths[kind]), kind))
            time.sleep(self._random.expovariate(1 / self._pause) if self._pause else 0)


@contextmanager
def served(db: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve the reading room of an archive by a process of its own."""
    command = [sys.executable, "-c", _SERVER, str(db), str(port)]
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            for _ in range(600):
                try:
                    ask(port, "/robots.txt")
                    break
                except OSError:
                    if server.poll() is not None:
                        raise BenchError("the reading room did not open") from None
                    time.sleep(0.1)
            yield server
        finally:
            server.terminate()


def processor_time(pid: int) -> float:
    """Return the seconds of processor time that a process has taken so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Crawl:
    """What a crawl has stored."""

    stored: int = field(default=0)


@contextmanager
def _nobody() -> Iterator[Crawl]:
    yield Crawl()


@contextmanager
def crawling(db: Path) -> Iterator[Crawl]:
    """Store a batch of articles each second, as a crawl does: each with its address in one
    transaction.
    """
    crawl, ends = Crawl(), threading.Event()

    def store() -> None:
        with closing(sqlite3.connect(db, timeout=60)) as archive:
            while not ends.wait(PAUSE):
                with archive:
                    _store(archive, crawl.stored)
                crawl.stored += BATCH

    thread = threading.Thread(target=store)
    thread.start()
    try:
        yield crawl
    finally:
        ends.set()
        thread.join()


def _store(archive: sqlite3.Connection, stored: int) -> None:
    """Store further articles like some that are there."""
    archive.execute("UPDATE counters SET value = value + ? WHERE name = 'changed'", [BATCH])
    (changed,) = archive.execute("SELECT value FROM counters WHERE name = 'changed'").fetchone()
    columns = [
        name
        for _, name, *_, hidden in archive.execute("PRAGMA table_xinfo(articles)")
        if not hidden and name != "id"
    ]
    other = {
        "url": f"url || '?n=' || {changed} || '-' || id",
        "code": f"'n{changed}-' || id",
        "changed": f"{changed} - (SELECT count(*) FROM articles AS a WHERE a.id < articles.id"
        f" AND a.id > {stored})",
    }
    values = ", ".join(other.get(name, name) for name in columns)
    archive.execute(
        f"INSERT INTO articles ({', '.join(columns)}) SELECT {values} FROM articles"
        f" WHERE id > {stored} AND id <= {stored + BATCH}"
    )
    archive.execute(
        "INSERT INTO urls (site, url, urlkey, found_by, found_at, state)"
        " SELECT site, url, url, 'rest', first_seen_at, 'held' FROM articles"
        f" WHERE changed > {changed - BATCH}"
    )


if __name__ == "__main__":
    main()
