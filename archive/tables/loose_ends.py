"""The articles whose page names an older neighbour that is not held: loose ends of the chain.

To ask this of each of a million articles would take longer than all else that the view ``coverage``
counts. So the table is kept in step by triggers of SQLite, in the transaction and by the statement
that stores, joins or withdraws an article, whoever makes it.
"""

from collections.abc import Iterator

from archive.connection import Connection, composed
from crawler.vocabulary.soundness import IndexFault

_HELD = "(SELECT 1 FROM articles AS held WHERE held.url = {url} AND held.site = {site})"
_NAMING = "SELECT id, site FROM articles WHERE prev_url = {row}.url AND site = {row}.site"
_ALL = composed(
    "SELECT id AS article_id, site FROM articles WHERE prev_url IS NOT NULL AND NOT EXISTS {held}",
    held=_HELD.format(url="articles.prev_url", site="articles.site"),
)
"""The rows that the table ought to have, worked out anew."""

_TIE = composed(
    "DELETE FROM loose_ends WHERE article_id IN (SELECT id FROM ({naming}));",
    naming=_NAMING.format(row="NEW"),
)
_NOTE = composed(
    "INSERT OR IGNORE INTO loose_ends (article_id, site) "
    "SELECT NEW.id, NEW.site WHERE NEW.prev_url IS NOT NULL AND NOT EXISTS {held};",
    held=_HELD.format(url="NEW.prev_url", site="NEW.site"),
)
_LOOSEN = composed(
    """DELETE FROM loose_ends WHERE article_id = OLD.id;
    INSERT OR IGNORE INTO loose_ends (article_id, site) {naming} AND NOT EXISTS {held};""",
    naming=_NAMING.format(row="OLD"),
    held=_HELD.format(url="OLD.url", site="OLD.site"),
)

SCHEMA_OF_LOOSE_ENDS = (
    """
    CREATE TABLE loose_ends (
        article_id INTEGER PRIMARY KEY REFERENCES articles(id),
        site TEXT NOT NULL REFERENCES sites(key)
    )""",
    "CREATE INDEX loose_ends_by_site ON loose_ends(site)",
    f"CREATE TRIGGER article_added AFTER INSERT ON articles BEGIN {_TIE} {_NOTE} END",
    f"CREATE TRIGGER article_deleted AFTER DELETE ON articles BEGIN {_LOOSEN} END",
    f"""
    CREATE TRIGGER article_moved AFTER UPDATE OF id, site, url, prev_url ON articles
    WHEN (OLD.id, OLD.site, OLD.url) IS NOT (NEW.id, NEW.site, NEW.url)
      OR OLD.prev_url IS NOT NEW.prev_url
    BEGIN {_LOOSEN} {_TIE} {_NOTE} END""",
)
"""The table with what keeps it in step. A table ``articles`` that is made anew needs it anew."""


class LooseEnds:
    """Reads ``loose_ends``, and makes it anew."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def faults(self) -> Iterator[tuple[int, str]]:
        """Yield the articles that are in the table and ought not to be, or the reverse."""
        held = "SELECT article_id, site FROM loose_ends"
        sql = "SELECT article_id FROM ({these} EXCEPT {those}) ORDER BY article_id"
        for (article_id,) in self._db.execute(composed(sql, these=_ALL, those=held)):
            yield article_id, IndexFault.NO_LOOSE_END
        for (article_id,) in self._db.execute(composed(sql, these=held, those=_ALL)):
            yield article_id, IndexFault.LOOSE_END

    def rebuild(self) -> None:
        """Make the table anew. Whoever calls it has begun the transaction."""
        self._db.execute("DELETE FROM loose_ends")
        self._db.execute(composed("INSERT INTO loose_ends (article_id, site) {all}", all=_ALL))
