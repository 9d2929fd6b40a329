"""Running crawls: many sites in one process, ended at once when asked to."""

import asyncio
import ctypes
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib import import_module
from itertools import islice
from threading import Thread
from typing import Any

from rich.console import Console
from scrapy.crawler import AsyncCrawlerProcess

from tinhuyen.garbage import seldom_collected
from tinhuyen.heartbeat import beating
from tinhuyen.stopping import told_to_stop

GRACE = 5.0
"""Seconds that answers under way get to come in after the crawl was told to stop."""
_LONG = 600.0
"""Seconds for which a process may stand still at least, as while libraries are read."""
_MMAP_THRESHOLD = -3
"""The number of ``M_MMAP_THRESHOLD`` in glibc's ``malloc.h``."""
_LARGE = 1 << 20
"""Bytes of memory that go back to the system as soon as they are free."""
_ARENA_MAX = -8
"""The number of ``M_ARENA_MAX``."""

Start = Callable[[], "asyncio.Task[None]"]
"""Begins one crawl; what it returns is done when the crawl has ended."""


class CrawlProcess(AsyncCrawlerProcess):
    """Scrapy's process, but the first Ctrl-C ends it within `GRACE` seconds, slow hosts or not.

    What was stored is stored; what was under way is still open in the archive, and is asked for
    again by the next crawl. A second Ctrl-C ends it at once.
    """

    def add(self, chains: Iterable[Iterable[Start]], at_once: int) -> None:
        """Have crawls begun, those of a chain one after another, of *at_once* chains at a time.

        What a chain has not begun yet costs nothing. Once told to stop, none is begun any more.
        """
        waiting = iter(chains)

        def go_on(chain: Iterator[Start]) -> None:
            if self.is_stopping:
                return
            for start in chain:
                start().add_done_callback(lambda _: go_on(chain))
                return
            if (following := next(waiting, None)) is not None:
                go_on(iter(following))

        for first in islice(waiting, at_once):
            go_on(iter(first))

    def run(self, console: Console) -> None:
        """Run the crawls that were added until all have ended."""
        _keep_memory_low()
        _import_tls()
        stuck_after = self.settings.getfloat("STUCK_AFTER")
        blocked_after = max(stuck_after, _LONG) if stuck_after else 0.0
        with (
            self.ended_when_told(console),
            seldom_collected(),
            _never_looked_through(),
            beating(self._loop(), blocked_after),
        ):
            self.start(install_signal_handlers=False)

    def ended_when_told(self, console: Console) -> AbstractContextManager[None]:
        """Listen for whoever has it end, as long as the context is open."""

        def stop(asked: int) -> None:
            self._loop().call_soon_threadsafe(self._wind_up if asked == 1 else self._end)

        return told_to_stop(console, stop)

    def wind_up(self) -> None:
        """Have all crawls end soon, as the first Ctrl-C does."""
        if not self.is_stopping:
            self._wind_up()

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return hasattr(self, "stopping")

    def _loop(self) -> asyncio.AbstractEventLoop:
        from twisted.internet import reactor

        loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        return loop

    def _wind_up(self) -> None:
        self.stopping = asyncio.ensure_future(self.stop())
        self._loop().call_later(GRACE, self._end)

    def _end(self) -> None:
        from twisted.internet import error, reactor

        running: Any = reactor
        with suppress(error.ReactorNotRunning):  # all crawls have ended, or it was told before
            running.stop()


@contextmanager
def _never_looked_through() -> Iterator[None]:
    """Do not look through what is loaded by now for objects that only hold each other."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()  # else a file that nobody closed would not be written out at the end


def _import_tls() -> None:
    """Import Scrapy's TLS in a thread, whose stack is short. As it is imported it looks through the
    stack, three times, and for each call in it through all modules: of a command there are sixty.
    """
    names = "scrapy.core.downloader.tls", "scrapy.core.downloader.contextfactory"
    thread = Thread(target=lambda: [*map(import_module, names)])
    thread.start()
    thread.join()


def _keep_memory_low() -> None:
    """Have large answers leave no holes, and threads one heap. By itself glibc takes what is as
    large as anything freed before from its heap, which cannot shrink beneath what lies higher: a
    few answers of some megabytes took half as much again as they needed. And it gives threads heaps
    of their own, of which each keeps what its thread needed at most: those that write the search
    index more with each article. Other C libraries are left as they are.
    """
    with suppress(AttributeError, OSError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_ARENA_MAX, 1)
