"""Who is asked what: pages of our own by the room itself, visitors' own questions by processes
beside it, so that neither a slow question nor a hostile one keeps an article from being read.
"""

import asyncio
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from datasette.database import QueryInterrupted, Results

from reading_room.asking.worker import GRACE, Answer, Failure, Question

_CODE = """
import sys
from reading_room.asking.worker import answer_questions
answer_questions(sys.argv[1], int(sys.argv[2]))
"""
log = logging.getLogger(__name__)

_ROOT = str(Path(__file__).parents[2])

_asks_freely = ContextVar("asks_freely", default=False)


@contextmanager
def visitors_lane() -> Iterator[None]:
    """Have what is asked meanwhile, for this request, answered beside the room."""
    token = _asks_freely.set(True)
    try:
        yield
    finally:
        _asks_freely.reset(token)


def asks_freely() -> bool:
    """Whether what is asked now is in a visitor's own words."""
    return _asks_freely.get()


@dataclass(frozen=True, slots=True)
class _Child:
    process: "subprocess.Popen[bytes]"
    pipe: Connection

    def end(self, patience: float = 0.0) -> int:
        """End it after so many seconds, if it does not end by itself; return how it ended."""
        self.pipe.close()
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(patience)
        self.process.kill()  # it holds nothing but a connection to read by
        return self.process.wait()


class Workers:
    """Processes that answer questions to an archive, each begun when it is first needed."""

    def __init__(self, archive: Path, number: int) -> None:
        self._archive = archive
        self._executor = ThreadPoolExecutor(number, thread_name_prefix="visitors")
        self._own = threading.local()
        self._children: set[_Child] = set()

    async def ask(self, question: Question) -> Results:
        """Return what a worker answers.

        Raises `QueryInterrupted` for what takes too long, and `sqlite3.OperationalError` for what
        is wrong with it.
        """
        loop = asyncio.get_running_loop()
        outcome = await loop.run_in_executor(self._executor, self._ask, question)
        if isinstance(outcome, Answer):
            return Results(_as_rows(outcome), outcome.is_cut, outcome.description)
        if outcome is None or outcome.words == "interrupted":
            interrupted = sqlite3.OperationalError("interrupted")
            raise QueryInterrupted(interrupted, question.sql, question.parameters)
        raise sqlite3.OperationalError(outcome.words)

    def close(self) -> None:
        """End all of them."""
        for child in [*self._children]:
            child.end()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _ask(self, question: Question) -> Answer | Failure | None:
        """Ask the worker of this thread; None if it was ended, for its question lasted too long."""
        child: _Child | None = getattr(self._own, "child", None)
        if child is None or child.process.poll() is not None:
            try:
                child = self._own.child = self._begun()
            except OSError as error:  # no room for another process, say
                log.error("no process to answer questions can be begun: %s", error)
                return Failure(f"no process can be begun to be asked ({error.strerror})")
        try:
            child.pipe.send(question)
            outcome: Answer | Failure = child.pipe.recv()
        except (EOFError, OSError):
            self._children.discard(child)
            self._own.child = None
            code = child.end(patience=GRACE)
            if code == -signal.SIGALRM:
                return None
            log.error("a process that answers questions ended by itself, with %s", code)
            return Failure(f"the process that was asked has ended ({code})")
        return outcome

    def _begun(self) -> _Child:
        ours, theirs = Pipe()
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
        process = subprocess.Popen(  # noqa: S603 - our own code, with the archive's path
            [sys.executable, "-c", _CODE, str(self._archive), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
        )
        theirs.close()
        child = _Child(process, ours)
        self._children.add(child)
        return child


def _as_rows(answer: Answer) -> list[Any]:
    """Return an answer's rows as `sqlite3.Row`, which Datasette and templates take them for."""
    names = [column[0] for column in answer.description or ()]
    if not names:
        return []
    connection = sqlite3.connect(":memory:")
    quoted = (name.replace('"', '""') for name in names)
    cursor = connection.execute("SELECT " + ", ".join(f'NULL AS "{name}"' for name in quoted))
    rows = [sqlite3.Row(cursor, row) for row in answer.rows]
    connection.close()
    return rows
