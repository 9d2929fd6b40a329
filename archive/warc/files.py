"""The files of captures, and where they lie."""

from dataclasses import dataclass
from pathlib import Path


def folder_of(db: Path) -> Path:
    """Return the folder of the captures that belong to an archive: ``captures`` beside it.

    Archives of other names have theirs: ``tests.db`` has ``tests-captures``.
    """
    return db.with_name("captures" if db.stem == "archive" else f"{db.stem}-captures")


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
