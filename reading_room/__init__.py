"""The reading room: Datasette over an archive, with Vietnamese search and an article page.

``reading_room`` opens any archive file. Where Tin Huyện is installed, the same room opens from the
command line with ``datasette archive.db -m reading_room/metadata.yaml --plugins-dir
reading_room/plugins --template-dir reading_room/templates --static static:reading_room/static``.
"""

import sqlite3
from pathlib import Path

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import parse_metadata

from archive.reading import reading_address
from reading_room import editions

HERE = Path(__file__).parent

SETTINGS = {
    "default_page_size": 50,
    "sql_time_limit_ms": 5000,  # ranking a common word in a million articles takes two seconds
    "facet_time_limit_ms": 1000,
    "max_csv_mb": 0,  # an export is streamed, and holds the whole result
    "suggest_facets": False,  # it tries every column, bodies among them; the metadata names facets
}


class ArchiveFile(Database):
    """An archive file, opened to be read while others write to it.

    Datasette puts the path into an SQLite URI as it is, which fails for a folder called "50%" or
    "#1", and would open the file for writing if a plugin asked for it.
    """

    def __init__(self, room: Datasette, path: Path) -> None:
        # "Mutable" means that the file may change under us: else a crawl's additions stay hidden.
        super().__init__(room, path=str(path), is_mutable=True)  # type: ignore[no-untyped-call]

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """Open the file; SQLite refuses every change, whatever *write* says."""
        address = reading_address(Path(self.path))
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        editions.keep(self, connection)
        return connection


def reading_room(db: Path) -> Datasette:
    """Return the reading room over the archive file *db*, as database ``archive``.

    The file is opened to be read while a crawl writes to it, so every stored article is there at
    the next request; a copy in a folder that cannot be written opens just as well. Serve it with
    ``reading_room(db).app()``, an ASGI application.
    """
    room = Datasette(
        [],
        **editions.given(parse_metadata((HERE / "metadata.yaml").read_text(encoding="utf-8"))),
        plugins_dir=str(HERE / "plugins"),
        template_dir=str(HERE / "templates"),
        static_mounts=[("static", str(HERE / "static"))],
        settings=SETTINGS,
    )
    # Datasette([]) opens an empty database in memory, which is of no use to a reader.
    room.remove_database("_memory")
    room.add_database(ArchiveFile(room, db), name="archive")
    return room
