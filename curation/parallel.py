"""Work spread over the cores of a machine."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Tasks that wait for each process: results are taken in order, and memory is not to fill."""


def in_parallel(
    work: Callable[[T], R], tasks: Iterable[T], processes: int | None = None
) -> Iterator[tuple[T, R]]:
    """Yield each task, in order, with what *work*, a function of a module, makes of it.

    It is done in so many *processes*, without a number in one a core. One needs no other than this,
    nor does a single task: to begin another would take longer. Raises
    `concurrent.futures.process.BrokenProcessPool` if a process was killed.
    """
    remaining = iter(tasks)
    first = list(islice(remaining, 2))
    processes = processes or cores()
    if len(first) < 2 or processes == 1:
        for task in chain(first, remaining):
            yield task, work(task)
        return
    # Not forked: a fork would share the open archive and the threads of a progress bar.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _leave_interrupts)
    try:
        pending: deque[tuple[T, Future[R]]] = deque()
        for task in chain(first, remaining):
            pending.append((task, pool.submit(work, task)))
            if len(pending) > processes * _AHEAD:
                yield _done(*pending.popleft())
        while pending:
            yield _done(*pending.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _done(task: T, future: Future[R]) -> tuple[T, R]:
    return task, future.result()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _leave_interrupts() -> None:
    """Let Ctrl-C be the business of the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
