"""What is wrong with an archive, in words that say what to do."""

import errno
import os
import sqlite3

from crawler.vocabulary.soundness import DatabaseTrouble, FileTrouble

_PASSING = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_NOMEM),
)
"""What SQLite says of the machine, and not of the file."""
_DAMAGED = (
    "malformed", "corrupt", "no such", "not decode", "unsupported file format", "vtable", "schema",
    "syntax error",
)  # fmt: skip
"""Words of SQLite's by which a file is not as we made it."""


ANOTHER = DatabaseTrouble.NAME_ANOTHER
"""How the archive that a command works on is named; other files are named otherwise."""


class RefusedError(Exception):
    """Something that cannot be done as it was asked for.

    The message is a line that names the thing and the way out.
    """


class ArchiveError(RefusedError):
    """An archive that cannot be opened or written; the message names the file and the way out."""


class LockedError(Exception):
    """Another crawl or import of a site is running; the message names the site."""


def is_passing(error: BaseException | None) -> bool:
    """Whether an error of SQLite's comes of the machine (locked, full): later it may work."""
    code = getattr(error, "sqlite_errorcode", None)  # an error of the driver's own has none
    return isinstance(error, sqlite3.Error) and code is not None and code & 0xFF in _PASSING


def explain(error: sqlite3.Error, instead: str = ANOTHER) -> str:
    """Return what is wrong with a database file, and what to do; *instead* says how to name another
    one.
    """
    told = str(error)
    if "not a database" in told:
        return DatabaseTrouble.NO_DATABASE.of(instead=instead)
    if "unable to open" in told:
        return DatabaseTrouble.NOT_OPENED
    if "readonly" in told:
        return DatabaseTrouble.NOT_WRITABLE.of(instead=instead)
    if "full" in told:
        return DatabaseTrouble.DISK_FULL
    if "I/O" in told:
        return DatabaseTrouble.FAILING
    if "locked" in told:
        return DatabaseTrouble.LOCKED
    if "already exists" in told or "already a table" in told or "already an index" in told:
        return DatabaseTrouble.TAKEN.of(error=told)
    if any(words in told for words in _DAMAGED):
        return DatabaseTrouble.DAMAGED.of(error=told)
    return told


def explain_os(error: OSError) -> str:
    """Return what is wrong with a file, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DatabaseTrouble.DISK_FULL
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FileTrouble.FORBIDDEN
    if error.errno == errno.ESTALE:
        return FileTrouble.REPLACED
    return FileTrouble.NOT_WRITTEN.of(error=os.strerror(error.errno) if error.errno else error)
