"""The words by which articles are found in ``articles_fts``, written once a transaction.

Before each statement that could fail by half, FTS5 writes down all that it has taken in, as a part
of its index that is merged with others later. An article is stored by a dozen such statements: its
words would be a part by themselves.
"""

from archive.connection import Connection, Row
from crawler.text.fold import fold

INDEXED = ("title", "lead", "body", "exact")
"""The columns of ``articles_fts``."""
_ADD = "INSERT INTO articles_fts (rowid, title, lead, body, exact) VALUES (?, ?, ?, ?, ?)"
_REMOVE = """
    INSERT INTO articles_fts (articles_fts, rowid, title, lead, body, exact)
    VALUES ('delete', ?, ?, ?, ?, ?)"""
_MOST_LETTERS = 1 << 21
"""Of what waits to be written: twice what FTS5 itself keeps in memory."""


class Indexing:
    """What a transaction changes in ``articles_fts``, in its order. Until `write` nothing of it is
    found, so that whoever ends the transaction calls that before.
    """

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._waiting: list[tuple[str, int, list[str]]] = []
        self._letters = 0

    def add(self, article_id: int, row: Row) -> None:
        """Have an article found by the words of a row."""
        self._wait(_ADD, article_id, row)

    def remove(self, article_id: int, row: Row) -> None:
        """Have an article not found any more by the words of a row: just those by which it is."""
        self._wait(_REMOVE, article_id, row)

    def write(self) -> None:
        """Write what waits."""
        for sql, article_id, texts in self._waiting:
            self._db.execute(sql, [article_id, *texts])
        self.forget()

    def forget(self) -> None:
        """Forget what waits: its transaction came to nothing, or it is written."""
        self._waiting.clear()
        self._letters = 0

    def _wait(self, sql: str, article_id: int, row: Row) -> None:
        texts = indexed(row)
        self._waiting.append((sql, article_id, texts))
        self._letters += sum(map(len, texts))
        if self._letters > _MOST_LETTERS:
            self.write()


def indexed(row: Row) -> list[str]:
    """Return the columns of ``articles_fts`` for a row: three without marks, one as written."""
    texts = [row["title"], row["lead"] or "", row["body"] or ""]
    return [*map(fold, texts), "\n".join(texts)]


def index_row(article_id: int, row: Row) -> Row:
    """Return the row of ``articles_fts`` by which an article is found."""
    return {"rowid": article_id, **dict(zip(INDEXED, indexed(row), strict=True))}
