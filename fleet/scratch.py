"""Room on a worker's disk in which districts are crawled, gone after the job whatever came of it.

A worker that was killed leaves what it had there. Nothing of it is used again, since another may
have gone on meanwhile; the next worker that begins in the same folder removes it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_NAME = "worker-"


class Scratch:
    """A worker's own folder in the one that it was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remove(self) -> None:
        """Remove all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def for_job(self, site: str, token: int) -> Iterator[Path]:
        """Give an empty folder for a job."""
        path = self.folder / f"{site}.{token}"
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def scratch_in(folder: Path, worker: str) -> Iterator[Scratch]:
    """Give a worker its folder, and remove those of workers that are no more. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_NAME}*.lock"):
        try:
            with FileLock(left, timeout=0):
                shutil.rmtree(left.with_suffix(""), ignore_errors=True)
                left.unlink(missing_ok=True)
        except Timeout:
            continue  # it lives
    own = folder / f"{_NAME}{worker}"
    lock = own.with_name(f"{own.name}.lock")
    with FileLock(lock, timeout=0):
        own.mkdir(mode=0o700)
        try:
            yield Scratch(own)
        finally:
            shutil.rmtree(own, ignore_errors=True)
            lock.unlink(missing_ok=True)
