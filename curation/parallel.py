"""Work spread over all cores."""

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
"""Tasks that wait for each core: results are taken in order, and memory is not to fill."""


def in_parallel(work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
    """Yield each task, in order, with what *work*, a function of a module, makes of it.

    A single task is done here: another process would take longer to begin. Raises
    `concurrent.futures.process.BrokenProcessPool` if a process was killed.
    """
    remaining = iter(tasks)
    first = list(islice(remaining, 2))
    cores = _cores()
    if len(first) < 2 or cores == 1:
        for task in chain(first, remaining):
            yield task, work(task)
        return
    # Not forked: a fork would share the open archive and the threads of a progress bar.
    pool = ProcessPoolExecutor(cores, get_context("spawn"), _leave_interrupts)
    try:
        pending: deque[tuple[T, Future[R]]] = deque()
        for task in chain(first, remaining):
            pending.append((task, pool.submit(work, task)))
            if len(pending) > cores * _AHEAD:
                yield _done(*pending.popleft())
        while pending:
            yield _done(*pending.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _done(task: T, future: Future[R]) -> tuple[T, R]:
    return task, future.result()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _leave_interrupts() -> None:
    """Let Ctrl-C be the business of the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
