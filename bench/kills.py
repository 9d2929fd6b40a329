"""A crawl killed again and again, or out of disk, ends with the archive of one left in peace.

``python bench/kills.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from disks import small_disk
from stage import MIB, BenchError, Stage, Verdict, perform

from crawler.settings import CONCURRENT_REQUESTS
from demo.faults import Faults
from demo.portal import Portal
from demo.server import Server, serving
from pipelines.batch import MOST_VISITS
from tests.content import content_hash

SITE = "bench"
HELD = "SELECT count(*) FROM articles"
SMALLEST_DISK = 5 * MIB
"""Room for an empty archive and its log."""
FOUND_OUT = "run the same command again"
"""What every message about a full disk ends with."""
AGAIN = CONCURRENT_REQUESTS + MOST_VISITS
"""How many pages a kill may have asked for again: what was under way, and a batch."""
LONGEST_EXTRA = 0.05
"""Seconds that may pass between the request that a kill waits for and the kill."""


def main() -> None:
    """Run the proof that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=1000, help="of the portal (1000)")
    parser.add_argument("--kills", type=int, default=30, help="kill -9 before the end (30)")
    parser.add_argument("--seed", type=int, default=20250701, help="of the moments (20250701)")
    parser.add_argument("--disk", action="store_true", help="fill the disk up instead of killing")
    parser.add_argument(
        "--limit-files", action="store_true", help="the disk being a limit on files"
    )
    parser.add_argument("--fills", type=int, default=8, help="times that the disk is full (8)")
    parser.add_argument("--quick", action="store_true", help="200 articles, 8 kills or 4 fills")
    options = parser.parse_args()
    if options.quick:
        options.articles, options.kills, options.fills = 200, 8, 4
    perform(fill if options.disk else kill, options)


@contextmanager
def portal_and_stage(articles: int) -> Iterator[tuple[Server, Stage]]:
    """Serve a portal whose pages never change, and describe it."""
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        serving(Portal.scaled(articles, page_bytes=0), Faults(counter=False)) as server,
    ):
        yield server, Stage.of(Path(folder), {SITE: server.url}, delay=0.001)


def undisturbed(server: Server, stage: Stage) -> tuple[str, float]:
    """Crawl in peace; return the hash of what the archive says, and the seconds of start-up."""
    began = time.monotonic()
    stage.crawl(SITE)
    whole = content_hash(stage.db)
    if (held := stage.count(HELD)) != len(server.portal.posts):
        raise BenchError(f"{held} of {len(server.portal.posts)} articles are held")
    return whole, server.log[0].time - began


def pages_fetched(server: Server) -> int:
    """Return how many requests were for pages of articles."""
    slugs = set(server.portal.slugs)
    return sum(request.target.strip("/") in slugs for request in server.log)


# Killed


