"""A crawl that is shared out over processes: a queue of sites, each handed to whoever is free.

One process decides what is crawled and tells what came of it; it keeps the index, asks no portal
and writes nothing of a site. Each of the others crawls as one alone would, so many sites at once,
and what they have in common they have by the archive: its transactions, the locks of sites, the
turns at which hosts are asked, what may be asked a day.
"""

import logging
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Protocol

from rich.console import Console

from crawler.sites import Site
from curation.parallel import CONTEXT
from tinhuyen.crawling import Plan, read_components
from tinhuyen.heartbeat import EVERY, tell_systemd
from tinhuyen.line import WANTED, Order
from tinhuyen.member import main
from tinhuyen.process import GRACE
from tinhuyen.stopping import told_to_stop
from tinhuyen.summary import Summary
from tinhuyen.ways import Decision

_LONGEST = 2 * GRACE
"""Seconds that a process gets to end which was told to do so at once."""


class Observer(Protocol):
    """Whoever is told of the crawls of all processes."""

    def begun(self, site: Site) -> None:
        """Take note that a site was handed out."""

    def ended(self, site: Site, summary: Summary) -> None:
        """Take note of what came of it."""

    def look(self) -> float:
        """Look how far all have come; return after how many seconds to be asked again."""


@dataclass
class Member:
    """A process, and what it crawls."""

    process: BaseProcess
    line: Connection
    orders: Connection
    under_way: dict[str, tuple[Site, datetime]] = field(default_factory=dict)
    """The sites that it was handed, and when."""

    def instruct(self, plan: Plan, at_once: int) -> None:
        """Say how sites are crawled, and how many at once."""
        with suppress(OSError):  # it is gone already, as is heard on the line
            self.line.send((plan, at_once))

    def order(self, order: Order) -> None:
        """Give an order."""
        with suppress(OSError):  # it has ended
            self.orders.send_bytes(bytes([order]))

    def end(self) -> int:
        """Wait for a process that says nothing more; return its exit code."""
        self.line.close()
        self.orders.close()
        self.process.join()
        return self.process.exitcode or 0


@contextmanager
def hired(number: int) -> Iterator[list[Member]]:
    """Give so many processes that wait to be told what to crawl; those that were not end with the
    context.

    They are copies of this process, which has read Scrapy and all of ours that they need: to do so
    takes seconds. So there must be neither an open archive nor a thread yet: no copy may have one.
    """
    if number:
        read_components()
    members: list[Member] = []
    try:
        for _ in range(number):
            members.append(_begun(members))
        yield members
    finally:
        for member in members:
            member.end()


def _begun(others: Sequence[Member]) -> Member:
    """Begin a process; what it would have of the lines of *others* it closes, or they would not
    hear that this one is gone.
    """
    line, far_line = Pipe()
    far_orders, orders = Pipe(duplex=False)
    theirs = [line, orders, *(end for each in others for end in (each.line, each.orders))]
    # Ctrl-C goes to all processes of a terminal at once, and is heard by one: a process is begun
    # with the signals held back that its parent holds back.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        # A process that is spawned has nothing that was not handed to it.
        closing = theirs if CONTEXT.get_start_method() == "fork" else []
        process = CONTEXT.Process(target=main, args=(far_line, far_orders, closing))
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        far_line.close()
        far_orders.close()
    return Member(process, line, orders)


class Crew:
    """Crawls sites by a plan, in several processes."""

    def __init__(self, plan: Plan, observer: Observer, console: Console) -> None:
        self.plan = plan
        self.observer = observer
        self.console = console
        self.waiting: deque[Decision] = deque()
        self.members: list[Member] = []
        self.is_stopping = False
        self.ends_at: float | None = None
        """When those are killed that have not ended by then."""

    def run(self, decisions: Iterable[Decision], members: Iterable[Member], at_once: int) -> None:
        """Have *members* crawl all of them, *at_once* sites each, until all have ended."""
        self.waiting.extend(decisions)
        with told_to_stop(self.console, self._stop):
            self.members = [*members]
            for member in self.members:
                member.instruct(self.plan, at_once)
            if self.is_stopping:
                self._order(Order.WIND_UP)  # it was told when some had not begun
            try:
                while self.members:
                    self._listen()
            finally:
                # If something of ours broke, theirs is wound up, all at once.
                self._order(Order.WIND_UP)
                for member in self.members:
                    member.end()

    def _stop(self, asked: int) -> None:
        self.is_stopping = True
        if asked > 1:
            self.ends_at = monotonic() + _LONGEST
        self._order(Order.WIND_UP if asked == 1 else Order.END)

    def _order(self, order: Order) -> None:
        for member in self.members:
            member.order(order)

    def _listen(self) -> None:
        """Hear what is said until the next look."""
        tell_systemd()
        pause = min(EVERY, self.observer.look())
        if self.ends_at:
            pause = min(pause, max(0.0, self.ends_at - monotonic()))
        heard = wait([member.line for member in self.members], pause)
        for member in [each for each in self.members if each.line in heard]:
            self._hear(member)
        if self.ends_at and monotonic() >= self.ends_at:
            for member in self.members:
                member.process.kill()

    def _hear(self, member: Member) -> None:
        try:
            said = member.line.recv()
        except (EOFError, OSError):
            self._leave(member)
            return
        match said:
            case logging.LogRecord():
                logging.getLogger(said.name).handle(said)
            case (Site() as site, Summary() as summary):
                del member.under_way[site.key]
                self.observer.ended(site, summary)
            case _ if said == WANTED:
                self._hand(member)

    def _hand(self, member: Member) -> None:
        """Hand a process the next site, None if there is none or no more is to be begun."""
        decision = None
        if self.waiting and not self.is_stopping:
            decision = self.waiting.popleft()
            site = decision.site
            member.under_way[site.key] = site, datetime.now(UTC)
            self.observer.begun(site)
        with suppress(OSError):  # it is gone, as is heard on the line
            member.line.send(decision)

    def _leave(self, member: Member) -> None:
        """Tell of the sites of a process that has ended before they had."""
        self.members.remove(member)
        ending = _ending(member.end(), at_once=self.ends_at is not None)
        why = f"the process that crawled it {ending}"
        for site, since in member.under_way.values():
            self.observer.ended(site, Summary.of_killed(site, self.plan.db, since, why))


def _ending(code: int, *, at_once: bool) -> str:
    """Return how a process ended before its work did, whether or not it was told to *at once*."""
    if at_once:
        return "was ended at once"
    if code < 0:
        told = f"was killed ({signal.Signals(-code).name})"
        return f"{told}: too little memory?" if code == -signal.SIGKILL else told
    return f"ended by itself (exit code {code})"
