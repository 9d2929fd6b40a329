"""The full-text index held against the texts: does it find every article by exactly its words?

FTS5's own check compares an index with the texts that it shows; ours is fed other ones, without
marks. So what it ought to hold is indexed again, beside the archive, and the two are compared.
"""

import re
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.connection import Connection, composed, marks, name
from archive.tables.articles import ArticleQueries
from archive.tables.indexing import INDEXED, index_row, indexed
from crawler.vocabulary.soundness import CaptureFault, IndexFault

Tell = Callable[[int], None]
"""Is told how many articles were done."""

_EXPECTED = "expected_fts"
_SHADOWS = ("data", "idx", "docsize", "config")
_AVERAGES = 1
"""The row of ``articles_fts_data`` by which the lengths of texts are ranked."""
_MOST_WORDS = 3
_BATCH = 500
# What a term stands for in an index, in two numbers: how often, and a checksum of the places.
_PLACES = (
    "count(*), sum((doc * 2654435761 + offset * 40503 + CASE col WHEN 'title' THEN 1 "
    "WHEN 'lead' THEN 2 WHEN 'body' THEN 3 WHEN 'exact' THEN 4 ELSE 5 END) % 1000000007)"
)


@dataclass(slots=True)
class _Wrong:
    """What is wrong with the index of one article."""

    words: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, word: str) -> None:
        self.count += 1
        if len(self.words) < _MOST_WORDS:
            self.words.append(word)

    @property
    def message(self) -> str:
        words = ", ".join(map(repr, self.words))
        if self.count > len(self.words):
            return IndexFault.MORE_WORDS.of(words=words, number=self.count - len(self.words))
        return IndexFault.WORDS.of(words=words)


