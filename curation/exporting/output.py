"""Where an export is written: whole or not at all, with its digest beside it."""

import hashlib
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from archive import Archive, RefusedError
from archive.selection import Selected
from curation.progress import Tell

try:
    import fcntl
except ImportError:  # another kind of system
    fcntl = None  # type: ignore[assignment]

_TOLD_EACH = 100


class ExportRefusedError(RefusedError):
    """An export that cannot be begun; the message says why and what to do."""


@dataclass
class Exported:
    """What was written."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many, by what."""
    left_out: list[str] = field(default_factory=list)
    """What could not be read, each with the reason."""


def manifest_of(path: Path) -> Path:
    """Return where the digest of a file lies, in the format of ``sha256sum``."""
    return path.with_name(f"{path.name}.sha256")


def check_free(path: Path, archive: Archive, *, force: bool) -> None:
    """Raise `ExportRefusedError` if *path* must not be written to.

    If *force*, an earlier export is written over; a part of the archive never is.
    """
    if path.is_dir():
        raise ExportRefusedError(f"{path}: a folder; name a file in it")
    if not path.parent.is_dir():
        raise ExportRefusedError(f"{path}: its folder does not exist; make it first")
    for target in (path, manifest_of(path)):
        resolved = target.resolve()
        parts = archive.path, archive.withheld.path
        names = tuple(part.name for part in parts)
        of_archive = resolved.name.startswith(names) and (
            resolved.parent == archive.path.resolve().parent
        )
        if of_archive or archive.folder.resolve() in resolved.parents:
            raise ExportRefusedError(f"{target}: a part of the archive; name another file")
        if not force and os.path.lexists(target):
            raise ExportRefusedError(f"{target}: exists; name another file, or use --force")


def counted_articles(
    selected: Selected, exported: Exported, tell: Tell
) -> Iterator[dict[str, Any]]:
    """Yield the articles that are selected, counting them and saying how far it has come."""
    total = selected.count_articles()
    exported.counts["articles"] = 0
    if undated := selected.undated():
        exported.counts["undated"] = undated
    if withheld := selected.withheld_articles():
        exported.counts["withheld"] = withheld
    for number, row in enumerate(selected.articles(), 1):
        yield row
        exported.counts["articles"] = number
        if number % _TOLD_EACH == 0 or number == total:
            tell("articles", number, total)


def chosen(fields: Sequence[str], known: Iterable[str]) -> list[str]:
    """Return which of the fields that an export has are wanted, in that order: all, or *fields*.

    Raises `ExportRefusedError` for one that it has not.
    """
    columns = [*known]
    for name in fields:
        if name not in columns:
            raise ExportRefusedError(f"no field is called {name!r}; there are {', '.join(columns)}")
    return [*dict.fromkeys(fields)] or columns


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write and read; it becomes *path*, with its digest beside it, at the end.

    If anything goes wrong there is neither, and what was there before stays. What an earlier one
    left that was killed goes. Raises OSError.
    """
    _remove_left(path)
    # A name that nobody knows before, and no file that is there already: the folder may be others'.
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    manifest = part.with_name(f"{part.name}.sha256")
    try:
        with part.open("x+b") as file:
            _is_ours(file)
            yield file
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with manifest.open("x", encoding="utf-8", newline="\n") as written:
            written.write(_line(digest, path.name))
            written.flush()
            os.fsync(written.fileno())
        # Between these there is no digest rather than a wrong one.
        manifest_of(path).unlink(missing_ok=True)
        part.replace(path)
        manifest.replace(manifest_of(path))
    finally:
        part.unlink(missing_ok=True)
        manifest.unlink(missing_ok=True)


def _remove_left(path: Path) -> None:
    """Remove the parts of *path* that nobody writes any more: whoever does holds a lock, which is
    gone with the process.
    """
    name = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]+\.part(?:\.sha256)?")
    for left in path.parent.iterdir():
        if name.fullmatch(left.name):
            with suppress(OSError), left.open("rb") as file:
                if _is_ours(file):
                    left.unlink()


def _is_ours(file: BinaryIO) -> bool:
    """Take the lock of a part, if nobody has it; False also where the system has no such locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _line(digest: str, name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if escaped != name else ""
    return f"{mark}{digest}  {escaped}\n"
