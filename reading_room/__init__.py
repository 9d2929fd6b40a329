"""The reading room: Datasette over an archive, with Vietnamese search and an article page.

``reading_room`` opens any archive file. Where Tin Huyện is installed, the same room opens from the
command line with ``datasette archive.db -m reading_room/metadata.yaml --plugins-dir
reading_room/plugins --template-dir reading_room/templates --static static:reading_room/static``.

The room itself stands in ``room.py``, and is imported when it is first asked for: who only names
its rules waits for no Datasette.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reading_room.room import ArchiveFile as ArchiveFile
    from reading_room.room import Room as Room
    from reading_room.room import reading_room as reading_room

HERE = Path(__file__).parent


def __getattr__(name: str) -> object:
    """Return what the room offers by a name."""
    if name.startswith("__"):
        raise AttributeError(name)  # what Python itself asks of a package
    return getattr(import_module("reading_room.room"), name)
