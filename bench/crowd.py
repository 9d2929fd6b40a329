"""Many portals in one process: the dead and the slow among them hold up nobody else.

``python bench/crowd.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from stage import BenchError, Stage, Verdict, perform

from demo.faults import SOUND, Fault, Faults
from demo.portal import Portal
from demo.server import Server, serving

AIM = 1.2
SEVERAL, GAP = 5, 0.9
"""How much of the delay so many successive gaps between arrivals must have, in the mean: one that
is late, for its connection had to be opened, is soon followed by one that is in time."""
BAD = 3
IMPATIENT = ("-s", "DOWNLOAD_TIMEOUT=10")
"""So that the bad ones time out, and are asked again, while the good ones are being crawled."""
PATIENCE = 4
"""How many times what politeness allows a crawl may take before it is given up."""


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sites", type=int, default=40, help="three of them bad (40)")
    parser.add_argument("--articles", type=int, default=30, help="of each good one (30)")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds between requests (1)")
    parser.add_argument(
        "--sync-ms", type=int, default=0, help="as if the disk took so long to sync a file (0)"
    )
    parser.add_argument("--quick", action="store_true", help="12 sites of 12 articles")
    options = parser.parse_args()
    if options.quick:
        options.sites, options.articles = 12, 12
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Crawl the good ones alone, then with the bad ones among them; compare their times."""
    good = [f"tot{number:02}" for number in range(1, options.sites - BAD + 1)]
    alone = crawl(good, options, [])
    with ExitStack() as stack:
        among = crawl(good, options, list(bad_portals(stack, options.articles)))
    ratios = [among.took[site] / alone.took[site] for site in good]
    verdict.tell("sites, and bad ones among them", f"{options.sites}, {BAD}")
    verdict.tell("politeness allows each", f"{options.articles * options.delay:.1f} s")
    verdict.tell("alone: median, slowest", told(alone.took.values()))
    verdict.tell("among the bad: median, slowest", told(among.took.values()))
    if options.sync_ms:
        told_syncs = f"{alone.syncs}, {among.syncs}"
        verdict.tell(f"waits for a disk of {options.sync_ms} ms, alone, among", told_syncs)
    verdict.tell("as a multiple of alone: median", f"{median(ratios):.2f}")
    worst = max(ratios)
    verdict.judge("the worst multiple", f"{worst:.2f}", f"at most {AIM}", worst <= AIM)
    single = min(least_mean(gaps, 1) for gaps in among.gaps) / options.delay
    several = min(least_mean(gaps, SEVERAL) for gaps in among.gaps) / options.delay
    verdict.tell("least gap between two requests, of the delay", f"{single:.2f}")
    what = f"least mean of {SEVERAL} successive gaps, of the delay"
    verdict.judge(what, f"{several:.2f}", f"at least {GAP}", several >= GAP)


@dataclass(frozen=True)
class Course:
    """How a crawl of many sites went."""

    took: dict[str, float]
    """Seconds from the start of the process to a site's last request, by site."""
    syncs: int
    """How often it waited for its disk, if that is told."""
    gaps: list[list[float]]
    """Seconds between one arrival and the next, a list a site."""


def crawl(good: list[str], options: argparse.Namespace, bad: list[str]) -> Course:
    """Crawl good sites, and bad ones by their address, in one process."""
    with ExitStack() as stack:
        servers = {
            site: stack.enter_context(
                serving(Portal.scaled(options.articles, page_bytes=0), Faults(counter=False))
            )
            for site in good
        }
        for server in servers.values():
            warm_up(server)
        folder = stack.enter_context(TemporaryDirectory(prefix="bench-"))
        urls = {site: server.url for site, server in servers.items()}
        # The bad ones come first: whoever waits for them is found out.
        urls = {f"hong{number}": url for number, url in enumerate(bad, start=1)} | urls
        stage = Stage.of(Path(folder), urls, options.delay, options.sync_ms)
        began = time.monotonic()
        process = stage.start(*urls, *IMPATIENT, "-s", f"CONCURRENT_SITES={len(urls)}")
        while process.poll() is None and not all(map(is_done, servers.values())):
            if time.monotonic() - began > PATIENCE * options.articles * options.delay:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        done = stage.end(process)
        held = stage.count("SELECT count(*) FROM articles")
        if held < len(good) * options.articles:
            raise BenchError(f"{held} articles of {len(good)} sites are held: {done.told}")
        syncs = stage.syncs() if options.sync_ms else 0
        logs = {site: [r.time for r in server.log] for site, server in servers.items()}
    return Course(
        {site: log[-1] - began for site, log in logs.items()},
        syncs,
        [[two - one for one, two in pairwise(log)] for log in logs.values()],
    )


def warm_up(server: Server) -> None:
    """Have every page rendered once: what is measured is the crawl, and not the portals."""
    for post in server.portal.posts:
        request = Request(server.url + post.path, headers={"Accept-Encoding": "gzip"})
        with urlopen(request) as answer:
            answer.read()
    server.log.clear()


def is_done(server: Server) -> bool:
    """Whether every article of a portal was asked for."""
    asked = {request.target for request in server.log}
    return all(post.path in asked for post in server.portal.posts)


def bad_portals(stack: ExitStack, articles: int) -> Iterator[str]:
    """Yield the addresses of a portal that refuses, one that is silent, and one that drips."""
    refusing = stack.enter_context(socket.socket())
    refusing.bind(("127.0.0.1", 0))  # and does not listen
    yield address(refusing)
    silent = stack.enter_context(socket.socket())
    silent.bind(("127.0.0.1", 0))
    silent.listen(64)  # and never accepts
    yield address(silent)
    dripping = Faults(everywhere=Fault(drip=1), paths={"/robots.txt": SOUND})
    yield stack.enter_context(serving(Portal.scaled(articles, page_bytes=0), dripping)).url


def address(listener: socket.socket) -> str:
    """Return the address that a socket is bound to."""
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


def least_mean(gaps: list[float], several: int) -> float:
    """Return the least mean of several successive gaps, seconds."""
    places = range(len(gaps) - several + 1)
    return min(sum(gaps[place : place + several]) for place in places) / several


def told(seconds: Iterable[float]) -> str:
    """Return the median and the greatest of some times."""
    times = list(seconds)
    return f"{median(times):.1f} s, {max(times):.1f} s"


if __name__ == "__main__":
    main()
