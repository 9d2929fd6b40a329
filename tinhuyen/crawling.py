"""The crawls of one process: begun as their sites are handed to it, told as they end."""

import gc
import logging
from asyncio import Task
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Protocol

from rich.console import Console
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from crawler.loader import spider_of
from crawler.sites import Site
from tinhuyen.errors import in_a_line
from tinhuyen.process import CrawlProcess
from tinhuyen.settings import crawl_settings
from tinhuyen.summary import Summary
from tinhuyen.ways import Decision

_MOST_TOLD = 200
"""Characters of a message of Scrapy's, which may hold a whole page."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How sites are crawled, whichever process does it."""

    db: Path
    overrides: tuple[str, ...]
    """Settings as they were given, each ``NAME=VALUE``."""
    arguments: Mapping[str, str]
    """What every spider is made with."""
    elsewhere: Mapping[str, str | None]
    """Where a site is to be asked in place of its own address, by key; None if it is there."""
    verbose: bool = False

    @property
    def settings(self) -> Settings:
        """The settings of the crawl."""
        return crawl_settings(self.db, self.overrides)


class Observer(Protocol):
    """Whoever is told of the crawls of a process."""

    def begun(self, site: Site, crawler: Crawler) -> None:
        """Take note that the crawl of a site begins."""

    def ended(self, site: Site, summary: Summary) -> None:
        """Take note of what came of it."""


class Crawling:
    """Crawls sites by a plan, in this process."""

    def __init__(self, plan: Plan, process: CrawlProcess, observer: Observer) -> None:
        self.plan = plan
        self.process = process
        self.observer = observer
        self.begun: dict[str, tuple[Site, Crawler]] = {}

    def run(self, decisions: Iterable[Decision], at_once: int, console: Console) -> None:
        """Crawl what is handed, *at_once* sites at a time, until all have ended."""
        logging.getLogger("scrapy").setLevel(logging.INFO)  # else it words two lines a page
        self.process.add(([partial(self._start, each)] for each in decisions), at_once)
        self.process.run(console)
        for site, _ in [*self.begun.values()]:  # they were not given the time to wind up
            self._end(site)

    def _start(self, each: Decision) -> Task[None]:
        site = each.site
        crawler = self.process.create_crawler(spider_of(site))
        self.begun[site.key] = site, crawler
        self.observer.begun(site, crawler)
        if url := self.plan.elsewhere.get(site.key):
            _ask_at(crawler, url)
        crawl = self.process.crawl(crawler, **{**self.plan.arguments, **each.arguments})
        crawl.add_done_callback(lambda _: self._end(site))
        return crawl

    def _end(self, site: Site) -> None:
        """Tell what came of a crawl, and let go of all that it needed."""
        _, crawler = self.begun.pop(site.key)
        self.observer.ended(site, Summary.of_crawl(crawler, self.plan.db))
        del crawler
        gc.collect()  # what held each other in it, some MiB, of which Python would think late


def read_components() -> None:
    """Import what Scrapy would import for a crawl of ours, as it begins."""
    project = crawl_settings(Path(), ())
    for name in _COMPONENTS:
        # Classes are what is named, but for the handlers, which are what is named for a scheme.
        for component in chain.from_iterable(project.getdict(name).items()):
            if isinstance(component, str) and component.startswith(_OURS):
                load_object(component)


_COMPONENTS = (
    *("ITEM_PIPELINES", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS"),
    *("DOWNLOAD_HANDLERS",),
)
_OURS = ("crawler.", "pipelines.", "archive.")


def log_to(handler: logging.Handler, *, verbose: bool, form: str = "%(message)s") -> None:
    """Have a handler told what a crawl logs: errors, or with *verbose* all that Scrapy says."""
    handler.setLevel(logging.INFO if verbose else logging.ERROR)
    if not verbose:
        handler.addFilter(_in_a_line)
    logging.basicConfig(format=form, handlers=[handler])


def _in_a_line(record: logging.LogRecord) -> bool:
    """Log an error that nobody foresaw without where it came from; with --verbose, with that."""
    if record.exc_info and (error := record.exc_info[1]):
        told = record.getMessage().partition("\n")[0][:_MOST_TOLD]
        record.msg, record.args = f"{told}: {in_a_line(error)}", ()
        record.exc_info = record.exc_text = None
    return True


def _ask_at(crawler: Crawler, url: str) -> None:
    """Have all requests of a crawl sent to *url*, as to a proxy."""

    def send(request: Request) -> None:
        request.meta["proxy"] = url

    crawler.signals.connect(send, signals.request_reached_downloader, weak=False)
