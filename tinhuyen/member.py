"""A process that crawls sites as they are handed to it: one of those of a `tinhuyen.crew.Crew`.

It is the very crawl that one process alone does. It ends when there is no more to crawl, when it is
told to, and when whoever hands it sites is gone.
"""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from rich.console import Console
from scrapy.crawler import Crawler

from crawler.sites import Site
from tinhuyen.crawling import Crawling, Plan, log_to
from tinhuyen.line import Line, LineHandler, Order
from tinhuyen.process import CrawlProcess
from tinhuyen.summary import Summary
from tinhuyen.terminal import err

_STDIN, _STDOUT = 0, 1


class MemberProcess(CrawlProcess):
    """Crawls that are ended by orders.

    A SIGTERM is one to wind up, however often it comes: systemd sends it to all processes of a
    service at once. Ctrl-C is the business of whoever gives the orders.
    """

    orders: Connection

    @contextmanager
    def ended_when_told(self, console: Console) -> Iterator[None]:
        """Listen to the orders."""
        loop = self._loop()

        def heard() -> None:
            order = Order.WIND_UP  # where nobody gives any more
            with suppress(EOFError, OSError):
                order = Order(self.orders.recv_bytes()[0])
                self._end() if order == Order.END else self.wind_up()
                return
            loop.remove_reader(self.orders.fileno())
            self.wind_up()

        loop.add_reader(self.orders.fileno(), heard)
        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(self.wind_up))
        yield
        loop.remove_reader(self.orders.fileno())


class _Told:
    """Says on the line what came of each site."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def begun(self, site: Site, crawler: Crawler) -> None:
        """Say nothing: whoever handed it knows."""

    def ended(self, site: Site, summary: Summary) -> None:
        """Say it, if anybody hears."""
        with suppress(OSError):
            self.line.say((site, summary))


def main(connection: Connection, orders: Connection, others: Iterable[Connection]) -> None:
    """Crawl what is handed on a line; the ends of *others* are none of its business."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # until it is listened to: the order comes, too
    for other in others:
        other.close()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (_STDIN, _STDOUT):
        os.dup2(nowhere, number)
    line = Line(connection)
    plan: Plan
    try:
        plan, at_once = connection.recv()
    except EOFError:
        return  # it was ended before it had begun
    log_to(LineHandler(line), verbose=plan.verbose)
    process = MemberProcess(plan.settings)
    process.orders = orders
    Crawling(plan, process, _Told(line)).run(iter(line.next, None), at_once, err())
