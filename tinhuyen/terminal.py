"""Where the commands print."""

import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, cast

from rich.cells import cell_len
from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table

_WIDE = 1000
"""Columns for a pipe or a file, where nothing must be cut or folded."""
USUAL_ARCHIVE = Path("archive.db")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
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


def plain(text: str) -> str:
    """Return a text without what would have a terminal do anything but show it."""
    return _CONTROLS.sub("", text)


def out() -> Console:
    """Return standard output: as wide as the terminal, and without end where it is none."""
    return _console(sys.stdout)


def err() -> Console:
    """Return standard error likewise."""
    return _console(sys.stderr)


def print_table(table: "Table", *, highlight: bool | None = None) -> None:
    """Print a table without lines. For a pipe or a file, where nothing is folded, its columns are
    laid out here: Rich takes 0.8 ms a row for the same.
    """
    if (console := out()).is_terminal:
        console.print(table, markup=False, highlight=highlight)
        return
    columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    rows = [[cell.split("\n") for cell in row] for row in zip(*columns, strict=True)]
    laid_out = [line for row in rows for line in zip_longest(*row, fillvalue="")]
    widths = [max(map(cell_len, column)) for column in zip(*laid_out, strict=True)]
    for line in laid_out:
        cells = []
        for cell, width, column in zip(line, widths, table.columns, strict=True):
            padding = " " * (width - cell_len(cell))
            cells.append(padding + cell if column.justify == "right" else cell + padding)
        console.file.write("  ".join(cells) + "\n")


def print_counts(of: str, columns: Sequence[str], rows: Iterable[tuple[str, object]]) -> None:
    """Print a table of numbers: a row for each name, which stand in the column *of*, with what the
    value beside it has for attributes, called as the *columns* are in small letters.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(of)
    for heading in columns:
        table.add_column(heading, justify="right")
    for name, counted in rows:
        table.add_row(name, *(str(getattr(counted, heading.lower())) for heading in columns))
    print_table(table)


def _console(stream: TextIO) -> Console:
    if stream.isatty():
        return Console(stderr=stream is sys.stderr)
    return Console(width=_WIDE, file=cast("IO[str]", _Unpadded(stream)))