def kill(options: argparse.Namespace, verdict: Verdict) -> None:
    """Kill the crawl at random moments, then let it end."""
    chance = random.Random(options.seed)
    with portal_and_stage(options.articles) as (server, stage):
        whole, start_up = undisturbed(server, stage)
        verdict.tell("pages fetched by a crawl left in peace", str(pages_fetched(server)))
        stage.forget()
        server.log.clear()
        moments = iter(plan(chance, options.kills))
        kills, early = 0, 0
        while kills < options.kills:
            moment = next(moments, "pages")
            left = options.articles - stage.count(HELD)
            if not left:
                break
            most = max(1, 3 * left // (2 * (options.kills - kills + 1)))
            process = stage.start(SITE)
            wait_for(moment, chance, server, process, start_up, most)
            process.kill()
            killed = stage.end(process).code == -9
            kills += killed
            early += not killed
            what = f"  killed {kills}, {moment}:" if killed else f"  ended early, {moment}:"
            verdict.tell(what, f"{stage.count(HELD)} held")
        stage.crawl(SITE)
        fetched = pages_fetched(server)
        most_pages = options.articles + kills * AGAIN
        same = content_hash(stage.db) == whole
        counted = stage.count("SELECT count(*) FROM runs WHERE outcome = 'killed'")
        verdict.judge("kill -9", str(kills), f"{options.kills}", kills == options.kills)
        verdict.tell("of these after their run had begun", str(counted))
        verdict.judge("content", "same" if same else "other", "as in peace", same)
        verdict.judge("pages fetched", str(fetched), f"at most {most_pages}", fetched <= most_pages)
        verdict.tell("requests in all", str(len(server.log)))


def plan(chance: random.Random, kills: int) -> list[str]:
    """Return at which stage of a crawl each kill is to come."""
    few = max(1, kills // 6)
    first = ["route walk"] * few + ["start-up"] * few
    chance.shuffle(first)
    later = ["start-up"] * few + ["pages"] * (kills - 3 * few)
    chance.shuffle(later)
    return first + later


def wait_for(
    moment: str,
    chance: random.Random,
    server: Server,
    process: "subprocess.Popen[str]",
    start_up: float,
    most: int,
) -> None:
    """Wait for a random moment of a stage, or until the crawl has ended."""
    if moment == "start-up":
        time.sleep(chance.uniform(0, start_up))
        return
    requests = len(server.log) + chance.randint(1, 4 if moment == "route walk" else most)
    while len(server.log) < requests and Stage.is_running(process):
        time.sleep(0.001)
    time.sleep(chance.uniform(0, LONGEST_EXTRA))


# Out of disk


def fill(options: argparse.Namespace, verdict: Verdict) -> None:
    """Let the disk fill up, make it a little larger, go on, until all is held."""
    with portal_and_stage(options.articles) as (server, stage):
        whole, _ = undisturbed(server, stage)
        needed = stage.db.stat().st_size
        stage.forget()
        server.log.clear()
        with small_disk(stage, mounted=not options.limit_files) as disk:
            print(f"on {disk.kind}")
            fills = stopped = clear = sound = 0
            for number in range(1, options.fills + 1):
                more = disk.enough(needed) - SMALLEST_DISK
                size = SMALLEST_DISK + more * (number - 1) // options.fills
                disk.resize(size)
                done = disk.crawl(SITE)
                if done.code == 0:
                    break
                fills += 1
                stopped += done.code == 1
                if FOUND_OUT in " ".join(done.told.split()) and "Traceback" not in done.told:
                    clear += 1
                else:
                    print(done.told)
                sound += is_sound(disk.stage.db, stage.folder / "copy")
                verdict.tell(f"  full at {size / MIB:.2f} MiB:", f"{disk.stage.count(HELD)} held")
            disk.resize(2 * needed + 64 * MIB)
            last = disk.crawl(SITE)
            same = last.code == 0 and content_hash(disk.stage.db) == whole
        fetched = pages_fetched(server)
        most = options.articles + fills * AGAIN
        verdict.judge("disk full", str(fills), f"{options.fills}", fills == options.fills)
        verdict.judge("exit code 1", str(stopped), f"{fills}", stopped == fills)
        verdict.judge("told so, without a traceback", str(clear), f"{fills}", clear == fills)
        verdict.judge("archive and text index sound", str(sound), f"{fills}", sound == fills)
        verdict.judge("content", "same" if same else "other", "as in peace", same)
        verdict.judge("pages fetched", str(fetched), f"at most {most}", fetched <= most)


def is_sound(db: Path, folder: Path) -> bool:
    """Whether an archive and its text index are whole; looked at as a copy, where there is room."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in (db, db.with_name(f"{db.name}-wal")):
        if file.exists():
            shutil.copy(file, folder)
    if not (folder / db.name).stat().st_size:
        return True  # not even begun
    with closing(sqlite3.connect(folder / db.name)) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        apart = (
            "SELECT count(*) FROM articles WHERE id NOT IN (SELECT id FROM articles_fts_docsize)"
        )
        loose = connection.execute("PRAGMA foreign_key_check").fetchall()
        indexed = connection.execute(apart).fetchone()[0] == 0
        # Raises sqlite3.DatabaseError where the index contradicts itself.
        connection.execute("INSERT INTO articles_fts(articles_fts) VALUES ('integrity-check')")
        return whole and indexed and not loose


if __name__ == "__main__":
    main()
