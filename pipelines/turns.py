"""The turns at which a crawl asks hosts, as the archive keeps them for all crawls."""

import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from archive import ArchiveError, HostTurns
from crawler.keeper import KeepsTurns
from crawler.turn import Asker, Turn
from crawler.vocabulary import Reason

logger = logging.getLogger(__name__)


class Ending(Protocol):
    """A pipeline that ends a crawl which cannot be stored."""

    failure: str | None
    """Why nothing more can be stored."""

    def stop(self, error: sqlite3.Error | OSError) -> None:
        """End the crawl, since something could not be stored."""


class ArchiveTurns:
    """The turns of a crawl that is stored (`crawler.keeper.Turns`).

    The first thing that cannot be written ends the crawl, as with all else that is stored.
    """

    def __init__(self, store: Ending, path: Path | str) -> None:
        self.store = store
        self.hosts = HostTurns.open(path)

    def take(self, host: str, asker: Asker) -> Turn:
        """Take a turn if there is one now, else return how long to wait. IgnoreRequest if nothing
        can be stored any more.
        """
        if self.store.failure:
            raise IgnoreRequest(Reason.NOT_ASKED)
        try:
            return self.hosts.take(host, asker)
        except sqlite3.Error as error:
            self.store.stop(error)
            raise IgnoreRequest(Reason.NO_ARCHIVE) from error

    def done(self, host: str, count: int) -> None:
        """Note that a host has sent so many bytes more."""
        self.hosts.done(host, count)

    def leave_alone(self, host: str, seconds: float) -> None:
        """Note that a host is to be left alone from now on for so many seconds."""
        try:
            self.hosts.leave_alone(host, seconds)
        except sqlite3.Error as error:
            self.store.stop(error)

    def obey(self, host: str, crawl_delay: float | None) -> None:
        """Note the seconds between two requests that its robots.txt asks for."""
        try:
            self.hosts.obey(host, crawl_delay)
        except sqlite3.Error as error:
            self.store.stop(error)

    def close(self) -> None:
        """Write what is new, and close the connection."""
        self.hosts.close()


class TurnsPipeline(KeepsTurns):
    """Keeps nothing but the turns of what is asked outside any crawl, beside the archive's crawls.

    Without an archive, or with one that cannot be used as it is, there are none to go beside.
    """

    failure: str | None = None

    def __init__(self, crawler: Crawler) -> None:
        self.path = Path(crawler.settings["ARCHIVE_DB"])
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline for one crawl."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Open the turns of the archive, if there is one that can be written."""
        if os.access(self.path, os.W_OK):
            with suppress(ArchiveError):
                self.turns = ArchiveTurns(self, self.path)

    def process_item(self, item: object) -> object:
        """Keep nothing."""
        return item

    def stop(self, error: sqlite3.Error | OSError) -> None:
        """Go on without the archive, which is not what was asked for."""
        logger.warning("%s: %s", self.path, error)
        self.spider_closed()

    def spider_closed(self) -> None:
        """Close what was opened."""
        turns, self.turns = self.turns, None
        if isinstance(turns, ArchiveTurns):
            with suppress(sqlite3.Error):
                turns.close()
