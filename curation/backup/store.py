"""Where backups lie: things with names, each written whole or not at all."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

BLOCKS: Final = "data"
"""Below this name lie the blocks of files, each called by its SHA-256."""
MANIFESTS: Final = "backups"
"""Below this name lie the manifests: as many as there are backups."""
ABOUT: Final = "tinhuyen-backup.txt"
"""What tells that backups lie here, and how they are read by hand."""
LOCK: Final = "tinhuyen-backup.lock"
"""What is held by whoever writes here."""


class StoreError(Exception):
    """A store that cannot be reached, read or written; the message names it and the way out."""


class Store(Protocol):
    """A folder, or a part of a bucket, in which backups lie.

    Names have "/" between their parts. All verbs raise `StoreError`.
    """

    @property
    def name(self) -> str:
        """How it was named."""

    @property
    def staging(self) -> Path | None:
        """A folder in which databases may be copied first; None if the store has no room itself."""

    def locked(self) -> AbstractContextManager[None]:
        """Have it alone. Raises `LockedError` if somebody else does."""

    def require_lock(self) -> None:
        """Raise `StoreError` if somebody else took over, as if whoever holds it were dead."""

    def sizes(self, below: str) -> dict[str, int]:
        """Return the bytes of whatever lies below a name, by its name behind that."""

    def get(self, name: str) -> bytes:
        """Return what lies under a name."""

    def put(self, name: str, data: bytes) -> None:
        """Write it under a name, whole and to last, or not at all."""

    def remove(self, name: str) -> None:
        """Remove what lies under a name."""
