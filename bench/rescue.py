"""A portal about to close gives all its texts in a request for every hundred articles.

``python bench/rescue.py --help`` tells the options; bench/README.md what is proved.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from stage import Stage, Verdict, perform

from crawler.settings import CONCURRENT_REQUESTS
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import serving
from tests.content import let_pass

SITE = "bench"
WITH_TEXT = "SELECT count(*) FROM articles WHERE body <> '' AND read_from = "
CLOSED = Fault(status=503, retry_after=3600)
"""What a server says that will not answer for an hour."""


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=2000, help="of the portal (2000)")
    parser.add_argument("--quick", action="store_true", help="300 articles")
    options = parser.parse_args()
    if options.quick:
        options.articles = 300
    perform(prove, options)


def prove(options: argparse.Namespace, verdict: Verdict) -> None:
    """Rescue a portal whose pages cannot be had any more; then let it recover."""
    portal = Portal.scaled(options.articles, page_bytes=0)
    faults = Faults(paths={post.path: CLOSED for post in portal.posts}, counter=False)
    articles, paths = len(portal.posts), {post.path for post in portal.posts}
    most = articles // 100 + len(["robots.txt", "start page"])
    with TemporaryDirectory(prefix="bench-") as folder, serving(portal, faults) as server:
        stage = Stage.of(Path(folder), {SITE: server.url}, delay=0.001)
        stage.crawl(SITE, "--rescue", code=1)
        asked, texts = len(server.log), stage.count(f"{WITH_TEXT} 'rest'")
        refused = sum(request.target in paths for request in server.log)
        verdict.judge("texts held, the pages refused", str(texts), f"{articles}", texts == articles)
        listed = asked - refused
        verdict.judge("requests for these", str(listed), f"at most {most}", listed <= most)
        way = CONCURRENT_REQUESTS
        verdict.judge("pages asked for", str(refused), f"at most {way}", refused <= way)
        faults.paths.clear()
        let_pass(stage.db)
        stage.crawl(SITE)
        pages = stage.count(f"{WITH_TEXT} 'page'")
        more = len(server.log) - asked
        limit = int(articles * 1.05)
        verdict.judge("completed from their pages", str(pages), f"{articles}", pages == articles)
        verdict.judge("requests of that crawl", str(more), f"at most {limit}", more <= limit)


if __name__ == "__main__":
    main()
