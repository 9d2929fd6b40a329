"""The articles whose page names an older neighbour that is not held: loose ends of the chain.

To ask this of each of a million articles would take longer than all else that the view ``coverage``
counts. So the table is kept in step by triggers of SQLite, in the transaction and by the statement
that stores, joins or withdraws an article, whoever makes it. A merge that adds all articles of a
site has the rows of that site made at once: `LooseEnds.made_at_once`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

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

_ADDED = "article_added"
_TRIGGER = "SELECT sql FROM main.sqlite_master WHERE type = 'trigger' AND name = ?"

SCHEMA_OF_LOOSE_ENDS = (
    """
    CREATE TABLE loose_ends (
        article_id INTEGER PRIMARY KEY REFERENCES articles(id),
        site TEXT NOT NULL REFERENCES sites(key)
    )""",
    "CREATE INDEX loose_ends_by_site ON loose_ends(site)",
    f"CREATE TRIGGER {_ADDED} AFTER INSERT ON articles BEGIN {_TIE} {_NOTE} END",
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

    def rebuild(self, of: str = "1") -> None:
        """Make the table anew, or what it has *of* some sites: a condition of their rows. Whoever
        calls it has begun the transaction.
        """
        self._db.execute(composed("DELETE FROM loose_ends WHERE {of}", of=of))
        self._db.execute(
            composed(
                "INSERT INTO loose_ends (article_id, site) SELECT article_id, site FROM ({all}) "
                "WHERE {of}",
                all=_ALL, of=of,
            )
        )  # fmt: skip

    @contextmanager
    def made_at_once(self, of: str) -> Iterator[None]:
        """Have no trigger look for the neighbours of each article that is added meanwhile, which
        takes longer than to add it: the rows *of* their sites are made anew in the end. Whoever
        calls it has begun the transaction, and undoes it if it is not brought to its end.

        The trigger is the same afterwards, to the letter, and so the schema keeps its version: else
        whoever reads the archive would read it again.
        """
        found = self._db.execute(_TRIGGER, [_ADDED]).fetchone()
        ((version,),) = self._db.execute("PRAGMA main.schema_version").fetchall()
        if found:
            self._db.execute(composed("DROP TRIGGER main.{name}", name=_ADDED))
        yield
        if found:
            self._db.execute(found[0])
            self._db.execute(
                composed("PRAGMA main.schema_version = {version}", version=str(version))
            )
        self.rebuild(of)
