"""Crawling many sites: in this process, or shared out over several."""

from collections.abc import Sequence
from math import ceil
from time import monotonic

from rich.console import Console
from scrapy.crawler import Crawler

from crawler.sites import Site
from tinhuyen.crawling import Crawling, Plan
from tinhuyen.crew import Crew, Member
from tinhuyen.process import CrawlProcess
from tinhuyen.progress import SECONDS_BETWEEN_COUNTS, CrawlProgress
from tinhuyen.summary import Summary
from tinhuyen.ways import Decision


def crawl_all(
    decisions: Sequence[Decision],
    plan: Plan,
    members: Sequence[Member],
    progress: CrawlProgress,
    console: Console,
) -> dict[str, Summary]:
    """Crawl sites by a plan, by *members* or in this process where there are none; return what came
    of each whose crawl was begun, by its key.
    """
    settings = plan.settings
    at_once = settings.getint("CONCURRENT_SITES")
    if not members:
        here = _Here(progress)
        Crawling(plan, CrawlProcess(settings), here).run(decisions, at_once, console)
        return here.summaries
    shared = _Shared(progress)
    # Else the first process would take all of a few sites, and the others none.
    fair = min(at_once, ceil(len(decisions) / len(members)))
    Crew(plan, shared, console).run(decisions, members, fair)
    return shared.summaries


class _Here:
    """Shows how the crawls of this process go on, and keeps what came of them."""

    def __init__(self, progress: CrawlProgress) -> None:
        self.progress = progress
        self.summaries: dict[str, Summary] = {}

    def begun(self, site: Site, crawler: Crawler) -> None:
        """Show that the crawl of a site begins, and how it goes on."""
        self.progress.follow(crawler, site)

    def ended(self, site: Site, summary: Summary) -> None:
        """Keep what came of it."""
        self.summaries[site.key] = summary
        self.progress.leave(site)


class _Shared:
    """Shows how the crawls of other processes go on, and keeps what came of them."""

    def __init__(self, progress: CrawlProgress) -> None:
        self.progress = progress
        self.summaries: dict[str, Summary] = {}
        self.sites: dict[str, Site] = {}
        """Those under way."""
        self.looks_at = 0.0

    def begun(self, site: Site) -> None:
        """Show that the crawl of a site begins."""
        self.sites[site.key] = site
        self.progress.begin(site)

    def ended(self, site: Site, summary: Summary) -> None:
        """Keep what came of it."""
        self.summaries[site.key] = summary
        del self.sites[site.key]
        self.progress.count(site)
        self.progress.leave(site)

    def look(self) -> float:
        """Look into the archive how far they have come, if that is shown and due."""
        if (rest := self.looks_at - monotonic()) > 0:
            return rest
        for site in self.sites.values():
            self.progress.count(site)
        self.looks_at = monotonic() + SECONDS_BETWEEN_COUNTS
        return SECONDS_BETWEEN_COUNTS
