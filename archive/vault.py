"""``withheld.db``: the texts that are not to be seen, beside the archive that is served without.

A document is all that was taken out of one article. It is never changed: who has another one to say
adds it, and the archive names in its own transaction which one holds. So it is the archive's commit
that decides, and whatever is killed before or after leaves no more than documents that nothing
names.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from pathlib import Path
from shutil import copyfile
from typing import Any

from archive.connection import Connection
from archive.errors import ArchiveError, explain
from crawler.vocabulary.soundness import Said, WithheldFault

Document = dict[str, Any]
"""What was taken out of an article: ``article`` (its row), ``revisions``, ``images``,
``attachments``, ``citations``, ``places``, ``media`` (rows of these tables), ``tags`` (names)."""

APPLICATION_ID = 0x54696E57
"""``PRAGMA application_id``: "TinW" in ASCII."""

_LOCK_SECONDS = 60
_SCHEMA = """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        document TEXT NOT NULL
    )"""


def vault_of(db: Path) -> Path:
    """Return where the texts lie that are withheld of an archive: ``withheld.db`` beside it.

    Archives of other names have theirs: ``tests.db`` has ``tests-withheld.db``.
    """
    return db.with_name("withheld.db" if db.stem == "archive" else f"{db.stem}-withheld.db")


class Vault:
    """Keeps documents. Whoever writes has begun a transaction of the archive.

    That one is exclusive, so that nobody else writes here meanwhile.
    """

    def __init__(self, db: Path) -> None:
        self.db = db
        """The archive."""
        self.path = vault_of(db)
        self._writer: sqlite3.Connection | None = None

    @property
    def exists(self) -> bool:
        """Whether there is a file; it is made by what is first withheld.

        One without a byte is what is left where the making of it was killed.
        """
        return self.path.exists() and self.path.stat().st_size > 0

    def missing(self) -> ArchiveError:
        """Return the refusal of whoever needs the file, which is not there."""
        return ArchiveError(self._of_vault(WithheldFault.GONE.of(name=self.db.name)))

    def get(self, document: int) -> Document:
        """Return a document. Raises `ArchiveError` if it is not there, or not as it was written."""
        try:
            with closing(self._reader()) as connection:
                row = connection.execute(
                    "SELECT sha256, document FROM documents WHERE id = ?", [document]
                ).fetchone()
        except sqlite3.Error as error:
            raise ArchiveError(self._of_vault(explain(error))) from error
        if row is None:
            raise ArchiveError(self._of_vault(WithheldFault.NO_DOCUMENT.of(code=document)))
        if _sha256(row[1]) != row[0]:
            raise ArchiveError(self._of_vault(WithheldFault.ALTERED.of(code=document)))
        found: Document = json.loads(row[1])
        return found

    def ids(self) -> set[int]:
        """Return the numbers of all documents."""
        try:
            self._take_back()
            if not self.exists:
                return set()
            with closing(self._reader()) as connection:
                return {row[0] for row in connection.execute("SELECT id FROM documents")}
        except sqlite3.Error as error:
            raise ArchiveError(self._of_vault(explain(error))) from error

    def damage(self) -> Iterator[str]:
        """Yield what SQLite finds wrong with the file, if there is one."""
        if self.exists:
            try:
                with closing(self._reader()) as connection:
                    for (message,) in connection.execute("PRAGMA integrity_check").fetchall():
                        if message != "ok":
                            yield message
            except sqlite3.Error as error:
                yield explain(error)

    def altered(self) -> Iterator[str]:
        """Yield which documents are not as they were written, of a file that SQLite can read."""
        if self.exists:
            with closing(self._reader()) as connection:
                sql = "SELECT id, sha256, document FROM documents ORDER BY id"
                for number, sha256, document in connection.execute(sql):
                    if _sha256(document) != sha256:
                        yield WithheldFault.NOT_AS_WRITTEN.of(code=number)

    def copy_to(self, path: Path) -> None:
        """Copy the file to *path*; whoever calls it keeps others from writing. Raises OSError."""
        self._take_back()
        copyfile(self.path, path)

    def add(self, code: str, document: Document) -> int:
        """Add a document of the article of a *code*; `commit` has it on the disk."""
        # As ASCII, so that whatever a page says can be written.
        text = json.dumps(document)
        values = [code, _sha256(text), text]
        sql = "INSERT INTO documents (code, sha256, document) VALUES (?, ?, ?)"
        return int(self._begun().execute(sql, values).lastrowid or 0)

    def commit(self) -> None:
        """Have on the disk what was added. Raises sqlite3.Error."""
        if self._writer and self._writer.in_transaction:
            self._writer.execute("COMMIT")

    def rollback(self) -> None:
        """Take back what was added and is not on the disk."""
        if self._writer and self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def remove(self, documents: Collection[int]) -> None:
        """Remove documents that nothing names any more, and what stood where they lay."""
        if not documents:
            return
        connection = self._begun()
        rows = [[document] for document in documents]
        connection.executemany("DELETE FROM documents WHERE id = ?", rows)
        connection.execute("COMMIT")
        connection.execute("VACUUM")

    def close(self) -> None:
        """Close the file."""
        if self._writer:
            self._writer.close()
            self._writer = None

    def _of_vault(self, what: str) -> str:
        return Said.OF.of(record=self.path, what=what)

    def _reader(self) -> sqlite3.Connection:
        if not self.exists:
            raise self.missing()
        self._take_back()
        address = f"{self.path.resolve().as_uri()}?mode=ro"
        return sqlite3.connect(address, timeout=_LOCK_SECONDS, uri=True)

    def _take_back(self) -> None:
        """Take back what somebody who was killed did not commit: no reader could."""
        if self.path.exists() and self.path.with_name(f"{self.path.name}-journal").exists():
            with closing(sqlite3.connect(self.path, timeout=_LOCK_SECONDS)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def _begun(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = self._opened()
        if not self._writer.in_transaction:
            self._writer.execute("BEGIN IMMEDIATE")
        return self._writer

    def _opened(self) -> sqlite3.Connection:
        """Open the file to be written; make it if it is missing.

        One file and no write-ahead log beside it, so that it can be copied; every commit waits for
        the disk, also for the name of the file in its folder. It is its owner's alone, and so is
        SQLite's journal, which takes the same permissions.
        """
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self.path, timeout=_LOCK_SECONDS, isolation_level=None)
        for pragma in ("journal_mode = DELETE", "synchronous = EXTRA", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(_SCHEMA)
            connection.execute("COMMIT")
        return connection


def path_of(db: Connection) -> Path:
    """Return the file of an archive's connection."""
    names = {row[1]: row[2] for row in db.execute("PRAGMA database_list")}
    return Path(names["main"])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
