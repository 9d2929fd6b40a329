"""The files of captures, and where they lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIX: Final = ".warc.zst"


def folder_of(db: Path) -> Path:
    """Return the folder of the captures that belong to an archive: ``captures`` beside it.

    Archives of other names have theirs: ``tests.db`` has ``tests-captures``.
    """
    return db.with_name("captures" if db.stem == "archive" else f"{db.stem}-captures")


def files_beside(db: Path) -> int:
    """Return how many files of captures lie beside an archive, whether it knows them or not."""
    return sum(1 for _ in folder_of(db).glob(f"*/*{SUFFIX}"))


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A file of captures, as far as it is known to be whole."""

    name: str
    """Relative to the folder of captures, with "/"."""
    head_length: int
    """Bytes of the dictionary and the warcinfo record, with which it begins."""
    head_sha256: str
    end: int
    """Where the last record ends that is known."""
