"""A process that answers what visitors ask in their own words: their SQL, filters and facets.

`reading_room.asking.lanes` starts it, and gives it the end of a pipe. It holds one connection,
takes a bounded part of memory and of the disk, gives way to the room, and is ended by the system's
own alarm if a question lasts longer than it may: some of SQLite's functions look at no clock
(``instr`` of two long texts takes hours).
"""

import os
import resource
import signal
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from datasette.utils import sqlite_timelimit

from reading_room.asking.bounds import MIB, MISTAKES, bound_heap

GRACE = 1.0
"""Seconds beyond its time after which a question ends the process."""
NICENESS = 5
"""By how much a worker gives way to the room, as ``nice`` counts."""
_MEMORY = 1024 * MIB
"""Of all that the process holds, Python's own part included."""
_FILE = 64 * MIB
"""Of a file: even who only reads an archive may have to make the one by which SQLite's readers and
writers agree, 32 KiB for each 16 MiB that wait to be taken over."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, its parameters, and how much of the answer is wanted."""

    sql: str
    parameters: Any
    milliseconds: float
    rows: int | None
    """At most; all if that is None."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found."""

    description: tuple[Any, ...] | None
    """Of the columns, as a cursor has it."""
    rows: list[tuple[Any, ...]]
    is_cut: bool
    """Whether there are more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was, in the words of SQLite."""

    words: str


def answered(connection: sqlite3.Connection, question: Question) -> Answer | Failure:
    """Ask a connection."""
    try:
        with sqlite_timelimit(connection, question.milliseconds):
            cursor = connection.cursor()
            cursor.execute(question.sql, question.parameters)
            most = question.rows
            found = cursor.fetchall() if most is None else cursor.fetchmany(most + 1)
            rows = [tuple(row) for row in found[:most]]
            return Answer(cursor.description, rows, is_cut=len(found) > len(rows))
    except MISTAKES as error:
        return Failure(str(error) or "out of memory")


def answer_questions(archive: str, descriptor: int) -> None:
    """Answer one question after the other, until the room closes its end."""
    from reading_room import reading_room  # which imports what this module gives it

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C closes the room, and that closes the pipe
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for kind, most in (
        (resource.RLIMIT_DATA, _MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):  # a service that is walled off may not, as below
            resource.setrlimit(kind, (most, most))
    room = reading_room(Path(archive))
    connection = room.get_database("archive").connect()
    room._prepare_connection(connection, "archive")
    bound_heap(connection)
    with suppress(OSError):
        os.nice(NICENESS)  # not before it is ready: whoever asked first waits for that
    pipe = Connection(descriptor)
    with suppress(EOFError, BrokenPipeError):
        while True:
            question = pipe.recv()
            signal.setitimer(signal.ITIMER_REAL, question.milliseconds / 1000 + GRACE)
            outcome = answered(connection, question)
            pipe.send(outcome)
            signal.setitimer(signal.ITIMER_REAL, 0)
