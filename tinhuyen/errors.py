"""What goes wrong, as one line and an exit code: the one place that knows both.

=====  ======================================================================================
0      done
1      something that was asked for was not done; it may work another time, or elsewhere
2      a mistake in what was asked for or configured, or an archive that is damaged
75     another crawl or import of the site, or another backup, is running
=====  ======================================================================================
"""

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

import click

_DB = "tinhuyen.db"
_HOME = str(Path(__file__).parents[1])
_AGAIN = "stopped; run the same command again to go on"
_STOPPED = {
    **dict.fromkeys(["crawl", "survey", "import", "merge", "collect", "index"], _AGAIN),
    **dict.fromkeys(["reread", "recompress", "accept"], _AGAIN),
    "backup": "stopped; there is no new backup, and the next one goes on",
    **dict.fromkeys(["export", "restore", "release"], "stopped; nothing was written"),
    "hide": "stopped; tinhuyen hide lists what is hidden",
}
"""What Ctrl-C leaves, by command."""


class Refused(click.ClickException):
    """A mistake in what was asked for or configured: one line, exit code 2."""

    exit_code = 2


class Busy(click.ClickException):
    """Another crawl or import has what was asked for: one line, exit code 75."""

    exit_code = os.EX_TEMPFAIL


class Commands(click.Group):
    """Commands whose errors are told in words."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with in_words(ctx):
            return super().invoke(ctx)


def archive_of(ctx: click.Context) -> Path | None:
    """Return the archive that a command works on, None if it works on none."""
    db: Path | None = ctx.meta.get(_DB)
    return db


def remember_archive(ctx: click.Context, option: click.Parameter, db: Path) -> Path:
    """Keep which archive a command works on, for what is told of errors (a callback of Click's)."""
    ctx.meta[_DB] = db
    return db


@contextmanager
def in_words(context: click.Context) -> Iterator[None]:
    """Turn what goes wrong in a command into a line and an exit code.

    What nobody foresaw is a line, too, which names the place; ``python -X dev -m tinhuyen`` shows
    where it came from.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        told = _told(error, context)
        if told is None:
            raise
        raise told from error


def _told(error: BaseException, context: click.Context) -> click.ClickException | None:
    """Return what is to be told of an error, None for what Click itself tells best."""
    if isinstance(
        error, click.ClickException | click.exceptions.Exit | click.Abort | BrokenPipeError
    ):
        return None
    # Imported where an error is at hand: --help and mistyped options need none of it.
    from concurrent.futures.process import BrokenProcessPool

    from filelock import Timeout

    from archive import LockedError, RefusedError, explain, explain_os, is_passing
    from crawler.sites import SitesError
    from curation.backup.manifest import DamagedBackupError
    from curation.backup.store import StoreError
    from fleet.errors import DatabaseError

    db = archive_of(context)
    match error:
        case RefusedError() | SitesError() | DamagedBackupError():
            return Refused(str(error))
        case StoreError() | DatabaseError():
            return click.ClickException(str(error))
        case LockedError():
            return Busy(str(error))
        case Timeout():
            return Busy(f"{error.lock_file}: another crawl or import holds it")
        case sqlite3.Error():
            kind = click.ClickException if is_passing(error) else Refused
            return kind(f"{db}: {explain(error)}")
        case BrokenProcessPool():
            message = "a process that read pages was killed (too little memory?); run it again"
            return click.ClickException(message)
        case OSError():
            return click.ClickException(f"{error.filename or db}: {explain_os(error)}")
        case KeyboardInterrupt():
            return click.ClickException(_STOPPED.get(context.invoked_subcommand or "", "stopped"))
    return None if sys.flags.dev_mode else _unforeseen(error, db)


def _unforeseen(error: BaseException, db: Path | None) -> click.ClickException:
    line = in_a_line(error)
    if db is None or not db.exists():
        return click.ClickException(f"{line}; please report this line")
    return Refused(
        f"{db}: is damaged, or met a mistake of ours: {line}; "
        f"see tinhuyen verify --db {db}, and please report this line if that finds nothing"
    )


def in_a_line(error: BaseException) -> str:
    """Return an error that nobody foresaw, with the last place of ours that it came through."""
    ours = [frame for frame in extract_tb(error.__traceback__) if frame.filename.startswith(_HOME)]
    where = f" ({Path(ours[-1].filename).name}:{ours[-1].lineno})" if ours else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{where}"


@contextmanager
def concerning(path: Path) -> Iterator[None]:
    """Let an error of the system's that comes of writing *path* name it."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # whoever read it has had enough: Click ends quietly
        raise click.ClickException(f"{path}: {_explain_output(error)}") from error


def _explain_output(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "cannot be written; change the permissions of its folder or name another file"
    from archive import explain_os

    return explain_os(error)
