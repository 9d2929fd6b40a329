"""Keeping the index up to an archive while others write to it: a thread that looks now and then.

It asks the archive for one number. What has changed is then taken in at once, so that a crawl of a
page a second costs a commit every few seconds, and not one a page.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

from archive.search.folder import (
    IndexBusyError,
    IndexDamagedError,
    index_of,
    is_of_index,
    opened,
    state_of,
)
from archive.search.writing import bring_up, newest, writing_beside

logger = logging.getLogger(__name__)

SECONDS = 10.0
"""Between two looks."""
_FEW = 20_000
"""Articles that are indexed beside other work, which takes half a minute."""


class _EndedError(Exception):
    """Nobody wants the index to be brought up any more."""


@contextmanager
def following(db: Path, *, every: float = SECONDS, at_once: bool = False) -> Iterator[None]:
    """Keep the index of an archive up to it, in a thread that ends with the block.

    With *at_once* it is brought up to the archive now, and held against it; else after the first
    pause, and only a small archive is indexed anew, for there is other work to do. What cannot be
    written is told once, as a warning, and tried again: nobody waits for it.
    """
    end = Event()
    thread = Thread(
        target=_follow, args=(db, end, every, at_once), name=f"index of {db.name}", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def _follow(db: Path, end: Event, every: float, at_once: bool) -> None:
    told = ""
    seen = -1
    thorough = at_once
    if not at_once:
        end.wait(every)
    while not end.is_set():
        try:
            with closing(writing_beside(db)) as connection:
                now = newest(connection)
            if now != seen:
                bring_up(
                    db,
                    thorough=thorough,
                    most_anew=None if at_once else _FEW,
                    tell=lambda done, of: _go_on(end),
                )
                thorough, told = False, ""
                seen = _seen(db)
        except IndexDamagedError:
            return  # it is made anew when the work is done
        except _EndedError:
            return  # the next one makes it right
        except IndexBusyError:
            pass  # whoever is at it takes in what has changed meanwhile
        except sqlite3.Error as error:
            told = _tell(told, f"{db}: the index is not brought up to it: {error}")
        except BaseException as error:
            if not is_of_index(error):
                raise
            told = _tell(told, f"{index_of(db)}: cannot be written: {error}")
        end.wait(every)


def _go_on(end: Event) -> None:
    if end.is_set():
        raise _EndedError


def _seen(db: Path) -> int:
    try:
        return state_of(opened(index_of(db)).index.searcher()).seen
    except IndexDamagedError:
        return -1


def _tell(told: str, message: str) -> str:
    if message != told:
        logger.warning("%s; search is slower, or does not know the newest", message)
    return message
