"""What an archive says, without what depends on when and in which order it was asked."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from archive.connection import Connection
from archive.tables import Tables
from archive.tables.loose_ends import LooseEnds
from archive.transactions import Transactions

_QUERIES = (
    """SELECT site, url, title, lead, body, body_html, author, category, published_at,
              published_raw, published_by, modified_at, prev_url, next_url, language, words,
              revision, text_sha256, canonical_url, read_from
       FROM articles ORDER BY url, site""",
    """SELECT articles.url, position, images.url, caption, alt, width, height
       FROM images JOIN articles ON articles.id = article_id ORDER BY 1, 2""",
    """SELECT articles.url, position, attachments.url, label
       FROM attachments JOIN articles ON articles.id = article_id ORDER BY 1, 2""",
    """SELECT articles.url, name FROM article_tags JOIN tags ON tags.id = tag_id
       JOIN articles ON articles.id = article_id ORDER BY 1, 2""",
    """SELECT site, url, urlkey, state, status, reason, moved_to, recheck
       FROM urls ORDER BY url, site""",
    """SELECT articles.url FROM articles_fts JOIN articles ON articles.id = articles_fts.rowid
       WHERE articles_fts MATCH 'huyen OR xa' ORDER BY 1""",
)


def content_hash(db: Path) -> str:
    """Return a digest of all that an archive holds; what it counts beside it must agree with it."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(db)) as connection:
        archive = Connection(connection)
        if "loose_ends" in archive.table_names():  # an older version had none
            assert list(LooseEnds(archive).faults()) == []
        for query in _QUERIES:
            for row in connection.execute(query):
                digest.update(repr(row).encode())
    return digest.hexdigest()


@contextmanager
def writing(db: Path) -> Iterator[Tables]:
    """Give the tables of an archive to a test that writes what no verb of the archive would."""
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        opened = Connection(connection)
        tables = Tables(opened)
        with Transactions(opened, tables, db).begin():
            yield tables


def let_pass(db: Path) -> None:
    """Have the time pass for which hosts asked to be left alone."""
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("UPDATE hosts SET until = noted_at").rowcount
        connection.commit()


def in_the_next_second() -> None:
    """Let the second end in which the archive says that all was seen: it is before the next."""
    time.sleep(1)
