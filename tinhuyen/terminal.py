"""Where the commands print."""

import sys

from rich.console import Console

_WIDE = 1000
"""Columns for a pipe or a file, where nothing must be cut or folded."""


def out() -> Console:
    """Return standard output: as wide as the terminal, and without end where it is none."""
    return Console(width=None if sys.stdout.isatty() else _WIDE)


def err() -> Console:
    """Return standard error likewise."""
    return Console(stderr=True, width=None if sys.stderr.isatty() else _WIDE)
