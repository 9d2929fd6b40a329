"""Work spread over the cores of a machine, by processes that are there before the work is known."""

import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Tasks that wait for each process: results are taken in order, and memory is not to fill."""
_LEAVE = signal.SIGUSR1
"""Has a process leave what it is at, which may take minutes; to kill it could have it waited for
that it said the rest of what it was saying."""
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
        self._mask: set[int] = set()
        """The signals that were held back before."""

    def __enter__(self) -> Self:
        if self.processes > 1:
            # Each process hears it as soon as it listens, and is not ended by it before.
            self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, [_LEAVE])
            self._pool = ProcessPoolExecutor(self.processes, CONTEXT, _begin)
            self._pool.submit(os.getpid)  # of copies all are made when the first has work
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self._pool:
            if error:
                for number, process in [*self._pool._processes.items()]:
                    if process.is_alive():  # else its number may be another's by now
                        with suppress(ProcessLookupError):
                            os.kill(number, _LEAVE)
            self._pool.shutdown(cancel_futures=True)
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

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
                pending.append((task, self._pool.submit(_do, work, task)))
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
        return self._pool.submit(_do, work, task).result


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
    signal.signal(_LEAVE, _here.leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [_LEAVE])
    gc.freeze()
    Thread(target=_end_with_parent, daemon=True).start()


class _LeftError(BaseException):
    """What was being done is left as it is: nobody waits for it any more."""


class _Here:
    """What one of the processes is at."""

    is_at_work = False
    is_leaving = False

    def leave(self, *_: object) -> None:
        """Take note that nobody waits any more. Between two tasks something may be half said."""
        self.is_leaving = True
        if self.is_at_work:
            raise _LeftError


_here = _Here()


def _do(work: Callable[[T], R], task: T) -> R:
    """Do a task in another process, and leave it if nobody waits for it any more."""
    try:
        _here.is_at_work = True
        if _here.is_leaving:
            raise _LeftError
        return work(task)
    finally:
        _here.is_at_work = False


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
    os._exit(1)
