"""Two processes beside one: how much more of the same work they do in the same time.

``python bench/processes.py --help`` tells the options; bench/README.md how to read the result.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from stage import BenchError, Stage, Verdict, perform, served

from tests.content import content_hash

AIM = 1.8
"""How many times as much two processes do."""
NUMBERS = (1, 2)
COMMANDS = ("reread", "verify")


@dataclass(frozen=True)
class Took:
    """What a piece of work took, seconds."""

    wall: float
    cpu: float
    """Of all its processes."""


Takings = dict[tuple[str, int], list[Took]]
"""What each kind of work took in so many processes, round by round."""


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sites", type=int, default=24, help="portals (24)")
    parser.add_argument("--pages", type=int, default=60, help="articles of each (60)")
    parser.add_argument("--page-bytes", type=int, default=100_000, help="of a page (100000)")
    parser.add_argument("--rounds", type=int, default=2, help="of each, in turn (2)")
    parser.add_argument("--quick", action="store_true", help="6 sites of 20 articles, one round")
    options = parser.parse_args()
    if options.quick:
        options.sites, options.pages, options.rounds = 6, 20, 1
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Do everything in one process and in two, in turn; compare the best of each."""
    if len(os.sched_getaffinity(0)) < max(NUMBERS):
        raise BenchError(f"this takes {max(NUMBERS)} cores")
    took: Takings = defaultdict(list)
    hashes: set[str] = set()
    before = cpu_of_children()
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        served(options.pages, options.page_bytes, host="0.0.0.0") as url,
    ):
        port = urlsplit(url).port
        # Each site has a host of its own, on loopback.
        sites = {f"s{n}": f"http://127.0.0.{n + 2}:{port}" for n in range(options.sites)}
        stage = Stage.of(Path(folder), sites, delay=0.0001)
        for _ in range(options.rounds):
            for processes in NUMBERS:
                hashes |= round_of(stage, [*sites], processes, took)
    server = cpu_of_children() - before - sum(one.cpu for each in took.values() for one in each)
    pages = options.sites * options.pages
    verdict.tell("pages, and rounds", f"{pages}, {options.rounds}")
    verdict.tell("load of the machine when it ended", f"{os.getloadavg()[0]:.1f}")
    crawled = pages * options.rounds * len(NUMBERS)
    verdict.tell("the server's processor time a page", f"{1e3 * server / crawled:.2f} ms")
    for what in ("crawl", *COMMANDS):
        judge(what, pages, took, verdict)
    told = "the same" if len(hashes) == 1 else "several"
    verdict.judge("what is held after each of these", told, "the same", len(hashes) == 1)


def round_of(stage: Stage, keys: list[str], processes: int, took: Takings) -> set[str]:
    """Do each kind of work once, and return the hashes of what is held after each."""
    stage.forget()
    work: dict[str, Callable[[], object]] = {
        "crawl": lambda: stage.crawl(*keys, "--processes", str(processes))
    }
    work |= {name: lambda name=name: run(stage, name, processes) for name in COMMANDS}  # type: ignore[misc]
    hashes = set()
    for what, do in work.items():
        began, before = time.monotonic(), cpu_of_children()
        do()
        taken = Took(time.monotonic() - began, cpu_of_children() - before)
        took[what, processes].append(taken)
        hashes.add(content_hash(stage.db))
    return hashes


def run(stage: Stage, command: str, processes: int) -> None:
    """Run one of our commands over the archive. Raises `BenchError` if it finds a fault."""
    words = [command, "--db", str(stage.db), "--processes", str(processes)]
    done = subprocess.run(
        [sys.executable, "-m", "tinhuyen", *words],
        env=os.environ | stage.environment, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise BenchError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")


def cpu_of_children() -> float:
    """Return the processor time of all processes that have ended, seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def judge(what: str, pages: int, took: Takings, verdict: Verdict) -> None:
    """Print what a kind of work took at best, and how many times as much two processes do."""
    wall = {number: min(one.wall for one in took[what, number]) for number in NUMBERS}
    cpu = {number: min(one.cpu for one in took[what, number]) for number in NUMBERS}
    for number in NUMBERS:
        rate = f"{pages / wall[number]:.0f} pages/s"
        verdict.tell(f"{what}, {number} ({1e3 * cpu[number] / pages:.1f} ms CPU a page)", rate)
    one, two = NUMBERS
    by_clock = wall[one] / wall[two]
    # What cores of their own would do, were nothing waited for. On a busy machine two processes get
    # twice the share of one, so that the clock alone would say too much.
    by_cpu = two * cpu[one] / cpu[two]
    verdict.tell(f"{what}: {two} beside {one}, by the clock", f"{by_clock:.2f}")
    verdict.tell(f"{what}: by processor time at most", f"{by_cpu:.2f}")
    ratio = min(by_clock, by_cpu)
    verdict.judge(f"{what}: {two} beside {one}", f"{ratio:.2f}", f"at least {AIM}", ratio >= AIM)


if __name__ == "__main__":
    main()
