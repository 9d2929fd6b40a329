"""The line between a crawl and the processes that it is shared out over: who says what on it.

A process asks for a site (`WANTED`) and is answered with how it is crawled, or None where there is
no more. It says what came of a site, as the site and its summary, and what is logged, as records.
What it is told to do comes on a pipe of its own, since it listens to that at any time: an `Order`,
and its end where whoever gives orders is gone.
"""

import logging
from contextlib import suppress
from enum import IntEnum
from multiprocessing.connection import Connection
from threading import Lock

from tinhuyen.ways import Decision

WANTED = "wanted"
"""What a process says that can crawl one more site."""

_OF_RECORD = ("name", "levelno", "levelname", "pathname", "filename", "lineno", "created", "msecs")
"""What is said of a record that is logged, beside its words."""


class Order(IntEnum):
    """What a process may be told to do, as a byte."""

    WIND_UP = 1
    END = 2


class Line:
    """The end of a process that crawls: any of its threads may say something."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = Lock()

    def say(self, what: object) -> None:
        """Say something. Raises OSError where nobody hears it any more."""
        with self._lock:
            self._connection.send(what)

    def next(self) -> Decision | None:
        """Return how one more site is crawled, None if there is none, or nobody to say it."""
        try:
            self.say(WANTED)
            decision: Decision | None = self._connection.recv()
        except (EOFError, OSError):
            return None
        return decision


class LineHandler(logging.Handler):
    """Says on the line what is logged, as far as anybody hears it."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Say a record in words, without what Scrapy hangs on it: the whole spider.

        Who would hear it may be gone, and then this process ends, too.
        """
        plain = {name: getattr(record, name) for name in _OF_RECORD}
        with suppress(OSError):
            self._line.say(logging.makeLogRecord(plain | {"msg": self.format(record)}))
