"""Where the commands print."""

import re
import shlex
import sys
from pathlib import Path
from typing import IO, TextIO, cast

from rich.console import Console

_WIDE = 1000
"""Columns for a pipe or a file, where nothing must be cut or folded."""
USUAL_ARCHIVE = Path("archive.db")
_PADDING = re.compile(r"[ \t]+(?=\n)")


class _Unpadded:
    """A stream without the blanks with which a table fills its last column."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(_PADDING.sub("", text))

    def flush(self) -> None:
        self._stream.flush()


def typed(*words: str, db: Path = USUAL_ARCHIVE) -> str:
    """Return one of our commands, on the archive *db*, as a shell takes it: with quotes where an
    address has a & or a path a blank.
    """
    option = () if db == USUAL_ARCHIVE else ("--db", str(db))
    return shlex.join(("tinhuyen", *words, *option))


def out() -> Console:
    """Return standard output: as wide as the terminal, and without end where it is none."""
    return _console(sys.stdout)


def err() -> Console:
    """Return standard error likewise."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    if stream.isatty():
        return Console(stderr=stream is sys.stderr)
    return Console(width=_WIDE, file=cast("IO[str]", _Unpadded(stream)))
