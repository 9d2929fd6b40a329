"""A crawl's progress on a terminal."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from scrapy import signals
from scrapy.crawler import Crawler

from archive import Archive
from crawler.sites import Site
from crawler.vocabulary import State

_SECONDS_BETWEEN_COUNTS = 0.5


class CrawlProgress:
    """A bar a site: of the addresses known so far, how many are settled."""

    def __init__(self, console: Console, db: Path) -> None:
        self.db = db
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
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
        self.archive.close()

    def follow(self, crawler: Crawler, site: Site) -> None:
        """Show the progress of one site's crawler."""
        task = self.progress.add_task(site.name, total=None, told="asking the portal")
        counted = 0.0

        def count() -> None:
            nonlocal counted
            if monotonic() - counted >= _SECONDS_BETWEEN_COUNTS:
                counted = monotonic()
                show()

        def show() -> None:
            with suppress(sqlite3.Error):  # whoever stores tells of it
                counts = self.archive.ledger.counts(site.key)
                known = sum(counts.values())
                settled = known - counts.get(State.WAITING, 0)
                held = counts.get(State.HELD, 0)
                told = f"{settled} of {known} addresses, {held} articles"
                self.progress.update(task, total=known or None, completed=settled, told=told)

        # Scrapy keeps weak references to receivers; strong=... is not exposed, so keep them here.
        crawler.signals.connect(count, signals.item_scraped, weak=False)
        crawler.signals.connect(show, signals.spider_closed, weak=False)