class Index:
    """Checks ``articles_fts``, writing nothing to the archive, and makes it anew."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._articles = ArticleQueries(db)

    def faults(self, tell: Tell) -> Iterator[tuple[int | None, str]]:
        """Yield what is wrong, each with the article's id, None for the index as a whole."""
        wrong: dict[int, _Wrong] = {}
        whole: list[str] = []
        with self._beside(tell):
            try:
                self._compare(wrong, whole)
            except sqlite3.DatabaseError as error:
                whole.append(CaptureFault.UNREADABLE.of(why=error))
        for document in sorted(wrong):
            yield document, wrong[document].message
        if not wrong and not whole and not self._is_sound():
            whole.append(IndexFault.STRUCTURE)
        for message in whole:
            yield None, message

    def _compare(self, wrong: dict[int, _Wrong], whole: list[str]) -> None:
        """Hold the index against what it ought to be, and note what differs."""
        for word, documents in self._differing():
            for document in documents:
                wrong.setdefault(document, _Wrong()).add(word)
        for document in self._of_other_length():
            wrong.setdefault(document, _Wrong()).add("(their number)")
        if self._averages("articles_fts") != self._averages(_EXPECTED):
            whole.append(IndexFault.AVERAGES)

    def sampled_faults(self, ids: Collection[int]) -> Iterator[tuple[int | None, str]]:
        """Yield which of these articles the index does not find by all their words in a row."""
        for row in self._articles.rows(ids):
            texts = zip(INDEXED, indexed(row), strict=True)
            phrases = [
                f'{column} : "{text.replace(chr(34), " ")}"'
                for column, text in texts
                if text.strip()
            ]
            if not phrases:  # all of it is withheld
                continue
            sql = "SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? AND rowid = ?"
            found = None
            with suppress(sqlite3.DatabaseError):
                found = self._db.execute(sql, [" AND ".join(phrases), row["id"]]).fetchone()
            if found is None:
                yield row["id"], IndexFault.NOT_FOUND

    def rebuild(self, tell: Tell) -> None:
        """Make the index anew from the texts. Whoever calls it has begun the transaction."""
        self._db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')")
        self._fill("articles_fts", tell)

    def _fill(self, table: str, tell: Tell) -> None:
        ids = iter(self._articles.ids())
        done = 0
        while batch := list(islice(ids, _BATCH)):
            rows = [index_row(row["id"], row) for row in self._articles.rows(batch)]
            self._db.insert_all(table, rows)
            done += len(batch)
            tell(done)

    @contextmanager
    def _beside(self, tell: Tell) -> Iterator[None]:
        """Hold, in temporary tables, what the index ought to, and the words of both."""
        (sql,) = self._db.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'articles_fts'"
        ).fetchone()
        alike = re.sub(r"content=\S+ content_rowid=\S+", "content='',", sql)
        try:
            self._db.execute(alike.replace("articles_fts", f"temp.{_EXPECTED}", 1))
            self._fill(f"temp.{_EXPECTED}", tell)
            for name, table in (
                ("expected", f"temp, {_EXPECTED}"),
                ("held", "main, articles_fts"),
            ):
                self._db.execute(
                    f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab({table}, instance)"
                )
            yield
        finally:
            for name in ("expected", "held", _EXPECTED):
                with suppress(sqlite3.DatabaseError):  # they go with the connection at the latest
                    self._db.execute(f"DROP TABLE IF EXISTS temp.{name}")

    def _differing(self) -> Iterator[tuple[str, set[int]]]:
        """Yield the words that do not stand where they ought to, with the articles concerned."""
        known = set()
        scan = composed("SELECT term, {places} FROM temp.expected GROUP BY term", places=_PLACES)
        # Looked up as a search does, so that what leads to the words is tried as well.
        lookup = composed("SELECT {places} FROM temp.held WHERE term = ?", places=_PLACES)
        for word, *places in self._db.execute(scan):
            known.add(word)
            try:
                held = self._db.execute(lookup, [word]).fetchone()
            except sqlite3.DatabaseError:
                held = None
            if held != tuple(places):
                yield word, self._concerned(word)
        with suppress(sqlite3.DatabaseError):  # what cannot be read was named above
            for (word,) in self._db.execute("SELECT DISTINCT term FROM temp.held"):
                if word not in known:
                    yield str(word), self._concerned(word)

    def _concerned(self, word: str) -> set[int]:
        """Return the articles for which a word does not stand where it ought to."""
        sql = "SELECT doc, col, offset FROM temp.{} WHERE term = ?"
        expected = set(self._db.execute(sql.format("expected"), [word]))
        held = set()
        with suppress(sqlite3.DatabaseError):
            held = set(self._db.execute(sql.format("held"), [word]))
        return {document for document, *_ in expected ^ held}

    def _of_other_length(self) -> set[int]:
        """Return the articles whose length in words the index has wrong."""
        sizes = (
            set(self._db.execute(composed("SELECT id, sz FROM {table}_docsize", table=name(table))))
            for table in ("articles_fts", f"temp.{_EXPECTED}")
        )
        return {document for document, _ in next(sizes) ^ next(sizes)}

    def _averages(self, table: str) -> bytes | None:
        sql = composed("SELECT block FROM {table}_data WHERE id = ?", table=name(table))
        row = self._db.execute(sql, [_AVERAGES]).fetchone()
        return bytes(row[0]) if row else None

    def _is_sound(self) -> bool:
        """Whether FTS5 finds its own structure whole: in a copy, for it asks to write."""
        with TemporaryDirectory() as folder:
            path = Path(folder, "index.db")
            with closing(sqlite3.connect(path)) as copy:
                copy.execute(
                    "CREATE VIRTUAL TABLE f USING fts5(title, lead, body, exact, content='texts')"
                )
                for shadow in _SHADOWS:
                    held = name(f"articles_fts_{shadow}")
                    rows = self._db.execute(composed("SELECT * FROM {held}", held=held))
                    copied = composed(
                        "INSERT INTO {copy} VALUES ({marks})",
                        copy=name(f"f_{shadow}"), marks=marks(rows.description),
                    )  # fmt: skip
                    copy.execute(composed("DELETE FROM {copy}", copy=name(f"f_{shadow}")))
                    copy.executemany(copied, rows)
                copy.commit()
            with closing(sqlite3.connect(path)) as copy, suppress(sqlite3.DatabaseError):
                copy.execute("INSERT INTO f (f) VALUES ('integrity-check')")
                return True
        return False
