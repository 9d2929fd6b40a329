"""A portal far away takes hardly longer than politeness asks, though a chain is one at a time.

``python bench/latency.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from stage import BenchError, Stage, Verdict, perform

from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import serving

SITE = "bench"
AIM = 1.3


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=1000, help="of the portal (1000)")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds (0.2)")
    parser.add_argument("--delay", type=float, default=0.1, help="between two requests (0.1)")
    parser.add_argument("--quick", action="store_true", help="150 articles")
    options = parser.parse_args()
    if options.quick:
        options.articles = 150
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Crawl, and hold the time from the first request to the last against the delay."""
    portal = Portal.scaled(options.articles, page_bytes=0)
    faults = Faults(everywhere=Fault(latency=options.latency), counter=False)
    with TemporaryDirectory(prefix="bench-") as folder, serving(portal, faults) as server:
        stage = Stage.of(Path(folder), {SITE: server.url}, options.delay)
        stage.crawl(SITE)
        if (held := stage.count("SELECT count(*) FROM articles")) != options.articles:
            raise BenchError(f"{held} of {options.articles} articles are held")
        times = [request.time for request in server.log]
    took = times[-1] - times[0] + options.latency
    allowed = options.articles * options.delay
    gap = min(later - earlier for earlier, later in pairwise(times))
    verdict.tell("requests", str(len(times)))
    verdict.tell("politeness allows", f"{allowed:.1f} s")
    verdict.tell("the bare chain would take", f"{options.articles * options.latency:.1f} s")
    verdict.tell("first request to last answer", f"{took:.1f} s")
    verdict.judge("as a multiple", f"{took / allowed:.2f}", f"at most {AIM}", took <= AIM * allowed)
    verdict.tell("least gap between two requests", f"{gap * 1000:.0f} ms")


if __name__ == "__main__":
    main()
