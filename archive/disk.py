"""Having on the disk what was written, so that a power cut does not lose it.

Whoever wants to know how often a crawl waits for its disk, or what a slow one does to it, looks
here: beside SQLite's own, when it folds its log into the file, nothing else asks for it.
"""

import os
import secrets
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


def sync_folder(path: Path) -> None:
    """Have on the disk which files a folder has, where the system can do that. Raises OSError."""
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_whole(path: Path, data: bytes, *, mode: int = 0o666, part: str = ".new") -> None:
    """Write a file so that it is there whole, whenever the machine goes down, or as it was before.

    Until then it has a name that ends in *part* and that nobody knows before: the folder may be
    others', too. *mode* is that of the file, less the umask. Raises OSError.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}{part}")
    try:
        with open(new, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
