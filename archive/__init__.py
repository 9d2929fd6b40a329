"""The archive: the one package that writes SQL. Everything else calls it by a verb.

What may be used of it stands in ``door.py``, and is imported when it is first asked for: the
reading room opens an archive by ``archive.reading`` alone, without all that writes.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.door import *  # noqa: F403 - the names of the door, in one place


def __getattr__(name: str) -> object:
    """Return what the door offers by a name."""
    return getattr(import_module("archive.door"), name)
