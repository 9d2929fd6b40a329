"""What is wrong with an archive, in words that say what to do."""

import errno
import os
import sqlite3


class ArchiveError(Exception):
    """An archive that cannot be opened or written; the message names the file and the way out."""


def explain(error: sqlite3.Error) -> str:
    """Return what is wrong with a database file, and what to do."""
    told = str(error)
    if "not a database" in told:
        return "no SQLite database; name another file with --db"
    if "unable to open" in told:
        return "cannot be opened; does its folder exist, and may you write there?"
    if "readonly" in told:
        return "cannot be written; change its permissions or name another file with --db"
    if "full" in told:
        return "the disk is full; free some space and run the same command again"
    if "I/O" in told:
        return (
            "cannot be read or written: the disk is full, over quota or failing; "
            "see to it and run the same command again"
        )
    if "locked" in told:
        return "another program keeps it locked; close that program and try again"
    return told


def explain_os(error: OSError) -> str:
    """Return what is wrong with a file, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "cannot be written; change its permissions or name another archive with --db"
    return f"cannot be written: {os.strerror(error.errno) if error.errno else error}"
