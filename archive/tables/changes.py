"""What changed since: each change of an article takes the archive's next number."""

from collections.abc import Iterator
from typing import NamedTuple

from archive.codes import code_of
from archive.connection import Connection, composed, name
from crawler.vocabulary import Change

COUNTED = "changed"
"""The row of ``counters`` with the number of the last change."""

_MOST = 1000


class Changed(NamedTuple):
    """A change of an article, the last one that it had."""

    changed: int
    """Its number."""
    code: str
    """Of the article; if it was joined to another one, `ChangeQueries.resolve` leads on."""
    change: Change


class ChangeQueries:
    """Reads what changed, and where the codes of articles lead."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def newest(self) -> int:
        """Return the number of the last change, 0 if there was none."""
        sql = "SELECT value FROM counters WHERE name = ?"
        return int(self._db.execute(sql, [COUNTED]).fetchone()[0])

    def after(self, number: int, most: int = _MOST) -> list[Changed]:
        """Return the changes after that of a *number*, in order, and no more than so many.

        Of each article it is the last one. Whoever goes on with the number of the last that was
        returned misses nothing and sees nothing twice: numbers are given within the transaction
        that changes the article, and of these there is one at a time, so that no smaller number
        is ever stored after a larger one.
        """
        # The view `changes` in one piece, so that SQLite merges two indexes and sorts nothing.
        sql = """
            SELECT changed, code, change FROM articles WHERE changed > :number
            UNION ALL
            SELECT changed, code, iif(leads_to IS NULL, :withdrawn, :joined) FROM aliases
            WHERE changed > :number ORDER BY changed LIMIT :most"""
        words = {"joined": Change.JOINED, "withdrawn": Change.WITHDRAWN}
        wanted = {"number": number, "most": most, **words}
        rows = self._db.execute(sql, wanted).fetchall()
        return [Changed(changed, code, Change(change)) for changed, code, change in rows]

    def all_after(self, number: int) -> Iterator[Changed]:
        """Yield the changes after that of a *number*, as `after` does, until there are no more."""
        while some := self.after(number):
            yield from some
            number = some[-1].changed

    def resolve(self, code: str) -> str | None:
        """Return the code of the article that a *code* leads to, which may be the code itself.

        None if no article ever had it.
        """
        sql = """
            WITH RECURSIVE leading(code) AS (
                VALUES (?)
                UNION
                SELECT leads_to FROM leading JOIN aliases USING (code)
            )
            SELECT code FROM leading JOIN articles USING (code)"""
        row = self._db.execute(sql, [code]).fetchone()
        return row and str(row[0])


class Changes(ChangeQueries):
    """Gives numbers and codes. Whoever calls it has begun the transaction."""

    def next(self) -> int:
        """Return the next number, which nobody else has or will have."""
        sql = "UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value"
        ((number,),) = self._db.execute(sql, [COUNTED]).fetchall()
        return int(number)

    def new_code(self, site: str, key: str) -> str:
        """Return the code of an article whose first address has this ``urlkey``."""
        taken = """
            SELECT 1 FROM articles WHERE code = :code
            UNION ALL SELECT 1 FROM aliases WHERE code = :code AND leads_to IS NOT NULL"""
        attempt = 0
        while self._db.execute(taken, {"code": (code := code_of(site, key, attempt))}).fetchone():
            attempt += 1
        self._db.delete("aliases", code=code)  # it was withdrawn, and is there again
        return code

    def note(self, change: Change, **wanted: object) -> None:
        """Note a change of the articles whose columns are what is *wanted*."""
        sql = composed(
            "SELECT id FROM articles WHERE {wanted} ORDER BY id",
            wanted=" AND ".join(f"{name(column)} = ?" for column in wanted),
        )
        for (article_id,) in self._db.execute(sql, list(wanted.values())).fetchall():
            row = {"changed": self.next(), "change": change}
            self._db.update("articles", row, id=article_id)

    def withdraw(self, code: str) -> None:
        """Let the code of an article lead nowhere, since its page turns out to be none."""
        self._db.insert("aliases", {"code": code, "leads_to": None, "changed": self.next()})

    def join(self, code: str, leads_to: str) -> None:
        """Let the code of an article lead to that of the one that it was joined to."""
        row = {"code": code, "leads_to": leads_to, "changed": self.next()}
        self._db.insert("aliases", row)
