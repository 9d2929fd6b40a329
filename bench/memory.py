"""Memory does not grow with the addresses that an archive knows, nor with the articles it holds.

``python bench/memory.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from stage import MIB, BenchError, Stage, Verdict, perform, served

SITE = "bench"
ROOT = Path(__file__).parents[1]
AIM = 1.15
ROUNDS = 3
"""How often each portal is crawled: the least peak tells what a crawl needs, and others what came
together by chance, as the trial of a dictionary and a merge of the search index do."""
KNOWN = "SELECT count(*) FROM urls"
HELD = "SELECT count(*) FROM articles"


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--few", type=int, default=5_000, help="known addresses (5000)")
    parser.add_argument("--many", type=int, default=50_000, help="known addresses (50000)")
    parser.add_argument("--limit", type=int, default=2_500, help="of these held (2500)")
    parser.add_argument("--whole", type=int, default=5_000, help="of a portal held whole (5000)")
    parser.add_argument("--quick", action="store_true", help="a tenth of what is known")
    options = parser.parse_args()
    if options.quick:
        for name in ("few", "many", "limit"):
            setattr(options, name, getattr(options, name) // 10)
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Crawl portals of different sizes, and compare the peaks of resident memory."""
    few = peak(verdict, options.few, options.limit)
    many = peak(verdict, options.many, options.limit)
    judge(verdict, f"{options.many} known addresses against {options.few}", many / few)
    part = peak(verdict, options.whole // 10, None)
    whole = peak(verdict, options.whole, None)
    judge(verdict, f"{options.whole} articles against {options.whole // 10}", whole / part)


def judge(verdict: Verdict, what: str, ratio: float) -> None:
    """Say whether memory has grown."""
    verdict.judge(what, f"{ratio:.2f}", f"at most {AIM}", ratio <= AIM)


def peak(verdict: Verdict, articles: int, limit: int | None) -> int:
    """Crawl a portal a few times, whole or up to *limit* articles; return the least peak of memory,
    bytes.
    """
    peaks = [crawled(articles, limit) for _ in range(ROUNDS)]
    told = ", ".join(f"{each / MIB:.1f}" for each in peaks)
    verdict.tell(f"  {limit or articles} held of {articles} articles, MiB:", told)
    return min(peaks)


def crawled(articles: int, limit: int | None) -> int:
    """Crawl a new portal; return the peak of memory, bytes."""
    with TemporaryDirectory(prefix="bench-") as folder, served(articles) as url:
        stage = Stage.of(Path(folder), {SITE: url}, delay=0.0001)
        memory = stage.crawl(SITE, *(["--limit", str(limit)] if limit else [])).memory
        known, held = stage.count(KNOWN), stage.count(HELD)
    if known < articles or held < (limit or articles):
        raise BenchError(f"{known} known, {held} held, of {articles}")
    return memory


if __name__ == "__main__":
    main()
