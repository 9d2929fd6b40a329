"""What is wrong with an archive, in words that say what to do."""

import errno
import os
import sqlite3

_PASSING = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_NOMEM),
)
"""What SQLite says of the machine, and not of the file."""
_DAMAGED = (
    "malformed", "corrupt", "no such", "not decode", "unsupported file format", "vtable", "schema",
    "syntax error", "already exists",
)  # fmt: skip
"""Words of SQLite's by which a file is not as we made it."""


ANOTHER = "name another file with --db"
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
        return f"no SQLite database; {instead}"
    if "unable to open" in told:
        return "cannot be opened; does its folder exist, and may you write there?"
    if "readonly" in told:
        return f"cannot be written; change its permissions or {instead}"
    if "full" in told:
        return "the disk is full; free some space and run the same command again"
    if "I/O" in told:
        return (
            "cannot be read or written: the disk is full, over quota or failing; "
            "see to it and run the same command again"
        )
    if "locked" in told:
        return "another program keeps it locked; close that program and try again"
    if any(words in told for words in _DAMAGED):
        return f"is damaged ({told}); restore it from a backup, or see docs/keeping.md"
    return told


def explain_os(error: OSError) -> str:
    """Return what is wrong with a file, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "cannot be written; change its permissions or name another archive with --db"
    if error.errno == errno.ESTALE:
        return (
            "was deleted, replaced or cut while it was written to; put it back if you can, and see "
            "docs/keeping.md"
        )
    return f"cannot be written: {os.strerror(error.errno) if error.errno else error}"
