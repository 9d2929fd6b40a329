"""Store what came of a visit in the archive."""

import logging
import sqlite3
from asyncio import ensure_future
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from typing import Self

from filelock import Timeout
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem, IgnoreRequest

from archive import (
    SITE_COLUMNS,
    Archive,
    ArchiveError,
    Traffic,
    agenda_of,
    explain,
    explain_os,
    sync_log,
)
from archive.locks import site_lock
from crawler.exchange import Capture, Exchange
from crawler.keeper import Keeper, Kept
from crawler.visit import Visit
from crawler.vocabulary import Outcome, Reason, RunOutcome, Source, State
from pipelines.batch import Batch
from pipelines.frontier import ArchiveFrontier
from pipelines.lessons import ArchiveLessons
from pipelines.mementos import ArchiveMementos
from pipelines.turns import ArchiveTurns

logger = logging.getLogger(__name__)


def traffic_of(crawler: Crawler) -> Traffic:
    """Return what a crawl has asked for and received until now."""
    get = crawler.stats.get_value
    return Traffic(get("downloader/request_count", 0), get("downloader/response_bytes", 0))


class StorePipeline(Keeper):
    """Writes every visit to ``ARCHIVE_DB``, many at a time (`Batch`); counts under ``archive/``.

    The first thing that cannot be stored ends the crawl: what comes after it must not be stored as
    if it had been. Only one crawl of a site writes to an archive at a time.
    """

    archive: Archive | None = None
    batch: Batch | None = None
    run_id: int | None = None
    failure: str | None = None

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.path = crawler.settings["ARCHIVE_DB"]
        crawler.signals.connect(self.item_error, signal=signals.item_error)
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline for one crawl."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Open the archive, begin a run, and look what is open."""
        spider: object = self.crawler.spider
        assert isinstance(spider, Kept)
        self.site = spider.site.key
        self.lock = site_lock(self.path, self.site)
        try:
            self.lock.acquire()
            self.archive = Archive.open(self.path, create=True)
            described = {column: getattr(spider.site, column) for column in SITE_COLUMNS}
            self.turns = ArchiveTurns(self, self.path)
            self.run_id = self.archive.runs.start(described)
            self._learn_noise(self.archive)
            for told in self.archive.captures.begin(self.run_id, self.site, self._info(spider)):
                self.crawler.stats.inc_value("captures/mended")
                logger.warning("%s", told)  # the run's problems say it, too
        except Timeout:
            self._fail(f"another crawl of {self.site!r} is running")
            raise CloseSpider(RunOutcome.LOCKED) from None
        except (ArchiveError, sqlite3.Error, OSError) as error:
            self._fail(self._told(error))
            raise CloseSpider(RunOutcome.ARCHIVE) from error
        self.crawler.stats.set_value("archive/run_id", self.run_id)
        self.batch = Batch(self.archive, self.run_id, self.site, self)
        self.lessons = ArchiveLessons(self, self.archive, self.site, self.run_id)
        self.mementos = ArchiveMementos(self, self.archive, self.site)
        self.frontier: ArchiveFrontier = ArchiveFrontier(
            self, self.archive, self.site, self.run_id, agenda_of(spider.substitute),
            self.crawler.settings,
        )  # fmt: skip

    def _learn_noise(self, archive: Archive) -> None:
        learnt, taken_back = archive.noise.look(self.site)
        if learnt:
            told = "%s: makes no other page, and is left out of addresses: %s"
            logger.info(told, self.site, ", ".join(sorted(learnt)))
        if taken_back:
            told = "%s: makes other pages after all, and is no more left out of addresses: %s"
            logger.warning(told, self.site, ", ".join(sorted(taken_back)))

    def _info(self, spider: Kept) -> dict[str, str]:
        """Return what the files of captures say of who made them, and how."""
        settings = self.crawler.settings
        asked = f", as {spider.substitute} has it" if spider.substitute else ""
        return {
            "software": f"TinHuyen/{version('tinhuyen')} (Scrapy {version('scrapy')})",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/"
            "warc-format/warc-1.1/",
            "operator": settings["CONTACT"] or "no contact given",
            "isPartOf": f"{spider.site.name} ({self.site})",
            "description": f"the news portal {spider.site.base_url}{asked}, crawled for an archive",
            "http-header-user-agent": settings["USER_AGENT"],
            "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
            "delay": f"{settings.getfloat('DOWNLOAD_DELAY'):g} s between two requests",
        }

    def record(self, exchange: Exchange) -> Capture:
        """Keep an exchange (`Keeper`). IgnoreRequest if it cannot be kept."""
        if self.failure or self.archive is None or self.batch is None:
            raise IgnoreRequest(Reason.NOT_KEPT_EITHER)
        try:
            if exchange.source != Source.LIVE and (known := self._kept(self.archive, exchange)):
                return known
            capture = self.archive.captures.keep(exchange)
            self.batch.kept()
            return capture
        except (OSError, sqlite3.Error) as error:
            self.stop(error)
            raise IgnoreRequest(Reason.NOT_KEPT) from error

    def _kept(self, archive: Archive, exchange: Exchange) -> Capture | None:
        """Return the capture of an answer of old that was had before: it is the same for ever."""
        digest = sha256(exchange.body).hexdigest()
        return archive.captures.same(self.site, exchange.url, exchange.at, digest)

    def process_item(self, visit: Visit) -> Visit:
        """Have a visit stored."""
        if self.failure or self.batch is None:
            raise DropItem(f"not stored, because an earlier one was not: {visit.url}")
        self.frontier.visited(visit)
        try:
            self.batch.add(visit)
        except (sqlite3.Error, OSError) as error:
            self.stop(error)
            raise DropItem(f"not stored: {visit.url}") from error
        return visit

    def stored(self, visits: Sequence[Visit], outcomes: Sequence[Outcome | None]) -> None:
        """Count what is stored, and ask for what it has revealed."""
        for visit, outcome in zip(visits, outcomes, strict=True):
            self.frontier.stored(visit, outcome)
            if outcome:
                self.crawler.stats.inc_value(f"archive/{outcome}")
        engine = self.crawler.engine
        # Scrapy looks for something to ask for when an answer was dealt with, else every 5 s.
        if visits and engine and (slot := engine._slot):
            slot.nextcall.schedule()

    def traffic(self) -> Traffic:
        """Return what the crawl has asked for and received until now."""
        return traffic_of(self.crawler)

    def is_in_doubt(self) -> bool:
        """Whether nothing was seen yet by which the portal is the one whose articles are held."""
        return not self.frontier.continuity.is_sure

    def hurry(self) -> None:
        """Store soon what waits to be."""
        if self.batch:
            self.batch.hurry()

    async def settled(self) -> None:
        """Wait until what waits to be stored is."""
        if self.batch:
            await self.batch.settled()

    @contextmanager
    def storing(self) -> Iterator[None]:
        """Write something beside the visits, once what waits is stored, from which it follows; end
        the crawl where nothing can be written, and write nothing after that.
        """
        if self.failure or self.batch is None:
            raise CloseSpider(RunOutcome.ARCHIVE)
        try:
            self.batch.flush()
            yield
            self.batch.wrote()
        except (sqlite3.Error, OSError) as error:
            self.stop(error)
            raise CloseSpider(RunOutcome.ARCHIVE) from error

    def item_error(self, item: Visit) -> None:
        """Write down an address whose page broke a pipeline: it must not vanish from the ledger."""
        with suppress(DropItem):
            self.process_item(
                replace(item, state=State.FAILED, reason=Reason.BROKE_PIPELINE, page=None)
            )

    def stop(self, error: Exception) -> None:
        """End the crawl, since something could not be stored."""
        if self.failure is None:
            self._fail(self._told(error))
            assert self.crawler.engine
            self.closing = ensure_future(
                self.crawler.engine.close_spider_async(reason=RunOutcome.ARCHIVE)
            )

    def _told(self, error: Exception) -> str:
        if isinstance(error, ArchiveError):
            return str(error)
        if isinstance(error, sqlite3.Error):
            return f"{self.path}: {explain(error)}"
        if not isinstance(error, OSError):
            return f"{self.path}: cannot be written: {error!r}; please report it with the log"
        where = error.filename or (self.archive.folder if self.archive else self.path)
        return f"{where}: {explain_os(error)}"

    def _fail(self, message: str) -> None:
        """Tell what has failed; the first of several is why the others did."""
        self.failure = self.failure or message
        self.crawler.stats.set_value("archive/failure", self.failure)
        logger.error("%s", message)

    async def close_spider(self) -> None:
        """Wait for what is being stored."""
        if self.batch:
            await self.batch.settle()

    def spider_closed(self, reason: str) -> None:
        """End the run, for the *reason* that Scrapy gives, and close the archive."""
        if self.archive is None:
            return
        if self.run_id is not None:
            self._finish(self.archive, self.run_id, reason)
        self._close_turns()
        self.archive.close()
        self.lock.release()

    def _close_turns(self) -> None:
        if isinstance(self.turns, ArchiveTurns):
            try:
                self.turns.close()
            except sqlite3.Error as error:
                self._fail(f"what hosts were asked was not stored: {self._told(error)}")

    def _finish(self, archive: Archive, run_id: int, reason: str) -> None:
        if self.batch:
            try:
                self.batch.close()
            except (sqlite3.Error, OSError) as error:
                self._fail(self._told(error))
        if self.failure and reason in (RunOutcome.FINISHED, RunOutcome.LIMIT):
            reason = RunOutcome.ARCHIVE  # it was found out at the end
        try:
            if reason == RunOutcome.ANOTHER_OWNER:
                archive.owners.leave(self.site)
            archive.runs.finish(run_id, reason, *self.traffic())
            sync_log(archive.path)
        except (sqlite3.Error, OSError) as error:
            self._fail(f"the end of the run was not stored: {self._told(error)}")
