"""Hiding articles and addresses, and showing them again: what is withheld lies elsewhere.

An article is hidden when the transaction is stored in which its text leaves the served file, and
not before; its text was on the disk beside it by then. It is shown again in the same way, and only
then is its text removed there. So whatever is killed, the text is in one place or in both, and it
is served if and only if nobody was told that it is hidden. What lies about afterwards, the next
one who opens the archive to write clears away.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.connection import Connection, Row
from archive.disk import sync_log
from archive.errors import ArchiveError, RefusedError
from archive.opening import LOCK_SECONDS
from archive.settling import settle
from archive.tables import Tables
from archive.tables.articles import NUMBERED
from archive.tables.changes import ChangeQueries
from archive.tables.grades import SAID, shown
from archive.tables.takedowns import TakedownQueries
from archive.transactions import Transactions
from archive.vault import Vault, vault_of
from crawler.vocabulary import Grade
from crawler.vocabulary.soundness import Record, WithheldFault


class NotHiddenError(RefusedError):
    """Something that cannot be hidden, or shown again; the message says why."""


@dataclass(frozen=True, slots=True)
class Takedown:
    """A takedown, and the article that it withholds now."""

    id: int
    code: str | None
    """Of the article; None of an address under which none was held yet."""
    url: str | None
    """The address, if that was hidden and not one article."""
    grade: Grade
    reason: str
    by: str | None
    at: str
    """When; UTC, as the archive writes it."""
    lifted_at: str | None
    lifted_by: str | None
    is_cleared: bool
    """Whether nothing of what was taken out is left in the bytes of the served file."""
    held_as: str | None
    """The address of the article, None if none is held."""


class Withholding(TakedownQueries):
    """What is withheld of an archive."""

    def __init__(
        self, db: Connection, tables: Tables, transactions: Transactions, path: Path
    ) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions
        self._path = path
        self._changes = ChangeQueries(db)

    @property
    def path(self) -> Path:
        """Where the file lies, or will, that holds what is withheld."""
        return vault_of(self._path)

    @property
    def vault(self) -> Vault:
        """The file in which lies what is withheld."""
        return self._tables.withheld.vault

    def takedowns(self, *, in_force: bool = True) -> list[Takedown]:
        """Return the takedowns, oldest first; also those that were lifted, unless *in_force*."""
        return [self._takedown(row) for row in self.all(in_force=in_force)]

    def hide(self, target: str, grade: Grade, reason: str, *, by: str | None = None) -> Takedown:
        """Withhold an article, by its code, or what is and what comes under an address.

        The text is not in the served file any more when this returns, but bytes of it may be:
        `clear`. Raises `NotHiddenError` if no article has the code.
        """
        # What is cut out is overwritten at once, as far as it lies where it was.
        self._db.execute("PRAGMA secure_delete = ON")
        is_address = "://" in target
        with self._transactions.begin():
            code = None if is_address else self._changes.resolve(target)
            if code is None and not is_address:
                raise NotHiddenError(
                    f"{self._path}: no article has the code {target!r}; an address begins with "
                    "https:// or http://"
                )
            row = self._tables.takedowns.add(
                code=code, url=target if is_address else None,
                grade=grade, reason=reason, by=by, at=datetime.now(UTC),
            )  # fmt: skip
            settle(self._tables, wholly=True)
        return self._takedown(self._row(row["id"]))

    def show(self, target: str, *, by: str | None = None) -> list[Takedown]:
        """Lift all takedowns of an article, by its code or address, or of an address; return them.

        Raises `NotHiddenError` if there are none.
        """
        with self._transactions.begin():
            found = self._of_target(target)
            if not found:
                raise NotHiddenError(f"{self._path}: {target} is not hidden")
            for row in found:
                self._tables.takedowns.lift(row["id"], by, datetime.now(UTC))
            settle(self._tables, wholly=True)
        return [self._takedown(self._row(row["id"])) for row in found]

    def _of_target(self, target: str) -> list[Row]:
        """Return the takedowns in force of an article or an address."""
        here = {row["id"] for row in self.of_address("", target)} if "://" in target else set()
        articles = self._db.select("articles", id=self._articles_of(target))
        codes = {article["code"] for article in articles}
        return [
            row
            for row in self.all()
            if row["id"] in here or (row["code"] and self._changes.resolve(row["code"]) in codes)
        ]

    def _articles_of(self, target: str) -> list[int]:
        """Return the numbers of the articles of a code, or of what is held under an address."""
        if "://" in target:
            return self.at_address(target)
        code = self._changes.resolve(target)
        return [
            row[0] for row in self._db.execute("SELECT id FROM articles WHERE code = ?", [code])
        ]

    def _row(self, takedown: int) -> Row:
        (row,) = self._db.select("takedowns", id=takedown)
        return row

    def _takedown(self, row: Row) -> Takedown:
        code = row["code"] and self._changes.resolve(row["code"])
        held = self._db.execute("SELECT url FROM articles WHERE code = ?", [code]).fetchone()
        return Takedown(
            row["id"], code, row["url"], Grade(row["grade"]), row["reason"], row["by"], row["at"],
            row["lifted_at"], row["lifted_by"], row["cleared_at"] is not None,
            held[0] if held else None,
        )  # fmt: skip

    def twins(self, target: str) -> list[tuple[str, str]]:
        """Return code and address of the articles that say the same as one that may be hidden.

        They are other articles; a takedown of an address may hide several that say the same.
        """
        sql = """
            SELECT code, url FROM articles
            WHERE text_sha256 = (SELECT text_sha256 FROM articles WHERE id = :id) AND id <> :id
            AND id NOT IN (SELECT article_id FROM withheld) ORDER BY id"""
        out = self.documents()
        found = (
            (code, url)
            for article_id in self._articles_of(target)
            if article_id not in out
            for code, url in self._db.execute(sql, {"id": article_id})
        )
        return list(dict.fromkeys(found))

    # What was begun

    def resume(self) -> None:
        """Do what an earlier command left undone. Raises `ArchiveError` if that cannot be."""
        if not self.vault.exists and not self.all(in_force=False):
            return
        self._require_vault()
        with self._transactions.begin():
            settle(self._tables, wholly=True)
        self._remove_strays()
        if self.uncleared():
            self.clear(patience=0)

    def _require_vault(self) -> None:
        if self.documents() and not self.vault.exists:
            raise self.vault.missing()

    def _remove_strays(self) -> None:
        """Remove documents that nothing names: of commands that were killed, or that undid some."""
        with self._transactions.begin():  # nobody adds one meanwhile that is not named yet
            strays = self.vault.ids() - {*self.documents().values()}
            if strays:
                sync_log(self._path)  # what names them no more must not come back
                self.vault.remove(strays)

    def clear(self, *, patience: float = LOCK_SECONDS) -> bool:
        """Have no byte left in the served file of what was taken out of it; whether that is so.

        What SQLite cuts out lies about in its file and its log until both are made anew: that takes
        room for the archive twice. It is not done while somebody reads or writes for longer than
        *patience*, in seconds.
        """
        takedowns = self.uncleared()
        if not takedowns:
            return True
        try:
            self._db.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            self._db.execute("VACUUM")
            ((busy, *_),) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if busy:
                return False
            with self._transactions.begin():
                self._tables.takedowns.cleared(takedowns, datetime.now(UTC))
        except sqlite3.OperationalError:
            return False
        finally:
            with suppress(sqlite3.Error):
                self._db.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}")
        return True

    # What is wrong

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with what is withheld, each with what it concerns."""
        name = self.vault.path.name
        for message in self.vault.damage():
            yield name, message
        wanted, marks = self.wanted(), self.marks()
        for article_id in sorted({*wanted, *marks}):
            row, mark = wanted.get(article_id), marks.get(article_id)
            record = Record.ARTICLE.of(code=article_id)
            if mark is None or row is None or mark.grade != row["grade"]:
                is_, ought = mark.grade if mark else "no", row["grade"] if row else "no"
                yield record, WithheldFault.GRADE.of(grade=is_, other_grade=ought)
            if mark and mark.document is not None:
                for message in self._faults_of(article_id, mark.document, mark.grade):
                    yield record, message
        if uncleared := self.uncleared():
            yield self._path.name, WithheldFault.UNCLEARED.of(number=len(uncleared))

    def _faults_of(self, article_id: int, document: int, grade: Grade) -> Iterator[str]:
        try:
            said = self.vault.get(document)["article"]
        except ArchiveError as error:
            yield str(error)
            return
        for row in self._db.select("articles", id=article_id):
            visible = shown({name: said.get(name) for name in SAID}, grade)
            differing = [name for name in SAID if row[name] != visible[name]]
            if differing:
                yield WithheldFault.SHOWN.of(columns=", ".join(differing))
        for table in NUMBERED:
            if self._db.select(table, article_id=article_id, order="article_id"):
                yield WithheldFault.ROWS.of(table=table)

    def unreadable(self) -> set[int]:
        """Return the articles whose withheld texts cannot be had, since their file is damaged or
        not there.
        """
        found = set()
        for article_id, document in self.documents().items():
            try:
                self.vault.get(document)
            except ArchiveError:
                found.add(article_id)
        return found

    def close(self) -> None:
        """Close the file of what is withheld."""
        self.vault.close()
