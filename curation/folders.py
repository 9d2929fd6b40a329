"""Folders that are written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive import RefusedError, sync_folder


def require_free(to: Path) -> None:
    """Raise `RefusedError` unless a folder can be made at *to*: there is none, or an empty one."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise RefusedError(f"{to}: is not empty; name a folder that is not there yet")
    if not to.absolute().parent.is_dir():
        raise RefusedError(f"{to}: its folder does not exist; make it first")


@contextmanager
def atomic_folder(to: Path, *, mode: int = 0o777) -> Iterator[Path]:
    """Give a folder to fill, which becomes *to* if nothing goes wrong, and is gone otherwise.

    *to* is not there, or empty (`require_free`). Raises OSError.
    """
    folder = to.absolute().with_name(f".{to.absolute().name}.{os.getpid()}.part")
    folder.mkdir(mode=mode)
    try:
        yield folder
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                sync_folder(path)
        folder.replace(to)  # in the place of an empty one, too
        sync_folder(to.absolute().parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
