"""A crawl's progress on a terminal."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from scrapy import signals
from scrapy.crawler import Crawler

from archive import Archive
from crawler.sites import Site
from crawler.vocabulary import State

SECONDS_BETWEEN_COUNTS = 0.5
"""Of one site: a look into the archive each."""
_MOST_BARS = 20


class CrawlProgress:
    """A bar a site: of the addresses known so far, how many are settled.

    Of more sites than a terminal is high only those are shown that are under way, below a bar of
    all *sites*.
    """

    def __init__(self, console: Console, db: Path, sites: int) -> None:
        self.db = db
        self.sites = sites
        self.ended = 0
        self.tasks: dict[str, TaskID] = {}
        self.progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self.archive = Archive.open(self.db)
        self.progress.start()
        if self.are_many:
            self.all = self.progress.add_task("all sites", total=self.sites, told="")
        return self

    @property
    def are_many(self) -> bool:
        """Whether there are more sites than are shown side by side."""
        return self.sites > _MOST_BARS

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
        self.archive.close()

    def begin(self, site: Site) -> None:
        """Show that the crawl of a site begins."""
        self.tasks[site.key] = self.progress.add_task(
            site.name, total=None, told="asking the portal"
        )

    def count(self, site: Site) -> None:
        """Show how far the crawl of a site has come."""
        if self.progress.disable:
            return
        with suppress(sqlite3.Error):  # whoever stores tells of it
            counts = self.archive.ledger.counts(site.key)
            known = sum(counts.values())
            settled = known - counts.get(State.WAITING, 0)
            held = counts.get(State.HELD, 0)
            told = f"{settled} of {known} addresses, {held} articles"
            task = self.tasks[site.key]
            self.progress.update(task, total=known or None, completed=settled, told=told)

    def follow(self, crawler: Crawler, site: Site) -> None:
        """Show the progress of one site's crawler."""
        self.begin(site)
        counted = 0.0

        def count() -> None:
            nonlocal counted
            if monotonic() - counted >= SECONDS_BETWEEN_COUNTS:
                counted = monotonic()
                self.count(site)

        # Scrapy keeps weak references to receivers; strong=... is not exposed, so keep them here.
        crawler.signals.connect(count, signals.item_scraped, weak=False)
        crawler.signals.connect(lambda: self.count(site), signals.spider_closed, weak=False)

    def leave(self, site: Site) -> None:
        """Show that the crawl of a site has ended."""
        task = self.tasks.pop(site.key)
        if self.are_many:
            self.progress.remove_task(task)
            self.ended += 1
            told = f"{self.ended} of {self.sites}"
            self.progress.update(self.all, completed=self.ended, told=told)
