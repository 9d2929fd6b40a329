"""Having on the disk what was written, so that a power cut does not lose it.

Whoever wants to know how often a crawl waits for its disk, or what a slow one does to it, looks
here: beside SQLite's own, when it folds its log into the file, nothing else asks for it.
"""

import os
from contextlib import suppress
from pathlib import Path


def sync(file: int) -> None:
    """Have on the disk what was written to an open file. Raises OSError if that fails."""
    os.fdatasync(file) if hasattr(os, "fdatasync") else os.fsync(file)


def sync_log(db: Path) -> None:
    """Have on the disk what was committed to a database: its write-ahead log.

    It is what SQLite does itself at each commit if it is told that each must last. SQLite takes
    its locks on other files, so that this one may be opened and closed. Raises OSError.
    """
    with suppress(FileNotFoundError):  # folded into the file, which SQLite does not leave unsynced
        file = os.open(f"{db.resolve()}-wal", os.O_RDWR)
        try:
            sync(file)
        finally:
            os.close(file)
