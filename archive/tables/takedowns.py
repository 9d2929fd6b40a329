"""Takedowns, and which articles are withheld by them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.connection import Connection, Row, composed
from archive.times import utc
from crawler.text.addresses import urlkey
from crawler.vocabulary import Grade

_LEADING = """
    WITH RECURSIVE leading(takedown, code) AS (
        SELECT id, code FROM takedowns WHERE lifted_at IS NULL AND code IS NOT NULL
        UNION
        SELECT takedown, leads_to FROM leading JOIN aliases USING (code)
    )"""
_AT_ADDRESS = """
    WITH RECURSIVE leading(site, url) AS (
        SELECT site, url FROM sites CROSS JOIN urls ON urls.site = sites.key
        WHERE urls.urlkey = :urlkey
        UNION
        SELECT urls.site, urls.moved_to FROM leading
        JOIN urls ON urls.site = leading.site AND urls.url = leading.url
        WHERE urls.state = 'elsewhere' AND urls.moved_to IS NOT NULL
    )
    SELECT articles.id FROM leading
    JOIN articles ON articles.site = leading.site AND articles.url = leading.url
    ORDER BY articles.id"""
_LEADS_HERE = """
    WITH RECURSIVE leading(url, urlkey) AS (
        VALUES (:url, :urlkey)
        UNION
        SELECT urls.url, urls.urlkey FROM leading JOIN urls ON urls.moved_to = leading.url
        WHERE urls.state = 'elsewhere' AND +urls.site = :site
    )
    SELECT takedowns.* FROM leading JOIN takedowns USING (urlkey)
    WHERE lifted_at IS NULL ORDER BY takedowns.id"""


@dataclass(frozen=True, slots=True)
class Mark:
    """To what degree an article is withheld, and by which takedown."""

    grade: Grade
    takedown: int
    document: int | None = None
    """The number of what was taken out of it; None if nothing was."""


def decides(row: Row) -> tuple[int, int]:
    """Return by what is decided which of the takedowns of an article holds: the largest does."""
    return Grade(row["grade"]).rank, int(row["id"])


class TakedownQueries:
    """Reads ``takedowns`` and ``withheld``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def all(self, *, in_force: bool = True) -> list[Row]:
        """Return the takedowns, oldest first; also those that were lifted, unless *in_force*."""
        sql = "SELECT * FROM takedowns WHERE lifted_at IS NULL OR NOT ? ORDER BY id"
        return list(self._db.query(sql, [in_force]))

    def marks(self) -> dict[int, Mark]:
        """Return how each article is withheld that is, by its number."""
        sql = "SELECT article_id, grade, takedown, document FROM withheld"
        return {
            article_id: Mark(Grade(grade), takedown, document)
            for article_id, grade, takedown, document in self._db.execute(sql)
        }

    def documents(self) -> dict[int, int]:
        """Return, of each article that lost any of it, the number of what was taken out."""
        return {
            article_id: mark.document
            for article_id, mark in self.marks().items()
            if mark.document is not None
        }

    def wanted(self) -> dict[int, Row]:
        """Return the takedown that decides of each article that is to be withheld, by its number.

        An address under which no article is held yet has none.
        """
        sql = composed(
            """
            {leading} SELECT articles.id AS article_id, takedowns.*
            FROM leading JOIN articles USING (code) JOIN takedowns ON takedowns.id = takedown""",
            leading=_LEADING,
        )
        found: dict[int, Row] = {}
        for row in self._db.query(sql):
            article_id = row.pop("article_id")
            found[article_id] = max(found.get(article_id, row), row, key=decides)
        return found

    def at_address(self, url: str) -> list[int]:
        """Return the numbers of the articles that are held under an address, or where it leads."""
        return [row[0] for row in self._db.execute(_AT_ADDRESS, {"urlkey": urlkey(url)})]

    def of_address(self, site: str, url: str) -> list[Row]:
        """Return the takedowns in force of an address, or of one that leads there."""
        wanted = {"site": site, "url": url, "urlkey": urlkey(url)}
        return list(self._db.query(_LEADS_HERE, wanted))

    def are_addresses(self) -> bool:
        """Whether any takedown in force is of an address."""
        sql = "SELECT 1 FROM takedowns WHERE urlkey IS NOT NULL AND lifted_at IS NULL LIMIT 1"
        return self._db.execute(sql).fetchone() is not None

    def is_of(self, key: str, code: str) -> bool:
        """Whether a takedown in force of an address is of the article of a code already."""
        sql = composed(
            """
            {leading} SELECT 1 FROM leading JOIN takedowns ON takedowns.id = takedown
            WHERE leading.code = ? AND urlkey = ? LIMIT 1""",
            leading=_LEADING,
        )
        return self._db.execute(sql, [code, key]).fetchone() is not None

    def uncleared(self) -> list[int]:
        """Return the takedowns after which bytes of what was taken out may be in the file yet."""
        sql = "SELECT id FROM takedowns WHERE cleared_at IS NULL ORDER BY id"
        return [row[0] for row in self._db.execute(sql)]


