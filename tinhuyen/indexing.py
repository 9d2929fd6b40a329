"""The index of ranked search, kept up by the commands that write to an archive.

It is derived: what one command could not bring into it the next one does, and no command is the
worse for it. So whatever goes wrong with it is told, and changes no exit code; but words that are
hidden are not left in it as if that were done.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tinhuyen.errors import archive_of

WRITING = frozenset({"accept", "collect", "crawl", "hide", "import", "merge", "owner", "reread"})
"""The commands after which articles may be others than before."""
HIDING = frozenset({"collect", "hide", "merge"})
"""Those of them after which articles may be hidden that were not before."""
_PATIENCE, _LONG_PATIENCE = 10.0, 120.0
"""Seconds for which another process that writes to the index is waited for."""
_MISTAKE = 2
"""The exit code of a command that has done nothing."""


@contextmanager
def index_kept_up(ctx: click.Context) -> Iterator[None]:
    """Bring the index up to the archive after a command that writes to it."""
    code: int | str | None = 0
    try:
        yield
    except SystemExit as error:
        code = error.code
        raise
    except click.ClickException as error:
        code = error.exit_code
        raise
    except BaseException:
        code = _MISTAKE
        raise
    finally:
        db = archive_of(ctx)
        if code != _MISTAKE and ctx.invoked_subcommand in WRITING and db and db.exists():
            must = ctx.invoked_subcommand in HIDING
            keep_up(db, must=must)
            if must and _is_left_in(db) and not code:
                raise SystemExit(1)


def _is_left_in(db: Path) -> bool:
    """Tell that words of what is hidden may be left in the index, if that is so."""
    from archive.search.folder import index_of
    from archive.search.writing import may_hold_withheld
    from tinhuyen.terminal import err

    if not may_hold_withheld(db):
        return False
    line = f"{index_of(db)}: words of what is hidden may be left in it until: tinhuyen index"
    err().print(line, markup=False, highlight=False, soft_wrap=True)
    return True


def keep_up(db: Path, *, must: bool = False) -> None:
    """Bring the index up to the archive *db*, and tell what hinders that.

    Where another process is at it, that one takes in what has changed, and is let be; if it *must*
    be done, it is waited for longer, and told if it takes longer yet.
    """
    from archive.search.folder import IndexBusyError, index_of, is_of_index
    from archive.search.writing import bring_up, is_behind
    from tinhuyen.bar import bars
    from tinhuyen.terminal import err

    console = err()
    try:
        if not is_behind(db):
            return
        with bars(console) as tell:
            patience = _LONG_PATIENCE if must else _PATIENCE
            bring_up(db, wait=patience, tell=lambda done, of: tell("search index", done, of))
    except IndexBusyError:
        if must:
            line = f"{index_of(db)}: another process writes to it; afterwards: tinhuyen index"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    except sqlite3.Error:
        return  # the command itself has told, or the next one will
    except BaseException as error:
        if not is_of_index(error):
            raise
        console.print(
            f"{index_of(db)}: cannot be written ({error}); search is slower until it is brought "
            f"up to the archive: tinhuyen index",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
