"""Work spread over the cores of a machine, by processes that are there before the work is known."""

import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Tasks that wait for each process: results are taken in order, and memory is not to fill."""
CONTEXT = get_context("fork") if sys.platform == "linux" else get_context("spawn")
"""How processes are begun. A copy of this one has read the libraries, which takes a second; but
other systems have some of their own that bear no copying."""


class Workers:
    """So many processes that do work for this one; one is this one, and no other.

    They are begun as the context is entered, and are copies of the process as it is then: whoever
    enters it has imported what the work needs, and has no archive open and no threads, neither of
    which may be copied.
    """

    def __init__(self, processes: int = 1) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self.processes > 1:
            self._pool = ProcessPoolExecutor(self.processes, CONTEXT, _begin)
            self._pool.submit(os.getpid)  # of copies all are made when the first has work
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Yield each task, in order, with what *work*, a function of a module, makes of it.

        Raises `concurrent.futures.process.BrokenProcessPool` if a process was killed.
        """
        if self._pool is None:
            for task in tasks:
                yield task, work(task)
            return
        pending: deque[tuple[T, Future[R]]] = deque()
        try:
            for task in tasks:
                pending.append((task, self._pool.submit(work, task)))
                if len(pending) > self.processes * _AHEAD:
                    yield _done(*pending.popleft())
            while pending:
                yield _done(*pending.popleft())
        finally:
            for _, future in pending:
                future.cancel()

    def begin(self, work: Callable[[T], R], task: T) -> Callable[[], R]:
        """Have something long done beside other work; what is returned waits for what came of it.

        Without other processes it is done then. Raises as `do`.
        """
        if self._pool is None:
            return lambda: work(task)
        return self._pool.submit(work, task).result


ALONE = Workers()
"""This process, and no other."""


def _done(task: T, future: Future[R]) -> tuple[T, R]:
    return task, future.result()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin() -> None:
    """Prepare a process: Ctrl-C is the business of the one that it works for, with which it ends,
    and what it has of it is left where it is, or the two would have it twice.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
    os._exit(1)
