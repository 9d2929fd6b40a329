"""A country of portals: crawled in one process, and told of in an archive of a million articles.

``python bench/country.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from urllib.parse import urlsplit

from stage import MIB, BenchError, Stage, Verdict, perform, served

from crawler.country import units
from crawler.settings import CONCURRENT_SITES
from reading_room import reading_room
from tests.raw import bare, lone, of_pages, raw_server
from tests.web_archive import remembering

MEMORY = 300
"""MiB that the crawl of all sites takes at most."""
SECONDS = 1.0
"""What each page and command that tells of all sites takes at most."""
KINDS = {"slow": 3, "taken": 5, "dead": 7}
"""Of every ten sites one is slow to answer, one's host is a stranger's by now, and one is dead."""
STRANGER = "02071"
"""The code of the commune whose portal has the hosts that are taken over."""
LATENCY = 2.0
"""Seconds before each answer of a slow site."""


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sites", type=int, default=700, help="portals (700)")
    parser.add_argument("--articles", type=int, default=10, help="of each portal (10)")
    parser.add_argument("--page-bytes", type=int, default=100_000, help="of a page (100000)")
    parser.add_argument("--delay", type=float, default=0.2, help="between two requests, s (0.2)")
    parser.add_argument("--held", type=int, default=1_000_000, help="articles told of (1000000)")
    parser.add_argument("--quick", action="store_true", help="70 sites, 20000 articles")
    options = parser.parse_args()
    if options.quick:
        options.sites, options.held = 70, 20_000
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Crawl all sites in one process; then let the archive grow, and time what tells of it."""
    with ExitStack() as stack:
        quick, slow = (
            stack.enter_context(
                served(options.articles, options.page_bytes, host="0.0.0.0", latency=latency)
            )
            for latency in (0.0, LATENCY)
        )
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        stranger = stack.enter_context(raw_server(of_pages(_pages_of_stranger()), host="0.0.0.0"))
        archive = stack.enter_context(remembering([]))
        ports = {
            **dict.fromkeys(range(10), urlsplit(quick).port),
            KINDS["slow"]: urlsplit(slow).port,
            KINDS["taken"]: urlsplit(stranger.url).port,
            KINDS["dead"]: 1,  # where nobody listens
        }
        # Each site has a host of its own, on loopback.
        sites = {
            f"s{n:03}": f"http://127.{1 + n // 250}.0.{1 + n % 250}:{ports[n % 10]}"
            for n in range(options.sites)
        }
        stage = Stage.of(folder, sites, options.delay)
        crawl(stage, options, archive.url, verdict)
        judge_taken(stage, {*stranger.asked}, options, verdict)
        told = f"{options.sites} sites, {grow(stage.db, options.held)} articles"
        verdict.tell("told of", told)
        tell(stage, verdict)


def _pages_of_stranger() -> dict[str, str]:
    """Return the pages of a commune's portal, with news that a crawl would read as any other's."""
    news = lone(5)
    links = "".join(f'<li><a href="{path}">Tin</a></li>' for path in news)
    name = f"Trang thông tin điện tử {units()[STRANGER].full_name}"
    return {"/": bare(f"<title>{name}</title>", f"<h1>{name}</h1><ul>{links}</ul>")} | news


def _number_of(kind: str, options: argparse.Namespace) -> int:
    return sum(number % 10 == KINDS[kind] for number in range(options.sites))


def crawl(stage: Stage, options: argparse.Namespace, archive: str, verdict: Verdict) -> None:
    """Crawl all sites that are due, once they were surveyed; web archives have nothing of any. All
    are held but the dead ones, which are asked again another day, and those that are taken over.
    """
    began = time.monotonic()
    done = stage.crawl("--wayback", archive)
    took = time.monotonic() - began
    dead, taken = (_number_of(kind, options) for kind in ("dead", "taken"))
    whole = sum(told["held"] == options.articles for told in done.summaries)
    verdict.tell("sites at once", str(CONCURRENT_SITES))
    verdict.tell("crawled in", f"{took:.0f} s")
    verdict.tell("processor time a held article", f"{done.cpu / (whole * options.articles):.3f} s")
    verdict.judge(
        "sites held whole", f"{whole} of {options.sites}",
        f"all but {dead} dead, {taken} taken over", whole == options.sites - dead - taken,
    )  # fmt: skip
    memory = done.memory / MIB
    verdict.judge("peak memory", f"{memory:.0f} MiB", f"at most {MEMORY} MiB", memory <= MEMORY)


