"""How fast an archive is read again and verified, beside the crawl that made it.

``python bench/reread.py --help`` tells the options; bench/README.md how to read the result.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from stage import BenchError, Stage, Verdict, perform, served

from archive import Archive
from crawler.sites import all_sites
from curation.texts import read_again, tasks

SITE = "bench"
ROOT = Path(__file__).parents[1]
AIM = 500
"""Pages a second that a core reads again, at least."""


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=2_000, help="articles of the portal (2000)")
    parser.add_argument("--page-bytes", type=int, default=100_000, help="of a page (100000)")
    parser.add_argument("--quick", action="store_true", help="300 articles")
    options = parser.parse_args()
    if options.quick:
        options.pages = 300
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Crawl a portal, read it again, verify it, and print how long each took."""
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        served(options.pages, options.page_bytes) as url,
    ):
        stage = Stage.of(Path(folder), {SITE: url}, delay=0.0001)
        took, cpu = timed(lambda: stage.crawl(SITE))
        tell(verdict, "crawled", options.pages, took, cpu)
        # Again without the start of processes: what a core does when it is at it.
        rate = read_by_one_core(stage)
        verdict.judge(
            "read again, by one core", f"{rate:.0f} pages/s", f"{AIM} pages/s", rate >= AIM
        )
        for command, what in (
            ("reread", "tinhuyen reread"),
            ("verify", "tinhuyen verify"),
            ("verify", "tinhuyen verify, again"),
        ):
            took, cpu = timed(lambda command=command: run(command, stage))  # type: ignore[misc]
            tell(verdict, f"{what}, on all cores", options.pages, took, cpu)


def tell(verdict: Verdict, what: str, pages: int, took: float, cpu: float) -> None:
    """Say how many pages a second were done, and of how much processor time."""
    verdict.tell(f"{what} ({cpu / pages * 1e3:.2f} ms CPU a page)", f"{pages / took:.0f} pages/s")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that a piece of work took, and those of its processes' CPU."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work()
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - start
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read_by_one_core(stage: Stage) -> float:
    """Return how many pages a second of processor time are read again."""
    with Archive.open(stage.db, read_only=True) as archive:
        work = [*tasks(archive, archive.articles.ids(), all_sites(stage.folder / "sites"))]
        read_again(work[0])  # once beforehand, so that everything is imported
        start = time.process_time()
        readings = [reading for task in work for reading in read_again(task)]
        took = time.process_time() - start
    if any(each for reading in readings for each in reading.today):
        raise BenchError("what was read again is not what was crawled")
    return len(readings) / took


def run(command: str, stage: Stage) -> None:
    """Run one of our commands over the archive. Raises `BenchError` if it finds a fault."""
    sites = {"TINHUYEN_SITES": str(stage.folder / "sites")}
    arguments = [sys.executable, "-m", "tinhuyen", command, "--db", str(stage.db)]
    done = subprocess.run(arguments, env=os.environ | sites, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
