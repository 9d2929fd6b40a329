"""Store what came of a visit in the archive, which is the frontier too."""

import logging
import sqlite3
from asyncio import ensure_future
from collections.abc import Iterable
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem

from crawler.items import Origin, Visit
from pipelines.archive import SITE_COLUMNS, Archive, ArchiveError, explain

logger = logging.getLogger(__name__)


class ArchiveFrontier:
    """The open ends of one site, as the archive knows them."""

    def __init__(self, archive: Archive, site: str) -> None:
        self.archive = archive
        self.site = site

    def waiting(self) -> Iterable[tuple[str, Origin]]:
        """Return the addresses that are known and not settled, and how each became known."""
        return self.archive.waiting(self.site)

    def heads(self) -> Iterable[str]:
        """Return the articles that had no newer neighbour when last seen."""
        return self.archive.heads(self.site)

    def held(self) -> Iterable[str]:
        """Return the addresses of all articles held."""
        return self.archive.held(self.site)

    def is_open(self, url: str) -> bool:
        """Whether an address is unknown or not settled."""
        return self.archive.is_open(url)


class StorePipeline:
    """Writes every visit to ``ARCHIVE_DB``, one transaction each; counts under ``archive/``.

    The first visit that cannot be stored ends the crawl: what comes after it must not be stored
    as if it had been.
    """

    archive: Archive | None = None
    run_id: int | None = None
    failure: str | None = None

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.path = crawler.settings["ARCHIVE_DB"]
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline for one crawl."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Open the archive, begin a run, and let the spider see what is open."""
        spider: Any = self.crawler.spider  # a DistrictSpider, which pipelines may not import
        try:
            self.archive = Archive.open(self.path)
            self.run_id = self.archive.start_run({c: getattr(spider.site, c) for c in SITE_COLUMNS})
        except (ArchiveError, sqlite3.Error) as error:
            self._fail(str(error) if isinstance(error, ArchiveError) else explain(error))
            raise CloseSpider("archive") from error
        self.crawler.stats.set_value("archive/run_id", self.run_id)
        self.site = spider.site.key
        spider.frontier = ArchiveFrontier(self.archive, self.site)

    def process_item(self, visit: Visit) -> Visit:
        """Store a visit."""
        if self.failure or self.archive is None or self.run_id is None:
            raise DropItem(f"not stored, because an earlier one was not: {visit.url}")
        try:
            outcome = self.archive.record(self.run_id, self.site, visit)
        except sqlite3.Error as error:
            self._fail(f"{self.path}: {explain(error)}")
            assert self.crawler.engine is not None
            self.closing = ensure_future(self.crawler.engine.close_spider_async(reason="archive"))
            raise DropItem(f"not stored: {visit.url}") from error
        self.crawler.stats.inc_value(f"archive/{outcome}")
        return visit

    def _fail(self, message: str) -> None:
        self.failure = message
        self.crawler.stats.set_value("archive/failure", message)
        logger.error("%s", message)

    def spider_closed(self, reason: str) -> None:
        """End the run, for the *reason* that Scrapy gives, and close the archive."""
        if self.archive is None:
            return
        if self.run_id is not None:
            self._finish(self.archive, self.run_id, reason)
        self.archive.close()

    def _finish(self, archive: Archive, run_id: int, reason: str) -> None:
        requests = self.crawler.stats.get_value("downloader/request_count", 0)
        received = self.crawler.stats.get_value("downloader/response_bytes", 0)
        try:
            archive.finish_run(run_id, reason, requests, received)
        except sqlite3.Error as error:
            self._fail(f"{self.path}: the end of the run was not stored: {explain(error)}")
