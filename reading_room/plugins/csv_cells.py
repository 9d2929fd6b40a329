"""The CSV of tables, queries and rows, which Datasette writes: as all CSV of ours is written."""

import csv
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from datasette.views import base

from crawler.text.cells import BYTE_ORDER_MARK, line


class Writer:
    """Writes lines to a file of which ``write`` may be a coroutine, as `csv.writer` does; the first
    one after a byte order mark.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._before = BYTE_ORDER_MARK

    def writerow(self, cells: Iterable[Any]) -> Any:
        """Write a line."""
        before, self._before = self._before, ""
        return self._file.write(before + line(cells))


# Datasette has no hook for it: of the module it uses nothing but this.
base.csv = SimpleNamespace(**{**vars(csv), "writer": Writer})  # type: ignore[assignment]
