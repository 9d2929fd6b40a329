"""Disks that are too small: a tmpfs where we may mount one, else a limit on the size of files."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from stage import MIB, Done, Stage

LOG_BYTES = 4 * MIB
"""Of the write-ahead log, when SQLite folds it into the file."""


class Disk(Protocol):
    """A disk with an archive on it."""

    kind: str
    stage: Stage

    def enough(self, archive: int) -> int:
        """Return the bytes that it needs for an archive of so many and its log."""

    def resize(self, size: int) -> None:
        """Give it *size* bytes."""

    def crawl(self, site: str, *arguments: str) -> Done:
        """Crawl until it is full or all is held."""


@dataclass
class Tmpfs:
    """A disk in memory, mounted."""

    stage: Stage
    kind = "a tmpfs"

    def enough(self, archive: int) -> int:
        """Return the bytes that it needs for an archive of so many and its log."""
        return archive + LOG_BYTES

    def resize(self, size: int) -> None:
        """Give it *size* bytes."""
        mount("-o", f"remount,size={size}", str(self.stage.db.parent))

    def crawl(self, site: str, *arguments: str) -> Done:
        """Crawl until it is full or all is held."""
        return self.stage.crawl(site, *arguments, code=None)


@dataclass
class Limited:
    """The disk that is there, on which no file may become larger."""

    stage: Stage
    size: int = 0
    kind = "files of limited size"

    def enough(self, archive: int) -> int:
        """Return the bytes that the largest file needs, archive or log."""
        return max(archive, LOG_BYTES)

    def resize(self, size: int) -> None:
        """Let files have *size* bytes."""
        self.size = size

    def crawl(self, site: str, *arguments: str) -> Done:
        """Crawl until a file cannot grow or all is held."""
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        return self.stage.crawl(
            site,
            *arguments,
            code=None,
            before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, most)),
        )


@contextmanager
def small_disk(stage: Stage, *, mounted: bool = True) -> Iterator[Disk]:
    """Yield a disk for the archive of a stage; a tmpfs if *mounted* and we may mount one."""
    folder = stage.folder / "disk"
    folder.mkdir(exist_ok=True)
    elsewhere = replace(stage, db=folder / stage.db.name)
    if not (mounted and os.geteuid() == 0 and shutil.which("mount")):
        yield Limited(elsewhere)
        return
    try:
        mount("-t", "tmpfs", "-o", "size=1m", "tinhuyen-bench", str(folder))
    except subprocess.CalledProcessError:
        yield Limited(elsewhere)
        return
    try:
        yield Tmpfs(elsewhere)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def mount(*arguments: str) -> None:
    """Mount as told. Raises `subprocess.CalledProcessError` where that is not allowed."""
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
