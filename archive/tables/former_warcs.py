"""The files of captures in whose place others stand, until they are removed and after."""

from collections.abc import Iterable
from datetime import datetime

from archive.connection import Connection, Row
from archive.times import utc


class FormerWarcQueries:
    """Reads ``former_warcs``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def there(self, site: str | None = None) -> list[Row]:
        """Return the rows of a site, or of all, whose files were not removed, oldest first."""
        sql = """
            SELECT * FROM former_warcs WHERE removed_at IS NULL AND site = coalesce(?, site)
            ORDER BY replaced_at, file"""
        return [*self._db.query(sql, [site])]

    def place_of(self, file: str) -> str:
        """Return the file that stands in the place of another today."""
        while found := self._db.select("former_warcs", file=file):
            file = found[0]["replaced_by"]
        return file


class FormerWarcs(FormerWarcQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def begin(self, site: str, files: Iterable[tuple[str, int]], replaced_by: str) -> None:
        """Note that a file is being written in the place of others; each with its bytes."""
        for file, size in files:
            row = {"file": file, "site": site, "bytes": size, "replaced_by": replaced_by}
            self._db.insert("former_warcs", row)

    def end(self, replaced_by: str, at: datetime) -> None:
        """Note that it stands in their place."""
        self._db.update("former_warcs", {"replaced_at": utc(at)}, replaced_by=replaced_by)

    def unfinished(self, site: str) -> list[str]:
        """Return the files of a site that were begun and do not stand in the place of others."""
        sql = """
            SELECT DISTINCT replaced_by FROM former_warcs
            WHERE site = ? AND replaced_at IS NULL ORDER BY 1"""
        return [name for (name,) in self._db.execute(sql, [site])]

    def undo(self, replaced_by: str) -> None:
        """Note that a file that was begun will not stand in the place of others."""
        self._db.delete("former_warcs", replaced_by=replaced_by)

    def removed(self, file: str, at: datetime) -> None:
        """Note that a file was removed."""
        self._db.update("former_warcs", {"removed_at": utc(at)}, file=file)
