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
    from reading_room.room import reading_room as reading_room

HERE = Path(__file__).parent


def __getattr__(name: str) -> object:
    """Return what opens the room; modules of the package Python finds by itself."""
    if name != "reading_room":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("reading_room.room"), name)