def judge_taken(
    stage: Stage, asked: set[str], options: argparse.Namespace, verdict: Verdict
) -> None:
    """Judge what was said and held of the sites whose hosts are a stranger's, which was *asked* for
    some paths.
    """
    taken = _number_of("taken", options)
    keys = f"CAST(substr(site, 2) AS INTEGER) % 10 = {KINDS['taken']}"
    told = stage.count(
        "SELECT count(DISTINCT site) FROM last_surveys"
        f" WHERE {keys} AND says = 'other' AND unit = '{STRANGER}'"
    )
    others = stage.count(f"SELECT count(*) FROM last_surveys WHERE NOT {keys} AND says = 'other'")
    verdict.judge("sites taken over that a survey told", f"{told}", f"all {taken}", told == taken)
    verdict.judge("  and others that it took for such", f"{others}", "none", others == 0)
    held = stage.count(f"SELECT count(*) FROM articles WHERE {keys}")
    verdict.judge("articles of the stranger that are held", f"{held}", "none", held == 0)
    news = len(asked - {"/", "/robots.txt"})
    verdict.judge("  and that it was asked for", f"{news}", "none", news == 0)


def grow(db: Path, held: int) -> int:
    """Write each article and its address many times over, until *held* are; return how many are."""
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        (changed,) = connection.execute("SELECT max(changed) FROM articles").fetchone()
        times = held // articles - 1
        if times < 1:
            raise BenchError(f"{articles} articles are held: there is nothing to grow")
        again = "{} || '?n=' || n"
        _copy(connection, "urls", times, {c: again.format(c) for c in ("url", "urlkey")})
        other = {c: again.format(c) for c in ("url", "next_url")} | {
            "prev_url": f"coalesce({again.format('prev_url')}, url)",  # no chain is broken
            "code": "'x' || id || '-' || n",
            "changed": f"{changed} + id * {times} + n",
            "published_at": "strftime('%Y-%m-%dT%H:%M:%S+07:00', substr(published_at, 1, 19), "
            "'-' || n || ' hours')",
        }
        _copy(connection, "articles", times, other)
        connection.execute("ANALYZE")
        (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
    return int(articles)


def _copy(connection: sqlite3.Connection, table: str, times: int, other: dict[str, str]) -> None:
    """Write each row *times* times more, with *other* values of some columns, by number ``n``."""
    columns = [
        name
        for _, name, *_, hidden in connection.execute(f"PRAGMA table_xinfo({table})")
        if not hidden and name != "id"
    ]
    values = ", ".join(other.get(name, name) for name in columns)
    connection.execute(
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {values} FROM {table} CROSS JOIN numbers",
        [times],
    )


def tell(stage: Stage, verdict: Verdict) -> None:
    """Time what tells of all sites: commands as processes, start-up left out, and the pages."""
    for name in ("gaps", "status"):
        command = [sys.executable, "-m", "tinhuyen", name, "--db", str(stage.db)]
        start = _timed(_run([*command, "--help"]))
        took = _timed(_run(command))
        left = Took(took.wall - start.wall, took.cpu - start.cpu)
        _judge(f"tinhuyen {name}", left, verdict)
    asyncio.run(_tell_pages(stage, verdict))


def _run(command: list[str]) -> Callable[[], object]:
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL)


async def _tell_pages(stage: Stage, verdict: Verdict) -> None:
    room = reading_room(stage.db)
    for path in ("/", "/coverage", "/coverage.json", "/coverage/s000"):
        (await room.client.get(path)).raise_for_status()  # the first opens the archive
        began = Took.now()
        (await room.client.get(path)).raise_for_status()
        _judge(path, Took.since(began), verdict)


@dataclass(frozen=True, slots=True)
class Took:
    """What something took, in seconds."""

    wall: float
    cpu: float
    """Processor time of this process and of those that it has waited for."""

    @classmethod
    def now(cls) -> Self:
        """Return what everything took so far."""
        return cls(time.monotonic(), sum(os.times()[:4]))

    @classmethod
    def since(cls, began: Self) -> Self:
        """Return what was taken since *began*, which `now` has returned."""
        now = cls.now()
        return cls(now.wall - began.wall, now.cpu - began.cpu)


def _timed(work: Callable[[], object]) -> Took:
    began = Took.now()
    work()
    return Took.since(began)


def _judge(what: str, took: Took, verdict: Verdict) -> None:
    aim = f"at most {SECONDS:.0f} s"
    verdict.judge(what, f"{took.wall:.2f} s", aim, took.wall <= SECONDS)
    verdict.tell("  of which processor time", f"{took.cpu:.2f} s")


if __name__ == "__main__":
    main()
