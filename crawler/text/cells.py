"""Cells of CSV files as spreadsheets take them: UTF-8 told by its mark, and no formulas.

All CSV that leaves the archive is written so: exports, tables, queries and searches of the reading
room. Who wants the very characters takes JSON.
"""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from typing import Any

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes Vietnamese for Windows-1252."""
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""As OWASP's "CSV Injection" names them, with the wide signs that some tables take for them."""
_NUMBER = re.compile(r"-\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
"""A number below zero, which begins as a formula does, and is none."""


def harmless(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula, without NUL, at which readers stop: a
    text that would be one has an apostrophe before it. What is a number stays one.
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\ufffd")
    is_formula = text.startswith(_BEGINS_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def line(cells: Iterable[Any]) -> str:
    """Return a line of CSV (RFC 4180), its end included, each cell of it `harmless`."""
    return exact_line(map(harmless, cells))


def exact_line(cells: Iterable[Any]) -> str:
    """Return a line of CSV with its cells as they are, for programs."""
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
