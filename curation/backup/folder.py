"""Backups in a folder."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from archive import LockedError, explain_os, sync_folder, write_whole
from crawler.vocabulary.soundness import BackupTrouble, Said
from curation.backup.store import LOCK, StoreError

_STAGING = ".tinhuyen-staging"
_PART = ".tinhuyen-part"


class Folder:
    """A folder in which backups lie. It is made when the first is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """How it was named."""
        return str(self.path)

    @property
    def staging(self) -> Path | None:
        """A folder in which databases may be copied first."""
        return self.path / _STAGING

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Have it alone, until this process ends."""
        with self._in_words():
            self.path.mkdir(mode=0o700, exist_ok=True)  # texts lie in it that nobody is to see
            if not os.access(self.path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), self.name)
        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise LockedError(f"{self.name}: another backup is being written there") from None
        except OSError as error:
            raise self._told(error) from error
        try:
            yield
        finally:
            with suppress(OSError):
                shutil.rmtree(self.path / _STAGING, ignore_errors=True)
                for left in self.path.rglob(f".*{_PART}"):  # of one that was killed
                    left.unlink()
            lock.release()

    def require_lock(self) -> None:
        """Nobody takes over from a process that lives."""

    def sizes(self, below: str) -> dict[str, int]:
        """Return the bytes of whatever lies below a name, by its name behind that."""
        with self._in_words():
            top = self.path / below
            if not self.path.is_dir():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.name)
            return {
                file.relative_to(top).as_posix(): file.stat().st_size
                for file in sorted(top.rglob("*"))
                if file.is_file() and not _is_passing(file.relative_to(top))
            }

    def get(self, name: str) -> bytes:
        """Return what lies under a name."""
        with self._in_words():
            return (self.path / name).read_bytes()

    def put(self, name: str, data: bytes) -> None:
        """Write it under a name, whole and on the disk, or not at all."""
        path = self.path / name
        with self._in_words():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Texts may be in it that nobody is to see.
            write_whole(path, data, mode=0o600, part=_PART)
            sync_folder(path.parent)

    def remove(self, name: str) -> None:
        """Remove what lies under a name."""
        with self._in_words():
            (self.path / name).unlink(missing_ok=True)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._told(error) from error

    def _told(self, error: OSError) -> StoreError:
        where = error.filename or self.name
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            what: str = BackupTrouble.FORBIDDEN
        elif error.errno in (errno.ENOENT, errno.ENOTDIR):
            what = BackupTrouble.NOT_THERE
        else:
            what = explain_os(error)
        return StoreError(Said.OF.of(record=where, what=what))


def _is_passing(path: Path) -> bool:
    """Whether a file is one of ours that is gone when a backup is made."""
    return path.parts[0] == _STAGING or path.name.endswith(_PART)