class Takedowns(TakedownQueries):
    """Reads and writes ``takedowns`` and ``withheld``. Whoever calls it has begun the transaction.

    Within one it is asked once which articles are withheld, until something is written.
    """

    def __init__(self, db: Connection) -> None:
        super().__init__(db)
        self._marks: dict[int, Mark] | None = None
        self._are_addresses: bool | None = None

    def forget(self) -> None:
        """Forget what was read."""
        self._marks = self._are_addresses = None

    def marks(self) -> dict[int, Mark]:
        """Return how each article is withheld that is, by its number."""
        if self._marks is None:
            self._marks = super().marks()
        return self._marks

    def are_addresses(self) -> bool:
        """Whether any takedown in force is of an address."""
        if self._are_addresses is None:
            self._are_addresses = super().are_addresses()
        return self._are_addresses

    def add(
        self,
        *,
        code: str | None,
        url: str | None,
        grade: Grade,
        reason: str,
        by: str | None,
        at: datetime,
    ) -> Row:
        """Add a takedown of the article of a code, or of what is or comes under an address."""
        row = {
            "code": code, "url": url, "urlkey": url and urlkey(url),
            "grade": grade, "reason": reason, "by": by, "at": utc(at),
            # Until something is taken out, there is nothing of it to be cleared away.
            "cleared_at": utc(at), "lifted_at": None, "lifted_by": None,
        }  # fmt: skip
        number = self._db.insert("takedowns", row)
        self.forget()
        return row | {"id": number}

    def lift(self, takedown: int, by: str | None, at: datetime) -> None:
        """Let a takedown be over."""
        row = {"lifted_at": utc(at), "lifted_by": by}
        self._db.update("takedowns", row, id=takedown)
        self.forget()

    def bind(self, row: Row, code: str) -> Row:
        """Let the takedown of an address be that of the article of a code, wherever that goes.

        If it is that of another article already, which stood there before, it is noted once more.
        """
        if row["code"] == code:
            return row
        if row["code"] is None:
            self._db.update("takedowns", {"code": code}, id=row["id"])
            return row | {"code": code}
        again = {name: value for name, value in row.items() if name != "id"} | {"code": code}
        return again | {"id": self._db.insert("takedowns", again)}

    def mark(self, article_id: int, mark: Mark) -> None:
        """Note how an article is withheld."""
        row: dict[str, Any] = {
            "article_id": article_id, "grade": mark.grade, "takedown": mark.takedown,
            "document": mark.document,
        }  # fmt: skip
        self._db.upsert("withheld", row, key=["article_id"])
        self._marks = None

    def unmark(self, article_id: int) -> None:
        """Note that an article is withheld no more."""
        self._db.delete("withheld", article_id=article_id)
        self._marks = None

    def renumber(self, old: int, new: int) -> None:
        """Note that an article has another number."""
        self._db.update("withheld", {"article_id": new}, article_id=old)
        self._marks = None

    def is_to_be_cleared(self, takedown: int) -> None:
        """Note that bytes of what was taken out may lie in the file."""
        self._db.update("takedowns", {"cleared_at": None}, id=takedown)

    def cleared(self, takedowns: list[int], at: datetime) -> None:
        """Note that they do no more."""
        self._db.update("takedowns", {"cleared_at": utc(at)}, id=takedowns)
